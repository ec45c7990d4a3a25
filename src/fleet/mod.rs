//! Many environments in one run: which of them a command is about, and their work side by side.
//!
//! What must not live here: what is done to an environment, which is the command's.

mod base;
mod changed;
mod select;
mod shard;
mod side_by_side;

pub use crate::git::{default_branch, folder_in_repository};
pub use base::Base;
pub use select::{Asked, Selection, SelectionError, select, select_one};
pub use shard::{Shard, ShardError, ShardVariables};
pub use side_by_side::{side_by_side, width};

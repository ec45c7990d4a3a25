//! The phases: a file each.

pub mod create;
mod destroy;
mod prune;
mod remove;
mod update;

use crate::phase::Phase;

pub static ALL: [&Phase; 5] =
    [&create::PHASE, &update::PHASE, &remove::PHASE, &prune::PHASE, &destroy::PHASE];

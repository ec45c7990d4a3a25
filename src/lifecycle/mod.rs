//! Commands beyond plan and apply: what each looks at, and its pure plan or findings.
//!
//! What must not live here: loops over API calls, which are the kinds' and `apply`'s; words and files (`view`, `cli`).

pub mod backup;
pub mod clone;
pub mod deploy;
pub mod destroy;
pub mod doctor;
pub mod graph;
pub mod import;
pub mod restore;
pub mod rollback;
pub mod rotate;
pub mod verify;

//! The phases: a file each.

mod backup;
pub mod create;
mod deploy;
mod destroy;
mod import;
mod prune;
mod remove;
mod restore;
mod rollback;
mod rotate;
mod update;

use crate::phase::Phase;

pub static ALL: [&Phase; 11] = [
    &create::PHASE,
    &update::PHASE,
    &remove::PHASE,
    &prune::PHASE,
    &backup::PHASE,
    &destroy::PHASE,
    &import::PHASE,
    &deploy::PHASE,
    &rotate::PHASE,
    &rollback::PHASE,
    &restore::PHASE,
];

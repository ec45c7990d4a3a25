//! The phases: a file each.

mod backup;
mod clone;
pub mod create;
mod credential;
mod deploy;
mod destroy;
mod expired;
mod import;
mod prune;
mod remove;
mod restore;
mod rollback;
mod rotate;
mod update;

use crate::phase::Phase;

pub static ALL: [&Phase; 16] = [
    &create::PHASE,
    &update::PHASE,
    &remove::PHASE,
    &prune::PHASE,
    &backup::PHASE,
    &destroy::PHASE,
    &expired::PHASE,
    &import::PHASE,
    &deploy::PHASE,
    &rotate::PHASE,
    &credential::PHASE,
    &clone::WITH_ALL,
    &clone::EMPTY,
    &clone::COPIED,
    &rollback::PHASE,
    &restore::PHASE,
];

//! What no spec asks for and a command does all the same: a build, a backup, a copy. A task is one file, with its
//! section and its `Change`; it is planned, shown, carried out and taken up again as every change is.
//!
//! What must not live here: what follows from a spec, which is a kind's, and when a task is due, which its command
//! decides (`lifecycle`).

pub mod build;
pub mod credential;
pub mod download;
pub mod objects;
pub mod rollback;
mod rollout;
pub mod scale;
pub mod slug;
pub mod transfer;
pub mod trial;

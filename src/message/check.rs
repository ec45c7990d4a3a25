//! What became of the programs that a plan had to pass.

use std::io;
use std::time::Duration;

use crate::spec::Program;

/// A program that refused a plan.
#[derive(Debug)]
pub struct FailedCheck {
    /// The program.
    pub program: Program,
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote, as far as it was kept.
    pub said: Said,
}

/// What a program wrote to standard output, then to standard error.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The text, within bounds.
    pub text: String,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Why a program could not be asked.
#[derive(Debug)]
pub enum Unasked {
    /// It did not start.
    NotStarted(io::Error),
    /// What became of it was not learnt.
    Lost(io::Error),
    /// It did not end in time, and was stopped.
    TimedOut(Duration),
}

//! How the environments of a run ended: each failure is shown at its turn and again, in a line, at the end, and the
//! exit code is the worst of all.

use super::{Exit, Output};
use crate::message::Failure;
use crate::spec::EnvironmentName;
use crate::view;

/// Counts how environments ended.
pub(super) struct Tally<'a> {
    output: &'a Output,
    environments: usize,
    failed: Vec<(EnvironmentName, String)>,
    worst: Exit,
}

impl<'a> Tally<'a> {
    pub(super) fn of(environments: usize, output: &'a Output) -> Self {
        Self { output, environments, failed: Vec::new(), worst: Exit::Done }
    }

    /// Whether there is more than one, so that what is said must name it.
    pub(super) fn is_several(&self) -> bool {
        self.environments > 1
    }

    /// An environment ended, one way or the other.
    pub(super) fn add(&mut self, environment: &EnvironmentName, outcome: Result<Exit, Failure>) {
        match outcome {
            Ok(exit) => self.worst = self.worst.or(exit),
            Err(failure) => {
                let subject = self.is_several().then_some(environment);
                self.output.failure(&failure, subject);
                self.failed.push((environment.clone(), view::failure::in_short(&failure)));
                self.worst = self.worst.or(Exit::of(&failure));
            }
        }
    }

    /// Says again which ones failed, and gives the worst exit code.
    pub(super) fn end(self) -> Exit {
        if self.is_several() && !self.failed.is_empty() {
            self.output.failed(self.environments, &self.failed);
        }
        self.worst
    }
}

//! The file of `apply --events FILE`: each line is written whole as things happen, so that what is there after
//! the program was killed can be read.
//!
//! What must not live here: what the lines say (`view::events`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use time::OffsetDateTime;

use super::scratch::private;
use super::{Exit, Output};
use crate::apply::Event;
use crate::message::{Failure, Notice, Task};
use crate::spec::EnvironmentName;
use crate::view::events::{Ending, Journal};

/// Where events go: to a file, or nowhere.
pub(super) struct Events<'a> {
    file: Option<(PathBuf, File)>,
    /// The environments that have events, from their plan to their end.
    current: BTreeMap<EnvironmentName, (Journal, Instant)>,
    output: &'a Output,
}

impl<'a> Events<'a> {
    /// Empties the file, before anything is done: a run without the events that were asked for is not wanted.
    pub(super) fn open(file: Option<&Path>, output: &'a Output) -> Result<Self, Failure> {
        let open = |path: &Path| -> Result<_, Failure> {
            let task = Task::WriteEvents(path.to_owned());
            let file = private().create(true).truncate(true).open(path).map_err(Failure::system(task))?;
            restrict(&file);
            Ok((path.to_owned(), file))
        };
        Ok(Self { file: file.map(open).transpose()?, current: BTreeMap::new(), output })
    }

    /// A plan is about to be applied.
    pub(super) fn plan(&mut self, environment: &EnvironmentName, journal: Journal) {
        self.write(&journal.plan(OffsetDateTime::now_utc()));
        self.current.insert(environment.clone(), (journal, Instant::now()));
    }

    /// Something happened.
    pub(super) fn event(&mut self, environment: &EnvironmentName, event: &Event) {
        let current = self.current.get_mut(environment);
        let line = current.and_then(|(journal, _)| journal.event(event, OffsetDateTime::now_utc()));
        if let Some(line) = line {
            self.write(&line);
        }
    }

    /// The apply ended, one way or another; one that has no plan has no events.
    pub(super) fn finished(&mut self, environment: &EnvironmentName, exit: Exit, calls: u64) {
        let Some((journal, began)) = self.current.remove(environment) else { return };
        let ending = Ending { exit_code: exit.code(), calls, elapsed: began.elapsed() };
        self.write(&journal.finished(ending, OffsetDateTime::now_utc()));
    }

    /// In one call, so that no part of a line is ever there alone.
    fn write(&mut self, line: &str) {
        let Some((path, file)) = &mut self.file else { return };
        if let Err(error) = file.write_all(line.as_bytes()) {
            self.output.notice(&Notice::EventsEnded { file: path.clone(), error });
            // A full disk is no reason to stop in the middle, nor to say so for every line.
            self.file = None;
        }
    }
}

/// A file that was there before may have been open to others. A pipe or a device stays as it is.
#[cfg(unix)]
fn restrict(file: &File) {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata().is_ok_and(|found| found.is_file()) {
        // Events hold no secret; on a file system without modes this is all there is.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    }
}

#[cfg(not(unix))]
fn restrict(_: &File) {}

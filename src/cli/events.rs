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
use super::{Exit, Failure, Output};
use crate::apply::Event;
use crate::spec::EnvironmentName;
use crate::view;
use crate::view::events::{Ending, Journal};

/// Where events go: to a file, or nowhere.
pub(super) struct Events<'a> {
    file: Option<(PathBuf, File)>,
    /// The environments that are told about, from their plan to their end.
    current: BTreeMap<EnvironmentName, (Journal, Instant)>,
    output: &'a Output,
}

impl<'a> Events<'a> {
    /// Empties the file, before anything is done: events that cannot be written were asked for in vain.
    pub(super) fn open(file: Option<&Path>, output: &'a Output) -> Result<Self, Failure> {
        let open = |path: &Path| -> Result<_, Failure> {
            let file = private().create(true).truncate(true).open(path).map_err(|error| {
                let message = format!("cannot write events to {}: {error}", path.display());
                Failure::message(message, Some("nothing was done; name a file that can be written"))
            })?;
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

    /// The apply ended, one way or another; nothing is told of one that has no plan.
    pub(super) fn finished(&mut self, environment: &EnvironmentName, exit: Exit, calls: u64) {
        let Some((journal, began)) = self.current.remove(environment) else { return };
        let ending = Ending { exit_code: exit.code(), calls, elapsed: began.elapsed() };
        self.write(&journal.finished(ending, OffsetDateTime::now_utc()));
    }

    /// In one call, so that no part of a line is ever there alone.
    fn write(&mut self, line: &str) {
        let Some((path, file)) = &mut self.file else { return };
        if let Err(error) = file.write_all(line.as_bytes()) {
            let text = format!("cannot write more events to {}: {error}", path.display());
            self.output.insist(&view::error::warning(&text, self.output.stderr_theme()));
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

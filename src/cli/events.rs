//! The file of `apply --events FILE`: each line is written whole as things happen, so that what is there after
//! the program was killed can be read.
//!
//! What must not live here: what the lines say (`view::events`).

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use time::OffsetDateTime;

use super::saved::private;
use super::session::Planned;
use super::{Exit, Failure, Output};
use crate::apply::Event;
use crate::view;
use crate::view::events::{Ending, Journal};

/// Where events go: to a file, or nowhere.
pub(super) struct Events {
    file: Option<(PathBuf, File)>,
    current: Option<Current>,
}

/// The apply that is told about.
struct Current {
    journal: Journal,
    began: Instant,
    /// What had been sent before.
    calls: u64,
}

impl Events {
    /// Empties the file, before anything is done: events that cannot be written were asked for in vain.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let open = |path: &Path| -> Result<_, Failure> {
            let file = private().create(true).truncate(true).open(path).map_err(|error| {
                let message = format!("cannot write events to {}: {error}", path.display());
                Failure::message(message, Some("nothing was done; name a file that can be written"))
            })?;
            restrict(&file);
            Ok((path.to_owned(), file))
        };
        Ok(Self { file: file.map(open).transpose()?, current: None })
    }

    /// A plan is about to be applied.
    pub(super) fn plan(&mut self, planned: &Planned, output: &Output) {
        let journal = Journal::of(&planned.plan);
        let line = journal.plan(OffsetDateTime::now_utc());
        self.current = Some(Current { journal, began: Instant::now(), calls: sent(planned) });
        self.write(&line, output);
    }

    /// Something happened.
    pub(super) fn event(&mut self, event: &Event, output: &Output) {
        let line = self.current.as_mut().and_then(|now| now.journal.event(event, OffsetDateTime::now_utc()));
        if let Some(line) = line {
            self.write(&line, output);
        }
    }

    /// The apply ended, one way or another.
    pub(super) fn finished(&mut self, outcome: &Result<Exit, Failure>, planned: &Planned, output: &Output) {
        let Some(Current { journal, began, calls }) = self.current.take() else { return };
        let exit = outcome.as_ref().map_or_else(Failure::exit, |exit| *exit);
        let ending =
            Ending { exit_code: exit.code(), calls: sent(planned) - calls, elapsed: began.elapsed() };
        self.write(&journal.finished(ending, OffsetDateTime::now_utc()), output);
    }

    /// In one call, so that no part of a line is ever there alone.
    fn write(&mut self, line: &str, output: &Output) {
        let Some((path, file)) = &mut self.file else { return };
        if let Err(error) = file.write_all(line.as_bytes()) {
            let text = format!("cannot write more events to {}: {error}", path.display());
            output.insist(&view::error::warning(&text, output.stderr_theme()));
            // A full disk is no reason to stop in the middle, nor to say so for every line.
            self.file = None;
        }
    }
}

fn sent(planned: &Planned) -> u64 {
    planned.clouds.meter.heroku() + planned.clouds.meter.aws()
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

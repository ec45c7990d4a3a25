//! A run in GitHub Actions: mistakes of a spec annotate its lines, and a job's summary gets the plan.
//!
//! What must not live here: how either is written, which is `view`'s.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::arguments::Global;
use crate::spec::{self, Finding, Severity};
use crate::view::{github, markdown};

/// GitHub shows so many errors of a step, and as many warnings (life-and-ci.md section 14).
const SHOWN: usize = 10;

/// The run that GitHub Actions started.
#[derive(Clone, Debug)]
pub(super) struct Github {
    /// The project's folder within the repository.
    folder: PathBuf,
    /// How many errors and warnings were annotated.
    annotated: Arc<[AtomicUsize; 2]>,
    summary: Option<PathBuf>,
}

impl Github {
    /// Of this process, if GitHub Actions started it.
    pub(super) fn of(global: &Global, set: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        set("GITHUB_ACTIONS")?;
        let folder = set("GITHUB_WORKSPACE").and_then(|workspace| {
            let named = global.directory.clone().or_else(|| set("TRUEUP_DIR").map(PathBuf::from));
            let project = named.or_else(|| spec::find_project(&std::env::current_dir().ok()?))?;
            let workspace = Path::new(&workspace).canonicalize().ok()?;
            project.canonicalize().ok()?.strip_prefix(workspace).ok().map(Path::to_owned)
        });
        let summary = set("GITHUB_STEP_SUMMARY").map(PathBuf::from);
        Some(Self { folder: folder.unwrap_or_default(), annotated: Arc::default(), summary })
    }

    /// The commands that annotate these, as many as are shown.
    pub(super) fn annotations<'a>(&self, findings: impl IntoIterator<Item = &'a Finding>) -> String {
        let annotation = |finding: &Finding| {
            let count = match finding.severity {
                Severity::Error => &self.annotated[0],
                Severity::Warning => &self.annotated[1],
            };
            let text = github::annotation(finding, &self.folder)?;
            (count.fetch_add(1, Ordering::Relaxed) < SHOWN).then_some(text)
        };
        findings.into_iter().filter_map(annotation).collect()
    }

    /// Whether the job has a summary.
    pub(super) fn has_summary(&self) -> bool {
        self.summary.is_some()
    }

    /// Adds to the summary of this step a text of at most so many bytes as are left in it: what ran before in the same
    /// step has written there, too.
    pub(super) fn summarize(&self, text: impl FnOnce(usize) -> String) -> Result<(), (PathBuf, io::Error)> {
        let Some(file) = &self.summary else { return Ok(()) };
        let written = fs::metadata(file).map_or(0, |file| file.len());
        let room = markdown::STEP_SUMMARY.saturating_sub(usize::try_from(written).unwrap_or(usize::MAX));
        let text = text(room);
        let added = if text.len() > room {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has no room left"))
        } else {
            let opened = OpenOptions::new().append(true).create(true).open(file);
            opened.and_then(|mut summary| summary.write_all(text.as_bytes()))
        };
        added.map_err(|error| (file.clone(), error))
    }
}

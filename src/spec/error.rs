//! Why an environment cannot be read: its mistakes, or a file that is not there.
//! What must not live here: how one mistake is drawn, which is `finding`'s.

use std::io;
use std::path::PathBuf;

use super::finding::{Finding, Severity};
use super::names::EnvironmentName;

/// More mistakes than this are not listed: nobody reads the hundred and first.
pub(super) const MAX_FINDINGS: usize = 100;

/// Why an environment cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The spec has mistakes; all of them, in the order in which a reader meets them.
    #[error("{}", summary(.0))]
    Findings(Vec<Finding>),
    /// There is no such environment.
    #[error("there is no environment `{name}` (no file `{}`)", .file.display())]
    Missing {
        /// The name that was asked for.
        name: EnvironmentName,
        /// The file that would hold it, relative to the project.
        file: PathBuf,
        /// The environments that exist.
        known: Vec<EnvironmentName>,
        /// The one that was probably meant.
        nearest: Option<EnvironmentName>,
    },
    /// The file exists and cannot be read.
    #[error("`{}` cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file, relative to the project.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl SpecError {
    /// These mistakes, sorted by file and place, each once; the first hundred of them.
    #[must_use]
    pub fn from_findings(mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|one, other| order(one).cmp(&order(other)));
        findings.dedup_by(|one, other| order(one) == order(other) && one.message == other.message);
        findings.truncate(MAX_FINDINGS);
        Self::Findings(findings)
    }

    /// What to do about it, apart from the message; findings carry their own.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Findings(_) | Self::Unreadable { .. } => None,
            Self::Missing { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::Missing { known, .. } if known.is_empty() => {
                Some("`trueup init` writes a first one".to_owned())
            }
            Self::Missing { known, .. } => {
                let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                Some(format!("there is {}", names.join(", ")))
            }
        }
    }

    /// All mistakes with their lines, or the one message with its hint. Ends in a newline.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Findings(findings) => {
                let shown: Vec<String> = findings.iter().map(|finding| finding.render(color)).collect();
                shown.join("\n")
            }
            Self::Missing { .. } | Self::Unreadable { .. } => {
                let finding = Finding::error("", self.to_string());
                match self.hint() {
                    Some(hint) => finding.help(hint).render(color),
                    None => finding.render(color),
                }
            }
        }
    }
}

fn order(finding: &Finding) -> (Option<(&std::path::Path, usize)>, &str) {
    (finding.span.as_ref().map(super::source::Span::order), &finding.path)
}

fn summary(findings: &[Finding]) -> String {
    let count = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let noun = if count == 1 { "mistake" } else { "mistakes" };
    match findings.first() {
        Some(first) => format!("the spec has {count} {noun}, first {first}"),
        None => format!("the spec has {count} {noun}"),
    }
}

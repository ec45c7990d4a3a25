//! What is live and not as it should be: lines for people, JSON for programs, markdown for an issue. The page for a
//! browser is in `html`.

mod json;
mod markdown;
mod text;

use super::Options;
use super::fields::{Worded, word};
use super::origin;
use super::text::{clean, count};
use crate::drift::{Drift, Finding, Then};
use crate::resource::{Action, Cause};

pub use json::document as json;
pub(super) use json::schema;
pub use markdown::{Item, document as markdown};
pub use text::lines as text;

/// What several looks come to together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    environments: usize,
    failed: usize,
    drifted: usize,
    findings: usize,
}

impl Total {
    /// One more environment, with what was found if anyone could look.
    pub fn add(&mut self, found: Option<&Drift>) {
        self.environments += 1;
        self.failed += usize::from(found.is_none());
        self.drifted += usize::from(found.is_some_and(Drift::is_some));
        self.findings += found.map_or(0, |drift| drift.findings.len());
    }

    /// Whether nobody was to look.
    #[must_use]
    pub fn is_of_none(&self) -> bool {
        self.environments == 0
    }

    /// The last line: `2 environments: 1 to look at, 3 findings.`
    #[must_use]
    pub fn line(&self) -> String {
        let Self { environments, failed, drifted, findings } = *self;
        let failed = if failed > 0 { format!(" {failed} of {environments} failed.") } else { String::new() };
        let (environments, findings) = (count(environments, "environment"), count(findings, "finding"));
        format!("{environments}: {drifted} to look at, {findings}.{failed}\n")
    }
}

/// `2 findings, 1 acknowledged`
pub(super) fn comes_to(drift: &Drift) -> String {
    let counted = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
    let findings = match drift.findings.len() {
        0 => "no drift".to_owned(),
        number => count(number, "finding"),
    };
    let others = [
        counted(drift.acknowledged.len(), "acknowledged"),
        counted(drift.expired.len(), "acknowledged no more"),
        counted(drift.unused.len(), "acknowledged for nothing"),
    ];
    std::iter::once(findings).chain(others.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

/// What differs, in a sentence; as it was written by others.
pub(super) fn said(finding: &Finding, options: &Options) -> String {
    let fields = finding.fields.iter().map(|field| {
        let words = match word(field, options) {
            Worded::Inline(text) => text,
            Worded::Move { before, after, note } => format!("{before} → {after}{note}"),
            Worded::Lines { note, .. } => format!("differs{note}"),
        };
        if field.path.is_empty() { words } else { format!("{} {words}", clean(&field.path)) }
    });
    // That what is live moved is what drift means.
    let origin = finding.origin.as_ref().and_then(|origin| match (origin.cause, &origin.by) {
        (Cause::Drift, Some(by)) if !origin.is_supplied => Some(origin::by_words(by)),
        (Cause::Drift, None) if !origin.is_supplied => None,
        _ => Some(origin::words(origin)),
    });
    let said: Vec<String> =
        finding.reason.iter().map(|reason| clean(reason)).chain(fields).chain(origin).collect();
    said.join(", ")
}

/// What programs call what an apply would do.
pub(super) fn action(then: Then) -> &'static str {
    match then {
        Then::Apply(Action::Create) => "create",
        Then::Apply(Action::Update) => "update",
        Then::Apply(Action::Replace) => "replace",
        Then::Apply(Action::Delete) => "delete",
        Then::Blocked => "blocked",
        Then::Leave => "unmanaged",
    }
}

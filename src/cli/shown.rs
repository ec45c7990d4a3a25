//! A plan as the commands show it, and what should be known besides.

use super::session::{Planned, Session, Since};
use crate::message::Notice;
use crate::view::{self, Looking, Options};

/// The plan as text.
pub(super) fn plan(planned: &Planned, reveal: bool, session: &Session<'_>) -> String {
    let looking = Looking { calls: planned.calls, elapsed: planned.elapsed };
    view::plan(&planned.plan, looking, &options(reveal, session))
}

/// How text looks in this run.
pub(super) fn options(reveal: bool, session: &Session<'_>) -> Options {
    let output = session.context.output;
    Options {
        theme: output.theme(),
        reveal,
        width: output.width(),
        key: session.key.clone(),
        digest: output.is_verbose(),
    }
}

/// What does not belong to the plan, and should be known.
pub(super) fn notices(planned: &Planned, since: Since<'_>) -> Vec<Notice> {
    let warnings = planned.environment.warnings().iter();
    let mut notices: Vec<Notice> = warnings.map(|warning| Notice::Spec(Box::new(warning.clone()))).collect();
    if let (Since::Revision(base), Some(error)) = (since, &planned.unknown_base) {
        let environment = planned.environment.name.clone();
        notices.push(Notice::UnknownBase {
            environment,
            revision: base.name().to_owned(),
            why: error.to_string(),
        });
    }
    notices
}

/// Puts an empty line between plans.
#[derive(Default)]
pub(super) struct Paragraphs {
    is_begun: bool,
}

impl Paragraphs {
    /// The next plan, set apart from the one before it.
    pub(super) fn next(&mut self, plan: &str) -> String {
        let gap = if std::mem::replace(&mut self.is_begun, true) { "\n" } else { "" };
        format!("{gap}{plan}")
    }
}

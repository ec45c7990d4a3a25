//! A plan as the commands show it, and what should be known besides.

use super::session::{Planned, Session};
use crate::plan::Plan;
use crate::view::{self, Looking, Options, Theme};

/// Few calls are left when Heroku says so: the budget is shared with the user's CI and dashboard.
const FEW: u64 = 500;

/// The plan as text.
pub(super) fn plan(planned: &Planned, reveal: bool, session: &Session<'_>) -> String {
    let output = session.context.output;
    let looking = Looking { calls: planned.calls, elapsed: planned.elapsed };
    let options = Options { theme: output.theme(), reveal, width: output.width(), key: session.key.clone() };
    view::plan(&planned.plan, looking, &options)
}

/// Puts an empty line between plans.
#[derive(Default)]
pub(super) struct Paragraphs {
    is_begun: bool,
}

impl Paragraphs {
    /// The next plan, set apart from the one before it. One that is missing leaves no gap.
    pub(super) fn next(&mut self, plan: String) -> String {
        if plan.is_empty() || !std::mem::replace(&mut self.is_begun, true) {
            plan
        } else {
            format!("\n{plan}")
        }
    }
}

/// What does not belong to the plan, and should be known.
pub(super) fn warnings(planned: &Planned, session: &Session<'_>) -> Vec<String> {
    let colour = session.context.output.stderr_theme() == Theme::Colour;
    planned.environment.warnings().iter().map(|warning| warning.render(colour)).collect()
}

/// Says so when few calls are left.
pub(super) fn few_calls_left(session: &Session<'_>) {
    if let Some(left) = session.heroku_remaining().filter(|left| *left < FEW) {
        let output = session.context.output;
        let text = format!("Heroku allows {left} more calls for now, of about 4500 an hour for this account");
        output.tell(&view::error::warning(&text, output.stderr_theme()));
    }
}

/// What is large about a plan, in words.
pub(super) fn large_change(plan: &Plan) -> Option<String> {
    let summary = plan.summary();
    summary.is_large_change().then(|| {
        let (touched, existing) = (summary.touched(), summary.existing());
        format!(
            "{}: {touched} of {existing} existing things would change or go, more than 30 %",
            plan.environment
        )
    })
}

//! The checks of an environment as a page: what failed first.

use super::markup::{Markup, element, line};
use super::page::Head::{Number, Text};
use super::page::{Page, tiles, wide_table};
use crate::lifecycle::verify::{Checked, count};
use crate::resource::proof::Outcome;
use crate::view::verify::{OUTCOMES, Report, summary, those, word};

/// One page.
#[must_use]
pub fn checks(report: &Report) -> String {
    let numbers = OUTCOMES.into_iter().filter_map(|outcome| {
        let number = count(&report.checks, outcome);
        (number > 0).then(|| (number.to_string(), word(outcome), look(outcome)))
    });
    let rows = OUTCOMES.into_iter().flat_map(|outcome| those(report, outcome)).map(row);
    let heads = [Text("outcome"), Text("check"), Text("what was seen, and what to do"), Number("seconds")];
    Page {
        title: format!("trueup verify: {}", report.environment),
        kind: "trueup verify",
        heading: report.environment.to_string(),
        lead: line("p", &[], format!("the app {}", report.app)),
        main: [tiles(numbers), wide_table("checks", &heads, rows)].into(),
        footer: line("p", &[], summary(report)),
    }
    .into_string()
}

fn look(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "good",
        Outcome::Warn => "change",
        Outcome::Fail => "bad",
        Outcome::Skipped => "none",
    }
}

fn row(check: &Checked) -> Markup {
    let finding = &check.finding;
    let outcome = element(
        "span",
        &[("class", &format!("state word {}", look(finding.outcome)))],
        word(finding.outcome),
    );
    let detail = line("p", &[], finding.detail.as_str());
    let remedy = finding.remedy.as_deref().map(|remedy| line("p", &[("class", "why")], remedy));
    let cells = [
        element("td", &[], outcome),
        element("th", &[("scope", "row")], check.id.as_str()),
        element("td", &[], [detail, remedy.unwrap_or_default()]),
        element("td", &[("class", "number")], format!("{:.1}", check.took.as_secs_f64())),
    ];
    line("tr", &[], cells)
}

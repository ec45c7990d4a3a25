//! The checks as one comment or the summary of a job: what failed first.

use super::{OUTCOMES, Report, summary, those, word};
use crate::lifecycle::verify::Checked;
use crate::resource::proof::Outcome;
use crate::view::markdown::escape::{code, sentence};
use crate::view::markdown::fit::{self, Piece, Worth};

/// What the words about shortening take at most.
const REMARK: usize = 200;

/// One document of at most so many bytes. Its first line is a mark by which it is found again.
#[must_use]
pub fn markdown(report: &Report, limit: usize) -> String {
    let name = report.environment.as_str();
    let head = format!("<!-- trueup:verify:{name} -->\n### trueup verify: {}\n\n", code(name));
    let table = "| | check | what was seen | what to do |\n|---|---|---|---|\n";
    let mut pieces = vec![Piece::frame(format!("{head}{table}"))];
    pieces.extend(OUTCOMES.into_iter().flat_map(|outcome| those(report, outcome)).map(row));
    let end = format!("\n{}\n", summary(report));
    let (text, shortened) = fit::fit(&pieces, limit.saturating_sub(end.len() + REMARK));
    let remark = match shortened {
        0 => String::new(),
        1 => "\n1 check is shortened to fit here: `trueup verify` shows all of it.\n".to_owned(),
        several => {
            format!("\n{several} checks are shortened to fit here: `trueup verify` shows all of them.\n")
        }
    };
    format!("{text}{remark}{end}")
}

fn row(check: &Checked) -> Piece {
    let finding = &check.finding;
    let remedy = finding.remedy.as_deref().map(sentence).unwrap_or_default();
    let outcome = word(finding.outcome);
    let id = code(&check.id);
    let whole = format!("| {outcome} | {id} | {} | {remedy} |\n", sentence(&finding.detail));
    let short = format!("| {outcome} | {id} | | |\n");
    match finding.outcome {
        Outcome::Fail => Piece::new(Worth::Blocked, [whole, short]),
        Outcome::Warn => Piece::new(Worth::Warning, [whole, short, String::new()]),
        Outcome::Skipped => Piece::new(Worth::Deferred, [whole, short, String::new()]),
        Outcome::Pass => Piece::new(Worth::Unmanaged, [whole, short, String::new()]),
    }
}

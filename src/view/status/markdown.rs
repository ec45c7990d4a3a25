//! The status of environments as one comment or the summary of a job: the worst first.

use time::OffsetDateTime;

use super::{Kind, Row, running, summary, worst_first};
use crate::view::markdown::escape::{code, sentence};
use crate::view::markdown::fit::{self, Piece, Worth};
use crate::view::text::count;

/// What the words about shortening take at most.
const REMARK: usize = 200;

/// One document of at most so many bytes. Its first line is a mark by which it is found again; it names the environment
/// when exactly one was plainly asked for.
#[must_use]
pub fn markdown(rows: &[Row], is_list: bool, now: OffsetDateTime, limit: usize) -> String {
    let only = rows.first().filter(|_| !is_list).map(|row| row.environment.as_str());
    let title = only.map_or_else(|| count(rows.len(), "environment"), code);
    let mark = only.unwrap_or("all");
    let mut pieces =
        vec![Piece::frame(format!("<!-- trueup:status:{mark} -->\n### trueup status: {title}\n\n"))];
    let sorted = worst_first(rows);
    if !rows.is_empty() {
        pieces.push(Piece::frame(
            "| environment | state | app | database | a month | key age | release |\n|---|---|---|---|--:|--:|---|\n",
        ));
        pieces.extend(sorted.iter().map(|row| line(row, now)));
        pieces.push(Piece::frame("\n"));
    }
    pieces.extend(sorted.iter().filter_map(|row| why(row)));
    let end = format!("\n{}\n", summary(rows));
    let (text, shortened) = fit::fit(&pieces, limit.saturating_sub(end.len() + REMARK));
    let remark = match shortened {
        0 => String::new(),
        1 => "\n1 part is shortened to fit here: `trueup status` shows all of it.\n".to_owned(),
        several => format!("\n{several} parts are shortened to fit here: `trueup status` shows all of it.\n"),
    };
    format!("{text}{remark}{end}")
}

fn line(row: &Row, now: OffsetDateTime) -> Piece {
    let cells = [
        Some(code(row.environment.as_str())),
        Some(sentence(&row.state())),
        row.app().map(|app| code(app.as_str())),
        row.database().map(code),
        row.month().as_deref().map(sentence),
        row.key().as_deref().map(sentence),
        row.release().map(|release| sentence(&running(release, now))),
    ];
    let line = format!("| {} |\n", cells.map(Option::unwrap_or_default).join(" | "));
    // One that is as it should be says least, and the others have nothing shorter than their row.
    match row.kind() {
        Kind::InSync => Piece::new(Worth::Unmanaged, [line, String::new()]),
        _ => Piece::new(Worth::Row, [line.clone(), line, String::new()]),
    }
}

/// What the state alone does not tell.
fn why(row: &Row) -> Option<Piece> {
    let why: Vec<String> = row.why().iter().map(|line| sentence(line)).collect();
    let worth = if row.kind() == Kind::Changed { Worth::Update } else { Worth::Blocked };
    let name = code(row.environment.as_str());
    (!why.is_empty()).then(|| Piece::new(worth, [format!("- {name}: {}\n", why.join("<br>")), String::new()]))
}

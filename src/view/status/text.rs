//! The status of environments for people: a line each, in columns.

use time::OffsetDateTime;

use super::{Kind, Row, running, summary};
use crate::view::style::{Label, Theme};
use crate::view::text::{clean, columns, padded};

/// Between two columns.
const GAP: &str = "  ";
/// Where there is nothing to tell.
const NOTHING: &str = "-";
/// Where the state stands.
const STATE: usize = 1;
/// The release stands last, since who made it is as long as it wants to be.
const HEADS: [&str; 7] = ["environment", "state", "app", "database", "a month", "key age", "release"];

/// A table, then what it comes to.
#[must_use]
pub fn text(rows: &[Row], theme: Theme, now: OffsetDateTime) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells: Vec<[Option<String>; HEADS.len()]> = rows.iter().map(|row| cells(row, now)).collect();
    let widths: Vec<Option<usize>> = (0..HEADS.len()).map(|column| width(&cells, column)).collect();
    let mut text = line(HEADS.map(|head| (Label::Quiet, head)), &widths, theme);
    for (row, cells) in rows.iter().zip(&cells) {
        let mut painted = [(Label::Text, NOTHING); HEADS.len()];
        for (column, cell) in cells.iter().enumerate() {
            let label = if column == STATE { label(row) } else { Label::Text };
            painted[column] = (label, cell.as_deref().unwrap_or(NOTHING));
        }
        text += &line(painted, &widths, theme);
    }
    format!("{text}\n{}\n", summary(rows))
}

fn cells(row: &Row, now: OffsetDateTime) -> [Option<String>; HEADS.len()] {
    let cells = [
        Some(row.environment.to_string()),
        Some(row.state()),
        row.app().map(ToString::to_string),
        row.database().map(str::to_owned),
        row.month(),
        row.key(),
        row.release().map(|release| running(release, now)),
    ];
    cells.map(|cell| cell.map(|text| clean(&text)))
}

/// How wide a column is; `None` for one in which nothing is told.
fn width(cells: &[[Option<String>; HEADS.len()]], column: usize) -> Option<usize> {
    let widest = cells.iter().filter_map(|row| row[column].as_deref()).map(columns).max()?;
    Some(widest.max(columns(HEADS[column])))
}

fn line(cells: [(Label, &str); HEADS.len()], widths: &[Option<usize>], theme: Theme) -> String {
    let told = cells.iter().zip(widths).filter_map(|(cell, width)| Some((cell, (*width)?)));
    let cells: Vec<String> = told
        .map(|((label, cell), width)| {
            let gap = padded(cell, width).split_off(cell.len());
            format!("{}{gap}", theme.paint(*label, cell))
        })
        .collect();
    format!("{}\n", cells.join(GAP).trim_end())
}

fn label(row: &Row) -> Label {
    match row.kind() {
        Kind::InSync => Label::Added,
        Kind::Changed => Label::Changed,
        Kind::Absent => Label::Quiet,
        Kind::Blocked | Kind::Unreachable | Kind::Failed => Label::Error,
    }
}

//! The backups of an environment's databases, for people and for programs; and why none was chosen, in words.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::failure::{Words, only, with_hint};
use super::json::{FORMAT_VERSION, pretty};
use super::style::{Label, Theme};
use super::text::{clean, columns, count, listed, padded};
use crate::lifecycle::backup::{Entry, Listed, NoDatabase, Status};
use crate::spec::EnvironmentName;

/// A table: a block a database, a line a backup.
#[must_use]
pub fn text(found: &Listed, theme: Theme) -> String {
    let name = theme.paint(Label::Heading, found.environment.as_str());
    let mut text = format!("{name} · {}\n", found.app);
    for (database, backups) in &found.databases {
        text.push_str(&format!("\n{}\n", theme.paint(Label::Heading, &format!("addons.{database}"))));
        match backups.as_deref() {
            None => text.push_str("  not live\n"),
            Some([]) => text.push_str("  no backups\n"),
            Some(backups) => text.extend(table(backups, theme)),
        }
    }
    let number =
        found.databases.iter().filter_map(|(_, backups)| backups.as_ref()).map(Vec::len).sum::<usize>();
    text.push_str(&format!("\n{}.\n", count(number, "backup")));
    text
}

fn table(backups: &[Entry], theme: Theme) -> Vec<String> {
    let cells: Vec<[String; 4]> = backups.iter().map(cells).collect();
    let width = |column: usize| cells.iter().map(|row| columns(&row[column])).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    let rows = cells.iter().zip(backups).map(|([name, state, at, size], backup)| {
        let painted = theme.paint(label(backup.status), state);
        let gap = " ".repeat(widths[1] - columns(state));
        let line =
            format!("  {}  {painted}{gap}  {}  {size}", padded(name, widths[0]), padded(at, widths[2]));
        format!("{}\n", line.trim_end())
    });
    rows.collect()
}

fn cells(backup: &Entry) -> [String; 4] {
    let at = format!("{} {:02}:{:02} UTC", backup.begun.date(), backup.begun.hour(), backup.begun.minute());
    let packed = match backup.bytes {
        0 => String::new(),
        bytes => size(bytes),
    };
    [clean(&backup.name), state(backup.status), at, packed]
}

fn state(status: Status) -> String {
    match status {
        Status::Pending => "pending".to_owned(),
        Status::Running => "running".to_owned(),
        Status::Completed(0) => "completed".to_owned(),
        Status::Completed(warnings) => format!("completed, {}", count(warnings, "warning")),
        Status::Cancelled => "cancelled".to_owned(),
        Status::Failed => "failed".to_owned(),
    }
}

fn label(status: Status) -> Label {
    match status {
        Status::Completed(0) => Label::Added,
        Status::Completed(_) => Label::Warning,
        Status::Failed => Label::Error,
        Status::Pending | Status::Running | Status::Cancelled => Label::Quiet,
    }
}

/// As people write sizes.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => count(bytes, "byte"),
    }
}

/// The backups of an environment's databases.
#[derive(Serialize, JsonSchema)]
pub(super) struct Document<'a> {
    format_version: &'static str,
    environment: &'a str,
    app: &'a str,
    backups: Vec<Item<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    name: &'a str,
    /// The attachment of its database.
    database: &'a str,
    is_scheduled: bool,
    status: Word,
    created_at: Option<String>,
    finished_at: Option<String>,
    /// How large it is, packed.
    bytes: u64,
    /// What the database held, when that is known.
    source_bytes: Option<u64>,
    warnings: u32,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    Pending,
    Running,
    Completed,
    Cancelled,
    Failed,
}

/// All of it as one object.
#[must_use]
pub fn json(found: &Listed) -> String {
    let backups = found.databases.iter().flat_map(|(database, backups)| {
        backups.iter().flatten().map(|backup| item(database.as_str(), backup))
    });
    pretty(&Document {
        format_version: FORMAT_VERSION,
        environment: found.environment.as_str(),
        app: found.app.as_str(),
        backups: backups.collect(),
    })
}

fn item<'a>(database: &'a str, backup: &'a Entry) -> Item<'a> {
    let stamp = |at: OffsetDateTime| at.format(&Rfc3339).ok();
    Item {
        name: &backup.name,
        database,
        is_scheduled: backup.is_scheduled,
        status: match backup.status {
            Status::Pending => Word::Pending,
            Status::Running => Word::Running,
            Status::Completed(_) => Word::Completed,
            Status::Cancelled => Word::Cancelled,
            Status::Failed => Word::Failed,
        },
        created_at: stamp(backup.begun),
        finished_at: backup.ended.and_then(stamp),
        bytes: backup.bytes,
        source_bytes: backup.source_bytes,
        warnings: match backup.status {
            Status::Completed(warnings) => warnings,
            _ => 0,
        },
    }
}

/// An option of another action.
pub(super) fn out_of_place(option: &str, action: &str) -> Words {
    let hint = "`trueup help backup` shows what goes with what";
    with_hint(format!("`{option}` says nothing to `{action}`"), hint)
}

/// Why no database was chosen.
pub(super) fn none(environment: &EnvironmentName, none: &NoDatabase) -> Words {
    match none {
        NoDatabase::None => only(format!(
            "{environment} has no Postgres database of its own in its spec, so there is nothing to do"
        )),
        NoDatabase::Unknown(asked, known) if known.is_empty() => {
            only(format!("`{asked}` is no Postgres database of {environment}, which has none"))
        }
        NoDatabase::Unknown(asked, known) => with_hint(
            format!("`{asked}` is no Postgres database of {environment}"),
            format!("its databases are {}", names(known)),
        ),
        NoDatabase::Several(known) => with_hint(
            format!("{environment} has several databases: {}", names(known)),
            "say which one with `--database NAME`",
        ),
    }
}

fn names(known: &[crate::spec::AttachmentName]) -> String {
    listed(&known.iter().map(crate::spec::AttachmentName::as_str).collect::<Vec<_>>())
}

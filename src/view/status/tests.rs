//! How environments are told: a line each, their columns, their JSON.

#![cfg(test)]

use time::macros::datetime;

use super::*;
use crate::cloud::{Certainty, ErrorKind};
use crate::resource::config;
use crate::view::Theme;
use crate::view::markdown::COMMENT;
use crate::view::testing::failure;

pub(in crate::view) const NOW: OffsetDateTime = datetime!(2026-11-26 12:00 UTC);

fn name(name: &str) -> EnvironmentName {
    EnvironmentName::parse(name).unwrap()
}

fn app(name: &str) -> AppName {
    AppName::parse(name).unwrap()
}

fn release(version: u64, at: &str, by: Option<&str>) -> Release {
    Release { version, at: Some(at.to_owned()), by: by.map(str::to_owned) }
}

/// An environment that is as it should be.
pub(in crate::view) fn quiet(environment: &str) -> Status {
    Status {
        environment: name(environment),
        app: app(&format!("ledger-{environment}")),
        state: State::InSync,
        changes: Vec::new(),
        moved: None,
        blocked: Vec::new(),
        release: Some(release(42, "2026-11-23T08:00:00Z", Some("jane@example.com"))),
        database_plan: Some("heroku-postgresql:standard-0".to_owned()),
        monthly_cents: Some(10_050),
        oldest_key_days: Some(12),
        expires: None,
    }
}

/// One that nothing is live of.
fn absent(environment: &str) -> Status {
    Status {
        state: State::Absent,
        changes: ["A", "B"].map(|name| config::SECTION.address(&name)).to_vec(),
        release: None,
        database_plan: None,
        monthly_cents: Some(0),
        oldest_key_days: None,
        ..quiet(environment)
    }
}

/// One of each kind.
pub(in crate::view) fn rows() -> Vec<Row> {
    let unreachable = Failure::Clouds(vec![failure(ErrorKind::TimedOut, Certainty::NotDone, "no answer")]);
    let changed = Status {
        state: State::Changed,
        changes: vec![config::SECTION.address(&"A")],
        oldest_key_days: None,
        ..quiet("staging")
    };
    let seen = [absent("api"), quiet("production"), changed];
    let mut rows: Vec<Row> = seen.iter().map(|seen| Row::of(&seen.environment, None, Ok(seen))).collect();
    rows.push(Row::of(&name("web"), Some(app("ledger-web")), Err(&unreachable)));
    rows.push(Row::of(&name("wrong"), None, Err(&Failure::Interrupted)));
    rows
}

#[test]
fn an_environment_is_a_line_and_the_columns_stand_below_each_other() {
    insta::assert_snapshot!(text(&rows(), Theme::Plain, NOW), @r"
    environment  state        app                database    a month  key age  release
    api          not created  ledger-api         -           $0.00    -        -
    production   in sync      ledger-production  standard-0  $100.50  12 d     v42 3 d ago by jane@example.com
    staging      1 change     ledger-staging     standard-0  $100.50  -        v42 3 d ago by jane@example.com
    web          unreachable  ledger-web         -           -        -        -
    wrong        failed       -                  -           -        -        -

    5 environments: 1 in sync, 1 changed, 1 not created, 1 unreachable, 1 failed.
    ");
    assert_eq!(text(&[], Theme::Plain, NOW), "");
}

#[test]
fn a_column_in_which_nothing_is_told_is_left_out() {
    let seen = absent("api");
    insta::assert_snapshot!(text(&[Row::of(&seen.environment, None, Ok(&seen))], Theme::Plain, NOW), @r"
    environment  state        app         a month
    api          not created  ledger-api  $0.00

    1 environment: 1 not created.
    ");
}

#[test]
fn for_programs_it_is_a_list_in_which_what_is_not_known_is_null() {
    insta::assert_snapshot!(json(&rows()));
    assert_eq!(json(&[]), "{\n  \"format_version\": \"1.0\",\n  \"environments\": []\n}\n");
}

#[test]
fn who_made_a_release_cannot_steer_the_terminal() {
    let mut seen = quiet("api");
    seen.release = Some(release(1, "x", Some("\u{1b}[2J\u{202e}@x")));
    let text = text(&[Row::of(&seen.environment, None, Ok(&seen))], Theme::Plain, NOW);
    assert!(text.contains(r"v1 by \u{1b}[2J\u{202e}@x"), "{text}");
}

#[test]
fn where_something_moved_since_when_and_by_whom_stands_below_it() {
    let who = Some(crate::plan::Who::Person("ann@example.com".to_owned()));
    let moved = crate::plan::By { who, when: None, days: Some(3), earliest: None, release: 41, what: None };
    let changes = vec![config::SECTION.address(&"A")];
    let seen = Status { state: State::Changed, changes, moved: Some(Box::new(moved)), ..quiet("staging") };
    let rows = [Row::of(&seen.environment, None, Ok(&seen))];
    let said = "live changed first by ann@example.com in v41, 3 days ago";
    assert_eq!(rows[0].why(), ["config.A", said]);
    assert!(crate::view::html::fleet(&rows, NOW).contains(said));
}

#[test]
fn how_long_ago_is_told_in_the_largest_unit() {
    for (at, expected) in [
        ("2026-11-26T11:59:30Z", Some("0 min")),
        ("2026-11-26T10:59:00Z", Some("1 h")),
        ("2026-11-25T12:00:00Z", Some("1 d")),
        ("2025-11-26T12:00:00+01:00", Some("365 d")),
        ("2026-11-27T12:00:00Z", Some("0 min")),
        ("yesterday", None),
    ] {
        assert_eq!(ago(at, NOW).as_deref(), expected, "{at}");
    }
}

#[test]
fn as_markdown_what_others_wrote_is_no_markup() {
    let mut seen = quiet("api");
    let by = "</td><script>|x| @org [a](javascript:b)";
    seen.release = Some(release(1, "x", Some(by)));
    seen.state = State::Blocked;
    seen.blocked = vec![crate::view::testing::blocked(config::SECTION.address(&by), by, by)];
    let rows = [Row::of(&seen.environment, None, Ok(&seen))];
    let text = markdown(&rows, true, NOW, COMMENT);
    let cells = text.lines().find(|line| line.starts_with("| `api`")).unwrap();
    assert_eq!(cells.matches('|').count(), 8, "{cells}");
    assert!(!text.contains("<script") && !text.contains("@org") && !text.contains("](javascript"), "{text}");
}

#[test]
fn a_large_fleet_is_a_comment_of_a_size_in_which_what_is_wrong_stays() {
    let seen: Vec<Status> = (0..2000).map(|number| quiet(&format!("client-{number}"))).collect();
    let mut all: Vec<Row> = seen.iter().map(|seen| Row::of(&seen.environment, None, Ok(seen))).collect();
    all.extend(rows());
    let text = markdown(&all, true, NOW, COMMENT);
    assert!(text.len() <= COMMENT, "{}", text.len());
    for part in
        ["| `wrong` | failed |", "- `web`: ", "2005 environments: 2001 in sync", "parts are shortened"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(markdown(&[], true, NOW, COMMENT).ends_with("\n0 environments.\n"));
}

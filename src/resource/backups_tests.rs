//! Daily backups: the hour and zone in the spec × the schedules that Heroku keeps for the database.

#![cfg(test)]

use super::Kind;
use crate::cloud::heroku::Schedule;
use crate::resource::testing::{outcome, want, world};
use crate::resource::{Draft, Operation, Output, Outputs, World};
use crate::spec::AttachmentName;

const AT_TWO: &str = "addons:
  DATABASE: { plan: \"heroku-postgresql:standard-0\", backups: { at: \"02:00 America/Los_Angeles\" } }
";

fn attachment(name: &str) -> AttachmentName {
    AttachmentName::parse(name).expect("an attachment's name")
}

fn schedule(of: &str, hour: u32, zone: &str) -> Schedule {
    let (name, timezone) = (of.to_owned(), zone.to_owned());
    Schedule { uuid: format!("{of} at {hour}"), name, hour, timezone }
}

/// A world with the database and these schedules.
fn live(schedules: &[Schedule]) -> World {
    let mut world = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    world.backups.insert(attachment("DATABASE"), schedules.to_vec());
    world
}

#[track_caller]
fn planned(schedules: &[Schedule]) -> Draft {
    want(AT_TWO).diff::<Kind>(&live(schedules))
}

/// The fields of the first change, as `before → after`.
#[track_caller]
fn shown(draft: &Draft) -> String {
    let row = draft.changes[0].describe().remove(0);
    let field = &row.fields[0];
    format!("{} {:?} → {:?}", field.path, field.before, field.after)
}

#[test]
fn a_database_has_the_schedule_of_the_spec_or_gets_it() {
    let (create, update, unchanged) =
        ("create addons.DATABASE.backups", "update addons.DATABASE.backups", "unchanged 1");
    let los_angeles = "America/Los_Angeles";
    for (hour, zone, expected) in [
        (2, los_angeles, unchanged),
        (3, los_angeles, update),
        (2, "UTC", update),
        // The same hours under another name, or under one that Heroku does not tell.
        (2, "US/Pacific", unchanged),
        (2, "", unchanged),
        (3, "", update),
        (2, "america/los_angeles", update),
        (26, los_angeles, update),
        (u32::MAX, los_angeles, update),
    ] {
        let draft = planned(&[schedule("DATABASE_URL", hour, zone)]);
        assert_eq!(outcome(&draft), [expected], "{hour} {zone}");
    }
    assert_eq!(outcome(&planned(&[])), [create]);
}

#[test]
fn a_schedule_under_another_var_is_not_the_databases() {
    for other in ["HEROKU_POSTGRESQL_COPPER_URL", "DATABASE", "database_url", ""] {
        let draft = planned(&[schedule(other, 2, "America/Los_Angeles")]);
        assert_eq!(outcome(&draft), ["create addons.DATABASE.backups"], "{other}");
    }
    let both = [
        schedule("HEROKU_POSTGRESQL_COPPER_URL", 5, "UTC"),
        schedule("DATABASE_URL", 2, "America/Los_Angeles"),
    ];
    assert_eq!(outcome(&planned(&both)), ["unchanged 1"]);
}

#[test]
fn a_schedule_under_another_name_of_the_database_is_its_own() {
    let colour = |hour| {
        let world = live(&[schedule("HEROKU_POSTGRESQL_COPPER_URL", hour, "America/Los_Angeles")]);
        world.attached("HEROKU_POSTGRESQL_COPPER", "addon-0")
    };
    assert_eq!(outcome(&want(AT_TWO).diff::<Kind>(&colour(2))), ["unchanged 1"]);
    let draft = want(AT_TWO).diff::<Kind>(&colour(5));
    assert_eq!(outcome(&draft), ["update addons.DATABASE.backups"]);
    let mut after = colour(5);
    draft.changes[0].assume(&mut after, &mut Outputs::none());
    let names: Vec<&str> =
        after.backups[&attachment("DATABASE")].iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["HEROKU_POSTGRESQL_COPPER_URL"], "it is moved, and no second one is made");
}

#[test]
fn a_database_that_is_not_there_yet_gets_its_schedule_when_it_is_ready() {
    let draft = want(AT_TWO).diff::<Kind>(&world());
    assert_eq!(outcome(&draft), ["create addons.DATABASE.backups"]);
    let database = attachment("DATABASE");
    assert!(draft.changes[0].needs().contains(&Output::AddonReady(database)));
}

#[test]
fn each_database_has_a_schedule_of_its_own() {
    let two = "addons:
  DATABASE: { plan: \"heroku-postgresql:standard-0\", backups: { at: \"02:00 UTC\" } }
  REPORTS: { plan: \"heroku-postgresql:standard-0\", backups: { at: \"02:00 UTC\" } }
";
    let draft = want(two).diff::<Kind>(&live(&[schedule("DATABASE_URL", 2, "UTC")]));
    assert_eq!(outcome(&draft), ["create addons.REPORTS.backups", "unchanged 1"]);
}

#[test]
fn a_spec_that_says_nothing_of_backups_leaves_a_schedule_alone() {
    let spec = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";
    let draft = want(spec).diff::<Kind>(&live(&[schedule("DATABASE_URL", 5, "UTC")]));
    assert_eq!(outcome(&draft), [""; 0]);
}

#[test]
fn a_change_shows_the_hour_and_the_zone_as_the_spec_writes_them() {
    let draft = planned(&[schedule("DATABASE_URL", 5, "UTC")]);
    assert_eq!(shown(&draft), "at Plain(\"05:00 UTC\") → Plain(\"02:00 America/Los_Angeles\")");
    assert_eq!(shown(&planned(&[])), "at Nothing → Plain(\"02:00 America/Los_Angeles\")");
    assert_eq!(draft.changes[0].effects().releases, 0, "it makes no release");
}

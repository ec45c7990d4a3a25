//! Who moved a var, from texts and from the config vars of releases.

#![cfg(test)]

use time::macros::datetime;

use super::*;
use crate::resource::testing;

const NOW: OffsetDateTime = datetime!(2026-11-26 12:00 UTC);
const OWN: &str = "ci@shop.example";

fn release(version: u64, description: &str, user: &str) -> Release {
    Release {
        user_email: Some(user.to_owned()),
        created_at: Some("2026-11-23T08:00:00Z".to_owned()),
        ..testing::release(version, description)
    }
}

/// Releases from v1, and the value of `MODE` in each that may be read.
fn blame(releases: &[(&str, &str)], values: &[(u64, &str)]) -> (Blame, Vec<u64>) {
    let releases =
        (1..).zip(releases).map(|(version, (description, user))| release(version, description, user));
    let mut blame = Blame::of(releases.collect());
    let (names, mut asked) = (["MODE".to_owned()], Vec::new());
    while let Some(version) = blame.next(&names) {
        asked.push(version);
        let value = values.iter().find(|(of, _)| *of == version).map(|(_, value)| *value);
        blame.give(version, value.map(|value| BTreeMap::from([("MODE".to_owned(), Secret::new(value))])));
    }
    (blame, asked)
}

#[test]
fn a_text_that_names_the_var_is_enough() {
    let (blame, asked) = blame(
        &[("Set MODE config vars", OWN), ("Set MODE config vars", "ann@x"), ("Deploy 1a2b3c4d", "bob@x")],
        &[],
    );
    let by = blame.by("MODE", NOW).unwrap();
    assert_eq!((by.who, by.release, by.earliest), (Some(Who::Person("ann@x".to_owned())), 2, None));
    assert_eq!((by.days, by.what.as_deref()), (Some(3), Some("Set MODE config vars")));
    assert_eq!(asked, [0; 0]);
    assert!(blame.is_touched_since("MODE", OWN));
}

#[test]
fn where_a_text_does_not_say_the_config_vars_do() {
    let texts = [("Set MODE config vars", OWN), ("Rollback to v1", "ann@x"), ("a script", "bob@x")];
    let (told, asked) = blame(&texts, &[(1, "fast"), (2, "slow"), (3, "slow")]);
    assert_eq!(told.by("MODE", NOW).unwrap().release, 2);
    assert_eq!(asked, [3, 2, 1], "each once");
    let (same, _) = blame(&texts, &[(1, "fast"), (2, "fast"), (3, "fast")]);
    assert_eq!(same.by("MODE", NOW).unwrap().release, 1);
    assert!(!same.is_touched_since("MODE", OWN), "nobody did since trueup");
}

#[test]
fn a_text_that_names_the_var_among_others_is_compared() {
    let texts = [
        ("Set MODE config vars", OWN),
        ("Set MODE config vars", "ann@x"),
        ("Set LEVEL, MODE config vars", "bob@x"),
    ];
    let (same, asked) = blame(&texts, &[(1, "fast"), (2, "slow"), (3, "slow")]);
    assert_eq!((same.by("MODE", NOW).unwrap().release, asked), (2, vec![3, 2]), "bob only sent it again");
    let (other, _) = blame(&texts, &[(1, "fast"), (2, "slow"), (3, "slower")]);
    assert_eq!(other.by("MODE", NOW).unwrap().release, 3);
    let (unread, _) = blame(&texts, &[]);
    assert_eq!(unread.by("MODE", NOW).unwrap().release, 3, "the text is all that there is");
}

#[test]
fn add_ons_and_stacks_are_told_by_texts_alone() {
    let texts = [
        ("Attach CACHE (@ref:redis-x)", OWN),
        ("Detach CACHE (@ref:redis-x)", "ann@x"),
        ("Upgrade stack to heroku-22", "bob@x"),
        ("Upgrade stack to heroku-24", "cat@x"),
    ];
    let (blame, _) = blame(&texts, &[]);
    let detached = blame.by_detaching("CACHE", NOW).unwrap();
    assert_eq!((detached.release, detached.who), (2, Some(Who::Person("ann@x".to_owned()))));
    assert_eq!(blame.by_stack("heroku-22", NOW).unwrap().release, 3);
    assert_eq!((blame.by_detaching("DATABASE", NOW), blame.by_stack("heroku-26", NOW)), (None, None));
}

#[test]
fn where_nobody_can_look_it_is_told_between_which_releases() {
    let texts = [("Set MODE config vars", OWN), ("Rollback to v1", "ann@x"), ("a script", "bob@x")];
    let (blame, _) = blame(&texts, &[]);
    let by = blame.by("MODE", NOW).unwrap();
    assert_eq!((by.who, by.earliest, by.release, by.when, by.what), (None, Some(1), 3, None, None));
}

#[test]
fn providers_teams_and_the_buildpack_are_told_from_people() {
    for (text, user, expected) in [
        ("Set MODE config vars", "heroku-redis@addons.heroku.com", "Provider"),
        ("Set MODE config vars", "shop@herokumanager.com", "Team"),
        ("Set LANG, MODE, RACK_ENV, SECRET_KEY_BASE config vars", "ann@x", "Buildpack"),
        ("Set MODE config vars", "ann@x", "Person"),
    ] {
        let (blame, _) = blame(&[(text, user)], &[]);
        let who = blame.by("MODE", NOW).unwrap().who;
        assert!(format!("{who:?}").contains(expected), "{text} {user}: {who:?}");
    }
}

#[test]
fn a_var_that_no_release_touched_is_nobodys() {
    let (blame, _) = blame(&[("Initial release", OWN), ("Deploy 1a2b3c4d", "ann@x")], &[]);
    assert!(blame.by("MODE", NOW).is_none());
    assert!(!blame.is_touched_since("MODE", OWN));
}

//! When a saved plan still holds, and that nothing but the file that was written is taken for one.

#![cfg(test)]

use proptest::prelude::*;

use super::saved::{NotAPlan, Snapshot, Unverified};
use super::stale::{Difference, Fate, Stale};
use crate::resource::World;
use crate::resource::testing::{CANARY, Want, key as access_key, want, world};
use crate::secret::{FingerprintKey, Secret};

const SPEC: &str = "
config:
  RAILS_ENV: production
  TOKEN: { env: TOKEN }
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
formation: { web: { quantity: 2, size: standard-1x } }
iam_users: { app: { name: ledger-app, access_key: { max_age: 90d } } }
";

const VERSION: &str = "0.1.0";
const LIVE: &str = "canary-that-is-live";

fn key(master: &str) -> FingerprintKey {
    FingerprintKey::derived(&Secret::new(master), "saved plan salt")
}

fn live() -> World {
    world().with_config(&[("RAILS_ENV", "staging"), ("TOKEN", LIVE)]).with_dynos("web", 1, "basic")
}

fn snapshot(want: &Want, world: &World) -> Snapshot {
    Snapshot::of(&want.plan(world), world, "here", &key("token"))
}

/// The file of the reference spec in its reference world.
fn file() -> String {
    let document = serde_json::json!({ "for": "people" });
    snapshot(&want(SPEC), &live()).to_file(document, VERSION, "salt", &key("token"))
}

fn parse(text: &str) -> Result<Unverified, NotAPlan> {
    Unverified::parse(text.to_owned())
}

/// Whether the file holds for what is planned now.
fn held_against(want: &Want, world: &World) -> Result<(), Stale> {
    let saved = parse(&file()).unwrap().verify(&key("token"), VERSION)?;
    saved.holds_for(&snapshot(want, world))
}

fn facts(names: &[(&str, Fate)]) -> Result<(), Stale> {
    Err(Stale::Facts(differences(names)))
}

fn differences(names: &[(&str, Fate)]) -> Vec<Difference> {
    names.iter().map(|(name, fate)| Difference { name: (*name).to_owned(), fate: *fate }).collect()
}

#[test]
fn the_same_spec_and_world_keep_the_promise() {
    assert_eq!(held_against(&want(SPEC), &live()), Ok(()));
}

#[test]
fn every_live_fact_that_differs_is_named() {
    for (world, expected) in [
        (live().with_config(&[("RAILS_ENV", "test")]), &[("config.RAILS_ENV", Fate::Changed)][..]),
        (live().with_config(&[("STRANGE", "x")]), &[("config.STRANGE", Fate::New)]),
        (live().with_dynos("worker", 1, "basic"), &[("formation.worker", Fate::New)]),
        (
            world().with_config(&[("TOKEN", LIVE)]).with_dynos("web", 1, "eco"),
            &[("config.RAILS_ENV", Fate::Gone), ("formation.web", Fate::Changed)],
        ),
        (
            live().with_user(&[access_key("AKIAONE", 1)]),
            &[("iam_users.app", Fate::New), ("iam_users.app.access_key", Fate::New)],
        ),
    ] {
        assert_eq!(held_against(&want(SPEC), &world), facts(expected));
    }
}

#[test]
fn a_spec_that_asks_for_something_else_is_told_before_any_fact() {
    let other = want(&SPEC.replace("production", "staging"));
    let environment = other.desired().environment.name.clone();
    assert_eq!(held_against(&other, &World::default()), Err(Stale::Spec(environment)));
    let written_otherwise =
        want(&SPEC.replace("quantity: 2, size: standard-1x", "size: standard-1x, quantity: 2"));
    assert_eq!(held_against(&written_otherwise, &live()), Ok(()));
}

#[test]
fn another_value_of_the_same_source_is_another_plan() {
    let other = want(SPEC).supplying("TOKEN", "another");
    let changed = differences(&[("config.TOKEN", Fate::Changed)]);
    assert_eq!(held_against(&other, &live()), Err(Stale::Changes(changed)));
    let satisfied = want(SPEC).supplying("TOKEN", LIVE);
    let gone = differences(&[("config.TOKEN", Fate::Gone)]);
    assert_eq!(held_against(&satisfied, &live()), Err(Stale::Changes(gone)));
}

#[test]
fn a_file_under_another_key_or_of_another_version_is_refused() {
    let verify =
        |master: &str, version: &str| parse(&file()).unwrap().verify(&key(master), version).map(|_| ());
    assert_eq!(verify("token", VERSION), Ok(()));
    assert_eq!(verify("other", VERSION), Err(Stale::Key));
    for (running, is_read) in [
        ("0.1.9", true),
        ("0.1.0-rc.1", true),
        ("0.2.0", false),
        ("1.1.0", false),
        ("1", false),
        ("", false),
        ("x.y", false),
    ] {
        assert_eq!(verify("token", running).is_ok(), is_read, "{running}");
    }
}

#[test]
fn from_version_1_on_the_major_number_decides() {
    let of_one =
        snapshot(&want(SPEC), &live()).to_file(serde_json::Value::Null, "1.2.3", "salt", &key("token"));
    for (running, is_read) in [("1.0.0", true), ("1.9.0", true), ("2.0.0", false), ("0.1.0", false)] {
        assert_eq!(parse(&of_one).unwrap().verify(&key("token"), running).is_ok(), is_read, "{running}");
    }
}

#[test]
fn every_edit_of_any_field_shows() {
    for (from, to) in [
        ("\"environment\": \"production\"", "\"environment\": \"staging\""),
        ("\"action\": \"update\"", "\"action\": \"delete\""),
        ("\"config.TOKEN\"", "\"config.OTHER\""),
        ("\"for\": \"people\"", "\"for\": \"peoplf\""),
        ("\"spec_digest\": \"sha256:", "\"spec_digest\":  \"sha256:"),
        ("  \"facts\": {", "  \"facts\": {},\n  \"plan_b\": {"),
        ("\"seal\": \"", "\"seal\": \" "),
        ("\"\n}\n", "\"\n}"),
        ("\"\n}\n", "\"\n}\n\n"),
    ] {
        let edited = file().replace(from, to);
        assert_ne!(edited, file(), "{from} is in the file");
        let refused = parse(&edited).map(|read| read.verify(&key("token"), VERSION).map(|_| ()));
        assert!(
            matches!(refused, Ok(Err(Stale::Edited)) | Err(NotAPlan::Broken { .. })),
            "{from}: {refused:?}"
        );
    }
}

#[test]
fn a_flip_of_any_single_byte_shows() {
    let whole = file();
    for place in 0..whole.len() {
        for flip in [1, 2, 32] {
            let mut bytes = whole.clone().into_bytes();
            bytes[place] ^= flip;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let taken = parse(&text).map(|read| read.verify(&key("token"), VERSION).is_ok());
            assert!(!matches!(taken, Ok(true)), "byte {place}:\n{text}");
        }
    }
}

#[test]
fn what_is_no_saved_plan_is_told_without_a_word_of_its_text() {
    let marked = |rest: &str| format!("{{\"trueup_saved_plan\": \"1.0\", {rest}}}");
    let broken = "is not a saved plan, or was cut off (line 1, column ";
    for (text, told) in [
        (String::new(), "is empty"),
        (" \n".to_owned(), "is empty"),
        ("machine api.heroku.com password x".to_owned(), broken),
        ("{}".to_owned(), "is not a saved plan"),
        ("[1]".to_owned(), "is not a saved plan"),
        ("null".to_owned(), "is not a saved plan"),
        ("{\"trueup_saved_plan\": 7}".to_owned(), "is not a saved plan"),
        ("{\"trueup_saved_plan\": \"2.0\"}".to_owned(), "has format `2.0`, and this trueup reads 1.0"),
        (marked("\"salt\": \"x\""), broken),
        (marked("\"salt\": \"x\", \"salt\": \"x\""), broken),
        (marked("\"salt\": 1e999999"), broken),
        (marked("\"facts\": 123456789012345678901234567890"), broken),
        (marked("\"environment\": \"../../etc/passwd\""), broken),
        (marked("\"changes\": [{ \"address\": \"x\", \"action\": \"explode\" }]"), broken),
    ] {
        let error = parse(&text).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}: {error}");
        assert!(!error.contains('x') && !error.contains("etc"), "{text}: {error}");
    }
    let long = format!("{{\"trueup_saved_plan\": \"{}\"}}", "9".repeat(100_000));
    assert!(parse(&long).map(|_| ()).unwrap_err().to_string().len() < 100);
}

#[test]
fn nesting_without_end_is_refused_without_harm() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(200_000);
        assert!(parse(&deep).is_err());
        assert!(parse(&format!("{{\"trueup_saved_plan\": \"1.0\", \"facts\": {deep}")).is_err());
        assert!(parse(&format!("{{\"trueup_saved_plan\": \"1.0\", \"plan\": {deep}")).is_err());
    }
}

#[test]
fn the_file_holds_no_secret() {
    let file = file();
    assert!(file.contains("config.TOKEN"), "the var is in it");
    assert!(!file.contains(CANARY) && !file.contains(LIVE) && !file.contains("token\""), "{file}");
}

#[test]
fn differences_are_told_in_words() {
    let stale = held_against(&want(SPEC), &world().with_config(&[("TOKEN", "x"), ("NEW", "y")]));
    insta::assert_snapshot!(stale.unwrap_err(), @"
    what is live was changed since:
      config.NEW: new
      config.RAILS_ENV: gone
      config.TOKEN: changed
      formation.web: gone
    ");
    let stale = held_against(&want(SPEC).supplying("TOKEN", "another"), &live());
    insta::assert_snapshot!(stale.unwrap_err(), @"
    the same spec and live facts give another plan now:
      config.TOKEN: planned differently now
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_file_with_another_byte_is_taken(place in any::<prop::sample::Index>(), other in "[ -~\n\t]") {
        let mut bytes = file().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != other.as_bytes()[0]);
        bytes[place] = other.as_bytes()[0];
        let text = String::from_utf8(bytes).unwrap();
        let refused = parse(&text).map(|read| read.verify(&key("token"), VERSION).is_ok());
        prop_assert!(!matches!(refused, Ok(true)), "{text}");
    }

    #[test]
    fn no_file_that_was_cut_or_grown_is_taken(place in any::<prop::sample::Index>(), more in "[ -~\n]{1,20}") {
        let whole = file();
        let place = place.index(whole.len());
        let grown = format!("{}{more}{}", &whole[..place], &whole[place..]);
        for text in [&whole[..place], grown.as_str()] {
            let refused = parse(text).map(|read| read.verify(&key("token"), VERSION).is_ok());
            prop_assert!(!matches!(refused, Ok(true)), "{text}");
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,200}", inside in "\\PC{0,100}") {
        let _ = parse(&text);
        let _ = parse(&format!("{{\"trueup_saved_plan\": \"1.0\", {inside}}}"));
    }
}

//! Every form of a value × what is live.

#![cfg(test)]

use super::Kind;
use crate::resource::testing::{CANARY, changes, outcome, want, want_app, world};
use crate::resource::{Operation, Output, World};
use crate::spec::AttachmentName;

const NOTHING: [&str; 0] = [];

/// What the plan does about `VAR: <value>` when these vars are live.
fn decides(value: &str, live: &[(&str, &str)]) -> Vec<String> {
    let want = want(&format!("config: {{ VAR: {value} }}"));
    changes(&want.diff::<Kind>(&world().with_config(live)))
}

#[test]
fn a_value_is_set_when_absent_changed_when_different_and_left_when_the_same() {
    for (value, live) in [
        ("text", "text"),
        ("5", "5"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("\"\"", ""),
        ("{ env: SECRET }", CANARY),
        ("{ file: secret }", CANARY),
        ("{ command: [op, read] }", CANARY),
        ("{ from: app.name }", "ledger"),
        ("{ from: app.web_url }", "https://ledger-0123456789ab.herokuapp.com/"),
    ] {
        assert_eq!(decides(value, &[]), ["create config.VAR"], "{value}, absent");
        assert_eq!(decides(value, &[("VAR", "another")]), ["update config.VAR"], "{value}, different");
        assert_eq!(decides(value, &[("VAR", live)]), NOTHING, "{value}, the same");
    }
}

#[test]
fn a_generated_value_is_made_once_and_then_kept_whatever_it_is() {
    for form in ["{ generate: hex, bytes: 64 }", "{ generate: base64, bytes: 32 }", "{ generate: uuid }"] {
        assert_eq!(decides(form, &[]), ["create config.VAR"], "{form}");
        assert_eq!(decides(form, &[("VAR", "")]), ["update config.VAR"], "{form}: an empty one is no secret");
        assert_eq!(decides(form, &[("VAR", "set by hand")]), NOTHING, "{form}");
    }
}

#[test]
fn null_removes_what_is_there() {
    assert_eq!(decides("null", &[("VAR", "old")]), ["delete config.VAR"]);
    assert_eq!(decides("null", &[]), NOTHING);
}

#[test]
fn an_external_value_is_never_written_and_missed_aloud() {
    let want = want("config: { VAR: { external: true } }");
    let draft = want.diff::<Kind>(&world().with_config(&[("VAR", "theirs")]));
    assert!(draft.changes.is_empty() && draft.warnings.is_empty());
    let draft = want.diff::<Kind>(&world());
    assert!(draft.changes.is_empty());
    assert_eq!(draft.warnings[0].address.as_str(), "config.VAR");
}

#[test]
fn all_differences_go_out_in_one_change_and_one_release_that_restarts_what_runs() {
    let want = want("config: { A: 1, B: 2, C: null, D: same }");
    let world = world().with_config(&[("B", "1"), ("C", "old"), ("D", "same")]).with_dynos("web", 1, "basic");
    let draft = want.diff::<Kind>(&world.with_dynos("worker", 0, "basic"));
    assert_eq!(draft.changes.len(), 1);
    assert_eq!(changes(&draft), ["create config.A", "update config.B", "delete config.C"]);
    let effects = draft.changes[0].effects();
    assert_eq!((effects.releases, effects.restarts), (1, vec!["web".to_owned()]));
    assert_eq!(draft.unchanged, 1, "D");
}

#[test]
fn a_var_that_an_addon_owns_is_a_mistake() {
    let want = want("config: { DATABASE_URL: mine }");
    let draft = want.diff::<Kind>(&world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0"));
    assert!(draft.changes.is_empty(), "Heroku would refuse it");
    assert_eq!(draft.mistakes[0].key, "config.DATABASE_URL");
    assert!(draft.mistakes[0].message.contains("postgresql-database"), "{}", draft.mistakes[0].message);
}

#[test]
fn someone_else_that_sets_a_var_may_be_an_addon() {
    let want = want("config: { DATABASE_URL: { external: true } }");
    let draft = want.diff::<Kind>(&world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0"));
    assert_eq!(outcome(&draft), ["unchanged 1"]);
}

#[test]
fn a_var_of_an_addon_that_is_not_ordered_yet_is_told_before_anything_is_written() {
    let spec = |value: &str| {
        want(&format!(
            "addons: {{ CACHE: {{ attach: shared-cache }} }}\nconfig: {{ CACHE_SERVERS: {value}, OTHER: b }}"
        ))
    };
    let name = crate::spec::AddonName::parse("shared-cache").unwrap();
    let mut live = world().with_addon("X", "another", "memcachier:dev");
    let addon = live.addon.remove(0);
    live = World { catalog: crate::resource::Catalog::with_addon(&name, Some(addon)), ..world() };
    let draft = spec("mine").diff::<Kind>(&live);
    assert_eq!(draft.mistakes[0].key, "config.CACHE_SERVERS");
    assert!(draft.mistakes[0].message.contains("belongs to the add-on `CACHE`"), "{:?}", draft.mistakes);
    let external = spec("{ external: true }").diff::<Kind>(&live);
    assert_eq!(outcome(&external), ["create config.OTHER", "unchanged 1"]);
}

#[test]
fn a_var_that_may_be_a_new_addons_is_set_once_that_one_is_ready_and_told() {
    let want = want(
        "addons: { FILES: { plan: \"bucketeer:hobbyist\" } }\nconfig: { FILES_REGION: mine, OTHER: b, FILES: c }",
    );
    let draft = want.diff::<Kind>(&world());
    let sets = ["create config.FILES", "create config.FILES_REGION", "create config.OTHER"];
    assert_eq!(changes(&draft), sets);
    assert_eq!(draft.warnings.len(), 1, "{:?}", draft.warnings);
    assert_eq!(draft.warnings[0].address.as_str(), "config.FILES_REGION");
    let ready = Output::AddonReady(AttachmentName::parse("FILES").unwrap());
    assert!(draft.changes[0].needs().contains(&ready));
    let live = world().with_addon("FILES", "ledger", "bucketeer:hobbyist");
    let draft = want.diff::<Kind>(&live);
    assert!(draft.warnings.is_empty(), "what is ready has told what it owns");
    assert!(!draft.changes[0].needs().contains(&ready));
}

/// The addresses that a spec without config leaves unmanaged.
fn unmanaged(yaml: &str, world: &World) -> Vec<String> {
    let draft = want(yaml).diff::<Kind>(world);
    draft.unmanaged.iter().map(|note| note.address.to_string()).collect()
}

#[test]
fn live_vars_that_the_spec_does_not_name_are_kept_and_reported_unless_it_says_otherwise() {
    let world = world().with_config(&[("OLD", "1")]);
    assert_eq!(unmanaged("", &world), ["config.OLD"]);
    let remove = want("unmanaged: { config: remove }");
    let draft = remove.diff::<Kind>(&world);
    assert_eq!(changes(&draft), ["delete config.OLD"]);
    assert!(draft.unmanaged.is_empty());
}

#[test]
fn a_name_that_the_api_cannot_write_is_left_out_of_a_clean_sweep_and_stops_nothing_else() {
    let want = want("unmanaged: { config: remove }");
    let live = world().with_config(&[("legacy.flag", "1"), ("HEROKU_LEGACY", "1"), ("OLD", "1")]);
    let draft = want.diff::<Kind>(&live);
    assert_eq!(changes(&draft), ["delete config.HEROKU_LEGACY", "delete config.OLD"]);
    assert_eq!(draft.warnings.len(), 1);
    assert_eq!(draft.warnings[0].address.as_str(), "config.legacy.flag");
}

#[test]
fn not_even_a_clean_sweep_removes_what_an_addon_owns() {
    let world = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    let draft = want("unmanaged: { config: remove }").diff::<Kind>(&world);
    assert!(draft.changes.is_empty());
}

#[test]
fn the_vars_of_a_managed_addon_need_no_line_not_even_under_its_colour() {
    let database = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";
    let world = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    let world = world.attached("HEROKU_POSTGRESQL_COPPER", "addon-0");
    assert_eq!(unmanaged(database, &world), NOTHING);
    assert_eq!(
        unmanaged("", &world),
        ["config.DATABASE_URL", "config.HEROKU_POSTGRESQL_COPPER_URL"],
        "an add-on that the spec does not name"
    );
}

#[test]
fn no_value_that_is_live_or_supplied_shows_in_a_change() {
    let want = want_app("app: { name: ledger }", "config: { VAR: { env: SECRET }, GONE: null }");
    let world = world().with_config(&[("VAR", "canary-live"), ("GONE", "canary-live")]);
    let draft = want.diff::<Kind>(&world);
    let shown = format!("{draft:?} {:?}", draft.changes[0].describe());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn an_app_without_an_address_keeps_what_it_has_and_says_so() {
    let mut world = world();
    let crate::resource::app::Observed::Live(app) = &mut world.app else { panic!("the app is live") };
    app.web_url = None;
    let draft = want("config: { VAR: { from: app.web_url } }").diff::<Kind>(&world);
    assert!(draft.changes.is_empty());
    assert!(draft.warnings[0].reason.contains("no address"), "{:?}", draft.warnings);
}

//! Features: what the spec switches × what the app has.

#![cfg(test)]

use super::Kind;
use crate::cloud::heroku::AppFeature;
use crate::resource::testing::{outcome, paths, want_app, world};
use crate::resource::{Draft, Operation, World};

/// An app that can have these, on or off.
fn live(features: &[(&str, bool)]) -> World {
    let feature = |(name, is_on): &(&str, bool)| {
        let state = if *name == "new-router" { "beta" } else { "public" };
        AppFeature { name: (*name).to_owned(), is_on: *is_on, state: state.to_owned() }
    };
    World { feature: features.iter().map(feature).collect(), ..world() }
}

#[track_caller]
fn planned(features: &str, world: &World) -> Draft {
    want_app(&format!("app: {{ name: ledger, features: {features} }}"), "").diff::<Kind>(world)
}

#[test]
fn what_is_named_is_switched_and_what_is_not_is_told_when_it_is_on() {
    let world = live(&[("preboot", false), ("runtime-dyno-metadata", true), ("http-sticky", false)]);
    for (features, expected) in [
        (
            "{ preboot: true }",
            vec!["update app.features.preboot", "unmanaged app.features.runtime-dyno-metadata"],
        ),
        ("{ preboot: false, runtime-dyno-metadata: true }", vec!["unchanged 2"]),
        ("{ runtime-dyno-metadata: false }", vec!["update app.features.runtime-dyno-metadata"]),
        ("{}", vec!["unmanaged app.features.runtime-dyno-metadata"]),
    ] {
        assert_eq!(outcome(&planned(features, &world)), expected, "{features}");
    }
    let silent = want_app("app: { name: ledger }", "").diff::<Kind>(&world);
    assert_eq!(outcome(&silent), Vec::<String>::new(), "a spec without the key says nothing of features");
}

#[test]
fn a_name_that_heroku_does_not_have_is_a_mistake_with_the_nearest() {
    let draft = planned("{ runtime-dyno-metdata: true }", &live(&[("runtime-dyno-metadata", false)]));
    assert_eq!(outcome(&draft), ["mistake app.features.runtime-dyno-metdata"]);
    assert_eq!(draft.mistakes[0].help.as_deref(), Some("did you mean `runtime-dyno-metadata`?"));
}

#[test]
fn an_app_that_is_to_be_made_gets_what_is_named_whatever_it_begins_with() {
    let draft = planned("{ preboot: true, runtime-dyno-metadata: false }", &World::default());
    assert_eq!(outcome(&draft), ["create app.features.preboot", "create app.features.runtime-dyno-metadata"]);
    assert_eq!(paths(&draft), ["", ""]);
}

#[test]
fn only_the_metadata_of_dynos_make_a_release() {
    let world = live(&[("preboot", false), ("runtime-dyno-metadata", false)]).with_dynos("web", 1, "basic");
    let draft = planned("{ preboot: true, runtime-dyno-metadata: true }", &world);
    let effects: Vec<_> = draft.changes.iter().map(Operation::effects).collect();
    assert_eq!((effects[0].releases, effects[0].restarts.len()), (0, 0));
    assert_eq!((effects[1].releases, effects[1].restarts.clone()), (1, vec!["web".to_owned()]));
}

#[test]
fn one_that_heroku_has_not_finished_says_so() {
    let draft = planned("{ new-router: true }", &live(&[("new-router", false)]));
    let rows = draft.changes[0].describe();
    assert_eq!(rows[0].fields[0].note.as_deref(), Some("beta at Heroku"));
}

//! Buildpacks: the list in the spec × the list that the app has.

#![cfg(test)]

use super::Kind;
use crate::cloud::heroku::LiveBuildpack;
use crate::resource::testing::{outcome, want, world};
use crate::resource::{Draft, Operation, Shown, World};
use crate::spec::Buildpack;

fn live(names: &[&str]) -> World {
    let buildpack = |name: &&str| {
        LiveBuildpack::from(&Buildpack::parse(name).unwrap_or_else(|_| panic!("{name} is one")))
    };
    World { buildpacks: names.iter().map(buildpack).collect(), ..world() }
}

#[track_caller]
fn planned(spec: &str, live_names: &[&str]) -> Draft {
    want(spec).diff::<Kind>(&live(live_names))
}

/// What the one field of the one change shows, before and after.
#[track_caller]
fn order(draft: &Draft) -> (Option<String>, Option<String>) {
    let [change] = draft.changes.as_slice() else { panic!("{:?}", draft.changes) };
    let [row] = change.describe().try_into().unwrap_or_else(|rows| panic!("{rows:?}"));
    let [field] = row.fields.try_into().unwrap_or_else(|fields| panic!("{fields:?}"));
    let text = |shown| match shown {
        Shown::Plain(text) => Some(text),
        Shown::Nothing => None,
        other => panic!("{other:?}"),
    };
    (text(field.before), text(field.after))
}

#[test]
fn the_list_is_one_thing_that_is_made_changed_or_left() {
    const TWO: &str = "buildpacks: [heroku/nodejs, heroku/ruby]";
    const NONE: &str = "buildpacks: []";
    let (create, update, unchanged) = ("create buildpacks", "update buildpacks", "unchanged 1");
    for (spec, live, expected) in [
        (TWO, &[][..], create),
        (TWO, &["heroku/nodejs", "heroku/ruby"], unchanged),
        (TWO, &["heroku/ruby", "heroku/nodejs"], update),
        (TWO, &["heroku/ruby"], update),
        (TWO, &["heroku/nodejs", "heroku/ruby", "heroku/python"], update),
        (TWO, &["heroku/nodejs", "heroku/nodejs", "heroku/ruby"], update),
        (NONE, &["heroku/ruby"], update),
        (NONE, &[], unchanged),
    ] {
        assert_eq!(outcome(&planned(spec, live)), [expected], "{spec} with {live:?}");
    }
}

#[test]
fn a_spec_without_the_key_leaves_what_is_live_without_a_word() {
    for live in [&[][..], &["heroku/ruby"], &["https://example.com/pack.tgz"]] {
        assert_eq!(outcome(&planned("", live)), [""; 0], "{live:?}");
    }
}

#[test]
fn the_other_forms_of_a_name_are_the_same_buildpack() {
    const REPOSITORY: &str = "https://github.com/ledger/buildpack";
    for (wanted, live) in [
        ("heroku/ruby", "urn:buildpack:heroku/ruby"),
        ("heroku/ruby", "https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/ruby.tgz"),
        (REPOSITORY, "https://github.com/ledger/buildpack.git"),
        (REPOSITORY, "https://github.com/ledger/buildpack/"),
    ] {
        assert_eq!(
            outcome(&planned(&format!("buildpacks: [\"{wanted}\"]"), &[live])),
            ["unchanged 1"],
            "{live}"
        );
    }
}

#[test]
fn a_repository_a_branch_of_it_and_another_registry_name_are_other_buildpacks() {
    for live in [
        // What its repository holds today need not be what the registry gives out.
        "https://github.com/heroku/heroku-buildpack-ruby",
        "https://github.com/heroku/heroku-buildpack-ruby#main",
        "ledger/ruby",
    ] {
        let draft = planned("buildpacks: [heroku/ruby]", &[live]);
        assert_eq!(outcome(&draft), ["update buildpacks"], "{live}");
    }
}

#[test]
fn a_change_shows_both_lists_in_their_order_and_makes_no_release() {
    let draft = planned("buildpacks: [heroku/nodejs, heroku/ruby]", &["heroku/ruby", "heroku/nodejs"]);
    let both = (Some("heroku/ruby\nheroku/nodejs".to_owned()), Some("heroku/nodejs\nheroku/ruby".to_owned()));
    assert_eq!(order(&draft), both);
    assert_eq!(draft.changes[0].effects().releases, 0, "the next build takes it up");
    assert_eq!(order(&planned("buildpacks: [heroku/ruby]", &[])), (None, Some("heroku/ruby".to_owned())));
    assert_eq!(order(&planned("buildpacks: []", &["heroku/ruby"])), (Some("heroku/ruby".to_owned()), None));
}

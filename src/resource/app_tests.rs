//! The app: what the spec says × what is live.

#![cfg(test)]

use super::*;
use crate::resource::testing::{changes, live_app, paths, want, want_app, world};

const APP: &str = "app: { name: ledger, region: us, stack: heroku-24, maintenance: false }";

#[test]
fn regions_and_stacks_are_asked_for_only_when_they_could_be_wrong() {
    let want = want_app(APP, "");
    let asked = |observed| questions(want.desired().spec(), &observed);
    assert_eq!(asked(Observed::Absent), (true, true));
    assert_eq!(asked(world().app), (false, false), "a plan without changes costs no call");
}

#[test]
fn an_app_that_is_not_there_is_created() {
    let draft = want_app(APP, "").diff::<Kind>(&World::default());
    assert_eq!(changes(&draft), ["create app"]);
}

#[test]
fn only_what_the_spec_says_is_compared() {
    let mut live = live_app("ledger");
    (live.maintenance, live.build_stack) = (true, Some("heroku-22".to_owned()));
    let world = World { app: Observed::Live(live), ..World::default() };
    assert_eq!(paths(&want_app(APP, "").diff::<Kind>(&world)), ["maintenance", "stack"]);
    assert_eq!(want("").diff::<Kind>(&world).unchanged, 1, "a spec that says nothing of either");
}

#[test]
fn what_heroku_does_not_tell_is_no_difference_and_what_is_unknown_here_is_shown_as_served() {
    let mut live = live_app("ledger");
    (live.region, live.build_stack) = (None, None);
    let world = World { app: Observed::Live(live), ..World::default() };
    let draft = want_app(APP, "").diff::<Kind>(&world);
    assert!(draft.changes.is_empty() && draft.blocked.is_empty());
    let mut live = live_app("ledger");
    (live.region, live.build_stack) = (Some("mars".to_owned()), Some("heroku-99".to_owned()));
    let world = World { app: Observed::Live(live), ..World::default() };
    let draft = want_app(APP, "").diff::<Kind>(&world);
    assert_eq!(paths(&draft), ["stack"]);
    assert!(draft.blocked[0].advice.starts_with("write `region: mars`"), "{:?}", draft.blocked);
}

#[test]
fn region_and_owner_cannot_change_in_place() {
    let eu = want_app("app: { name: ledger, region: eu, team: ledger }", "");
    let draft = eu.diff::<Kind>(&world());
    let blocked: Vec<&str> = draft.blocked.iter().map(|one| one.address.as_str()).collect();
    assert_eq!(blocked, ["app.region", "app.team"]);
    assert!(draft.changes.is_empty());
}

#[test]
fn an_app_under_its_old_name_is_renamed() {
    let want = want_app("app: { name: ledger, renamed_from: ledger-old }", "");
    let world = World { app: Observed::OldName(live_app("ledger-old")), ..World::default() };
    assert_eq!(paths(&want.diff::<Kind>(&world)), ["name"]);
}

#[test]
fn a_name_that_someone_else_has_is_refused() {
    let draft = want("").diff::<Kind>(&World { app: Observed::Foreign, ..World::default() });
    assert_eq!(draft.blocked[0].address.as_str(), "app.name");
    assert!(draft.changes.is_empty());
}

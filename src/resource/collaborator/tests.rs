//! Collaborators: what the spec says of somebody × as what they work on the app.

#![cfg(test)]

use super::{Acting, Kind, Observed};
use crate::cloud::heroku::{Collaborator, Role};
use crate::resource::testing::{live_app, outcome, want_app};
use crate::resource::{Before, Desired, Draft, Resource, World, app};

const OPS: &str = "ops@ledger.example";
const PERSONAL: &str = "name: ledger";
const TEAM: &str = "name: ledger, team: acme";

fn person(email: &str, role: Role, rights: &[&str]) -> Collaborator {
    let permissions = rights.iter().map(|name| (*name).to_owned()).collect();
    Collaborator { email: email.to_owned(), role, permissions }
}

/// An app with its owner and these, whose team gives rights or not; trueup runs as `me@ledger.example`.
fn world(gives_rights: Option<bool>, people: &[Collaborator]) -> World {
    let mut live = live_app("ledger");
    live.team = gives_rights.map(|_| "acme".to_owned());
    let owner = person("owner@ledger.example", Role::Owner, &[]);
    let people = [owner].into_iter().chain(people.iter().cloned()).collect();
    let acting = Acting::Known("me@ledger.example".to_owned());
    World {
        app: app::Observed::Live(live),
        collaborator: Observed { people, gives_rights, acting },
        ..World::default()
    }
}

#[track_caller]
fn planned(app: &str, people: &str, world: &World) -> Draft {
    want_app(&format!("app: {{ {app}, collaborators: {people} }}"), "").diff::<Kind>(world)
}

#[test]
fn somebody_is_added_changed_left_alone_or_refused() {
    let live = |role, rights: &[&str]| vec![person(OPS, role, rights)];
    let create = "create app.collaborators.ops@ledger.example";
    let update = "update app.collaborators.ops@ledger.example";
    let blocked = "blocked app.collaborators.ops@ledger.example";
    let unchanged = "unchanged 1";
    for (app, gives_rights, wanted, people, expected) in [
        (PERSONAL, None, "[]", vec![], create),
        (PERSONAL, None, "[]", live(Role::Collaborator, &[]), unchanged),
        (PERSONAL, None, "[]", live(Role::Owner, &[]), unchanged),
        (TEAM, Some(false), "[]", vec![], create),
        (TEAM, Some(false), "[deploy]", vec![], blocked),
        (TEAM, Some(false), "[deploy]", live(Role::Collaborator, &[]), blocked),
        (TEAM, Some(false), "[deploy]", live(Role::Admin, &[]), unchanged),
        (TEAM, Some(true), "[deploy]", vec![], create),
        (TEAM, Some(true), "[deploy]", live(Role::Collaborator, &["view", "deploy"]), unchanged),
        (TEAM, Some(true), "[deploy, view]", live(Role::Collaborator, &["view", "deploy"]), unchanged),
        (TEAM, Some(true), "[deploy]", live(Role::Collaborator, &["view"]), update),
        (TEAM, Some(true), "[]", live(Role::Collaborator, &["view", "deploy"]), update),
        (TEAM, Some(true), "[deploy]", live(Role::Member, &["view"]), update),
        (TEAM, Some(true), "[deploy]", live(Role::Admin, &[]), unchanged),
        (TEAM, Some(true), "[deploy]", live(Role::Owner, &[]), unchanged),
        // Not asked, as the import does: rights that are live show that there are some.
        (TEAM, None, "[view, deploy]", live(Role::Collaborator, &["view", "deploy"]), unchanged),
    ] {
        let draft = planned(app, &format!("{{ {OPS}: {wanted} }}"), &world(gives_rights, &people));
        assert_eq!(outcome(&draft), [expected], "{app} {gives_rights:?} {wanted} {people:?}");
    }
}

#[test]
fn an_address_is_the_same_in_capitals() {
    let live = world(None, &[person(OPS, Role::Collaborator, &[])]);
    assert_eq!(outcome(&planned(PERSONAL, "{ Ops@Ledger.Example: [] }", &live)), ["unchanged 1"]);
}

#[test]
fn the_account_that_trueup_runs_as_is_never_changed() {
    let me = [person("me@ledger.example", Role::Collaborator, &["view", "manage"])];
    let mut live = world(Some(true), &me);
    let wanted = "{ me@ledger.example: [view] }";
    let draft = planned(TEAM, wanted, &live);
    assert_eq!(outcome(&draft), ["blocked app.collaborators.me@ledger.example"]);
    assert!(draft.blocked[0].reason.contains("the account that trueup runs as"));
    // A token that may not know whose it is could be anybody's.
    live.collaborator.acting = Acting::Hidden;
    let draft = planned(TEAM, wanted, &live);
    assert!(draft.blocked[0].advice.contains("`identity`"), "{:?}", draft.blocked);
}

#[test]
fn whoever_the_spec_does_not_name_is_told_and_left_alone() {
    let live = world(
        Some(true),
        &[
            person(OPS, Role::Collaborator, &["view"]),
            person("member@ledger.example", Role::Member, &["view"]),
        ],
    );
    assert_eq!(outcome(&planned(TEAM, "{}", &live)), ["unmanaged app.collaborators.ops@ledger.example"]);
    let silent = want_app(&format!("app: {{ {TEAM} }}"), "").diff::<Kind>(&live);
    assert_eq!(outcome(&silent), Vec::<String>::new(), "a spec without the key says nothing of them");
}

#[test]
fn whoever_was_dropped_goes_when_that_is_asked_but_never_the_account_itself() {
    let then = want_app(
        &format!("app: {{ {PERSONAL}, collaborators: {{ {OPS}: [], me@ledger.example: [] }} }}"),
        "",
    );
    let now = want_app(&format!("app: {{ {PERSONAL} }}"), "");
    let live = world(
        None,
        &[person("me@ledger.example", Role::Collaborator, &[]), person(OPS, Role::Collaborator, &[])],
    );
    let then = then.desired();
    let dropped = |prune| {
        let before = Some(Before { spec: then.spec(), prune });
        let mut draft = Draft::default();
        Kind::diff(&Desired { before, ..now.desired() }, &live, &mut draft);
        outcome(&draft)
    };
    let (me, ops) = ("unmanaged app.collaborators.me@ledger.example", "app.collaborators.ops@ledger.example");
    assert_eq!(dropped(false), [me.to_owned(), format!("unmanaged {ops}")]);
    assert_eq!(dropped(true), [format!("delete {ops}"), me.to_owned()]);
}

#[test]
fn an_apps_creation_comes_before_its_collaborators() {
    let draft = planned(PERSONAL, &format!("{{ {OPS}: [] }}"), &World::default());
    assert_eq!(outcome(&draft), ["create app.collaborators.ops@ledger.example"]);
}

//! IAM users: path and tags in the spec × the user of that name.

#![cfg(test)]

use super::Kind;
use crate::cloud::aws::User;
use crate::resource::testing::{Want, local, outcome, own_tags, paths, tags, want, want_app, world};
use crate::resource::{Operation, Output, World, tags::Tags};

const USER: &str = "iam_users: { app: { name: ledger-app, tags: { team: ledger } } }";

fn user() -> Want {
    want(USER)
}

/// A world in which the user is there with this path and these tags.
fn live(path: &str, tags: Tags) -> World {
    let mut world = world();
    let arn = format!("arn:aws:iam::000000000000:user{path}ledger-app");
    world.iam_user.insert(local("app"), User { path: path.to_owned(), arn, tags, ..User::default() });
    world
}

/// The tags of the environment with these besides.
fn ours_and(pairs: &[(&str, &str)]) -> Tags {
    own_tags().into_iter().chain(tags(pairs)).collect()
}

#[test]
fn a_user_that_is_not_there_is_created_with_path_and_tags() {
    let draft = user().diff::<Kind>(&world());
    assert_eq!(outcome(&draft), ["create iam_users.app"]);
    assert_eq!(paths(&draft), ["path", "tags.team", "tags.trueup:app", "tags.trueup:environment"]);
    assert_eq!(draft.changes[0].gives(), [Output::User(local("app"))]);
}

#[test]
fn path_and_tags_are_changed_each_by_itself_and_only_where_they_differ() {
    let right = || ours_and(&[("team", "ledger")]);
    for (path, tags, expected, fields) in [
        ("/trueup/", right(), &["unchanged 1"][..], &[][..]),
        ("/", right(), &["update iam_users.app"], &["path"]),
        ("/trueup/apps/", right(), &["update iam_users.app"], &["path"]),
        ("/Trueup/", right(), &["update iam_users.app"], &["path"]),
        ("/trueup/", ours_and(&[("team", "books")]), &["update iam_users.app"], &["tags.team"]),
        ("/trueup/", ours_and(&[("team", "")]), &["update iam_users.app"], &["tags.team"]),
        ("/trueup/", own_tags(), &["update iam_users.app"], &["tags.team"]),
        ("/", own_tags(), &["update iam_users.app", "update iam_users.app"], &["path", "tags.team"]),
    ] {
        let draft = user().diff::<Kind>(&live(path, tags.clone()));
        assert_eq!(outcome(&draft), expected, "{path} {tags:?}");
        assert_eq!(paths(&draft), fields, "{path} {tags:?}");
    }
}

#[test]
fn tags_that_the_spec_does_not_name_are_left_alone() {
    for foreign in
        [("cost-center", "42"), ("Team", "books"), ("", ""), ("aws:cloudformation:stack-name", "s")]
    {
        let draft = user().diff::<Kind>(&live("/trueup/", ours_and(&[("team", "ledger"), foreign])));
        assert_eq!(outcome(&draft), ["unchanged 1"], "{foreign:?}");
    }
}

#[test]
fn a_user_with_half_of_our_tags_gets_the_rest_and_one_that_nobody_tagged_wants_consent() {
    let draft = user().diff::<Kind>(&live("/trueup/", Tags::new()));
    assert_eq!(outcome(&draft), ["blocked iam_users.app"]);
    let half = tags(&[("trueup:environment", "production")]);
    let draft = user().diff::<Kind>(&live("/trueup/", half));
    assert_eq!(paths(&draft), ["tags.team", "tags.trueup:app"]);
}

#[test]
fn a_user_of_another_environment_or_app_is_not_touched() {
    for (foreign, owner) in [
        (("trueup:environment", "staging"), "environment staging of app ledger"),
        (("trueup:app", "shop"), "environment production of app shop"),
        (("trueup:environment", "Production"), "environment Production of app ledger"),
        (("trueup:app", ""), "environment production of app "),
    ] {
        // Neither its path nor its other tags are looked at.
        let draft = user().diff::<Kind>(&live("/", ours_and(&[foreign])));
        assert_eq!(outcome(&draft), ["blocked iam_users.app"], "{foreign:?}");
        let reason = &draft.blocked[0].reason;
        assert_eq!(*reason, format!("the user ledger-app belongs to {owner}, as its tags say"));
        assert!(draft.blocked[0].advice.contains("choose another `name`"), "{}", draft.blocked[0].advice);
    }
}

#[test]
fn the_user_of_an_app_that_is_renamed_stays_ours_and_gets_the_new_name() {
    let want = want_app("app: { name: ledger, renamed_from: ledger-old }", USER);
    let draft =
        want.diff::<Kind>(&live("/trueup/", ours_and(&[("trueup:app", "ledger-old"), ("team", "ledger")])));
    assert_eq!(outcome(&draft), ["update iam_users.app"]);
    assert_eq!(paths(&draft), ["tags.trueup:app"]);
}

/// The user of a spec that renames it, found under its old name.
fn renamed(spec: &str, path: &str) -> (Want, World) {
    let want = want(&USER.replace("name:", &format!("{spec}, name:")));
    let mut world = live(path, ours_and(&[("team", "ledger")]));
    world.iam_user.get_mut(&local("app")).unwrap().arn =
        format!("arn:aws:iam::000000000000:user{path}Ledger-Old");
    (want, world)
}

#[test]
fn a_user_that_is_live_under_the_name_before_is_renamed_in_one_call_with_its_path() {
    for (path, fields) in [("/trueup/", &["name"][..]), ("/", &["name", "path"])] {
        let (want, world) = renamed("renamed_from: ledger-old", path);
        let draft = want.diff::<Kind>(&world);
        assert_eq!(outcome(&draft), ["update iam_users.app"], "{path}");
        assert_eq!(paths(&draft), fields);
        assert_eq!(draft.changes[0].gives(), [Output::User(local("app"))], "policy and key come after it");
    }
}

#[test]
fn a_user_that_has_its_new_name_is_not_renamed_again() {
    let want = want(&USER.replace("name:", "renamed_from: ledger-old, name:"));
    let draft = want.diff::<Kind>(&live("/trueup/", ours_and(&[("team", "ledger")])));
    assert_eq!(outcome(&draft), ["unchanged 1"]);
    assert_eq!(outcome(&want.diff::<Kind>(&world())), ["create iam_users.app"], "neither is there");
}

#[test]
fn a_user_of_others_is_not_renamed() {
    let (want, mut world) = renamed("renamed_from: ledger-old", "/trueup/");
    world.iam_user.get_mut(&local("app")).unwrap().tags = Tags::new();
    let draft = want.diff::<Kind>(&world);
    assert_eq!(outcome(&draft), ["blocked iam_users.app"]);
    assert!(
        draft.blocked[0].reason.starts_with("the user ledger-old was there before"),
        "{:?}",
        draft.blocked
    );
}

#[test]
fn each_user_is_looked_at_by_itself_and_users_outside_the_spec_are_nobodys_business() {
    let two = want("iam_users: { app: { name: ledger-app }, reports: { name: ledger-reports } }");
    let draft = two.diff::<Kind>(&live("/trueup/", own_tags()));
    assert_eq!(outcome(&draft), ["create iam_users.reports", "unchanged 1"]);
    let none = want("").diff::<Kind>(&live("/trueup/", own_tags()));
    assert_eq!(outcome(&none), [""; 0]);
}

#[test]
fn the_boundary_of_the_spec_is_given_at_creation_and_changed_where_it_differs() {
    const EDGE: &str = "arn:aws:iam::111122223333:policy/Edge";
    let want = want(&USER.replace("name:", &format!("permissions_boundary: \"{EDGE}\", name:")));
    let draft = want.diff::<Kind>(&world());
    assert_eq!(outcome(&draft), ["create iam_users.app"]);
    assert!(paths(&draft).contains(&"permissions_boundary".to_owned()), "{:?}", paths(&draft));
    for (boundary, expected) in [
        (Some(EDGE), "unchanged 1"),
        (None, "update iam_users.app"),
        (Some("arn:aws:iam::111122223333:policy/edge"), "update iam_users.app"),
    ] {
        let mut world = live("/trueup/", ours_and(&[("team", "ledger")]));
        world.iam_user.get_mut(&local("app")).unwrap().boundary = boundary.map(str::to_owned);
        let draft = want.diff::<Kind>(&world);
        assert_eq!(outcome(&draft), [expected], "{boundary:?}");
        assert!(draft.unmanaged.is_empty(), "{boundary:?}");
    }
}

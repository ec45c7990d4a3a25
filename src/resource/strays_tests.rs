//! What is told of users and buckets that carry the environment's tags and are not in its spec.

#![cfg(test)]

use super::*;
use crate::resource::tags::Tags;
use crate::resource::testing::{key, outcome, own_tags, tags, want, world};

const SPEC: &str = "iam_users: { app: { name: ledger-web } }";

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// A world in which there is another user with these tags, and a key of it works.
fn with_stray(mut world: World, tags: Tags) -> World {
    let stray = Stray { tags, keys: vec![key("AKIAOLD", 91)] };
    world.strays.users.insert(name("ledger-app"), stray);
    world
}

fn told(world: &World) -> Draft {
    let mut draft = Draft::default();
    report(&want(SPEC).desired(), world, &mut draft);
    draft
}

#[test]
fn a_user_of_the_environment_that_the_spec_does_not_name_is_told_and_its_key_is_warned_of() {
    let draft = told(&with_stray(world(), own_tags()));
    assert_eq!(outcome(&draft), ["warning iam_users.ledger-app", "unmanaged iam_users.ledger-app"]);
    assert_eq!(
        draft.warnings[0].reason,
        "a user that is not in the spec has a key that works: AKIAOLD (active, 91 days old, never used); \
         write `renamed_from: ledger-app` at iam_users.app to keep the user, keys and all"
    );
    let draft = told(&with_stray(world().with_user(&[]), own_tags()));
    let reason = &draft.warnings[0].reason;
    assert!(
        reason.contains("aws iam delete-access-key --user-name ledger-app --access-key-id AKIAOLD"),
        "{reason}"
    );
}

#[test]
fn what_is_another_environments_or_nobodys_is_not_told() {
    for foreign in
        [tags(&[("team", "ledger")]), tags(&[("trueup:environment", "staging"), ("trueup:app", "ledger")])]
    {
        assert_eq!(outcome(&told(&with_stray(world(), foreign))), [""; 0]);
    }
}

#[test]
fn a_bucket_of_the_environment_is_told() {
    let mut world = world();
    world.strays.buckets.insert(BucketName::parse("ledger-uploads").unwrap(), own_tags());
    assert_eq!(outcome(&told(&world)), ["unmanaged buckets.ledger-uploads"]);
}

#[test]
fn users_that_may_not_be_listed_are_a_warning() {
    let mut world = world();
    world.strays.are_users_hidden = true;
    let draft = told(&world);
    assert_eq!(outcome(&draft), ["warning iam_users"]);
    assert!(draft.warnings[0].reason.contains("iam:ListUsers"));
}

#[test]
fn those_whose_names_are_most_alike_are_asked() {
    let names = ["zebra", "ledger-app-old", "ledgers", "shop-app", "led"];
    let alike = |least| most_alike(names, ["ledger-app", "ledger"].into_iter(), |name| name, least);
    assert_eq!(alike(4), ["ledger-app-old", "ledgers"]);
    assert_eq!(alike(0), ["ledger-app-old", "ledgers", "led", "zebra", "shop-app"]);
    let many: Vec<String> = (0..50).map(|number| format!("ledger-{number}")).collect();
    assert_eq!(most_alike(many, ["ledger"].into_iter(), String::as_str, 0).len(), MOST);
}

//! What becomes of a user that was there before trueup.

#![cfg(test)]

use super::Kind;
use crate::resource::World;
use crate::resource::testing::{changes, key, local, paths, tags, want, world};

const SPEC: &str = "iam_users: { app: { name: ledger-app, tags: { team: ledger } } }";

/// A user on a path of its own, with other tags than ours.
fn before_trueup() -> World {
    let mut world = world().with_user(&[key("AKIAONE", 12)]);
    let user = world.iam_user.get_mut(&local("app")).unwrap();
    user.path = "/people/".to_owned();
    user.tags = tags(&[("owner", "ops")]);
    world
}

#[test]
fn without_consent_it_is_blocked_with_its_keys_and_with_what_to_write() {
    let draft = want(SPEC).diff::<Kind>(&before_trueup());
    assert_eq!(changes(&draft), [""; 0]);
    let blocked = &draft.blocked[0];
    assert!(blocked.reason.contains("AKIAONE (active, 12 days old, never used)"), "{}", blocked.reason);
    assert!(blocked.advice.contains("`adopt: true`"), "{}", blocked.advice);
}

#[test]
fn an_adopted_one_keeps_its_path_and_gets_only_the_tags_of_the_spec() {
    let spec = SPEC.replace("name:", "adopt: true, name:");
    assert_eq!(paths(&want(&spec).diff::<Kind>(&before_trueup())), ["tags.team"]);
    let spec = spec.replace("name:", "path: /apps/, name:");
    assert_eq!(paths(&want(&spec).diff::<Kind>(&before_trueup())), ["path", "tags.team"]);
}

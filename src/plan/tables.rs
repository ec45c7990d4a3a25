//! Plans of several kinds together: what comes before what, and what is one change to a reader. The decisions
//! of each kind alone are in the tables of `resource`.

#![cfg(test)]

use super::Plan;
use crate::resource::testing::{key, live_app, verb, want, want_app, world};
use crate::resource::{Operation, World, app};

const KEY: &str = "
config:
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
iam_users:
  app: { name: ledger-app, access_key: { max_age: 90d } }
";

const DATABASE: &str = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";

/// The actions of a plan in order, one line a row.
fn actions(plan: &Plan) -> Vec<String> {
    let rows = plan.steps.iter().flat_map(|step| step.change.describe());
    rows.map(|row| format!("{} {}", verb(row.action), row.address)).collect()
}

#[test]
fn an_older_key_than_the_spec_allows_is_replaced_and_set_inactive_when_the_new_one_is_delivered() {
    let plan = want(KEY).plan(
        &world().with_user(&[key("AKIAONE", 91)]).with_config(&[("KEY_ID", "AKIAONE"), ("KEY_SECRET", "x")]),
    );
    let key_steps: Vec<String> =
        actions(&plan).into_iter().filter(|line| !line.contains("iam_users.app.policy")).collect();
    assert_eq!(
        key_steps,
        [
            "create iam_users.app.access_key",
            "update config.KEY_ID",
            "update config.KEY_SECRET",
            "update iam_users.app.access_key.AKIAONE",
        ]
    );
}

#[test]
fn of_two_keys_that_nobody_has_one_makes_room_and_the_other_is_set_inactive_after_delivery() {
    let plan = want(KEY).plan(&world().with_user(&[key("AKIAONE", 1), key("AKIATWO", 1)]));
    let of_keys: Vec<String> =
        actions(&plan).into_iter().filter(|line| line.contains(".access_key")).collect();
    assert_eq!(
        of_keys,
        [
            "delete iam_users.app.access_key.AKIAONE",
            "create iam_users.app.access_key",
            "update iam_users.app.access_key.AKIATWO",
        ]
    );
}

#[test]
fn the_address_of_an_app_that_is_not_there_yet_is_known_after_the_apply() {
    let want = want("config: { URL: { from: app.web_url } }");
    let plan = want.plan(&World::default());
    let config = plan.entries().into_iter().find(|entry| entry.address.as_str() == "config.URL").unwrap();
    assert!(config.after.iter().any(|address| address.as_str() == "app"), "{:?}", config.after);
}

#[test]
fn the_arn_of_a_user_that_moves_is_taken_after_the_move() {
    let yaml = "config: { ARN: { from: iam_users.app.arn } }
iam_users: { app: { name: ledger-app, path: /elsewhere/ } }";
    let world = world().with_user(&[]);
    let arn = world.iam_user.values().next().unwrap().arn.clone();
    let plan = want(yaml).plan(&world.with_config(&[("ARN", arn.as_str())]));
    let config = plan.entries().into_iter().find(|entry| entry.address.as_str() == "config.ARN").unwrap();
    assert!(config.after.iter().any(|address| address.as_str() == "iam_users.app"), "{:?}", config.after);
}

#[test]
fn a_new_app_in_maintenance_is_still_one_creation() {
    let want = want_app("app: { name: ledger, maintenance: true }", "");
    let summary = want.plan(&World::default()).summary();
    assert_eq!((summary.create, summary.update), (1, 0));
}

#[test]
fn an_app_under_its_old_name_is_renamed_before_anything_else_is_done_to_it() {
    let want = want_app("app: { name: ledger, renamed_from: ledger-old }", "config: { A: 1 }");
    let world = World { app: app::Observed::OldName(live_app("ledger-old")), ..World::default() };
    let plan = want.plan(&world);
    assert_eq!(plan.steps[1].after, [0], "config is set on the app under its new name");
}

#[test]
fn a_missing_addon_is_ordered_and_waited_for_as_one_creation() {
    let plan = want(DATABASE).plan(&world());
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(plan.steps[1].after, [0], "waiting comes after the order");
    assert_eq!(plan.summary().create, 1);
    assert_eq!(plan.entries()[0].effects.notes, ["takes minutes, usually up to 5"]);
}

#[test]
fn a_new_bucket_is_one_creation_with_every_setting_and_the_policy_last() {
    let spec = "buckets: { uploads: { name: ledger-uploads, region: us-east-1, versioning: true } }";
    let plan = want(spec).plan(&world());
    assert_eq!(plan.summary().create, 1);
    let last = plan.steps.last().expect("steps");
    assert_eq!(last.behind.len(), plan.steps.len() - 1, "one write at a time");
    assert_eq!(last.after, [0], "only the bucket itself must be there");
    assert!(format!("{:?}", last.change).contains("Policy"), "{last:?}");
}

#[test]
fn a_region_that_heroku_does_not_tell_is_that_of_the_spec_or_left_out() {
    let mut app = live_app("ledger");
    app.region = None;
    let world = World { app: app::Observed::Live(app), ..World::default() };
    assert_eq!(want("").plan(&world).place.heroku_region, None);
    let eu = want_app("app: { name: ledger, region: eu }", "").plan(&world);
    assert_eq!(eu.place.heroku_region.as_deref(), Some("eu"));
    assert!(eu.blocked.is_empty(), "nobody knows that it differs");
}

//! The decision table of aws-s3-iam.md section 4: which keys are live × what the config vars name.

use super::{Kind, keeps};
use crate::cloud::aws::AccessKeyInfo;
use crate::resource::testing::{Want, changes, key, local, own_tags, reasons, tags, want, world};
use crate::resource::{Operation, World};

const SPEC: &str = "
config:
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
iam_users:
  app: { name: ledger-app, access_key: { max_age: 90d } }
";

fn app_with_key() -> Want {
    want(SPEC)
}

/// A world with these keys, in which the app has the one of that id.
fn live(keys: &[AccessKeyInfo], named: &str) -> World {
    world().with_user(keys).with_config(&[("KEY_ID", named), ("KEY_SECRET", "the other half")])
}

#[test]
fn a_young_active_key_that_the_app_has_stays() {
    for age in [0, 89, 90] {
        let world = live(&[key("AKIAONE", age)], "AKIAONE");
        let draft = app_with_key().diff::<Kind>(&world);
        assert_eq!(changes(&draft), [""; 0], "{age} days");
        assert_eq!(draft.unchanged, 1);
        assert!(keeps(&local("app"), &app_with_key().desired(), &world));
    }
}

#[test]
fn a_user_without_a_key_gets_one() {
    let draft = app_with_key().diff::<Kind>(&world().with_user(&[]));
    assert_eq!(changes(&draft), ["create iam_users.app.access_key"]);
    assert_eq!(reasons(&draft), ["the app has none"]);
}

#[test]
fn an_older_key_than_the_spec_allows_is_replaced() {
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 91)], "AKIAONE"));
    assert_eq!(changes(&draft), ["create iam_users.app.access_key", "delete iam_users.app.access_key"]);
    assert_eq!(reasons(&draft)[0], "91 days old, and the spec allows 90");
}

#[test]
fn a_key_of_any_age_stays_when_the_spec_has_no_limit() {
    let spec = SPEC.replace("{ max_age: 90d }", "{}");
    let draft = want(&spec).diff::<Kind>(&live(&[key("AKIAONE", 4000)], "AKIAONE"));
    assert_eq!(changes(&draft), [""; 0]);
}

#[test]
fn an_inactive_key_is_replaced() {
    let inactive = AccessKeyInfo { active: false, ..key("AKIAONE", 1) };
    let draft = app_with_key().diff::<Kind>(&live(&[inactive], "AKIAONE"));
    assert_eq!(changes(&draft), ["create iam_users.app.access_key", "delete iam_users.app.access_key"]);
    assert_eq!(reasons(&draft)[0], "the key that the app has is inactive");
}

#[test]
fn an_id_that_names_no_key_of_the_user_is_replaced() {
    let draft = app_with_key().diff::<Kind>(&live(&[], "AKIASTRANGER"));
    assert_eq!(changes(&draft), ["create iam_users.app.access_key"]);
    assert_eq!(reasons(&draft), ["KEY_ID names no key of ledger-app"]);
}

#[test]
fn a_key_whose_secret_is_lost_is_replaced_since_no_one_can_read_it_again() {
    for secret in [&[][..], &[("KEY_SECRET", "")]] {
        let world = world().with_user(&[key("AKIAONE", 1)]).with_config(&[("KEY_ID", "AKIAONE")]);
        let draft = app_with_key().diff::<Kind>(&world.with_config(secret));
        assert_eq!(changes(&draft), ["create iam_users.app.access_key", "delete iam_users.app.access_key"]);
        assert_eq!(reasons(&draft)[0], "KEY_SECRET is not set");
    }
}

#[test]
fn a_key_that_no_config_var_names_goes_and_the_good_one_stays() {
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 1), key("AKIATWO", 1)], "AKIAONE"));
    assert_eq!(changes(&draft), ["delete iam_users.app.access_key"]);
    assert_eq!(reasons(&draft), ["no config var names it"]);
    assert_eq!(draft.unchanged, 0, "the address of the key is in the plan already");
}

#[test]
fn two_keys_that_are_both_in_use_leave_no_slot_for_a_new_one() {
    let keys = [key("AKIAONE", 91), key("AKIATWO", 1)];
    let world = live(&keys, "AKIAONE").with_config(&[("OTHER", "AKIATWO")]);
    let draft = app_with_key().diff::<Kind>(&world);
    assert_eq!(changes(&draft), [""; 0]);
    assert_eq!(draft.blocked[0].address.as_str(), "iam_users.app.access_key");
    assert!(draft.blocked[0].reason.contains("no slot"), "{}", draft.blocked[0].reason);
}

#[test]
fn two_keys_that_are_both_in_use_stay_while_the_one_of_the_spec_is_good() {
    let keys = [key("AKIAONE", 1), key("AKIATWO", 400)];
    let world = live(&keys, "AKIAONE").with_config(&[("OTHER", "AKIATWO")]);
    assert_eq!(changes(&app_with_key().diff::<Kind>(&world)), [""; 0]);
}

#[test]
fn a_key_that_another_config_var_still_names_outlives_its_replacement() {
    let world = live(&[key("AKIAONE", 91)], "AKIAONE").with_config(&[("OTHER", "AKIAONE")]);
    let draft = app_with_key().diff::<Kind>(&world);
    assert_eq!(changes(&draft), ["create iam_users.app.access_key"], "OTHER would stop working");
}

#[test]
fn a_key_whose_id_is_a_part_of_a_value_is_in_use() {
    let url = "s3://AKIATWO:word@ledger-uploads/reports";
    let world = live(&[key("AKIAONE", 1), key("AKIATWO", 400)], "AKIAONE").with_config(&[("STORE_URL", url)]);
    assert_eq!(changes(&app_with_key().diff::<Kind>(&world)), [""; 0]);
    let url = "s3://AKIAONE:word@ledger-uploads/reports";
    let world = live(&[key("AKIAONE", 91)], "AKIAONE").with_config(&[("STORE_URL", url)]);
    let draft = app_with_key().diff::<Kind>(&world);
    assert_eq!(changes(&draft), ["create iam_users.app.access_key"], "the reports would stop working");
}

#[test]
fn config_vars_that_name_different_keys_get_one_new_key() {
    let spec = SPEC.replace("KEY_SECRET:", "SECOND_ID: { from: iam_users.app.access_key_id }\n  KEY_SECRET:");
    let world = live(&[key("AKIAONE", 1)], "AKIAONE").with_config(&[("SECOND_ID", "AKIAONE")]);
    assert_eq!(changes(&want(&spec).diff::<Kind>(&world)), [""; 0]);
    let world = live(&[key("AKIAONE", 1)], "AKIAONE").with_config(&[("SECOND_ID", "AKIATWO")]);
    assert_eq!(reasons(&want(&spec).diff::<Kind>(&world))[0], "SECOND_ID names no key of ledger-app");
}

#[test]
fn the_keys_of_another_environments_user_are_left_alone() {
    let mut world = world().with_user(&[key("AKIAONE", 1)]);
    let mut foreign = own_tags();
    foreign.extend(tags(&[("trueup:environment", "staging")]));
    world.iam_user.get_mut(&local("app")).unwrap().tags = foreign;
    let draft = app_with_key().diff::<Kind>(&world);
    assert_eq!(changes(&draft), [""; 0]);
}

#[test]
fn no_format_of_a_change_shows_the_id_of_an_old_key() {
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 91), key("AKIATWO", 1)], "AKIAONE"));
    for row in draft.changes.iter().flat_map(Operation::describe) {
        assert!(!format!("{row:?}").contains("AKIA"), "{row:?}");
    }
}

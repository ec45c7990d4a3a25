//! The decision table of aws-s3-iam.md section 4: which keys are live × what the config vars name.

#![cfg(test)]

use time::Duration;

use super::{Kind, keeps};
use crate::cloud::aws::{AccessKeyInfo, LastUse};
use crate::resource::testing::{
    NOW, Want, changes, key, local, outcome, own_tags, reasons, tags, want, world,
};
use crate::resource::{Action, Draft, Operation, Output, Shown, World};

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
fn the_age_of_a_key_is_told_and_worth_a_word_when_it_is_due_soon_or_old_without_a_limit() {
    let without_limit = SPEC.replace("{ max_age: 90d }", "{}");
    let soon = "when it is older than 90, an apply replaces it";
    for (spec, age, word) in [
        (SPEC, 0, None),
        (SPEC, 82, None),
        (SPEC, 83, Some(soon)),
        (SPEC, 90, Some(soon)),
        (without_limit.as_str(), 90, None),
        (without_limit.as_str(), 91, Some("the spec sets no `max_age`")),
    ] {
        let draft = want(spec).diff::<Kind>(&live(&[key("AKIAONE", age)], "AKIAONE"));
        assert_eq!(changes(&draft), [""; 0], "{age} days");
        let told: Vec<&str> = draft.outputs.iter().map(|output| output.value.as_str()).collect();
        assert_eq!((told, draft.outputs[0].label.name), (vec![age.to_string().as_str()], "age_days"));
        let words: Vec<&str> = draft.warnings.iter().map(|warning| warning.reason.as_str()).collect();
        assert_eq!(words.len(), usize::from(word.is_some()), "{words:?}");
        assert!(words.concat().contains(word.unwrap_or_default()), "{words:?}");
    }
}

#[test]
fn a_user_without_a_key_gets_one() {
    let draft = app_with_key().diff::<Kind>(&world().with_user(&[]));
    assert_eq!(changes(&draft), ["create iam_users.app.access_key"]);
    assert_eq!(reasons(&draft), ["the app has none"]);
}

#[test]
fn an_older_key_than_the_spec_allows_is_replaced_and_set_inactive() {
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 91)], "AKIAONE"));
    assert_eq!(
        changes(&draft),
        ["create iam_users.app.access_key", "update iam_users.app.access_key.AKIAONE"]
    );
    assert!(draft.changes[1].needs().contains(&Output::Config), "once the new one is delivered");
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
    let draft = app_with_key().diff::<Kind>(&live(&[inactive(key("AKIAONE", 1))], "AKIAONE"));
    assert_eq!(
        changes(&draft),
        ["create iam_users.app.access_key", "delete iam_users.app.access_key.AKIAONE"]
    );
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
        assert_eq!(
            changes(&draft),
            ["create iam_users.app.access_key", "update iam_users.app.access_key.AKIAONE"]
        );
        assert_eq!(reasons(&draft)[0], "KEY_SECRET is not set");
    }
}

#[test]
fn a_key_that_no_config_var_names_goes_and_the_good_one_stays() {
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 1), key("AKIATWO", 1)], "AKIAONE"));
    assert_eq!(changes(&draft), ["delete iam_users.app.access_key.AKIATWO"]);
    assert_eq!(reasons(&draft), ["no config var names it"]);
    assert_eq!(draft.unchanged, 1, "the key that the app has is as it should be");
}

/// The key, last used so many days ago.
fn used(key: AccessKeyInfo, days: i64) -> AccessKeyInfo {
    let (service, region) = ("s3".to_owned(), "us-east-1".to_owned());
    AccessKeyInfo { last_use: LastUse::At { time: NOW - Duration::days(days), service, region }, ..key }
}

fn inactive(key: AccessKeyInfo) -> AccessKeyInfo {
    AccessKeyInfo { active: false, ..key }
}

fn unmanaged(draft: &Draft) -> Vec<&str> {
    draft.unmanaged.iter().map(|note| note.reason.as_str()).collect()
}

#[test]
fn a_key_that_somebody_uses_or_may_use_is_left_alone_and_reported() {
    let unknown = AccessKeyInfo { last_use: LastUse::Unknown, ..key("AKIATWO", 30) };
    for (other, words) in [
        (used(key("AKIATWO", 30), 2), "(active, 30 days old, last used 2 days ago by s3 in us-east-1)"),
        (unknown, "(active, 30 days old, its last use is not known)"),
        (inactive(key("AKIATWO", 30)), "(inactive, 30 days old, never used)"),
    ] {
        let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 9), other], "AKIAONE"));
        assert_eq!(changes(&draft), [""; 0]);
        assert_eq!(unmanaged(&draft), [format!("no config var names it: left alone (AKIATWO {words})")]);
    }
}

#[test]
fn a_key_that_nobody_used_since_its_successor_was_made_is_set_inactive() {
    let old = || used(key("AKIATWO", 100), 1);
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 1), old()], "AKIAONE"));
    assert_eq!(changes(&draft), ["update iam_users.app.access_key.AKIATWO"]);
    let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 2), old()], "AKIAONE"));
    assert_eq!((changes(&draft).len(), unmanaged(&draft).len()), (0, 1), "somebody else uses it");
}

#[test]
fn a_use_in_its_first_hour_is_the_proof_that_a_key_works() {
    let draft =
        app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 1), used(key("AKIATWO", 3), 3)], "AKIAONE"));
    assert_eq!(changes(&draft), ["update iam_users.app.access_key.AKIATWO"]);
}

#[test]
fn a_key_stays_active_as_long_as_a_dyno_runs_with_it() {
    let old = AccessKeyInfo { dynos: vec!["run.1".to_owned(), "web.2".to_owned()], ..key("AKIATWO", 100) };
    // Whatever the last use is: dynos are a use that ends by itself.
    for old in [old.clone(), used(old, 0)] {
        let draft = app_with_key().diff::<Kind>(&live(&[key("AKIAONE", 2), old], "AKIAONE"));
        assert_eq!(outcome(&draft), ["deferred iam_users.app.access_key.AKIATWO", "unchanged 1"]);
        assert_eq!(draft.deferred[0].reason, "stays active as long as run.1, web.2 still have it");
    }
}

/// A world in which the app has `AKIAONE`, and trueup set `AKIATWO` inactive so many hours ago.
fn settling(one: AccessKeyInfo, two: AccessKeyInfo, hours: i64) -> World {
    let mut world = live(&[one, inactive(two)], "AKIAONE");
    let user = world.iam_user.get_mut(&local("app")).unwrap();
    user.tags.extend(super::settle::tag("AKIATWO", NOW - Duration::hours(hours)));
    world
}

#[test]
fn a_key_that_trueup_set_inactive_is_deleted_after_a_day() {
    for hours in [0, 23] {
        let draft = app_with_key().diff::<Kind>(&settling(key("AKIAONE", 1), key("AKIATWO", 92), hours));
        assert_eq!(outcome(&draft), ["deferred iam_users.app.access_key.AKIATWO", "unchanged 1"]);
    }
    let draft = app_with_key().diff::<Kind>(&settling(key("AKIAONE", 1), key("AKIATWO", 92), 23));
    assert_eq!(
        draft.deferred[0].reason,
        "inactive since 2026-11-22T13:00:00Z, will be deleted by an apply after 2026-11-23T13:00:00Z"
    );
    let draft = app_with_key().diff::<Kind>(&settling(key("AKIAONE", 1), key("AKIATWO", 92), 24));
    assert_eq!(changes(&draft), ["delete iam_users.app.access_key.AKIATWO"]);
    assert_eq!(reasons(&draft), ["inactive since 2026-11-22T12:00:00Z"]);
}

#[test]
fn a_key_that_was_used_after_it_was_set_inactive_is_not_deleted() {
    for hours in [30, 100] {
        let world = settling(key("AKIAONE", 9), used(key("AKIATWO", 92), 1), hours);
        let draft = app_with_key().diff::<Kind>(&world);
        assert_eq!(outcome(&draft), ["warning iam_users.app.access_key.AKIATWO", "unchanged 1"]);
        let reason = &draft.warnings[0].reason;
        assert!(reason.contains("last used 1 day ago by s3 in us-east-1"), "{reason}");
    }
}

#[test]
fn a_key_that_was_set_active_again_is_not_one_that_waits_for_its_end() {
    let mut world = settling(key("AKIAONE", 9), used(key("AKIATWO", 92), 1), 30);
    world.access_key.get_mut(&local("app")).unwrap()[1].active = true;
    let draft = app_with_key().diff::<Kind>(&world);
    assert_eq!(outcome(&draft), ["unmanaged iam_users.app.access_key.AKIATWO", "unchanged 1"]);
}

#[test]
fn a_key_that_is_too_old_waits_until_the_one_before_it_is_gone_and_one_that_does_not_work_does_not() {
    let world = |hours| settling(key("AKIAONE", 91), key("AKIATWO", 200), hours);
    let draft = app_with_key().diff::<Kind>(&world(3));
    let told = ["deferred iam_users.app.access_key", "deferred iam_users.app.access_key.AKIATWO"];
    assert_eq!(outcome(&draft), [&told[..], &["unchanged 1"]].concat());
    assert!(keeps(&local("app"), &app_with_key().desired(), &world(3)));
    let rotated = [
        "delete iam_users.app.access_key.AKIATWO",
        "create iam_users.app.access_key",
        "update iam_users.app.access_key.AKIAONE",
    ];
    assert_eq!(changes(&app_with_key().diff::<Kind>(&world(24))), rotated);
    let broken = world(3).with_config(&[("KEY_SECRET", "")]);
    assert_eq!(changes(&app_with_key().diff::<Kind>(&broken)), rotated);
}

#[test]
fn a_key_whose_vars_were_taken_away_is_set_inactive_like_one_that_was_replaced() {
    let draft = app_with_key().diff::<Kind>(&world().with_user(&[key("AKIAONE", 9)]));
    assert_eq!(
        changes(&draft),
        ["create iam_users.app.access_key", "update iam_users.app.access_key.AKIAONE"]
    );
}

#[test]
fn only_the_key_whose_slot_is_needed_goes_and_an_inactive_one_first() {
    let (one, two) = (key("AKIAONE", 100), key("AKIATWO", 50));
    for (keys, goes) in [
        ([one.clone(), two.clone()], "AKIAONE"),
        ([one.clone(), inactive(two.clone())], "AKIATWO"),
        ([used(one.clone(), 1), two.clone()], "AKIATWO"),
        ([used(one.clone(), 95), used(two, 1)], "AKIAONE"),
    ] {
        let draft = adopting().diff::<Kind>(&before_trueup(&keys));
        let expected =
            [format!("delete iam_users.app.access_key.{goes}"), "create iam_users.app.access_key".to_owned()];
        assert_eq!(changes(&draft), expected);
    }
}

#[test]
fn two_keys_that_others_use_block_a_new_one() {
    let keys = [used(key("AKIAONE", 100), 1), used(key("AKIATWO", 50), 0)];
    let draft = adopting().diff::<Kind>(&before_trueup(&keys));
    assert_eq!(changes(&draft), [""; 0]);
    let reason = &draft.blocked[0].reason;
    assert!(reason.contains("AKIAONE (active, 100 days old, last used 1 day ago"), "{reason}");
}

#[test]
fn the_keys_of_a_user_that_was_there_before_are_left_alone_without_consent() {
    let draft = app_with_key().diff::<Kind>(&before_trueup(&[key("AKIAONE", 1), key("AKIATWO", 1)]));
    assert_eq!((changes(&draft).len(), draft.unchanged), (0, 0));
}

#[test]
fn no_key_of_an_adopted_user_is_taken_for_one_that_an_apply_left() {
    let world = before_trueup(&[key("AKIAONE", 1), key("AKIATWO", 1)]);
    let world = world.with_config(&[("KEY_ID", "AKIAONE"), ("KEY_SECRET", "the other half")]);
    let draft = adopting().diff::<Kind>(&world);
    assert_eq!(changes(&draft), [""; 0]);
    assert_eq!(unmanaged(&draft).len(), 1);
}

#[test]
fn a_renewal_that_was_cut_off_tells_which_keys_of_an_adopted_user_are_to_go() {
    let of = |named: &str| {
        let mut world = before_trueup(&[key("AKIAONE", 100), used(key("AKIATWO", 0), 0)]);
        let written = super::settle::renewal_tag(NOW, "AKIAONE");
        world.iam_user.get_mut(&local("app")).unwrap().tags.extend(written);
        changes(&adopting().diff::<Kind>(&world.with_config(&[("KEY_ID", named), ("KEY_SECRET", "x")])))
    };
    let (create, old) = ("create iam_users.app.access_key", "update iam_users.app.access_key.AKIAONE");
    assert_eq!(of("AKIATWO"), [old], "it was delivered");
    let undelivered = of("AKIAONE");
    assert_eq!(undelivered, ["delete iam_users.app.access_key.AKIATWO", create, old], "it was not");
}

/// A spec that adopts the user.
fn adopting() -> Want {
    want(&SPEC.replace("name: ledger-app,", "name: ledger-app, adopt: true,"))
}

/// A world in which the user has these keys and none of our tags.
fn before_trueup(keys: &[AccessKeyInfo]) -> World {
    let mut world = world().with_user(keys);
    world.iam_user.get_mut(&local("app")).unwrap().tags.clear();
    world
}

#[test]
fn a_deletion_shows_which_key_goes() {
    let draft = app_with_key().diff::<Kind>(&live(&[inactive(key("AKIAONE", 91))], "AKIAONE"));
    let rows: Vec<_> = draft.changes.iter().flat_map(Operation::describe).collect();
    let gone = rows.iter().find(|row| row.action == Action::Delete).expect("the old key goes");
    assert!(matches!(&gone.fields[0].before, Shown::Plain(id) if id == "AKIAONE"), "{gone:?}");
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

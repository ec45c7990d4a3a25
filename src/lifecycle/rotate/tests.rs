//! What a rotation decides: keys and their ages × what was named × what the app has.

#![cfg(test)]

use time::format_description::well_known::Rfc3339;

use super::*;
use crate::cloud::aws::{AccessKeyInfo, LastUse};
use crate::resource::Operation as _;
use crate::resource::testing::{NOW, Want, changes, key, local, reasons, tags, want, world};

const SPEC: &str = "
config:
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
  SECRET_KEY_BASE: { generate: hex, bytes: 64 }
  ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY: { generate: hex, bytes: 16 }
  RAILS_ENV: production
  PLAID_SECRET: { external: true }
iam_users:
  app: { name: ledger-app, access_key: { max_age: 90d } }
";

const CREATE: &str = "create iam_users.app.access_key";
const RETIRE: &str = "update iam_users.app.access_key.AKIAONE";
const REMOVE: &str = "delete iam_users.app.access_key.AKIAONE";

pub(super) const USUAL: Asked = Asked {
    grace: Duration::minutes(10),
    settle: Duration::hours(24),
    quiet_for: Duration::hours(1),
    if_older_than: None,
    is_forced: false,
};

/// The app with this key as its own, beside others.
fn live(keys: &[AccessKeyInfo], named: &str) -> World {
    let config = [("KEY_ID", named), ("KEY_SECRET", "its half"), ("SECRET_KEY_BASE", "canary")];
    world().with_user(keys).with_config(&config)
}

fn decided(names: &[&str], world: &World, asked: &Asked) -> Draft {
    decided_of(&want(SPEC), names, world, asked, &[])
}

/// The same, in which the app had keys before, as its releases tell.
fn decided_of(want: &Want, names: &[&str], world: &World, asked: &Asked, had: &[&str]) -> Draft {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let desired = want.desired();
    let selection = select(desired.spec(), &names, false).unwrap();
    let had = had.iter().map(|id| ((*id).to_owned(), NOW - Duration::hours(2))).collect();
    let handed_over = HandedOver::from([(local("app"), had)]);
    decide(&desired, world, (&selection, asked), Seen { handed_over, ..Seen::default() })
}

#[test]
fn without_names_a_key_goes_when_it_is_older_than_its_spec_or_the_command_allows() {
    let older = |days| Asked { if_older_than: Some(Duration::days(days)), ..USUAL };
    for (age, asked, expected) in [
        (90, USUAL, false),
        (91, USUAL, true),
        (30, older(29), true),
        (30, older(30), false),
        (100, older(120), false),
    ] {
        let draft = decided(&[], &live(&[key("AKIAONE", age)], "AKIAONE"), &asked);
        assert_eq!(changes(&draft).contains(&CREATE.to_owned()), expected, "{age} days");
    }
}

#[test]
fn a_key_that_is_named_goes_at_any_age_in_one_release() {
    for name in ["KEY_ID", "KEY_SECRET", "config.KEY_ID", "iam_users.app", "iam_users.app.access_key"] {
        let draft = decided(&[name], &live(&[key("AKIAONE", 0)], "AKIAONE"), &USUAL);
        let expected = [CREATE, RETIRE, "update config.KEY_ID", "update config.KEY_SECRET"];
        assert_eq!(changes(&draft), expected, "{name}");
        assert_eq!(draft.changes.iter().map(|change| change.effects().releases).sum::<u32>(), 1);
    }
}

#[test]
fn a_rotation_that_is_under_way_is_ended_before_another_begins() {
    let keys = [key("AKIAONE", 100), key("AKIATWO", 0)];
    let world = live(&keys, "AKIATWO");
    let draft = decided_of(&want(SPEC), &["KEY_ID"], &world, &USUAL, &["AKIAONE"]);
    assert_eq!(changes(&draft), [RETIRE]);

    let inactive = [AccessKeyInfo { active: false, ..key("AKIAONE", 100) }, key("AKIATWO", 0)];
    let mut world = live(&inactive, "AKIATWO");
    world
        .iam_user
        .get_mut(&local("app"))
        .unwrap()
        .tags
        .extend(tags(&[("trueup:inactive-key", "AKIAONE/since/2020-01-01T00:00:00Z")]));
    assert_eq!(changes(&decided(&["KEY_ID"], &world, &USUAL)), [REMOVE]);
    let long_ago = [inactive[0].clone(), key("AKIATWO", 30)];
    world.access_key.insert(local("app"), long_ago.to_vec());
    let draft = decided(&["KEY_ID"], &world, &USUAL);
    assert_eq!(changes(&draft)[..2], [REMOVE, CREATE], "who names it a month later wants another");
}

#[test]
fn an_inactive_key_settles_as_long_as_the_command_says() {
    let inactive = [AccessKeyInfo { active: false, ..key("AKIAONE", 100) }, key("AKIATWO", 0)];
    let mut world = live(&inactive, "AKIATWO");
    let since = (NOW - Duration::hours(3)).format(&Rfc3339).unwrap();
    let tag = format!("AKIAONE/since/{since}");
    world.iam_user.get_mut(&local("app")).unwrap().tags.extend(tags(&[("trueup:inactive-key", &tag)]));
    let settle = |hours| Asked { settle: Duration::hours(hours), ..USUAL };
    assert_eq!(changes(&decided(&[], &world, &settle(4))), [""; 0]);
    assert_eq!(changes(&decided(&[], &world, &settle(3))), [REMOVE]);
    assert_eq!(changes(&decided(&[], &world, &settle(0))), [REMOVE]);
}

#[test]
fn a_key_that_need_not_settle_is_deleted_right_after_it_was_set_inactive() {
    let at_once = Asked { settle: Duration::ZERO, ..USUAL };
    let draft = decided(&["KEY_ID"], &live(&[key("AKIAONE", 0)], "AKIAONE"), &at_once);
    assert_eq!(changes(&draft)[..3], [CREATE, RETIRE, REMOVE]);
    assert!(draft.changes[1].gives().iter().any(|given| draft.changes[2].needs().contains(given)));
}

#[test]
fn a_key_that_the_app_had_goes_though_it_was_used_later_and_one_that_it_never_had_stays() {
    let used = LastUse::At {
        time: NOW - Duration::minutes(5),
        service: "s3".to_owned(),
        region: "us-east-1".to_owned(),
    };
    let keys = [AccessKeyInfo { last_use: used, ..key("AKIAONE", 400) }, key("AKIATWO", 2)];
    let world = live(&keys, "AKIATWO");
    let of = |had: &[&str]| decided_of(&want(SPEC), &[], &world, &USUAL, had);
    assert_eq!(changes(&of(&["AKIAONE"])), [RETIRE], "whether it is used is looked at then");
    let theirs = of(&[]);
    assert_eq!((changes(&theirs), theirs.unmanaged.len()), (Vec::new(), 1));
}

#[test]
fn a_generated_secret_is_drawn_anew_when_it_is_named_and_the_plan_says_what_is_lost() {
    let world = live(&[key("AKIAONE", 0)], "AKIAONE");
    assert_eq!(changes(&decided(&[], &world, &USUAL)), [""; 0]);
    let draft = decided(&["SECRET_KEY_BASE"], &world, &USUAL);
    assert_eq!(changes(&draft), ["update config.SECRET_KEY_BASE"]);
    assert!(draft.warnings[0].reason.contains("everybody is signed out"), "{:?}", draft.warnings);

    let keeping = "ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY";
    let draft = decided(&[keeping], &world, &USUAL);
    assert_eq!(changes(&draft), [""; 0]);
    assert!(draft.blocked[0].reason.contains("can never be read again"), "{:?}", draft.blocked);
    let draft = decided(&[keeping], &world, &Asked { is_forced: true, ..USUAL });
    assert_eq!((changes(&draft).len(), draft.warnings.len()), (1, 1));
}

#[test]
fn keys_and_secrets_go_out_together() {
    let draft = decided(&["KEY_ID", "SECRET_KEY_BASE"], &live(&[key("AKIAONE", 0)], "AKIAONE"), &USUAL);
    assert_eq!(draft.changes.iter().map(|change| change.effects().releases).sum::<u32>(), 1);
    assert!(reasons(&draft)[0].contains("0 days old"), "{:?}", reasons(&draft));
}

#[test]
fn what_is_not_rotated_is_told_with_the_reason() {
    let want = want(SPEC);
    let spec = want.desired().environment.spec.clone();
    let names = ["RAILS_ENV", "PLAID_SECRET", "SECRET_KEY_BSAE", "KEY_ID"].map(str::to_owned);
    let why: Vec<Why> = select(&spec, &names, false).unwrap_err().into_iter().map(|one| one.why).collect();
    assert_eq!(why, [Why::Given, Why::External, Why::Unknown(Some("SECRET_KEY_BASE".to_owned()))]);
    let all = select(&spec, &[], true).unwrap();
    assert_eq!((all.users.len(), all.secrets.len(), all.is_named), (1, 2, false));
}

//! What a destroy decides: what is live × what may go.

#![cfg(test)]

use time::Duration;

use super::*;
use crate::cloud::heroku::{Transfer, TransferKind, TransferState};
use crate::plan::{self, Plan};
use crate::resource::World;
use crate::resource::removal::Besides;
use crate::resource::testing::{key, tags, verb, want, world};
use crate::resource::{Does, Operation, Outputs};
use crate::secret::{FingerprintKey, Secret};

const KEY: &str = "
iam_users: { app: { name: ledger-app } }
addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", protect: false } }
";
const NO_BACKUP: Terms = Terms { no_backup: true, include_adopted: false, empty_buckets: false };

fn live() -> World {
    world()
        .with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0")
        .with_config(&[("KEY_ID", "AKIAONE")])
        .with_user(&[key("AKIAONE", 1)])
}

#[track_caller]
fn planned(yaml: &str, world: &World, terms: Terms) -> Plan {
    let key = FingerprintKey::stable(Secret::new("pepper"));
    let want = want(yaml);
    let desired = want.desired();
    let draft = removal::remove(&desired, world, &Besides::default(), terms);
    plan::of_draft(&desired, world, draft, &key).unwrap()
}

fn actions(plan: &Plan) -> Vec<String> {
    plan.entries().iter().map(|entry| format!("{} {}", verb(entry.action), entry.address)).collect()
}

#[test]
fn everything_goes_the_app_first_and_each_thing_stands_in_the_plan() {
    let plan = planned(KEY, &live(), NO_BACKUP);
    assert_eq!(
        actions(&plan),
        [
            "delete app",
            "delete addons.DATABASE",
            "delete config.DATABASE_URL",
            "delete config.KEY_ID",
            "delete iam_users.app",
            "delete iam_users.app.access_key.AKIAONE",
        ]
    );
    assert_eq!(plan.steps.len(), 2, "what hangs on another is no step");
    assert_eq!(plan.steps[1].after, [0]);
}

#[test]
fn a_plan_that_was_carried_out_leaves_nothing() {
    let mut world = live();
    for step in planned(KEY, &world, NO_BACKUP).steps {
        step.change.assume(&mut world, &mut Outputs::none());
    }
    assert!(planned(KEY, &world, Terms::default()).is_empty());
}

#[test]
fn what_is_left_of_an_earlier_run_needs_nothing_that_is_gone() {
    let world = World { iam_user: live().iam_user, ..World::default() };
    let plan = planned(KEY, &world, Terms::default());
    assert_eq!(actions(&plan), ["delete iam_users.app"]);
    assert_eq!(plan.steps[0].after, [0; 0]);
}

#[test]
fn what_may_not_go_is_refused() {
    for (yaml, terms, address) in [
        ("addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }", NO_BACKUP, "addons.DATABASE"),
        ("iam_users: { app: { name: ledger-app } }", NO_BACKUP, "addons.DATABASE"),
    ] {
        let plan = planned(yaml, &live(), terms);
        let blocked: Vec<&str> = plan.blocked.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(blocked, [address], "{yaml}");
    }
}

#[test]
fn a_database_goes_once_its_last_backup_is_on_the_disk() {
    let plan = planned(KEY, &live(), Terms::default());
    assert_eq!(
        actions(&plan)[..3],
        ["create addons.DATABASE.backup", "create addons.DATABASE.download", "delete app"]
    );
    assert_eq!((plan.steps[1].after.as_slice(), plan.steps[2].after.as_slice()), (&[0][..], &[1][..]));
}

/// What is planned when this is the newest backup, which ended or began so long ago.
fn with_newest(ago: Duration, state: TransferState) -> Vec<String> {
    let want = want(KEY);
    let desired = want.desired();
    let at = desired.now - ago;
    let newest = Transfer {
        id: "t7".to_owned(),
        number: 7,
        kind: TransferKind::Backup,
        from: "DATABASE".to_owned(),
        to: "BACKUP".to_owned(),
        begun: at,
        ended: state.is_over().then_some(at),
        state,
        source_bytes: 0,
        processed_bytes: 0,
        address: None,
    };
    let mut besides = Besides::default();
    besides.addon.last.transfers = vec![newest];
    let draft = removal::remove(&desired, &live(), &besides, Terms::default());
    let rows = draft.changes.iter().flat_map(Operation::describe);
    let told =
        rows.filter(|row| row.address.as_str().starts_with("addons.DATABASE.") && row.does != Does::GoAlong);
    told.map(|row| {
        let reason = row.reason.clone().unwrap_or_default();
        format!("{} {}{reason}", row.address, row.title.clone().unwrap_or_default())
    })
    .collect()
}

#[test]
fn a_backup_that_was_just_made_or_still_runs_is_the_last_one() {
    use TransferState::{Failed, Running, Succeeded};
    let anew = ["addons.DATABASE.backup ", "addons.DATABASE.download the new backup"];
    let minutes = Duration::minutes;
    assert_eq!(with_newest(minutes(59), Succeeded(0)), ["addons.DATABASE.download b007, made 59 min ago"]);
    assert_eq!(with_newest(minutes(61), Succeeded(0)), anew);
    assert_eq!(with_newest(minutes(1), Failed), anew);
    let followed = with_newest(Duration::hours(3), Running);
    assert_eq!(followed[0], "addons.DATABASE.backup it runs already");
}

#[test]
fn a_thing_goes_by_its_tags_or_by_consent() {
    let adopted = KEY.replace("name: ledger-app }", "name: ledger-app, adopt: true }");
    let include = Terms { include_adopted: true, ..NO_BACKUP };
    let foreign: &[(&str, &str)] = &[("trueup:environment", "staging")];
    for (yaml, pairs, terms, (goes, blocked, stays)) in [
        (KEY, &[][..], NO_BACKUP, (false, 1, 0)),
        (KEY, &[][..], include, (false, 1, 0)),
        (&adopted, &[][..], NO_BACKUP, (false, 0, 1)),
        (&adopted, &[][..], include, (true, 0, 0)),
        (&adopted, foreign, include, (false, 1, 0)),
    ] {
        let mut world = live();
        for user in world.iam_user.values_mut() {
            user.tags = tags(pairs);
        }
        let plan = planned(yaml, &world, terms);
        let is_going = actions(&plan).iter().any(|line| line == "delete iam_users.app");
        assert_eq!(
            (is_going, plan.blocked.len(), plan.unmanaged.len()),
            (goes, blocked, stays),
            "{pairs:?} {terms:?}"
        );
    }
}

#[test]
fn only_the_apps_own_name_confirms() {
    let name = AppName::parse("ledger").unwrap();
    assert!(is_confirmed("ledger", &name));
    for typed in ["", "yes", "Ledger", "ledger-staging"] {
        assert!(!is_confirmed(typed, &name), "{typed}");
    }
}

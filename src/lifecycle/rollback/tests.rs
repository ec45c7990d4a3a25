//! What a rollback decides: the releases × their config vars × the one that was named.

#![cfg(test)]

use super::*;
use crate::cloud::heroku::ReleaseStatus;
use crate::resource::Operation as _;
use crate::resource::testing::{self, changes, key, want, world};
use crate::secret::Secret;

const SPEC: &str = "
config:
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
  SECRET_KEY_BASE: { generate: hex, bytes: 64 }
  PLAID_SECRET: { external: true }
iam_users:
  app: { name: ledger-app, access_key: {} }
";

fn release(version: u64, description: &str, slug: Option<&str>) -> Release {
    let (is_eligible, slug) = (slug.is_some(), slug.map(str::to_owned));
    Release { is_eligible, slug, ..testing::release(version, description) }
}

/// These releases, the newest first, of which the one of that number runs.
fn running(current: u64, mut releases: Vec<Release>) -> Vec<Release> {
    for release in &mut releases {
        release.is_current = release.version == current;
    }
    releases
}

/// Good code, config, bad code.
fn usual() -> Vec<Release> {
    running(
        4,
        vec![
            release(4, "Deploy bad", Some("b")),
            release(3, "Set FOO config vars", Some("a")),
            release(2, "Deploy good", Some("a")),
            release(1, "Initial release", None),
        ],
    )
}

fn vars(pairs: &[(&str, &str)]) -> Vars {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
}

fn seen(releases: Vec<Release>, vars: impl IntoIterator<Item = (u64, Vars)>) -> Seen {
    Seen { releases, vars: vars.into_iter().map(|(version, vars)| (version, Some(vars))).collect() }
}

/// What a course does, in a word and a number.
fn course(releases: &[Release], asked: Option<u64>) -> String {
    match Course::of(releases, asked.map(ReleaseNumber)) {
        Ok(Course::Back { target, .. }) => format!("back to v{}", target.version),
        Ok(Course::Follow { release, .. }) => format!("follow v{}", release.version),
        Ok(Course::Finish { last }) => format!("finish {}", last.map_or(0, |last| last.version)),
        Err(refused) => format!("{}; {}", refused.reason, refused.advice),
    }
}

#[test]
fn a_release_is_written_with_or_without_its_letter() {
    for (text, number) in
        [("v12", Some(12)), ("12", Some(12)), ("v0", None), ("", None), ("V1", None), ("-1", None)]
    {
        assert_eq!(text.parse().ok(), number.map(ReleaseNumber), "{text}");
    }
}

#[test]
fn without_a_name_the_newest_release_before_with_other_code_is_gone_back_to() {
    assert_eq!(course(&usual(), None), "back to v3");
    let mut unfit = usual();
    unfit[1].is_eligible = false;
    assert_eq!(course(&unfit, None), "back to v2");
    unfit[2].status = ReleaseStatus::Expired;
    assert!(
        course(&unfit, None).starts_with("no release before v4 has other code to go back to; there is none")
    );
    assert!(course(&usual()[3..], None).starts_with("the app runs no code yet"));
}

#[test]
fn a_rollback_that_was_made_is_not_undone_by_the_next() {
    let mut back = usual();
    back.insert(0, release(5, "Rollback to v3", Some("a")));
    assert_eq!(course(&running(5, back.clone()), None), "finish 5");
    assert_eq!(course(&running(5, back.clone()), Some(2)), "finish 5", "the same code");
    assert_eq!(course(&running(5, back.clone()), Some(4)), "back to v4", "whoever names it wants it");
    back.insert(0, release(6, "Set FOO config vars", Some("a")));
    assert_eq!(course(&running(6, back.clone()), None), "finish 5");
    back.insert(0, release(7, "Deploy worse", Some("c")));
    assert_eq!(course(&running(7, back), None), "back to v6");
}

#[test]
fn a_rollback_that_runs_is_followed_and_one_that_failed_is_made_again() {
    let mut back = usual();
    back.insert(0, Release { status: ReleaseStatus::Pending, ..release(5, "Rollback to v3", Some("a")) });
    assert_eq!(course(&back, None), "follow v5");
    assert_eq!(course(&back, Some(3)), "follow v5");
    assert!(course(&back, Some(2)).starts_with("v5 (Rollback to v3) runs its release phase"));
    back[0].status = ReleaseStatus::Failed;
    assert_eq!(course(&back, None), "back to v3");
}

#[test]
fn what_the_release_has_otherwise_is_set_again_after_it_and_said() {
    let want = want(SPEC);
    let then = vars(&[
        ("KEY_ID", "AKIAOLD"),
        ("KEY_SECRET", "old half"),
        ("SECRET_KEY_BASE", "canary-1"),
        ("PLAID_SECRET", "same"),
        ("GONE", "canary-2"),
    ]);
    let live = world().with_user(&[key("AKIANEW", 1)]).with_config(&[
        ("KEY_ID", "AKIANEW"),
        ("KEY_SECRET", "new half"),
        ("SECRET_KEY_BASE", "canary-3"),
        ("PLAID_SECRET", "same"),
        ("FRESH", "canary-4"),
    ]);
    let draft = decide(&want.desired(), &live, &seen(usual(), [(3, then.clone())]), None);
    let set_again = [
        "update code",
        "create config.FRESH",
        "delete config.GONE",
        "update config.KEY_ID",
        "update config.KEY_SECRET",
        "update config.SECRET_KEY_BASE",
    ];
    assert_eq!(changes(&draft), set_again);
    assert_eq!(draft.changes[1].follows(), [rollback::released()], "also when the release phase fails");
    let shown = format!("{:?} {draft:?}", draft.changes[1].describe());
    assert!(shown.contains("v3 has an access key that is deleted") && !shown.contains("canary"), "{shown}");

    let inactive = crate::cloud::aws::AccessKeyInfo { active: false, ..key("AKIAOLD", 90) };
    let live = live.with_user(&[inactive, key("AKIANEW", 1)]);
    let draft = decide(&want.desired(), &live, &seen(usual(), [(3, then)]), None);
    assert!(format!("{:?}", draft.changes[1].describe()).contains("v3 has an access key that is inactive"));
}

#[test]
fn after_a_rollback_that_was_cut_off_only_what_nobody_touched_since_is_set() {
    let want = want("");
    let mut back = usual();
    back.insert(0, release(5, "Rollback to v3", Some("a")));
    let before = || vars(&[("FOO", "new"), ("BAR", "new"), ("ADDED", "new")]);
    let then = || vars(&[("FOO", "old"), ("BAR", "old"), ("REMOVED", "old")]);
    let live = world().with_config(&[("FOO", "old"), ("BAR", "a colleague's"), ("REMOVED", "old")]);
    let cut_off = seen(running(5, back.clone()), [(4, before()), (5, then())]);
    let draft = decide(&want.desired(), &live, &cut_off, None);
    assert_eq!(changes(&draft), ["create config.ADDED", "update config.FOO", "delete config.REMOVED"]);

    // It was set again, and then somebody chose the old value.
    back.insert(0, release(6, "Set FOO config vars", Some("a")));
    let live = world().with_config(&[("FOO", "old"), ("BAR", "new"), ("ADDED", "new")]);
    let ended = seen(running(6, back), [(4, before()), (5, then()), (6, before())]);
    assert_eq!(changes(&decide(&want.desired(), &live, &ended, None)), [""; 0]);
}

#[test]
fn vars_of_addons_are_not_written_and_those_that_came_later_are_told() {
    let want = want("");
    let live = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    let live = live.with_addon("CACHE", "ledger", "heroku-redis:mini");
    let then = vars(&[("DATABASE_URL", "postgres://old")]);
    let draft = decide(&want.desired(), &live, &seen(usual(), [(3, then)]), None);
    assert_eq!(changes(&draft), ["update code"]);
    let told: Vec<&str> = draft.warnings.iter().map(|note| note.address.as_str()).collect();
    assert_eq!(told, ["code", "config.CACHE_URL"]);
}

#[test]
fn vars_that_cannot_be_read_stop_it() {
    let want = want("");
    let unread = Seen { releases: usual(), vars: [(3, None)].into() };
    let draft = decide(&want.desired(), &world(), &unread, None);
    assert!(draft.changes.is_empty());
    assert!(
        draft.blocked[0].reason.starts_with("the config vars of v3 cannot be read"),
        "{:?}",
        draft.blocked
    );
}

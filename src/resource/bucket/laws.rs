//! The laws of all settings, for every combination of what a spec says and what is live. A setting that is new
//! in the list is in them by itself.

#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;

use super::testing;
use super::{Change, Kind, Observed, Seen, SettingWrite, Settings, Write};
use crate::cloud::policy::same_meaning;
use crate::cloud::s3::testing::Scripted;
use crate::resource::testing::{Want, local};
use crate::resource::{self, Operation, Output, Recheck, World};

/// The writes that a wish asks for, and how many addresses are as they should be.
fn plan(want: &Want, observed: &Observed) -> (Vec<Change>, usize) {
    let draft = want.diff::<Kind>(&World { bucket: observed.clone(), ..World::default() });
    assert!(draft.blocked.is_empty(), "{:?}", draft.blocked);
    let changes = draft.changes.into_iter().map(|change| match change {
        resource::Change::Bucket(change) => change,
        other => panic!("not a bucket's: {other:?}"),
    });
    (changes.collect(), draft.unchanged)
}

fn writes(changes: &[Change]) -> impl Iterator<Item = &SettingWrite> {
    changes.iter().filter_map(|change| match &change.write {
        Write::Create { .. } | Write::Remove(_) => None,
        Write::Setting(write) => Some(write),
    })
}

/// The bucket, which may have stood there before, with these keys.
fn with_keys(keys: &[&str]) -> Want {
    let keys: Vec<&str> = keys.iter().copied().chain(["adopt: true"]).collect();
    testing::with_keys(&keys)
}

/// What a digest is made of.
fn fact(observed: &Observed) -> String {
    serde_json::to_string(observed).expect("plain data")
}

/// One key of each setting.
fn any_keys() -> impl Strategy<Value = Vec<&'static str>> {
    Settings::KEYS.iter().map(|keys| prop::sample::select(*keys)).collect::<Vec<_>>()
}

fn any_observed() -> impl Strategy<Value = Observed> {
    let seen = prop_oneof![
        1 => Just(Seen::Absent),
        9 => Settings::any().prop_map(|settings| Seen::Live(Box::new(settings))),
    ];
    seen.prop_map(|seen| [(local("uploads"), seen)].into())
}

/// Each comes after all that stand before it in the list, and after the bucket.
fn come_in_the_order_of_the_list(changes: &[Change]) {
    let place = |change: &Change| match &change.write {
        Write::Create { .. } | Write::Remove(_) => None,
        Write::Setting(write) => SettingWrite::NAMES.iter().position(|name| *name == write.name()),
    };
    let places: Vec<_> = changes.iter().map(place).collect();
    assert!(places.is_sorted_by(|one, other| one < other), "{changes:?}");
    let mut given: Vec<Output> = Vec::new();
    for change in changes {
        assert!(given.iter().all(|output| change.follows().contains(output)), "{change:?}");
        given.extend(change.gives());
    }
}

/// As planned before it is assumed, done after it, and never without a trace in the facts. A bucket that is new may
/// come with the setting.
fn is_seen_when_done(change: &Change, is_new: bool, before: &Observed, after: &Observed) {
    let states = (before.get(&change.local), after.get(&change.local));
    if let (Write::Setting(write), (Some(Seen::Live(before)), Some(Seen::Live(after)))) =
        (&change.write, states)
    {
        assert!(matches!(write.judge(after), Recheck::Done(_)), "{write:?} on {after:?}");
        match write.judge(before) {
            Recheck::AsPlanned => {}
            Recheck::Done(_) if is_new => return,
            other => panic!("{other:?}: {write:?} on {before:?}"),
        }
    }
    assert_ne!(fact(before), fact(after), "a digest shows it: {change:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn once_the_writes_are_done_nothing_is_left(keys in any_keys(), live in any_observed()) {
        let want = with_keys(&keys);
        let (changes, _) = plan(&want, &live);
        come_in_the_order_of_the_list(&changes);
        let is_new = !matches!(live.get(&local("uploads")), Some(Seen::Live(_)));
        let mut observed = live;
        for change in &changes {
            let before = observed.clone();
            change.assume_of(&mut observed);
            is_seen_when_done(change, is_new, &before, &observed);
        }
        let (left, unchanged) = plan(&want, &observed);
        prop_assert!(left.is_empty(), "{left:?} on {observed:?}");
        prop_assert_eq!(unchanged, 1);
    }

    #[test]
    fn what_differs_has_another_digest(one in Settings::any(), other in Settings::any()) {
        let [facts, others] = [&one, &other].map(|settings| serde_json::to_value(settings).expect("plain data"));
        let pairs = one.in_full().into_iter().zip(other.in_full());
        for (name, (text, another)) in SettingWrite::NAMES.iter().zip(pairs) {
            let (is_equal, is_same_fact) = (text == another, facts[name] == others[name]);
            // AWS spells a policy in more than one way: one fact is one meaning.
            let is_equal = is_equal || (*name == "policy" && is_same_fact && same_meaning(one.policy.as_ref(), other.policy.as_ref()));
            prop_assert_eq!(is_equal, is_same_fact, "{}: {} {}", name, text, another);
        }
    }
}

#[test]
fn every_setting_can_be_asked_for() {
    let keys: Vec<&str> = Settings::KEYS.iter().filter_map(|keys| keys.last().copied()).collect();
    let (changes, _) = plan(&with_keys(&keys), &Observed::new());
    let names: Vec<&str> = writes(&changes).map(SettingWrite::name).collect();
    // The tags come with the bucket itself.
    let expected: Vec<&str> = SettingWrite::NAMES.iter().copied().filter(|name| *name != "tags").collect();
    assert_eq!(names, expected);
}

/// An S3 that gives back what was put.
async fn echo() -> Scripted {
    let kept: Mutex<BTreeMap<String, String>> = Mutex::default();
    Scripted::start(move |call| {
        let mut kept = kept.lock().expect("no answer panics");
        let (method, part) = call.name.split_once(' ').expect("a method and a part");
        if part == "acl" {
            return (403, "AccessDenied".to_owned());
        }
        match method {
            "PUT" => kept.insert(part.to_owned(), call.body.clone()),
            _ => None,
        };
        (200, kept.get(part).filter(|_| method == "GET").cloned().unwrap_or_default())
    })
    .await
}

/// Writes and, unless that removed something, reads again what was written.
async fn read_back(write: &SettingWrite, s3: &Scripted) {
    write.apply(&s3.bucket).await.unwrap_or_else(|error| panic!("{write:?}: {error}"));
    if s3.calls().last().is_some_and(|call| call.name.starts_with("DELETE ")) {
        return;
    }
    let recheck = write.recheck(&s3.bucket).await.unwrap_or_else(|error| panic!("{write:?}: {error}"));
    assert!(matches!(recheck, Recheck::Done(_)), "{write:?} is read back as {recheck:?}");
}

proptest! {
    // Over loopback, so one case costs as much as a hundred of the others.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn what_is_written_is_read_back_as_it_was_assumed(keys in any_keys(), live in any_observed()) {
        let (changes, _) = plan(&with_keys(&keys), &live);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let s3 = echo().await;
            for write in writes(&changes) {
                read_back(write, &s3).await;
            }
        });
    }
}

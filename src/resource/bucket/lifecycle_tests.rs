//! Lifecycle rules: read, compared, shown and written.

#![cfg(test)]

use aws_sdk_s3::types::Tag;
use proptest::prelude::*;

use super::super::testing::{Generated, planned, read, shown, written};
use super::*;
use crate::cloud::s3::testing::{Call, Scripted};

const KEY: &str = "lifecycle: { expire_after_days: 9 }";

/// A rule of somebody else's that expires everything.
pub(in crate::resource::bucket) fn by_hand(days: u32) -> LifecycleRule {
    foreign(days)
}

fn foreign(days: u32) -> LifecycleRule {
    LifecycleRule::new("by-hand", None, None, Some(days))
}

fn ours(days: u32) -> LifecycleRule {
    LifecycleRule::new(OUR_RULE, None, None, Some(days))
}

/// Rules and nothing beside them.
pub(in crate::resource::bucket) fn live(rules: &[LifecycleRule]) -> Rules {
    Rules { rules: rules.to_vec(), minimum: None }
}

/// A rule as S3 gives it, after somebody changed it.
fn changed(rule: &LifecycleRule, change: impl FnOnce(&mut SdkLifecycleRule)) -> LifecycleRule {
    let mut rule = rule.to_sdk().expect("a rule");
    change(&mut rule);
    LifecycleRule::from_sdk(&rule)
}

fn under_prefix(rule: &LifecycleRule) -> LifecycleRule {
    changed(rule, |rule| rule.filter = Some(LifecycleRuleFilter::builder().prefix("tmp/").build()))
}

fn disabled(rule: &LifecycleRule) -> LifecycleRule {
    changed(rule, |rule| rule.status = ExpirationStatus::Disabled)
}

impl Generated for Lifecycle {
    const KEYS: &'static [&'static str] =
        &["", "lifecycle: { abort_multipart_after_days: 7, expire_noncurrent_after_days: 30 }", KEY];

    fn live() -> BoxedStrategy<Self::Live> {
        let own =
            vec![ours(9), ours(3), under_prefix(&ours(9)), disabled(&ours(9)), changed(&ours(9), |_| ())];
        let others: Vec<LifecycleRule> =
            [foreign(9), foreign(3), under_prefix(&foreign(9)), disabled(&foreign(3))]
                .into_iter()
                .enumerate()
                .map(|(number, rule)| changed(&rule, |rule| rule.id = Some(format!("by-hand-{number}"))))
                .collect();
        (prop::option::of(prop::sample::select(own)), prop::sample::subsequence(others, 0..=4))
            .prop_map(|(own, others)| own.into_iter().chain(others).collect::<Vec<_>>())
            .prop_shuffle()
            .prop_map(|rules| live(&rules))
            .boxed()
    }
}

#[tokio::test]
async fn s3_says_all_rules() {
    let answer = "<LifecycleConfiguration><Rule><ID>trueup</ID><Status>Enabled</Status><Filter><Prefix></Prefix>\
         </Filter><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>";
    let live = read::<Lifecycle>(200, answer).await.unwrap();
    assert!(Lifecycle::same(&live, &self::live(&[ours(9)])));
    assert!(read::<Lifecycle>(404, "NoSuchLifecycleConfiguration").await.unwrap().rules.is_empty());
}

/// The ids of the rules that are written; `None` when nothing is.
fn ids(key: &str, rules: &[LifecycleRule]) -> Option<Vec<String>> {
    let planned = planned::<Lifecycle>(key, Some(&live(rules)))?;
    Some(planned.after().0.rules.iter().map(|rule| rule.id.clone()).collect())
}

#[test]
fn our_rule_changes_and_goes_while_foreign_rules_stay() {
    let rules = [foreign(3), ours(30)];
    assert_eq!(ids(KEY, &rules).expect("a write"), ["by-hand", OUR_RULE]);
    assert_eq!(ids("", &rules).expect("a write"), ["by-hand"]);
    assert_eq!(ids("", &[foreign(3)]), None);
    assert_eq!(shown::<Lifecycle>(KEY, Some(&live(&rules))), ["lifecycle.expire_after_days: 30 → 9"]);
}

#[test]
fn a_foreign_rule_that_says_the_same_will_do_unless_ours_says_something_else() {
    assert_eq!(ids(KEY, &[foreign(9)]), None);
    assert!(ids(KEY, &[foreign(9), ours(3)]).is_some(), "objects would go after 3 days");
    assert!(ids(KEY, &[under_prefix(&foreign(9))]).is_some(), "it is for a part of the bucket");
}

#[tokio::test]
async fn foreign_rules_are_written_back_whole_and_no_rules_are_removed() {
    let live = live(&[under_prefix(&foreign(3)), ours(30)]);
    let call = written(planned::<Lifecycle>(KEY, Some(&live)).expect("a write").after()).await;
    assert_eq!(call.name, "PUT lifecycle");
    assert!(
        call.body.contains("<Prefix>tmp/</Prefix>") && call.body.contains("<Days>9</Days>"),
        "{}",
        call.body
    );
    let nothing = planned::<Lifecycle>("", Some(&self::live(&[ours(30)]))).expect("a write");
    assert_eq!(written(nothing.after()).await.name, "DELETE lifecycle");
}

#[test]
fn what_others_change_in_their_rules_is_a_fact() {
    let fact = |rule: &LifecycleRule| serde_json::to_string(rule).expect("plain data");
    let (part, whole) = (under_prefix(&foreign(3)), changed(&foreign(3), |_| ()));
    assert_ne!(fact(&part), fact(&whole));
    assert_ne!(fact(&part), fact(&disabled(&part)));
}

#[test]
fn a_rule_that_was_read_back_means_what_was_written() {
    let written = LifecycleRule::new("trueup", Some(7), Some(30), None);
    let read = LifecycleRule::from_sdk(&written.to_sdk().unwrap());
    assert!(read.same_meaning(&written));
    assert!(!read.same_meaning(&LifecycleRule::new("trueup", Some(8), Some(30), None)));
}

#[test]
fn a_rule_for_a_part_of_the_bucket_is_foreign_and_written_back_whole() {
    let filter = LifecycleRuleFilter::builder().prefix("tmp/").build();
    let expiration = LifecycleExpiration::builder().days(1).build();
    let theirs = SdkLifecycleRule::builder().id("x").status(ExpirationStatus::Enabled).filter(filter);
    let theirs = theirs.expiration(expiration).build().unwrap();
    let read = LifecycleRule::from_sdk(&theirs);
    assert!(!read.same_meaning(&LifecycleRule::new("trueup", None, None, Some(1))));
    assert_eq!(read.to_sdk().unwrap(), theirs);
}

#[test]
#[expect(deprecated, reason = "as an old rule is read")]
fn an_old_rule_with_a_bare_prefix_moves_into_a_filter_and_stays_foreign() {
    let expiration = LifecycleExpiration::builder().days(1).build();
    let old = |prefix: &str| {
        let rule = SdkLifecycleRule::builder().id("x").status(ExpirationStatus::Enabled).prefix(prefix);
        LifecycleRule::from_sdk(&rule.expiration(expiration.clone()).build().unwrap())
    };
    let ours = LifecycleRule::new("x", None, None, Some(1));
    let part = old("tmp/");
    assert!(!part.same_meaning(&ours));
    let written = part.to_sdk().unwrap();
    assert_eq!((written.prefix, written.filter.unwrap().prefix), (None, Some("tmp/".to_owned())));
    assert!(old("").same_meaning(&ours), "an empty prefix is the whole bucket");
}

#[test]
fn only_an_enabled_expiration_of_the_whole_bucket_expires_everything() {
    assert!(changed(&foreign(9), |_| ()).expires_everything());
    assert!(!under_prefix(&foreign(9)).expires_everything());
    assert!(!disabled(&foreign(9)).expires_everything());
    let aborts = LifecycleRule::new("by-hand", Some(7), None, None);
    assert!(!changed(&aborts, |_| ()).expires_everything());
    let filtered = |filter: LifecycleRuleFilter| changed(&foreign(9), |rule| rule.filter = Some(filter));
    let sized = LifecycleRuleFilter::builder().object_size_greater_than(0).build();
    assert!(filtered(sized).expires_everything(), "what is empty stays, and that is all");
    let tag = Tag::builder().key("keep").value("no").build().unwrap();
    assert!(!filtered(LifecycleRuleFilter::builder().tag(tag).build()).expires_everything());
}

#[test]
fn a_disabled_rule_does_not_do_what_an_enabled_one_does() {
    let rule = LifecycleRule::new("trueup", Some(7), None, None);
    let mut disabled = rule.to_sdk().unwrap();
    disabled.status = ExpirationStatus::Disabled;
    assert!(!LifecycleRule::from_sdk(&disabled).same_meaning(&rule));
}

#[tokio::test]
async fn what_travels_beside_the_rules_is_written_back() {
    const HEADER: &str = "x-amz-transition-default-minimum-object-size";
    const RULE: &str = "<LifecycleConfiguration><Rule><ID>by-hand</ID><Status>Enabled</Status><Filter/>\
        <Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>";
    let answer =
        |call: &Call| (200, if call.name == "GET lifecycle" { RULE.to_owned() } else { String::new() });
    let s3 = Scripted::start_beside(Some((HEADER, "varies_by_storage_class")), answer).await;
    let live = Lifecycle::read(&s3.bucket).await.unwrap();
    assert_eq!(live.minimum(), "varies_by_storage_class");
    let planned = planned::<Lifecycle>(KEY, Some(&live)).expect("a write");
    planned.after().write(&s3.bucket).await.unwrap();
    assert_eq!(s3.last_header(HEADER), "varies_by_storage_class");
    let fact = |live: &Rules| serde_json::to_string(live).expect("plain data");
    let moved = Rules { minimum: None, ..live.clone() };
    assert!(
        !Lifecycle::same(&live, &moved) && fact(&live) != fact(&moved),
        "what changes it moved the bucket"
    );
}

//! Cross-origin rules: read, compared, shown and written.

#![cfg(test)]

use proptest::prelude::*;

use super::super::testing::{Generated, planned, read, shown, written};
use super::*;

const KEY: &str = "cors: { origins: [\"https://a.example\"] }";
const TWO: &str = "cors: [{ origins: [\"https://a.example\"] }, { origins: [\"*\"], methods: [GET, HEAD] }]";

/// The rules of a key, with trueup's marks.
fn ours(key: &str) -> Vec<CorsRule> {
    planned::<Cors>(key, None).expect("a write").after().0.clone()
}

/// A rule that somebody else made.
fn theirs(origin: &str) -> CorsRule {
    CorsRule { id: Some("fonts".to_owned()), origins: vec![origin.to_owned()], ..ours(KEY)[0].clone() }
}

fn unmarked(rule: &CorsRule) -> CorsRule {
    CorsRule { id: None, ..rule.clone() }
}

/// A rule as somebody else writes it, in another order and case.
fn reworded(rule: &CorsRule) -> CorsRule {
    let headers = rule.headers.iter().rev().map(|name| name.to_uppercase()).collect();
    CorsRule { headers, ..rule.clone() }
}

/// The ids of the rules that are written; `None` when nothing is.
fn ids(key: &str, live: &[CorsRule]) -> Option<Vec<String>> {
    let planned = planned::<Cors>(key, Some(&live.to_vec()))?;
    Some(planned.after().0.iter().map(|rule| rule.id.clone().unwrap_or_default()).collect())
}

impl Generated for Cors {
    const KEYS: &'static [&'static str] =
        &["", "cors: { origins: [\"https://b.example\"], methods: [PUT, GET] }", TWO, KEY];

    fn live() -> BoxedStrategy<Self::Live> {
        let all = ours(TWO);
        let others = [theirs("https://b.example"), unmarked(&all[0]), unmarked(&theirs("*"))];
        let changed = CorsRule { origins: vec!["https://c.example".to_owned()], ..all[0].clone() };
        let own = prop_oneof![
            prop::sample::subsequence(all.clone(), 0..=2),
            Just(vec![reworded(&all[0])]),
            Just(vec![changed, all[1].clone()]),
        ];
        let others = prop::sample::subsequence(others.to_vec(), 0..=3);
        (own, others)
            .prop_map(|(own, others)| own.into_iter().chain(others).collect::<Vec<_>>())
            .prop_shuffle()
            .boxed()
    }
}

#[tokio::test]
async fn s3_says_all_rules() {
    let answer = "<CORSConfiguration><CORSRule><ID>fonts</ID><AllowedOrigin>https://app.example</AllowedOrigin>\
         <AllowedMethod>PUT</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";
    let live = read::<Cors>(200, answer).await.unwrap();
    assert_eq!(
        (live[0].id.as_deref(), live[0].origins.join(" "), live[0].max_age_seconds),
        (Some("fonts"), "https://app.example".to_owned(), Some(60))
    );
    assert!(read::<Cors>(404, "NoSuchCORSConfiguration").await.unwrap().is_empty());
}

#[test]
fn ours_change_and_go_while_those_of_others_stay() {
    let live = [theirs("*"), ours(KEY)[0].clone()];
    assert_eq!(ids(KEY, &[theirs("*")]).expect("a write"), ["fonts", "trueup"]);
    assert_eq!(ids(KEY, &live), None);
    assert_eq!(ids("", &live).expect("a write"), ["fonts"]);
    assert_eq!(ids("", &[theirs("*")]), None);
    assert_eq!(ids(TWO, &live).expect("a write"), ["fonts", "trueup", "trueup-2"]);
    let second = ours(TWO)[1].clone();
    assert_eq!(
        ids(TWO, &[second]).expect("a write"),
        ["trueup-2", "trueup"],
        "each keeps its place and mark"
    );
}

#[test]
fn a_rule_of_others_that_allows_the_same_will_do() {
    assert_eq!(ids(KEY, &[reworded(&unmarked(&ours(KEY)[0]))]), None);
    assert_eq!(ids(KEY, &[reworded(&ours(KEY)[0])]), None);
    assert_eq!(ids(TWO, &[unmarked(&ours(KEY)[0])]).expect("a write"), ["", "trueup"]);
}

#[test]
fn only_the_mark_of_trueup_is_its_mark() {
    let number = |id: &str| CorsRule { id: Some(id.to_owned()), ..theirs("*") }.number();
    assert_eq!((number("trueup"), number("trueup-2"), number("trueup-12")), (Some(1), Some(2), Some(12)));
    for id in ["", "trueupper", "trueup-", "trueup-1", "trueup-a", "Trueup", "fonts"] {
        assert_eq!(number(id), None, "{id}");
    }
}

#[test]
fn a_plan_shows_what_changes_rule_by_rule() {
    let cors = |key: &str, live: &[CorsRule]| shown::<Cors>(key, Some(&live.to_vec()));
    let another = CorsRule { origins: vec!["https://old.example".to_owned()], ..ours(KEY)[0].clone() };
    assert_eq!(
        cors(KEY, std::slice::from_ref(&another)),
        ["cors.origins: https://old.example → https://a.example"]
    );
    let two = cors(TWO, &[another]);
    assert_eq!(two[0], "cors[0].origins: https://old.example → https://a.example");
    assert_eq!(two[1], "cors[1].origins: nothing → *");
    assert_eq!(two[2], "cors[1].methods: nothing → GET\nHEAD");
    assert_eq!(cors("", &ours(KEY))[0], "cors.origins: https://a.example → nothing");
}

#[tokio::test]
async fn rules_of_others_are_written_back_whole_and_no_rules_are_removed() {
    let both = vec![theirs("https://b.example")];
    let call = written(planned::<Cors>(KEY, Some(&both)).expect("a write").after()).await;
    assert_eq!(call.name, "PUT cors");
    for part in ["<ID>fonts</ID>", "<ID>trueup</ID>", "https://a.example", "https://b.example"] {
        assert!(call.body.contains(part), "{part} in {}", call.body);
    }
    let nothing = planned::<Cors>("", Some(&ours(KEY))).expect("a write");
    assert_eq!(written(nothing.after()).await.name, "DELETE cors");
}

#[test]
fn more_rules_than_s3_takes_are_not_tried() {
    let refusal = |others: usize| {
        let live = vec![theirs("https://b.example"); others];
        planned::<Cors>(KEY, Some(&live)).expect("a write").refusal()
    };
    assert!(refusal(99).is_none());
    assert!(refusal(100).is_some_and(|refusal| refusal.reason.contains("the 100 of others")));
}

#[test]
fn cors_rules_compare_without_order() {
    let rule = |origins: &[&str], headers: &[&str]| CorsRule {
        id: None,
        origins: origins.iter().map(ToString::to_string).collect(),
        methods: vec!["PUT".to_owned()],
        headers: headers.iter().map(ToString::to_string).collect(),
        expose: Vec::new(),
        max_age_seconds: Some(3600),
    };
    assert!(rule(&["a", "b"], &["Content-Type"]).same_meaning(&rule(&["b", "a"], &["content-type"])));
    assert!(!rule(&["a"], &[]).same_meaning(&rule(&["b"], &[])));
}

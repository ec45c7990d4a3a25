//! Editors check a file by the schema's patterns, trueup by its rules: for every name, each accepts what the other
//! accepts. Texts are drawn near the edge of what is valid.

#![cfg(test)]

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

use super::super::Quantity;
use super::super::addons::WaitLimit;
use super::super::expiry::Expiry;
use super::super::forms::{BackupTime, Dollars};
use super::super::names::*;
use super::super::pipeline::PipelineName;
use super::super::values::{MaxAge, Reference};
use super::*;

/// A name: its pattern, its rule, and some texts that it accepts.
struct Name {
    what: &'static str,
    pattern: String,
    rule: fn(&str) -> bool,
    valid: &'static [&'static str],
}

fn name<T>(what: &'static str, valid: &'static [&'static str]) -> Name
where
    T: JsonSchema + for<'de> Deserialize<'de>,
{
    let schema = T::json_schema(&mut schemars::SchemaGenerator::default());
    // Of a value that has several forms, the text.
    let forms = schema.get("anyOf").and_then(|forms| forms.as_array()).into_iter().flatten();
    let pattern = schema.get("pattern").or_else(|| forms.into_iter().find_map(|form| form.get("pattern")));
    let pattern = pattern.and_then(|pattern| pattern.as_str()).expect("it has a pattern").to_owned();
    Name { what, pattern, rule: |text| T::deserialize(StrDeserializer::<Error>::new(text)).is_ok(), valid }
}

fn names() -> Vec<Name> {
    of_heroku().into_iter().chain(of_aws()).chain(of_ours()).collect()
}

fn of_heroku() -> Vec<Name> {
    vec![
        name::<AppName>("app", &["ledger-production", "a0123456789012345678901234567z"]),
        name::<TeamName>("team", &["acme-2"]),
        name::<HerokuRegion>("Heroku region", &["eu", "us-x2"]),
        name::<StackName>("stack", &["heroku-24"]),
        name::<AttachmentName>("attachment", &["DATABASE", "CACHE_2"]),
        name::<AddonName>(
            "add-on",
            &["shared-redis", "Postgresql_concave-5", "05bc37e6-0c1d-4844-b339-0fbcb107827b"],
        ),
        name::<AddonPlan>("plan", &["heroku-postgresql:standard-0", "a:b_c.d"]),
        name::<Namespace>(
            "part of an add-on",
            &["credential:readonly", "connection-pooling:default", "role:A.b_c-1"],
        ),
        name::<WaitLimit>("wait", &["1s", "43200s", "90m", "720m", "12h"]),
        name::<Buildpack>(
            "buildpack",
            &[
                "heroku/ruby",
                "urn:buildpack:heroku/ruby",
                "https://github.com/heroku/heroku-buildpack-ruby.git#v1",
                "git@github.com:a/b.git",
                "ssh://git@host.example/a",
                "https://git.example:8443/a/b.tgz?raw=1",
                "https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/ruby.tgz",
            ],
        ),
        name::<VarName>("config var", &["RAILS_ENV", "_x", "HEROKU"]),
        name::<ProcessType>("process type", &["web", "Release-2_x"]),
        name::<DynoSize>("dyno size", &["eco", "Performance-L-RAM", "standard-1X", "dyno-0.5c-12.25gb"]),
        name::<Quantity>("quantity", &["1..5", "0..0", "10..100"]),
        name::<BackupTime>(
            "backup",
            &["02:00 America/Los_Angeles", "23:00 UTC", "09:00 America/Argentina/Ushuaia"],
        ),
        name::<Hostname>("host name", &["app.ledger.example", "*.ledger.example", "a.b"]),
        name::<FeatureName>("feature", &["runtime-dyno-metadata", "preboot", "a_1"]),
        name::<Email>("e-mail address", &["ada.lovelace+heroku@ledger.example"]),
        name::<PipelineName>("pipeline", &["ledger", "ledger-2"]),
    ]
}

fn of_aws() -> Vec<Name> {
    vec![
        name::<AwsAccount>("AWS account", &["111122223333", "000000000001"]),
        name::<BucketName>(
            "bucket",
            &["ledger-production-uploads", "a.b.c", "1.2.3.4.5", "ledger-123456789012-us-east-1-an"],
        ),
        name::<AwsRegion>("AWS region", &["us-east-1", "us-gov-west-1"]),
        name::<UserName>("IAM user", &["Ledger.App_1+=,@-"]),
        name::<UserPath>("IAM path", &["/", "/trueup/", "/a/b/"]),
        name::<PolicyArn>(
            "IAM policy",
            &["arn:aws:iam::111122223333:policy/Edge", "arn:aws-us-gov:iam::aws:policy/a/b/E_+=,.@-"],
        ),
    ]
}

fn of_ours() -> Vec<Name> {
    vec![
        name::<LocalName>("local name", &["uploads", "user-files_2"]),
        name::<EnvironmentName>("environment", &["production", "Review_12-x"]),
        name::<Reference>(
            "reference",
            &["app.name", "app.web_url", "buckets.uploads.region", "iam_users.app.secret_access_key"],
        ),
        name::<MaxAge>("age", &["1d", "90d", "365d"]),
        name::<Dollars>("dollars", &["0", "400", "99.5", "99.50", "999999999.99"]),
        name::<Expiry>("expiry", &["2026-12-01T00:00:00Z", "2028-02-29T23:59:59Z", "2400-02-29T12:00:00Z"]),
    ]
}

/// One edit of a text: what is put where, and how much of what was there it takes away.
type Edit = (Index, usize, String);

/// Characters and pieces at which some rule turns, and runs that end near some longest length.
fn piece() -> impl Strategy<Value = String> {
    let odd = "aZ09-_.:/ @*+~%#?\\[]{}$^\n\té\u{85}\u{a0}\u{feff}ſK";
    let odd = select(odd.chars().collect::<Vec<_>>());
    let pieces = "__ HEROKU_ xn-- sthree- amzn-s3-demo- -an -s3alias --ol-s3 .mrap --x-s3 --table-s3 .. /. \
                  /.. // %2e %2E https:// urn:buildpack: user:pass@ :99999 :65536 .git -123456789012 \
                  -us-east-1 256 255.255.255.255 010 *. :00 24 366 dyno-1c-2gb gb standard-1x \
                  PRIVATE-L-RAM buckets. .arn";
    let pieces = std::iter::once("").chain(pieces.split(' ')).collect::<Vec<_>>();
    let longest = [1, 2, 3, 12, 28, 30, 32, 35, 40, 62, 63, 64, 128, 253, 256, 510, 512];
    let run = (select(vec!['a', 'Z', '9', '-', '.', '/']), select(longest.to_vec()), 0_usize..4);
    prop_oneof![
        3 => "[0-9]",
        2 => odd.prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
        4 => select(pieces).prop_map(str::to_owned),
        2 => run.prop_map(|(character, length, less)| {
            std::iter::repeat_n(character, usize::saturating_sub(length + 1, less)).collect()
        }),
    ]
}

fn edited(valid: &str, edits: &[Edit]) -> String {
    let mut text = valid.chars().collect::<Vec<_>>();
    for (place, taken, piece) in edits {
        let start = place.index(text.len() + 1);
        let end = usize::min(start + taken, text.len());
        text.splice(start..end, piece.chars());
    }
    text.into_iter().collect()
}

#[test]
fn every_pattern_accepts_exactly_what_its_rule_accepts() {
    for Name { what, pattern, rule, valid } in names() {
        let schema = serde_json::json!({ "type": "string", "pattern": pattern });
        let judge = jsonschema::validator_for(&schema).unwrap();
        let (accepted, refused) = (Cell::new(0), Cell::new(0));
        let edit = (any::<Index>(), 0_usize..3, piece());
        let texts = (select(valid.to_vec()), prop::collection::vec(edit, 0..4));
        let config = Config { failure_persistence: None, ..Config::with_cases(4096) };
        let agreement = TestRunner::new(config).run(&texts, |(valid, edits)| {
            let text = edited(valid, &edits);
            let holds = rule(&text);
            let count = if holds { &accepted } else { &refused };
            count.set(count.get() + 1);
            prop_assert_eq!(judge.is_valid(&text.as_str().into()), holds, "{} {:?}", what, text);
            Ok(())
        });
        agreement.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(
            accepted.get() > 200 && refused.get() > 200,
            "{what}: {accepted:?} accepted, {refused:?} refused"
        );
    }
}

#[test]
fn every_pattern_of_the_schema_is_one_of_these() {
    fn patterns(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                found.extend(map.get("pattern").and_then(|pattern| pattern.as_str()).map(str::to_owned));
                let keys = map.get("patternProperties").and_then(|keys| keys.as_object());
                found.extend(keys.into_iter().flat_map(|keys| keys.keys().cloned()));
                map.values().for_each(|value| patterns(value, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    patterns(&serde_json::from_str(&json_schema()).unwrap(), &mut found);
    assert!(found.len() > 15, "{found:?}");
    let known = names().into_iter().map(|name| name.pattern).collect::<BTreeSet<_>>();
    assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}

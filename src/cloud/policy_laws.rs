//! When two policies mean the same, as a table with rows of both kinds and as laws; and how much a user's policy
//! allows and holds.

#![cfg(test)]

use proptest::prelude::*;

use super::*;
use crate::spec::{Access, AwsRegion, BucketArn, BucketName};

fn document(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A policy of one statement, of which a row says what differs.
fn of(parts: &str) -> PolicyDocument {
    document(&format!(r#"{{"Version":"2012-10-17","Statement":[{{{parts}}}]}}"#))
}

fn check(one: &PolicyDocument, other: &PolicyDocument, same: bool, what: &str) {
    assert_eq!(one.same_meaning(other), same, "{what}");
    assert_eq!(other.same_meaning(one), same, "{what}, the other way round");
    assert!(one.same_meaning(one) && other.same_meaning(other), "{what}, each with itself");
}

#[test]
fn parts_of_a_statement_that_mean_the_same() {
    for (what, one, other) in [
        ("a list of one", r#""Action":"s3:GetObject""#, r#""Action":["s3:GetObject"]"#),
        ("the order of actions", r#""Action":["s3:A","s3:B"]"#, r#""Action":["s3:B","s3:A"]"#),
        ("the case of actions", r#""Action":"s3:GetObject""#, r#""Action":"S3:getobject""#),
        ("the case of excluded actions", r#""NotAction":"s3:GetObject""#, r#""NotAction":["s3:getObject"]"#),
        ("an action said twice", r#""Action":["s3:A","s3:A"]"#, r#""Action":"s3:A""#),
        ("the case of the effect", r#""Effect":"Deny""#, r#""Effect":"deny""#),
        ("the order of resources", r#""Resource":["a","b"]"#, r#""Resource":["b","a"]"#),
        ("the name of a statement", r#""Sid":"a","Effect":"Deny""#, r#""Sid":"b","Effect":"Deny""#),
        ("a statement without a name", r#""Sid":"a","Effect":"Deny""#, r#""Effect":"Deny""#),
        ("everyone", r#""Principal":"*""#, r#""Principal":{"AWS":"*"}"#),
        ("everyone in a list", r#""Principal":"*""#, r#""Principal":{"AWS":["*"]}"#),
        (
            "an account and its root",
            r#""Principal":{"AWS":"111122223333"}"#,
            r#""Principal":{"AWS":["arn:aws:iam::111122223333:root"]}"#,
        ),
        ("the order of principals", r#""Principal":{"AWS":["a","b"]}"#, r#""Principal":{"AWS":["b","a"]}"#),
        (
            "a boolean as text",
            r#""Condition":{"Bool":{"aws:SecureTransport":false}}"#,
            r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        ),
        (
            "a number as text",
            r#""Condition":{"NumericLessThan":{"s3:max-keys":10}}"#,
            r#""Condition":{"NumericLessThan":{"s3:max-keys":["10"]}}"#,
        ),
        (
            "the case of a condition's key",
            r#""Condition":{"Bool":{"aws:securetransport":"true"}}"#,
            r#""Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
        ),
        (
            "the order of conditions",
            r#""Condition":{"Bool":{"a":"1"},"StringEquals":{"b":"2"}}"#,
            r#""Condition":{"StringEquals":{"b":"2"},"Bool":{"a":"1"}}"#,
        ),
    ] {
        check(&of(one), &of(other), true, what);
    }
}

#[test]
fn parts_of_a_statement_that_do_not_mean_the_same() {
    for (what, one, other) in [
        ("another action", r#""Action":"s3:GetObject""#, r#""Action":"s3:PutObject""#),
        ("one action more", r#""Action":"s3:A""#, r#""Action":["s3:A","s3:B"]"#),
        ("all but the action", r#""Action":"s3:A""#, r#""NotAction":"s3:A""#),
        ("the opposite", r#""Effect":"Allow""#, r#""Effect":"Deny""#),
        ("the case of a resource", r#""Resource":"arn:aws:s3:::a/K""#, r#""Resource":"arn:aws:s3:::a/k""#),
        ("bucket and objects", r#""Resource":"arn:aws:s3:::a""#, r#""Resource":"arn:aws:s3:::a/*""#),
        ("all but the resource", r#""Resource":"a""#, r#""NotResource":"a""#),
        ("nobody in particular", r#""Effect":"Deny""#, r#""Effect":"Deny","Principal":"*""#),
        ("everyone else", r#""Principal":"*""#, r#""NotPrincipal":"*""#),
        ("another kind of principal", r#""Principal":{"AWS":"*"}"#, r#""Principal":{"Service":"*"}"#),
        (
            "a user is not the account",
            r#""Principal":{"AWS":"111122223333"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/a"}"#,
        ),
        (
            "a number that is no account",
            r#""Principal":{"AWS":"1111"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::1111:root"}"#,
        ),
        ("a condition less", r#""Effect":"Deny""#, r#""Effect":"Deny","Condition":{"Bool":{"a":"1"}}"#),
        (
            "another operator",
            r#""Condition":{"Bool":{"a":"1"}}"#,
            r#""Condition":{"StringEquals":{"a":"1"}}"#,
        ),
        ("another value", r#""Condition":{"Bool":{"a":"true"}}"#, r#""Condition":{"Bool":{"a":"false"}}"#),
        (
            "the case of a value",
            r#""Condition":{"StringEquals":{"a":"x"}}"#,
            r#""Condition":{"StringEquals":{"a":"X"}}"#,
        ),
        ("conditions of no known shape", r#""Condition":{"Bool":"x"}"#, r#""Condition":{"Bool":"y"}"#),
        (
            "no condition and one of no known shape",
            r#""Effect":"Deny""#,
            r#""Effect":"Deny","Condition":"x""#,
        ),
    ] {
        check(&of(one), &of(other), false, what);
    }
}

#[test]
fn documents_that_mean_the_same_or_not() {
    let allow = r#"{"Effect":"Allow","Action":"s3:A","Resource":"a"}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:A","Resource":"a"}"#;
    let with = |rest: &str| document(&format!(r#"{{"Version":"2012-10-17",{rest}}}"#));
    let list = |statements: &[&str]| with(&format!(r#""Statement":[{}]"#, statements.join(",")));
    let one = list(&[allow]);
    check(&one, &with(&format!(r#""Statement":{allow}"#)), true, "one statement is a list of one");
    check(&list(&[allow, deny]), &list(&[deny, allow]), true, "the order of statements");
    check(&one, &list(&[allow, deny]), false, "a statement more");
    check(&one, &list(&[allow, allow]), false, "statements are counted");
    check(&one, &list(&[]), false, "nothing");
    check(&one, &document(&format!(r#"{{"Statement":[{allow}]}}"#)), false, "no version is the one of 2008");
    let of_2008 = document(&format!(r#"{{"Version":"2008-10-17","Statement":[{allow}]}}"#));
    check(&of_2008, &document(&format!(r#"{{"Statement":[{allow}]}}"#)), true, "the version of 2008 by name");
    let named = with(&format!(r#""Id":"a","Statement":[{allow}]"#));
    check(&named, &one, false, "a document's own id");
}

pub(super) fn bucket(name: &str) -> BucketArn {
    BucketArn::new(&AwsRegion::parse("us-east-1").unwrap(), &BucketName::parse(name).unwrap())
}

/// Which actions are allowed on which resources.
fn allowed(policy: &PolicyDocument) -> BTreeSet<(String, String)> {
    let list = |value: &Value| texts(value, str::to_owned);
    policy
        .statements()
        .flat_map(|one| {
            assert_eq!(one["Effect"], "Allow");
            let resources = list(&one["Resource"]);
            list(&one["Action"]).into_iter().flat_map(move |action| {
                resources.clone().into_iter().map(move |resource| (action.clone(), resource))
            })
        })
        .collect()
}

#[test]
fn each_bucket_is_granted_what_was_asked_for_it_and_nothing_else() {
    let key = |id: &str| Some(id.to_owned());
    let policy = user_policy(&[
        (bucket("photos"), Access::ReadWrite, key("k1")),
        (bucket("assets"), Access::Read, None),
        (bucket("archive"), Access::Read, key("arn:aws:kms:us-east-1:111122223333:key/k2")),
    ]);
    let expected: BTreeSet<(String, String)> = [
        ("s3:ListBucket", "arn:aws:s3:::photos"),
        ("s3:ListBucket", "arn:aws:s3:::assets"),
        ("s3:ListBucket", "arn:aws:s3:::archive"),
        ("s3:GetObject", "arn:aws:s3:::photos/*"),
        ("s3:PutObject", "arn:aws:s3:::photos/*"),
        ("s3:DeleteObject", "arn:aws:s3:::photos/*"),
        ("s3:AbortMultipartUpload", "arn:aws:s3:::photos/*"),
        ("s3:GetObject", "arn:aws:s3:::assets/*"),
        ("s3:GetObject", "arn:aws:s3:::archive/*"),
        ("kms:Decrypt", "arn:aws:kms:*:*:key/k1"),
        ("kms:GenerateDataKey", "arn:aws:kms:*:*:key/k1"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k2"),
    ]
    .into_iter()
    .map(|(action, resource)| (action.to_owned(), resource.to_owned()))
    .collect();
    assert_eq!(allowed(&policy), expected);
}

#[test]
fn a_key_that_is_called_by_an_alias_is_found_by_a_condition() {
    for key in ["alias/uploads", "arn:aws:kms:us-east-1:111122223333:alias/uploads"] {
        let policy = user_policy(&[(bucket("photos"), Access::Read, Some(key.to_owned()))]);
        let statement = policy.statements().last().unwrap();
        assert_eq!(
            *statement,
            json!({
                "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "arn:aws:kms:*:*:key/*",
                "Condition": { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/uploads" } },
            })
        );
    }
}

#[test]
fn nine_buckets_with_the_longest_names_fit_into_a_users_policy() {
    let grants: Vec<_> = (0..9)
        .map(|number| (bucket(&format!("{number}{}", "b".repeat(62))), Access::ReadWrite, None))
        .collect();
    let text = user_policy(&grants).to_text();
    let counted = text.chars().filter(|one| !one.is_whitespace()).count();
    assert!(counted <= 2048, "IAM counts {counted} characters");
}

/// Texts for every part that may be a list.
fn list() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-z]{1,3}:[A-Za-z*]{1,5}", 1..4)
}

fn statement() -> impl Strategy<Value = Value> {
    (any::<bool>(), list(), list(), list(), proptest::option::of(list())).prop_map(
        |(allows, actions, resources, principals, values)| {
            let mut statement = json!({
                "Effect": if allows { "Allow" } else { "Deny" },
                "Action": actions, "Resource": resources, "Principal": { "AWS": principals },
            });
            if let Some(values) = values {
                statement["Condition"] = json!({ "StringLike": { "aws:PrincipalArn": values } });
            }
            statement
        },
    )
}

/// The same in other words: keys and lists the other way round, and no list of one.
fn reworded(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            Value::Object(parts.iter().rev().map(|(key, part)| (key.clone(), reworded(part))).collect())
        }
        Value::Array(parts) if parts.len() == 1 && parts[0].is_string() => parts[0].clone(),
        Value::Array(parts) => Value::Array(parts.iter().rev().map(reworded).collect()),
        other => other.clone(),
    }
}

fn policy(statements: &[Value]) -> PolicyDocument {
    PolicyDocument(json!({ "Version": VERSION, "Statement": statements }))
}

proptest! {
    #[test]
    fn other_words_keep_the_meaning(statements in proptest::collection::vec(statement(), 0..4)) {
        let one = policy(&statements);
        let other = PolicyDocument(reworded(&one.0));
        prop_assert!(one.same_meaning(&other) && other.same_meaning(&one));
        prop_assert_eq!(one.to_pretty(), other.to_pretty(), "and so a diff shows nothing");
    }

    #[test]
    fn a_statement_more_or_the_other_effect_changes_it(
        statements in proptest::collection::vec(statement(), 1..4),
        more in statement(),
    ) {
        let one = policy(&statements);
        let mut longer = statements.clone();
        longer.push(more);
        prop_assert!(!one.same_meaning(&policy(&longer)));
        let mut opposite = statements;
        opposite[0]["Effect"] = if opposite[0]["Effect"] == "Deny" { json!("Allow") } else { json!("Deny") };
        prop_assert!(!one.same_meaning(&policy(&opposite)));
    }

    #[test]
    fn ours_goes_in_and_out_without_touching_theirs(statements in proptest::collection::vec(statement(), 1..4)) {
        let theirs = policy(&statements);
        let both = theirs.with_statement(&tls_only(&bucket("photos")));
        prop_assert!(!both.same_meaning(&theirs));
        let without = both.without_statement(TLS_ONLY_SID).expect("theirs are left");
        prop_assert!(without.same_meaning(&theirs));
    }
}

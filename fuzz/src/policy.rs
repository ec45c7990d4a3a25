//! Policy documents of any text: compared by meaning, changed, and written again.

use serde_json::json;
use trueup::testing::policy::{PolicyDocument, TLS_ONLY_SID, tls_only};
use trueup::testing::spec::{AwsRegion, BucketArn, BucketName};

/// Divides an input into two documents to compare.
const OTHER: &str = "\n--8<--\n";

/// One document, or two.
pub fn policy(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (one, other) = text.split_once(OTHER).unwrap_or((&text, "{}"));
    let (Ok(one), Ok(other)) = (PolicyDocument::parse(one), PolicyDocument::parse(other)) else { return };
    for document in [&one, &other] {
        alone(document);
    }
    assert_eq!(one.same_meaning(&other), other.same_meaning(&one), "sameness goes both ways");
}

fn alone(document: &PolicyDocument) {
    assert!(document.same_meaning(document), "a policy means what it means");
    let text = document.to_text();
    let again = PolicyDocument::parse(&text).expect("what is sent can be read");
    assert!(document.same_meaning(&again), "the text that is sent means the same: {text}");
    assert_eq!(again.to_text(), text, "and is written in one way");
    let pretty = PolicyDocument::parse(&document.to_pretty()).expect("what is shown can be read");
    assert_eq!(pretty.to_pretty(), document.to_pretty(), "what is shown is in its final form");
    changed(document);
}

/// The statement that trueup adds and takes away again.
fn changed(document: &PolicyDocument) {
    let name = BucketName::parse("ledger-uploads").expect("a bucket's name");
    let bucket = BucketArn::new(&AwsRegion::parse("us-east-1").expect("a region"), &name);
    let ours = tls_only(&bucket);
    let with = document.with_statement(&ours);
    assert!(with.with_statement(&ours).same_meaning(&with), "adding it twice is adding it once");
    let before = document.without_statement(TLS_ONLY_SID);
    let after = with.without_statement(TLS_ONLY_SID);
    match (before, after) {
        (Some(before), Some(after)) => assert!(before.same_meaning(&after), "the others survive"),
        (None, None) => {}
        (before, after) => panic!("{} became {}", json!(before), json!(after)),
    }
}

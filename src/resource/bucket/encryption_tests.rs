//! Encryption: read, compared, shown and written.

#![cfg(test)]

use proptest::prelude::*;

use super::super::testing::{Generated, adopted, kept, planned, read, shown, written};
use super::*;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn by(by: By, blocked_types: &[&str]) -> Encryption {
    let blocked_types = blocked_types.iter().map(ToString::to_string).collect();
    Encryption { by, bucket_key: None, also: None, blocked_types }
}

fn kms(key: &str) -> By {
    By::Kms { key: key.to_owned(), is_dual: false }
}

fn dsse(key: &str) -> By {
    By::Kms { key: key.to_owned(), is_dual: true }
}

impl Generated for Encryption {
    const KEYS: &'static [&'static str] =
        &["", "encryption: AES256", "encryption: { kms: abc, dsse: false }", "encryption: { kms: abc }"];

    fn live() -> BoxedStrategy<Self::Live> {
        let all = vec![By::Aes256, kms("abc"), dsse("abc"), kms("another"), kms(MANAGED_KEY)];
        let blocked = prop::sample::subsequence(vec!["SSE-C", "NONE"], 0..=2);
        let live = (prop::sample::select(all), blocked).prop_map(|(key, blocked)| by(key, &blocked));
        prop::option::of(live).boxed()
    }
}

#[tokio::test]
async fn s3_says_by_which_key_and_what_the_bucket_refuses() {
    let answer = |rule: &str| {
        format!(
            "<ServerSideEncryptionConfiguration><Rule>{rule}<BlockedEncryptionTypes><EncryptionType>SSE-C\
             </EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>"
        )
    };
    let default = |inner: &str| {
        format!("<ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault>")
    };
    let algorithm = |name: &str| format!("<SSEAlgorithm>{name}</SSEAlgorithm>");
    let id = "<KMSMasterKeyID>abc</KMSMasterKeyID>";
    for (rule, key) in [
        (default(&algorithm("AES256")), By::Aes256),
        (default(&(algorithm("aws:kms") + id)), kms("abc")),
        (default(&(algorithm("aws:kms:dsse") + id)), dsse("abc")),
        (default(&algorithm("aws:kms")), kms(MANAGED_KEY)),
        (default(&algorithm("aws:fsx")), By::Other("aws:fsx".to_owned())),
        (String::new(), By::Aes256),
    ] {
        let live = read::<Encryption>(200, answer(&rule)).await.unwrap().expect("it is set");
        assert_eq!((live.by, live.blocked_types), (key, vec!["SSE-C".to_owned()]), "{rule}");
    }
    let not_set = "ServerSideEncryptionConfigurationNotFoundError";
    assert!(read::<Encryption>(404, not_set).await.unwrap().is_none());
}

#[test]
fn it_is_written_when_the_key_is_another_one() {
    let live = Some(by(kms("abc"), &["SSE-C"]));
    let encryption = |key: &str, live| shown::<Encryption>(key, live);
    assert_eq!(encryption("", None), ["encryption: nothing → AES256"]);
    assert_eq!(encryption("encryption: AES256", Some(&live)), ["encryption: kms abc → AES256"]);
    assert_eq!(encryption("encryption: { kms: b }", Some(&live)), ["encryption: kms abc → kms b"]);
    assert_eq!(encryption("encryption: { kms: abc }", Some(&live)), [""; 0]);
}

#[test]
fn one_key_has_many_names() {
    let (alias, long) = ("alias/ledger", "arn:aws:kms:us-east-1:111122223333:alias/ledger");
    let elsewhere = "arn:aws:kms:us-east-1:999999999999:alias/ledger";
    for (one, other) in [(ID, ARN), (alias, long), (alias, elsewhere), ("aws/s3", MANAGED_KEY)] {
        assert!(same_key(one, other) && same_key(other, one), "{one} {other}");
        let key = format!("encryption: {{ kms: \"{one}\" }}");
        assert_eq!(shown::<Encryption>(&key, Some(&Some(by(kms(other), &[])))), [""; 0], "{one} {other}");
    }
    for (one, other) in [(ID, "abc"), (alias, "ledger"), (long, elsewhere), (ID, MANAGED_KEY)] {
        assert!(!same_key(one, other) && !same_key(other, one), "{one} {other}");
    }
}

#[test]
fn what_is_stronger_stays_until_the_spec_says_otherwise() {
    let (once, twice) = (Some(by(kms("abc"), &[])), Some(by(dsse("abc"), &[])));
    for live in [&once, &twice] {
        assert_eq!(shown::<Encryption>("", Some(live)), [""; 0]);
        assert!(adopted::<Encryption>("", live).is_none());
        assert!(kept::<Encryption>("", live).is_some_and(|kept| kept.reason.contains("kms abc")));
    }
    let named = "encryption: { kms: abc }";
    assert_eq!(shown::<Encryption>(named, Some(&twice)), [""; 0]);
    let another = shown::<Encryption>("encryption: { kms: b }", Some(&twice));
    assert_eq!(another, ["encryption: kms abc (dsse) → kms b (dsse)"]);
    let asked = |key: &str, live| planned::<Encryption>(key, Some(live)).expect("a write");
    let down = asked("encryption: { kms: abc, dsse: false }", &twice);
    assert!(down.ends().is_some_and(|ends| ends.contains("the stronger kms abc (dsse)")));
    assert!(asked("encryption: { kms: abc, dsse: true }", &once).ends().is_none());
    assert!(asked("encryption: AES256", &once).ends().is_some());
    assert_eq!(kept::<Encryption>(named, &once), None);
    assert_eq!(kept::<Encryption>("", &Some(by(By::Aes256, &[]))), None);
}

#[tokio::test]
async fn what_travels_beside_the_key_is_carried_over() {
    let live = Encryption { bucket_key: Some(false), ..by(kms("abc"), &["SSE-C"]) };
    let put = async |key: &str, live: &Option<Encryption>| {
        written(planned::<Encryption>(key, live.as_ref().map(|_| live)).expect("a write").after()).await
    };
    let call = put("encryption: { kms: b }", &Some(live)).await;
    assert_eq!(call.name, "PUT encryption");
    for part in [
        "<EncryptionType>SSE-C</EncryptionType>",
        "<KMSMasterKeyID>b</KMSMasterKeyID>",
        "<BucketKeyEnabled>false</BucketKeyEnabled>",
    ] {
        assert!(call.body.contains(part), "{}", call.body);
    }
    let call = put("encryption: { kms: b }", &None).await;
    assert!(call.body.contains("<BucketKeyEnabled>true</BucketKeyEnabled>"), "{}", call.body);
    assert!(!call.body.contains("BlockedEncryptionTypes"), "{}", call.body);
    let call = put("encryption: { kms: b, dsse: true }", &None).await;
    assert!(call.body.contains("<SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>"), "{}", call.body);
    assert!(!call.body.contains("BucketKeyEnabled"), "{}", call.body);
    let call = put("encryption: { kms: aws/s3 }", &None).await;
    assert!(call.body.contains("aws:kms") && !call.body.contains("KMSMasterKeyID"), "{}", call.body);
}

#[test]
fn what_a_new_bucket_refuses_stays_refused() {
    let wanted = planned::<Encryption>("encryption: { kms: abc }", None).expect("a write").after().clone();
    let after = wanted.onto(&Some(by(By::Aes256, &["SSE-C"])));
    assert_eq!((after.by, after.blocked_types), (kms("abc"), vec!["SSE-C".to_owned()]));
}

//! What S3 takes and what it refuses, document by document.

#![cfg(test)]

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::*;

pub(in crate::sandbox::aws::s3) fn bucket() -> Bucket {
    Bucket {
        name: "b".into(),
        owner: "1".into(),
        region: "us-east-1".into(),
        created: OffsetDateTime::UNIX_EPOCH,
        documents: BTreeMap::new(),
        lifecycle_minimum: None,
        policy: None,
        objects: BTreeMap::new(),
        uploads: BTreeMap::new(),
    }
}

fn outcome(check: Check, document: &str) -> Result<Element, String> {
    check(Element::parse(document.as_bytes()).unwrap(), &bucket()).map_err(|fault| fault.code)
}

#[test]
fn lifecycle_rules() {
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    let rule = |inner: &str| format!("<C><Rule>{inner}</Rule></C>");
    let table = [
        (rule(&format!("<ID>a</ID><Filter/><Status>Enabled</Status>{abort}")), None),
        (rule(&format!("<Prefix/><Status>Enabled</Status>{abort}")), None),
        (rule("<ID>a</ID><Filter/><Status>Enabled</Status>"), Some("InvalidRequest")),
        (rule(&format!("<Filter/><Status>On</Status>{abort}")), Some("MalformedXML")),
        (rule(&format!("<Status>Enabled</Status>{abort}")), Some("MalformedXML")),
        (rule(&format!("<Filter><Tag/></Filter><Status>Enabled</Status>{abort}")), Some("InvalidRequest")),
        (
            rule("<Filter/><Status>Enabled</Status><Expiration><Days>0</Days></Expiration>"),
            Some("InvalidArgument"),
        ),
        ("<C/>".to_owned(), Some("MalformedXML")),
    ];
    for (document, expected) in table {
        assert_eq!(outcome(lifecycle, &document).err().as_deref(), expected, "{document}");
    }
    let twice = format!("<ID>a</ID><Filter/><Status>Enabled</Status>{abort}");
    let twice = format!("<C><Rule>{twice}</Rule><Rule>{twice}</Rule></C>");
    assert_eq!(outcome(lifecycle, &twice), Err("InvalidArgument".into()));
}

#[test]
fn a_lifecycle_rule_without_an_id_gets_one() {
    let kept = outcome(
        lifecycle,
        "<C><Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></C>",
    )
    .unwrap();
    assert_eq!(kept.children[0].value("ID").map(str::len), Some(40));
}

#[test]
fn cors_rules() {
    let rule = |inner: &str| format!("<C><CORSRule>{inner}</CORSRule></C>");
    let table = [
        (rule("<AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://*.example</AllowedOrigin>"), None),
        (
            rule("<AllowedMethod>PATCH</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"),
            Some("InvalidRequest"),
        ),
        (
            rule("<AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin>"),
            Some("InvalidRequest"),
        ),
        (rule("<AllowedMethod>PUT</AllowedMethod>"), Some("MalformedXML")),
    ];
    for (document, expected) in table {
        assert_eq!(outcome(cors, &document).err().as_deref(), expected, "{document}");
    }
}

#[test]
fn encryption_and_versioning() {
    let rule = |inner: &str| {
        format!(
            "<C><Rule><ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault></Rule></C>"
        )
    };
    assert!(
        outcome(encryption, &rule("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>"))
            .is_ok()
    );
    let mixed = rule("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>");
    assert_eq!(outcome(encryption, &mixed), Err("InvalidArgument".into()));
    assert_eq!(
        outcome(versioning, "<C><Status>Disabled</Status></C>"),
        Err("IllegalVersioningConfigurationException".into())
    );
    let guarded = "<V><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></V>";
    assert_eq!(outcome(versioning, guarded), Err("AccessDenied".into()));
    let mut held = bucket();
    held.documents.insert("versioning".into(), Element::parse(guarded.as_bytes()).unwrap());
    let suspended = Element::new("V").text("Status", "Suspended");
    assert_eq!(versioning(suspended, &held).map_err(|fault| fault.code), Err("AccessDenied".into()));
}

#[test]
fn rules_of_the_old_form_and_of_the_new_do_not_mix() {
    let expires = "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration>";
    let (old, new) = (format!("<Rule><Prefix/>{expires}</Rule>"), format!("<Rule><Filter/>{expires}</Rule>"));
    assert!(outcome(lifecycle, &format!("<C>{old}{old}</C>")).is_ok());
    assert!(outcome(lifecycle, &format!("<C>{new}{new}</C>")).is_ok());
    assert_eq!(outcome(lifecycle, &format!("<C>{old}{new}</C>")), Err("InvalidRequest".into()));
}

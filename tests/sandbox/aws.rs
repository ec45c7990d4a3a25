//! The embedded S3, IAM and STS, spoken to by the official SDK over loopback HTTP.

use std::time::Duration;

use crate::aws_client::{Cloud, OTHER, ROOT, knobs, refusal};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
    BucketVersioningStatus, CompletedMultipartUpload, CompletedPart, CorsConfiguration, CorsRule,
    CreateBucketConfiguration, Delete, ExpirationStatus, LifecycleRule, LifecycleRuleFilter,
    ObjectIdentifier, ObjectOwnership, ServerSideEncryption, Tag, Tagging, VersioningConfiguration,
};
use trueup::sandbox::Knobs;

#[tokio::test]
async fn a_new_bucket_has_the_defaults_of_2023_and_later() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let block = s3.get_public_access_block().bucket("uploads").send().await.unwrap();
    let block = block.public_access_block_configuration.unwrap();
    assert_eq!((block.block_public_acls, block.restrict_public_buckets), (Some(true), Some(true)));
    let ownership = s3.get_bucket_ownership_controls().bucket("uploads").send().await.unwrap();
    let rules = ownership.ownership_controls.unwrap().rules;
    assert_eq!(rules[0].object_ownership, ObjectOwnership::BucketOwnerEnforced);
    let encryption = s3.get_bucket_encryption().bucket("uploads").send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap().rules;
    let default = rules[0].apply_server_side_encryption_by_default.as_ref().unwrap();
    assert_eq!(default.sse_algorithm, ServerSideEncryption::Aes256);
    assert_eq!(s3.get_bucket_versioning().bucket("uploads").send().await.unwrap().status, None);
}

#[tokio::test]
async fn a_policy_shows_a_renamed_user_by_its_new_arn_and_a_deleted_one_by_its_id() {
    let cloud = Cloud::fresh().await;
    let (s3, iam) = (cloud.with_bucket().await, cloud.iam().await);
    let made = iam.create_user().user_name("backup").send().await.unwrap().user.unwrap();
    let policy = |who: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::uploads/*"}}}}"#
        )
    };
    s3.put_bucket_policy().bucket("uploads").policy(policy(made.arn())).send().await.unwrap();
    let shown = async || s3.get_bucket_policy().bucket("uploads").send().await.unwrap().policy.unwrap();
    iam.update_user().user_name("backup").new_user_name("copies").send().await.unwrap();
    assert!(shown().await.contains(&made.arn().replace("backup", "copies")));
    iam.delete_user().user_name("copies").send().await.unwrap();
    // one of the same name is another user
    iam.create_user().user_name("copies").send().await.unwrap();
    assert!(shown().await.contains(&format!(r#""AWS":"{}""#, made.user_id())));
    let put = s3.put_bucket_policy().bucket("uploads").policy(policy(made.user_id()));
    assert_eq!(refusal(put.send().await), "400 MalformedPolicy");
}

#[tokio::test]
async fn what_is_not_configured_has_a_code_of_its_own() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let cors = s3.get_bucket_cors().bucket("uploads").send().await;
    assert_eq!(refusal(cors), "404 NoSuchCORSConfiguration");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket("uploads").send().await;
    assert_eq!(refusal(lifecycle), "404 NoSuchLifecycleConfiguration");
    let policy = s3.get_bucket_policy().bucket("uploads").send().await;
    assert_eq!(refusal(policy), "404 NoSuchBucketPolicy");
    let tagging = s3.get_bucket_tagging().bucket("uploads").send().await;
    assert_eq!(refusal(tagging), "404 NoSuchTagSet");
    s3.delete_public_access_block().bucket("uploads").send().await.unwrap();
    let block = s3.get_public_access_block().bucket("uploads").send().await;
    assert_eq!(refusal(block), "404 NoSuchPublicAccessBlockConfiguration");
    let elsewhere = s3.get_bucket_cors().bucket("not-there").send().await;
    assert_eq!(refusal(elsewhere), "404 NoSuchBucket");
}

#[tokio::test]
async fn sub_resources_come_back_as_they_were_put() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let rule = CorsRule::builder()
        .allowed_methods("PUT")
        .allowed_origins("https://app.ledger.example")
        .allowed_headers("Content-Type")
        .max_age_seconds(3600)
        .build()
        .unwrap();
    let cors = CorsConfiguration::builder().cors_rules(rule.clone()).build().unwrap();
    s3.put_bucket_cors().bucket("uploads").cors_configuration(cors).send().await.unwrap();
    assert_eq!(s3.get_bucket_cors().bucket("uploads").send().await.unwrap().cors_rules(), [rule]);

    let rule = LifecycleRule::builder()
        .id("abort")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build(),
        )
        .build()
        .unwrap();
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule.clone()).build().unwrap();
    let put = s3.put_bucket_lifecycle_configuration().bucket("uploads").lifecycle_configuration(lifecycle);
    put.send().await.unwrap();
    let held = s3.get_bucket_lifecycle_configuration().bucket("uploads").send().await.unwrap();
    assert_eq!(held.rules(), [rule]);

    let tag = Tag::builder().key("trueup:app").value("ledger").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag.clone()).build().unwrap();
    s3.put_bucket_tagging().bucket("uploads").tagging(tagging).send().await.unwrap();
    assert_eq!(s3.get_bucket_tagging().bucket("uploads").send().await.unwrap().tag_set(), [tag]);
}

#[tokio::test]
async fn a_bucket_belongs_to_one_account_in_one_region() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let stranger = cloud.s3_as(OTHER, "us-east-1").await;
    let taken = stranger.create_bucket().bucket("uploads").send().await;
    assert_eq!(refusal(taken), "409 BucketAlreadyExists");
    assert_eq!(refusal(stranger.head_bucket().bucket("uploads").send().await), "403");
    // in us-east-1 making one's own bucket again is no mistake
    assert!(s3.create_bucket().bucket("uploads").send().await.is_ok());

    let ireland = cloud.s3_as(ROOT, "eu-west-1").await;
    let plain = ireland.create_bucket().bucket("irish").send().await;
    assert_eq!(refusal(plain), "400 IllegalLocationConstraintException");
    let constraint =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1);
    let create = ireland.create_bucket().bucket("irish").create_bucket_configuration(constraint.build());
    create.clone().send().await.unwrap();
    assert_eq!(refusal(create.send().await), "409 BucketAlreadyOwnedByYou");
    let location = s3.get_bucket_location().bucket("irish").send().await.unwrap();
    assert_eq!(location.location_constraint, Some(BucketLocationConstraint::EuWest1));

    let error = s3.head_bucket().bucket("irish").send().await.expect_err("the region is wrong");
    let response = error.raw_response().unwrap();
    assert_eq!(response.status().as_u16(), 301);
    assert_eq!(response.headers().get("x-amz-bucket-region"), Some("eu-west-1"));
    let listing = s3.list_objects_v2().bucket("irish").send().await;
    assert_eq!(refusal(listing), "301 PermanentRedirect");
    let expected = s3.get_bucket_cors().bucket("uploads").expected_bucket_owner("444455556666").send().await;
    assert_eq!(refusal(expected), "403 AccessDenied");
}

#[tokio::test]
async fn objects_are_kept_whole_and_found_page_by_page() {
    let cloud = Cloud::start(Knobs { page_size: 2, ..knobs() }).await;
    let s3 = cloud.with_bucket().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    let content = b"0123456789".repeat(20_000);
    std::fs::write(&path, &content).unwrap();
    // a file is streamed, so it arrives in signed chunks with a trailing checksum
    let body = ByteStream::from_path(&path).await.unwrap();
    s3.put_object().bucket("uploads").key("a b/ü+1").body(body).send().await.unwrap();
    let held = s3.get_object().bucket("uploads").key("a b/ü+1").send().await.unwrap();
    assert_eq!(held.body.collect().await.unwrap().to_vec(), content);
    let part = s3.get_object().bucket("uploads").key("a b/ü+1").range("bytes=3-5").send().await.unwrap();
    assert_eq!(part.body.collect().await.unwrap().to_vec(), b"345");

    for key in ["k1", "k2", "k3"] {
        s3.put_object().bucket("uploads").key(key).body(ByteStream::from_static(b"x")).send().await.unwrap();
    }
    let mut pages = s3.list_objects_v2().bucket("uploads").into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    assert_eq!(keys, ["a b/ü+1", "k1", "k2", "k3"]);

    let again = s3.put_object().bucket("uploads").key("k1").if_none_match("*").send().await;
    assert_eq!(refusal(again), "412 PreconditionFailed");
    assert_eq!(refusal(s3.get_object().bucket("uploads").key("k9").send().await), "404 NoSuchKey");
    assert_eq!(refusal(s3.head_object().bucket("uploads").key("k9").send().await), "404 NotFound");
}

#[tokio::test]
async fn a_bucket_is_empty_only_without_versions_and_markers() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let put = s3.put_bucket_versioning().bucket("uploads").versioning_configuration(versioning);
    put.send().await.unwrap();
    s3.put_object().bucket("uploads").key("k").send().await.unwrap();
    s3.delete_object().bucket("uploads").key("k").send().await.unwrap();
    assert_eq!(s3.list_objects_v2().bucket("uploads").send().await.unwrap().contents().len(), 0);
    assert_eq!(refusal(s3.delete_bucket().bucket("uploads").send().await), "409 BucketNotEmpty");

    let left = s3.list_object_versions().bucket("uploads").send().await.unwrap();
    let ids = left.versions().iter().map(|version| version.version_id());
    let ids = ids.chain(left.delete_markers().iter().map(|marker| marker.version_id())).flatten();
    let objects = ids.map(|id| ObjectIdentifier::builder().key("k").version_id(id).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.collect())).build().unwrap();
    let deleted = s3.delete_objects().bucket("uploads").delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (2, 0));
    s3.delete_bucket().bucket("uploads").send().await.unwrap();
}

#[tokio::test]
async fn a_large_upload_is_put_together_from_its_parts() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let started = s3.create_multipart_upload().bucket("uploads").key("big").send().await.unwrap();
    let id = started.upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, body) in [(1, vec![b'a'; 5 * 1024 * 1024]), (2, b"end".to_vec())] {
        let part = s3.upload_part().bucket("uploads").key("big").upload_id(&id).part_number(number);
        let tag = part.body(body.into()).send().await.unwrap().e_tag.unwrap();
        parts.push(CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket("uploads").key("big").upload_id(&id);
    let complete = complete.multipart_upload(parts).send().await.unwrap();
    assert!(complete.e_tag.unwrap().ends_with("-2\""));
    let head = s3.head_object().bucket("uploads").key("big").send().await.unwrap();
    assert_eq!(head.content_length, Some(5 * 1024 * 1024 + 3));
    let gone = s3.abort_multipart_upload().bucket("uploads").key("big").upload_id(&id).send().await;
    assert_eq!(refusal(gone), "404 NoSuchUpload");
}

#[tokio::test]
async fn a_copy_takes_headers_and_tags_along() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let put = s3.put_object().bucket("uploads").key("a b").content_type("text/plain").tagging("kind=note");
    put.body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let copy = s3.copy_object().bucket("uploads").key("copy").copy_source("uploads/a%20b");
    copy.send().await.unwrap();
    let held = s3.get_object().bucket("uploads").key("copy").send().await.unwrap();
    assert_eq!((held.content_type(), held.tag_count), (Some("text/plain"), Some(1)));
    let tags = s3.get_object_tagging().bucket("uploads").key("copy").send().await.unwrap();
    assert_eq!((tags.tag_set()[0].key(), tags.tag_set()[0].value()), ("kind", "note"));

    let started = s3.create_multipart_upload().bucket("uploads").key("part").send().await.unwrap();
    let part = s3.upload_part_copy().bucket("uploads").key("part").upload_id(started.upload_id.unwrap());
    let part = part.part_number(1).copy_source("uploads/copy").copy_source_range("bytes=1-3").send().await;
    assert!(part.unwrap().copy_part_result.unwrap().e_tag.is_some());
    let onto_itself = s3.copy_object().bucket("uploads").key("copy").copy_source("uploads/copy").send().await;
    assert_eq!(refusal(onto_itself), "400 InvalidRequest");
}

#[tokio::test]
async fn a_presigned_url_opens_one_object() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let put = s3.put_object().bucket("uploads").key("a b").body(ByteStream::from_static(b"hello"));
    put.send().await.unwrap();
    let hour = PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
    let url = s3.get_object().bucket("uploads").key("a b").presigned(hour).await.unwrap().uri().to_owned();
    assert_eq!(reqwest::get(&url).await.unwrap().text().await.unwrap(), "hello");
    let unsigned = url.split('?').next().unwrap();
    assert_eq!(reqwest::get(unsigned).await.unwrap().status(), 403);
    let other = url.replace("a%20b", "other");
    assert!(reqwest::get(&other).await.unwrap().text().await.unwrap().contains("SignatureDoesNotMatch"));
}

#[tokio::test]
async fn a_key_can_do_what_its_policy_grants_and_nothing_else() {
    let cloud = Cloud::fresh().await;
    let root = cloud.with_bucket().await;
    root.create_bucket().bucket("foreign").send().await.unwrap();
    let document = r#"{ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::uploads" },
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::uploads/*" }] }"#;
    let (id, secret) = cloud.user_with_policy(document).await;
    let app = cloud.s3_as((&id, &secret), "us-east-1").await;
    app.head_bucket().bucket("uploads").send().await.unwrap();
    app.put_object().bucket("uploads").key("k").send().await.unwrap();
    app.get_object().bucket("uploads").key("k").send().await.unwrap();
    assert_eq!(refusal(app.delete_object().bucket("uploads").key("k").send().await), "403 AccessDenied");
    assert_eq!(refusal(app.get_bucket_policy().bucket("uploads").send().await), "403 AccessDenied");
    assert_eq!(refusal(app.list_objects_v2().bucket("foreign").send().await), "403 AccessDenied");
    assert_eq!(refusal(app.head_bucket().bucket("foreign").send().await), "403");
    assert_eq!(refusal(app.list_buckets().send().await), "403 AccessDenied");
}

#[tokio::test]
async fn a_buckets_own_key_needs_rights_of_its_own() {
    use aws_sdk_s3::types::{
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule,
    };
    let allow = |kms: &str| {
        format!(
            r#"{{ "Version": "2012-10-17", "Statement": [
            {{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }},
            {{ "Effect": "Allow", "Action": [{kms}], "Resource": "arn:aws:kms:us-east-1:111122223333:key/*",
               "Condition": {{ "ForAnyValue:StringEquals": {{ "kms:ResourceAliases": "alias/ledger" }} }} }}] }}"#
        )
    };
    for (kms, put, get) in [
        (r#""kms:DescribeKey""#, false, false),
        (r#""kms:GenerateDataKey""#, true, false),
        (r#""kms:GenerateDataKey","kms:Decrypt""#, true, true),
    ] {
        let cloud = Cloud::fresh().await;
        let s3 = cloud.with_bucket().await;
        s3.put_object().bucket("uploads").key("before").send().await.unwrap();
        let by = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
        let by = by.kms_master_key_id("alias/ledger").build().unwrap();
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        let encrypt =
            s3.put_bucket_encryption().bucket("uploads").server_side_encryption_configuration(rules);
        encrypt.send().await.unwrap();
        s3.put_object().bucket("uploads").key("there").send().await.unwrap();
        let (id, secret) = cloud.user_with_policy(&allow(kms)).await;
        let app = cloud.s3_as((&id, &secret), "us-east-1").await;
        assert_eq!(app.put_object().bucket("uploads").key("k").send().await.is_ok(), put, "{kms}");
        assert_eq!(app.get_object().bucket("uploads").key("there").send().await.is_ok(), get, "{kms}");
        app.get_object().bucket("uploads").key("before").send().await.unwrap();
        app.delete_object().bucket("uploads").key("there").send().await.unwrap();
    }
}

#[tokio::test]
async fn bucket_policies_are_checked_and_enforced() {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.with_bucket().await;
    let put = |document: &str| s3.put_bucket_policy().bucket("uploads").policy(document).send();
    assert_eq!(refusal(put("{").await), "400 MalformedPolicy");
    let allow = |principal: &str| {
        format!(
            r#"{{ "Version": "2012-10-17", "Statement": {{ "Effect": "Allow", "Principal": {principal},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*" }} }}"#
        )
    };
    let ghost = allow(r#"{ "AWS": "arn:aws:iam::111122223333:user/ghost" }"#);
    assert_eq!(refusal(put(&ghost).await), "400 MalformedPolicy");
    assert_eq!(refusal(put(&allow("\"*\"")).await), "403 AccessDenied", "public policies are blocked");

    s3.put_object().bucket("uploads").key("k").send().await.unwrap();
    let other = cloud.s3_as(OTHER, "us-east-1").await;
    assert_eq!(refusal(other.get_object().bucket("uploads").key("k").send().await), "403 AccessDenied");
    put(&allow(r#"{ "AWS": "444455556666" }"#)).await.unwrap();
    other.get_object().bucket("uploads").key("k").send().await.unwrap();
    let held = s3.get_bucket_policy().bucket("uploads").send().await.unwrap().policy.unwrap();
    assert!(held.contains("arn:aws:iam::444455556666:root"), "an account comes back as its root: {held}");
}

#[tokio::test]
async fn a_user_has_two_keys_at_most_and_goes_last() {
    let cloud = Cloud::fresh().await;
    let iam = cloud.iam().await;
    iam.create_user().user_name("App").path("/trueup/").send().await.unwrap();
    let again = iam.create_user().user_name("app").send().await;
    assert_eq!(refusal(again), "409 EntityAlreadyExists", "names are the same whatever their case");
    let create = || iam.create_access_key().user_name("App").send();
    let first = create().await.unwrap().access_key.unwrap();
    let second = create().await.unwrap().access_key.unwrap();
    assert_eq!(refusal(create().await), "409 LimitExceeded");
    assert_eq!(refusal(iam.delete_user().user_name("App").send().await), "409 DeleteConflict");
    for key in [first, second] {
        iam.delete_access_key().user_name("App").access_key_id(key.access_key_id).send().await.unwrap();
    }
    iam.delete_user().user_name("App").send().await.unwrap();
    assert_eq!(refusal(iam.get_user().user_name("App").send().await), "404 NoSuchEntity");
}

#[tokio::test]
async fn policy_documents_come_back_percent_encoded() {
    let cloud = Cloud::fresh().await;
    let document =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    cloud.user_with_policy(document).await;
    let iam = cloud.iam().await;
    let held = iam.get_user_policy().user_name("app").policy_name("app").send().await.unwrap();
    assert!(held.policy_document.starts_with("%7B%22Version%22%3A"));
    let decoded = percent_encoding::percent_decode_str(&held.policy_document).decode_utf8().unwrap();
    assert_eq!(decoded, document);
    let broken = iam.put_user_policy().user_name("app").policy_name("b").policy_document("{}").send().await;
    assert_eq!(refusal(broken), "400 MalformedPolicyDocument");
}

#[tokio::test]
async fn keys_that_do_not_work_are_refused_under_two_names() {
    let cloud = Cloud::start(Knobs { key_propagation: Duration::from_hours(1), ..knobs() }).await;
    let (id, secret) =
        cloud.user_with_policy(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).await;
    for key in [(id.as_str(), secret.as_str()), ("AKIANOBODYNOBODY0000", "x")] {
        let identity = cloud.sts(key).await.get_caller_identity().send().await;
        assert_eq!(refusal(identity), "403 InvalidClientTokenId");
        let buckets = cloud.s3_as(key, "us-east-1").await.list_buckets().send().await;
        assert_eq!(refusal(buckets), "403 InvalidAccessKeyId");
    }
    let wrong = cloud.sts((ROOT.0, "another secret")).await.get_caller_identity().send().await;
    assert_eq!(refusal(wrong), "403 SignatureDoesNotMatch");
    let right = cloud.sts(ROOT).await.get_caller_identity().send().await.unwrap();
    assert_eq!(right.arn.as_deref(), Some("arn:aws:iam::111122223333:root"));
}

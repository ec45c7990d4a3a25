//! Buckets that stood there before, and what the account has made of a new one: only differences are written, and what
//! others set stays.

use aws_sdk_s3::types::{
    BucketCannedAcl, BucketLifecycleConfiguration, CorsConfiguration, CorsRule, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    TransitionDefaultMinimumObjectSize,
};
use serde_json::{Value, json};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET, Sandbox};

use crate::common::{assert_nothing_written, cloud_and, flat, refusal};
use crate::support::{Cloud, Project, SMALL, quick};

const BUCKET: &str = "shop-uploads";

/// An app and its bucket, which has these keys besides the two that every bucket has.
fn shop(keys: &str) -> String {
    format!(
        "app: {{ name: shop-production }}\n\
         buckets: {{ uploads: {{ name: {BUCKET}, region: us-east-1{keys} }} }}\n"
    )
}

fn respecify(project: &Project, keys: &str) {
    project.write("environments/production.yaml", &shop(keys));
}

fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

/// The calls to S3 so far, in their order.
fn calls(cloud: &Cloud) -> Vec<String> {
    let calls = cloud.sandbox().calls().into_iter().filter(|call| call.service == "s3");
    calls.map(|call| call.operation).collect()
}

const DENIED: (u16, &str, &str) =
    (403, "AccessDenied", "explicit deny in a service control policy: arn:aws:organizations::1:policy/p");

#[test]
fn a_policy_of_the_organization_on_settings_that_a_new_bucket_has_stops_nothing() {
    let (cloud, project) = cloud_and(&shop(""));
    let settings =
        ["PutPublicAccessBlock", "PutBucketOwnershipControls", "PutBucketEncryption", "PutBucketTagging"];
    cloud.sandbox().set_faults(settings.map(|operation| refusal(99, operation, DENIED)).to_vec());
    project.run(&["apply", "--yes"]).exits(0);
    let calls = calls(&cloud);
    assert!(calls.iter().all(|call| !settings.contains(&call.as_str())), "{calls:?}");
    let reads = calls.iter().filter(|call| call.starts_with("Get")).count();
    assert_eq!((reads, calls.len()), (4, 9), "{calls:?}");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);

    // What differs is written, and then the refusal is told.
    let (cloud, project) = cloud_and(&shop(", ownership: ObjectWriter"));
    cloud.sandbox().set_faults(vec![refusal(99, "PutBucketOwnershipControls", DENIED)]);
    project.run(&["apply", "--yes"]).exits(1).tells(&["service control policy"]);
}

#[test]
fn a_bucket_whose_tags_cannot_come_with_it_gets_them_at_once() {
    for refused in
        [(403, "AccessDenied", "no right to s3:TagResource"), (400, "MalformedXML", "no such element")]
    {
        let (cloud, project) = cloud_and(&shop(""));
        cloud.sandbox().set_faults(vec![refusal(1, "CreateBucket", refused)]);
        project.run(&["apply", "--yes"]).exits(0);
        let calls = calls(&cloud);
        let at = |operation: &str| calls.iter().rposition(|call| call == operation).unwrap();
        assert!(at("CreateBucket") < at("PutBucketTagging"), "{calls:?}");
        assert!(at("PutBucketTagging") < at("PutBucketPolicy"), "before everything else: {calls:?}");
        project.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn what_travels_beside_the_lifecycle_rules_survives_a_write_of_them() {
    let (cloud, project) = cloud_and(&shop(", lifecycle: { expire_after_days: 30 }"));
    project.run(&["apply", "--yes"]).exits(0);
    let s3 = s3(&cloud);
    let rules = cloud.block_on(s3.get_bucket_lifecycle_configuration().bucket(BUCKET).send()).unwrap();
    let rules = BucketLifecycleConfiguration::builder().set_rules(rules.rules).build().unwrap();
    let varies = TransitionDefaultMinimumObjectSize::VariesByStorageClass;
    let put = s3.put_bucket_lifecycle_configuration().bucket(BUCKET).lifecycle_configuration(rules);
    cloud.block_on(put.transition_default_minimum_object_size(varies.clone()).send()).unwrap();

    respecify(&project, ", lifecycle: { expire_after_days: 60 }");
    project.run(&["apply", "--yes"]).exits(0);
    let live = cloud.block_on(s3.get_bucket_lifecycle_configuration().bucket(BUCKET).send()).unwrap();
    assert_eq!(live.transition_default_minimum_object_size(), Some(&varies));
    assert_eq!(live.rules()[0].expiration().and_then(LifecycleExpiration::days), Some(60));
}

/// Fonts, for every page.
fn fonts() -> CorsRule {
    CorsRule::builder().id("fonts").allowed_origins("*").allowed_methods("GET").build().unwrap()
}

#[test]
fn cross_origin_rules_of_others_stay_and_are_told() {
    let (cloud, project) = cloud_and(&shop(""));
    project.run(&["apply", "--yes"]).exits(0);
    let s3 = s3(&cloud);
    let rules = CorsConfiguration::builder().cors_rules(fonts()).build().unwrap();
    cloud.block_on(s3.put_bucket_cors().bucket(BUCKET).cors_configuration(rules).send()).unwrap();

    respecify(&project, ", cors: { origins: [https://shop.example] }");
    project.run(&["plan"]).exits(0).shows(&[
        "cors.origins https://shop.example",
        "buckets.uploads.cors rules of others: left alone (fonts)",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    let ids = || {
        let live = cloud.block_on(s3.get_bucket_cors().bucket(BUCKET).send()).unwrap();
        live.cors_rules().iter().map(|rule| rule.id().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ["fonts", "trueup"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["left alone (fonts)"]);

    respecify(
        &project,
        ", cors: [{ origins: [https://shop.example] }, { origins: [\"*\"], methods: [HEAD] }]",
    );
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(ids(), ["fonts", "trueup", "trueup-2"]);
    respecify(&project, "");
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(ids(), ["fonts"], "the spec has none any more");
}

/// A bucket as teams had them: made by hand, with lists, open, and with a stronger encryption.
fn by_hand(cloud: &Cloud) -> aws_sdk_s3::Client {
    let s3 = s3(cloud);
    cloud.block_on(async {
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let rule =
            OwnershipControlsRule::builder().object_ownership(ObjectOwnership::ObjectWriter).build().unwrap();
        let controls = OwnershipControls::builder().rules(rule).build().unwrap();
        s3.put_bucket_ownership_controls().bucket(BUCKET).ownership_controls(controls).send().await.unwrap();
        let block = PublicAccessBlockConfiguration::builder().build();
        let put = s3.put_public_access_block().bucket(BUCKET);
        put.public_access_block_configuration(block).send().await.unwrap();
        s3.put_bucket_acl().bucket(BUCKET).acl(BucketCannedAcl::PublicRead).send().await.unwrap();
        let key = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKmsDsse);
        let key = key.kms_master_key_id("1234abcd-12ab-34cd-56ef-1234567890ab").build().unwrap();
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(key).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        let put = s3.put_bucket_encryption().bucket(BUCKET);
        put.server_side_encryption_configuration(rules).send().await.unwrap();
        let rule = LifecycleRule::builder().id("theirs").status(ExpirationStatus::Enabled);
        let rule = rule.filter(LifecycleRuleFilter::builder().prefix("tmp/").build());
        let rule = rule.expiration(LifecycleExpiration::builder().days(30).build()).build().unwrap();
        let rules = BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
        let put = s3.put_bucket_lifecycle_configuration().bucket(BUCKET).lifecycle_configuration(rules);
        put.send().await.unwrap();
    });
    cloud.sandbox().forget_calls();
    s3
}

#[test]
fn a_bucket_that_was_there_before_is_blocked_and_then_kept_as_it_is() {
    let (cloud, project) = cloud_and(&shop(""));
    by_hand(&cloud);
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        "blocked buckets.uploads the bucket shop-uploads was there before and has no tags of trueup",
        "write `adopt: true` at buckets.uploads",
    ]);
    assert_nothing_written(&cloud);
    project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["`adopt: true` has trueup manage it"]);
    assert_nothing_written(&cloud);

    respecify(&project, ", adopt: true");
    let applied = project.run(&["apply", "--yes"]).exits(0).shows(&[
        "warning buckets.uploads.ownership its access control list grants READ to everyone",
        "buckets.uploads.ownership ObjectWriter: left as it was",
        "buckets.uploads.ownership grants of its access control list: left alone",
        "nothing keeps the public out; `public_access: blocked` does",
        "kms 1234abcd-12ab-34cd-56ef-1234567890ab (dsse): left as it was",
        "plain http is not denied, which `tls_only: true` does: left as it was",
        "rules of others: left alone (theirs)",
    ]);
    assert!(!flat(&applied.stdout).contains("~ buckets.uploads"), "{}", applied.stdout);
    let written: Vec<String> = calls(&cloud).into_iter().filter(|call| call.starts_with("Put")).collect();
    assert!(written.is_empty(), "{written:?}");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_an_adopted_bucket_is_asked_for_is_done_or_refused_before_it_is_tried() {
    let (cloud, project) = cloud_and(&shop(", adopt: true, ownership: BucketOwnerEnforced"));
    let s3 = by_hand(&cloud);
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        "blocked buckets.uploads.ownership its access control list grants READ to everyone",
        "aws s3api put-bucket-acl --acl private",
    ]);
    cloud.block_on(s3.put_bucket_acl().bucket(BUCKET).acl(BucketCannedAcl::Private).send()).unwrap();
    project.run(&["apply", "--yes"]).exits(0).shows(&[
        "ownership ObjectWriter → BucketOwnerEnforced",
        "buckets.uploads.ownership access control lists stop to count",
    ]);
    let encryption = cloud.block_on(s3.get_bucket_encryption().bucket(BUCKET).send()).unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap();
    let default = rules.rules()[0].apply_server_side_encryption_by_default().unwrap();
    assert_eq!(default.sse_algorithm(), &ServerSideEncryption::AwsKmsDsse);

    let arn = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    respecify(&project, &format!(", adopt: true, encryption: {{ kms: \"{arn}\" }}"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    respecify(&project, ", adopt: true, encryption: AES256");
    project
        .run(&["plan"])
        .exits(0)
        .shows(&["new objects are encrypted by AES256 in place of the stronger kms"]);
}

#[test]
fn a_key_under_another_of_its_names_is_the_same_key() {
    let spec = |key: &str| shop(&format!(", encryption: {{ kms: {key} }}"));
    let id = "arn:aws:kms:us-east-1:111122223333:key/alias-shop";
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/shop";
    for (live, wanted) in
        [("alias/shop", id), ("alias-shop", "alias/shop"), (id, alias), (alias, "alias-shop")]
    {
        let (cloud, project) = cloud_and(&spec(live));
        project.run(&["apply", "--yes"]).exits(0);
        project.write("environments/production.yaml", &spec(wanted));
        cloud.sandbox().forget_calls();
        project.run(&["plan", "--detailed-exitcode"]).exits(0);
        let asked =
            cloud.sandbox().calls().into_iter().filter(|call| call.operation == "DescribeKey").count();
        assert_eq!(asked, 1, "{live} {wanted}");
        project.write("environments/production.yaml", &spec("alias/another"));
        project.run(&["plan"]).exits(0).shows(&["~ buckets.uploads"]);
        // Whoever may not ask sees two names.
        cloud.sandbox().set_faults(vec![refusal(9, "DescribeKey", (400, "AccessDeniedException", "no"))]);
        project.write("environments/production.yaml", &spec(wanted));
        project.run(&["plan", "--detailed-exitcode"]).exits(2);
    }
}

#[test]
fn what_everyone_may_read_is_what_the_spec_says_and_no_more() {
    let (cloud, project) = cloud_and(&shop(", public_access: open"));
    project.run(&["validate"]).exits(0).tells(&["makes nothing public by itself"]);
    respecify(&project, ", public_access: open, public_read: [public/]");
    let shown = project.run(&["apply", "--yes"]).exits(0);
    assert!(flat(&shown.stdout).contains("public_read public/"), "{}", shown.stdout);
    let s3 = s3(&cloud);
    let status = |key: &str| {
        let url = format!("{}/{BUCKET}/{key}", cloud.sandbox().url());
        cloud.block_on(async {
            let put = s3.put_object().bucket(BUCKET).key(key).body(b"hello".to_vec().into());
            put.send().await.unwrap();
            reqwest::get(url).await.unwrap().status().as_u16()
        })
    };
    assert_eq!((status("public/a"), status("private/a")), (200, 403));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    respecify(&project, "");
    project.run(&["apply", "--yes"]).exits(0).shows(&["public_access open → blocked"]);
    assert_eq!(status("public/a"), 403);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// The bucket of an apply, after this was done to what S3 keeps of it.
fn altered(alter: impl FnOnce(&mut Value)) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(&shop(", versioning: true"));
    project.run(&["apply", "--yes"]).exits(0);
    let mut state = cloud.sandbox().state().unwrap();
    alter(&mut state["aws"]["buckets"][BUCKET]["documents"]);
    let cloud = Cloud::serving(|| Sandbox::start_from(state, quick()));
    let project = Project::with(&shop(", versioning: true")).at(cloud.sandbox());
    (cloud, project)
}

#[test]
fn tags_that_aws_keeps_on_a_bucket_are_sent_along() {
    let leaf = |name: &str, text: &str| json!({ "name": name, "text": text });
    let (cloud, project) = altered(|documents| {
        let tags = documents["tagging"]["children"][0]["children"].as_array_mut().unwrap();
        let tag = [leaf("Key", "aws:cloudformation:stack-name"), leaf("Value", "web")];
        tags.push(json!({ "name": "Tag", "children": tag }));
    });
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    respecify(&project, ", versioning: true, tags: { team: web }");
    project.run(&["apply", "--yes"]).exits(0);
    let live = cloud.block_on(s3(&cloud).get_bucket_tagging().bucket(BUCKET).send()).unwrap();
    assert_eq!(live.tag_set().len(), 4);
}

#[test]
fn versioning_that_asks_for_a_device_is_blocked_and_not_tried() {
    let (cloud, project) = altered(|documents| {
        let versioning = documents["versioning"]["children"].as_array_mut().unwrap();
        versioning.push(json!({ "name": "MfaDelete", "text": "Enabled" }));
    });
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    respecify(&project, ", versioning: false");
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        "blocked buckets.uploads.versioning MFA delete is on, so only the account's root user can change versioning",
        "write `versioning: true`",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn what_this_version_does_not_know_is_not_lost_by_a_write() {
    let (cloud, project) = altered(|documents| {
        let rule = &mut documents["encryption"]["children"][0]["children"];
        rule.as_array_mut().unwrap().push(json!({ "name": "QuantumShield", "text": "true" }));
    });
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    respecify(&project, ", versioning: true, encryption: { kms: alias/shop }");
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        "blocked buckets.uploads.encryption S3 says QuantumShield of it, which this trueup does not know",
        "change it by hand, or use a newer trueup",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_small_environment_takes_few_calls_from_nothing() {
    let (cloud, project) = cloud_and(SMALL);
    project.run(&["apply", "--yes"]).exits(0);
    let calls: Vec<String> = cloud.sandbox().calls().into_iter().map(|call| call.operation).collect();
    assert!(calls.len() <= 40, "{} calls: {calls:?}", calls.len());
}

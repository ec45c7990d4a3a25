//! Buckets that others had a hand in: AWS's own tags, rules and policies in older or other spellings.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, Tag, Tagging,
};
use serde_json::{Value, json};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET, Sandbox};

use crate::common::{assert_nothing_written, cloud_and, refusal, writes};
use crate::support::{Cloud, Project, quick};

const BUCKET: &str = "shop-uploads";

/// An app and a bucket with these keys besides.
fn shop(keys: &str) -> String {
    format!(
        "app: {{ name: shop-production }}\nbuckets: {{ uploads: {{ name: {BUCKET}, region: us-east-1{keys} }} }}\n"
    )
}

fn s3(cloud: &Cloud) -> Client {
    crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

/// A cloud in which that spec was applied.
fn applied(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    (cloud, project)
}

/// Applies another spec, and sees that nothing is left to do.
#[track_caller]
fn becomes(project: &Project, spec: &str) {
    project.write("environments/production.yaml", spec);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

fn tags(cloud: &Cloud) -> Vec<(String, String)> {
    let held = cloud.block_on(s3(cloud).get_bucket_tagging().bucket(BUCKET).send()).unwrap();
    held.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// hashicorp/terraform-provider-aws#7323, cloud-custodian/cloud-custodian#2834
#[test]
fn tags_of_aws_itself_are_sent_along() {
    let (cloud, project) = applied(&shop(""));
    let mut state = cloud.sandbox().state().unwrap();
    let set = &mut state["aws"]["buckets"][BUCKET]["documents"]["tagging"]["children"][0]["children"];
    let key = json!({ "name": "Key", "text": "aws:cloudformation:stack-name" });
    let value = json!({ "name": "Value", "text": "legacy" });
    set.as_array_mut().unwrap().insert(0, json!({ "name": "Tag", "children": [key, value] }));
    let cloud = Cloud::serving(|| Sandbox::start_from(state, quick()));
    let project = project.at(cloud.sandbox());

    let ours = Tag::builder().key("team").value("a").build().unwrap();
    let ours = Tagging::builder().tag_set(ours).build().unwrap();
    let alone = s3(&cloud).put_bucket_tagging().bucket(BUCKET).tagging(ours).send();
    assert!(cloud.block_on(alone).is_err(), "S3 lets nobody take its own tags away");

    becomes(&project, &shop(", tags: { team: ledger }"));
    let held = tags(&cloud);
    for tag in [("aws:cloudformation:stack-name", "legacy"), ("team", "ledger")] {
        assert!(held.contains(&(tag.0.to_owned(), tag.1.to_owned())), "{held:?}");
    }
}

/// openshift/api#2183, awsdocs/amazon-ecs-developer-guide#72
#[test]
fn tags_that_look_like_those_of_aws_are_refused_in_any_case() {
    for key in ["aws:team", "AWS:team", "Aws:team"] {
        let (cloud, project) = cloud_and(&shop(&format!(", tags: {{ '{key}': a }}")));
        project
            .run(&["apply", "--yes"])
            .exits(1)
            .tells(&["tags that begin with `aws:` are not yours to set"]);
        assert_nothing_written(&cloud);
    }
}

/// clouddrove/terraform-aws-eks#99: to S3 they are two tags, and a value may be empty.
#[test]
fn tags_of_a_bucket_that_differ_in_case_are_two() {
    let (cloud, project) = applied(&shop(", tags: { Team: a, team: '', number: 0123 }"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let held = tags(&cloud);
    for tag in [("Team", "a"), ("team", ""), ("number", "0123")] {
        assert!(held.contains(&(tag.0.to_owned(), tag.1.to_owned())), "{held:?}");
    }
}

/// hashicorp/terraform-provider-aws#23299, #23132
#[test]
fn rules_in_the_old_form_live_beside_one_in_the_new() {
    let (cloud, project) = applied(&shop(""));
    #[expect(deprecated, reason = "the old form is what this is about")]
    let old = |id: &str, prefix: &str| {
        let expires = LifecycleExpiration::builder().days(30).build();
        let rule = LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).prefix(prefix);
        rule.expiration(expires).build().unwrap()
    };
    let rules = [old("logs", "logs/"), old("tmp", "tmp/")];
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules.into())).build().unwrap();
    let put = s3(&cloud).put_bucket_lifecycle_configuration().bucket(BUCKET).lifecycle_configuration(rules);
    cloud.block_on(put.send()).unwrap();

    becomes(&project, &shop(", lifecycle: { abort_multipart_after_days: 7 }"));
    let live = cloud.block_on(s3(&cloud).get_bucket_lifecycle_configuration().bucket(BUCKET).send()).unwrap();
    let live: Vec<_> =
        live.rules().iter().map(|rule| (rule.id().unwrap(), rule.filter().unwrap().prefix())).collect();
    assert_eq!(live, [("logs", Some("logs/")), ("tmp", Some("tmp/")), ("trueup", Some(""))]);
}

/// Statements of others, besides the one of ours that S3 has.
fn put_policy(cloud: &Cloud, statements: &[Value]) {
    let client = s3(cloud);
    let live = cloud.block_on(client.get_bucket_policy().bucket(BUCKET).send()).unwrap();
    let mut policy: Value = serde_json::from_str(live.policy().unwrap()).unwrap();
    let ours = policy["Statement"].as_array().unwrap().iter().find(|one| one["Sid"] == "TrueupDenyPlainHttp");
    let all: Vec<Value> = ours.into_iter().chain(statements).cloned().collect();
    policy["Statement"] = all.into();
    cloud.block_on(client.put_bucket_policy().bucket(BUCKET).policy(policy.to_string()).send()).unwrap();
}

/// hashicorp/terraform#6642, hashicorp/terraform-provider-aws#13144
#[test]
fn principals_of_every_kind_are_written_back_as_they_were() {
    let (cloud, project) = applied(&shop(""));
    let arn = format!("arn:aws:s3:::{BUCKET}/*");
    let cdn = json!({ "Sid": "Cdn", "Effect": "Allow", "Principal": { "CanonicalUser": "5d1f" },
        "Action": ["s3:GetObject"], "Resource": [arn] });
    let few = json!({ "Sid": "Few", "Effect": "Deny", "NotPrincipal": { "AWS": ["111122223333"] },
        "Action": "s3:DeleteObject", "Resource": arn });
    put_policy(&cloud, &[cdn, few]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);

    becomes(&project, &shop(", tls_only: false"));
    becomes(&project, &shop(""));
    let live = cloud.block_on(s3(&cloud).get_bucket_policy().bucket(BUCKET).send()).unwrap();
    for kept in [
        r#""CanonicalUser":"5d1f""#,
        r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}"#,
        "TrueupDenyPlainHttp",
    ] {
        assert!(live.policy().unwrap().contains(kept), "{:?}", live.policy());
    }
}

/// hashicorp/terraform-provider-aws#22030, #18878, hashicorp/terraform#2432
#[test]
fn a_list_that_comes_back_in_another_order_is_no_change_for_a_saved_plan() {
    let (cloud, project) = applied(&shop(""));
    let statement = |actions: [&str; 2], resources: [&str; 2]| {
        let resources = resources.map(|part| format!("arn:aws:s3:::{BUCKET}{part}"));
        json!({ "Sid": "Others", "Effect": "Allow", "Principal": { "AWS": "111122223333" },
            "Action": actions, "Resource": resources })
    };
    put_policy(&cloud, &[statement(["s3:GetObject", "s3:ListBucket"], ["", "/*"])]);
    project.write("environments/production.yaml", &shop(", tags: { team: ledger }"));
    project.run(&["plan", "--out", "saved.plan"]).exits(0);
    put_policy(&cloud, &[statement(["s3:ListBucket", "s3:GetObject"], ["/*", ""])]);
    project.run(&["apply", "--plan", "saved.plan"]).exits(0);

    project.write("environments/production.yaml", &shop(", tags: { team: books }"));
    project.run(&["plan", "--out", "saved.plan"]).exits(0);
    put_policy(&cloud, &[statement(["s3:PutObject", "s3:GetObject"], ["/*", ""])]);
    let ran = project.run(&["apply", "--plan", "saved.plan"]).exits(3);
    ran.tells(&["buckets.uploads"]);
}

/// S3 has a region that is called by no name.
#[test]
fn every_region_gets_its_own_location_and_us_east_1_none() {
    for region in ["us-east-1", "eu-west-1", "us-west-2"] {
        let spec = shop("").replace("us-east-1", region);
        let (cloud, project) = cloud_and(&spec);
        project.run(&["apply", "--yes"]).exits(0);
        project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
        assert_eq!(writes(&cloud).iter().filter(|call| *call == "CreateBucket").count(), 1);
    }
}

/// hashicorp/terraform-provider-aws#372, #10068, #13008, #49853
#[test]
fn a_bucket_that_s3_has_not_heard_of_is_waited_for() {
    let (cloud, project) =
        cloud_and(&shop(", versioning: true, lifecycle: { expire_after_days: 9 }, tags: { a: b }"));
    let every = [
        "PutPublicAccessBlock",
        "PutBucketOwnershipControls",
        "PutBucketEncryption",
        "PutBucketVersioning",
        "PutBucketLifecycleConfiguration",
        "PutBucketTagging",
        "PutBucketPolicy",
    ];
    let gone = (404, "NoSuchBucket", "The specified bucket does not exist");
    let busy = (409, "OperationAborted", "A conflicting conditional operation is currently in progress");
    let mut faults: Vec<_> = every.map(|operation| refusal(1, operation, gone)).into();
    faults.push(refusal(2, "CreateBucket", busy));
    cloud.sandbox().set_faults(faults);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

/// cloudposse/terraform-aws-codebuild#76, hashicorp/terraform#12973
#[test]
fn a_bucket_whose_versioning_needs_a_device_says_who_can_change_it() {
    let (cloud, project) = applied(&shop(", versioning: true"));
    project.write("environments/production.yaml", &shop(", versioning: false"));
    let refused = (403, "AccessDenied", "Mfa Authentication must be used for this request");
    cloud.sandbox().set_faults(vec![refusal(9, "PutBucketVersioning", refused)]);
    let ran = project.run(&["apply", "--yes"]).exits(1);
    ran.tells(&["the bucket has MFA delete: only the account's root user changes its versioning"]);
}

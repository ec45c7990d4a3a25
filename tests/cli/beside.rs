//! What others set beside what the spec says: "no changes" does not hide it.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::common::{cloud_and, iam};
use crate::support::Cloud;

const SHOP: &str = concat!(
    "app: { name: shop-production }\n",
    "buckets: { uploads: { name: shop-uploads, region: us-east-1, public_access: open } }\n",
);

#[test]
fn a_public_statement_and_a_rule_that_expires_everything_are_told_and_left_alone() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    let s3 = crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET);
    let live = cloud.block_on(s3.get_bucket_policy().bucket("shop-uploads").send()).unwrap();
    let mut policy: serde_json::Value = serde_json::from_str(live.policy().unwrap()).unwrap();
    policy["Statement"].as_array_mut().unwrap().push(serde_json::json!({
        "Sid": "Fonts", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop-uploads/fonts/*",
    }));
    let put = s3.put_bucket_policy().bucket("shop-uploads").policy(policy.to_string());
    cloud.block_on(put.send()).unwrap();
    let rule = LifecycleRule::builder().id("cleanup").status(ExpirationStatus::Enabled);
    let rule = rule.filter(LifecycleRuleFilter::builder().prefix("").build());
    let rule = rule.expiration(LifecycleExpiration::builder().days(30).build()).build().unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
    let put = s3.put_bucket_lifecycle_configuration().bucket("shop-uploads").lifecycle_configuration(rules);
    cloud.block_on(put.send()).unwrap();

    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    plan.shows(&[
        "the statement Fonts lets everyone on the internet do s3:GetObject",
        "statements of others: left alone (Fonts)",
        "the rule cleanup of others deletes every object in time",
        "rules of others: left alone (cleanup)",
    ]);
}

const BOUNDED: &str = concat!(
    "app: { name: shop-production }\n",
    "buckets: { uploads: { name: shop-uploads, region: us-east-1 } }\n",
    "iam_users: { app: { name: shop-app, grants: { uploads: read } } }\n",
);

#[test]
fn a_group_is_told_and_left_alone_alone_and_among_several_environments() {
    let (cloud, project) = cloud_and(BOUNDED);
    project.run(&["apply", "--yes"]).exits(0);
    let iam = iam(&cloud);
    cloud.block_on(iam.create_group().group_name("admins").send()).unwrap();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    cloud.block_on(iam.attach_group_policy().group_name("admins").policy_arn(admin).send()).unwrap();
    cloud.block_on(iam.add_user_to_group().group_name("admins").user_name("shop-app").send()).unwrap();
    project.write("environments/other.yaml", "app: { name: shop-other }\n");
    for arguments in [&["plan", "production"][..], &["plan", "--all"]] {
        project.run(arguments).exits(0).shows(&[
            "the group admins of others lets the app do more than its grants",
            "groups of others: left alone (admins)",
        ]);
    }
    project.run(&["apply", "production", "--yes"]).exits(0);
    let groups = cloud.block_on(iam.list_groups_for_user().user_name("shop-app").send()).unwrap();
    assert_eq!(groups.groups().len(), 1, "nobody was taken out of it");
}

#[test]
fn an_attached_policy_another_inline_policy_and_a_boundary_are_told_and_left_alone() {
    let (cloud, project) = cloud_and(BOUNDED);
    project.run(&["apply", "--yes"]).exits(0);
    let iam = iam(&cloud);
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let (admin, edge) =
        ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess");
    cloud.block_on(iam.attach_user_policy().user_name("shop-app").policy_arn(admin).send()).unwrap();
    let put = iam.put_user_policy().user_name("shop-app").policy_name("extra").policy_document(all);
    cloud.block_on(put.send()).unwrap();
    let put = iam.put_user_permissions_boundary().user_name("shop-app").permissions_boundary(edge);
    cloud.block_on(put.send()).unwrap();

    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&[
        "the attached policy arn:aws:iam::aws:policy/AdministratorAccess of others lets the app do more",
        "attached policies of others: left alone (arn:aws:iam::aws:policy/AdministratorAccess)",
        "the inline policy extra of others lets the app do more",
        "inline policies of others: left alone (extra)",
        "permissions boundary of others: left alone (arn:aws:iam::aws:policy/AmazonS3FullAccess)",
    ]);
}

#[test]
fn a_statement_that_names_someone_who_is_gone_is_told_before_s3_refuses_the_policy() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    let (iam, s3) = (iam(&cloud), crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET));
    let made = cloud.block_on(iam.create_user().user_name("backup").send()).unwrap().user.unwrap();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "Backup", "Effect": "Allow", "Principal": { "AWS": made.arn() }, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop-uploads/*",
    }] });
    let put = s3.put_bucket_policy().bucket("shop-uploads").policy(policy.to_string());
    cloud.block_on(put.send()).unwrap();
    cloud.block_on(iam.delete_user().user_name("backup").send()).unwrap();

    cloud.sandbox().forget_calls();
    let id = made.user_id();
    let told = ["blocked buckets.uploads.policy the statement Backup", id];
    project.run(&["plan"]).exits(0).shows(&told);
    project.run(&["apply", "--yes"]).exits(3).shows(&told);
    crate::common::assert_nothing_written(&cloud);
}

/// Another inline policy of a user, about so many characters long.
fn extra_policy(cloud: &Cloud, length: usize) {
    let resource = format!("arn:aws:s3:::shop-{}", "x".repeat(length));
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement":
        { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": resource } });
    let put = iam(cloud).put_user_policy().user_name("shop-app").policy_name("extra");
    cloud.block_on(put.policy_document(document.to_string()).send()).unwrap();
}

#[test]
fn grants_for_which_other_inline_policies_leave_no_room_are_blocked_alone_and_among_several_environments() {
    let (cloud, project) = cloud_and(BOUNDED);
    project.run(&["apply", "--yes"]).exits(0);
    extra_policy(&cloud, 1700);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.write("environments/production.yaml", &BOUNDED.replace("uploads: read ", "uploads: read-write "));
    project.write("environments/other.yaml", "app: { name: shop-other }\n");
    let told =
        ["blocked iam_users.app.policy", "IAM takes 2048 of all inline policies of a user", "managed policy"];
    for arguments in [&["plan", "production"][..], &["plan", "--all"]] {
        project.run(arguments).exits(0).shows(&told);
    }
    cloud.sandbox().forget_calls();
    project.run(&["apply", "production", "--yes"]).exits(3).shows(&told);
    crate::common::assert_nothing_written(&cloud);
    extra_policy(&cloud, 100);
    project.run(&["apply", "production", "--yes"]).exits(0);
}

#[test]
fn a_policy_that_happens_to_have_our_name_stays_on_a_user_that_was_there_before() {
    let spec = BOUNDED.replace("name: shop-app", "name: shop-app, adopt: true");
    let (cloud, project) = cloud_and(&spec);
    let iam = iam(&cloud);
    let theirs =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}"#;
    cloud.block_on(iam.create_user().user_name("shop-app").send()).unwrap();
    let put = iam.put_user_policy().user_name("shop-app").policy_name("trueup").policy_document(theirs);
    cloud.block_on(put.send()).unwrap();
    cloud.sandbox().forget_calls();
    project
        .run(&["apply", "--yes"])
        .exits(3)
        .shows(&["was there before, and the grants would take its place"]);
    crate::common::assert_nothing_written(&cloud);

    project.write("environments/production.yaml", &spec.replace(", grants: { uploads: read }", ""));
    project.run(&["apply", "--yes"]).exits(0);
    let told =
        ["the inline policy trueup of others lets the app do more", "policy trueup of others: left alone"];
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&told);
    let live = iam.get_user_policy().user_name("shop-app").policy_name("trueup").send();
    assert!(cloud.block_on(live).unwrap().policy_document().contains("dynamodb"));
}

/// The policy of the bucket with one statement more.
fn add_statement(cloud: &Cloud, statement: serde_json::Value) {
    let s3 = crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET);
    let live = cloud.block_on(s3.get_bucket_policy().bucket("shop-uploads").send()).unwrap();
    let mut policy: serde_json::Value = serde_json::from_str(live.policy().unwrap()).unwrap();
    policy["Statement"].as_array_mut().unwrap().push(statement);
    let put = s3.put_bucket_policy().bucket("shop-uploads").policy(policy.to_string());
    cloud.block_on(put.send()).unwrap();
}

#[test]
fn a_statement_with_a_condition_that_anyone_meets_opens_the_bucket_and_stands_against_the_block() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    add_statement(
        &cloud,
        serde_json::json!({
            "Sid": "Hotlinks", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::shop-uploads/*",
            "Condition": { "StringLike": { "aws:Referer": "https://shop.example/*" } },
        }),
    );
    project
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .shows(&["the statement Hotlinks lets everyone on the internet do s3:GetObject"]);
    let closed = SHOP.replace("public_access: open", "public_access: blocked, tls_only: false");
    project.write("environments/production.yaml", &closed);
    cloud.sandbox().forget_calls();
    let told = ["blocked buckets.uploads.policy the statement Hotlinks of its policy lets everyone in"];
    project.run(&["apply", "--yes"]).exits(3).shows(&told);
    crate::common::assert_nothing_written(&cloud);
}

#[test]
fn a_statement_of_the_bucket_that_widens_what_the_app_may_do_is_a_warning() {
    let (cloud, project) = cloud_and(BOUNDED);
    project.run(&["apply", "--yes"]).exits(0);
    let user = cloud.block_on(iam(&cloud).get_user().user_name("shop-app").send()).unwrap().user.unwrap();
    let statement = |sid: &str, action: &str| {
        serde_json::json!({ "Sid": sid, "Effect": "Allow", "Principal": { "AWS": user.arn() }, "Action": action,
            "Resource": "arn:aws:s3:::shop-uploads/*" })
    };
    add_statement(&cloud, statement("Same", "s3:GetObject"));
    add_statement(&cloud, statement("More", "s3:*"));
    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let plan = plan.shows(&[
        "the statement More of others lets the user shop-app do more than its grants",
        "statements of others: left alone (Same, More)",
    ]);
    assert!(!plan.stdout.contains("statement Same"), "{}", plan.stdout);
}

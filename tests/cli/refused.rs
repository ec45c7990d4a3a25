//! What services refuse: their own words are shown, and the class of the refusal decides what to do next.

use serde_json::json;
use trueup::sandbox::Fault;

use crate::common::{assert_nothing_written, cloud_and, fault, iam, refusal};
use crate::support::{Cloud, LEDGER, Project};

const SHOP: &str =
    "app: { name: shop-production }\nbuckets: { uploads: { name: shop-uploads, region: us-east-1 } }\n";

/// Every call on the bucket is refused with S3's status, code and sentence.
fn on_the_bucket((status, code, message): (u16, &str, &str)) -> Fault {
    let answer = json!({ "status": status, "id": code, "message": message });
    fault(&json!({ "path": "/shop-uploads*", "times": 999, "kind": { "refuse": answer } }).to_string())
}

/// Asserts that a plan and an apply end with an error of these words, and with no guess at whose the bucket is.
#[track_caller]
fn stops_with(cloud: &Cloud, project: &Project, words: &[&str]) {
    cloud.sandbox().forget_calls();
    for command in [&["plan"][..], &["apply", "--yes"], &["apply", "--yes", "--lock"]] {
        let ran = project.run(command).exits(1).tells(words);
        assert!(!ran.stdout.contains("another AWS account"), "{}", ran.stdout);
        assert!(!ran.stderr.contains("the same command again"), "{}", ran.stderr);
    }
    assert_nothing_written(cloud);
}

#[test]
fn a_bucket_that_s3_does_not_show_is_told_in_s3s_own_words() {
    for ((status, code, message), advice) in [
        (
            (400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
            "aws account enable-region",
        ),
        (
            (
                403,
                "AccessDenied",
                "User: arn:aws:iam::111122223333:user/me is not authorized to perform: s3:ListBucket with an explicit deny in a service control policy",
            ),
            "administers the organization",
        ),
        (
            (400, "IllegalLocationConstraintException", "The me-south-1 location constraint is incompatible"),
            "write that `region`",
        ),
        ((403, "AllAccessDisabled", "All access to this object has been disabled"), "AWS's support"),
    ] {
        let (cloud, project) = cloud_and(SHOP);
        cloud.sandbox().set_faults(vec![on_the_bucket((status, code, message))]);
        stops_with(&cloud, &project, &[message.trim_end_matches('.'), code, advice]);
    }
}

/// The project with the key of a user who has these statements, and this boundary if any.
fn as_user(
    cloud: &Cloud,
    project: Project,
    statements: &serde_json::Value,
    boundary: Option<&str>,
) -> Project {
    let iam = iam(cloud);
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let key = cloud.block_on(async {
        iam.create_user()
            .user_name("me")
            .set_permissions_boundary(boundary.map(str::to_owned))
            .send()
            .await
            .unwrap();
        iam.put_user_policy().user_name("me").policy_name("p").policy_document(policy).send().await.unwrap();
        iam.create_access_key().user_name("me").send().await.unwrap().access_key.unwrap()
    });
    project.set("AWS_ACCESS_KEY_ID", &key.access_key_id).set("AWS_SECRET_ACCESS_KEY", &key.secret_access_key)
}

#[test]
fn a_permissions_boundary_is_named_and_not_taken_for_another_account() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    let all = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    let project = as_user(&cloud, project, &all, Some("arn:aws:iam::aws:policy/IAMFullAccess"));
    stops_with(
        &cloud,
        &project,
        &[
            "because no permissions boundary allows the s3:",
            "hint: the permissions boundary of the AWS identity",
        ],
    );
}

#[test]
fn without_the_right_to_list_it_says_what_is_missing_and_what_would_tell() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    let none = json!([{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" }]);
    let project = as_user(&cloud, project, &none, None);
    stops_with(
        &cloud,
        &project,
        &["because no identity-based policy allows the s3:", "`trueup policy` prints"],
    );
    // Of another account's bucket S3 says no more than no, and only the list of one's own tells whose it is.
    cloud.sandbox().set_faults(vec![on_the_bucket((403, "AccessDenied", "Access Denied"))]);
    stops_with(
        &cloud,
        &project,
        &["Access Denied; the bucket is `shop-uploads` in us-east-1", "s3:ListAllMyBuckets"],
    );
}

#[test]
fn an_identity_that_may_not_see_a_bucket_of_its_account_is_told_the_same_alone_and_among_others() {
    let (cloud, project) = cloud_and(SHOP);
    project.write("environments/staging.yaml", &SHOP.replace("shop-", "stage-"));
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let most = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*" },
    ]);
    let project = as_user(&cloud, project, &most, None);
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    project.run(&["plan", "production", "--detailed-exitcode"]).exits(0);
}

#[test]
fn every_refusal_of_a_look_is_told_and_not_only_the_first_of_its_kind() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let denied = |operation: &str, right: &str| {
        refusal(99, operation, (403, "AccessDenied", &format!("not authorized to perform: {right}")))
    };
    cloud
        .sandbox()
        .set_faults(vec![denied("GetBucketCors", "s3:GetBucketCORS"), denied("GetUser", "iam:GetUser")]);
    project.run(&["plan"]).exits(1).tells(&["perform: s3:GetBucketCORS", "perform: iam:GetUser"]);
}

#[test]
fn only_what_may_pass_by_itself_is_to_be_run_again() {
    let scp = "not authorized to perform: s3:PutBucketCORS with an explicit deny in a service control policy";
    for (operation, (status, id, message), advice) in [
        ("PutBucketCors", (403, "AccessDenied", scp), "administers the organization"),
        ("PutBucketCors", (400, "MalformedXML", "The XML is not well-formed."), "fix what its message names"),
        ("PATCH config-vars", (402, "delinquent", "Account is delinquent."), "unpaid bills"),
        ("PATCH config-vars", (403, "forbidden", "You do not have permission."), "no right to this"),
        ("PATCH config-vars", (422, "invalid_params", "Too many."), "do what its words ask for"),
        ("PATCH config-vars", (423, "confirmation_required", "Confirm."), "confirmed by a person"),
    ] {
        let (cloud, project) = cloud_and(LEDGER);
        cloud.sandbox().set_faults(vec![refusal(99, operation, (status, id, message))]);
        let ran = project.run(&["apply", "--yes"]).exits(1);
        let ran =
            ran.tells(&[message, advice, "hint: this does not resolve itself: fix what the errors name"]);
        assert!(!ran.stderr.contains("the same command again"), "{}", ran.stderr);
        cloud.sandbox().set_faults(Vec::new());
        project.run(&["apply", "--yes"]).exits(0);
    }
    let (cloud, project) = cloud_and(LEDGER);
    cloud.sandbox().set_faults(vec![refusal(
        99,
        "PATCH config-vars",
        (409, "conflict", "A release is in progress."),
    )]);
    let again = "hint: run the same command again: it looks at what is there first";
    project.run(&["apply", "--yes"]).exits(1).tells(&["something else is under way there", again]);
}

#[test]
fn a_part_of_a_live_app_that_is_not_found_is_ordered_by_no_plan() {
    let spec = "app: { name: shop-production }\nconfig: { A: b }\n\
        addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    for part in ["addons", "addon-attachments", "config-vars", "formation"] {
        let operation = format!("GET {part}");
        let gone = refusal(99, &operation, (404, "not_found", "Couldn't find that app."));
        cloud.sandbox().set_faults(vec![gone]);
        let ran = project.run(&["plan"]).exits(1);
        ran.tells(&[&format!("`GET /apps/shop-production/{part}` failed"), "Couldn't find that app."]);
    }
}

//! Where a lock is kept, and where none can be.

use serde_json::json;

use crate::common::{SMALL, assert_nothing_written, cloud_and, writes};
use crate::support::LEDGER;
use crate::{BUCKET, assert_no_trace, live, operations, s3};

#[test]
fn the_first_apply_says_that_it_runs_unlocked() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes", "--lock"]).exits(0).tells(&[
        "warning: production is applied without a lock this time: ledger-production-uploads",
        "does not exist yet",
    ]);
    let calls = operations(&cloud);
    assert!(!calls.contains(&"PutObject".to_owned()), "{calls:?}");
    project.run(&["unlock"]).exits(0).shows(&["production is not locked"]);
}

#[test]
fn without_a_bucket_there_is_no_lock_and_nobody_is_asked() {
    let (cloud, project) = cloud_and(SMALL);
    for command in [&["apply", "--yes", "--lock"][..], &["unlock"]] {
        let ran = project.run(command).exits(1);
        ran.tells(&[
            "production has no bucket, and a lock is kept in the environment's own",
            "hint: add a bucket",
        ]);
    }
    assert_eq!(operations(&cloud), [""; 0]);
}

#[test]
fn the_first_bucket_by_its_key_holds_the_lock() {
    let spec = LEDGER.replace(
        "buckets:\n",
        "buckets:\n  archive:\n    name: ledger-production-archive\n    region: us-east-1\n",
    );
    let (cloud, project) = cloud_and(&spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes", "--lock"]).exits(0);
    let puts: Vec<_> =
        cloud.sandbox().calls().into_iter().filter(|call| call.operation == "PutObject").collect();
    assert_eq!(puts[0].path, "/ledger-production-archive/.trueup/lock");
}

#[test]
fn a_bucket_of_another_environment_gets_no_lock() {
    let (cloud, project) = live();
    project.write("environments/staging.yaml", LEDGER);
    for command in [&["apply", "staging", "--yes", "--lock"][..], &["unlock", "staging", "--yes"]] {
        project.run(command).exits(3).tells(&[
            "no lock can be kept in the bucket ledger-production-uploads",
            "it belongs to environment production of app ledger-production, as its tags say",
        ]);
    }
    assert_nothing_written(&cloud);
}

#[test]
fn a_bucket_of_another_account_or_region_gets_no_lock() {
    let (cloud, project) = live();
    let strange = project
        .set("AWS_ACCESS_KEY_ID", trueup::sandbox::OTHER_KEY)
        .set("AWS_SECRET_ACCESS_KEY", trueup::sandbox::OTHER_SECRET);
    strange.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["another AWS account's"]);
    let strange = strange
        .set("AWS_ACCESS_KEY_ID", trueup::sandbox::ROOT_KEY)
        .set("AWS_SECRET_ACCESS_KEY", trueup::sandbox::ROOT_SECRET);
    strange.write("environments/production.yaml", &LEDGER.replace("region: us-east-1", "region: eu-west-1"));
    strange.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["it is in us-east-1, and not in eu-west-1"]);
    assert_nothing_written(&cloud);
}

#[test]
fn who_may_not_write_objects_is_told_which_call_was_refused() {
    let (cloud, project) = live();
    let deny = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{BUCKET}/.trueup/*") }] });
    cloud.block_on(async {
        s3(&cloud).put_bucket_policy().bucket(BUCKET).policy(deny.to_string()).send().await.unwrap();
    });
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes", "--lock"]).exits(1).tells(&["`s3:PutObject` failed on Amazon S3"]);
    assert_eq!(writes(&cloud), [""; 0]);
    assert_no_trace(&cloud);
}

//! IAM users, whose names and tags IAM reads without regard to case.

use aws_sdk_iam::types::Tag;

use crate::common::{assert_nothing_written, cloud_and, iam, refusal};
use crate::support::LEDGER;

fn shop(keys: &str) -> String {
    format!("app: {{ name: shop-production }}\niam_users: {{ app: {{ name: shop-app{keys} }} }}\n")
}

/// saltstack/salt#24947, ansible/ansible#49911
#[test]
fn a_user_whose_name_differs_in_case_is_the_same_user() {
    let (cloud, project) = cloud_and(&shop(""));
    cloud.block_on(iam(&cloud).create_user().user_name("Shop-App").send()).unwrap();
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(3).shows(&["was there before and has no tags of trueup"]);
    assert_nothing_written(&cloud);
}

/// kubernetes/kops#11727, github-aws-runners/terraform-aws-github-runner#1346
#[test]
fn a_tag_that_differs_in_case_takes_the_place_of_the_one_that_is_there() {
    let (cloud, project) = cloud_and(&shop(", adopt: true, tags: { environment: production }"));
    let tag = Tag::builder().key("Environment").value("old").build().unwrap();
    cloud.block_on(iam(&cloud).create_user().user_name("shop-app").tags(tag).send()).unwrap();
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    let user = cloud.block_on(iam(&cloud).get_user().user_name("shop-app").send()).unwrap().user.unwrap();
    let tags: Vec<_> = user.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("environment", "production")]);
}

/// aws/aws-cdk#26253
#[test]
fn two_tags_that_are_one_to_iam_are_refused_offline() {
    let (_cloud, project) = cloud_and(&shop(", tags: { Team: a, team: b }"));
    project
        .run(&["validate"])
        .exits(1)
        .tells(&["IAM cannot tell the tag `team` from another that differs only in case"]);
}

/// widdix/complete-aws-iam-reference#15, openshift/aws-account-operator#498
#[test]
fn a_new_key_that_the_list_has_not_heard_of_is_delivered() {
    let (cloud, project) = cloud_and(LEDGER);
    // The first list is the plan's.
    let mut late = refusal(2, "ListAccessKeys", (404, "NoSuchEntity", "The user cannot be found."));
    late.skip = 1;
    cloud.sandbox().set_faults(vec![late]);
    project.run(&["apply", "--yes"]).exits(0);
    let held = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    let keys =
        cloud.block_on(iam(&cloud).list_access_keys().user_name("ledger-production-app").send()).unwrap();
    let ids: Vec<_> = keys.access_key_metadata().iter().filter_map(|key| key.access_key_id()).collect();
    assert_eq!(ids, [held["AWS_ACCESS_KEY_ID"].as_str().unwrap()]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

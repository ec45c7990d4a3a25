//! `trueup destroy --expired` as its users meet it: what is picked, that one question or the names of the apps are needed,
//! and that one environment stops no other.

use crate::common::{assert_nothing_written, cloud_and, fault, iam};
use crate::support::{Cloud, Project, Ran};

/// An environment of its own with an app, a bucket and a user.
fn spec(name: &str, more: &str) -> String {
    format!(
        "app: {{ name: shop-{name} }}\n\
         buckets: {{ uploads: {{ name: shop-{name}-uploads, region: us-east-1, protect: false }} }}\n\
         iam_users: {{ app: {{ name: shop-{name}-app, grants: {{ uploads: read }} }} }}\n{more}"
    )
}

const PAST: &str = "expires: 2026-01-01T00:00:00Z\n";
const FUTURE: &str = "expires: 2999-01-01T00:00:00Z\n";

/// Two that have expired, one that has time, and production, all of them live.
fn applied() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(&spec("production", ""));
    for (name, expires) in [("review-1", PAST), ("review-2", PAST), ("review-3", FUTURE)] {
        project.write(&format!("environments/{name}.yaml"), &spec(name, expires));
    }
    project.run(&["apply", "--all", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn destroy(project: &Project, more: &[&str]) -> Ran {
    project.run(&[&["destroy", "--expired"], more].concat())
}

fn apps(cloud: &Cloud) -> Vec<String> {
    let apps = cloud.heroku("GET", "/apps", None);
    let mut names: Vec<String> =
        apps.as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn those_that_have_expired_are_listed_and_go_and_no_other() {
    let (cloud, project) = applied();
    let gone = destroy(&project, &["--all", "--confirm", "shop-review-*"]).exits(0);
    gone.shows(&["- app shop-review-1", "- buckets.uploads shop-review-2-uploads", "deleted"]);
    assert_eq!(apps(&cloud), ["shop-production", "shop-review-3"]);
    project.run(&["plan", "production", "review-3", "--detailed-exitcode"]).exits(0);
    let again = destroy(&project, &["--all", "--confirm", "shop-review-*"]).exits(0);
    again.shows(&["nothing of review-1 is live", "nothing of review-2 is live"]);
}

#[test]
fn the_parts_of_a_fleet_are_those_of_every_other_command() {
    let (cloud, project) = applied();
    let goes = |shard: &str| {
        let listed = project.run(&["matrix", "review-1", "review-2", "--shard", shard]).exits(0).json();
        listed["include"].as_array().unwrap().len()
    };
    let before = apps(&cloud).len();
    destroy(&project, &["--shard", "1/2", "--confirm", "shop-review-*"]).exits(0);
    assert_eq!(apps(&cloud).len(), before - goes("1/2"));
    destroy(&project, &["--all", "--shard", "2/2", "--confirm", "shop-review-*"]).exits(0);
    assert_eq!(apps(&cloud), ["shop-production", "shop-review-3"]);
    project.run(&["destroy", "review-1", "--shard", "1/2"]).exits(1).tells(&["--expired"]);
}

#[test]
fn the_apps_names_are_needed_whatever_else_is_said() {
    let (cloud, project) = applied();
    destroy(&project, &["--all", "--yes"])
        .exits(1)
        .tells(&["there is no terminal to ask on", "--confirm shop-review-1 --confirm shop-review-2"]);
    destroy(&project, &["review-1", "--yes"]).exits(1).tells(&["add --confirm shop-review-1"]);
    destroy(&project, &["--all", "--confirm", "*"]).exits(3).tells(&["`shop-review-1` is not among those"]);
    assert_nothing_written(&cloud);
    let refused = destroy(&project, &["--all", "--confirm", "shop-review-2"]).exits(3);
    refused.tells(&["`shop-review-1` is not among those that `--confirm` names", "1 of 4"]);
    assert_eq!(apps(&cloud), ["shop-production", "shop-review-1", "shop-review-3"]);
}

#[test]
fn nothing_that_has_time_is_touched() {
    let (cloud, project) = applied();
    destroy(&project, &["production", "review-3", "--confirm", "shop-*"])
        .exits(0)
        .shows(&["no environment has expired"]);
    // Somebody gave it more time.
    let tag = aws_sdk_iam::types::Tag::builder().key("trueup:expires").value("2999-02-01T00:00:00Z");
    let tagged = iam(&cloud).tag_user().user_name("shop-review-1-app").tags(tag.build().unwrap());
    cloud.block_on(tagged.send()).unwrap();
    cloud.sandbox().forget_calls();
    destroy(&project, &["review-1", "--confirm", "shop-review-1"])
        .exits(0)
        .tells(&["review-1 stays: by its tags it has time until 2999-02-01T00:00:00Z"]);
    assert_nothing_written(&cloud);
}

#[test]
fn one_that_cannot_go_stops_no_other() {
    let (cloud, project) = applied();
    project.write(
        "environments/review-1.yaml",
        &spec("review-1", PAST).replace("protect: false", "protect: true"),
    );
    project.write("environments/broken.yaml", "app: { nam: x }\n");
    let ran = destroy(&project, &["--all", "--confirm", "shop-review-*"]).exits(1);
    ran.shows(&["write `protect: false` at buckets.uploads"])
        .tells(&["review-1 has something that may not be deleted", "broken"]);
    assert_eq!(apps(&cloud), ["shop-production", "shop-review-1", "shop-review-3"]);

    project.write("environments/review-1.yaml", &spec("review-1", PAST));
    std::fs::remove_file(project.file("environments/broken.yaml")).unwrap();
    project.write("environments/review-2.yaml", &spec("review-2", PAST));
    project.run(&["apply", "review-2", "--yes"]).exits(0);
    let refuse = r#"{ "operation": "DELETE apps", "kind": { "refuse": { "status": 403, "id": "forbidden", "message": "no" } } }"#;
    cloud.sandbox().set_faults(vec![fault(refuse)]);
    destroy(&project, &["--all", "--confirm", "shop-review-*"]).exits(1);
    assert_eq!(apps(&cloud).len(), 3, "one of the two is gone");
    cloud.sandbox().set_faults(Vec::new());
    destroy(&project, &["--all", "--confirm", "shop-review-*"]).exits(0);
    assert_eq!(apps(&cloud), ["shop-production", "shop-review-3"]);
}

#[test]
fn without_that_word_there_is_one_environment_at_a_time() {
    let (cloud, project) = applied();
    let two = ["destroy", "review-1", "review-2", "--confirm", "shop-review-1"];
    project.run(&two).exits(1).tells(&["takes away one environment at a time", "--expired"]);
    project.run(&["destroy", "--all"]).exits(1);
    project.run(&["destroy", "review-1", "--confirm", "shop-review-*"]).exits(3).tells(&["is not the name"]);
    assert_nothing_written(&cloud);
}

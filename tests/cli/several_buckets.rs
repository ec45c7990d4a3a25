//! Buckets of several environments: the one list of them all spares the question to each, and says nothing else than
//! the buckets themselves would.

use serde_json::{Value, json};
use trueup::sandbox::Sandbox;

use crate::common::{fault, refusal};
use crate::support::{Cloud, Project, quick};

fn spec(name: &str, region: &str) -> String {
    format!(
        "app: {{ name: shop-{name} }}\nbuckets: {{ uploads: {{ name: shop-{name}-uploads, region: {region} }} }}\n"
    )
}

/// What a plan of one environment asks about buckets that are not its own: for their list, and for the tags of one.
const BESIDE: usize = 2;

/// Two environments, each with a bucket that is not there yet.
fn two() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = at(&cloud);
    (cloud, project)
}

fn at(cloud: &Cloud) -> Project {
    let project = Project::empty().at(cloud.sandbox());
    for name in ["production", "staging"] {
        project.write(&format!("environments/{name}.yaml"), &spec(name, "us-east-1"));
    }
    project
}

/// The calls to S3 of a run, by their operations: how often each of those asked for, and how many in all.
fn asked(cloud: &Cloud, project: &Project, arguments: &[&str]) -> (usize, usize, usize) {
    cloud.sandbox().forget_calls();
    project.run(arguments).exits(0);
    let calls = cloud.sandbox().calls();
    let of_s3: Vec<&str> =
        calls.iter().filter(|call| call.service == "s3").map(|call| call.operation.as_str()).collect();
    let count = |operation: &str| of_s3.iter().filter(|one| **one == operation).count();
    (count("ListBuckets"), count("HeadBucket"), of_s3.len())
}

#[test]
fn one_list_spares_the_question_whether_each_bucket_is_there() {
    let (cloud, project) = two();
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let (lists, heads, one) = asked(&cloud, &project, &["plan", "production"]);
    assert_eq!((lists, heads), (1, 1), "of one environment, its bucket is asked, and the other for its tags");
    let settings = one - heads - BESIDE;
    assert_eq!(asked(&cloud, &project, &["plan", "--all"]), (1, 0, 1 + 2 * settings));
}

#[test]
fn a_bucket_that_the_list_lacks_is_asked_whether_it_is_there_and_not_for_its_settings() {
    let (cloud, project) = two();
    assert_eq!(asked(&cloud, &project, &["plan", "--all"]), (1, 2, 3));
}

#[test]
fn an_identity_that_may_not_list_buckets_asks_each_and_nobody_hears_of_it() {
    let (cloud, project) = two();
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let (_, _, one) = asked(&cloud, &project, &["plan", "production"]);
    cloud.sandbox().set_faults(vec![refusal(99, "ListBuckets", (403, "AccessDenied", "No."))]);
    assert_eq!(
        asked(&cloud, &project, &["plan", "--all"]),
        (1, 2, 1 + 2 * (one - BESIDE)),
        "the list is asked for once"
    );
    let ran = project.run(&["plan", "--all"]).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.matches("No changes.").count(), 2, "{}", ran.stdout);
}

/// What is refused about the bucket of production, planned alone and with the other environment.
fn blocked(project: &Project) -> [Value; 2] {
    let alone = project.run(&["plan", "production", "--format", "json"]).exits(0).json();
    let among = project.run(&["plan", "--all", "--format", "json"]).exits(0).json();
    [alone["blocked"].clone(), among["environments"][0]["blocked"].clone()]
}

#[test]
fn a_bucket_in_another_region_or_of_another_account_is_refused_as_it_is_alone() {
    let (cloud, project) = two();
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let mut state = cloud.sandbox().state().unwrap();

    project.write("environments/production.yaml", &spec("production", "eu-west-1"));
    let [alone, among] = blocked(&project);
    assert_eq!(alone[0]["address"], "buckets.uploads.region");
    assert_eq!(among, alone);

    state["aws"]["buckets"]["shop-production-uploads"]["owner"] = json!("999999999999");
    let theirs = Cloud::serving(|| Sandbox::start_from(state, quick()));
    let [alone, among] = blocked(&at(&theirs));
    assert_eq!(alone[0]["address"], "buckets.uploads.name");
    assert_eq!(among, alone);
}

#[test]
fn a_listed_bucket_that_is_gone_when_its_settings_are_read_is_planned_anew() {
    let (cloud, project) = two();
    project.run(&["apply", "--all", "--yes"]).exits(0);
    // The list is older than what is there.
    let gone = r#"{ "path": "/shop-production-uploads*", "times": 99,
        "kind": { "refuse": { "status": 404, "id": "NoSuchBucket", "message": "Gone." } } }"#;
    cloud.sandbox().set_faults(vec![fault(gone)]);
    let plan = project.run(&["plan", "--all", "--format", "json"]).exits(0).json();
    assert_eq!(plan["environments"][0]["changes"][0]["address"], "buckets.uploads");
    assert_eq!(plan["environments"][0]["changes"][0]["action"], "create");
    assert_eq!(plan["environments"][1]["changes"], json!([]));
}

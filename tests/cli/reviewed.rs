//! `plan_digest` and `apply --expect`: what is applied is what was reviewed, without any file in between.

use serde_json::Value;

use crate::common::assert_nothing_written;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

fn ledger(cloud: &Cloud) -> Project {
    Project::with(LEDGER).at(cloud.sandbox())
}

/// The digest of one plan.
fn digest(project: &Project) -> String {
    let plan = project.run(&["plan", "--format", "json"]).json();
    plan["plan_digest"].as_str().unwrap().to_owned()
}

fn expecting(project: &Project, digest: &str) -> Ran {
    project.run(&["apply", "--expect", digest])
}

#[test]
fn what_was_reviewed_is_applied_without_a_question() {
    let cloud = Cloud::start(quick());
    let project = ledger(&cloud);
    expecting(&project, &digest(&project)).exits(0);
    assert_eq!(project.run(&["plan", "--format", "json"]).changes(), []);
}

#[test]
fn another_machine_without_our_key_comes_to_the_same_digest() {
    let cloud = Cloud::start(quick());
    let project = ledger(&cloud);
    let reviewed = digest(&project);
    let elsewhere = ledger(&cloud).set("TRUEUP_FINGERPRINT_KEY", "another");
    assert_eq!(digest(&elsewhere), reviewed);
    assert_eq!(digest(&project), reviewed, "and at another time");
}

#[test]
fn what_changed_since_the_review_is_refused_before_anything_is_written() {
    let cloud = Cloud::start(quick());
    let project = ledger(&cloud);
    let reviewed = digest(&project);
    project.write(
        "environments/production.yaml",
        &LEDGER.replace("RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 9"),
    );
    cloud.sandbox().forget_calls();
    let ran = expecting(&project, &reviewed).exits(3);
    assert!(ran.stdout.contains("Plan: "), "the new plan is shown: {}", ran.stdout);
    assert!(ran.stderr.contains(&format!("expected {reviewed}")), "{}", ran.stderr);
    let writes =
        cloud.sandbox().calls().into_iter().filter(|call| call.method != "GET" && call.method != "HEAD");
    let writes: Vec<_> = writes.filter(|call| call.service == "heroku" || call.service == "s3").collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn a_large_change_that_was_reviewed_is_meant() {
    let cloud = Cloud::start(quick());
    let spec = |value: &str| {
        let vars: String = (0..12).map(|number| format!("  VAR_{number}: {value}\n")).collect();
        format!("app: {{ name: large-shop }}\nconfig:\n{vars}")
    };
    let project = Project::with(&spec("before")).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &spec("after"));
    let comment = project.run(&["plan", "--format", "markdown"]).exits(0).stdout;
    let told = "> A large change: production&#58; 12 of 13 existing resources would be changed or deleted";
    assert!(comment.contains(told), "whoever reviews it is told: {comment}");
    let reviewed = digest(&project);
    project.write("environments/production.yaml", &spec("other"));
    cloud.sandbox().forget_calls();
    expecting(&project, &reviewed).exits(3).tells(&["not what was reviewed"]);
    assert_nothing_written(&cloud);
    project.write("environments/production.yaml", &spec("after"));
    expecting(&project, &reviewed).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_secret_counts_as_changed_or_not_and_what_it_is_leaves_no_trace() {
    let cloud = Cloud::start(quick());
    let spec = "app: { name: secret-shop }\nconfig: { TOKEN: { env: TOKEN } }\n";
    let with = |token: &str| Project::with(spec).at(cloud.sandbox()).set("TOKEN", token);
    assert_eq!(digest(&with("one")), digest(&with("two")));
    with("one").run(&["apply", "--yes"]).exits(0);
    assert_ne!(digest(&with("one")), digest(&with("two")));
}

#[test]
fn drift_on_the_way_to_the_same_end_is_the_same_change() {
    let cloud = Cloud::start(quick());
    let with = |threads| {
        Project::with(&format!("app: {{ name: drift-shop }}\nconfig: {{ THREADS: {threads} }}\n"))
            .at(cloud.sandbox())
    };
    with(1).run(&["apply", "--yes"]).exits(0);
    let reviewed = digest(&with(3));
    with(2).run(&["apply", "--yes"]).exits(0);
    assert_eq!(digest(&with(3)), reviewed, "the var becomes 3, whatever it is before");
    with(3).run(&["apply", "--yes"]).exits(0);
    assert_ne!(digest(&with(3)), reviewed, "nothing is left to do");
}

#[test]
fn the_same_changes_of_another_app_are_another_plan() {
    let cloud = Cloud::start(quick());
    let with = |app: &str| {
        let project =
            Project::with(&format!("app: {{ name: {app} }}\nconfig: {{ A: b }}\n")).at(cloud.sandbox());
        project.run(&["apply", "--yes"]).exits(0);
        project
            .write("environments/production.yaml", &format!("app: {{ name: {app} }}\nconfig: {{ A: c }}\n"));
        digest(&project)
    };
    assert_ne!(with("one-shop"), with("other-shop"));
}

#[test]
fn several_plans_have_one_digest_whatever_the_order_they_were_asked_in() {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    for name in ["api", "web"] {
        project.write(&format!("environments/{name}.yaml"), &format!("app: {{ name: {name}-shop }}\n"));
    }
    let list = |arguments: &[&str]| -> Value {
        project.run(&[&["plan", "--format", "json"], arguments].concat()).json()["plan_digest"].clone()
    };
    let reviewed = list(&["--all"]);
    assert_eq!(list(&["web", "api"]), reviewed);
    let reviewed = reviewed.as_str().unwrap();
    let ran = project.run(&["apply", "web", "--expect", reviewed]).exits(3);
    assert!(ran.stderr.contains("not what was reviewed"), "another selection: {}", ran.stderr);
    project.run(&["apply", "--all", "--expect", reviewed]).exits(0);
}

#[test]
fn of_one_environment_both_digests_will_do() {
    let digests =
        |list: &Value| [list["plan_digest"].clone(), list["environments"][0]["plan_digest"].clone()];
    for number in [0, 1] {
        let cloud = Cloud::start(quick());
        let project = Project::with("app: { name: one-shop }\n").at(cloud.sandbox());
        let digests = digests(&project.run(&["plan", "--all", "--format", "json"]).json());
        assert_ne!(digests[0], digests[1]);
        expecting(&project, digests[number].as_str().unwrap()).exits(0);
    }
}

#[test]
fn what_cannot_be_planned_cannot_be_compared() {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    project.write("environments/api.yaml", "app: { name: api-shop }\n");
    project.write("environments/web.yaml", "app: { nam: web-shop }\n");
    let list = project.run(&["plan", "--all", "--format", "json"]).exits(1).json();
    assert_eq!(list["plan_digest"], Value::Null);
    let reviewed = format!("sha256:{}", "0".repeat(64));
    let ran = project.run(&["apply", "--all", "--expect", &reviewed]).exits(1);
    assert!(ran.stderr.contains("not everything could be planned, so nothing was done"), "{}", ran.stderr);
    assert_eq!(project.run(&["plan", "api", "--format", "json"]).changes().len(), 1, "nothing was made");
}

#[test]
fn the_digest_is_shown_to_people_on_request() {
    let cloud = Cloud::start(quick());
    let project = ledger(&cloud);
    let line = format!("digest     {}\n", digest(&project));
    assert!(!project.run(&["plan"]).stdout.contains("digest"));
    assert!(project.run(&["plan", "-v"]).stdout.contains(&line));
}

#[test]
fn what_is_no_digest_is_refused_at_once() {
    let project = Project::with("app: { name: one-shop }\n");
    let ran = project.run(&["apply", "--expect", "sha256:12"]).exits(1);
    assert!(ran.stderr.contains("expected `sha256:` and 64 hexadecimal digits"), "{}", ran.stderr);
    let both = format!("sha256:{}", "0".repeat(64));
    let ran = project.run(&["apply", "--expect", &both, "--plan", "plan.json"]).exits(1);
    assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
}

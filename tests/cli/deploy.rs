//! `trueup deploy` as its users meet it: from a spec to a running app, what is refused before anything is uploaded, what
//! is said of what fails, and that it goes on from where it was interrupted.

use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::Knobs;

use crate::common::{assert_nothing_written, cloud_and, fault, writes};
use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "
app: { name: shop-production }
buildpacks: [heroku/ruby]
config: { RAILS_ENV: production, TOKEN: { env: TOKEN } }
formation:
  web: { quantity: 2, size: standard-1x }
  worker: { quantity: 1, size: standard-1x }
";
const LOCK: &str = "PLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  rails\n\nBUNDLED WITH\n   2.6.9\n";
const PROCFILE: &str = "web: bin/rails server\nworker: bin/jobs\n";
const DEPLOY: [&str; 3] = ["deploy", "production", "--yes"];
const APP: &str = "/apps/shop-production";

/// An app that is applied, with code beside its spec.
fn applied_at(cloud: &Cloud) -> Project {
    let project = Project::with(SPEC).at(cloud.sandbox()).set("TOKEN", "canary-token-1");
    project.write("Gemfile", "source \"https://rubygems.org\"\ngem \"rails\"\n");
    project.write("Gemfile.lock", LOCK);
    project.write("Procfile", PROCFILE);
    project.write(".gitignore", "/home\n");
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    project
}

fn applied() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = applied_at(&cloud);
    (cloud, project)
}

fn deploy(project: &Project) -> Ran {
    project.run(&DEPLOY)
}

fn formation(cloud: &Cloud) -> Vec<String> {
    let types = cloud.heroku("GET", &format!("{APP}/formation"), None);
    let line = |one: &Value| {
        format!("{}={}:{}", one["type"].as_str().unwrap(), one["quantity"], one["size"].as_str().unwrap())
    };
    types.as_array().unwrap().iter().map(line).collect()
}

/// The description of the release that the dynos run.
fn current(cloud: &Cloud) -> String {
    let releases = cloud.heroku("GET", &format!("{APP}/releases"), None);
    let current = releases.as_array().unwrap().iter().find(|release| release["current"] == true);
    current.unwrap()["description"].as_str().unwrap().to_owned()
}

#[test]
fn three_commands_take_a_spec_to_a_running_app() {
    let folder = Project::empty();
    folder.run(&["-C", ".", "init", "--name", "shop-production"]).exits(0);
    folder.run(&["apply", "production", "--sandbox", "--yes"]).exits(0);
    folder.run(&["render", "production", "--out", "app"]).exits(0);
    folder
        .run(&["deploy", "production", "--source", "app", "--sandbox", "--yes"])
        .exits(0)
        .shows(&["+ build", "files,", "+ web", "Applied: 2 created"])
        .tells(&["-----> Using buildpacks: heroku/ruby", "Procfile declares types -> web"]);
    let again = folder.run(&["deploy", "production", "--source", "app", "--sandbox", "--yes"]).exits(0);
    again.shows(&["production: this code runs already, and nothing is left to scale"]);
    folder.run(&["plan", "production", "--sandbox", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
}

#[test]
fn code_is_uploaded_built_released_and_then_scaled() {
    let (cloud, project) = applied();
    deploy(&project).exits(0);
    assert_eq!(writes(&cloud), ["POST sources", "PUT sources", "POST builds", "PATCH formation"]);
    assert_eq!(formation(&cloud), ["web=2:Standard-1X", "worker=1:Standard-1X"]);
    let builds = cloud.heroku("GET", &format!("{APP}/builds"), None);
    let source = &builds[0]["source_blob"];
    assert_eq!(source["version"].as_str().unwrap().len(), 64);
    assert!(source["checksum"].as_str().unwrap().starts_with("SHA256:"), "{source}");
}

#[test]
fn the_same_code_is_built_once_and_other_code_anew() {
    let (cloud, project) = applied();
    deploy(&project).exits(0);
    cloud.sandbox().forget_calls();
    // What is ignored is no part of it.
    project.write("log/production.log", "1");
    project.write(".slugignore", "/log\n");
    deploy(&project).exits(0).shows(&["~ build", "runs other code"]);
    project.write("log/production.log", "2");
    cloud.sandbox().forget_calls();
    deploy(&project).exits(0).shows(&["this code runs already"]);
    assert_nothing_written(&cloud);
}

#[test]
fn what_was_rolled_back_is_built_again() {
    let (cloud, project) = applied();
    deploy(&project).exits(0);
    let first = cloud.heroku("GET", &format!("{APP}/releases"), None);
    let first = first.as_array().unwrap().last().unwrap()["id"].clone();
    project.write("app.rb", "puts 1");
    deploy(&project).exits(0);
    cloud.heroku("POST", &format!("{APP}/releases"), Some(json!({ "release": first })));
    cloud.sandbox().forget_calls();
    deploy(&project).exits(0).shows(&["runs other code"]);
    assert!(writes(&cloud).contains(&"POST builds".to_owned()), "the newest build is not what runs");
}

#[test]
fn another_stack_is_a_reason_to_build_the_same_code() {
    let (cloud, project) = applied();
    deploy(&project).exits(0);
    cloud.heroku("PATCH", APP, Some(json!({ "build_stack": "heroku-22" })));
    deploy(&project).exits(0).shows(&["it was built for heroku-24, and the app's stack is heroku-22"]);
    deploy(&project).exits(0).shows(&["this code runs already"]);
}

#[test]
fn a_lock_that_does_not_fit_is_refused_before_anything_is_uploaded() {
    let (cloud, project) = applied();
    for (file, text, words) in [
        (
            "Gemfile.lock",
            LOCK.replace("x86_64-linux", "arm64-darwin"),
            ["no platform x86_64-linux", "run `bundle lock --add-platform x86_64-linux`"],
        ),
        (
            "Gemfile",
            "gem \"rails\"\ngem \"puma\"\n".to_owned(),
            ["does not have `puma`", "run `bundle lock`"],
        ),
        (
            ".gitignore",
            "/home\nGemfile.lock\n".to_owned(),
            ["`Gemfile.lock` is named in `.gitignore`", "take `Gemfile.lock` out"],
        ),
    ] {
        let before = std::fs::read_to_string(project.file(file)).unwrap();
        project.write(file, &text);
        deploy(&project).exits(3).shows(&words).tells(&["nothing was uploaded"]);
        project.write(file, &before);
    }
    assert_nothing_written(&cloud);
    deploy(&project).exits(0);
}

#[test]
fn without_an_app_or_code_it_says_what_to_do_first() {
    let (cloud, project) = cloud_and(SPEC);
    let project = project.set("TOKEN", "canary-token-1");
    deploy(&project).exits(3).shows(&["there is no app `shop-production` yet", "trueup apply production"]);
    project
        .run(&["deploy", "--source", "nowhere", "--yes"])
        .exits(1)
        .tells(&["there is no folder `nowhere`", "--source"]);
    project.run(&["deploy", "--source", "nowhere"]).exits(1);
    assert_nothing_written(&cloud);
}

#[test]
fn nothing_is_deployed_without_a_yes() {
    let (cloud, project) = applied();
    project.run(&["deploy", "production"]).exits(1).tells(&["there is no terminal to ask on", "--yes"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_build_that_fails_says_why_and_what_runs_on() {
    let (cloud, project) = applied();
    cloud.heroku(
        "PUT",
        &format!("{APP}/buildpack-installations"),
        Some(json!({ "updates": [{ "buildpack": "heroku/nodejs" }] })),
    );
    deploy(&project).exits(0);
    let version = current(&cloud);
    let failing = Cloud::serving(|| {
        let knobs = Knobs { build_status: "failed".to_owned(), ..quick() };
        trueup::sandbox::Sandbox::start_from(cloud.sandbox().state().unwrap(), knobs)
    });
    let project = project.at(failing.sandbox());
    project.write("app.rb", "puts 1");
    deploy(&project).exits(1).tells(&[
        "the build failed, and v",
        "is still current",
        "The build was made to fail",
        "not done",
    ]);
    assert_eq!(current(&failing), version);
}

#[test]
fn a_release_phase_that_fails_leaves_what_ran() {
    let (cloud, project) = applied();
    deploy(&project).exits(0);
    let version = current(&cloud);
    project.write("Procfile", &format!("{PROCFILE}release: bin/rails db:migrate && exit 1\n"));
    deploy(&project).exits(1).tells(&[
        "failed in its release phase, and v",
        "is still current",
        "$ bin/rails db:migrate && exit 1",
        "The release command failed",
    ]);
    assert_eq!(current(&cloud), version);
    project.write("Procfile", &format!("{PROCFILE}release: bin/rails db:migrate\n"));
    deploy(&project).exits(0);
    assert_ne!(current(&cloud), version);
}

#[test]
fn a_release_phase_is_waited_for_and_shown() {
    let cloud = Cloud::start(Knobs {
        build: Duration::from_millis(200),
        release: Duration::from_millis(400),
        ..quick()
    });
    let project = applied_at(&cloud);
    project.write("Procfile", &format!("{PROCFILE}release: bin/rails db:migrate\n"));
    deploy(&project).exits(0).tells(&["$ bin/rails db:migrate", "The release command succeeded"]);
    assert_eq!(formation(&cloud), ["web=2:Standard-1X", "worker=1:Standard-1X"]);
}

#[test]
fn an_output_that_breaks_off_is_read_on() {
    let (cloud, project) = applied();
    for kind in ["truncated", "close-before", "unavailable"] {
        cloud
            .sandbox()
            .set_faults(vec![fault(&format!("{{\"operation\":\"GET streams\",\"kind\":\"{kind}\"}}"))]);
        project.write("app.rb", kind);
        let ran = deploy(&project).exits(0).tells(&["-----> Launching..."]);
        assert_eq!(ran.stderr.matches("-----> Building on").count(), 1, "{kind}: {}", ran.stderr);
    }
}

#[test]
fn what_a_build_prints_holds_no_secret_of_the_app() {
    let (cloud, project) = applied();
    // The process type's name is printed by the build.
    project.write("Procfile", &format!("{PROCFILE}canary-token-1: x\n"));
    let ran = deploy(&project).exits(0).tells(&["(sensitive)"]);
    assert!(
        !ran.stderr.contains("canary-token-1") && !ran.stdout.contains("canary-token-1"),
        "{}",
        ran.stderr
    );
    drop(cloud);
}

#[test]
fn a_busy_account_is_waited_for() {
    let (cloud, project) = applied();
    let refuse = r#"{"operation":"POST builds","kind":{"refuse":{"status":422,"id":"invalid_params","message":"Your account has reached its concurrent builds limit"}}}"#;
    cloud.sandbox().set_faults(vec![fault(refuse)]);
    deploy(&project).exits(0);
}

#[test]
fn a_build_that_an_earlier_run_began_is_followed_and_not_made_twice() {
    let cloud = Cloud::start(Knobs { build: Duration::from_secs(2), ..quick() });
    let project = applied_at(&cloud);
    // The answer is lost, and so is the look that would have found it.
    cloud.sandbox().set_faults(vec![
        fault(r#"{"operation":"POST builds","kind":"close-after"}"#),
        fault(r#"{"operation":"GET builds","skip":1,"times":9,"kind":"error-before"}"#),
    ]);
    deploy(&project).exits(1).tells(&["unknown"]);
    cloud.sandbox().set_faults(vec![]);
    deploy(&project).exits(0).shows(&["a build of it runs already"]);
    let builds = cloud.heroku("GET", &format!("{APP}/builds"), None);
    assert_eq!(builds.as_array().unwrap().len(), 1);
}

#[test]
fn events_tell_what_the_build_prints() {
    let (_cloud, project) = applied();
    project.run(&[&DEPLOY[..], &["--events", "events.jsonl"]].concat()).exits(0);
    let text = std::fs::read_to_string(project.file("events.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let printed: Vec<String> = lines
        .filter(|line| line["type"] == "output")
        .map(|line| line["line"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(printed[0], "-----> Building on the heroku-24 stack");
}

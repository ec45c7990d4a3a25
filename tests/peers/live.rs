//! `tests/live/run`, the proof for a person with real accounts, on the embedded cloud and on moto: it goes through a
//! whole life, says what the service did, and leaves nothing, also when it is killed.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::children::wait_for;
use crate::programs::{self, Server};
use crate::support::{Cloud, Project, Ran, quick};

/// The run, in a process group of its own, as a shell starts it.
fn live(project: &Project, python: &Path, words: &[&str]) -> Child {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/run");
    let mut command = Command::new(python);
    command.arg(run).arg("--yes").args(["--trueup", env!("CARGO_BIN_EXE_trueup"), "--folder"]);
    command.arg(project.file("live")).args(words).env_clear().env("TRUEUP_LIVE", "1");
    for name in ["PATH", "HOME", "HEROKU_API_KEY", "HEROKU_API_URL", "HEROKU_DATA_API_URL"] {
        command.env(name, project.variable(name));
    }
    for name in ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env(name, project.variable(name));
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_PAGER", "");
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn ended(child: Child) -> Ran {
    Ran::from(child.wait_with_output().unwrap())
}

/// Every step of the report, and how it went.
fn steps(report: &str) -> Vec<(String, String)> {
    let table = report.lines().skip_while(|line| !line.starts_with("| step")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        (cells[0].to_owned(), cells[1].to_owned())
    })
    .collect()
}

#[track_caller]
fn is_a_whole_life(report: &str) {
    let steps = steps(report);
    let failed: Vec<_> = steps.iter().filter(|(_, how)| how != "ok").collect();
    assert!(failed.is_empty(), "{failed:?}\n{report}");
    for name in [
        "apply",
        "drift",
        "verify",
        "rotate",
        "backup",
        "restore",
        "rollback",
        "clone",
        "destroy",
        "nothing is left",
    ] {
        assert!(steps.iter().any(|(step, _)| step == name), "{name} is missing\n{report}");
    }
    for question in ["| H12 |", "| L19 |"] {
        assert!(report.matches(question).count() > 8, "{question} is hardly asked\n{report}");
    }
    let unasked = report.lines().find(|line| line.contains("could not be asked"));
    assert_eq!(unasked, None);
}

#[test]
fn a_live_run_goes_through_a_whole_life_and_leaves_nothing() {
    let Some(python) = programs::of_the_system("python3") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());

    let ran = ended(live(&project, &python, &[])).exits(0);

    is_a_whole_life(&ran.stdout);
    assert!(!ran.stdout.contains("owner-token"), "the token is shown");
    assert_eq!(cloud.heroku("GET", "/apps", None), json!([]));
    let tokens = cloud.heroku("GET", "/oauth/authorizations", None);
    assert!(!tokens.to_string().contains("trueup-live"), "a token of a probe is left: {tokens}");
}

#[test]
fn a_live_run_that_is_killed_is_cleaned_up_after() {
    let Some(python) = programs::of_the_system("python3") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());

    let mut run = live(&project, &python, &[]);
    wait_for(&cloud, "CreateAccessKey", 1);
    run.kill().unwrap();

    // Its output ends when nothing of it runs any more.
    let Output { stderr, .. } = run.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(stderr.contains("the run was killed; cleaning up"), "{stderr}");
    assert!(stderr.contains("everything is gone"), "{stderr}");
    assert_eq!(cloud.heroku("GET", "/apps", None), json!([]));
}

#[test]
fn nothing_is_made_unless_it_is_asked_for() {
    let Some(python) = programs::of_the_system("python3") else { return };
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/run");
    let asked = Command::new(python).arg(run).env_clear().env("HEROKU_API_KEY", "none").output().unwrap();
    let ran = Ran::from(asked).exits(1);
    assert!(ran.stderr.contains("Nothing was done: set TRUEUP_LIVE=1"), "{}", ran.stderr);
}

#[test]
fn a_live_run_goes_through_a_whole_life_on_moto() {
    let Some(python) = programs::of_the_system("python3") else { return };
    let Some(program) = programs::program("moto_server") else { return };
    let Some(aws) = programs::program("aws") else { return };
    let (cloud, moto) = (Cloud::start(quick()), Server::moto(&program));
    let (id, secret) = operator(&moto, &aws, &cloud);
    let bin = aws.parent().unwrap().display().to_string();
    let project = Project::empty().at(cloud.sandbox());
    let path = format!("{bin}:{}", project.variable("PATH"));
    let project = project
        .set("PATH", &path)
        .set("AWS_ENDPOINT_URL", &moto.url)
        .set("AWS_ACCESS_KEY_ID", &id)
        .set("AWS_SECRET_ACCESS_KEY", &secret);

    // moto ignores the condition of the policy that denies plain http, and would deny everything.
    let ran = ended(live(&project, &python, &["--bucket", "tls_only: false"])).exits(0);

    is_a_whole_life(&ran.stdout);
    assert_eq!(cloud.heroku("GET", "/apps", None), json!([]));
}

/// A user that may do everything; from now on moto checks signatures and policies.
fn operator(moto: &Server, aws: &Path, cloud: &Cloud) -> (String, String) {
    let iam = |words: &[&str]| -> Value {
        let mut command = Command::new(aws);
        command.arg("iam").args(words).args(["--output", "json"]).env("AWS_ENDPOINT_URL", &moto.url);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_PAGER", "");
        let ran = Ran::from(command.output().unwrap()).exits(0);
        serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
    };
    let all = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    iam(&["create-user", "--user-name", "operator"]);
    let policy = ["--policy-name", "all", "--policy-document", &all.to_string()];
    iam(&[&["put-user-policy", "--user-name", "operator"], &policy[..]].concat());
    let key = iam(&["create-access-key", "--user-name", "operator"])["AccessKey"].clone();
    cloud.block_on(async {
        let enforce = reqwest::Client::new().post(format!("{}/moto-api/reset-auth", moto.url));
        let enforce = enforce.header("Content-Type", "text/plain").body("0");
        enforce.send().await.unwrap().error_for_status().unwrap();
    });
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

//! The real `heroku` program on the embedded cloud: it reads what trueup made, and what it changes is drift.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::programs;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

/// Runs `heroku` against the embedded cloud (heroku-api.md section 9).
fn heroku(program: &Path, cloud: &Cloud, project: &Project, arguments: &[&str]) -> Ran {
    let url = cloud.sandbox().url();
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", project.file("home"))
        .env("HEROKU_HOST", &url)
        .env("HEROKU_DATA_HOST", "127.0.0.1")
        .env("HEROKU_POSTGRESQL_HOST", "127.0.0.1")
        .env("HEROKU_PARTICLEBOARD_URL", &url)
        .env("HEROKU_BUILDPACK_REGISTRY_URL", &url)
        .env("HEROKU_API_KEY", "owner-token")
        .env("HEROKU_SKIP_NEW_VERSION_CHECK", "true")
        .env("DISABLE_TELEMETRY", "true")
        .env("IS_HEROKU_TEST_ENV", "true")
        .output()
        .unwrap();
    Ran::from(output)
}

#[test]
fn the_heroku_program_reads_what_trueup_made_and_its_changes_are_drift() {
    let Some(program) = programs::program("heroku") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let reads = |arguments: &[&str], expected: &[&str]| {
        let ran = heroku(&program, &cloud, &project, arguments).exits(0);
        for text in expected {
            assert!(
                ran.stdout.contains(text),
                "`heroku {}` shows {text}:\n{}",
                arguments.join(" "),
                ran.stdout
            );
        }
    };
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy(
        "ledger-production",
        json!({ "web": "bin/rails server", "worker": "bundle exec rake solid_queue:start" }),
    );
    project.run(&["apply", "--yes"]).exits(0);
    let app = ["-a", "ledger-production"];

    reads(&["apps:info", "-a", "ledger-production"], &["ledger-production", "heroku-24"]);
    reads(
        &["config", "-a", "ledger-production"],
        &["RAILS_MAX_THREADS", "DATABASE_URL", "AWS_ACCESS_KEY_ID"],
    );
    reads(&["addons", "-a", "ledger-production"], &["heroku-postgresql", "standard-0", "DATABASE"]);
    reads(&["buildpacks", "-a", "ledger-production"], &["heroku/nodejs", "heroku/ruby"]);
    reads(&["ps", "-a", "ledger-production"], &["web", "worker"]);
    reads(&["releases", "-a", "ledger-production"], &["config vars"]);

    for change in [
        &["config:set", "RAILS_MAX_THREADS=9", app[0], app[1]][..],
        &["ps:scale", "worker=3", app[0], app[1]],
        &["buildpacks:add", "https://github.com/heroku/heroku-buildpack-apt", app[0], app[1]],
    ] {
        heroku(&program, &cloud, &project, change).exits(0);
    }
    let drift = project.run(&["plan", "--format", "json"]).exits(0);
    let update = |address: &str| (address.to_owned(), "update".to_owned());
    assert_eq!(
        drift.changes(),
        [update("buildpacks"), update("config.RAILS_MAX_THREADS"), update("formation.worker")]
    );
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_heroku_program_adds_lists_and_removes_domains() {
    let Some(program) = programs::program("heroku") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::empty();
    for app in ["ledger", "shop"] {
        cloud.heroku("POST", "/apps", Some(json!({ "name": app })));
    }
    let run = |arguments: &[&str]| heroku(&program, &cloud, &project, arguments);
    run(&["domains:add", "app.ledger.example", "-a", "ledger"]).exits(0);
    run(&["domains:add", "*.ledger.example", "--wait", "-a", "ledger"]).exits(0);
    let listed = run(&["domains", "-a", "ledger"]).exits(0).stdout;
    for text in ["app.ledger.example", "*.ledger.example", "herokudns.com", "herokuapp.com"] {
        assert!(listed.contains(text), "{listed}");
    }
    let taken = run(&["domains:add", "app.ledger.example", "-a", "shop"]);
    assert!(taken.code != 0 && taken.stderr.contains("is currently in use by another app"), "{taken:?}");
    run(&["domains:remove", "*.ledger.example", "-a", "ledger"]).exits(0);
    let left = cloud.heroku("GET", "/apps/ledger/domains", None);
    let custom = left.as_array().unwrap().iter().filter(|domain| domain["kind"] == "custom");
    let names: Vec<_> = custom.map(|domain| domain["hostname"].clone()).collect();
    assert_eq!(names, ["app.ledger.example"]);
}

#[test]
fn the_heroku_program_makes_the_tokens_that_the_policy_asks_for() {
    let Some(program) = programs::program("heroku") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let made = |purpose: &str| {
        let policy = project.run(&["policy", "production", "--for", purpose, "-q"]).exits(0).json();
        let scopes: Vec<&str> =
            policy["heroku_scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
        let arguments =
            ["authorizations:create", "--scope", &scopes.join(","), "--description", "trueup", "--short"];
        heroku(&program, &cloud, &project, &arguments).exits(0).stdout.trim().to_owned()
    };
    let (reads, writes) = (made("plan"), made("apply"));
    let listed = heroku(&program, &cloud, &project, &["authorizations"]).exits(0).stdout;
    assert!(listed.contains("read-protected") && listed.contains("write-protected"), "{listed}");
    assert!(!listed.contains(&reads), "a token is shown once: {listed}");
    let run = |token: &str, arguments: &[&str]| {
        Project::with(LEDGER).at(cloud.sandbox()).set("HEROKU_API_KEY", token).run(arguments)
    };
    run(&writes, &["apply", "--yes"]).exits(0);
    run(&reads, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_heroku_program_rotates_a_databases_password_which_counts_as_the_rotation_that_is_asked_for() {
    let Some(program) = programs::program("heroku") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    let url = || cloud.heroku("GET", "/apps/ledger-production/config-vars", None)["DATABASE_URL"].clone();
    let before = url();
    let app = "ledger-production";
    let rotate = ["pg:credentials:rotate", "DATABASE", "-a", app, "--confirm", app];
    heroku(&program, &cloud, &project, &rotate).exits(0);
    let after = url();
    assert!(before != after);
    let ours = project.run(&["rotate", "production", "DATABASE_URL", "--yes"]).exits(0);
    assert!(ours.stdout.contains("from v"), "{}", ours.stdout);
    assert_eq!(url(), after);
}

#[test]
fn the_heroku_program_reads_what_a_clone_made() {
    let Some(program) = programs::program("heroku") else { return };
    let cloud = Cloud::start(quick());
    let spec = "
app:
  name: shop-production
  domains: [shop.example]
  pipeline: { name: shop, stage: production }
  log_drains: [{ env: LOG_DRAIN_URL }]
  collaborators: { ops@shop.example: [] }
addons:
  DATABASE: { plan: 'heroku-postgresql:standard-0', backups: { at: '02:00 UTC' } }
";
    let project =
        Project::with(spec).at(cloud.sandbox()).set("LOG_DRAIN_URL", "syslog+tls://logs.example:6514");
    project.run(&["apply", "--yes"]).exits(0);
    let stage = ["--set", "app.pipeline.stage=staging", "--set", "app.domains=[review.shop.example]"];
    let clone = ["clone", "production", "review", "--app", "shop-review", "--data", "--yes"];
    project.run(&[&clone[..], &stage].concat()).exits(0);
    project.run(&["backup", "review", "--yes"]).exits(0);

    for (command, expected) in [
        (&["pg:info"][..], &["standard-0", "Forked From"][..]),
        (&["pg:backups"], &["b001", "Completed"]),
        (&["pg:backups:schedules"], &["2:00"]),
        (&["domains"], &["review.shop.example"]),
        (&["access"], &["ops@shop.example"]),
        (&["drains"], &["logs.example"]),
        (&["pipelines:info", "shop"], &["shop-review", "staging", "shop-production"]),
    ] {
        let of_app = if command[0] == "pipelines:info" { &[][..] } else { &["-a", "shop-review"] };
        let words = [command, of_app].concat();
        let ran = heroku(&program, &cloud, &project, &words).exits(0);
        for text in expected {
            assert!(ran.stdout.contains(text), "`heroku {}` shows {text}:\n{}", words.join(" "), ran.stdout);
        }
    }
}

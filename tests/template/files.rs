//! What the files say, and which there are: the facts that decide whether such an application runs on Heroku.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::common::{ENVIRONMENTS, Tree, output};

#[test]
fn the_procfile_has_exactly_two_lines() {
    for environment in ["production", "staging", "minimal"] {
        assert_eq!(
            Tree::of(environment).text("Procfile"),
            "web: bin/rails server\nworker: bundle exec rake solid_queue:start\n"
        );
    }
}

#[test]
fn further_processes_are_asked_for_by_name() {
    let procfile = Tree::of("unusual").text("Procfile");
    let added: Vec<&str> = procfile.lines().skip(2).collect();
    assert_eq!(
        added,
        [
            "release: bin/rails db:migrate",
            "clock: bundle exec rake clock",
            "listen: bin/rails runner 'Listener.new(\"a\").run'"
        ]
    );
}

#[test]
fn production_says_what_heroku_needs() {
    let settings = Tree::of("production").code("config/environments/production.rb");
    for setting in [
        "config.force_ssl = true",
        "config.log_to_stdout = true",
        "config.public_file_server.enabled = true",
        "config.active_storage.service = :production",
        "config.active_job.queue_adapter = :solid_queue",
        "config.cache_store = :solid_cache_store",
        "config.silence_healthcheck_path = \"/up\"",
    ] {
        assert!(settings.iter().any(|line| line == setting), "{setting} is not in {settings:#?}");
    }
    assert!(!settings.iter().any(|line| line.contains("assume_ssl") || line.contains("connects_to")));
}

#[test]
fn without_a_bucket_production_does_not_name_one() {
    let settings = Tree::of("minimal").code("config/environments/production.rb");
    assert!(settings.iter().any(|line| line == "config.active_storage.service = :local"), "{settings:#?}");
}

#[test]
fn one_repository_serves_every_environment() {
    let (production, staging) = (Tree::of("production"), Tree::of("staging"));
    let is_deployed = |path: &String| {
        let folders = ["app/", "bin/", "config/", "db/", "lib/", "public/", "test/", ".github/"];
        folders.iter().any(|folder| path.starts_with(folder))
            || ["Gemfile", "Procfile"].contains(&path.as_str())
    };
    for path in production.files().into_iter().filter(is_deployed) {
        assert_eq!(production.text(&path), staging.text(&path), "{path}");
    }
}

#[test]
fn nothing_is_there_for_another_database_or_another_host() {
    for environment in ENVIRONMENTS {
        let files = Tree::of(environment).files();
        let is_wrong = |path: &&String| {
            path.contains("_migrate/")
                || path.starts_with("db/") && path.ends_with("_schema.rb")
                || ["Dockerfile", ".dockerignore", "config/deploy.yml", "bin/thrust", "bin/bundle"]
                    .contains(&path.as_str())
                || path.contains("credentials")
        };
        assert_eq!(files.iter().find(is_wrong), None, "{environment}");
    }
}

#[test]
fn programs_may_be_run_and_nothing_else_may() {
    let tree = Tree::of("production");
    for path in tree.files() {
        let mode = tree.file(&path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.starts_with("bin/") { 0o755 } else { 0o644 }, "{path}");
        assert_eq!(path.starts_with("bin/"), tree.text(&path).starts_with("#!/usr/bin/env ruby\n"), "{path}");
    }
}

#[test]
fn every_file_is_finished_text() {
    for environment in ENVIRONMENTS {
        let tree = Tree::of(environment);
        for path in tree.files() {
            let text = tree.text(&path);
            assert!(
                text.is_empty() || text.ends_with('\n') && !text.ends_with("\n\n"),
                "{environment}: the end of {path}"
            );
            let is_raw = |line: &&str| line.contains("{%") || line.contains("{{") && !line.contains("${{");
            assert_eq!(text.lines().find(is_raw), None, "{environment}: {path}");
            assert_eq!(text.lines().find(|line| line.ends_with(' ')), None, "{environment}: {path}");
        }
    }
}

#[test]
fn the_schema_is_as_new_as_the_last_migration() {
    for (environment, last) in [("production", "20260101000006"), ("unusual", "20250102030411")] {
        let tree = Tree::of(environment);
        let migrations: Vec<String> =
            tree.files().into_iter().filter(|path| path.starts_with("db/migrate/")).collect();
        assert_eq!(migrations.len(), 6);
        assert_eq!(migrations.last().unwrap(), &format!("db/migrate/{last}_create_documents.rb"));
        let schema = tree.text("db/schema.rb").replace('_', "");
        assert!(schema.contains(&format!("define(version: {last})")), "{environment}");
    }
}

#[test]
fn the_example_of_the_variables_names_each_and_no_secret() {
    let tree = Tree::of("unusual");
    let lines = tree.code(".env.example");
    let names: Vec<&str> = lines.iter().filter_map(|line| line.split('=').next()).collect();
    assert_eq!(
        names,
        ["EMPTY", "GREETING", "SESSION_SECRET", "STORE_ID", "STORE_NAME", "STORE_REGION", "STORE_SECRET"]
    );
    for secret in ["SESSION_SECRET=", "STORE_ID=", "STORE_SECRET="] {
        assert!(lines.iter().any(|line| line == secret), "{lines:?}");
    }
    let mut shell = Command::new("sh");
    shell.current_dir(tree.root()).args(["-c", r#". ./.env.example; printf %s "$GREETING""#]);
    assert_eq!(output(&mut shell), r#"it's "5" #{o'clock} $HOME \ %"#, "a shell reads what the spec says");
}

#[test]
fn app_json_is_the_spec_in_heroku_s_words() {
    let read = |environment: &str| -> serde_json::Value {
        serde_json::from_str(&Tree::of(environment).text("app.json")).unwrap()
    };
    let unusual = read("unusual");
    assert_eq!(
        unusual["buildpacks"],
        serde_json::json!([{ "url": "heroku/nodejs" }, { "url": "heroku/ruby" }])
    );
    let addon = serde_json::json!([
        { "plan": "heroku-postgresql:standard-0", "as": "MAIN", "options": { "version": "16" } }
    ]);
    assert_eq!(unusual["addons"], addon, "an add-on of another app is not made anew");
    assert_eq!(unusual["env"]["GREETING"]["value"], "it's \"5\" #{o'clock} $HOME \\ %");
    assert_eq!(unusual["env"]["SESSION_SECRET"]["generator"], "secret");
    assert_eq!(unusual["env"]["STORE_SECRET"].get("value"), None);

    let production = read("production");
    assert_eq!(production["formation"]["web"], serde_json::json!({ "quantity": 2, "size": "standard-1x" }));
    assert_eq!(production["env"]["RAILS_MAX_THREADS"]["value"], "5");
    assert_eq!(read("staging")["env"].get("OPENAI_API_KEY"), None, "what must be absent is not asked for");
}

#[test]
fn the_gems_are_those_that_one_database_needs() {
    let gems = Tree::of("production").code("Gemfile").join("\n");
    for gem in [
        "rails\", \"~> 8.1",
        "pg\"",
        "puma\"",
        "pgvector\"",
        "neighbor\"",
        "solid_queue\"",
        "solid_cache\"",
        "solid_cable\"",
    ] {
        assert!(gems.contains(&format!("gem \"{gem}")), "{gem}");
    }
    assert!(gems.contains("gem \"aws-sdk-s3\", require: false"));
    assert!(gems.contains("ruby file: \".ruby-version\""));
}

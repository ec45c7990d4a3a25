//! The runbooks, walked: every command of trueup in them is run from top to bottom, as somebody in an emergency would,
//! against an embedded cloud where the environment is live.

use std::process::Stdio;

use serde_json::json;

use crate::common::SPECS;
use crate::documents::blocks;
use crate::support::{Cloud, Project, Ran, quick};

const APP: &str = "ledger-production";
const DISASTER: &str = "docs/runbooks/disaster-recovery.md";
const ROTATION: &str = "docs/runbooks/secret-rotation.md";

/// Production and staging live, with the rendered app deployed to both, and two releases of other code before.
struct Walk {
    cloud: Cloud,
    project: Project,
    /// What `RELEASE` stands for: the release of the first of them.
    release: String,
}

impl Walk {
    fn begin() -> Self {
        let cloud = Cloud::start(quick());
        let project = Project::empty().at(cloud.sandbox());
        for (name, spec) in SPECS {
            project.write(&format!("environments/{name}.yaml"), spec);
        }
        let mut release = String::new();
        project.run(&["render", "production"]).exits(0);
        for (environment, app) in [("staging", "ledger-staging"), ("production", APP)] {
            project.run(&["apply", environment, "--yes"]).exits(0);
            cloud.deploy(app, json!({ "web": "bin/first", "worker": "bin/first" }));
            let releases = cloud.heroku("GET", &format!("/apps/{app}/releases"), None);
            let newest = releases.as_array().unwrap().iter().filter_map(|one| one["version"].as_u64()).max();
            release = format!("v{}", newest.unwrap());
            cloud.deploy(app, json!({ "web": "bin/second", "worker": "bin/second" }));
            project.run(&["deploy", environment, "--yes"]).exits(0);
        }
        let walk = Self { cloud, project, release };
        walk.set_by_hand();
        walk
    }

    /// What the spec leaves to somebody else.
    fn set_by_hand(&self) {
        let vars = json!({ "OPENAI_API_KEY": "set-by-hand" });
        self.cloud.heroku("PATCH", &format!("/apps/{APP}/config-vars"), Some(vars));
    }

    fn runbook(&self, path: &str) -> String {
        std::fs::read_to_string(self.project.file(path)).unwrap()
    }

    /// Runs the commands of a text, in their order. Gives them as they were run.
    #[track_caller]
    fn through(&self, text: &str) -> Vec<String> {
        let mut done = Vec::new();
        for line in blocks(text, "sh").join("\n").lines().filter(|line| line.starts_with("trueup ")) {
            // It needs PostgreSQL's programs: tests/peers/postgres.rs has it.
            if line.ends_with(" verify") && line.contains(" backup ") {
                continue;
            }
            self.run(line).exits(0);
            done.push(line.to_owned());
        }
        done
    }

    /// Runs a command as a person would, who fills in what stands in capitals, and answers what is asked.
    fn run(&self, line: &str) -> Ran {
        let line =
            line.replace("RELEASE", &self.release).replace("TARGET", "staging").replace("BACKUP", "b001");
        let mut words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let answers: &[&str] = match (words[0], words[1]) {
            ("restore", "staging") => &["--yes", "--confirm", "ledger-staging"],
            ("restore", _) => &["--yes", "--confirm", APP],
            ("rotate", _) if !words.contains(&"--grace") => &["--yes", "--grace", "0s"],
            ("rotate" | "apply" | "deploy" | "rollback" | "backup", _) => &["--yes"],
            _ => &[],
        };
        words.extend(answers);
        let mut command = self.project.command(&words);
        Ran::from(command.stdin(Stdio::null()).output().unwrap())
    }

    #[track_caller]
    fn is_as_the_file_says(&self) {
        self.project.run(&["plan", "production", "--detailed-exitcode"]).exits(0);
        self.project.run(&["verify", "production"]).exits(0);
    }
}

/// What stands between a heading and the next of its rank.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

#[test]
fn the_runbook_of_disasters_is_walked_from_top_to_bottom() {
    let walk = Walk::begin();
    let done = walk.through(&walk.runbook(DISASTER));
    for command in [
        "trueup backup production list",
        "trueup backup production capture",
        "trueup backup production download",
        "trueup restore TARGET --from production",
        "trueup restore production --from BACKUP --allow-protected",
        "trueup rollback production",
        "trueup rollback production RELEASE",
        "trueup deploy production",
        "trueup verify production",
    ] {
        assert!(done.iter().any(|one| one == command), "{command} is not in {done:#?}");
    }
    walk.is_as_the_file_says();
}

#[test]
fn the_runbook_of_secrets_is_walked_from_top_to_bottom() {
    let walk = Walk::begin();
    let before = walk.cloud.heroku("GET", &format!("/apps/{APP}/config-vars"), None);
    let done = walk.through(&walk.runbook(ROTATION));
    assert!(done.iter().filter(|line| line.starts_with("trueup rotate ")).count() >= 4, "{done:#?}");
    let after = walk.cloud.heroku("GET", &format!("/apps/{APP}/config-vars"), None);
    for var in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE", "DATABASE_URL"] {
        assert_ne!(before[var], after[var], "{var} is the old one");
    }
    assert_eq!(before["OPENAI_API_KEY"], after["OPENAI_API_KEY"], "somebody else's");
    walk.is_as_the_file_says();
}

#[test]
fn an_app_that_is_lost_as_a_whole_comes_back() {
    let walk = Walk::begin();
    walk.cloud.heroku("DELETE", &format!("/apps/{APP}"), None);

    let text = walk.runbook(DISASTER);
    let (first, then) = section(&text, "The environment itself").split_once("What was set by hand").unwrap();
    assert_eq!(walk.through(first), ["trueup plan production", "trueup apply production"]);
    walk.set_by_hand();
    assert_eq!(walk.through(then), ["trueup deploy production", "trueup verify production"]);
    walk.is_as_the_file_says();
}

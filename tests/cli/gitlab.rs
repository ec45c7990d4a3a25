//! The jobs of `init --ci gitlab`, executed: their own scripts, as they were written, against the embedded cloud and a
//! small GitLab.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::common::assert_nothing_written;
use crate::loopback::{Call, Server};
use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "app: { name: shop-production }\nconfig: { THREADS: 5, LEVEL: info }\n";
const MARK: &str = "<!-- trueup:plan:all ";
const BOT: u64 = 77;

/// A project with one environment and GitLab's jobs, and the services around it.
struct Scene {
    cloud: Cloud,
    project: Project,
    server: Server,
    /// The notes of the one merge request, oldest first.
    notes: Arc<Mutex<Vec<Value>>>,
}

impl Scene {
    fn new() -> Self {
        let cloud = Cloud::start(quick());
        let project = Project::with(SPEC).at(cloud.sandbox());
        project.run(&["init", "--ci", "gitlab"]).exits(0);
        let notes = Arc::<Mutex<Vec<Value>>>::default();
        let shared = Arc::clone(&notes);
        let server = Server::start(move |call| answer(call, &mut shared.lock().unwrap()));
        Self { cloud, project, server, notes }
    }

    /// Runs what a job runs, in one shell as GitLab's runner does.
    fn job(&self, name: &str, set: &[(&str, &str)]) -> Ran {
        let text = std::fs::read_to_string(self.project.file(".gitlab-ci.trueup.yml")).unwrap();
        let file: Value = serde_yaml::from_str(&text).unwrap();
        let (shared, job) = (&file[".trueup"], &file[name]);
        let lines = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
        };
        let script = [lines(&shared["before_script"]), lines(&job["script"])].concat().join("\n");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
            .current_dir(self.project.path());
        let token = self.project.file("aws-token").display().to_string();
        let bin = std::path::Path::new(env!("CARGO_BIN_EXE_trueup")).parent().unwrap().display().to_string();
        let cloud = self.project.command(&[]);
        for (name, value) in cloud.get_envs().filter(|(name, _)| *name != "HEROKU_API_KEY") {
            command.env(name, value.unwrap());
        }
        command.env("PATH", format!("{bin}:{}", self.project.variable("PATH")));
        for variables in [&shared["variables"], &job["variables"]] {
            for (name, value) in variables.as_object().unwrap() {
                let value = match value.as_str().unwrap() {
                    "$HEROKU_PLAN_KEY" => "plan-key-canary",
                    "$HEROKU_APPLY_KEY" => "apply-key-canary",
                    "$AWS_PLAN_ROLE" | "$AWS_APPLY_ROLE" => "",
                    other => other,
                };
                command.env(name, value);
            }
        }
        command.envs([
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
            ("AWS_TOKEN", "e30.e30.signature"),
            ("NOTES_TOKEN", "notes"),
            ("CI_API_V4_URL", &format!("{}/api/v4", self.server.url)),
            ("CI_PROJECT_ID", "5"),
            ("CI_COMMIT_SHA", "merged"),
            ("CI_DEFAULT_BRANCH", "main"),
        ]);
        Ran::from(command.envs(set.iter().copied()).output().unwrap())
    }

    fn plan(&self) -> Ran {
        self.job("trueup:plan", &[("CI_MERGE_REQUEST_IID", "7")])
    }

    fn note(&self, author: u64, text: &str) {
        let mut notes = self.notes.lock().unwrap();
        let id = notes.len() + 100;
        notes.push(json!({ "id": id, "author": { "id": author }, "body": text }));
    }

    /// What the bot says.
    fn ours(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap();
        let ours = notes.iter().filter(|note| note["author"]["id"] == BOT);
        ours.map(|note| note["body"].as_str().unwrap().to_owned()).collect()
    }
}

fn answer(call: &Call, notes: &mut Vec<Value>) -> (u16, Value) {
    let below = call.path.strip_prefix("/api/v4").unwrap_or_default();
    if call.token != "notes" {
        return (401, json!({ "message": "401 Unauthorized" }));
    }
    match (call.method.as_str(), below) {
        ("GET", "/user") => (200, json!({ "id": BOT })),
        ("GET", "/projects/5/merge_requests/7/notes") => {
            assert_eq!(call.query["sort"], "asc");
            (200, call.page(notes.clone()))
        }
        ("POST", "/projects/5/merge_requests/7/notes") => {
            let note = json!({ "id": notes.len() + 100, "author": { "id": BOT }, "body": call.text() });
            notes.push(note.clone());
            (201, note)
        }
        ("PUT", path) => {
            let id = path
                .strip_prefix("/projects/5/merge_requests/7/notes/")
                .and_then(|id| id.parse::<u64>().ok());
            let note =
                notes.iter_mut().find(|note| Some(&note["id"]) == id.map(Value::from).as_ref()).unwrap();
            note["body"] = call.text().into();
            (200, note.clone())
        }
        ("GET", "/projects/5/repository/commits/merged/merge_requests") => {
            let request = |iid: u64, state: &str, target: &str| {
                json!({
                    "iid": iid, "state": state, "target_branch": target, "sha": "head", "merge_commit_sha": null,
                    "squash_commit_sha": "merged",
                })
            };
            let others = [request(8, "opened", "main"), request(9, "merged", "feature")];
            (200, others.into_iter().chain([request(7, "merged", "main")]).collect())
        }
        _ => (404, json!({ "message": "404 Not Found" })),
    }
}

#[test]
fn a_request_gets_one_note_that_its_next_commit_changes_and_a_merge_applies_what_it_says() {
    let scene = Scene::new();
    (0..130).for_each(|_| scene.note(1, &format!("{MARK}sha256:0 -->")));
    scene.note(1, &"x".repeat(2_000_000));
    scene.plan().exits(0);
    scene.project.write("environments/production.yaml", &SPEC.replace('5', "9"));
    scene.plan().exits(0);
    let [ours] = scene.ours().try_into().unwrap();
    assert!(ours.starts_with(&format!("{MARK}sha256:")) && ours.contains("shop-production"), "{ours}");
    assert_nothing_written(&scene.cloud);
    let ran = scene.job("trueup:apply", &[]).exits(0);
    assert!(
        ran.stdout.contains("reviewed on !7: sha256:") && ran.stdout.contains("Applied: "),
        "{}",
        ran.stdout
    );
    scene.project.run(&["plan", "--detailed-exitcode"]).exits(0);
    scene.job("trueup:apply", &[]).exits(0).shows(&["reviewed on !7"]);
}

#[test]
fn what_is_not_as_reviewed_is_shown_and_applied_by_hand() {
    let scene = Scene::new();
    scene.plan().exits(0);
    scene.project.write("environments/production.yaml", &SPEC.replace('5', "9"));
    let ran = scene.job("trueup:apply", &[]).exits(1);
    assert_nothing_written(&scene.cloud);
    let mark = ran.stdout.lines().find(|line| line.starts_with(MARK)).unwrap();
    let digest = mark.trim_start_matches(MARK).trim_end_matches(" -->");
    scene.job("trueup:apply", &[("REVIEWED", digest)]).exits(0);
    scene.project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_plan_that_fails_is_a_note_too_and_nothing_that_was_reviewed() {
    let scene = Scene::new();
    scene.plan().exits(0);
    scene.project.write("environments/production.yaml", "app: { name: shop, regoin: us }\n");
    scene.plan().exits(1);
    assert!(scene.ours()[0].starts_with(&format!("{MARK}incomplete -->")), "{:?}", scene.ours());
    let ran = scene.job("trueup:apply", &[]).exits(1);
    assert!(ran.stdout.contains("reviewed on !7: nothing"), "{}", ran.stdout);
    assert_nothing_written(&scene.cloud);
}

#[test]
fn the_nightly_job_fails_where_something_differs() {
    let scene = Scene::new();
    scene.project.run(&["apply", "--yes"]).exits(0);
    scene.job("trueup:drift", &[]).exits(0);
    let by_hand = json!({ "LEVEL": "debug" });
    scene.cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand));
    scene.job("trueup:drift", &[]).exits(2).shows(&["config.LEVEL"]);
}

//! The workflow of `init --ci github`, executed: its own text, as it was written, against the embedded cloud and a
//! small GitHub.

pub mod expressions;
mod github;
pub mod runner;

use serde_json::Value;

use crate::common::{assert_nothing_written, refusal, writes};
use crate::selected::{commit, git};
use crate::support::{Cloud, Project, quick};
use github::{BOT, GitHub, REPOSITORY};
use runner::Ended::{Failure, Success};
use runner::{Event, Keys, Run, Runner};

const FILE: &str = ".github/workflows/trueup.yml";
const MARK: &str = "<!-- trueup:plan:all ";
const SPEC: &str = "app: { name: shop-production }\nconfig: { THREADS: 5, LEVEL: info }\n\
                    buckets: { uploads: { name: shop-production-uploads, region: us-east-1 } }\n";

/// A repository with one environment, its workflow, and the services around it.
struct Scene {
    cloud: Cloud,
    github: GitHub,
    project: Project,
    keys: Keys,
}

impl Scene {
    fn new() -> Self {
        let cloud = Cloud::start(quick());
        let project = Project::with(SPEC).at(cloud.sandbox());
        project.run(&["init"]).exits(0);
        let keys = Keys::new(&cloud);
        cloud.sandbox().forget_calls();
        Self { cloud, github: GitHub::start(), project, keys }
    }

    fn run(&self, event: &Event) -> Run {
        Runner::new(&self.project, &self.cloud, &self.github, &self.keys).run(FILE, event)
    }

    /// A request of this repository is opened, or gets another commit.
    fn request(&self) -> Run {
        self.run(&Event::request(7, REPOSITORY))
    }

    /// The request is merged.
    fn merge(&self) -> Run {
        self.github.with(|known| known.merged.insert("merged".to_owned(), 7));
        self.run(&Event::push("merged"))
    }

    fn spec(&self, from: &str, to: &str) {
        self.project.write("environments/production.yaml", &SPEC.replace(from, to));
    }

    /// What the bot says on the request.
    fn plan(&self) -> String {
        let comments = self.github.comments(7);
        let ours: Vec<_> = comments.into_iter().filter(|(author, _)| author == BOT).collect();
        assert_eq!(ours.len(), 1, "{ours:?}");
        ours.into_iter().next().unwrap().1
    }

    fn is_true(&self) -> bool {
        self.project.run(&["plan", "--detailed-exitcode"]).code == 0
    }
}

fn config(cloud: &Cloud) -> Value {
    cloud.heroku("GET", "/apps/shop-production/config-vars", None)
}

/// What the jobs of a merge come to; no other runs.
fn merged(apply: runner::Ended) -> [(&'static str, runner::Ended); 3] {
    [("apply", apply), ("build", Success), ("validate", Success)]
}

#[test]
fn a_request_gets_one_comment_that_its_next_commit_patches() {
    let scene = Scene::new();
    let planned = [("build", Success), ("plan", Success), ("validate", Success)];
    let run = scene.request();
    run.ended(&planned);
    let first = scene.plan();
    assert!(first.starts_with(&format!("{MARK}sha256:")), "{first}");
    assert!(first.contains("shop-production-uploads"), "{first}");
    assert!(run.summary.contains("### trueup validate: 1 environment, all valid"), "{}", run.summary);
    assert!(run.summary.contains("shop-production-uploads"), "the plan is in the summary too");
    scene.spec("THREADS: 5", "THREADS: 9");
    scene.request().ended(&planned);
    let second = scene.plan();
    assert_ne!(second.lines().next(), first.lines().next());
    assert_nothing_written(&scene.cloud);
}

#[test]
fn the_comment_is_found_among_hundreds_and_those_of_others_are_left_alone() {
    let scene = Scene::new();
    scene.github.comment("mallory", 7, &format!("{MARK}sha256:0 -->"));
    let of_nobody = serde_json::json!({ "id": 1, "number": 7, "user": null, "body": null });
    scene.github.with(|known| known.comments.push(of_nobody));
    (0..150).for_each(|number| scene.github.comment("someone", 7, &format!("{number}, {MARK}")));
    scene.request();
    (0..150).for_each(|_| scene.github.comment("someone", 7, "and more"));
    scene.spec("THREADS: 5", "THREADS: 9");
    scene.request();
    assert!(scene.plan().starts_with(MARK));
    assert_eq!(scene.github.comments(7).len(), 303);
    assert_eq!(scene.github.comments(7)[0].1, format!("{MARK}sha256:0 -->"));
}

#[test]
fn a_plan_that_fails_takes_the_place_of_the_one_before_and_cannot_be_applied() {
    let scene = Scene::new();
    scene.request();
    scene
        .project
        .write("environments/staging.yaml", "app: { name: shop-staging }\nconfig: { A: { env: NONE } }\n");
    let run = scene.request();
    run.ended(&[("build", Success), ("plan", Failure), ("validate", Success)]);
    assert!(scene.plan().starts_with(&format!("{MARK}incomplete -->")), "{}", scene.plan());
    scene.merge().ended(&merged(Failure));
    assert_nothing_written(&scene.cloud);
}

#[test]
fn what_was_reviewed_is_applied_when_it_is_merged() {
    let scene = Scene::new();
    scene.request();
    let run = scene.merge();
    run.ended(&merged(Success));
    assert!(scene.is_true());
    assert!(run.output("Apply").contains("Applied: "), "{}", run.output("Apply"));
    // Running it again is well: what was reviewed is done.
    scene.cloud.sandbox().forget_calls();
    scene.merge().ended(&merged(Success));
    assert_nothing_written(&scene.cloud);
}

#[test]
fn an_apply_that_was_cut_off_goes_on_by_hand_with_what_is_left() {
    let scene = Scene::new();
    scene.request();
    scene.cloud.sandbox().set_faults(vec![refusal(99, "CreateBucket", (403, "AccessDenied", "No."))]);
    let run = scene.merge();
    run.ended(&merged(Failure));
    assert!(run.summary.contains("shop-production-uploads"), "{}", run.summary);
    scene.cloud.sandbox().set_faults(Vec::new());
    let run = scene.merge();
    run.ended(&merged(Failure));
    assert!(run.output("Apply").contains("not what was reviewed"), "{}", run.output("Apply"));
    let (_, digest) = run.summary.trim_end().rsplit_once(' ').unwrap();
    scene.run(&Event::by_hand(digest)).ended(&merged(Success));
    assert!(scene.is_true());
}

#[test]
fn a_world_that_moved_since_the_review_stops_the_apply_and_is_shown_and_can_be_applied_by_hand() {
    let scene = Scene::new();
    scene.project.run(&["apply", "--yes"]).exits(0);
    scene.spec("THREADS: 5", "THREADS: 9");
    scene.request();
    let change = serde_json::json!({ "LEVEL": "debug" });
    scene.cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(change));
    scene.cloud.sandbox().forget_calls();
    let run = scene.merge();
    run.ended(&merged(Failure));
    assert_nothing_written(&scene.cloud);
    assert!(run.output("Apply").contains("not what was reviewed"), "{}", run.output("Apply"));
    assert!(run.summary.contains("LEVEL                changed to info"), "{}", run.summary);
    let (_, digest) = run.summary.trim_end().rsplit_once(' ').unwrap();
    let run = scene.run(&Event::by_hand(digest));
    run.ended(&merged(Success));
    assert_eq!(config(&scene.cloud), serde_json::json!({ "LEVEL": "info", "THREADS": "9" }));
}

#[test]
fn with_many_environments_a_merge_can_be_about_those_that_it_changes() {
    let scene = Scene::new();
    // As docs/ci.md says it.
    let text = std::fs::read_to_string(scene.project.file(FILE)).unwrap();
    let changed = text
        .replace("plan --all", "plan --changed-since HEAD^1")
        .replace("apply --all", "apply --changed-since HEAD^1")
        .replace("persist-credentials: false", "persist-credentials: false\n          fetch-depth: 2");
    scene.project.write(FILE, &changed);
    scene
        .project
        .write("environments/staging.yaml", "app: { name: shop-staging }\nconfig: { LEVEL: info }\n");
    scene.project.write(".gitignore", "home/\n");
    git(&scene.project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&scene.project);
    scene.project.run(&["apply", "--all", "--yes"]).exits(0);
    git(&scene.project, &["checkout", "--quiet", "-b", "request"]);
    for threads in ["7", "9"] {
        scene.spec("THREADS: 5", &format!("THREADS: {threads}"));
        commit(&scene.project);
    }
    // What GitHub plans a request on.
    git(&scene.project, &["checkout", "--quiet", "-b", "merged-for-the-plan", "main"]);
    git(&scene.project, &["merge", "--quiet", "--no-ff", "request", "--message", "a merge"]);
    scene.request();
    assert!(!scene.plan().contains("shop-staging"), "{}", scene.plan());
    // Drift in another environment is no reason to stop, and is left to the night.
    let drift = serde_json::json!({ "LEVEL": "debug" });
    scene.cloud.heroku("PATCH", "/apps/shop-staging/config-vars", Some(drift.clone()));
    git(&scene.project, &["checkout", "--quiet", "main"]);
    git(&scene.project, &["merge", "--quiet", "--squash", "request"]);
    commit(&scene.project);
    scene.merge().ended(&merged(Success));
    assert_eq!(config(&scene.cloud)["THREADS"], "9");
    assert_eq!(scene.cloud.heroku("GET", "/apps/shop-staging/config-vars", None), drift);
}

#[test]
fn comments_of_megabytes_are_read_like_any_other() {
    let scene = Scene::new();
    let plan = scene.project.run(&["plan", "--all", "--format", "markdown"]).exits(0).stdout;
    let (mark, much) = (plan.lines().next().unwrap(), "x".repeat(2_000_000));
    scene.github.comment("mallory", 7, &format!("{mark}\n{much}"));
    scene.github.comment(BOT, 7, &format!("{mark}\n{much}"));
    scene.merge().ended(&merged(Success));
    assert!(scene.is_true());
    scene.request();
    assert!(scene.plan().len() < 64_000, "it takes the place of the large one");
}

#[test]
fn a_repository_with_another_default_branch_applies_what_is_merged_there_and_nothing_else() {
    let scene = Scene::new();
    std::fs::remove_file(scene.project.file(FILE)).unwrap();
    scene.project.run(&["init", "--branch", "trunk"]).exits(0);
    scene.request();
    scene.github.with(|known| known.merged.insert("merged".to_owned(), 7));
    let to = |branch: &str| Event { git_ref: format!("refs/heads/{branch}"), ..Event::push("merged") };
    scene.run(&to("main")).ended(&[("build", Success), ("validate", Success)]);
    assert_nothing_written(&scene.cloud);
    scene.github.with(|known| known.base = Some("trunk".to_owned()));
    scene.run(&to("trunk")).ended(&merged(Success));
    assert!(scene.is_true());
}

#[test]
fn what_others_say_was_reviewed_counts_for_nothing() {
    let scene = Scene::new();
    let plan = scene.project.run(&["plan", "--all", "--format", "markdown"]).exits(0).stdout;
    scene.github.comment("mallory", 7, &plan);
    let run = scene.merge();
    run.ended(&merged(Failure));
    assert_nothing_written(&scene.cloud);
    assert!(
        run.output("Find what was reviewed on the request that was merged")
            .contains("reviewed on #7: nothing")
    );
}

#[test]
fn a_commit_that_came_with_no_request_is_applied_only_where_nothing_is_to_do() {
    let scene = Scene::new();
    scene.run(&Event::push("straight")).ended(&merged(Failure));
    assert_nothing_written(&scene.cloud);
    scene.project.run(&["apply", "--yes"]).exits(0);
    scene.run(&Event::push("straight")).ended(&merged(Success));
}

#[test]
fn a_digest_that_is_none_is_refused() {
    let scene = Scene::new();
    for rubbish in ["sha256:12", "--yes", "$(touch pwned)", "x\ny"] {
        scene.run(&Event::by_hand(rubbish)).ended(&merged(Failure));
    }
    assert_nothing_written(&scene.cloud);
}

#[test]
fn a_fork_and_dependabot_get_validation_and_a_summary_and_no_secret() {
    let scene = Scene::new();
    let mut of_dependabot = Event::request(8, REPOSITORY);
    of_dependabot.payload["pull_request"]["user"]["login"] = "dependabot[bot]".into();
    let mut of_nobody = Event::request(9, "gone");
    of_nobody.payload["pull_request"]["head"]["repo"] = Value::Null;
    for event in [Event::request(7, "fork/ledger"), of_dependabot, of_nobody] {
        let run = scene.run(&event);
        run.ended(&[("build", Success), ("validate", Success)]);
        assert!(run.summary.contains("| `production` | valid |"), "{}", run.summary);
        for step in &run.steps {
            let held = format!("{:?}", step.environment);
            for secret in [&scene.keys.plan, &scene.keys.apply, "token of", "arn:aws:iam"] {
                assert!(!held.contains(secret), "{}: {held}", step.name);
            }
        }
    }
    assert!(scene.cloud.sandbox().calls().is_empty(), "nothing was asked of anybody");
    assert!(scene.github.with(|known| known.calls.is_empty()));
}

#[test]
fn a_mistake_stops_everything_before_any_secret_is_used() {
    let scene = Scene::new();
    scene.spec("THREADS", "THREADS: 1, THREADS");
    let run = scene.request();
    run.ended(&[("build", Success), ("validate", Failure)]);
    assert!(run.summary.contains("1 with mistakes"), "{}", run.summary);
    assert!(run.output("Validate").contains("::error file=environments/production.yaml,line=2"));
}

#[test]
fn drift_is_told_in_one_issue_that_is_opened_updated_and_closed() {
    let scene = Scene::new();
    let night = |ended| {
        let run = scene.run(&Event::night());
        run.ended(&[("build", Success), ("drift", ended)]);
        scene.github.with(|known| known.issues.clone())
    };
    // Somebody else's issue under the same name.
    let other = serde_json::json!({
        "number": 1, "state": "open", "user": { "login": "mallory" }, "labels": [{ "name": "trueup-drift" }],
        "body": "<!-- trueup:drift:all -->",
    });
    scene.github.with(|known| known.issues.push(other.clone()));
    let set = |level: &str| {
        let change = serde_json::json!({ "LEVEL": level });
        scene.cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(change));
    };
    scene.project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(night(Success).len(), 1, "no drift, no issue");
    set("debug");
    let issues = night(Success);
    assert_eq!((issues.len(), &issues[1]["state"]), (2, &"open".into()));
    let body = issues[1]["body"].as_str().unwrap();
    assert!(body.starts_with("<!-- trueup:drift:all -->\n") && body.contains("config.LEVEL"), "{body}");
    assert!(body.contains("/actions/runs/1"), "{body}");
    scene.cloud.heroku(
        "PATCH",
        "/apps/shop-production/config-vars",
        Some(serde_json::json!({ "THREADS": "1" })),
    );
    // What people make of the issue is theirs.
    let labels = serde_json::json!([{ "name": "trueup-drift" }, { "name": "seen" }]);
    scene.github.with(|known| {
        known.issues[1]["title"] = "Who set LEVEL?".into();
        known.issues[1]["labels"] = labels.clone();
    });
    let issues = night(Success);
    assert_eq!((&issues[1]["title"], &issues[1]["labels"]), (&"Who set LEVEL?".into(), &labels));
    assert_eq!(issues.len(), 2, "the same one");
    assert!(issues[1]["body"].as_str().unwrap().contains("config.THREADS"));
    // A night in which nobody could look says nothing about it.
    let fault = refusal(99, "GET config-vars", (403, "forbidden", "No."));
    scene.cloud.sandbox().set_faults(vec![fault]);
    assert_eq!(night(Failure), issues);
    scene.cloud.sandbox().set_faults(Vec::new());
    scene.project.run(&["apply", "--yes"]).exits(0);
    let issues = night(Success);
    assert_eq!(issues[1]["state"], "closed");
    assert_eq!(issues[0], other, "what others write is left alone");
    set("debug");
    assert_eq!(night(Success).len(), 3, "a new one, since the other is closed");
}

#[test]
fn a_key_is_in_no_step_but_those_that_only_run_trueup() {
    let scene = Scene::new();
    let Keys { plan, apply } = &scene.keys;
    let mut with_key = Vec::new();
    for run in [scene.request(), scene.merge()] {
        for step in run.steps {
            let held = format!("{:?}", step.environment);
            if held.contains(plan) {
                with_key.push(step.name);
            } else if held.contains(apply) {
                assert_eq!(step.job, "apply");
                with_key.push(step.name);
            }
            assert!(!step.output.contains(plan) && !step.output.contains(apply));
        }
    }
    assert_eq!(with_key, ["Plan", "Apply"]);
    assert!(!writes(&scene.cloud).is_empty());
}

#[test]
fn a_workflow_that_was_not_set_up_says_what_is_missing() {
    let scene = Scene::new();
    let text = std::fs::read_to_string(scene.project.file(FILE)).unwrap();
    let (_, script) = text.split_once("        run: |\n          : \"").unwrap();
    let script = format!(": \"{}", script.split("\n      - ").next().unwrap());
    let ran = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        !ran.status.success() && said.contains("TRUEUP_SOURCE: say at the top of this workflow"),
        "{said}"
    );
}

#[test]
fn no_plan_delays_an_apply_and_no_job_has_more_rights_than_it_uses() {
    let scene = Scene::new();
    let text = std::fs::read_to_string(scene.project.file(FILE)).unwrap();
    let workflow: Value = serde_yaml::from_str(&text).unwrap();
    assert!(workflow.get("concurrency").is_none());
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let jobs = workflow["jobs"].as_object().unwrap();
    for (name, job) in jobs {
        assert!(job["timeout-minutes"].is_number(), "{name}");
        assert!(job.get("env").is_none(), "{name}: a secret of a job is in all its steps");
        for step in job["steps"].as_array().unwrap() {
            let Some(action) = step["uses"].as_str() else { continue };
            let (owner, commit) = (action.split('/').next().unwrap(), action.split_once('@').unwrap().1);
            assert_eq!((owner, commit.len()), ("actions", 40), "{action}");
        }
    }
    assert!(jobs["build"].get("permissions").is_none(), "what builds has no rights at all");
    let concurrency = |job: &str| &jobs[job]["concurrency"];
    assert_ne!(concurrency("plan")["group"], concurrency("apply")["group"]);
    assert_eq!(concurrency("apply")["cancel-in-progress"], false);
    assert_eq!(jobs["apply"]["environment"], "production");
}

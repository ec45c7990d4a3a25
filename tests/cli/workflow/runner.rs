//! Runs a workflow as GitHub's runner does, as far as ours need it: which jobs, in which order, with which secrets and
//! rights; the shell of every `run:` with bash; and in place of GitHub's own actions what they do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use super::expressions::{filled_in, holds};
use super::github::{GitHub, REPOSITORY};
use crate::support::{Cloud, Project};

/// The keys of Heroku that the repository keeps, with no more scopes than the workflow says to give them: for every
/// job, and for those of its protected environment.
pub struct Keys {
    pub plan: String,
    pub apply: String,
}

impl Keys {
    pub fn new(cloud: &Cloud) -> Self {
        let key = |scope: &str| {
            let made = cloud.heroku("POST", "/oauth/authorizations", Some(json!({ "scope": [scope] })));
            made["access_token"]["token"].as_str().unwrap().to_owned()
        };
        Self { plan: key("read-protected"), apply: key("write-protected") }
    }
}

/// What happened in the repository.
pub struct Event {
    pub name: &'static str,
    pub payload: Value,
    pub git_ref: String,
    pub commit: &'static str,
    pub inputs: Value,
}

impl Event {
    /// A request was opened or updated; its branch is in this repository.
    pub fn request(number: u64, head: &str) -> Self {
        let payload = json!({ "pull_request": {
            "number": number, "user": { "login": "someone" },
            "head": { "repo": { "full_name": head } }, "base": { "repo": { "full_name": REPOSITORY } },
        } });
        let git_ref = format!("refs/pull/{number}/merge");
        Self { name: "pull_request", payload, git_ref, commit: "merge-commit", inputs: Value::Null }
    }

    /// Something was merged.
    pub fn push(commit: &'static str) -> Self {
        Self {
            name: "push",
            payload: json!({}),
            git_ref: "refs/heads/main".into(),
            commit,
            inputs: Value::Null,
        }
    }

    /// The night came.
    pub fn night() -> Self {
        Self { name: "schedule", ..Self::push("tip") }
    }

    /// Somebody ran the workflow with a digest.
    pub fn by_hand(digest: &str) -> Self {
        Self { name: "workflow_dispatch", inputs: json!({ "digest": digest }), ..Self::push("tip") }
    }

    /// Whether GitHub withholds all secrets and rights (life-and-ci.md section 14).
    fn is_from_outside(&self) -> bool {
        let request = &self.payload["pull_request"];
        self.name == "pull_request"
            && (request["head"]["repo"]["full_name"] != REPOSITORY
                || request["user"]["login"] == "dependabot[bot]")
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Success,
    Failure,
    Skipped,
}

/// A step whose shell ran.
#[derive(Debug)]
pub struct Step {
    pub job: String,
    pub name: String,
    pub environment: BTreeMap<String, String>,
    pub code: i32,
    pub output: String,
}

/// A run of the workflow.
pub struct Run {
    pub jobs: BTreeMap<String, Ended>,
    pub steps: Vec<Step>,
    /// The summaries of all steps.
    pub summary: String,
}

impl Run {
    /// Asserts which jobs ran, and how they ended.
    #[track_caller]
    pub fn ended(&self, expected: &[(&str, Ended)]) -> &Self {
        let ended: Vec<(&str, Ended)> = self
            .jobs
            .iter()
            .map(|(name, ended)| (name.as_str(), *ended))
            .filter(|(_, ended)| *ended != Ended::Skipped)
            .collect();
        let said =
            || self.steps.iter().map(|step| format!("== {} / {}\n{}", step.job, step.name, step.output));
        assert_eq!(ended, expected, "\n{}", said().collect::<String>());
        self
    }

    /// What a step wrote.
    pub fn output(&self, name: &str) -> &str {
        &self
            .steps
            .iter()
            .find(|step| step.name == name)
            .unwrap_or_else(|| panic!("`{name}` did not run"))
            .output
    }
}

/// The repository, what is beside it, and a place for its runs.
pub struct Runner<'a> {
    pub project: &'a Project,
    pub cloud: &'a Cloud,
    pub github: &'a GitHub,
    pub keys: &'a Keys,
    runs: tempfile::TempDir,
}

impl<'a> Runner<'a> {
    pub fn new(project: &'a Project, cloud: &'a Cloud, github: &'a GitHub, keys: &'a Keys) -> Self {
        let runs = tempfile::tempdir().unwrap();
        put_cargo_into(&runs.path().join("machine"));
        Self { project, cloud, github, keys, runs }
    }

    /// Runs the workflow that the repository has, for what happened.
    pub fn run(&self, workflow: &str, event: &Event) -> Run {
        let text = std::fs::read_to_string(self.project.file(workflow)).unwrap();
        let workflow: Value = serde_yaml::from_str(&text).unwrap();
        let mut run = Run { jobs: BTreeMap::new(), steps: Vec::new(), summary: String::new() };
        let artifacts = tempfile::tempdir_in(self.runs.path()).unwrap();
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            let job = Job { name, job, workflow: &workflow, event, artifacts: artifacts.path() };
            let ended = self.job(&job, &mut run);
            run.jobs.insert(name.clone(), ended);
        }
        run
    }

    fn job(&self, job: &Job<'_>, run: &mut Run) -> Ended {
        let needs = match &job.job["needs"] {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) => many.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
            _ => Vec::new(),
        };
        // Jobs stand in the order in which they need each other.
        let is_ready = needs.iter().all(|name| run.jobs[name] == Ended::Success);
        let folder = tempfile::tempdir_in(self.runs.path()).unwrap();
        let mut machine = Machine::new(folder.path(), self, job);
        machine.contexts["status"] = if is_ready { "success" } else { "failure" }.into();
        if !holds(job.job["if"].as_str(), &machine.contexts) {
            return Ended::Skipped;
        }
        machine.contexts["status"] = "success".into();
        for step in job.job["steps"].as_array().unwrap() {
            machine.step(step, &mut run.steps);
        }
        run.summary += &std::fs::read_to_string(machine.file("summary")).unwrap_or_default();
        if machine.contexts["status"] == "success" { Ended::Success } else { Ended::Failure }
    }
}

/// A job of a workflow, and why it runs.
struct Job<'a> {
    name: &'a str,
    job: &'a Value,
    workflow: &'a Value,
    event: &'a Event,
    artifacts: &'a Path,
}

impl Job<'_> {
    /// What its token may do.
    fn rights(&self) -> Value {
        if self.event.is_from_outside() {
            return json!({ "contents": "read" });
        }
        let own = &self.job["permissions"];
        if own.is_object() { own.clone() } else { self.workflow["permissions"].clone() }
    }

    /// What expressions know, for a job with this token.
    fn contexts(&self, keys: &Keys, token: &str, temp: &Path) -> Value {
        let (mut secrets, mut vars) = (json!({}), json!({}));
        if !self.event.is_from_outside() {
            secrets["HEROKU_PLAN_KEY"] = keys.plan.as_str().into();
            vars["AWS_PLAN_ROLE"] = "arn:aws:iam::111122223333:role/trueup-plan".into();
            if self.job["environment"] == "production" {
                secrets["HEROKU_APPLY_KEY"] = keys.apply.as_str().into();
                vars["AWS_APPLY_ROLE"] = "arn:aws:iam::111122223333:role/trueup-apply".into();
            }
        }
        let Event { name, payload, git_ref, commit, inputs } = self.event;
        let mut contexts = json!({
            "github": { "event_name": name, "event": payload, "ref": git_ref, "repository": REPOSITORY,
                        "token": token, "sha": commit },
            "secrets": secrets, "vars": vars, "inputs": inputs, "steps": {},
            "runner": { "temp": temp, "os": "Linux" }, "env": self.workflow["env"],
        });
        contexts["env"]["TRUEUP_SOURCE"] = "https://git.example/trueup".into();
        contexts["env"]["TRUEUP_REVISION"] = "0123abc".into();
        contexts
    }
}

/// The machine of one job.
struct Machine<'a> {
    folder: PathBuf,
    runner: &'a Runner<'a>,
    job: &'a Job<'a>,
    contexts: Value,
    /// What every step has: of the machine, and of the workflow.
    environment: BTreeMap<String, String>,
    path: String,
}

impl<'a> Machine<'a> {
    fn new(folder: &Path, runner: &'a Runner<'a>, job: &'a Job<'a>) -> Self {
        for name in ["work", "temp", "home"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        std::fs::write(folder.join("event.json"), job.event.payload.to_string()).unwrap();
        let token = format!("token of {}", folder.display());
        runner.github.with(|known| known.rights.insert(token.clone(), job.rights()));
        let contexts = job.contexts(runner.keys, &token, &folder.join("temp"));
        let mut environment = environment(folder, runner, job.event);
        if job.rights()["id-token"] == "write" {
            let url = format!("{}/id-token?api-version=2", runner.github.server.url);
            environment.insert("ACTIONS_ID_TOKEN_REQUEST_URL".into(), url);
            environment.insert("ACTIONS_ID_TOKEN_REQUEST_TOKEN".into(), token);
        }
        for (name, value) in contexts["env"].as_object().unwrap() {
            environment.insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        let path =
            format!("{}:{}", runner.runs.path().join("machine").display(), runner.project.variable("PATH"));
        Self { folder: folder.to_owned(), runner, job, contexts, environment, path }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn step(&mut self, step: &Value, ran: &mut Vec<Step>) {
        if !holds(step["if"].as_str(), &self.contexts) {
            return;
        }
        let works = match (step["uses"].as_str(), step["run"].as_str()) {
            (Some(action), None) => self.action(action, step),
            (None, Some(script)) => self.shell(step, script, ran),
            other => panic!("{other:?}"),
        };
        if let Some(id) = step["id"].as_str() {
            let outputs = std::fs::read_to_string(self.file("output")).unwrap_or_default();
            let outputs = outputs.lines().filter_map(|line| line.split_once('='));
            let outputs: Value = outputs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
            self.contexts["steps"][id] =
                json!({ "outputs": outputs, "outcome": if works { "success" } else { "failure" } });
        }
        let _ = std::fs::remove_file(self.file("output"));
        if !works && step["continue-on-error"] != true {
            self.contexts["status"] = "failure".into();
        }
    }

    /// What one of GitHub's own actions does here.
    fn action(&self, action: &str, step: &Value) -> bool {
        let with = |name: &str| filled_in(step["with"][name].as_str().unwrap(), &self.contexts);
        let work = self.file("work");
        match action.split('@').next().unwrap() {
            "actions/checkout" => {
                assert_eq!(step["with"]["persist-credentials"], false, "the token stays out of the files");
                if self.runner.project.file(".git").exists() {
                    clone(self.runner.project.path(), &work, &step["with"]["fetch-depth"]);
                } else {
                    copy(&self.runner.project.file("environments"), &work.join("environments"));
                }
            }
            "actions/cache" => {}
            "actions/upload-artifact" => {
                std::fs::copy(work.join(with("path")), self.job.artifacts.join(with("name"))).unwrap();
            }
            "actions/download-artifact" => {
                let name = with("name");
                let folder = work.join(with("path"));
                std::fs::create_dir_all(&folder).unwrap();
                let text = std::fs::read(self.job.artifacts.join(&name)).unwrap();
                // A file comes out of an artifact as one that cannot be run.
                std::fs::write(folder.join(name), text).unwrap();
            }
            other => panic!("nobody knows what `{other}` does"),
        }
        true
    }

    fn shell(&mut self, step: &Value, script: &str, ran: &mut Vec<Step>) -> bool {
        assert!(!script.contains("${{"), "an expression within a script is text that it runs: {script}");
        let mut environment = self.environment.clone();
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            environment.insert(name.clone(), filled_in(value.as_str().unwrap(), &self.contexts));
        }
        std::fs::write(self.file("script"), script).unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.file("script"));
        command.current_dir(self.file("work")).env_clear().envs(&environment).env("PATH", &self.path);
        // The embedded cloud has no roles: whoever has a role and a token for it is given its keys at once.
        let has_role = environment.get("AWS_ROLE_ARN").is_some_and(|role| !role.is_empty());
        let token = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE");
        if has_role
            && token.is_some_and(|file| {
                std::fs::read_to_string(file).is_ok_and(|token| token == "e30.e30.signature\n")
            })
        {
            command.env("AWS_ACCESS_KEY_ID", ROOT_KEY).env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET);
        }
        let done = command.output().unwrap();
        let output = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        let name = step["name"].as_str().unwrap().to_owned();
        ran.push(Step {
            job: self.job.name.to_owned(),
            name,
            environment,
            code: done.status.code().unwrap_or(-1),
            output,
        });
        if let Ok(added) = std::fs::read_to_string(self.file("path")) {
            for folder in added.lines() {
                self.path = format!("{folder}:{}", self.path);
            }
            std::fs::remove_file(self.file("path")).unwrap();
        }
        done.status.success()
    }
}

/// What GitHub and the machine say to every step, and where the embedded cloud is.
fn environment(folder: &Path, runner: &Runner<'_>, event: &Event) -> BTreeMap<String, String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let url = runner.cloud.sandbox().url();
    let known = [
        ("HOME", path("home")),
        ("RUNNER_TEMP", path("temp")),
        ("CI", "true".into()),
        ("GITHUB_ACTIONS", "true".into()),
        ("GITHUB_WORKSPACE", path("work")),
        ("GITHUB_API_URL", runner.github.server.url.clone()),
        ("GITHUB_SERVER_URL", "https://github.example".into()),
        ("GITHUB_REPOSITORY", REPOSITORY.into()),
        ("GITHUB_RUN_ID", "1".into()),
        ("GITHUB_SHA", event.commit.into()),
        ("GITHUB_REF", event.git_ref.clone()),
        ("GITHUB_REF_NAME", event.git_ref.trim_start_matches("refs/heads/").to_owned()),
        ("GITHUB_EVENT_NAME", event.name.into()),
        ("GITHUB_EVENT_PATH", path("event.json")),
        ("GITHUB_OUTPUT", path("output")),
        ("GITHUB_PATH", path("path")),
        ("GITHUB_STEP_SUMMARY", path("summary")),
        ("HEROKU_API_URL", url.clone()),
        ("HEROKU_DATA_API_URL", url.clone()),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ];
    known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// As many commits as a workflow asks for.
fn clone(from: &Path, to: &Path, depth: &Value) {
    let depth = depth.as_u64().unwrap_or(1).to_string();
    let from = format!("file://{}", from.display());
    let mut git = Command::new("git");
    let cloned =
        git.args(["clone", "--quiet", "--depth", &depth, &from, "."]).current_dir(to).output().unwrap();
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        std::fs::copy(item.path(), to.join(item.file_name())).unwrap();
    }
}

/// Cargo as far as it is asked for: what it builds is the program of this test.
pub fn put_cargo_into(folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    let built = format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_trueup"));
    write_program(&folder.join("built"), &built);
    let cargo = format!(
        "#!/bin/bash\n[ \"$1 $2\" = 'install --locked' ] || exit 1\n\
         while [ $# -gt 0 ]; do if [ \"$1\" = --root ]; then root=$2; fi; shift; done\n\
         mkdir -p \"$root/bin\" && cp {} \"$root/bin/trueup\"\n",
        folder.join("built").display()
    );
    write_program(&folder.join("cargo"), &cargo);
}

/// Writes a program by another process. Were it open for writing here, one that another test starts meanwhile would hold
/// it open, too, and what is open for writing cannot be run.
fn write_program(file: &Path, text: &str) {
    let script = "printf %s \"$2\" > \"$1\" && chmod +x \"$1\"";
    let wrote = Command::new("sh").args(["-c", script, "sh"]).arg(file).arg(text).status().unwrap();
    assert!(wrote.success());
}

//! What the tests share: a project in a folder of its own, the program run in a clean environment, and an
//! embedded cloud that a test can look into.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "every test binary uses a part of it"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use trueup::sandbox::{Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox};

/// The reference environment of the tests: every kind, every source that needs no operator.
pub const LEDGER: &str = include_str!("ledger.yaml");

/// A small environment: one of everything that most have.
pub const SMALL: &str = include_str!("small.yaml");

/// A project folder, and the environment in which the program runs there.
pub struct Project {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A project with one environment, `production`.
    pub fn with(spec: &str) -> Self {
        let project = Self::empty();
        project.write("environments/production.yaml", spec);
        project
    }

    /// A project without any file.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let variables = [
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), home.display().to_string()),
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ("COLUMNS".to_owned(), "100".to_owned()),
        ];
        Self { folder, variables: variables.into() }
    }

    /// Points the program at an embedded cloud that runs in this test.
    pub fn at(mut self, sandbox: &Sandbox) -> Self {
        let url = sandbox.url();
        for (name, value) in [
            ("HEROKU_API_KEY", "owner-token"),
            ("HEROKU_API_URL", &url),
            ("HEROKU_DATA_API_URL", &url),
            ("AWS_ENDPOINT_URL", &url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", ROOT_KEY),
            ("AWS_SECRET_ACCESS_KEY", ROOT_SECRET),
        ] {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// The same project with another environment variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same project without an environment variable.
    pub fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// What an environment variable is set to.
    pub fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.file(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// The program, ready to run in this project's folder and environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.current_dir(self.path()).env_clear().envs(&self.variables).args(arguments);
        command
    }

    /// A shell in this project's folder and environment, ready to run a script.
    pub fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command.current_dir(self.path()).env_clear().envs(&self.variables).args(["-c", script]);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Asserts the exit code, and shows everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// The plan that was printed as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// One check of a `verify` that was printed as JSON.
    #[track_caller]
    pub fn check(&self, id: &str) -> serde_json::Value {
        let document = self.json();
        let mut checks = document["checks"].as_array().unwrap().iter();
        checks.find(|check| check["id"] == id).unwrap_or_else(|| panic!("no `{id}`: {}", self.stdout)).clone()
    }

    /// The addresses that a JSON plan changes, each with its action, sorted.
    pub fn changes(&self) -> Vec<(String, String)> {
        let plan = self.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let changes = plan["changes"].as_array().unwrap().iter();
        let mut changes: Vec<_> =
            changes.map(|change| (text(&change["address"]), text(&change["action"]))).collect();
        changes.sort();
        changes
    }
}

/// Knobs for tests: nothing takes time.
pub fn quick() -> Knobs {
    Knobs {
        provisioning: Duration::ZERO,
        domain: Duration::ZERO,
        key_propagation: Duration::ZERO,
        restart: Duration::ZERO,
        rotation: Duration::ZERO,
        build: Duration::ZERO,
        release: Duration::ZERO,
        transfer: Duration::ZERO,
        ..Knobs::default()
    }
}

/// An embedded cloud in memory, with a runtime of its own that keeps it alive.
pub struct Cloud {
    pub sandbox: Option<Sandbox>,
    runtime: tokio::runtime::Runtime,
}

impl Cloud {
    pub fn start(knobs: Knobs) -> Self {
        let options = Options { port: 0, state_dir: None, knobs };
        Self::serving(|| Sandbox::start(options))
    }

    /// A cloud that something else started.
    pub fn serving<F>(start: impl FnOnce() -> F) -> Self
    where
        F: Future<Output = std::io::Result<Sandbox>>,
    {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(start()).unwrap();
        Self { sandbox: Some(sandbox), runtime }
    }

    pub fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    /// Runs something that talks to the cloud.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits until a call is held as its fault says; one that nobody makes is a mistake of the test.
    pub fn wait_for_held(&self) {
        let held =
            async { tokio::time::timeout(Duration::from_mins(2), self.sandbox().wait_for_held()).await };
        assert!(self.block_on(held).is_ok(), "the call that is to be held is not made");
    }

    /// Asks the Heroku half as the account's owner.
    pub fn heroku(&self, method: &str, path: &str, body: Option<serde_json::Value>) -> serde_json::Value {
        self.heroku_as("owner-token", method, path, body)
    }

    /// Asks the Heroku half with a token.
    pub fn heroku_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> serde_json::Value {
        let url = format!("{}{path}", self.sandbox().url());
        self.block_on(async move {
            let client = reqwest::Client::new();
            let mut request = client
                .request(method.parse().unwrap(), url)
                .bearer_auth(token)
                .header("Accept", "application/vnd.heroku+json; version=3");
            if let Some(body) = body {
                request = request.json(&body);
            }
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{method} {path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or(serde_json::Value::Null)
        })
    }

    /// What a deploy does: a slug with these process types, and its release.
    pub fn deploy(&self, app: &str, process_types: serde_json::Value) {
        let slug = self.heroku(
            "POST",
            &format!("/apps/{app}/slugs"),
            Some(serde_json::json!({ "process_types": process_types })),
        );
        self.heroku(
            "POST",
            &format!("/apps/{app}/releases"),
            Some(serde_json::json!({ "slug": slug["id"] })),
        );
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.stop());
        }
    }
}

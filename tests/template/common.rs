//! A rendered application, to be looked at.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Project;

/// Every environment that the tests render: those that a newcomer finds, one that names nothing but its app, and
/// one that uses what the others leave out.
pub const ENVIRONMENTS: [&str; 4] = ["production", "staging", "minimal", "unusual"];

pub const SPECS: [(&str, &str); 5] = [
    ("base", include_str!("../../environments/base.yaml")),
    ("production", include_str!("../../environments/production.yaml")),
    ("staging", include_str!("../../environments/staging.yaml")),
    ("minimal", include_str!("minimal.yaml")),
    ("unusual", include_str!("unusual.yaml")),
];

/// The application of one environment, in a folder that ends with the test.
pub struct Tree {
    project: Project,
}

impl Tree {
    /// What `trueup render ENVIRONMENT --out app` writes.
    pub fn of(environment: &str) -> Self {
        let project = Project::empty();
        for (name, spec) in SPECS {
            project.write(&format!("environments/{name}.yaml"), spec);
        }
        project.run(&["render", environment, "--out", "app"]).exits(0);
        Self { project }
    }

    pub fn root(&self) -> PathBuf {
        self.project.file("app")
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The lines of a file that are no comment.
    pub fn code(&self, path: &str) -> Vec<String> {
        let text = self.text(path);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }

    /// The path of every file, in order; `.trueup` is the program's own.
    pub fn files(&self) -> Vec<String> {
        let root = self.root();
        let (mut left, mut files) = (vec![root.clone()], Vec::new());
        while let Some(path) = left.pop() {
            if path.is_dir() {
                left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                files.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
        files.retain(|path| !path.starts_with(".trueup"));
        files.sort();
        files
    }

    /// The files whose path one of the endings ends.
    pub fn ending(&self, endings: &[&str]) -> Vec<String> {
        let is_wanted = |path: &String| endings.iter().any(|ending| path.ends_with(ending));
        self.files().into_iter().filter(is_wanted).collect()
    }
}

/// A helper of these tests, beside this file.
pub fn helper(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template").join(name)
}

/// What a program prints; it must end well.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let ran = command.output().unwrap();
    let [stdout, stderr] = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(ran.status.success(), "{command:?}\n{stdout}{stderr}");
    stdout
}

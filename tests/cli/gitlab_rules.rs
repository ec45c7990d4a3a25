//! Which jobs of `init --ci gitlab` run in which pipeline: the file's own `rules:`, evaluated as GitLab documents them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Project;

/// What is known of a pipeline.
type Variables = BTreeMap<&'static str, &'static str>;

/// An expression of `rules:if`: variables, texts and `null`, compared and joined.
struct Expression<'a> {
    left: &'a str,
    variables: &'a Variables,
}

impl<'a> Expression<'a> {
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.left.trim_start().strip_prefix(sign);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    fn any(&mut self) -> bool {
        let mut is_true = self.all();
        while self.takes("||") {
            is_true |= self.all();
        }
        is_true
    }

    fn all(&mut self) -> bool {
        let mut is_true = self.one();
        while self.takes("&&") {
            is_true &= self.one();
        }
        is_true
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            let is_true = self.any();
            assert!(self.takes(")"), "{}", self.left);
            return is_true;
        }
        let value = self.value();
        if self.takes("==") {
            value == self.value()
        } else if self.takes("!=") {
            value != self.value()
        } else {
            // Alone, a variable has to be set, and to something.
            value.is_some_and(|value| !value.is_empty())
        }
    }

    fn value(&mut self) -> Option<&'a str> {
        if self.takes("null") {
            return None;
        }
        if self.takes("\"") {
            let (text, rest) = self.left.split_once('"').expect("a text ends");
            self.left = rest;
            return Some(text);
        }
        assert!(self.takes("$"), "neither a text nor a variable: {}", self.left);
        let end = self.left.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.left.len());
        let (name, rest) = self.left.split_at(end);
        self.left = rest;
        self.variables.get(name).copied()
    }
}

/// Whether a job is in a pipeline: its first rule that holds decides, and without one it is not. Only commits and
/// requests have changed files; in all other pipelines `changes` holds.
fn runs(job: &Value, variables: &Variables, changed: &[&str]) -> bool {
    let has_files = matches!(variables["CI_PIPELINE_SOURCE"], "push" | "merge_request_event");
    job["rules"].as_array().unwrap().iter().any(|rule| {
        let mut expression = Expression { left: rule["if"].as_str().unwrap(), variables };
        let holds = expression.any();
        assert_eq!(expression.left.trim(), "", "all of it was read");
        let patterns = rule["changes"].as_array();
        let is_meant = |file: &&str| {
            patterns.is_some_and(|patterns| {
                patterns
                    .iter()
                    .any(|one| glob::Pattern::new(one.as_str().unwrap()).is_ok_and(|one| one.matches(file)))
            })
        };
        holds && (patterns.is_none() || !has_files || changed.iter().any(is_meant))
    })
}

/// The jobs of a pipeline.
fn jobs(pipeline: &[(&'static str, &'static str)], changed: &[&str]) -> Vec<String> {
    let project = Project::empty();
    project.run(&["init", "--ci", "gitlab"]).exits(0);
    let text = std::fs::read_to_string(project.file(".gitlab-ci.trueup.yml")).unwrap();
    let file: BTreeMap<String, Value> = serde_yaml::from_str(&text).unwrap();
    let mut variables = Variables::from([("CI_DEFAULT_BRANCH", "trunk")]);
    variables.extend(pipeline.iter().copied());
    let jobs = file.iter().filter(|(name, _)| name.starts_with("trueup:"));
    let mut there: Vec<&str> =
        jobs.filter(|(_, job)| runs(job, &variables, changed)).map(|(name, _)| name.as_str()).collect();
    for needed in there.iter().flat_map(|name| file[*name]["needs"].as_array().into_iter().flatten()) {
        assert!(there.contains(&needed.as_str().unwrap()), "a pipeline without {needed} is an error");
    }
    there.sort_unstable();
    there.iter().map(|name| name.trim_start_matches("trueup:").to_owned()).collect()
}

const SPEC: &[&str] = &["app/models/user.rb", "environments/production.yaml"];

/// A pipeline of a merge request, in the project of this id.
fn request(source: &'static str, target: &'static str) -> [(&'static str, &'static str); 3] {
    [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", source),
        ("CI_MERGE_REQUEST_PROJECT_ID", target),
    ]
}

/// A pipeline of a branch.
fn of_branch(source: &'static str, branch: &'static str) -> [(&'static str, &'static str); 2] {
    [("CI_PIPELINE_SOURCE", source), ("CI_COMMIT_BRANCH", branch)]
}

#[test]
fn a_request_is_planned_and_that_of_a_fork_only_validated() {
    assert_eq!(jobs(&request("5", "5"), SPEC), ["plan", "validate"]);
    assert_eq!(jobs(&request("9", "5"), SPEC), ["validate"]);
    assert_eq!(jobs(&request("5", "5"), &[".gitlab-ci.trueup.yml"]), ["plan", "validate"]);
    assert_eq!(jobs(&request("5", "5"), &["environments/clients/a/b.yaml"]), ["plan", "validate"]);
    assert_eq!(jobs(&request("5", "5"), &["app/models/user.rb"]), [""; 0]);
}

#[test]
fn what_is_merged_is_applied_on_the_default_branch_alone() {
    assert_eq!(jobs(&of_branch("push", "trunk"), SPEC), ["apply", "validate"]);
    assert_eq!(jobs(&of_branch("push", "trunk"), &["README.md"]), [""; 0]);
    assert_eq!(jobs(&of_branch("push", "main"), SPEC), [""; 0], "it is not the default one here");
    let tag = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "trunk")];
    assert_eq!(jobs(&tag, SPEC), [""; 0]);
    for source in ["api", "trigger", "pipeline", "parent_pipeline", "external_pull_request_event"] {
        assert_eq!(jobs(&of_branch(source, "trunk"), SPEC), [""; 0], "{source}");
    }
}

#[test]
fn by_hand_it_takes_a_digest_and_at_night_the_variable_of_its_schedule() {
    let with =
        |pipeline: [(&'static str, &'static str); 2], more| jobs(&[&pipeline[..], &[more]].concat(), &[]);
    assert_eq!(with(of_branch("web", "trunk"), ("REVIEWED", "sha256:12")), ["apply"]);
    assert_eq!(with(of_branch("web", "trunk"), ("REVIEWED", "")), [""; 0]);
    assert_eq!(with(of_branch("web", "work"), ("REVIEWED", "sha256:12")), [""; 0]);
    assert_eq!(with(of_branch("schedule", "trunk"), ("TRUEUP_DRIFT", "1")), ["drift"]);
    assert_eq!(with(of_branch("schedule", "trunk"), ("OTHER", "1")), [""; 0], "somebody else's schedule");
}

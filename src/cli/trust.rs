//! Whether what lies in the project may be a stranger's: a change from a fork, as the CI system tells of it. Then nothing in
//! it is run, no file is read into a value, and nothing is applied (docs/decisions/0016).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::arguments::Command;
use crate::message::{Distrust, Unclear};
use crate::settings::ReviewVariables;

/// GitHub sends 25 MB at most.
const LARGEST: u64 = 32 * 1024 * 1024;

/// What a command does that trust matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touches {
    /// Nothing of the project that could be a stranger's.
    Nothing,
    /// It reads the project, with parts of it off.
    Project,
    /// It changes what is live.
    Live,
}

impl Touches {
    pub(super) fn of(command: &Command) -> Self {
        match command {
            Command::Init(_)
            | Command::Doctor(_)
            | Command::Import(_)
            | Command::Matrix(_)
            | Command::Sandbox(_)
            | Command::Schema { .. }
            | Command::Completions { .. }
            | Command::Help { .. }
            | Command::Man(_) => Self::Nothing,
            Command::Validate(_)
            | Command::Plan(_)
            | Command::Drift(_)
            | Command::Status(_)
            | Command::Policy(_)
            | Command::Graph(_)
            | Command::Render(_) => Self::Project,
            Command::Apply(_)
            | Command::Backup(_)
            | Command::Clone(_)
            | Command::Deploy(_)
            | Command::Destroy(_)
            | Command::Restore(_)
            | Command::Rollback(_)
            | Command::Rotate(_)
            | Command::Unlock(_)
            | Command::Verify(_) => Self::Live,
        }
    }
}

/// Why the project is not trusted, if it is not.
pub(super) fn distrust(is_asked: bool, review: &ReviewVariables) -> Option<Distrust> {
    if is_asked {
        return Some(Distrust::Asked);
    }
    of_github(review).or_else(|| of_gitlab(review))
}

fn of_github(review: &ReviewVariables) -> Option<Distrust> {
    let ReviewVariables { event_name, event_file, .. } = review;
    let unclear = |why| Some(Distrust::Unclear { variable: "GITHUB_EVENT_PATH", why });
    // An event of a name that has nothing to do with changes of others needs no payload.
    let is_review = event_name.as_deref().map(is_of_others);
    match event_file.as_deref().map(read) {
        None if is_review == Some(true) => unclear(Unclear::Unset),
        None => None,
        Some(Ok(event)) => match event.judge() {
            Judged::Elsewhere { head, base } => Some(Distrust::Fork { head, base }),
            Judged::Untold if is_review == Some(true) => unclear(Unclear::OtherShape),
            Judged::Here | Judged::Untold => None,
        },
        Some(Err(_)) if is_review == Some(false) => None,
        Some(Err(why)) => unclear(why),
    }
}

/// Events that a change from another repository starts, or that follow one.
fn is_of_others(event: &str) -> bool {
    event.starts_with("pull_request") || event == "workflow_run"
}

fn read(file: &Path) -> Result<Event, Unclear> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    let size = read.map_err(|error| Unclear::Unreadable(error.to_string()))?;
    if size as u64 > LARGEST {
        return Err(Unclear::TooLarge);
    }
    serde_json::from_slice(&bytes).map_err(|_| Unclear::OtherShape)
}

/// What an event says of where a change comes from (life-and-ci.md section 14).
#[derive(Default, Deserialize)]
struct Event {
    pull_request: Option<PullRequest>,
    workflow_run: Option<WorkflowRun>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct PullRequest {
    head: Option<Side>,
    base: Option<Side>,
}

#[derive(Deserialize)]
struct Side {
    /// Nothing when the fork was deleted.
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct WorkflowRun {
    head_repository: Option<Repository>,
    repository: Option<Repository>,
}

#[derive(Clone, Deserialize)]
struct Repository {
    id: Option<Value>,
    full_name: Option<Value>,
}

/// Where a change comes from.
enum Judged {
    Here,
    Elsewhere {
        head: Option<String>,
        base: Option<String>,
    },
    /// The event is about no change.
    Untold,
}

impl Event {
    fn judge(self) -> Judged {
        let repository = self.repository;
        let (head, base) = match (self.pull_request, self.workflow_run) {
            (Some(PullRequest { head, base }), _) => {
                (head.and_then(|head| head.repo), base.and_then(|base| base.repo).or(repository))
            }
            (None, Some(run)) => (run.head_repository, run.repository.or(repository)),
            (None, None) => return Judged::Untold,
        };
        match (head, base) {
            (Some(head), Some(base)) if head.is(&base) => Judged::Here,
            (head, base) => {
                Judged::Elsewhere { head: head.map(|head| head.shown()), base: base.map(|base| base.shown()) }
            }
        }
    }
}

impl Repository {
    /// Whether all that is said of both is the same, and something is.
    fn is(&self, other: &Self) -> bool {
        let ids = self.id.as_ref().zip(other.id.as_ref()).map(|(one, other)| one == other);
        let names = self.name().zip(other.name()).map(|(one, other)| one.eq_ignore_ascii_case(&other));
        let said: Vec<bool> = ids.into_iter().chain(names).collect();
        !said.is_empty() && said.iter().all(|same| *same)
    }

    fn name(&self) -> Option<String> {
        self.full_name.as_ref()?.as_str().map(str::to_owned)
    }

    fn shown(&self) -> String {
        let number = || Some(format!("the repository {}", self.id.as_ref()?));
        self.name().or_else(number).unwrap_or_else(|| "a repository without a name".to_owned())
    }
}

/// In a fork's own pipeline the project is the fork, and the merge request's is not.
fn of_gitlab(review: &ReviewVariables) -> Option<Distrust> {
    let ReviewVariables { source_project, target_project, project, .. } = review;
    let named = |id: &String| format!("the project {id}");
    let Some(source) = source_project else {
        let unclear =
            Distrust::Unclear { variable: "CI_MERGE_REQUEST_SOURCE_PROJECT_ID", why: Unclear::Unset };
        return target_project.is_some().then_some(unclear);
    };
    let mut others = [target_project, project].into_iter().flatten().peekable();
    if others.peek().is_none() {
        return Some(Distrust::Unclear { variable: "CI_MERGE_REQUEST_PROJECT_ID", why: Unclear::Unset });
    }
    let base = others.find(|other| *other != source)?;
    Some(Distrust::Fork { head: Some(named(source)), base: Some(named(base)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an event of a name says, as `fork`, `gone`, `unclear` or `trusted`.
    fn of_event(name: Option<&str>, payload: &str) -> &'static str {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), payload).unwrap();
        let (name, file) = (name.map(str::to_owned), Some(file.path().to_owned()));
        word(&ReviewVariables { event_name: name, event_file: file, ..ReviewVariables::default() })
    }

    fn word(review: &ReviewVariables) -> &'static str {
        match distrust(false, review) {
            None => "trusted",
            Some(Distrust::Fork { head: None, .. }) => "gone",
            Some(Distrust::Fork { .. }) => "fork",
            Some(Distrust::Unclear { .. }) => "unclear",
            Some(Distrust::Asked) => "asked",
        }
    }

    fn pull_request(head: &str, base: &str) -> String {
        format!(r#"{{ "number": 7, "pull_request": {{ "head": {head}, "base": {base} }} }}"#)
    }

    #[test]
    fn a_pull_request_is_trusted_when_its_head_is_of_the_same_repository() {
        let repository =
            |id: u8, name: &str| format!(r#"{{ "repo": {{ "id": {id}, "full_name": "{name}" }} }}"#);
        let ours = repository(1, "ledger/infra");
        for (head, expected) in [
            (ours.clone(), "trusted"),
            (repository(1, "Ledger/Infra"), "trusted"),
            (repository(2, "mallory/infra"), "fork"),
            (repository(2, "ledger/infra"), "fork"),
            (repository(1, "mallory/infra"), "fork"),
            (r#"{ "repo": { "full_name": "ledger/infra" } }"#.to_owned(), "trusted"),
            (r#"{ "repo": { "id": 1 } }"#.to_owned(), "trusted"),
            (r#"{ "repo": { "full_name": "mallory/infra" } }"#.to_owned(), "fork"),
            (r#"{ "repo": null }"#.to_owned(), "gone"),
            (r#"{ "repo": {} }"#.to_owned(), "fork"),
            (r#"{ "repo": { "id": "1", "full_name": 5 } }"#.to_owned(), "fork"),
            ("null".to_owned(), "gone"),
        ] {
            for event in ["pull_request", "pull_request_target", "pull_request_review"] {
                assert_eq!(of_event(Some(event), &pull_request(&head, &ours)), expected, "{event} {head}");
            }
            assert_eq!(of_event(None, &pull_request(&head, &ours)), expected, "without a name: {head}");
        }
    }

    #[test]
    fn a_run_that_follows_another_is_trusted_like_that_one() {
        let run = |head: &str| {
            let base = r#"{ "id": 1, "full_name": "ledger/infra" }"#;
            let payload =
                format!(r#"{{ "workflow_run": {{ "head_repository": {head} }}, "repository": {base} }}"#);
            of_event(Some("workflow_run"), &payload)
        };
        assert_eq!(run(r#"{ "id": 1 }"#), "trusted");
        assert_eq!(run(r#"{ "id": 2, "full_name": "mallory/infra" }"#), "fork");
        assert_eq!(run("null"), "gone");
    }

    #[test]
    fn an_event_that_cannot_be_understood_is_a_strangers_unless_it_is_about_no_change() {
        let large = format!(r#"{{ "pull_request": "{}" }}"#, "x".repeat(2_000_000));
        for payload in ["", "not JSON", "[]", "5", r#"{ "pull_request": 5 }"#, &large, &"[".repeat(10_000)] {
            let start: String = payload.chars().take(20).collect();
            for (event, expected) in [
                (Some("pull_request"), "unclear"),
                (Some("pull_request_target"), "unclear"),
                (Some("workflow_run"), "unclear"),
                (Some("push"), "trusted"),
                (Some("schedule"), "trusted"),
                (None, "unclear"),
            ] {
                assert_eq!(of_event(event, payload), expected, "{event:?} {start}");
            }
        }
        for (event, expected) in
            [(Some("pull_request"), "unclear"), (Some("push"), "trusted"), (None, "trusted")]
        {
            assert_eq!(of_event(event, r#"{ "ref": "refs/heads/main" }"#), expected, "{event:?}");
        }
    }

    #[test]
    fn two_megabytes_of_a_description_hide_no_fork() {
        let body = "x".repeat(2_000_000);
        let sides = |head: u8| {
            format!(r#""head": {{ "repo": {{ "id": {head} }} }}, "base": {{ "repo": {{ "id": 1 }} }}"#)
        };
        for (head, expected) in [(1, "trusted"), (2, "fork")] {
            let payload = format!(r#"{{ "pull_request": {{ "body": "{body}", {} }} }}"#, sides(head));
            assert_eq!(of_event(Some("pull_request"), &payload), expected);
        }
    }

    #[test]
    fn a_payload_that_is_not_there_or_has_no_end_is_a_strangers() {
        let review = |event: Option<&str>, file: Option<&str>| ReviewVariables {
            event_name: event.map(str::to_owned),
            event_file: file.map(Into::into),
            ..ReviewVariables::default()
        };
        for file in [None, Some("/no/such/file"), Some("/"), Some("/dev/zero")] {
            assert_eq!(word(&review(Some("pull_request"), file)), "unclear", "{file:?}");
            assert_eq!(word(&review(Some("push"), file)), "trusted", "{file:?}");
        }
        assert_eq!(word(&review(None, Some("/no/such/file"))), "unclear");
        assert_eq!(word(&review(None, None)), "trusted", "no CI system at all");
    }

    #[test]
    fn a_merge_request_is_trusted_when_it_comes_from_the_project_that_it_goes_to() {
        for (source, target, project, expected) in [
            (None, None, None, "trusted"),
            (None, None, Some("7"), "trusted"),
            (Some("7"), Some("7"), Some("7"), "trusted"),
            (Some("7"), None, Some("7"), "trusted"),
            (Some("9"), Some("7"), Some("7"), "fork"),
            (Some("9"), Some("7"), Some("9"), "fork"),
            (Some("9"), None, Some("7"), "fork"),
            (Some("rubbish"), Some("7"), Some("7"), "fork"),
            (Some("7"), None, None, "unclear"),
            (None, Some("7"), Some("7"), "unclear"),
        ] {
            let text = |id: Option<&str>| id.map(str::to_owned);
            let review = ReviewVariables {
                source_project: text(source),
                target_project: text(target),
                project: text(project),
                ..ReviewVariables::default()
            };
            assert_eq!(word(&review), expected, "{source:?} {target:?} {project:?}");
        }
    }

    #[test]
    fn whoever_asks_for_distrust_gets_it() {
        assert_eq!(distrust(true, &ReviewVariables::default()), Some(Distrust::Asked));
    }
}

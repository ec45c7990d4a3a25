//! Failures in words: what went wrong, and apart from that what to do now. Formats lay the same words out.

use std::path::Path;

use super::error::{self, clouds};
use super::style::Theme;
use super::text::clean;
use super::{backup, check, import, lock, question, refusal, report, rotate, selection};
use crate::cloud::CloudError;
use crate::message::{Failure, Task, UnusablePlan};
use crate::spec::{EnvironmentName, Severity, SpecError};

/// A failure in words, without any label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What went wrong.
    pub message: String,
    /// What to do now.
    pub hint: Option<String>,
}

/// Words without a hint.
pub(super) fn only(message: impl Into<String>) -> Words {
    Words { message: message.into(), hint: None }
}

/// A message and a hint.
pub(super) fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Words {
    Words { message: message.into(), hint: Some(hint.into()) }
}

/// For people, with all that there is to see: the lines of a file, the steps of a plan. Where there are several
/// environments, of which one it is.
#[must_use]
pub fn text(failure: &Failure, environment: Option<&EnvironmentName>, theme: Theme) -> String {
    match failure {
        Failure::Spec(error) => error.render(theme == Theme::Colour),
        Failure::Clouds(errors) => clouds(errors, environment, theme),
        Failure::Incomplete { plan, report } => format!("\n{}", report::incomplete(plan, report, theme)),
        other => {
            let Words { message, hint } = words(other);
            error::message(&message, hint.as_deref(), theme)
        }
    }
}

/// Why, in one line.
#[must_use]
pub fn in_short(failure: &Failure) -> String {
    match failure {
        Failure::Spec(error) => error.to_string(),
        other => words(other).message.lines().next().unwrap_or_default().to_owned(),
    }
}

/// For any format.
#[must_use]
pub fn words(failure: &Failure) -> Words {
    match failure {
        Failure::Spec(error) => of_spec(error),
        Failure::Clouds(errors) => of_clouds(errors),
        Failure::Setting(error) => with_hint(error.to_string(), "correct it, or unset it"),
        Failure::System { task, error } => {
            Words { message: format!("cannot {}: {error}", doing(task)), hint: instead(task) }
        }
        Failure::NoProject => with_hint(
            "neither this folder nor any above it has `environments/`",
            "start one with `trueup init`, or name a project with `-C DIR`",
        ),
        Failure::Selection(error) => selection::words(error),
        Failure::RevealWithoutTerminal => with_hint(
            "`--reveal` shows secrets, so it works on a terminal only",
            "run it by hand, outside CI",
        ),
        Failure::SeveralPlansToSave => with_hint(
            "`--out` saves the plan of one environment at a time, and these are several",
            "name one, and a file of its own",
        ),
        Failure::NoHelp { asked, nearest } => no_help(asked, nearest.as_deref()),
        Failure::NotAnAppName { name, error } => {
            only(format!("`{name}` cannot be the name of a Heroku app: {error}"))
        }
        Failure::NobodyToAsk(question) => question::without_terminal(question),
        Failure::NotConfirmed(question) => question::without_yes(question),
        Failure::Interrupted => only("interrupted, so nothing was done"),
        Failure::Incomplete { report, .. } => only(report::in_short(report)),
        Failure::UnusablePlan { file, why } => of_file(file, why),
        Failure::NoBucketForLock(environment) => lock::no_bucket(environment),
        Failure::NoAccountToTrust(error) => with_hint(
            error.to_string(),
            "write it into the environment's file: aws: { account: \"111122223333\" }",
        ),
        Failure::CloneUnnamed(environment) => clone_unnamed(environment),
        Failure::LockChanged(environment) => lock::changed(environment),
        Failure::CheckNotAsked { environment, program, why } => check::unasked(environment, program, why),
        Failure::Template(error) => with_hint(error.to_string(), "correct the template; nothing was written"),
        Failure::Source(error) => with_hint(error.to_string(), error.hint()),
        Failure::SeveralToDestroy => with_hint(
            "`destroy` takes away one environment at a time",
            "name one, once; of several only those that have expired are taken away, with --expired",
        ),
        Failure::NoOrigin { given, why } => no_origin(given, why.as_ref()),
        Failure::Folder(error) => with_hint(error.to_string(), error.hint()),
        Failure::Import(error) => import::words(error),
        Failure::NoDatabase(environment, none) => backup::none(environment, none),
        Failure::OutOfPlace { option, action } => backup::out_of_place(option, action),
        Failure::NotRotated(environment, wrong) => rotate::words(environment, wrong),
        Failure::Refused(refusal) => refusal::words(refusal),
    }
}

fn no_help(asked: &str, nearest: Option<&str>) -> Words {
    let hint = match nearest {
        Some(nearest) => format!("did you mean `trueup help {nearest}`?"),
        None => "`trueup help` lists the commands and topics".to_owned(),
    };
    with_hint(format!("there is no command and no topic `{asked}`"), hint)
}

fn no_origin(given: &str, why: Option<&impl std::fmt::Display>) -> Words {
    let given = clean(given);
    only(match why {
        None => format!("{given} is not set, and was to say where to restore from"),
        Some(why) => format!("{given} does not say where to restore from: {why}"),
    })
}

fn clone_unnamed(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} is no clone, and what a clone of it needs goes by the new one's name"),
        "name the new one, as in --as review-42",
    )
}

/// Every mistake in a line of its own.
fn of_spec(error: &SpecError) -> Words {
    let message = match error {
        SpecError::Findings(findings) => {
            let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
            errors.map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
        SpecError::Missing { .. } | SpecError::Unreadable { .. } => error.to_string(),
    };
    Words { message, hint: error.hint() }
}

fn of_clouds(errors: &[CloudError]) -> Words {
    let mut hints: Vec<String> = Vec::new();
    for hint in errors.iter().filter_map(CloudError::hint) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Words { message: messages.join("\n"), hint: (!hints.is_empty()).then(|| hints.join("\n")) }
}

fn doing(task: &Task) -> String {
    match task {
        Task::FindCurrentFolder => "find the current folder".to_owned(),
        Task::Start => "start".to_owned(),
        Task::Print => "write to standard output".to_owned(),
        Task::WriteManual => "write the manual page".to_owned(),
        Task::Write(path) => format!("write {}", path.display()),
        Task::UseKey(path) => format!("use {}", path.display()),
        Task::WriteEvents(path) => format!("write events to {}", path.display()),
        Task::StartSandbox => "start the embedded cloud".to_owned(),
        Task::Serve(port) => format!("serve on port {port}"),
        Task::ReachPostgres => "use the PostgreSQL of `--postgres`".to_owned(),
        Task::ReadFaults(path) => format!("read faults from {}", path.display()),
        Task::ReadValue(var) => format!("read the new {var}"),
    }
}

/// What to do when the system will not do it.
fn instead(task: &Task) -> Option<String> {
    match task {
        Task::WriteEvents(_) => Some("nothing was done; name a file that can be written".to_owned()),
        Task::Serve(_) => Some("choose another one with --port".to_owned()),
        Task::ReachPostgres => Some(
            "name one that runs, as a role that may make databases: \
             postgres://postgres:PASSWORD@localhost:5432/postgres"
                .to_owned(),
        ),
        Task::FindCurrentFolder
        | Task::Start
        | Task::Print
        | Task::WriteManual
        | Task::Write(_)
        | Task::UseKey(_)
        | Task::StartSandbox
        | Task::ReadFaults(_)
        | Task::ReadValue(_) => None,
    }
}

fn of_file(file: &Path, why: &UnusablePlan) -> Words {
    let file = file.display();
    let message = match why {
        UnusablePlan::Unreadable(error) => format!("cannot read the saved plan {file}: {error}"),
        UnusablePlan::NotText => format!("{file} is not a saved plan: it is not text"),
        UnusablePlan::TooLarge => format!("{file} is not a saved plan: it is larger than any"),
        UnusablePlan::Other(error) => format!("{file} {error}"),
    };
    with_hint(message, "save one with `trueup plan --out FILE`")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{failure, planned};
    use super::*;
    use crate::apply::{Outcome, Report};
    use crate::cloud::{Certainty, ErrorKind};
    use crate::message::Question;

    fn environment(name: &str) -> EnvironmentName {
        EnvironmentName::parse(name).unwrap()
    }

    #[test]
    fn what_services_said_is_one_line_each_and_a_shared_hint_is_shown_once() {
        let error = |message| failure(ErrorKind::RateLimited, Certainty::NotDone, message);
        let Words { message, hint } = words(&Failure::Clouds(vec![error("slow down"), error("too many")]));
        assert_eq!(message.lines().count(), 2, "{message}");
        assert_eq!(hint.unwrap().lines().count(), 1);
    }

    #[test]
    fn what_the_system_said_stands_behind_what_was_tried() {
        let refused = || std::io::Error::from(std::io::ErrorKind::AddrInUse);
        let failure = Failure::System { task: Task::Serve(80), error: refused() };
        let text = text(&failure, None, Theme::Plain);
        assert!(text.starts_with("error: cannot serve on port 80: "), "{text}");
        assert!(text.ends_with("hint: choose another one with --port\n"), "{text}");
    }

    #[test]
    fn an_apply_that_was_cut_short_is_a_list_for_people_and_a_count_in_short() {
        let plan = Box::new(planned());
        let mut outcomes = vec![Outcome::NotDone(None); plan.steps.len()];
        outcomes[0] = Outcome::Done;
        let report = Report {
            outcomes,
            stopped: true,
            outputs: Vec::new(),
            calls: 3,
            elapsed: std::time::Duration::ZERO,
        };
        let failure = Failure::Incomplete { plan, report };
        assert_eq!(in_short(&failure), "1 done, 10 not done");
        let text = text(&failure, None, Theme::Plain);
        assert!(
            text.starts_with("\nerror: production: stopped before everything was done: 1 done"),
            "{text}"
        );
    }

    #[test]
    fn without_an_answer_it_says_what_was_left_as_it_is() {
        let apply = Question::Apply(vec![environment("production")]);
        assert_eq!(
            text(&Failure::NobodyToAsk(apply.clone()), None, Theme::Plain),
            "error: there is no terminal to ask on, so nothing was done\nhint: add --yes to apply without a question\n"
        );
        assert_eq!(words(&Failure::NotConfirmed(apply)), only("not confirmed, so nothing was done"));
    }
}

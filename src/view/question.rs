//! What is asked before something is done, and what is said when it was not answered with yes.

use super::failure::{Words, only, with_hint};
use super::text::{clean, listed};
use crate::message::Question;
use crate::spec::EnvironmentName;

/// More environments than this are counted instead of named.
const NAMED: usize = 5;

/// A question, with the only answer that counts.
#[must_use]
pub fn text(question: &Question) -> String {
    let question = match question {
        Question::Apply(environments) => format!("Apply these changes to {}?", subject(environments)),
        Question::BackUp(environment) => format!("Back up these databases of {environment}?"),
        Question::Deploy(environment) => format!("Build this code, and release it to {environment}?"),
        Question::Rotate(environment) => format!("Rotate these of {environment}?"),
        Question::RollBack(environment) => format!("Roll {environment} back?"),
        Question::BreakLock(environment) => {
            format!("Break the lock of {environment}, although its holder may still be running?")
        }
        Question::DestroyExpired { environments, answer } => {
            let names: Vec<&str> = environments.iter().map(|(environment, _)| environment.as_str()).collect();
            return format!(
                "Delete everything of {} that is listed above? It cannot be undone. Type `{answer}`: ",
                listed(&names)
            );
        }
        Question::Restore { database, app } => {
            return format!("Overwrite everything in {database} of {app}? Type the app's name, `{app}`: ");
        }
        Question::Destroy { environment, app } => {
            return format!(
                "Delete everything of {environment} that is listed above? It cannot be undone. Type the app's name, `{app}`: "
            );
        }
    };
    format!("{} Only `yes` counts as an answer: ", clean(&question))
}

fn subject(environments: &[EnvironmentName]) -> String {
    if environments.len() > NAMED {
        return format!("{} environments", environments.len());
    }
    listed(&environments.iter().map(EnvironmentName::as_str).collect::<Vec<_>>())
}

/// There is no terminal to ask on.
pub(super) fn without_terminal(question: &Question) -> Words {
    let hint = match question {
        Question::Apply(_) => "add --yes to apply without a question",
        Question::BackUp(_) => "add --yes to back up without a question",
        Question::Deploy(_) => "add --yes to deploy without a question",
        Question::Rotate(_) => "add --yes to rotate without a question",
        Question::RollBack(_) => "add --yes to roll back without a question",
        Question::BreakLock(_) => "add --yes to break a lock that is still held",
        Question::DestroyExpired { environments, .. } => {
            let each: Vec<String> = environments.iter().map(|(_, app)| format!("--confirm {app}")).collect();
            let hint = format!("add {} to delete it all without a question", each.join(" "));
            return with_hint(format!("there is no terminal to ask on, so {}", outcome(question)), hint);
        }
        Question::Restore { app, .. } => {
            let hint = format!("add --confirm {app} to restore without a question");
            return with_hint(format!("there is no terminal to ask on, so {}", outcome(question)), hint);
        }
        Question::Destroy { app, .. } => {
            let hint = format!("add --confirm {app} to delete it all without a question");
            return with_hint(format!("there is no terminal to ask on, so {}", outcome(question)), hint);
        }
    };
    with_hint(format!("there is no terminal to ask on, so {}", outcome(question)), hint)
}

/// The answer was not yes.
pub(super) fn without_yes(question: &Question) -> Words {
    only(format!("not confirmed, so {}", outcome(question)))
}

fn outcome(question: &Question) -> &'static str {
    match question {
        Question::Apply(_)
        | Question::BackUp(_)
        | Question::Deploy(_)
        | Question::Rotate(_)
        | Question::RollBack(_)
        | Question::Restore { .. }
        | Question::DestroyExpired { .. }
        | Question::Destroy { .. } => "nothing was done",
        Question::BreakLock(_) => "the lock was left alone",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(names: &[&str]) -> String {
        let names = names.iter().map(|name| EnvironmentName::parse(name).unwrap());
        text(&Question::Apply(names.collect()))
    }

    #[test]
    fn few_environments_are_named_and_many_are_counted() {
        let answer = "Only `yes` counts as an answer: ";
        assert_eq!(apply(&["production"]), format!("Apply these changes to production? {answer}"));
        assert_eq!(
            apply(&["api", "jobs", "web"]),
            format!("Apply these changes to api, jobs and web? {answer}")
        );
        assert_eq!(apply(&["e"; 6]), format!("Apply these changes to 6 environments? {answer}"));
    }
}

//! What should be known besides, in words.

use std::path::Path;
use std::time::Duration;

use super::error::warning;
use super::style::Theme;
use super::text::{clean, listed, seconds};
use super::{distrust, import, lock};
use crate::access::Repository;
use crate::message::{LockLeft, Notice};
use crate::plan::Summary;
use crate::resource::rights::Scope;
use crate::spec::EnvironmentName;

/// What to do after `init`.
const BEGUN: &str = "next: trueup plan production --sandbox   what would be made, without any account\n      \
                     trueup render production           the Rails app for it, in this folder\n";

/// A notice as lines of standard error.
#[must_use]
pub fn text(notice: &Notice, theme: Theme) -> String {
    let warning = |text: String| warning(&text, theme);
    match notice {
        Notice::Spec(finding) => finding.render(theme == Theme::Colour),
        Notice::Untrusted(why) => warning(distrust::off(why)),
        Notice::FewCallsLeft(left) => warning(format!(
            "Heroku allows {left} more calls for now, of about 4500 an hour for this account"
        )),
        Notice::LongRun(budget) => warning(long_run(budget.needed, budget.left, budget.takes)),
        Notice::NothingSelected => "no environment is selected, so there is nothing to do\n".to_owned(),
        Notice::RemovedSince { revision, environments } => warning(removed_since(revision, environments)),
        Notice::UnknownBase { environment, revision, why } => warning(format!(
            "{environment}: no causes are given, since its spec at {revision} cannot be used: {why}"
        )),
        Notice::LargeMatrix { jobs, most } => warning(large_matrix(*jobs, *most)),
        Notice::RightsInAnyAccount => rights_in_any_account(),
        Notice::LongPolicy { counted, most } => warning(long_policy(*counted, *most)),
        Notice::TrustedJobs(repository) => trusted_jobs(repository),
        Notice::ScopesOfAccount(scopes) => scopes_of_account(scopes),
        Notice::LargeChange { environment, summary } => warning(format!(
            "{}: `apply` will want --allow-large-change, or --expect with the digest of this plan",
            large_change(environment.as_str(), *summary)
        )),
        Notice::Imported { environment, external, values, left } => {
            import::done(environment, *external, values.as_deref(), left)
        }
        Notice::ImportedMany(many) => import::many(many),
        Notice::DescribedTwice { app, environment } => warning(import::twice(app, environment)),
        Notice::NotExpired { environment, until } => not_expired(environment, until),
        Notice::CloneStands(environment) => warning(clone_stands(environment)),
        Notice::Saved { file, flags } => saved(file, flags.as_deref()),
        Notice::NotLocked { environment, bucket } => warning(lock::not_taken(environment, bucket)),
        Notice::LockTakenOver { environment, found, state } => {
            warning(lock::taken_over(environment, found, *state))
        }
        Notice::LockLost { environment, loss } => format!("\n{}", warning(lock::lost(environment, loss))),
        Notice::LockLeft { environment, why } => warning(lock_left(environment, why)),
        Notice::LockIsOver(state) => format!("{}\n", lock::why_over(*state)),
        Notice::NoSummary { file, error } => {
            warning(format!("cannot write the job's summary to {}: {error}", file.display()))
        }
        Notice::EventsEnded { file, error } => {
            warning(format!("cannot write more events to {}: {error}", file.display()))
        }
        Notice::EndedAtOnce => {
            "stopped at once: what was running may be done or not; run the same command again to continue\n"
                .to_owned()
        }
        Notice::SetUpCi => "next: what to set up once is at the head of each file\n".to_owned(),
        Notice::BelowRepository(folder) => warning(below_repository(folder)),
        Notice::Begun => BEGUN.to_owned(),
        Notice::Serving => "serving until Ctrl-C\n".to_owned(),
        Notice::OtherApp { before, now } => {
            warning(format!("this folder held the app of `{before}`, and now it is that of `{now}`"))
        }
    }
}

fn large_matrix(jobs: usize, most: usize) -> String {
    format!(
        "this matrix has {jobs} jobs, and GitHub runs {most} at most: give each job a part with --shard I/N instead"
    )
}

fn not_expired(environment: &EnvironmentName, until: &impl std::fmt::Display) -> String {
    format!("{environment} stays: by its tags it has time until {until}\n")
}

fn clone_stands(environment: &EnvironmentName) -> String {
    format!(
        "the file of {environment} is there and counts as it is: what `--app`, `--set` and `--ttl` say is for a new one"
    )
}

fn saved(file: &Path, flags: Option<&[&'static str]>) -> String {
    let next = match flags {
        Some(flags) => {
            let flags: String = flags.iter().map(|flag| format!("{flag} ")).collect();
            format!("apply it with: trueup apply {flags}--plan {}", quoted(file))
        }
        None => "apply will refuse it, as some of it is blocked".to_owned(),
    };
    format!("saved to {}; {next}\n", file.display())
}

fn rights_in_any_account() -> String {
    "the spec names no AWS account, so the users of this policy are those of any (`*`): \
     write `aws: { account: \"111122223333\" }`\n"
        .to_owned()
}

fn long_policy(counted: usize, most: usize) -> String {
    format!(
        "this policy has {counted} characters, and IAM takes {most} as a managed one: write it into the role as an inline \
         policy"
    )
}

fn trusted_jobs(repository: &Repository) -> String {
    if repository.has_ids() {
        return "the role trusts the repository by its ids; GitHub calls one that is older than 2026-07-15 by its \
                name alone, unless it opted in: leave the ids out for such a repository\n"
            .to_owned();
    }
    let path = repository.path();
    format!(
        "the role trusts the repository by its name; GitHub calls one that was made, renamed or transferred after \
         2026-07-15 by its ids: `gh api repos/{path} --jq '.owner.id,.id'` prints them, for --trust github:{path}@OWNER_ID/REPO_ID\n"
    )
}

/// Heroku has no tokens for single apps.
fn scopes_of_account(scopes: &[Scope]) -> String {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    format!(
        "a Heroku token's scopes hold for every app that its account can see, not for one app: give each class of \
         environments a machine user of its own, invited to those apps alone\n\
         a token of it: heroku authorizations:create --scope {} --description trueup\n",
        scopes.join(",")
    )
}

fn removed_since(revision: &str, environments: &[EnvironmentName]) -> String {
    let names: Vec<&str> = environments.iter().map(EnvironmentName::as_str).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!(
        "{} {verb} in `{revision}` and not in this project: what is live is left as it is",
        listed(&names)
    )
}

fn below_repository(folder: &str) -> String {
    let folder = clean(folder);
    format!(
        "CI systems look at the root of a repository, and this project is in {folder}: move what was written for them \
         there, put `{folder}/` before `environments/` in it, and set TRUEUP_DIR to `{folder}`"
    )
}

/// What is large about a plan.
pub(super) fn large_change(environment: &str, summary: Summary) -> String {
    let (touched, existing) = (summary.touched(), summary.existing());
    format!(
        "{environment}: {touched} of {existing} existing resources would be changed or deleted, more than 30 %"
    )
}

fn long_run(needed: u64, left: Option<u64>, takes: Option<Duration>) -> String {
    let left = left.map_or_else(String::new, |left| format!(", and {left} are left for now"));
    let takes = takes.map_or_else(String::new, |takes| format!(", so it takes about {}", seconds(takes)));
    format!("this needs about {needed} calls of Heroku{left}{takes}")
}

fn lock_left(environment: &EnvironmentName, why: &LockLeft) -> String {
    match why {
        LockLeft::Removed => format!(
            "the lock of {environment} was removed by someone before the end, so others may have changed it at the same time; `trueup plan {environment}` shows how it is"
        ),
        LockLeft::Failed(error) => {
            format!("the lock of {environment} could not be released, so it is left to expire: {error}")
        }
        LockLeft::TimedOut => {
            format!("the lock of {environment} was not released in time, so it is left to expire")
        }
    }
}

/// A path as a shell takes it.
fn quoted(file: &Path) -> String {
    let text = file.display().to_string();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production() -> EnvironmentName {
        EnvironmentName::parse("production").unwrap()
    }

    #[test]
    fn a_saved_plan_says_how_it_is_applied_in_a_form_that_a_shell_takes() {
        let saved = |file: &str, flags| text(&Notice::Saved { file: file.into(), flags }, Theme::Plain);
        assert_eq!(
            saved(".trueup/p.plan", Some(vec!["--sandbox"])),
            "saved to .trueup/p.plan; apply it with: trueup apply --sandbox --plan .trueup/p.plan\n"
        );
        assert!(saved("it's", Some(Vec::new())).ends_with("trueup apply --plan 'it'\\''s'\n"));
        assert!(saved("p", None).contains("apply will refuse it"));
    }

    #[test]
    fn a_long_run_says_what_it_needs_what_there_is_and_how_long_it_takes() {
        assert_eq!(
            long_run(1700, Some(300), Some(Duration::from_secs(1180))),
            "this needs about 1700 calls of Heroku, and 300 are left for now, so it takes about 19 min 40 s"
        );
    }

    #[test]
    fn a_lock_that_was_not_released_says_what_that_means() {
        let text = |why| text(&Notice::LockLeft { environment: production(), why }, Theme::Plain);
        assert!(
            text(LockLeft::Removed).starts_with("warning: the lock of production was removed by someone")
        );
        assert!(text(LockLeft::TimedOut).contains("so it is left to expire"));
    }
}

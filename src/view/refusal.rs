//! What the safety rules refuse, in words.

use std::path::Path;

use super::failure::{Words, with_hint};
use super::text::{amount, clean};
use super::{check, distrust, lock, notice};
use crate::message::Refusal;
use crate::plan::PlanDigest;
use crate::plan::stale::Stale;
use crate::resource::Limit;
use crate::spec::{AppName, EnvironmentName};

pub(super) fn words(refusal: &Refusal) -> Words {
    match refusal {
        Refusal::Blocked(environment) => {
            advised(format!("{environment} has differences that trueup refuses to make, so nothing was done"))
        }
        Refusal::LargeChange { environment, summary } => with_hint(
            format!("{}, so nothing was done", notice::large_change(environment.as_str(), *summary)),
            "read the plan again; if it is what you want, add --allow-large-change",
        ),
        Refusal::AboveLimit { environment, limit } => above_limit(environment, limit),
        Refusal::Untrusted(why) => distrust::refused(why),
        Refusal::Checks { environment, failed } => check::refused(environment, failed),
        Refusal::Stale { file, environment, why } => stale(file, environment, why),
        Refusal::NotAsReviewed { expected, found } => not_as_reviewed(expected, found.as_ref()),
        Refusal::OtherFormat { file, why } => with_hint(
            format!("the saved plan {} {why}, so nothing was done", file.display()),
            format!("run `trueup plan --out {}` again and review it", file.display()),
        ),
        Refusal::LockHeld { environment, found } => lock::held(environment, found),
        Refusal::LockElsewhere { environment, bucket, why } => lock::elsewhere(environment, bucket, why),
        Refusal::LockBusy(environment) => lock::busy(environment),
        Refusal::LockLost(environment) => lock::lost_by_this_run(environment),
        Refusal::OtherAccount { expected, found } => with_hint(
            format!("the AWS credentials are of the account {found}, and `aws.account` says {expected}"),
            "nothing was looked at; set AWS_PROFILE, or the variables that hold the credentials, to that account's",
        ),
        Refusal::CloneOfItself(environment) => clone_of_itself(environment),
        Refusal::NotAClone { environment, source } => not_a_clone(environment, source),
        Refusal::Collides { environment, collisions } => collides(environment, collisions),
        Refusal::Kept(environment) => kept(environment),
        Refusal::NotBackedUp(environment) => {
            advised(format!("{environment} does not have what was asked for, so nothing was done"))
        }
        Refusal::NotDeployed(environment) => {
            advised(format!("nothing can be deployed to {environment} yet, so nothing was uploaded"))
        }
        Refusal::NotRotated(environment) => {
            advised(format!("{environment} has something that cannot be rotated, so nothing was done"))
        }
        Refusal::NotRestored(environment) => {
            advised(format!("this cannot be restored into {environment}, so nothing was done"))
        }
        Refusal::NotRolledBack(environment) => {
            advised(format!("{environment} cannot be rolled back this way, so nothing was done"))
        }
        Refusal::NotConfirmed(app) => with_hint(
            format!(
                "the app `{app}` is not among those that `--confirm` names, so nothing of it was deleted"
            ),
            format!(
                "make sure that it should be deleted, then add `--confirm {app}`, or a pattern that it meets"
            ),
        ),
        Refusal::WrongName { given, app } => wrong_name(given, app),
        Refusal::FilesLeft(files) => files_left(*files),
        Refusal::FolderOfOthers { folder, files } => folder_of_others(folder, files),
    }
}

/// The plan has said what to do.
fn advised(message: String) -> Words {
    with_hint(message, "follow the advice beside each `blocked` line, then run the same command again")
}

fn not_a_clone(environment: &EnvironmentName, source: &EnvironmentName) -> Words {
    with_hint(
        format!(
            "the file of {environment} is there and does not say `cloned_from: {source}`, so nothing was done"
        ),
        "choose another name, or move the file out of the way if nothing of it is needed",
    )
}

fn collides(environment: &EnvironmentName, collisions: &[String]) -> Words {
    with_hint(
        format!(
            "{environment} would share something with another environment, so nothing was done: {}",
            collisions.join("; ")
        ),
        "name its own with `--app`, `--set buckets.NAME.name=…` or `--set iam_users.NAME.name=…`",
    )
}

fn files_left(files: usize) -> Words {
    let message = match files {
        1 => "1 file with changes by others was left as it is".to_owned(),
        files => format!("{files} files with changes by others were left as they are"),
    };
    with_hint(
        message,
        "take over by hand what you want of the differences above, or overwrite with `--force`",
    )
}

fn above_limit(environment: &EnvironmentName, limit: &Limit) -> Words {
    let (comes_to, most) = (amount(limit.bill.cents), amount(limit.cents));
    with_hint(
        format!(
            "{environment} would cost {comes_to} a month, above the {most} of its spec, so nothing was done"
        ),
        "ask for less, or raise `limits.monthly_usd`",
    )
}

fn not_as_reviewed(expected: &PlanDigest, found: Option<&PlanDigest>) -> Words {
    let message = match found {
        Some(found) => format!(
            "what would be done now is not what was reviewed, so nothing was done: the digest is {found}, expected {expected}"
        ),
        None => format!(
            "not everything could be planned, so nothing was done: it cannot be compared with {expected}"
        ),
    };
    with_hint(message, "review the plan above; if it is what you want, apply it with its own digest")
}

fn clone_of_itself(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} cannot be cloned into itself, so nothing was done"),
        "give the new environment a name of its own",
    )
}

fn kept(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} has something that may not be deleted, so nothing was deleted"),
        "follow the advice beside each `blocked` line, then run the same command again",
    )
}

fn wrong_name(given: &str, app: &AppName) -> Words {
    with_hint(
        format!("`{}` is not the name of the app, so nothing was done", clean(given)),
        format!("the environment's app is `{app}`: make sure that it is the one you mean"),
    )
}

fn stale(file: &Path, environment: &EnvironmentName, why: &Stale) -> Words {
    let file = file.display();
    let again = format!("run `trueup plan {environment} --out {file}` again and review it");
    let hint = match why {
        Stale::Key => format!("use the same ones as when it was saved, or {again}"),
        Stale::Account { .. } => format!(
            "set AWS_PROFILE, or the variables that hold the credentials, to that account's, or {again}"
        ),
        Stale::Tool { .. } | Stale::Edited | Stale::Spec(_) | Stale::Facts(_) | Stale::Changes(_) => again,
    };
    with_hint(format!("the saved plan {file} can no longer be applied, so nothing was done: {why}"), hint)
}

/// More files than this are counted.
const SHOWN: usize = 5;

fn folder_of_others(folder: &Path, files: &[String]) -> Words {
    let listed: Vec<String> = files.iter().take(SHOWN).map(|file| format!("`{file}`")).collect();
    let more = match files.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let noun = if files.len() == 1 { "a file" } else { "files" };
    with_hint(
        format!(
            "`{}` holds {noun} that trueup did not render and would overwrite: {}{more}; nothing was written",
            folder.display(),
            listed.join(", ")
        ),
        "name another folder with `--out DIR`; `--check --diff` shows the differences, `--force` overwrites",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Summary;

    fn production() -> EnvironmentName {
        EnvironmentName::parse("production").unwrap()
    }

    #[test]
    fn a_large_change_says_how_large_and_what_allows_it() {
        let summary = Summary { create: 0, update: 4, replace: 0, delete: 1, unchanged: 5 };
        let Words { message, hint } = words(&Refusal::LargeChange { environment: production(), summary });
        assert_eq!(
            message,
            "production: 5 of 10 existing resources would be changed or deleted, more than 30 %, so nothing was done"
        );
        assert!(hint.unwrap().contains("--allow-large-change"));
    }

    #[test]
    fn a_plan_under_another_key_says_that_the_same_key_will_do() {
        let refusal = |why| Refusal::Stale { file: "p.plan".into(), environment: production(), why };
        let hint = |why| words(&refusal(why)).hint.unwrap();
        assert!(hint(Stale::Key).starts_with("use the same ones as when it was saved, or run `trueup plan"));
        assert_eq!(hint(Stale::Edited), "run `trueup plan production --out p.plan` again and review it");
    }

    #[test]
    fn of_many_files_some_are_named() {
        let files = |number: usize| (0..number).map(|number| format!("f{number}")).collect::<Vec<_>>();
        let message = |number| folder_of_others(Path::new("app"), &files(number)).message;
        assert!(message(1).starts_with("`app` holds a file that"), "{}", message(1));
        assert!(message(7).contains(": `f0`, `f1`, `f2`, `f3`, `f4` and 2 more; nothing"), "{}", message(7));
    }
}

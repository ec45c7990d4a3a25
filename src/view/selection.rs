//! Why no environment could be chosen, in words, and the ones that were, for a CI system.
//!
//! What must not live here: choosing them, which is `fleet`'s.

use schemars::JsonSchema;
use serde::Serialize;

use super::failure::{Words, only, with_hint};
use super::json;
use super::text::listed;
use crate::fleet::{SelectionError, ShardError};
use crate::git::GitError;
use crate::spec::{AppName, EnvironmentName};

/// Why, and what to do now.
pub(super) fn words(error: &SelectionError) -> Words {
    match error {
        SelectionError::NotAName { written, expected, meant } => Words {
            message: format!("`{written}` cannot be used here, expected {expected}"),
            hint: meant.as_ref().map(|name| format!("did you mean `{name}`?")),
        },
        SelectionError::NotAPattern { written, why } => with_hint(
            format!("`{written}` is not a pattern of names: {why}"),
            "use `*`, `?` or `[a-z]`, as in 'client-*'",
        ),
        SelectionError::NoMatch { pattern, known } => {
            with_hint(format!("no environment matches `{pattern}`"), format!("there is {}", names(known)))
        }
        SelectionError::Unreadable { folder, error } => {
            with_hint(format!("cannot read {}: {error}", folder.display()), "start with `trueup init`")
        }
        SelectionError::None { folder } => {
            with_hint(format!("{} holds no environment", folder.display()), "start one with `trueup init`")
        }
        SelectionError::Several { known, takes_all } => with_hint(
            format!("this project has more than one environment: {}", names(known)),
            if *takes_all { "name one, or add --all" } else { "name one" },
        ),
        SelectionError::Git(error) => of_git(error),
        SelectionError::Shard(error) => of_shard(error),
    }
}

fn names(known: &[EnvironmentName]) -> String {
    listed(&known.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn of_git(error: &GitError) -> Words {
    let hint = match error {
        GitError::NoProgram(_) => Some("install git, or do without `--changed-since` and `--base`"),
        GitError::NotARepository { .. } => Some(
            "run it in a clone of the project's repository that git trusts, or do without `--changed-since` and `--base`",
        ),
        GitError::UnknownRevision { is_shallow: true, .. } => Some(
            "this clone is shallow: fetch the history first, as with `fetch-depth: 0` of actions/checkout or `git fetch --unshallow`",
        ),
        GitError::UnknownRevision { is_shallow: false, .. } => Some(
            "name a branch, tag or commit that this clone has, such as `origin/main`; `git fetch` gets new ones",
        ),
        GitError::Failed { .. } => None,
    };
    match hint {
        Some(hint) => with_hint(error.to_string(), hint),
        None => only(error.to_string()),
    }
}

fn of_shard(error: &ShardError) -> Words {
    let hint = match error {
        ShardError::Form(_) => "write it as in `--shard 2/8`",
        ShardError::Unknown | ShardError::Incomplete { .. } => {
            "`--shard auto` reads CI_NODE_INDEX and CI_NODE_TOTAL of GitLab's `parallel`, or JOB_COMPLETION_INDEX of a Kubernetes Indexed Job with TRUEUP_SHARDS, which must be set to its `completions`; elsewhere write `--shard I/N`"
        }
        ShardError::Unusable { .. } => "correct the variables, or write `--shard I/N`",
    };
    with_hint(error.to_string(), hint)
}

/// A matrix for a CI system.
#[derive(Serialize, JsonSchema)]
pub(super) struct Matrix<'a> {
    include: Vec<Job<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Job<'a> {
    environment: &'a str,
    app: &'a str,
}

/// Environments and their apps as a matrix, in one line: `{"include":[{"environment":"production","app":"ledger"}]}`.
#[must_use]
pub fn matrix(environments: &[(EnvironmentName, AppName)]) -> String {
    let jobs = environments
        .iter()
        .map(|(environment, app)| Job { environment: environment.as_str(), app: app.as_str() });
    json::line(&Matrix { include: jobs.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_environments_are_listed_with_the_way_to_choose() {
        let known = ["api", "web"].map(|name| EnvironmentName::parse(name).unwrap()).to_vec();
        assert_eq!(
            words(&SelectionError::Several { known: known.clone(), takes_all: true }),
            with_hint("this project has more than one environment: api and web", "name one, or add --all")
        );
        let of_one = words(&SelectionError::Several { known: known.clone(), takes_all: false });
        assert_eq!(of_one.hint.as_deref(), Some("name one"));
        assert_eq!(
            words(&SelectionError::NoMatch { pattern: "client-*".to_owned(), known }),
            with_hint("no environment matches `client-*`", "there is api and web")
        );
    }

    #[test]
    fn a_shallow_clone_is_said_to_be_one() {
        let unknown = |is_shallow| GitError::UnknownRevision { name: "v1".to_owned(), is_shallow };
        let said = |is_shallow| words(&SelectionError::Git(unknown(is_shallow)));
        assert_eq!(said(true).message, "git knows no revision `v1` here");
        assert!(said(true).hint.unwrap().contains("fetch-depth: 0"));
        assert!(said(false).hint.unwrap().contains("origin/main"));
    }

    #[test]
    fn a_matrix_is_one_line_even_of_none() {
        let name = |text| EnvironmentName::parse(text).unwrap();
        let app = |text| AppName::parse(text).unwrap();
        assert_eq!(
            matrix(&[(name("production"), app("ledger")), (name("staging"), app("ledger-staging"))]),
            "{\"include\":[{\"environment\":\"production\",\"app\":\"ledger\"},{\"environment\":\"staging\",\"app\":\"ledger-staging\"}]}\n"
        );
        assert_eq!(matrix(&[]), "{\"include\":[]}\n");
    }
}

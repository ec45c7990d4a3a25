//! Who may take the role on: the jobs of one repository on GitHub, by the identity that GitHub gives each
//! (life-and-ci.md section 13).
//!
//! The subject is compared as a whole. With a `*` in it another branch, environment or repository could come in.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Branch;
use crate::resource::rights::{self, Purpose};
use crate::spec::{Environment, EnvironmentName};

/// Who gives the identities.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// A repository on GitHub, as its jobs are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
    /// The numbers of owner and repository, which nobody can take over.
    ids: Option<(u64, u64)>,
}

/// Whose jobs take a role on.
#[derive(Clone, Copy, Debug)]
pub struct Jobs<'a> {
    /// Of which repository.
    pub repository: &'a Repository,
    /// The branch that its requests are merged into.
    pub branch: &'a Branch,
}

/// Why a text names no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// It names none of GitHub.
    #[error(
        "only repositories of GitHub are known: write github:OWNER/REPO, or github:OWNER/REPO@OWNER_ID/REPO_ID"
    )]
    Elsewhere,
    /// It names an owner and nothing of theirs.
    #[error("`{0}` names no repository: write github:OWNER/REPO, or github:OWNER/REPO@OWNER_ID/REPO_ID")]
    NoName(String),
    /// An owner's name is letters, digits and single dashes.
    #[error(
        "`{0}` is no owner on GitHub: write github:OWNER/REPO, with its letters, digits and dashes, and no pattern"
    )]
    Owner(String),
    /// A repository's name is letters, digits, dashes, dots and underscores.
    #[error(
        "`{0}` is no repository on GitHub: write github:OWNER/REPO, with its letters, digits and `-_.`, and no pattern"
    )]
    Name(String),
    /// The ids are two numbers.
    #[error(
        "`{0}` is not the two ids: write @OWNER_ID/REPO_ID, as `gh api repos/OWNER/REPO --jq '.owner.id,.id'` prints them"
    )]
    Ids(String),
}

/// Why there is no trust policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a trust policy names the AWS account whose identity provider it trusts, and the spec names none")]
pub struct NoAccount;

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(written: &str) -> Result<Self, RepositoryError> {
        let rest = written.strip_prefix("github:").ok_or(RepositoryError::Elsewhere)?;
        let (owner, rest) =
            rest.split_once('/').ok_or_else(|| RepositoryError::NoName(written.to_owned()))?;
        if !is_owner(owner) {
            return Err(RepositoryError::Owner(owner.to_owned()));
        }
        let (name, ids) = match rest.split_once('@') {
            Some((name, ids)) => (name, Some(ids)),
            None => (rest, None),
        };
        if !is_name(name) {
            return Err(RepositoryError::Name(name.to_owned()));
        }
        let ids = ids.map(|ids| two_numbers(ids).ok_or_else(|| RepositoryError::Ids(ids.to_owned())));
        Ok(Self { owner: owner.to_owned(), name: name.to_owned(), ids: ids.transpose()? })
    }
}

fn is_owner(text: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 39 && text.split('-').all(is_plain)
}

fn is_name(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_known) && !matches!(text, "." | "..")
}

fn two_numbers(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        text.parse().ok().filter(|_| is_plain)
    };
    let (owner, repository) = text.split_once('/')?;
    Some((number(owner)?, number(repository)?))
}

impl Repository {
    /// Whether its jobs are known by numbers as well.
    #[must_use]
    pub fn has_ids(&self) -> bool {
        self.ids.is_some()
    }

    /// `OWNER/REPO`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// How GitHub calls the jobs that do this.
    fn subjects(&self, environment: &EnvironmentName, purpose: Purpose, branch: &Branch) -> Vec<String> {
        let Self { owner, name, ids } = self;
        let repository = match ids {
            Some((owner_id, id)) => format!("repo:{owner}@{owner_id}/{name}@{id}"),
            None => format!("repo:{owner}/{name}"),
        };
        match purpose {
            // Of a pull request, and of what runs on the default branch: after a merge, and at night.
            Purpose::Plan => {
                vec![format!("{repository}:pull_request"), format!("{repository}:ref:refs/heads/{branch}")]
            }
            Purpose::Apply | Purpose::Deploy | Purpose::Clone | Purpose::Destroy => {
                vec![format!("{repository}:environment:{environment}")]
            }
        }
    }
}

/// The trust policy of a role.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TrustPolicy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "TrustStatement")]
struct Statement {
    effect: &'static str,
    principal: Principal,
    action: &'static str,
    condition: Condition,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Principal {
    federated: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    string_equals: BTreeMap<String, OneOrSeveral>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

impl TrustPolicy {
    /// That of a role which the jobs of a repository take on for an environment.
    pub(super) fn of(
        environment: &Environment,
        purpose: Purpose,
        Jobs { repository, branch }: Jobs<'_>,
    ) -> Result<Self, NoAccount> {
        let account = environment.spec.aws_account.as_ref().ok_or(NoAccount)?;
        let partition = rights::partition(&environment.spec);
        let mut subjects = repository.subjects(&environment.name, purpose, branch);
        let subjects = match subjects.len() {
            1 => OneOrSeveral::One(subjects.remove(0)),
            _ => OneOrSeveral::Several(subjects),
        };
        let audience = OneOrSeveral::One("sts.amazonaws.com".to_owned());
        let string_equals =
            BTreeMap::from([(format!("{ISSUER}:aud"), audience), (format!("{ISSUER}:sub"), subjects)]);
        let federated = format!("arn:{partition}:iam::{account}:oidc-provider/{ISSUER}");
        let statement = Statement {
            effect: "Allow",
            principal: Principal { federated },
            action: "sts:AssumeRoleWithWebIdentity",
            condition: Condition { string_equals },
        };
        Ok(Self { version: "2012-10-17", statement: [statement] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production() -> EnvironmentName {
        EnvironmentName::parse("production").unwrap()
    }

    fn subjects(written: &str, purpose: Purpose) -> Vec<String> {
        written.parse::<Repository>().unwrap().subjects(&production(), purpose, &Branch::default())
    }

    #[test]
    fn what_runs_at_night_is_of_the_branch_that_requests_are_merged_into() {
        let repository: Repository = "github:octo-org/ledger".parse().unwrap();
        let subjects = |purpose| repository.subjects(&production(), purpose, &"release/7".parse().unwrap());
        assert_eq!(subjects(Purpose::Plan)[1], "repo:octo-org/ledger:ref:refs/heads/release/7");
        assert_eq!(subjects(Purpose::Apply), ["repo:octo-org/ledger:environment:production"]);
    }

    #[test]
    fn a_plan_comes_from_a_pull_request_or_the_main_branch_and_an_apply_from_the_environment() {
        let by_name = "github:octo-org/ledger";
        assert_eq!(
            subjects(by_name, Purpose::Plan),
            ["repo:octo-org/ledger:pull_request", "repo:octo-org/ledger:ref:refs/heads/main"]
        );
        for purpose in [Purpose::Apply, Purpose::Deploy, Purpose::Clone, Purpose::Destroy] {
            assert_eq!(subjects(by_name, purpose), ["repo:octo-org/ledger:environment:production"]);
        }
        assert_eq!(
            subjects("github:octo-org/ledger@583231/1296269", Purpose::Apply),
            ["repo:octo-org@583231/ledger@1296269:environment:production"]
        );
    }

    #[test]
    fn what_is_no_repository_is_refused_with_the_form_that_is_wanted() {
        for (written, expected) in [
            ("octo/ledger", "github:OWNER/REPO"),
            ("gitlab:octo/ledger", "only repositories of GitHub"),
            ("github:ledger", "`github:ledger` names no repository"),
            ("github:/ledger", "`` is no owner"),
            ("github:octo*/ledger", "`octo*` is no owner"),
            ("github:*/ledger", "`*` is no owner"),
            ("github:-octo/ledger", "`-octo` is no owner"),
            ("github:octo--cat/ledger", "is no owner"),
            ("github:octo@1/ledger@2", "`octo@1` is no owner"),
            ("github:octo/", "`` is no repository"),
            ("github:octo/*", "`*` is no repository"),
            ("github:octo/led?er", "no pattern"),
            ("github:octo/ledger/more", "`ledger/more` is no repository"),
            ("github:octo/ledger:environment:production", "is no repository"),
            ("github:octo/..", "`..` is no repository"),
            ("github:octo/ledger@", "`` is not the two ids"),
            ("github:octo/ledger@1", "`1` is not the two ids"),
            ("github:octo/ledger@1/*", "`1/*` is not the two ids"),
            ("github:octo/ledger@+1/2", "is not the two ids"),
            ("github:octo/ledger@01/2", "is not the two ids"),
            ("github:octo/ledger@1/2/3", "is not the two ids"),
            ("github:octo/ledger@1/99999999999999999999999", "is not the two ids"),
        ] {
            let error = written.parse::<Repository>().unwrap_err().to_string();
            assert!(error.contains(expected), "{written}: {error}");
        }
    }
}

//! Rights as a policy of IAM: actions that are allowed on the same resources share a statement.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::resource::rights::{Condition, Right};

/// A managed policy has no more characters, white space not counted (aws-s3-iam.md section 4).
pub const ROOM: usize = 6144;

/// A policy document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, String>>>,
}

impl Policy {
    /// What allows these rights and nothing else; `None` for no rights.
    #[must_use]
    pub fn of(rights: &BTreeSet<Right>) -> Option<Self> {
        let mut places: BTreeMap<(&'static str, &Option<Condition>), BTreeSet<&String>> = BTreeMap::new();
        for right in rights {
            places.entry((right.action, &right.condition)).or_default().insert(&right.resource);
        }
        let mut actions: BTreeMap<(BTreeSet<&String>, &Option<Condition>), Vec<&'static str>> =
            BTreeMap::new();
        for ((action, condition), resources) in places {
            actions.entry((resources, condition)).or_default().push(action);
        }
        let mut statement: Vec<Statement> = actions
            .into_iter()
            .map(|((resources, condition), action)| Statement {
                effect: "Allow",
                action,
                resource: resources.into_iter().cloned().collect(),
                condition: condition.as_ref().map(|Condition { operator, key, value }| {
                    BTreeMap::from([(*operator, BTreeMap::from([(*key, value.clone())]))])
                }),
            })
            .collect();
        // By service, and each service's longest list first.
        let service = |one: &Statement| one.action.first().and_then(|action| action.split(':').next());
        statement.sort_by_key(|one| (service(one).map(str::to_owned), std::cmp::Reverse(one.action.len())));
        (!statement.is_empty()).then_some(Self { version: "2012-10-17", statement })
    }

    /// How many of the characters that IAM counts it has.
    #[must_use]
    pub fn counted(&self) -> usize {
        let text = serde_json::to_string(self).unwrap_or_default();
        text.chars().filter(|character| !character.is_whitespace()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(action: &'static str, resource: &str, condition: Option<Condition>) -> Right {
        Right { action, resource: resource.to_owned(), condition }
    }

    #[test]
    fn actions_on_the_same_resources_under_the_same_condition_share_a_statement() {
        let edge = Condition { operator: "StringEquals", key: "iam:PermissionsBoundary", value: "e".into() };
        let rights = BTreeSet::from([
            right("s3:GetBucketCORS", "b", None),
            right("s3:GetBucketTagging", "b", None),
            right("s3:GetBucketTagging", "c", None),
            right("s3:ListBucket", "b", None),
            right("iam:CreateUser", "u", Some(edge)),
        ]);
        let text = serde_json::to_string(&Policy::of(&rights)).unwrap();
        assert_eq!(
            text,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateUser"],"Resource":["u"],"Condition":{"StringEquals":{"iam:PermissionsBoundary":"e"}}},{"Effect":"Allow","Action":["s3:GetBucketCORS","s3:ListBucket"],"Resource":["b"]},{"Effect":"Allow","Action":["s3:GetBucketTagging"],"Resource":["b","c"]}]}"#
        );
    }

    #[test]
    fn no_rights_are_no_policy() {
        assert!(Policy::of(&BTreeSet::new()).is_none());
    }
}

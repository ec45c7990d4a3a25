//! What IAM remembers of one account. Reading it only; the operations beside this file change it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::super::fault::Fault;
use super::managed;

/// Users and managed policies of one account.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Account {
    /// By name in lower case: names are unique without regard to case.
    pub(super) users: BTreeMap<String, User>,
    /// By name in lower case.
    pub(super) groups: BTreeMap<String, Group>,
    /// Customer-managed policies by ARN.
    pub(super) policies: BTreeMap<String, ManagedPolicy>,
}

/// One IAM user.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct User {
    /// The name as it was created.
    pub(crate) name: String,
    /// `/` or `/…/`.
    pub(super) path: String,
    /// `AIDA…`
    pub(crate) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created: OffsetDateTime,
    pub(super) tags: BTreeMap<String, String>,
    /// Inline policies by name: the text as it was sent.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(super) attached: BTreeSet<String>,
    /// ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
    pub(crate) keys: Vec<AccessKey>,
}

impl User {
    /// The ARN in an account.
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

/// One group of users.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Group {
    /// The name as it was created.
    pub(super) name: String,
    /// `/` or `/…/`.
    pub(super) path: String,
    /// `AGPA…`
    pub(super) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created: OffsetDateTime,
    /// The ids of the users in it.
    pub(super) members: BTreeSet<String>,
    /// Inline policies by name: the text as it was sent.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(super) attached: BTreeSet<String>,
}

impl Group {
    /// The ARN in an account.
    pub(super) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:group{}{}", self.path, self.name)
    }
}

/// One access key.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct AccessKey {
    /// `AKIA…`
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) active: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created: OffsetDateTime,
    pub(crate) last_used: Option<LastUsed>,
}

/// When and where a key was used last.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct LastUsed {
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    pub(crate) service: String,
    pub(crate) region: String,
}

/// One customer-managed policy and its versions.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct ManagedPolicy {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) description: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created: OffsetDateTime,
    pub(super) tags: BTreeMap<String, String>,
    /// By number: 1 is `v1`.
    pub(super) versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the version that counts.
    pub(super) default: u32,
}

/// One version of a managed policy.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct PolicyVersion {
    pub(super) document: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created: OffsetDateTime,
}

impl Account {
    /// Every user, by name.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// Every user, to be changed.
    pub(crate) fn users_mut(&mut self) -> impl Iterator<Item = &mut User> {
        self.users.values_mut()
    }

    /// A user by name, whatever its case.
    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&name.to_lowercase())
    }

    /// A user that must exist.
    pub(super) fn known(&self, name: &str) -> Result<&User, Fault> {
        self.user(name).ok_or_else(|| unknown_user(name))
    }

    /// A user that must exist, to be changed.
    pub(super) fn known_mut(&mut self, name: &str) -> Result<&mut User, Fault> {
        self.users.get_mut(&name.to_lowercase()).ok_or_else(|| unknown_user(name))
    }

    /// The groups that a user is in, by its id.
    pub(super) fn groups_of(&self, id: &str) -> impl Iterator<Item = &Group> {
        self.groups.values().filter(move |group| group.members.contains(id))
    }

    /// Every policy that counts for a user, those of its groups among them, except the boundary.
    pub(crate) fn documents_of(&self, user: &User) -> Vec<Value> {
        let groups = || self.groups_of(&user.id);
        let inline = user.inline.values().chain(groups().flat_map(|group| group.inline.values()));
        let attached = user.attached.iter().chain(groups().flat_map(|group| &group.attached));
        let inline = inline.filter_map(|text| serde_json::from_str(text).ok());
        inline.chain(attached.filter_map(|arn| self.document(arn))).collect()
    }

    /// The document of a managed policy's default version.
    pub(crate) fn document(&self, arn: &str) -> Option<Value> {
        let own = self.policies.get(arn).and_then(|policy| policy.versions.get(&policy.default));
        let text = own.map(|version| version.document.clone()).or_else(|| managed::of_aws(arn))?;
        serde_json::from_str(&text).ok()
    }
}

fn unknown_user(name: &str) -> Fault {
    Fault::no_such_entity(format!("The user with name {name} cannot be found."))
}

//! Which rights trueup needs for what a spec names: what each kind says of itself, put together.
//!
//! A right is named by what a spec may call for, whatever is live of what it names: `trueup policy` prints rights that
//! are enough where nothing exists yet, where all does, and for every way from the one to the other. What must not
//! live here: what a policy looks like, and what any one kind needs.

use std::collections::BTreeSet;

use super::kinds::kinds;
use super::strays;
use super::task::build;
use crate::spec::{PolicyArn, Spec};

/// What is to be done with what a spec names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Looking, and nothing else: `plan`, `drift`, `status`.
    Plan,
    /// Making it so, with the deletions that need no `destroy`.
    Apply,
    /// Bringing code to run on it.
    Deploy,
    /// Making it as another environment is, and taking along what that holds.
    Clone,
    /// Removing all of it.
    Destroy,
}

/// What a kind is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What the user wrote.
    pub spec: &'a Spec,
    account: &'a str,
    partition: &'a str,
}

/// One action that is allowed on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Such as `s3:GetBucketTagging`.
    pub action: &'static str,
    /// An ARN, or a pattern of ARNs.
    pub resource: String,
    /// When alone it holds.
    pub condition: Option<Condition>,
}

/// When alone a right holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Such as `StringEquals`.
    pub operator: &'static str,
    /// Such as `iam:PermissionsBoundary`.
    pub key: &'static str,
    /// What it has to be.
    pub value: String,
}

/// What a Heroku token may do (life-and-ci.md section 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To see whose the token is, and nothing else.
    Identity,
    /// To see apps and what belongs to them, but neither config vars nor releases.
    Read,
    /// To see those too.
    ReadProtected,
    /// To see and change apps and what belongs to them, but not config vars.
    Write,
    /// To see and change all of it.
    WriteProtected,
}

/// What was asked for so far.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    allowed: BTreeSet<Right>,
    scopes: BTreeSet<Scope>,
}

/// A kind that says which rights it needs.
pub trait Entitled {
    /// What it needs to be looked at.
    fn to_read(asked: &Asked<'_>, rights: &mut Rights);

    /// What it needs besides to be made and changed.
    fn to_make(asked: &Asked<'_>, rights: &mut Rights);

    /// What it needs besides to take along what is in a thing of the environment that is cloned.
    fn to_take(asked: &Asked<'_>, source: &Spec, rights: &mut Rights) {
        let _ = (asked, source, rights);
    }

    /// What it needs besides to be removed by `destroy`.
    fn to_remove(asked: &Asked<'_>, rights: &mut Rights);
}

macro_rules! ask_all {
    ($($kind:ident: $Kind:ident),* $(,)?) => {
        /// What all kinds need for a purpose.
        #[must_use]
        pub fn rights(spec: &Spec, purpose: Purpose) -> Rights {
            let asked = Asked::of(spec);
            let mut rights = Rights::default();
            $(ask::<super::$kind::Kind>(&asked, purpose, &mut rights);)*
            strays::to_read(&asked, &mut rights);
            if purpose == Purpose::Deploy {
                build::to_deploy(&mut rights);
            }
            rights
        }

        /// What all kinds need to make a clone.
        #[must_use]
        pub fn rights_to_clone(source: &Spec, spec: &Spec) -> Rights {
            let asked = Asked::of(spec);
            let mut rights = rights(spec, Purpose::Clone);
            $(super::$kind::Kind::to_take(&asked, source, &mut rights);)*
            // Code that is released can read the config vars, as what is built can.
            build::to_deploy(&mut rights);
            rights
        }
    };
}

kinds!(ask_all);

/// Everything is looked at before it is changed.
fn ask<K: Entitled>(asked: &Asked<'_>, purpose: Purpose, rights: &mut Rights) {
    K::to_read(asked, rights);
    match purpose {
        Purpose::Plan | Purpose::Deploy => {}
        Purpose::Apply | Purpose::Clone => K::to_make(asked, rights),
        Purpose::Destroy => K::to_remove(asked, rights),
    }
}

impl<'a> Asked<'a> {
    /// About a spec. One that names no account is asked about any.
    #[must_use]
    pub fn of(spec: &'a Spec) -> Self {
        let account = spec.aws_account.as_ref().map_or("*", |account| account.as_str());
        Self { spec, account, partition: partition(spec) }
    }

    /// The ARN of users at a path, which begins and ends with a slash: `arn:aws:iam::111122223333:user/trueup/app`.
    #[must_use]
    pub fn user(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:user{path}{name}", self.partition, self.account)
    }

    /// The ARN of groups.
    #[must_use]
    pub fn groups(&self) -> String {
        format!("arn:{}:iam::{}:group/*", self.partition, self.account)
    }

    /// The ARN of buckets whose names begin so.
    #[must_use]
    pub fn buckets(&self, beginning: &str) -> String {
        format!("arn:{}:s3:::{beginning}*", self.partition)
    }

    /// The ARN of a key of KMS in a region, by its id or `*`.
    #[must_use]
    pub fn key(&self, region: &str, id: &str) -> String {
        format!("arn:{}:kms:{region}:{}:key/{id}", self.partition, self.account)
    }

    /// Whether the spec has anything on AWS.
    #[must_use]
    pub fn is_on_aws(&self) -> bool {
        !self.spec.buckets.is_empty() || !self.spec.iam_users.is_empty()
    }
}

/// The partition of a spec: that of its buckets' regions, else that of a policy it names.
#[must_use]
pub fn partition(spec: &Spec) -> &str {
    let of_bucket = spec.buckets.values().next().map(|bucket| bucket.region.partition());
    let boundaries = spec.iam_users.values().filter_map(|user| user.permissions_boundary.as_ref());
    of_bucket
        .or_else(|| boundaries.map(PolicyArn::as_str).find_map(|arn| arn.split(':').nth(1)))
        .unwrap_or("aws")
}

impl Rights {
    /// Actions on a resource.
    pub fn allow(&mut self, actions: &[&'static str], resource: &str) {
        self.allow_if(actions, resource, None);
    }

    /// Actions on each of some resources.
    pub fn allow_each(&mut self, actions: &[&'static str], resources: &[String]) {
        for resource in resources {
            self.allow(actions, resource);
        }
    }

    /// Actions on a resource, under a condition if there is one.
    pub fn allow_if(&mut self, actions: &[&'static str], resource: &str, condition: Option<&Condition>) {
        self.allowed.extend(actions.iter().map(|action| Right {
            action,
            resource: resource.to_owned(),
            condition: condition.cloned(),
        }));
    }

    /// Actions on a key of KMS in a region. A key is a resource by its id alone; one that is called by an alias is found
    /// by a condition.
    pub fn allow_on_key(&mut self, asked: &Asked<'_>, actions: &[&'static str], (key, region): (&str, &str)) {
        let Some(at) = key.find("alias/") else {
            let is_arn = key.starts_with("arn:");
            let resource = if is_arn { key.to_owned() } else { asked.key(region, key) };
            return self.allow(actions, &resource);
        };
        let (operator, named) = ("ForAnyValue:StringEquals", "kms:ResourceAliases");
        let condition = Condition { operator, key: named, value: key[at..].to_owned() };
        self.allow_if(actions, &asked.key(region, "*"), Some(&condition));
    }

    /// A scope of the Heroku token.
    pub fn scope(&mut self, scope: Scope) {
        self.scopes.insert(scope);
    }

    /// What is allowed, without what another right allows as well.
    #[must_use]
    pub fn allowed(&self) -> BTreeSet<Right> {
        let is_in_another = |one: &Right| self.allowed.iter().any(|other| other != one && other.covers(one));
        self.allowed.iter().filter(|one| !is_in_another(one)).cloned().collect()
    }

    /// The scopes, without those that another holds as well.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let is_in_another = |one: &Scope| self.scopes.iter().any(|other| other != one && other.covers(*one));
        self.scopes.iter().filter(|one| !is_in_another(one)).copied().collect()
    }
}

impl Right {
    fn covers(&self, other: &Self) -> bool {
        let is_as_wide = self.condition.is_none() || self.condition == other.condition;
        self.action == other.action && is_as_wide && is_within(&other.resource, &self.resource)
    }
}

/// Whether a pattern of ARNs, in which `*` is any text, names all that another one does.
fn is_within(narrow: &str, wide: &str) -> bool {
    let mut parts = wide.split('*');
    let Some(mut rest) = parts.next().and_then(|first| narrow.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl Scope {
    /// What Heroku calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Read => "read",
            Self::ReadProtected => "read-protected",
            Self::Write => "write",
            Self::WriteProtected => "write-protected",
        }
    }

    fn covers(self, other: Self) -> bool {
        match self {
            Self::WriteProtected => other != Self::Identity,
            Self::ReadProtected | Self::Write => other == Self::Read,
            Self::Read | Self::Identity => false,
        }
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;

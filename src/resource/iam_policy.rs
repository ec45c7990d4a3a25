//! The inline policy of an IAM user: no more than its grants need (aws-s3-iam.md section 5). Compared by
//! meaning, since IAM may word it differently.

mod others;
mod proof;
mod removal;

use std::collections::BTreeMap;

use super::iam_user_rights::{all_places, places, unknown_place, within_boundary};
use super::rights::{Asked, Entitled, Rights};
use super::{
    Action, Desired, Draft, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row, Run,
    Section, Shown, World, iam_user,
};
use crate::cloud::CloudError;
use crate::cloud::policy::{self, PolicyDocument};
use crate::spec::{Access, IamUser, LocalName, Spec, UserName, grants};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("iam_users").part("policy").kind("aws_iam_user_policy").noun("policy");

/// The name of the inline policy that trueup writes.
pub const POLICY_NAME: &str = "trueup";

/// The inline policies of each user by the spec's own name for it.
pub type Observed = BTreeMap<LocalName, Inline>;

/// The inline policies of a user, for which IAM has one room.
#[derive(Clone, Debug, Default)]
pub struct Inline {
    /// The one with trueup's name.
    pub document: Option<PolicyDocument>,
    /// How many characters IAM counts of those of others, as far as they may be read.
    pub others: usize,
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let policies = look.spec().iam_users.iter().map(|(local, user)| async move {
            let name = iam_user::live_name(look, local, user).await?;
            let others = others::counted(look, local, name);
            let (document, others) = tokio::try_join!(look.reads().user_policy(name, POLICY_NAME), others)?;
            Ok::<_, CloudError>((local.clone(), Inline { document, others }))
        });
        Ok(futures_util::future::try_join_all(policies).await?.into_iter().collect())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (local, live) in &world.iam_policy {
            if let Some(document) = &live.document {
                facts.state(&SECTION.address(local), document);
            }
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, user) in &desired.spec().iam_users {
            if !iam_user::is_managed(local, desired, world) {
                continue;
            }
            let live = world.iam_policy.get(local).and_then(|live| live.document.as_ref());
            let wanted = wanted(desired.spec(), user);
            match (live, wanted) {
                (None, None) => {}
                (Some(live), Some(wanted)) if live.same_meaning(&wanted) => draft.unchanged(),
                (live, wanted) => {
                    let change = Change {
                        local: local.clone(),
                        user: user.name.clone(),
                        grants: user.grants.clone(),
                        before: live.cloned(),
                        after: wanted,
                    };
                    match others::stands_against(&change, desired, world) {
                        None => draft.change(change),
                        Some(stands) => stands.tell(SECTION.address(local), draft),
                    }
                }
            }
        }
    }
}

fn wanted(spec: &Spec, user: &IamUser) -> Option<PolicyDocument> {
    let granted = grants::of(spec, user);
    (!granted.is_empty()).then(|| policy::user_policy(&granted))
}

/// `PutUserPolicy`, or `DeleteUserPolicy` when nothing is granted any more.
#[derive(Clone, Debug)]
pub struct Change {
    /// The spec's name for the user.
    pub local: LocalName,
    /// The user.
    pub user: UserName,
    /// What it grants, for showing a new policy.
    pub grants: BTreeMap<LocalName, Access>,
    /// The policy that is live.
    pub before: Option<PolicyDocument>,
    /// The policy that will be.
    pub after: Option<PolicyDocument>,
}

fn granted(bucket: &LocalName, access: Access) -> Field {
    let word = match access {
        Access::Read => "read",
        Access::ReadWrite => "read-write",
    };
    Field::plain(&format!("grants.{bucket}"), None, Some(&word))
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { local, user, grants, before, after } = self;
        let action = match (before, after) {
            (None, _) => Action::Create,
            (Some(_), Some(_)) => Action::Update,
            (Some(_), None) => Action::Delete,
        };
        let fields = match before {
            // A new policy says no more than the grants do.
            None => grants.iter().map(|(bucket, access)| granted(bucket, *access)).collect(),
            Some(before) => {
                let after = after.as_ref().map_or(Shown::Nothing, |policy| Shown::Plain(policy.to_pretty()));
                let before = Shown::Plain(before.to_pretty());
                vec![Field { path: "document".to_owned(), before, after, note: None }]
            }
        };
        vec![Row::new(SECTION.address(local), action).titled(user).with(fields)]
    }

    fn needs(&self) -> Vec<Output> {
        // Nothing is granted beyond a boundary that could not be set.
        vec![Output::User(self.local.clone()), Output::Boundary(self.local.clone())]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Policy(self.local.clone())]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        if run.has_made(&iam_user::SECTION.address(&self.local)) {
            return Ok(Recheck::AsPlanned);
        }
        let live = run.clouds.aws.iam().user_policy(&self.user, POLICY_NAME).await?;
        Ok(Recheck::judge(
            policy::same_meaning(live.as_ref(), self.before.as_ref()),
            policy::same_meaning(live.as_ref(), self.after.as_ref()),
            || format!("the policy of {} changed", self.user),
        ))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let iam = run.clouds.aws.iam();
        match &self.after {
            Some(policy) => iam.put_user_policy(&self.user, POLICY_NAME, policy).await?,
            None => iam.delete_user_policy(&self.user, POLICY_NAME).await?,
        }
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.iam_policy.entry(self.local.clone()).or_default().document.clone_from(&self.after);
    }
}

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        for user in asked.spec.iam_users.values() {
            rights.allow_each(&["iam:GetUserPolicy"], &all_places(asked, user));
            rights.allow(&["iam:GetUserPolicy"], &unknown_place(asked, &user.name));
        }
    }

    /// Without grants it goes.
    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        for user in asked.spec.iam_users.values() {
            for place in places(asked, user) {
                if user.grants.is_empty() {
                    rights.allow(&["iam:DeleteUserPolicy"], &place);
                } else {
                    rights.allow_if(&["iam:PutUserPolicy"], &place, within_boundary(user).as_ref());
                }
            }
        }
    }

    /// It goes with its user.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
#[path = "iam_policy_tests.rs"]
mod tests;

//! What stands against writing the policy of a user's grants: other inline policies, with which it shares a room, and one
//! of its name that was there before trueup (aws-s3-iam.md section 4).
//!
//! What must not live here: anything that is written.

use super::{Change, POLICY_NAME};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{CloudError, ErrorKind};
use crate::resource::tags::Claim;
use crate::resource::{Address, Desired, Draft, Look, World, iam_user};
use crate::spec::grants::ROOM;
use crate::spec::{LocalName, UserName};

/// Why a policy is not written.
pub(super) enum Stands {
    /// It would be refused, or take the place of another.
    Against {
        /// What there is.
        reason: String,
        /// What to do.
        advice: String,
    },
    /// The spec asks for nothing, and what there is was there before.
    Kept,
}

impl Stands {
    pub(super) fn tell(self, address: Address, draft: &mut Draft) {
        match self {
            Self::Against { reason, advice } => draft.blocked(address, reason, advice),
            Self::Kept => {
                let name = format!("the inline policy {POLICY_NAME} of others");
                draft.warning(address.clone(), format!("{name} lets the app do more than its grants"));
                draft.unmanaged(address, &format!("{name}: left alone"));
            }
        }
    }
}

/// How many characters IAM counts of a user's inline policies but trueup's. One that may not be read counts for nothing:
/// IAM then refuses by itself.
pub(super) async fn counted(
    look: &Look<'_>,
    local: &LocalName,
    name: &UserName,
) -> Result<usize, CloudError> {
    // What failed there is told by that kind.
    let Ok(users) = look.of::<iam_user::Kind>().await else { return Ok(0) };
    let names = users.get(local).and_then(|user| user.rights.inline.as_ref()).into_iter().flatten();
    let documents = names.filter(|policy| *policy != POLICY_NAME).map(|policy| async move {
        match look.reads().user_policy(name, policy).await {
            Err(error) if error.kind == ErrorKind::Forbidden => Ok(0),
            answer => Ok::<_, CloudError>(answer?.as_ref().map_or(0, PolicyDocument::counted)),
        }
    });
    Ok(futures_util::future::try_join_all(documents).await?.into_iter().sum())
}

/// What stands against a change.
pub(super) fn stands_against(change: &Change, desired: &Desired<'_>, world: &World) -> Option<Stands> {
    let Change { local, user, before, after, .. } = change;
    let live = world.iam_user.get(local);
    let is_adopted = live.is_some_and(|live| Claim::of(desired, &live.tags, true) == Claim::Adopted);
    let is_theirs = before.as_ref().is_some_and(|before| is_adopted && !before.is_of_grants());
    let Some(after) = after else { return is_theirs.then_some(Stands::Kept) };
    if is_theirs {
        return Some(Stands::Against {
            reason: format!(
                "{user} has an inline policy {POLICY_NAME} that was there before, and the grants would take its place"
            ),
            advice: format!(
                "write what is needed of it under another name, then: aws iam delete-user-policy --user-name {user} \
                 --policy-name {POLICY_NAME}"
            ),
        });
    }
    let others = world.iam_policy.get(local).map_or(0, |live| live.others);
    let length = others + after.counted();
    (others > 0 && length > ROOM).then(|| Stands::Against {
        reason: format!(
            "with the {others} characters of its other inline policies {user} would have {length}, and IAM takes {ROOM} of \
             all inline policies of a user"
        ),
        advice: "make another one of them a managed policy (aws iam create-policy, attach-user-policy), or grant fewer buckets"
            .to_owned(),
    })
}

//! What a spec would say of a user's rights: the grants that come to the policy that is live, when any do.

use super::{Kind, POLICY_NAME, SECTION};
use crate::cloud::policy::{self, PolicyDocument};
use crate::resource::bucket::import::kms_key;
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{Access, LocalName, Spec};

/// So many buckets of one environment can be told apart by trying.
const MOST_BUCKETS: usize = 5;

impl Importable for Kind {
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft) {
        for local in asked.iam_users.keys() {
            let rights = world.iam_user.get(local).map(|live| &live.rights);
            let others = rights.and_then(|rights| rights.inline.as_ref()).into_iter().flatten();
            for other in others.filter(|name| *name != POLICY_NAME) {
                let reason = format!("the inline policy {other}, which is not trueup's");
                draft.leave(SECTION.address(local), reason);
            }
            let live = world.iam_policy.get(local).and_then(|live| live.document.as_ref());
            let Some(live) = live else { continue };
            let Some(grants) = grants(live, asked, world) else {
                draft.leave(SECTION.address(local), "no grants on the imported buckets come to it");
                continue;
            };
            for (bucket, access) in grants {
                let grant = if access == Access::Read { "read" } else { "read-write" };
                draft.set(&["iam_users", local.as_str(), "grants", bucket.as_str()], grant);
            }
        }
    }
}

/// The grants on the imported buckets that make this policy.
fn grants<'a>(live: &PolicyDocument, asked: &'a Spec, world: &World) -> Option<Vec<(&'a LocalName, Access)>> {
    let mut ways: Vec<Vec<(&LocalName, Access)>> = vec![Vec::new()];
    for local in asked.buckets.keys().take(MOST_BUCKETS) {
        let with =
            |access| ways.iter().map(move |way| way.iter().copied().chain([(local, access)]).collect());
        let more: Vec<Vec<_>> = with(Access::Read).chain(with(Access::ReadWrite)).collect();
        ways.extend(more);
    }
    ways.into_iter().filter(|way| !way.is_empty()).find(|way| {
        let granted =
            way.iter().map(|(local, access)| (asked.buckets[*local].arn(), *access, kms_key(local, world)));
        policy::user_policy(&granted.collect::<Vec<_>>()).same_meaning(live)
    })
}

//! What a spec would say of a user's access keys: that the app gets one, when two config vars deliver it.

use super::Kind;
use crate::resource::{Importable, SpecDraft, World};
use crate::secret::Secret;
use crate::spec::{LocalName, Spec, UserAttribute};

impl Importable for Kind {
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft) {
        for local in asked.iam_users.keys() {
            let vars = world.config.vars().keys();
            if vars.into_iter().any(|var| delivers(var, local, world).is_some()) {
                draft.set(&["iam_users", local.as_str(), "access_key"], crate::resource::SpecValue::Nothing);
            }
        }
    }
}

/// What of a user's key a config var delivers: its id, as the value says, or its secret, as the name beside it says.
/// The secret of a key is read once, when it is made (aws-s3-iam.md section 4), so only names tell.
pub fn delivers(var: &str, local: &LocalName, world: &World) -> Option<UserAttribute> {
    const ID: &str = "ACCESS_KEY_ID";
    const SECRET: &str = "SECRET_ACCESS_KEY";
    let is_id = |var: &str| {
        let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
        let value = world.config.get(var);
        value.is_some_and(|value| {
            keys.iter().any(|key| key.active && value.matches(&Secret::new(key.id.as_str())))
        })
    };
    if let Some(prefix) = var.strip_suffix(ID) {
        let has_secret = world.config.get(&format!("{prefix}{SECRET}")).is_some();
        return (has_secret && is_id(var)).then_some(UserAttribute::AccessKeyId);
    }
    let prefix = var.strip_suffix(SECRET)?;
    is_id(&format!("{prefix}{ID}")).then_some(UserAttribute::SecretAccessKey)
}

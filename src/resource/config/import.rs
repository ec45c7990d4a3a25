//! What a spec would say of config vars: what they take from an imported bucket or user, the value where it is plainly
//! no secret, or else that it is set elsewhere.

use super::{Kind, SECTION, owned, plain};
use crate::resource::access_key::import::delivers;
use crate::resource::{Importable, SpecDraft, SpecValue, World};
use crate::secret::Secret;
use crate::spec::{Spec, UserAttribute, VarName};

impl Importable for Kind {
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft) {
        let owned = owned(world);
        for (name, value) in &world.config.vars {
            if owned.contains_key(name.as_str()) {
                continue;
            }
            if VarName::parse(name).is_err() {
                draft.leave(SECTION.address(name), "a name that Heroku's API cannot write");
                continue;
            }
            let source = of_user(name, asked, world).or_else(|| of_bucket(name, value, asked));
            let says = source
                .map(SpecValue::From)
                .or_else(|| plain::literal(name, value))
                .unwrap_or(SpecValue::Secret);
            draft.set(&["config", name], says);
        }
    }
}

fn of_user(name: &str, asked: &Spec, world: &World) -> Option<String> {
    asked.iam_users.keys().find_map(|local| {
        let attribute = match delivers(name, local, world)? {
            UserAttribute::AccessKeyId => "access_key_id",
            _ => "secret_access_key",
        };
        Some(format!("iam_users.{local}.{attribute}"))
    })
}

/// A bucket's name is like no other text; its region is, so there the var's name has to say so too.
fn of_bucket(name: &str, value: &Secret, asked: &Spec) -> Option<String> {
    asked.buckets.iter().find_map(|(local, bucket)| {
        let is_region = name.to_ascii_uppercase().ends_with("REGION");
        if value.matches(&Secret::new(bucket.name.as_str())) {
            Some(format!("buckets.{local}.name"))
        } else if is_region && value.matches(&Secret::new(bucket.region.as_str())) {
            Some(format!("buckets.{local}.region"))
        } else {
            None
        }
    })
}

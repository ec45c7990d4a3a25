//! The digest of the live facts that a plan rests on.

use sha2::{Digest, Sha256};

use crate::resource::{self, Fact, World};
use crate::secret::FingerprintKey;

/// `sha256:` and the hexadecimal digest of all facts.
///
/// Secrets take part only under a key that the operator chose: without one, a digest that anyone can compute again
/// would let them try guesses. Their names always do.
pub(super) fn of_world(world: &World, key: &FingerprintKey) -> String {
    let mut digest = Sha256::new();
    for (name, facts) in resource::facts(world).iter() {
        let parts = facts.iter().map(|fact| match fact {
            Fact::Plain(text) => text.clone(),
            Fact::Secret(value) if key.is_stable() => key.fingerprint(value).to_string(),
            Fact::Secret(_) => String::new(),
        });
        let line = serde_json::json!([name, parts.collect::<Vec<_>>()]);
        digest.update(format!("{line}\n").as_bytes());
    }
    format!("sha256:{}", hex::encode(digest.finalize()))
}

//! The digest of the live facts that a plan rests on.

use sha2::{Digest, Sha256};

use crate::resource::World;
use crate::secret::FingerprintKey;

/// `sha256:` and the hexadecimal digest of the world in canonical JSON.
///
/// Values of config vars take part only under a key that the operator chose: without one, a digest that
/// anyone can compute again would let them try guesses (contract section 5).
pub(super) fn of_world(world: &World, key: &FingerprintKey) -> String {
    let facts = serde_json::to_string(world).expect("the world is plain data with string keys");
    let mut digest = Sha256::new();
    digest.update(facts.as_bytes());
    if key.is_stable() {
        for (name, value) in world.config.vars() {
            digest.update(format!("\n{name}={}", key.fingerprint(value)).as_bytes());
        }
    }
    digest.finalize().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

//! Keyed fingerprints: how two secrets are told apart in output without showing either.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Secret;

/// The key under which fingerprints are made: `TRUEUP_FINGERPRINT_KEY`, else random in each run, so that
/// nobody can try guesses against a saved plan (contract section 5).
#[derive(Clone)]
pub struct FingerprintKey {
    key: Secret,
    stable: bool,
}

impl FingerprintKey {
    /// A key that the operator chose: fingerprints are comparable between runs.
    #[must_use]
    pub fn stable(key: Secret) -> Self {
        Self { key, stable: true }
    }

    /// A key for this run alone, from random bytes given by the caller.
    #[must_use]
    pub fn for_this_run(random: [u8; 32]) -> Self {
        use base64::Engine as _;
        Self { key: Secret::new(base64::engine::general_purpose::STANDARD.encode(random)), stable: false }
    }

    /// Whether the operator chose the key, so that fingerprints may take part in digests.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.stable
    }

    /// The fingerprint of a secret under this key.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.reveal().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(secret.reveal().as_bytes());
        let digest = mac.finalize().into_bytes();
        Fingerprint(digest[..6].try_into().expect("SHA-256 gives 32 bytes"))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FingerprintKey {{ stable: {} }}", self.stable)
    }
}

/// The first six bytes of an HMAC-SHA-256: enough to see that two values differ, no way back to either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint([u8; 6]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_tells_equal_from_different() {
        let key = FingerprintKey::stable(Secret::new("pepper"));
        let one = key.fingerprint(&Secret::new("one"));
        assert_eq!(one, key.fingerprint(&Secret::new("one")));
        assert_ne!(one, key.fingerprint(&Secret::new("two")));
        assert_eq!(one.to_string().len(), 12);
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        let secret = Secret::new("one");
        let this = FingerprintKey::for_this_run([1; 32]).fingerprint(&secret);
        assert_ne!(this, FingerprintKey::for_this_run([2; 32]).fingerprint(&secret));
    }
}

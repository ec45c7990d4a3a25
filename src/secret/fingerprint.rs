//! Keyed fingerprints: how two secrets are told apart in output without showing either.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Secret;

/// The key under which fingerprints are made: `TRUEUP_FINGERPRINT_KEY`, else random in each run, so that
/// nobody can try guesses against a saved plan.
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

    /// A key for one use (`label`), from a secret that both runs hold: without the secret, no guess can be
    /// tried against what is made with it, and keys of other labels say nothing about this one.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn derived(master: &Secret, label: &str) -> Self {
        let digest = hmac(master, &[b"trueup key", label.as_bytes()]);
        Self { key: Secret::new(hex::encode(digest)), stable: true }
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
        let digest = hmac(&self.key, &[secret.reveal().as_bytes()]);
        Fingerprint(digest[..6].try_into().expect("SHA-256 gives 32 bytes"))
    }

    /// The whole digest of a text under this key, as 64 hexadecimal digits. `purpose` keeps digests of
    /// different things apart, so that none can stand for another.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn digest(&self, purpose: &str, text: &str) -> String {
        hex::encode(hmac(&self.key, &[purpose.as_bytes(), text.as_bytes()]))
    }

    /// The whole digest of a secret, like [`FingerprintKey::digest`].
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn secret_digest(&self, purpose: &str, secret: &Secret) -> String {
        self.digest(purpose, secret.reveal())
    }
}

/// HMAC-SHA-256 over the parts, with a zero byte between them.
fn hmac(key: &Secret, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()).expect("HMAC takes a key of any length");
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            mac.update(&[0]);
        }
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
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
        formatter.write_str(&hex::encode(self.0))
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
    #[test]
    fn a_derived_key_follows_from_its_secret_and_its_label_alone() {
        let digest = |master: &str, label: &str| {
            FingerprintKey::derived(&Secret::new(master), label).digest("fact", "config.A")
        };
        assert_eq!(digest("token", "one"), digest("token", "one"));
        assert_ne!(digest("token", "one"), digest("token", "two"));
        assert_ne!(digest("token", "one"), digest("other", "one"));
    }

    #[test]
    fn digests_of_different_purposes_differ() {
        let key = FingerprintKey::stable(Secret::new("pepper"));
        assert_eq!(key.digest("seal", "text").len(), 64);
        assert_ne!(key.digest("seal", "text"), key.digest("fact", "text"));
    }
}

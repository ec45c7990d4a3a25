//! Saved plans of any bytes: read, never believed.

use trueup::testing::saved::{Unverified, key_label};
use trueup::testing::secret::{FingerprintKey, Secret};
use trueup::testing::view::{Theme, message};

use super::fit_for_a_terminal;

/// A file that says it is a saved plan.
pub fn plan_file(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let saved = match Unverified::parse(text) {
        Ok(saved) => saved,
        Err(error) => return fit_for_a_terminal(&message(&error.to_string(), None, Theme::Plain)),
    };
    assert!(!saved.environment().as_str().is_empty());
    // The key of the seeds, each of which was edited after it was sealed: libFuzzer cannot seal one again.
    let key = FingerprintKey::derived(&Secret::new("sandbox"), &key_label(saved.salt()));
    match saved.verify(&key, "0.1.0") {
        Ok(_) => panic!("a file that nobody sealed was believed"),
        Err(stale) => fit_for_a_terminal(&message(&stale.to_string(), None, Theme::Plain)),
    }
}

//! Values made from the system's random source.

use base64::Engine as _;

use super::Secret;
use crate::spec::{GenerateKind, Generated};

/// Draws a new value.
///
/// # Panics
/// When the system has no random source, without which no secret can be made.
#[must_use]
pub fn generate(form: Generated) -> Secret {
    let mut bytes = zeroize::Zeroizing::new(vec![0; usize::from(form.bytes)]);
    getrandom::fill(&mut bytes).expect("the system has a random source");
    Secret::new(match form.kind {
        GenerateKind::Hex => hex::encode(&*bytes),
        GenerateKind::Base64 => base64::engine::general_purpose::STANDARD.encode(&*bytes),
        GenerateKind::Uuid => uuid::Uuid::new_v4().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_length_and_no_two_values_are_alike() {
        for (kind, bytes, length) in
            [(GenerateKind::Hex, 64, 128), (GenerateKind::Base64, 30, 40), (GenerateKind::Uuid, 0, 36)]
        {
            let (one, other) = (generate(Generated { kind, bytes }), generate(Generated { kind, bytes }));
            assert_eq!(one.size(), length, "{kind:?}");
            assert!(!one.matches(&other), "{kind:?}");
        }
    }
}

//! Values that must never be shown: the [`Secret`] type, its keyed [`Fingerprint`]s, and the sources a
//! secret may come from (`sources` and `generate`, the parts with effects).
//!
//! What must not live here: anything that prints. A secret leaves this type in one way, [`Secret::reveal`],
//! and clippy bans that call outside `src/cloud` and this folder but for the few places that say why.

#![expect(clippy::disallowed_methods, reason = "the room of the type itself")]

mod encoded;
mod fingerprint;
mod generate;
mod sources;
mod trial;

pub use fingerprint::FingerprintKey;
pub use generate::generate;
pub use sources::{Asked, Missing, Supplied, handed_in, supply};
pub use trial::try_out;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A value that must not be shown: wiped from memory when dropped, constant in `Debug`, and without
/// `Display`, `Serialize`, `PartialEq` or `Deref`, so that no format can print it by accident.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Whether both hold the same text, compared in constant time for equal lengths. This and [`Secret::contains`]
    /// are the only questions that a plan may ask of a secret.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// Whether the text has this public identifier somewhere in it, as it is or encoded: a URL names the access key that
    /// it signs in with. Not in constant time, so it must never be asked with another secret.
    #[must_use]
    pub fn contains(&self, identifier: &str) -> bool {
        self.0.contains(identifier) || encoded::holds(&self.0, identifier)
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the text stands in quotation marks, whose ends are hardly ever meant.
    #[must_use]
    pub fn is_in_quotes(&self) -> bool {
        let text = self.reveal();
        text.len() > 1 && ['"', '\''].iter().any(|mark| text.starts_with(*mark) && text.ends_with(*mark))
    }

    /// The size of the text in bytes, for limits that the services set.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The text itself. Banned outside the rooms that send it to its service.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(sensitive)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static_assertions::assert_not_impl_any!(Secret: fmt::Display, serde::Serialize, PartialEq<Secret>, std::ops::Deref);

    #[test]
    fn debug_shows_nothing_of_the_text() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some((sensitive))");
    }

    #[test]
    fn equal_texts_match_and_others_do_not() {
        let secret = Secret::new("one");
        assert!(secret.matches(&Secret::new("one")));
        assert!(!secret.matches(&Secret::new("two")));
        assert!(!secret.matches(&Secret::new("ones")));
    }

    #[test]
    fn a_text_contains_what_stands_anywhere_in_it() {
        let secret = Secret::new("s3://AKIAONE:word@uploads/reports");
        assert!(secret.contains("AKIAONE"));
        assert!(!secret.contains("AKIATWO"));
    }
}

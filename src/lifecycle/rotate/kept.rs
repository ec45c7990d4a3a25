//! What is lost with a generated secret that gets another value, by the names that Rails and its libraries give to it.

use crate::spec::VarName;

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// What the app keeps, for good.
    Data(&'static str),
    /// What its users can do again.
    Sessions(&'static str),
}

/// Names, or how they begin, each with what is kept under such a secret.
const KEEPING: [(&str, Lost); 7] = [
    ("ACTIVE_RECORD_ENCRYPTION_", Lost::Data("what Active Record encrypted with it can never be read again")),
    ("LOCKBOX_MASTER_KEY", Lost::Data("what Lockbox encrypted with it can never be read again")),
    ("BLIND_INDEX_MASTER_KEY", Lost::Data("nothing that Blind Index made with it is found again")),
    ("RAILS_MASTER_KEY", Lost::Data("the app's encrypted credentials can be read with it alone")),
    ("DEVISE_PEPPER", Lost::Data("no password that Devise hashed with it is right any more")),
    ("DEVISE_SECRET_KEY", Lost::Sessions("links to confirm an address or to reset a password stop working")),
    (
        "SECRET_KEY_BASE",
        Lost::Sessions(
            "everybody is signed out, and signed links and ids stop working, unless the app rotates its cookies",
        ),
    ),
];

/// What is lost with the secret in a var.
pub(super) fn lost_with(var: &VarName) -> Option<Lost> {
    KEEPING.iter().find(|(name, _)| var.as_str().starts_with(name)).map(|(_, lost)| *lost)
}

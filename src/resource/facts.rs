//! The live facts that a plan rests on, each under the address that people know it by: every kind states its own.
//!
//! What must not live here: digests of them, which need a key (`plan`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::Address;
use crate::secret::Secret;

/// Facts by address. Several at one address are one fact of several parts.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<String, Vec<Fact>>);

/// A part of what is live at an address.
#[derive(Clone, Debug)]
pub enum Fact {
    /// What may be compared by anyone, as JSON.
    Plain(String),
    /// What may be compared under a key only.
    Secret(Secret),
}

impl Facts {
    /// Something is so.
    ///
    /// # Panics
    /// Never: what the services said is plain data with text keys.
    pub fn state(&mut self, address: &Address, value: &impl Serialize) {
        self.state_of(address.as_str(), value);
    }

    /// The same of what has no address in a spec.
    pub(super) fn state_of(&mut self, name: &str, value: &impl Serialize) {
        let text = serde_json::to_string(value).expect("what was observed is plain data with text keys");
        self.0.entry(name.to_owned()).or_default().push(Fact::Plain(text));
    }

    /// Something has a value that may not be shown.
    pub fn state_secret(&mut self, address: &Address, value: &Secret) {
        self.0.entry(address.to_string()).or_default().push(Fact::Secret(value.clone()));
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Fact])> {
        self.0.iter().map(|(name, parts)| (name.as_str(), parts.as_slice()))
    }
}

//! Where things stand in the spec, and what is the same for all things of a kind: each kind states its
//! [`Section`], and addresses, JSON and the blocks of a plan follow from it.
//!
//! What must not live here: the name of any kind.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// What a kind says of itself, once.
#[derive(Debug)]
pub struct Section {
    /// Its key in the spec: `addons`, `app.domains`.
    pub key: &'static str,
    /// The part below a name, when the name's section is another kind's: `access_key` of `iam_users.app.access_key`.
    pub part: Option<&'static str>,
    /// What programs call it: `heroku_addon`.
    pub kind: &'static str,
    /// What people call one of it, for counting: `var`.
    pub noun: &'static str,
    /// How a plan shows its things.
    pub block: Block,
}

/// How a plan shows the things of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Each in a block of its own, with its fields.
    Each,
    /// All in one block under the section's key, a line each.
    Together,
}

impl Section {
    /// Things of this key of the spec, each shown in a block of its own. What programs and people call one follows.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self { key, part: None, kind: "", noun: "", block: Block::Each }
    }

    /// The same of a part below a name, when the name's section is another kind's.
    #[must_use]
    pub const fn part(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }

    /// The same, as programs call it.
    #[must_use]
    pub const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The same, as people call one of it.
    #[must_use]
    pub const fn noun(mut self, noun: &'static str) -> Self {
        self.noun = noun;
        self
    }

    /// The same, shown in one block, a line each.
    #[must_use]
    pub const fn together(mut self) -> Self {
        self.block = Block::Together;
        self
    }

    /// The section itself, of which there is one thing: `app`, `buildpacks`.
    #[must_use]
    pub fn whole(&'static self) -> Address {
        Address::new(self, None, self.part)
    }

    /// A thing of the section, by its name in the spec.
    #[must_use]
    pub fn address(&'static self, name: &dyn fmt::Display) -> Address {
        Address::new(self, Some(name.to_string()), self.part)
    }
}

/// Where a thing stands in the spec, as users type and read it: `config.RAILS_ENV`, `buckets.uploads`.
///
/// A section, a name in it, and a part of what is named. Two addresses are the same when they read the same.
#[derive(Clone, Debug)]
pub struct Address {
    section: &'static Section,
    name: Option<String>,
    text: String,
}

impl Address {
    fn new(section: &'static Section, name: Option<String>, part: Option<&str>) -> Self {
        let parts = [Some(section.key), name.as_deref(), part];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(".");
        Self { section, name, text }
    }

    /// A part of what this addresses: `buckets.uploads` and `region` give `buckets.uploads.region`.
    #[must_use]
    pub fn part(&self, part: &str) -> Self {
        Self { text: format!("{}.{part}", self.text), ..self.clone() }
    }

    /// What its kind says of itself.
    #[must_use]
    pub fn section(&self) -> &'static Section {
        self.section
    }

    /// The text as users know it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The block of a plan that shows this address.
    #[must_use]
    pub fn block(&self) -> &str {
        match self.section.block {
            Block::Each => &self.text,
            Block::Together => self.section.key,
        }
    }

    /// What tells it from the others of its block: the name, or nothing when the block is its own.
    #[must_use]
    pub fn within_block(&self) -> Option<&str> {
        match self.section.block {
            Block::Each => None,
            Block::Together => self.name.as_deref(),
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl schemars::JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "Where a thing stands in the spec: `config.RAILS_ENV`." })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static VARS: Section = Section::new("vars").kind("var").noun("var").together();
    static KEYS: Section = Section::new("users").part("key").kind("key").noun("key");

    #[test]
    fn what_is_shown_together_shares_a_block_in_which_it_has_its_name() {
        let address = VARS.address(&"RAILS_ENV");
        assert_eq!(address.as_str(), "vars.RAILS_ENV");
        assert_eq!((address.block(), address.within_block()), ("vars", Some("RAILS_ENV")));
    }

    #[test]
    fn every_other_address_is_its_own_block() {
        let address = KEYS.address(&"app");
        assert_eq!((address.block(), address.within_block()), ("users.app.key", None));
        assert_eq!(KEYS.whole().as_str(), "users.key");
        assert_eq!(address.part("age").as_str(), "users.app.key.age");
    }

    #[test]
    fn addresses_are_the_same_when_they_read_the_same() {
        static ALSO_VARS: Section = Section::new("vars").kind("other").noun("other");
        assert_eq!(VARS.address(&"A"), ALSO_VARS.address(&"A"));
        assert!(VARS.address(&"A") < VARS.address(&"B"));
    }
}

//! What a spec would say of what is live: the question that `import` asks all kinds.
//!
//! A kind sets the keys of its section, and names what it leaves as it is, and why. What must not live here:
//! YAML, and the name of any kind.

use std::fmt::Display;

use super::World;
use crate::spec::Spec;

/// A kind that can be written as a spec.
pub trait Importable {
    /// Writes it. `asked` is the spec that was looked with: it names the app, and the buckets and users to import.
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft);
}

/// Keys of a spec in the order in which they were set, and what stays outside it.
#[derive(Clone, Debug, Default)]
pub struct SpecDraft {
    lines: Vec<Line>,
    comments: Vec<(String, String)>,
    left: Vec<Left>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The keys that lead to it, the outermost first; an item of a list is `[0]`.
    pub keys: Vec<String>,
    /// Its value.
    pub value: SpecValue,
}

/// Something live that a spec does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it would stand.
    pub address: String,
    /// Why it does not.
    pub reason: String,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecValue {
    /// Text.
    Text(String),
    /// A number, or yes or no.
    Bare(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A map without keys.
    Nothing,
    /// A reference to another resource's attribute: `buckets.uploads.name`.
    From(String),
    /// A live value that stays out of the spec.
    Secret,
    /// The same, from the operator's environment in no case: it would not arrive as it is.
    External,
}

impl From<bool> for SpecValue {
    fn from(is_so: bool) -> Self {
        Self::Bare(is_so.to_string())
    }
}

impl From<u32> for SpecValue {
    fn from(number: u32) -> Self {
        Self::Bare(number.to_string())
    }
}

impl From<&str> for SpecValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Line {
    /// Its address: `addons.DATABASE.plan`.
    #[must_use]
    pub fn path(&self) -> String {
        self.keys.join(".").replace(".[", "[")
    }
}

impl SpecDraft {
    /// Sets a key.
    pub fn set(&mut self, keys: &[&str], value: impl Into<SpecValue>) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.lines.push(Line { keys, value: value.into() });
    }

    /// A remark that stands before a key.
    pub fn remark(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.comments.push((path.into(), text.into()));
    }

    /// Something live stays outside the spec.
    pub fn leave(&mut self, address: impl Display, reason: impl Into<String>) {
        let left = Left { address: address.to_string(), reason: reason.into() };
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    /// All keys.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// All remarks, each with the key that it stands before.
    #[must_use]
    pub fn comments(&self) -> &[(String, String)] {
        &self.comments
    }

    /// The remarks that stand before a key.
    pub fn remarks<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        self.comments.iter().filter(move |(of, _)| of == path).map(|(_, text)| text.as_str())
    }

    /// What stays outside the spec.
    #[must_use]
    pub fn left(&self) -> &[Left] {
        &self.left
    }

    /// Removes what is set at a path and below it, or else the nearest key above it, but for what every spec needs.
    /// Gives the path that went.
    pub fn remove(&mut self, path: &str) -> Option<String> {
        let mut at = path;
        loop {
            let is_within = |line: &Line| {
                let line = line.path();
                line == at || line.strip_prefix(at).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let is_needed = |line: &Line| line.keys == ["app", "name"];
            if self.lines.iter().any(is_within)
                && !self.lines.iter().any(|line| is_within(line) && is_needed(line))
            {
                self.lines.retain(|line| !is_within(line));
                return Some(at.to_owned());
            }
            at = &at[..at.rfind(['.', '['])?];
        }
    }

    /// What no source gives as it is: a value that would not arrive unchanged, a reference that stands for another.
    pub fn keep_external(&mut self, path: &str) -> bool {
        let is_sourced = |line: &Line| matches!(line.value, SpecValue::Secret | SpecValue::From(_));
        let path = path.strip_suffix(".from").unwrap_or(path);
        let line = self.lines.iter_mut().find(|line| line.path() == path && is_sourced(line));
        line.map(|line| line.value = SpecValue::External).is_some()
    }
}

macro_rules! ask_all {
    ($($kind:ident: $Kind:ident),* $(,)?) => {
        /// What a spec would say of what is live, kind by kind.
        #[must_use]
        pub fn import(asked: &Spec, world: &World) -> SpecDraft {
            let mut draft = SpecDraft::default();
            $(<super::$kind::Kind as Importable>::import(asked, world, &mut draft);)*
            draft
        }
    };
}

super::kinds::kinds!(ask_all);

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> SpecDraft {
        let mut draft = SpecDraft::default();
        draft.set(&["app", "name"], "ledger");
        draft.set(&["app", "region"], "us");
        draft.set(&["addons", "DATABASE", "plan"], "heroku-postgresql:standard-0");
        draft.set(&["addons", "DATABASE", "backups", "at"], "02:00 UTC");
        draft.set(&["addons", "DATABASE_2", "plan"], "heroku-postgresql:standard-0");
        draft
    }

    #[test]
    fn what_is_taken_back_is_the_key_what_is_below_it_or_the_nearest_above() {
        for (path, went) in [
            ("app.region", Some("app.region")),
            ("addons.DATABASE", Some("addons.DATABASE")),
            ("addons.DATABASE.backups", Some("addons.DATABASE.backups")),
            ("addons.DATABASE.backups.at.hour", Some("addons.DATABASE.backups.at")),
            ("addons.OTHER", Some("addons")),
            ("app.name", None),
            ("app", None),
            ("config.RAILS_ENV", None),
        ] {
            assert_eq!(draft().remove(path).as_deref(), went, "{path}");
        }
        let mut draft = draft();
        draft.remove("addons.DATABASE");
        assert_eq!(draft.lines().len(), 3, "a name that begins alike stays: {draft:?}");
    }
}

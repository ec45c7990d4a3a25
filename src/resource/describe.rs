//! How a change tells what it is: addresses, rows of `field, before, after`, effects and cost. The printed
//! line and the JSON are derived from these, never written beside them.
//!
//! What must not live here: formatting. A row holds facts; `view` words them.

use std::fmt;

use crate::secret::Secret;

/// Where a thing stands in the spec, as users type and read it: `config.RAILS_ENV`, `buckets.uploads`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The app itself.
    #[must_use]
    pub fn app() -> Self {
        Self("app".to_owned())
    }

    /// A key of the app: `app.region`.
    #[must_use]
    pub fn app_key(key: &str) -> Self {
        Self(format!("app.{key}"))
    }

    /// An add-on, by attachment name.
    #[must_use]
    pub fn addon(name: &dyn fmt::Display) -> Self {
        Self(format!("addons.{name}"))
    }

    /// The app's ordered buildpacks.
    #[must_use]
    pub fn buildpacks() -> Self {
        Self("buildpacks".to_owned())
    }

    /// A config var.
    #[must_use]
    pub fn config(name: &dyn fmt::Display) -> Self {
        Self(format!("config.{name}"))
    }

    /// A process type.
    #[must_use]
    pub fn formation(process_type: &dyn fmt::Display) -> Self {
        Self(format!("formation.{process_type}"))
    }

    /// A bucket, by the spec's own name.
    #[must_use]
    pub fn bucket(name: &dyn fmt::Display) -> Self {
        Self(format!("buckets.{name}"))
    }

    /// An IAM user, by the spec's own name.
    #[must_use]
    pub fn iam_user(name: &dyn fmt::Display) -> Self {
        Self(format!("iam_users.{name}"))
    }

    /// A part of what this addresses: `buckets.uploads` and `region` give `buckets.uploads.region`.
    #[must_use]
    pub fn part(&self, part: &str) -> Self {
        Self(format!("{}.{part}", self.0))
    }

    /// The text as users know it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The block of a plan that shows this address: all config vars share one, and so do all process types.
    #[must_use]
    pub fn block(&self) -> &str {
        match self.0.split_once('.') {
            Some((shared @ ("config" | "formation"), _)) => shared,
            _ => &self.0,
        }
    }

    /// What is left of the address inside its block: the var's name, or nothing.
    #[must_use]
    pub fn within_block(&self) -> Option<&str> {
        self.0.strip_prefix(self.block())?.strip_prefix('.')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What happens to the thing at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there and will be.
    Create,
    /// It is there and will differ.
    Update,
    /// A new one takes its place, then the old one goes.
    Replace,
    /// It is there and will not be.
    Delete,
}

/// One side of a field.
#[derive(Clone, Debug)]
pub enum Shown {
    /// There is no value.
    Nothing,
    /// A value that may be printed: a literal of the spec, a size, a rule.
    Plain(String),
    /// A value that may not.
    Hidden(Secret),
    /// A value that only the apply will know.
    AfterApply {
        /// Whether it may not be printed then either.
        sensitive: bool,
    },
}

impl Shown {
    /// A printable value, from anything that displays.
    #[must_use]
    pub fn plain(value: &dyn fmt::Display) -> Self {
        Self::Plain(value.to_string())
    }

    /// A printable value, or none.
    #[must_use]
    pub fn optional(value: Option<&dyn fmt::Display>) -> Self {
        value.map_or(Self::Nothing, Self::plain)
    }

    /// Whether the value is a secret.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Hidden(_) | Self::AfterApply { sensitive: true })
    }
}

/// A field that differs, or that a new thing gets.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name within the resource: `plan`, `cors.origins`; empty for a thing that is a single value.
    pub path: String,
    /// What is live.
    pub before: Shown,
    /// What will be.
    pub after: Shown,
    /// Where a value comes from, or what is special about it: `from env OPENAI_API_KEY`, `at creation only`.
    pub note: Option<String>,
}

impl Field {
    /// A field of printable values.
    #[must_use]
    pub fn plain(path: &str, before: Option<&dyn fmt::Display>, after: Option<&dyn fmt::Display>) -> Self {
        Self {
            path: path.to_owned(),
            before: Shown::optional(before),
            after: Shown::optional(after),
            note: None,
        }
    }

    /// The same field with a note.
    #[must_use]
    pub fn with_note(mut self, note: &str) -> Self {
        self.note = Some(note.to_owned());
        self
    }
}

/// What one change does at one address.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where.
    pub address: Address,
    /// What kind of thing it is, for programs: `heroku_addon`.
    pub kind: &'static str,
    /// What happens.
    pub action: Action,
    /// What the thing is, in a word or two: a plan, a bucket's real name.
    pub title: Option<String>,
    /// Why, when it is not plain from the fields: `90 days old`.
    pub reason: Option<String>,
    /// What differs.
    pub fields: Vec<Field>,
    /// What it costs a month before and after, in US cents, when it costs anything.
    pub cost: Option<Cost>,
}

impl Row {
    /// A row with no more than where, what kind and what happens.
    #[must_use]
    pub fn new(address: Address, kind: &'static str, action: Action) -> Self {
        Self { address, kind, action, title: None, reason: None, fields: Vec::new(), cost: None }
    }

    /// The same row with a title.
    #[must_use]
    pub fn titled(mut self, title: &dyn fmt::Display) -> Self {
        self.title = Some(title.to_string());
        self
    }

    /// The same row with a reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// The same row with its fields.
    #[must_use]
    pub fn with(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// The same row with its cost.
    #[must_use]
    pub fn costing(mut self, cost: Option<Cost>) -> Self {
        self.cost = cost;
        self
    }
}

/// Monthly cost in US cents, from Heroku's own price lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What it costs now.
    pub before_cents: i64,
    /// What it will cost.
    pub after_cents: i64,
}

impl Cost {
    /// How the bill moves.
    #[must_use]
    pub fn delta(self) -> i64 {
        self.after_cents - self.before_cents
    }
}

/// What a change does besides what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Releases of the app that it makes.
    pub releases: u32,
    /// Process types whose dynos it restarts.
    pub restarts: Vec<String>,
    /// Anything else a user must know before saying yes: `takes minutes`.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_vars_and_process_types_share_a_block() {
        let var = Address::config(&"RAILS_ENV");
        assert_eq!((var.block(), var.within_block()), ("config", Some("RAILS_ENV")));
        let web = Address::formation(&"web");
        assert_eq!((web.block(), web.within_block()), ("formation", Some("web")));
    }

    #[test]
    fn every_other_address_is_its_own_block() {
        let key = Address::iam_user(&"app").part("access_key");
        assert_eq!((key.block(), key.within_block()), ("iam_users.app.access_key", None));
        assert_eq!(Address::app().block(), "app");
    }
}

//! How a change says what it is: rows of `field, before, after`, effects and cost. The printed
//! line and the JSON are derived from these, never written beside them.
//!
//! What must not live here: formatting. A row holds facts; `view` words them.

use std::fmt;

use super::Address;
use crate::secret::Secret;

/// What happens to the thing at an address.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
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

/// What a step does at an address, as people say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Makes the thing.
    Create,
    /// Sets the fields of the row.
    Set,
    /// Waits until the thing is as this says: `ready`.
    WaitUntil(&'static str),
    /// Takes the thing away.
    Delete,
    /// Nothing by itself: the thing goes with another that is taken away.
    GoAlong,
    /// Something that no spec asks for, in its own words.
    Task(&'static Verb),
}

/// What something is called that no spec asks for: `empty`, `emptying`.
#[derive(Debug, PartialEq, Eq)]
pub struct Verb {
    /// Before it is done.
    pub does: &'static str,
    /// While it is done.
    pub doing: &'static str,
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
    /// What becomes of the thing.
    pub action: Action,
    /// What this step does about that.
    pub does: Does,
    /// What the thing is, in a word or two: a plan, a bucket's real name.
    pub title: Option<String>,
    /// Why, when it is not plain from the fields: `90 days old`.
    pub reason: Option<String>,
    /// What differs.
    pub fields: Vec<Field>,
    /// What it costs a month before and after, in US cents, when it costs anything.
    pub cost: Option<Cost>,
    /// The option of the command that leaves it out, which matters when it fails.
    pub spared_by: Option<&'static str>,
}

impl Row {
    /// A row with no more than where and what happens.
    #[must_use]
    pub fn new(address: Address, action: Action) -> Self {
        let does = match action {
            Action::Create => Does::Create,
            Action::Update | Action::Replace => Does::Set,
            Action::Delete => Does::Delete,
        };
        Self {
            address,
            action,
            does,
            title: None,
            reason: None,
            fields: Vec::new(),
            cost: None,
            spared_by: None,
        }
    }

    /// The same row of a step that only waits for what happens.
    #[must_use]
    pub fn waiting_until(mut self, state: &'static str) -> Self {
        self.does = Does::WaitUntil(state);
        self
    }

    /// The same row of a thing that goes with another.
    #[must_use]
    pub fn going_along(mut self) -> Self {
        self.does = Does::GoAlong;
        self
    }

    /// The same row of a task.
    #[must_use]
    pub fn of_task(mut self, verb: &'static Verb) -> Self {
        self.does = Does::Task(verb);
        self
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

    /// The same row of what an option leaves out.
    #[must_use]
    pub fn spared_by(mut self, option: Option<&'static str>) -> Self {
        self.spared_by = option;
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

//! Where the kinds put what they decided, before it becomes a plan.

use super::{Address, Cause, Change, Label};

/// A thing worth a line: what, and what about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Note {
    /// What it is about.
    pub address: Address,
    /// What there is to say.
    pub reason: String,
    /// Whose it is, when that is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// A value of something live that others need: where the DNS of a domain has to point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What it is of.
    pub address: Address,
    /// What the value is called.
    pub label: &'static Label,
    /// The value.
    pub value: String,
}

/// A difference that trueup refuses to make.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Blocked {
    /// What it is about.
    pub address: Address,
    /// Why not.
    pub reason: String,
    /// What to do instead.
    pub advice: String,
}

/// Something the spec asks for that only others can show to be impossible: a plan that the live services do not have,
/// a variable that the template does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The key of the spec: `addons.DATABASE.plan`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// What all kinds decided.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What has to change.
    pub changes: Vec<Change>,
    /// How many addresses are as they should be.
    pub unchanged: usize,
    /// Live, and not in the spec.
    pub unmanaged: Vec<Note>,
    /// To be done by a later apply.
    pub deferred: Vec<Note>,
    /// Refused.
    pub blocked: Vec<Blocked>,
    /// Worth knowing; changes nothing.
    pub warnings: Vec<Note>,
    /// Values that others need.
    pub outputs: Vec<Published>,
    /// Impossible as written.
    pub mistakes: Vec<Mistake>,
    /// The addresses of changes that take away what was dropped from the spec.
    pub pruned: Vec<Address>,
}

impl Draft {
    /// Something has to change.
    pub fn change(&mut self, change: impl Into<Change>) {
        self.changes.push(change.into());
    }

    /// An address is as it should be.
    pub fn unchanged(&mut self) {
        self.unchanged += 1;
    }

    /// A live thing is not in the spec.
    pub fn unmanaged(&mut self, address: Address, reason: &str) {
        self.unmanaged.push(Note { address, reason: reason.to_owned(), cause: None });
    }

    /// A change has to wait for something that trueup does not do.
    pub fn deferred(&mut self, address: Address, reason: impl Into<String>) {
        self.deferred.push(Note { address, reason: reason.into(), cause: None });
    }

    /// A difference is refused.
    pub fn blocked(&mut self, address: Address, reason: impl Into<String>, advice: impl Into<String>) {
        self.blocked.push(Blocked { address, reason: reason.into(), advice: advice.into() });
    }

    /// Something is worth knowing.
    pub fn warning(&mut self, address: Address, reason: impl Into<String>) {
        self.warnings.push(Note { address, reason: reason.into(), cause: None });
    }

    /// Something live has a value that others need.
    pub fn output(&mut self, address: Address, label: &'static Label, value: impl Into<String>) {
        self.outputs.push(Published { address, label, value: value.into() });
    }

    /// The spec asks for something impossible.
    pub fn mistake(&mut self, key: impl Into<String>, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(Mistake { key: key.into(), message: message.into(), help });
    }
}

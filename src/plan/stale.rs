//! Why a saved plan does not hold any more: as data, and in words.
//!
//! What must not live here: what to do about it, which the command says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::spec::EnvironmentName;

/// Why a saved plan does not hold any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Another version of this program saved it.
    Tool {
        /// Which.
        saved: String,
        /// The one that runs.
        running: String,
    },
    /// It was saved under another key.
    Key,
    /// It is not what was saved.
    Edited,
    /// The spec asks for something else.
    Spec(EnvironmentName),
    /// The AWS credentials are of another account than the plan is for.
    Account {
        /// The plan's.
        saved: String,
        /// That of the credentials.
        now: String,
    },
    /// The live services show something else.
    Facts(Vec<Difference>),
    /// From the same spec and facts, other changes are planned now.
    Changes(Vec<Difference>),
}

/// A name and what became of it since the plan was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A fact, or the address of a change.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a fact or a change since a plan was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is another one.
    Changed,
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
}

/// What differs between two sides, by name.
pub(super) fn differences<T: PartialEq>(
    saved: &BTreeMap<String, T>,
    now: &BTreeMap<String, T>,
) -> Vec<Difference> {
    let names: BTreeSet<&String> = saved.keys().chain(now.keys()).collect();
    let fate = |name: &String| match (saved.get(name), now.get(name)) {
        (Some(saved), Some(now)) => (saved != now).then_some(Fate::Changed),
        (None, _) => Some(Fate::New),
        (_, None) => Some(Fate::Gone),
    };
    names.into_iter().filter_map(|name| Some(Difference { name: name.clone(), fate: fate(name)? })).collect()
}

impl fmt::Display for Stale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { saved, running } => {
                write!(formatter, "trueup {saved} saved it, and this is trueup {running}")
            }
            Self::Key => {
                formatter.write_str("it was saved with another Heroku token or TRUEUP_FINGERPRINT_KEY")
            }
            Self::Edited => formatter.write_str("the file was changed after it was saved"),
            Self::Account { saved, now } => {
                write!(formatter, "it is for the AWS account {saved}, and the credentials are of {now}")
            }
            Self::Spec(environment) => write!(formatter, "the spec of {environment} was changed since"),
            Self::Facts(facts) => {
                formatter.write_str("what is live was changed since:")?;
                list(formatter, facts, ["changed", "new", "gone"])
            }
            Self::Changes(changes) if changes.is_empty() => {
                formatter.write_str("the same changes come in another order now")
            }
            Self::Changes(changes) => {
                formatter.write_str("the same spec and live facts give another plan now:")?;
                list(formatter, changes, ["planned differently now", "planned now", "not planned any more"])
            }
        }
    }
}

/// One line a difference, with the words for what is changed, new and gone.
fn list(formatter: &mut fmt::Formatter<'_>, list: &[Difference], words: [&str; 3]) -> fmt::Result {
    list.iter().try_for_each(|Difference { name, fate }| {
        let word = match fate {
            Fate::Changed => words[0],
            Fate::New => words[1],
            Fate::Gone => words[2],
        };
        write!(formatter, "\n  {name}: {word}")
    })
}

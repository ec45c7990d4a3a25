//! Vars that get another value though nothing is wrong with the one that they have: those of a new access key, and
//! secrets that are made anew. All of them in one call, so in one release.

use std::collections::BTreeMap;

use super::{Assignment, Change};
use crate::resource::{Draft, Output, Shown, Value, World, formation};
use crate::secret::Secret;
use crate::spec::{Generated, VarName};

/// What is written.
#[derive(Clone, Debug)]
pub enum Renewed {
    /// A half of a new access key.
    Key(Output),
    /// A secret, drawn anew.
    Secret(Generated),
    /// What somebody handed in.
    Given(Secret),
}

/// Writes new values; nothing when there are none.
pub fn renew(vars: BTreeMap<VarName, Renewed>, world: &World, draft: &mut Draft) {
    if vars.is_empty() {
        return;
    }
    let assignment = |(name, renewed): (VarName, Renewed)| {
        let later = Shown::AfterApply { sensitive: true };
        let (value, shown, note) = match renewed {
            Renewed::Key(output) => (Value::From(output), later, "from the new access key"),
            Renewed::Secret(form) => (Value::Generate(form), later, "generated anew"),
            Renewed::Given(new) => (Value::Known(new.clone()), Shown::Hidden(new), "handed in"),
        };
        Assignment {
            before: world.config.get(name.as_str()).cloned(),
            name,
            value,
            shown,
            note: Some(note.to_owned()),
        }
    };
    let set = vars.into_iter().map(assignment).collect();
    draft.change(Change { set, restarts: formation::running(world), ..Change::default() });
}

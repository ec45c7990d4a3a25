//! Whether what a change rests on is still as it was planned: looked at just before the change is applied,
//! since another apply, a colleague or a dashboard may have been there in between.
//!
//! What must not live here: reading. Each kind looks at its own things.

use super::Outputs;

/// What is live, seen from one change.
#[derive(Clone, Debug)]
pub enum Recheck {
    /// As the plan saw it: the change may be applied.
    AsPlanned,
    /// As the change would leave it: somebody else has done it, and nothing is left to write.
    Done(Outputs),
    /// Neither: writing would undo what somebody else did. In words, what moved.
    Moved(String),
}

/// One part of a change, seen against what is live.
#[derive(Clone, Debug)]
pub struct Part {
    /// What people call it.
    pub name: String,
    /// Whether it is as the plan saw it.
    pub is_as_before: bool,
    /// Whether it is as the change would leave it.
    pub is_as_after: bool,
}

impl Recheck {
    /// From the parts of a change, each of which may be as the plan saw it, as the change would leave it, or neither;
    /// `what` words the names of those that are neither.
    #[must_use]
    pub fn of_parts(parts: impl IntoIterator<Item = Part>, what: impl FnOnce(&[String]) -> String) -> Self {
        let (mut is_open, mut moved) = (false, Vec::new());
        for Part { name, is_as_before, is_as_after } in parts {
            is_open |= !is_as_after;
            if !is_as_before && !is_as_after {
                moved.push(name);
            }
        }
        moved.sort();
        Self::judge(moved.is_empty() && is_open, moved.is_empty(), || what(&moved))
    }

    /// From whether what is live is as the plan saw it, and whether it is as the change would leave it.
    #[must_use]
    pub fn judge(is_as_before: bool, is_as_after: bool, what: impl FnOnce() -> String) -> Self {
        match (is_as_before, is_as_after) {
            (true, _) => Self::AsPlanned,
            (false, true) => Self::Done(Outputs::none()),
            (false, false) => Self::Moved(format!("{} since the plan", what())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_live_is_as_planned_done_already_or_moved() {
        let recheck = |live| Recheck::judge(live == 1, live == 2, || "the number changed".to_owned());
        assert!(matches!(recheck(1), Recheck::AsPlanned));
        assert!(matches!(recheck(2), Recheck::Done(_)));
        let Recheck::Moved(what) = recheck(3) else { panic!("3 is neither") };
        assert_eq!(what, "the number changed since the plan");
    }

    #[test]
    fn a_change_of_several_parts_goes_on_while_one_is_open_and_none_moved() {
        let part =
            |name: &str, is_as_before, is_as_after| Part { name: name.to_owned(), is_as_before, is_as_after };
        let (open, done, moved) = (part("a", true, false), part("b", false, true), part("c", false, false));
        let recheck = |parts: &[&Part]| {
            Recheck::of_parts(parts.iter().map(|part| (*part).clone()), |names| {
                format!("{} changed", names.join(", "))
            })
        };
        assert!(matches!(recheck(&[&open, &done]), Recheck::AsPlanned));
        assert!(matches!(recheck(&[&done]), Recheck::Done(_)));
        let Recheck::Moved(what) = recheck(&[&moved, &open, &done]) else { panic!("one is neither") };
        assert_eq!(what, "c changed since the plan");
    }
}

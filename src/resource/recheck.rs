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

impl Recheck {
    /// From what is live now, what the plan saw, and what the change would leave.
    #[must_use]
    pub fn of<T: PartialEq>(live: &T, before: &T, after: &T, what: impl FnOnce() -> String) -> Self {
        Self::judge(live == before, live == after, what)
    }

    /// The same where equality is a question of meaning.
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
        let recheck = |live| Recheck::of(&live, &1, &2, || "the number changed".to_owned());
        assert!(matches!(recheck(1), Recheck::AsPlanned));
        assert!(matches!(recheck(2), Recheck::Done(_)));
        let Recheck::Moved(what) = recheck(3) else { panic!("3 is neither") };
        assert_eq!(what, "the number changed since the plan");
    }
}

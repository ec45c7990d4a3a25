//! What a command found or did, in a line of standard output.

use super::lock;
use crate::message::Answer;

/// An answer as a line.
#[must_use]
pub fn text(answer: &Answer) -> String {
    let line = match answer {
        Answer::Valid(environment) => format!("{environment}: valid"),
        Answer::NotLocked(environment) => format!("{environment} is not locked"),
        Answer::Locked(environment, found) => format!("{environment} is {}", lock::holder(found)),
        Answer::Unlocked(environment) => format!("{environment} is no longer locked"),
        Answer::NothingLeft(environment) => {
            format!("nothing of {environment} is live: there is nothing to delete")
        }
        Answer::AsAsked(environment) => format!("{environment} is as its file asks: there is nothing to do"),
        Answer::Wrote(path) => format!("wrote  {path}"),
        Answer::Kept(path) => format!("kept   {path}"),
    };
    format!("{line}\n")
}

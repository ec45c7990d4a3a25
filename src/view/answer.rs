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
        Answer::Deployed(environment) => {
            format!("{environment}: this code runs already, and nothing is left to scale")
        }
        Answer::NothingLeft(environment) => {
            format!("nothing of {environment} is live: there is nothing to delete")
        }
        Answer::NothingExpired => "no environment has expired: there is nothing to delete".to_owned(),
        Answer::NothingToRotate(environment) => format!("nothing of {environment} is due to be rotated"),
        Answer::RolledBack(environment, Some(release)) => {
            format!("{environment} runs the code of {release} already, with the config vars of today")
        }
        Answer::RolledBack(environment, None) => format!(
            "{environment} was rolled back already, and has the config vars of today; to go back further, name the release"
        ),
        Answer::AsAsked(environment) => format!("{environment} is as its file asks: there is nothing to do"),
        Answer::Wrote(path) => format!("wrote  {path}"),
        Answer::LeftFile(path) => {
            format!("kept   {}: it was there before, and stays as it is", path.display())
        }
        Answer::Described(app, environment) => {
            format!("kept   {environment}: it describes the app {app} already")
        }
        Answer::Kept(path) => format!("kept   {path}"),
    };
    format!("{line}\n")
}

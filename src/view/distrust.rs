//! Why a project is not trusted, in words.

use super::failure::{Words, with_hint};
use crate::message::{Distrust, Unclear};

/// What is off, each named once.
pub(super) fn off(distrust: &Distrust) -> String {
    format!(
        "this project is not trusted, since {}: `command:`, `file:`, `checks:` and project templates are off",
        why(distrust)
    )
}

/// Nothing that is live is changed.
pub(super) fn refused(distrust: &Distrust) -> Words {
    let hint = match distrust {
        Distrust::Asked => "run it without `--untrusted` once the change was reviewed",
        Distrust::Fork { .. } => "apply after the merge, from the branch that the change was merged into",
        Distrust::Unclear { .. } => "apply after the merge; outside of that CI system, unset the variable",
    };
    with_hint(format!("this project is not trusted, since {}, so nothing was done", why(distrust)), hint)
}

fn why(distrust: &Distrust) -> String {
    match distrust {
        Distrust::Asked => "`--untrusted` says so".to_owned(),
        Distrust::Fork { head: Some(head), base: Some(base) } => {
            format!("the change comes from {head}, not from {base}")
        }
        Distrust::Fork { head: Some(head), base: None } => format!("the change comes from {head}"),
        Distrust::Fork { head: None, .. } => "the change comes from a repository that is gone".to_owned(),
        Distrust::Unclear { variable, why } => {
            let why = match why {
                Unclear::Unset => "is not set".to_owned(),
                Unclear::Unreadable(error) => format!("names a file that cannot be read: {error}"),
                Unclear::TooLarge => "names a file that is larger than any event".to_owned(),
                Unclear::OtherShape => "names a file that does not tell it".to_owned(),
            };
            format!("it is not clear where the change comes from (`{variable}` {why})")
        }
    }
}

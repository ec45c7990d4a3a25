//! What was named to be rotated and is not, in words.

use super::failure::{Words, with_hint};
use super::text::clean;
use crate::lifecycle::rotate::{NotRotated, Why};
use crate::spec::{EnvironmentName, VarName};

/// What asks for a new value, which is not shown while it is typed.
#[must_use]
pub fn prompt(var: &VarName, url: Option<&str>) -> String {
    let place = url.map(|url| format!("A new {var} is made at {}\n", clean(url))).unwrap_or_default();
    format!("{place}The new {var} (it is not shown): ")
}

/// A line for each.
pub(super) fn words(environment: &EnvironmentName, wrong: &[NotRotated]) -> Words {
    let lines: Vec<String> = wrong.iter().map(|one| line(environment, one)).collect();
    with_hint(
        lines.join("\n"),
        "nothing was done; name config vars with a generated secret, a half of an access key or the URL of a database, or \
         addresses such as iam_users.app.access_key",
    )
}

fn line(environment: &EnvironmentName, NotRotated { name, why }: &NotRotated) -> String {
    let name = clean(name);
    match why {
        Why::Unknown(None) => format!("`{name}` is nothing that {environment} has"),
        Why::Unknown(Some(meant)) => {
            format!("`{name}` is nothing that {environment} has; did you mean `{meant}`?")
        }
        Why::Given => {
            format!("`{name}` gets its value from the spec: change it there, or at its source, and apply")
        }
        Why::Derived(reference) => {
            format!("`{name}` follows from {reference}, so it is not rotated by itself")
        }
        Why::External => format!(
            "`{name}` is set by somebody else, so they have to replace it; `rotation: {{ test: […], url: … }}` beside \
             `external: true` says how that is done from here"
        ),
        Why::OfAddon(attachment) => {
            format!("`{name}` is a credential of addons.{attachment}, which is replaced with its provider")
        }
        Why::NoKey => format!("`{name}` has no access key in the spec"),
    }
}

//! `trueup destroy`: what a world asks for in which nothing of an environment is wanted.

use crate::cloud::CloudError;
use crate::resource::removal::{self, Terms};
use crate::resource::{Draft, Overview};
use crate::spec::AppName;

/// Decides that everything of an environment goes: the app with all that hangs on it, then its users, then its buckets.
///
/// # Errors
/// What could not be looked at besides.
pub async fn draft(overview: Overview<'_>, terms: Terms) -> Result<Draft, CloudError> {
    let besides = removal::look(overview).await?;
    Ok(removal::remove(overview.desired, overview.world, &besides, terms))
}

/// Whether what was typed is the app's name, spaces around it aside.
#[must_use]
pub fn is_confirmed(typed: &str, app: &AppName) -> bool {
    typed.trim() == app.as_str()
}

#[cfg(test)]
mod tests;

//! `trueup destroy`: what a world asks for in which nothing of an environment is wanted.

pub mod expired;

use std::path::Path;

use crate::cloud::CloudError;
use crate::resource::removal::{self, LastBackups, Terms};
use crate::resource::{Draft, Overview};
use crate::spec::AppName;

/// Decides that everything of an environment goes: the app with all that hangs on it, then its users, then its buckets.
///
/// # Errors
/// What could not be looked at besides.
pub async fn draft(overview: Overview<'_>, terms: Terms, folder: &Path) -> Result<Draft, CloudError> {
    let (besides, last) = tokio::join!(removal::look(overview), last_backups(overview, terms, folder));
    let mut besides = besides?;
    besides.addon.last = last?;
    Ok(removal::remove(overview.desired, overview.world, &besides, terms))
}

/// What the last backups of databases are made from, when there is something to back up.
async fn last_backups(
    overview: Overview<'_>,
    terms: Terms,
    folder: &Path,
) -> Result<LastBackups, CloudError> {
    let (world, folder) = (overview.world, folder.to_owned());
    let Some(app) =
        world.app.live().filter(|_| !terms.no_backup && removal::has_databases(overview.desired, world))
    else {
        return Ok(LastBackups { folder, transfers: Vec::new() });
    };
    let transfers = overview.reads.clouds().heroku.transfers(&app.id).await?;
    Ok(LastBackups { folder, transfers })
}

/// Whether what was typed is the app's name, spaces around it aside.
#[must_use]
pub fn is_confirmed(typed: &str, app: &AppName) -> bool {
    typed.trim() == app.as_str()
}

#[cfg(test)]
mod tests;

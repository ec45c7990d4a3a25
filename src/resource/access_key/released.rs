//! Since when the app is without a key that it had, as its releases tell: the config vars of each are kept with it
//! (heroku-api.md section 6).

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cloud::heroku::{Heroku, ReleaseStatus};
use crate::cloud::{CloudError, ErrorKind};

/// So many releases are looked into: a key that none of them has was not the app's of late.
const LOOKED_INTO: usize = 20;

/// When the release was made that was the first without a key that the one before it had; `None` when none of the newest
/// releases had it, or the token may not know.
pub(super) async fn since(
    heroku: &Heroku,
    app: &str,
    id: &str,
) -> Result<Option<OffsetDateTime>, CloudError> {
    let releases = match heroku.releases(app).await {
        Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => return Ok(None),
        releases => releases?,
    };
    let mut without = None;
    let took_effect = releases.iter().filter(|release| release.status != ReleaseStatus::Failed);
    for release in took_effect.take(LOOKED_INTO) {
        let Some(vars) = heroku.config_vars_of(app, release.version).await? else { continue };
        if vars.values().any(|value| value.contains(id)) {
            return Ok(without);
        }
        let made = release.created_at.as_deref();
        without = made.and_then(|made| OffsetDateTime::parse(made, &Rfc3339).ok());
    }
    Ok(None)
}

//! Since when the app has the values that it has, as far as the last hour tells: the config vars of each release are kept
//! with it (heroku-api.md section 6). Who was cut off runs the same command again, and must not draw twice.

use std::collections::{BTreeMap, BTreeSet};

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::cloud::CloudError;
use crate::cloud::heroku::Release;
use crate::resource::Overview;
use crate::spec::VarName;

/// A value that took the place of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replaced {
    /// By which release.
    pub(super) version: u64,
    pub(super) age: Duration,
}

/// Which of these vars got another value within that time. What was set for the first time did not.
pub(super) async fn replaced(
    overview: Overview<'_>,
    vars: &BTreeSet<VarName>,
    within: Duration,
) -> Result<BTreeMap<VarName, Replaced>, CloudError> {
    let (mut replaced, now) = (BTreeMap::new(), overview.desired.now);
    let Some(app) = overview.world.app.live().filter(|_| !vars.is_empty()) else { return Ok(replaced) };
    let heroku = &overview.reads.clouds().heroku;
    let releases = heroku.newest_releases(&app.id).await?;
    let mut newer: Option<(&Release, Duration)> = None;
    for release in &releases {
        let config = match newer {
            // What the newest one has is what the app has.
            None => Some(overview.world.config.vars().clone()),
            Some(_) => heroku.config_vars_of(&app.id, release.version).await?,
        };
        if let (Some((newer, age)), Some(config)) = (newer, config) {
            for var in vars {
                let values = config.get(var.as_str()).zip(overview.world.config.get(var.as_str()));
                if values.is_some_and(|(then, now)| !then.is_empty() && !then.matches(now)) {
                    replaced.entry(var.clone()).or_insert(Replaced { version: newer.version, age });
                }
            }
        }
        let Some(age) = age_of(release, now).filter(|age| *age <= within) else { break };
        if replaced.len() == vars.len() {
            break;
        }
        newer = Some((release, age));
    }
    Ok(replaced)
}

fn age_of(release: &Release, now: OffsetDateTime) -> Option<Duration> {
    let made = OffsetDateTime::parse(release.created_at.as_deref()?, &Rfc3339).ok()?;
    Some(now - made)
}

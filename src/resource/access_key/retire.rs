//! Taking a key out of use that the app had before: once no dyno runs with it, and only when nobody else uses it. It is
//! set inactive, which can be undone, and deleted by a later apply (aws-s3-iam.md section 4).
//!
//! What must not live here: which key that is.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;

use super::change::{Reached, prove};
use super::terms::{Care, objection};
use super::{released, settle};
use crate::cloud::aws::{AccessKeyPair, LastUse};
use crate::cloud::heroku::Heroku;
use crate::cloud::{CloudError, Pace};
use crate::resource::Run;
use crate::secret::Secret;
use crate::spec::{UserAttribute, UserName, VarName, WaitLimit};

/// A key that goes.
pub(super) struct Old<'a> {
    pub(super) user: &'a UserName,
    pub(super) id: &'a str,
    /// Since when the app has another, as far as the plan knows.
    pub(super) replaced: OffsetDateTime,
    pub(super) delivered: &'a [(VarName, UserAttribute)],
    pub(super) buckets: &'a [Reached],
}

/// Heroku gives the process of an old dyno 30 seconds to end; one that uses the key after that is not of the app.
const ENDING: Duration = Duration::from_secs(30);
/// How long the dynos with the old key are waited for.
const USUAL: WaitLimit = WaitLimit::minutes(10);
/// For how long a key that was used of late is watched beyond that.
const WATCHED: Duration = Duration::from_secs(10);

/// The dynos of an app that run with a key, one-off dynos among them. The config vars of its release tell what a dyno
/// has: a process keeps them until it ends.
pub(super) async fn dynos_with(heroku: &Heroku, app: &str, id: &str) -> Result<Vec<String>, CloudError> {
    let mut dynos = match heroku.dynos(app).await {
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        answer => answer?,
    };
    dynos.retain(|dyno| dyno.is_running);
    let releases: BTreeSet<u64> = dynos.iter().filter_map(|dyno| dyno.release).collect();
    let asked = releases.into_iter().map(|release| async move {
        Ok::<_, CloudError>((release, has_key(heroku, app, release, id).await?))
    });
    let asked = futures_util::future::try_join_all(asked).await?;
    let without = |release: u64| asked.iter().any(|(asked, has)| *asked == release && !has);
    dynos.retain(|dyno| !dyno.release.is_some_and(without));
    Ok(dynos.into_iter().map(|dyno| dyno.name).collect())
}

/// Whether the dynos of a release have a key. One whose config vars cannot be read may have it, unless it is the newest.
async fn has_key(heroku: &Heroku, app: &str, release: u64, id: &str) -> Result<bool, CloudError> {
    match heroku.config_vars_of(app, release).await? {
        Some(vars) => Ok(vars.values().any(|value| value.contains(id))),
        None => Ok(heroku.latest_release(app).await?.is_none_or(|latest| latest.version != release)),
    }
}

/// Sets a key inactive that the app has no longer.
pub(super) async fn retire(run: &Run, old: &Old<'_>, care: Care) -> Result<(), CloudError> {
    let (user, id) = (old.user, old.id);
    until_no_dyno_has(run, id).await?;
    match care {
        Care::Brief => refuse_while_used(run, id, old.replaced).await?,
        Care::Rotation { grace, quiet_for, is_forced } => {
            let released = released::since(&run.clouds.heroku, &run.app(), id).await?.unwrap_or(old.replaced);
            let limits = (released, grace, quiet_for);
            until_grace_is_over(run, id, released + grace).await?;
            if !is_forced {
                refuse_objection(run, id, limits).await?;
            }
        }
    }
    let iam = run.clouds.aws.iam();
    // First: an inactive key of which nothing is known would stay for ever.
    iam.tag_user(user, &settle::tag(id, Run::now())).await?;
    iam.deactivate_access_key(user, id).await?;
    if care == Care::Brief { Ok(()) } else { work_without(run, old).await }
}

/// What is under way with the old key when the release comes may end.
async fn until_grace_is_over(run: &Run, id: &str, over: OffsetDateTime) -> Result<(), CloudError> {
    let Ok(left) = Duration::try_from(over - Run::now()) else { return Ok(()) };
    run.progress.update(&format!("the old key may be used until {}", settle::in_words(over)));
    run.pause(left).await.map_err(|_| {
        CloudError::gave_up("wait for the grace of the old access key", format!("stopped: {id} stays active"))
    })
}

async fn refuse_objection(
    run: &Run,
    id: &str,
    limits: (OffsetDateTime, time::Duration, time::Duration),
) -> Result<(), CloudError> {
    let last_use = run.clouds.aws.iam().last_use(id).await?;
    let Some(LastUse::At { time, service, region }) = objection(&last_use, limits, Run::now()) else {
        return Ok(());
    };
    Err(CloudError::moved(format!(
        "somebody still uses the access key {id}: {service} in {region} at {}, after the release with the new key and the \
         grace of {}; it stays active (find out who, or go on with --force)",
        settle::in_words(*time),
        in_short(limits.1)
    )))
}

/// `10m`, `90s`.
fn in_short(duration: time::Duration) -> String {
    match duration.whole_seconds() {
        seconds if seconds % 60 == 0 && seconds > 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Acts as the app once the old key is inactive: when the key that it has does not work, the old one is set active again.
async fn work_without(run: &Run, old: &Old<'_>) -> Result<(), CloudError> {
    let iam = run.clouds.aws.iam();
    let app = run.app();
    let (vars, keys) = tokio::try_join!(run.clouds.heroku.config_vars(&app), iam.access_keys(old.user))?;
    let half = |which| {
        let var = old.delivered.iter().find(|(_, half)| *half == which).map(|(var, _)| var)?;
        vars.get(var.as_str())
    };
    let halves = half(UserAttribute::AccessKeyId).zip(half(UserAttribute::SecretAccessKey));
    let has = |(id, secret): (&Secret, &Secret)| {
        let key = keys.iter().find(|key| id.matches(&Secret::new(key.id.as_str())))?;
        Some(AccessKeyPair { id: key.id.clone(), secret: secret.clone() })
    };
    // Where a spec delivers no more than the id, nobody but the app can tell.
    let Some(key) = halves.and_then(has) else { return Ok(()) };
    run.progress.update("acting as the app with its new key");
    if let Err(error) = prove(run, old.user, &key, old.buckets).await {
        iam.activate_access_key(old.user, old.id).await?;
        return Err(error);
    }
    Ok(())
}

async fn until_no_dyno_has(run: &Run, id: &str) -> Result<(), CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let mut left = dynos_with(heroku, &app, id).await?;
    let limit = run.limit(USUAL);
    for pause in Pace::dynos(limit.duration()) {
        if left.is_empty() {
            return Ok(());
        }
        run.progress.update(&format!("{} until it has ended", still_have(&left, id)));
        run.pause(pause).await.map_err(|_| gave_up(&left, id, "stopped while waiting"))?;
        left = dynos_with(heroku, &app, id).await?;
    }
    if left.is_empty() { Ok(()) } else { Err(gave_up(&left, id, &format!("after {}", limit.in_words()))) }
}

/// Which dynos still have a key: `run.1 still has AKIA…`.
pub(super) fn still_have(dynos: &[String], id: &str) -> String {
    let have = if dynos.len() == 1 { "has" } else { "have" };
    format!("{} still {have} {id}", dynos.join(", "))
}

fn gave_up(left: &[String], id: &str, when: &str) -> CloudError {
    let message = format!("{when}, {}, so it stays active", still_have(left, id));
    CloudError::gave_up("wait for dynos with the new access key", message)
}

/// No dyno has the key: who uses it now is somebody else. AWS tells of a use minutes late, so that nobody seen is no
/// proof, and the key is set inactive before it is deleted.
async fn refuse_while_used(run: &Run, id: &str, replaced: OffsetDateTime) -> Result<(), CloudError> {
    let iam = run.clouds.aws.iam();
    let ended = Run::now() + ENDING;
    let refuse = |last_use: &LastUse| match last_use {
        LastUse::At { time, service, region } if *time > ended => Err(CloudError::moved(format!(
            "somebody else uses the access key {id}: {service} in {region} at {}, when no dyno had it any more; it stays active",
            settle::in_words(*time)
        ))),
        _ => Ok(()),
    };
    let last_use = iam.last_use(id).await?;
    refuse(&last_use)?;
    if !matches!(last_use, LastUse::At { time, .. } if time > replaced) {
        return Ok(());
    }
    run.progress.update("watching whether somebody else uses the old key");
    if run.pause(ENDING + WATCHED).await.is_err() {
        return Err(CloudError::gave_up("watch the old access key", format!("stopped: {id} stays active")));
    }
    refuse(&iam.last_use(id).await?)
}

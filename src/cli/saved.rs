//! Saved plans as files: `plan --out FILE` writes one, `apply --plan FILE` plans again and holds the result
//! against it.
//!
//! What must not live here: what a saved plan promises and when it still holds (`plan::saved`).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::arguments::Plan as PlanRequest;
use super::scratch::{self, random_name, write_private};
use super::session::{Planned, Session};
use crate::message::{Failure, Notice, Refusal, Task, UnusablePlan};
use crate::plan::saved::{self, NotAPlan, Snapshot, Unverified, Verified};
use crate::secret::{FingerprintKey, Secret};
use crate::spec::{Environment, EnvironmentName};
use crate::view;

/// No real plan comes near: Heroku takes 64 kB of config vars, and a change is some hundred bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// The version of this program, which decides with others whether a saved plan is understood.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes the plan to the file of `--out`, also one that is refused: it was asked for.
pub(super) async fn save(
    file: &Path,
    request: &PlanRequest,
    planned: &Planned,
    session: &Session<'_>,
    is_allowed: bool,
) -> Result<Notice, Failure> {
    let salt = random_name();
    let key = key(session, &salt).await?;
    let plan = saved::under_key(&planned.plan, &planned.world, &key);
    let document =
        serde_json::from_str(&view::json::plan(&plan, &key)).expect("what was written as JSON is JSON");
    prepare_folder(file)?;
    let snapshot = Snapshot::of(&plan, &planned.world, &session.endpoints(), &key);
    write_private(file, &snapshot.to_file(document, VERSION, &salt, &key))
        .map_err(Failure::system(Task::Write(file.to_owned())))?;
    let flags =
        [("--sandbox", session.context.is_sandbox), ("--allow-commands", request.sources.allow_commands)];
    let flags = flags.into_iter().filter(|(_, is_given)| *is_given).map(|(flag, _)| flag).collect();
    let is_applied = is_allowed && plan.blocked.is_empty();
    Ok(Notice::Saved { file: file.to_owned(), flags: is_applied.then_some(flags) })
}

/// `.trueup/` is where saved plans belong, and git does not see it; any other folder is the user's to make.
fn prepare_folder(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| folder.ends_with(".trueup") && !folder.exists());
    folder.and_then(Path::parent).map_or(Ok(()), |project| scratch::prepare(project).map(drop))
}

/// What the file of `--plan` says of the plan that may be applied.
pub(super) struct Expected<'a> {
    file: &'a Path,
    environment: EnvironmentName,
    key: FingerprintKey,
    saved: Verified,
}

/// Opens the file of `--plan`, which was not changed, and reads the environment that it is of. Everything that they
/// alone can show comes first: nobody is asked on behalf of a file that will not do.
pub(super) async fn open<'a>(
    file: &'a Path,
    session: &Session<'_>,
) -> Result<(Environment, Expected<'a>), Failure> {
    let unverified = read(file)?;
    let name = unverified.environment().clone();
    let environment = session.load(&name)?;
    let key = key(session, unverified.salt()).await?;
    let refused = |why| Refusal::Stale { file: file.to_owned(), environment: name.clone(), why };
    let saved = unverified.verify(&key, VERSION).map_err(refused)?;
    saved.holds_for_spec(&environment.spec.digest()).map_err(refused)?;
    if saved.aws_account().is_some() {
        let account = session.clouds().await?.aws.account().await?;
        saved.holds_for_account(account.as_str()).map_err(refused)?;
    }
    Ok((environment, Expected { file, environment: name, key, saved }))
}

impl Expected<'_> {
    /// Refuses a plan that is not the one that was saved.
    pub(super) fn holds_for(&self, planned: &Planned, session: &Session<'_>) -> Result<(), Refusal> {
        let now = Snapshot::of(&planned.plan, &planned.world, &session.endpoints(), &self.key);
        let (file, environment) = (self.file.to_owned(), self.environment.clone());
        self.saved.holds_for(&now).map_err(|why| Refusal::Stale { file, environment, why })
    }
}

/// The key of a saved plan: from the one that the operator chose, else from the Heroku token, which the run
/// that applies needs anyway. The embedded cloud's token is known to all, so there it is from a secret beside
/// its state.
async fn key(session: &Session<'_>, salt: &str) -> Result<FingerprintKey, Failure> {
    let label = saved::key_label(salt);
    match &session.context.settings.fingerprint_key {
        Some(chosen) => Ok(FingerprintKey::derived(chosen, &label)),
        None if session.context.is_sandbox => {
            Ok(FingerprintKey::derived(&sandbox_secret(&session.project)?, &label))
        }
        None => Ok(session.clouds().await?.heroku.derived_key(&label).await?),
    }
}

/// A secret of this project's embedded cloud, made at the first need.
fn sandbox_secret(project: &Path) -> Result<Secret, Failure> {
    let file = scratch::prepare(project)?.join("plan.key");
    let kept = || {
        if !file.exists() {
            write_private(&file, &format!("{}{}", random_name(), random_name()))?;
        }
        fs::read_to_string(&file)
    };
    kept().map(Secret::new).map_err(Failure::system(Task::UseKey(file.clone())))
}

fn read(file: &Path) -> Result<Unverified, Failure> {
    let unusable = |why| Failure::UnusablePlan { file: file.to_owned(), why };
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    let size = read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => unusable(UnusablePlan::NotText),
        _ => unusable(UnusablePlan::Unreadable(error)),
    })?;
    if size as u64 > LARGEST {
        return Err(unusable(UnusablePlan::TooLarge));
    }
    Unverified::parse(text).map_err(|why| match why {
        NotAPlan::OtherFormat(_) => Refusal::OtherFormat { file: file.to_owned(), why }.into(),
        NotAPlan::Empty | NotAPlan::Broken { .. } | NotAPlan::Other => unusable(UnusablePlan::Other(why)),
    })
}

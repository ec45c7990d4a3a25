//! Saved plans as files: `plan --out FILE` writes one, `apply --plan FILE` plans again and holds the result
//! against it.
//!
//! What must not live here: what a saved plan promises and when it still holds (`plan::saved`).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::Failure;
use super::arguments::Plan as PlanRequest;
use super::context::select_one;
use super::scratch::{self, random_name, write_private};
use super::session::{Planned, Session};
use crate::plan::saved::{self, NotAPlan, Snapshot, Unverified, Verified};
use crate::plan::stale::Stale;
use crate::secret::{FingerprintKey, Secret};
use crate::spec::Environment;
use crate::view;

/// No real plan comes near: Heroku takes 64 kB of config vars, and a change is some hundred bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// The version of this program, which decides with others whether a saved plan is understood.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes the plan to the file of `--out`, and gives what to say about how to go on.
pub(super) async fn save(
    file: &Path,
    request: &PlanRequest,
    planned: &Planned,
    session: &Session<'_>,
) -> Result<String, Failure> {
    let salt = random_name();
    let key = key(session, &salt).await?;
    let plan = saved::under_key(&planned.plan, &planned.world, &key);
    let document =
        serde_json::from_str(&view::json::plan(&plan, &key)).expect("what was written as JSON is JSON");
    prepare_folder(file)?;
    let snapshot = Snapshot::of(&plan, &planned.world, &session.endpoints(), &key);
    write_private(file, &snapshot.to_file(document, VERSION, &salt, &key))
        .map_err(|error| Failure::message(format!("cannot write {}: {error}", file.display()), None))?;
    let mut flags = String::new();
    for (flag, is_given) in
        [("--sandbox ", session.context.is_sandbox), ("--allow-commands ", request.sources.allow_commands)]
    {
        flags.push_str(if is_given { flag } else { "" });
    }
    let next = if plan.blocked.is_empty() {
        format!("apply it with: trueup apply {flags}--plan {}", quoted(file))
    } else {
        "apply will refuse it, as some of it is blocked".to_owned()
    };
    Ok(format!("saved to {}; {next}\n", file.display()))
}

/// `.trueup/` is where saved plans belong, and git does not see it; any other folder is the user's to make.
fn prepare_folder(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| folder.ends_with(".trueup") && !folder.exists());
    folder.and_then(Path::parent).map_or(Ok(()), |project| scratch::prepare(project).map(drop))
}

/// The file of `--plan`, which was not changed, and the environment that it is of.
pub(super) struct Opened<'a> {
    file: &'a Path,
    environment: Environment,
    key: FingerprintKey,
    saved: Verified,
}

/// Opens the file of `--plan`. Everything that it alone can tell comes first: nobody is asked on behalf of a
/// file that will not do.
pub(super) async fn open<'a>(file: &'a Path, session: &Session<'_>) -> Result<Opened<'a>, Failure> {
    let unverified = read(file)?;
    let name = unverified.environment().to_string();
    let environment = session.load(&select_one(&session.project, Some(&name))?)?;
    let key = key(session, unverified.salt()).await?;
    let refused = |stale| refusal(file, &name, &stale);
    let saved = unverified.verify(&key, VERSION).map_err(refused)?;
    saved.holds_for_spec(&environment.spec.digest()).map_err(refused)?;
    Ok(Opened { file, environment, key, saved })
}

impl Opened<'_> {
    /// The environment, as its file is now.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Refuses a plan that is not the one that was saved.
    pub(super) fn holds_for(&self, planned: &Planned, session: &Session<'_>) -> Result<(), Failure> {
        let now = Snapshot::of(&planned.plan, &planned.world, &session.endpoints(), &self.key);
        let name = self.environment.name.as_str();
        self.saved.holds_for(&now).map_err(|stale| refusal(self.file, name, &stale))
    }
}

fn refusal(file: &Path, environment: &str, why: &Stale) -> Failure {
    let file = file.display();
    let again = format!("run `trueup plan {environment} --out {file}` again and review it");
    let hint = if *why == Stale::Key {
        format!("use the same ones as when it was saved, or {again}")
    } else {
        again
    };
    Failure::Refused(
        format!("the saved plan {file} does not hold any more, so nothing was done: {why}"),
        Some(hint),
    )
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
    kept()
        .map(Secret::new)
        .map_err(|error| Failure::message(format!("cannot use {}: {error}", file.display()), None))
}

fn read(file: &Path) -> Result<Unverified, Failure> {
    let shown = file.display();
    let mut text = String::new();
    let size = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(
        |error| match error.kind() {
            io::ErrorKind::InvalidData => not_a_plan(&format!("{shown} is not a saved plan: it is not text")),
            _ => not_a_plan(&format!("cannot read the saved plan {shown}: {error}")),
        },
    )?;
    if size as u64 > LARGEST {
        return Err(not_a_plan(&format!("{shown} is not a saved plan: it is larger than any")));
    }
    Unverified::parse(text).map_err(|error| match error {
        NotAPlan::OtherFormat(_) => Failure::Refused(
            format!("the saved plan {shown} {error}, so nothing was done"),
            Some(format!("run `trueup plan --out {shown}` again and review it")),
        ),
        NotAPlan::Empty | NotAPlan::Broken { .. } | NotAPlan::Other => {
            not_a_plan(&format!("{shown} {error}"))
        }
    })
}

fn not_a_plan(message: &str) -> Failure {
    Failure::message(message, Some("save one with `trueup plan --out FILE`"))
}

/// A path as a shell takes it.
fn quoted(file: &Path) -> String {
    let text = file.display().to_string();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

//! Another password for a credential of a database, with its provider: that restarts every app that has it, and refuses
//! connections for seconds (life-and-ci.md section 4).
//!
//! A rotation goes on at Heroku when this program ends, so one that has begun is followed instead of being asked for
//! again. What must not live here: whether one is due, which `rotate` decides.

use crate::cloud::heroku::{Dyno, Heroku, Release, ReleaseStatus};
use crate::cloud::{Certainty, CloudError, ErrorKind, Pace};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{
    Action, Address, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, Section, Shown, Verb,
};
use crate::secret::Secret;
use crate::spec::{AttachmentName, WaitLimit};

/// What the task says of itself.
pub static SECTION: Section =
    Section::new("addons").part("credential").kind("heroku_postgresql_credential").noun("credential");

static ROTATE: Verb = Verb { does: "rotate", doing: "rotating" };
static FOLLOW: Verb = Verb { does: "follow the rotation of", doing: "following the rotation of" };

/// How long Heroku may take, and then the dynos.
const USUAL: WaitLimit = WaitLimit::minutes(10);

/// Where a credential stands in a plan, by the name under which the app has its database.
#[must_use]
pub fn address(attachment: &AttachmentName) -> Address {
    SECTION.address(attachment)
}

/// `POST /postgres/v0/databases/{name}/credentials/{credential}/credentials_rotation`, and what follows from it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Under which name the app has it.
    pub attachment: AttachmentName,
    /// All names under which the app has it: a release may tell any of them.
    pub names: Vec<String>,
    /// The add-on's own name.
    pub addon: String,
    /// The credential: `default`.
    pub credential: String,
    /// Whether nothing is waited for on Heroku's side.
    pub is_forced: bool,
    /// Where to begin.
    pub begins: Begins,
    /// How old the password is, in words.
    pub reason: Option<String>,
    /// The URL that the app has.
    pub before: Option<Secret>,
    /// The newest release of the app.
    pub newest: u64,
    /// Every app that Heroku restarts.
    pub apps: Vec<String>,
    /// The process types of this one.
    pub restarts: Vec<String>,
}

/// How much is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// All of it.
    New,
    /// Heroku is at it.
    Rotating,
    /// The release of that number has brought the new password, and dynos still run an earlier one.
    Released(u64),
}

/// Whether a release says that Heroku Postgres changed what it sets under one of these names
/// (life-and-ci.md section 7).
#[must_use]
pub fn is_of_provider(release: &Release, names: &[String]) -> bool {
    let said = release.description.strip_prefix("Update ");
    let said = said.and_then(|rest| rest.strip_suffix(" by heroku-postgresql")).unwrap_or_default();
    let mut said = said.split(", ").map(|name| name.strip_suffix("_URL").unwrap_or(name));
    release.status != ReleaseStatus::Failed && said.any(|one| names.iter().any(|name| name == one))
}

/// The dynos of these process types that run an earlier release. One-off dynos are left out: they keep what they began
/// with until they end, and their connections are cut off already.
#[must_use]
pub fn behind(dynos: Vec<Dyno>, types: &[String], release: u64) -> Vec<String> {
    let is_behind = |dyno: &Dyno| {
        dyno.is_running
            && types.contains(&dyno.process_type)
            && dyno.release.is_some_and(|runs| runs < release)
    };
    dynos.into_iter().filter(is_behind).map(|dyno| dyno.name).collect()
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let title = format!("{} of {}", self.credential, self.addon);
        let verb = if self.begins == Begins::New { &ROTATE } else { &FOLLOW };
        let hidden = || Shown::AfterApply { sensitive: true };
        let password = Field { path: "password".to_owned(), before: hidden(), after: hidden(), note: None };
        let apps = Field::plain("restarts", None, Some(&self.apps.join(", ")));
        let row = Row::new(address(&self.attachment), Action::Update).titled(&title).of_task(verb);
        let row = row.with([password, apps]);
        vec![match &self.reason {
            Some(reason) => row.because(reason),
            None => row,
        }]
    }

    fn effects(&self) -> Effects {
        if matches!(self.begins, Begins::Released(_)) {
            return Effects::default();
        }
        let note = match self.apps.as_slice() {
            [_] | [] => "refuses connections for seconds".to_owned(),
            apps => format!("refuses connections of {} apps for seconds", apps.len()),
        };
        Effects { releases: 1, restarts: self.restarts.clone(), notes: vec![note] }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    /// One restart after the other, so that each release is known by what came before it.
    fn follows(&self) -> Vec<Output> {
        vec![Output::Config]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Of(address(&self.attachment), "password")]
    }

    /// It looks by itself how far it is.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let release = match self.begins {
            Begins::Released(release) => release,
            Begins::Rotating => self.until_released(run).await?,
            Begins::New => {
                self.start(run).await?;
                self.until_released(run).await?
            }
        };
        self.until_dynos_run(run, release).await?;
        Ok(Outputs::none())
    }

    /// What a password is, is no part of what a spec asks for.
    #[cfg(test)]
    fn assume(&self, _: &mut World, _: &mut Outputs) {}
}

impl Change {
    /// Asks for it, unless somebody has since the plan. When the answer is lost, nothing is sent again: a second rotation
    /// would cut all connections off once more. The next run sees what came of it.
    async fn start(&self, run: &Run) -> Result<(), CloudError> {
        let heroku = &run.clouds.heroku;
        if self.has_begun(run).await? {
            return Ok(());
        }
        run.progress.update("asking for a new password");
        let lost = match heroku.rotate_credential(&self.addon, &self.credential, self.is_forced).await {
            Err(error) if error.certainty == Certainty::Unknown => error,
            answer => return answer,
        };
        for pause in Pace::settling() {
            if matches!(self.has_begun(run).await, Ok(true)) {
                return Ok(());
            }
            if run.pause(pause).await.is_err() {
                break;
            }
        }
        Err(lost)
    }

    /// Whether Heroku is at it, or has done it since the plan.
    async fn has_begun(&self, run: &Run) -> Result<bool, CloudError> {
        let (rotating, released) =
            tokio::try_join!(self.is_rotating(&run.clouds.heroku), self.released(run))?;
        Ok(rotating || released.is_some())
    }

    async fn is_rotating(&self, heroku: &Heroku) -> Result<bool, CloudError> {
        let state = heroku.credential_state(&self.addon, &self.credential).await?;
        Ok(state.is_some_and(|state| state != "active"))
    }

    /// The release that brought the app another URL than it had when this was planned.
    async fn released(&self, run: &Run) -> Result<Option<u64>, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let (vars, releases) = tokio::try_join!(heroku.config_vars(&app), heroku.newest_releases(&app))?;
        let newer = || releases.iter().filter(|release| release.version > self.newest);
        if let Some(release) = newer().find(|release| is_of_provider(release, &self.names)) {
            return Ok(Some(release.version));
        }
        let url = vars.get(&format!("{}_URL", self.attachment));
        let is_other = self.before.as_ref().zip(url).is_some_and(|(before, url)| !before.matches(url));
        // Whatever Heroku calls it, the newest one has it.
        Ok(is_other.then(|| newer().map(|release| release.version).max()).flatten())
    }

    async fn until_released(&self, run: &Run) -> Result<u64, CloudError> {
        let limit = run.limit(USUAL);
        for pause in Pace::heroku(limit.duration()) {
            if self.is_rotating(&run.clouds.heroku).await? {
                run.progress.update("Heroku replaces the password");
            } else if let Some(release) = self.released(run).await? {
                return Ok(release);
            } else {
                run.progress.update("the new password is on its way to the app");
            }
            run.pause(pause).await.map_err(|_| gave_up("stopped while waiting; it goes on by itself"))?;
        }
        Err(gave_up(&format!(
            "the app has no other password after {}; run this again to see what came of it",
            limit.in_words()
        )))
    }

    async fn until_dynos_run(&self, run: &Run, release: u64) -> Result<(), CloudError> {
        let limit = run.limit(USUAL);
        let mut left = Vec::new();
        for pause in Pace::dynos(limit.duration()) {
            left = match run.clouds.heroku.dynos(&run.app()).await {
                Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => return Ok(()),
                dynos => behind(dynos?, &self.restarts, release),
            };
            if left.is_empty() {
                return Ok(());
            }
            run.progress.update(&format!("waiting until {} run v{release}", left.join(", ")));
            run.pause(pause).await.map_err(|_| gave_up("stopped while dynos restart"))?;
        }
        let left = left.join(", ");
        Err(gave_up(&format!("{left} still run without the new password of v{release}: restart them")))
    }
}

/// A wait that ended without what it was for.
fn gave_up(message: &str) -> CloudError {
    CloudError::gave_up("wait for the rotation of a database's credential", message).maybe_done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::release;

    #[test]
    fn a_release_of_the_provider_names_what_it_changed() {
        let names = ["DATABASE".to_owned(), "LEDGER_DB".to_owned()];
        for (description, expected) in [
            ("Update DATABASE by heroku-postgresql", true),
            ("Update DATABASE_URL by heroku-postgresql", true),
            ("Update REPORTS, LEDGER_DB by heroku-postgresql", true),
            ("Update REPORTS by heroku-postgresql", false),
            ("Update DATABASE by heroku-redis", false),
            ("Set DATABASE config vars", false),
            ("Attach DATABASE (@ref:postgresql-flat-1)", false),
        ] {
            assert_eq!(is_of_provider(&release(7, description), &names), expected, "{description}");
        }
        let failed =
            Release { status: ReleaseStatus::Failed, ..release(7, "Update DATABASE by heroku-postgresql") };
        assert!(!is_of_provider(&failed, &names));
    }

    #[test]
    fn dynos_of_the_formation_that_run_an_earlier_release_are_waited_for() {
        let dyno = |name: &str, is_running, release| Dyno {
            process_type: name.split('.').next().unwrap_or_default().to_owned(),
            name: name.to_owned(),
            is_running,
            is_up: is_running,
            release,
        };
        let dynos = vec![
            dyno("web.1", true, Some(6)),
            dyno("web.2", true, Some(7)),
            dyno("web.3", false, Some(6)),
            dyno("web.4", true, None),
            dyno("run.5", true, Some(6)),
        ];
        assert_eq!(behind(dynos, &["web".to_owned()], 7), ["web.1"]);
    }
}

//! Runs the code of an earlier release again, and follows the new release until the dynos get it (life-and-ci.md
//! section 6.3).
//!
//! Heroku brings back the config vars of that release with its code. What the app has today is set again by a change of
//! `config`, which follows this one however it ends.

use super::rollout::Followed;
use super::slug;
use crate::cloud::heroku::Release;
use crate::cloud::{CloudError, confirmed};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{Action, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb};
use crate::secret::Secret;

/// What the task says of itself: it works where the code does.
pub static SECTION: &Section = &slug::SECTION;

static ROLL_BACK: Verb = Verb { does: "roll back", doing: "rolling back" };
static FOLLOW: Verb = Verb { does: "wait for the release", doing: "waiting for the release" };

/// That the rollback has ended.
#[must_use]
pub fn released() -> Output {
    Output::Of(SECTION.whole(), "rollback")
}

/// `POST /apps/{app}/releases` with a release.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where to begin.
    pub begins: Begins,
    /// The number of the release that is gone back to.
    pub version: u64,
    /// What brought its code: `Deploy 1a2b3c4d`.
    pub code: String,
    /// The number of the release that the dynos run.
    pub current: u64,
    /// What must not show in what a release phase prints.
    pub hidden: Vec<Secret>,
    /// The process types that it restarts.
    pub restarts: Vec<String>,
}

/// How much is left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begins {
    /// All of it.
    New {
        /// The id of the release that is gone back to.
        id: String,
        /// Its slug.
        slug: String,
        /// The newest release there is.
        newest: u64,
    },
    /// The rollback's own release, of that id, runs its release phase.
    Releasing(String),
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { version, code, current, .. } = self;
        let verb = if matches!(self.begins, Begins::Releasing(_)) { &FOLLOW } else { &ROLL_BACK };
        let release = |version: &u64| format!("v{version}");
        let field = Field::plain("release", Some(&release(current)), Some(&release(version)));
        vec![
            Row::new(SECTION.whole(), Action::Update)
                .of_task(verb)
                .titled(&format!("of v{version}, {code}"))
                .with([field]),
        ]
    }

    fn effects(&self) -> Effects {
        Effects { releases: 1, restarts: self.restarts.clone(), notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![released()]
    }

    /// A release that somebody made meanwhile has config vars that nobody looked at, or is what was asked for.
    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let Begins::New { newest, .. } = &self.begins else { return Ok(Recheck::AsPlanned) };
        let releases = run.clouds.heroku.recent_releases(&run.app()).await?;
        Ok(match releases.first() {
            Some(Release { version, description, .. }) if version > newest => {
                Recheck::Moved(format!("v{version} ({description}) was made since the plan"))
            }
            _ => Recheck::AsPlanned,
        })
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let release = match &self.begins {
            Begins::Releasing(id) => id.clone(),
            Begins::New { id, slug, newest } => {
                let send = || async { heroku.roll_back(&app, id).await };
                let look = || async {
                    let is_made = |made: &Release| made.version > *newest && made.slug.as_ref() == Some(slug);
                    Ok(heroku.recent_releases(&app).await?.into_iter().rev().find(is_made))
                };
                confirmed(send, look).await?.id
            }
        };
        let followed = Followed {
            operation: format!("rollback of {}", run.app_name()),
            stays: format!("v{} is still current", self.current),
            hidden: &self.hidden,
        };
        followed.release(run, &release).await?;
        Ok(Outputs::none().and(released(), release))
    }

    /// What a spec asks for does not tell which code runs.
    #[cfg(test)]
    fn assume(&self, _: &mut World, outputs: &mut Outputs) {
        *outputs = std::mem::take(outputs).and(released(), "release");
    }
}

//! Brings code to run: it is uploaded and built, and its release phase is followed until the dynos get it
//! (life-and-ci.md section 6).
//!
//! A build goes on at Heroku when this program ends, so it is found again and followed instead of being made twice.

mod follow;

use std::collections::BTreeSet;

use super::super::formation;
use super::rollout::{Followed, USUAL};
use crate::cloud::heroku::{Build, NewBuild, Release};
use crate::cloud::{CloudError, ErrorKind, Pace, confirmed};
use crate::resource::rights::{Rights, Scope};
use crate::resource::{
    Action, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb, World,
};
use crate::secret::Secret;
use crate::source::Tarball;

/// What the task says of itself.
pub static SECTION: Section = Section::new("build").kind("heroku_build").noun("build");

static BUILD: Verb = Verb { does: "build and release", doing: "building" };
static RELEASE: Verb = Verb { does: "wait for the release", doing: "waiting for the release" };

/// So many digits of a version tell it from all others that people see.
const SHOWN: usize = 12;

/// Code that is brought to run.
#[derive(Clone, Debug)]
pub struct Change {
    /// The code.
    pub tarball: Tarball,
    /// How much it is, in words: `61 files, 102 KB`.
    pub title: String,
    /// Why, when it is not the first code.
    pub reason: Option<String>,
    /// Where to begin.
    pub begins: Begins,
    /// What runs now.
    pub before: Option<Running>,
    /// The builds that there were.
    pub known: BTreeSet<String>,
    /// What must not show in what a build prints.
    pub hidden: Vec<Secret>,
    /// The process types that it restarts.
    pub restarts: Vec<String>,
}

/// How much is left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begins {
    /// All of it.
    New,
    /// A build of this code, of that id, runs already.
    Building(String),
    /// A build of this code has ended, and the release of that id is not done yet.
    Releasing(String),
}

/// What the app runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The number of the release.
    pub release: u64,
    /// The id of its slug.
    pub slug: Option<String>,
    /// What its code is called, when that is known.
    pub version: Option<String>,
}

/// That the code is released: the release's id.
#[must_use]
pub fn released() -> Output {
    Output::Of(SECTION.whole(), "release")
}

/// The beginning of a version, for people.
fn shown(version: &str) -> String {
    version.chars().take(SHOWN).collect()
}

impl Running {
    /// What runs on when something else does not come to run.
    fn stays(before: Option<&Self>) -> String {
        match before {
            Some(Self { release, slug: Some(_), .. }) => format!("v{release} is still current"),
            _ => "nothing runs yet".to_owned(),
        }
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let has_code = self.before.as_ref().is_some_and(|before| before.slug.is_some());
        let action = if has_code { Action::Update } else { Action::Create };
        let before = self.before.as_ref().and_then(|before| before.version.as_deref()).map(shown);
        let before = before.as_ref().map(|version| version as &dyn std::fmt::Display);
        let after = shown(&self.tarball.version);
        let verb = if matches!(self.begins, Begins::Releasing(_)) { &RELEASE } else { &BUILD };
        let row = Row::new(SECTION.whole(), action).of_task(verb).titled(&self.title).with([Field::plain(
            "version",
            before,
            Some(&after),
        )]);
        vec![match &self.reason {
            Some(reason) => row.because(reason),
            None => row,
        }]
    }

    fn effects(&self) -> Effects {
        Effects { releases: 1, restarts: self.restarts.clone(), notes: vec!["takes minutes".to_owned()] }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![released()]
    }

    /// Nobody else has brought other code to run meanwhile.
    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        if self.begins != Begins::New {
            return Ok(Recheck::AsPlanned);
        }
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let current = heroku.recent_releases(&app).await?.into_iter().find(|release| release.is_current);
        let slug = current.as_ref().and_then(|release| release.slug.clone());
        if slug == self.before.as_ref().and_then(|before| before.slug.clone()) {
            return Ok(Recheck::AsPlanned);
        }
        let built = match &slug {
            Some(slug) => heroku.slug(&app, slug).await?,
            None => None,
        };
        let is_ours = built.is_some_and(|slug| slug.commit.as_ref() == Some(&self.tarball.version));
        Ok(match current {
            Some(Release { id, .. }) if is_ours => Recheck::Done(Outputs::none().and(released(), id)),
            Some(Release { version, .. }) => {
                Recheck::Moved(format!("v{version} brought other code to run since the plan"))
            }
            None => Recheck::AsPlanned,
        })
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let followed = Followed {
            operation: format!("build of {}", run.app_name()),
            stays: Running::stays(self.before.as_ref()),
            hidden: &self.hidden,
        };
        let release = match &self.begins {
            Begins::New => {
                let build = self.start(run).await?;
                follow::build(&followed, run, build).await?
            }
            Begins::Building(id) => {
                let build = run.clouds.heroku.build(&run.app(), id).await?;
                follow::build(&followed, run, build).await?
            }
            Begins::Releasing(id) => id.clone(),
        };
        followed.release(run, &release).await?;
        Ok(Outputs::none().and(released(), release))
    }

    #[cfg(test)]
    fn assume(&self, _: &mut World, outputs: &mut Outputs) {
        *outputs = std::mem::take(outputs).and(released(), "release");
    }
}

impl Change {
    /// Uploads the code and has it built.
    async fn start(&self, run: &Run) -> Result<Build, CloudError> {
        let mut has_expired = false;
        let mut pace = Pace::heroku(run.limit(USUAL).duration());
        loop {
            match self.upload_and_build(run).await {
                // The address was good for a while only.
                Err(error)
                    if error.status == Some(403) && error.kind == ErrorKind::Invalid && !has_expired =>
                {
                    has_expired = true;
                }
                Err(error) if is_busy(&error) => {
                    let Some(pause) = pace.next() else { return Err(error) };
                    run.progress.update("waiting: the account has as many builds as it may");
                    if run.pause(pause).await.is_err() {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }

    async fn upload_and_build(&self, run: &Run) -> Result<Build, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        run.progress.update("uploading");
        let source = heroku.create_source().await?;
        heroku.upload(&source.put_url, &self.tarball.bytes).await?;
        let Tarball { version, checksum, .. } = &self.tarball;
        let send = || heroku.create_build(&app, NewBuild { source: &source, version, checksum });
        let look = || async {
            let mut builds = heroku.builds(&app).await?.into_iter();
            Ok(builds.find(|build| self.is_new(build)))
        };
        confirmed(send, look).await
    }

    /// Whether a build is of this code, and was made after the plan.
    fn is_new(&self, build: &Build) -> bool {
        build.version.as_ref() == Some(&self.tarball.version) && !self.known.contains(&build.id)
    }
}

/// Whether more builds run than the account may have at once (life-and-ci.md section 6.1).
fn is_busy(error: &CloudError) -> bool {
    error.kind == ErrorKind::Invalid && error.message.contains("concurrent builds")
}

/// Which scope of the Heroku token it needs: code that runs can read the config vars (life-and-ci.md section 11).
pub fn to_deploy(rights: &mut Rights) {
    rights.scope(Scope::WriteProtected);
}

/// The process types that a release restarts.
#[must_use]
pub fn restarted(world: &World) -> Vec<String> {
    formation::running(world)
}

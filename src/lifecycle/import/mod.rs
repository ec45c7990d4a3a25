//! The spec of what is live, such that a plan right after has nothing to do.
//!
//! The kinds say what a spec would say (`resource::say`), `document` writes it, and the plan itself proves it: what a
//! plan would change or refuse is taken back, and told. Only reads.

mod document;
mod dotenv;
mod proof;

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::cloud::heroku::App;
use crate::cloud::{CloudError, Reads};
use crate::resource::{self, Left, ObserveError, World, addon, app, backups};
use crate::secret::{FingerprintKey, Secret};
use crate::spec::{self, AppName, Environment, EnvironmentName, SpecError};

/// What is to be imported.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The app.
    pub app: AppName,
    /// The name of its environment.
    pub environment: EnvironmentName,
    /// Where secret values are to come from.
    pub secrets: Secrets,
}

/// Where the spec says that secret values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Somebody else sets them.
    External,
    /// The operator's environment, for which a file of them is written.
    Env,
}

/// What was found of it.
#[derive(Debug)]
pub struct Found {
    /// The spec that was looked with.
    asked: Environment,
    world: World,
    /// Log drains that people added.
    drains: usize,
}

/// The spec of what is live.
#[derive(Debug)]
pub struct Imported {
    /// The environment's file.
    pub document: String,
    /// The values of its `env` sources, when there are any.
    pub values: Option<Secret>,
    /// How many config vars are `external`.
    pub external: usize,
    /// What is left as it is.
    pub left: Vec<Left>,
}

/// Why there is nothing to import.
#[derive(Debug)]
pub enum ImportError {
    /// No app of that name is visible.
    NoSuchApp {
        /// The name.
        name: AppName,
        /// The app that was probably meant.
        nearest: Option<String>,
    },
    /// The name is another account's.
    OthersApp(AppName),
    /// A file that would be written is there.
    FileThere(PathBuf),
    /// No spec can be written of it.
    Inexpressible(Vec<String>),
}

/// Looks at the app and at everything of it that a spec could name.
pub async fn look(asked: &Asked, reads: &Reads) -> Result<Found, ObserveError> {
    let environment = candidate(asked).map_err(|_| ObserveError(Vec::new()))?;
    let spec = &environment.spec;
    let clouds = reads.clouds();
    let drains = clouds.heroku.drains_of_people(spec.app.name.as_str());
    let (world, drains) = tokio::join!(Box::pin(resource::observe(spec, reads)), drains);
    let mut world = world?;
    let databases = addon::said::named(&world)
        .into_iter()
        .filter(|(_, addon)| spec::AddonPlan::parse(&addon.plan).is_ok_and(|plan| plan.is_postgres()));
    let databases: Vec<_> = databases.map(|(name, addon)| (name, addon.id.clone())).collect();
    let schedules = backups::of_databases(clouds, databases.into_iter()).await;
    world.backups = schedules.map_err(|error| ObserveError(vec![error]))?;
    // A token that may not see them, or an app that has none of them (Fir), is no reason to stop.
    Ok(Found { asked: environment, world, drains: drains.unwrap_or_default() })
}

impl Found {
    /// The app, if it is there.
    #[must_use]
    pub fn app(&self) -> Option<&App> {
        self.world.app.live()
    }

    /// Whether the name is another account's.
    #[must_use]
    pub fn is_others(&self) -> bool {
        matches!(self.world.app, app::Observed::Foreign)
    }
}

/// The app of the account that was probably meant, when none has the name.
pub async fn nearest(name: &AppName, reads: &Reads) -> Result<Option<String>, CloudError> {
    const MOST_PAGES: usize = 3;
    let apps = reads.clouds().heroku.all_apps(MOST_PAGES).await?.unwrap_or_default();
    let nearest = spec::nearest(name.as_str(), apps.iter().map(|app| app.name.as_str()));
    Ok(nearest.map(str::to_owned))
}

/// Decides what the spec says.
pub async fn write(
    asked: &Asked,
    found: &Found,
    (now, key): (OffsetDateTime, &FingerprintKey),
) -> Result<Imported, ImportError> {
    let said = resource::say(&found.asked.spec, &found.world);
    proof::proven(asked, found, said, (now, key)).await
}

/// A spec that names only what is to be imported, to look with.
fn candidate(asked: &Asked) -> Result<Environment, SpecError> {
    let text = format!("app: {{ name: {}, domains: [] }}\nbuildpacks: []\n", asked.app);
    parse(&asked.environment, &text)
}

/// An environment from its text alone.
fn parse(name: &EnvironmentName, text: &str) -> Result<Environment, SpecError> {
    let own = format!("environments/{name}.yaml");
    spec::load_with(Path::new(""), name, &|path| {
        let is_own = path == Path::new(&own);
        is_own.then(|| text.as_bytes().to_vec()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    })
}

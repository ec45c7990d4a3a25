//! The spec of what is live, such that a plan right after has nothing to do.
//!
//! The kinds say what a spec would say (`resource::import`), `document` writes it, and the plan itself proves it: what a
//! plan would change or refuse is taken back, and told. Only reads.

mod aws;
mod document;
mod dotenv;
mod named;
mod proof;
mod share;

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

pub(in crate::lifecycle) use document::scalar;

use crate::cloud::{CloudError, ErrorKind, Reads};
use crate::resource::{self, Left, ObserveError, SpecDraft, World, addon, app, backups, pipeline};
use crate::secret::{FingerprintKey, Secret};
use crate::spec::{
    self, AppName, AwsRegion, BucketName, Environment, EnvironmentName, SpecError, TeamName, UserName,
};
use document::Besides;
pub use named::{Managed, named, share_out};
pub use share::{Shared, share};

/// What is to be imported.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The app.
    pub app: AppName,
    /// The name of its environment.
    pub environment: EnvironmentName,
    /// Where secret values are to come from.
    pub secrets: Secrets,
    /// Its buckets.
    pub buckets: Vec<BucketName>,
    /// Its IAM users.
    pub users: Vec<UserName>,
    /// Whether it is one of many, for which nobody says which buckets and users are whose.
    pub is_one_of_many: bool,
    /// The config vars by which something of AWS was found.
    pub telling: Vec<String>,
    /// What of AWS it names and leaves, and why.
    pub left: Vec<Left>,
}

impl Asked {
    /// The same without buckets and users, which could not be looked at; `None` when there are none.
    #[must_use]
    pub fn without_aws(mut self, error: &ImportError) -> Option<Self> {
        if self.buckets.is_empty() && self.users.is_empty() {
            return None;
        }
        let why = match error {
            ImportError::Unseen(errors) => {
                errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
            _ => "it is not there any more, or another account's".to_owned(),
        };
        let buckets = std::mem::take(&mut self.buckets).into_iter().map(|name| format!("buckets.{name}"));
        let users = std::mem::take(&mut self.users).into_iter().map(|name| format!("iam_users.{name}"));
        let left = |address| Left { address, reason: format!("it could not be looked at: {why}") };
        self.left.extend(buckets.chain(users).map(left));
        Some(self)
    }
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
    /// What the file says, for what it has in common with others.
    draft: SpecDraft,
    besides: Besides,
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
    /// No bucket has that name.
    NoSuchBucket(BucketName),
    /// The bucket is another account's.
    OthersBucket(BucketName),
    /// The account has no such user.
    NoSuchUser(UserName),
    /// The account, or that team of it, has no app.
    NoApps(Option<TeamName>),
    /// An app whose name no spec can write.
    Unnameable(String),
    /// The services could not be asked.
    Unseen(Vec<CloudError>),
    /// A file that would be written is there.
    FileThere(PathBuf),
    /// No spec can be written of it.
    Inexpressible(Vec<String>),
}

impl From<ObserveError> for ImportError {
    fn from(error: ObserveError) -> Self {
        Self::Unseen(error.0)
    }
}

impl From<CloudError> for ImportError {
    fn from(error: CloudError) -> Self {
        Self::Unseen(vec![error])
    }
}

/// How many calls of Heroku it takes to look at these, databases' schedules aside.
#[must_use]
pub fn heroku_calls(asked: &[Asked]) -> u64 {
    const DRAINS: u64 = 1;
    let environments: Vec<Environment> = asked.iter().filter_map(|one| candidate(one, &[]).ok()).collect();
    let looks = resource::heroku_calls(environments.iter().map(|environment| &environment.spec));
    looks + DRAINS * asked.len() as u64
}

/// Looks at the app and at everything of it that a spec could name.
pub async fn look(asked: &Asked, reads: &Reads) -> Result<Found, ImportError> {
    let environment = candidate(asked, &aws::regions(asked, reads).await?)?;
    let spec = &environment.spec;
    let clouds = reads.clouds();
    let drains = clouds.heroku.drains_of_people(spec.app.name.as_str());
    let (world, drains) = tokio::join!(Box::pin(resource::observe(spec, reads)), drains);
    let mut world = world?;
    match &world.app {
        app::Observed::Foreign => return Err(ImportError::OthersApp(asked.app.clone())),
        app if app.live().is_none() => {
            let nearest = nearest(&asked.app, reads).await.unwrap_or_default();
            return Err(ImportError::NoSuchApp { name: asked.app.clone(), nearest });
        }
        _ => {}
    }
    if let Some((_, user)) = spec.iam_users.iter().find(|(local, _)| !world.iam_user.contains_key(*local)) {
        return Err(ImportError::NoSuchUser(user.name.clone()));
    }
    let databases = addon::import::named(&world)
        .into_iter()
        .filter(|(_, addon)| spec::AddonPlan::parse(&addon.plan).is_ok_and(|plan| plan.is_postgres()));
    let databases: Vec<_> = databases.map(|(name, addon)| (name, addon.id.clone())).collect();
    let backups = backups::of_databases(clouds, databases.into_iter());
    let pipeline = async {
        match world.app.live() {
            Some(app) => pipeline::of_app(app, reads).await,
            None => Ok(pipeline::Observed::default()),
        }
    };
    (world.backups, world.pipeline) = tokio::try_join!(backups, pipeline)?;
    let drains = match drains {
        // A token that may not see them, or an app that has none of them (Fir), is no reason to stop.
        Err(error)
            if error.is_not_found() || matches!(error.kind, ErrorKind::Forbidden | ErrorKind::Invalid) =>
        {
            0
        }
        drains => drains?,
    };
    Ok(Found { asked: environment, world, drains })
}

/// The app of the account that was probably meant, when none has the name.
async fn nearest(name: &AppName, reads: &Reads) -> Result<Option<String>, CloudError> {
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
    let draft = resource::import(&found.asked.spec, &found.world);
    proof::proven(asked, found, draft, (now, key)).await
}

/// A spec that names only what is to be imported, to look with.
fn candidate(asked: &Asked, regions: &[AwsRegion]) -> Result<Environment, ImportError> {
    let mut text = format!(
        "app: {{ name: {}, features: {{}}, domains: [], acm: false, collaborators: {{}} }}\nbuildpacks: []\n",
        asked.app
    );
    let mut section = |key: &str, items: Vec<String>| {
        if !items.is_empty() {
            text.push_str(&format!("{key}:\n{}", items.concat()));
        }
    };
    let app = asked.app.as_str();
    let names = aws::locals(asked.buckets.iter().map(BucketName::as_str), app, "bucket");
    let buckets = names.into_iter().zip(asked.buckets.iter().zip(regions));
    let bucket = |(local, (name, region)): (String, (&BucketName, &AwsRegion))| {
        format!("  {local}: {{ name: \"{name}\", region: {region}, adopt: true }}\n")
    };
    section("buckets", buckets.map(bucket).collect());
    let names = aws::locals(asked.users.iter().map(UserName::as_str), app, "user");
    let user = |(local, name)| format!("  {local}: {{ name: \"{name}\", adopt: true, access_key: {{}} }}\n");
    section("iam_users", names.iter().cloned().zip(&asked.users).map(user).collect());
    // A user's keys are looked at where some var takes one.
    let var = |(number, local)| {
        let from = format!("from: iam_users.{local}");
        format!("  ID_{number}: {{ {from}.access_key_id }}\n  KEY_{number}: {{ {from}.secret_access_key }}\n")
    };
    section("config", names.iter().enumerate().map(var).collect());
    parse(&asked.environment, &text).map_err(|error| ImportError::Inexpressible(vec![error.to_string()]))
}

/// An environment from its text alone.
fn parse(name: &EnvironmentName, text: &str) -> Result<Environment, SpecError> {
    parse_on(name, text, None)
}

/// An environment from its text and that of the file that it extends.
fn parse_on(name: &EnvironmentName, text: &str, base: Option<&str>) -> Result<Environment, SpecError> {
    let own = format!("environments/{name}.yaml");
    spec::load_with(Path::new(""), name, &|path| {
        let base = base.filter(|_| path == Path::new("environments").join(share::FILE));
        let found = if path == Path::new(&own) { Some(text) } else { base };
        found.map(|text| text.as_bytes().to_vec()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    })
}

//! What the commands that talk to services share: the project, the environments, the clients, and the
//! embedded cloud when `--sandbox` asks for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use url::Url;

use super::Failure;
use super::arguments::{Environments, Global};
use crate::cloud::aws::StaticCredentials;
use crate::cloud::{Clouds, Meter, Reads};
use crate::plan::{self, Plan};
use crate::resource::{self, Desired, World};
use crate::sandbox::{Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox};
use crate::secret::{self, FingerprintKey, Secret};
use crate::settings::Settings;
use crate::spec::{self, Environment, EnvironmentName};

/// One run of a command.
pub(super) struct Session<'a> {
    global: &'a Global,
    settings: Settings,
    lookup: &'a (dyn Fn(&str) -> Option<String> + Sync),
    key: FingerprintKey,
    sandbox: Option<Sandbox>,
}

/// A plan and what it took to make it.
pub(super) struct Planned {
    /// The environment, shared with the steps that will run.
    pub(super) environment: Arc<Environment>,
    /// What would be done.
    pub(super) plan: Plan,
    /// What the services said.
    pub(super) world: World,
    /// The clients, with what they counted.
    pub(super) clouds: Clouds,
    /// How long looking and deciding took.
    pub(super) elapsed: Duration,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        global: &'a Global,
        settings: Settings,
        lookup: &'a (dyn Fn(&str) -> Option<String> + Sync),
    ) -> Self {
        let key = settings.fingerprint_key();
        Self { global, settings, lookup, key, sandbox: None }
    }

    /// The key of this run's fingerprints.
    pub(super) fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// What the operator's environment says.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The environments that were asked for, read and checked; every mistake of all of them at once.
    pub(super) fn environments(&self, asked: &Environments) -> Result<Vec<Environment>, Failure> {
        let project = project(self.global, &self.settings)?;
        let loaded = chosen(&project, asked)?.into_iter().map(|name| spec::load(&project, &name));
        let (good, bad): (Vec<_>, Vec<_>) = loaded.partition(Result::is_ok);
        let bad: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
        if bad.is_empty() { Ok(good.into_iter().flatten().collect()) } else { Err(Failure::Spec(bad)) }
    }

    /// Looks at everything and decides.
    pub(super) async fn plan(
        &mut self,
        environment: Environment,
        allow_commands: bool,
    ) -> Result<Planned, Failure> {
        let clouds = self.clouds(&environment).await?;
        self.plan_with(environment, clouds, allow_commands).await
    }

    /// Looks at everything through these clients and decides.
    pub(super) async fn plan_with(
        &mut self,
        environment: Environment,
        clouds: Clouds,
        allow_commands: bool,
    ) -> Result<Planned, Failure> {
        let began = Instant::now();
        let supplied = secret::supply(&environment, &self.lookup, allow_commands)
            .await
            .map_err(|missing| Failure::missing(&environment, missing))?;
        let world = Box::pin(resource::observe(&environment.spec, &Reads::new(clouds.clone(), 1))).await?;
        let desired =
            Desired { environment: &environment, supplied: &supplied, now: OffsetDateTime::now_utc() };
        let plan = plan::plan(&desired, &world, &self.key)
            .map_err(|mistakes| Failure::mistakes(&environment, mistakes))?;
        let environment = Arc::new(environment);
        Ok(Planned { environment, plan, world, clouds, elapsed: began.elapsed() })
    }

    /// Whether the embedded cloud is used.
    pub(super) fn is_sandbox(&self) -> bool {
        self.global.sandbox
    }

    /// Where the services are; the embedded cloud gets another port in each run, and is the same one.
    pub(super) fn endpoints(&self) -> String {
        if self.global.sandbox {
            return "sandbox".to_owned();
        }
        let Settings { heroku, aws, .. } = &self.settings;
        let aws = [&aws.endpoint_s3, &aws.endpoint_iam, &aws.endpoint_sts];
        let aws = aws.map(|url| url.as_ref().map(Url::as_str).unwrap_or_default());
        [heroku.api_url.as_str(), heroku.data_api_url.as_str()]
            .into_iter()
            .chain(aws)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The clients of an environment; nobody is asked anything yet.
    pub(super) async fn clouds(&mut self, environment: &Environment) -> Result<Clouds, Failure> {
        let mut settings = self.settings.clone();
        if self.global.sandbox {
            let sandbox = match &self.sandbox {
                Some(sandbox) => sandbox,
                None => self.sandbox.insert(start_sandbox(&environment.project).await?),
            };
            point_at(&mut settings, sandbox);
        }
        Ok(Clouds::connect(settings.heroku, settings.aws, Meter::default())?)
    }

    /// Ends the embedded cloud, if one was started.
    pub(super) async fn close(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.stop().await;
        }
    }
}

/// The project's folder.
pub(super) fn project(global: &Global, settings: &Settings) -> Result<PathBuf, Failure> {
    if let Some(named) = global.directory.as_ref().or(settings.project.as_ref()) {
        return Ok(named.clone());
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::message(format!("cannot tell the current folder: {error}"), None))?;
    spec::find_project(&here).ok_or_else(|| {
        Failure::message(
            "neither this folder nor any above it has `environments/`",
            Some("start one with `trueup init`, or name a project with `-C DIR`"),
        )
    })
}

/// The names of the environments that were asked for.
pub(super) fn chosen(project: &Path, asked: &Environments) -> Result<Vec<EnvironmentName>, Failure> {
    if !asked.names.is_empty() {
        let mut names: Vec<EnvironmentName> = Vec::new();
        for name in &asked.names {
            let name = EnvironmentName::parse(name)
                .map_err(|error| not_a_name(name, &format!("cannot be used here, expected {error}")))?;
            // Named twice is still one environment, to be planned and applied once.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        return Ok(names);
    }
    let folder = project.join("environments");
    let found = spec::names(project).map_err(|error| {
        Failure::message(
            format!("cannot read {}: {error}", folder.display()),
            Some("start with `trueup init`"),
        )
    })?;
    let listed = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match found.len() {
        0 => Err(Failure::message(
            format!("{} holds no environment", folder.display()),
            Some("start one with `trueup init`"),
        )),
        1 => Ok(found),
        _ if asked.all => Ok(found),
        _ => Err(Failure::message(
            format!("this project has more than one environment: {listed}"),
            Some("name one, or say --all"),
        )),
    }
}

/// A file's path in place of the environment's name is a slip that can be seen.
fn not_a_name(written: &str, problem: &str) -> Failure {
    let stem = Path::new(written).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let meant = EnvironmentName::parse(stem).ok().map(|name| format!("did you mean `{name}`?"));
    Failure::message(format!("`{written}` {problem}"), meant.as_deref())
}

/// The project's scratch folder for the embedded cloud, which git never sees.
pub(super) fn prepare_scratch(project: &Path) -> Result<PathBuf, Failure> {
    let folder = project.join(".trueup");
    let state_dir = folder.join("sandbox");
    let prepared =
        std::fs::create_dir_all(&state_dir).and_then(|()| std::fs::write(folder.join(".gitignore"), "*\n"));
    prepared
        .map_err(|error| Failure::message(format!("cannot write {}: {error}", folder.display()), None))?;
    Ok(state_dir)
}

/// The embedded cloud, with its state in the project.
async fn start_sandbox(project: &Path) -> Result<Sandbox, Failure> {
    let state_dir = prepare_scratch(project)?;
    let options = Options { port: 0, state_dir: Some(state_dir), knobs: Knobs::default() };
    Sandbox::start(options)
        .await
        .map_err(|error| Failure::message(format!("cannot start the embedded cloud: {error}"), None))
}

/// Every service at the embedded cloud, and nothing of the operator's credentials.
fn point_at(settings: &mut Settings, sandbox: &Sandbox) {
    let url = Url::parse(&sandbox.url()).expect("the embedded cloud's address is a URL");
    settings.heroku.api_url = url.clone();
    settings.heroku.data_api_url = url.clone();
    settings.heroku.token = Some(Secret::new("sandbox"));
    settings.heroku.run_heroku_program = false;
    settings.aws.endpoint_s3 = Some(url.clone());
    settings.aws.endpoint_iam = Some(url.clone());
    settings.aws.endpoint_sts = Some(url);
    settings.aws.profile = None;
    settings.aws.region.get_or_insert_with(|| "us-east-1".to_owned());
    settings.aws.credentials =
        Some(StaticCredentials { id: ROOT_KEY.to_owned(), secret: Secret::new(ROOT_SECRET), session: None });
}

//! One run of a command that talks to services: the clients, made once for all environments, and the embedded
//! cloud when `--sandbox` asks for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::OnceCell;
use url::Url;

use super::arguments::Environments;
use super::blame;
use super::context::Context;
use super::scratch;
use crate::cloud::aws::StaticCredentials;
use crate::cloud::{Calls, Clouds, Meter, Reads, Stop};
use crate::drift;
use crate::fleet::{Base, Selection, SelectionError};
use crate::message::{Failure, Notice, Refusal, Task};
use crate::plan::{self, Plan};
use crate::resource::{self, Before, Desired, Draft, Overview, World};
use crate::sandbox::{Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox};
use crate::secret::{self, FingerprintKey, Secret, Supplied};
use crate::settings::Settings;
use crate::spec::{self, Environment, EnvironmentName, Spec, SpecError};

/// One run of a command that talks to services.
pub(super) struct Session<'a> {
    pub(super) context: &'a Context<'a>,
    /// The key of this run's fingerprints.
    pub(super) key: FingerprintKey,
    pub(super) project: PathBuf,
    /// What an interruption asks of a command that listens for one.
    pub(super) stop: Stop,
    /// How many runs share the account's budget of calls with each other, this one among them.
    siblings: AtomicU32,
    sandbox: OnceCell<Sandbox>,
    clouds: OnceCell<Clouds>,
}

/// Fewer calls than this are worth a word: they are shared with the user's CI and dashboard.
const FEW: u64 = 500;

/// An environment, read and checked, or why it cannot be used.
pub(super) struct Loaded {
    pub(super) name: EnvironmentName,
    pub(super) environment: Result<Environment, Failure>,
}

/// A plan and what it took to make it.
pub(super) struct Planned {
    /// The environment, shared with the steps that will run.
    pub(super) environment: Arc<Environment>,
    /// What would be done.
    pub(super) plan: Plan,
    /// What the services said.
    pub(super) world: World,
    /// Why nobody knows what the environment was at the revision that was asked for.
    pub(super) unknown_base: Option<SpecError>,
    /// How many calls it took to look.
    pub(super) calls: u64,
    /// How long looking and deciding took.
    pub(super) elapsed: Duration,
}

/// What a command asks of its plans.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Whether the programs of the spec are run.
    pub(super) allow_commands: bool,
    /// Whose changes are to be told, and since when.
    pub(super) since: Since<'a>,
    /// Whether what was dropped from the spec since then goes, as far as it may.
    pub(super) prune: bool,
}

/// What a spec is compared with, to tell whose a change is.
#[derive(Clone, Copy)]
pub(super) enum Since<'a> {
    /// Nobody asked.
    Never,
    /// The spec as it stands: then only what is live can have moved.
    Now,
    /// The spec at a revision.
    Revision(&'a Base),
}

/// What an environment was.
enum Then {
    /// Nobody asked, or nobody knows.
    Unknown,
    /// It was not there.
    Absent,
    /// This.
    Was(Box<Environment>),
}

impl<'a> Since<'a> {
    /// A revision, when one was asked for.
    pub(super) fn revision(base: Option<&'a Base>) -> Self {
        base.map_or(Self::Never, Self::Revision)
    }

    /// What an environment is compared with.
    fn of(self, environment: &Environment) -> Result<Then, SpecError> {
        Ok(match self {
            Self::Never => Then::Unknown,
            Self::Now => Then::Was(Box::new(environment.clone())),
            Self::Revision(base) => {
                base.of(environment)?.map_or(Then::Absent, |then| Then::Was(Box::new(then)))
            }
        })
    }
}

impl<'a> Session<'a> {
    /// Does the work of a command in a session of its own.
    pub(super) async fn with<T>(
        context: &'a Context<'a>,
        work: impl AsyncFnOnce(&Session<'a>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        Self::within(context, context.project()?, work).await
    }

    /// The same in a folder that need not be a project yet.
    pub(super) async fn within<T>(
        context: &'a Context<'a>,
        project: PathBuf,
        work: impl AsyncFnOnce(&Session<'a>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let session = Self {
            context,
            key: context.settings.fingerprint_key(),
            project,
            stop: Stop::default(),
            siblings: AtomicU32::new(1),
            sandbox: OnceCell::new(),
            clouds: OnceCell::new(),
        };
        let outcome = work(&session).await;
        if let Some(sandbox) = session.sandbox.into_inner() {
            sandbox.stop().await;
        }
        outcome
    }

    /// An environment, read and checked.
    pub(super) fn load(&self, name: &EnvironmentName) -> Result<Environment, Failure> {
        spec::load(&self.project, name).map_err(Failure::Spec)
    }

    /// The environments that a command is about.
    pub(super) fn select(&self, asked: &Environments) -> Result<Selection, Failure> {
        if let Some(shard) = self.context.shard(asked)? {
            self.siblings.store(shard.siblings(), Ordering::Relaxed);
        }
        self.context.select(&self.project, asked)
    }

    /// The revision that plans are compared with, when one was asked for.
    pub(super) fn base(&self, revision: Option<&String>) -> Result<Option<Base>, Failure> {
        let open = |revision: &String| Base::open(&self.project, revision);
        revision.map(open).transpose().map_err(|error| SelectionError::Git(error).into())
    }

    /// The clients of all services; nobody is asked anything yet.
    pub(super) async fn clouds(&self) -> Result<&Clouds, Failure> {
        self.clouds.get_or_try_init(|| self.connect()).await
    }

    /// Environments, read and checked, by themselves and beside each other.
    pub(super) fn load_all(&self, names: Vec<EnvironmentName>) -> Vec<Loaded> {
        let load = |name| Loaded { environment: self.load(&name), name };
        let mut loaded: Vec<Loaded> = names.into_iter().map(load).collect();
        let mut shared = spec::shared(loaded.iter().filter_map(|one| one.environment.as_ref().ok()));
        for one in &mut loaded {
            if let Some(mistakes) = shared.remove(&one.name) {
                one.environment = Err(Failure::Spec(SpecError::from_findings(mistakes)));
            }
        }
        loaded
    }

    /// What is read of the services for these environments; made once, so that what they share is asked once. When
    /// so many calls are not left, says how long it takes until they are.
    pub(super) async fn reads<'e>(
        &self,
        environments: impl Iterator<Item = &'e Environment>,
    ) -> Result<Reads, Failure> {
        self.reads_and(environments, 0).await
    }

    /// The same for a command that asks so many more calls of Heroku for each environment.
    pub(super) async fn reads_and<'e>(
        &self,
        environments: impl Iterator<Item = &'e Environment>,
        more: u64,
    ) -> Result<Reads, Failure> {
        let environments: Vec<&Environment> = environments.collect();
        let clouds = self.clouds().await?;
        if environments.len() > 1 {
            Box::pin(self.announce(&environments, more, clouds)).await;
        }
        Ok(Reads::new(clouds.clone(), environments.len()))
    }

    /// Says when the calls for several environments are not left. Those of another AWS account get none.
    async fn announce(&self, environments: &[&Environment], more: u64, clouds: &Clouds) {
        let mut specs: Vec<&Spec> = Vec::new();
        for environment in environments {
            if self.admit(environment).await.is_ok() {
                specs.push(&environment.spec);
            }
        }
        if specs.is_empty() {
            return;
        }
        let calls = resource::heroku_calls(specs.iter().copied()) + more * specs.len() as u64;
        self.pace(calls, clouds).await;
    }

    /// Says when so many calls of Heroku are not left.
    pub(super) async fn pace(&self, calls: u64, clouds: &Clouds) {
        let budget = clouds.heroku.budget_for(calls).await;
        if budget.takes.is_some() {
            self.context.output.notice(&Notice::LongRun(budget));
        }
    }

    async fn connect(&self) -> Result<Clouds, Failure> {
        let mut settings = self.context.settings.clone();
        settings.heroku.siblings = self.siblings.load(Ordering::Relaxed);
        if self.context.is_sandbox {
            let sandbox = self.sandbox.get_or_try_init(|| start_sandbox(&self.project)).await?;
            point_at(&mut settings, sandbox);
        }
        let clouds = Clouds::connect(settings.heroku, settings.aws, Meter::default(), &self.stop)?;
        Ok(clouds.asking(settings.dns))
    }

    /// Refuses credentials of another AWS account than the spec's, before anything else is asked.
    pub(super) async fn admit(&self, environment: &Environment) -> Result<(), Failure> {
        let Some(expected) = environment.spec.aws_account.clone() else { return Ok(()) };
        let found = self.clouds().await?.aws.account().await?.as_str().to_owned();
        if found == expected.as_str() {
            Ok(())
        } else {
            Err(Refusal::OtherAccount { expected, found }.into())
        }
    }

    /// Looks at everything and decides.
    pub(super) async fn plan(
        &self,
        environment: Environment,
        reads: &Reads,
        ask: Ask<'_>,
    ) -> Result<Planned, Failure> {
        let began = Instant::now();
        let calls = Calls::default();
        calls.count(Box::pin(self.admit(&environment))).await?;
        let supplied = self.supply(&environment, ask.allow_commands).await?;
        let (then, unknown_base) = match ask.since.of(&environment) {
            Ok(then) => (then, None),
            // What was dropped has to be known to be taken away.
            Err(error) if ask.prune => return Err(Failure::Spec(error)),
            Err(error) => (Then::Unknown, Some(error)),
        };
        let dropped_from = match &then {
            Then::Was(then) => Some(&then.spec),
            Then::Absent | Then::Unknown => None,
        };
        let looked_at = resource::with_dropped(&environment.spec, dropped_from);
        let mut world = calls.count(Box::pin(resource::observe(&looked_at, reads))).await?;
        let before = dropped_from.map(|spec| Before { spec, prune: ask.prune });
        let desired = Desired {
            environment: &environment,
            supplied: &supplied,
            now: OffsetDateTime::now_utc(),
            before,
        };
        let mut plan = plan::plan(&desired, &world, &self.key)
            .map_err(|mistakes| Failure::mistakes(&environment, mistakes))?;
        plan.origins = match &then {
            Then::Unknown => plan.origins,
            Then::Absent => drift::origins(&plan, &desired, None, &world),
            Then::Was(then) => drift::origins(&plan, &desired, Some(then), &world),
        };
        if !matches!(then, Then::Unknown) {
            calls.count(blame::tell(&mut plan, &desired, &world, self.clouds().await?)).await;
        }
        resource::without_dropped(&mut world, &environment.spec);
        let (environment, calls) = (Arc::new(environment), calls.sent());
        Ok(Planned { environment, plan, world, unknown_base, calls, elapsed: began.elapsed() })
    }

    /// The config values that the operator's side gives.
    pub(super) async fn supply(
        &self,
        environment: &Environment,
        allow_commands: bool,
    ) -> Result<Supplied, Failure> {
        let asked = match (&self.context.distrust, allow_commands) {
            (Some(_), _) => secret::Asked::Variables,
            (None, true) => secret::Asked::All,
            (None, false) => secret::Asked::WithoutPrograms,
        };
        secret::supply(environment, self.context.lookup, asked)
            .await
            .map_err(|missing| Failure::missing(environment, missing))
    }

    /// Looks at everything, and has a command decide by itself what is to be done. It gets the clients, for what it has
    /// to know besides.
    pub(super) async fn plan_by(
        &self,
        (environment, supplied): (Environment, Supplied),
        reads: &Reads,
        decide: impl AsyncFnOnce(Overview<'_>) -> Result<Draft, Failure>,
    ) -> Result<Planned, Failure> {
        let began = Instant::now();
        let calls = Calls::default();
        calls.count(Box::pin(self.admit(&environment))).await?;
        let world = calls.count(Box::pin(resource::observe(&environment.spec, reads))).await?;
        let now = OffsetDateTime::now_utc();
        let desired = Desired { environment: &environment, supplied: &supplied, now, before: None };
        let overview = Overview { desired: &desired, world: &world, reads };
        let draft = calls.count(Box::pin(decide(overview))).await?;
        let plan = plan::of_draft(&desired, &world, draft, &self.key)
            .map_err(|mistakes| Failure::mistakes(&environment, mistakes))?;
        let (environment, calls) = (Arc::new(environment), calls.sent());
        Ok(Planned { environment, plan, world, unknown_base: None, calls, elapsed: began.elapsed() })
    }

    /// Where the services are; the embedded cloud gets another port in each run, and is the same one.
    pub(super) fn endpoints(&self) -> String {
        if self.context.is_sandbox {
            return "sandbox".to_owned();
        }
        let Settings { heroku, aws, .. } = &self.context.settings;
        let aws = [&aws.endpoint_s3, &aws.endpoint_iam, &aws.endpoint_sts, &aws.endpoint_kms];
        let aws = aws.map(|url| url.as_ref().map(Url::as_str).unwrap_or_default());
        [heroku.api_url.as_str(), heroku.data_api_url.as_str()]
            .into_iter()
            .chain(aws)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Says so when Heroku allows few more calls for now.
    pub(super) fn warn_of_few_calls(&self) {
        let left = self.clouds.get().and_then(|clouds| clouds.meter.heroku_remaining());
        if let Some(left) = left.filter(|left| *left < FEW) {
            self.context.output.notice(&Notice::FewCallsLeft(left));
        }
    }
}

/// The embedded cloud, with its state in the project.
async fn start_sandbox(project: &Path) -> Result<Sandbox, Failure> {
    let state_dir = scratch::prepare(project)?;
    let options = Options { port: 0, state_dir: Some(state_dir), knobs: Knobs::default() };
    Sandbox::start(options).await.map_err(Failure::system(Task::StartSandbox))
}

/// Every service at the embedded cloud, and nothing of the operator's credentials, files or network.
fn point_at(settings: &mut Settings, sandbox: &Sandbox) {
    let url = Url::parse(&sandbox.url()).expect("the embedded cloud's address is a URL");
    settings.heroku.api_url = url.clone();
    settings.heroku.data_api_url = url.clone();
    settings.heroku.token = Some(Secret::new("sandbox"));
    settings.heroku.run_heroku_program = false;
    settings.aws.endpoint_s3 = Some(url.clone());
    settings.aws.endpoint_iam = Some(url.clone());
    settings.aws.endpoint_sts = Some(url.clone());
    settings.aws.endpoint_kms = Some(url);
    settings.aws.profile = None;
    settings.aws.is_closed = true;
    settings.aws.region.get_or_insert_with(|| "us-east-1".to_owned());
    settings.aws.credentials =
        Some(StaticCredentials { id: ROOT_KEY.to_owned(), secret: Secret::new(ROOT_SECRET), session: None });
}

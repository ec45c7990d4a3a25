//! The kinds of things that trueup manages: one file a kind, and the list that registers them.
//!
//! Every file has the same parts in the same order: what can be `Observed` and how; `diff` (pure, sees all of
//! what is desired and of the [`World`], because kinds depend on each other); its `Change`s and how they
//! describe themselves; how one is applied; its table tests. Adding a kind is its file, one line in the list
//! at the end of this one, and its field in the spec. [`Change`] is the whole inventory of what this program
//! can ever do to the outside world.

pub mod access_key;
pub mod account;
pub mod addon;
pub mod app;
pub mod attachment;
pub mod backups;
pub mod bucket;
pub mod buildpacks;
pub mod catalog;
pub mod config;
mod describe;
mod draft;
pub mod formation;
pub mod iam_policy;
pub mod iam_user;
mod never;
mod output;
mod ready;
mod recheck;
mod run;
pub mod tags;

use std::fmt::Debug;
use std::future::Future;

use time::OffsetDateTime;

pub use describe::{Action, Address, Cost, Effects, Field, Row, Shown};
pub use draft::{Blocked, Draft, Mistake, Note};
pub use output::{BucketPart, Output, Outputs, Value};
pub use recheck::Recheck;
pub use run::{Progress, Run, Stop, Stopped};

use crate::cloud::{CloudError, Clouds, ErrorKind};
use crate::secret::Supplied;
use crate::spec::{Environment, Spec};

/// What should be: the spec, and what only the operator's side knows.
#[derive(Clone, Copy, Debug)]
pub struct Desired<'a> {
    /// The environment, with its spec.
    pub environment: &'a Environment,
    /// Config values that `env`, `file` and `command` gave.
    pub supplied: &'a Supplied,
    /// The hour at which the world was observed, for ages.
    pub now: OffsetDateTime,
}

impl Desired<'_> {
    /// The spec alone.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.environment.spec
    }
}

/// A kind of thing.
pub trait Resource {
    /// What the services said about all things of this kind, once.
    type Observed: Clone + Debug + Default + serde::Serialize;
    /// Everything that can be done to a thing of this kind.
    type Change: Operation;

    /// Reads, and decides nothing. `seen` holds what an earlier wave read; it is empty in the first wave.
    fn observe(
        spec: &Spec,
        clouds: &Clouds,
        seen: &World,
    ) -> impl Future<Output = Result<Self::Observed, CloudError>> + Send;

    /// Decides, and can reach nothing.
    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft);
}

/// One mutation, as data.
pub trait Operation: Clone + Debug + Send + Sync + 'static {
    /// What it does, at which addresses.
    fn describe(&self) -> Vec<Row>;

    /// What else it causes.
    fn effects(&self) -> Effects {
        Effects::default()
    }

    /// What must have been brought about before.
    fn needs(&self) -> Vec<Output>;

    /// What it brings about.
    fn gives(&self) -> Vec<Output>;

    /// What must have ended before, however it ended: the order of writes that do not rest on each other.
    fn follows(&self) -> Vec<Output> {
        Vec::new()
    }

    /// Looks whether what it rests on is still as planned. Called just before [`Operation::apply`].
    fn recheck(&self, run: &Run) -> impl Future<Output = Result<Recheck, CloudError>> + Send;

    /// Does it; returns the values that it brought about. Safe to do again.
    fn apply(&self, run: &Run) -> impl Future<Output = Result<Outputs, CloudError>> + Send;
}

/// Reads something of the app under its name, or under the name that it is to be renamed from. `None` when
/// neither is live.
pub(crate) async fn of_app<'a, T, F>(
    spec: &'a Spec,
    read: impl Fn(&'a str) -> F,
) -> Result<Option<T>, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    match read(spec.app.name.as_str()).await {
        Err(error) if error.is_not_found() => {}
        answer => return answer.map(Some),
    }
    let Some(old) = &spec.app.renamed_from else { return Ok(None) };
    match read(old.as_str()).await {
        Err(error) if error.is_not_found() => Ok(None),
        answer => answer.map(Some),
    }
}

/// Expands the list of kinds to [`World`] (a field a kind), [`Change`] (a variant a kind) and the functions
/// that dispatch to them. A line `app: App` stands for the file `app.rs` with its `Kind`, `Observed` and
/// `Change`. The kinds of the second wave need ids or gaps that the first one found.
macro_rules! resources {
    (first { $($first:ident: $First:ident),* $(,)? } second { $($second:ident: $Second:ident),* $(,)? }) => {
        /// What the services said, once: a field a kind.
        #[derive(Clone, Debug, Default, serde::Serialize)]
        pub struct World {
            $(#[doc = concat!("What `", stringify!($first), "` observed.")] pub $first: $first::Observed,)*
            $(#[doc = concat!("What `", stringify!($second), "` observed.")] pub $second: $second::Observed,)*
        }

        /// One mutation of one kind of thing: a variant a kind.
        #[derive(Clone, Debug)]
        pub enum Change {
            $(#[doc = concat!("A change of `", stringify!($first), "`.")] $First($first::Change),)*
            $(#[doc = concat!("A change of `", stringify!($second), "`.")] $Second($second::Change),)*
        }

        $(impl From<$first::Change> for Change { fn from(change: $first::Change) -> Self { Self::$First(change) } })*
        $(impl From<$second::Change> for Change { fn from(change: $second::Change) -> Self { Self::$Second(change) } })*

        impl Operation for Change {
            fn describe(&self) -> Vec<Row> {
                match self { $(Self::$First(change) => change.describe(),)* $(Self::$Second(change) => change.describe(),)* }
            }
            fn effects(&self) -> Effects {
                match self { $(Self::$First(change) => change.effects(),)* $(Self::$Second(change) => change.effects(),)* }
            }
            fn needs(&self) -> Vec<Output> {
                match self { $(Self::$First(change) => change.needs(),)* $(Self::$Second(change) => change.needs(),)* }
            }
            fn gives(&self) -> Vec<Output> {
                match self { $(Self::$First(change) => change.gives(),)* $(Self::$Second(change) => change.gives(),)* }
            }
            fn follows(&self) -> Vec<Output> {
                match self { $(Self::$First(change) => change.follows(),)* $(Self::$Second(change) => change.follows(),)* }
            }
            async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
                match self { $(Self::$First(change) => change.recheck(run).await,)* $(Self::$Second(change) => change.recheck(run).await,)* }
            }
            async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
                match self { $(Self::$First(change) => change.apply(run).await,)* $(Self::$Second(change) => change.apply(run).await,)* }
            }
        }

        /// Reads everything that the spec names: one wave at once, then what needed an id or showed a gap.
        pub async fn observe(spec: &Spec, clouds: &Clouds) -> Result<World, ObserveError> {
            let nothing = World::default();
            let ($($first,)*) = tokio::join!($($first::Kind::observe(spec, clouds, &nothing),)*);
            let mut failures = Failures::default();
            let mut world = World { $($first: failures.keep($first),)* ..nothing };
            failures.settle(&world)?;
            let ($($second,)*) = tokio::join!($($second::Kind::observe(spec, clouds, &world),)*);
            let mut failures = Failures::default();
            $(world.$second = failures.keep($second);)*
            failures.settle(&world)?;
            Ok(world)
        }

        /// What has to change, kind by kind, in the order of the list.
        pub fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
            $($first::Kind::diff(desired, world, draft);)*
            $($second::Kind::diff(desired, world, draft);)*
        }
    };
}

/// Why the world could not be observed: every different failure, once.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ObserveError(pub Vec<CloudError>);

/// Collects what failed in a wave, so that a run reports all of it and not only the first.
#[derive(Default)]
struct Failures(Vec<CloudError>);

impl Failures {
    fn keep<T: Default>(&mut self, answer: Result<T, CloudError>) -> T {
        answer.unwrap_or_else(|error| {
            self.0.push(error);
            T::default()
        })
    }

    /// A stranger's app answers 403 to everything: that is one fact, seen by the plan, not five errors.
    fn settle(mut self, world: &World) -> Result<(), ObserveError> {
        if matches!(world.app, app::Observed::Foreign) {
            self.0.retain(|error| error.kind != ErrorKind::Forbidden || !error.is_heroku());
        }
        let mut seen = Vec::new();
        self.0.retain(|error| {
            let cause = (error.service.clone(), error.kind, error.id.clone());
            let new = !seen.contains(&cause);
            seen.push(cause);
            new
        });
        if self.0.is_empty() { Ok(()) } else { Err(ObserveError(self.0)) }
    }
}

resources! {
    first {
        account: Account,
        app: App,
        addon: Addon,
        attachment: Attachment,
        buildpacks: Buildpacks,
        iam_user: IamUser,
        iam_policy: IamPolicy,
        access_key: AccessKey,
        config: Config,
        formation: Formation,
    }
    second {
        bucket: Bucket,
        backups: Backups,
        catalog: Catalog,
    }
}

#[cfg(test)]
pub(crate) mod testing;

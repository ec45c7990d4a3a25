//! The kinds of things that trueup manages: one file a kind, and the list that registers them (`kinds`).
//!
//! Every file has the same parts in the same order: what can be `Observed` and how; `diff` (pure, sees all of
//! what is desired and of the [`World`], because kinds depend on each other); its `Change`s and how they
//! describe themselves; how one is applied; its table tests. Adding a kind is its file, one line in the list, and
//! its field in the spec. What no spec asks for, and a command does all the same, is a `task`. [`Change`] is the whole
//! inventory of what this program can ever do to the outside world.
//!
//! A question to all kinds is a trait and one expansion of the list, as [`observe`] and [`diff`] are below: a new
//! one touches no other.

pub mod access_key;
pub mod acm;
pub mod addon;
mod address;
pub mod app;
pub mod attachment;
pub mod backups;
mod bill;
pub mod bucket;
pub mod buildpacks;
pub mod catalog;
mod change;
pub mod collaborator;
pub mod config;
mod create;
mod describe;
pub mod domain;
mod draft;
mod dropped;
mod facts;
pub mod feature;
pub mod formation;
pub mod iam_policy;
pub mod iam_user;
mod iam_user_others;
mod iam_user_rights;
mod import;
mod kinds;
pub mod log_drain;
mod look;
mod output;
pub mod pipeline;
pub mod proof;
mod recheck;
pub mod removal;
pub mod rights;
mod run;
mod strays;
pub mod tags;
pub mod task;

use std::fmt::Debug;
use std::future::Future;

use time::OffsetDateTime;

pub use address::{Address, Section};
pub use bill::{Bill, Limit};
pub use catalog::Catalog;
pub use change::{Change, Operation};
pub use describe::{Action, Cost, Does, Effects, Field, Row, Shown, Verb};
pub use draft::{Blocked, Draft, Mistake, Note, Published};
pub use dropped::{Before, Cause, with_dropped, without_dropped};
pub use facts::{Fact, Facts};
pub use import::{Importable, Left, Line, SpecDraft, SpecValue, import};
pub use look::{Look, Overview};
pub use output::{BucketPart, Label, Output, Outputs, Value};
pub use recheck::Recheck;
pub use run::{Progress, Run, Said};
pub use strays::Strays;

use crate::cloud::aws::Owner;
use crate::cloud::heroku::{Addon, Attachment};
use crate::cloud::{CloudError, ErrorKind, Reads};
use crate::secret::Supplied;
use crate::spec::{AttachmentName, Environment, Spec};
use kinds::kinds;
use look::Cell;

/// What should be: the spec, and what only the operator's side knows.
#[derive(Clone, Copy, Debug)]
pub struct Desired<'a> {
    /// The environment, with its spec.
    pub environment: &'a Environment,
    /// Config values that `env`, `file` and `command` gave.
    pub supplied: &'a Supplied,
    /// The hour at which the world was observed, for ages.
    pub now: OffsetDateTime,
    /// The spec of a revision, when what was dropped since is to be told.
    pub before: Option<Before<'a>>,
}

impl Desired<'_> {
    /// The spec alone.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.environment.spec
    }
}

impl World {
    /// The app's attachment of that name.
    #[must_use]
    pub fn attachment(&self, name: &AttachmentName) -> Option<&Attachment> {
        self.attachment.iter().find(|attachment| attachment.name == name.as_str())
    }

    /// The add-on that an attachment names.
    #[must_use]
    pub fn addon_of(&self, attachment: &Attachment) -> Option<&Addon> {
        self.addon.iter().find(|addon| addon.id == attachment.addon_id)
    }
}

/// A kind of thing.
pub trait Resource: Sized {
    /// What the services said about all things of this kind, once.
    type Observed: Clone + Debug + Default + Send + Sync + 'static;
    /// Everything that can be done to a thing of this kind.
    type Change: Operation;

    /// Reads, and decides nothing.
    fn observe(look: &Look<'_>) -> impl Future<Output = Result<Self::Observed, CloudError>> + Send;

    /// How many calls of Heroku observing an environment's things of this kind takes, besides the lists that answer for
    /// all environments of a run.
    #[must_use]
    fn heroku_calls(spec: &Spec) -> u64 {
        let _ = spec;
        0
    }

    /// Asks Heroku's catalogue about what this kind newly needs. Nobody waits for it but the plan, and when an
    /// observation failed there is none.
    fn ask_catalog(look: &Look<'_>) -> impl Future<Output = Result<(), CloudError>> + Send {
        let _ = look;
        std::future::ready(Ok(()))
    }

    /// States what is live of this kind, each thing under its address: what a plan rests on.
    fn facts(world: &World, facts: &mut Facts);

    /// Decides, and can reach nothing.
    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft);

    /// Adds what its things cost a month when the plan was carried out; what Heroku does not charge for adds nothing.
    fn bill(desired: &Desired<'_>, world: &World, bill: &mut Bill) {
        let _ = (desired, world, bill);
    }
}

/// A kind of the list.
pub trait Listed: Resource {
    /// Where a look keeps what this kind observed.
    fn cell(cells: &Cells) -> &Cell<Self::Observed>;
}

/// Expands the list of kinds to what holds something of each, and to the functions that dispatch to them.
macro_rules! expand {
    ($($kind:ident: $Kind:ident),* $(,)?) => {
        /// What the services said, once: the facts that several kinds rest on, then a field a kind.
        #[derive(Clone, Debug, Default)]
        pub struct World {
            /// Whose the AWS credentials are, when the spec has anything on AWS: every call on a bucket says whose
            /// the bucket must be (aws-s3-iam.md section 3, `expected_bucket_owner`).
            pub account: Option<Owner>,
            /// What carries this environment's tags beside what the spec names.
            pub strays: Strays,
            /// What Heroku offers, as far as it was asked.
            pub catalog: Catalog,
            $(#[doc = concat!("What `", stringify!($kind), "` observed.")] pub $kind: $kind::Observed,)*
        }

        /// What each kind observed, once it has.
        #[derive(Default)]
        pub struct Cells { $($kind: Cell<$kind::Observed>,)* }

        $(impl Listed for $kind::Kind {
            fn cell(cells: &Cells) -> &Cell<Self::Observed> { &cells.$kind }
        })*

        /// Looks at everything that the spec names, all at once as far as one answer does not need another.
        pub async fn observe(spec: &Spec, reads: &Reads) -> Result<World, ObserveError> {
            let look = Look::new(spec, reads);
            // What a kind could not observe stands in its cell, too.
            let kinds = async { let _ = tokio::join!($(look.of::<$kind::Kind>(),)*); };
            let asked = async { tokio::join!($($kind::Kind::ask_catalog(&look),)*) };
            let strays = strays::observe(&look);
            let (account, strays, (), ($($kind,)*)) = tokio::join!(look.account(), strays, kinds, asked);
            let mut failures = Failures::default();
            $(failures.keep($kind);)*
            let account = failures.keep(account);
            let strays = failures.keep(strays);
            let (cells, catalog) = look.into_parts();
            let world = World {
                account,
                strays,
                catalog,
                $($kind: cells.$kind.into_inner().map(|seen| failures.keep(seen)).unwrap_or_default(),)*
            };
            failures.settle(&world)?;
            Ok(world)
        }

        /// How many calls of Heroku a look at so many environments takes, as far as is known beforehand.
        pub fn heroku_calls<'a>(specs: impl Iterator<Item = &'a Spec>) -> u64 {
            /// The apps, the add-ons and the attachments of an account.
            const LISTS: u64 = 3;
            specs.map(|spec| 0 $(+ $kind::Kind::heroku_calls(spec))*).sum::<u64>() + LISTS
        }

        /// Whether a text can be the address of something: a section, or a name below one.
        #[must_use]
        pub fn is_address(text: &str) -> bool {
            let is_within = |section: &Section| {
                let rest = text.strip_prefix(section.key);
                rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('.') && rest.len() > 1))
            };
            [$(&$kind::SECTION),*].into_iter().any(is_within)
        }

        /// What is live, by address.
        #[must_use]
        pub fn facts(world: &World) -> Facts {
            let mut facts = Facts::default();
            $($kind::Kind::facts(world, &mut facts);)*
            if let Some(account) = &world.account {
                facts.state_of("aws.account", account);
            }
            if !world.catalog.is_empty() {
                facts.state_of("heroku.catalog", &world.catalog);
            }
            facts
        }

        /// What has to change, kind by kind, in the order of the list.
        pub fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
            $($kind::Kind::diff(desired, world, draft);)*
            strays::report(desired, world, draft);
        }

        /// What all kinds cost a month when the plan was carried out.
        fn bill_of_kinds(desired: &Desired<'_>, world: &World) -> Bill {
            let mut bill = Bill::default();
            $($kind::Kind::bill(desired, world, &mut bill);)*
            bill
        }
    };
}

kinds!(expand);

/// Why the world could not be observed: every different failure, once.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ObserveError(pub Vec<CloudError>);

/// Collects what failed, so that a run reports all of it and not only the first.
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
            self.0.retain(|error| error.kind != ErrorKind::Forbidden || !error.service.is_heroku());
        }
        // Of what any other call would have met too, the one that says most.
        let mut told: Vec<CloudError> = Vec::new();
        for error in self.0 {
            match told.iter_mut().find(|other| error.is_like(other)) {
                None => told.push(error),
                Some(other) if other.message.len() < error.message.len() => *other = error,
                Some(_) => {}
            }
        }
        if told.is_empty() { Ok(()) } else { Err(ObserveError(told)) }
    }
}

#[cfg(test)]
pub(crate) mod testing;

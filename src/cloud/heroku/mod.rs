//! The client for Heroku's Platform API and its data API: typed, tolerant in what it reads, careful in what it
//! repeats (facts: heroku-api.md).
//!
//! `transport` sends one call and repeats it as `cloud::retry` allows; `call` is a call as data; `list` follows pages;
//! `failure` turns answers into errors; then one file for each family of the API, with its wire types kept private. What must not
//! live here: decisions about what should be, environment variables, and names of things in the spec's own sense.

mod acm;
mod addons;
mod answer;
mod apps;
mod attachments;
mod budget;
mod buildpacks;
mod builds;
mod call;
mod catalog;
mod certificates;
mod collaborators;
mod config;
mod credentials;
mod data;
mod database;
mod domains;
mod download;
mod drains;
mod dynos;
mod elsewhere;
mod endpoint;
mod failure;
mod features;
mod formation;
mod fresh;
mod list;
mod output;
mod owned_vars;
mod pacer;
mod pipelines;
mod rate_limit;
mod releases;
mod scopes;
mod slugs;
#[cfg(test)]
mod testing;
mod token;
mod transfers;
mod transport;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

pub use addons::{Addon, AddonState, NewAddon, Price};
pub use apps::{App, AppPatch, NewApp};
pub use attachments::Attachment;
pub use budget::Budget;
pub use buildpacks::LiveBuildpack;
pub use builds::{Build, BuildStatus, NewBuild, Slug};
pub use catalog::{DynoSizePrice, Plan, Stack};
pub use certificates::Certificate;
pub use collaborators::{Collaborator, Role};
pub use data::{NewSchedule, Schedule};
pub use database::Database;
pub use domains::{Domain, DomainStatus};
pub use download::Fetched;
pub use drains::{Drain, is_same as is_same_drain};
pub use dynos::Dyno;
pub use features::AppFeature;
pub use formation::{Formation, Scale};
pub use output::{Heard, Output};
pub use owned_vars::with_config_vars;
pub use pipelines::{Coupling, Pipeline};
pub use releases::{LiveSlug, Release, ReleaseStatus};
pub use token::Token;
pub use transfers::{BackupName, Transfer, TransferKind, TransferState, label_of};

pub use super::netrc::NetrcFile;
use super::{CloudError, ErrorKind, Meter, Proxy, Stop};
use crate::secret::{FingerprintKey, Secret};
use answer::Answer;
use call::Call;
use elsewhere::Elsewhere;
use fresh::Fresh;
use transport::{Timing, Transport};

/// Where Heroku is and how to log in. Filled by `settings`, which alone reads the environment.
#[derive(Clone, Debug)]
pub struct HerokuSettings {
    /// The Platform API: `https://api.heroku.com`. Plain http is accepted on loopback only.
    pub api_url: Url,
    /// The data API, for what only a database knows: `https://api.data.heroku.com`.
    pub data_api_url: Url,
    /// The token, when the operator gave one.
    pub token: Option<Secret>,
    /// The netrc file to look into when no token was given.
    pub netrc: Option<NetrcFile>,
    /// Whether to ask the `heroku` program for its token when nothing else gave one.
    pub run_heroku_program: bool,
    /// The proxy on the way, if there is one.
    pub proxy: Proxy,
    /// What to send as `User-Agent`: `trueup/0.1.0 (linux; x86_64)`.
    pub user_agent: String,
    /// How long one call may take; `None` is Heroku's own bound, 30 s.
    pub timeout: Option<Duration>,
    /// How many runs side by side share the account's budget of calls, this one among them.
    pub siblings: u32,
}

#[cfg(any(test, feature = "testing"))]
impl HerokuSettings {
    /// All of Heroku at one address, and a token for it.
    #[must_use]
    pub fn at(url: &Url, token: &str) -> Self {
        Self {
            api_url: url.clone(),
            data_api_url: url.clone(),
            token: Some(Secret::new(token)),
            netrc: None,
            run_heroku_program: false,
            proxy: Proxy::default(),
            user_agent: "trueup/0.0.0 (test)".to_owned(),
            timeout: None,
            siblings: 1,
        }
    }
}

/// Heroku, as one account sees it. Cheap to clone; made once in a run.
#[derive(Clone)]
pub struct Heroku {
    transport: Arc<Transport>,
    fresh: Arc<Fresh>,
    making_pipelines: Arc<tokio::sync::Mutex<()>>,
    elsewhere: Arc<Elsewhere>,
}

impl Heroku {
    /// Checks the settings and builds the client; reaches nobody yet, and looks for the token only when the first
    /// call needs it.
    pub fn connect(settings: HerokuSettings, meter: Meter, stop: &Stop) -> Result<Self, CloudError> {
        let usual = Timing::default();
        let request = settings.timeout.unwrap_or(usual.request);
        let timing = Timing { request, stop: stop.clone(), ..usual };
        Self::connect_with(settings, meter, timing)
    }

    fn connect_with(settings: HerokuSettings, meter: Meter, timing: Timing) -> Result<Self, CloudError> {
        let refill = timing.refill.shared_by(settings.siblings);
        let timing = Timing { refill, ..timing };
        let fresh = Arc::new(Fresh::new(timing.fresh.clone(), timing.stop.clone()));
        let elsewhere = Arc::new(Elsewhere::new(&settings, meter.clone(), &timing));
        Ok(Self {
            transport: Arc::new(Transport::new(settings, meter, timing)?),
            fresh,
            making_pipelines: Arc::default(),
            elsewhere,
        })
    }

    /// A client that hardly waits, for answers by the thousand.
    #[cfg(feature = "testing")]
    pub(crate) fn impatient(settings: HerokuSettings, meter: Meter) -> Result<Self, CloudError> {
        let timing =
            Timing { request: settings.timeout.unwrap_or(Duration::from_secs(5)), ..Timing::impatient() };
        Self::connect_with(settings, meter, timing)
    }

    /// A key that follows from this run's token. Digests under it tell nothing to anyone without the token, and
    /// its holder can read what they are of anyway.
    pub async fn derived_key(&self, label: &str) -> Result<FingerprintKey, CloudError> {
        self.transport.derived_key(label).await
    }

    /// Sends a call, also until all of Heroku has heard of an app that this run made.
    async fn send(&self, call: &Call) -> Result<Answer, CloudError> {
        let mut pace = self.fresh.pace();
        loop {
            match self.transport.send(call).await {
                Err(error) if self.fresh.passes(call, &error, &mut pace).await => {}
                answer => return answer,
            }
        }
    }

    /// The answer's body as `T`.
    async fn fetch<T: DeserializeOwned>(&self, call: Call) -> Result<T, CloudError> {
        self.send(&call).await?.decode(&call)
    }

    /// The answer's body as `T`; `None` when the thing is not there.
    async fn fetch_optional<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, CloudError> {
        match self.fetch(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A call that takes something away; what is gone already was taken away.
    async fn gone(&self, call: Call) -> Result<(), CloudError> {
        match self.done(call).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer,
        }
    }

    /// A call whose answer holds nothing of interest.
    async fn done(&self, call: Call) -> Result<(), CloudError> {
        self.send(&call).await.map(|Answer { .. }| ())
    }
}

impl fmt::Debug for Heroku {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Heroku").finish_non_exhaustive()
    }
}

//! What a kind may ask while it observes: the spec, the services, facts of the account, and what other kinds
//! observe. Each is read at most once a run and awaited where it is needed, so that no kind waits for what it does
//! not need, and none has to come before another in a list.
//!
//! What must not live here: decisions, and what a single kind reads.

use std::sync::{Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::catalog::Catalog;
use super::{Cells, Desired, Listed, World, app};
use crate::cloud::aws::Owner;
use crate::cloud::{CloudError, Clouds, Reads};
use crate::spec::Spec;

/// One look at everything that an environment's spec names.
pub struct Look<'a> {
    spec: &'a Spec,
    reads: &'a Reads,
    pub(super) cells: Cells,
    catalog: Mutex<Catalog>,
}

/// What was seen of an environment, for a command that asks for more than every command does.
#[derive(Clone, Copy)]
pub struct Overview<'a> {
    /// What should be.
    pub desired: &'a Desired<'a>,
    /// What was observed.
    pub world: &'a World,
    /// Reads that environments share, and the clients.
    pub reads: &'a Reads,
}

/// Where a kind's observation is kept once it was made; a failure is one too.
pub(super) type Cell<T> = OnceCell<Result<T, CloudError>>;

impl<'a> Look<'a> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(spec: &'a Spec, reads: &'a Reads) -> Self {
        Self { spec, reads, cells: Cells::default(), catalog: Mutex::default() }
    }

    /// What the user wrote.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        self.spec
    }

    /// The clients, for what is this environment's own.
    #[must_use]
    pub fn clouds(&self) -> &'a Clouds {
        self.reads.clouds()
    }

    /// The reads that environments share.
    #[must_use]
    pub fn reads(&self) -> &'a Reads {
        self.reads
    }

    /// What a kind observes, read when it is first asked for.
    ///
    /// Kinds must not ask in a circle; a test below looks at each alone.
    pub async fn of<K: Listed>(&self) -> Result<&K::Observed, CloudError> {
        let observe = || Box::pin(K::observe(self));
        K::cell(&self.cells).get_or_init(observe).await.as_ref().map_err(Clone::clone)
    }

    /// The AWS account; `None` when the spec has nothing on AWS, and nobody needs credentials.
    pub async fn account(&self) -> Result<Option<Owner>, CloudError> {
        if self.spec.buckets.is_empty() && self.spec.iam_users.is_empty() {
            return Ok(None);
        }
        self.reads.account().await.map(Some)
    }

    /// Reads something of the app under its name, or under the name that it is to be renamed from. `None` when
    /// neither is live, or the app is someone else's; a part that is not found of an app that is live is an error.
    pub async fn of_app<T, F>(&self, read: impl Fn(String) -> F) -> Result<Option<T>, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let name = self.spec.app.name.to_string();
        // Most apps are live under their names: asking at once saves the wait for the answer of the app itself,
        // unless one list tells of all apps.
        if !self.reads.are_of_many() {
            match read(name.clone()).await {
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    // An app that another apply makes between the two answers is not there yet, for all kinds alike; and
                    // what shows of one that is someone else's is not to be compared.
                    let app = self.of::<app::Kind>().await;
                    let is_ours = !matches!(app, Ok(app::Observed::Absent | app::Observed::Foreign));
                    return Ok(is_ours.then_some(answer));
                }
            }
        }
        let name = match self.of::<app::Kind>().await? {
            // One that another apply made after it was not found is asked again.
            app::Observed::Live(_) => name,
            app::Observed::OldName(app) => app.name.clone(),
            app::Observed::Absent | app::Observed::Foreign => return Ok(None),
        };
        // A live app whose add-ons, say, are not found has not thereby none: a plan would order all anew.
        read(name).await.map(Some)
    }

    /// Notes an answer of Heroku's catalogue.
    pub(super) fn note(&self, change: impl FnOnce(&mut Catalog)) {
        change(&mut self.catalog.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What was observed, kind by kind, and what was asked of the catalogue.
    pub(super) fn into_parts(self) -> (Cells, Catalog) {
        (self.cells, self.catalog.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use url::Url;

    use super::*;
    use crate::cloud::aws::AwsSettings;
    use crate::cloud::heroku::{HerokuSettings, NewAddon, NewApp};
    use crate::cloud::{Meter, Stop};
    use crate::resource::kinds::kinds;
    use crate::resource::testing::want_app;
    use crate::sandbox::{Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox};
    use crate::spec::{AddonPlan, AppName, AttachmentName};

    const APP: &str = "app: { name: ledger-renamed, renamed_from: ledger, region: us, stack: heroku-24 }";
    const EVERYTHING: &str = "
addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", backups: { at: \"02:00 UTC\" } } }
buildpacks: [heroku/ruby]
config:
  RAILS_ENV: production
  KEY_ID: { from: iam_users.app.access_key_id }
  KEY_SECRET: { from: iam_users.app.secret_access_key }
formation: { web: { quantity: 1 } }
buckets: { uploads: { name: ledger-uploads, region: us-east-1 } }
iam_users: { app: { name: ledger-app, grants: { uploads: read }, access_key: { max_age: 90d } } }
";

    fn clients(sandbox: &Sandbox) -> Clouds {
        let url = Url::parse(&sandbox.url()).unwrap();
        let heroku = HerokuSettings::at(&url, "token");
        let aws = AwsSettings::at(&url, (ROOT_KEY, ROOT_SECRET));
        Clouds::connect(heroku, aws, Meter::default(), &Stop::default()).unwrap()
    }

    /// An app with a database under its old name.
    async fn live(clouds: &Clouds) {
        let name = AppName::parse("ledger").unwrap();
        clouds.heroku.create_app(&NewApp { name, team: None, region: None, stack: None }).await.unwrap();
        let plan = AddonPlan::parse("heroku-postgresql:standard-0").unwrap();
        let attachment = AttachmentName::parse("DATABASE").unwrap();
        let order = NewAddon { plan, attachment, config: std::collections::BTreeMap::default() };
        clouds.heroku.create_addon("ledger", &order).await.unwrap();
    }

    macro_rules! look_alone {
        ($($kind:ident: $Kind:ident),* $(,)?) => {
            /// Starts each kind by itself, in a look of its own.
            async fn look_alone(spec: &Spec, reads: &Reads) {
                $(
                    let look = Look::new(spec, reads);
                    let observed = tokio::time::timeout(
                        Duration::from_secs(20),
                        look.of::<crate::resource::$kind::Kind>(),
                    ).await;
                    let observed = observed.expect(concat!("`", stringify!($kind), "` asks in a circle"));
                    observed.expect(concat!("`", stringify!($kind), "` is observed"));
                )*
            }
        };
    }

    kinds!(look_alone);

    #[tokio::test]
    async fn no_kind_asks_in_a_circle() {
        let options = Options { port: 0, state_dir: None, knobs: Knobs::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let clouds = clients(&sandbox);
        live(&clouds).await;
        let want = want_app(APP, EVERYTHING);
        for environments in [1, 2] {
            let reads = Reads::new(clouds.clone(), environments);
            Box::pin(look_alone(want.desired().spec(), &reads)).await;
        }
        sandbox.stop().await;
    }

    #[tokio::test]
    async fn what_several_kinds_need_is_asked_once() {
        let options = Options { port: 0, state_dir: None, knobs: Knobs::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let clouds = clients(&sandbox);
        live(&clouds).await;
        let before = clouds.meter.heroku();
        let want = want_app(APP, EVERYTHING);
        let reads = Reads::new(clouds.clone(), 1);
        Box::pin(crate::resource::observe(want.desired().spec(), &reads)).await.unwrap();
        // Six things of the app under the new name, the app and five under the old one, the backups, the sizes.
        assert_eq!(clouds.meter.heroku() - before, 6 + 6 + 1 + 1);
        sandbox.stop().await;
    }
}

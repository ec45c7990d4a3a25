//! What one run reads of the services, for however many environments: what is the same for all of them is asked
//! once, and what is an environment's own is asked as its kinds need it.
//!
//! Writes and the looks just before them never come here: they go to the clients, since what was read at the
//! beginning of a run may be old by then. What must not live here: decisions about what should be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::aws::Owner;
use super::heroku::{Addon, App, Attachment, DynoSizePrice, Plan, Stack};
use super::{CloudError, Clouds};
use crate::spec::AddonPlan;

/// The reads of one run; cheap to clone.
#[derive(Clone)]
pub struct Reads {
    clouds: Clouds,
    shared: Arc<Shared>,
}

/// What is the same for every environment of a run.
struct Shared {
    environments: usize,
    account: Once<Owner>,
    plans: Memo<AddonPlan, Option<Plan>>,
    service_plans: Memo<String, Option<Vec<String>>>,
    dyno_sizes: Once<Vec<DynoSizePrice>>,
    regions: Once<Vec<String>>,
    stacks: Once<Vec<Stack>>,
}

impl Reads {
    /// For a run over so many environments. Nobody is asked anything yet.
    #[must_use]
    pub fn new(clouds: Clouds, environments: usize) -> Self {
        let shared = Shared {
            environments,
            account: Once::default(),
            plans: Memo::default(),
            service_plans: Memo::default(),
            dyno_sizes: Once::default(),
            regions: Once::default(),
            stacks: Once::default(),
        };
        Self { clouds, shared: Arc::new(shared) }
    }

    /// The same reads through the clients of one environment, which count its calls apart.
    #[must_use]
    pub fn through(&self, clouds: Clouds) -> Self {
        Self { clouds, shared: Arc::clone(&self.shared) }
    }

    /// The clients, for what is an environment's own.
    #[must_use]
    pub fn clouds(&self) -> &Clouds {
        &self.clouds
    }

    /// Whether account-wide lists answer in place of questions about one app: with several environments they cost
    /// fewer calls.
    #[must_use]
    pub fn are_of_many(&self) -> bool {
        self.shared.environments > 1
    }

    /// The AWS account of the credentials.
    pub async fn account(&self) -> Result<Owner, CloudError> {
        self.shared.account.get(|| self.clouds.aws.account()).await
    }

    /// An app by its name; `None` when there is none that this account may see.
    pub async fn app(&self, name: &str) -> Result<Option<App>, CloudError> {
        self.clouds.heroku.app(name).await
    }

    /// The add-ons that an app sees, its own and those attached from other apps.
    pub async fn addons(&self, app: &str) -> Result<Vec<Addon>, CloudError> {
        self.clouds.heroku.addons(app).await
    }

    /// The attachments of an app.
    pub async fn attachments(&self, app: &str) -> Result<Vec<Attachment>, CloudError> {
        self.clouds.heroku.attachments(app).await
    }

    /// An add-on plan of Heroku's catalogue; `None` for one that does not exist.
    pub async fn plan(&self, plan: &AddonPlan) -> Result<Option<Plan>, CloudError> {
        self.shared.plans.get(plan, || self.clouds.heroku.plan(plan)).await
    }

    /// The plans of an add-on service; `None` for one that does not exist.
    pub async fn service_plans(&self, service: &str) -> Result<Option<Vec<String>>, CloudError> {
        let ask = || self.clouds.heroku.service_plans(service);
        self.shared.service_plans.get(&service.to_owned(), ask).await
    }

    /// Heroku's dyno sizes with their prices.
    pub async fn dyno_sizes(&self) -> Result<Vec<DynoSizePrice>, CloudError> {
        self.shared.dyno_sizes.get(|| self.clouds.heroku.dyno_sizes()).await
    }

    /// Heroku's regions.
    pub async fn regions(&self) -> Result<Vec<String>, CloudError> {
        self.shared.regions.get(|| self.clouds.heroku.regions()).await
    }

    /// Heroku's stacks.
    pub async fn stacks(&self) -> Result<Vec<Stack>, CloudError> {
        self.shared.stacks.get(|| self.clouds.heroku.stacks()).await
    }
}

/// An answer that is asked for once, whoever needs it first; a failure is an answer too.
struct Once<T>(OnceCell<Result<T, CloudError>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T: Clone> Once<T> {
    async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        self.0.get_or_init(ask).await.clone()
    }
}

/// One such answer a key.
struct Memo<K, T>(Mutex<BTreeMap<K, Arc<Once<T>>>>);

impl<K, T> Default for Memo<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Ord, T: Clone> Memo<K, T> {
    async fn get<F>(&self, key: &K, ask: impl FnOnce() -> F) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let once = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(key.clone()).or_default())
        };
        once.get(ask).await
    }
}

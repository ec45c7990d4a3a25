//! What one run reads of the services, for however many environments: what is the same for all of them is asked
//! once, and what is an environment's own is asked as its kinds need it.
//!
//! Writes and the looks just before them never come here: they go to the clients, since what was read at the
//! beginning of a run may be old by then. What must not live here: decisions about what should be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::aws::{AccessKeyInfo, BucketRegions, Owner, User, UserDetails};
use super::heroku::{Addon, App, Attachment, Coupling, DynoSizePrice, Pipeline, Plan, Stack};
use super::lists::Attached;
use super::memo::{Memo, Once};
use super::policy::PolicyDocument;
use super::{CloudError, Clouds, ErrorKind};
use crate::secret::Secret;
use crate::spec::{AddonName, AddonPlan, AwsRegion, BucketName, UserName, UserPath};

/// The reads of one run; cheap to clone.
#[derive(Clone)]
pub struct Reads {
    clouds: Clouds,
    shared: Arc<Shared>,
}

/// What is the same for every environment of a run.
struct Shared {
    environments: usize,
    apps: Once<Option<Arc<BTreeMap<String, App>>>>,
    attached: Once<Option<Arc<Attached>>>,
    couplings: Once<Option<Arc<Vec<Coupling>>>>,
    pipelines_named: Memo<String, Vec<Pipeline>>,
    pipelines: Memo<String, Option<Pipeline>>,
    users: Once<Option<Arc<BTreeMap<UserName, UserDetails>>>>,
    users_at: Memo<UserPath, Option<Vec<UserName>>>,
    user_tags: Memo<UserName, Option<BTreeMap<String, String>>>,
    buckets: Once<Option<Arc<BucketRegions>>>,
    account: Once<Owner>,
    addons_named: Memo<AddonName, Option<Addon>>,
    plans: Memo<AddonPlan, Option<Plan>>,
    service_plans: Memo<String, Option<Vec<String>>>,
    dyno_sizes: Once<Vec<DynoSizePrice>>,
    regions: Once<Vec<String>>,
    stacks: Once<Vec<Stack>>,
    /// Each app's, where nothing is written in this run.
    vars: Option<Memo<String, BTreeMap<String, Secret>>>,
}

impl Reads {
    /// For a run over so many environments. Nobody is asked anything yet.
    #[must_use]
    pub fn new(clouds: Clouds, environments: usize) -> Self {
        let shared = Shared {
            environments,
            apps: Once::default(),
            attached: Once::default(),
            couplings: Once::default(),
            pipelines_named: Memo::default(),
            pipelines: Memo::default(),
            users: Once::default(),
            users_at: Memo::default(),
            user_tags: Memo::default(),
            buckets: Once::default(),
            account: Once::default(),
            addons_named: Memo::default(),
            plans: Memo::default(),
            service_plans: Memo::default(),
            dyno_sizes: Once::default(),
            regions: Once::default(),
            stacks: Once::default(),
            vars: None,
        };
        Self { clouds, shared: Arc::new(shared) }
    }

    /// For a run over apps that were listed already, which only looks at them.
    #[must_use]
    pub fn of_apps(clouds: Clouds, apps: Vec<App>) -> Self {
        let mut reads = Self::new(clouds, apps.len());
        if let Some(shared) = Arc::get_mut(&mut reads.shared) {
            let by_name = apps.into_iter().map(|app| (app.name.clone(), app)).collect();
            shared.apps = Once::known(Some(Arc::new(by_name)));
            shared.vars = Some(Memo::default());
        }
        reads
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
        if let Some(app) = self.apps().await?.and_then(|apps| apps.get(name).cloned()) {
            return Ok(Some(app));
        }
        // What the list lacks may be somebody else's, which only a question about it tells.
        self.clouds.heroku.app(name).await
    }

    /// The add-ons that an app sees, its own and those attached from other apps.
    pub async fn addons(&self, app: &str) -> Result<Vec<Addon>, CloudError> {
        match self.attached(app).await?.and_then(|attached| attached.addons_of(app)) {
            Some(addons) => Ok(addons),
            None => self.clouds.heroku.addons(app).await,
        }
    }

    /// The config vars of an app.
    pub async fn config_vars(&self, app: &str) -> Result<BTreeMap<String, Secret>, CloudError> {
        let ask = || self.clouds.heroku.config_vars(app);
        match &self.shared.vars {
            Some(vars) => vars.get(&app.to_owned(), ask).await,
            None => ask().await,
        }
    }

    /// The attachments of an app.
    pub async fn attachments(&self, app: &str) -> Result<Vec<Attachment>, CloudError> {
        let attached = self.attached(app).await?;
        match attached.as_ref().and_then(|attached| attached.attachments_of(app)) {
            Some(attachments) => Ok(attachments.to_vec()),
            None => self.clouds.heroku.attachments(app).await,
        }
    }

    /// The pipeline that an app is in; `None` when it is in none.
    pub async fn coupling(&self, app: &App) -> Result<Option<Coupling>, CloudError> {
        let ask = || async {
            Ok(if_any(self.clouds.heroku.all_couplings(self.worth_pages()).await)?.map(Arc::new))
        };
        let listed = match self.apps().await? {
            Some(apps) if apps.contains_key(&app.name) => self.shared.couplings.get(ask).await?,
            _ => None,
        };
        match listed {
            Some(couplings) => Ok(couplings.iter().find(|coupling| coupling.app_id == app.id).cloned()),
            None => self.clouds.heroku.coupling(&app.id).await,
        }
    }

    /// The pipelines of that name, the oldest first.
    pub async fn pipelines_named(&self, name: &str) -> Result<Vec<Pipeline>, CloudError> {
        let ask = || self.clouds.heroku.pipelines_named(name);
        self.shared.pipelines_named.get(&name.to_owned(), ask).await
    }

    /// A pipeline by its id; `None` when this account may not see it.
    pub async fn pipeline(&self, id: &str) -> Result<Option<Pipeline>, CloudError> {
        self.shared.pipelines.get(&id.to_owned(), || self.clouds.heroku.pipeline(id)).await
    }

    /// An IAM user of the account, with what gives it rights; `None` when there is none of that name.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>, CloudError> {
        match self.users().await? {
            Some(users) if tells_of(&users, name) => Ok(users.get(name).map(|found| found.user.clone())),
            _ => {
                let iam = self.clouds.aws.iam();
                let Some(user) = iam.user(name).await? else { return Ok(None) };
                Ok(Some(User { rights: iam.rights(name).await?, ..user }))
            }
        }
    }

    /// An inline policy of a user; `None` when there is no such user, or no such policy of theirs.
    pub async fn user_policy(
        &self,
        name: &UserName,
        policy: &str,
    ) -> Result<Option<PolicyDocument>, CloudError> {
        match self.users().await? {
            Some(users) if tells_of(&users, name) => {
                users.get(name).and_then(|found| found.policies.get(policy)).cloned().transpose()
            }
            _ => self.clouds.aws.iam().user_policy(name, policy).await,
        }
    }

    /// The users of the account, for which of them are an environment's: those whose tags say so, where one list tells
    /// the tags of all; else the names of those on these paths. `None` when neither may be listed.
    pub async fn others(
        &self,
        paths: &BTreeSet<UserPath>,
        is_wanted: impl Fn(&BTreeMap<String, String>) -> bool,
    ) -> Result<Option<Vec<UserName>>, CloudError> {
        if let Some(users) = self.users().await? {
            let wanted = users.iter().filter(|(_, found)| is_wanted(&found.user.tags));
            return Ok(Some(wanted.map(|(name, _)| name.clone()).collect()));
        }
        let iam = self.clouds.aws.iam();
        let listed = paths.iter().map(|path| {
            let ask = || async { if_any(iam.users_at(path).await.map(Some)) };
            self.shared.users_at.get(path, ask)
        });
        let listed = futures_util::future::try_join_all(listed).await?;
        let listed: Option<Vec<Vec<UserName>>> = listed.into_iter().collect();
        Ok(listed.map(|listed| listed.into_iter().flatten().collect()))
    }

    /// The tags of a user of the account; `None` when there is none of that name, or it may not be looked at.
    pub async fn tags_of_user(
        &self,
        name: &UserName,
    ) -> Result<Option<BTreeMap<String, String>>, CloudError> {
        if let Some(found) = self.users().await?.and_then(|users| users.get(name).cloned()) {
            return Ok(Some(found.user.tags));
        }
        let iam = self.clouds.aws.iam();
        let ask = || async { if_any(iam.user(name).await.map(|user| user.map(|user| user.tags))) };
        self.shared.user_tags.get(name, ask).await
    }

    /// The access keys of a user; none when they may not be looked at.
    pub async fn keys_of_user(&self, name: &UserName) -> Result<Vec<AccessKeyInfo>, CloudError> {
        let keys = if_any(self.clouds.aws.iam().access_keys(name).await.map(Some))?;
        Ok(keys.unwrap_or_default())
    }

    /// The account's own buckets, with their regions where they are told; `None` when they may not be listed.
    pub async fn buckets(&self, region: &AwsRegion) -> Result<Option<Arc<BucketRegions>>, CloudError> {
        let ask = || async {
            let buckets = if_any(self.clouds.aws.all_buckets(region, None, self.worth_pages()).await)?;
            Ok(buckets.map(Arc::new))
        };
        self.shared.buckets.get(ask).await
    }

    /// The tags of a bucket of the account; `None` when they may not be looked at.
    pub async fn tags_of_bucket(
        &self,
        name: &BucketName,
        region: &AwsRegion,
    ) -> Result<Option<BTreeMap<String, String>>, CloudError> {
        let owner = self.account().await?;
        let bucket = self.clouds.aws.bucket(name, region, &owner).await?;
        if_any(bucket.tags().await.map(Some))
    }

    /// Whether a bucket is one of the account's own, and in that region; `None` when one environment asks, or the list
    /// is not to be had. What is not so may be somebody else's, or in another region, which only the bucket tells.
    pub async fn lists_bucket(
        &self,
        name: &BucketName,
        region: &AwsRegion,
    ) -> Result<Option<bool>, CloudError> {
        let buckets = if self.are_of_many() { self.buckets(region).await? } else { None };
        let is_there = |at: &Option<String>| at.as_deref() == Some(region.as_str());
        Ok(buckets.map(|buckets| buckets.get(name).is_some_and(is_there)))
    }

    /// The account's apps by name; `None` when one environment asks, or the list is not to be had.
    async fn apps(&self) -> Result<Option<Arc<BTreeMap<String, App>>>, CloudError> {
        let ask = || async {
            let apps = if_any(self.clouds.heroku.all_apps(self.worth_pages()).await)?;
            let by_name = |app: App| (app.name.clone(), app);
            Ok(apps.map(|apps| Arc::new(apps.into_iter().map(by_name).collect())))
        };
        if self.are_of_many() { self.shared.apps.get(ask).await } else { Ok(None) }
    }

    /// The account's add-ons and attachments; `None` when one environment asks, the lists are not to be had, or the
    /// app is not one of the account's.
    async fn attached(&self, app: &str) -> Result<Option<Arc<Attached>>, CloudError> {
        let ask = || async {
            let heroku = &self.clouds.heroku;
            let most = self.worth_pages();
            let (addons, attachments) = tokio::join!(heroku.all_addons(most), heroku.all_attachments(most));
            let (addons, attachments) = (if_any(addons)?, if_any(attachments)?);
            Ok(addons.zip(attachments).map(|(addons, attached)| Arc::new(Attached::new(addons, attached))))
        };
        match self.apps().await? {
            Some(apps) if apps.contains_key(app) => self.shared.attached.get(ask).await,
            _ => Ok(None),
        }
    }

    /// The account's users by name; `None` when one environment asks, or the list is not to be had.
    async fn users(&self) -> Result<Option<Arc<BTreeMap<UserName, UserDetails>>>, CloudError> {
        let ask = || async {
            let users = if_any(self.clouds.aws.iam().all_users(self.worth_pages()).await)?;
            Ok(users.map(Arc::new))
        };
        if self.are_of_many() { self.shared.users.get(ask).await } else { Ok(None) }
    }

    /// How many pages of a list are worth reading, when what they do not tell is asked for one environment after
    /// another: half as many calls as that takes, should the list turn out to be longer.
    fn worth_pages(&self) -> usize {
        (self.shared.environments / 2).max(1)
    }

    /// An add-on of any app, by its name; `None` when there is none that this account may see.
    pub async fn addon_named(&self, name: &AddonName) -> Result<Option<Addon>, CloudError> {
        self.shared.addons_named.get(name, || self.clouds.heroku.addon_named(name)).await
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

/// Whether the list of users tells of one. Names that differ in case alone are one name to IAM, and which of its calls
/// take them for one is IAM's to say.
fn tells_of(users: &BTreeMap<UserName, UserDetails>, name: &UserName) -> bool {
    let is_alike = |other: &UserName| other.as_str().eq_ignore_ascii_case(name.as_str());
    users.contains_key(name) || !users.keys().any(is_alike)
}

/// A list as far as it is to be had: a narrow token may not read it, and a large account's may be too much for the
/// service. Whoever needs something of it asks for that alone. What would stop those questions too is an error.
fn if_any<T>(list: Result<Option<T>, CloudError>) -> Result<Option<T>, CloudError> {
    match list {
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Forbidden
                    | ErrorKind::NotFound
                    | ErrorKind::Invalid
                    | ErrorKind::ServerFailed
                    | ErrorKind::TimedOut
                    | ErrorKind::Malformed
            ) =>
        {
            tracing::debug!(%error, "a list of the whole account is not to be had");
            Ok(None)
        }
        list => list,
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod tests;

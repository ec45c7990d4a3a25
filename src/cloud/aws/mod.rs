//! The AWS clients: one configuration, loaded when the first call needs it, shared by S3, IAM and STS.
//!
//! What must not live here: what should be in an account. The services' own wrappers are `cloud::s3`, and
//! `iam` and `sts` beside this file.

mod buckets;
pub(in crate::cloud) mod count;
mod credentials;
pub(in crate::cloud) mod error;
mod http;
mod iam;
mod keys;
mod kms;
mod load;
mod pages;
mod profile;
mod removal;
mod rights;
mod simulate;
mod sts;
pub(crate) mod switches;
#[cfg(test)]
pub(in crate::cloud) mod testing;
mod throttle;
mod users;
mod web_identity;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use tokio::sync::OnceCell;
use url::Url;

pub use buckets::BucketRegions;
pub use iam::{Iam, User};
pub use keys::{AccessKeyInfo, AccessKeyPair, LastUse};
pub use removal::Children;
pub use rights::Rights;
pub use sts::{Identity, Owner};
pub use users::UserDetails;

use crate::cloud::{CloudError, Meter, Pace, Proxy, Stop};
use crate::secret::Secret;
use crate::spec::{AwsRegion, BucketName, UserName};

/// Where and as whom to talk to AWS.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region of calls that name none: IAM and STS.
    pub region: Option<String>,
    /// The profile of the SDK's configuration files.
    pub profile: Option<String>,
    /// Where S3 is, when not at its own address.
    pub endpoint_s3: Option<Url>,
    /// Where IAM is, when not at its own address.
    pub endpoint_iam: Option<Url>,
    /// Where STS is, when not at its own address.
    pub endpoint_sts: Option<Url>,
    /// Where KMS is, when not at its own address.
    pub endpoint_kms: Option<Url>,
    /// Credentials in place of the SDK's chain.
    pub credentials: Option<StaticCredentials>,
    /// How long one attempt of a call may take; `None` is 30 s.
    pub timeout: Option<Duration>,
    /// Of two variables for one source of credentials the one that is set, and the one that is missing.
    pub half_set: Option<[&'static str; 2]>,
    /// The file of the token of a web identity, for which a role is to be had.
    pub web_identity_file: Option<PathBuf>,
    /// How often a call is tried, as the operator wrote it.
    pub max_attempts: Option<String>,
    /// How calls are tried again, as the operator wrote it.
    pub retry_mode: Option<String>,
    /// A file with the certificates to trust, in place of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The SDK's file of profiles, when not at its usual place.
    pub config_file: Option<PathBuf>,
    /// The SDK's file of credentials, when not at its usual place.
    pub credentials_file: Option<PathBuf>,
    /// The operator's home folder, where the usual places are.
    pub home: Option<PathBuf>,
    /// Sources of credentials whose variables are set to nothing, which the SDK would not take for unset.
    pub without: BTreeSet<&'static str>,
    /// Further variables that the SDK reads, as they are set.
    pub switches: BTreeMap<&'static str, String>,
    /// The proxy on the way, if there is one.
    pub proxy: Proxy,
    /// Whether nothing of the SDK's files and variables, and no proxy, is used: for the embedded cloud.
    pub is_closed: bool,
}

impl AwsSettings {
    /// Where services are that are not at their own address.
    fn endpoints(&self) -> impl Iterator<Item = &Url> {
        [&self.endpoint_s3, &self.endpoint_iam, &self.endpoint_sts, &self.endpoint_kms].into_iter().flatten()
    }
}

#[cfg(any(test, feature = "testing"))]
impl AwsSettings {
    /// S3, IAM and STS at one address, and an access key for them.
    #[must_use]
    pub fn at(url: &Url, (id, secret): (&str, &str)) -> Self {
        let credentials = StaticCredentials { id: id.to_owned(), secret: Secret::new(secret), session: None };
        Self {
            region: Some("us-east-1".to_owned()),
            endpoint_s3: Some(url.clone()),
            endpoint_iam: Some(url.clone()),
            endpoint_sts: Some(url.clone()),
            credentials: Some(credentials),
            ..Self::default()
        }
    }
}

/// The variables by which the SDK finds credentials on machines of the cloud, and that it reads by itself.
pub(crate) const MACHINE_VARIABLES: &[&str] = &[WEB_IDENTITY_FILE, ROLE, CONTAINER_PATH, CONTAINER_URL];
const WEB_IDENTITY_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";
const CONTAINER_PATH: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const CONTAINER_URL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Credentials given directly.
#[derive(Clone, Debug)]
pub struct StaticCredentials {
    /// The access key's id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub session: Option<Secret>,
}

/// How long this room waits for what AWS brings about by itself.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Paces {
    /// A bucket that is busy, or was just made.
    pub(in crate::cloud) bucket: Pace,
    /// A user that was just made or changed.
    pub(in crate::cloud) iam: Pace,
    /// A new access key.
    pub(in crate::cloud) access_key: Pace,
    /// Whether a new access key is still there.
    pub(in crate::cloud) listed: Pace,
    /// A request to stop ends any of these waits.
    pub(in crate::cloud) stop: Stop,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            bucket: Pace::bucket(),
            iam: Pace::iam(),
            access_key: Pace::access_key(),
            listed: Pace::listed(),
            stop: Stop::default(),
        }
    }
}

/// What this run made: only of these may "there is no such thing" mean "not yet".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cloud) enum Made {
    Bucket(BucketName),
    User(UserName),
}

/// All of AWS; cheap to clone.
#[derive(Clone)]
pub struct Aws(Arc<Shared>);

struct Shared {
    settings: AwsSettings,
    meter: Meter,
    paces: Paces,
    config: OnceCell<SdkConfig>,
    trail: credentials::Trail,
    owner: OnceCell<Owner>,
    // A client is kept because its connections are: each new one would begin with a TLS handshake.
    s3: Mutex<BTreeMap<AwsRegion, aws_sdk_s3::Client>>,
    iam: OnceCell<aws_sdk_iam::Client>,
    sts: OnceCell<aws_sdk_sts::Client>,
    made: Mutex<BTreeSet<Made>>,
    /// One write at a time a bucket, whoever asks: S3 refuses concurrent ones (aws-s3-iam.md section 3).
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Aws {
    /// Checks the endpoints; nothing is loaded or sent yet.
    pub fn connect(settings: AwsSettings, meter: Meter, stop: &Stop) -> Result<Self, CloudError> {
        Self::connect_with(settings, meter, Paces { stop: stop.clone(), ..Paces::default() })
    }

    /// Clients that hardly wait, for answers by the thousand: one repetition, at once.
    #[cfg(feature = "testing")]
    pub(crate) async fn impatient(settings: AwsSettings, meter: Meter) -> Result<Self, CloudError> {
        let none = || Pace::new(Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let paces =
            Paces { bucket: none(), iam: none(), access_key: none(), listed: none(), stop: Stop::default() };
        let retries = aws_config::retry::RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::ZERO);
        let config = load::load(&settings, &credentials::Trail::default())
            .await?
            .to_builder()
            .retry_config(retries)
            .build();
        let aws = Self::connect_with(settings, meter, paces)?;
        // The cell is new, so it takes this.
        let _ = aws.0.config.set(config);
        Ok(aws)
    }

    pub(in crate::cloud) fn connect_with(
        settings: AwsSettings,
        meter: Meter,
        paces: Paces,
    ) -> Result<Self, CloudError> {
        settings.endpoints().try_for_each(load::check_endpoint)?;
        Ok(Self(Arc::new(Shared {
            settings,
            meter,
            paces,
            config: OnceCell::new(),
            trail: credentials::Trail::default(),
            owner: OnceCell::new(),
            s3: Mutex::default(),
            iam: OnceCell::new(),
            sts: OnceCell::new(),
            made: Mutex::default(),
            locks: Mutex::default(),
        })))
    }

    /// IAM, which is global.
    #[must_use]
    pub fn iam(&self) -> Iam {
        Iam::new(self.clone())
    }

    /// The account that the credentials belong to, asked once a run.
    pub async fn account(&self) -> Result<Owner, CloudError> {
        self.0.owner.get_or_try_init(|| async { Ok(self.identity().await?.account) }).await.cloned()
    }

    pub(in crate::cloud) fn paces(&self) -> &Paces {
        &self.0.paces
    }

    /// Remembers that this run made it.
    pub(in crate::cloud) fn note_made(&self, made: Made) {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).insert(made);
    }

    /// Whether this run made it.
    pub(in crate::cloud) fn has_made(&self, made: &Made) -> bool {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).contains(made)
    }

    /// The lock that writes on a bucket take.
    pub(in crate::cloud) fn bucket_lock(&self, name: &BucketName) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.to_string()).or_default())
    }

    pub(in crate::cloud) async fn s3_client(
        &self,
        region: &AwsRegion,
    ) -> Result<aws_sdk_s3::Client, CloudError> {
        let shared = self.configured().await?;
        let mut clients = self.0.s3.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || self.new_s3_client(shared, region);
        Ok(clients.entry(region.clone()).or_insert_with(make).clone())
    }

    /// Where S3 is, when not at its own address.
    pub(in crate::cloud) fn s3_endpoint(&self, shared: &SdkConfig) -> Option<String> {
        let own = self.0.settings.endpoint_s3.as_ref().map(Url::as_str);
        own.or(shared.endpoint_url()).map(str::to_owned)
    }

    pub(in crate::cloud) fn new_s3_client(
        &self,
        shared: &SdkConfig,
        region: &AwsRegion,
    ) -> aws_sdk_s3::Client {
        let endpoint = self.s3_endpoint(shared);
        let patience = throttle::Patience::of(shared);
        // A host name in an endpoint would get the bucket's name in front, and not be found.
        let config = aws_sdk_s3::config::Builder::from(shared)
            .region(Region::new(region.to_string()))
            .force_path_style(endpoint.is_some())
            .retry_classifier(patience.clone())
            .interceptor(patience)
            .interceptor(count::Counter(self.0.meter.clone()));
        let config = match &self.0.settings.endpoint_s3 {
            Some(endpoint) => config.endpoint_url(endpoint.as_str()).use_fips(false).use_dual_stack(false),
            None => config,
        };
        aws_sdk_s3::Client::from_conf(config.build())
    }

    async fn iam_client(&self) -> Result<&aws_sdk_iam::Client, CloudError> {
        let make = || async {
            let shared = self.configured().await?;
            let patience = throttle::Patience::of(shared);
            let mut config = aws_sdk_iam::config::Builder::from(shared)
                .retry_classifier(patience.clone())
                .interceptor(patience)
                .interceptor(count::Counter(self.0.meter.clone()));
            if let Some(endpoint) = &self.0.settings.endpoint_iam {
                config = config.endpoint_url(endpoint.as_str()).use_fips(false).use_dual_stack(false);
            }
            Ok(aws_sdk_iam::Client::from_conf(config.build()))
        };
        self.0.iam.get_or_try_init(make).await
    }

    async fn sts_client(&self) -> Result<&aws_sdk_sts::Client, CloudError> {
        let make = || async {
            let shared = self.configured().await?;
            let patience = throttle::Patience::of(shared);
            let mut config = aws_sdk_sts::config::Builder::from(shared)
                .retry_classifier(patience.clone())
                .interceptor(patience)
                .interceptor(count::Counter(self.0.meter.clone()));
            if let Some(endpoint) = &self.0.settings.endpoint_sts {
                config = config.endpoint_url(endpoint.as_str()).use_fips(false).use_dual_stack(false);
            }
            Ok(aws_sdk_sts::Client::from_conf(config.build()))
        };
        self.0.sts.get_or_try_init(make).await
    }

    pub(in crate::cloud) async fn configured(&self) -> Result<&SdkConfig, CloudError> {
        self.0.config.get_or_try_init(|| load::load(&self.0.settings, &self.0.trail)).await
    }
}

/// Credentials that stand in for the SDK's chain.
pub(in crate::cloud) fn provider(credentials: &StaticCredentials) -> SharedCredentialsProvider {
    let session = credentials.session.as_ref().map(|session| session.reveal().to_owned());
    let secret = credentials.secret.reveal();
    SharedCredentialsProvider::new(Credentials::new(&credentials.id, secret, session, None, "trueup"))
}

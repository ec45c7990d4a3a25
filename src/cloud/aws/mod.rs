//! The AWS clients: one configuration, loaded when the first call needs it, shared by S3, IAM and STS.
//!
//! What must not live here: what should be in an account. The services' own wrappers are `cloud::s3`, and
//! `iam` and `sts` beside this file.

mod count;
pub(crate) mod error;
mod iam;
mod sts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use tokio::sync::OnceCell;
use url::Url;

pub use iam::{AccessKeyInfo, AccessKeyPair, Iam, User};
pub use sts::Owner;

use crate::cloud::s3::S3;
use crate::cloud::{Certainty, CloudError, ErrorKind, Meter};
use crate::secret::Secret;
use crate::spec::AwsRegion;

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
    /// Credentials in place of the SDK's chain.
    pub credentials: Option<StaticCredentials>,
}

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

/// All of AWS; cheap to clone.
#[derive(Clone)]
pub struct Aws(Arc<Shared>);

struct Shared {
    settings: AwsSettings,
    meter: Meter,
    config: OnceCell<SdkConfig>,
    owner: OnceCell<Owner>,
    /// One write at a time a bucket, whoever asks: S3 refuses concurrent ones (aws-s3-iam.md section 3).
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Aws {
    /// Checks the endpoints; nothing is loaded or sent yet.
    pub fn connect(settings: AwsSettings, meter: Meter) -> Result<Self, CloudError> {
        for endpoint in
            [&settings.endpoint_s3, &settings.endpoint_iam, &settings.endpoint_sts].into_iter().flatten()
        {
            check_endpoint(endpoint)?;
        }
        let shared = Shared {
            settings,
            meter,
            config: OnceCell::new(),
            owner: OnceCell::new(),
            locks: Mutex::new(BTreeMap::new()),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// S3 in a region.
    #[must_use]
    pub fn s3(&self, region: &AwsRegion) -> S3 {
        S3::new(self.clone(), region.clone())
    }

    /// IAM, which is global.
    #[must_use]
    pub fn iam(&self) -> Iam {
        Iam::new(self.clone())
    }

    /// The account that the credentials belong to, asked once a run.
    pub async fn account(&self) -> Result<Owner, CloudError> {
        self.0.owner.get_or_try_init(|| sts::identity(self, None)).await.cloned()
    }

    /// The lock that writes on a bucket take.
    pub(super) fn bucket_lock(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(
            self.0.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default(),
        )
    }

    pub(super) async fn s3_client(
        &self,
        region: &AwsRegion,
        key: Option<&AccessKeyPair>,
    ) -> aws_sdk_s3::Client {
        let settings = &self.0.settings;
        let mut config = aws_sdk_s3::config::Builder::from(&self.configured(key).await)
            .region(Region::new(region.to_string()))
            .interceptor(count::Counter(self.0.meter.clone()));
        if let Some(endpoint) = &settings.endpoint_s3 {
            // A host name in an endpoint would get the bucket's name in front, and not be found.
            config = config.endpoint_url(endpoint.as_str()).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(super) async fn iam_client(&self) -> aws_sdk_iam::Client {
        let mut config = aws_sdk_iam::config::Builder::from(&self.configured(None).await)
            .region(Region::new(self.home_region()))
            .interceptor(count::Counter(self.0.meter.clone()));
        if let Some(endpoint) = &self.0.settings.endpoint_iam {
            config = config.endpoint_url(endpoint.as_str());
        }
        aws_sdk_iam::Client::from_conf(config.build())
    }

    pub(super) async fn sts_client(&self, key: Option<&AccessKeyPair>) -> aws_sdk_sts::Client {
        let mut config = aws_sdk_sts::config::Builder::from(&self.configured(key).await)
            .region(Region::new(self.home_region()))
            .interceptor(count::Counter(self.0.meter.clone()));
        if let Some(endpoint) = &self.0.settings.endpoint_sts {
            config = config.endpoint_url(endpoint.as_str());
        }
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// IAM and STS sign for a region too, and have no default (aws-s3-iam.md section 2).
    fn home_region(&self) -> String {
        self.0.settings.region.clone().unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The SDK's configuration, with another key's credentials when one is to be proven.
    async fn configured(&self, key: Option<&AccessKeyPair>) -> SdkConfig {
        let config = self.0.config.get_or_init(|| load(&self.0.settings)).await;
        match key {
            None => config.clone(),
            Some(key) => {
                let given =
                    StaticCredentials { id: key.id.clone(), secret: key.secret.clone(), session: None };
                config.to_builder().credentials_provider(provider(&given)).build()
            }
        }
    }
}

async fn load(settings: &AwsSettings) -> SdkConfig {
    let timeouts = aws_config::timeout::TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .app_name(aws_config::AppName::new("trueup").expect("our name has no character that is not allowed"));
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = &settings.credentials {
        loader = loader.credentials_provider(provider(credentials));
    }
    loader.load().await
}

fn provider(credentials: &StaticCredentials) -> SharedCredentialsProvider {
    let session = credentials.session.as_ref().map(|session| session.reveal().to_owned());
    let secret = credentials.secret.reveal();
    SharedCredentialsProvider::new(Credentials::new(&credentials.id, secret, session, None, "trueup"))
}

/// Plain http is for loopback alone (contract section 4).
fn check_endpoint(endpoint: &Url) -> Result<(), CloudError> {
    if endpoint.scheme() == "https" || (endpoint.scheme() == "http" && crate::cloud::is_loopback(endpoint)) {
        return Ok(());
    }
    Err(CloudError {
        operation: "aws:connect".to_owned(),
        service: endpoint.host_str().unwrap_or_default().to_owned(),
        kind: ErrorKind::Invalid,
        status: None,
        id: None,
        message: "plain http is refused except on loopback".to_owned(),
        request_id: None,
        certainty: Certainty::NotDone,
    })
}

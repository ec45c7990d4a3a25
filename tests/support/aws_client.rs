//! The AWS half of an embedded cloud, spoken to by the official SDK over loopback HTTP.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries, each of which uses a part"
)]

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use trueup::sandbox::{Knobs, Options, Sandbox};

pub const ROOT: (&str, &str) = ("AKIASANDBOXROOT00000", "sandbox-root-secret");
pub const OTHER: (&str, &str) = ("AKIAOTHERROOT0000000", "other-root-secret");

/// The AWS half of an embedded cloud, and the SDK clients that ask it.
pub struct Cloud(Sandbox);

impl Cloud {
    pub async fn start(knobs: Knobs) -> Self {
        Self(Sandbox::start(Options { knobs, ..Options::default() }).await.unwrap())
    }

    pub async fn fresh() -> Self {
        Self::start(knobs()).await
    }

    async fn config(&self, key: (&str, &str), region: &'static str) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static(region))
            .credentials_provider(Credentials::new(key.0, key.1, None, None, "test"))
            .endpoint_url(self.0.url())
            .load()
            .await
    }

    pub async fn s3_as(&self, key: (&str, &str), region: &'static str) -> aws_sdk_s3::Client {
        let config = self.config(key, region).await;
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub async fn s3(&self) -> aws_sdk_s3::Client {
        self.s3_as(ROOT, "us-east-1").await
    }

    pub async fn iam(&self) -> aws_sdk_iam::Client {
        self.iam_as(ROOT).await
    }

    pub async fn iam_as(&self, key: (&str, &str)) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config(key, "us-east-1").await)
    }

    pub async fn sts(&self, key: (&str, &str)) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config(key, "us-east-1").await)
    }

    /// The us-east-1 client of the root, and a bucket `uploads`.
    pub async fn with_bucket(&self) -> aws_sdk_s3::Client {
        let s3 = self.s3().await;
        s3.create_bucket().bucket("uploads").send().await.unwrap();
        s3
    }

    /// A user `app` with one inline policy, and its key.
    pub async fn user_with_policy(&self, document: &str) -> (String, String) {
        let iam = self.iam().await;
        iam.create_user().user_name("app").send().await.unwrap();
        let put = iam.put_user_policy().user_name("app").policy_name("app").policy_document(document);
        put.send().await.unwrap();
        let key = iam.create_access_key().user_name("app").send().await.unwrap().access_key.unwrap();
        (key.access_key_id, key.secret_access_key)
    }
}

/// The error code of a call that must fail; the status, where the answer to a HEAD has no body.
pub fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    outcome: Result<T, SdkError<E>>,
) -> String {
    let error = outcome.expect_err("the call was to be refused");
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) => format!("{status} {code}"),
        None => status.to_string(),
    }
}

/// New keys work at once; the test of their delay says otherwise.
pub fn knobs() -> Knobs {
    Knobs { key_propagation: Duration::ZERO, ..Knobs::default() }
}

//! Loading the SDK's configuration: region, time-outs, credentials, and which endpoints are safe.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig, imds};
use url::Url;

use super::{AwsSettings, provider};
use crate::cloud::{CloudError, ErrorKind, Service};

/// Where IAM and STS are signed for when nothing says a region: both know no default (aws-s3-iam.md section 2).
const HOME_REGION: &str = "us-east-1";

/// How long one attempt of a call may take, as with Heroku.
const USUAL_PATIENCE: Duration = Duration::from_secs(30);

/// How long EC2's metadata service may take: it answers within milliseconds where it exists.
const METADATA_PATIENCE: Duration = Duration::from_millis(400);

/// The configuration that all clients share, from the settings and then the SDK's own files and variables.
pub(super) async fn load(settings: &AwsSettings) -> Result<SdkConfig, CloudError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(settings.timeout.unwrap_or(USUAL_PATIENCE))
        .build();
    let region = region(settings).region().await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .region(region.clone())
        .app_name(AppName::new("trueup").expect("our name has no character that is not allowed"));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    let loader = match &settings.credentials {
        Some(credentials) => loader.credentials_provider(provider(credentials)),
        None => loader.credentials_provider(chain(settings, region).await),
    };
    let config = loader.load().await;
    // An endpoint of the SDK's own file is held to the same rule.
    if let Some(text) = config.endpoint_url() {
        let endpoint = Url::parse(text).map_err(|_| refused(text, "it is not a URL"))?;
        check_endpoint(&endpoint)?;
    }
    Ok(config)
}

/// The SDK's chain of sources, in its order, but with less patience for the last one: outside EC2 there is no
/// metadata service, and the calls that wait for credentials ask for it one after another.
async fn chain(settings: &AwsSettings, region: Option<Region>) -> DefaultCredentialsChain {
    let context = ProviderConfig::without_region().with_region(region.clone());
    let metadata = imds::Client::builder()
        .configure(&context)
        .connect_timeout(METADATA_PATIENCE)
        .read_timeout(METADATA_PATIENCE)
        .max_attempts(1)
        .build();
    let chain = DefaultCredentialsChain::builder().configure(context).imds_client(metadata);
    let chain = chain.region(RegionProviderChain::first_try(region));
    match &settings.profile {
        Some(profile) => chain.profile_name(profile),
        None => chain,
    }
    .build()
    .await
}

/// The SDK's own way would end at the metadata service of a machine in EC2, and wait for it everywhere else.
fn region(settings: &AwsSettings) -> RegionProviderChain {
    let profile = ProfileFileRegionProvider::builder();
    let profile = match &settings.profile {
        Some(name) => profile.profile_name(name),
        None => profile,
    };
    RegionProviderChain::first_try(settings.region.clone().map(Region::new))
        .or_else(profile.build())
        .or_else(HOME_REGION)
}

/// Plain http is for loopback alone.
pub(super) fn check_endpoint(endpoint: &Url) -> Result<(), CloudError> {
    let host = endpoint.host_str().unwrap_or_default();
    match endpoint.scheme() {
        "https" => Ok(()),
        "http" if crate::cloud::is_loopback(endpoint) => Ok(()),
        "http" => Err(refused(host, "plain http is refused except on loopback")),
        scheme => Err(refused(host, &format!("`{scheme}` is not a scheme for an API, use https"))),
    }
}

fn refused(host: &str, why: &str) -> CloudError {
    CloudError::new(Service::AwsAt(host.to_owned()), "connect", ErrorKind::BadAddress, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Meter;
    use crate::cloud::aws::Aws;

    fn connect(endpoint: &str) -> Result<Aws, CloudError> {
        let endpoint_iam = Some(Url::parse(endpoint).unwrap());
        Aws::connect(AwsSettings { endpoint_iam, ..AwsSettings::default() }, Meter::default())
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for allowed in
            ["https://iam.example", "http://127.0.0.1:4566", "http://[::1]:4566", "http://localhost:4566"]
        {
            assert!(connect(allowed).is_ok(), "{allowed}");
        }
        for (refused, host, why) in [
            ("http://iam.example", "iam.example", "plain http"),
            ("http://10.0.0.1:4566", "10.0.0.1", "plain http"),
            ("http://localhost.evil.example", "localhost.evil.example", "plain http"),
            ("ftp://127.0.0.1", "127.0.0.1", "`ftp`"),
        ] {
            let error = connect(refused).err().unwrap();
            assert_eq!(
                (error.kind, error.service.to_string().as_str()),
                (ErrorKind::BadAddress, host),
                "{refused}"
            );
            assert!(error.message.starts_with(why), "{error}");
        }
    }
}

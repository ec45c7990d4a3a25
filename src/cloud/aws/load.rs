//! Loading the SDK's configuration: region, time-outs, credentials, and which endpoints are safe.

use std::path::Path;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds::{self, credentials::ImdsCredentialsProvider};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::SharedHttpClient;
use url::Url;

use super::credentials::{self, Sendable, Source, Trail};
use super::profile::Files;
use super::switches::{self, Switches};
use super::{AwsSettings, CONTAINER_PATH, CONTAINER_URL, ROLE, WEB_IDENTITY_FILE, http, provider};
use crate::cloud::{CloudError, ErrorKind, Proxy, Service};

/// Where IAM and STS are signed for when nothing says a region: both know no default (aws-s3-iam.md section 2).
const HOME_REGION: &str = "us-east-1";

/// A part of a host's name is no longer.
const LONGEST_LABEL: usize = 63;

/// How long one attempt of a call may take, as with Heroku.
const USUAL_PATIENCE: Duration = Duration::from_secs(30);

/// How long EC2's metadata service may take: it answers within milliseconds where it exists.
const METADATA_PATIENCE: Duration = Duration::from_millis(400);

/// The configuration that all clients share, from the settings and then the SDK's own files and variables.
pub(super) async fn load(settings: &AwsSettings, trail: &Trail) -> Result<SdkConfig, CloudError> {
    if settings.credentials.is_some() {
        trail.note_found("AWS_ACCESS_KEY_ID");
    }
    if settings.is_closed {
        return Ok(closed(settings));
    }
    let files = Files::read(settings).await?;
    let retries = retries(settings, &files)?;
    let region = region(settings, &files)?;
    let switches = Switches::read(settings, &files).await?;
    let nothing_on_the_way = Proxy::default();
    let proxy = if is_all_here(settings) { &nothing_on_the_way } else { &settings.proxy };
    let http = http::remote(certificates(settings, &files).await?.as_deref(), proxy)?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts(settings))
        .retry_config(retries)
        .profile_files(files.files.clone())
        .profile_name(files.name())
        .http_client(http.clone())
        .region(region.clone())
        .use_fips(switches.fips)
        .use_dual_stack(switches.dualstack)
        .app_name(app_name());
    loader = if let Some(credentials) = &settings.credentials {
        credentials::check(credentials)?;
        loader.credentials_provider(provider(credentials))
    } else {
        files.refuse_mfa()?;
        let file = files.web_identity().or(settings.web_identity_file.as_deref());
        if let Some(file) = file {
            trail.note_web_identity(file);
        }
        loader.credentials_provider(Sendable(chain(settings, &files, region, http, trail)))
    };
    let config = loader.load().await;
    // An endpoint of the SDK's own file is held to the same rule.
    let Some(text) = config.endpoint_url() else { return Ok(config) };
    let endpoint = Url::parse(text).map_err(|_| refused(text, "it is not a URL"))?;
    check_endpoint(&endpoint)?;
    Ok(if crate::cloud::is_loopback(&endpoint) {
        config.to_builder().use_fips(false).use_dual_stack(false).build()
    } else {
        config
    })
}

/// Whether all services are on this machine, so that no proxy matters.
fn is_all_here(settings: &AwsSettings) -> bool {
    let endpoints = [&settings.endpoint_s3, &settings.endpoint_iam, &settings.endpoint_sts];
    endpoints.into_iter().all(|endpoint| endpoint.as_ref().is_some_and(crate::cloud::is_loopback))
}

/// A configuration that the settings alone make: no file, no variable and no proxy has a part in it.
fn closed(settings: &AwsSettings) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .timeout_config(timeouts(settings))
        .retry_config(RetryConfig::standard())
        .region(Region::new(settings.region.clone().unwrap_or_else(|| HOME_REGION.to_owned())))
        .app_name(app_name())
        .identity_cache(IdentityCache::lazy().build())
        .http_client(http::direct());
    config.set_credentials_provider(settings.credentials.as_ref().map(provider));
    config.build()
}

fn app_name() -> AppName {
    AppName::new("trueup").expect("our name has no character that is not allowed")
}

fn timeouts(settings: &AwsSettings) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(settings.timeout.unwrap_or(USUAL_PATIENCE))
        .build()
}

/// How calls are tried again. The SDK panics at what it does not know, also at `legacy`, which is a mode of other
/// tools that share the file and nothing to complain about.
fn retries(settings: &AwsSettings, files: &Files) -> Result<RetryConfig, CloudError> {
    let named = |given: &Option<String>, variable: &str, key: &str| match given {
        Some(value) => Some((value.clone(), format!("the environment variable `{variable}`"))),
        None => files.get(key).map(|value| (value.to_owned(), files.named(key))),
    };
    let mut retries = RetryConfig::standard();
    if let Some((value, name)) = named(&settings.retry_mode, "AWS_RETRY_MODE", "retry_mode") {
        retries = retries.with_retry_mode(match value.to_ascii_lowercase().as_str() {
            "standard" | "legacy" => RetryMode::Standard,
            "adaptive" => RetryMode::Adaptive,
            _ => {
                return Err(CloudError::unusable(format!(
                    "{name} is not `standard`, `adaptive` or `legacy`"
                )));
            }
        });
    }
    if let Some((value, name)) = named(&settings.max_attempts, "AWS_MAX_ATTEMPTS", "max_attempts") {
        let most = value.parse().ok().filter(|most| *most > 0);
        retries = retries.with_max_attempts(
            most.ok_or_else(|| CloudError::unusable(format!("{name} is not a number from 1 upwards")))?,
        );
    }
    Ok(retries)
}

/// The certificates to trust in place of the system's.
async fn certificates(settings: &AwsSettings, files: &Files) -> Result<Option<Vec<u8>>, CloudError> {
    if let Some(path) = &settings.ca_bundle {
        return http::certificates(path, "AWS_CA_BUNDLE").await.map(Some);
    }
    match files.get("ca_bundle") {
        Some(path) => http::certificates(Path::new(path), &files.named("ca_bundle")).await.map(Some),
        None => Ok(None),
    }
}

/// The SDK's chain of sources after its variables, which the settings hold: in its order, without those whose
/// variables are set to nothing, and with less patience for the last one. Outside EC2 there is no metadata service,
/// and the calls that wait for credentials ask for it one after another.
fn chain(
    settings: &AwsSettings,
    files: &Files,
    region: Region,
    http: SharedHttpClient,
    trail: &Trail,
) -> CredentialsProviderChain {
    let context = ProviderConfig::without_region().with_region(Some(region)).with_http_client(http);
    let metadata = imds::Client::builder()
        .configure(&context)
        .connect_timeout(METADATA_PATIENCE)
        .read_timeout(METADATA_PATIENCE)
        .max_attempts(1)
        .build();
    let is_set = |variables: &[&str]| !variables.iter().any(|name| settings.without.contains(name));
    let variables = EnvironmentVariableCredentialsProvider::new();
    let variables = source("AWS_ACCESS_KEY_ID", variables, trail);
    let mut chain = CredentialsProviderChain::first_try("Environment", variables);
    // A profile that was named has to be there; without a name, there need be none.
    if settings.profile.is_some() || files.has_profile() {
        let profile = ProfileFileCredentialsProvider::builder()
            .configure(&context)
            .profile_files(files.files.clone())
            .profile_name(files.name());
        let name = format!("the profile `{}`", files.name());
        chain = chain.or_else("Profile", source(&name, profile.build(), trail));
    }
    if is_set(&[WEB_IDENTITY_FILE, ROLE]) {
        let web = WebIdentityTokenCredentialsProvider::builder().configure(&context).build();
        chain = chain.or_else("WebIdentityToken", source(WEB_IDENTITY_FILE, web, trail));
    }
    if is_set(&[CONTAINER_PATH, CONTAINER_URL]) {
        let container = EcsCredentialsProvider::builder().configure(&context).build();
        let container = source(switches::container(settings), container, trail);
        chain = chain.or_else("EcsContainer", Source { is_nearby: true, ..container });
    }
    let machine = ImdsCredentialsProvider::builder().configure(&context).imds_client(metadata).build();
    chain.or_else("Ec2InstanceMetadata", source("the machine in EC2", machine, trail))
}

fn source<P>(name: &str, provider: P, trail: &Trail) -> Source<P> {
    Source { name: name.to_owned(), provider, trail: trail.clone(), is_nearby: false }
}

/// The SDK's own way would end at the metadata service of a machine in EC2, and wait for it everywhere else.
fn region(settings: &AwsSettings, files: &Files) -> Result<Region, CloudError> {
    let given = settings.region.as_deref();
    let name = given.or_else(|| files.get("region")).unwrap_or(HOME_REGION);
    // It becomes a part of host names.
    let is_label =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && name.len() <= LONGEST_LABEL
            && !name.starts_with('-')
            && !name.ends_with('-');
    if is_label {
        return Ok(Region::new(name.to_owned()));
    }
    let named = match given {
        Some(_) => "the environment variable `AWS_REGION` (or `AWS_DEFAULT_REGION`)".to_owned(),
        None => files.named("region"),
    };
    Err(CloudError::unusable(format!("{named} is not the name of a region, such as `{HOME_REGION}`")))
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
    use crate::cloud::aws::Aws;
    use crate::cloud::{Meter, Stop};

    fn connect(endpoint: &str) -> Result<Aws, CloudError> {
        let endpoint_iam = Some(Url::parse(endpoint).unwrap());
        Aws::connect(
            AwsSettings { endpoint_iam, ..AwsSettings::default() },
            Meter::default(),
            &Stop::default(),
        )
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

//! The HTTP client of the SDK: whom it trusts, and when it goes through a proxy.

use std::path::Path;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use url::Url;

use super::load::unusable;
use crate::cloud::CloudError;

/// A client for the services' own addresses: through the operator's proxy, trusting a company's certificates in place
/// of the system's when there are some.
pub(super) fn remote(certificates: Option<&[u8]>) -> SharedHttpClient {
    client(certificates, true)
}

/// A client for this machine, which no proxy may come between.
pub(super) fn direct() -> SharedHttpClient {
    client(None, false)
}

/// The client for an endpoint of the operator's.
pub(super) fn towards(endpoint: &Url, shared: &SdkConfig) -> SharedHttpClient {
    match shared.http_client() {
        Some(client) if !crate::cloud::is_loopback(endpoint) => client,
        _ => direct(),
    }
}

fn client(certificates: Option<&[u8]>, through_proxy: bool) -> SharedHttpClient {
    let trusted = certificates.map(|pem| TrustStore::empty().with_pem_certificate(pem));
    Builder::new().build_with_connector_fn(move |settings, components| {
        let proxy = if through_proxy { ProxyConfig::from_env() } else { ProxyConfig::disabled() };
        let mut connector = ConnectorBuilder::default()
            .proxy_config(proxy)
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        if let Some(trusted) = &trusted {
            let context = TlsContext::builder().with_trust_store(trusted.clone()).build();
            connector = connector.tls_context(context.expect("a trust store alone is always valid"));
        }
        connector.build()
    })
}

/// The certificates in a file. The SDK panics at one that it cannot read, so they are tried here before.
pub(super) async fn certificates(path: &Path, named_by: &str) -> Result<Vec<u8>, CloudError> {
    let refused = |why: String| unusable(format!("`{}`, which {named_by} names, {why}", path.display()));
    let pem = tokio::fs::read(path).await.map_err(|error| refused(format!("cannot be read ({error})")))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|_| refused("holds no certificates in PEM form".to_owned()))?;
    if found.is_empty() {
        return Err(refused("holds no certificates in PEM form".to_owned()));
    }
    let tried = reqwest::Client::builder().no_proxy().tls_certs_only(found).build();
    tried.map_err(|_| refused("holds a certificate that cannot be understood".to_owned()))?;
    Ok(pem)
}

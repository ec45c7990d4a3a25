//! The HTTP client of the SDK: whom it trusts, and when it goes through a proxy.

use std::path::Path;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{RuntimeComponents, SharedHttpClient};
use aws_sdk_s3::error::{BoxError, ConnectorError};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use url::Url;

use super::load::unusable;
use crate::cloud::{CloudError, Proxy};

/// A client for the services' own addresses: through the operator's proxy, trusting a company's certificates in place
/// of the system's when there are some.
pub(super) fn remote(certificates: Option<&[u8]>, proxy: &Proxy) -> Result<SharedHttpClient, CloudError> {
    let Some(hop) = proxy.hop()? else { return Ok(client(certificates, ProxyConfig::disabled())) };
    let config = ProxyConfig::https(hop.address.reveal()).map_err(|error| unusable(error.to_string()))?;
    let client = client(certificates, config.no_proxy(proxy.except()));
    Ok(SharedHttpClient::new(Through { client, proxy: proxy.clone() }))
}

/// A client for this machine, which no proxy may come between.
pub(super) fn direct() -> SharedHttpClient {
    client(None, ProxyConfig::disabled())
}

/// The client for an endpoint of the operator's.
pub(super) fn towards(endpoint: &Url, shared: &SdkConfig) -> SharedHttpClient {
    match shared.http_client() {
        Some(client) if !crate::cloud::is_loopback(endpoint) => client,
        _ => direct(),
    }
}

fn client(certificates: Option<&[u8]>, proxy: ProxyConfig) -> SharedHttpClient {
    let trusted = certificates.map(|pem| TrustStore::empty().with_pem_certificate(pem));
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .proxy_config(proxy.clone())
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

/// A client whose failures name the proxy on the way.
#[derive(Debug)]
struct Through {
    client: SharedHttpClient,
    proxy: Proxy,
}

impl HttpClient for Through {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(ConnectorThrough { connector, proxy: self.proxy.clone() })
    }
}

#[derive(Debug)]
struct ConnectorThrough {
    connector: SharedHttpConnector,
    proxy: Proxy,
}

impl HttpConnector for ConnectorThrough {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = Url::parse(request.uri()).ok();
        let hop = url.and_then(|url| self.proxy.towards(&url).ok().flatten());
        let answer = self.connector.call(request);
        let Some(hop) = hop else { return answer };
        HttpConnectorFuture::new(async move { answer.await.map_err(|error| named(error, hop.shown)) })
    }
}

/// A failure on the way through a proxy.
#[derive(Debug, thiserror::Error)]
#[error("through the proxy {via}: {source}")]
pub(super) struct ProxyFailure {
    /// The proxy, for people.
    pub(super) via: String,
    source: BoxError,
}

/// The same failure, with the proxy that it came through.
fn named(error: ConnectorError, via: String) -> ConnectorError {
    let (is_timeout, is_io, is_user, kind) =
        (error.is_timeout(), error.is_io(), error.is_user(), error.as_other());
    let source = Box::new(ProxyFailure { via, source: error.into_source() });
    match () {
        () if is_timeout => ConnectorError::timeout(source),
        () if is_io => ConnectorError::io(source),
        () if is_user => ConnectorError::user(source),
        () => ConnectorError::other(source, kind),
    }
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

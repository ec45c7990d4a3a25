//! The HTTP client of the SDK: whom it trusts, and when it goes through a proxy.

use std::path::Path;

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

use crate::cloud::{CloudError, Proxy};

/// The client for all services: through the operator's proxy, except to this machine, trusting a company's certificates
/// in place of the system's when there are some.
pub(super) fn remote(certificates: Option<&[u8]>, proxy: &Proxy) -> Result<SharedHttpClient, CloudError> {
    let direct = client(certificates, ProxyConfig::disabled());
    let proxied = match proxy.hop()? {
        None => direct.clone(),
        Some(hop) => {
            let config = ProxyConfig::https(hop.address.reveal())
                .map_err(|error| CloudError::unusable(error.to_string()))?;
            client(certificates, config.no_proxy(proxy.except()))
        }
    };
    Ok(SharedHttpClient::new(Ways { direct, proxied, proxy: proxy.clone() }))
}

/// A client for this machine, which no proxy may come between.
pub(super) fn direct() -> SharedHttpClient {
    client(None, ProxyConfig::disabled())
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

/// A client that knows for each request where it goes and whether a proxy is on the way, and names both when it fails.
#[derive(Clone, Debug)]
struct Ways {
    direct: SharedHttpClient,
    proxied: SharedHttpClient,
    proxy: Proxy,
}

impl HttpClient for Ways {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let (ways, settings, components) = (self.clone(), settings.clone(), components.clone());
        SharedHttpConnector::new(WaysConnector { ways, settings, components })
    }
}

#[derive(Debug)]
struct WaysConnector {
    ways: Ways,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for WaysConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = Url::parse(request.uri()).ok();
        // What is no proxy was refused when the client was made.
        let hop = url.as_ref().and_then(|url| self.ways.proxy.towards(url).ok().flatten());
        let host = url.as_ref().and_then(host);
        let client = if hop.is_some() { &self.ways.proxied } else { &self.ways.direct };
        // The clients keep their connectors.
        let answer = client.http_connector(&self.settings, &self.components).call(request);
        let via = hop.map(|hop| hop.shown);
        HttpConnectorFuture::new(async move { answer.await.map_err(|error| named(error, host, via)) })
    }
}

/// `127.0.0.1:8899`, `s3.us-east-1.amazonaws.com`.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A failure on the way to a host.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub(super) struct WayFailure {
    /// Where it was to go, for people.
    pub(super) host: Option<String>,
    /// The proxy on the way, for people.
    pub(super) via: Option<String>,
    source: BoxError,
}

/// The same failure, with where the request was to go and the proxy that it came through.
fn named(error: ConnectorError, host: Option<String>, via: Option<String>) -> ConnectorError {
    let (is_timeout, is_io, is_user, kind) =
        (error.is_timeout(), error.is_io(), error.is_user(), error.as_other());
    let source = Box::new(WayFailure { host, via, source: error.into_source() });
    match () {
        () if is_timeout => ConnectorError::timeout(source),
        () if is_io => ConnectorError::io(source),
        () if is_user => ConnectorError::user(source),
        () => ConnectorError::other(source, kind),
    }
}

/// The certificates in a file. The SDK panics at one that it cannot read, so they are tried here before.
pub(super) async fn certificates(path: &Path, named_by: &str) -> Result<Vec<u8>, CloudError> {
    let refused =
        |why: String| CloudError::unusable(format!("`{}`, which {named_by} names, {why}", path.display()));
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

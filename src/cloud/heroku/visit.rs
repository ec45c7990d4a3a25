//! A visit of the app itself, as a browser makes it: no token, and no redirect is followed.
//!
//! What must not live here: calls of the API.

use std::net::IpAddr;

use url::Url;

use super::endpoint::{self, Endpoint};
use super::failure::root_cause;
use super::{CloudError, ErrorKind, Heroku};
use crate::cloud::{Service, is_loopback};

impl Heroku {
    /// Asks for a page of the app; gives the status of the answer.
    pub async fn visit(&self, page: &Url) -> Result<u16, CloudError> {
        self.visit_at(page, None).await
    }

    /// The same, of the host at that address.
    pub async fn visit_at(&self, page: &Url, address: Option<IpAddr>) -> Result<u16, CloudError> {
        let operation = format!("GET {page}");
        let mut site = page.clone();
        site.set_path("/");
        site.set_query(None);
        let endpoint = Endpoint::new(&site, &self.visitor.proxy)?;
        let limits = (self.visitor.connect, self.visitor.request);
        let client = endpoint::client_to(&endpoint, address, &self.visitor.user_agent, limits)?;
        let answer = client.get(page.clone()).send().await.map_err(|failure| {
            let kind = match () {
                () if failure.is_timeout() => ErrorKind::TimedOut,
                () if failure.is_connect() => ErrorKind::Unreachable,
                () => ErrorKind::Malformed,
            };
            let cause = match kind {
                ErrorKind::TimedOut => "no answer came in time".to_owned(),
                _ => root_cause(&failure),
            };
            let service = Service::Heroku(endpoint.name.clone());
            CloudError { via: endpoint.via(), ..CloudError::new(service, operation.as_str(), kind, cause) }
        })?;
        Ok(answer.status().as_u16())
    }

    /// Whether Heroku is on this machine, as the embedded cloud is: then no app of its own runs anywhere else.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.visitor.is_here
    }
}

/// What a visit takes of the settings.
#[derive(Clone)]
pub(super) struct Visitor {
    proxy: crate::cloud::Proxy,
    user_agent: String,
    connect: std::time::Duration,
    request: std::time::Duration,
    is_here: bool,
}

impl Visitor {
    pub(super) fn of(settings: &super::HerokuSettings, timing: &super::transport::Timing) -> Self {
        Self {
            proxy: settings.proxy.clone(),
            user_agent: settings.user_agent.clone(),
            connect: timing.connect,
            request: timing.request,
            is_here: is_loopback(&settings.api_url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn a_page_is_asked_for_without_the_token_and_its_status_is_told() {
        for status in [200, 301, 503] {
            let server = Server::always(Reply::new(status, "")).await;
            let page = server.url.join("up").unwrap();
            assert_eq!(server.heroku().visit(&page).await.unwrap(), status);
            let seen = server.only();
            assert_eq!((seen.call.as_str(), seen.header("authorization")), ("GET /up", None));
        }
    }

    #[tokio::test]
    async fn a_host_is_looked_for_at_the_address_that_is_told() {
        let server = Server::always(Reply::new(200, "")).await;
        let mut page = server.url.join("up").unwrap();
        page.set_host(Some("nowhere.localhost")).unwrap();
        let status = server.heroku().visit_at(&page, Some([127, 0, 0, 1].into())).await;
        assert_eq!(status.unwrap(), 200);
        assert!(server.only().header("host").unwrap().starts_with("nowhere.localhost:"));
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_alone() {
        let server = Server::always(Reply::new(200, "")).await;
        let page = Url::parse("http://ledger.example/up").unwrap();
        let error = server.heroku().visit(&page).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAddress, "{error}");
        assert!(server.calls().is_empty());
    }
}

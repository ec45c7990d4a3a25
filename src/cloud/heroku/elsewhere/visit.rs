//! A visit of the app itself, as a browser makes it: no token, and no redirect is followed.
//!
//! What must not live here: calls of the API.

use std::net::IpAddr;

use url::Url;

use super::super::endpoint::Endpoint;
use super::super::{CloudError, Heroku};
use super::{site, unanswered};

impl Heroku {
    /// Asks for a page of the app; gives the status of the answer.
    pub async fn visit(&self, page: &Url) -> Result<u16, CloudError> {
        self.visit_at(page, None).await
    }

    /// The same, of the host at that address.
    pub async fn visit_at(&self, page: &Url, address: Option<IpAddr>) -> Result<u16, CloudError> {
        let endpoint = Endpoint::new(&site(page), &self.elsewhere.proxy)?;
        let there = self.elsewhere.there(page.clone(), endpoint, address)?;
        let answer = there.client.get(there.url.clone()).send().await;
        let answer = answer.map_err(|failure| unanswered(&format!("GET {page}"), &there, &failure))?;
        Ok(answer.status().as_u16())
    }

    /// Whether Heroku is on this machine, as the embedded cloud is: then no app of its own runs anywhere else.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.elsewhere.is_here
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::ErrorKind;
    use crate::cloud::heroku::testing::{Reply, Server};

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

//! Domains: under which names an app is reached, and where their DNS is to point (heroku-api.md section 7).
//!
//! What must not live here: waiting until one is ready, certificates, and looking names up.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};
use crate::spec::Hostname;

/// A domain of an app.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Domain {
    /// Its UUID.
    pub id: String,
    /// The name as Heroku keeps it: in lower case, international letters in their `xn--` form.
    pub hostname: String,
    /// Whether it was added; every app also has one that Heroku gave it.
    pub is_custom: bool,
    /// Where its DNS is to point. Not known right after it was added, and not there for the one that Heroku gave.
    pub cname: Option<String>,
    /// How far Heroku is with it.
    pub status: DomainStatus,
    /// How far Heroku is with its certificate, where it manages that: `pending`, `cert issued`.
    #[serde(skip)]
    pub acm_status: Option<String>,
    /// Why it is no farther.
    #[serde(skip)]
    pub acm_reason: Option<String>,
    /// The UUID of the endpoint that serves its certificate, if one does.
    #[serde(skip)]
    pub endpoint: Option<String>,
}

/// How far Heroku is with a domain.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum DomainStatus {
    /// There is nothing to do for it.
    None,
    /// Being added.
    Pending,
    /// Added.
    Succeeded,
    /// A status that this version does not know, as served: a failure, by all that is known.
    Other(String),
}

#[derive(Deserialize)]
struct WireDomain {
    id: String,
    hostname: String,
    #[serde(default, deserialize_with = "or_default")]
    kind: String,
    cname: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    acm_status: Option<String>,
    acm_status_reason: Option<String>,
    sni_endpoint: Option<WireReference>,
}

#[derive(Deserialize)]
struct WireReference {
    id: String,
}

impl From<WireDomain> for Domain {
    fn from(wire: WireDomain) -> Self {
        Self {
            id: wire.id,
            hostname: wire.hostname.to_ascii_lowercase(),
            // Whatever kinds there may be one day: only Heroku's own is not the operator's.
            is_custom: wire.kind != "heroku",
            cname: wire.cname.filter(|cname| !cname.is_empty()),
            status: DomainStatus::from(wire.status),
            acm_status: wire.acm_status,
            acm_reason: wire.acm_status_reason,
            endpoint: wire.sni_endpoint.map(|endpoint| endpoint.id),
        }
    }
}

impl From<String> for DomainStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "none" | "" => Self::None,
            "pending" => Self::Pending,
            "succeeded" => Self::Succeeded,
            _ => Self::Other(status),
        }
    }
}

#[derive(Serialize)]
struct WireNewDomain<'a> {
    hostname: &'a str,
    /// Must be sent. Null lets Heroku choose the certificate.
    sni_endpoint: Option<&'a str>,
}

impl Heroku {
    /// The app's domains, the one that Heroku gave it included.
    pub async fn domains(&self, app: &str) -> Result<Vec<Domain>, CloudError> {
        let wire: Vec<WireDomain> = self.list(Call::get(&["apps", app, "domains"])).await?;
        Ok(wire.into_iter().map(Domain::from).collect())
    }

    /// One domain of the app, by UUID or hostname; `None` when the app has no such domain.
    pub async fn domain(&self, app: &str, id_or_hostname: &str) -> Result<Option<Domain>, CloudError> {
        let call = Call::get(&["apps", app, "domains", id_or_hostname]);
        let wire: Option<WireDomain> = self.fetch_optional(call).await?;
        Ok(wire.map(Domain::from))
    }

    /// Adds a domain to the app, as it was written. A name that any app has, this one included, is `ErrorKind::Invalid`. Makes no
    /// release.
    pub async fn add_domain(&self, app: &str, hostname: &Hostname) -> Result<Domain, CloudError> {
        let body = WireNewDomain { hostname: hostname.written(), sni_endpoint: None };
        self.fetch::<WireDomain>(Call::post(&["apps", app, "domains"], &body)).await.map(Domain::from)
    }

    /// Removes a domain from the app, by its UUID. Makes no release.
    pub async fn remove_domain(&self, app: &str, id: &str) -> Result<(), CloudError> {
        self.gone(Call::delete(&["apps", app, "domains", id])).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;
    use crate::cloud::{Certainty, ErrorKind};

    fn hostname(text: &str) -> Hostname {
        Hostname::parse(text).unwrap()
    }

    fn added() -> Value {
        json!({
            "id": "d1", "hostname": "app.ledger.example", "kind": "custom", "status": "pending", "cname": null,
            "acm_status": null, "acm_status_reason": null, "app": { "id": "1", "name": "ledger" }, "sni_endpoint": null,
            "created_at": "2026-11-23T08:00:00Z", "updated_at": "2026-11-23T08:00:00Z"
        })
    }

    #[tokio::test]
    async fn the_domain_that_heroku_gave_is_told_apart_from_those_that_were_added() {
        let given = json!({
            "id": "d0", "hostname": "ledger-1a2b.herokuapp.com", "kind": "heroku", "status": "none", "cname": null
        });
        let ready = json!({
            "id": "d2", "hostname": "*.Ledger.Example", "kind": "custom", "status": "succeeded",
            "cname": "tranquil-otter-1.herokudns.com", "sni_endpoint": { "id": "e1", "name": "akita-7" }
        });
        let server = Server::always(Reply::json(json!([given, ready]))).await;
        let [given, ready] = server.heroku().domains("ledger").await.unwrap().try_into().unwrap();
        assert_eq!((given.is_custom, given.cname, given.status), (false, None, DomainStatus::None));
        let expected = Domain {
            id: "d2".to_owned(),
            hostname: "*.ledger.example".to_owned(),
            is_custom: true,
            cname: Some("tranquil-otter-1.herokudns.com".to_owned()),
            status: DomainStatus::Succeeded,
            acm_status: None,
            acm_reason: None,
            endpoint: Some("e1".to_owned()),
        };
        assert_eq!(ready, expected);
        assert_eq!(server.calls(), ["GET /apps/ledger/domains"]);
    }

    #[tokio::test]
    async fn a_domain_is_read_from_the_least_that_could_come() {
        for least in [
            json!({ "id": "d1", "hostname": "app.ledger.example" }),
            json!({ "id": "d1", "hostname": "app.ledger.example", "kind": null, "cname": "", "status": null }),
        ] {
            let server = Server::always(Reply::json(least)).await;
            let domain = server.heroku().domain("ledger", "d1").await.unwrap().unwrap();
            assert_eq!((domain.is_custom, domain.cname, domain.status), (true, None, DomainStatus::None));
        }
    }

    #[test]
    fn statuses_have_their_names() {
        for (text, expected) in [
            ("none", DomainStatus::None),
            ("pending", DomainStatus::Pending),
            ("succeeded", DomainStatus::Succeeded),
            ("failed", DomainStatus::Other("failed".to_owned())),
        ] {
            assert_eq!(DomainStatus::from(text.to_owned()), expected);
        }
    }

    #[tokio::test]
    async fn a_new_domain_is_sent_as_it_was_written_with_both_keys() {
        let server = Server::always(Reply::new(201, added().to_string())).await;
        let domain = server.heroku().add_domain("ledger", &hostname("App.Ledger.Example")).await.unwrap();
        assert_eq!((domain.status, domain.cname), (DomainStatus::Pending, None));
        let seen = server.only();
        assert_eq!(seen.call, "POST /apps/ledger/domains");
        assert_eq!(seen.body, json!({ "hostname": "App.Ledger.Example", "sni_endpoint": null }));
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_refused_in_the_services_words() {
        let message = "app.ledger.example is currently in use by another app.";
        let server = Server::always(Reply::error(422, "invalid_params", message)).await;
        let error = server.heroku().add_domain("ledger", &hostname("app.ledger.example")).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Invalid, message));
    }

    #[tokio::test]
    async fn an_addition_whose_answer_is_lost_is_not_sent_again() {
        let server = Server::always(Reply::new(502, "")).await;
        let error = server.heroku().add_domain("ledger", &hostname("app.ledger.example")).await.unwrap_err();
        assert_eq!((error.certainty, server.calls().len()), (Certainty::Unknown, 1));
    }

    #[tokio::test]
    async fn a_wildcard_is_asked_for_by_its_name() {
        let server = Server::always(Reply::error(404, "not_found", "Couldn't find that domain name.")).await;
        assert_eq!(server.heroku().domain("ledger", "*.ledger.example").await.unwrap(), None);
        assert_eq!(server.calls(), ["GET /apps/ledger/domains/%2A.ledger.example"]);
    }
}

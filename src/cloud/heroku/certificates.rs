//! The certificates that an app's domains are served with: those that Heroku manages, and those that were brought to it
//! (heroku-api.md section 7, life-and-ci.md section 9.1).
//!
//! What must not live here: chains and keys, which nobody needs to look at one; and what a certificate should be like.

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};

/// A certificate that an app has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The UUID of the endpoint that serves it.
    pub id: String,
    /// What Heroku calls that.
    pub name: String,
    /// The UUIDs of the domains that it is served for.
    pub domains: Vec<String>,
    /// The names that it is good for, as it says itself; `*.` in front means all hosts of a domain.
    pub names: Vec<String>,
    /// Whether Heroku gets and renews it.
    pub is_managed: bool,
    /// Whether nobody but its owner vouches for it.
    pub is_self_signed: bool,
    /// From when on it is good.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when it is good.
    pub expires_at: Option<OffsetDateTime>,
}

#[derive(Deserialize)]
struct WireEndpoint {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    domains: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    ssl_cert: WireCertificate,
}

#[derive(Default, Deserialize)]
struct WireCertificate {
    #[serde(default, deserialize_with = "or_default")]
    acm: bool,
    #[serde(default, deserialize_with = "or_default")]
    cert_domains: Vec<String>,
    #[serde(default, deserialize_with = "or_default", rename = "self_signed?")]
    self_signed: bool,
    starts_at: Option<String>,
    expires_at: Option<String>,
}

impl From<WireEndpoint> for Certificate {
    fn from(wire: WireEndpoint) -> Self {
        let moment = |text: Option<String>| OffsetDateTime::parse(&text?, &Rfc3339).ok();
        let certificate = wire.ssl_cert;
        Self {
            id: wire.id,
            name: wire.name,
            domains: wire.domains,
            names: certificate.cert_domains.iter().map(|name| name.to_ascii_lowercase()).collect(),
            is_managed: certificate.acm,
            is_self_signed: certificate.self_signed,
            starts_at: moment(certificate.starts_at),
            expires_at: moment(certificate.expires_at),
        }
    }
}

impl Certificate {
    /// Whether it is good for a name, itself perhaps one for all hosts of a domain.
    #[must_use]
    pub fn names(&self, hostname: &str) -> bool {
        let parent = hostname.split_once('.').map(|(_, parent)| parent);
        self.names
            .iter()
            .any(|name| name == hostname || (name.strip_prefix("*.") == parent && parent.is_some()))
    }
}

impl Heroku {
    /// The certificates of an app.
    pub async fn certificates(&self, app: &str) -> Result<Vec<Certificate>, CloudError> {
        let wire: Vec<WireEndpoint> = self.list(Call::get(&["apps", app, "sni-endpoints"])).await?;
        Ok(wire.into_iter().map(Certificate::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn a_certificate_is_read_as_it_is_served() {
        let server = Server::always(Reply::json(json!([{
            "id": "e1", "name": "akita-7", "display_name": null, "domains": ["d1"], "certificate_chain": "-----BEGIN",
            "app": { "id": "1", "name": "ledger" }, "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z",
            "ssl_cert": {
                "acm": true, "ca_signed?": true, "self_signed?": false, "cert_domains": ["App.Ledger.Example"],
                "starts_at": "2026-11-01T00:00:00Z", "expires_at": "2027-01-30T00:00:00.000Z", "issuer": "CN=R11", "subject": "/CN=x"
            }
        }])))
        .await;
        let expected = Certificate {
            id: "e1".to_owned(),
            name: "akita-7".to_owned(),
            domains: vec!["d1".to_owned()],
            names: vec!["app.ledger.example".to_owned()],
            is_managed: true,
            is_self_signed: false,
            starts_at: Some(datetime!(2026-11-01 00:00 UTC)),
            expires_at: Some(datetime!(2027-01-30 00:00 UTC)),
        };
        assert_eq!(server.heroku().certificates("ledger").await.unwrap(), [expected]);
        assert_eq!(server.only().call, "GET /apps/ledger/sni-endpoints");
    }

    #[tokio::test]
    async fn a_certificate_is_read_from_the_least_that_could_come() {
        for least in [json!([{ "id": "e1" }]), json!([{ "id": "e1", "ssl_cert": null, "domains": null }])] {
            let server = Server::always(Reply::json(least)).await;
            let [found] = server.heroku().certificates("ledger").await.unwrap().try_into().unwrap();
            assert_eq!((found.expires_at, found.is_managed, found.names("a.example")), (None, false, false));
        }
    }

    #[test]
    fn a_certificate_for_all_hosts_of_a_domain_is_for_those_right_below_it() {
        let certificate = |name: &str| Certificate {
            id: String::new(),
            name: String::new(),
            domains: Vec::new(),
            names: vec![name.to_owned()],
            is_managed: false,
            is_self_signed: false,
            starts_at: None,
            expires_at: None,
        };
        for (name, hostname, expected) in [
            ("app.ledger.example", "app.ledger.example", true),
            ("app.ledger.example", "ledger.example", false),
            ("*.ledger.example", "app.ledger.example", true),
            ("*.ledger.example", "*.ledger.example", true),
            ("*.ledger.example", "ledger.example", false),
            ("*.ledger.example", "a.b.ledger.example", false),
            ("app.ledger.example", "*.ledger.example", false),
        ] {
            assert_eq!(certificate(name).names(hostname), expected, "{name} {hostname}");
        }
    }
}

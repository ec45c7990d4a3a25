//! Log drains: where an app's log lines go besides (heroku-api.md section 7).
//!
//! What must not live here: where they should go, and any URL in the clear, which may hold a password or a token.

use serde::{Deserialize, Serialize};
use url::Url;

use super::call::Call;
use super::{CloudError, Heroku};
use crate::secret::Secret;

/// A log drain of an app.
#[derive(Clone, Debug)]
pub struct Drain {
    /// Its UUID.
    pub id: String,
    /// Where it leads.
    url: Secret,
    /// Whether an add-on added it, with which it comes and goes.
    pub is_addons: bool,
}

impl Drain {
    /// Made up, for a world that nobody observed.
    #[cfg(test)]
    pub(crate) fn new(id: &str, url: Secret, is_addons: bool) -> Self {
        Self { id: id.to_owned(), url, is_addons }
    }

    /// Where it leads, as a value that may not be shown.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.url
    }

    /// Whether it leads there, however that is spelt.
    #[must_use]
    pub fn leads_to(&self, url: &Secret) -> bool {
        is_same(&self.url, url)
    }
}

/// Whether two URLs mean the same.
#[must_use]
pub fn is_same(one: &Secret, other: &Secret) -> bool {
    let parsed = |url: &Secret| Url::parse(url.reveal()).ok();
    one.matches(other) || parsed(one).is_some_and(|one| parsed(other) == Some(one))
}

#[derive(Deserialize)]
struct WireDrain {
    id: String,
    url: String,
    addon: Option<serde_json::Value>,
}

impl From<WireDrain> for Drain {
    fn from(wire: WireDrain) -> Self {
        Self { id: wire.id, url: Secret::new(wire.url), is_addons: wire.addon.is_some() }
    }
}

#[derive(Serialize)]
struct WireNewDrain<'a> {
    url: &'a str,
}

impl Heroku {
    /// The log drains of an app, those of its add-ons included.
    pub async fn drains(&self, app: &str) -> Result<Vec<Drain>, CloudError> {
        let wire: Vec<WireDrain> = self.list(Call::get(&["apps", app, "log-drains"])).await?;
        Ok(wire.into_iter().map(Drain::from).collect())
    }

    /// Adds a drain. One that leads there already is `ErrorKind::Invalid`. Makes no release.
    pub async fn add_drain(&self, app: &str, url: &Secret) -> Result<Drain, CloudError> {
        let body = WireNewDrain { url: url.reveal() };
        let call = Call::post(&["apps", app, "log-drains"], &body).hiding([url]);
        self.fetch::<WireDrain>(call).await.map(Drain::from)
    }

    /// How many log drains people added to an app; those of add-ons come and go with them.
    pub async fn drains_of_people(&self, app: &str) -> Result<usize, CloudError> {
        Ok(self.drains(app).await?.iter().filter(|drain| !drain.is_addons).count())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    const URL: &str = "syslog+tls://user:canary@logs.example:1";

    #[tokio::test]
    async fn drains_of_add_ons_are_not_peoples() {
        let server = Server::always(Reply::json(json!([
            { "id": "1", "addon": null, "token": "d.1", "url": URL },
            { "id": "2", "addon": { "id": "a", "name": "papertrail" }, "token": "d.2", "url": "syslog://x" },
            { "id": "3", "token": "d.3", "url": "https://logs.example/?token=word" }
        ])))
        .await;
        assert_eq!(server.heroku().drains_of_people("ledger").await.unwrap(), 2);
        assert_eq!(server.only().call, "GET /apps/ledger/log-drains");
        let drains = server.heroku().drains("ledger").await.unwrap();
        assert!(drains[0].leads_to(&Secret::new(URL)));
        assert!(!format!("{drains:?}").contains("canary"));
    }

    #[test]
    fn a_url_is_the_same_however_it_is_spelt() {
        for (one, other, same) in [
            ("https://logs.example", "https://logs.example/", true),
            ("https://LOGS.example/in", "https://logs.example:443/in", true),
            ("syslog://logs.example:514", "syslog://logs.example:514", true),
            ("syslog://logs.example:514", "syslog+tls://logs.example:514", false),
            ("https://a:b@logs.example/", "https://a:c@logs.example/", false),
            ("no url", "no url", true),
            ("no url", "neither", false),
        ] {
            assert_eq!(is_same(&Secret::new(one), &Secret::new(other)), same, "{one} {other}");
        }
    }

    #[tokio::test]
    async fn a_refusal_that_quotes_the_url_does_not_show_it() {
        let message = format!("Url {URL} has already been taken");
        let server = Server::always(Reply::error(422, "invalid_params", &message)).await;
        let error = server.heroku().add_drain("ledger", &Secret::new(URL)).await.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"), "{error}");
        assert_eq!(server.only().body, json!({ "url": URL }));
    }
}

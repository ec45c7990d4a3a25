//! Log drains: where an app's log lines go besides (heroku-api.md section 7).
//!
//! What must not live here: their URLs, which may hold a password. They are dropped unread.

use serde::Deserialize;

use super::call::Call;
use super::{CloudError, Heroku};

#[derive(Deserialize)]
struct WireDrain {
    addon: Option<serde_json::Value>,
}

impl Heroku {
    /// How many log drains people added to an app; those of add-ons come and go with them.
    pub async fn drains_of_people(&self, app: &str) -> Result<usize, CloudError> {
        let wire: Vec<WireDrain> = self.list(Call::get(&["apps", app, "log-drains"])).await?;
        Ok(wire.iter().filter(|drain| drain.addon.is_none()).count())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};

    #[tokio::test]
    async fn drains_of_add_ons_are_not_peoples() {
        let server = Server::always(Reply::json(json!([
            { "id": "1", "addon": null, "token": "d.1", "url": "syslog+tls://user:word@logs.example:1" },
            { "id": "2", "addon": { "id": "a", "name": "papertrail" }, "token": "d.2", "url": "syslog://x" },
            { "id": "3", "token": "d.3", "url": "https://logs.example/?token=word" }
        ])))
        .await;
        assert_eq!(server.heroku().drains_of_people("ledger").await.unwrap(), 2);
        assert_eq!(server.only().call, "GET /apps/ledger/log-drains");
    }
}

//! Certificates that Heroku gets and renews by itself (heroku-api.md section 2, life-and-ci.md section 9.1).
//!
//! What must not live here: how far each domain is, which is told with the domains.

use serde_json::json;

use super::call::Call;
use super::{CloudError, Heroku};

impl Heroku {
    /// Switches it on or off; off, the certificates go. Whether it is on is told by the app. Makes no release.
    pub async fn switch_acm(&self, app: &str, on: bool) -> Result<(), CloudError> {
        let path = ["apps", app, "acm"];
        if on { self.done(Call::post(&path, &json!({}))).await } else { self.gone(Call::delete(&path)).await }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};

    #[tokio::test]
    async fn on_is_a_post_and_off_a_delete() {
        for (on, call) in [(true, "POST /apps/ledger/acm"), (false, "DELETE /apps/ledger/acm")] {
            let server = Server::always(Reply::json(json!({ "id": "1", "name": "ledger", "acm": on }))).await;
            server.heroku().switch_acm("ledger", on).await.unwrap();
            assert_eq!(server.only().call, call);
        }
    }
}

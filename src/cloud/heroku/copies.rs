//! The backups that Heroku keeps of an app's databases, as far as it tells when the newest was made (heroku-api.md
//! section 8.4).
//!
//! What must not live here: making, downloading and restoring them.

use serde::Deserialize;
use time::OffsetDateTime;

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};

/// A backup, or the attempt to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// What it is of: the name of an attachment, as Heroku labels it.
    pub of: String,
    /// When it was begun.
    pub at: OffsetDateTime,
    /// Whether it succeeded; `None` while it runs.
    pub succeeded: Option<bool>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "or_default")]
    from_name: String,
    #[serde(default, deserialize_with = "or_default")]
    to_type: String,
    #[serde(default, deserialize_with = "or_default")]
    created_at: String,
    finished_at: Option<String>,
    canceled_at: Option<String>,
    succeeded: Option<bool>,
    deleted_at: Option<String>,
}

impl Wire {
    /// `None` for what is no backup, or no longer.
    fn copy(self) -> Option<Copy> {
        let at = moment(&self.created_at).filter(|_| self.to_type == "gof3r" && self.deleted_at.is_none())?;
        let ended = self.finished_at.is_some() || self.canceled_at.is_some();
        let succeeded = match self.succeeded {
            Some(true) => Some(true),
            _ => ended.then_some(false),
        };
        Some(Copy { of: self.from_name, at, succeeded })
    }
}

/// `2026-11-26T02:00:00Z`, or as older answers have it: `2026-11-26 02:00:00 +0000`.
fn moment(text: &str) -> Option<OffsetDateTime> {
    use time::format_description::well_known::Rfc3339;
    let older = time::macros::format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
    );
    OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, older)).ok()
}

impl Heroku {
    /// The backups of the databases that are billed to an app, the newest first.
    pub async fn copies(&self, app: &str) -> Result<Vec<Copy>, CloudError> {
        let call = Call::get(&["client", "v11", "apps", app, "transfers"]).at_data();
        let wire: Vec<Wire> = match self.list(call).await {
            Err(error) if error.is_not_found() => Vec::new(),
            wire => wire?,
        };
        let mut copies: Vec<Copy> = wire.into_iter().filter_map(Wire::copy).collect();
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.at));
        Ok(copies)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};

    fn wire(at: &str, more: &Value) -> Value {
        let mut whole = json!({
            "num": 1, "from_name": "DATABASE", "from_type": "pg_dump", "to_type": "gof3r", "created_at": at,
            "finished_at": at, "canceled_at": null, "succeeded": true, "deleted_at": null
        });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    }

    #[tokio::test]
    async fn the_newest_comes_first_and_what_is_no_backup_is_left_out() {
        let server = Server::always(Reply::json(json!([
            wire("2026-11-24T02:00:00Z", &json!({})),
            wire("2026-11-26 02:00:00 +0000", &json!({ "succeeded": false })),
            wire("2026-11-25T02:00:00Z", &json!({ "finished_at": null, "succeeded": null })),
            wire("2026-11-27T02:00:00Z", &json!({ "to_type": "pg_restore" })),
            wire("2026-11-27T02:00:00Z", &json!({ "deleted_at": "2026-11-27T03:00:00Z" })),
            wire("soon", &json!({})),
        ])))
        .await;
        let copies = server.heroku().copies("ledger").await.unwrap();
        let told: Vec<(u8, Option<bool>)> =
            copies.iter().map(|copy| (copy.at.day(), copy.succeeded)).collect();
        assert_eq!(told, [(26, Some(false)), (25, None), (24, Some(true))]);
        assert_eq!(server.calls(), ["GET /client/v11/apps/ledger/transfers"]);
    }
}

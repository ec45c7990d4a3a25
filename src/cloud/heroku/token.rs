//! What Heroku says of the token, and whether its two APIs are reached at all (life-and-ci.md section 11).
//!
//! What must not live here: what a token needs.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::call::Call;
use super::{CloudError, ErrorKind, Heroku};

/// What Heroku says of the token beside an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its scopes; none where Heroku does not say.
    pub scopes: Vec<&'static str>,
    /// What Heroku's clock says.
    pub date: Option<OffsetDateTime>,
}

impl Heroku {
    /// Asks for something that nearly every token may see.
    pub async fn token(&self) -> Result<Token, CloudError> {
        let answer = self.send(&Call::get(&["apps"]).range("id ..; max=1")).await?;
        let date = answer.date.as_deref().and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        Ok(Token { scopes: answer.scopes.has().to_vec(), date })
    }

    /// Whether the data API answers: that it knows no such database is an answer too.
    pub async fn is_data_reached(&self) -> Result<(), CloudError> {
        let call = Call::get(&["client", "v11", "databases", "00000000-0000-4000-8000-000000000000"]);
        match self.done(call.at_data()).await {
            Err(error)
                if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Invalid) =>
            {
                Ok(())
            }
            answer => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::super::testing::{Reply, Server};

    #[tokio::test]
    async fn scopes_and_clock_stand_beside_any_answer() {
        let reply = Reply::json(json!([]))
            .with("oauth-scope", "identity read-protected")
            .with("date", "Thu, 26 Nov 2026 12:00:00 GMT");
        let token = Server::always(reply).await.heroku().token().await.unwrap();
        assert_eq!(token.scopes, ["identity", "read-protected"]);
        assert_eq!(token.date, Some(datetime!(2026-11-26 12:00 UTC)));
    }

    #[tokio::test]
    async fn an_api_that_knows_no_such_database_is_reached_and_one_that_is_down_is_not() {
        let answers = async |status| {
            Server::always(Reply::error(status, "not_found", "no"))
                .await
                .heroku()
                .is_data_reached()
                .await
                .is_ok()
        };
        for (status, is_reached) in [(200, true), (404, true), (403, true), (401, false), (503, false)] {
            assert_eq!(answers(status).await, is_reached, "{status}");
        }
    }
}

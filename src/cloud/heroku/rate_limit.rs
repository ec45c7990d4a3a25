//! The hour's budget of calls, asked for and kept to (heroku-api.md section 1.5).
//!
//! What must not live here: the arithmetic, which is `budget`'s, and the waiting, which is `pacer`'s.

use serde::Deserialize;

use super::call::Call;
use super::{Budget, CloudError, ErrorKind, Heroku};

/// A run of fewer calls is over before anybody has read how long it will take; asking would only make it longer.
const WORTH_ASKING: u64 = 200;

#[derive(Deserialize)]
struct WireRateLimit {
    remaining: u64,
}

impl Heroku {
    /// How many calls the account has left now; `None` when the token may not know. Asking costs none.
    pub async fn rate_limit(&self) -> Result<Option<u64>, CloudError> {
        match self.fetch(Call::get(&["account", "rate-limits"])).await {
            Ok(WireRateLimit { remaining }) => Ok(Some(remaining)),
            Err(error) if error.kind == ErrorKind::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says how many calls a run needs, before it makes them. From then on all clones of this client space their calls
    /// so that the run neither meets Heroku's limit nor takes the last calls from others.
    ///
    /// What is left is known from earlier answers, or is asked for when a run is long enough for anybody to care; where
    /// it cannot be had, the run learns it from its first answer.
    pub async fn budget_for(&self, calls: u64) -> Budget {
        let pacer = self.transport.pacer();
        if calls >= WORTH_ASKING && !pacer.knows() {
            match self.rate_limit().await {
                Ok(Some(left)) => pacer.note(left),
                Ok(None) => {}
                // What is wrong shows in the next call, which is needed.
                Err(error) => tracing::debug!(%error, "what is left of Heroku's calls is not known"),
            }
        }
        pacer.pace(calls)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    /// A server of an account that has so many calls left.
    async fn with(left: u64) -> Server {
        Server::start(move |seen, _| match seen.call.as_str() {
            "GET /account/rate-limits" => Reply::json(json!({ "remaining": left })),
            _ => Reply::json(json!([])).with("RateLimit-Remaining", left.to_string()),
        })
        .await
    }

    #[tokio::test]
    async fn what_is_left_is_known_unless_the_token_is_too_narrow() {
        assert_eq!(with(2399).await.heroku().rate_limit().await.unwrap(), Some(2399));
        let scope = "The scope of this OAuth authorization does not allow access to this resource.";
        let narrow = Server::always(Reply::error(403, "forbidden", scope)).await;
        assert_eq!(narrow.heroku().rate_limit().await.unwrap(), None);
        let failing = Server::always(Reply::error(401, "unauthorized", "no")).await;
        assert_eq!(failing.heroku().rate_limit().await.unwrap_err().kind, ErrorKind::Unauthorized);
    }

    #[tokio::test]
    async fn a_short_run_asks_nothing() {
        let server = with(4500).await;
        assert_eq!(server.heroku().budget_for(199).await, Budget { left: None, needed: 199, takes: None });
        assert!(server.calls().is_empty());
    }

    #[tokio::test]
    async fn a_long_run_asks_once_and_says_how_long_it_takes() {
        let server = with(300).await;
        let heroku = server.heroku();
        let budget = heroku.budget_for(1700).await;
        let takes = Some(Duration::from_secs(1180));
        assert_eq!(budget, Budget { left: Some(300), needed: 1700, takes });
        heroku.clone().budget_for(1700).await;
        assert_eq!(server.calls(), ["GET /account/rate-limits"]);
    }

    #[tokio::test]
    async fn what_an_answer_said_need_not_be_asked_for() {
        let server = with(4000).await;
        let heroku = server.heroku();
        heroku.regions().await.unwrap();
        assert_eq!(heroku.budget_for(1700).await, Budget { left: Some(4000), needed: 1700, takes: None });
        assert_eq!(server.calls(), ["GET /regions"]);
    }

    #[tokio::test]
    async fn what_cannot_be_known_stops_no_run() {
        for refusal in [Reply::error(403, "forbidden", "no"), Reply::error(500, "server_error", "later")] {
            let server = Server::start(move |seen, _| match seen.call.as_str() {
                "GET /account/rate-limits" => refusal.clone(),
                _ => Reply::json(json!([])),
            })
            .await;
            let heroku = server.heroku();
            assert_eq!(heroku.budget_for(1700).await, Budget { left: None, needed: 1700, takes: None });
            heroku.regions().await.unwrap();
        }
    }

    #[tokio::test]
    async fn asking_what_is_left_waits_for_no_turn() {
        let server = with(0).await;
        let heroku = server.heroku();
        heroku.budget_for(1700).await;
        tokio::select! {
            biased;
            regions = heroku.regions() => panic!("nothing is left for it: {regions:?}"),
            left = heroku.rate_limit() => assert_eq!(left.unwrap(), Some(0)),
        }
    }
}

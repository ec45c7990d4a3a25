//! Apps that this run made: not every part of Heroku has heard of one at once (heroku-api.md section 2). What such
//! a part refuses was not done, so it is sent again, whatever it was.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::App;
use super::call::Call;
use crate::cloud::{CloudError, Pace, Stop};

/// The apps, and how long a refusal may pass.
pub(super) struct Fresh {
    /// Names and ids, since paths hold either.
    apps: Mutex<BTreeSet<String>>,
    pace: Pace,
    stop: Stop,
}

impl Fresh {
    pub(super) fn new(pace: Pace, stop: Stop) -> Self {
        Self { apps: Mutex::default(), pace, stop }
    }

    /// Remembers an app that this run made.
    pub(super) fn note(&self, app: &App) {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        apps.extend([app.id.clone(), app.name.clone()]);
    }

    /// The pauses for one call.
    pub(super) fn pace(&self) -> Pace {
        self.pace.clone()
    }

    /// Waits until the call can be sent again; false when that would not help, or was waited for in vain.
    pub(super) async fn passes(&self, call: &Call, error: &CloudError, pace: &mut Pace) -> bool {
        if !self.is_unheard_of(call, error) {
            return false;
        }
        let Some(pause) = pace.next() else { return false };
        self.stop.pause(pause).await.is_ok()
    }

    fn is_unheard_of(&self, call: &Call, error: &CloudError) -> bool {
        let is_said = error.id.as_deref() == Some("app_not_provisioned")
            || (error.is_not_found() && error.message.contains("Couldn't find that app"));
        let apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let path = call.path();
        is_said
            && path
                .strip_prefix("/teams")
                .unwrap_or(&path)
                .strip_prefix("/apps/")
                .and_then(|rest| rest.split('/').next())
                .is_some_and(|app| apps.contains(app))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::NewApp;
    use super::super::testing::{Reply, Server};
    use crate::spec::AppName;

    fn ledger() -> NewApp {
        NewApp { name: AppName::parse("ledger").unwrap(), team: None, region: None, stack: None }
    }

    #[tokio::test]
    async fn what_has_not_heard_of_a_new_app_is_asked_again() {
        for (status, id, message) in [
            (404, "not_found", "Couldn't find that app."),
            (422, "app_not_provisioned", "App ledger is being provisioned. Please try again later."),
        ] {
            let server = Server::start(move |seen, before| match (seen.call.as_str(), before) {
                ("POST /apps", _) => Reply::json(json!({ "id": "1", "name": "ledger" })),
                (_, 1 | 2) => Reply::error(status, id, message),
                _ => Reply::json(json!({ "id": "2", "hostname": "a.example" })),
            })
            .await;
            let heroku = server.heroku();
            heroku.create_app(&ledger()).await.unwrap();
            heroku.add_domain("1", &crate::spec::Hostname::parse("a.example").unwrap()).await.unwrap();
            assert_eq!(server.calls().len(), 4, "{message}");
        }
    }

    #[tokio::test]
    async fn an_app_of_others_is_not_waited_for() {
        let server = Server::start(|seen, _| match seen.call.as_str() {
            "POST /apps" => Reply::json(json!({ "id": "1", "name": "ledger" })),
            _ => Reply::error(404, "not_found", "Couldn't find that app."),
        })
        .await;
        let heroku = server.heroku();
        heroku.create_app(&ledger()).await.unwrap();
        assert!(heroku.app("another").await.unwrap().is_none());
        assert_eq!(server.calls().len(), 2, "asked once");
        assert!(
            heroku
                .add_domain("ledger", &crate::spec::Hostname::parse("a.example").unwrap())
                .await
                .unwrap_err()
                .is_not_found()
        );
        assert!(server.calls().len() > 4, "and this one until patience ended");
    }
}

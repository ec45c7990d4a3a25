//! What an apply hands out, against a service that takes every call and answers none.

#![cfg(test)]

use std::net::TcpListener;
use std::sync::Arc;

use futures_util::FutureExt;
use url::Url;

use super::*;
use crate::cloud::aws::AwsSettings;
use crate::cloud::heroku::HerokuSettings;
use crate::cloud::{Clouds, Meter, Stop};
use crate::plan::{self, Plan};
use crate::resource::World;
use crate::resource::testing::want_app;
use crate::secret::{FingerprintKey, Secret};
use crate::spec::Environment;

/// An app, then what hangs on it.
const SPEC: &str = "
app: { name: ledger-production }
buildpacks: [heroku/ruby]
config: { RAILS_ENV: production }
";

struct Stage {
    environment: Arc<Environment>,
    plan: Plan,
    clouds: Clouds,
    /// Connections are made, and nobody ever reads from them.
    _silent: TcpListener,
}

fn stage() -> Stage {
    let want = want_app(SPEC, "");
    let key = FingerprintKey::stable(Secret::new("pepper"));
    let plan = plan::plan(&want.desired(), &World::default(), &key).unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", silent.local_addr().unwrap())).unwrap();
    let heroku = HerokuSettings::at(&url, "token");
    let clouds = Clouds::connect(heroku, AwsSettings::default(), Meter::default(), &Stop::default()).unwrap();
    Stage { environment: Arc::new(want.desired().environment.clone()), plan, clouds, _silent: silent }
}

/// The events up to now, in short.
fn happened(applying: &mut Applying<'_>) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(event) = applying.next().now_or_never().flatten() {
        events.push(match event {
            Event::Started { step } => format!("started {step}"),
            Event::Skipped { step, because: None } => format!("skipped {step}"),
            Event::Stopping => "stopping".to_owned(),
            other => format!("{other:?}"),
        });
    }
    events
}

#[tokio::test]
async fn a_request_to_stop_is_answered_while_a_step_still_runs() {
    let Stage { environment, plan, clouds, .. } = &stage();
    let stop = Stop::default();
    let mut applying = Applying::start(plan, environment, clouds, &stop);
    assert_eq!(happened(&mut applying), ["started 0"]);
    let (next, ()) = tokio::join!(applying.next(), async { stop.ask() });
    assert!(matches!(next, Some(Event::Stopping)), "{next:?}");
    assert_eq!(happened(&mut applying), ["skipped 1", "skipped 2"], "and the first still runs");
}

#[tokio::test]
async fn what_is_asked_to_stop_before_it_starts_starts_nothing() {
    let Stage { environment, plan, clouds, .. } = &stage();
    let stop = Stop::default();
    stop.ask();
    let mut applying = Applying::start(plan, environment, clouds, &stop);
    assert_eq!(happened(&mut applying), ["stopping", "skipped 0", "skipped 1", "skipped 2"]);
    assert!(applying.next().await.is_none(), "it is over");
    let report = applying.report();
    assert!(report.is_untouched() && !report.is_complete());
    assert_eq!(report.calls, 0);
}

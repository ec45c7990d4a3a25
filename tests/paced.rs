//! A run that needs more calls to Heroku than its account has left, against the embedded cloud.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use trueup::sandbox::{Budget, Knobs, Options, Sandbox};
use trueup::testing::cloud::{ErrorKind, Meter};
use trueup::testing::cloud::{Heroku, HerokuSettings};
use trueup::testing::hostile;

/// What comes back in a minute: as fast as the client of `fuzzing` believes, for a test of half a second.
const CALLS_A_MINUTE: u32 = 12_000;

/// An account that has 40 calls left, and its client.
async fn with_little_left(calls_a_minute: u32) -> (Sandbox, Heroku) {
    let budget = Budget { size: 4500, left: Some(40), calls_a_minute };
    let knobs = Knobs { budget, ..Knobs::default() };
    let sandbox = Sandbox::start(Options { knobs, ..Options::default() }).await.unwrap();
    let heroku = client(&sandbox, 1);
    (sandbox, heroku)
}

/// A client of one of so many runs that share the account.
fn client(sandbox: &Sandbox, siblings: u32) -> Heroku {
    let url: url::Url = sandbox.url().parse().unwrap();
    let settings = HerokuSettings { siblings, ..HerokuSettings::at(&url, "owner-token") };
    hostile::heroku(settings, Meter::default()).unwrap()
}

#[tokio::test]
async fn a_run_of_more_calls_than_are_left_meets_no_limit() {
    let (sandbox, heroku) = with_little_left(CALLS_A_MINUTE).await;
    heroku.app("none").await.unwrap();
    let budget = heroku.budget_for(100).await;
    assert_eq!((budget.needed, budget.takes.is_some()), (100, true), "{budget:?}");
    let looks = iter(0..100).map(async |_| heroku.clone().app("none").await);
    let answers: Vec<_> = looks.buffer_unordered(16).collect().await;
    for answer in answers {
        assert_eq!(answer.unwrap(), None);
    }
    let refused = sandbox.calls().into_iter().filter(|call| call.status == 429);
    assert_eq!(refused.count(), 0);
    assert!(heroku.rate_limit().await.unwrap().unwrap() >= 5, "some are left to others");
}

#[tokio::test]
async fn runs_that_share_an_account_meet_no_limit_together() {
    let (sandbox, _) = with_little_left(CALLS_A_MINUTE).await;
    let runs = (0..4).map(|_| {
        let heroku = client(&sandbox, 4);
        async move {
            heroku.app("none").await.unwrap();
            heroku.budget_for(50).await;
            iter(0..50).map(async |_| heroku.app("none").await.unwrap()).buffer_unordered(8).count().await
        }
    });
    let answers: usize = futures_util::future::join_all(runs).await.into_iter().sum();
    assert_eq!(answers, 200);
    assert!(sandbox.calls().iter().all(|call| call.status != 429), "one budget, kept to by all of them");
}

#[tokio::test]
async fn a_run_that_is_not_paced_meets_it() {
    let (_sandbox, heroku) = with_little_left(0).await;
    for _ in 0..40 {
        heroku.app("none").await.unwrap();
    }
    assert_eq!(heroku.app("none").await.unwrap_err().kind, ErrorKind::RateLimited);
}

#[tokio::test]
async fn a_long_run_knows_beforehand_how_long_it_takes() {
    let (_sandbox, heroku) = with_little_left(0).await;
    let budget = heroku.budget_for(1000).await;
    let missing = 1000 + 10 - 40;
    let takes = Duration::from_millis(missing * 60_000 / u64::from(CALLS_A_MINUTE));
    assert_eq!((budget.left, budget.takes), (Some(40), Some(takes)));
}

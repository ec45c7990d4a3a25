//! What is waited for between two tries, and what ends a wait.

#![cfg(test)]

use std::time::Duration;

use super::super::Heroku;
use super::super::testing::{self, Reply, Server};
use super::Timing;
use super::tests::{app, create, new_app};
use crate::cloud::{Certainty, CloudError, ErrorKind, Meter, Service, Stop};

#[tokio::test]
async fn a_rate_limit_is_waited_out_even_for_a_create() {
    let server = Server::start(|_, before| match before {
        0 => Reply::error(429, "rate_limit", "slow down").with("Retry-After", "0"),
        1 => Reply::error(429, "rate_limit", "slow down"),
        _ => app("ledger"),
    })
    .await;
    server.heroku().create_app(&new_app()).await.unwrap();
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn a_rate_limit_that_asks_for_too_long_is_an_error_that_says_how_long() {
    let server =
        Server::always(Reply::error(429, "rate_limit", "slow down").with("Retry-After", "900")).await;
    let error = create(&server.heroku()).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::RateLimited, Certainty::NotDone));
    assert_eq!(error.message, "slow down; it asks to wait 900 s");
    assert!(error.hint().unwrap().contains("wait some minutes"));
}

#[tokio::test]
async fn a_request_to_stop_ends_the_wait_for_another_try() {
    let stop = Stop::default();
    let asking = stop.clone();
    let server = Server::start(move |_, _| {
        asking.ask();
        Reply::error(429, "rate_limit", "slow down").with("Retry-After", "60")
    })
    .await;
    let timing = Timing { stop, ..Timing::default() };
    let heroku = Heroku::connect_with(testing::settings(&server.url), Meter::default(), timing).unwrap();
    let error = tokio::time::timeout(Duration::from_secs(30), create(&heroku)).await.unwrap();
    assert_eq!((error.kind, error.certainty), (ErrorKind::RateLimited, Certainty::NotDone));
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn a_wait_that_a_person_would_notice_is_announced() {
    let server =
        Server::always(Reply::error(429, "rate_limit", "slow down").with("Retry-After", "900")).await;
    let limited = create(&server.heroku()).await;
    let announced =
        |error, millis| super::announcement(error, Duration::from_millis(millis), Duration::from_secs(108));
    assert_eq!(announced(&limited, 1999), None);
    assert_eq!(
        announced(&limited, 12_000).unwrap(),
        "Heroku allows no more calls for now; waiting 12 s, and after that 108 s at most"
    );
    let service = Service::Heroku("api.heroku.com".to_owned());
    let failed = CloudError::new(service, "POST /apps", ErrorKind::ServerFailed, "down");
    assert_eq!(
        announced(&failed, 2000).unwrap(),
        "`POST /apps` failed on api.heroku.com; trying again in 2 s"
    );
}

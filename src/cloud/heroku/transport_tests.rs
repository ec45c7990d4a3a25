//! The transport against servers that answer well, badly, late or not at all.

#![cfg(test)]

use std::time::Duration;

use serde_json::json;

use super::super::testing::{self, Reply, Seen, Server, TOKEN};
use super::super::{AppPatch, Heroku, NetrcFile, NewApp};
use super::Timing;
use crate::cloud::{Certainty, CloudError, ErrorKind, Meter, Stop};
use crate::spec::AppName;

fn region(name: &str) -> serde_json::Value {
    json!({ "name": name })
}

pub(super) fn app(name: &str) -> Reply {
    Reply::json(json!({ "id": "01", "name": name }))
}

pub(super) fn new_app() -> NewApp {
    NewApp { name: AppName::parse("ledger").unwrap(), team: None, region: None, stack: None }
}

fn maintenance() -> AppPatch {
    AppPatch { maintenance: Some(true), ..AppPatch::default() }
}

pub(super) async fn create(heroku: &Heroku) -> CloudError {
    heroku.create_app(&new_app()).await.unwrap_err()
}

#[tokio::test]
async fn a_call_carries_the_token_the_version_and_who_is_calling() {
    let server = Server::always(Reply::json(json!([]))).await;
    server.heroku().regions().await.unwrap();
    let seen = server.only();
    assert_eq!(seen.call, "GET /regions");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3"));
    assert_eq!(seen.header("user-agent"), Some("trueup/0.0.0 (test)"));
    assert_eq!(seen.header("content-type"), None);
}

#[tokio::test]
async fn pages_are_followed_with_the_range_that_the_server_gives_word_for_word() {
    let next = "]name eu..; order=asc, max=1000";
    let server = Server::start(move |seen, _| match seen.header("range") {
        None => Reply::new(206, json!([region("eu")]).to_string()).with("Next-Range", next),
        Some(range) if range == next => Reply::json(json!([region("us")])),
        Some(other) => Reply::error(416, "requested_range_not_satisfiable", other),
    })
    .await;
    assert_eq!(server.heroku().regions().await.unwrap(), ["eu", "us"]);
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test]
async fn a_list_that_asked_for_a_part_is_content_with_it() {
    let release = json!([{ "id": "01", "version": 7, "status": "succeeded", "current": true }]);
    let server =
        Server::always(Reply::new(206, release.to_string()).with("Next-Range", "version ]7..")).await;
    assert_eq!(server.heroku().latest_release("ledger").await.unwrap().unwrap().version, 7);
    assert_eq!(server.only().header("range"), Some("version ..; order=desc,max=1"));
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let page = |range: String| Reply::new(206, "[]").with("Next-Range", range);
    let same = Server::start(move |_, _| page("id a..".to_owned())).await;
    assert!(same.heroku().regions().await.unwrap_err().message.contains("repeats a page"));
    let endless = Server::start(move |_, before| page(format!("id {before}.."))).await;
    let error = endless.heroku().regions().await.unwrap_err();
    assert_eq!((error.kind, endless.calls().len()), (ErrorKind::Malformed, 100));
    assert!(error.message.contains("did not end after 100 pages"));
}

#[tokio::test]
async fn a_read_outlasts_three_failures_of_any_kind() {
    let server = Server::start(|_, before| match before {
        0 => Reply::new(502, "<html>Bad Gateway</html>"),
        1 => Reply::error(503, "service_unavailable", "later"),
        2 => Reply::error(429, "rate_limit", "slow down"),
        _ => app("ledger"),
    })
    .await;
    assert_eq!(server.heroku().app("ledger").await.unwrap().unwrap().name, "ledger");
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn giving_up_says_how_often_it_was_tried() {
    let server =
        Server::always(Reply::new(502, "<html>Bad Gateway</html>").with("Request-Id", "a-1,b-2,c-3")).await;
    let error = server.heroku().app("ledger").await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("Bad Gateway; tried 4 times (502, request a-1)"), "{text}");
    assert_eq!(error.certainty, Certainty::NotDone);
}

#[tokio::test]
async fn a_create_is_never_sent_twice_when_it_may_have_been_done() {
    for status in [500, 502, 503, 504] {
        let server = Server::always(Reply::new(status, "")).await;
        let error = create(&server.heroku()).await;
        assert_eq!((error.kind, error.certainty), (ErrorKind::ServerFailed, Certainty::Unknown));
        assert_eq!(server.calls().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_rename_is_never_sent_twice_and_other_patches_are_three_times() {
    let server = Server::always(Reply::new(503, "")).await;
    let rename = AppPatch { name: Some(AppName::parse("ledger").unwrap()), ..AppPatch::default() };
    server.heroku().update_app("ledger-old", &rename).await.unwrap_err();
    assert_eq!(server.calls().len(), 1);
    let error = server.heroku().update_app("ledger", &maintenance()).await.unwrap_err();
    assert_eq!(server.calls().len(), 4);
    assert_eq!(error.certainty, Certainty::Unknown);
}

#[tokio::test]
async fn a_refusal_after_a_lost_attempt_leaves_it_unknown_what_was_done() {
    let server = Server::start(|_, before| match before {
        0 => Reply::new(502, ""),
        _ => Reply::error(422, "invalid_params", "no"),
    })
    .await;
    let error = server.heroku().update_app("ledger", &maintenance()).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::Invalid, Certainty::Unknown));
}

#[tokio::test]
async fn refusals_are_typed_and_sent_once() {
    let table = [
        (401, "unauthorized", ErrorKind::Unauthorized),
        (403, "forbidden", ErrorKind::Forbidden),
        (404, "not_found", ErrorKind::NotFound),
        (422, "invalid_params", ErrorKind::Invalid),
        (423, "confirmation_required", ErrorKind::Conflict),
    ];
    for (status, id, kind) in table {
        let server = Server::always(Reply::error(status, id, "the service's words")).await;
        let error = create(&server.heroku()).await;
        assert_eq!((error.kind, error.certainty), (kind, Certainty::NotDone));
        assert_eq!((error.id.as_deref(), error.status), (Some(id), Some(status)));
        assert!(error.message.starts_with("the service's words"), "{error}");
        assert_eq!(server.calls().len(), 1);
    }
}

#[tokio::test]
async fn an_app_that_is_not_there_is_none_and_a_page_of_another_server_is_not() {
    let missing = Server::always(Reply::error(404, "not_found", "Couldn't find that app.")).await;
    assert_eq!(missing.heroku().app("ledger").await.unwrap(), None);
    let other = Server::always(Reply::new(404, "<html>nginx</html>")).await;
    let error = other.heroku().app("ledger").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.hint().unwrap().contains("HEROKU_API_URL"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_stays_here() {
    let elsewhere = Server::always(app("stolen")).await;
    let target = elsewhere.url.join("/apps/ledger").unwrap().to_string();
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let server = Server::start(move |_, _| Reply::new(status, "").with("Location", target.clone())).await;
        let error = server.heroku().app("ledger").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed);
        assert_eq!(error.message, "it redirects to `127.0.0.1`, which is not followed");
        assert_eq!(create(&server.heroku()).await.certainty, Certainty::NotDone);
    }
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test]
async fn success_that_cannot_be_read_is_harmless_for_a_read_and_unknown_for_a_write() {
    for body in ["", "null", "[]", "{\"id\":", "<html>hello</html>", "{\"id\":\"01\"}"] {
        let server = Server::always(Reply::new(200, body)).await;
        let read = server.heroku().app("ledger").await.unwrap_err();
        assert_eq!((read.kind, read.certainty), (ErrorKind::Malformed, Certainty::NotDone), "{body}");
        let written = create(&server.heroku()).await;
        assert_eq!((written.kind, written.certainty), (ErrorKind::Malformed, Certainty::Unknown), "{body}");
        assert_eq!(server.calls().len(), 2, "sent once each");
    }
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_tried_again_by_what_bears_it() {
    const CUT: &str =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\":\"01\",";
    for answers in [&[""], &[CUT]] {
        let (url, connections) = testing::raw(answers).await;
        let heroku = testing::heroku(&url, Meter::default());
        let created = create(&heroku).await;
        assert_eq!((created.kind, created.certainty), (ErrorKind::Malformed, Certainty::Unknown));
        assert_eq!(*connections.lock().unwrap(), 1);
        heroku.update_app("ledger", &maintenance()).await.unwrap_err();
        assert_eq!(*connections.lock().unwrap(), 4);
        let read = heroku.app("ledger").await.unwrap_err();
        assert_eq!((read.kind, read.certainty), (ErrorKind::Malformed, Certainty::NotDone));
        assert_eq!(*connections.lock().unwrap(), 8);
    }
}

#[tokio::test]
async fn a_read_recovers_from_an_answer_that_was_cut_off() {
    const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\nConnection: close\r\n\r\n{\"id\":\"01\",\"name\":\"ledger\"}";
    let (url, _) = testing::raw(&["", "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"id\"", WHOLE]).await;
    let app = testing::heroku(&url, Meter::default()).app("ledger").await.unwrap();
    assert_eq!(app.unwrap().name, "ledger");
}

#[tokio::test]
async fn a_host_where_nobody_listens_is_unreachable_and_nothing_was_done() {
    let meter = Meter::default();
    let error = create(&testing::heroku(&testing::nobody().await, meter.clone())).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::Unreachable, Certainty::NotDone));
    assert!(error.to_string().starts_with("cannot reach 127.0.0.1:"), "{error}");
    assert!(error.message.ends_with("; tried 2 times"), "{error}");
    assert_eq!(meter.heroku(), 2);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout_and_a_write_is_then_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url::Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let timing = Timing { request: Duration::from_millis(50), ..testing::impatient() };
    // The system accepts the connection; nobody ever reads it.
    let heroku = Heroku::connect_with(testing::settings(&url), Meter::default(), timing).unwrap();
    let created = create(&heroku).await;
    assert_eq!((created.kind, created.certainty), (ErrorKind::TimedOut, Certainty::Unknown));
    assert_eq!(created.message, "no complete answer came in time");
    let read = heroku.app("ledger").await.unwrap_err();
    assert_eq!((read.kind, read.certainty), (ErrorKind::TimedOut, Certainty::NotDone));
    assert!(read.message.ends_with("; tried 2 times"));
}

#[tokio::test]
async fn names_that_would_lead_to_another_path_are_not_sent() {
    let server = Server::always(Reply::json(json!([]))).await;
    for name in ["", ".", ".."] {
        let error = server.heroku().app(name).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::Invalid, Certainty::NotDone));
    }
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_hint_says_how_to_get_one() {
    let server = Server::always(app("ledger")).await;
    let settings = super::HerokuSettings { token: None, ..testing::settings(&server.url) };
    let error = Heroku::connect(settings, Meter::default(), &Stop::default())
        .unwrap()
        .app("ledger")
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::NoCredentials, Certainty::NotDone));
    assert_eq!(error.message, "no Heroku token: HEROKU_API_KEY is not set");
    assert!(error.hint().unwrap().contains("HEROKU_API_KEY"));
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn the_token_of_netrc_is_found_by_host_and_port() {
    let server = Server::always(app("ledger")).await;
    let folder = tempfile::tempdir().unwrap();
    let netrc = folder.path().join("netrc");
    let port = server.url.port().unwrap();
    std::fs::write(&netrc, format!("machine 127.0.0.1:{port} login me password from-netrc")).unwrap();
    let settings = super::HerokuSettings {
        token: None,
        netrc: Some(NetrcFile { path: netrc, is_named: false }),
        ..testing::settings(&server.url)
    };
    Heroku::connect(settings, Meter::default(), &Stop::default()).unwrap().app("ledger").await.unwrap();
    assert_eq!(server.only().header("authorization"), Some("Bearer from-netrc"));
}

#[tokio::test]
async fn plain_http_to_another_machine_is_refused_for_both_apis() {
    let local = testing::nobody().await;
    let remote = url::Url::parse("http://api.heroku.example").unwrap();
    for (api_url, data_api_url) in [(&local, &remote), (&remote, &local)] {
        let settings = super::HerokuSettings {
            api_url: api_url.clone(),
            data_api_url: data_api_url.clone(),
            ..testing::settings(&local)
        };
        let error = Heroku::connect(settings, Meter::default(), &Stop::default()).unwrap_err();
        assert_eq!(error.service.to_string(), "api.heroku.example");
        assert!(error.message.contains("plain http is refused"));
    }
}

#[tokio::test]
async fn every_call_counts_and_the_rate_limit_is_remembered() {
    let server = Server::start(|_, before| {
        let status = if before == 0 { 503 } else { 200 };
        Reply::new(status, "[]").with("RateLimit-Remaining", (4000 - before).to_string())
    })
    .await;
    let meter = Meter::default();
    testing::heroku(&server.url, meter.clone()).regions().await.unwrap();
    assert_eq!((meter.heroku(), meter.heroku_remaining()), (2, Some(3999)));
}

#[tokio::test]
async fn calls_that_wait_together_announce_it_once() {
    let server = Server::always(Reply::json(serde_json::json!([]))).await;
    let heroku = server.heroku();
    let is_news = |seconds| heroku.transport.announced.is_news(Duration::from_secs(seconds));
    assert_eq!([30, 30, 31, 12].map(is_news), [true, false, false, false]);
    assert!(is_news(90), "a longer wait is another one");
}

/// Everything that is logged, down to the last level, while `run` runs on this thread.
async fn logged(run: impl Future<Output = ()>) -> String {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alone, a line that a test on another thread meets first is asked of that thread's, which is
    // none, and is then off for all: with a second one, both are asked.
    let quiet = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(std::io::sink);
    let _second = tracing::Dispatch::new(quiet.finish());
    let guard = tracing::subscriber::set_default(subscriber);
    run.await;
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_log_has_a_line_a_call_and_no_secret_and_each_warning_once() {
    let vars = |_: &Seen, before: usize| match before {
        0 => Reply::error(422, "invalid_params", &format!("no {TOKEN} for canary-value")),
        _ => {
            Reply::json(json!({ "A": "canary-live" })).with("X-Heroku-Warning", format!("old stack {TOKEN}"))
        }
    };
    let server = Server::start(vars).await;
    let text = logged(async {
        let heroku = server.heroku();
        let changes = [("A".to_owned(), Some(crate::secret::Secret::new("canary-value")))].into();
        let error = heroku.patch_config("ledger", &changes).await.unwrap_err();
        assert_eq!(error.message, "no (sensitive) for (sensitive)");
        heroku.config_vars("ledger").await.unwrap();
        heroku.config_vars("ledger").await.unwrap();
    })
    .await;
    assert!(
        text.contains("PATCH") && text.contains("/apps/ledger/config-vars") && text.contains("422"),
        "{text}"
    );
    assert_eq!(text.matches("Heroku says: old stack (sensitive)").count(), 1, "{text}");
    assert!(!text.contains("canary"), "{text}");
}

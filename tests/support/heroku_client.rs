//! The Heroku half of an embedded cloud and a plain HTTP client for it, which knows no more than `reqwest`.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries, each of which uses a part"
)]

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options, Sandbox};

/// The Accept header without which nothing is answered.
pub const VERSION: &str = "application/vnd.heroku+json; version=3";

/// An embedded cloud, and who asks it.
pub struct Heroku {
    pub sandbox: Sandbox,
    client: reqwest::Client,
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Heroku {
    /// A cloud in memory in which nothing takes time.
    pub async fn start() -> Self {
        Self::with(Options { knobs: quick(), ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sandbox: Sandbox::start(options).await.unwrap(), client }
    }

    /// A cloud with an app `shop`.
    pub async fn with_shop() -> Self {
        let heroku = Self::start().await;
        heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
        heroku
    }

    /// Asks as the account's owner: `GET /apps`.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], None).await
    }

    /// Sends a body as the account's owner: `POST /apps`.
    pub async fn send(&self, line: &str, body: Value) -> Answer {
        self.ask(line, &[], Some(body)).await
    }

    /// Asks with headers that replace the usual `Authorization` and `Accept`.
    pub async fn ask(&self, line: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let url = format!("{}{path}", self.sandbox.url());
        let mut request = self.client.request(method.parse().unwrap(), url);
        for (name, usual) in [("authorization", "Bearer owner-token"), ("accept", VERSION)] {
            if !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
                request = request.header(name, usual);
            }
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    /// The descriptions of an app's releases, oldest first.
    pub async fn releases(&self, app: &str) -> Vec<String> {
        let releases = self.get(&format!("/apps/{app}/releases")).await.done();
        let text = |release: &Value| release["description"].as_str().unwrap().to_owned();
        releases.as_array().unwrap().iter().map(text).collect()
    }

    /// What a deploy does: a slug with these process types, and its release.
    pub async fn deploy(&self, app: &str, process_types: Value) -> Value {
        let slug =
            self.send(&format!("POST /apps/{app}/slugs"), json!({ "process_types": process_types })).await;
        self.send(&format!("POST /apps/{app}/releases"), json!({ "slug": slug.done()["id"] })).await.done()
    }
}

impl Answer {
    /// The body of an answer that is none of an error.
    #[track_caller]
    pub fn done(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }

    /// The message of a refusal of that status and id.
    #[track_caller]
    pub fn refused(self, status: u16, id: &str) -> String {
        assert_eq!((self.status, self.body["id"].as_str()), (status, Some(id)), "{self:?}");
        self.body["message"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Nothing takes time.
pub fn quick() -> Knobs {
    Knobs {
        provisioning: Duration::ZERO,
        domain: Duration::ZERO,
        key_propagation: Duration::ZERO,
        restart: Duration::ZERO,
        build: Duration::ZERO,
        release: Duration::ZERO,
        transfer: Duration::ZERO,
        ..Knobs::default()
    }
}

//! A server of JSON on loopback, for the few calls to a service that a test looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// One call.
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// What authorizes it: the token alone.
    pub token: String,
    pub body: Value,
}

impl Call {
    /// The text that somebody writes.
    pub fn text(&self) -> &str {
        self.body["body"].as_str().unwrap_or_default()
    }

    /// The page that is asked for.
    pub fn page(&self, all: Vec<Value>) -> Value {
        let number =
            |name: &str, default: usize| self.query.get(name).map_or(default, |text| text.parse().unwrap());
        let size = number("per_page", 20).min(100);
        all.into_iter().skip((number("page", 1) - 1) * size).take(size).collect()
    }
}

type Answer = Arc<dyn Fn(&Call) -> (u16, Value) + Send + Sync>;

/// A server that runs until the test ends.
pub struct Server {
    pub url: String,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    pub fn start(answer: impl Fn(&Call) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answered).with_state(Arc::new(answer) as Answer);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, _runtime: runtime }
    }
}

async fn answered(State(answer): State<Answer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10_000_000).await.unwrap();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization").or_else(|| header("private-token")).unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        token: token.trim_start_matches("Bearer ").to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let (status, answer) = answer(&call);
    (StatusCode::from_u16(status).unwrap(), answer.to_string()).into_response()
}

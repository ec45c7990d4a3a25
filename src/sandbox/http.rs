//! Requests and answers as both halves of the embedded cloud see them: whole, with their bodies in memory.

use hyper::body::Bytes;
pub(crate) use hyper::{HeaderMap, Method};
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use time::OffsetDateTime;

use super::Knobs;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Method,
    /// The path as it was sent, percent-encoded.
    pub(crate) path: String,
    /// The query, decoded; a key without `=` has an empty value.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Request {
    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; an empty one is an empty object.
    pub(crate) fn json(&self) -> Option<Value> {
        if self.body.is_empty() {
            Some(Value::Object(serde_json::Map::new()))
        } else {
            serde_json::from_slice(&self.body).ok()
        }
    }

    /// The parts of the path, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    /// Whether the request can change anything, as far as its method tells.
    pub(crate) fn may_change(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// Splits a query into decoded pairs.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers besides the length, which is set when the answer is sent.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A JSON body.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::typed(status, "application/json", value.to_string().into_bytes())
    }

    /// An XML body.
    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self::typed(status, "application/xml", body.into_bytes())
    }

    /// No body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A body of some type.
    pub(crate) fn typed(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
    }

    /// The same answer with the entity tag of a body.
    pub(crate) fn tagged_as(self, body: &[u8]) -> Self {
        self.with_header("etag", entity_tag(body))
    }

    /// The same answer with another header.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What tells one body from another: the MD5 of its bytes, in quotes.
pub(crate) fn entity_tag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body)))
}

/// What a call may know besides the state: the hour and the knobs.
pub(crate) struct Moment<'a> {
    /// Now.
    pub(crate) now: OffsetDateTime,
    /// How the cloud behaves.
    pub(crate) knobs: &'a Knobs,
}

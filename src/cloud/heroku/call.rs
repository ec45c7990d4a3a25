//! One call as data: what is asked of which API, and whether it may be repeated.
//!
//! What must not live here: sending it. A call has no `Debug`, as its body may hold secrets.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Serialize;
use url::Url;

use super::endpoint::Endpoint;
use crate::cloud::retry::CallKind;
use crate::secret::Secret;

/// Which of Heroku's two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// `api.heroku.com`, with a published schema.
    Platform,
    /// `api.data.heroku.com`, undocumented (heroku-api.md section 8).
    Data,
}

/// A call to Heroku, ready to be sent.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) api: Api,
    pub(super) kind: CallKind,
    /// The version asked for in `Accept`: `3`, or a variant such as `3.sdk`.
    pub(super) version: &'static str,
    /// Headers that change what the answer holds.
    pub(super) headers: Vec<(&'static str, &'static str)>,
    /// A range of a list; `None` asks for all of it.
    pub(super) range: Option<String>,
    /// The body as JSON.
    pub(super) body: Option<Vec<u8>>,
    /// Secrets in the body, which must not show when the service quotes them in a message.
    pub(super) hidden: Vec<Secret>,
    /// What a list is narrowed down to: `eq[name]` and a name.
    pub(super) query: Option<(&'static str, String)>,
    /// Whether the token goes as the password of an empty user.
    pub(super) is_basic: bool,
    segments: Vec<String>,
}

impl Call {
    /// Reads.
    pub(super) fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, CallKind::Read, segments)
    }

    /// Creates; never repeated when it may have been done.
    pub(super) fn post(segments: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::POST, CallKind::Create, segments).body(body)
    }

    /// Asks for something to be made of which nothing is told, and of which one too many does no harm.
    pub(super) fn post_nothing(segments: &[&str]) -> Self {
        Self::new(Method::POST, CallKind::IdempotentWrite, segments)
    }

    /// Sets some values of a thing.
    pub(super) fn patch(segments: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::PATCH, CallKind::IdempotentWrite, segments).body(body)
    }

    /// Replaces a thing.
    pub(super) fn put(segments: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::PUT, CallKind::IdempotentWrite, segments).body(body)
    }

    /// Removes a thing that is named by its id.
    pub(super) fn delete(segments: &[&str]) -> Self {
        Self::new(Method::DELETE, CallKind::IdempotentWrite, segments)
    }

    fn new(method: Method, kind: CallKind, segments: &[&str]) -> Self {
        Self {
            method,
            api: Api::Platform,
            kind,
            version: "3",
            headers: Vec::new(),
            range: None,
            body: None,
            hidden: Vec::new(),
            query: None,
            is_basic: false,
            segments: segments.iter().map(|segment| (*segment).to_owned()).collect(),
        }
    }

    /// To the data API instead.
    pub(super) fn at_data(mut self) -> Self {
        self.api = Api::Data;
        self
    }

    /// With the token as the password of an empty user, as the official client sends calls on credentials of databases
    /// (heroku-api.md section 8).
    pub(super) fn basic(mut self) -> Self {
        self.is_basic = true;
        self
    }

    /// In the variant that shows `generation` and what `Accept-Inclusion` asks for.
    pub(super) fn sdk(mut self) -> Self {
        self.version = "3.sdk";
        self
    }

    /// With a header that changes what the answer holds.
    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// For those items of a list of which a key equals a value.
    pub(super) fn query(mut self, key: &'static str, value: &str) -> Self {
        self.query = Some((key, value.to_owned()));
        self
    }

    /// In the variant that the official client asks for pipelines with (heroku-api.md section 1.6).
    pub(super) fn of_pipelines(mut self) -> Self {
        self.version = "3.pipelines";
        self
    }

    /// For a part of the list, which is then all that comes.
    pub(super) fn range(mut self, range: &str) -> Self {
        self.range = Some(range.to_owned());
        self
    }

    /// Never repeated when it may have been done, although its method would allow it.
    pub(super) fn once(mut self) -> Self {
        self.kind = CallKind::Create;
        self
    }

    /// With a body.
    pub(super) fn body(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).expect("wire types have text keys and no failing parts"));
        self
    }

    /// With secrets in its body.
    pub(super) fn hiding<'a>(mut self, secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        self.hidden.extend(secrets.into_iter().cloned());
        self
    }

    /// The path, each segment encoded: `/apps/ledger/addons`.
    pub(super) fn path(&self) -> String {
        // A plan keeps its colon, so that messages read as the user wrote it.
        const RESERVED: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');
        let encoded = self
            .segments
            .iter()
            .flat_map(|segment| ["/"].into_iter().chain(utf8_percent_encode(segment, RESERVED)));
        encoded.collect()
    }

    /// Its whole address.
    pub(super) fn url(&self, endpoint: &Endpoint) -> Url {
        let mut url = endpoint.url(&self.path());
        if let Some((key, value)) = &self.query {
            url.query_pairs_mut().append_pair(key, value);
        }
        url
    }

    /// The call in words, for messages: `GET /apps/ledger`.
    pub(super) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path())
    }

    /// Whether it costs nothing of the hour's budget (heroku-api.md section 1.5).
    pub(super) fn is_free(&self) -> bool {
        self.segments == ["account", "rate-limits"]
    }

    /// A segment that would lead to another path than the one written: an empty one, or dots.
    pub(super) fn misleading_segment(&self) -> Option<&str> {
        self.segments.iter().map(String::as_str).find(|segment| matches!(*segment, "" | "." | ".."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded_so_that_a_name_cannot_reach_another_path() {
        let call = Call::get(&["apps", "a/b?c#d e%2f", "addons"]);
        assert_eq!(call.operation(), "GET /apps/a%2Fb%3Fc%23d%20e%252f/addons");
        assert_eq!(
            Call::get(&["plans", "heroku-postgresql:standard-0"]).path(),
            "/plans/heroku-postgresql:standard-0"
        );
    }

    #[test]
    fn empty_and_dotted_segments_are_found() {
        assert_eq!(Call::get(&["apps", ""]).misleading_segment(), Some(""));
        assert_eq!(Call::get(&["apps", "..", "account"]).misleading_segment(), Some(".."));
        assert_eq!(Call::get(&["apps", "ledger"]).misleading_segment(), None);
    }
}

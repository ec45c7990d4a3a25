//! What Heroku answered, as it came. What must not live here: what it means, which calls and failures say.

use super::scopes::Scopes;

/// An answer with its whole body. No `Debug`: the body may hold secrets.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Who answered.
    pub(super) service: String,
    /// Where the next page of a list begins, to be sent back as it is.
    pub(super) next_range: Option<String>,
    pub(super) request_id: Option<String>,
    /// The host that a redirect names; it gets no call.
    pub(super) redirects_to: Option<String>,
    pub(super) scopes: Scopes,
    /// What the service's clock said.
    pub(super) date: Option<String>,
    pub(super) body: Vec<u8>,
}

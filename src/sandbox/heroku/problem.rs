//! Errors as Heroku words them: `{id, message}`, and `resource` on a 404 (heroku-api.md section 1.3).

use serde_json::json;

use crate::sandbox::http::Response;

/// What every handler returns.
pub(super) type Answered = Result<Response, Problem>;

/// A request that is refused.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: u16,
    id: &'static str,
    message: String,
    resource: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: u16, id: &'static str, message: impl Into<String>) -> Self {
        Self { status, id, message: message.into(), resource: None }
    }

    pub(super) fn not_found(resource: &'static str, message: impl Into<String>) -> Self {
        Self { resource: Some(resource), ..Self::new(404, "not_found", message) }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "invalid_params", message)
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden", "You do not have access to the app.")
    }

    pub(super) fn no_route() -> Self {
        Self::new(
            404,
            "not_found",
            "The requested API endpoint was not found. Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you specify your intended version with the `Accept` header?",
        )
    }

    pub(super) fn into_response(self) -> Response {
        let Self { status, id, message, resource } = self;
        let mut body = json!({ "id": id, "message": message });
        if let Some(resource) = resource {
            body["resource"] = json!(resource);
        }
        Response::json(status, &body)
    }
}

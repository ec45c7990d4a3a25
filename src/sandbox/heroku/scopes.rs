//! What a token may do: its scopes, which of them each call takes, and the refusal of a token that is too narrow
//! (life-and-ci.md section 11).
//!
//! Of few calls it is known which scopes they take. Where it is not, the narrowest that the words of the documentation
//! leave are taken, so that what works here is not refused by Heroku.

use super::problem::Problem;
use crate::sandbox::http::{Method, Request, Response};

/// Everything.
pub(super) const GLOBAL: &str = "global";

/// All scopes there are.
pub(super) const ALL: [&str; 6] = [GLOBAL, "identity", "read", "read-protected", "write", "write-protected"];

const ACCOUNT: &[&str] = &[GLOBAL];
const IDENTITY: &[&str] = &[GLOBAL, "identity"];
const READ: &[&str] = &[GLOBAL, "read", "read-protected", "write", "write-protected"];
const READ_PROTECTED: &[&str] = &[GLOBAL, "read-protected", "write-protected"];
const WRITE: &[&str] = &[GLOBAL, "write", "write-protected"];
const WRITE_PROTECTED: &[&str] = &[GLOBAL, "write-protected"];

/// The scopes of which a call takes any.
pub(super) fn accepted(request: &Request) -> &'static [&'static str] {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    // Asking for things by name is a POST, and changes nothing.
    let is_write =
        request.may_change() && !matches!(parts.as_slice(), ["actions", .., "resolve"] | ["filters", ..]);
    match parts.as_slice() {
        ["oauth", ..] => ACCOUNT,
        ["account" | "users", ..] if is_write => ACCOUNT,
        ["account" | "users", ..] => IDENTITY,
        parts if is_write && sets_vars(parts) => WRITE_PROTECTED,
        parts if shows_secrets(parts) => {
            if is_write {
                WRITE_PROTECTED
            } else {
                READ_PROTECTED
            }
        }
        ["apps", _] | ["teams", "apps", _] if request.method == Method::DELETE => WRITE_PROTECTED,
        _ => {
            if is_write {
                WRITE
            } else {
                READ
            }
        }
    }
}

/// What sets config vars by the way.
fn sets_vars(parts: &[&str]) -> bool {
    parts.iter().any(|part| ["addons", "addon-attachments"].contains(part))
}

/// Config vars, what they can be told from, and what brings code to run that can read them; and all of the data API.
fn shows_secrets(parts: &[&str]) -> bool {
    const PARTS: [&str; 5] = ["config-vars", "releases", "builds", "slugs", "sources"];
    matches!(parts, ["client" | "postgres" | "data", ..]) || parts.iter().any(|part| PARTS.contains(part))
}

/// Whether a token with these scopes may make a call.
pub(super) fn check(scopes: &[String], request: &Request) -> Result<(), Problem> {
    let accepted = accepted(request);
    if scopes.iter().any(|scope| accepted.contains(&scope.as_str())) {
        return Ok(());
    }
    Err(Problem::new(
        403,
        "forbidden",
        "The scope of this OAuth authorization does not allow access to this resource.",
    ))
}

/// Every answer says what the token has, and what the call takes.
pub(super) fn mark(answer: Response, scopes: &[String], request: &Request) -> Response {
    answer
        .with_header("oauth-scope", scopes.join(" "))
        .with_header("oauth-scope-accepted", accepted(request).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;

    fn request(line: &str) -> Request {
        let (method, path) = line.split_once(' ').unwrap();
        let (headers, body) = (HeaderMap::new(), vec![].into());
        Request { method: method.parse().unwrap(), path: path.to_owned(), query: vec![], headers, body }
    }

    #[test]
    fn calls_take_scopes() {
        for (line, expected) in [
            ("GET /account", "global identity"),
            ("GET /account/rate-limits", "global identity"),
            ("POST /oauth/authorizations", "global"),
            ("GET /apps", "global read read-protected write write-protected"),
            ("GET /apps/shop", "global read read-protected write write-protected"),
            ("GET /apps/shop/addons", "global read read-protected write write-protected"),
            ("GET /apps/shop/config-vars", "global read-protected write-protected"),
            ("GET /apps/shop/releases", "global read-protected write-protected"),
            ("GET /apps/shop/releases/7/config-vars", "global read-protected write-protected"),
            ("GET /client/v11/databases/1", "global read-protected write-protected"),
            ("PATCH /apps/shop/formation", "global write write-protected"),
            ("POST /apps", "global write write-protected"),
            ("POST /apps/shop/addons", "global write-protected"),
            ("POST /addon-attachments", "global write-protected"),
            ("PATCH /apps/shop/config-vars", "global write-protected"),
            ("POST /apps/shop/builds", "global write-protected"),
            ("DELETE /apps/shop", "global write-protected"),
            ("DELETE /apps/shop/domains/a.example", "global write write-protected"),
            ("POST /actions/addons/resolve", "global read read-protected write write-protected"),
            ("POST /filters/apps", "global read read-protected write write-protected"),
            ("GET /pipelines", "global read read-protected write write-protected"),
            ("GET /users/~", "global identity"),
            ("POST /pipelines", "global write write-protected"),
            ("PATCH /pipeline-couplings/1", "global write write-protected"),
            ("GET /regions", "global read read-protected write write-protected"),
        ] {
            assert_eq!(accepted(&request(line)).join(" "), expected, "{line}");
        }
    }
}

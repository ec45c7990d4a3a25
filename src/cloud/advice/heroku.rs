//! What to do about what Heroku says (heroku-api.md section 1.3).

use super::{CloudError, FAILED_RELEASE};
use crate::cloud::{ErrorKind, UNCONFIRMED};

/// What to do, when Heroku's own name for the error tells, or else its kind.
pub(super) fn hint(error: &CloudError) -> Option<&'static str> {
    // Doing such a step by hand would overwrite what the message says how to keep.
    if error.says(UNCONFIRMED) {
        return None;
    }
    error.id.as_deref().and_then(by_name).or_else(|| by_kind(error))
}

/// What to do about the errors that Heroku names.
fn by_name(id: &str) -> Option<&'static str> {
    Some(match id {
        "confirmation_required" => {
            "Heroku wants this confirmed by a person: do this one step with the `heroku` program; the next apply goes on from there"
        }
        "delinquent" => {
            "the account has unpaid bills: settle them at https://dashboard.heroku.com/account/billing"
        }
        "suspended" => "the account or the app is suspended: ask Heroku's support at https://help.heroku.com",
        "two_factor" => {
            "this app asks for a second factor: use a token that needs none, from `heroku authorizations:create`"
        }
        "device_trust_required" => {
            "Heroku does not know this device: log in in the browser with `heroku login`"
        }
        "verification_needed" | "verification_required" => {
            "the account has no billing details yet: add them at https://heroku.com/verify"
        }
        _ => return None,
    })
}

fn by_kind(error: &CloudError) -> Option<&'static str> {
    Some(match error.kind {
        ErrorKind::NoCredentials if error.says("cannot be sent") => {
            "copy the token once more: it is one line of letters, digits and dashes"
        }
        ErrorKind::NoCredentials => {
            "set HEROKU_API_KEY, for example: export HEROKU_API_KEY=$(heroku auth:token)"
        }
        ErrorKind::Unauthorized if error.says("the token is that of HEROKU_API_KEY") => {
            "the token was refused: log in again with `heroku login`, then export HEROKU_API_KEY=$(heroku auth:token)"
        }
        ErrorKind::Unauthorized if error.says("`default` entry") => {
            "the token was refused: that entry is for any machine; log in with `heroku login`, or set HEROKU_API_KEY"
        }
        ErrorKind::Unauthorized => {
            "the token was refused: log in again with `heroku login`, or set HEROKU_API_KEY"
        }
        ErrorKind::Forbidden => return forbidden(error),
        ErrorKind::Invalid if is_of_a_name(error) => {
            "choose another `app.name`: someone else has this one, and names are shared by all of Heroku"
        }
        ErrorKind::Invalid if matches!(error.status, Some(406 | 410 | 416)) => {
            "Heroku no longer knows what is asked for here: use a newer trueup, or report this"
        }
        ErrorKind::Invalid if error.status.is_some() && !error.passes() => {
            "Heroku will refuse this again as it is: do what its words ask for, or change the spec"
        }
        ErrorKind::GaveUp if error.says(FAILED_RELEASE) => {
            "see what it printed with `heroku releases:output`, and fix it; the vars are set, and the next release takes them"
        }
        ErrorKind::Unreachable if error.says("UnknownIssuer") => {
            "the certificate is of an unknown issuer: if your company inspects TLS, set SSL_CERT_FILE to a file with its CA certificates (on macOS and Windows, add them to the system's own); the one that it names now, if any, lacks them"
        }
        ErrorKind::Unreachable => return super::beyond_the_network(error),
        _ => return None,
    })
}

/// Names of apps are taken in the calls on apps themselves; those of attachments and domains in calls below them.
fn is_of_a_name(error: &CloudError) -> bool {
    let segments = error.operation.split('/').skip(1).collect::<Vec<_>>();
    error.says("is already taken")
        && matches!(segments.as_slice(), ["apps"] | ["apps", _] | ["teams", "apps"])
}

/// By Heroku's words where its name for the error says nothing: many refusals are `forbidden` alone.
fn forbidden(error: &CloudError) -> Option<&'static str> {
    let message = error.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    Some(match (error.status, error.id.as_deref()) {
        (Some(402), _) => "Heroku wants a payment: see https://dashboard.heroku.com/account/billing",
        _ if says(&["scope"]) => {
            "make a token that may: `trueup policy` prints the scopes that an environment needs, for `heroku authorizations:create --scope …`; they hold for every app of the token's account, so use a machine user for each class of environments"
        }
        _ if says(&[
            "ip address",
            "your ip",
            "your address",
            "trusted",
            "allow list",
            "allowlist",
            "allow-list",
        ]) =>
        {
            "Heroku refuses the address of this machine: have it added to the trusted ones, or work from one of those"
        }
        _ if says(&["two-factor", "second factor", "second authentication"]) => return by_name("two_factor"),
        _ if says(&["delinquent", "unpaid"]) => return by_name("delinquent"),
        _ if says(&["suspended"]) => return by_name("suspended"),
        (_, None | Some("forbidden")) if says(&["identity provider", " sso", "single sign"]) => {
            "log in through your company's identity provider: `heroku login --sso`, or use a token from `heroku authorizations:create`"
        }
        (_, None | Some("forbidden"))
            if says(&["access", "permission", "authori", "forbidden", "not allowed"]) =>
        {
            "the token's account has no right to this: ask the app's owner for access, or use another token"
        }
        (_, None | Some("forbidden")) => {
            "do first what Heroku's words ask for; if they ask for nothing, the token's account may have no right to this: ask the app's owner"
        }
        _ => "this is not about whose the app is: do first what Heroku's words ask for",
    })
}

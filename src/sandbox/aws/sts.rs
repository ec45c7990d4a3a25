//! STS: who am I. Roles and session tokens do not exist in the sandbox.

use crate::sandbox::http::{Moment, Request, Response};

use super::access::{self, Principal};
use super::fault::Fault;
use super::xml::Element;
use super::{AwsState, iam};

/// The version of the Query protocol that names this service.
pub(super) const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers one request to STS.
pub(super) fn handle(state: &mut AwsState, moment: &Moment<'_>, request: &Request) -> Response {
    let parameters = iam::Parameters::read(request);
    let answer = access::authenticate(state, moment, request, "InvalidClientTokenId")
        .and_then(|caller| answer(parameters.action(), &caller.principal));
    iam::respond(parameters.action(), NAMESPACE, answer)
}

fn answer(action: &str, principal: &Principal) -> Result<Option<Element>, Fault> {
    if action != "GetCallerIdentity" {
        return Err(Fault::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {VERSION}"),
        ));
    }
    // needs no permission, so that a key can always be tried out
    let (Some(arn), Some(account)) = (principal.arn(), principal.account()) else {
        return Err(Fault::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"));
    };
    let id = match principal {
        Principal::User { id, .. } => id,
        Principal::Anonymous | Principal::Root { .. } => account,
    };
    let result =
        Element::new("GetCallerIdentityResult").text("Arn", arn).text("UserId", id).text("Account", account);
    Ok(Some(result))
}

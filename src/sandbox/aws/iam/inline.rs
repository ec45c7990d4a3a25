//! Inline policies of users: put, read, list, delete.

use super::super::fault::Fault;
use super::super::policy::identity;
use super::super::sigv4::escape;
use super::super::xml::Element;
use super::state::Account;
use super::{Answer, Call};

/// Characters of all inline policies of a user together, white space not counted.
const LARGEST: usize = 2048;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    Some(match call.parameters.action() {
        "PutUserPolicy" => put(held, call),
        "GetUserPolicy" => get(held, call),
        "ListUserPolicies" => list(held, call),
        "DeleteUserPolicy" => delete(held, call),
        _ => return None,
    })
}

fn put(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    let name = call.parameters.required("PolicyName")?;
    let document = call.parameters.required("PolicyDocument")?;
    identity::check(document)?;
    let others = user.inline.iter().filter(|(held, _)| *held != name);
    let sum: usize = others.map(|(_, text)| identity::counted(text)).sum();
    if sum + identity::counted(document) > LARGEST {
        let message = format!("Maximum policy size of {LARGEST} bytes exceeded for user {}", user.name);
        return Err(Fault::new(409, "LimitExceeded", message));
    }
    user.inline.insert(name.to_owned(), document.to_owned());
    Ok(None)
}

fn get(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.parameters.required("UserName")?)?;
    let name = call.parameters.required("PolicyName")?;
    let document = user.inline.get(name).ok_or_else(|| unknown(name))?;
    let result = Element::new("GetUserPolicyResult")
        .text("UserName", &user.name)
        .text("PolicyName", name)
        // documents come back percent-encoded
        .text("PolicyDocument", escape(document));
    Ok(Some(result))
}

fn list(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.parameters.required("UserName")?)?;
    let entries: Vec<_> =
        user.inline.keys().map(|name| (name.clone(), Element::leaf("member", name))).collect();
    call.parameters.page(Element::new("ListUserPoliciesResult"), "PolicyNames", &entries, call.page).map(Some)
}

fn delete(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    let name = call.parameters.required("PolicyName")?;
    user.inline.remove(name).ok_or_else(|| unknown(name))?;
    Ok(None)
}

fn unknown(name: &str) -> Fault {
    Fault::no_such_entity(format!("The user policy with name {name} cannot be found."))
}

//! Access keys of users. A secret leaves once, in the answer that creates it.

use super::super::fault::Fault;
use super::super::ids;
use super::super::xml::Element;
use super::state::{AccessKey, Account, User};
use super::{Answer, Call};

/// Keys a user may have; inactive ones count.
const MOST_KEYS: usize = 2;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    Some(match call.parameters.action() {
        "CreateAccessKey" => create(held, call),
        "ListAccessKeys" => list(held, call),
        "UpdateAccessKey" => update(held, call),
        "DeleteAccessKey" => delete(held, call),
        "GetAccessKeyLastUsed" => last_used(held, call),
        _ => return None,
    })
}

fn create(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known_mut(call.user_name()?)?;
    if user.keys.len() >= MOST_KEYS {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
        return Err(Fault::new(409, "LimitExceeded", message));
    }
    let key = AccessKey {
        id: ids::access_key(),
        secret: ids::secret(),
        active: true,
        created: call.now,
        last_used: None,
    };
    let shown = show(user, &key, "AccessKey").text("SecretAccessKey", &key.secret);
    user.keys.push(key);
    Ok(Some(Element::new("CreateAccessKeyResult").with(shown)))
}

fn list(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.user_name()?)?;
    let entries: Vec<_> = user.keys.iter().map(|key| (key.id.clone(), show(user, key, "member"))).collect();
    let result = Element::new("ListAccessKeysResult").text("UserName", &user.name);
    call.parameters.page(result, "AccessKeyMetadata", &entries, call.page).map(Some)
}

fn update(held: &mut Account, call: &Call<'_>) -> Answer {
    let active = match call.parameters.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(Fault::validation(format!(
                "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"
            )));
        }
    };
    let id = call.parameters.required("AccessKeyId")?;
    let user = held.known_mut(call.user_name()?)?;
    let key = user.keys.iter_mut().find(|key| key.id == id).ok_or_else(|| unknown(id))?;
    key.active = active;
    Ok(None)
}

fn delete(held: &mut Account, call: &Call<'_>) -> Answer {
    let id = call.parameters.required("AccessKeyId")?;
    let user = held.known_mut(call.user_name()?)?;
    let index = user.keys.iter().position(|key| key.id == id).ok_or_else(|| unknown(id))?;
    user.keys.remove(index);
    Ok(None)
}

fn last_used(held: &mut Account, call: &Call<'_>) -> Answer {
    let id = call.parameters.required("AccessKeyId")?;
    let found = held.users().find_map(|user| Some((user, user.keys.iter().find(|key| key.id == id)?)));
    // an id that nobody has is a matter of rights, not of existence
    let (user, key) = found.ok_or_else(|| {
        Fault::new(
            403,
            "AccessDenied",
            format!(
                "User is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}"
            ),
        )
    })?;
    let last = key.last_used.as_ref();
    let shown = Element::new("AccessKeyLastUsed")
        .maybe("LastUsedDate", last.map(|used| ids::iso(used.at)))
        .text("ServiceName", last.map_or("N/A", |used| &used.service))
        .text("Region", last.map_or("N/A", |used| &used.region));
    Ok(Some(Element::new("GetAccessKeyLastUsedResult").text("UserName", &user.name).with(shown)))
}

fn show(user: &User, key: &AccessKey, name: &str) -> Element {
    Element::new(name)
        .text("UserName", &user.name)
        .text("AccessKeyId", &key.id)
        .text("Status", if key.active { "Active" } else { "Inactive" })
        .text("CreateDate", ids::iso(key.created))
}

fn unknown(id: &str) -> Fault {
    Fault::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

//! Users: create, read, rename, delete, list, tag; and the parts of a user that the sandbox always finds empty.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::Fault;
use super::super::ids;
use super::super::xml::Element;
use super::state::{Account, User};
use super::{Answer, Call};

/// Tags a user may have.
const MOST_TAGS: usize = 50;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    Some(match call.parameters.action() {
        "CreateUser" => create(held, call),
        "GetUser" => get(held, call),
        "UpdateUser" => update(held, call),
        "DeleteUser" => delete(held, call),
        "ListUsers" => list(held, call),
        "TagUser" => tag(held, call),
        "UntagUser" => untag(held, call),
        "ListUserTags" => list_tags(held, call),
        "PutUserPermissionsBoundary" => put_boundary(held, call),
        "DeleteUserPermissionsBoundary" => delete_boundary(held, call),
        "GetLoginProfile" => login_profile(held, call),
        "ListMFADevices" => nothing(held, call, "MFADevices"),
        "ListSSHPublicKeys" => nothing(held, call, "SSHPublicKeys"),
        "ListSigningCertificates" => nothing(held, call, "Certificates"),
        "ListServiceSpecificCredentials" => nothing(held, call, "ServiceSpecificCredentials"),
        _ => return None,
    })
}

fn create(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("UserName")?;
    let path = call.parameters.get("Path").unwrap_or("/");
    check_name(name)?;
    check_path(path)?;
    if held.user(name).is_some() {
        return Err(taken(name));
    }
    let boundary = call.parameters.get("PermissionsBoundary").map(str::to_owned);
    check_boundary(held, boundary.as_deref())?;
    let mut user = User {
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::user(),
        created: call.now,
        tags: BTreeMap::new(),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary,
        keys: Vec::new(),
    };
    merge_tags(&mut user, call.parameters.tags())?;
    let shown = show(&user, call.account, true);
    held.users.insert(name.to_lowercase(), user);
    Ok(Some(Element::new("CreateUserResult").with(shown)))
}

fn get(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.user_name()?)?;
    Ok(Some(Element::new("GetUserResult").with(show(user, call.account, true))))
}

/// What `GetUser` says of the root, which is no user.
pub(super) fn root(account: &str) -> Element {
    let user = Element::new("User")
        .text("UserId", account)
        .text("Arn", format!("arn:aws:iam::{account}:root"))
        .text("CreateDate", "2026-01-01T00:00:00Z");
    Element::new("GetUserResult").with(user)
}

fn update(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("UserName")?;
    let mut user = held.known(name)?.clone();
    if let Some(new) = call.parameters.get("NewUserName") {
        check_name(new)?;
        if new.to_lowercase() != name.to_lowercase() && held.user(new).is_some() {
            return Err(taken(new));
        }
        new.clone_into(&mut user.name);
    }
    if let Some(path) = call.parameters.get("NewPath") {
        check_path(path)?;
        path.clone_into(&mut user.path);
    }
    held.users.remove(&name.to_lowercase());
    held.users.insert(user.name.to_lowercase(), user);
    Ok(None)
}

fn delete(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("UserName")?;
    let user = held.known(name)?;
    let left = [
        (!user.keys.is_empty(), "must delete access keys first"),
        (!user.inline.is_empty(), "must delete policies first"),
        (!user.attached.is_empty(), "must detach all policies first"),
        (held.groups_of(&user.id).next().is_some(), "must remove users from group first"),
    ];
    if let Some((_, what)) = left.into_iter().find(|(left, _)| *left) {
        return Err(Fault::new(409, "DeleteConflict", format!("Cannot delete entity, {what}.")));
    }
    held.users.remove(&name.to_lowercase());
    Ok(None)
}

fn list(held: &mut Account, call: &Call<'_>) -> Answer {
    let prefix = call.parameters.get("PathPrefix").unwrap_or("/");
    let entries: Vec<_> = held
        .users()
        .filter(|user| user.path.starts_with(prefix))
        // a listing has neither tags nor the boundary
        .map(|user| (user.name.clone(), Element { name: "member".into(), ..show(user, call.account, false) }))
        .collect();
    call.parameters.page(Element::new("ListUsersResult"), "Users", &entries, call.page).map(Some)
}

fn tag(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    merge_tags(user, call.parameters.tags())?;
    Ok(None)
}

fn untag(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    for key in call.parameters.members("TagKeys") {
        user.tags.retain(|held, _| !held.eq_ignore_ascii_case(key));
    }
    Ok(None)
}

fn list_tags(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.user_name()?)?;
    let entries: Vec<_> = user.tags.iter().map(|(key, value)| (key.clone(), show_tag(key, value))).collect();
    call.parameters.page(Element::new("ListUserTagsResult"), "Tags", &entries, call.page).map(Some)
}

fn put_boundary(held: &mut Account, call: &Call<'_>) -> Answer {
    let arn = call.parameters.required("PermissionsBoundary")?;
    check_boundary(held, Some(arn))?;
    held.known_mut(call.user_name()?)?.boundary = Some(arn.to_owned());
    Ok(None)
}

fn delete_boundary(held: &mut Account, call: &Call<'_>) -> Answer {
    held.known_mut(call.user_name()?)?.boundary = None;
    Ok(None)
}

fn login_profile(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = &held.known(call.user_name()?)?.name;
    Err(Fault::no_such_entity(format!("Login Profile for User {name} cannot be found.")))
}

fn nothing(held: &mut Account, call: &Call<'_>, list: &str) -> Answer {
    held.known(call.user_name()?)?;
    let result = Element::new(format!("{}Result", call.parameters.action()));
    Ok(Some(result.with(Element::new(list)).text("IsTruncated", false)))
}

fn merge_tags(user: &mut User, tags: Vec<(String, String)>) -> Result<(), Fault> {
    let mut merged = user.tags.clone();
    for (key, value) in tags {
        if key.is_empty()
            || key.chars().count() > 128
            || value.chars().count() > 256
            || key.starts_with("aws:")
        {
            return Err(Fault::new(
                400,
                "InvalidInput",
                "Tag keys have 1 to 128 characters and do not start with aws:, values at most 256.",
            ));
        }
        // keys are the same whatever their case, and the last spelling stays
        merged.retain(|held, _| !held.eq_ignore_ascii_case(&key));
        merged.insert(key, value);
    }
    if merged.len() > MOST_TAGS {
        return Err(Fault::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for TagsPerUser: {MOST_TAGS}"),
        ));
    }
    user.tags = merged;
    Ok(())
}

fn check_name(name: &str) -> Result<(), Fault> {
    let fits = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if name.chars().count() > 64 {
        return Err(Fault::validation(
            "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64",
        ));
    }
    if name.chars().all(fits) {
        return Ok(());
    }
    Err(Fault::validation(
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ))
}

fn check_path(path: &str) -> Result<(), Fault> {
    let printable = path.chars().all(|character| ('!'..='\u{7f}').contains(&character));
    if path.starts_with('/') && path.ends_with('/') && path.len() <= 512 && printable {
        return Ok(());
    }
    Err(Fault::validation(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

fn check_boundary(held: &Account, arn: Option<&str>) -> Result<(), Fault> {
    match arn {
        Some(arn) if held.document(arn).is_none() => {
            Err(Fault::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
        }
        _ => Ok(()),
    }
}

fn taken(name: &str) -> Fault {
    Fault::new(409, "EntityAlreadyExists", format!("User with name {name} already exists."))
}

/// A `Key` and `Value` pair as IAM lists it.
pub(super) fn show_tag(key: &str, value: &str) -> Element {
    Element::new("member").text("Key", key).text("Value", value)
}

fn show(user: &User, account: &str, whole: bool) -> Element {
    let mut shown = Element::new("User")
        .text("Path", &user.path)
        .text("UserName", &user.name)
        .text("UserId", &user.id)
        .text("Arn", user.arn(account))
        .text("CreateDate", ids::iso(user.created));
    if whole && !user.tags.is_empty() {
        shown =
            shown.with(Element::new("Tags").all(user.tags.iter().map(|(key, value)| show_tag(key, value))));
    }
    match &user.boundary {
        Some(arn) if whole => shown.with(
            Element::new("PermissionsBoundary")
                .text("PermissionsBoundaryType", "Policy")
                .text("PermissionsBoundaryArn", arn),
        ),
        _ => shown,
    }
}

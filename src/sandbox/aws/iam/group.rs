//! Groups: who is in them, and the policies that their members have through them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::Fault;
use super::super::ids;
use super::super::policy::identity;
use super::super::sigv4::escape;
use super::super::xml::Element;
use super::managed;
use super::state::{Account, Group};
use super::{Answer, Call};

/// Groups that a user may be in.
const MOST_GROUPS: usize = 10;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    Some(match call.parameters.action() {
        "CreateGroup" => create(held, call),
        "GetGroup" => get(held, call),
        "ListGroups" => list(held, call),
        "DeleteGroup" => delete(held, call),
        "AddUserToGroup" => add(held, call),
        "RemoveUserFromGroup" => remove(held, call),
        "ListGroupsForUser" => of_user(held, call),
        "PutGroupPolicy" => put_policy(held, call),
        "DeleteGroupPolicy" => delete_policy(held, call),
        "AttachGroupPolicy" => attach(held, call),
        "DetachGroupPolicy" => detach(held, call),
        _ => return None,
    })
}

fn create(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("GroupName")?;
    if held.groups.contains_key(&name.to_lowercase()) {
        let message = format!("Group with name {name} already exists.");
        return Err(Fault::new(409, "EntityAlreadyExists", message));
    }
    let group = Group {
        name: name.to_owned(),
        path: call.parameters.get("Path").unwrap_or("/").to_owned(),
        id: ids::group(),
        created: call.now,
        members: BTreeSet::new(),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    let shown = show(&group, call.account, "Group");
    held.groups.insert(name.to_lowercase(), group);
    Ok(Some(Element::new("CreateGroupResult").with(shown)))
}

fn get(held: &mut Account, call: &Call<'_>) -> Answer {
    let group = named(held, call)?.clone();
    let members = held.users().filter(|user| group.members.contains(&user.id)).map(|user| {
        Element::new("member")
            .text("Path", &user.path)
            .text("UserName", &user.name)
            .text("UserId", &user.id)
            .text("Arn", user.arn(call.account))
            .text("CreateDate", ids::iso(user.created))
    });
    let result = Element::new("GetGroupResult").with(show(&group, call.account, "Group"));
    Ok(Some(result.with(Element::new("Users").all(members)).text("IsTruncated", false)))
}

fn list(held: &mut Account, call: &Call<'_>) -> Answer {
    let prefix = call.parameters.get("PathPrefix").unwrap_or("/");
    let groups = held.groups.values().filter(|group| group.path.starts_with(prefix));
    let entries: Vec<_> =
        groups.map(|group| (group.name.clone(), show(group, call.account, "member"))).collect();
    call.parameters.page(Element::new("ListGroupsResult"), "Groups", &entries, call.page).map(Some)
}

fn delete(held: &mut Account, call: &Call<'_>) -> Answer {
    let group = named(held, call)?;
    let left = [
        (!group.members.is_empty(), "must remove users from group first"),
        (!group.inline.is_empty(), "must delete policies first"),
        (!group.attached.is_empty(), "must detach all policies first"),
    ];
    if let Some((_, what)) = left.into_iter().find(|(left, _)| *left) {
        return Err(Fault::new(409, "DeleteConflict", format!("Cannot delete entity, {what}.")));
    }
    let name = group.name.to_lowercase();
    held.groups.remove(&name);
    Ok(None)
}

fn add(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.parameters.required("UserName")?)?.id.clone();
    let is_full = held.groups_of(&user).count() >= MOST_GROUPS;
    let group = named(held, call)?;
    if is_full && !group.members.contains(&user) {
        let message = format!("Cannot exceed quota for GroupsPerUser: {MOST_GROUPS}");
        return Err(Fault::new(409, "LimitExceeded", message));
    }
    group.members.insert(user);
    Ok(None)
}

fn remove(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.parameters.required("UserName")?)?.id.clone();
    named(held, call)?.members.remove(&user);
    Ok(None)
}

fn of_user(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.user_name()?)?;
    let groups = held.groups_of(&user.id);
    let entries: Vec<_> =
        groups.map(|group| (group.name.clone(), show(group, call.account, "member"))).collect();
    call.parameters.page(Element::new("ListGroupsForUserResult"), "Groups", &entries, call.page).map(Some)
}

fn put_policy(held: &mut Account, call: &Call<'_>) -> Answer {
    let (name, document) =
        (call.parameters.required("PolicyName")?, call.parameters.required("PolicyDocument")?);
    identity::check(document)?;
    named(held, call)?.inline.insert(name.to_owned(), document.to_owned());
    Ok(None)
}

fn delete_policy(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("PolicyName")?;
    let gone = named(held, call)?.inline.remove(name);
    gone.ok_or_else(|| Fault::no_such_entity(format!("The group policy with name {name} cannot be found.")))?;
    Ok(None)
}

fn attach(held: &mut Account, call: &Call<'_>) -> Answer {
    let arn = call.parameters.required("PolicyArn")?;
    if held.document(arn).is_none() {
        return Err(managed::unknown(arn));
    }
    named(held, call)?.attached.insert(arn.to_owned());
    Ok(None)
}

fn detach(held: &mut Account, call: &Call<'_>) -> Answer {
    let arn = call.parameters.required("PolicyArn")?;
    if named(held, call)?.attached.remove(arn) { Ok(None) } else { Err(managed::unknown(arn)) }
}

fn named<'a>(held: &'a mut Account, call: &Call<'_>) -> Result<&'a mut Group, Fault> {
    let name = call.parameters.required("GroupName")?;
    let group = held.groups.get_mut(&name.to_lowercase());
    group.ok_or_else(|| Fault::no_such_entity(format!("The group with name {name} cannot be found.")))
}

fn show(group: &Group, account: &str, element: &str) -> Element {
    Element::new(element)
        .text("Path", &group.path)
        .text("GroupName", &group.name)
        .text("GroupId", &group.id)
        .text("Arn", group.arn(account))
        .text("CreateDate", ids::iso(group.created))
}

/// A group with its policies, as a member of a list.
pub(super) fn show_whole(group: &Group, account: &str) -> Element {
    let inline = group.inline.iter().map(|(name, document)| {
        // documents come back percent-encoded
        Element::new("member").text("PolicyName", name).text("PolicyDocument", escape(document))
    });
    let attached = group.attached.iter().map(|arn| managed::show_attached(arn));
    show(group, account, "member")
        .with(Element::new("GroupPolicyList").all(inline))
        .with(Element::new("AttachedManagedPolicies").all(attached))
}

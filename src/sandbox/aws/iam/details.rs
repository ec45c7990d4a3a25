//! Everything about who may do what in an account, in one list: `GetAccountAuthorizationDetails`.
//!
//! There are no roles here, so their list stays empty.

use super::super::fault::Fault;
use super::super::ids;
use super::super::sigv4::escape;
use super::super::xml::Element;
use super::state::{Account, User};
use super::user::show_tag;
use super::{Answer, Call};
use super::{group, managed};

/// What can be asked for.
const KINDS: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
/// The lists of the answer; there is nothing in that of the roles.
const LISTS: [&str; 4] = [USERS, GROUPS, "RoleDetailList", POLICIES];
const USERS: &str = "UserDetailList";
const GROUPS: &str = "GroupDetailList";
const POLICIES: &str = "Policies";

/// Answers the one call of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    (call.parameters.action() == "GetAccountAuthorizationDetails").then(|| details(held, call))
}

fn details(held: &Account, call: &Call<'_>) -> Answer {
    let filter = call.parameters.members("Filter");
    if let Some(unknown) = filter.iter().find(|kind| !KINDS.contains(kind)) {
        return Err(Fault::validation(format!(
            "1 validation error detected: Value '[{unknown}]' at 'filter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
            KINDS.join(", ")
        )));
    }
    let wants = |kind: &str| filter.is_empty() || filter.contains(&kind);
    let mut entries = Vec::new();
    if wants("User") {
        let user = |user: &User| (format!("user/{}", user.name), (USERS, show(held, user, call.account)));
        entries.extend(held.users().map(user));
    }
    if wants("Group") {
        let shown = |one| (GROUPS, group::show_whole(one, call.account));
        entries.extend(held.groups.values().map(|one| (format!("group/{}", one.name), shown(one))));
    }
    for (kind, arns) in [
        ("LocalManagedPolicy", held.policies.keys().cloned().collect()),
        ("AWSManagedPolicy", managed::attached_of_aws(held)),
    ] {
        for arn in arns.into_iter().filter(|_: &String| wants(kind)) {
            let shown = managed::show_whole(held, &arn)?;
            entries.push((arn, (POLICIES, shown)));
        }
    }
    let (page, marker) = call.parameters.portion(&entries, call.page)?;
    let list = |name: &'static str| {
        let members = page.iter().filter(|(_, (list, _))| *list == name);
        Element::new(name).all(members.map(|(_, (_, member))| member.clone()))
    };
    let result = Element::new("GetAccountAuthorizationDetailsResult").all(LISTS.map(list));
    Ok(Some(result.text("IsTruncated", marker.is_some()).maybe("Marker", marker)))
}

fn show(held: &Account, user: &User, account: &str) -> Element {
    let groups = held.groups_of(&user.id).map(|group| Element::leaf("member", &group.name));
    let inline = user.inline.iter().map(|(name, document)| {
        // documents come back percent-encoded
        Element::new("member").text("PolicyName", name).text("PolicyDocument", escape(document))
    });
    let attached = user.attached.iter().map(|arn| managed::show_attached(arn));
    let shown = Element::new("member")
        .text("Path", &user.path)
        .text("UserName", &user.name)
        .text("UserId", &user.id)
        .text("Arn", user.arn(account))
        .text("CreateDate", ids::iso(user.created))
        .with(Element::new("UserPolicyList").all(inline))
        .with(Element::new("GroupList").all(groups))
        .with(Element::new("AttachedManagedPolicies").all(attached))
        .with(Element::new("Tags").all(user.tags.iter().map(|(key, value)| show_tag(key, value))));
    match &user.boundary {
        Some(arn) => shown.with(
            Element::new("PermissionsBoundary")
                .text("PermissionsBoundaryType", "Policy")
                .text("PermissionsBoundaryArn", arn),
        ),
        None => shown,
    }
}

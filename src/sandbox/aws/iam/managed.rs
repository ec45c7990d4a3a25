//! Managed policies: those of the account with their versions, attachments to users, and a few of AWS's own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use time::macros::datetime;

use super::super::fault::Fault;
use super::super::ids;
use super::super::policy::identity;
use super::super::sigv4::escape;
use super::super::xml::Element;
use super::state::{Account, ManagedPolicy, PolicyVersion};
use super::{Answer, Call};

/// Characters of a managed policy, white space not counted.
const LARGEST: usize = 6144;
/// Versions a policy may have.
const MOST_VERSIONS: usize = 5;
/// Managed policies a user may have attached.
const MOST_ATTACHED: usize = 10;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(held: &mut Account, call: &Call<'_>) -> Option<Answer> {
    Some(match call.parameters.action() {
        "CreatePolicy" => create(held, call),
        "GetPolicy" => get(held, call),
        "DeletePolicy" => delete(held, call),
        "ListPolicies" => list(held, call),
        "CreatePolicyVersion" => create_version(held, call),
        "GetPolicyVersion" => get_version(held, call),
        "ListPolicyVersions" => list_versions(held, call),
        "DeletePolicyVersion" => delete_version(held, call),
        "AttachUserPolicy" => attach(held, call),
        "DetachUserPolicy" => detach(held, call),
        "ListAttachedUserPolicies" => list_attached(held, call),
        _ => return None,
    })
}

/// The text of a policy that AWS itself manages; the few that anyone attaches to try something out.
pub(super) fn of_aws(arn: &str) -> Option<String> {
    let actions = match arn.strip_prefix("arn:aws:iam::aws:policy/")? {
        "AdministratorAccess" => json!("*"),
        "AmazonS3FullAccess" => json!("s3:*"),
        "AmazonS3ReadOnlyAccess" => json!(["s3:Get*", "s3:List*"]),
        "IAMFullAccess" => json!("iam:*"),
        "IAMReadOnlyAccess" => json!(["iam:Get*", "iam:List*", "iam:Simulate*"]),
        _ => return None,
    };
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    Some(json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
}

fn create(held: &mut Account, call: &Call<'_>) -> Answer {
    let name = call.parameters.required("PolicyName")?;
    let path = call.parameters.get("Path").unwrap_or("/");
    let document = checked(call)?;
    // unique without regard to the path
    if held.policies.values().any(|policy| policy.name.eq_ignore_ascii_case(name)) {
        return Err(Fault::new(
            409,
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    let policy = ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::policy(),
        description: call.parameters.get("Description").map(str::to_owned),
        created: call.now,
        tags: call.parameters.tags().into_iter().collect(),
        versions: BTreeMap::from([(1, PolicyVersion { document, created: call.now })]),
        default: 1,
    };
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", call.account);
    let shown = show(held, &arn, &policy).map(|shown| Element::new("CreatePolicyResult").with(shown));
    held.policies.insert(arn, policy);
    shown.map(Some)
}

fn checked(call: &Call<'_>) -> Result<String, Fault> {
    let document = call.parameters.required("PolicyDocument")?;
    identity::check(document)?;
    if identity::counted(document) > LARGEST {
        return Err(Fault::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for PolicySize: {LARGEST}"),
        ));
    }
    Ok(document.to_owned())
}

fn get(held: &mut Account, call: &Call<'_>) -> Answer {
    let (arn, policy) = named(held, call)?;
    Ok(Some(Element::new("GetPolicyResult").with(show(held, arn, policy)?)))
}

fn delete(held: &mut Account, call: &Call<'_>) -> Answer {
    let (arn, policy) = named(held, call)?;
    if attachments(held, arn) > 0 {
        return Err(Fault::new(409, "DeleteConflict", "Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(Fault::new(
            409,
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    let arn = arn.to_owned();
    held.policies.remove(&arn);
    Ok(None)
}

fn list(held: &mut Account, call: &Call<'_>) -> Answer {
    let mut entries = Vec::new();
    for (arn, policy) in held.policies.iter().filter(|_| call.parameters.get("Scope") != Some("AWS")) {
        entries.push((arn.clone(), Element { name: "member".into(), ..show(held, arn, policy)? }));
    }
    call.parameters.page(Element::new("ListPoliciesResult"), "Policies", &entries, call.page).map(Some)
}

fn create_version(held: &mut Account, call: &Call<'_>) -> Answer {
    let document = checked(call)?;
    let arn = named(held, call)?.0.to_owned();
    let policy = held.policies.get_mut(&arn).ok_or_else(|| unknown(&arn))?;
    if policy.versions.len() >= MOST_VERSIONS {
        return Err(Fault::new(
            409,
            "LimitExceeded",
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let number = policy.versions.keys().last().copied().unwrap_or(0) + 1;
    policy.versions.insert(number, PolicyVersion { document, created: call.now });
    if call.parameters.get("SetAsDefault") == Some("true") {
        policy.default = number;
    }
    let shown = show_version(policy, number, false);
    Ok(Some(Element::new("CreatePolicyVersionResult").with(shown)))
}

fn get_version(held: &mut Account, call: &Call<'_>) -> Answer {
    let (_, policy) = named(held, call)?;
    let number = version(policy, call)?;
    Ok(Some(Element::new("GetPolicyVersionResult").with(show_version(policy, number, true))))
}

fn list_versions(held: &mut Account, call: &Call<'_>) -> Answer {
    let (_, policy) = named(held, call)?;
    let entries: Vec<_> = policy
        .versions
        .keys()
        .rev()
        .map(|&number| {
            (format!("v{number}"), Element { name: "member".into(), ..show_version(policy, number, false) })
        })
        .collect();
    call.parameters.page(Element::new("ListPolicyVersionsResult"), "Versions", &entries, call.page).map(Some)
}

fn delete_version(held: &mut Account, call: &Call<'_>) -> Answer {
    let (arn, policy) = named(held, call)?;
    let number = version(policy, call)?;
    if number == policy.default {
        return Err(Fault::new(409, "DeleteConflict", "Cannot delete the default version of a policy."));
    }
    let arn = arn.to_owned();
    held.policies.entry(arn).and_modify(|policy| {
        policy.versions.remove(&number);
    });
    Ok(None)
}

fn attach(held: &mut Account, call: &Call<'_>) -> Answer {
    let arn = call.parameters.required("PolicyArn")?;
    if held.document(arn).is_none() {
        return Err(unknown(arn));
    }
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    if user.attached.len() >= MOST_ATTACHED && !user.attached.contains(arn) {
        return Err(Fault::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for PoliciesPerUser: {MOST_ATTACHED}"),
        ));
    }
    user.attached.insert(arn.to_owned());
    Ok(None)
}

fn detach(held: &mut Account, call: &Call<'_>) -> Answer {
    let arn = call.parameters.required("PolicyArn")?;
    let user = held.known_mut(call.parameters.required("UserName")?)?;
    if user.attached.remove(arn) {
        return Ok(None);
    }
    Err(Fault::no_such_entity(format!("Policy {arn} was not found.")))
}

fn list_attached(held: &mut Account, call: &Call<'_>) -> Answer {
    let user = held.known(call.parameters.required("UserName")?)?;
    let entries: Vec<_> = user.attached.iter().map(|arn| (arn.clone(), show_attached(arn))).collect();
    let result = Element::new("ListAttachedUserPoliciesResult");
    call.parameters.page(result, "AttachedPolicies", &entries, call.page).map(Some)
}

/// A managed policy as a user's list shows it.
pub(super) fn show_attached(arn: &str) -> Element {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Element::new("member").text("PolicyName", name).text("PolicyArn", arn)
}

/// AWS's own policies that users of the account have attached.
pub(super) fn attached_of_aws(held: &Account) -> BTreeSet<String> {
    let groups = held.groups.values().flat_map(|group| &group.attached);
    let attached = held.users().flat_map(|user| &user.attached).chain(groups);
    attached.filter(|arn| of_aws(arn).is_some()).cloned().collect()
}

/// A managed policy of the account or of AWS with all its versions, as a member of a list.
pub(super) fn show_whole(held: &Account, arn: &str) -> Result<Element, Fault> {
    let policy = match (held.policies.get(arn), of_aws(arn)) {
        (Some(policy), _) => policy.clone(),
        (None, Some(document)) => managed_by_aws(arn, document),
        (None, None) => return Err(unknown(arn)),
    };
    let version = |&number: &u32| Element { name: "member".into(), ..show_version(&policy, number, true) };
    let versions = Element::new("PolicyVersionList").all(policy.versions.keys().rev().map(version));
    Ok(Element { name: "member".into(), ..show(held, arn, &policy)? }.with(versions))
}

/// A policy that AWS manages; nobody made it here, so all that is known of it is what it says.
fn managed_by_aws(arn: &str, document: String) -> ManagedPolicy {
    let created = datetime!(2015-02-06 18:39:46 UTC);
    ManagedPolicy {
        name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        path: "/".to_owned(),
        id: ids::policy(),
        description: None,
        created,
        tags: BTreeMap::new(),
        versions: BTreeMap::from([(1, PolicyVersion { document, created })]),
        default: 1,
    }
}

fn named<'a>(held: &'a Account, call: &Call<'_>) -> Result<(&'a str, &'a ManagedPolicy), Fault> {
    let arn = call.parameters.required("PolicyArn")?;
    let found = held.policies.get_key_value(arn).ok_or_else(|| unknown(arn))?;
    Ok((found.0, found.1))
}

fn version(policy: &ManagedPolicy, call: &Call<'_>) -> Result<u32, Fault> {
    let asked = call.parameters.required("VersionId")?;
    let number = asked.strip_prefix('v').and_then(|number| number.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| {
        Fault::no_such_entity(format!("Policy version {asked} does not exist or is not attachable."))
    })
}

fn attachments(held: &Account, arn: &str) -> usize {
    let users = held.users().filter(|user| user.attached.contains(arn)).count();
    users + held.groups.values().filter(|group| group.attached.contains(arn)).count()
}

pub(super) fn unknown(arn: &str) -> Fault {
    Fault::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

fn show(held: &Account, arn: &str, policy: &ManagedPolicy) -> Result<Element, Fault> {
    let updated =
        policy.versions.values().map(|version| version.created).max().ok_or_else(|| unknown(arn))?;
    Ok(Element::new("Policy")
        .text("PolicyName", &policy.name)
        .text("PolicyId", &policy.id)
        .text("Arn", arn)
        .text("Path", &policy.path)
        .text("DefaultVersionId", format!("v{}", policy.default))
        .text("AttachmentCount", attachments(held, arn))
        .text(
            "PermissionsBoundaryUsageCount",
            held.users().filter(|user| user.boundary.as_deref() == Some(arn)).count(),
        )
        .text("IsAttachable", true)
        .maybe("Description", policy.description.as_ref())
        .text("CreateDate", ids::iso(policy.created))
        .text("UpdateDate", ids::iso(updated)))
}

fn show_version(policy: &ManagedPolicy, number: u32, whole: bool) -> Element {
    let version = policy.versions.get(&number);
    Element::new("PolicyVersion")
        .maybe("Document", version.filter(|_| whole).map(|version| escape(&version.document)))
        .text("VersionId", format!("v{number}"))
        .text("IsDefaultVersion", policy.default == number)
        .maybe("CreateDate", version.map(|version| ids::iso(version.created)))
}

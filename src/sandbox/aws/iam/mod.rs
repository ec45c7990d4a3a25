//! IAM: users, their policies and access keys, over the Query protocol. This file reads calls and hands them on.
//!
//! IAM is global: the region of a signature does not matter. Users live in `user`, groups in `group`, inline policies in `inline`,
//! managed ones in `managed`, keys in `key`, all of it at once in `details`; what a policy means is `policy`'s business.

mod details;
mod group;
mod inline;
mod key;
mod managed;
mod parameters;
mod state;
mod user;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::sandbox::http::{Moment, Request, Response};

use super::access::{self, Caller, Principal, Target};
use super::fault::Fault;
use super::xml::Element;
use super::{AwsState, ids, policy};

pub(super) use parameters::Parameters;
pub(super) use state::{Account, LastUsed};

/// The version of the Query protocol that names this service.
pub(super) const VERSION: &str = "2010-05-08";
const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What an operation works with, beside its account.
struct Call<'a> {
    now: OffsetDateTime,
    /// Entries a page, at most.
    page: usize,
    /// 12 digits.
    account: &'a str,
    parameters: &'a Parameters,
    /// The user that a call without `UserName` means: the caller itself.
    own_name: Option<&'a str>,
}

impl Call<'_> {
    /// The user that is named, else the caller.
    fn user_name(&self) -> Result<&str, Fault> {
        let named = self.parameters.get("UserName").or(self.own_name);
        named.ok_or_else(|| Fault::validation("Must specify userName when calling with non-User credentials"))
    }
}

/// The result element of an operation; `None` for those that answer with metadata only.
type Answer = Result<Option<Element>, Fault>;

/// Answers one request to IAM.
pub(super) fn handle(state: &mut AwsState, moment: &Moment<'_>, request: &Request) -> Response {
    let parameters = Parameters::read(request);
    let answer = answer(state, moment, request, &parameters);
    respond(parameters.action(), NAMESPACE, answer)
}

fn answer(state: &mut AwsState, moment: &Moment<'_>, request: &Request, parameters: &Parameters) -> Answer {
    let caller = access::authenticate(state, moment, request, "InvalidClientTokenId")?;
    let Some(account) = caller.principal.account().map(str::to_owned) else {
        return Err(Fault::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"));
    };
    state.accounts.entry(account.clone()).or_default();
    let own_name = match &caller.principal {
        Principal::User { name, .. } => Some(name.as_str()),
        Principal::Anonymous | Principal::Root { .. } => None,
    };
    let call =
        Call { now: moment.now, page: moment.knobs.page_size, account: &account, parameters, own_name };
    authorise(state, &caller, &call)?;
    if parameters.action() == "GetUser" && parameters.get("UserName").is_none() && own_name.is_none() {
        return Ok(Some(user::root(&account)));
    }
    let Some(held) = state.accounts.get_mut(&account) else {
        return Err(Fault::no_such_entity("The account does not exist."));
    };
    let named = parameters.get("UserName").and_then(|name| held.user(name));
    let before = named.map(|user| (user.id.clone(), user.arn(&account)));
    let answer = dispatch(held, &call)?;
    if let Some((id, arn)) = before {
        let now = held.users().find(|user| user.id == id).map_or(id, |user| user.arn(&account));
        if now != arn {
            // Policies of buckets name a user by its id: they show its new ARN, or the id of one that is gone.
            let policies = state.buckets.values_mut().filter_map(|bucket| bucket.policy.as_mut());
            policies.for_each(|document| policy::bucket::rename(document, &arn, &now));
        }
    }
    Ok(answer)
}

fn dispatch(held: &mut Account, call: &Call<'_>) -> Answer {
    let action = call.parameters.action();
    let families =
        [user::answer, group::answer, inline::answer, key::answer, managed::answer, details::answer];
    families.into_iter().find_map(|family| family(held, call)).unwrap_or_else(|| {
        Err(Fault::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {VERSION}"),
        ))
    })
}

fn authorise(state: &AwsState, caller: &Caller, call: &Call<'_>) -> Result<(), Fault> {
    let account = call.account;
    let held = state.accounts.get(account);
    let resource = match (call.parameters.get("PolicyArn"), call.parameters.get("UserName").or(call.own_name))
    {
        // of the account as a whole, so rights on a part of it do not count
        _ if ["GetAccountAuthorizationDetails", "ListUsers"].contains(&call.parameters.action()) => {
            "*".to_owned()
        }
        // of whoever has the key
        _ if call.parameters.action() == "GetAccessKeyLastUsed" => {
            let id = call.parameters.get("AccessKeyId").unwrap_or_default();
            let owner =
                held.and_then(|held| held.users().find(|user| user.keys.iter().any(|key| key.id == id)));
            owner.map_or_else(|| format!("arn:aws:iam::{account}:*"), |user| user.arn(account))
        }
        // whoever is put into a group, the right is one on the group
        _ if call.parameters.get("GroupName").is_some() => {
            let name = call.parameters.get("GroupName").unwrap_or_default();
            let group = held.and_then(|held| held.groups.get(&name.to_lowercase()));
            let new = || {
                format!("arn:aws:iam::{account}:group{}{name}", call.parameters.get("Path").unwrap_or("/"))
            };
            group.map_or_else(new, |group| group.arn(account))
        }
        // attaching is a right on the user
        (Some(arn), None) => arn.to_owned(),
        (Some(arn), Some(_)) if call.parameters.get("UserName").is_none() => arn.to_owned(),
        (_, Some(name)) => held.and_then(|held| held.user(name)).map_or_else(
            || format!("arn:aws:iam::{account}:user{}{name}", call.parameters.get("Path").unwrap_or("/")),
            |user| user.arn(account),
        ),
        (None, None) => format!("arn:aws:iam::{account}:*"),
    };
    let action = call.parameters.action();
    let tagging = match action {
        // who creates with tags needs the right to tag as well
        "CreateUser" if !call.parameters.tags().is_empty() => Some("iam:TagUser"),
        "CreatePolicy" if !call.parameters.tags().is_empty() => Some("iam:TagPolicy"),
        _ => None,
    };
    for action in [Some(format!("iam:{action}").as_str()), tagging].into_iter().flatten() {
        // a condition on the boundary is of the one that is asked for, else of the one that the user has
        let asked = call.parameters.get("PermissionsBoundary");
        let set = call.parameters.get("UserName").and_then(|name| held?.user(name)?.boundary.as_deref());
        let boundary = asked.or(set).map(|arn| ("iam:permissionsboundary".to_owned(), arn.to_owned()));
        let context: BTreeMap<String, String> = boundary.into_iter().collect();
        let becomes = becomes(held, call).unwrap_or_else(|| resource.clone());
        for resource in BTreeSet::from([&resource, &becomes]) {
            let context = BTreeMap::clone(&context);
            let target = Target { action, resource, owner: account, bucket: None, context };
            access::authorise(state, caller, &target)?;
        }
    }
    Ok(())
}

/// What a user is called once it has another name or path: the right to that is wanted as well as the one to the old.
fn becomes(held: Option<&Account>, call: &Call<'_>) -> Option<String> {
    let user =
        held?.user(call.parameters.get("UserName").filter(|_| call.parameters.action() == "UpdateUser")?)?;
    let path = call.parameters.get("NewPath").unwrap_or(&user.path);
    let name = call.parameters.get("NewUserName").unwrap_or(&user.name);
    Some(format!("arn:aws:iam::{}:user{path}{name}", call.account))
}

/// Wraps a result, or a refusal, as the Query protocol does.
pub(super) fn respond(action: &str, namespace: &str, answer: Answer) -> Response {
    let result = match answer {
        Ok(result) => result,
        Err(fault) => return fault.into_query(namespace),
    };
    let request_id = ids::uuid();
    let document = Element::new(format!("{action}Response"))
        .attribute("xmlns", namespace)
        .all(result)
        .with(Element::new("ResponseMetadata").text("RequestId", &request_id));
    let headers = vec![("x-amzn-requestid".into(), request_id), ("content-type".into(), "text/xml".into())];
    Response { status: 200, headers, body: document.document() }
}

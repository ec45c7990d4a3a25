//! Who a request comes from, and whether that one may do what it asks.
//!
//! Authentication verifies the signature with the secret of the key. Authorisation puts together the caller's own
//! policies, a permissions boundary and the bucket's policy, as AWS does for one account and across two.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::http::{Moment, Request};

use super::fault::Fault;
use super::policy::{self, Asked, Kind, Verdict};
use super::sigv4::{self, Signed};
use super::{
    ACCOUNT, AwsState, OTHER_ACCESS_KEY, OTHER_ACCOUNT, OTHER_SECRET_KEY, ROOT_ACCESS_KEY, ROOT_SECRET_KEY,
    iam,
};

/// Who a request comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Principal {
    /// Nobody: the request is not signed.
    Anonymous,
    /// The root of an account.
    Root {
        /// 12 digits.
        account: String,
    },
    /// An IAM user.
    User {
        /// 12 digits.
        account: String,
        /// The name as it was created.
        name: String,
        /// `AIDA…`
        id: String,
        /// With the path.
        arn: String,
    },
}

impl Principal {
    /// The account of the caller.
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Root { account } | Self::User { account, .. } => Some(account),
        }
    }

    /// The ARN of the caller.
    pub(super) fn arn(&self) -> Option<String> {
        match self {
            Self::Anonymous => None,
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { arn, .. } => Some(arn.clone()),
        }
    }
}

/// A caller whose signature has been verified.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) principal: Principal,
    /// The region of the signature's scope; `None` when unsigned.
    pub(super) region: Option<String>,
}

/// What a caller wants to do.
pub(super) struct Target<'a> {
    /// Such as `s3:GetObject`.
    pub(super) action: &'a str,
    /// ARN.
    pub(super) resource: &'a str,
    /// The account that owns the resource.
    pub(super) owner: &'a str,
    /// The policy of the bucket, and whether the bucket refuses strangers a public policy would let in.
    pub(super) bucket: Option<(&'a Value, bool)>,
    /// Condition keys of this request only, such as `s3:prefix`.
    pub(super) context: BTreeMap<String, String>,
}

/// Verifies the signature. `unknown` is the service's own code for a key that does not exist.
pub(super) fn authenticate(
    state: &mut AwsState,
    moment: &Moment<'_>,
    request: &Request,
    unknown: &str,
) -> Result<Caller, Fault> {
    let Some(signed) = sigv4::read(request)? else {
        return Ok(Caller { principal: Principal::Anonymous, region: None });
    };
    let (principal, secret) = match (signed.access_key.as_str(), &signed) {
        (ROOT_ACCESS_KEY, _) => (Principal::Root { account: ACCOUNT.to_owned() }, ROOT_SECRET_KEY.to_owned()),
        (OTHER_ACCESS_KEY, _) => {
            (Principal::Root { account: OTHER_ACCOUNT.to_owned() }, OTHER_SECRET_KEY.to_owned())
        }
        (_, signed) => {
            user_key(state, moment, signed).ok_or_else(|| refused_key(unknown, &signed.access_key))?
        }
    };
    if !signed.verify(request, &secret) {
        return Err(Fault::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ));
    }
    if signed.expired(moment.now) {
        return Err(Fault::new(403, "AccessDenied", "Request has expired"));
    }
    if let Principal::User { account, .. } = &principal {
        note_use(state, account, &signed, moment);
    }
    Ok(Caller { principal, region: Some(signed.region) })
}

fn refused_key(code: &str, access_key: &str) -> Fault {
    match code {
        "InvalidAccessKeyId" => {
            Fault::new(403, code, "The AWS Access Key Id you provided does not exist in our records.")
                .detail("AWSAccessKeyId", access_key)
        }
        _ => Fault::new(403, code, "The security token included in the request is invalid."),
    }
}

/// The user of a key that exists, is active, and is old enough to have reached every service.
fn user_key(state: &AwsState, moment: &Moment<'_>, signed: &Signed) -> Option<(Principal, String)> {
    state.accounts.iter().find_map(|(account, held)| {
        held.users().find_map(|user| {
            let key = user.keys.iter().find(|key| key.id == signed.access_key)?;
            let live = key.active && moment.now >= key.created + moment.knobs.key_propagation;
            let principal = Principal::User {
                account: account.clone(),
                name: user.name.clone(),
                id: user.id.clone(),
                arn: user.arn(account),
            };
            live.then(|| (principal, key.secret.clone()))
        })
    })
}

fn note_use(state: &mut AwsState, account: &str, signed: &Signed, moment: &Moment<'_>) {
    let keys = state
        .accounts
        .get_mut(account)
        .into_iter()
        .flat_map(iam::Account::users_mut)
        .flat_map(|user| &mut user.keys);
    for key in keys.filter(|key| key.id == signed.access_key) {
        key.last_used = Some(iam::LastUsed {
            at: moment.now,
            service: signed.service.clone(),
            region: signed.region.clone(),
        });
    }
}

/// Whether the caller may do it; if not, AWS's sentence that names caller, action and resource, and the kind of policy
/// that decided. Across accounts it tells nothing, so that nobody learns what others have.
pub(super) fn authorise(state: &AwsState, caller: &Caller, target: &Target<'_>) -> Result<(), Fault> {
    let action = target.action;
    let reason = match decide(state, &caller.principal, target) {
        Decision::Allowed => return Ok(()),
        Decision::Denied(policy) => format!("with an explicit deny in {policy}"),
        Decision::NotAllowed(policy) => format!("because no {policy} allows the {action} action"),
    };
    let arn = caller.principal.arn().filter(|_| caller.principal.account() == Some(target.owner));
    let message = arn.map_or_else(
        || "Access Denied".to_owned(),
        |arn| {
            let resource = target.resource;
            format!("User: {arn} is not authorized to perform: {action} on resource: \"{resource}\" {reason}")
        },
    );
    Err(Fault::new(403, "AccessDenied", message))
}

/// What is decided, with the kind of policy that decided as AWS's sentence names it.
enum Decision {
    Allowed,
    Denied(&'static str),
    NotAllowed(&'static str),
}

fn decide(state: &AwsState, principal: &Principal, target: &Target<'_>) -> Decision {
    let same_account = principal.account() == Some(target.owner);
    let root = matches!(principal, Principal::Root { .. });
    // the root of the owning account can always repair a policy that locks everyone out
    if root && same_account && target.action.ends_with("BucketPolicy") {
        return Decision::Allowed;
    }
    let context = context(principal, target);
    let arn = principal.arn();
    let asked = Asked {
        principal: arn.as_deref(),
        account: principal.account(),
        action: target.action,
        resource: target.resource,
        context: &context,
    };
    let (own, bound) = identity(state, principal, &asked);
    let bucket = target
        .bucket
        .map_or(Verdict::Silent, |(document, _)| policy::evaluate(document, Kind::Resource, &asked));
    let denying = [
        (bucket, "a resource-based policy"),
        (bound, "a permissions boundary"),
        (own, "an identity-based policy"),
    ];
    if let Some((_, policy)) = denying.into_iter().find(|(verdict, _)| *verdict == Verdict::Deny) {
        return Decision::Denied(policy);
    }
    let within = own == Verdict::Allow && bound == Verdict::Allow;
    let strangers_refused =
        target.bucket.is_some_and(|(document, refused)| refused && policy::public::is_public(document));
    let allowed = match principal {
        _ if same_account => within || bucket == Verdict::Allow,
        _ if strangers_refused => false,
        Principal::Anonymous => bucket == Verdict::Allow,
        Principal::Root { .. } | Principal::User { .. } => within && bucket == Verdict::Allow,
    };
    match (allowed, own) {
        (true, _) => Decision::Allowed,
        (false, Verdict::Allow) => Decision::NotAllowed("permissions boundary"),
        (false, _) => Decision::NotAllowed("identity-based policy"),
    }
}

/// What the caller's own policies say, and the permissions boundary; where there is none, everything is within it.
fn identity(state: &AwsState, principal: &Principal, asked: &Asked<'_>) -> (Verdict, Verdict) {
    let (account, name) = match principal {
        Principal::Anonymous => return (Verdict::Silent, Verdict::Allow),
        Principal::Root { .. } => return (Verdict::Allow, Verdict::Allow),
        Principal::User { account, name, .. } => (account, name),
    };
    let Some((held, user)) = state.accounts.get(account).and_then(|held| Some((held, held.user(name)?)))
    else {
        return (Verdict::Silent, Verdict::Allow);
    };
    let own = held
        .documents_of(user)
        .iter()
        .map(|document| policy::evaluate(document, Kind::Identity, asked))
        .max()
        .unwrap_or(Verdict::Silent);
    let bound = user.boundary.as_ref().map_or(Verdict::Allow, |arn| {
        held.document(arn)
            .map_or(Verdict::Silent, |document| policy::evaluate(&document, Kind::Identity, asked))
    });
    (own, bound)
}

fn context(principal: &Principal, target: &Target<'_>) -> BTreeMap<String, String> {
    let mut context = target.context.clone();
    // the sandbox is plain http, but on loopback, where nobody can listen: it counts as secure transport, or else
    // the usual tls-only bucket policy would lock everyone out
    context.insert("aws:securetransport".into(), "true".into());
    context.insert("aws:sourceip".into(), "127.0.0.1".into());
    if let (Some(arn), Some(account)) = (principal.arn(), principal.account()) {
        context.insert("aws:principalarn".into(), arn);
        context.insert("aws:principalaccount".into(), account.to_owned());
    }
    if let Principal::User { name, id, .. } = principal {
        context.insert("aws:username".into(), name.clone());
        context.insert("aws:userid".into(), id.clone());
    }
    context
}

/// Whether an account id, root ARN or user ARN names someone who exists.
pub(super) fn exists(state: &AwsState, name: &str) -> bool {
    [ACCOUNT, OTHER_ACCOUNT].into_iter().any(|account| {
        name == account
            || name == format!("arn:aws:iam::{account}:root")
            || state
                .accounts
                .get(account)
                .is_some_and(|held| held.users().any(|user| user.arn(account) == name))
    })
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;

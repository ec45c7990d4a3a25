//! Who one is on AWS, whether S3 answers, and what one may do there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diagnosis, Patient};
use crate::cloud::aws::Identity;
use crate::cloud::{Clouds, ErrorKind};
use crate::resource::iam_policy;
use crate::resource::rights::{self, Purpose};
use crate::spec::Environment;

/// No more questions than this are put to IAM.
const MOST_SIMULATIONS: usize = 12;
/// No more users than this are asked for where IAM does not say what one may.
const MOST_TRIED: usize = 3;
/// What is compared with what a plan needs.
const ID: &str = "aws.rights";

/// Whether an environment has anything there.
pub(super) fn is_used(environments: &[Environment]) -> bool {
    environments.iter().any(needs)
}

fn needs(one: &Environment) -> bool {
    !one.spec.buckets.is_empty() || !one.spec.iam_users.is_empty()
}

/// All of it.
pub(super) async fn examine(patient: Patient<'_>, clouds: &Clouds) -> Vec<Diagnosis> {
    let environments: Vec<&Environment> = patient.environments.iter().filter(|one| needs(one)).collect();
    if environments.is_empty() {
        return vec![Diagnosis::ok("aws", "no environment here has anything on AWS")];
    }
    let identity = match clouds.aws.identity().await {
        Ok(identity) => identity,
        Err(error) => return vec![Diagnosis::of("aws.identity", &error, "aws sts get-caller-identity")],
    };
    let told = format!("{} of the account {}", identity.arn, identity.account.as_str());
    let mut found = vec![Diagnosis::ok("aws.identity", told)];
    found.extend(accounts(&environments, &identity));
    found.extend(s3(&environments, clouds).await);
    found.push(allowed(&environments, &identity, clouds).await);
    found
}

fn accounts(environments: &[&Environment], identity: &Identity) -> Vec<Diagnosis> {
    let other = environments.iter().filter_map(|one| {
        let wanted = one.spec.aws_account.as_ref()?;
        (wanted.as_str() != identity.account.as_str()).then(|| {
            let detail = format!("{} belongs to the account {wanted}", one.name);
            Diagnosis::fail("aws.account", detail, "export AWS_PROFILE=… of that account")
        })
    });
    other.collect()
}

async fn s3(environments: &[&Environment], clouds: &Clouds) -> Option<Diagnosis> {
    let bucket = environments.iter().find_map(|one| one.spec.buckets.values().next())?;
    Some(match clouds.aws.glance_at_bucket(&bucket.name, &bucket.region).await {
        Ok(_) => Diagnosis::ok("aws.s3", format!("S3 answers in {}", bucket.region)),
        Err(error) => Diagnosis::of("aws.s3", &error, "check whether a firewall blocks it"),
    })
}

/// What a plan needs and the identity may not, as far as IAM says it.
async fn allowed(environments: &[&Environment], identity: &Identity, clouds: &Clouds) -> Diagnosis {
    let Some(principal) = principal(&identity.arn) else {
        return Diagnosis::ok(ID, "the account's root user may do everything");
    };
    let mut wanted: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for right in environments.iter().flat_map(|one| rights::rights(&one.spec, Purpose::Plan).allowed()) {
        // IAM decides under conditions by what a call brings along, which is not known here.
        if right.condition.is_none() {
            wanted.entry(right.resource).or_default().insert(right.action);
        }
    }
    let asked: Vec<_> = wanted.into_iter().take(MOST_SIMULATIONS).collect();
    let mut denied = BTreeSet::new();
    for (resource, actions) in &asked {
        match clouds.aws.iam().denied(&principal, actions, resource).await {
            Ok(more) => denied.extend(more),
            Err(error) if error.kind == ErrorKind::Unreachable => {
                return Diagnosis::of("aws.iam", &error, "check whether a firewall blocks it");
            }
            // Whoever may not ask what it may, can still try.
            Err(_) => return Box::pin(tried(environments, clouds)).await,
        }
    }
    if denied.is_empty() {
        return Diagnosis::ok(ID, "the identity may do all that a plan needs");
    }
    may_not(denied, environments)
}

fn may_not(denied: BTreeSet<String>, environments: &[&Environment]) -> Diagnosis {
    let names: Vec<String> = denied.into_iter().collect();
    let remedy = format!("trueup policy {} --for plan", environments[0].name);
    Diagnosis::fail(ID, format!("the identity may not: {}", names.join(", ")), remedy)
}

/// Some of the calls that a plan makes: those of users, which are refused first where rights are few.
async fn tried(environments: &[&Environment], clouds: &Clouds) -> Diagnosis {
    let iam = clouds.aws.iam();
    let (mut denied, mut count) = (BTreeSet::new(), 0);
    for user in environments.iter().flat_map(|one| one.spec.iam_users.values()).take(MOST_TRIED) {
        let (name, policy) = (&user.name, iam_policy::POLICY_NAME);
        let (user, policy, keys) =
            tokio::join!(iam.user(name), iam.user_policy(name, policy), iam.access_keys(name));
        let failures = [user.err(), policy.err(), keys.err()];
        count += failures.len();
        let refused = failures.into_iter().flatten().filter(|error| error.kind == ErrorKind::Forbidden);
        denied.extend(refused.map(|error| error.operation));
    }
    if !denied.is_empty() {
        return may_not(denied, environments);
    }
    let detail = format!(
        "IAM does not say what this identity may; of the calls that a plan makes {count} were tried, and none was refused"
    );
    Diagnosis::ok(ID, detail)
}

/// Whom IAM simulates: the user, or the role of a session. `None` for the root, who may do everything.
fn principal(arn: &str) -> Option<String> {
    if arn.ends_with(":root") {
        return None;
    }
    let role = arn.split_once(":assumed-role/").and_then(|(account, session)| {
        let role = session.split('/').next()?;
        Some(format!("{}:role/{role}", account.replace(":sts:", ":iam:")))
    });
    Some(role.unwrap_or_else(|| arn.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_simulated_as_its_role() {
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:root", None),
            ("arn:aws:iam::111122223333:user/ci/ana", Some("arn:aws:iam::111122223333:user/ci/ana")),
            (
                "arn:aws:sts::111122223333:assumed-role/trueup-plan/run-7",
                Some("arn:aws:iam::111122223333:role/trueup-plan"),
            ),
        ] {
            assert_eq!(principal(arn).as_deref(), expected, "{arn}");
        }
    }
}

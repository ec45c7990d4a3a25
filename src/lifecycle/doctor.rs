//! `trueup doctor`: whether a plan could run here, and if not, why and what mends it. It reads, and judges what it read.
//!
//! What must not live here: what is wrong with an environment, which `plan` and `verify` say.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use crate::cloud::aws::Identity;
use crate::cloud::heroku::{Stack, Token};
use crate::cloud::{CloudError, Clouds, ErrorKind, Proxy};
use crate::resource;
use crate::resource::rights::{self, Purpose};
use crate::spec::{Environment, EnvironmentName};

/// AWS refuses what is signed a quarter of an hour off; what is off by this much will get there.
const SKEWED: Duration = Duration::minutes(1);
/// From here on calls are refused now and then.
const TOO_SKEWED: Duration = Duration::minutes(5);
/// Fewer calls than this are worth a word.
const FEW: u64 = 500;
/// No more questions than this are put to IAM.
const MOST_SIMULATIONS: usize = 12;

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// The clients.
    pub clouds: &'a Clouds,
    /// The environments that can be read.
    pub environments: &'a [Environment],
    /// Those that cannot.
    pub broken: &'a [EnvironmentName],
    /// The proxy on the way.
    pub proxy: &'a Proxy,
    /// The file of certificates to trust, as the operator named it.
    pub certificates: Option<&'a str>,
    /// What time it is here.
    pub now: OffsetDateTime,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Ok,
    /// A plan can run all the same.
    Warn,
    /// No plan can run.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What: `heroku.token`.
    pub id: String,
    /// How bad it is.
    pub health: Health,
    /// What was seen.
    pub detail: String,
    /// The command that mends it.
    pub remedy: Option<String>,
}

impl Diagnosis {
    fn ok(id: &str, detail: impl Into<String>) -> Self {
        Self { id: id.to_owned(), health: Health::Ok, detail: detail.into(), remedy: None }
    }

    fn warn(id: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { health: Health::Warn, remedy: Some(remedy.into()), ..Self::ok(id, detail) }
    }

    fn fail(id: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { health: Health::Fail, ..Self::warn(id, detail, remedy) }
    }

    fn of(id: &str, error: &CloudError, remedy: &str) -> Self {
        Self::fail(id, error.to_string(), error.hint().unwrap_or_else(|| remedy.to_owned()))
    }
}

/// Everything that was looked at, in an order for people.
pub async fn examine(patient: Patient<'_>) -> Vec<Diagnosis> {
    let (heroku, aws) = tokio::join!(heroku(patient), aws(patient));
    [specs(patient), surroundings(patient), heroku, aws].concat()
}

fn specs(patient: Patient<'_>) -> Vec<Diagnosis> {
    let broken = patient.broken.iter().map(|name| {
        let id = format!("environments.{name}");
        Diagnosis::fail(&id, "the file has mistakes", format!("trueup validate {name}"))
    });
    broken.collect()
}

fn surroundings(patient: Patient<'_>) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    match patient.proxy.in_words() {
        Ok(Some(words)) => found.push(Diagnosis::ok("proxy", format!("calls go through {words}"))),
        Ok(None) => found.push(Diagnosis::ok("proxy", "no variable names one")),
        Err(error) => found.push(Diagnosis::of("proxy", &error, "unset HTTPS_PROXY")),
    }
    if let Some(file) = patient.certificates {
        let detail = format!("AWS is trusted by the certificates of {file} alone (AWS_CA_BUNDLE)");
        found.push(Diagnosis::ok("certificates", detail));
    }
    found
}

async fn heroku(patient: Patient<'_>) -> Vec<Diagnosis> {
    let heroku = &patient.clouds.heroku;
    let (token, data, stacks) = tokio::join!(heroku.token(), heroku.is_data_reached(), heroku.stacks());
    let token = match token {
        Ok(token) => token,
        // Whatever else was asked was refused for the same reason.
        Err(error) => return vec![Diagnosis::of("heroku.token", &error, "heroku login")],
    };
    let mut found = vec![Diagnosis::ok("heroku.token", "Heroku takes it"), scopes(&token)];
    found.extend(token.date.map(|date| clock(date - patient.now)));
    found.extend(patient.clouds.meter.heroku_remaining().map(|left| quota(left, patient)));
    found.push(match data {
        Ok(()) => Diagnosis::ok("heroku.data", "the data API answers"),
        Err(error) => Diagnosis::of("heroku.data", &error, "look whether a firewall lets it through"),
    });
    if let Ok(stacks) = stacks {
        found.extend(ending(patient.environments, &stacks));
    }
    found
}

fn scopes(token: &Token) -> Diagnosis {
    const ID: &str = "heroku.scopes";
    let has = |wanted: &[&str]| token.scopes.iter().any(|scope| wanted.contains(scope));
    let create = |scopes: &str| format!("heroku authorizations:create -s {scopes} -d trueup");
    let told = token.scopes.join(", ");
    match () {
        () if token.scopes.is_empty() => Diagnosis::ok(ID, "Heroku does not say which it has"),
        () if has(&["global", "write-protected"]) => {
            Diagnosis::ok(ID, format!("{told}: enough for every command"))
        }
        () if has(&["read-protected"]) => Diagnosis::warn(
            ID,
            format!("{told}: enough for plan, drift and status, and too narrow for apply"),
            create("write-protected,identity"),
        ),
        () => Diagnosis::fail(
            ID,
            format!("{told}: a plan reads config vars and releases, which `read-protected` allows"),
            create("read-protected,identity"),
        ),
    }
}

/// How far Heroku's clock is from the one here.
fn clock(ahead: Duration) -> Diagnosis {
    const ID: &str = "clock";
    const SET: &str = "sudo timedatectl set-ntp true";
    let off = ahead.abs();
    let way = if ahead.is_negative() { "ahead of" } else { "behind" };
    let detail = format!("{} s {way} Heroku's", off.whole_seconds());
    match () {
        () if off > TOO_SKEWED => {
            Diagnosis::fail(ID, format!("{detail}: AWS refuses what is signed a quarter of an hour off"), SET)
        }
        () if off > SKEWED => Diagnosis::warn(ID, detail, SET),
        () => Diagnosis::ok(ID, "as Heroku's, give or take a minute"),
    }
}

fn quota(left: u64, patient: Patient<'_>) -> Diagnosis {
    const ID: &str = "heroku.quota";
    let takes = resource::heroku_calls(patient.environments.iter().map(|one| &one.spec));
    let whole = match patient.environments.len() {
        1 => "the environment".to_owned(),
        many => format!("all {many} environments"),
    };
    let detail = format!("{left} calls left of this hour's; a plan of {whole} takes about {takes}");
    if left < takes || left < FEW {
        let remedy = "wait: 75 calls come back a minute; a long run paces itself";
        return Diagnosis::warn(ID, detail, remedy);
    }
    Diagnosis::ok(ID, detail)
}

/// Stacks of the specs that Heroku is to end, or does not have.
fn ending(environments: &[Environment], stacks: &[Stack]) -> Vec<Diagnosis> {
    let named: BTreeSet<&str> = environments
        .iter()
        .filter_map(|one| one.spec.app.stack.as_ref())
        .map(crate::spec::StackName::as_str)
        .collect();
    let newest = stacks.iter().filter(|one| one.state == "public" && one.name.starts_with("heroku-"));
    let newest = newest.map(|one| one.name.as_str()).max().unwrap_or("another one");
    let told = named.into_iter().map(|name| {
        let id = format!("stack.{name}");
        let remedy = format!("write `stack: {newest}`, and deploy");
        match stacks.iter().find(|one| one.name == name).map(|one| one.state.as_str()) {
            Some("deprecated") => Diagnosis::warn(&id, "deprecated: Heroku will end it", remedy),
            Some(state) => Diagnosis::ok(&id, state),
            None => Diagnosis::warn(&id, "Heroku does not list it", remedy),
        }
    });
    told.collect()
}

async fn aws(patient: Patient<'_>) -> Vec<Diagnosis> {
    let needs = |one: &&Environment| !one.spec.buckets.is_empty() || !one.spec.iam_users.is_empty();
    let environments: Vec<&Environment> = patient.environments.iter().filter(needs).collect();
    if environments.is_empty() {
        return vec![Diagnosis::ok("aws", "no environment here has anything on AWS")];
    }
    let identity = match patient.clouds.aws.identity().await {
        Ok(identity) => identity,
        Err(error) => return vec![Diagnosis::of("aws.identity", &error, "aws sts get-caller-identity")],
    };
    let told = format!("{} of the account {}", identity.arn, identity.account.as_str());
    let mut found = vec![Diagnosis::ok("aws.identity", told)];
    found.extend(accounts(&environments, &identity));
    found.extend(s3(&environments, patient.clouds).await);
    found.push(allowed(&environments, &identity, patient.clouds).await);
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
        Err(error) => Diagnosis::of("aws.s3", &error, "look whether a firewall lets it through"),
    })
}

/// What a plan needs and the identity may not, as far as IAM says it.
async fn allowed(environments: &[&Environment], identity: &Identity, clouds: &Clouds) -> Diagnosis {
    const ID: &str = "aws.rights";
    let Some(principal) = principal(&identity.arn) else {
        return Diagnosis::ok(ID, "the root of the account may do everything");
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
                return Diagnosis::of("aws.iam", &error, "look whether a firewall lets it through");
            }
            Err(error) => {
                let detail =
                    format!("not compared: IAM does not simulate it for this identity ({})", error.message);
                return Diagnosis::ok(ID, detail);
            }
        }
    }
    if denied.is_empty() {
        return Diagnosis::ok(ID, "the identity may do all that a plan needs");
    }
    let names: Vec<String> = denied.into_iter().collect();
    let remedy = format!("trueup policy {} --for plan", environments[0].name);
    Diagnosis::fail(ID, format!("the identity may not: {}", names.join(", ")), remedy)
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
    fn a_token_needs_what_a_plan_reads_and_its_scopes_are_told() {
        for (scopes_of, health, told) in [
            (&["global"][..], Health::Ok, "enough for every command"),
            (&["identity", "write-protected"], Health::Ok, "identity, write-protected"),
            (&["read-protected"], Health::Warn, "too narrow for apply"),
            (&["read", "identity"], Health::Fail, "`read-protected` allows"),
            (&[], Health::Ok, "does not say"),
        ] {
            let found = scopes(&Token { scopes: scopes_of.to_vec(), date: None });
            assert_eq!(found.health, health, "{scopes_of:?}");
            assert!(found.detail.contains(told), "{}", found.detail);
        }
    }

    #[test]
    fn a_clock_may_be_a_minute_off() {
        for (seconds, health) in [
            (0, Health::Ok),
            (-59, Health::Ok),
            (61, Health::Warn),
            (-299, Health::Warn),
            (301, Health::Fail),
            (-86_400, Health::Fail),
        ] {
            assert_eq!(clock(Duration::seconds(seconds)).health, health, "{seconds}");
        }
        assert!(clock(Duration::minutes(2)).detail.starts_with("120 s behind"));
    }

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

//! Certificates: the one that this Heroku manages, which is there as soon as a test says that the authority issued it,
//! and those that were brought to an app (heroku-api.md section 7, life-and-ci.md section 9.1).

mod pem;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, Domain, HerokuState, fresh_id, id_of, stamp};
use super::{Call, Line, Moment};
use crate::sandbox::http::{Method, Response};

/// A certificate that was brought to an app. Its key is kept by nobody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Certificate {
    id: String,
    name: String,
    chain: String,
    names: Vec<String>,
    issuer: String,
    subject: String,
    starts_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    created_at: OffsetDateTime,
    /// Whether it comes and goes with the management of certificates.
    #[serde(default)]
    is_managed: bool,
}

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    let all = of_app(state, app, call.moment);
    let find = |which: &str| {
        let found = all.iter().find(|one| one.id == which || one.name == which).cloned();
        found.ok_or_else(missing)
    };
    match line {
        (&Method::GET, []) => {
            let bodies: Vec<Value> = all.iter().map(|one| body(state, app, one, call.moment)).collect();
            paged(call, &bodies, "id")
        }
        (&Method::GET, [which]) => Ok(Response::json(200, &body(state, app, &find(which)?, call.moment))),
        (&Method::POST, []) => add(state, call, app),
        (&Method::DELETE, [which]) => {
            let gone = find(which)?;
            if gone.is_managed {
                return Err(Problem::invalid("Heroku manages this certificate."));
            }
            let response = Response::json(200, &body(state, app, &gone, call.moment));
            state.app_mut(app).certificates.retain(|one| one.id != gone.id);
            for domain in state.domains.values_mut() {
                domain.endpoint.take_if(|endpoint| *endpoint == gone.id);
            }
            Ok(response)
        }
        _ => Err(Problem::no_route()),
    }
}

fn missing() -> Problem {
    Problem::not_found("sni_endpoint", "Couldn't find that SNI endpoint.")
}

fn add(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let given =
        |key: &str| call.body[key].as_str().ok_or_else(|| Problem::invalid(format!("{key} is required")));
    let (chain, key) = (given("certificate_chain")?, given("private_key")?);
    if !key.contains("PRIVATE KEY-----") {
        return Err(Problem::invalid("The private key is not one in PEM form."));
    }
    let read =
        pem::read(chain).ok_or_else(|| Problem::invalid("The chain holds no certificate in PEM form."))?;
    let id = fresh_id();
    let certificate = Certificate {
        name: format!("akita-{}", &id[..8]),
        id,
        chain: chain.to_owned(),
        names: read.names,
        issuer: read.issuer,
        subject: read.subject,
        starts_at: read.starts_at,
        expires_at: read.expires_at,
        created_at: call.moment.now,
        is_managed: false,
    };
    let response = Response::json(201, &body(state, app, &certificate, call.moment));
    state.app_mut(app).certificates.push(certificate);
    Ok(response)
}

/// The id of the certificate that a domain is to be served with: the one that is named, or one that is good for it.
pub(super) fn chosen(app: &App, hostname: &str, named: &Value) -> Result<Option<String>, Problem> {
    let is_good = |one: &&Certificate| {
        let parent = hostname.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        one.names.iter().any(|name| name == hostname || Some(name) == parent.as_ref())
    };
    match named {
        Value::Null => Ok(app.certificates.iter().find(is_good).map(|one| one.id.clone())),
        Value::String(which) => {
            let is_it = |one: &&Certificate| one.id == *which || one.name == *which;
            Ok(Some(app.certificates.iter().find(is_it).ok_or_else(missing)?.id.clone()))
        }
        _ => Err(Problem::invalid("sni_endpoint must be a string or null")),
    }
}

/// `{id, name}` of what serves a domain's certificate.
pub(super) fn endpoint(app: &App, domain: &Domain, moment: &Moment<'_>) -> Value {
    if app.acm {
        let (id, name) = managed_names(app);
        return if is_issued(moment) { json!({ "id": id, "name": name }) } else { Value::Null };
    }
    let found = app.certificates.iter().find(|one| domain.endpoint.as_ref() == Some(&one.id));
    found.map_or(Value::Null, |one| json!({ "id": one.id, "name": one.name }))
}

/// How far the certificate of a domain is, where they are managed, and why it is no farther.
pub(super) fn progress(app: &App, moment: &Moment<'_>) -> (Option<String>, Option<String>) {
    if !app.acm {
        return (None, None);
    }
    (Some(moment.knobs.acm_status.clone()), moment.knobs.acm_reason.clone())
}

fn is_issued(moment: &Moment<'_>) -> bool {
    ["ok", "cert issued"].contains(&moment.knobs.acm_status.as_str())
}

fn managed_names(app: &App) -> (String, String) {
    let id = id_of(&format!("certificate of {}", app.id));
    let name = format!("tokyo-{}", &id[..8]);
    (id, name)
}

/// Those of an app: the managed one, or those that were brought to it.
fn of_app(state: &HerokuState, app: &str, moment: &Moment<'_>) -> Vec<Certificate> {
    let held = state.app(app);
    if !held.acm {
        return held.certificates.clone();
    }
    let domains: Vec<&Domain> = state.domains.values().filter(|domain| domain.app == app).collect();
    let first = domains.iter().map(|domain| domain.created_at).min().filter(|_| is_issued(moment));
    let managed = first.map(|first| {
        let (id, name) = managed_names(held);
        Certificate {
            id,
            name,
            chain: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
            names: domains.iter().map(|domain| domain.hostname.clone()).collect(),
            issuer: "CN=Sandbox".to_owned(),
            subject: format!("/CN={}", domains[0].hostname),
            starts_at: first,
            expires_at: first + Duration::days(moment.knobs.certificate_days),
            created_at: first,
            is_managed: true,
        }
    });
    managed.into_iter().collect()
}

fn body(state: &HerokuState, app: &str, one: &Certificate, moment: &Moment<'_>) -> Value {
    let held = state.app(app);
    let is_served = |domain: &&Domain| domain.app == app && endpoint(held, domain, moment)["id"] == one.id;
    let domains: Vec<&str> =
        state.domains.values().filter(is_served).map(|domain| domain.id.as_str()).collect();
    let is_self_signed = one.issuer == one.subject.replace("/CN", "CN");
    json!({
        "app": held.reference(), "certificate_chain": one.chain, "created_at": stamp(one.created_at), "display_name": null,
        "domains": domains, "id": one.id, "name": one.name, "updated_at": stamp(one.created_at),
        "ssl_cert": {
            "acm": one.is_managed, "ca_signed?": !is_self_signed, "cert_domains": one.names, "expires_at": stamp(one.expires_at),
            "id": id_of(&one.id), "issuer": one.issuer, "self_signed?": is_self_signed, "starts_at": stamp(one.starts_at),
            "subject": one.subject,
        },
    })
}

//! Domains: the one that every app is born with, and those that are added to it (heroku-api.md section 7).
//!
//! A new one is pending for a while and has no DNS target at first (heroku-api.md section 7). How far its certificate is,
//! a test says.

use serde_json::{Value, json};
use time::Duration;

use super::page::paged_by;
use super::problem::{Answered, Problem};
use super::state::{App, Domain, HerokuState, fresh_id, id_of, stamp};
use super::{Call, Line, Moment, certificates};
use crate::sandbox::http::{Method, Response};

/// Domains an app may have beside its own.
const MOST: usize = 1000;
/// Whose names are Heroku's.
const HEROKUS: [&str; 4] = ["heroku.com", "herokuapp.com", "herokudns.com", "herokussl.com"];

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => list(state, call, app),
        (&Method::POST, []) => create(state, call, app),
        (&Method::GET, [id]) => read(state, call, app, id),
        (&Method::PATCH, [id]) => {
            let named = sni_endpoint(call)?;
            let mut domain = custom(state, app, id)?.clone();
            domain.endpoint = certificates::chosen(state.app(app), &domain.hostname, named)?;
            let response = Response::json(200, &body(state.app(app), &domain, call.moment));
            state.domains.insert(domain.id.clone(), domain);
            Ok(response)
        }
        (&Method::DELETE, [id]) => {
            let domain = custom(state, app, id)?.clone();
            state.domains.remove(&domain.id);
            Ok(Response::json(200, &body(state.app(app), &domain, call.moment)))
        }
        _ => Err(Problem::no_route()),
    }
}

/// What an app takes along when it goes.
pub(super) fn remove_all(state: &mut HerokuState, app: &str) {
    state.domains.retain(|_, domain| domain.app != app);
}

fn list(state: &HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let held = state.app(app);
    let added = state.domains.values().filter(|domain| domain.app == app);
    let bodies: Vec<Value> =
        std::iter::once(built_in(held)).chain(added.map(|domain| body(held, domain, call.moment))).collect();
    paged_by(call, &bodies, &["id", "hostname"])
}

fn read(state: &HerokuState, call: &Call<'_>, app: &str, id: &str) -> Answered {
    let own = built_in(state.app(app));
    if own["hostname"] == *id || own["id"] == *id {
        return Ok(Response::json(200, &own));
    }
    let domain = find(state, app, id).ok_or_else(missing)?;
    Ok(Response::json(200, &body(state.app(app), domain, call.moment)))
}

fn create(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let given = call.body.get("hostname").ok_or_else(|| required("hostname"))?;
    let named = sni_endpoint(call)?;
    let hostname = given.as_str().and_then(valid);
    let hostname = hostname.ok_or_else(|| Problem::invalid(format!("Domain {given} is invalid.")))?;
    check_free(state, app, &hostname)?;
    let endpoint = certificates::chosen(state.app(app), &hostname, named)?;
    let now = call.moment.now;
    let takes = Duration::try_from(call.moment.knobs.domain).unwrap_or_default();
    let id = fresh_id();
    let domain = Domain {
        cname: format!("tranquil-otter-{}.herokudns.com", &id.replace('-', "")[..24]),
        id: id.clone(),
        app: app.to_owned(),
        hostname,
        created_at: now,
        target_at: now + takes / 2,
        settled_at: now + takes,
        becomes: call.moment.knobs.domain_status.clone(),
        endpoint,
    };
    let response = Response::json(201, &body(state.app(app), &domain, call.moment));
    state.domains.insert(id, domain);
    Ok(response)
}

fn required(key: &str) -> Problem {
    Problem::invalid(format!("{key} is required"))
}

/// Must be there, if only as null.
fn sni_endpoint<'a>(call: &'a Call<'_>) -> Result<&'a Value, Problem> {
    call.body.get("sni_endpoint").ok_or_else(|| required("sni_endpoint"))
}

/// A hostname belongs to one app on all of Heroku.
fn check_free(state: &HerokuState, app: &str, hostname: &str) -> Result<(), Problem> {
    let holder = state.domains.values().find(|domain| domain.hostname == hostname);
    if holder.is_some_and(|domain| domain.app == app) {
        return Err(Problem::invalid("Domain already added to this app."));
    }
    let is_below = |suffix: &&str| {
        hostname.strip_suffix(*suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if holder.is_some() || HEROKUS.iter().any(is_below) {
        return Err(Problem::invalid(format!("{hostname} is currently in use by another app.")));
    }
    if state.domains.values().filter(|domain| domain.app == app).count() >= MOST {
        return Err(Problem::invalid(format!("An app can have at most {MOST} domains.")));
    }
    Ok(())
}

fn find<'a>(state: &'a HerokuState, app: &str, id: &str) -> Option<&'a Domain> {
    let hostname = id.to_ascii_lowercase();
    state.domains.values().find(|one| one.app == app && (one.id == id || one.hostname == hostname))
}

/// A domain that was added and can go again.
fn custom<'a>(state: &'a HerokuState, app: &str, id: &str) -> Result<&'a Domain, Problem> {
    let own = built_in(state.app(app));
    if own["hostname"] == *id || own["id"] == *id {
        return Err(Problem::invalid("The domain that Heroku gave the app can't be changed or removed."));
    }
    find(state, app, id).ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::not_found("domain", "Couldn't find that domain name.")
}

/// The name as Heroku keeps it, in lower case; `None` when it is no full name of a host, or of all hosts of a domain.
/// Letters beyond ASCII come in their `xn--` form only.
fn valid(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let labels: Vec<&str> = name.strip_prefix("*.").unwrap_or(&name).split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A number at the end makes it an address.
    let has_end = labels.last().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_lowercase()));
    let is_valid = labels.len() > 1 && name.len() <= 253 && labels.iter().all(is_label) && has_end;
    is_valid.then_some(name)
}

/// The domain that an app is born with, which has no target of its own.
fn built_in(app: &App) -> Value {
    let host = app.web_url.trim_start_matches("https://").trim_end_matches('/');
    json!({
        "acm_status": null, "acm_status_reason": null, "app": app.reference(), "cname": null, "created_at": stamp(app.created_at),
        "hostname": host, "id": id_of(host), "kind": "heroku", "updated_at": stamp(app.created_at), "status": "none", "sni_endpoint": null,
    })
}

fn body(app: &App, domain: &Domain, moment: &Moment<'_>) -> Value {
    let now = moment.now;
    let (acm_status, acm_reason) = certificates::progress(app, moment);
    let cname = (now >= domain.target_at).then_some(&domain.cname);
    let is_settled = now >= domain.settled_at;
    let changed_at = if is_settled { domain.settled_at } else { domain.created_at };
    json!({
        "acm_status": acm_status, "acm_status_reason": acm_reason, "app": app.reference(), "cname": cname, "created_at": stamp(domain.created_at),
        "hostname": domain.hostname, "id": domain.id, "kind": "custom", "updated_at": stamp(changed_at),
        "status": if is_settled { domain.becomes.as_str() } else { "pending" },
        "sni_endpoint": certificates::endpoint(app, domain, moment),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostname_is_a_full_name_in_ascii() {
        for (name, kept) in [
            ("app.ledger.example", "app.ledger.example"),
            ("App.Ledger.Example", "app.ledger.example"),
            ("ledger.example", "ledger.example"),
            ("*.ledger.example", "*.ledger.example"),
            ("1.ledger.example", "1.ledger.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("bücher.xn--p1ai", ""),
            ("localhost", ""),
            ("*.example", ""),
            ("a.*.ledger.example", ""),
            ("ledger.example.", ""),
            ("ledger..example", ""),
            ("-ledger.example", ""),
            ("ledger-.example", ""),
            ("led_ger.example", ""),
            ("led ger.example", ""),
            ("https://ledger.example", ""),
            ("ledger.example/path", ""),
            ("ledger.example:443", ""),
            ("127.0.0.1", ""),
            ("", ""),
        ] {
            assert_eq!(valid(name).unwrap_or_default(), kept, "{name}");
        }
        let label = "a".repeat(63);
        assert!(valid(&format!("{label}.example")).is_some());
        assert!(valid(&format!("{label}a.example")).is_none());
        assert!(valid(&format!("{label}.{label}.{label}.{label}.example")).is_none(), "longer than 253");
    }
}

//! Add-ons: ordered, provisioned after a while, changed, removed (heroku-api.md section 3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use time::Duration;

use super::page::paged_by;
use super::postgres::{self, Real};
use super::problem::{Answered, Problem};
use super::state::{Addon, Attachment, HerokuState, fresh_id, id_of, stamp};
use super::{Call, Line, attachments, catalog, find_app, rotations, transfers};
use crate::sandbox::http::{Method, Moment, Response};

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => list(state, call, app),
        (&Method::POST, []) => create(state, call, app),
        (&Method::GET, [id]) => read(state, call, Some(app), id),
        (&Method::PATCH, [id]) => change(state, call, app, id),
        (&Method::DELETE, [id]) => delete(state, call, app, id),
        _ => Err(Problem::no_route()),
    }
}

/// The app's own, and those that are attached to it from others.
fn list(state: &HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let is_attached =
        |addon: &Addon| state.attachments.values().any(|one| one.addon == addon.id && one.app == app);
    let seen = state.addons.values().filter(|addon| addon.app == app || is_attached(addon));
    let bodies: Vec<Value> = seen.map(|addon| body(state, call, addon)).collect();
    paged_by(call, &bodies, &["id", "name"])
}

pub(super) fn list_all(state: &HerokuState, call: &Call<'_>) -> Answered {
    let mine = state.addons.values().filter(|addon| state.app(&addon.app).owner == call.who.email);
    let bodies: Vec<Value> = mine.map(|addon| body(state, call, addon)).collect();
    paged_by(call, &bodies, &["id", "name"])
}

/// The add-on of that id or name; under an app also by attachment name.
pub(super) fn find<'a>(
    state: &'a HerokuState,
    call: &Call<'_>,
    app: Option<&str>,
    id: &str,
) -> Result<&'a Addon, Problem> {
    let by_attachment =
        state.attachments.values().find(|one| Some(one.app.as_str()) == app && one.name == id);
    let wanted = by_attachment.map_or(id, |attachment| attachment.addon.as_str());
    let found = state.addons.values().find(|addon| addon.id == wanted || addon.name == wanted);
    let missing = || Problem::not_found("add_on", "Couldn't find that add-on.");
    let addon = found.ok_or_else(missing)?;
    let is_attached = |app| state.attachments.values().any(|one| one.addon == addon.id && one.app == app);
    if app.is_some_and(|app| addon.app != app && !is_attached(app)) {
        return Err(missing());
    }
    if state.app(&addon.app).owner == call.who.email { Ok(addon) } else { Err(Problem::forbidden()) }
}

pub(super) fn read(state: &HerokuState, call: &Call<'_>, app: Option<&str>, id: &str) -> Answered {
    Ok(Response::json(200, &body(state, call, find(state, call, app, id)?)))
}

pub(super) fn resolve(state: &HerokuState, call: &Call<'_>) -> Answered {
    let app = call.named("app").map(|app| find_app(state, call, app)).transpose()?.map(|app| app.id.as_str());
    let addon = find(state, call, app, call.named("addon").unwrap_or_default())?;
    Ok(Response::json(200, &json!([body(state, call, addon)])))
}

fn create(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let asked = call.named("plan").unwrap_or_default();
    let plan = catalog::find_plan(asked).ok_or_else(|| {
        Problem::invalid(format!(
            "Couldn't find either the add-on service or the add-on plan of \"{asked}\"."
        ))
    })?;
    let service = plan.split(':').next().unwrap_or_default().to_owned();
    let id = fresh_id();
    let name = call.named("name").map_or_else(|| generated_name(&service, &id), str::to_owned);
    check_name(state, &name, None)?;
    let attachment = match call.body["attachment"]["name"].as_str() {
        Some(name) => name.to_owned(),
        None => attachments::usual_name(state, app, &service),
    };
    attachments::check_name(state, app, &attachment)?;
    attachments::make_room(state, call, app, &catalog::vars_under(&plan, &attachment))?;
    let origin = origin(state, call, app, &plan)?;
    let origin_addon = origin.as_ref().map(|(_, id)| &state.addons[id]);
    let contents = origin_addon.map(transfers::contents);
    let now = call.moment.now;
    let takes =
        if catalog::is_slow(&service) { call.moment.knobs.provisioning } else { std::time::Duration::ZERO };
    let takes = Duration::try_from(takes).unwrap_or_default();
    let addon = Addon {
        value: value_of(&service, &id, call),
        id: id.clone(),
        name,
        app: app.to_owned(),
        plan,
        created_at: now,
        becomes: call.moment.knobs.addon_state.clone(),
        ready_at: now + takes,
        usable_at: now + takes + takes / 2,
        copyable_at: now + takes * 2,
        following: origin.clone().filter(|(option, _)| *option == "follow").map(|(_, id)| id),
        forked_from: origin.filter(|(option, _)| *option != "follow").map(|(_, id)| id),
        credentials: Vec::new(),
        contents: contents.map(|contents| BASE64.encode(contents)),
        rotations: std::collections::BTreeMap::new(),
    };
    make_database(call, &addon, origin_addon)?;
    state.attachments.insert(
        id_of(&id),
        Attachment {
            id: id_of(&id),
            name: attachment.clone(),
            addon: id.clone(),
            app: app.to_owned(),
            namespace: None,
            is_unset: false,
            created_at: now,
        },
    );
    state.addons.insert(id.clone(), addon);
    state.release(app, format!("Attach {attachment}"), now);
    let body = body(state, call, &state.addons[&id]);
    Ok(Response::json(if takes.is_zero() { 201 } else { 202 }, &body))
}

/// Makes its database on the real server, if there is one: of another's rows, or empty with the extensions that are asked for.
fn make_database(call: &Call<'_>, addon: &Addon, origin: Option<&Addon>) -> Result<(), Problem> {
    let knobs = call.moment.knobs;
    let Some(real) = Real::of(knobs, addon) else { return Ok(()) };
    let asked = call.body["config"]["extensions"].as_str().unwrap_or_default();
    let extensions: Vec<String> =
        asked.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let made = match origin.and_then(|origin| Some((Real::of(knobs, origin)?, origin.roles()))) {
        Some((origin, roles)) => real.fork(&origin, &roles),
        None => real.create(&extensions),
    };
    made.map_err(|words| Problem::invalid(format!("The sandbox's PostgreSQL made no database: {words}")))
}

/// The database that a new one is made from, by the option that says so. It must be there and usable by now, on a
/// server of its own, and no follower itself (heroku-api.md section 8.1).
fn origin(
    state: &HerokuState,
    call: &Call<'_>,
    app: &str,
    plan: &str,
) -> Result<Option<(&'static str, String)>, Problem> {
    let config = &call.body["config"];
    let named = ["follow", "fork", "rollback"]
        .into_iter()
        .find_map(|option| Some((option, config[option].as_str()?)));
    let Some((option, value)) = named.filter(|_| plan.starts_with("heroku-postgresql:")) else {
        return Ok(None);
    };
    let (of, name) = match value.split_once("::") {
        Some((other, name)) => (find_app(state, call, other)?.id.as_str(), name),
        None => (app, value),
    };
    let upper = name.to_ascii_uppercase();
    let attachment = state.attachments.values().find(|one| {
        one.app == of && (one.name == upper || upper.strip_suffix("_URL") == Some(one.name.as_str()))
    });
    let wanted = attachment.map_or(name, |attachment| attachment.addon.as_str());
    let addon = state.addons.values().find(|addon| addon.id == wanted || addon.name == wanted);
    let refused = |what: &str| Problem::invalid(format!("Cannot {option} {value}: {what}"));
    let addon = addon.ok_or_else(|| refused("no such database."))?;
    if plan.contains(":essential") || !addon.is_dedicated_database() {
        return Err(refused("only databases of the Standard tier and above can be copied."));
    }
    if addon.following.is_some() {
        return Err(refused("it is a follower."));
    }
    if call.moment.now < addon.copyable_at {
        return Err(refused("it is not available yet."));
    }
    Ok(Some((option, addon.id.clone())))
}

/// Heroku's rule, and unique on all of Heroku (heroku-api.md section 3).
fn check_name(state: &HerokuState, name: &str, own: Option<&str>) -> Result<(), Problem> {
    let is_valid = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !is_valid {
        return Err(Problem::invalid(format!("Name {name} is invalid.")));
    }
    if state.addons.values().any(|addon| addon.name == name && Some(addon.id.as_str()) != own) {
        return Err(Problem::invalid(format!("Name {name} is already taken")));
    }
    Ok(())
}

fn generated_name(service: &str, id: &str) -> String {
    let stem = service.trim_start_matches("heroku-");
    // As many digits as keep the names of a large fleet apart.
    let number = u32::from_str_radix(&id[..8], 16).unwrap_or_default();
    format!("{stem}-shapely-{number:05}")
}

/// What the add-on's var holds: a URL with a password, as real ones do.
fn value_of(service: &str, id: &str, call: &Call<'_>) -> String {
    let password = id.replace('-', "");
    match (service, &call.moment.knobs.postgres) {
        ("heroku-postgresql", server) => {
            // A host that nobody will ever have (RFC 6761): there is no database.
            let nowhere = "postgres://postgres.invalid:5432";
            let server = server.as_deref().unwrap_or(nowhere);
            postgres::url_of_new(server, id).unwrap_or_else(|| server.to_owned())
        }
        ("heroku-redis", _) => format!("rediss://:p{password}@127.0.0.1:6379"),
        _ => format!("https://{}:{password}@addon.example/{}", &password[..8], &password[8..16]),
    }
}

fn change(state: &mut HerokuState, call: &Call<'_>, app: &str, id: &str) -> Answered {
    let addon = find(state, call, Some(app), id)?;
    if addon.app != app {
        return Err(Problem::forbidden());
    }
    let (id, before) = (addon.id.clone(), addon.plan.clone());
    let asked = call.named("plan").filter(|plan| !plan.is_empty()).unwrap_or(&before).to_owned();
    let after = catalog::find_plan(&asked).ok_or_else(|| {
        Problem::invalid(format!(
            "Couldn't find either the add-on service or the add-on plan of \"{asked}\"."
        ))
    })?;
    if after.split(':').next() != before.split(':').next() {
        return Err(Problem::invalid("The plan belongs to another add-on service."));
    }
    let is_shared = |plan: &str| plan.contains(":essential");
    if after.starts_with("heroku-postgresql:") && is_shared(&before) != is_shared(&after) {
        return Err(Problem::invalid(format!(
            "Cannot change plan from {before} to {after}: create a new database and copy the data."
        )));
    }
    if let Some(name) = call.named("name") {
        check_name(state, name, Some(&id))?;
    }
    let now = call.moment.now;
    let is_other = before != after;
    if let Some(addon) = state.addons.get_mut(&id) {
        // A database that is moved has another address.
        if is_other && addon.service() == "heroku-postgresql" {
            addon.value = moved(call, addon)?;
        }
        addon.plan.clone_from(&after);
        if let Some(name) = call.named("name") {
            name.clone_into(&mut addon.name);
        }
    }
    if is_other {
        state.release(app, format!("Change plan to {after}"), now);
    }
    Ok(Response::json(200, &body(state, call, &state.addons[&id])))
}

/// The address of a database that was moved: on a real server it stays where it is, and its password is another one.
fn moved(call: &Call<'_>, addon: &Addon) -> Result<String, Problem> {
    let Some(real) = Real::of(call.moment.knobs, addon) else {
        return Ok(value_of("heroku-postgresql", &fresh_id(), call));
    };
    let word = rotations::fresh_word();
    real.set_password(None, &word, true).map_err(Problem::invalid)?;
    Ok(rotations::with_password(&addon.value, &word))
}

/// Refused while other apps use it, unless forced (heroku-api.md section 3).
fn delete(state: &mut HerokuState, call: &Call<'_>, app: &str, id: &str) -> Answered {
    let addon = find(state, call, Some(app), id)?;
    if addon.app != app {
        return Err(Problem::forbidden());
    }
    let id = addon.id.clone();
    let is_elsewhere = state.attachments.values().any(|one| one.addon == id && one.app != app);
    let is_forced = call.body["force"].as_bool().unwrap_or_default();
    if is_elsewhere && !is_forced {
        return Err(Problem::invalid(
            "The add-on is attached to other apps. Use force to remove it all the same.",
        ));
    }
    let mut gone = body(state, call, &state.addons[&id]);
    gone["state"] = json!("deprovisioned");
    remove(state, &id, call.moment);
    Ok(Response::json(200, &gone))
}

/// Removes an add-on with what hangs on it; each attachment that goes is a release of its app.
pub(super) fn remove(state: &mut HerokuState, id: &str, moment: &Moment<'_>) {
    let attached: Vec<(String, String)> = state
        .attachments
        .values()
        .filter(|attachment| attachment.addon == id)
        .map(|attachment| (attachment.app.clone(), attachment.name.clone()))
        .collect();
    state.attachments.retain(|_, attachment| attachment.addon != id);
    state.schedules.remove(id);
    // Nothing says that backups outlive their database (life-and-ci.md section 1.6).
    state.transfers.retain(|_, transfer| transfer.addon != id);
    if let Some(addon) = state.addons.remove(id)
        && let Some(real) = Real::of(moment.knobs, &addon)
    {
        real.remove(&addon.roles());
    }
    for (app, name) in attached {
        state.release(&app, format!("Detach {name}"), moment.now);
    }
}

pub(super) fn body(state: &HerokuState, call: &Call<'_>, addon: &Addon) -> Value {
    let app = state.app(&addon.app);
    let service = json!({ "id": id_of(addon.service()), "name": addon.service() });
    let is_ready = addon.is_provisioned(call.moment.now);
    let is_being_made = call.moment.now < addon.ready_at;
    let price = catalog::price(&addon.plan);
    let is_expanded = call.wants("accept-expansion", "plan");
    let plan = if is_expanded {
        catalog::plan_body(&addon.plan)
    } else {
        json!({ "id": id_of(&addon.plan), "name": addon.plan })
    };
    json!({
        "actions": [], "addon_service": if call.wants("accept-expansion", "addon_service") { catalog::service_body(addon.service()) } else { service },
        "billing_entity": { "id": app.id, "name": app.name, "type": "app" }, "app": app.reference(),
        "billed_price": { "cents": price, "contract": false, "unit": "month" },
        "config_vars": if is_ready { attachments::vars_of(state, &addon.id, &addon.app) } else { Vec::new() },
        "created_at": stamp(addon.created_at), "id": addon.id, "name": addon.name, "plan": plan, "provider_id": addon.id,
        "provision_message": "", "state": if is_being_made { "provisioning" } else { &addon.becomes },
        "updated_at": stamp(addon.created_at), "web_url": null,
    })
}

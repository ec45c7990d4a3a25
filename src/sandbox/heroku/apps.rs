//! Apps, and whether Heroku manages their certificates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::page::{paged, paged_by};
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, fresh_id, id_of, stamp};
use super::{Call, Line, addons, catalog, domains, pipelines};
use crate::sandbox::http::{Method, Response};

pub(super) fn create(state: &mut HerokuState, call: &Call<'_>) -> Answered {
    let id = fresh_id();
    let name = call.named("name").map_or_else(|| format!("sheltered-reaches-{}", &id[..5]), str::to_owned);
    check_name(state, &name, None)?;
    let region = call.named("region").unwrap_or("us").to_owned();
    let stack = call.named("stack").unwrap_or(catalog::DEFAULT_STACK).to_owned();
    catalog::check_region(&region)?;
    catalog::check_stack(&stack)?;
    let now = call.moment.now;
    let mut app = App {
        web_url: format!("https://{name}-{}.herokuapp.com/", &id[..12].replace('-', "")),
        id: id.clone(),
        name,
        owner: call.who.email.clone(),
        team: call.named("team").or_else(|| call.named("organization")).map(str::to_owned),
        region,
        stack: stack.clone(),
        build_stack: stack,
        maintenance: false,
        created_at: now,
        config: BTreeMap::new(),
        formation: Vec::new(),
        buildpacks: Vec::new(),
        releases: Vec::new(),
        one_offs: Vec::new(),
        features: BTreeMap::new(),
        acm: false,
        collaborators: BTreeMap::new(),
        drains: Vec::new(),
        certificates: Vec::new(),
    };
    app.add_release("Initial release".to_owned(), None, now);
    app.add_release("Enable Logplex".to_owned(), None, now);
    let body = body(&app);
    state.apps.insert(id, app);
    Ok(Response::json(201, &body))
}

/// Heroku's rule, and unique on all of Heroku (heroku-api.md section 2).
fn check_name(state: &HerokuState, name: &str, own: Option<&str>) -> Result<(), Problem> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_valid = (3..=30).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(inner);
    if !is_valid {
        return Err(Problem::invalid(
            "Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.",
        ));
    }
    if state.apps.values().any(|app| app.name == name && Some(app.id.as_str()) != own) {
        return Err(Problem::invalid(format!("Name {name} is already taken")));
    }
    Ok(())
}

pub(super) fn list(state: &HerokuState, call: &Call<'_>, team: Option<&str>) -> Answered {
    let mine = state.apps.values().filter(|app| app.owner == call.who.email);
    let bodies: Vec<Value> =
        mine.filter(|app| team.is_none() || app.team.as_deref() == team).map(body).collect();
    paged_by(call, &bodies, &["id", "name", "updated_at"])
}

pub(super) fn read(state: &HerokuState, id: &str) -> Response {
    Response::json(200, &body(state.app(id)))
}

/// Only name, maintenance and stack can change (heroku-api.md section 2).
pub(super) fn update(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Answered {
    if let Some(name) = call.named("name") {
        check_name(state, name, Some(id))?;
    }
    let stack = call.named("build_stack").or_else(|| call.named("stack"));
    if let Some(stack) = stack {
        catalog::check_stack(stack)?;
    }
    let app = state.app_mut(id);
    if let Some(name) = call.named("name") {
        name.clone_into(&mut app.name);
    }
    if let Some(maintenance) = call.body["maintenance"].as_bool() {
        app.maintenance = maintenance;
    }
    if let Some(stack) = stack {
        stack.clone_into(&mut app.build_stack);
        // What runs changes with the next build only; before the first one, nothing runs.
        if app.releases.iter().all(|release| release.slug.is_none()) {
            stack.clone_into(&mut app.stack);
        }
    }
    Ok(read(state, id))
}

/// Certificates that Heroku manages: of apps with paid dynos only (heroku-api.md section 2).
pub(super) fn acm(state: &mut HerokuState, id: &str, method: &Method) -> Answered {
    let app = state.app_mut(id);
    let is_paid = app.formation.iter().all(|process| process.size != "eco");
    match *method {
        Method::POST if !is_paid => {
            return Err(Problem::invalid("Automated Certificate Management needs paid dynos."));
        }
        Method::POST => app.acm = true,
        Method::PATCH if app.acm => {}
        Method::DELETE => app.acm = false,
        Method::PATCH => {
            return Err(Problem::invalid("Automated Certificate Management is not enabled."));
        }
        _ => return Err(Problem::no_route()),
    }
    Ok(read(state, id))
}

/// An app takes its add-ons with all attachments of theirs, its domains, and its place in a pipeline along.
pub(super) fn delete(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Response {
    let gone = body(state.app(id));
    let addons: Vec<String> =
        state.addons.values().filter(|addon| addon.app == id).map(|addon| addon.id.clone()).collect();
    for addon in addons {
        addons::remove(state, &addon, call.moment);
    }
    state.attachments.retain(|_, attachment| attachment.app != id);
    state.slugs.retain(|_, slug| slug.app != id);
    domains::remove_all(state, id);
    pipelines::remove_all(state, id);
    state.apps.remove(id);
    Response::json(200, &gone)
}

/// What else an app has.
pub(super) fn parts(call: &Call<'_>, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, ["webhooks"]) => paged(call, &[], "id"),
        (&Method::GET, ["available-stacks"]) => paged(call, &catalog::stacks(), "id"),
        _ => Err(Problem::no_route()),
    }
}

pub(super) fn body(app: &App) -> Value {
    let named = |name: &String| json!({ "id": id_of(name), "name": name });
    let last = app.releases.last().map_or(app.created_at, |release| release.created_at);
    let team = app.team.as_ref().map(named);
    let has_slug = app.releases.iter().any(|release| release.slug.is_some());
    json!({
        "acm": app.acm, "archived_at": null, "buildpack_provided_description": null, "build_stack": named(&app.build_stack),
        "created_at": stamp(app.created_at), "generation": { "id": id_of("cedar"), "name": "cedar" },
        "git_url": format!("https://git.heroku.com/{}.git", app.name), "id": app.id, "internal_routing": false,
        "maintenance": app.maintenance, "name": app.name, "owner": { "email": app.owner, "id": id_of(&app.owner) },
        "organization": team, "team": team, "region": named(&app.region), "released_at": stamp(last), "repo_size": 0,
        "slug_size": if has_slug { json!(60_000_000) } else { Value::Null }, "space": null, "stack": named(&app.stack),
        "updated_at": stamp(last), "web_url": app.web_url,
    })
}

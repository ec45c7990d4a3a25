//! Attachments: the names under which apps use add-ons (heroku-api.md section 3.1).

use serde_json::{Value, json};

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{Addon, Attachment, HerokuState, fresh_id, id_of, stamp};
use super::{Call, addons, catalog, find_app};
use crate::sandbox::http::Response;

const COLOURS: [&str; 12] = [
    "AMBER", "AQUA", "BLACK", "BLUE", "BRONZE", "CRIMSON", "CYAN", "GRAY", "GREEN", "JADE", "MAUVE", "OLIVE",
];

pub(super) fn of_app(state: &HerokuState, call: &Call<'_>, app: &str, rest: &[&str]) -> Answered {
    let here = state.attachments.values().filter(|attachment| attachment.app == app);
    match rest {
        [] => paged(call, &here.map(|attachment| body(state, call, attachment)).collect::<Vec<_>>(), "id"),
        [name] => {
            let mut here = here;
            let found = here.find(|attachment| attachment.name == *name || attachment.id == *name);
            found.map(|attachment| Response::json(200, &body(state, call, attachment))).ok_or_else(missing)
        }
        _ => Err(Problem::no_route()),
    }
}

fn missing() -> Problem {
    Problem::not_found("add_on attachment", "Couldn't find that add on attachment.")
}

pub(super) fn of_addon(state: &HerokuState, call: &Call<'_>, addon: &str) -> Answered {
    let addon = addons::find(state, call, None, addon)?;
    let here = state.attachments.values().filter(|attachment| attachment.addon == addon.id);
    paged(call, &here.map(|attachment| body(state, call, attachment)).collect::<Vec<_>>(), "id")
}

pub(super) fn list_all(state: &HerokuState, call: &Call<'_>) -> Answered {
    let mine =
        state.attachments.values().filter(|attachment| state.app(&attachment.app).owner == call.who.email);
    paged(call, &mine.map(|attachment| body(state, call, attachment)).collect::<Vec<_>>(), "id")
}

/// The attachment of that id, when whoever asks may see its app.
fn find<'a>(state: &'a HerokuState, call: &Call<'_>, id: &str) -> Result<&'a Attachment, Problem> {
    let attachment = state.attachments.get(id).ok_or_else(missing)?;
    find_app(state, call, &attachment.app).map(|_| attachment)
}

pub(super) fn read(state: &HerokuState, call: &Call<'_>, id: &str) -> Answered {
    let attachment = find(state, call, id)?;
    Ok(Response::json(200, &body(state, call, attachment)))
}

/// By its name, or by the var that it gives: `DATABASE` or `DATABASE_URL`.
pub(super) fn resolve(state: &HerokuState, call: &Call<'_>) -> Answered {
    let app = find_app(state, call, call.named("app").unwrap_or_default())?;
    let asked = call.named("addon_attachment").unwrap_or_default();
    let name = asked.strip_suffix("_URL").unwrap_or(asked);
    let is_meant = |one: &&Attachment| {
        one.app == app.id && (one.name == name || one.name == asked || state.addons[&one.addon].name == asked)
    };
    let found: Vec<Value> =
        state.attachments.values().filter(is_meant).map(|one| body(state, call, one)).collect();
    if found.is_empty() { Err(missing()) } else { Ok(Response::json(200, &Value::from(found))) }
}

pub(super) fn create(state: &mut HerokuState, call: &Call<'_>) -> Answered {
    let app = find_app(state, call, call.named("app").unwrap_or_default())?.id.clone();
    let addon = addons::find(state, call, None, call.named("addon").unwrap_or_default())?;
    let namespace = part(addon, call.body["namespace"].as_str())?;
    let (addon, service, plan) = (addon.id.clone(), addon.service().to_owned(), addon.plan.clone());
    let now = call.moment.now;
    let name = call.body["name"].as_str().map_or_else(|| usual_name(state, &app, &service), str::to_owned);
    let taken =
        state.attachments.values().find(|one| one.app == app && one.name == name).map(|one| one.id.clone());
    if let Some(taken) = taken {
        if call.body["confirm"].as_str() != Some(state.app(&app).name.as_str()) {
            return Err(Problem::new(
                423,
                "confirmation_required",
                format!("{name} is already attached; confirm to move it."),
            ));
        }
        state.attachments.remove(&taken);
        state.release(&app, format!("Detach {name}"), now);
    }
    check_name(state, &app, &name)?;
    make_room(state, call, &app, &catalog::vars_under(&plan, &name))?;
    let attachment = Attachment {
        id: fresh_id(),
        name: name.clone(),
        addon,
        app: app.clone(),
        namespace,
        is_unset: false,
        created_at: now,
    };
    let response = Response::json(201, &body(state, call, &attachment));
    state.attachments.insert(attachment.id.clone(), attachment);
    state.release(&app, format!("Attach {name}"), now);
    Ok(response)
}

/// The part of an add-on that a namespace names; the default credential is the add-on as such.
fn part(addon: &Addon, namespace: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(namespace) = namespace.filter(|part| !part.is_empty() && *part != "credential:default") else {
        return Ok(None);
    };
    let is_there = match namespace.split_once(':') {
        Some(("credential", name)) => addon.credentials.iter().any(|credential| credential == name),
        Some(("connection-pooling", "default")) => addon.is_dedicated_database(),
        _ => false,
    };
    if is_there {
        return Ok(Some(namespace.to_owned()));
    }
    Err(Problem::invalid(format!("Couldn't find the namespace {namespace} of {}.", addon.name)))
}

/// The last attachment on the billing app stays.
pub(super) fn delete(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Answered {
    let attachment = find(state, call, id)?.clone();
    let billing = &state.addons[&attachment.addon].app;
    let on_billing =
        state.attachments.values().filter(|one| one.addon == attachment.addon && one.app == *billing).count();
    if attachment.app == *billing && on_billing == 1 {
        return Err(Problem::invalid("Cannot destroy last attachment to billing app"));
    }
    let gone = body(state, call, &attachment);
    state.attachments.remove(id);
    state.release(&attachment.app, format!("Detach {}", attachment.name), call.moment.now);
    Ok(Response::json(200, &gone))
}

/// Capitals, digits and underscores, and free on the app.
pub(super) fn check_name(state: &HerokuState, app: &str, name: &str) -> Result<(), Problem> {
    let is_word = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !is_word {
        return Err(Problem::invalid(format!("Attachment name {name} is invalid.")));
    }
    if state.attachments.values().any(|one| one.app == app && one.name == name) {
        return Err(Problem::invalid(format!("Name {name} is already taken")));
    }
    Ok(())
}

/// Vars that somebody has set are overwritten only when the call names the app in `confirm`; then they go.
pub(super) fn make_room(
    state: &mut HerokuState,
    call: &Call<'_>,
    app: &str,
    names: &[String],
) -> Result<(), Problem> {
    let of_app = state.app_mut(app);
    let taken: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| of_app.config.contains_key(*name)).collect();
    if !taken.is_empty() && call.body["confirm"].as_str() != Some(of_app.name.as_str()) {
        let message = format!(
            "{} is already set on the app; confirm with `{}` to overwrite it.",
            taken.join(", "),
            of_app.name
        );
        return Err(Problem::new(423, "confirmation_required", message));
    }
    for name in names {
        of_app.config.remove(name);
    }
    Ok(())
}

/// The first database is `DATABASE`, later ones get a colour; others are named after their service.
pub(super) fn usual_name(state: &HerokuState, app: &str, service: &str) -> String {
    let is_free = |name: &String| !state.attachments.values().any(|one| one.app == app && one.name == *name);
    let stem = service.to_ascii_uppercase().replace('-', "_");
    let first = match service {
        "heroku-postgresql" => "DATABASE".to_owned(),
        "heroku-redis" => "REDIS".to_owned(),
        _ => stem.clone(),
    };
    let colours = COLOURS.iter().map(|colour| format!("{stem}_{colour}"));
    std::iter::once(first).chain(colours).find(is_free).unwrap_or(stem)
}

/// The vars that an add-on gives an app.
pub(super) fn vars_of(state: &HerokuState, addon: &str, app: &str) -> Vec<String> {
    let here = state.attachments.values().filter(|one| one.addon == addon && one.app == app);
    here.flat_map(|one| catalog::vars_under(&state.addons[addon].plan, &one.name)).collect()
}

fn body(state: &HerokuState, call: &Call<'_>, attachment: &Attachment) -> Value {
    let addon = &state.addons[&attachment.addon];
    let mut of_addon =
        json!({ "id": addon.id, "name": addon.name, "app": state.app(&addon.app).reference() });
    if call.wants("accept-inclusion", "addon:plan") {
        of_addon["plan"] = json!({ "id": id_of(&addon.plan), "name": addon.plan });
    }
    let mut body = json!({
        "addon": of_addon, "app": state.app(&attachment.app).reference(), "created_at": stamp(attachment.created_at), "id": attachment.id,
        "name": attachment.name, "namespace": attachment.namespace, "updated_at": stamp(attachment.created_at), "web_url": null, "log_input_url": null,
    });
    if call.wants("accept-inclusion", "config_vars") {
        let vars = if addon.is_provisioned(call.moment.now) {
            catalog::vars_under(&addon.plan, &attachment.name)
        } else {
            Vec::new()
        };
        body["config_vars"] = json!(vars);
    }
    body
}

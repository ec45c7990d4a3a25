//! The Heroku half: Platform API and data API (heroku-api.md), one file an API family.
//!
//! What a request may be is decided here; what it does, in its family. What changes with time (an add-on
//! that becomes ready) is computed when it is looked at, so nothing runs in the background.

mod account;
mod addons;
mod apps;
mod attachments;
mod authorizations;
mod budget;
mod buildpacks;
mod builds;
mod catalog;
mod certificates;
mod collaborators;
mod config;
mod data;
mod domains;
mod drains;
mod dump;
mod dynos;
mod features;
mod formation;
mod page;
mod pipelines;
mod postgres;
mod problem;
mod releases;
mod rotations;
mod scopes;
mod sources;
mod state;
mod transfers;

use serde_json::Value;

pub(crate) use postgres::check as check_postgres;
pub(crate) use sources::ELSEWHERE;
pub(crate) use state::HerokuState;

use super::Knobs;
use super::fault;
use super::http::{Method, Moment, Request, Response, entity_tag};
use budget::Bucket;
use page::paged;
use postgres::Real;
use problem::{Answered, Problem};
use state::{App, Who};

/// What of a thing is asked for, and how: the method, and the parts of the path behind the thing's own.
type Line<'a> = (&'a Method, &'a [&'a str]);

/// One call: who asks what, when.
pub(super) struct Call<'a> {
    pub(super) moment: &'a Moment<'a>,
    pub(super) request: &'a Request,
    pub(super) who: Who,
    pub(super) body: Value,
}

impl Call<'_> {
    /// A key of the body that is text, given itself or as `{"name": …}`, which the official client sends.
    pub(super) fn named(&self, key: &str) -> Option<&str> {
        let value = &self.body[key];
        value.as_str().or_else(|| value["name"].as_str()).or_else(|| value["id"].as_str())
    }

    /// Whether a header asks for more than the plain answer.
    pub(super) fn wants(&self, header: &str, word: &str) -> bool {
        self.request.header(header).is_some_and(|value| value.contains(word))
    }
}

/// What a request is, for logs and faults: `heroku`, `PATCH config-vars`, and whether it can change anything.
pub(crate) fn operation(request: &Request) -> (String, String, bool) {
    let segments = request.segments();
    let family = segments.iter().rev().find(|part| !looks_like_a_name(part)).cloned().unwrap_or_default();
    let asks_only = segments.first().is_some_and(|first| first == "actions" || first == "filters");
    ("heroku".to_owned(), format!("{} {family}", request.method), request.may_change() && !asks_only)
}

/// Names and ids of things have digits or are no word of the API; its own words are a short list.
fn looks_like_a_name(part: &str) -> bool {
    const WORDS: [&str; 41] = [
        "account",
        "accounts",
        "acm",
        "actions",
        "addon-attachments",
        "addon-services",
        "addons",
        "apps",
        "authorizations",
        "backups",
        "buildpack-installations",
        "builds",
        "collaborators",
        "config-vars",
        "credentials",
        "credentials_rotation",
        "databases",
        "domains",
        "dyno-sizes",
        "dynos",
        "features",
        "filters",
        "formation",
        "log-drains",
        "pipeline-couplings",
        "pipelines",
        "plans",
        "public-url",
        "rate-limits",
        "regions",
        "releases",
        "restores",
        "slugs",
        "sni-endpoints",
        "sources",
        "stacks",
        "streams",
        "teams",
        "transfer-schedules",
        "transfers",
        "wait_status",
    ];
    !WORDS.contains(&part)
}

/// Removes every database from the real server.
pub(crate) fn remove_databases(state: &HerokuState, knobs: &Knobs) {
    for addon in state.addons.values() {
        if let Some(real) = Real::of(knobs, addon) {
            real.remove(&addon.roles());
        }
    }
}

/// Answers a request.
pub(crate) fn handle(state: &mut HerokuState, moment: &Moment<'_>, request: &Request) -> Response {
    builds::advance(state, moment);
    rotations::advance(state, moment);
    if request.path.starts_with(ELSEWHERE) {
        return sources::elsewhere(state, moment, request);
    }
    let answer = match who(state, moment, request) {
        Ok(who) => {
            let scopes = who.scopes.clone();
            scopes::mark(within_budget(state, moment, request, who), &scopes, request)
        }
        // Nobody's calls are counted.
        Err(problem) => problem.into_response(),
    };
    let answer = unless_known(answer, request);
    let sent = request.header("request-id").map_or_else(String::new, |id| format!("{id},"));
    answer
        .with_header("request-id", format!("{sent}{}", uuid::Uuid::new_v4()))
        .with_header("cache-control", "private, no-cache")
}

/// Every answer has an entity tag, and whoever says that they know what would be read gets no body
/// (heroku-api.md section 1.4).
fn unless_known(answer: Response, request: &Request) -> Response {
    let tag = entity_tag(&answer.body);
    let known = request.header("if-none-match").unwrap_or_default();
    let is_read = !request.may_change() && (200..300).contains(&answer.status);
    let is_known = known.split(',').any(|known| known.trim() == tag);
    if is_read && is_known {
        let headers = answer.headers.into_iter().filter(|(name, _)| name != "content-type").collect();
        return Response { status: 304, headers, body: Vec::new() }.with_header("etag", tag);
    }
    answer.with_header("etag", tag)
}

/// Every call of an account takes one out of its bucket, whatever comes of it; asking what is left is free.
fn within_budget(state: &mut HerokuState, moment: &Moment<'_>, request: &Request, who: Who) -> Response {
    let budget = &moment.knobs.budget;
    let mut bucket =
        state.budgets.get(&who.email).copied().unwrap_or_else(|| Bucket::fresh(budget, moment.now));
    bucket.fill(budget, moment.now);
    let is_free = request.path == "/account/rate-limits";
    let may_pass = is_free || bucket.take();
    state.budgets.insert(who.email.clone(), bucket);
    let answer = if may_pass {
        checked(state, moment, request, who).unwrap_or_else(Problem::into_response)
    } else {
        fault::too_many("heroku", None)
    };
    answer
        .with_header("ratelimit-remaining", bucket.left().to_string())
        .with_header("ratelimit-multiplier", "1")
}

fn checked(state: &mut HerokuState, moment: &Moment<'_>, request: &Request, who: Who) -> Answered {
    let accept = request.header("accept").unwrap_or_default();
    let is_open = request.path.starts_with("/buildpacks");
    if !is_open && !accept.contains("version=3") {
        return Err(Problem::new(
            406,
            "not_acceptable",
            "The server cannot satisfy the request Accept header.",
        ));
    }
    if !is_open {
        scopes::check(&who.scopes, request)?;
    }
    let body = request
        .json()
        .ok_or_else(|| Problem::new(400, "bad_request", "The request body is not valid JSON."))?;
    if who.is_forbidden && request.may_change() {
        return Err(Problem::forbidden());
    }
    let call = Call { moment, request, who, body };
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answered = match parts.as_slice() {
        ["client" | "postgres" | "data", ..] => data::route(state, &call, &parts),
        ["apps" | "teams", ..] => app_routes(state, &call, &parts),
        ["addons" | "addon-attachments" | "actions", ..] => addon_routes(state, &call, &parts),
        ["pipelines" | "pipeline-couplings" | "filters", ..] => pipelines::route(state, &call, &parts),
        ["sources"] if request.method == Method::POST => Ok(sources::create(state, &call)),
        ["oauth", ..] => {
            authorizations::route(state, &call, &parts).unwrap_or_else(|| Err(Problem::no_route()))
        }
        _ => account::route(state, &call, &parts).unwrap_or_else(|| catalog::route(&call, &parts)),
    };
    if request.may_change() {
        state.sign_releases(&call.who.person);
    }
    answered
}

/// Bearer, or Basic with the token as password. A token of an authorization has its scopes. Others have all, and are taken
/// by their first letters: `bad…` is refused, `forbidden…` may only look, `other…` is another account, `colleague…`
/// works on the usual account's apps.
fn who(state: &HerokuState, moment: &Moment<'_>, request: &Request) -> Result<Who, Problem> {
    let refused = || Problem::new(401, "unauthorized", "Invalid credentials provided.");
    let header = request.header("authorization").ok_or_else(refused)?;
    let token = match header.split_once(' ') {
        Some(("Bearer", token)) => token.to_owned(),
        Some(("Basic", encoded)) => {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|_| refused())?;
            String::from_utf8_lossy(&decoded)
                .split_once(':')
                .map(|(_, token)| token.to_owned())
                .ok_or_else(refused)?
        }
        _ => return Err(refused()),
    };
    if token.is_empty() || token.starts_with("bad") {
        return Err(refused());
    }
    if let Some(made) = authorizations::of_token(state, &token, moment.now).map_err(|()| refused())? {
        return Ok(Who {
            email: made.email.clone(),
            person: made.email.clone(),
            is_forbidden: false,
            scopes: made.scopes.clone(),
        });
    }
    let email = if token.starts_with("other") { "other@trueup.example" } else { "sandbox@trueup.example" };
    let person = if token.starts_with("colleague") { "colleague@trueup.example" } else { email };
    Ok(Who {
        email: email.to_owned(),
        person: person.to_owned(),
        is_forbidden: token.starts_with("forbidden"),
        scopes: vec![scopes::GLOBAL.to_owned()],
    })
}

fn app_routes(state: &mut HerokuState, call: &Call<'_>, parts: &[&str]) -> Answered {
    match (&call.request.method, parts) {
        (&Method::POST, ["apps"] | ["teams", "apps"]) => return apps::create(state, call),
        (&Method::GET, ["apps"]) => return apps::list(state, call, None),
        (&Method::GET, ["teams", team, "apps"]) => return apps::list(state, call, Some(team)),
        (&Method::GET, ["teams", team, "features"]) => return collaborators::team_features(call, team),
        (&Method::GET, ["teams"]) => return paged(call, &[], "id"),
        _ => {}
    }
    let (["apps", name, rest @ ..] | ["teams", "apps", name, rest @ ..]) = parts else {
        return Err(Problem::no_route());
    };
    let id = find_app(state, call, name)?.id.clone();
    match (&call.request.method, rest) {
        (&Method::GET, []) => Ok(apps::read(state, &id)),
        (&Method::PATCH, []) => apps::update(state, call, &id),
        (&Method::DELETE, []) => Ok(apps::delete(state, call, &id)),
        (method, ["config-vars"]) => config::route(state, call, &id, method),
        (method, ["formation", rest @ ..]) => formation::route(state, call, &id, (method, rest)),
        (method, ["dynos", rest @ ..]) => dynos::route(state, call, &id, (method, rest)),
        (method, ["buildpack-installations"]) => buildpacks::route(state, call, &id, method),
        (method, ["addons", rest @ ..]) => addons::route(state, call, &id, (method, rest)),
        (&Method::GET, ["addon-attachments", rest @ ..]) => attachments::of_app(state, call, &id, rest),
        (method, ["releases", rest @ ..]) => releases::route(state, call, &id, (method, rest)),
        (method, ["acm"]) => apps::acm(state, &id, method),
        (method, ["collaborators", rest @ ..]) => {
            collaborators::route(state, call, (&id, parts[0] == "teams"), (method, rest))
        }
        (method, ["log-drains", rest @ ..]) => drains::route(state, call, &id, (method, rest)),
        (method, ["features", rest @ ..]) => features::route(state, call, &id, (method, rest)),
        (method, ["domains", rest @ ..]) => domains::route(state, call, &id, (method, rest)),
        (method, ["sni-endpoints", rest @ ..]) => certificates::route(state, call, &id, (method, rest)),
        (&Method::GET, ["pipeline-couplings"]) => pipelines::of_app(state, &id),
        (method, ["slugs", rest @ ..]) => releases::slugs(state, call, &id, (method, rest)),
        (method, ["builds", rest @ ..]) => builds::route(state, call, &id, (method, rest)),
        (method, rest) => apps::parts(call, (method, rest)),
    }
}

fn addon_routes(state: &mut HerokuState, call: &Call<'_>, parts: &[&str]) -> Answered {
    match (&call.request.method, parts) {
        (&Method::GET, ["addons"]) => addons::list_all(state, call),
        (&Method::GET, ["addons", id]) => addons::read(state, call, None, id),
        (&Method::GET, ["addons", id, "addon-attachments"]) => attachments::of_addon(state, call, id),
        (&Method::GET, ["addon-attachments"]) => attachments::list_all(state, call),
        (&Method::GET, ["addon-attachments", id]) => attachments::read(state, call, id),
        (&Method::POST, ["addon-attachments"]) => attachments::create(state, call),
        (&Method::DELETE, ["addon-attachments", id]) => attachments::delete(state, call, id),
        (&Method::POST, ["actions", "addons", "resolve"]) => addons::resolve(state, call),
        (&Method::POST, ["actions", "addon-attachments", "resolve"]) => attachments::resolve(state, call),
        _ => Err(Problem::no_route()),
    }
}

/// The app of that id or name, when whoever asks may see it.
fn find_app<'a>(state: &'a HerokuState, call: &Call<'_>, name: &str) -> Result<&'a App, Problem> {
    let found = state.apps.values().find(|app| app.id == name || app.name == name);
    let app = found.ok_or_else(|| Problem::not_found("app", "Couldn't find that app."))?;
    if app.owner == call.who.email { Ok(app) } else { Err(Problem::forbidden()) }
}

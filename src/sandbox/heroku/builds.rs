//! Builds: asynchronous, with an output that comes bit by bit, and a release at their end (heroku-api.md section 6).
//!
//! No buildpack runs here. What is looked at is the tarball: its checksum, its Procfile, and whether Ruby gems are locked.

mod tarball;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::page::paged_by;
use super::problem::{Answered, Problem};
use super::sources::{self, ELSEWHERE, host};
use super::state::{App, HerokuState, Phase, Slug, fresh_id, id_of, stamp};
use super::{Call, Line, releases};
use crate::sandbox::http::{Method, Moment, Request, Response};

/// Commands by process type.
type Types = BTreeMap<String, String>;

/// A build, with all that comes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Build {
    id: String,
    app: String,
    source: Value,
    stack: String,
    buildpacks: Vec<String>,
    user: String,
    started_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    output: Vec<String>,
    /// What it makes; nothing when it fails.
    slug: Option<Slug>,
    /// The id of its release to come.
    release: String,
    /// Whether what comes of it is there.
    is_over: bool,
}

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => {
            let mut builds: Vec<&Build> = state.builds.values().filter(|build| build.app == app).collect();
            builds.sort_by_key(|build| build.started_at);
            let bodies: Vec<Value> =
                builds.into_iter().map(|build| body(state.app(app), build, call)).collect();
            paged_by(call, &bodies, &["id", "started_at"])
        }
        (&Method::GET, [id]) => {
            let build = state.builds.get(*id).filter(|build| build.app == app);
            let build = build.ok_or_else(|| Problem::not_found("build", "Couldn't find that build."))?;
            Ok(Response::json(200, &body(state.app(app), build, call)))
        }
        (&Method::POST, []) => create(state, call, app),
        _ => Err(Problem::no_route()),
    }
}

fn create(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let source = &call.body["source_blob"];
    let url = source["url"].as_str().ok_or_else(|| Problem::invalid("source_blob:url is required"))?;
    sources::check_url(call, url)?;
    let found = found(state, call, app, url);
    let (now, of) = (call.moment.now, state.app(app));
    let found = found.and_then(|types| match call.moment.knobs.build_status.as_str() {
        "succeeded" => Ok(types),
        _ => Err("The build was made to fail".to_owned()),
    });
    let output = said(of, &found);
    let commit = source["version"].as_str().map(str::to_owned);
    let slug = found.ok().map(|process_types| Slug {
        id: fresh_id(),
        app: app.to_owned(),
        process_types,
        commit,
        stack: Some(of.build_stack.clone()),
        created_at: now,
    });
    let build = Build {
        id: fresh_id(),
        app: app.to_owned(),
        source: json!({
            "checksum": source["checksum"], "url": source["url"], "version": source["version"],
            "version_description": source["version_description"],
        }),
        stack: of.build_stack.clone(),
        buildpacks: of.buildpacks.clone(),
        user: call.who.person.clone(),
        started_at: now,
        ends_at: now + call.moment.knobs.build,
        output,
        slug,
        release: fresh_id(),
        is_over: false,
    };
    let answer = body(of, &build, call);
    state.builds.insert(build.id.clone(), build);
    Ok(Response::json(201, &answer))
}

/// The process types that the code at an address starts, or why a build of it fails.
fn found(state: &mut HerokuState, call: &Call<'_>, app: &str, url: &str) -> Result<Types, String> {
    if !url.contains(ELSEWHERE) {
        // What lies elsewhere cannot be fetched from here.
        let usual = [("web", "bin/rails server"), ("worker", "bundle exec rake solid_queue:start")];
        return Ok(usual.map(|(kind, command)| (kind.to_owned(), command.to_owned())).into());
    }
    let bytes = sources::take(state, url).ok_or("Unable to fetch the source: nothing was uploaded")?;
    tarball::look(&bytes, call.body["source_blob"]["checksum"].as_str(), &state.app(app).buildpacks)
}

/// What a build prints.
fn said(app: &App, found: &Result<Types, String>) -> Vec<String> {
    let buildpacks =
        if app.buildpacks.is_empty() { "detected".to_owned() } else { app.buildpacks.join(", ") };
    let begun = [
        format!("-----> Building on the {} stack", app.build_stack),
        format!("-----> Using buildpacks: {buildpacks}"),
    ];
    let ended = match found {
        Ok(types) => {
            let names: Vec<&str> = types.keys().map(String::as_str).collect();
            vec![
                "-----> Discovering process types".to_owned(),
                format!("       Procfile declares types -> {}", names.join(", ")),
                "-----> Launching...".to_owned(),
            ]
        }
        Err(why) => vec![format!(" !     {why}"), " !     The build failed".to_owned()],
    };
    begun.into_iter().chain(ended).collect()
}

/// Brings about what has come of builds and of release phases by now.
pub(super) fn advance(state: &mut HerokuState, moment: &Moment<'_>) {
    let mut over: Vec<Build> = Vec::new();
    for build in state.builds.values_mut().filter(|build| !build.is_over && build.ends_at <= moment.now) {
        build.is_over = true;
        over.push(build.clone());
    }
    over.sort_by_key(|build| build.ends_at);
    for Build { app, slug, release, user, ends_at, .. } in over {
        let Some(slug) = slug.filter(|_| state.apps.contains_key(&app)) else { continue };
        let commit: String = slug.commit.as_deref().unwrap_or("0000000").chars().take(8).collect();
        let description = format!("Deploy {commit}");
        let made = releases::deploy(state, (&app, ends_at, moment.knobs), &slug, description);
        made.id = release;
        made.user = Some(user);
        state.slugs.insert(slug.id.clone(), slug);
    }
    releases::end_phases(state, moment.now);
}

/// What a build or a release phase prints, as far as it has come. Those who read it read again from where it broke off.
pub(super) fn stream(state: &HerokuState, moment: &Moment<'_>, request: &Request, id: &str) -> Response {
    let absent = || Response::typed(404, "text/plain", b"not found".to_vec());
    let text = if let Some(build) = state.builds.get(id) {
        printed(&build.output, build.started_at, build.ends_at, moment.now)
    } else {
        let mut releases = state.apps.values().flat_map(|app| &app.releases);
        let release = releases.find(|release| release.id == id);
        match release.and_then(|release| release.phase.as_ref().map(|phase| (release, phase))) {
            // It begins to print a while after it began.
            Some((release, phase)) if moment.now >= begins(release.created_at, phase) => {
                printed(&phase.output, release.created_at, phase.ends_at, moment.now)
            }
            _ => return absent(),
        }
    };
    let from = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match from {
        Some(from) if from >= text.len() => Response::typed(416, "text/plain", Vec::new()),
        Some(from) => Response::typed(206, "text/plain", text.as_bytes()[from..].to_vec()),
        None => Response::typed(200, "text/plain", text.into_bytes()),
    }
}

fn begins(created_at: OffsetDateTime, phase: &Phase) -> OffsetDateTime {
    created_at + (phase.ends_at - created_at) / 4
}

/// The lines that have come by now.
fn printed(lines: &[String], from: OffsetDateTime, until: OffsetDateTime, now: OffsetDateTime) -> String {
    let (all, gone) = ((until - from).whole_milliseconds(), (now - from).whole_milliseconds());
    let count = if now >= until || all <= 0 {
        lines.len()
    } else {
        let part = lines.len() as i128 * gone / all;
        usize::try_from(part).unwrap_or_default()
    };
    lines.iter().take(count).map(|line| format!("{line}\n")).collect()
}

fn body(app: &App, build: &Build, call: &Call<'_>) -> Value {
    let is_over = build.is_over;
    let status = match (is_over, &build.slug) {
        (false, _) => "pending",
        (true, Some(_)) => "succeeded",
        (true, None) => "failed",
    };
    // Its release is there a moment later.
    let has_release = is_over && call.moment.now >= build.ends_at + Duration::from_millis(1);
    let release = build.slug.as_ref().filter(|_| has_release).map(|_| json!({ "id": build.release }));
    let slug = build.slug.as_ref().filter(|_| is_over).map(|slug| json!({ "id": slug.id }));
    let url =
        |name: &String| if name.contains("://") { name.clone() } else { format!("urn:buildpack:{name}") };
    let buildpacks: Vec<Value> =
        build.buildpacks.iter().map(|name| json!({ "name": name, "url": url(name) })).collect();
    let buildpacks = if buildpacks.is_empty() { Value::Null } else { json!(buildpacks) };
    let updated = if is_over { build.ends_at } else { build.started_at };
    json!({
        "app": { "id": app.id }, "buildpacks": buildpacks, "created_at": stamp(build.started_at), "id": build.id,
        "output_stream_url": format!("{}{ELSEWHERE}streams/{}", host(call.request), build.id), "source_blob": build.source,
        "release": release, "slug": slug, "stack": build.stack, "status": status, "updated_at": stamp(updated),
        "user": { "id": id_of(&build.user), "email": build.user },
    })
}

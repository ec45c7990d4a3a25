//! Releases and slugs: how code comes to run (heroku-api.md section 6). What made a slug is in `builds`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::page::paged_by;
use super::problem::{Answered, Problem};
use super::sources::{ELSEWHERE, host};
use super::state::{App, Attachment, HerokuState, Phase, Release, Slug, fresh_id, id_of, stamp};
use super::{Call, Line, formation};
use crate::sandbox::Knobs;
use crate::sandbox::http::{Method, Response};

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => {
            let bodies: Vec<Value> =
                state.app(app).releases.iter().map(|release| body(state, call, app, release)).collect();
            paged_by(call, &bodies, &["version", "id"])
        }
        (&Method::GET, [which]) => {
            Ok(Response::json(200, &body(state, call, app, find(state.app(app), which)?)))
        }
        (&Method::GET, [which, "config-vars"]) => {
            let own = find(state.app(app), which)?.config.clone();
            let vars = own.into_iter().chain(state.owned_values(app, call.moment.now));
            Ok(Response::json(200, &json!(vars.collect::<BTreeMap<_, _>>())))
        }
        (&Method::POST, []) => create(state, call, app),
        _ => Err(Problem::no_route()),
    }
}

fn find<'a>(app: &'a App, which: &str) -> Result<&'a Release, Problem> {
    let found = app
        .releases
        .iter()
        .find(|release| release.id == which || release.version.to_string() == which.trim_start_matches('v'));
    found.ok_or_else(|| Problem::not_found("release", "Couldn't find that release."))
}

/// Of a slug, or a rollback to an earlier release.
fn create(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let (slug, description) = match (call.named("slug"), call.named("release")) {
        (Some(slug), _) => {
            // Whichever app of the same owner it was built for.
            let owner = &state.app(app).owner;
            let is_own = |slug: &&Slug| state.apps.get(&slug.app).is_some_and(|of| of.owner == *owner);
            let slug = state.slugs.get(slug).filter(is_own);
            let slug = slug.ok_or_else(|| Problem::not_found("slug", "Couldn't find that slug."))?;
            let commit = slug.commit.as_deref().unwrap_or("0000000").chars().take(8).collect::<String>();
            (
                slug.clone(),
                call.body["description"].as_str().map_or_else(|| format!("Deploy {commit}"), str::to_owned),
            )
        }
        (None, Some(release)) => {
            let release = find(state.app(app), release)?;
            let slug = release.slug.as_ref().filter(|_| is_eligible(release));
            let slug = slug.and_then(|slug| state.slugs.get(slug));
            let slug = slug.ok_or_else(|| Problem::invalid("That release is not eligible for rollback."))?;
            let (slug, config, version) = (slug.clone(), release.config.clone(), release.version);
            let at = release.created_at;
            // Config vars come back with the code.
            state.app_mut(app).config = config;
            // The attachments that came later stay, without their vars (heroku-api.md sections 6 and 11).
            let later = |one: &&mut Attachment| one.app == app && one.created_at > at;
            state.attachments.values_mut().filter(later).for_each(|one| one.is_unset = true);
            (slug, format!("Rollback to v{version}"))
        }
        (None, None) => return Err(Problem::invalid("slug is required")),
    };
    let release = deploy(state, (app, call.moment.now, call.moment.knobs), &slug, description).clone();
    Ok(Response::json(201, &body(state, call, app, &release)))
}

/// The current one is as well: the official client takes the second that is (life-and-ci.md section 6.3).
fn is_eligible(release: &Release) -> bool {
    release.slug.is_some() && release.status() == "succeeded"
}

/// Makes a release of a slug. What it brings takes effect at once, or when its release phase has succeeded.
pub(super) fn deploy<'a>(
    state: &'a mut HerokuState,
    (app, now, knobs): (&str, OffsetDateTime, &Knobs),
    slug: &Slug,
    description: String,
) -> &'a mut Release {
    let app = state.app_mut(app);
    let at = app.releases.len();
    let release = app.add_release(description, Some(slug.id.clone()), now);
    let phase = slug.process_types.get("release").map(|command| {
        let fails = knobs.release_status != "succeeded" || command == "false" || command.ends_with("exit 1");
        let last = if fails { "The release command failed" } else { "The release command succeeded" };
        let output = vec![format!("$ {command}"), last.to_owned()];
        Phase { ends_at: now + knobs.release, fails, is_over: false, output }
    });
    match phase {
        Some(phase) => release.phase = Some(phase),
        None => take_effect(app, slug, now),
    }
    &mut app.releases[at]
}

fn take_effect(app: &mut App, slug: &Slug, now: OffsetDateTime) {
    // The release phase is no process that runs.
    let types = slug.process_types.iter().filter(|(kind, _)| *kind != "release");
    let types: Vec<(String, String)> = types.map(|(kind, command)| (kind.clone(), command.clone())).collect();
    app.formation = formation::after_release(app, &types, now);
    app.stack.clone_from(&app.build_stack);
}

/// Ends the release phases whose time has come.
pub(super) fn end_phases(state: &mut HerokuState, now: OffsetDateTime) {
    let HerokuState { apps, slugs, .. } = state;
    for app in apps.values_mut() {
        let mut succeeded = Vec::new();
        for release in &mut app.releases {
            let Some(phase) = release.phase.as_mut().filter(|phase| !phase.is_over && phase.ends_at <= now)
            else {
                continue;
            };
            phase.is_over = true;
            if !phase.fails {
                succeeded.extend(release.slug.clone());
            }
        }
        for slug in succeeded.iter().filter_map(|slug| slugs.get(slug)) {
            take_effect(app, slug, now);
        }
    }
}

pub(super) fn slugs(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::POST, []) => {
            let types: Option<BTreeMap<String, String>> =
                serde_json::from_value(call.body["process_types"].clone()).ok();
            let process_types =
                types.ok_or_else(|| Problem::invalid("process_types must map names to commands"))?;
            let commit = call.body["commit"].as_str().map(str::to_owned);
            let slug = Slug {
                id: fresh_id(),
                app: app.to_owned(),
                process_types,
                commit,
                stack: None,
                created_at: call.moment.now,
            };
            let response = Response::json(201, &slug_body(state.app(app), &slug));
            state.slugs.insert(slug.id.clone(), slug);
            Ok(response)
        }
        (&Method::GET, [id]) => {
            let slug =
                state.slugs.get(*id).ok_or_else(|| Problem::not_found("slug", "Couldn't find that slug."))?;
            Ok(Response::json(200, &slug_body(state.app(app), slug)))
        }
        _ => Err(Problem::no_route()),
    }
}

fn slug_body(app: &App, slug: &Slug) -> Value {
    let stack = slug.stack.as_ref().unwrap_or(&app.stack);
    json!({
        "blob": { "method": "PUT", "url": "https://slugs.heroku.com/sandbox" }, "buildpack_provided_description": "Ruby", "checksum": null,
        "commit": slug.commit, "commit_description": null, "created_at": stamp(slug.created_at), "deleted_at": null, "id": slug.id,
        "process_types": slug.process_types, "size": null, "stack": { "id": id_of(stack), "name": stack },
        "updated_at": stamp(slug.created_at),
    })
}

fn body(state: &HerokuState, call: &Call<'_>, app: &str, release: &Release) -> Value {
    let app = state.app(app);
    let plans: Vec<&str> =
        state.addons.values().filter(|addon| addon.app == app.id).map(|addon| addon.plan.as_str()).collect();
    let is_current = app.current().is_some_and(|current| current.version == release.version);
    let phase = release.phase.as_ref();
    let output = phase.map(|_| format!("{}{ELSEWHERE}streams/{}", host(call.request), release.id));
    let user = release.user.as_ref().unwrap_or(&app.owner);
    let artifacts: Vec<Value> =
        release.slug.iter().map(|slug| json!({ "type": "slug", "id": slug })).collect();
    json!({
        "addon_plan_names": plans, "artifacts": artifacts, "app": { "name": app.name, "id": app.id },
        "created_at": stamp(release.created_at), "description": release.description, "id": release.id, "updated_at": stamp(release.created_at),
        "slug": release.slug.as_ref().map(|slug| json!({ "id": slug })), "status": release.status(),
        "user": { "id": id_of(user), "email": user }, "version": release.version, "current": is_current,
        "output_stream_url": output, "eligible_for_rollback": is_eligible(release),
    })
}

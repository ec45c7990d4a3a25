//! What Heroku offers: regions, stacks, dyno sizes, add-on services and plans, with prices a month.

use serde_json::{Value, json};

use super::Call;
use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::id_of;
use crate::sandbox::http::{Method, Response};

pub(super) const DEFAULT_STACK: &str = "heroku-24";
const SINCE: &str = "2024-01-01T00:00:00Z";

const REGIONS: [(&str, &str, &str); 2] = [("us", "United States", "Virginia"), ("eu", "Ireland", "Dublin")];
const STACKS: [&str; 3] = ["heroku-22", "heroku-24", "container"];

/// Name as served, memory in GB, cents a month.
const SIZES: [(&str, f64, i64); 9] = [
    ("Eco", 0.5, 500),
    ("Basic", 0.5, 700),
    ("Standard-1X", 0.5, 2500),
    ("Standard-2X", 1.0, 5000),
    ("Performance-M", 2.5, 25_000),
    ("Performance-L", 14.0, 50_000),
    ("Performance-L-RAM", 30.0, 50_000),
    ("Performance-XL", 62.0, 75_000),
    ("Performance-2XL", 126.0, 150_000),
];

const PLANS: [(&str, i64); 20] = [
    ("heroku-postgresql:essential-0", 500),
    ("heroku-postgresql:essential-1", 900),
    ("heroku-postgresql:essential-2", 2000),
    ("heroku-postgresql:standard-0", 5000),
    ("heroku-postgresql:standard-2", 20_000),
    ("heroku-postgresql:standard-3", 40_000),
    ("heroku-postgresql:premium-0", 20_000),
    ("heroku-postgresql:premium-2", 35_000),
    ("bucketeer:hobbyist", 500),
    ("heroku-kafka:basic-0", 10_000),
    ("heroku-kafka:standard-0", 150_000),
    ("heroku-redis:mini", 300),
    ("heroku-redis:premium-0", 1500),
    ("heroku-redis:premium-1", 3000),
    ("papertrail:choklad", 0),
    ("papertrail:fixa", 700),
    ("scheduler:standard", 0),
    ("memcachier:dev", 0),
    ("memcachier:100", 1500),
    ("newrelic:wayne", 0),
];

/// A service's plan when an order names the service alone.
const DEFAULTS: [(&str, &str); 3] =
    [("heroku-postgresql", "essential-0"), ("heroku-redis", "mini"), ("papertrail", "choklad")];

/// The vars that an add-on of a plan sets under an attachment's name.
pub(super) fn vars_under(plan: &str, name: &str) -> Vec<String> {
    // A service may call its vars as it likes.
    if plan.starts_with("newrelic:") {
        return ["NEW_RELIC_LICENSE_KEY", "NEW_RELIC_LOG"].map(str::to_owned).to_vec();
    }
    var_endings(plan).iter().map(|ending| format!("{name}_{ending}")).collect()
}

/// What follows an attachment's name in the vars of a plan's add-ons.
fn var_endings(plan: &str) -> &'static [&'static str] {
    if plan == "heroku-redis:mini" {
        return &["URL", "TLS_URL"];
    }
    match plan.split(':').next().unwrap_or_default() {
        "bucketeer" => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "BUCKET_NAME"],
        "heroku-kafka" => &["URL", "TRUSTED_CERT", "CLIENT_CERT", "CLIENT_CERT_KEY", "PREFIX"],
        "memcachier" => &["SERVERS", "USERNAME", "PASSWORD"],
        "papertrail" => &["API_TOKEN"],
        "scheduler" => &[],
        _ => &["URL"],
    }
}

/// Provisioned by a machine that takes its time.
pub(super) fn is_slow(service: &str) -> bool {
    matches!(service, "heroku-postgresql" | "heroku-redis" | "heroku-kafka")
}

pub(super) fn route(call: &Call<'_>, parts: &[&str]) -> Answered {
    match (&call.request.method, parts) {
        (&Method::GET, ["regions"]) => {
            paged(call, &REGIONS.map(|(name, country, locale)| region(name, country, locale)), "id")
        }
        (&Method::GET, ["stacks"]) => paged(call, &stacks(), "id"),
        (&Method::GET, ["dyno-sizes"]) => {
            paged(call, &SIZES.map(|(name, memory, cents)| size(name, memory, cents)), "id")
        }
        (&Method::GET, ["addon-services"]) => paged(call, &services(), "id"),
        (&Method::GET, ["addon-services", name]) => {
            is_service(name)?;
            Ok(Response::json(200, &service_body(name)))
        }
        (&Method::GET, ["addon-services", name, "plans"]) => {
            is_service(name)?;
            let plans = PLANS.iter().filter(|(plan, _)| plan.starts_with(&format!("{name}:")));
            paged(call, &plans.map(|(plan, _)| plan_body(plan)).collect::<Vec<_>>(), "id")
        }
        (&Method::GET, ["plans", name]) => {
            let plan =
                find_plan(name).ok_or_else(|| Problem::not_found("plan", "Couldn't find that plan."))?;
            Ok(Response::json(200, &plan_body(&plan)))
        }
        // The buildpack registry, when the `heroku` program is pointed here.
        (&Method::GET, ["buildpacks", ..]) => Ok(Response::json(200, &json!([{ "name": parts.join("/") }]))),
        _ => Err(Problem::no_route()),
    }
}

fn is_service(name: &str) -> Result<(), Problem> {
    let is_known = PLANS.iter().any(|(plan, _)| plan.starts_with(&format!("{name}:")));
    if is_known {
        Ok(())
    } else {
        Err(Problem::not_found("add_on_service", "Couldn't find that add-on service."))
    }
}

/// The full name of a plan, given whole or by its service.
pub(super) fn find_plan(asked: &str) -> Option<String> {
    let default = DEFAULTS.iter().find(|(service, _)| *service == asked);
    let full = default.map_or_else(|| asked.to_owned(), |(service, tier)| format!("{service}:{tier}"));
    PLANS.iter().find(|(plan, _)| *plan == full || id_of(plan) == full).map(|(plan, _)| (*plan).to_owned())
}

/// Cents a month.
pub(super) fn price(plan: &str) -> i64 {
    PLANS.iter().find(|(name, _)| *name == plan).map_or(0, |(_, cents)| *cents)
}

pub(super) fn check_region(name: &str) -> Result<(), Problem> {
    let is_known = REGIONS.iter().any(|(region, ..)| *region == name || id_of(region) == name);
    if is_known { Ok(()) } else { Err(Problem::not_found("region", "Couldn't find that region.")) }
}

pub(super) fn check_stack(name: &str) -> Result<(), Problem> {
    let is_known = STACKS.iter().any(|stack| *stack == name || id_of(stack) == name);
    if is_known { Ok(()) } else { Err(Problem::not_found("stack", "Couldn't find that stack.")) }
}

/// A size in lower case, however it was written.
pub(super) fn check_size(name: &str) -> Result<String, Problem> {
    let known = SIZES
        .iter()
        .find(|(size, ..)| size.eq_ignore_ascii_case(name) || id_of(&size.to_ascii_lowercase()) == name);
    known.map(|(size, ..)| size.to_ascii_lowercase()).ok_or_else(|| {
        Problem::invalid(
            "Process tier is invalid. Available process tiers are Eco, Basic, Production, Private, and Shield.",
        )
    })
}

/// A size as answers write it: `Standard-1X`.
pub(super) fn as_served(size: &str) -> &str {
    SIZES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(size)).map_or(size, |(name, ..)| name)
}

pub(super) fn stacks() -> Vec<Value> {
    let stack = |name: &str| {
        json!({
            "created_at": SINCE, "default": name == DEFAULT_STACK, "id": id_of(name), "name": name, "state": "public", "updated_at": SINCE,
        })
    };
    STACKS.iter().map(|name| stack(name)).collect()
}

fn region(name: &str, country: &str, locale: &str) -> Value {
    json!({
        "country": country, "created_at": SINCE, "description": country, "id": id_of(name), "locale": locale, "name": name,
        "private_capable": false, "provider": { "name": "amazon-web-services", "region": if name == "us" { "us-east-1" } else { "eu-west-1" } },
        "updated_at": SINCE,
    })
}

fn size(name: &str, memory: f64, cents: i64) -> Value {
    json!({
        "architecture": "amd64", "compute": 1, "cost": { "cents": cents, "unit": "month" }, "dedicated": name.starts_with("Performance"),
        "precise_dyno_units": 1.0, "generation": { "id": id_of("cedar"), "name": "cedar" }, "id": id_of(&name.to_ascii_lowercase()),
        "memory": memory, "name": name, "private_space_only": false,
    })
}

fn services() -> Vec<Value> {
    let mut names: Vec<&str> = PLANS.iter().filter_map(|(plan, _)| plan.split(':').next()).collect();
    names.dedup();
    names.into_iter().map(service_body).collect()
}

pub(super) fn service_body(name: &str) -> Value {
    json!({
        "cli_plugin_name": null, "created_at": SINCE, "human_name": name, "id": id_of(name), "name": name, "state": "ga",
        "supports_multiple_installations": true, "supports_sharing": true, "updated_at": SINCE,
        "supported_generations": [{ "id": id_of("cedar"), "name": "cedar" }],
    })
}

pub(super) fn plan_body(plan: &str) -> Value {
    let (service, tier) = plan.split_once(':').unwrap_or((plan, ""));
    json!({
        "addon_service": { "id": id_of(service), "name": service }, "created_at": SINCE, "compliance": null,
        "default": DEFAULTS.contains(&(service, tier)), "description": plan, "human_name": tier, "id": id_of(plan),
        "installable_inside_private_network": true, "installable_outside_private_network": true, "name": plan,
        "price": { "cents": price(plan), "contract": false, "unit": "month" }, "space_default": false, "state": "ga", "updated_at": SINCE,
        "visible": true,
    })
}

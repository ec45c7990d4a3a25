//! `limits.monthly_usd`: a plan that ends above it is shown and refused, in every format and by every way to apply.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and};
use crate::support::{Cloud, Project};

/// A database of 50 dollars a month, and a limit.
fn limited(limit: &str) -> (Cloud, Project) {
    let database = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";
    cloud_and(&format!("app: {{ name: shop-production }}\n{database}\nlimits: {{ monthly_usd: {limit} }}\n"))
}

#[test]
fn a_plan_above_the_limit_is_shown_and_refused() {
    let (cloud, project) = limited("49.99");
    let said = "production would cost $50.00 a month, above the $49.99 of its spec";
    project.run(&["plan"]).exits(3).tells(&[said]).shows(&[
        "+ addons.DATABASE heroku-postgresql:standard-0",
        "refused limits.monthly_usd $50.00 a month afterwards, and the limit is $49.99 ask for less, or raise the limit",
        "+$50.00/month. Refused, so nothing is applied.",
    ]);
    for arguments in [&["apply", "--yes"][..], &["plan", "--detailed-exitcode"]] {
        project.run(arguments).exits(3).tells(&[said]);
    }
    assert_nothing_written(&cloud);
}

#[test]
fn programs_and_reviewers_see_the_refusal() {
    let (_cloud, project) = limited("49");
    let plan = project.run(&["plan", "--format", "json"]).exits(3).json();
    assert_eq!(
        plan["monthly_limit"],
        json!({ "limit_cents": 4900, "after_cents": 5000, "currency": "USD", "unknown": [] })
    );
    assert_eq!(plan["refused"][0]["address"], "limits.monthly_usd");
    assert_eq!(plan["summary"]["create"], 2, "and everything else of the plan: {plan}");
    project.run(&["plan", "--format", "markdown"]).exits(3).shows(&[
        "**Refused**, so nothing is applied - `limits.monthly_usd`: &#36;50.00 a month afterwards, and the limit is &#36;49.00;",
        "Refused, so nothing is applied.",
    ]);
}

#[test]
fn a_plan_within_the_limit_is_applied() {
    let (_cloud, project) = limited("50");
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!((&plan["monthly_limit"]["after_cents"], plan.get("refused")), (&json!(5000), None));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_was_saved_or_reviewed_is_refused_all_the_same() {
    let (cloud, project) = limited("49");
    project.run(&["plan", "--out", "p.plan"]).exits(3).tells(&["apply will refuse it"]);
    let digest = project.run(&["plan", "--format", "json"]).json()["plan_digest"].clone();
    project.run(&["apply", "--plan", "p.plan"]).exits(3).tells(&["above the $49.00 of its spec"]);
    project.run(&["apply", "--expect", digest.as_str().unwrap()]).exits(3).tells(&["above the $49.00"]);
    assert_nothing_written(&cloud);
}

#[test]
fn dynos_count_with_what_they_cost_also_where_nothing_changes() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\nlimits: { monthly_usd: 40 }\n");
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "rails server" }));
    project.run(&["plan"]).exits(0);
    let scale = json!({ "updates": [{ "type": "web", "quantity": 2, "size": "standard-1x" }] });
    cloud.heroku("PATCH", "/apps/shop-production/formation", Some(scale));
    project.run(&["plan"]).exits(3).tells(&["production would cost $50.00 a month, above the $40.00"]);
}

#[test]
fn an_overlay_raises_the_limit_or_takes_it_away() {
    let (_cloud, project) = limited("49");
    let base = std::fs::read_to_string(project.file("environments/production.yaml")).unwrap();
    project.write("environments/base.yaml", &base.replace("app: { name: shop-production }\n", ""));
    for (limits, code) in [("{}", 3), ("{ monthly_usd: 60 }", 0), ("{ monthly_usd: null }", 0), ("null", 0)] {
        let overlay = format!("extends: base.yaml\napp: {{ name: shop-production }}\nlimits: {limits}\n");
        project.write("environments/production.yaml", &overlay);
        project.run(&["plan"]).exits(code);
    }
}

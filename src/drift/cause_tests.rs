//! Whose a change is, as a table: the revision's spec, the one of now, and what is live.

#![cfg(test)]

use super::*;
use crate::resource::testing::{want, world};
use crate::secret::FingerprintKey;

/// The causes of a plan from one spec to another, as `config.A: spec`.
fn told(then: Option<&str>, now: &str, world: &World) -> Vec<String> {
    let (then, now) = (then.map(want), want(now));
    let plan = plan::plan(&now.desired(), world, &FingerprintKey::stable(Secret::new("pepper"))).unwrap();
    let then = then.as_ref().map(|then| then.desired().environment);
    let causes = causes(&plan, &now.desired(), then, world);
    causes.into_iter().map(|(address, cause)| format!("{address}: {cause:?}")).collect()
}

#[test]
fn whose_a_config_var_is() {
    let live = |value: &str| world().with_config(&[("A", value)]);
    for (then, now, world, expected) in vec![
        ("A: old", "A: new", live("old"), Some("Spec")),
        ("A: old", "A: old", live("moved"), Some("Drift")),
        ("A: old", "A: new", live("moved"), Some("Both")),
        ("A: old", "A: new", world(), Some("Both")),
        ("A: old", "A: old", world(), Some("Drift")),
        ("B: x", "A: new", world().with_config(&[("B", "x")]), Some("New")),
        ("B: x", "A: new", world().with_config(&[("B", "x"), ("A", "y")]), Some("Spec")),
        ("A: old", "A: null", live("old"), Some("Spec")),
        ("A: null", "A: null", live("old"), Some("Drift")),
        ("A: { external: true }", "A: new", live("old"), Some("Spec")),
        ("A: { env: S }", "A: { env: S }", live("old"), Some("Drift")),
        ("A: { env: R }", "A: { env: S }", live("old"), Some("Spec")),
        ("A: old", "A: { env: S }", live("moved"), Some("Spec")),
        ("A: { env: S }", "A: new", live("moved"), Some("Spec")),
        ("A: { generate: hex, bytes: 8 }", "A: { generate: hex, bytes: 8 }", world(), Some("Drift")),
        ("A: old", "A: old", live("old"), None),
    ] {
        let yaml = |vars: &str| format!("config:\n  {vars}\n");
        let found = told(Some(&yaml(then)), &yaml(now), &world);
        let found = found.into_iter().find(|line| line.starts_with("config.A"));
        assert_eq!(found, expected.map(|cause| format!("config.A: {cause}")), "{then} → {now}");
    }
}

#[test]
fn of_several_fields_some_may_be_the_specs_and_some_of_what_is_live() {
    let dynos = |quantity: u32, size: &str| {
        format!("formation: {{ web: {{ quantity: {quantity}, size: {size} }} }}\n")
    };
    let live = world().with_dynos("web", 1, "standard-1x");
    let (one, two) = (dynos(1, "standard-1x"), dynos(2, "standard-1x"));
    assert_eq!(told(Some(&one), &two, &live), ["formation.web: Spec"]);
    assert_eq!(told(Some(&two), &two, &live), ["formation.web: Drift"]);
    let both = dynos(2, "standard-2x");
    assert_eq!(told(Some(&two), &both, &live), ["formation.web: Both"]);
}

#[test]
fn without_the_environment_at_the_revision_all_is_new_but_what_is_live() {
    let spec = "config: { A: x, B: y }\n";
    let world = world().with_config(&[("A", "other")]);
    assert_eq!(told(None, spec, &world), ["config.A: Spec", "config.B: New"]);
}

#[test]
fn another_bucket_under_the_same_name_is_new() {
    let bucket = |name: &str| format!("buckets: {{ uploads: {{ name: {name}, region: us-east-1 }} }}\n");
    let found = told(Some(&bucket("ledger-old")), &bucket("ledger-new"), &world());
    assert_eq!(found, ["buckets.uploads: New"]);
}

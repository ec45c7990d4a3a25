//! The example environments load, mean what they say, and fit the committed JSON Schema.

use std::path::Path;

use trueup::testing::spec::{self, Addon, ConfigValue, Environment, EnvironmentName};

const SCHEMA: &str = "docs/environment.schema.json";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn environment(name: &str) -> Environment {
    let name = EnvironmentName::parse(name).expect("the example's file name is a valid name");
    spec::load(project(), &name).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

#[test]
fn the_environments_are_those_with_an_app_name() {
    let names: Vec<String> = spec::names(project()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["production", "staging"]);
}

#[test]
fn production_is_what_the_readme_promises() {
    let environment = environment("production");
    let spec = &environment.spec;
    let Some((_, Addon::Create(database))) = spec.addons.first_key_value() else {
        panic!("production creates its database");
    };
    assert_eq!(database.plan.as_str(), "heroku-postgresql:standard-0");
    assert_eq!(database.extensions, ["vector"]);
    assert_eq!(database.config["version"], "17");
    assert!(database.protect);
    assert_eq!(spec.formation.len(), 2);
    assert!(environment.warnings().is_empty());
}

#[test]
fn no_example_needs_the_operators_environment() {
    for name in spec::names(project()).unwrap() {
        let needs = environment(name.as_str()).spec.config.into_iter().find(|(_, value)| {
            matches!(value, ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_))
        });
        assert_eq!(needs, None, "{name}");
    }
}

#[test]
fn staging_overrides_what_it_inherits() {
    let spec = environment("staging").spec;
    let config =
        |name: &str| spec.config.iter().find(|(var, _)| var.as_str() == name).map(|(_, value)| value.clone());
    assert_eq!(config("RAILS_LOG_LEVEL"), Some(ConfigValue::Literal("debug".to_owned())));
    assert_eq!(config("OPENAI_API_KEY"), Some(ConfigValue::Absent));
    assert_eq!(config("RAILS_MAX_THREADS"), Some(ConfigValue::Literal("5".to_owned())));
    let bucket = spec.buckets.values().next().unwrap();
    let lifecycle = bucket.lifecycle.as_ref().unwrap();
    assert_eq!(lifecycle.expire_noncurrent_after_days, None);
    assert_eq!(lifecycle.abort_multipart_after_days, Some(7));
    assert_eq!(bucket.versioning, Some(false));
}

#[test]
fn the_committed_schema_is_fresh() {
    let committed = std::fs::read_to_string(project().join(SCHEMA)).unwrap_or_default();
    assert!(
        committed == spec::json_schema(),
        "{SCHEMA} is stale; write it anew with: cargo run -- schema > {SCHEMA}"
    );
}

#[test]
fn every_environment_file_fits_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&spec::json_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["base", "production", "staging"] {
        let text = std::fs::read_to_string(project().join(format!("environments/{name}.yaml"))).unwrap();
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_the_loader_refuses() {
    let schema: serde_json::Value = serde_json::from_str(&spec::json_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for wrong in [
        serde_json::json!({ "ap": {} }),
        serde_json::json!({ "app": { "name": "Bad_Name" } }),
        serde_json::json!({ "addons": { "lower": { "plan": "heroku-redis:mini" } } }),
        serde_json::json!({ "config": { "A": { "environment": "B" } } }),
        serde_json::json!({ "config": { "A": { "from": "buckets.uploads.nme" } } }),
        serde_json::json!({ "formation": { "web": { "quantity": "two" } } }),
        serde_json::json!({ "buckets": { "uploads": { "public_access": "maybe" } } }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

//! The scopes that `trueup policy` prints for the Heroku token: enough, none too much, and named where they lack.

use serde_json::{Value, json};

use crate::common::{SMALL, cloud_and, writes};
use crate::support::{Cloud, LEDGER, Project};

/// A token of the account that may do so much.
fn token(cloud: &Cloud, scopes: &Value) -> String {
    let asked = json!({ "scope": scopes, "description": "trueup" });
    let made = cloud.heroku("POST", "/oauth/authorizations", Some(asked));
    made["access_token"]["token"].as_str().unwrap().to_owned()
}

fn printed(spec: &str, purpose: &str) -> Value {
    let ran = Project::with(spec).run(&["policy", "production", "--for", purpose, "-q"]).exits(0);
    ran.json()["heroku_scopes"].clone()
}

#[test]
fn a_token_with_the_printed_scopes_is_enough_from_nothing_to_no_changes() {
    for spec in [LEDGER, SMALL] {
        let (cloud, project) = cloud_and(spec);
        let reader = token(&cloud, &printed(spec, "plan"));
        let writer = token(&cloud, &printed(spec, "apply"));
        let project = project.set("HEROKU_API_KEY", &reader);
        project.run(&["plan", "--detailed-exitcode"]).exits(2);
        let project = project.set("HEROKU_API_KEY", &writer);
        project.run(&["apply", "--yes"]).exits(0);
        let project = project.set("HEROKU_API_KEY", &reader);
        project.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn a_narrower_token_is_refused_with_the_scope_that_it_lacks() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let changed =
        LEDGER.replace("RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 7").replace("quantity: 2", "quantity: 3");
    project.write("environments/production.yaml", &changed);
    cloud.deploy("ledger-production", json!({ "web": "puma", "worker": "jobs" }));
    for (scopes, command, lacks) in [
        (json!(["identity"]), "plan", "the token has `identity`, and this call takes `read`"),
        (json!(["read"]), "plan", "the token has `read`, and this call takes `read-protected`"),
        (json!(["write"]), "plan", "the token has `write`, and this call takes `read-protected`"),
        (
            json!(["read-protected"]),
            "apply",
            "the token has `read-protected`, and this call takes `write-protected`",
        ),
        (
            json!(["write", "read-protected"]),
            "apply",
            "the token has `write` and `read-protected`, and this call takes `write-protected`",
        ),
    ] {
        let key = token(&cloud, &scopes);
        let project = Project::with(&changed).at(cloud.sandbox()).set("HEROKU_API_KEY", &key);
        let arguments: &[&str] = if command == "apply" { &["apply", "--yes"] } else { &["plan"] };
        let ran = project.run(arguments).exits(1);
        assert!(!ran.stderr.contains(&key), "{}", ran.stderr);
        ran.tells(&[
            lacks,
            "`trueup policy` prints the scopes",
            "a machine user for each class of environments",
        ]);
    }
}

#[test]
fn a_narrow_token_is_no_reason_to_take_the_app_for_somebody_elses() {
    let (cloud, project) = cloud_and(SMALL);
    project.run(&["apply", "--yes"]).exits(0);
    let before = writes(&cloud).len();
    let key = token(&cloud, &json!(["identity"]));
    let ran = project.set("HEROKU_API_KEY", &key).run(&["plan"]).exits(1);
    assert!(!ran.stdout.contains("blocked"), "{}", ran.stdout);
    assert_eq!(writes(&cloud).len(), before + 1, "the token alone");
}

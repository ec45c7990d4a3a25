//! What an environment is made of, drawn from its spec alone.

use crate::support::{LEDGER, Project};

const SPEC: &str = r"
app: { name: shop, domains: [shop.example] }
addons:
  DATABASE: { plan: 'heroku-postgresql:essential-0' }
  CACHE: { attach: shared-redis }
buckets:
  uploads: { name: shop-uploads, region: eu-central-1 }
iam_users:
  app: { name: shop-app, grants: { uploads: read-write }, access_key: {} }
config:
  RAILS_ENV: production
  STRIPE_KEY: { env: STRIPE_KEY }
  SENTRY_DSN: { external: true }
  MASTER_KEY: { file: nowhere.key }
  BUCKET: { from: buckets.uploads.name }
  AWS_ACCESS_KEY_ID: { from: iam_users.app.access_key_id }
  AWS_SECRET_ACCESS_KEY: { from: iam_users.app.secret_access_key }
formation:
  web: { quantity: 1 }
";

fn drawn(spec: &str, format: &str) -> String {
    Project::with(spec).run(&["graph", "production", "--format", format]).exits(0).stdout
}

/// The pairs of a graph in the language of Graphviz.
fn edges(spec: &str) -> Vec<String> {
    let dot = drawn(spec, "dot");
    let edge =
        |line: &str| Some(line.trim().split_once(" -> ")?).map(|(one, other)| format!("{one} {other}"));
    dot.lines().filter_map(edge).map(|edge| edge.replace('"', "")).collect()
}

#[test]
fn a_graph_follows_references_and_what_each_kind_needs_and_asks_nobody() {
    let edges = edges(SPEC);
    for edge in [
        "app addons.DATABASE",
        "app addons.CACHE",
        "app app.domains",
        "app config",
        "app formation",
        "buckets.uploads config.BUCKET",
        "iam_users.app.access_key config.AWS_ACCESS_KEY_ID",
        "iam_users.app.access_key config.AWS_SECRET_ACCESS_KEY",
        "iam_users.app iam_users.app.access_key",
        "iam_users.app iam_users.app.policy",
    ] {
        assert!(edges.iter().any(|found| found.starts_with(edge)), "{edge} is not in {edges:#?}");
    }
    assert!(!edges.contains(&"buckets.uploads config".to_owned()), "{edges:#?}");
}

#[test]
fn it_is_the_same_each_time_in_every_format() {
    for format in ["mermaid", "dot", "svg"] {
        assert_eq!(drawn(SPEC, format), drawn(SPEC, format));
    }
    insta::assert_snapshot!("graph_as_mermaid", drawn(SPEC, "mermaid"));
    insta::assert_snapshot!("graph_as_dot", drawn(SPEC, "dot"));
}

#[test]
fn a_picture_is_a_file_of_its_own_with_every_name_and_the_same_in_words() {
    let svg = drawn(SPEC, "svg");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
    for part in [
        "<style>",
        "prefers-color-scheme: dark",
        "config.BUCKET needs app and buckets.uploads",
        "class=\"edge\"",
    ] {
        assert!(svg.contains(part), "{part} is not in {svg}");
    }
    assert!(!svg.contains("script") && !svg.contains("<image"), "{svg}");
}

#[test]
fn the_reference_environment_is_drawn_and_a_mistyped_name_is_told() {
    assert!(drawn(LEDGER, "mermaid").starts_with("flowchart LR\n  n0[\"app\"]\n"));
    Project::with(SPEC).run(&["graph", "prodction"]).exits(1);
    Project::with(SPEC).run(&["graph", "--format", "png"]).exits(1);
}

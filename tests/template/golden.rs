//! Every byte of the tree: production in full, the others by how they differ from it.
//!
//! After a change of the template: `INSTA_UPDATE=always cargo test --test template`, and read the difference.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use crate::common::Tree;

/// Path and mode to text.
fn tree(environment: &str) -> BTreeMap<String, String> {
    let tree = Tree::of(environment);
    let entry = |path: String| {
        let mode = tree.file(&path).metadata().unwrap().permissions().mode() & 0o777;
        (format!("{path} ({mode:o})"), tree.text(&path))
    };
    tree.files().into_iter().map(entry).collect()
}

fn assert_golden(name: &str, text: &str) {
    let mut golden = insta::Settings::clone_current();
    golden.set_snapshot_path(".");
    golden.set_prepend_module_to_snapshot(false);
    golden.set_omit_expression(true);
    golden.bind(|| insta::assert_snapshot!(name, text));
}

/// How a tree differs from production's, as `diff -ru` would say it.
fn difference(environment: &str) -> String {
    let (production, other) = (tree("production"), tree(environment));
    let paths: std::collections::BTreeSet<&String> = production.keys().chain(other.keys()).collect();
    let nothing = String::new();
    let mut differences = String::new();
    for path in paths {
        let [before, after] = [&production, &other].map(|tree| tree.get(path).unwrap_or(&nothing));
        let lines = similar::TextDiff::from_lines(before, after);
        differences += &lines.unified_diff().context_radius(2).header(path, path).to_string();
    }
    differences
}

#[test]
fn production_in_full() {
    let files = tree("production");
    let text: String = files.iter().map(|(path, text)| format!("━━━ {path}\n{text}\n")).collect();
    assert_golden("production", &text);
}

#[test]
fn staging_by_its_difference() {
    assert_golden("staging", &difference("staging"));
}

#[test]
fn minimal_by_its_difference() {
    assert_golden("minimal", &difference("minimal"));
}

//! Keeps the rooms apart: imports go one way, and what decides can reach nothing.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.clone(), code_of(&path)));
        }
    }
    assert!(!found.is_empty(), "src/{room} holds sources");
    found
}

/// The code of a file, without its tests and comments.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Fails for every file of a room that mentions one of the words.
fn keeps_out(room: &str, words: &[&str]) {
    for (path, code) in sources(room) {
        for word in words {
            assert!(
                !code.contains(word),
                "{} mentions `{word}`, which src/{room} must not know",
                path.display()
            );
        }
    }
}

#[test]
fn what_plans_can_reach_nothing() {
    keeps_out(
        "plan",
        &[
            "async ",
            "tokio",
            "reqwest",
            "aws_sdk",
            "std::env",
            "std::fs",
            "SystemTime",
            "Instant",
            "now_utc",
            "getrandom",
            "crate::cloud",
            "crate::view",
        ],
    );
}

#[test]
fn what_checks_a_spec_can_reach_nothing() {
    keeps_out("spec/check", &["tokio", "reqwest", "std::env", "std::fs", "SystemTime", "crate::cloud"]);
}

#[test]
fn what_renders_knows_no_service_and_no_clock() {
    keeps_out(
        "render",
        &[
            "async ",
            "reqwest",
            "aws_sdk",
            "std::env",
            "SystemTime",
            "now_utc",
            "crate::cloud",
            "crate::secret",
        ],
    );
}

#[test]
fn views_only_print() {
    keeps_out(
        "view",
        &["reqwest", "aws_sdk", "std::env", "crate::cloud::heroku", "crate::cloud::s3", "crate::spec::load"],
    );
}

#[test]
fn the_embedded_cloud_shares_nothing_with_the_client() {
    let client = [
        "crate::spec",
        "crate::secret",
        "crate::cloud",
        "crate::resource",
        "crate::plan",
        "crate::apply",
        "crate::view",
        "crate::cli",
        "crate::settings",
    ];
    keeps_out("sandbox", &client);
}

#[test]
fn nothing_looks_upwards() {
    keeps_out(
        "spec",
        &["crate::cloud", "crate::resource", "crate::plan", "crate::apply", "crate::view", "crate::cli"],
    );
    keeps_out(
        "secret",
        &["crate::cloud", "crate::resource", "crate::plan", "crate::apply", "crate::view", "crate::cli"],
    );
    keeps_out("cloud", &["crate::resource", "crate::plan", "crate::apply", "crate::view", "crate::cli"]);
    keeps_out("resource", &["crate::plan", "crate::apply", "crate::view", "crate::cli"]);
    keeps_out("plan", &["crate::apply", "crate::view", "crate::cli"]);
    keeps_out("apply", &["crate::view", "crate::cli"]);
    keeps_out("render", &["crate::apply", "crate::view", "crate::cli"]);
}

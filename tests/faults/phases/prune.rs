//! What a spec named at a revision and names no more goes, as far as it may.

use std::process::Command;

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads};
use crate::running::bounded;
use crate::scene::applied;
use crate::support::Project;

const PRUNE: [&str; 7] =
    ["apply", "--yes", "--allow-commands", "--allow-large-change", "--base", "HEAD", "--prune"];

pub static PHASE: Phase = Phase {
    name: "prune",
    command: &PRUNE,
    look: &["plan", "--allow-commands", "--base", "HEAD", "--prune"],
    reads: Reads::None,
    spec: before,
    begins: || applied(json!({})),
    prepare: |project| {
        git(project, &["init", "--quiet"]);
        git(project, &["add", "environments"]);
        git(project, &["commit", "--quiet", "--message", "before"]);
        project.write("environments/production.yaml", include_str!("prune.yaml"));
    },
    settled: |scene| {
        let again = bounded(scene, &PRUNE)?;
        if again.stdout.contains("No changes.") { Ok(()) } else { Err(again.stdout) }
    },
    writes: None,
    lasts: true,
    cache: Cache::new(),
};

/// The database may go.
fn before() -> String {
    SPEC.replace("    extensions:", "    protect: false\n    extensions:")
}

fn git(project: &Project, arguments: &[&str]) {
    let ran = Command::new("git")
        .current_dir(project.path())
        .args(["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

//! Code, for an environment that was just made.

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, plan_is_empty};
use crate::scene::made;

pub static PHASE: Phase = Phase {
    name: "deploy",
    command: &["deploy", "production", "--yes"],
    // Without the last word nobody says yes.
    look: &["deploy", "production"],
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: made,
    prepare: |project| {
        for (name, text) in [
            ("Gemfile", "gem \"rails\"\n"),
            ("Gemfile.lock", "PLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  rails\n"),
            ("Procfile", "web: bin/web\nworker: bin/worker\nrelease: bin/migrate\n"),
            (".slugignore", "/environments\n/home\n"),
        ] {
            project.write(name, text);
        }
    },
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};

//! Nothing of the environment any more, its full bucket included, but a last backup of its database on the disk.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::running::bounded;
use crate::scene::{Scene, aged, applied};

/// How many bytes the embedded cloud makes of a database.
const WHOLE: usize = 1486;

const DESTROY: [&str; 5] = ["destroy", "production", "--empty-buckets", "--confirm", "ledger-production"];

pub static PHASE: Phase = Phase {
    name: "destroy",
    command: &DESTROY,
    // Without a name it looks, asks, and ends there.
    look: &["destroy", "production", "--empty-buckets"],
    reads: Reads::New,
    spec: || {
        let unprotected = SPEC.replace("    versioning:", "    protect: false\n    versioning:");
        unprotected.replace("    extensions:", "    protect: false\n    extensions:")
    },
    begins: || aged(applied(json!({}))),
    prepare: no_more,
    settled: |scene| {
        let last = bounded(scene, &DESTROY)?;
        if last.code == 0 && last.stdout.starts_with("nothing of production is live") {
            return is_kept(scene);
        }
        Err(format!("something is left after the rerun\n{}", last.stdout))
    },
    writes: None,
    lasts: false,
    cache: Cache::new(),
};

/// There is a backup of the database, and each file that has the name of one is whole.
fn is_kept(scene: &Scene) -> Result<(), String> {
    let folder = std::fs::read_dir(scene.project.path()).map_err(|error| error.to_string())?;
    let names = folder.flatten().map(|entry| entry.path());
    let dumps: Vec<_> = names.filter(|path| path.extension().is_some_and(|end| end == "dump")).collect();
    let is_whole = |path: &std::path::PathBuf| {
        std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"PGDMP") && bytes.len() == WHOLE)
    };
    match dumps.iter().find(|path| !is_whole(path)) {
        _ if dumps.is_empty() => Err("the database is gone without a last backup".to_owned()),
        Some(broken) => Err(format!("{} is no whole backup", broken.display())),
        None => Ok(()),
    }
}

//! Every file of `fuzz/corpus` and of `tests/hostile/found`, through the target whose folder it lies in.

use std::path::{Path, PathBuf};

use crate::targets;

/// A folder's files, sorted.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs a target over its seeds and over what it found, and names the file that breaks a promise.
fn replay(target: &str, run: fn(&[u8])) {
    let seeds = files(&format!("fuzz/corpus/{target}"));
    assert!(!seeds.is_empty(), "fuzz/corpus/{target} holds seeds");
    for file in seeds.into_iter().chain(files(&format!("tests/hostile/found/{target}"))) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            std::panic::catch_unwind(|| run(&bytes)).is_ok(),
            "{} breaks a promise, see above",
            file.display()
        );
    }
}

#[test]
fn environment_files() {
    replay("spec", targets::spec);
}

#[test]
fn answers_of_heroku() {
    replay("heroku", targets::heroku);
}

#[test]
fn answers_of_aws() {
    replay("aws", targets::aws);
}

#[test]
fn policies() {
    replay("policy", targets::policy);
}

#[test]
fn saved_plans() {
    replay("plan_file", targets::plan_file);
}

#[test]
fn templates() {
    replay("template", targets::template);
}

#[test]
fn every_target_has_its_seeds_and_its_test() {
    let names = |folder: &str| -> Vec<String> {
        files(folder).iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let targets = ["aws", "heroku", "plan_file", "policy", "spec", "template"];
    assert_eq!(names("fuzz/fuzz_targets"), targets, "a new target is replayed here too");
    assert_eq!(names("fuzz/corpus"), targets);
}

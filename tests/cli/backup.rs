//! `trueup backup` as its users meet it: what it makes, lists and fetches, and that a file counts only whole.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use trueup::sandbox::Knobs;

use crate::children::Running;
use crate::common::{assert_nothing_written, cloud_and, fault, writes};
use crate::support::{Cloud, Project, quick};

const SPEC: &str =
    "app: { name: ledger-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";
const TWO: &str = "app: { name: ledger-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" }, REPORTS: { plan: \"heroku-postgresql:essential-0\" } }\n";

fn applied(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn backup(project: &Project, more: &[&str]) -> crate::support::Ran {
    project.run(&[&["backup", "production"], more].concat())
}

/// The files of backups in a project.
fn dumps(project: &Project) -> Vec<String> {
    let entries = std::fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| name.contains("dump") || name.contains("part"));
    names.sort();
    names
}

#[test]
fn a_backup_is_made_and_waited_for_and_its_name_is_told() {
    let (cloud, project) = applied(SPEC);
    backup(&project, &[]).exits(1).tells(&["there is no terminal to ask on", "--yes to back up"]);
    assert_nothing_written(&cloud);
    backup(&project, &["--yes"]).exits(0).shows(&["+ addons.DATABASE.backup", "b001"]);
    assert_eq!(writes(&cloud), ["POST backups"]);
    backup(&project, &["capture", "--yes"]).exits(0).shows(&["b002"]);
}

#[test]
fn one_that_takes_a_while_is_followed_to_its_end() {
    let knobs = Knobs { transfer: Duration::from_millis(700), ..quick() };
    let cloud = Cloud::start(knobs);
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    backup(&project, &["--yes"]).exits(0).shows(&["b001"]);
    let looks = cloud.sandbox().calls();
    let looks = looks.iter().filter(|call| call.method == "GET" && call.operation == "GET transfers");
    assert!(looks.count() > 2, "a list, and looks until it was done");
}

#[test]
fn one_that_runs_already_is_followed_instead_of_being_made_twice() {
    let cloud = Cloud::start(Knobs { transfer: Duration::from_secs(2), ..quick() });
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    let addons = cloud.heroku("GET", "/apps/ledger-production/addons", None);
    let id = addons[0]["id"].as_str().unwrap();
    cloud.heroku("POST", &format!("/client/v11/databases/{id}/backups"), None);
    cloud.sandbox().forget_calls();
    backup(&project, &["--yes"]).exits(0).shows(&["it runs already", "b001"]);
    assert_nothing_written(&cloud);
}

#[test]
fn one_whose_answer_is_lost_is_found_and_not_made_again() {
    let (cloud, project) = applied(SPEC);
    cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "POST backups", "kind": "close-after" }"#)]);
    backup(&project, &["--yes"]).exits(0).shows(&["b001"]);
    let listed = cloud.heroku("GET", "/client/v11/apps/ledger-production/transfers", None);
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[test]
fn one_that_fails_shows_the_end_of_its_log() {
    let cloud = Cloud::start(Knobs { transfer_status: "failed".to_owned(), ..quick() });
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    backup(&project, &["--yes"]).exits(1).tells(&["Heroku could not do it", "pg_dump: error"]);
    backup(&project, &["list"]).exits(0).shows(&["b001 failed"]);
    backup(&project, &["download"]).exits(3).shows(&["no backup has succeeded yet"]);
    backup(&project, &["download", "b001"]).exits(3).shows(&["the backup b001 did not succeed"]);
    assert_eq!(dumps(&project), [""; 0]);
}

#[test]
fn backups_are_listed_the_newest_first_and_nothing_is_written_for_it() {
    let (cloud, project) = applied(TWO);
    backup(&project, &["list"]).exits(0).shows(&["addons.DATABASE no backups", "0 backups."]);
    backup(&project, &["--yes"]).exits(0);
    backup(&project, &["--database", "DATABASE", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    let listed =
        backup(&project, &["list"]).exits(0).shows(&["production · ledger-production", "3 backups."]);
    assert!(listed.stdout.contains("b003  completed"), "{}", listed.stdout);
    let json = backup(&project, &["list", "--database", "DATABASE", "--format", "json"]).exits(0).json();
    let backups = json["backups"].as_array().unwrap();
    assert_eq!((json["format_version"].as_str(), backups.len()), (Some("1.0"), 2));
    assert_eq!((&backups[0]["name"], &backups[0]["status"]), (&"b003".into(), &"completed".into()));
    assert_nothing_written(&cloud);
    cloud.sandbox().forget_calls();
    backup(&project, &["list"]).exits(0);
    let calls = cloud.sandbox().calls();
    assert_eq!(calls.iter().filter(|call| call.operation == "GET transfers").count(), 1, "once for both");
}

#[test]
fn a_backup_is_fetched_whole_to_a_private_file() {
    let (cloud, project) = applied(SPEC);
    backup(&project, &["--yes"]).exits(0);
    backup(&project, &["--yes"]).exits(0);
    let ran =
        backup(&project, &["download"]).exits(0).shows(&["b002", "ledger-production-b002.dump", "SHA-256"]);
    assert_eq!(dumps(&project), ["ledger-production-b002.dump"]);
    let file = project.file("ledger-production-b002.dump");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"PGDMP"));
    assert!(ran.stdout.contains(&format!("({} bytes", bytes.len())), "{}", ran.stdout);
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains("Signature="), "{output}");
    }
    std::fs::create_dir(project.file("kept")).unwrap();
    backup(&project, &["download", "b001", "--to", "kept"]).exits(0);
    assert!(project.file("kept/ledger-production-b001.dump").exists());
    drop(cloud);
}

#[test]
fn a_file_that_is_there_is_never_overwritten_and_counts_when_it_is_the_backup() {
    let (_cloud, project) = applied(SPEC);
    backup(&project, &["--yes"]).exits(0);
    backup(&project, &["download"]).exits(0);
    let file = project.file("ledger-production-b001.dump");
    let before = std::fs::metadata(&file).unwrap().modified().unwrap();
    backup(&project, &["download"]).exits(0).shows(&["SHA-256"]);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), before);
    std::fs::write(&file, "something else").unwrap();
    backup(&project, &["download"]).exits(3).tells(&["is there already and is not this backup"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "something else");
}

#[test]
fn a_download_that_breaks_off_goes_on_and_one_that_cannot_leaves_nothing() {
    let (cloud, project) = applied(SPEC);
    backup(&project, &["--yes"]).exits(0);
    let broken = |times: u32| {
        let path = r#""path": "/_heroku/backups/*", "kind": "truncated""#;
        cloud.sandbox().set_faults(vec![fault(&format!("{{ {path}, \"times\": {times} }}"))]);
    };
    broken(2);
    backup(&project, &["download"]).exits(0);
    std::fs::remove_file(project.file("ledger-production-b001.dump")).unwrap();
    let refused = r#"{ "path": "/_heroku/backups/*", "times": 99, "kind": "close-before" }"#;
    cloud.sandbox().set_faults(vec![fault(refused)]);
    backup(&project, &["download"]).exits(1);
    assert_eq!(dumps(&project), [""; 0]);
}

#[test]
fn what_is_not_there_or_not_clear_is_said() {
    let (cloud, project) = applied(TWO);
    backup(&project, &["download"]).exits(1).tells(&["DATABASE and REPORTS", "`--database NAME`"]);
    backup(&project, &["--database", "CACHE"]).exits(1).tells(&["`CACHE` is no Postgres database"]);
    backup(&project, &["download", "b009", "--database", "REPORTS"])
        .exits(3)
        .shows(&["there is no backup b009", "`trueup backup production list`"]);
    backup(&project, &["download", "9"]).exits(1).tells(&["a backup's name, such as b003"]);
    backup(&project, &["list", "b001"]).exits(1).tells(&["`BACKUP` says nothing to `list`"]);
    assert_nothing_written(&cloud);
    let (cloud, project) = cloud_and(SPEC);
    backup(&project, &["--yes"]).exits(3).shows(&["has no database DATABASE", "`trueup apply production`"]);
    backup(&project, &["list"]).exits(0).shows(&["addons.DATABASE not live"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_trial_tells_what_is_no_dump_and_leaves_nothing() {
    let (cloud, project) = applied(SPEC);
    std::fs::create_dir(project.file("temporary")).unwrap();
    let temporary = project.file("temporary").display().to_string();
    let project = project.set("TMPDIR", &temporary);
    backup(&project, &["verify"]).exits(1).shows(&[
        "fail addons.DATABASE.backup.file no backup has succeeded yet",
        "skipped addons.DATABASE.backup.tables",
    ]);
    backup(&project, &["--yes"]).exits(0);
    // The embedded cloud has no database, and what it makes of none only looks like a dump.
    backup(&project, &["verify"])
        .exits(1)
        .shows(&["pass addons.DATABASE.backup.file b001: 1486 bytes", "fail"])
        .tells(&["addons.DATABASE.backup: fetching b001…"]);
    project.write("notes.txt", "no dump at all");
    backup(&project, &["verify", "--file", "notes.txt"]).exits(1).shows(&["is no dump in PostgreSQL's"]);
    backup(&project, &["--file", "notes.txt"]).exits(1).tells(&["`--file` says nothing to `capture`"]);

    cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "GET backups", "kind": "hold-before" }"#)]);
    let verify = Running::start(&project, &["backup", "production", "verify"]);
    cloud.wait_for_held();
    verify.interrupt();
    verify.end().exits(1).tells(&["interrupted"]);
    cloud.sandbox().release(true);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "nothing is left");
}

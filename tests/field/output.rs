//! Where the output goes: readers that leave, disks that are full, terminals of any width.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use crate::children::Running;
use crate::common::{SMALL, cloud_and, fault, writes};

/// hashicorp/terraform#31911, rustic-rs/rustic#1915
#[test]
fn an_apply_whose_reader_went_away_is_carried_through() {
    let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ A: b }}\n"));
    let mut command = project.command(&["apply", "--yes", "-v"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    let ended = child.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert_eq!(writes(&cloud), ["POST apps", "PATCH config-vars"]);
}

/// The disk behind a redirection is full: nothing is done that nobody could read of.
#[test]
fn an_apply_that_cannot_show_its_plan_changes_nothing() {
    let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ A: b }}\n"));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = project.command(&["apply", "--yes"]);
    let ran: crate::support::Ran = command.stdout(full).output().unwrap().into();
    ran.exits(1).tells(&["cannot write to standard output: No space left on device"]);
    assert!(writes(&cloud).is_empty());
}

/// Columns count characters as a terminal draws them, and a width that is none does no harm.
#[test]
fn a_plan_stands_straight_at_any_width() {
    let spec =
        format!("{SMALL}config: {{ NAME: '{}', UNICODE: 'e\u{301}té 🎉' }}\n", "東京 ".repeat(20).trim());
    let (_cloud, project) = cloud_and(&spec);
    for columns in ["", "0", "1", "40", "80", "100000", "wide"] {
        let project_at = project.command(&["plan"]).env("COLUMNS", columns).output().unwrap();
        let ran: crate::support::Ran = project_at.into();
        let ran = ran.exits(0);
        assert!(ran.stdout.contains("e\u{301}té 🎉") && ran.stdout.contains("東京 東京"), "{}", ran.stdout);
        assert!(
            ran.stdout.lines().all(|line| line == line.trim_end()),
            "no blanks at a line's end: {}",
            ran.stdout
        );
    }
}

/// hashicorp/setup-terraform#441, suzuki-shunsuke/tfaction#1503, gruntwork-io/terragrunt#4839, tfxor/terrahub#340
#[test]
fn a_request_to_stop_that_arrives_twice_is_one_and_its_lock_goes() {
    for (first, second) in [("-INT", "-INT"), ("-INT", "-TERM"), ("-TERM", "-TERM")] {
        let spec = format!("{SMALL}buckets: {{ uploads: {{ name: shop-uploads, region: us-east-1 }} }}\n");
        let (cloud, project) = cloud_and(&spec);
        project.run(&["apply", "--yes"]).exits(0);
        project.write("environments/production.yaml", &format!("{spec}config: {{ A: b }}\n"));
        cloud
            .sandbox()
            .set_faults(vec![fault(r#"{ "operation": "PATCH config-vars", "kind": "hold-before" }"#)]);
        let apply = Running::start(&project, &["apply", "--yes", "--lock"]);
        cloud.wait_for_held();
        apply.signal(first);
        apply.signal(second);
        std::thread::park_timeout(Duration::from_millis(100));
        cloud.sandbox().release(true);
        apply.end().exits(0);
        project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
        project.run(&["apply", "--yes", "--lock"]).exits(0);
    }
}

//! `trueup sandbox` in the foreground.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::common::SMALL;
use crate::support::Project;

#[test]
fn the_sandbox_prints_what_points_programs_at_it_and_ends_at_ctrl_c() {
    let project = Project::with(SMALL);
    let mut serving = project
        .command(&["sandbox", "--port", "0", "--in-memory", "--provisioning", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(serving.stdout.take().unwrap());
    let exports: Vec<String> = stdout.lines().take(17).map(Result::unwrap).collect();
    let pair = |line: &String| {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    let mut project = project;
    for (name, value) in exports.iter().map(pair) {
        project = project.set(&name, &value);
    }
    project.run(&["apply", "--yes"]).exits(0).shows(&["Applied: 1 created"]);
    assert!(!project.file(".trueup").exists(), "in memory means no file");

    let stopped = Command::new("kill").args(["-INT", &serving.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let mut told = String::new();
    serving.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(serving.wait().unwrap().code(), Some(0), "{told}");
    assert!(told.contains("serving until Ctrl-C"), "{told}");
}

#[test]
fn a_port_that_is_taken_says_how_to_choose_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Project::empty().run(&["sandbox", "--in-memory", "--port", &port]).exits(1);
    ran.tells(&[&format!("cannot serve on port {port}"), "hint: choose another one with --port"]);
}

#[test]
fn a_postgresql_that_cannot_be_used_is_told_before_anything_is_served() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, why) in [
        (format!("postgres://canary:canary@{closed}/postgres"), "refused"),
        ("canary".to_owned(), "not a URL such as postgres://"),
    ] {
        let ran =
            Project::empty().run(&["sandbox", "--in-memory", "--port", "0", "--postgres", &url]).exits(1);
        let ran = ran.tells(&["cannot use the PostgreSQL of `--postgres`", why, "may make databases"]);
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("canary"), "{}", ran.stderr);
    }
}

#[test]
fn a_faults_file_that_cannot_be_read_is_named() {
    let project = Project::empty();
    project.write("faults.json", r#"[{ "kind": "explode" }]"#);
    let ran = project.run(&["sandbox", "--in-memory", "--port", "0", "--faults", "faults.json"]).exits(1);
    ran.tells(&["cannot read faults from faults.json", "explode"]);
}

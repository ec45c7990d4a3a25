//! `verify` and databases that cannot be used: one that is not there, one that nobody answers for, one without TLS. A
//! real one is in tests/peers.

use serde_json::Value;
use trueup::sandbox::Knobs;

use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "app: { name: shop-production }\n\
    addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", extensions: [vector] } }\n";

/// An environment whose database is at that URL.
fn with_database(url: Option<String>) -> (Cloud, Project) {
    let cloud = Cloud::start(Knobs { postgres: url, ..quick() });
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    (cloud, project)
}

#[track_caller]
fn connection(ran: &Ran) -> Value {
    let document = ran.json();
    let checks = document["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == "addons.DATABASE.connection").unwrap().clone()
}

#[test]
fn the_embedded_cloud_has_none_which_is_said_and_proves_nothing() {
    let (_cloud, project) = with_database(None);
    let ran = project.run(&["verify", "--format", "json"]).exits(0);
    let connection = connection(&ran);
    assert_eq!(connection["status"], "skipped");
    assert!(connection["detail"].as_str().unwrap().contains("trueup sandbox --postgres"), "{connection}");
}

#[test]
fn one_that_nobody_answers_for_fails_and_what_rests_on_it_is_not_tried() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgres://canary-user:canary-word@127.0.0.1:{port}/canary-base");
    let (_cloud, project) = with_database(Some(url));
    let ran = project.run(&["verify", "--format", "json"]).exits(1);
    assert_eq!(connection(&ran)["status"], "fail");
    assert!(ran.stdout.contains("not tried without `addons.DATABASE.connection`"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
}

#[test]
fn one_that_answers_nonsense_fails() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It speaks no TLS, and then ends every connection.
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 8];
            let _ = stream.read_exact(&mut asked);
            let _ = stream.write_all(b"N");
        }
    });
    let (_cloud, project) = with_database(Some(format!("postgres://canary-user:w@127.0.0.1:{port}/d")));
    let ran = project.run(&["verify", "--format", "json"]).exits(1);
    assert_eq!(connection(&ran)["status"], "fail");
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
}

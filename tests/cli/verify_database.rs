//! `verify` and databases that cannot be used: one that is not there, one that nobody answers for, one without TLS. A
//! real one is in tests/peers.

use serde_json::{Value, json};
use trueup::sandbox::Sandbox;

use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "app: { name: shop-production }\n\
    addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", extensions: [vector] } }\n";

/// An environment whose database is at that URL.
fn with_database(url: Option<String>) -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    let cloud = moved(cloud, url);
    let project = project.at(cloud.sandbox());
    (cloud, project)
}

/// The same cloud, whose databases are at that URL since.
fn moved(cloud: Cloud, url: Option<String>) -> Cloud {
    let Some(url) = url else { return cloud };
    let mut state = cloud.sandbox().state().unwrap();
    let addons = state["heroku"]["addons"].as_object_mut().unwrap().values_mut();
    for addon in addons.filter(|addon| addon["plan"].as_str().unwrap().starts_with("heroku-postgresql")) {
        addon["value"] = url.as_str().into();
    }
    Cloud::serving(|| Sandbox::start_from(state, quick()))
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

/// A spec whose app has a database of its own under further names, and one of another app.
const ATTACHED: &str = "app: { name: shop-production }\n\
    addons:\n  DATABASE: { plan: \"heroku-postgresql:standard-0\" }\n  READER: { attach: DATABASE }\n  \
    WAREHOUSE: { attach: warehouse }\n  CACHE: { attach: sessions }\n";

/// The same, with the other app's things there.
fn attached(url: Option<String>) -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    cloud.heroku("POST", "/apps", Some(json!({ "name": "desk" })));
    for (plan, name) in [("heroku-postgresql:standard-0", "warehouse"), ("heroku-redis:mini", "sessions")] {
        let addon = json!({ "plan": { "name": plan }, "name": name });
        cloud.heroku("POST", "/apps/desk/addons", Some(addon));
    }
    let project = Project::with(ATTACHED).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    let cloud = moved(cloud, url);
    let project = project.at(cloud.sandbox());
    (cloud, project)
}

#[test]
fn a_database_of_another_app_is_reached_as_ones_own_and_what_is_none_is_not() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (_cloud, project) = attached(Some(format!("postgres://canary-user:w@127.0.0.1:{port}/d")));
    let ran = project.run(&["verify", "--format", "json"]).exits(1);
    let document = ran.json();
    let checks = document["checks"].as_array().unwrap();
    let status =
        |id: &str| checks.iter().find(|check| check["id"] == id).map(|check| check["status"].clone());
    for name in ["READER", "WAREHOUSE", "CACHE"] {
        assert_eq!(status(&format!("addons.{name}")), Some("pass".into()), "{name}: {}", ran.stdout);
    }
    for name in ["READER", "WAREHOUSE"] {
        assert_eq!(status(&format!("addons.{name}.connection")), Some("fail".into()), "{name}");
    }
    assert_eq!(status("addons.CACHE.connection"), None, "no PostgreSQL");
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
}

#[test]
fn a_name_that_stands_for_another_part_of_an_addon_fails() {
    let (_cloud, project) = attached(None);
    project.write(
        "environments/production.yaml",
        &ATTACHED.replace("attach: DATABASE", "attach: DATABASE, pool: true"),
    );
    let ran = project.run(&["verify", "--format", "json"]).exits(1);
    assert!(ran.stdout.contains("not DATABASE (connection-pooling:default)"), "{}", ran.stdout);
}

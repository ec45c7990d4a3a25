//! Databases of a clone on a real PostgreSQL: what is in the source is in the copy, and neither can reach the other.

use std::process::{Command, Stdio};

use crate::database::{Server, url_of, ways};
use crate::support::{Cloud, Project};

const SOURCE: &str = "shop-production";
const COPY: &str = "shop-review-7";
const COUNT: &str = "SELECT count(*) FROM users";

/// An environment with a database of a tier, and twelve users in it.
fn with_users(runtime: &tokio::runtime::Runtime, tier: &str) -> Option<(Server, Cloud, Project)> {
    let server = Server::start()?;
    let cloud = server.cloud(runtime);
    let plan = format!("{{ plan: \"heroku-postgresql:{tier}\", extensions: [vector], protect: false }}");
    let spec = format!("app: {{ name: {SOURCE} }}\naddons: {{ DATABASE: {plan} }}\n");
    let path = format!("{}:{}", server.programs.display(), std::env::var("PATH").unwrap());
    let project = Project::with(&spec).at(cloud.sandbox()).set("PATH", &path);
    project.run(&["apply", "--yes"]).exits(0);
    for command in [
        "CREATE TABLE users (id serial PRIMARY KEY, place vector(3))",
        "INSERT INTO users (place) SELECT '[1,2,3]' FROM generate_series(1, 12)",
        "COMMENT ON TABLE users IS 'people'",
        "CREATE SCHEMA archive CREATE TABLE archive.notes (text text)",
    ] {
        server.of_app(&cloud, SOURCE, command);
    }
    Some((server, cloud, project))
}

/// The copy has all that the source has, is its app's own, and what happens to it happens to nothing else.
#[track_caller]
fn assert_is_a_copy_of_its_own(server: &Server, cloud: &Cloud) {
    assert_eq!(server.of_app(cloud, COPY, COUNT), "12");
    // Only who owns a table may change it; sequences go on where they were.
    for command in [
        "ALTER TABLE users ADD name text; ALTER TABLE archive.notes ADD name text",
        "INSERT INTO users (place) VALUES ('[4,5,6]')",
        "DELETE FROM users WHERE id < 5; DROP SCHEMA archive CASCADE",
    ] {
        server.of_app(cloud, COPY, command);
    }
    assert_eq!(server.of_app(cloud, COPY, "SELECT count(*), max(id) FROM users"), "9|13");
    assert_eq!(server.of_app(cloud, SOURCE, "SELECT count(*), max(id) FROM users"), "12|12");
    // Whoever has the URL of one has nothing of the other.
    let (source, copy) = (url_of(cloud, SOURCE), url_of(cloud, COPY));
    let crossed = format!("{}/{}", source.rsplit_once('/').unwrap().0, copy.rsplit_once('/').unwrap().1);
    let refused = server.tries(&crossed, "SELECT 1");
    assert!(refused.stderr.contains("permission denied for database"), "{}", refused.stderr);
}

/// What `verify` says of the rows of the copy.
fn rows(project: &Project) -> serde_json::Value {
    project.run(&["verify", "review-7", "--format", "json"]).check("addons.DATABASE.rows")
}

#[test]
fn verify_counts_what_came_from_the_source_and_reads_it_alone() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    project.run(&["clone", "production", "review-7", "--data", "--yes"]).exits(0);
    let same = rows(&project);
    let seen = "2 tables with 12 rows; production has 2 tables with 12 rows now";
    assert_eq!((same["status"].as_str(), same["detail"].as_str()), (Some("pass"), Some(seen)));
    // The source goes on.
    server.of_app(&cloud, SOURCE, "INSERT INTO users (place) VALUES ('[1,1,1]')");
    assert_eq!(rows(&project)["status"], "pass");
    server.of_app(&cloud, SOURCE, "INSERT INTO archive.notes VALUES ('later')");
    let later = rows(&project);
    assert_eq!(later["status"], "warn");
    assert!(later["detail"].as_str().unwrap().ends_with("without any row here: archive.notes"), "{later}");

    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'trueup verify'";
    assert_eq!(server.asks(sessions), "0");
    server.of_app(&cloud, COPY, "DROP TABLE users; DROP SCHEMA archive CASCADE");
    let lost = rows(&project);
    assert_eq!(lost["status"], "fail", "{lost}");
    assert!(lost["remedy"].as_str().unwrap().contains("trueup clone production review-7 --data"), "{lost}");
    assert_eq!(server.of_app(&cloud, SOURCE, COUNT), "13");
}

#[test]
fn rows_are_not_missed_in_a_clone_that_was_to_have_none() {
    let runtime = ways();
    let Some((_server, _cloud, project)) = with_users(&runtime, "standard-0") else { return };
    project.run(&["clone", "production", "review-7", "--yes"]).exits(0);
    let none = rows(&project);
    assert_eq!(none["status"], "skipped", "{none}");
    assert_eq!(none["detail"], "it was not made from that of production");
}

#[test]
fn a_fork_has_the_rows_and_goes_with_its_environment() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    project.run(&["clone", "production", "review-7", "--data", "--yes"]).exits(0);
    assert_is_a_copy_of_its_own(&server, &cloud);
    assert_eq!(server.databases(), "2");

    let destroy = ["destroy", "review-7", "--yes", "--confirm", COPY, "--no-backup"];
    project.run(&destroy).exits(0);
    assert_eq!(server.databases(), "1");
    assert_eq!(server.asks("SELECT count(*) FROM pg_roles WHERE rolname ~ '^u[0-9a-f]{13}$'"), "1");
    server.of_app(&cloud, SOURCE, "ALTER TABLE users ADD name text");
    // What is kept in memory alone leaves nothing behind.
    drop(cloud);
    assert_eq!(server.databases(), "0");
}

/// PostgreSQL copies no database by itself that somebody is connected to.
#[test]
fn a_fork_of_a_database_in_use_has_the_rows_and_ends_no_connection() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    let mut app = Command::new(server.programs.join("psql"))
        .args(["--no-psqlrc", "--tuples-only", "--no-align", &url_of(&cloud, SOURCE)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let connected =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql' AND usename <> 'postgres'";
    while server.asks(connected) != "1" {
        assert!(app.try_wait().unwrap().is_none(), "it ended early");
    }
    project.run(&["clone", "production", "review-7", "--data", "--yes"]).exits(0);
    let mut input = app.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"SELECT 'still here';\n").unwrap();
    drop(input);
    let output = app.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "still here");
    assert_is_a_copy_of_its_own(&server, &cloud);
}

#[test]
fn what_cannot_be_forked_is_copied_row_by_row() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "essential-0") else { return };
    project.run(&["clone", "production", "review-7", "--data", "--yes"]).exits(0);
    assert!(cloud.sandbox().calls().iter().any(|call| call.operation == "POST transfers"));
    assert_is_a_copy_of_its_own(&server, &cloud);
}

#[test]
fn a_restore_brings_back_the_rows_of_the_backup_and_nothing_else() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    project.run(&["backup", "production", "--yes"]).exits(0);
    server.of_app(&cloud, SOURCE, "DELETE FROM users WHERE id > 3; CREATE TABLE later (id int)");
    let restore =
        ["restore", "production", "--from", "b001", "--yes", "--confirm", SOURCE, "--allow-protected"];
    project.run(&restore).exits(0);
    assert_eq!(server.of_app(&cloud, SOURCE, COUNT), "12");
    assert_eq!(server.of_app(&cloud, SOURCE, "SELECT to_regclass('later') IS NULL"), "t");
}

#[test]
fn a_rotated_password_opens_nothing_any_more() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    let before = url_of(&cloud, SOURCE);
    project.run(&["rotate", "production", "DATABASE_URL", "--yes"]).exits(0);
    let after = url_of(&cloud, SOURCE);
    assert_ne!(before, after);
    let refused = server.tries(&before, "SELECT 1");
    assert!(refused.stderr.contains("password authentication failed"), "{}", refused.stderr);
    assert_eq!(server.tries(&after, COUNT).exits(0).stdout.trim(), "12");
}

#[test]
fn a_named_credential_is_a_role_of_its_own_with_no_rights_but_those_that_it_is_given() {
    let runtime = ways();
    let Some((server, cloud, project)) = with_users(&runtime, "standard-0") else { return };
    let spec = std::fs::read_to_string(project.file("environments/production.yaml")).unwrap();
    let spec = spec.replace(
        "protect: false } }",
        "protect: false }, READER: { attach: DATABASE, credential: reader } }",
    );
    project.write("environments/production.yaml", &spec);
    project.run(&["apply", "--yes"]).exits(0);
    let reader = |cloud: &Cloud| {
        let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
        vars["READER_URL"].as_str().unwrap().to_owned()
    };
    let url = reader(&cloud);
    let refused = server.tries(&url, COUNT);
    assert!(refused.stderr.contains("permission denied for table users"), "{}", refused.stderr);
    let role = url.split("//").nth(1).unwrap().split(':').next().unwrap().to_owned();
    server.of_app(&cloud, SOURCE, &format!("GRANT SELECT ON users TO \"{role}\""));
    assert_eq!(server.tries(&url, COUNT).exits(0).stdout.trim(), "12");

    // A clone's app has nothing of it, and goes without a trace.
    project.run(&["clone", "production", "review-7", "--data", "--yes"]).exits(0);
    assert_eq!(server.of_app(&cloud, COPY, COUNT), "12");
    assert_eq!(server.tries(&url, COUNT).exits(0).stdout.trim(), "12", "the source's is as it was");
    let reader_of = |app: &str| format!("/apps/{app}");
    cloud.heroku("DELETE", &reader_of(SOURCE), None);
    assert_eq!(server.databases(), "1");
    assert_eq!(server.asks(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'")), "0");
    assert_eq!(server.of_app(&cloud, COPY, COUNT), "12");
}

//! `verify`, backups and restores on a real PostgreSQL with pgvector.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use trueup::sandbox::Knobs;

use crate::database::{Server, ways};
use crate::support::{Cloud, Project, Ran, quick};

#[test]
fn a_database_is_reached_over_tls_gets_what_it_lacks_and_finds_vectors() {
    let Some(server) = Server::start() else { return };
    let runtime = ways();
    let url = server.with_tls(&runtime);
    let cloud = Cloud::start(Knobs { postgres: Some(url), ..quick() });
    let spec = |version: &str| {
        format!(
            "app: {{ name: shop-production }}\naddons: {{ DATABASE: {{ plan: \"heroku-postgresql:standard-0\", \
             config: {{ version: \"{version}\" }}, extensions: [vector] }}, WAREHOUSE: {{ attach: warehouse }} }}\n"
        )
    };
    cloud.heroku("POST", "/apps", Some(json!({ "name": "desk" })));
    let warehouse = json!({ "plan": { "name": "heroku-postgresql:standard-0" }, "name": "warehouse" });
    cloud.heroku("POST", "/apps/desk/addons", Some(warehouse));
    let project = Project::with(&spec("16")).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    let verify = |more: &[&str]| project.run(&[&["verify", "--format", "json"], more].concat());

    // It was asked for at creation, and somebody took it away since.
    assert_eq!(verify(&[]).exits(0).check("addons.DATABASE.extensions.vector")["status"], "pass");
    let role = server.of_app(&cloud, "shop-production", "DROP EXTENSION vector; SELECT current_user");
    let role = role.lines().last().unwrap();
    let before = verify(&[]).exits(1);
    // That of another app is reached as one's own.
    for name in ["DATABASE", "WAREHOUSE"] {
        let connection = before.check(&format!("addons.{name}.connection"));
        assert_eq!(connection["status"], "pass", "{connection}");
        assert!(connection["detail"].as_str().unwrap().starts_with("PostgreSQL 16."), "{connection}");
    }
    assert_eq!(before.check("addons.DATABASE.version")["status"], "pass");
    let missing = before.check("addons.DATABASE.extensions.vector");
    assert_eq!(
        (missing["status"].as_str(), missing["remedy"].as_str()),
        (Some("fail"), Some("trueup verify production --fix"))
    );
    assert_eq!(before.check("addons.DATABASE.vectors")["status"], "skipped");

    // PostgreSQL trusts an owner with fewer extensions than Heroku does.
    server.asks(&format!("ALTER ROLE {role} SUPERUSER"));
    let fixed = verify(&["--fix"]).exits(0);
    let made = fixed.check("addons.DATABASE.extensions.vector");
    assert!(made["detail"].as_str().unwrap().starts_with("created: "), "{made}");
    assert_eq!(fixed.check("addons.DATABASE.vectors")["status"], "pass");
    let again = verify(&[]).exits(0);
    assert_eq!(again.check("addons.DATABASE.vectors")["detail"], "wrote vectors, and found the nearest");

    project.write("environments/production.yaml", &spec("17"));
    let other = verify(&[]).exits(1);
    assert_eq!(other.check("addons.DATABASE.version")["status"], "fail");
    for ran in [&before, &fixed, &again, &other] {
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{}", ran.stdout);
    }
}

/// The user who has no rights.
const NOBODY: u32 = 65_534;

const SPEC: &str = "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", extensions: [vector] } }\n";

/// A database with two tables and an extension, an environment that it is of, and what the operator's programs are.
fn with_tables(runtime: &tokio::runtime::Runtime) -> Option<(Server, Cloud, Project)> {
    let server = Server::start()?;
    let cloud = server.cloud(runtime);
    let path = server.programs.display().to_string();
    let project = Project::with(SPEC).at(cloud.sandbox()).set("PATH", &path);
    project.run(&["apply", "--yes"]).exits(0);
    for command in [
        "CREATE TABLE users (id int PRIMARY KEY, place vector(3))",
        "INSERT INTO users SELECT n, '[1,2,3]' FROM generate_series(1, 12) AS n",
        "CREATE TABLE notes (text text)",
    ] {
        server.of_app(&cloud, "shop-production", command);
    }
    project.run(&["backup", "production", "--yes"]).exits(0);
    Some((server, cloud, project))
}

#[test]
fn a_backup_is_tried_on_a_server_and_leaves_nothing_there() {
    let runtime = ways();
    let Some((server, _cloud, project)) = with_tables(&runtime) else { return };
    let url = server.without_tls(&runtime);
    let verify = ["backup", "production", "verify", "--postgres", &url, "--format", "json"];
    let tried = project.run(&verify).exits(0);
    let of = |id: &str| tried.check(&format!("addons.DATABASE.backup.{id}"));
    assert!(of("file")["detail"].as_str().unwrap().starts_with("b001: "), "{}", of("file"));
    assert!(of("contents")["detail"].as_str().unwrap().contains("of a PostgreSQL 16."), "{}", of("contents"));
    assert_eq!(of("extensions")["detail"], "vector");
    assert_eq!(of("restore")["status"], "pass");
    assert_eq!(of("tables")["detail"], "2 tables with 12 rows in all");
    assert_eq!(server.asks("SELECT count(*) FROM pg_database WHERE datname LIKE 'trueup%'"), "0");
    assert!(!format!("{}{}", tried.stdout, tried.stderr).contains("canary"), "{}", tried.stdout);

    // What was fetched before can be tried as well, and what is no backup is told.
    project.run(&["backup", "production", "download"]).exits(0);
    let file = ["backup", "production", "verify", "--file", "shop-production-b001.dump", "--postgres", &url];
    let tried = project.run(&file).exits(0);
    assert!(tried.stdout.contains("2 tables with 12 rows"), "{}", tried.stdout);
    let dump = project.file("shop-production-b001.dump");
    let bytes = std::fs::read(&dump).unwrap();
    std::fs::write(&dump, &bytes[..bytes.len() / 2]).unwrap();
    let broken = project.run(&file).exits(1);
    assert!(broken.stdout.contains("fail"), "{}", broken.stdout);
    assert_eq!(server.asks("SELECT count(*) FROM pg_database WHERE datname LIKE 'trueup%'"), "0");
}

#[test]
fn a_backup_is_tried_on_a_server_that_is_started_for_it() {
    use std::os::unix::process::CommandExt as _;
    let runtime = ways();
    let Some((_server, _cloud, project)) = with_tables(&runtime) else { return };
    project.run(&["backup", "production", "download"]).exits(0);
    let temporary = project.file("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut command =
        project.command(&["backup", "production", "verify", "--file", "shop-production-b001.dump"]);
    command.env("TMPDIR", &temporary);
    // PostgreSQL does not run as root, so somebody else does then.
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if is_root {
        let refused = Ran::from(command.output().unwrap()).exits(1);
        assert!(refused.stdout.contains("as another user than root"), "{}", refused.stdout);
        for path in [project.path(), &temporary, &project.file("shop-production-b001.dump")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let tried = Ran::from(command.output().unwrap()).exits(0);
    assert!(tried.stdout.contains("2 tables with 12 rows"), "{}", tried.stdout);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "nothing is left");
}

#[test]
fn what_was_restored_is_really_there() {
    let runtime = ways();
    let Some((server, cloud, _project)) = with_tables(&runtime) else { return };
    server.of_app(&cloud, "shop-production", "DELETE FROM users; CREATE TABLE later (id int)");
    let backups = cloud.heroku("GET", "/client/v11/apps/shop-production/transfers", None);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    let path = format!("/client/v11/databases/{}/restores", addons[0]["id"].as_str().unwrap());
    let body = serde_json::json!({ "backup_url": backups[0]["to_url"] });
    let restored = cloud.heroku("POST", &path, Some(body));
    assert_eq!(restored["succeeded"], true, "{restored}");
    assert_eq!(server.of_app(&cloud, "shop-production", "SELECT count(*) FROM users"), "12");
    let tables = "SELECT string_agg(tablename, ' ' ORDER BY 1) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(server.of_app(&cloud, "shop-production", tables), "notes users", "what came later is wiped");
}

/// The commands of the runbook as `render` writes it, run by a shell as they stand there.
#[test]
fn the_runbooks_way_from_heroku_to_local_brings_the_rows_along() {
    let runtime = ways();
    let Some((server, _cloud, project)) = with_tables(&runtime) else { return };
    project.run(&["render", "production"]).exits(0);
    let text = std::fs::read_to_string(project.file("docs/runbooks/disaster-recovery.md")).unwrap();
    let (_, section) = text.split_once("## Restore: Heroku to local").unwrap();
    let (steps, _) = section.split_once("5. To run the application").unwrap();
    let blocks = steps.split("```sh").skip(1).filter_map(|block| block.split("```").next());
    let commands: String = blocks.collect();
    assert_eq!(commands.matches("trueup backup production ").count(), 2, "{commands}");
    // What a person fills in and answers.
    let commands = commands.replace("BACKUP", "b002").replace("capture", "capture --yes");
    let url = server.without_tls(&runtime);
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
    let here = Path::new(env!("CARGO_BIN_EXE_trueup")).parent().unwrap().display().to_string();
    let database = commands.split_once("createdb ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let mut shell = project.shell(&format!("set -euo pipefail\n{commands}"));
    shell.env("PATH", format!("{here}:{}:{}", server.programs.display(), std::env::var("PATH").unwrap()));
    shell.envs([
        ("PGHOST", "localhost"),
        ("PGPORT", port),
        ("PGUSER", "postgres"),
        ("PGPASSWORD", "canary-word"),
    ]);
    Ran::from(shell.output().unwrap()).exits(0);
    let asked = Command::new(server.programs.join("psql"))
        .args([
            "-h",
            "localhost",
            "-p",
            port,
            "-U",
            "postgres",
            "-tA",
            "-c",
            "SELECT count(*) FROM users",
            &database,
        ])
        .env("PGPASSWORD", "canary-word")
        .output()
        .unwrap();
    assert_eq!(Ran::from(asked).exits(0).stdout.trim(), "12");
}

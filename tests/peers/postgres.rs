//! `verify` on a real PostgreSQL with pgvector, which is reached as one of Heroku's: over TLS, with a certificate that
//! nobody can verify.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use trueup::sandbox::Knobs;

use crate::programs::program;
use crate::support::{Cloud, Project, Ran, quick};

const CERTIFICATE: &[u8] = include_bytes!("../support/tls/server.pem");
const KEY: &[u8] = include_bytes!("../support/tls/server.key.pem");
/// What a client sends to ask for TLS: a length of 8, and a number that is no version.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A server with an empty database, which stops when its standard input is closed.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    socket: PathBuf,
    /// The folder of its programs.
    programs: PathBuf,
}

impl Server {
    fn start() -> Option<Self> {
        let helper = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template/postgres.py");
        let mut child = Command::new(program("python")?)
            .arg(helper)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let programs = PathBuf::from(lines.next().expect("PostgreSQL did not start"));
        let address = lines.next().expect("PostgreSQL did not start");
        let folder = address.split_once("host=").unwrap().1;
        let input = child.stdin.take();
        Some(Self { child, input, socket: Path::new(folder).join(".s.PGSQL.5432"), programs })
    }

    /// What a query answers, a line a row.
    fn asks(&self, query: &str) -> String {
        let asked = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--username=postgres", "--dbname=postgres"])
            .arg("--host")
            .arg(self.socket.parent().unwrap())
            .args(["--command", query])
            .output()
            .unwrap();
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        String::from_utf8(asked.stdout).unwrap().trim().to_owned()
    }

    /// A URL for PostgreSQL's own programs, which were built without TLS.
    fn without_tls(&self, cloud: &tokio::runtime::Runtime) -> String {
        let socket = self.socket.clone();
        let listener = cloud.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        cloud.spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let socket = socket.clone();
                tokio::spawn(async move {
                    let mut there = UnixStream::connect(socket).await?;
                    copy_bidirectional(&mut here, &mut there).await
                });
            }
        });
        format!("postgres://postgres:canary-word@127.0.0.1:{port}/postgres")
    }

    /// The URL under which an app would reach it.
    fn with_tls(&self, cloud: &tokio::runtime::Runtime) -> String {
        let certificates = CertificateDer::pem_slice_iter(CERTIFICATE).map(Result::unwrap).collect();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, PrivateKeyDer::from_pem_slice(KEY).unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let socket = self.socket.clone();
        let listener = cloud.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        cloud.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(encrypted(stream, acceptor.clone(), socket.clone()));
            }
        });
        format!("postgres://postgres:canary-word@127.0.0.1:{port}/postgres")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// Nothing goes on to the server that did not come encrypted.
async fn encrypted(mut stream: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) -> std::io::Result<()> {
    let mut asked = [0; 8];
    stream.read_exact(&mut asked).await?;
    assert_eq!(asked, TLS_REQUEST, "a client that asks for no TLS");
    stream.write_all(b"S").await?;
    let mut here = acceptor.accept(stream).await?;
    let mut there = UnixStream::connect(socket).await?;
    copy_bidirectional(&mut here, &mut there).await.map(drop)
}

#[test]
fn a_database_is_reached_over_tls_gets_what_it_lacks_and_finds_vectors() {
    let Some(server) = Server::start() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
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

const SPEC: &str =
    "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";

/// A database with two tables and an extension, an environment that it is of, and what the operator's programs are.
fn with_tables(runtime: &tokio::runtime::Runtime) -> Option<(Server, Cloud, Project)> {
    let server = Server::start()?;
    server.asks("CREATE EXTENSION vector");
    server.asks("CREATE TABLE users (id int PRIMARY KEY, place vector(3))");
    server.asks("INSERT INTO users SELECT n, '[1,2,3]' FROM generate_series(1, 12) AS n");
    server.asks("CREATE TABLE notes (text text)");
    let knobs = Knobs {
        postgres: Some(server.without_tls(runtime)),
        postgres_programs: Some(server.programs.clone()),
        ..quick()
    };
    let cloud = Cloud::start(knobs);
    let path = server.programs.display().to_string();
    let project = Project::with(SPEC).at(cloud.sandbox()).set("PATH", &path);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["backup", "production", "--yes"]).exits(0);
    Some((server, cloud, project))
}

fn proxies() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn a_backup_is_tried_on_a_server_and_leaves_nothing_there() {
    let runtime = proxies();
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
    let runtime = proxies();
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
    let runtime = proxies();
    let Some((server, cloud, _project)) = with_tables(&runtime) else { return };
    server.asks("DELETE FROM users");
    let backups = cloud.heroku("GET", "/client/v11/apps/shop-production/transfers", None);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    let path = format!("/client/v11/databases/{}/restores", addons[0]["id"].as_str().unwrap());
    let body = serde_json::json!({ "backup_url": backups[0]["to_url"] });
    let restored = cloud.heroku("POST", &path, Some(body));
    assert_eq!(restored["succeeded"], true, "{restored}");
    assert_eq!(server.asks("SELECT count(*) FROM users"), "12");
}

/// The commands of the runbook as `render` writes it, run by a shell as they stand there.
#[test]
fn the_runbooks_way_from_heroku_to_local_brings_the_rows_along() {
    let runtime = proxies();
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

//! A PostgreSQL to try a backup on: one that is made for it in a folder of its own, or one that the operator names. What was
//! made goes again, whatever came of the trial.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::programs::{self, Ran};
use crate::cli::scratch;
use crate::cloud::postgres::{self, Address, Database};
use crate::cloud::{CloudError, Service};
use crate::resource::proof::Finding;
use crate::secret::Secret;

/// A server on which a database was made.
pub(super) struct Server {
    /// The database that was made.
    pub(super) address: Address,
    /// The server's own database, from which ours is removed.
    root: Address,
    name: String,
    /// The server itself, when it was started for this.
    own: Option<Own>,
}

/// A server that was started for a trial, and ends with this.
struct Own {
    pg_ctl: PathBuf,
    data: PathBuf,
    /// Goes last, with all that is in it.
    _folder: tempfile::TempDir,
}

impl Drop for Own {
    fn drop(&mut self) {
        // It holds nothing that has to be kept.
        let _ = std::process::Command::new(&self.pg_ctl)
            .args(["stop", "--wait", "--mode=immediate", "--pgdata"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

impl Server {
    /// At a URL, or a new one; what is in the way when there is none.
    pub(super) async fn ready(url: Option<&Secret>, path: Option<&str>) -> Result<Self, Finding> {
        let (root, own) = if let Some(url) = url {
            let address = Address::parse(url).ok_or_else(|| {
                let remedy = "write it as postgres://user:password@host:5432/database";
                Finding::fail("`--postgres` is no URL of a PostgreSQL", remedy)
            })?;
            (address, None)
        } else {
            let (address, own) = start(path).await?;
            (address, Some(own))
        };
        let name = format!("trueup_verify_{}", scratch::random_name());
        let made = async {
            let server = root.connect().await?;
            server.create_database(&name).await?;
            let address = root.with_database(&name);
            let schema = async {
                // Dumps refer to it, and do not hold it (life-and-ci.md section 1.6).
                address.connect().await?.create_schema("heroku_ext").await
            };
            if let Err(error) = schema.await {
                // Why it is of no use counts more than that it could not be removed.
                let _ = server.drop_database(&name).await;
                return Err(error);
            }
            Ok::<_, CloudError>(address)
        };
        match made.await {
            Ok(address) => Ok(Self { address, root, name, own }),
            Err(error) => Err(Finding::failed(&error, "name another server with `--postgres URL`")),
        }
    }

    /// A connection to the database that was made.
    pub(super) async fn connect(&self) -> Result<Database, CloudError> {
        self.address.connect().await
    }

    /// Removes what was made: why not, if it could not.
    pub(super) async fn clean_up(self) -> Option<Finding> {
        // A server of our own goes with all its databases.
        if self.own.is_some() {
            return None;
        }
        let removed = async { self.root.connect().await?.drop_database(&self.name).await };
        let error = removed.await.err()?;
        Some(Finding::failed(&error, format!("remove the database {} by hand", self.name)))
    }
}

/// Starts a server in a folder of its own, which only a password opens, on a port of this machine alone.
async fn start(path: Option<&str>) -> Result<(Address, Own), Finding> {
    const REMEDY: &str = "install PostgreSQL's server, such as `apt install postgresql` or `brew install postgresql@17`, \
                          or name a server with `--postgres URL`";
    let missing = || Finding::fail("PostgreSQL's server is not installed: there is no `initdb`", REMEDY);
    let initdb = programs::find("initdb", path).ok_or_else(missing)?;
    // A link would lead to the folder of links.
    let initdb = initdb.canonicalize().unwrap_or(initdb);
    let pg_ctl = initdb.with_file_name("pg_ctl");
    let prepared = prepare().map_err(|error| {
        Finding::fail(
            format!("there is no place for a server: {error}"),
            "make room in the folder for temporary files",
        )
    })?;
    let Prepared { folder, data, secret_file, password, port } = prepared;
    let (data_text, file_text) = (data.display().to_string(), secret_file.display().to_string());
    let arguments = [
        "--pgdata",
        &data_text,
        "--username=trueup",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--pwfile",
        &file_text,
    ];
    let failed = |what: &str, said: String| {
        let remedy = if said.contains("root") {
            "run it as another user than root, or name a server with `--postgres URL`"
        } else {
            "name a server with `--postgres URL`"
        };
        Finding::fail(format!("{what}: {said}"), remedy)
    };
    match programs::run(&initdb, &arguments, &[]).await {
        Ran::Missing => return Err(missing()),
        Ran::Badly(said) => return Err(failed("no server could be made", said)),
        Ran::Well(_) => {}
    }
    let own = Own { pg_ctl: pg_ctl.clone(), data, _folder: folder };
    let log = own.data.join("log").display().to_string();
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off -c full_page_writes=off"
    );
    let arguments =
        ["start", "--wait", "--silent", "--pgdata", &data_text, "--log", &log, "--options", &options];
    match run_detached(&pg_ctl, &arguments).await {
        Ran::Missing => return Err(missing()),
        Ran::Badly(said) => return Err(failed("the server did not start", said)),
        Ran::Well(_) => {}
    }
    let url = Secret::new(format!("postgres://trueup:{password}@127.0.0.1:{port}/postgres"));
    let address = Address::parse(&url).ok_or_else(|| {
        let error = CloudError::defect(format!("{} has no address", Service::Postgres));
        Finding::failed(&error, "name a server with `--postgres URL`")
    })?;
    Ok((address, own))
}

/// The server that it starts must not hold its output open.
async fn run_detached(program: &Path, arguments: &[&str]) -> Ran {
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    match status {
        Err(_) => Ran::Missing,
        Ok(status) if status.success() => Ran::Well(String::new()),
        Ok(status) => Ran::Badly(format!("pg_ctl ended with {status}")),
    }
}

/// What a new server is made from.
struct Prepared {
    folder: tempfile::TempDir,
    data: PathBuf,
    secret_file: PathBuf,
    password: String,
    port: u16,
}

fn prepare() -> std::io::Result<Prepared> {
    let folder = tempfile::Builder::new().prefix("trueup-verify-").tempdir()?;
    let (data, secret_file) = (folder.path().join("data"), folder.path().join("password"));
    let password = scratch::random_name();
    scratch::write_private(&secret_file, &password)?;
    let port = postgres::free_port()?;
    Ok(Prepared { folder, data, secret_file, password, port })
}

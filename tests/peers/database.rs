//! A real PostgreSQL with pgvector for tests, and the ways to it: as an app reaches one of Heroku's, over TLS with a
//! certificate that nobody can verify, and as PostgreSQL's own programs do, which were built without TLS.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use trueup::sandbox::Knobs;

use crate::programs::program;
use crate::support::{Cloud, Ran, quick};

const CERTIFICATE: &[u8] = include_bytes!("../support/tls/server.pem");
const KEY: &[u8] = include_bytes!("../support/tls/server.key.pem");
/// What a client sends to ask for TLS: a length of 8, and a number that is no version.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A server with an empty database, which stops when its standard input is closed. Its owner needs no password, and everybody
/// else does.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    socket: PathBuf,
    /// The folder of its programs.
    pub programs: PathBuf,
}

impl Server {
    pub fn start() -> Option<Self> {
        // Two that start at once as root would both make the user that they run as.
        static STARTING: Mutex<()> = Mutex::new(());
        let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
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
        let server = Self { child, input, socket: Path::new(folder).join(".s.PGSQL.5432"), programs };
        let rules = server.asks("SHOW hba_file");
        std::fs::write(rules, "local all postgres trust\nlocal all all scram-sha-256\n").unwrap();
        server.asks("SELECT pg_reload_conf()");
        Some(server)
    }

    /// What a query answers, a line a row.
    pub fn asks(&self, query: &str) -> String {
        let owner = "postgres://postgres@/postgres";
        let asked = self.psql(&owner.replace("@/", &format!("@{}/", self.host())), query);
        asked.exits(0).stdout.trim().to_owned()
    }

    /// The same of the database that a URL leads to, as whoever it names; the ways to this server all lead to its socket.
    pub fn tries(&self, url: &str, query: &str) -> Ran {
        let (front, rest) = url.split_once('@').unwrap();
        let (_, name) = rest.split_once('/').unwrap();
        self.psql(&format!("{front}@{}/{name}", self.host()), query)
    }

    /// The same of the database of an app, as the app.
    pub fn of_app(&self, cloud: &Cloud, app: &str, query: &str) -> String {
        self.tries(&url_of(cloud, app), query).exits(0).stdout.trim().to_owned()
    }

    fn host(&self) -> String {
        self.socket.parent().unwrap().display().to_string().replace('/', "%2F")
    }

    fn psql(&self, url: &str, query: &str) -> Ran {
        let asked = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--no-password", url, "--command", query])
            .output();
        Ran::from(asked.unwrap())
    }

    /// The databases of apps on it.
    pub fn databases(&self) -> String {
        self.asks("SELECT count(*) FROM pg_database WHERE datname ~ '^d[0-9a-f]{13}$'")
    }

    /// A URL for PostgreSQL's own programs, which were built without TLS.
    pub fn without_tls(&self, cloud: &Runtime) -> String {
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

    /// An embedded cloud whose databases are on it.
    pub fn cloud(&self, runtime: &Runtime) -> Cloud {
        Cloud::start(Knobs {
            postgres: Some(self.without_tls(runtime)),
            postgres_programs: Some(self.programs.clone()),
            ..quick()
        })
    }

    /// The URL under which an app would reach it.
    pub fn with_tls(&self, cloud: &Runtime) -> String {
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

/// What a config var of an app leads to.
pub fn url_of(cloud: &Cloud, app: &str) -> String {
    let vars = cloud.heroku("GET", &format!("/apps/{app}/config-vars"), None);
    vars["DATABASE_URL"].as_str().unwrap().to_owned()
}

/// What serves the ways to a server.
pub fn ways() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Nothing goes on to the server that did not come encrypted, but what the embedded cloud asks as its owner.
async fn encrypted(mut stream: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) -> std::io::Result<()> {
    let mut asked = [0; 8];
    stream.read_exact(&mut asked).await?;
    if asked != TLS_REQUEST {
        let mut rest = vec![0; usize::from(asked[3]) - asked.len()];
        stream.read_exact(&mut rest).await?;
        let names = String::from_utf8_lossy(&rest).into_owned();
        assert!(names.contains("user\0postgres\0"), "a client that asks for no TLS: {names:?}");
        let mut there = UnixStream::connect(socket).await?;
        there.write_all(&asked).await?;
        there.write_all(&rest).await?;
        return copy_bidirectional(&mut stream, &mut there).await.map(drop);
    }
    stream.write_all(b"S").await?;
    let mut here = acceptor.accept(stream).await?;
    let mut there = UnixStream::connect(socket).await?;
    copy_bidirectional(&mut here, &mut there).await.map(drop)
}

//! A PostgreSQL database as the app sees it: by the URL in its config var, over TLS.
//!
//! Heroku's databases have certificates that Heroku signs itself, and their clients verify none (heroku-api.md section
//! 8): what is proven is that the connection is encrypted, not by whom. What must not live here: what a database should
//! be like; data of users, which is never read or written, and counted at most (`rows`, `scratch`).

mod rows;
mod scratch;
mod tls;

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use url::Url;

use super::clean::clean;
use super::{CloudError, ErrorKind, Service, is_loopback};
use crate::secret::Secret;

pub use rows::Rows;
pub use scratch::free_port;

/// Where PostgreSQL listens when the URL does not say.
const USUAL_PORT: u16 = 5432;
/// The longest message that is kept.
const LONGEST_MESSAGE: usize = 300;

/// Where a database is, as a URL says it.
#[derive(Clone)]
pub struct Address {
    url: Url,
    host: String,
}

/// A connection, which ends when this is dropped.
pub struct Database {
    client: Client,
    driver: JoinHandle<()>,
    /// What must not show when the server quotes it.
    hidden: Vec<Secret>,
    /// Whether it is encrypted; one on this machine need not be.
    pub is_encrypted: bool,
}

/// An extension that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its version.
    pub version: String,
    /// The schema that it is in.
    pub schema: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Address {
    /// Of a URL such as `postgres://user:password@host:5432/database`; `None` for anything else.
    #[must_use]
    pub fn parse(url: &Secret) -> Option<Self> {
        let url = Url::parse(url.reveal()).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        matches!(url.scheme(), "postgres" | "postgresql").then_some(Self { url, host })
    }

    /// Whether the host is one of those that nobody will ever have, by which the embedded cloud says that there is no
    /// database.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        self.host.ends_with(".invalid")
    }

    /// Whether it is on this machine.
    fn is_here(&self) -> bool {
        let parsed = self.host.parse::<IpAddr>();
        parsed.map_or_else(|_| is_loopback(&self.url), |address| address.is_loopback())
    }

    /// Connects over TLS. To this machine it also goes without, where the server has none.
    pub async fn connect(&self) -> Result<Database, CloudError> {
        match self.connect_by(SslMode::Require).await {
            Err(Failure::NoTls) if self.is_here() => {
                self.connect_by(SslMode::Disable).await.map_err(|failure| failure.told(self))
            }
            answer => answer.map_err(|failure| failure.told(self)),
        }
    }

    async fn connect_by(&self, mode: SslMode) -> Result<Database, Failure> {
        let text = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut config = Config::new();
        config.ssl_mode(mode).application_name("trueup verify").user(text(self.url.username()));
        if let Some(password) = self.url.password() {
            config.password(text(password));
        }
        let database = text(self.url.path().trim_start_matches('/'));
        if !database.is_empty() {
            config.dbname(database);
        }
        let port = self.url.port().unwrap_or(USUAL_PORT);
        let socket = TcpStream::connect((self.host.as_str(), port)).await.map_err(Failure::NoConnection)?;
        let is_encrypted = mode == SslMode::Require;
        let (client, driver) = if is_encrypted {
            let (client, connection) =
                config.connect_raw(socket, tls::Encrypted::to(&self.host)).await.map_err(Failure::of)?;
            (client, tokio::spawn(async { drop(connection.await) }))
        } else {
            let (client, connection) = config.connect_raw(socket, NoTls).await.map_err(Failure::of)?;
            (client, tokio::spawn(async { drop(connection.await) }))
        };
        Ok(Database { client, driver, hidden: self.hidden(), is_encrypted })
    }

    /// Who the user is and where the database is are secrets with the password: all of it is one config var.
    fn hidden(&self) -> Vec<Secret> {
        let text = |text: &str| Secret::new(percent_decode_str(text).decode_utf8_lossy());
        let (user, path) = (self.url.username(), self.url.path().trim_start_matches('/'));
        let mut hidden = vec![text(user), text(path), Secret::new(self.host.clone())];
        hidden.extend(self.url.password().map(text));
        hidden
    }
}

/// Why there is no connection.
#[derive(Debug)]
enum Failure {
    NoConnection(std::io::Error),
    /// The server speaks no TLS.
    NoTls,
    Other(tokio_postgres::Error),
}

impl Failure {
    /// The library has no name for a server without TLS, only words.
    fn of(error: tokio_postgres::Error) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        if cause.contains("does not support TLS") { Self::NoTls } else { Self::Other(error) }
    }

    fn told(self, address: &Address) -> CloudError {
        let error = |kind, message: &str| {
            let hidden = address.hidden();
            let message = clean(message, &hidden.iter().collect::<Vec<_>>(), LONGEST_MESSAGE);
            CloudError::new(Service::Postgres, "connect", kind, message)
        };
        match self {
            Self::NoConnection(cause) => error(ErrorKind::Unreachable, &cause.to_string()),
            Self::NoTls => {
                error(ErrorKind::Invalid, "the server speaks no TLS, which every database of Heroku does")
            }
            Self::Other(cause) => failure("connect", &cause, &address.hidden()),
        }
    }
}

/// An error of the server, in its words, or of the connection.
fn failure(operation: &str, error: &tokio_postgres::Error, hidden: &[Secret]) -> CloudError {
    let code = error.code().map(|code| code.code().to_owned());
    let kind = match code.as_deref() {
        Some(code) if code.starts_with("28") => ErrorKind::Unauthorized,
        Some("42501") => ErrorKind::Forbidden,
        Some(_) => ErrorKind::Invalid,
        None => ErrorKind::Unreachable,
    };
    let words = match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string),
    };
    let message = clean(&words, &hidden.iter().collect::<Vec<_>>(), LONGEST_MESSAGE);
    CloudError { id: code, ..CloudError::new(Service::Postgres, operation, kind, message) }
}

impl Database {
    /// Its version, as the server says it: `17.6`.
    pub async fn version(&self) -> Result<String, CloudError> {
        let rows = self.rows("SHOW server_version", "SHOW server_version").await?;
        // Builds of distributions add words of their own.
        let version = rows.into_iter().flatten().next().unwrap_or_default();
        Ok(version.split(' ').next().unwrap_or_default().to_owned())
    }

    /// An extension, by its name in SQL; `None` when the database does not have it.
    pub async fn extension(&self, name: &str) -> Result<Option<Extension>, CloudError> {
        let query = format!(
            "SELECT extversion, nspname FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace \
             ON pg_namespace.oid = extnamespace WHERE extname = {}",
            literal(name)
        );
        let rows = self.rows("SELECT FROM pg_extension", &query).await?;
        Ok(rows.into_iter().find_map(|row| {
            let [version, schema] = <[String; 2]>::try_from(row).ok()?;
            Some(Extension { version, schema })
        }))
    }

    /// Adds an extension, in a schema if one is named.
    pub async fn create_extension(&self, name: &str, schema: Option<&str>) -> Result<(), CloudError> {
        let schema = schema.map(|schema| format!(" WITH SCHEMA {}", identifier(schema))).unwrap_or_default();
        let query = format!("CREATE EXTENSION IF NOT EXISTS {}{schema}", identifier(name));
        self.rows("CREATE EXTENSION", &query).await.map(drop)
    }

    /// Writes vectors to a table of this session and asks which is nearest: whether the answer is right. A follower
    /// takes no table, and only compares. pgvector may be in any schema (heroku-api.md section 8).
    pub async fn finds_nearest(&self, schema: &str) -> Result<bool, CloudError> {
        let schema = identifier(schema);
        let operation = "SELECT nearest vector";
        let recovery = self.rows(operation, "SELECT pg_catalog.pg_is_in_recovery()").await?;
        let is_follower = recovery.concat().first().is_some_and(|answer| answer == "t");
        let distance = format!("OPERATOR({schema}.<->) '[1,2,4]'::{schema}.vector");
        let values = format!("(1, '[1,2,3]'::{schema}.vector), (2, '[9,9,9]'::{schema}.vector)");
        let query = if is_follower {
            format!("SELECT id FROM (VALUES {values}) AS trial (id, place) ORDER BY place {distance} LIMIT 1")
        } else {
            format!(
                "BEGIN; CREATE TEMPORARY TABLE trueup_trial (id int, place {schema}.vector(3)) ON COMMIT DROP; \
                 INSERT INTO trueup_trial VALUES {values}; \
                 SELECT id FROM trueup_trial ORDER BY place {distance} LIMIT 1; ROLLBACK"
            )
        };
        Ok(self.rows(operation, &query).await?.concat() == ["1"])
    }

    /// The rows of all answers, as text.
    async fn rows(&self, operation: &str, query: &str) -> Result<Vec<Vec<String>>, CloudError> {
        let answers = self.client.simple_query(query).await;
        let answers = answers.map_err(|error| failure(operation, &error, &self.hidden))?;
        let rows = answers.into_iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }
}

/// A name, quoted.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, quoted. Backslashes are plain in it: `standard_conforming_strings` has been on since PostgreSQL 9.1.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Option<Address> {
        Address::parse(&Secret::new(url))
    }

    #[test]
    fn a_url_tells_the_host_and_anything_else_is_none() {
        for (url, host) in [
            ("postgres://u:p@ec2-1.compute.amazonaws.com:5432/d", Some("ec2-1.compute.amazonaws.com")),
            ("postgresql://u@db.example/d?sslmode=require&pool=20", Some("db.example")),
            ("postgres://u:p@[::1]:5432/d", Some("::1")),
            ("redis://u:p@db.example", None),
            ("postgres:///d", None),
            ("not a url", None),
        ] {
            assert_eq!(address(url).map(|address| address.host).as_deref(), host, "{url}");
        }
    }

    #[test]
    fn only_this_machine_is_here_and_only_a_reserved_name_is_nowhere() {
        for (host, is_here, is_nowhere) in [
            ("127.0.0.1", true, false),
            ("[::1]", true, false),
            ("localhost", true, false),
            ("localhost.example", false, false),
            ("10.0.0.1", false, false),
            ("postgres.invalid", false, true),
            ("invalid.example", false, false),
        ] {
            let address = address(&format!("postgres://u:p@{host}/d")).unwrap();
            assert_eq!((address.is_here(), address.is_nowhere()), (is_here, is_nowhere), "{host}");
        }
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("a'; DROP TABLE b; --"), "'a''; DROP TABLE b; --'");
    }

    #[tokio::test]
    async fn a_server_without_tls_is_refused_elsewhere_and_nothing_of_the_url_is_told() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let url = format!("postgres://canary-user:canary-word@127.0.0.1:{port}/canary-base");
        let error = address(&url).unwrap().connect().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(!error.to_string().contains("canary"), "{error}");
        let told = Failure::NoTls.told(&address(&url).unwrap());
        assert!(told.to_string().contains("speaks no TLS"), "{told}");
    }
}

//! The real PostgreSQL behind the sandbox, when there is one: every database add-on has a database of its own there, and a
//! role of its own that owns it, as on Heroku. Both are found in the URL that the add-on gives.
//!
//! The server is reached as whoever `--postgres` names, over plain TCP: it is the operator's own.

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use url::Url;

use super::dump;
use super::state::Addon;
use crate::sandbox::Knobs;

/// No question to a server on the operator's machine takes longer.
const LIMIT: Duration = Duration::from_mins(2);
/// What the names of roles and databases are short enough with, and still apart.
const LENGTH: usize = 13;

/// A database add-on on a real server.
pub(super) struct Real<'a> {
    knobs: &'a Knobs,
    server: &'a str,
    url: Url,
}

/// What a server says of a database.
pub(super) struct Facts {
    pub(super) version: String,
    pub(super) bytes: u64,
    pub(super) tables: u64,
}

/// What a server refused, or why it was not reached.
struct Refused {
    code: Option<SqlState>,
    words: String,
}

type Asked<T> = Result<T, Refused>;

/// Whether the server is there.
pub(crate) fn check(knobs: &Knobs) -> Result<(), String> {
    let Some(server) = &knobs.postgres else { return Ok(()) };
    at_once(async { Session::open(server, None).await.map(drop) })
}

/// The URL of a new database.
pub(super) fn url_of_new(server: &str, id: &str) -> Option<String> {
    let digits = id.replace('-', "");
    let mut url = Url::parse(server).ok()?;
    url.set_username(&format!("u{}", digits.get(..LENGTH)?)).ok()?;
    url.set_password(Some(&format!("p{digits}"))).ok()?;
    url.set_path(&format!("d{}", digits.get(LENGTH..LENGTH * 2)?));
    Some(url.to_string())
}

/// The role of a credential that a database has besides its default one: roles belong to the whole server.
pub(super) fn role_of(id: &str, credential: &str) -> String {
    format!("{credential}-{}", &id[..8])
}

impl<'a> Real<'a> {
    /// Of an add-on that is on a real server; others have a host that nobody has.
    pub(super) fn of(knobs: &'a Knobs, addon: &Addon) -> Option<Self> {
        let server = knobs.postgres.as_deref()?;
        let is_database = addon.service() == "heroku-postgresql";
        let url = Url::parse(&addon.value).ok().filter(|_| is_database)?;
        let is_real = url.host_str().is_some_and(|host| !host.ends_with(".invalid"));
        is_real.then_some(Self { knobs, server, url })
    }

    fn user(&self) -> &str {
        self.url.username()
    }

    fn name(&self) -> &str {
        self.url.path().trim_start_matches('/')
    }

    /// Makes it, empty, with these extensions in it.
    pub(super) fn create(&self, extensions: &[String]) -> Result<(), String> {
        let made = at_once(async {
            let session = Session::open(self.server, None).await?;
            self.create_role(&session).await?;
            self.create_empty(&session).await?;
            self.extend(extensions).await
        });
        self.or_nothing(made)
    }

    /// Makes it with all that another one holds now, without affecting it: PostgreSQL copies no database that somebody
    /// is connected to, so such a one is read by a dump.
    pub(super) fn fork(&self, origin: &Real<'_>, roles: &[String]) -> Result<(), String> {
        let made = at_once(async {
            let session = Session::open(self.server, None).await?;
            self.create_role(&session).await?;
            if origin.is_in_use(&session).await? {
                return Ok(false);
            }
            let create = format!(
                "CREATE DATABASE {} OWNER {} TEMPLATE {}",
                quoted(self.name()),
                quoted(self.user()),
                quoted(origin.name())
            );
            match session.run(&create).await {
                Err(refused) if refused.code == Some(SqlState::OBJECT_IN_USE) => Ok(false),
                Err(refused) => Err(refused),
                Ok(_) => {
                    self.close(&session).await?;
                    self.take_over(origin, roles).await.map(|()| true)
                }
            }
        });
        let made = made.and_then(|is_copied| {
            if is_copied {
                return Ok(());
            }
            let content = dump::dump(self.knobs, origin.url.as_str())?;
            at_once(async { self.create_empty(&Session::open(self.server, None).await?).await })?;
            self.load(&content, &[])
        });
        self.or_nothing(made)
    }

    /// Takes everything out of it. Roles of credentials may connect as before.
    pub(super) fn wipe(&self, roles: &[String]) -> Result<(), String> {
        at_once(async {
            let session = Session::open(self.server, None).await?;
            session.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(self.name()))).await?;
            self.create_empty(&session).await?;
            for role in roles {
                self.admit(&session, role).await?;
            }
            Ok(())
        })
    }

    /// Puts a dump into it, which is empty. Its extensions are made first: the role that loads it may not make every one.
    pub(super) fn load(&self, content: &[u8], extensions: &[String]) -> Result<(), String> {
        let mut wanted = extensions.to_vec();
        wanted.extend(dump::extensions(self.knobs, content)?);
        at_once(self.extend(&wanted))?;
        dump::load(self.knobs, self.url.as_str(), content)
    }

    /// Removes it, with its roles. What the server does not remove stays there; the add-on is gone all the same.
    pub(super) fn remove(&self, roles: &[String]) {
        // Nobody is left to be told.
        let _ = at_once(async {
            let session = Session::open(self.server, None).await?;
            session.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(self.name()))).await?;
            for role in roles.iter().map(String::as_str).chain([self.user()]) {
                session.run(&format!("DROP ROLE IF EXISTS {}", quoted(role))).await?;
            }
            Ok(())
        });
    }

    /// Makes a role that may connect to it, and nothing else until its owner says so.
    pub(super) fn add_role(&self, role: &str, password: &str) -> Result<(), String> {
        at_once(async {
            let session = Session::open(self.server, None).await?;
            let create = format!("CREATE ROLE {} LOGIN PASSWORD {}", quoted(role), text(password));
            session.run(&create).await?;
            self.admit(&session, role).await
        })
    }

    /// Replaces the password of its own role, or of another that it has; connections made with the old one end, if wanted.
    pub(super) fn set_password(
        &self,
        role: Option<&str>,
        password: &str,
        ends_connections: bool,
    ) -> Result<(), String> {
        let role = role.unwrap_or(self.user());
        at_once(async {
            let session = Session::open(self.server, None).await?;
            session.run(&format!("ALTER ROLE {} PASSWORD {}", quoted(role), text(password))).await?;
            if ends_connections {
                let end = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity";
                session.run(&format!("{end} WHERE usename = {}", text(role))).await?;
            }
            Ok(())
        })
    }

    /// What the server says of it; `None` when it says nothing.
    pub(super) fn facts(&self) -> Option<Facts> {
        let query = "SELECT current_setting('server_version'), pg_database_size(current_database()), \
                     (SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))";
        let asked = at_once(async { Session::open(self.server, Some(self.name())).await?.run(query).await });
        let [version, bytes, tables] = <[String; 3]>::try_from(asked.ok()?.into_iter().next()?).ok()?;
        let version = version.split(' ').next().unwrap_or_default().to_owned();
        Some(Facts { version, bytes: bytes.parse().ok()?, tables: tables.parse().ok()? })
    }

    /// What could not be made whole is taken away again.
    fn or_nothing(&self, made: Result<(), String>) -> Result<(), String> {
        made.inspect_err(|_| self.remove(&[]))
    }

    async fn create_role(&self, session: &Session) -> Asked<()> {
        let (user, password) = (quoted(self.user()), text(self.url.password().unwrap_or_default()));
        session.run(&format!("CREATE ROLE {user} LOGIN PASSWORD {password}")).await?;
        // Only those who are a role may give it a database, superusers aside.
        session.run(&format!("GRANT {user} TO CURRENT_USER")).await.map(drop)
    }

    async fn create_empty(&self, session: &Session) -> Asked<()> {
        let (name, user) = (quoted(self.name()), quoted(self.user()));
        let create = format!("CREATE DATABASE {name} OWNER {user} TEMPLATE template0 ENCODING 'UTF8'");
        session.run(&create).await?;
        self.close(session).await
    }

    /// Nobody connects but its owner, and whoever is admitted.
    async fn close(&self, session: &Session) -> Asked<()> {
        session.run(&format!("REVOKE ALL ON DATABASE {} FROM PUBLIC", quoted(self.name()))).await.map(drop)
    }

    async fn admit(&self, session: &Session, role: &str) -> Asked<()> {
        let grant = format!("GRANT CONNECT ON DATABASE {} TO {}", quoted(self.name()), quoted(role));
        session.run(&grant).await.map(drop)
    }

    async fn is_in_use(&self, session: &Session) -> Asked<bool> {
        let query =
            format!("SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = {}", text(self.name()));
        Ok(!session.run(&query).await?.is_empty())
    }

    /// What the origin's roles own or may do in a copy of it is its new owner's. Both commands reach beyond this database, to
    /// the origin itself, which is given back before anybody sees it.
    async fn take_over(&self, origin: &Real<'_>, roles: &[String]) -> Asked<()> {
        let session = Session::open(self.server, Some(self.name())).await?;
        let mut commands = vec!["BEGIN".to_owned()];
        for role in roles.iter().map(String::as_str).chain([origin.user()]) {
            let role = quoted(role);
            commands.push(format!("REASSIGN OWNED BY {role} TO {}", quoted(self.user())));
            commands.push(format!("DROP OWNED BY {role}"));
        }
        let name = quoted(origin.name());
        commands.push(format!("ALTER DATABASE {name} OWNER TO {}", quoted(origin.user())));
        commands
            .extend(roles.iter().map(|role| format!("GRANT CONNECT ON DATABASE {name} TO {}", quoted(role))));
        commands.push("COMMIT".to_owned());
        session.run(&commands.join("; ")).await.map(drop)
    }

    /// Adds extensions, `vector` or `public.vector`, as its owner. Heroku lets it make more than PostgreSQL does, which
    /// would trust it with a few; what it is for that moment nobody else sees.
    async fn extend(&self, extensions: &[String]) -> Asked<()> {
        if extensions.is_empty() {
            return Ok(());
        }
        let session = Session::open(self.server, Some(self.name())).await?;
        let user = quoted(self.user());
        for extension in extensions {
            let (schema, name) = match extension.split_once('.') {
                Some((schema, name)) => (Some(quoted(schema)), name),
                None => (None, extension.as_str()),
            };
            let make = schema.as_ref().map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {schema}; "));
            let place = schema.map(|schema| format!(" WITH SCHEMA {schema}"));
            session
                .run(&format!(
                    "BEGIN; ALTER ROLE {user} SUPERUSER; SET LOCAL ROLE {user}; {}\
                     CREATE EXTENSION IF NOT EXISTS {}{} CASCADE; \
                     RESET ROLE; ALTER ROLE {user} NOSUPERUSER; COMMIT",
                    make.unwrap_or_default(),
                    quoted(name),
                    place.unwrap_or_default()
                ))
                .await?;
        }
        Ok(())
    }
}

/// A connection to the server.
struct Session(Client);

impl Session {
    /// To a database of it, or to the one that its own URL names.
    async fn open(server: &str, database: Option<&str>) -> Asked<Self> {
        let is_ours = |url: &Url| matches!(url.scheme(), "postgres" | "postgresql") && url.has_host();
        let url = Url::parse(server).ok().filter(is_ours).ok_or_else(|| Refused {
            code: None,
            words: "it is not a URL such as postgres://USER:PASSWORD@HOST:5432/postgres".to_owned(),
        })?;
        let mut config: Config = server.parse()?;
        config.ssl_mode(SslMode::Disable).application_name("trueup sandbox");
        if let Some(database) = database {
            config.dbname(database);
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let socket = TcpStream::connect((host, url.port().unwrap_or(5432)));
        let socket = socket.await.map_err(|error| Refused::because(&error))?;
        let (client, connection) = config.connect_raw(socket, NoTls).await?;
        // It ends with the client; what went wrong is the answer to a question.
        tokio::spawn(async { drop(connection.await) });
        Ok(Self(client))
    }

    /// The rows of all answers, as text.
    async fn run(&self, query: &str) -> Asked<Vec<Vec<String>>> {
        let answers = self.0.simple_query(query).await?;
        let rows = answers.into_iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }
}

impl Refused {
    fn because(error: &dyn std::error::Error) -> Self {
        Self { code: None, words: error.to_string() }
    }
}

impl From<tokio_postgres::Error> for Refused {
    fn from(error: tokio_postgres::Error) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self { code: error.code().cloned(), words: cause.unwrap_or_else(|| error.to_string()) }
    }
}

/// Asks while the call waits, which holds the state: no two calls see the server half-way.
fn at_once<T: Send>(work: impl Future<Output = Asked<T>> + Send) -> Result<T, String> {
    let asked = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let within = async { tokio::time::timeout(LIMIT, work).await };
        match runtime.block_on(within) {
            Ok(answer) => answer.map_err(|refused| refused.words),
            Err(_) => Err(format!("no answer after {} s", LIMIT.as_secs())),
        }
    };
    std::thread::scope(|scope| scope.spawn(asked).join()).unwrap_or_else(|_| Err("it ended early".to_owned()))
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

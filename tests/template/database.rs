//! The migrations and `db/schema.rb` on a real PostgreSQL with pgvector.
//!
//! Rails is not at hand here, so `schema_sql.rb` reads the emitted files and says as SQL what they ask for.
//! `schema.txt` is the schema that Rails 8.1.3.1 made of them: what it made and what is made here are the same.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::LazyLock;

use crate::common::{Tree, helper, output};
use crate::programs::{of_the_system, program};

/// The server of all tests here, which runs until they end.
///
/// There is one, since several that start at once get into each other's way where they add a system user.
struct Server {
    psql: PathBuf,
    address: String,
    /// The server stops when this is closed.
    _input: ChildStdin,
}

impl Server {
    fn shared() -> Option<&'static Self> {
        static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);
        SERVER.as_ref()
    }

    #[allow(clippy::zombie_processes, reason = "the server ends when this process does")]
    fn start() -> Option<Self> {
        let mut child = Command::new(program("python")?)
            .arg(helper("postgres.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let (programs, address) = (lines.next().expect("PostgreSQL did not start"), lines.next().unwrap());
        Some(Self {
            psql: PathBuf::from(programs).join("psql"),
            address,
            _input: child.stdin.take().unwrap(),
        })
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(&self.psql);
        let address = self.address.replace("/postgres?", &format!("/{database}?"));
        command
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"])
            .arg(address);
        command
    }

    fn create(&self, database: &str) {
        self.run("postgres", &format!("CREATE DATABASE {database}"));
    }

    #[track_caller]
    fn run(&self, database: &str, sql: &str) -> String {
        output(self.psql(database).args(["--command", sql]))
    }

    /// Runs a file of these tests.
    #[track_caller]
    fn file(&self, database: &str, name: &str) -> String {
        output(self.psql(database).arg("--file").arg(helper(name)))
    }
}

/// What files of a tree ask for, as SQL.
fn sql(tree: &Tree, direction: &str, files: &[String]) -> Option<String> {
    let mut command = Command::new(of_the_system("ruby")?);
    Some(output(command.current_dir(tree.root()).arg(helper("schema_sql.rb")).arg(direction).args(files)))
}

const VERSION: &str = "SELECT extversion FROM pg_extension WHERE extname = 'vector'";

#[test]
fn the_migrations_make_what_rails_made_of_them() {
    let tree = Tree::of("production");
    let migrations = tree.ending(&[
        "_enable_pgvector.rb",
        ".active_storage.rb",
        "_tables.rb",
        "_entries.rb",
        "_messages.rb",
        "_documents.rb",
    ]);
    assert_eq!(migrations.len(), 6, "{migrations:?}");
    let Some(server) = Server::shared() else { return };
    let Some(migrated) = sql(&tree, "up", &migrations) else { return };
    let loaded = sql(&tree, "up", &["db/schema.rb".into()]).unwrap();
    let expected = include_str!("schema.txt");

    for (database, sql) in [("migrated", migrated), ("loaded", loaded)] {
        server.create(database);
        server.run(database, &sql);
        assert_eq!(server.file(database, "schema.sql"), expected, "{database}");
    }

    let found = server.file("migrated", "neighbours.sql");
    assert!(found.starts_with("along 7\n"), "{found}");
    assert!(found.contains("Index Scan using index_documents_on_embedding on documents"), "{found}");
    assert!(found.contains("Order By: (embedding <=> "), "{found}");
}

#[test]
fn pgvector_comes_and_goes_and_is_not_taken_from_under_a_column() {
    let tree = Tree::of("production");
    let enable = tree.ending(&["_enable_pgvector.rb"]);
    let Some(server) = Server::shared() else { return };
    let Some(up) = sql(&tree, "up", &enable) else { return };
    let down = sql(&tree, "down", &enable).unwrap();
    server.create("vectors");

    server.run("vectors", &up);
    assert!(!server.run("vectors", VERSION).trim().is_empty());
    server.run("vectors", &up);
    server.run("vectors", &down);
    assert_eq!(server.run("vectors", VERSION), "");

    server.run("vectors", &up);
    server.run("vectors", "CREATE TABLE kept (embedding vector(3))");
    let refused = server.psql("vectors").args(["--command", &down]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("other objects depend on it"));
}

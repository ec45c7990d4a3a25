//! A database that was made to try a backup, and goes again: how a program finds it, and what is in it.
//!
//! What must not live here: anything for a database that an app uses.

use percent_encoding::percent_decode_str;

use super::{Address, Database, USUAL_PORT, identifier, literal};
use crate::cloud::CloudError;

/// Rows of tables, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many tables there are.
    pub tables: u64,
    /// How many rows they have.
    pub rows: u64,
}

/// A port of this machine that nobody listens on, as of now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Address {
    /// Another database of the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut url = self.url.clone();
        url.set_path(name);
        Self { url, host: self.host.clone() }
    }

    /// The variables by which PostgreSQL's own programs find it: arguments would be seen by everybody on the machine.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let port = self.url.port().unwrap_or(USUAL_PORT).to_string();
        let mut variables = vec![
            ("PGHOST", self.host.clone()),
            ("PGPORT", port),
            ("PGUSER", text(self.url.username())),
            ("PGDATABASE", text(self.url.path().trim_start_matches('/'))),
        ];
        variables.extend(self.url.password().map(|password| ("PGPASSWORD", text(password))));
        variables
    }
}

impl Database {
    /// Makes an empty database.
    pub async fn create_database(&self, name: &str) -> Result<(), CloudError> {
        let query = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", identifier(name));
        self.rows("CREATE DATABASE", &query).await.map(drop)
    }

    /// Removes a database, whoever is connected to it.
    pub async fn drop_database(&self, name: &str) -> Result<(), CloudError> {
        let query = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name));
        self.rows("DROP DATABASE", &query).await.map(drop)
    }

    /// Makes a schema.
    pub async fn create_schema(&self, name: &str) -> Result<(), CloudError> {
        let query = format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(name));
        self.rows("CREATE SCHEMA", &query).await.map(drop)
    }

    /// Whether the server could add an extension.
    pub async fn has_extension(&self, name: &str) -> Result<bool, CloudError> {
        let query =
            format!("SELECT name FROM pg_catalog.pg_available_extensions WHERE name = {}", literal(name));
        Ok(!self.rows("SELECT FROM pg_available_extensions", &query).await?.is_empty())
    }

    /// Counts all tables, and all of their rows.
    pub async fn count(&self) -> Result<Counted, CloudError> {
        let mut counted = Counted::default();
        for [schema, name] in self.tables().await? {
            counted.tables += 1;
            counted.rows += self.count_rows(&schema, &name).await?;
        }
        Ok(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn programs_find_a_database_by_variables_alone() {
        let address = Address::parse(&Secret::new("postgres://u:p%40ss@[::1]/first")).unwrap();
        let variables = address.with_database("second").variables();
        let expected = [
            ("PGHOST", "::1"),
            ("PGPORT", "5432"),
            ("PGUSER", "u"),
            ("PGDATABASE", "second"),
            ("PGPASSWORD", "p@ss"),
        ];
        assert_eq!(variables, expected.map(|(name, value)| (name, value.to_owned())));
    }
}

//! How many rows the tables of a database have: counted in transactions that only read, each in the time that is left.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Database, identifier};
use crate::cloud::CloudError;

/// How many rows each table has, by the names of schema and table; `None` for one that was not counted.
pub type Rows = BTreeMap<String, Option<u64>>;

impl Database {
    /// Counts the rows of every table, those first that PostgreSQL takes for small. What takes longer than the time that is
    /// left, or may not be read, is not counted: an estimate proves nothing.
    pub async fn count_each(&self, time: Duration) -> Result<Rows, CloudError> {
        let began = Instant::now();
        let read_only = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
        self.rows(read_only, read_only).await?;
        let mut counted = Rows::new();
        for [schema, name] in self.tables().await? {
            let left = time.saturating_sub(began.elapsed()).as_millis();
            let rows = if left == 0 { None } else { self.count_within(&schema, &name, left).await? };
            counted.insert(format!("{schema}.{name}"), rows);
        }
        Ok(counted)
    }

    async fn count_within(&self, schema: &str, name: &str, left: u128) -> Result<Option<u64>, CloudError> {
        self.rows("SET statement_timeout", &format!("SET statement_timeout = {left}")).await?;
        match self.count_rows(schema, name).await {
            Ok(rows) => Ok(Some(rows)),
            // The server refused this table, or ended what took too long.
            Err(error) if error.id.is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The tables that hold rows, by schema and name, the small ones first.
    pub(super) async fn tables(&self) -> Result<Vec<[String; 2]>, CloudError> {
        let tables = "SELECT nspname, relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace \
                      ON pg_namespace.oid = relnamespace WHERE relkind = 'r' AND nspname NOT LIKE 'pg\\_%' \
                      AND nspname <> 'information_schema' ORDER BY reltuples, nspname, relname";
        let rows = self.rows("SELECT FROM pg_class", tables).await?;
        Ok(rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok()).collect())
    }

    pub(super) async fn count_rows(&self, schema: &str, name: &str) -> Result<u64, CloudError> {
        let query = format!("SELECT count(*) FROM {}.{}", identifier(schema), identifier(name));
        let rows = self.rows("SELECT count(*)", &query).await?.concat();
        Ok(rows.first().and_then(|rows| rows.parse().ok()).unwrap_or_default())
    }
}

//! Whether the rows of a clone's database are there: every table counted on both sides, by reading alone.
//!
//! The source goes on after it was copied, so other counts than its own are no fault; a clone without any row is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cloud::CloudError;
use crate::cloud::heroku::{TransferKind, label_of};
use crate::cloud::postgres::{Address, Rows};
use crate::resource::proof::{Asked, Finding, Origin};
use crate::secret::Secret;
use crate::spec::AttachmentName;

/// How long the tables of one side may take to be counted.
const TIME: Duration = Duration::from_secs(10);
/// How many tables are named.
const NAMED: usize = 5;

/// Compares a database, which can be reached, with the one that it was made from.
pub(super) async fn compared(
    name: &AttachmentName,
    here: &Address,
    origin: Origin<'_>,
    asked: Asked<'_>,
) -> Finding {
    let Some(app) = origin.app else {
        return Finding::skipped(format!("no file tells what the app of {} is", origin.name));
    };
    match is_made_from(name, app, asked).await {
        Ok(true) => {}
        Ok(false) => return Finding::skipped(format!("it was not made from that of {}", origin.name)),
        Err(error) => {
            return Finding::skipped(format!("Heroku does not tell what it was made from: {error}"));
        }
    }
    let there = match url_of(asked.clouds().heroku.config_vars(app).await, name) {
        Ok(there) => there,
        Err(why) => return Finding::skipped(format!("{}: {why}", origin.name)),
    };
    let (here, there) = tokio::join!(counted(here), counted(&there));
    match (here, there) {
        (Ok(here), Ok(there)) => {
            compare(&here, &there, (origin.name, asked.overview.desired.environment.name.as_str()))
        }
        (Err(error), _) => Finding::fail(error.to_string(), asked.command("plan")),
        (_, Err(error)) => {
            Finding::skipped(format!("the database of {} could not be read: {error}", origin.name))
        }
    }
}

/// Whether a fork or a copy filled it; one that was cloned without its data is nobody's copy. What Heroku does not tell is
/// compared all the same.
async fn is_made_from(name: &AttachmentName, app: &str, asked: Asked<'_>) -> Result<bool, CloudError> {
    let heroku = &asked.clouds().heroku;
    let attachment = asked.overview.world.attachment(name);
    let (Some(attachment), Some(own)) = (attachment, asked.app()) else { return Ok(false) };
    if heroku.is_fork(&attachment.addon_id).await? != Some(false) {
        return Ok(true);
    }
    let from = format!("{app}::{}", label_of(name.as_str()));
    let transfers = heroku.transfers(&own.name).await?;
    Ok(transfers.iter().any(|one| {
        one.kind == TransferKind::Copy
            && one.is_to(&[name.as_str()])
            && one.is_from(&[&from])
            && one.state.is_good()
    }))
}

fn url_of(
    vars: Result<BTreeMap<String, Secret>, CloudError>,
    name: &AttachmentName,
) -> Result<Address, String> {
    let var = format!("{name}_URL");
    let vars = vars.map_err(|error| error.to_string())?;
    let url = vars.get(&var).ok_or_else(|| format!("its app has no {var}"))?;
    Address::parse(url).ok_or_else(|| format!("its {var} is not the URL of a PostgreSQL"))
}

/// The connection ends with it.
async fn counted(address: &Address) -> Result<Rows, CloudError> {
    address.connect().await?.count_each(TIME).await
}

fn compare(here: &Rows, there: &Rows, (origin, clone): (&str, &str)) -> Finding {
    let uncounted = uncounted(here, there);
    let seen = format!("{}; {origin} has {} now{uncounted}", told(here), told(there));
    let has_rows = |rows: &Rows| rows.values().any(|rows| *rows != Some(0));
    if has_rows(there) && !has_rows(here) {
        let remedy =
            format!("`trueup destroy {clone}`, and make it again: trueup clone {origin} {clone} --data");
        return Finding::fail(seen, remedy);
    }
    let is_without = |name: &&String| matches!(here.get(*name), None | Some(Some(0)));
    let with_rows = there.iter().filter(|(_, rows)| rows.is_some_and(|rows| rows > 0));
    let without: Vec<&String> = with_rows.map(|(name, _)| name).filter(is_without).collect();
    if without.is_empty() {
        return Finding::pass(seen);
    }
    let remedy = format!("look at it, unless {origin} filled it since the copy was made");
    Finding::warn(format!("{seen}; without any row here: {}", named(&without)), remedy)
}

/// `3 tables with 12 rows`.
fn told(rows: &Rows) -> String {
    let of = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let tables = of(u64::try_from(rows.len()).unwrap_or(u64::MAX), "table");
    format!("{tables} with {}", of(rows.values().flatten().sum(), "row"))
}

fn uncounted(here: &Rows, there: &Rows) -> String {
    let both = here.iter().chain(there).filter(|(_, rows)| rows.is_none());
    let names: BTreeSet<&String> = both.map(|(name, _)| name).collect();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&String> = names.into_iter().collect();
    format!("; not counted within {} s, or not readable: {}", TIME.as_secs(), named(&names))
}

fn named(names: &[&String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(|name| name.as_str()).collect();
    match names.len().checked_sub(NAMED).filter(|rest| *rest > 0) {
        Some(rest) => format!("{} and {rest} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::proof::Outcome;

    #[test]
    fn a_copy_without_rows_fails_and_one_whose_source_went_on_does_not() {
        let rows = |tables: &[(&str, Option<u64>)]| -> Rows {
            tables.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect()
        };
        let full = rows(&[("public.notes", Some(0)), ("public.users", Some(12))]);
        for (here, there, outcome, detail) in [
            (&full, &full, Outcome::Pass, "2 tables with 12 rows; production has 2 tables with 12 rows now"),
            (
                &rows(&[("public.users", Some(9))]),
                &rows(&[("public.notes", Some(0)), ("public.users", Some(12))]),
                Outcome::Pass,
                "1 table with 9 rows",
            ),
            (&rows(&[]), &full, Outcome::Fail, "0 tables with 0 rows; production has 2 tables"),
            (&rows(&[("public.users", Some(0))]), &full, Outcome::Fail, "1 table with 0 rows"),
            (&rows(&[]), &rows(&[("public.events", None)]), Outcome::Fail, "readable: public.events"),
            (
                &rows(&[]),
                &rows(&[("public.notes", Some(0))]),
                Outcome::Pass,
                "production has 1 table with 0 rows",
            ),
            (&rows(&[("public.events", None)]), &full, Outcome::Warn, "without any row here: public.users"),
            (
                &rows(&[("public.users", Some(12)), ("public.events", None)]),
                &rows(&[("public.users", Some(12)), ("public.events", None)]),
                Outcome::Pass,
                "not counted within 10 s, or not readable: public.events",
            ),
        ] {
            let found = compare(here, there, ("production", "review-7"));
            assert_eq!(found.outcome, outcome, "{found:?}");
            assert!(found.detail.contains(detail), "{found:?}");
        }
        let many: Vec<String> = (1..=7).map(|number| format!("public.t{number}")).collect();
        assert_eq!(
            named(&many.iter().collect::<Vec<_>>()),
            "public.t1, public.t2, public.t3, public.t4, public.t5 and 2 more"
        );
    }
}

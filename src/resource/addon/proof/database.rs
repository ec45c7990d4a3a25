//! Whether the app can use its database: reached over TLS, of the version and with the extensions that the spec asks
//! for, and with vectors that are found (heroku-api.md section 8).

use std::cell::OnceCell;
use std::rc::Rc;

use super::rows;
use crate::cloud::CloudError;
use crate::cloud::postgres::{Address, Database};
use crate::resource::proof::{Asked, Chain, Finding, Origin, Proof};
use crate::spec::AttachmentName;

/// The extension whose name in SQL is `vector`.
const VECTOR: &str = "vector";

/// The connection, once it is there.
type Connection = Rc<OnceCell<Database>>;

/// What a database is to be like.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The version that was asked for.
    pub version: Option<&'a str>,
    /// The extensions that it is to have.
    pub extensions: &'a [String],
    /// Where what is in it was taken from.
    pub origin: Option<Origin<'a>>,
}

/// Adds the checks of a database of the app's own.
pub(super) fn prove<'a>(name: &AttachmentName, wanted: Wanted<'a>, asked: Asked<'a>, proof: &mut Proof<'a>) {
    match address(name, asked) {
        Ok(address) => prove_at(address, name, wanted, asked, proof),
        Err(finding) => proof.known(id(name, "connection"), finding),
    }
}

/// The same of a database of another app, if that is what is attached: its var tells.
pub fn prove_attached<'a>(name: &AttachmentName, asked: Asked<'a>, proof: &mut Proof<'a>) {
    let world = asked.overview.world;
    let vars = world.attachment(name).into_iter().flat_map(|one| &one.config_vars);
    let mut urls = vars.filter_map(|var| world.config.get(var));
    if urls.any(|url| Address::parse(url).is_some()) {
        prove(name, Wanted::default(), asked, proof);
    }
}

fn id(name: &AttachmentName, part: &str) -> String {
    format!("addons.{name}.{part}")
}

fn prove_at<'a>(
    address: Address,
    name: &AttachmentName,
    wanted: Wanted<'a>,
    asked: Asked<'a>,
    proof: &mut Proof<'a>,
) {
    let id = |part: &str| id(name, part);
    let connection = Connection::default();
    let mut chain = Chain::default();
    let held = connection.clone();
    let place = address.clone();
    let connected = chain.add(id("connection"), async move {
        match connect(&place).await {
            Ok((database, finding)) => {
                let _ = held.set(database);
                finding
            }
            Err(error) => Finding::fail(error.to_string(), asked.command("plan")),
        }
    });
    if let Some(version) = wanted.version {
        let held = connection.clone();
        chain.add_after(connected, id("version"), async move {
            using(&held, asked, async |database| Ok(is_version(&database.version().await?, version))).await
        });
    }
    let mut vector = None;
    for extension in wanted.extensions {
        let (schema, name) = match extension.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, extension.as_str()),
        };
        let held = connection.clone();
        let place = chain.add_after(connected, id(&format!("extensions.{name}")), async move {
            using(&held, asked, async |database| is_there(database, (name, schema), asked).await).await
        });
        if name == VECTOR {
            vector = Some(place);
        }
    }
    if let Some(vector) = vector {
        let held = connection.clone();
        chain.add_after(vector, id("vectors"), async move {
            using(&held, asked, async |database| finds_vectors(database, asked).await).await
        });
    }
    if let Some(origin) = wanted.origin {
        let name = name.clone();
        chain.add_after(connected, id("rows"), async move {
            rows::compared(&name, &address, origin, asked).await
        });
    }
    proof.chain(chain);
}

/// Where the app's config var says that the database is; or why nobody is asked.
fn address(name: &AttachmentName, asked: Asked<'_>) -> Result<Address, Finding> {
    let world = asked.overview.world;
    let Some(attachment) = world.attachment(name) else {
        return Err(Finding::skipped("the database is not there"));
    };
    let var = attachment.config_vars.iter().find(|var| var.ends_with("_URL"));
    let url = var.and_then(|var| Some((var, world.config.get(var)?)));
    let Some((var, url)) = url else {
        return Err(Finding::fail("the app has no var with its URL", asked.command("apply")));
    };
    let Some(address) = Address::parse(url) else {
        return Err(Finding::fail(format!("{var} is not the URL of a PostgreSQL"), asked.command("plan")));
    };
    if address.is_nowhere() {
        let why = "the embedded cloud has no database; `trueup sandbox --postgres URL` lends it one";
        return Err(Finding::skipped(why));
    }
    Ok(address)
}

async fn connect(address: &Address) -> Result<(Database, Finding), CloudError> {
    let database = address.connect().await?;
    let version = database.version().await?;
    let finding = if database.is_encrypted {
        Finding::pass(format!(
            "PostgreSQL {version} over TLS, its certificate not verified, as Heroku's cannot be"
        ))
    } else {
        Finding::warn(
            format!("PostgreSQL {version} without TLS"),
            "good enough on this machine alone; a database of Heroku speaks TLS",
        )
    };
    Ok((database, finding))
}

/// Asks the database, which is there when this is tried at all.
async fn using(
    held: &Connection,
    asked: Asked<'_>,
    ask: impl AsyncFnOnce(&Database) -> Result<Finding, CloudError>,
) -> Finding {
    let Some(database) = held.get() else { return Finding::skipped("there is no connection") };
    ask(database).await.unwrap_or_else(|error| Finding::fail(error.to_string(), asked.command("plan")))
}

/// Whether a version is the one that was asked for, as far as that says.
fn is_version(live: &str, wanted: &str) -> Finding {
    if live == wanted || live.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.')) {
        return Finding::pass(format!("{live}, and {wanted} was asked for"));
    }
    Finding::fail(
        format!("{live}, and {wanted} was asked for, which counts at creation alone"),
        "write the version that runs, or move the data to a new database",
    )
}

async fn is_there(
    database: &Database,
    (name, schema): (&str, Option<&str>),
    asked: Asked<'_>,
) -> Result<Finding, CloudError> {
    let told = |found: crate::cloud::postgres::Extension| {
        format!("{} in the schema {}", found.version, found.schema)
    };
    if let Some(found) = database.extension(name).await? {
        return Ok(Finding::pass(told(found)));
    }
    if !asked.fix {
        let remedy = format!("{} --fix", asked.command("verify"));
        return Ok(Finding::fail("not in the database", remedy));
    }
    database.create_extension(name, schema).await?;
    Ok(match database.extension(name).await? {
        Some(found) => Finding::pass(format!("created: {}", told(found))),
        None => Finding::fail("created, and not there", asked.command("verify")),
    })
}

async fn finds_vectors(database: &Database, asked: Asked<'_>) -> Result<Finding, CloudError> {
    let Some(found) = database.extension(VECTOR).await? else {
        return Ok(Finding::skipped("the extension is not there"));
    };
    Ok(if database.finds_nearest(&found.schema).await? {
        Finding::pass("wrote vectors, and found the nearest")
    } else {
        Finding::fail("the nearest vector is not the one that was found", asked.command("plan"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::proof::Outcome;

    #[test]
    fn a_version_is_compared_as_far_as_it_was_asked_for() {
        for (live, wanted, outcome) in [
            ("17.6", "17", Outcome::Pass),
            ("17.6", "17.6", Outcome::Pass),
            ("17.6", "17.5", Outcome::Fail),
            ("17.6", "1", Outcome::Fail),
            ("16.2", "17", Outcome::Fail),
            ("9.6.24", "9.6", Outcome::Pass),
        ] {
            assert_eq!(is_version(live, wanted).outcome, outcome, "{live} {wanted}");
        }
    }
}

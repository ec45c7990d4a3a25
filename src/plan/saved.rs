//! A saved plan: a commitment to what was reviewed, and not instructions.
//!
//! The file holds keyed digests of the live facts and of the planned changes, and the plan as a document for
//! people. Nothing of it is ever carried out: an apply plans again, and goes on only when that gives the very
//! plan that was saved. So the file needs no secret and cannot smuggle in a change. A seal over every byte
//! shows any edit.
//!
//! What must not live here: files, clocks, and the choice of the key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::{Value, json};

use super::facts::{self, Facts};
use super::stale::{Stale, differences};
use super::{Entry, Plan, digest};
use crate::resource::{Action, Cost, Effects, Field, Shown, World};
use crate::secret::{FingerprintKey, Secret};
use crate::spec::EnvironmentName;

/// The version of the file's form.
const FORMAT: &str = "1.0";
/// Parts of text from a file that are repeated in a message, in characters.
const QUOTED: usize = 40;
/// What stands between the sealed text and the seal, and after it.
const SEAL: (&str, &str) = ("  \"seal\": \"", "\"\n}\n");

/// What a plan and its world amount to, in digests: equal for equal plans from equal facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    environment: EnvironmentName,
    spec_digest: String,
    aws_account: Option<String>,
    facts: Facts,
    changes: Vec<Promise>,
}

/// A planned change, as the file knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Promise {
    address: String,
    action: Action,
    digest: String,
}

/// The file as it is written, without its seal.
#[derive(Serialize)]
struct Written<'a> {
    trueup_saved_plan: &'a str,
    tool_version: &'a str,
    environment: &'a str,
    spec_digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_account: Option<&'a str>,
    salt: &'a str,
    key_check: &'a str,
    facts: &'a Facts,
    changes: &'a [Promise],
    plan: Value,
}

/// The file as it is read. The document inside is for people; nothing here looks at it.
#[derive(Deserialize)]
struct Read {
    tool_version: String,
    environment: EnvironmentName,
    spec_digest: String,
    aws_account: Option<String>,
    salt: String,
    key_check: String,
    facts: Facts,
    changes: Vec<Promise>,
}

/// What tells a saved plan from any other JSON, whatever its version.
#[derive(Deserialize)]
struct Marker {
    trueup_saved_plan: Option<String>,
}

/// The label under which the key of a file is derived.
#[must_use]
pub fn key_label(salt: &str) -> String {
    format!("saved plan {salt}")
}

/// The plan with its digest of live facts under the file's key, for the document inside the file.
#[must_use]
pub fn under_key(plan: &Plan, world: &World, key: &FingerprintKey) -> Plan {
    Plan { live_digest: digest::of_world(world, key), ..plan.clone() }
}

impl Snapshot {
    /// Of a plan that was just made. `reached` names the services that were asked.
    #[must_use]
    pub fn of(plan: &Plan, world: &World, reached: &str, key: &FingerprintKey) -> Self {
        Self {
            environment: plan.environment.clone(),
            spec_digest: plan.spec_digest.clone(),
            aws_account: plan.place.aws_account.clone(),
            facts: facts::of_world(world, reached, key),
            changes: plan.entries().iter().map(|entry| promise(entry, key)).collect(),
        }
    }

    /// The file's text. `document` is the plan as JSON, its fingerprints under the same `key`.
    ///
    /// # Panics
    /// Never: the file is plain data with text keys.
    #[must_use]
    pub fn to_file(&self, document: Value, tool_version: &str, salt: &str, key: &FingerprintKey) -> String {
        let written = Written {
            trueup_saved_plan: FORMAT,
            tool_version,
            environment: self.environment.as_str(),
            spec_digest: &self.spec_digest,
            aws_account: self.aws_account.as_deref(),
            salt,
            key_check: &key_check(salt, key),
            facts: &self.facts,
            changes: &self.changes,
            plan: document,
        };
        let text = serde_json::to_string_pretty(&written).expect("a saved plan is plain data with text keys");
        let sealed =
            format!("{},\n", text.trim_end().strip_suffix("\n}").expect("a struct ends with its brace"));
        format!("{sealed}{}{}{}", SEAL.0, key.digest("seal", &sealed), SEAL.1)
    }
}

fn key_check(salt: &str, key: &FingerprintKey) -> String {
    key.digest("key check", salt)
}

/// A change with everything that its description holds: secrets as digests, all else as it is.
fn promise(entry: &Entry, key: &FingerprintKey) -> Promise {
    // Taken apart by name, so that nobody adds a field that a saved plan would not notice. What comes before
    // follows from all changes together, whose order counts too: here it would make those that wait for a
    // changed one look changed. Where it comes from is nothing of what is done.
    let Entry { address, action, title, reason, fields, effects, cost, after: _, steps: _, origin: _ } =
        entry;
    let fields: Vec<Value> = fields
        .iter()
        .map(|Field { path, before, after, note }| json!([path, side(before, key), side(after, key), note]))
        .collect();
    let Effects { releases, restarts, notes } = effects;
    let cost = cost.map(|Cost { before_cents, after_cents }| [before_cents, after_cents]);
    let whole = json!([
        address,
        address.section().kind,
        action,
        title,
        reason,
        fields,
        releases,
        restarts,
        notes,
        cost
    ]);
    Promise {
        address: address.to_string(),
        action: *action,
        digest: key.digest("change", &whole.to_string()),
    }
}

fn side(shown: &Shown, key: &FingerprintKey) -> Value {
    match shown {
        Shown::Nothing => Value::Null,
        Shown::Plain(text) => json!(["plain", text]),
        Shown::Hidden(secret) => json!(["hidden", key.secret_digest("value", secret)]),
        Shown::AfterApply { sensitive } => json!(["after apply", sensitive]),
    }
}

/// A saved plan that was read and is not to be trusted yet.
pub struct Unverified {
    text: String,
    saved: Read,
}

/// Why a file is no saved plan at all. None of its text is repeated: it could be any file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It is not JSON, or only a part of it.
    #[error("is not a saved plan, or was cut off (line {line}, column {column})")]
    Broken {
        /// Where reading ended.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// It is some other JSON.
    #[error("is not a saved plan")]
    Other,
    /// It is a saved plan of a form that this program does not read.
    #[error("has format `{0}`, and this trueup reads {FORMAT}")]
    OtherFormat(String),
}

impl From<serde_json::Error> for NotAPlan {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken { line: error.line(), column: error.column() }
    }
}

impl Unverified {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is no saved plan, or one of a form that only another version reads.
    pub fn parse(text: String) -> Result<Self, NotAPlan> {
        if text.trim().is_empty() {
            return Err(NotAPlan::Empty);
        }
        let marker: Marker = serde_json::from_str(&text).map_err(|error| match error.classify() {
            Category::Data => NotAPlan::Other,
            Category::Syntax | Category::Eof | Category::Io => error.into(),
        })?;
        match marker.trueup_saved_plan {
            None => Err(NotAPlan::Other),
            Some(format) if format != FORMAT => Err(NotAPlan::OtherFormat(quoted(&format))),
            Some(_) => Ok(Self { saved: serde_json::from_str(&text)?, text }),
        }
    }

    /// The environment that the file says it is of.
    #[must_use]
    pub fn environment(&self) -> &EnvironmentName {
        &self.saved.environment
    }

    /// What the file's key is derived with.
    #[must_use]
    pub fn salt(&self) -> &str {
        &self.saved.salt
    }

    /// The plan that was saved, once the file is shown to be the one that was written.
    ///
    /// # Errors
    /// When another version or key made it, or any byte differs.
    pub fn verify(self, key: &FingerprintKey, running: &str) -> Result<Verified, Stale> {
        let Read {
            tool_version,
            environment,
            spec_digest,
            aws_account,
            salt,
            key_check: check,
            facts,
            changes,
        } = self.saved;
        if !reads_alike(&tool_version, running) {
            return Err(Stale::Tool { saved: quoted(&tool_version), running: running.to_owned() });
        }
        if !is_equal(&check, &key_check(&salt, key)) {
            return Err(Stale::Key);
        }
        let seal = |text: &str| {
            let (sealed, seal) = text.strip_suffix(SEAL.1)?.rsplit_once(SEAL.0)?;
            Some(is_equal(seal, &key.digest("seal", sealed)))
        };
        if seal(&self.text) != Some(true) {
            return Err(Stale::Edited);
        }
        Ok(Verified(Snapshot { environment, spec_digest, aws_account, facts, changes }))
    }
}

/// A saved plan as it was written, by a program of this version and a holder of the key.
pub struct Verified(Snapshot);

impl Verified {
    /// Whether the spec still asks for what it asked for.
    ///
    /// # Errors
    /// When it does not.
    pub fn holds_for_spec(&self, spec_digest: &str) -> Result<(), Stale> {
        if self.0.spec_digest == spec_digest { Ok(()) } else { Err(Stale::Spec(self.0.environment.clone())) }
    }

    /// The AWS account that it was made for, when it is about anything there.
    #[must_use]
    pub fn aws_account(&self) -> Option<&str> {
        self.0.aws_account.as_deref()
    }

    /// Whether the credentials are still of the account that it was made for.
    ///
    /// # Errors
    /// When they are not.
    pub fn holds_for_account(&self, now: &str) -> Result<(), Stale> {
        match self.aws_account() {
            Some(saved) if saved != now => Err(Stale::Account { saved: quoted(saved), now: now.to_owned() }),
            _ => Ok(()),
        }
    }

    /// Whether what was planned just now is what was saved.
    ///
    /// # Errors
    /// The facts that differ; if none does, the changes that do.
    pub fn holds_for(&self, now: &Snapshot) -> Result<(), Stale> {
        self.holds_for_spec(&now.spec_digest)?;
        let facts = differences(&self.0.facts, &now.facts);
        if !facts.is_empty() {
            return Err(Stale::Facts(facts));
        }
        let [saved, planned] = [&self.0.changes, &now.changes].map(|changes| by_address(changes));
        let changes = differences(&saved, &planned);
        // The same changes in another order are another plan; it takes another build of this version.
        let is_same = self.0 == *now;
        if is_same && changes.is_empty() { Ok(()) } else { Err(Stale::Changes(changes)) }
    }
}

fn by_address(changes: &[Promise]) -> BTreeMap<String, (Action, &str)> {
    changes.iter().map(|one| (one.address.clone(), (one.action, one.digest.as_str()))).collect()
}

/// Whether two versions of this program plan alike: of the same major version, or minor before 1.0.
fn reads_alike(one: &str, other: &str) -> bool {
    let generation = |version: &str| {
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        let major = numbers.next()?;
        Some((major, if major == 0 { Some(numbers.next()?) } else { None }))
    };
    generation(one).is_some() && generation(one) == generation(other)
}

/// In constant time: how far a guess got is told to nobody.
fn is_equal(one: &str, other: &str) -> bool {
    Secret::new(one).matches(&Secret::new(other))
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

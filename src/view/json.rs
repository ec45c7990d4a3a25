//! A plan for programs: byte for byte the same from the same facts.
//!
//! Several plans are a list of them, in which an environment that has none says why.
//!
//! Values that may not be printed are fingerprints here, whatever was asked for: JSON ends up in files.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::failure::{Words, words};
use super::github;
use super::origin;
use super::sheet::Sheet;
use super::text::listed;
use crate::message::Failure;
use crate::plan::{Entry, Plan, PlanDigest, Summary};
use crate::resource::{Action, Address, Blocked, Cause, Cost, Effects, Field, Limit, Note, Published, Shown};
use crate::secret::FingerprintKey;
use crate::spec::EnvironmentName;
use crate::terminal::is_obeyed;

/// The version of this form. Keys may be added within a major version; none goes or changes its meaning.
pub(super) const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize, JsonSchema)]
pub(super) struct Document<'a> {
    format_version: &'static str,
    environment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_account: Option<&'a str>,
    /// Of what the spec asks for.
    spec_digest: &'a str,
    /// Of what is live and the plan rests on.
    live_digest: &'a str,
    /// Of what would be done, for `apply --expect`.
    plan_digest: &'a PlanDigest,
    summary: Counts,
    changes: Vec<Change<'a>>,
    /// Live, and not in the spec: left alone.
    unmanaged: &'a [Note],
    /// Done by a later apply.
    deferred: &'a [Note],
    /// Differences that trueup refuses to make; while there is one, nothing is applied.
    blocked: &'a [Blocked],
    #[serde(skip_serializing_if = "<[Blocked]>::is_empty")]
    refused: &'a [Blocked],
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_limit: Option<MonthlyLimit<'a>>,
    warnings: &'a [Note],
    /// Values of what is live that others need.
    outputs: Vec<OutputValue<'a>>,
}

/// What stands afterwards, beside what may.
#[derive(Serialize, JsonSchema)]
struct MonthlyLimit<'a> {
    limit_cents: i64,
    after_cents: i64,
    currency: &'static str,
    unknown: &'a [Address],
}

#[derive(Serialize, JsonSchema)]
struct OutputValue<'a> {
    address: &'a Address,
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Counts {
    create: usize,
    update: usize,
    replace: usize,
    delete: usize,
    unchanged: usize,
}

#[derive(Serialize, JsonSchema)]
struct Change<'a> {
    address: &'a Address,
    kind: &'static str,
    action: Action,
    /// Whose change it is, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    /// Who moved what is live, where releases show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<origin::Value<'a>>,
    /// The addresses whose changes come before.
    after_changes: &'a [Address],
    fields: Vec<Value<'a>>,
    effects: Vec<String>,
    monthly_cost: MonthlyCost,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Value<'a> {
    path: &'a str,
    /// Null for no value; a keyed fingerprint in place of a secret.
    before: Option<String>,
    /// The same, and null for what only the apply will know.
    after: Option<String>,
    sensitive: bool,
    known_after_apply: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct MonthlyCost {
    before_cents: i64,
    after_cents: i64,
    currency: &'static str,
}

/// One plan as an object.
#[must_use]
pub fn plan(plan: &Plan, key: &FingerprintKey) -> String {
    sheet(&Sheet::of(plan), key)
}

pub(super) fn sheet(sheet: &Sheet<'_>, key: &FingerprintKey) -> String {
    pretty(&document(sheet, key))
}

/// Several plans as one object, written plan by plan: `{"format_version", "environments": [ … ]}`.
#[derive(Debug, Default)]
pub struct List {
    is_begun: bool,
}

/// An environment of which there is nothing to tell but why.
#[derive(Serialize, JsonSchema)]
pub(super) struct Failed<'a> {
    environment: &'a str,
    error: Problem,
}

/// Why.
#[derive(Serialize, JsonSchema)]
pub(super) struct Problem {
    message: String,
    hint: Option<String>,
}

impl<'a> Failed<'a> {
    pub(super) fn new(environment: &'a EnvironmentName, why: &Words) -> Self {
        Self { environment: environment.as_str(), error: Problem::from(why) }
    }
}

impl From<&Words> for Problem {
    fn from(Words { message, hint }: &Words) -> Self {
        Self { message: message.clone(), hint: hint.clone() }
    }
}

impl List {
    /// The next plan, as [`plan`] gave it, with what comes before it.
    #[must_use]
    pub fn item(&mut self, document: &str) -> String {
        const INDENT: &str = "    ";
        let head = if std::mem::replace(&mut self.is_begun, true) {
            ",\n".to_owned()
        } else {
            format!("{{\n  \"format_version\": \"{FORMAT_VERSION}\",\n  \"environments\": [\n")
        };
        let lines: Vec<String> = document.lines().map(|line| format!("{INDENT}{line}")).collect();
        head + &lines.join("\n")
    }

    /// The next environment, of which there is no plan, with what comes before it.
    #[must_use]
    pub fn failure(&mut self, environment: &EnvironmentName, failure: &Failure) -> String {
        self.item(&pretty(&Failed::new(environment, &words(failure))))
    }

    /// What comes after the last one.
    #[must_use]
    pub fn end(self) -> String {
        format!("{}\n}}\n", self.environments())
    }

    /// The same, with the digest of all plans when each environment has one.
    #[must_use]
    pub fn end_with(self, digest: Option<&PlanDigest>) -> String {
        let digest = digest.map_or_else(|| "null".to_owned(), |digest| format!("\"{digest}\""));
        format!("{},\n  \"plan_digest\": {digest}\n}}\n", self.environments())
    }

    fn environments(self) -> String {
        if self.is_begun {
            "\n  ]".to_owned()
        } else {
            format!("{{\n  \"format_version\": \"{FORMAT_VERSION}\",\n  \"environments\": []")
        }
    }
}

/// The schema of everything that is printed of plans: one, or a list.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let one = generator.subschema_for::<Document<'_>>();
    let failed = generator.subschema_for::<Failed<'_>>();
    let digest = generator.subschema_for::<Option<PlanDigest>>();
    let list = json_schema!({
        "description": "Several environments.",
        "type": "object",
        "properties": {
            "format_version": { "type": "string" },
            "environments": { "type": "array", "items": { "anyOf": [one, failed] } },
            "plan_digest": digest,
        },
        "required": ["format_version", "environments", "plan_digest"],
    });
    json_schema!({ "anyOf": [one, list] })
}

/// Plain data in one line.
pub(super) fn line(document: &impl Serialize) -> String {
    let text = serde_json::to_string(document).expect("it is plain data with string keys");
    inert(&text) + "\n"
}

/// Plain data as people read it too.
pub(super) fn pretty(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).expect("it is plain data with string keys");
    inert(&text) + "\n"
}

/// The same data: what a terminal or GitHub Actions would obey is written as its code, which only stands in texts.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_obeyed(character) && character != '\n' {
            text.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    text.replace(github::ANYWHERE, "##\\u005b")
}

fn document<'a>(sheet: &'a Sheet<'a>, key: &FingerprintKey) -> Document<'a> {
    let Summary { create, update, replace, delete, unchanged } = sheet.summary;
    Document {
        format_version: FORMAT_VERSION,
        environment: sheet.environment,
        aws_account: sheet.place.aws_account.as_deref(),
        spec_digest: sheet.spec_digest,
        live_digest: sheet.live_digest,
        plan_digest: &sheet.plan_digest,
        summary: Counts { create, update, replace, delete, unchanged },
        changes: sheet.entries.iter().map(|entry| change(entry, key)).collect(),
        unmanaged: sheet.unmanaged,
        deferred: sheet.deferred,
        blocked: sheet.blocked,
        refused: &sheet.refused,
        monthly_limit: sheet.limit.map(monthly_limit),
        warnings: sheet.warnings,
        outputs: sheet.outputs.iter().map(output).collect(),
    }
}

fn monthly_limit(limit: &Limit) -> MonthlyLimit<'_> {
    let Limit { cents, bill } = limit;
    MonthlyLimit { limit_cents: *cents, after_cents: bill.cents, currency: "USD", unknown: &bill.unknown }
}

fn change<'a>(entry: &'a Entry, key: &FingerprintKey) -> Change<'a> {
    let Entry { address, action, title: _, reason, fields, effects, cost, after, steps: _, origin } = entry;
    let Cost { before_cents, after_cents } = cost.unwrap_or_default();
    Change {
        address,
        kind: address.section().kind,
        action: *action,
        cause: origin.as_ref().map(|origin| origin.cause),
        by: origin.as_ref().and_then(origin::value),
        after_changes: after,
        fields: fields.iter().map(|field| value(field, key)).collect(),
        effects: worded(effects),
        monthly_cost: MonthlyCost { before_cents, after_cents, currency: "USD" },
        reason: reason.as_deref(),
    }
}

fn output(published: &Published) -> OutputValue<'_> {
    let Published { address, label, value } = published;
    OutputValue { address, name: label.name, value }
}

pub(super) fn value<'a>(field: &'a Field, key: &FingerprintKey) -> Value<'a> {
    let Field { path, before, after, note } = field;
    Value {
        // A config var is a single value, and programs look for a name.
        path: if path.is_empty() { "value" } else { path },
        before: side(before, key),
        after: side(after, key),
        sensitive: before.is_sensitive() || after.is_sensitive(),
        known_after_apply: matches!(after, Shown::AfterApply { .. }),
        note: note.as_deref(),
    }
}

fn side(shown: &Shown, key: &FingerprintKey) -> Option<String> {
    match shown {
        Shown::Nothing | Shown::AfterApply { .. } => None,
        Shown::Plain(text) => Some(text.clone()),
        Shown::Hidden(secret) => Some(format!("hmac:{}", key.fingerprint(secret))),
    }
}

fn worded(effects: &Effects) -> Vec<String> {
    let Effects { releases, restarts, notes } = effects;
    let releases = match releases {
        0 => None,
        1 => Some("one release".to_owned()),
        several => Some(format!("{several} releases")),
    };
    let restarts = (!restarts.is_empty()).then(|| format!("restarts {}", listed(restarts)));
    releases.into_iter().chain(restarts).chain(notes.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, quiet};
    use super::*;

    #[test]
    fn a_text_that_would_be_obeyed_is_the_same_data_under_its_code() {
        let text = "##[error]a\u{9b}31m\u{202e}b\u{1b}\n::error::é ##";
        for written in [line(&text), pretty(&text)] {
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
            assert!(!written.contains("##[") && !written.trim_end().contains(is_obeyed), "{written}");
            assert!(written.contains('é'), "everything else stays as it is: {written}");
        }
    }

    #[test]
    fn several_environments_are_a_list_and_one_that_failed_says_why() {
        let document = plan(&quiet(), &key());
        let name = |name: &str| EnvironmentName::parse(name).unwrap();
        let mut list = List::default();
        let mut text = list.item(&document);
        text += &list.failure(&name("staging"), &Failure::NoProject);
        text += &list.failure(&name("web"), &Failure::Interrupted);
        text += &list.end_with(None);
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        let of_no_project = words(&Failure::NoProject);
        let one: serde_json::Value = serde_json::from_str(&document).unwrap();
        let expected = serde_json::json!({
            "format_version": "1.0",
            "environments": [
                one,
                { "environment": "staging", "error": { "message": of_no_project.message, "hint": of_no_project.hint } },
                { "environment": "web", "error": { "message": "interrupted, so nothing was done", "hint": null } },
            ],
            "plan_digest": null,
        });
        assert_eq!(parsed, expected);
        assert_eq!(
            text,
            format!("{}\n", serde_json::to_string_pretty(&expected).unwrap()),
            "laid out as a whole"
        );
    }
}

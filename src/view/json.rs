//! A plan for programs: byte for byte the same from the same facts.
//!
//! Values that may not be printed are fingerprints here, whatever was asked for: JSON ends up in files.

use serde::Serialize;

use super::sheet::Sheet;
use super::text::listed;
use crate::plan::{Entry, Plan, Summary};
use crate::resource::{Action, Address, Blocked, Cost, Effects, Field, Note, Published, Shown};
use crate::secret::FingerprintKey;

/// The version of this form. Keys may be added within a major version; none goes or changes its meaning.
const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct Document<'a> {
    format_version: &'static str,
    environment: &'a str,
    spec_digest: &'a str,
    live_digest: &'a str,
    summary: Counts,
    changes: Vec<Change<'a>>,
    unmanaged: &'a [Note],
    deferred: &'a [Note],
    blocked: &'a [Blocked],
    warnings: &'a [Note],
    outputs: &'a [Published],
}

#[derive(Serialize)]
struct Counts {
    create: usize,
    update: usize,
    replace: usize,
    delete: usize,
    unchanged: usize,
}

#[derive(Serialize)]
struct Change<'a> {
    address: &'a Address,
    kind: &'static str,
    action: Action,
    after_changes: &'a [Address],
    fields: Vec<Value<'a>>,
    effects: Vec<String>,
    monthly_cost: MonthlyCost,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Value<'a> {
    path: &'a str,
    before: Option<String>,
    after: Option<String>,
    sensitive: bool,
    known_after_apply: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct MonthlyCost {
    before_cents: i64,
    after_cents: i64,
    currency: &'static str,
}

/// One plan is an object; several are a list of such objects, in the order of the plans.
#[must_use]
pub fn plans(plans: &[Plan], key: &FingerprintKey) -> String {
    sheets(&plans.iter().map(Sheet::of).collect::<Vec<_>>(), key)
}

pub(super) fn sheets(sheets: &[Sheet<'_>], key: &FingerprintKey) -> String {
    let documents: Vec<Document<'_>> = sheets.iter().map(|sheet| document(sheet, key)).collect();
    let text = match documents.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    format!("{}\n", text.expect("plans are plain data with string keys"))
}

fn document<'a>(sheet: &'a Sheet<'a>, key: &FingerprintKey) -> Document<'a> {
    let Summary { create, update, replace, delete, unchanged } = sheet.summary;
    Document {
        format_version: FORMAT_VERSION,
        environment: sheet.environment,
        spec_digest: sheet.spec_digest,
        live_digest: sheet.live_digest,
        summary: Counts { create, update, replace, delete, unchanged },
        changes: sheet.entries.iter().map(|entry| change(entry, key)).collect(),
        unmanaged: sheet.unmanaged,
        deferred: sheet.deferred,
        blocked: sheet.blocked,
        warnings: sheet.warnings,
        outputs: sheet.outputs,
    }
}

fn change<'a>(entry: &'a Entry, key: &FingerprintKey) -> Change<'a> {
    let Entry { address, action, title: _, reason, fields, effects, cost, after, steps: _ } = entry;
    let Cost { before_cents, after_cents } = cost.unwrap_or_default();
    Change {
        address,
        kind: address.section().kind,
        action: *action,
        after_changes: after,
        fields: fields.iter().map(|field| value(field, key)).collect(),
        effects: worded(effects),
        monthly_cost: MonthlyCost { before_cents, after_cents, currency: "USD" },
        reason: reason.as_deref(),
    }
}

fn value<'a>(field: &'a Field, key: &FingerprintKey) -> Value<'a> {
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

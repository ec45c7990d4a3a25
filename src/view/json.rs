//! A plan for programs: contract section 5, key for key and byte for byte the same from the same facts.

use serde::Serialize;

use crate::plan::{Entry, Plan, Summary};
use crate::resource::{Action, Address, Blocked, Cost, Effects, Field, Note, Shown};
use crate::secret::FingerprintKey;

/// The version of this form. Keys may be added within a major version; none goes or changes its meaning.
const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct Document<'a> {
    format_version: &'static str,
    environment: &'a str,
    spec_digest: &'a str,
    live_digest: &'a str,
    summary: Summary,
    changes: Vec<Change>,
    unmanaged: &'a [Note],
    deferred: &'a [Note],
    blocked: &'a [Blocked],
    warnings: &'a [Note],
}

#[derive(Serialize)]
struct Change {
    address: Address,
    kind: &'static str,
    action: Action,
    after_changes: Vec<Address>,
    fields: Vec<Value>,
    effects: Vec<String>,
    monthly_cost: MonthlyCost,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Value {
    path: String,
    before: Option<String>,
    after: Option<String>,
    sensitive: bool,
    known_after_apply: bool,
}

#[derive(Serialize)]
struct MonthlyCost {
    before_cents: i64,
    after_cents: i64,
    currency: &'static str,
}

/// One plan is an object; several are a list.
///
/// # Panics
/// Never: plans are plain data with string keys.
#[must_use]
pub fn plans(plans: &[Plan], key: &FingerprintKey) -> String {
    let entries: Vec<Vec<Entry>> = plans.iter().map(Plan::entries).collect();
    let documents: Vec<Document<'_>> =
        plans.iter().zip(entries).map(|(plan, entries)| document(plan, entries, key)).collect();
    let text = match documents.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    format!("{}\n", text.expect("plans are plain data with string keys"))
}

fn document<'a>(plan: &'a Plan, entries: Vec<Entry>, key: &FingerprintKey) -> Document<'a> {
    Document {
        format_version: FORMAT_VERSION,
        environment: plan.environment.as_str(),
        spec_digest: &plan.spec_digest,
        live_digest: &plan.live_digest,
        summary: plan.summary(),
        changes: entries.into_iter().map(|entry| change(entry, key)).collect(),
        unmanaged: &plan.unmanaged,
        deferred: &plan.deferred,
        blocked: &plan.blocked,
        warnings: &plan.warnings,
    }
}

fn change(entry: Entry, key: &FingerprintKey) -> Change {
    let Entry { address, kind, action, title: _, reason, fields, effects, cost, after, steps: _ } = entry;
    let Cost { before_cents, after_cents } = cost.unwrap_or_default();
    Change {
        address,
        kind,
        action,
        after_changes: after,
        fields: fields.iter().map(|field| value(field, key)).collect(),
        effects: worded(&effects),
        monthly_cost: MonthlyCost { before_cents, after_cents, currency: "USD" },
        reason,
    }
}

fn value(field: &Field, key: &FingerprintKey) -> Value {
    let Field { path, before, after, note: _ } = field;
    Value {
        path: path.clone(),
        before: side(before, key),
        after: side(after, key),
        sensitive: before.is_sensitive() || after.is_sensitive(),
        known_after_apply: matches!(after, Shown::AfterApply { .. }),
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
    let restarts = (!restarts.is_empty()).then(|| format!("restarts {}", super::summary::listed(restarts)));
    releases.into_iter().chain(restarts).chain(notes.iter().cloned()).collect()
}

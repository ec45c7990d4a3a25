//! The findings of one environment as an object of the list.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::action;
use crate::drift::{Acknowledgement, Drift, Finding};
use crate::resource::{Address, Cause, Note};
use crate::secret::FingerprintKey;
use crate::view::json::{self, Failed, Value};
use crate::view::origin;

#[derive(Serialize, JsonSchema)]
struct Found<'a> {
    environment: &'a str,
    findings: Vec<Item<'a>>,
    acknowledged: Vec<Answered<'a>>,
    expired: Vec<Answer<'a>>,
    unused: Vec<Answer<'a>>,
    unmanaged: &'a [Note],
}

#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    address: &'a Address,
    kind: &'static str,
    action: &'static str,
    /// Whose change it is; nobody knows of what is refused, or what the spec was.
    cause: Option<Cause>,
    /// Who moved what is live, where releases show it.
    by: Option<origin::Value<'a>>,
    fields: Vec<Value<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Answer<'a> {
    address: &'a str,
    reason: &'a str,
    until: String,
}

#[derive(Serialize, JsonSchema)]
struct Answered<'a> {
    #[serde(flatten)]
    finding: Item<'a>,
    acknowledgement: Answer<'a>,
}

/// The schema of the list of findings, with those that could not be looked at.
pub(in crate::view) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let found = generator.subschema_for::<Found<'_>>();
    let failed = generator.subschema_for::<Failed<'_>>();
    json_schema!({
        "type": "object",
        "properties": {
            "format_version": { "type": "string" },
            "environments": { "type": "array", "items": { "anyOf": [found, failed] } },
        },
        "required": ["format_version", "environments"],
    })
}

/// The findings of one environment.
#[must_use]
pub fn document(drift: &Drift, key: &FingerprintKey) -> String {
    let Drift { environment, findings, acknowledged, expired, unused, unmanaged } = drift;
    json::pretty(&Found {
        environment: environment.as_str(),
        findings: findings.iter().map(|finding| item(finding, key)).collect(),
        acknowledged: acknowledged
            .iter()
            .map(|(finding, one)| Answered { finding: item(finding, key), acknowledgement: answer(one) })
            .collect(),
        expired: expired.iter().map(answer).collect(),
        unused: unused.iter().map(answer).collect(),
        unmanaged,
    })
}

fn item<'a>(finding: &'a Finding, key: &FingerprintKey) -> Item<'a> {
    let Finding { address, then, fields, reason, origin } = finding;
    Item {
        address,
        kind: address.section().kind,
        action: action(*then),
        cause: origin.as_ref().map(|origin| origin.cause),
        by: origin.as_ref().and_then(origin::value),
        fields: fields.iter().map(|field| json::value(field, key)).collect(),
        reason: reason.as_deref(),
    }
}

fn answer(one: &Acknowledgement) -> Answer<'_> {
    Answer { address: &one.address, reason: &one.reason, until: one.until.to_string() }
}

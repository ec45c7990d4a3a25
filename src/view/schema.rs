//! The JSON Schemas of what is printed for programs, from the very types that are printed; committed in docs/.
//!
//! Keys may be added, so no schema refuses one that it does not know. What must not live here: the schema of the
//! spec, which is `spec`'s.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};

use super::{
    backup, doctor as health, drift, events, json, policy as rights, selection, status, verify as checks,
};

/// Of `plan --format json`.
#[must_use]
pub fn plan() -> String {
    document("trueup plan", json::schema)
}

/// Of `drift --format json`.
#[must_use]
pub fn drift() -> String {
    document("trueup drift", drift::schema)
}

/// Of `status --format json`.
#[must_use]
pub fn status() -> String {
    document("trueup status", status::Document::json_schema)
}

/// Of `verify --format json`.
#[must_use]
pub fn verify() -> String {
    document("trueup verify", checks::Document::json_schema)
}

/// Of a line of `apply --events`.
#[must_use]
pub fn events() -> String {
    document("trueup event", events::Line::json_schema)
}

/// Of `matrix`.
#[must_use]
pub fn matrix() -> String {
    document("trueup matrix", selection::Matrix::json_schema)
}

/// Of `backup list --format json`.
#[must_use]
pub fn backups() -> String {
    document("trueup backups", backup::Document::json_schema)
}

/// Of `doctor --format json`.
#[must_use]
pub fn doctor() -> String {
    document("trueup doctor", health::Document::json_schema)
}

/// Of `policy --format json`.
#[must_use]
pub fn policy() -> String {
    document("trueup policy", rights::Document::json_schema)
}

/// A whole schema (draft 2020-12), pretty, ending in a newline.
fn document(title: &str, root: impl FnOnce(&mut SchemaGenerator) -> Schema) -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(OneLine);
    let mut generator = settings.into_generator();
    let mut root = root(&mut generator);
    let mut definitions = generator.take_definitions(true);
    definitions.sort_keys();
    OneLine.transform(&mut root);
    let mut whole = Schema::default();
    whole.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    whole.insert("title".to_owned(), title.into());
    for (key, value) in root.ensure_object().clone() {
        whole.insert(key, value);
    }
    if !definitions.is_empty() {
        whole.insert("$defs".to_owned(), definitions.into());
    }
    format!("{:#}\n", whole.as_value())
}

/// Descriptions lose the line breaks of the comments that they come from.
#[derive(Clone)]
struct OneLine;

impl Transform for OneLine {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(serde_json::Value::String(description)) = schema.get_mut("description") {
            *description = description.replace('\n', " ");
        }
        transform_subschemas(self, schema);
    }
}

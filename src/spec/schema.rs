//! The JSON Schema of the spec, from the types that decode it; committed as docs/environment.schema.json for
//! editors. What must not live here: rules. Those that a schema cannot say are `check`'s alone.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::Transform};

use super::raw::RawSpec;

/// The JSON Schema (draft 2020-12) of an environment file, pretty, ending in a newline.
#[must_use]
pub fn json_schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut generator = settings.with_transform(AnyPart).into_generator();
    let mut schema = RawSpec::json_schema(&mut generator);
    let mut definitions = generator.take_definitions(true);
    definitions.sort_keys();
    let mut root = Schema::default();
    root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".to_owned(), "trueup environment".into());
    AnyPart.transform(&mut schema);
    for (key, value) in schema.ensure_object().clone() {
        root.insert(key, value);
    }
    root.insert("$defs".to_owned(), definitions.into());
    format!("{:#}\n", root.as_value())
}

/// Any file may be a part that others extend, so nothing is required of a single one. Descriptions lose the line
/// breaks of the comments that they come from.
#[derive(Clone)]
struct AnyPart;

impl Transform for AnyPart {
    fn transform(&mut self, schema: &mut Schema) {
        schema.remove("required");
        if let Some(serde_json::Value::String(description)) = schema.get_mut("description") {
            *description = description.replace('\n', " ");
        }
        schemars::transform::transform_subschemas(self, schema);
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;

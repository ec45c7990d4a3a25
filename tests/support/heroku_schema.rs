//! Heroku's published hyper-schema as a judge of answers: which link a request is, and whether a body is what
//! that link promises. The schema is heroku/platform-api's own file, unchanged.
//!
//! Must not know anything of the embedded cloud: the two would be wrong together.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries, each of which uses a part"
)]

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::read);

/// The definitions, and the links in the order of the file.
struct Schema {
    definitions: Value,
    links: Vec<Link>,
}

struct Link {
    method: String,
    /// The parts of the path; `None` stands for an identity.
    parts: Vec<Option<String>>,
    answer: Value,
}

/// Whether the body of an answer is what Heroku's schema says. A path that the schema does not have is an
/// error too. `Err` lists what is wrong, one a line.
pub fn validate(method: &str, path: &str, status: u16, body: &Value) -> Result<(), String> {
    if status >= 400 {
        return is_error_body(body);
    }
    let link = find(method, path).ok_or_else(|| format!("the schema has no link {method} {path}"))?;
    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "definitions": SCHEMA.definitions,
        "allOf": [link.answer],
    });
    let judge = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft4)
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| uuid::Uuid::parse_str(text).is_ok())
        .build(&schema)
        .map_err(|error| format!("the schema of {method} {path}: {error}"))?;
    let plain = without_documented_extras(path, body);
    let wrong: Vec<String> =
        judge.iter_errors(&plain).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("{method} {path}:\n{}", wrong.join("\n"))) }
}

/// Whether the schema has a link for the request.
pub fn knows(method: &str, path: &str) -> bool {
    find(method, path).is_some()
}

/// `{id, message}`, with nothing but text in it (heroku-api.md section 1.3).
fn is_error_body(body: &Value) -> Result<(), String> {
    let keys = body.as_object().ok_or_else(|| format!("an error must be an object: {body}"))?;
    for needed in ["id", "message"] {
        if keys.get(needed).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(format!("an error needs a `{needed}`: {body}"));
        }
    }
    let known = ["id", "message", "url", "resource", "app"];
    match keys.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("an error has no `{key}`: {body}")),
        None => Ok(()),
    }
}

impl Schema {
    fn read() -> Self {
        let text = include_str!("heroku-platform-schema.json");
        let mut whole: Value = serde_json::from_str(text).unwrap();
        prepare(&mut whole);
        let mut definitions = whole["definitions"].take();
        let mut links = Vec::new();
        for (name, definition) in definitions.as_object_mut().unwrap() {
            let found = definition.as_object_mut().unwrap().remove("links").unwrap_or_default();
            links.extend(found.as_array().into_iter().flatten().filter_map(|link| Link::read(name, link)));
        }
        Self { definitions, links }
    }
}

impl Link {
    fn read(definition: &str, link: &Value) -> Option<Self> {
        let own = json!({ "$ref": format!("#/definitions/{definition}") });
        let answer = match link.get("targetSchema") {
            Some(answer) => answer.clone(),
            None if link["rel"] == "instances" => json!({ "type": "array", "items": own }),
            None => own,
        };
        let part = |part: &str| (!part.starts_with('{')).then(|| part.to_owned());
        let parts = link["href"].as_str()?.split('/').skip(1).map(part).collect();
        Some(Self { method: link["method"].as_str()?.to_owned(), parts, answer })
    }

    /// How many parts are the very same words, when the path is of this link's form.
    fn likeness(&self, method: &str, path: &[&str]) -> Option<usize> {
        let is_of_form = self.method == method
            && self.parts.len() == path.len()
            && self
                .parts
                .iter()
                .zip(path)
                .all(|(part, given)| part.as_ref().is_none_or(|part| part == given));
        is_of_form.then(|| self.parts.iter().flatten().count())
    }
}

fn find(method: &str, path: &str) -> Option<&'static Link> {
    let path: Vec<&str> = path.split('/').skip(1).collect();
    let fitting = SCHEMA.links.iter().filter_map(|link| Some((link.likeness(method, &path)?, link)));
    // Of equal ones the first counts: an app's `self` comes before what else shares its path.
    fitting.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, link)| link)
}

/// Makes draft-04 of the hyper-schema: its own `strictProperties` means every key, and no other.
fn prepare(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if keys.get("$schema").is_some_and(Value::is_string) {
                keys.remove("$schema");
            }
            if keys.get("strictProperties") == Some(&json!(true))
                && let Some(properties) = keys.get("properties").and_then(Value::as_object)
            {
                let names: Vec<&String> = properties.keys().collect();
                let required = json!(names);
                keys.insert("required".to_owned(), required);
                keys.insert("additionalProperties".to_owned(), json!(false));
            }
            // The file calls host names URIs; its own example says what is meant.
            let is_host =
                keys.get("example").and_then(Value::as_str).is_some_and(|text| !text.contains("://"));
            if is_host && keys.get("format").is_some_and(|format| format == "uri") {
                keys.remove("format");
            }
            // Draft-04 has no empty `required`; the file has some.
            if keys.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                keys.remove("required");
            }
            keys.values_mut().for_each(prepare);
        }
        Value::Array(items) => items.iter_mut().for_each(prepare),
        _ => {}
    }
}

/// `Accept-Expansion` and `Accept-Inclusion` add to the plain bodies (heroku-api.md section 1.6): what they add
/// to an add-on's plan and service, and to an attachment, is cut off before the plain form is checked.
fn without_documented_extras(path: &str, body: &Value) -> Value {
    let cut = |item: &Value| {
        let mut item = item.clone();
        if path.contains("addon-attachments") {
            if let Some(keys) = item.as_object_mut() {
                keys.remove("config_vars");
            }
            keep(&mut item["addon"], &["id", "name", "app"]);
        } else if path.contains("addons") {
            keep(&mut item["plan"], &["id", "name"]);
            keep(&mut item["addon_service"], &["id", "name"]);
        }
        item
    };
    match body {
        Value::Array(items) => items.iter().map(cut).collect(),
        Value::Object(_) => cut(body),
        other => other.clone(),
    }
}

fn keep(value: &mut Value, names: &[&str]) {
    if let Some(keys) = value.as_object_mut() {
        let kept: Map<String, Value> =
            std::mem::take(keys).into_iter().filter(|(key, _)| names.contains(&key.as_str())).collect();
        *keys = kept;
    }
}

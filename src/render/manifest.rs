//! `template.yaml`: which variables a spec may set, and the rules for files.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{RenderError, Source};
use crate::resource::Mistake;

/// The manifest's file in a template's folder.
pub(super) const FILE: &str = "template.yaml";

/// What a template says of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    name: String,
    #[expect(dead_code, reason = "for people who read the manifest")]
    description: String,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    pub(super) files: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    r#type: Type,
    #[expect(dead_code, reason = "for people who read the manifest")]
    description: String,
    pattern: Option<String>,
    default: Option<Value>,
    #[serde(default = "yes")]
    required: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    String,
    Integer,
    Boolean,
    List,
}

/// What holds for the files whose path has a form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// A path, in which `*` stands for anything within a part.
    pub(super) path: String,
    /// `0755` for programs.
    pub(super) mode: Option<String>,
    /// An expression; false leaves the file out.
    pub(super) when: Option<String>,
}

/// Reads and checks a template's manifest.
pub(super) fn read(source: &Source) -> Result<Manifest, RenderError> {
    let broken = |message: String, line: Option<usize>, text: Option<String>| RenderError::Template {
        file: source.shown(FILE),
        line,
        message,
        text,
    };
    let bytes = source.files.get(FILE).ok_or_else(|| broken("is missing".to_owned(), None, None))?;
    let text = std::str::from_utf8(bytes).map_err(|_| broken("is not text".to_owned(), None, None))?;
    let manifest: Manifest = serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map(|place| usize::try_from(place.line()).unwrap_or_default());
        let shown = line.and_then(|line| text.lines().nth(line.saturating_sub(1)));
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        // The place is told apart from the message, in one way for all files.
        let message = message
            .split_once(" column ")
            .and_then(|(_, rest)| rest.split_once(": "))
            .map_or(message, |(_, said)| said);
        broken(message.to_owned(), line, shown.map(str::to_owned))
    })?;
    if manifest.name != source.name {
        return Err(broken(
            format!("its name is `{}`, and its folder `{}`", manifest.name, source.name),
            None,
            None,
        ));
    }
    Ok(manifest)
}

impl Manifest {
    /// Every variable with its value; all mistakes of the spec at once. A default that is text is a template, which is
    /// `filled`.
    pub(super) fn variables(
        &self,
        given: &BTreeMap<String, Value>,
        filled: impl Fn(&str) -> Result<String, RenderError>,
    ) -> Result<BTreeMap<String, Value>, RenderError> {
        let mut mistakes: Vec<Mistake> = given
            .keys()
            .filter(|name| !self.variables.contains_key(*name))
            .map(|name| self.unknown(name))
            .collect();
        let mut values = BTreeMap::new();
        for (name, variable) in &self.variables {
            let value = match given.get(name) {
                Some(value) => match variable.check(value) {
                    Ok(()) => value.clone(),
                    Err(expected) => {
                        mistakes.push(mistake(name, format!("`{name}` is not {expected}"), None));
                        continue;
                    }
                },
                None => match &variable.default {
                    Some(Value::String(text)) => Value::String(filled(text)?),
                    Some(value) => value.clone(),
                    None if variable.required => {
                        let help = format!("add `{name}` to `template.vars`");
                        mistakes.push(mistake(name, format!("the template needs `{name}`"), Some(help)));
                        continue;
                    }
                    None => Value::Null,
                },
            };
            values.insert(name.clone(), value);
        }
        if mistakes.is_empty() { Ok(values) } else { Err(RenderError::Variables(mistakes)) }
    }

    fn unknown(&self, name: &str) -> Mistake {
        let near = self.variables.keys().max_by(|one, other| {
            strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name))
        });
        let near = near.filter(|near| strsim::jaro_winkler(near, name) > 0.8);
        let all = || self.variables.keys().cloned().collect::<Vec<_>>().join(", ");
        let help = near.map_or_else(|| format!("it has {}", all()), |near| format!("did you mean `{near}`?"));
        mistake(name, format!("the template has no variable `{name}`"), Some(help))
    }
}

fn mistake(name: &str, message: String, help: Option<String>) -> Mistake {
    Mistake { key: format!("template.vars.{name}"), message, help }
}

impl Variable {
    /// What was expected, when it is not that.
    fn check(&self, value: &Value) -> Result<(), String> {
        let is_text = |value: &Value| value.is_string();
        let good = match self.r#type {
            Type::String => value.as_str().is_some_and(|text| self.matches(text)),
            Type::Integer => value.is_i64() || value.is_u64(),
            Type::Boolean => value.is_boolean(),
            Type::List => value.as_array().is_some_and(|list| list.iter().all(is_text)),
        };
        let pattern =
            self.pattern.as_ref().map_or(String::new(), |pattern| format!(" of the form {pattern}"));
        let expected = match self.r#type {
            Type::String => format!("a text{pattern}"),
            Type::Integer => "a whole number".to_owned(),
            Type::Boolean => "`true` or `false`".to_owned(),
            Type::List => "a list of texts".to_owned(),
        };
        if good { Ok(()) } else { Err(expected) }
    }

    fn matches(&self, text: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        regex_lite::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
    }
}

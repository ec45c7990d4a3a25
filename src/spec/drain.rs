//! Where the URL of a log drain comes from. It may hold a password or a token, so no spec holds it.

use std::fmt;

use serde::Serialize;

use super::ConfigValue;

/// The source of a log drain's URL: `env`, `file` or `command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DrainUrl(ConfigValue);

impl DrainUrl {
    /// Of a value that comes from the operator's side; none of any other.
    pub(super) fn of(value: ConfigValue) -> Option<Self> {
        let is_supplied =
            matches!(value, ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_));
        is_supplied.then_some(Self(value))
    }

    /// Stands for one with a mistake, so that those after it keep their places: no spec that holds one is handed out.
    pub(super) fn mistaken() -> Self {
        Self(ConfigValue::External(None))
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &ConfigValue {
        &self.0
    }

    /// What it is called in an address, given its place in the list: the variable or file that it is in, or the place.
    #[must_use]
    pub fn label(&self, place: usize) -> String {
        match &self.0 {
            ConfigValue::Env(variable) => variable.clone(),
            ConfigValue::File(path) => path.clone(),
            _ => place.to_string(),
        }
    }
}

impl fmt::Display for DrainUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ConfigValue::Env(variable) => write!(formatter, "env {variable}"),
            ConfigValue::File(path) => write!(formatter, "file {path}"),
            ConfigValue::Command(words) => {
                write!(formatter, "command {}", words.first().map_or("", String::as_str))
            }
            _ => Ok(()),
        }
    }
}

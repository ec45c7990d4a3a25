//! The add-ons of a spec: created for the app, or attached to it from where they are (heroku-api.md sections 3 and 8).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Spec;
use super::names::{AddonName, AddonPlan, AppName, AttachmentName, Namespace};
use super::services;
use super::values::Backups;

/// An add-on on the app, under an attachment name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Addon {
    /// Created for this app and billed to it.
    Create(NewAddon),
    /// An add-on that is there already, attached to this app.
    Attach(AddonPart),
}

/// An add-on that this environment creates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewAddon {
    /// What is bought: `heroku-postgresql:standard-0`.
    pub plan: AddonPlan,
    /// Options for the provider at creation. Cannot be read back, so never compared.
    pub config: BTreeMap<String, String>,
    /// PostgreSQL extensions asked for at creation.
    pub extensions: Vec<String>,
    /// The daily backup, when there is one.
    pub backups: Option<Backups>,
    /// Whether it may never be removed as a side effect (true for Postgres unless written otherwise).
    pub protect: bool,
    /// How long an apply waits for it; `None` is as long as its service may need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitLimit>,
}

impl Spec {
    /// The add-on of this spec that one of its names stands for: `attach` may name it by its key, since its own name is
    /// Heroku's to choose.
    #[must_use]
    pub fn created(&self, part: &AddonPart) -> Option<(&AttachmentName, &NewAddon)> {
        self.addons.iter().find_map(|(name, addon)| match addon {
            Addon::Create(new) if name.as_str() == part.addon.as_str() => Some((name, new)),
            Addon::Create(_) | Addon::Attach(_) => None,
        })
    }
}

/// An add-on that is there already, and the part of it that a name of the app stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddonPart {
    /// The add-on, by its own name, or by the key of one that the same spec creates.
    pub addon: AddonName,
    /// A credential or a connection pool; `None` is the add-on as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
}

impl AddonPart {
    /// The credential that is meant, if it is one.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        self.namespace.as_ref()?.as_str().strip_prefix("credential:")
    }
}

impl fmt::Display for AddonPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} ({namespace})", self.addon),
            None => write!(formatter, "{}", self.addon),
        }
    }
}

impl NewAddon {
    /// What a new database is made from, by option: Heroku wants that one ready first.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &str)> {
        let options = ["follow", "fork", "rollback"];
        options.into_iter().filter_map(|option| Some((option, self.config.get(option)?.as_str())))
    }

    /// How long an apply waits for it.
    #[must_use]
    pub fn wait_limit(&self) -> WaitLimit {
        self.wait.unwrap_or_else(|| services::wait_limit(&self.plan, self.origins().next().is_some()))
    }

    /// How long such a thing usually takes, where that is known: `takes up to an hour`.
    #[must_use]
    pub fn usually_takes(&self) -> Option<&'static str> {
        services::usually_takes(&self.plan, self.origins().next().is_some())
    }
}

/// The names of a spec that may be meant by what a database is made from: the name itself or that of its var, in any
/// case, of this app by its name or without one: `LEADER`, `leader_url`, `ledger::LEADER`.
#[must_use]
pub fn origin_names(value: &str, app: &AppName) -> Vec<AttachmentName> {
    let own = match value.split_once("::") {
        Some((of, name)) if of == app.as_str() => name,
        Some(_) => return Vec::new(),
        None => value,
    };
    let own = own.to_ascii_uppercase();
    let names = [Some(own.as_str()), own.strip_suffix("_URL")];
    names.into_iter().flatten().filter_map(|name| AttachmentName::parse(name).ok()).collect()
}

/// How long a wait may last, written `45m`. A provider has 12 hours to make an add-on (heroku-api.md section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitLimit {
    seconds: u32,
}

impl WaitLimit {
    /// How one is written.
    pub const RULE: &str = "a duration from `1s` to `12h`, such as `45m`";
    const MOST_SECONDS: u32 = 12 * 3600;

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self { seconds: minutes * 60 }
    }

    /// Parses `90s`, `45m` or `2h`: one second to 12 hours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number: u32 = digits.parse().ok().filter(|_| is_plain)?;
        let seconds = number.checked_mul(factor)?;
        (1..=Self::MOST_SECONDS).contains(&seconds).then_some(Self { seconds })
    }

    /// The same as a duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// The same in words: `45 minutes`.
    #[must_use]
    pub fn in_words(self) -> String {
        let (number, unit) = self.parts();
        let unit = match unit {
            'h' => "hour",
            'm' => "minute",
            _ => "second",
        };
        format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
    }

    fn parts(self) -> (u32, char) {
        match self.seconds {
            seconds if seconds % 3600 == 0 => (seconds / 3600, 'h'),
            seconds if seconds % 60 == 0 => (seconds / 60, 'm'),
            seconds => (seconds, 's'),
        }
    }
}

impl fmt::Display for WaitLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = self.parts();
        write!(formatter, "{number}{unit}")
    }
}

impl Serialize for WaitLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WaitLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::invalid_value(serde::de::Unexpected::Str(&text), &Self::RULE))
    }
}

impl JsonSchema for WaitLimit {
    fn schema_name() -> Cow<'static, str> {
        "WaitLimit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A duration: 90s, 45m or 2h. From 1s to 12h.",
            "pattern": "^(([1-9][0-9]{0,3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[0-1][0-9]{2}|43200)s\
                        |([1-9][0-9]{0,1}|[1-6][0-9]{2}|7[0-1][0-9]|720)m|([1-9]|1[0-2])h)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_written_with_its_unit_and_said_in_words() {
        for (text, seconds, words) in [
            ("1s", 1, "1 second"),
            ("90s", 90, "90 seconds"),
            ("45m", 2700, "45 minutes"),
            ("60m", 3600, "1 hour"),
            ("12h", 43_200, "12 hours"),
        ] {
            let limit = WaitLimit::parse(text).unwrap();
            assert_eq!((limit.duration().as_secs(), limit.in_words().as_str()), (seconds, words), "{text}");
        }
        for wrong in ["", "s", "0m", "045m", "45", "1.5h", "-1m", "13h", "721m", "43201s", "45 m", "1d", "ü"]
        {
            assert_eq!(WaitLimit::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_meant_by_its_name_or_its_var_in_any_case_and_by_the_own_app() {
        let app = AppName::parse("ledger").unwrap();
        let names = |value: &str| {
            origin_names(value, &app).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        for (value, expected) in [
            ("LEADER", "LEADER"),
            ("LEADER_URL", "LEADER_URL LEADER"),
            ("leader", "LEADER"),
            ("ledger::LEADER_URL", "LEADER_URL LEADER"),
            ("ledger::leader", "LEADER"),
            ("other::LEADER", ""),
            ("postgresql-curved-12345", ""),
            ("postgres://user:word@host/base", ""),
        ] {
            assert_eq!(names(value), expected, "{value}");
        }
    }
}

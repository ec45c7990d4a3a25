//! `acknowledged.yaml`: differences that somebody answers for until a day, each with a reason.

use std::fmt;
use std::path::Path;

use time::Date;
use time::macros::format_description;

use crate::resource;
use crate::spec::{Document, EnvironmentName, Finding, SpecError, nearest};

/// A difference that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Of which environment.
    pub environment: EnvironmentName,
    /// Where.
    pub address: String,
    /// Why it may stay.
    pub reason: String,
    /// The last day on which it may.
    pub until: Until,
}

/// The same as it is written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with `environment`, `address`, `reason` and `until`")]
struct Written {
    environment: Option<String>,
    address: Option<String>,
    reason: Option<String>,
    until: Option<String>,
}

impl Acknowledgement {
    fn is_of_same(&self, other: &Self) -> bool {
        self.environment == other.environment && self.address == other.address
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        today > self.until.0
    }
}

/// A day: `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until(Date);

impl Until {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Date::parse(text, format_description!("[year]-[month]-[day]")).ok().map(Self)
    }
}

impl fmt::Display for Until {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        write!(formatter, "{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

/// All that somebody answers for.
#[derive(Clone, Debug, Default)]
pub struct Acknowledgements(Vec<Acknowledgement>);

impl Acknowledgements {
    /// Reads the file of a project that has these environments, with every mistake in it.
    pub fn load(project: &Path, file: &Path, known: &[EnvironmentName]) -> Result<Self, SpecError> {
        let document = Document::<Vec<Written>>::load(project, file)?;
        let mut list: Vec<Acknowledgement> = Vec::new();
        let mut mistakes = Vec::new();
        for (number, written) in document.value.iter().enumerate() {
            let entry = Entry { document: &document, number, written };
            match entry.read(known, &mut mistakes) {
                Some(one) if list.iter().any(|other| other.is_of_same(&one)) => {
                    let message = format!("`{}` of {} is acknowledged twice", one.address, one.environment);
                    mistakes.push(entry.mistake("address", message));
                }
                Some(one) => list.push(one),
                None => {}
            }
        }
        if mistakes.is_empty() { Ok(Self(list)) } else { Err(SpecError::from_findings(mistakes)) }
    }

    /// Those of one environment.
    pub(super) fn of<'a>(
        &'a self,
        environment: &'a EnvironmentName,
    ) -> impl Iterator<Item = &'a Acknowledgement> {
        self.0.iter().filter(move |one| one.environment == *environment)
    }

    #[cfg(test)]
    pub(super) fn from(list: Vec<Acknowledgement>) -> Self {
        Self(list)
    }
}

/// One entry of a file.
struct Entry<'a> {
    document: &'a Document<Vec<Written>>,
    number: usize,
    written: &'a Written,
}

impl Entry<'_> {
    fn mistake(&self, key: &str, message: String) -> Finding {
        self.document.mistake(&format!("[{}].{key}", self.number), message)
    }

    /// What it says, unless something is wrong with it.
    fn read(&self, known: &[EnvironmentName], mistakes: &mut Vec<Finding>) -> Option<Acknowledgement> {
        let before = mistakes.len();
        let mut text = |key: &str, value: &Option<String>| {
            let value = value.as_deref().filter(|value| !value.trim().is_empty());
            if value.is_none() {
                mistakes.push(self.mistake(key, format!("this acknowledgement has no `{key}`")));
            }
            value.map(str::to_owned)
        };
        let Written { environment, address, reason, until } = self.written;
        let (environment, address) = (text("environment", environment), text("address", address));
        let (reason, until) = (text("reason", reason), text("until", until));
        let named = environment.and_then(|name| {
            let found = known.iter().find(|known| known.as_str() == name).cloned();
            if found.is_none() {
                let finding = self.mistake("environment", format!("there is no environment `{name}`"));
                let meant = nearest(&name, known.iter().map(EnvironmentName::as_str));
                let help = meant.map(|meant| format!("did you mean `{meant}`?"));
                mistakes.push(Finding { help, ..finding });
            }
            found
        });
        if let Some(address) = address.as_deref().filter(|address| !resource::is_address(address)) {
            let message = format!("`{address}` is not the address of anything");
            let expected = "an address as `plan` and `drift` show it, such as config.RAILS_ENV".to_owned();
            mistakes.push(Finding { expected: Some(expected), ..self.mistake("address", message) });
        }
        let day = until.and_then(|until| {
            let day = Until::parse(&until);
            if day.is_none() {
                mistakes.push(self.mistake("until", format!("`{until}` is not a day such as 2026-12-31")));
            }
            day
        });
        if mistakes.len() > before {
            return None;
        }
        Some(Acknowledgement { environment: named?, address: address?, reason: reason?, until: day? })
    }
}

//! Why a command did not do what it should, with what to do now.

use super::Exit;
use crate::cloud::CloudError;
use crate::resource::{Mistake, ObserveError};
use crate::secret::Missing;
use crate::settings::SettingError;
use crate::spec::{Environment, Severity, SpecError};

/// Everything that ends a command early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Mistakes in an environment's file, each with its place.
    Spec(SpecError),
    /// Services that could not be asked.
    Clouds(Vec<CloudError>),
    /// Anything else: what, and what to do.
    Message(String, Option<String>),
    /// Refused by a safety rule.
    Refused(String, Option<String>),
    /// Everything was told already.
    Reported { exit: Exit, in_short: String },
}

impl Failure {
    pub(super) fn message(message: impl Into<String>, hint: Option<&str>) -> Self {
        Self::Message(message.into(), hint.map(str::to_owned))
    }

    /// Sources that gave no value, at their places in the file.
    pub(super) fn missing(environment: &Environment, missing: Vec<Missing>) -> Self {
        let findings = missing.into_iter().map(|one| {
            let message = format!("`{}`: {}", one.key, one.message);
            environment.finding(&one.key, message, Some(one.help.as_str()))
        });
        Self::Spec(SpecError::from_findings(findings.collect()))
    }

    /// What the live services show to be impossible, at its place in the file.
    pub(super) fn mistakes(environment: &Environment, mistakes: Vec<Mistake>) -> Self {
        let findings = mistakes
            .into_iter()
            .map(|one| environment.finding(&one.key, one.message.clone(), one.help.as_deref()));
        Self::Spec(SpecError::from_findings(findings.collect()))
    }

    /// What ends a command that was interrupted before it wrote anything.
    pub(super) fn interrupted() -> Self {
        Self::message("interrupted, so nothing was done", None)
    }

    /// The message and the hint, as text without any label.
    pub(super) fn words(&self) -> (String, Option<String>) {
        let joined = |texts: Vec<String>| texts.join("\n");
        match self {
            Self::Spec(error @ SpecError::Findings(findings)) => {
                let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
                (joined(errors.map(ToString::to_string).collect()), error.hint())
            }
            Self::Spec(error) => (error.to_string(), error.hint()),
            Self::Clouds(errors) => {
                let mut hints: Vec<String> = errors.iter().filter_map(CloudError::hint).collect();
                hints.dedup();
                let messages = errors.iter().map(ToString::to_string).collect();
                (joined(messages), (!hints.is_empty()).then(|| joined(hints)))
            }
            Self::Message(message, hint) | Self::Refused(message, hint) => (message.clone(), hint.clone()),
            Self::Reported { in_short, .. } => (in_short.clone(), None),
        }
    }

    /// Why, in one line.
    pub(super) fn in_short(&self) -> String {
        match self {
            Self::Spec(error) => error.to_string(),
            other => other.words().0.lines().next().unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Spec(_) | Self::Clouds(_) | Self::Message(..) => Exit::Error,
            Self::Refused(..) => Exit::Refused,
            Self::Reported { exit, .. } => *exit,
        }
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::Clouds(vec![error])
    }
}

impl From<ObserveError> for Failure {
    fn from(error: ObserveError) -> Self {
        Self::Clouds(error.0)
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::message(error.to_string(), Some("correct it, or unset it"))
    }
}

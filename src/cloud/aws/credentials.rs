//! Credentials that can be sent: the SDK panics, or fails without a name, at a line break within one.
//!
//! What must not live here: where credentials come from, and whether AWS knows them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aws_config::meta::credentials::CredentialsProviderChain;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_s3::config::Credentials;

use super::StaticCredentials;
use crate::cloud::CloudError;

/// Refuses credentials of the SDK's variables that cannot be sent, by the variable.
pub(super) fn check(credentials: &StaticCredentials) -> Result<(), CloudError> {
    let session = credentials.session.as_ref().map_or("", |session| session.reveal());
    let parts = [
        ("AWS_ACCESS_KEY_ID", credentials.id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret.reveal()),
        ("AWS_SESSION_TOKEN", session),
    ];
    match parts.into_iter().find(|(_, value)| !is_sendable(value)) {
        None => Ok(()),
        Some((variable, _)) => {
            Err(CloudError::unusable(format!("the environment variable `{variable}` {UNSENDABLE}")))
        }
    }
}

const UNSENDABLE: &str = "holds a line break, a space or another character that no AWS credentials have";

/// All three parts are letters, digits and signs (aws-s3-iam.md section 2).
fn is_sendable(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What was learned of where the credentials come from, for people.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    found: OnceLock<String>,
    failed: OnceLock<String>,
    web_identity: OnceLock<PathBuf>,
}

impl Trail {
    /// The source that gave them.
    pub(super) fn found(&self) -> Option<&str> {
        self.0.found.get().map(String::as_str)
    }

    /// The source that was to give them, and failed.
    pub(super) fn failed(&self) -> Option<&str> {
        self.0.failed.get().map(String::as_str)
    }

    /// The file of the token that a role was to be had for.
    pub(super) fn web_identity(&self) -> Option<&Path> {
        self.0.web_identity.get().map(PathBuf::as_path)
    }

    pub(super) fn note_found(&self, source: &str) {
        self.0.found.get_or_init(|| source.to_owned());
    }

    pub(super) fn note_web_identity(&self, file: &Path) {
        self.0.web_identity.get_or_init(|| file.to_owned());
    }
}

/// A source of credentials that tells when it gave them.
#[derive(Debug)]
pub(super) struct Source<P> {
    /// For people, such as the name of a profile.
    pub(super) name: String,
    pub(super) provider: P,
    pub(super) trail: Trail,
    /// Whether it is served beside this program, by a container's or a machine's agent: that it does not answer is no
    /// matter of AWS's.
    pub(super) is_nearby: bool,
}

impl<P: ProvideCredentials> Source<P> {
    async fn provide(&self) -> provider::Result {
        let credentials = self.provider.provide_credentials().await;
        match &credentials {
            Ok(_) => self.trail.note_found(&self.name),
            // There is nothing to be had there.
            Err(CredentialsError::CredentialsNotLoaded(_)) => {}
            Err(_) => {
                self.trail.0.failed.get_or_init(|| self.name.clone());
            }
        }
        match credentials {
            Err(error @ CredentialsError::Unhandled(_)) if self.is_nearby => {
                Err(CredentialsError::provider_error(error))
            }
            answer => answer,
        }
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Source<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

/// A chain of sources whose credentials can be sent.
#[derive(Debug)]
pub(super) struct Sendable(pub(super) CredentialsProviderChain);

impl Sendable {
    async fn provide(&self) -> provider::Result {
        let credentials = self.0.provide_credentials().await?;
        match part_that_cannot_be_sent(&credentials) {
            None => Ok(credentials),
            Some(part) => Err(CredentialsError::invalid_configuration(format!("the {part} {UNSENDABLE}"))),
        }
    }
}

impl ProvideCredentials for Sendable {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

fn part_that_cannot_be_sent(credentials: &Credentials) -> Option<&'static str> {
    let parts = [
        ("access key's id", credentials.access_key_id()),
        ("secret access key", credentials.secret_access_key()),
        ("session token", credentials.session_token().unwrap_or_default()),
    ];
    parts.into_iter().find(|(_, value)| !is_sendable(value)).map(|(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_named_by_its_part_and_not_shown() {
        let with = |id: &str, secret: &str, session: Option<&str>| {
            Credentials::new(id, secret, session.map(str::to_owned), None, "test")
        };
        let table = [
            (with("AKIA", "a/b+c=", None), None),
            (with("AKIA", "a/b+c=", Some("IQoJ//a==")), None),
            (with("AK\nIA", "secret", None), Some("access key's id")),
            (with("AKIA", "se cret", None), Some("secret access key")),
            (with("AKIA", "secret", Some("a\u{e4}b")), Some("session token")),
        ];
        for (credentials, part) in table {
            assert_eq!(part_that_cannot_be_sent(&credentials), part);
        }
    }
}

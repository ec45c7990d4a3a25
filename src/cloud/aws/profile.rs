//! The SDK's files, `~/.aws/config` and `~/.aws/credentials`: read once before the SDK does, which panics at some
//! values and tells others badly.

#![expect(deprecated, reason = "the SDK offers these types under no name that a crate of ours can use")]

use std::path::Path;

use aws_config::profile::profile_file::{Builder, ProfileFileKind, ProfileFiles};
use aws_config::profile::{self, ProfileFileLoadError, ProfileSet};

use super::AwsSettings;
use crate::cloud::{CloudError, ErrorKind, Service};

pub(super) const CONFIG_FILE: &str = "AWS_CONFIG_FILE";
pub(super) const CREDENTIALS_FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";

/// What the files say, and where they are, for the SDK to read the same ones.
pub(super) struct Files {
    pub(super) files: ProfileFiles,
    sections: ProfileSet,
}

impl Files {
    /// Reads both files. One that a variable names has to be there; the usual ones need not.
    pub(super) async fn read(settings: &AwsSettings) -> Result<Self, CloudError> {
        let builder = ProfileFiles::builder();
        let builder = include(builder, settings, ProfileFileKind::Config).await?;
        let files = include(builder, settings, ProfileFileKind::Credentials).await?.build();
        let name = settings.profile.clone().or_else(|| Some("default".to_owned()));
        let name = name.map(Into::into);
        let sections = load(&files, name).await;
        Ok(Self { sections: sections.map_err(|error| CloudError::unusable(why_unreadable(&error)))?, files })
    }

    /// A value of the profile in use.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.sections.get(key).map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether the profile in use is there at all.
    pub(super) fn has_profile(&self) -> bool {
        self.sections.get_profile(self.name()).is_some()
    }

    /// The name of the profile in use.
    pub(super) fn name(&self) -> &str {
        self.sections.selected_profile()
    }

    /// How a value of the profile is named to people.
    pub(super) fn named(&self, key: &str) -> String {
        format!("`{key}` of the profile `{}` in the AWS configuration file", self.name())
    }

    /// A role that wants a code of an MFA device, which the SDK would leave out: the role then refuses. The profile may
    /// take its credentials from another one, and that one from a third.
    pub(super) fn refuse_mfa(&self) -> Result<(), CloudError> {
        let Some(wanting) = self.roles().find(|profile| self.of(profile, "mfa_serial").is_some()) else {
            return Ok(());
        };
        let on_the_way = if wanting == self.name() {
            String::new()
        } else {
            format!("the profile `{}` takes its credentials from another one, and ", self.name())
        };
        let message = format!(
            "{on_the_way}the profile `{wanting}` assumes a role with a code of an MFA device (`mfa_serial`), which trueup cannot ask for"
        );
        Err(CloudError::new(Service::Sts, "sts:AssumeRole", ErrorKind::NoCredentials, message))
    }

    /// The file of the token for which a role of the profile in use is to be had.
    pub(super) fn web_identity(&self) -> Option<&Path> {
        self.roles().find_map(|profile| self.of(profile, "web_identity_token_file")).map(Path::new)
    }

    /// The profiles whose roles are assumed, from the one in use on: each takes its credentials from the next, up to
    /// one that has an access key of its own.
    fn roles(&self) -> impl Iterator<Item = &str> {
        let mut seen = std::collections::BTreeSet::new();
        std::iter::successors(Some(self.name()), move |profile| {
            let source = self.of(profile, "source_profile")?;
            // The first one's own key is of no use to the role that it assumes.
            let has_key = self.of(source, "aws_access_key_id").is_some();
            (!has_key && seen.insert(source)).then_some(source)
        })
        .take_while(|profile| self.of(profile, "role_arn").is_some())
    }

    /// A value of a profile.
    fn of(&self, profile: &str, key: &str) -> Option<&str> {
        let value = self.sections.get_profile(profile)?.get(key)?.trim();
        Some(value).filter(|value| !value.is_empty())
    }
}

#[expect(
    clippy::default_trait_access,
    reason = "the types are in a crate of the SDK that is not ours to use"
)]
async fn load(
    files: &ProfileFiles,
    name: Option<std::borrow::Cow<'static, str>>,
) -> Result<ProfileSet, ProfileFileLoadError> {
    profile::load(&Default::default(), &Default::default(), files, name).await
}

async fn include(
    builder: Builder,
    settings: &AwsSettings,
    kind: ProfileFileKind,
) -> Result<Builder, CloudError> {
    let is_config = matches!(kind, ProfileFileKind::Config);
    let (variable, given, usual) = if is_config {
        (CONFIG_FILE, &settings.config_file, ".aws/config")
    } else {
        (CREDENTIALS_FILE, &settings.credentials_file, ".aws/credentials")
    };
    if let Some(path) = given {
        let home = settings.home.as_deref();
        let path = match (path.strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.clone(),
        };
        check_text(&path, &format!("`{}`, which {variable} names,", path.display())).await?;
        return Ok(builder.with_file(kind, path));
    }
    let path = settings.home.as_ref().map(|home| home.join(usual)).filter(|path| path.is_file());
    let Some(path) = path else { return Ok(builder.with_contents(kind, "")) };
    check_text(&path, &format!("`{}`", path.display())).await?;
    Ok(builder.with_file(kind, path))
}

/// Why a file that the SDK will read cannot be.
pub(super) async fn why_closed(path: &Path) -> Option<std::io::Error> {
    tokio::fs::File::open(path).await.err()
}

/// The SDK takes a file with other bytes for an empty one, and stumbles over a mark that nobody sees.
async fn check_text(path: &Path, named: &str) -> Result<(), CloudError> {
    let bytes = tokio::fs::read(path).await;
    let bytes = bytes.map_err(|error| CloudError::unusable(format!("{named} cannot be read ({error})")))?;
    let line = |end: usize| bytes[..end].split(|byte| *byte == b'\n').count();
    match std::str::from_utf8(&bytes) {
        Err(error) => {
            let line = line(error.valid_up_to());
            Err(CloudError::unusable(format!("{named} holds bytes that are not UTF-8, on line {line}")))
        }
        Ok(text) if text.starts_with('\u{feff}') => Err(CloudError::unusable(format!(
            "{named} begins with a byte-order mark, which no tool of AWS reads: save it as UTF-8 without one"
        ))),
        Ok(_) => Ok(()),
    }
}

/// The parser names file and line; what it says holds what it stumbled on, never a value.
fn why_unreadable(error: &ProfileFileLoadError) -> String {
    let parser = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let (what, why) = (error.to_string(), parser.split_whitespace().collect::<Vec<_>>().join(" "));
    if why.starts_with("error parsing") { why } else { format!("{what}: {why}") }
}

//! What each var of the spec should be, and what that asks for, given what is live. Pure.

use super::Assignment;
use crate::resource::{Desired, Output, Shown, Value, World, access_key, app, iam_user};
use crate::secret::Secret;
use crate::spec::{BucketAttribute, ConfigValue, Reference, UserAttribute, VarName};

/// What becomes of one var.
pub(super) enum Decision {
    /// It is as it should be.
    Same,
    /// Its source is off, so nothing is known of how it should be.
    Off,
    /// It is set.
    Set(Assignment),
    /// It goes; with its live value.
    Remove(Secret),
    /// Someone else should have set it.
    Missing,
    /// Heroku shows no address of the app.
    NoAddress,
}

/// What one var of the spec needs, given what is live.
pub(super) fn decide(name: &VarName, value: &ConfigValue, desired: &Desired<'_>, world: &World) -> Decision {
    let live = world.config.get(name.as_str());
    let wanted = match value {
        ConfigValue::Absent => return live.cloned().map_or(Decision::Same, Decision::Remove),
        ConfigValue::External(_) if live.is_some() => return Decision::Same,
        ConfigValue::External(_) => return Decision::Missing,
        ConfigValue::Generate(_) if live.is_some_and(|live| !live.is_empty()) => return Decision::Same,
        ConfigValue::Generate(form) => Wanted {
            value: Value::Generate(*form),
            shown: Shown::AfterApply { sensitive: true },
            note: Some("generated".to_owned()),
        },
        ConfigValue::File(_) | ConfigValue::Command(_) if desired.supplied.is_off(name) => {
            return Decision::Off;
        }
        ConfigValue::Literal(text) => Wanted::plain(text, None),
        ConfigValue::Env(variable) => Wanted::supplied(name, desired, &format!("from env {variable}")),
        ConfigValue::File(path) => Wanted::supplied(name, desired, &format!("from file {path}")),
        ConfigValue::Command(argv) => Wanted::supplied(
            name,
            desired,
            &format!("from command {}", argv.first().map_or("", String::as_str)),
        ),
        ConfigValue::From(Reference::AppWebUrl) if has_no_address(world) => return Decision::NoAddress,
        ConfigValue::From(reference) => match resolve(reference, desired, world) {
            Some(wanted) => wanted,
            None => return Decision::Same,
        },
    };
    if let (Value::Known(wanted), Some(live)) = (&wanted.value, live)
        && wanted.matches(live)
    {
        return Decision::Same;
    }
    let Wanted { value, shown, note } = wanted;
    Decision::Set(Assignment { name: name.clone(), value, shown, note, before: live.cloned() })
}

/// Heroku shows none for some apps; one that is to be renamed gets it with its new name.
fn has_no_address(world: &World) -> bool {
    matches!(&world.app, app::Observed::Live(live) if live.web_url.is_none())
}

/// A value to write, and how it may be shown.
struct Wanted {
    value: Value,
    shown: Shown,
    note: Option<String>,
}

impl Wanted {
    fn plain(text: &str, note: Option<String>) -> Self {
        Self { value: Value::Known(Secret::new(text)), shown: Shown::Plain(text.to_owned()), note }
    }

    fn supplied(name: &VarName, desired: &Desired<'_>, note: &str) -> Self {
        let secret = desired.supplied.get(name);
        Self {
            value: Value::Known(secret.clone()),
            shown: Shown::Hidden(secret),
            note: Some(note.to_owned()),
        }
    }

    fn later(output: Output, sensitive: bool, reference: &Reference) -> Self {
        Self {
            value: Value::From(output),
            shown: Shown::AfterApply { sensitive },
            note: Some(format!("from {reference}")),
        }
    }
}

/// What a reference stands for; `None` when the live value is right by another resource's decision.
fn resolve(reference: &Reference, desired: &Desired<'_>, world: &World) -> Option<Wanted> {
    let spec = desired.spec();
    let plain = |text: &str| Some(Wanted::plain(text, Some(format!("from {reference}"))));
    match reference {
        Reference::AppName => plain(spec.app.name.as_str()),
        Reference::AppWebUrl => match &world.app {
            app::Observed::Live(live) => live.web_url.as_deref().and_then(plain),
            _ => Some(Wanted::later(Output::AppWebUrl, false, reference)),
        },
        Reference::Bucket(name, attribute) => {
            let bucket = spec.buckets.get(name)?;
            match attribute {
                BucketAttribute::Name => plain(bucket.name.as_str()),
                BucketAttribute::Region => plain(bucket.region.as_str()),
                BucketAttribute::Arn => plain(&bucket.arn().to_string()),
            }
        }
        Reference::IamUser(name, attribute) => {
            let user = spec.iam_users.get(name)?;
            match attribute {
                UserAttribute::Name => plain(user.name.as_str()),
                // A user that gets another name or path gets another ARN.
                UserAttribute::Arn => match world.iam_user.get(name) {
                    Some(live) if iam_user::keeps_arn(user, live, desired) => plain(&live.arn),
                    Some(_) | None => Some(Wanted::later(Output::User(name.clone()), false, reference)),
                },
                UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey => {
                    if access_key::keeps(name, desired, world) {
                        return None;
                    }
                    let output = match attribute {
                        UserAttribute::AccessKeyId => Output::AccessKeyId(name.clone()),
                        _ => Output::SecretAccessKey(name.clone()),
                    };
                    Some(Wanted::later(output, true, reference))
                }
            }
        }
    }
}

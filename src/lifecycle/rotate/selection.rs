//! What is named to be rotated, found in the spec: a config var, or an address. Pure.

use std::collections::BTreeSet;

use crate::resource::task::credential;
use crate::resource::{access_key, addon};
use crate::spec::{
    Addon, AttachmentName, ConfigValue, LocalName, Reference, Spec, UserAttribute, VarName, nearest,
};

/// What may be rotated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether anything was named; what was not is rotated when it is due.
    pub is_named: bool,
    /// Users, whose access keys are.
    pub users: BTreeSet<LocalName>,
    /// Config vars with a generated secret.
    pub secrets: BTreeSet<VarName>,
    /// Config vars of somebody else's, whose new values are handed in.
    pub external: BTreeSet<VarName>,
    /// Names under which the app has databases, whose credentials are.
    pub credentials: BTreeSet<AttachmentName>,
}

/// What was named and is not rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRotated {
    /// As it was written.
    pub name: String,
    /// Why not.
    pub why: Why,
}

/// Why something is not rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The spec does not have it; what it has that is most like it.
    Unknown(Option<String>),
    /// Its value comes from the spec, or from where the spec says.
    Given,
    /// It follows from another thing: `buckets.uploads.region`.
    Derived(Reference),
    /// Somebody else sets it, and the spec does not say how it is replaced.
    External,
    /// The user has no access key in the spec.
    NoKey,
    /// An add-on sets it that keeps its credentials to itself; the add-on's name on the app.
    OfAddon(AttachmentName),
}

/// Finds what is named; without names, every access key.
///
/// # Errors
/// Every name of something that is not rotated.
pub fn select(spec: &Spec, names: &[String], with_generated: bool) -> Result<Selection, Vec<NotRotated>> {
    let mut selection = Selection { is_named: !names.is_empty(), ..Selection::default() };
    let mut wrong = Vec::new();
    for name in names {
        if let Err(why) = find(spec, name, &mut selection) {
            wrong.push(NotRotated { name: name.clone(), why });
        }
    }
    if names.is_empty() {
        let with_key = spec.iam_users.iter().filter(|(_, user)| user.access_key.is_some());
        selection.users = with_key.map(|(local, _)| local.clone()).collect();
    }
    if with_generated {
        let generated = spec.config.iter().filter(|(_, value)| matches!(value, ConfigValue::Generate(_)));
        selection.secrets.extend(generated.map(|(var, _)| var.clone()));
    }
    if wrong.is_empty() { Ok(selection) } else { Err(wrong) }
}

fn find(spec: &Spec, name: &str, selection: &mut Selection) -> Result<(), Why> {
    let is_of = |local: &LocalName| {
        let key = access_key::SECTION.address(local);
        name == key.as_str() || name == format!("iam_users.{local}")
    };
    if let Some((local, user)) = spec.iam_users.iter().find(|(local, _)| is_of(local)) {
        user.access_key.as_ref().ok_or(Why::NoKey)?;
        selection.users.insert(local.clone());
        return Ok(());
    }
    let var = name.strip_prefix("config.").unwrap_or(name);
    let is_of_addon = |attachment: &AttachmentName| {
        name == addon::SECTION.address(attachment).as_str()
            || name == credential::address(attachment).as_str()
            || var == format!("{attachment}_URL")
    };
    if let Some((attachment, addon)) = spec.addons.iter().find(|(attachment, _)| is_of_addon(attachment)) {
        if matches!(addon, Addon::Create(new) if !new.plan.is_postgres()) {
            return Err(Why::OfAddon(attachment.clone()));
        }
        selection.credentials.insert(attachment.clone());
        return Ok(());
    }
    let Some((var, value)) = spec.config.iter().find(|(known, _)| known.as_str() == var) else {
        return Err(Why::Unknown(most_like(spec, name)));
    };
    match value {
        ConfigValue::Generate(_) => selection.secrets.insert(var.clone()),
        ConfigValue::From(Reference::IamUser(
            local,
            UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey,
        )) => selection.users.insert(local.clone()),
        ConfigValue::From(reference) => return Err(Why::Derived(reference.clone())),
        ConfigValue::External(None) => return Err(Why::External),
        ConfigValue::External(Some(_)) => selection.external.insert(var.clone()),
        ConfigValue::Literal(_)
        | ConfigValue::Env(_)
        | ConfigValue::File(_)
        | ConfigValue::Command(_)
        | ConfigValue::Absent => return Err(Why::Given),
    };
    Ok(())
}

/// Among what is rotated.
fn most_like(spec: &Spec, name: &str) -> Option<String> {
    let is_rotated = |value: &ConfigValue| {
        matches!(
            value,
            ConfigValue::Generate(_)
                | ConfigValue::External(Some(_))
                | ConfigValue::From(Reference::IamUser(
                    _,
                    UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey
                ))
        )
    };
    let vars = spec.config.iter().filter(|(_, value)| is_rotated(value)).map(|(var, _)| var.to_string());
    let keys = spec.iam_users.keys().map(|local| access_key::SECTION.address(local).to_string());
    let credentials = spec.addons.keys().flat_map(|name| [format!("{name}_URL"), format!("addons.{name}")]);
    let known: Vec<String> = vars.chain(keys).chain(credentials).collect();
    nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
}

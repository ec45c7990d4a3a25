//! `trueup clone`: a new environment from an old one.
//!
//! `overlay` writes its file, with names that `names` makes; `pieces` knows what would lead it to its source's add-ons.
//! What it is made of is the plan of `apply`, and what no spec asks for besides. Nothing here writes to the source.

pub mod data;
mod draft;
mod names;
pub mod objects;
mod overlay;
mod pieces;

use std::collections::BTreeMap;
use std::str::FromStr;

use time::{Duration, OffsetDateTime};

use crate::cloud::heroku::{Addon, Attachment, Heroku, LiveSlug};
use crate::cloud::{CloudError, Reads};
use crate::resource::Overview;
use crate::secret::Secret;
use crate::spec::{self, AddonPlan, AppName, AttachmentName, Environment, EnvironmentName, Expiry, Spec};

pub use draft::{Code, Terms, draft};

/// What is to be cloned, and how it is to differ.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The new environment.
    pub name: EnvironmentName,
    /// Its app, when the name is not to be derived.
    pub app: Option<AppName>,
    /// Keys of its file.
    pub settings: Vec<Setting>,
}

/// `PATH=VALUE`: a key of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    path: Vec<String>,
    value: String,
}

impl FromStr for Setting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "expected a key of the spec and its value, such as app.region=eu";
        let (path, value) = text.split_once('=').ok_or(wrong)?;
        let path: Vec<String> = path.split('.').map(|key| key.trim().to_owned()).collect();
        let is_whole = path.iter().all(|key| !key.is_empty()) && !value.contains(['\n', '\r']);
        if is_whole { Ok(Self { path, value: value.to_owned() }) } else { Err(wrong) }
    }
}

/// How long an environment is to live: `3d`, `12h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(Duration);

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "expected a time from 1h to 365d, such as 3d";
        let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(wrong)?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number: i64 =
            digits.parse().ok().filter(|number| is_plain && *number <= 365 * 24).ok_or(wrong)?;
        let time = match unit {
            "d" => Duration::days(number),
            "h" => Duration::hours(number),
            _ => return Err(wrong),
        };
        if time <= Duration::days(365) { Ok(Self(time)) } else { Err(wrong) }
    }
}

impl Lifetime {
    /// When it ends.
    #[must_use]
    pub fn end(self, now: OffsetDateTime) -> Option<Expiry> {
        Expiry::after(now, self.0)
    }
}

/// The new environment's file.
#[must_use]
pub fn document(asked: &Asked, source: &Environment, expires: Option<Expiry>) -> String {
    overlay::document(asked, source, expires)
}

/// What both environments name, so that each would undo the other: a clone's things are its own.
#[must_use]
pub fn collisions(source: &Environment, clone: &Environment, others: &[Environment]) -> Vec<String> {
    let others = others.iter().filter(|other| other.name != clone.name);
    let shared = spec::shared(others.chain([clone])).remove(&clone.name).unwrap_or_default();
    let mut found: Vec<String> = shared.into_iter().map(|finding| finding.message).collect();
    let users = |spec: &Spec| spec.iam_users.values().map(|user| user.name.to_string()).collect::<Vec<_>>();
    let is_taken = |name: &String| users(&source.spec).iter().any(|other| other.eq_ignore_ascii_case(name));
    for name in users(&clone.spec).into_iter().filter(is_taken) {
        let of = format!("the IAM user `{name}`");
        if !found.iter().any(|message| message.to_lowercase().contains(&name.to_lowercase())) {
            found.push(format!("{of} is in the environment `{}` too", source.name));
        }
    }
    found
}

/// What is live of the source, as far as a clone has to know it.
pub struct Found {
    vars: BTreeMap<String, Secret>,
    addons: Vec<Addon>,
    attachments: Vec<Attachment>,
    code: Option<(LiveSlug, Vec<String>)>,
}

/// Looks at the source's app; one that is not there has nothing that could be taken from it.
///
/// # Errors
/// What could not be looked at.
pub async fn look(source: &Environment, reads: &Reads, with_code: bool) -> Result<Found, CloudError> {
    let (heroku, app) = (&reads.clouds().heroku, source.spec.app.name.as_str());
    let (vars, addons, attachments) =
        tokio::join!(heroku.config_vars(app), heroku.addons(app), heroku.attachments(app));
    let code = if with_code { code(heroku, app).await } else { Ok(None) };
    Ok(Found {
        vars: if_there(vars)?,
        addons: if_there(addons)?,
        attachments: if_there(attachments)?,
        code: if_there(code)?,
    })
}

/// What the app runs, and the process types of it.
async fn code(heroku: &Heroku, app: &str) -> Result<Option<(LiveSlug, Vec<String>)>, CloudError> {
    let Some(slug) = heroku.current_slug(app).await? else { return Ok(None) };
    let types = heroku.process_types(app, &slug.id).await?;
    Ok(Some((slug, types)))
}

/// Whether the clone runs code already.
///
/// # Errors
/// What could not be looked at.
pub async fn runs_code(overview: Overview<'_>) -> Result<bool, CloudError> {
    let Some(app) = overview.world.app.live() else { return Ok(false) };
    let slug = overview.reads.clouds().heroku.current_slug(&app.id).await?;
    Ok(slug.is_some())
}

fn if_there<T: Default>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    match answer {
        Err(error) if error.is_not_found() => Ok(T::default()),
        answer => answer,
    }
}

impl Found {
    /// The source's database under a name, and its URL, which every name of one sets as its first var.
    fn database(&self, name: &AttachmentName) -> Option<(&Addon, Option<&Secret>)> {
        let attachment = self.attachments.iter().find(|one| one.name == name.as_str())?;
        let addon = self.addons.iter().find(|addon| addon.id == attachment.addon_id)?;
        let usual = format!("{name}_URL");
        let url = self.vars.get(attachment.config_vars.first().unwrap_or(&usual));
        AddonPlan::parse(&addon.plan).is_ok_and(|plan| plan.is_postgres()).then_some((addon, url))
    }
}

#[cfg(test)]
mod tests;

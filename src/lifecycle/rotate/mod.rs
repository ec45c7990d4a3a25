//! `trueup rotate`: what gets a new value though nothing is wrong with it, on the terms of whoever asks. The changes are
//! those of the kinds, so what was cut off is taken up again by `rotate` and by `apply`.

mod credential;
mod external;
mod kept;
mod recent;
mod selection;

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::cloud::CloudError;
use crate::resource::access_key::{self, Care, Renew, Terms};
use crate::resource::config::{self, rotation::Renewed};
use crate::resource::{Desired, Draft, Overview, World, iam_user};
use crate::secret::Secret;
use crate::spec::{AttachmentName, ConfigValue, LocalName, VarName};

use external::Tried;
pub use external::guide;
use recent::Replaced;
pub use selection::{NotRotated, Selection, Why, select};

/// On which terms.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// From the release with a new key on, the old one may still be used for so long.
    pub grace: Duration,
    /// How long an old key stays inactive before it is deleted.
    pub settle: Duration,
    /// A use of an old key that is older than this is no reason to keep it active.
    pub quiet_for: Duration,
    /// Only what is older than this.
    pub if_older_than: Option<Duration>,
    /// Whether a use of an old key is no reason to keep it, and values go whose loss cannot be undone.
    pub is_forced: bool,
}

/// What got its value within this time is what an earlier run of the same command replaced, which was cut off or whose end
/// nobody saw: it is not replaced once more.
const RECENT: Duration = Duration::hours(1);

impl Asked {
    /// What is not older than this is left as it is.
    fn threshold(&self) -> Duration {
        self.if_older_than.unwrap_or(RECENT)
    }

    fn terms(&self, is_named: bool) -> Terms {
        let Self { grace, settle, quiet_for, if_older_than, is_forced } = *self;
        let renew = match if_older_than {
            Some(age) => Renew::OlderThan(age),
            None if is_named => Renew::Named,
            None => Renew::BySpec,
        };
        Terms { renew, settle, care: Care::Rotation { grace, quiet_for, is_forced }, ..Terms::default() }
    }
}

/// Since when the app is without each key that it had, by user.
type HandedOver = BTreeMap<LocalName, BTreeMap<String, OffsetDateTime>>;

/// What was looked at besides.
#[derive(Debug, Default)]
struct Seen {
    handed_over: HandedOver,
    credentials: BTreeMap<AttachmentName, credential::Seen>,
    /// The generated secrets that were replaced just now.
    replaced: BTreeMap<VarName, Replaced>,
    /// What was handed in, and what came of testing it.
    external: BTreeMap<VarName, (Secret, Tried)>,
}

/// Looks which keys the app had before, tests the values that were handed in, and decides what is rotated.
///
/// # Errors
/// What could not be looked at besides.
pub async fn draft(
    overview: Overview<'_>,
    selection: &Selection,
    asked: &Asked,
    values: BTreeMap<VarName, Secret>,
) -> Result<Draft, CloudError> {
    let handed_over = async {
        let mut handed_over = HandedOver::new();
        for local in &selection.users {
            handed_over.insert(local.clone(), access_key::rotation::handed_over(overview, local).await?);
        }
        Ok(handed_over)
    };
    let credentials = selection.credentials.iter().map(|name| async move {
        Ok::<_, CloudError>((name.clone(), credential::look(overview, name).await?))
    });
    let replaced = recent::replaced(overview, &selection.secrets, asked.threshold().min(RECENT));
    let (handed_over, credentials, replaced) =
        tokio::try_join!(handed_over, futures_util::future::try_join_all(credentials), replaced)?;
    let mut external = BTreeMap::new();
    for (var, value) in values {
        let tried = external::look(overview, &var, &value).await;
        external.insert(var, (value, tried));
    }
    let seen = Seen { handed_over, credentials: credentials.into_iter().collect(), replaced, external };
    Ok(decide(overview.desired, overview.world, (selection, asked), seen))
}

fn decide(
    desired: &Desired<'_>,
    world: &World,
    (selection, asked): (&Selection, &Asked),
    mut seen: Seen,
) -> Draft {
    let (mut draft, mut vars) = (Draft::default(), BTreeMap::new());
    for local in &selection.users {
        let handed_over = seen.handed_over.remove(local).unwrap_or_default();
        let terms = Terms { handed_over, ..asked.terms(selection.is_named) };
        if is_there(local, desired, world, selection.is_named, &mut draft) {
            let delivered = access_key::rotation::rotate(local, desired, world, &terms, &mut draft);
            vars.extend(delivered.into_iter().map(|(var, output)| (var, Renewed::Key(output))));
        }
    }
    for var in &selection.secrets {
        if let Some(replaced) = seen.replaced.get(var) {
            draft.warning(config::SECTION.address(var), told(*replaced));
            continue;
        }
        renew(var, asked.is_forced, desired, &mut vars, &mut draft);
    }
    for (var, (value, tried)) in &seen.external {
        external::decide(var, (desired, world), (value, tried), &mut vars, &mut draft);
    }
    if vars.is_empty() || world.app.live().is_some() {
        config::rotation::renew(vars, world, &mut draft);
    } else {
        draft.blocked(config::SECTION.whole(), "the app is not live", "make it with `trueup apply`");
    }
    for (name, seen) in &seen.credentials {
        credential::decide(name, desired, world, (seen, asked), &mut draft);
    }
    draft
}

/// Why a secret is not drawn again.
fn told(Replaced { version, age }: Replaced) -> String {
    format!(
        "its value is {} old, from v{version}: the rotation that was asked for is taken to be that one \
         (`--if-older-than 0` makes another)",
        in_words(age)
    )
}

/// An age as people say it: `3 minutes`.
fn in_words(age: Duration) -> String {
    let (number, unit) = match age.whole_seconds().max(0) {
        seconds @ ..60 => (seconds, "second"),
        seconds @ ..3600 => (seconds / 60, "minute"),
        seconds @ ..172_800 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Whether a user's keys can be rotated at all; who named one is told why not.
fn is_there(
    local: &LocalName,
    desired: &Desired<'_>,
    world: &World,
    is_named: bool,
    draft: &mut Draft,
) -> bool {
    let is_there = world.iam_user.contains_key(local) && iam_user::is_managed(local, desired, world);
    if !is_there && is_named {
        draft.blocked(
            access_key::SECTION.address(local),
            "there is no such user that is this environment's",
            "`trueup plan` shows what to do about it",
        );
    }
    is_there
}

fn renew(
    var: &VarName,
    is_forced: bool,
    desired: &Desired<'_>,
    vars: &mut BTreeMap<VarName, Renewed>,
    draft: &mut Draft,
) {
    let Some(ConfigValue::Generate(form)) = desired.spec().config.get(var) else { return };
    let address = config::SECTION.address(var);
    match kept::lost_with(var) {
        Some(kept::Lost::Data(reason)) if !is_forced => {
            let advice = "rotate it as its library says, or go on with --force when nothing is kept under it";
            return draft.blocked(address, reason, advice);
        }
        Some(kept::Lost::Data(reason) | kept::Lost::Sessions(reason)) => draft.warning(address, reason),
        None => {}
    }
    vars.insert(var.clone(), Renewed::Secret(*form));
}

#[cfg(test)]
mod tests;

//! Who may work on the app besides its owner and its team, and what each may do (life-and-ci.md section 9.3).
//!
//! Rights of its own has a collaborator only of an app whose team gives them. The owner, the admins of the team, and
//! the account that trueup runs as are never changed or removed. What must not live here: members of a team.

mod change;
mod decide;
mod import;
mod proof;
mod removal;
mod rights;

use std::collections::BTreeSet;

use super::{Desired, Draft, Facts, Look, Resource, Section, World};
use crate::cloud::heroku::{Collaborator, Role};
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::{Email, Permission, Spec};

pub use change::Change;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("app.collaborators").kind("heroku_collaborator").noun("collaborator").together();

/// What Heroku said of those who work on the app; empty when the spec says nothing of them.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Everybody, the owner included, in the order of their addresses.
    pub people: Vec<Collaborator>,
    /// Whether the app's team gives collaborators rights of their own; `None` when that was not asked.
    pub gives_rights: Option<bool>,
    /// The account that trueup runs as, as far as it was asked for.
    pub acting: Acting,
}

/// The account that trueup runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Acting {
    /// Nobody asked: nothing of what is live differs.
    #[default]
    Unasked,
    /// The token may not know.
    Hidden,
    /// Its e-mail address, in lower case.
    Known(String),
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let app = &look.spec().app;
        let Some(wanted) = &app.collaborators else { return Ok(Observed::default()) };
        let people = look.of_app(|app| async move { look.clouds().heroku.collaborators(&app).await });
        let gives_rights = async {
            match app.team.as_ref().filter(|_| !wanted.is_empty()) {
                Some(team) => look.clouds().heroku.team_gives_rights(team.as_str()).await.map(Some),
                None => Ok(None),
            }
        };
        let (people, gives_rights) = tokio::try_join!(people, gives_rights)?;
        let mut people = people.unwrap_or_default();
        people.sort_by(|one, other| one.email.cmp(&other.email));
        let asks = people.iter().any(|live| is_changeable(live) && differs(live, look.spec()));
        let acting = if asks { acting(look).await? } else { Acting::Unasked };
        Ok(Observed { people, gives_rights, acting })
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        let Some(wanted) = &spec.app.collaborators else { return 0 };
        1 + u64::from(spec.app.team.is_some() && !wanted.is_empty())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.collaborator.people {
            facts.state(&SECTION.address(&live.email), live);
        }
        if let Some(gives_rights) = world.collaborator.gives_rights {
            facts.state(&SECTION.whole(), &gives_rights);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let wanted = desired.spec().app.collaborators.as_ref();
        for (email, permissions) in wanted.into_iter().flatten() {
            decide::one(desired, world, (email, permissions), draft);
        }
        for live in world.collaborator.people.iter().filter(|live| live.role == Role::Collaborator) {
            if !wanted.into_iter().flatten().any(|(email, _)| email.as_str() == live.email) {
                decide::beside(desired, world, live, draft);
            }
        }
    }
}

/// Whether somebody could be changed or removed at all.
fn is_changeable(live: &Collaborator) -> bool {
    matches!(live.role, Role::Collaborator | Role::Member)
}

/// Whether the spec says anything else of somebody than what is live.
fn differs(live: &Collaborator, spec: &Spec) -> bool {
    let wanted = spec
        .app
        .collaborators
        .as_ref()
        .and_then(|all| all.iter().find(|(email, _)| email.as_str() == live.email));
    wanted
        .is_none_or(|(_, permissions)| !live.permissions.is_empty() && live.permissions != names(permissions))
}

async fn acting(look: &Look<'_>) -> Result<Acting, CloudError> {
    match look.clouds().heroku.account_email().await {
        Ok(email) => Ok(email.map_or(Acting::Hidden, |email| Acting::Known(email.to_lowercase()))),
        Err(error) if error.kind == ErrorKind::Forbidden => Ok(Acting::Hidden),
        Err(error) => Err(error),
    }
}

/// Rights as Heroku keeps them: whoever has any may look, too.
fn names(permissions: &BTreeSet<Permission>) -> BTreeSet<String> {
    let all = permissions.iter().copied().chain([Permission::View]);
    all.map(|permission| permission.as_str().to_owned()).collect()
}

/// The row of a plan for somebody with these rights.
fn in_words(permissions: &BTreeSet<String>) -> String {
    let rank = |name: &&String| Permission::ALL.iter().position(|one| one.as_str() == name.as_str());
    let mut names: Vec<&String> = permissions.iter().collect();
    names.sort_by_key(rank);
    match names.as_slice() {
        [] => "collaborator".to_owned(),
        names => names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// Where somebody stands.
fn address(email: &Email) -> super::Address {
    SECTION.address(&email.as_str())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

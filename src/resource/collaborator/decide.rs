//! What becomes of one who works on the app.

use std::collections::BTreeSet;

use super::{Acting, Change, SECTION, address, is_changeable, names};
use crate::cloud::heroku::{Collaborator, Role};
use crate::resource::{Address, Desired, Draft, World};
use crate::spec::{Email, Permission};

/// Somebody whom the spec names.
pub(super) fn one(
    desired: &Desired<'_>,
    world: &World,
    (email, wanted): (&Email, &BTreeSet<Permission>),
    draft: &mut Draft,
) {
    let observed = &world.collaborator;
    let live = observed.people.iter().find(|live| live.email == email.as_str());
    // Who owns an app or administers its team may do everything.
    if live.is_some_and(|live| !is_changeable(live)) {
        return draft.unchanged();
    }
    let has_rights = live.is_some_and(|live| !live.permissions.is_empty());
    let gives_rights = observed.gives_rights.unwrap_or(has_rights);
    if !gives_rights && !wanted.is_empty() {
        return without_rights(desired, address(email), draft);
    }
    let after = if gives_rights { Some(names(wanted)) } else { None };
    match (live, after) {
        (None, permissions) => draft.change(Change::Add { email: email.clone(), permissions }),
        (Some(live), Some(after)) if live.permissions != after => {
            let before = live.permissions.clone();
            if may_touch(live, observed.acting.clone(), address(email), draft) {
                draft.change(Change::SetRights { email: email.as_str().to_owned(), before, after });
            }
        }
        (Some(_), _) => draft.unchanged(),
    }
}

/// Rights are asked for where there are none.
fn without_rights(desired: &Desired<'_>, address: Address, draft: &mut Draft) {
    let reason = match &desired.spec().app.team {
        Some(team) => format!(
            "the team {team} gives collaborators no rights of their own, as it is not of an Enterprise account: each may do everything but administer the app"
        ),
        None => "a personal app gives collaborators no rights of their own: each may do everything but administer it".to_owned(),
    };
    let advice = format!("write `[]` at {address}");
    draft.blocked(address, reason, advice);
}

/// Whether somebody may be changed or removed; the draft says why not.
fn may_touch(live: &Collaborator, acting: Acting, address: Address, draft: &mut Draft) -> bool {
    match acting {
        Acting::Known(email) if email == live.email => {
            let reason = "it is the account that trueup runs as, whose rights trueup never changes";
            draft.blocked(address, reason, "let somebody else change it, or write the rights that it has");
            false
        }
        Acting::Known(_) => true,
        Acting::Hidden | Acting::Unasked => {
            let reason = "it could be the account that trueup runs as, which this token may not know";
            draft.blocked(address, reason, "use a token that also has the scope `identity`");
            false
        }
    }
}

/// Somebody who was added to the app, and whom the spec does not name.
pub(super) fn beside(desired: &Desired<'_>, world: &World, live: &Collaborator, draft: &mut Draft) {
    let address = SECTION.address(&live.email);
    let is_dropped = |before: crate::resource::Before<'_>| {
        let mut then = before.spec.app.collaborators.iter().flatten();
        then.any(|(email, _)| email.as_str() == live.email)
    };
    let Some(before) = desired.before.filter(|before| is_dropped(*before)) else {
        if desired.spec().app.collaborators.is_some() {
            draft.unmanaged(address, "has the app, and is not in the spec: left alone");
        }
        return;
    };
    if world.collaborator.acting == Acting::Known(live.email.clone()) {
        draft.dropped(address, "dropped from the spec, and stays, as trueup runs as this account");
    } else if !before.prune {
        draft.prunable(address);
    } else if may_touch(live, world.collaborator.acting.clone(), address.clone(), draft) {
        draft.pruned.push(address);
        let (email, before) = (live.email.clone(), live.permissions.clone());
        draft.change(Change::Remove { email, before });
    }
}

/// Everybody whom a removal of the app concerns.
pub(super) fn added(world: &World) -> impl Iterator<Item = &Collaborator> {
    world.collaborator.people.iter().filter(|live| live.role == Role::Collaborator)
}

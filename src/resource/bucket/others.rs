//! What others set on a bucket beside what the spec says: left alone, but never passed over in silence. What opens
//! the bucket or empties it is a warning.
//!
//! What must not live here: anything that is written.

use std::collections::BTreeSet;

use super::setting::Wish;
use super::{Kept, SECTION, Settings, cors, lifecycle, policy};
use crate::cloud::policy::OthersStatement;
use crate::resource::{Draft, World};
use crate::spec::{IamUser, UserName, grants};

/// Reports statements and rules that are not trueup's, and what is left as it was found.
pub(super) fn report(wish: &Wish<'_>, live: &Settings, world: &World, draft: &mut Draft) {
    statements(wish, live, world, draft);
    rules(wish, live, draft);
    let names = cors::others(wish, &live.cors);
    if !names.is_empty() {
        let address = SECTION.address(wish.local).part("cors");
        draft.unmanaged(address, &format!("rules of others: left alone ({})", names.join(", ")));
    }
    let grants = live.ownership.grants();
    if !grants.is_empty() {
        let address = SECTION.address(wish.local).part("ownership");
        draft.unmanaged(address.clone(), "grants of its access control list: left alone");
        draft.warning(address, format!("its access control list grants {}", grants.join(", ")));
    }
    for (name, Kept { reason, warning }) in live.kept(wish) {
        let address = SECTION.address(wish.local).part(name);
        if let Some(warning) = warning {
            draft.warning(address.clone(), warning);
        }
        draft.unmanaged(address, &format!("{reason}: left as it was"));
    }
}

fn statements(wish: &Wish<'_>, live: &Settings, world: &World, draft: &mut Draft) {
    let others = live.policy.as_ref().map(|live| policy::others(wish, live)).unwrap_or_default();
    let address = SECTION.address(wish.local).part("policy");
    for one in &others {
        let Some(actions) = &one.opens else { continue };
        let effect = if wish.is_closed { "; the public access block keeps them out" } else { "" };
        draft.warning(
            address.clone(),
            format!("the statement {} lets everyone on the internet do {actions}{effect}", one.name),
        );
    }
    for one in &others {
        for name in widened(wish, one, world) {
            let reason =
                format!("the statement {} of others lets the user {name} do more than its grants", one.name);
            draft.warning(address.clone(), reason);
        }
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|one| one.name.as_str()).collect();
        draft.unmanaged(address, &format!("statements of others: left alone ({})", names.join(", ")));
    }
}

/// The users of the spec whom a statement lets do what no grant of theirs does.
fn widened<'a>(
    wish: &'a Wish<'_>,
    one: &'a OthersStatement,
    world: &'a World,
) -> impl Iterator<Item = &'a UserName> {
    let users = wish.desired.spec().iam_users.iter();
    let named = users
        .filter(|(local, _)| world.iam_user.get(*local).is_some_and(|live| one.lets.contains(&live.arn)));
    let is_granted = |user: &IamUser| {
        let granted = user.grants.get(wish.local).map(|access| grants::actions(*access));
        let granted: BTreeSet<String> = granted.into_iter().flatten().map(str::to_ascii_lowercase).collect();
        one.actions.as_ref().is_some_and(|actions| actions.is_subset(&granted))
    };
    named.filter(move |(_, user)| !is_granted(user)).map(|(_, user)| &user.name)
}

fn rules(wish: &Wish<'_>, live: &Settings, draft: &mut Draft) {
    let others = lifecycle::others(&live.lifecycle.rules, wish.spec.lifecycle.as_ref());
    let address = SECTION.address(wish.local).part("lifecycle");
    for rule in others.iter().filter(|rule| rule.expires_everything()) {
        draft.warning(
            address.clone(),
            format!("the rule {} of others deletes every object in time", rule.name()),
        );
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|rule| rule.name()).collect();
        draft.unmanaged(address, &format!("rules of others: left alone ({})", names.join(", ")));
    }
}

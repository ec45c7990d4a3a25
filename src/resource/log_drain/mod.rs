//! Log drains: where the app's log lines go besides (life-and-ci.md section 9.2).
//!
//! A drain is its URL, which may hold a password or a token: it is a secret everywhere, and comes from the operator's side.
//! Those of add-ons come and go with them. What a changed URL leaves behind is told, and nobody's to remove but by hand:
//! that it ever was the spec's cannot be shown.

mod change;
mod import;
mod proof;
mod removal;
mod rights;

use super::{Address, Desired, Draft, Facts, Look, Resource, Section, World, app};
use crate::cloud::CloudError;
use crate::cloud::heroku::{App, Drain, is_same_drain};
use crate::secret::Secret;
use crate::spec::{DrainUrl, Spec};

pub use change::Change;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("app.log_drains").kind("heroku_log_drain").noun("log drain").together();

/// The drains of the app, in the order of their ids; empty when the spec says nothing of drains.
pub type Observed = Vec<Drain>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        if look.spec().app.log_drains.is_none() {
            return Ok(Observed::new());
        }
        let read = look.of_app(|app| async move { look.clouds().heroku.drains(&app).await }).await;
        let mut drains = match read {
            // An app of the Fir generation has none, and need not be able to tell so.
            Err(_) if is_fir(look.of::<app::Kind>().await?.live()) => Vec::new(),
            read => read?.unwrap_or_default(),
        };
        drains.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(drains)
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        u64::from(spec.app.log_drains.is_some())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.log_drain {
            facts.state_secret(&SECTION.address(&live.id), live.secret());
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let Some(wanted) = &desired.spec().app.log_drains else { return };
        if is_fir(world.app.live()) && !wanted.is_empty() {
            let reason = "the app is of the Fir generation, which has telemetry drains and no log drains";
            draft.blocked(SECTION.whole(), reason, "remove `app.log_drains` from the spec");
            return;
        }
        let mut known: Vec<&Secret> = Vec::new();
        for (place, source) in wanted.iter().enumerate() {
            let address = address(source, place);
            match desired.supplied.drain(source) {
                None => draft.warning(
                    address,
                    format!("not compared: its URL comes from {source}, which is off here"),
                ),
                Some(url) if known.iter().any(|other| is_same_drain(other, url)) => {
                    draft.warning(
                        address,
                        "leads where another drain of the spec leads, and is not added twice",
                    );
                }
                Some(url) => {
                    known.push(url);
                    if world.log_drain.iter().any(|live| live.leads_to(url)) {
                        draft.unchanged();
                    } else {
                        let note = format!("from {source}");
                        draft.change(Change { address, url: url.clone(), note });
                    }
                }
            }
        }
        let is_all_known = wanted.iter().all(|source| desired.supplied.drain(source).is_some());
        for live in world.log_drain.iter().filter(|live| !live.is_addons && is_all_known) {
            if !known.iter().any(|url| live.leads_to(url)) {
                draft.unmanaged(
                    SECTION.address(&live.id),
                    "live, not in the spec: left alone (`heroku drains` lists them)",
                );
            }
        }
    }
}

fn is_fir(live: Option<&App>) -> bool {
    live.is_some_and(|app| app.generation.as_deref() == Some("fir"))
}

fn address(source: &DrainUrl, place: usize) -> Address {
    SECTION.address(&source.label(place))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

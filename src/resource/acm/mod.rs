//! Certificates that Heroku gets and renews by itself for the app's domains (life-and-ci.md section 9.1).
//!
//! Switching it on is all that an apply does: a domain gets its certificate once its DNS points at its target, which is
//! the owner's to do and is never waited for. What must not live here: certificates of one's own.

mod change;
mod import;
mod proof;
mod removal;
mod rights;

use super::{Desired, Draft, Facts, Look, Resource, Section, World, app};
use crate::cloud::CloudError;
use crate::cloud::heroku::Domain;
use crate::spec::Spec;

pub use change::Change;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("app.acm").kind("heroku_acm").noun("certificate management");

/// Whether it is on, which the app tells; `None` when the spec says nothing of it.
pub type Observed = Option<bool>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        if look.spec().app.acm.is_none() {
            return Ok(None);
        }
        Ok(Some(look.of::<app::Kind>().await?.live().is_some_and(|live| live.acm)))
    }

    fn facts(world: &World, facts: &mut Facts) {
        if let (Some(is_on), Some(_)) = (world.acm, world.app.live()) {
            facts.state(&SECTION.whole(), &is_on);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let Some(wanted) = desired.spec().app.acm else { return };
        match (world.acm.unwrap_or_default(), wanted) {
            (true, true) => {
                draft.unchanged();
                for domain in world.domain.iter().filter(|live| is_named(desired.spec(), live)) {
                    waiting(domain, draft);
                }
            }
            (false, true) => enable(desired.spec(), world, draft),
            (true, false) => draft.change(Change { on: false, domains: Vec::new() }),
            // An app that is to be made begins without.
            (false, false) if world.app.live().is_some() => draft.unchanged(),
            (false, false) => {}
        }
    }
}

fn is_named(spec: &Spec, live: &Domain) -> bool {
    spec.app.domains.iter().flatten().any(|hostname| hostname.as_str() == live.hostname)
}

/// What a domain still waits for.
fn waiting(domain: &Domain, draft: &mut Draft) {
    let Some(status) = domain.acm_status.as_deref().filter(|status| !["ok", "cert issued"].contains(status))
    else {
        return;
    };
    let target = domain.cname.as_deref().map(|target| format!(" at {target}")).unwrap_or_default();
    let why = match &domain.acm_reason {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    };
    let reason = format!("{} has no certificate yet ({why}); its DNS has to point{target}", domain.hostname);
    draft.warning(SECTION.whole(), reason);
}

/// Heroku manages certificates of apps with paid dynos only (heroku-api.md section 2).
fn enable(spec: &Spec, world: &World, draft: &mut Draft) {
    if let Some(process_type) = unpaid(spec, world) {
        let reason = format!(
            "Heroku manages certificates of apps with paid dynos only, and {process_type} is of size eco"
        );
        let advice = format!("write `size: basic` or a larger one at formation.{process_type}");
        draft.blocked(SECTION.whole(), reason, advice);
        return;
    }
    let domains = spec.app.domains.iter().flatten().cloned().collect();
    draft.change(Change { on: true, domains });
}

/// A process type of the size that is not paid for by the dyno, once the formation is as the spec says.
fn unpaid(spec: &Spec, world: &World) -> Option<String> {
    let is_unpaid = |size: &str| ["eco", "free"].contains(&size.to_ascii_lowercase().as_str());
    let wanted =
        spec.formation.iter().filter_map(|(name, wanted)| Some((name.as_str(), wanted.size.as_ref()?)));
    let wanted: Vec<(&str, String)> = wanted.map(|(name, size)| (name, size.to_string())).collect();
    let live = world.formation.iter().filter(|live| live.quantity > 0);
    let kept = live.filter(|live| wanted.iter().all(|(name, _)| *name != live.process_type));
    let kept = kept.filter_map(|live| Some((live.process_type.as_str(), live.size.clone()?)));
    let mut all = wanted.iter().cloned().chain(kept);
    all.find(|(_, size)| is_unpaid(size)).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

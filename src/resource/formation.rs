//! The formation: how many dynos of each process type, and of what size (heroku-api.md section 5).
//!
//! A type that no release has defined yet cannot be scaled: that is deferred, not drift.

use super::recheck::Part;
use super::{
    Action, Block, Catalog, Cost, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs,
    Recheck, Resource, Row, Run, Section, World,
};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Formation, Scale as NewScale};
use crate::spec::{DynoSize, ProcessType, Spec};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section {
    key: "formation",
    part: None,
    kind: "heroku_formation",
    noun: "process type",
    block: Block::Together,
};

/// The process types of the current release.
pub type Observed = Vec<Live>;

/// A process type as it is.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Live {
    /// Its name in the Procfile.
    pub process_type: String,
    /// How many dynos.
    pub quantity: u32,
    /// Their size, in lower case.
    pub size: String,
}

/// The process types that have dynos now, which a release restarts.
#[must_use]
pub fn running(world: &World) -> Vec<String> {
    world.formation.iter().filter(|live| live.quantity > 0).map(|live| live.process_type.clone()).collect()
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let formation = look.of_app(|app| async move { look.clouds().heroku.formation(&app).await }).await?;
        Ok(sorted(formation.unwrap_or_default()))
    }

    async fn ask_catalog(look: &Look<'_>) -> Result<(), CloudError> {
        let Ok(live) = look.of::<Self>().await else { return Ok(()) };
        if asks_sizes(look.spec(), live) { look.ask_dyno_sizes().await } else { Ok(()) }
    }

    fn heroku_calls(_: &Spec) -> u64 {
        1
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.formation {
            facts.state(&SECTION.address(&live.process_type), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let spec = desired.spec();
        let mut scales = Vec::new();
        for (process_type, wanted) in &spec.formation {
            if let Some(size) = &wanted.size {
                world.catalog.check_size(&SECTION.address(process_type), size, draft);
            }
            let Some(live) = world.formation.iter().find(|live| live.process_type == process_type.as_str())
            else {
                draft.deferred(SECTION.address(process_type), unreleased(world, process_type));
                continue;
            };
            let size = wanted.size.clone().filter(|size| differs(size, live));
            if wanted.quantity == live.quantity && size.is_none() {
                draft.unchanged();
                continue;
            }
            scales.push(Scale {
                process_type: process_type.clone(),
                before: (live.quantity, live.size.clone()),
                after: (wanted.quantity, wanted.size.clone()),
                cost: cost(&world.catalog, live, wanted.quantity, wanted.size.as_ref()),
            });
        }
        match mixed(world, &scales) {
            Some((staying, other)) => draft.blocked(
                SECTION.address(&staying.0),
                format!("its dynos are {}, which cannot run in one app with {other} dynos", staying.1),
                format!("write the `size` of `formation.{}` too, or its `quantity: 0`", staying.0),
            ),
            None if scales.is_empty() => {}
            None => draft.change(Change { scales }),
        }
        for live in world.formation.iter().filter(|live| live.quantity > 0) {
            if !spec.formation.is_empty()
                && !spec.formation.keys().any(|name| name.as_str() == live.process_type)
            {
                draft.unmanaged(SECTION.address(&live.process_type), "live, not in the spec: left alone");
            }
        }
    }
}

/// Whether sizes and their prices have to be known: only what changes could be wrong or cost something else.
fn asks_sizes(spec: &Spec, live: &[Live]) -> bool {
    spec.formation.iter().any(|(process_type, wanted)| {
        let live = live.iter().find(|live| live.process_type == process_type.as_str());
        live.is_none_or(|live| {
            live.quantity != wanted.quantity || wanted.size.as_ref().is_some_and(|size| differs(size, live))
        })
    })
}

/// A size that Heroku does not tell differs from nothing.
fn differs(wanted: &DynoSize, live: &Live) -> bool {
    !live.size.is_empty() && wanted.as_str() != live.size
}

fn sorted(formation: Vec<Formation>) -> Observed {
    let live = formation.into_iter().map(|one| Live {
        process_type: one.process_type,
        quantity: one.quantity,
        size: one.size.to_ascii_lowercase(),
    });
    let mut formation: Observed = live.collect();
    formation.sort_by(|one, other| one.process_type.cmp(&other.process_type));
    formation
}

/// A process type whose size stays, and another size that cannot run beside it: Heroku would refuse the whole
/// PATCH. Sizes that the spec names were compared among themselves when it was checked.
fn mixed(world: &World, scales: &[Scale]) -> Option<((String, String), DynoSize)> {
    let after = |live: &Live| {
        let scale = scales.iter().find(|scale| scale.process_type.as_str() == live.process_type);
        let resized = scale.and_then(resized);
        let quantity = scale.map_or(live.quantity, |scale| scale.after.0);
        let size = resized.cloned().or_else(|| DynoSize::parse(&live.size).ok())?;
        (quantity > 0).then(|| (live.process_type.clone(), size, resized.is_some()))
    };
    let running: Vec<_> = world.formation.iter().filter_map(after).collect();
    running.iter().filter(|(.., is_resized)| *is_resized).find_map(|(_, new, _)| {
        let (name, size, _) = running.iter().find(|(_, size, _)| size.family() != new.family())?;
        Some(((name.clone(), size.to_string()), new.clone()))
    })
}

fn unreleased(world: &World, process_type: &ProcessType) -> String {
    if world.formation.is_empty() {
        "no release yet; the first apply after a deploy sets it".to_owned()
    } else {
        format!("the current release has no process type `{process_type}`; add it to the Procfile and deploy")
    }
}

fn cost(catalog: &Catalog, live: &Live, quantity: u32, size: Option<&DynoSize>) -> Option<Cost> {
    let before = catalog.dyno_cents(&live.size)?;
    let after = catalog.dyno_cents(size.map_or(live.size.as_str(), DynoSize::as_str))?;
    Some(Cost { before_cents: before * i64::from(live.quantity), after_cents: after * i64::from(quantity) })
}

/// `PATCH /apps/{app}/formation`: all types in one call, since sizes of different tiers cannot mix on the way.
#[derive(Clone, Debug)]
pub struct Change {
    /// The types that change.
    pub scales: Vec<Scale>,
}

/// One process type, before and after.
#[derive(Clone, Debug)]
pub struct Scale {
    process_type: ProcessType,
    before: (u32, String),
    after: (u32, Option<DynoSize>),
    cost: Option<Cost>,
}

/// The new size, when it is another one.
fn resized(scale: &Scale) -> Option<&DynoSize> {
    scale.after.1.as_ref().filter(|size| !scale.before.1.is_empty() && size.as_str() != scale.before.1)
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |scale: &Scale| {
            let Scale { process_type, before, after, cost } = scale;
            let quantity =
                (before.0 != after.0).then(|| Field::plain("quantity", Some(&before.0), Some(&after.0)));
            let size = resized(scale).map(|size| Field::plain("size", Some(&before.1), Some(size)));
            Row::new(SECTION.address(process_type), Action::Update)
                .with(quantity.into_iter().chain(size))
                .costing(*cost)
        };
        self.scales.iter().map(row).collect()
    }

    fn effects(&self) -> Effects {
        let restarted = |scale: &&Scale| resized(scale).is_some() && scale.before.0 > 0;
        let restarts =
            self.scales.iter().filter(restarted).map(|scale| scale.process_type.to_string()).collect();
        Effects { releases: 0, restarts, notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        // Dynos that start should find their config.
        vec![Output::App, Output::Config]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Formation]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = sorted(run.clouds.heroku.formation(&run.app()).await?);
        let find = |scale: &Scale| live.iter().find(|live| live.process_type == scale.process_type.as_str());
        let is_before = |scale: &Scale| {
            find(scale).is_some_and(|live| (live.quantity, &live.size) == (scale.before.0, &scale.before.1))
        };
        let is_after = |scale: &Scale| {
            let (quantity, size) = &scale.after;
            find(scale).is_some_and(|live| {
                live.quantity == *quantity && size.as_ref().is_none_or(|size| size.as_str() == live.size)
            })
        };
        let parts = self.scales.iter().map(|scale| Part {
            name: format!("`{}`", SECTION.address(&scale.process_type)),
            is_as_before: is_before(scale),
            is_as_after: is_after(scale),
        });
        Ok(Recheck::of_parts(parts, |names| format!("{} changed", names.join(", "))))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let updates: Vec<NewScale> = self
            .scales
            .iter()
            .map(|Scale { process_type, before: _, after: (quantity, size), cost: _ }| NewScale {
                process_type: process_type.clone(),
                quantity: *quantity,
                size: size.clone(),
            })
            .collect();
        run.clouds.heroku.scale(&run.app(), &updates).await?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        for scale in &self.scales {
            let types = world.formation.iter_mut();
            for live in types.filter(|live| live.process_type == scale.process_type.as_str()) {
                live.quantity = scale.after.0;
                if let Some(size) = &scale.after.1 {
                    live.size = size.to_string();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{changes, want, world};

    const WEB: &str = "formation: { web: { quantity: 2, size: Standard-1X } }";

    #[test]
    fn a_type_is_scaled_when_its_quantity_or_size_differs() {
        for (quantity, size, paths) in [
            (2, "standard-1x", &[][..]),
            (1, "standard-1x", &["quantity"]),
            (2, "basic", &["size"]),
            (0, "basic", &["quantity", "size"]),
        ] {
            let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", quantity, size));
            assert_eq!(crate::resource::testing::paths(&draft), paths, "{quantity} {size}");
        }
    }

    #[test]
    fn a_size_that_heroku_does_not_tell_is_no_difference() {
        let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", 2, ""));
        assert!(draft.changes.is_empty() && draft.unchanged == 1);
        let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", 1, ""));
        assert_eq!(crate::resource::testing::paths(&draft), ["quantity"]);
    }

    #[test]
    fn sizes_are_asked_for_only_when_something_changes() {
        let want = want(WEB);
        let asks = |world: &World| asks_sizes(want.desired().spec(), &world.formation);
        assert!(asks(&world()) && asks(&world().with_dynos("web", 1, "standard-1x")));
        assert!(!asks(&world().with_dynos("web", 2, "standard-1x")), "a plan without changes costs no call");
    }

    #[test]
    fn a_size_that_the_spec_does_not_name_is_left_alone() {
        let draft = want("formation: { web: { quantity: 2 } }").diff::<Kind>(&world().with_dynos(
            "web",
            2,
            "performance-l",
        ));
        assert!(draft.changes.is_empty());
        assert_eq!(draft.unchanged, 1);
    }

    #[test]
    fn what_no_release_has_defined_is_deferred_and_says_what_to_do() {
        let draft = want(WEB).diff::<Kind>(&world());
        assert!(draft.changes.is_empty());
        assert_eq!(draft.deferred[0].address.as_str(), "formation.web");
        assert!(draft.deferred[0].reason.contains("no release yet"), "{}", draft.deferred[0].reason);
        let draft = want(WEB).diff::<Kind>(&world().with_dynos("console", 0, "basic"));
        assert!(draft.deferred[0].reason.contains("Procfile"), "{}", draft.deferred[0].reason);
    }

    #[test]
    fn all_types_go_out_in_one_change_since_tiers_cannot_mix_on_the_way() {
        let spec = "formation: { web: { quantity: 1, size: standard-1x }, worker: { quantity: 1, size: standard-1x } }";
        let world = world().with_dynos("web", 1, "basic").with_dynos("worker", 0, "basic");
        let draft = want(spec).diff::<Kind>(&world);
        assert_eq!(draft.changes.len(), 1);
        assert_eq!(changes(&draft), ["update formation.web", "update formation.worker"]);
        assert_eq!(draft.changes[0].effects().restarts, ["web"], "worker has no dyno to restart");
    }

    #[test]
    fn sizes_that_cannot_run_together_are_refused_before_heroku_does() {
        let spec = "formation: { web: { quantity: 1, size: standard-1x }, worker: { quantity: 1 } }";
        let world = world().with_dynos("web", 1, "basic").with_dynos("worker", 0, "basic");
        let draft = want(spec).diff::<Kind>(&world);
        assert_eq!(draft.blocked[0].address.as_str(), "formation.worker");
        assert!(draft.changes.is_empty());
        let off = want("formation: { web: { quantity: 1, size: standard-1x } }").diff::<Kind>(&world);
        assert!(off.blocked.is_empty(), "a worker without dynos is in nobody's way");
    }

    #[test]
    fn running_dynos_that_the_spec_forgot_are_reported_when_it_manages_others() {
        let world = world().with_dynos("web", 2, "standard-1x").with_dynos("clock", 1, "standard-1x");
        let draft = want(WEB).diff::<Kind>(&world);
        assert_eq!(draft.unmanaged[0].address.as_str(), "formation.clock");
        assert!(want("").diff::<Kind>(&world).unmanaged.is_empty());
    }
}

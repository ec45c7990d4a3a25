//! The formation: how many dynos of each process type, and of what size (heroku-api.md section 5).
//!
//! A type that no release has defined yet cannot be scaled: that is deferred, not drift. Where the spec leaves the number
//! out or gives a range, something else scales: within the range it is left alone, and never sent.

mod beside;
mod bill;
mod first;
mod import;
mod proof;
mod removal;
mod rights;

use super::recheck::Part;
use super::{
    Action, Address, Bill, Catalog, Cost, Desired, Draft, Effects, Facts, Field, Look, Operation, Output,
    Outputs, Recheck, Resource, Row, Run, Section, World,
};
use crate::cloud::CloudError;
use crate::cloud::heroku::{App, Formation, Scale as NewScale};
use crate::spec::{DynoFamily, DynoSize, ProcessType, Quantity, Spec};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("formation").kind("heroku_formation").noun("process type").together();

/// The process types of the current release.
pub type Observed = Vec<Live>;

/// A process type as it is.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its name in the Procfile.
    pub process_type: String,
    /// How many dynos.
    pub quantity: u32,
    /// How many the spec asks for, if it does.
    pub asked: Option<Quantity>,
    /// Their size as served; `None` when Heroku does not tell.
    pub size: Option<String>,
}

impl Live {
    /// How many dynos there are, as far as a plan rests on it: what something else scales is no fact.
    fn count(&self) -> String {
        match self.asked {
            Some(asked) if asked.nearest(self.quantity) == self.quantity => asked.to_string(),
            Some(_) => self.quantity.to_string(),
            None => if self.quantity > 0 { "some" } else { "none" }.to_owned(),
        }
    }
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
        Ok(sorted(formation.unwrap_or_default(), look.spec()))
    }

    async fn ask_catalog(look: &Look<'_>) -> Result<(), CloudError> {
        let Ok(live) = look.of::<Self>().await else { return Ok(()) };
        let is_limited = look.spec().monthly_limit_cents.is_some();
        if is_limited || asks_sizes(look.spec(), live) { look.ask_dyno_sizes().await } else { Ok(()) }
    }

    fn heroku_calls(_: &Spec) -> u64 {
        1
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.formation {
            facts.state(&SECTION.address(&live.process_type), &(live.count(), &live.size));
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let spec = desired.spec();
        let mut scales = Vec::new();
        for (process_type, wanted) in &spec.formation {
            let address = SECTION.address(process_type);
            if let Some(size) = &wanted.size {
                world.catalog.check_size(&address, size, draft);
            }
            let live = world.formation.iter().find(|live| live.process_type == process_type.as_str());
            let size = wanted.size.clone().filter(|size| live.is_none_or(|live| differs(size, live)));
            if let (Some(app), Some(size)) = (world.app.live(), &size)
                && let Some((reason, advice)) = elsewhere(app, size)
            {
                draft.blocked(address.part("size"), reason, advice);
                continue;
            }
            let Some(live) = live else {
                draft.deferred(address, unreleased(world, process_type));
                continue;
            };
            let quantity = wanted.quantity.filter(|wanted| wanted.nearest(live.quantity) != live.quantity);
            if quantity.is_none() && size.is_none() {
                draft.unchanged();
                continue;
            }
            let cost = cost(&world.catalog, live, quantity, size.as_ref());
            scales.push(Scale {
                process_type: process_type.clone(),
                before: live.clone(),
                quantity,
                size,
                cost,
                is_pruned: false,
            });
        }
        beside::beside(desired, world, &mut scales, draft);
        let refused = refused(spec, world, &scales);
        if refused.is_empty() && !scales.is_empty() {
            draft.change(Change { scales, after: None });
        }
        for (address, reason, advice) in refused {
            draft.blocked(address, reason, advice);
        }
    }

    fn bill(desired: &Desired<'_>, world: &World, bill: &mut Bill) {
        bill::add(desired, world, bill);
    }
}

/// Whether sizes and their prices have to be known: only what changes could be wrong or cost something else.
fn asks_sizes(spec: &Spec, live: &[Live]) -> bool {
    spec.formation.iter().any(|(process_type, wanted)| {
        let live = live.iter().find(|live| live.process_type == process_type.as_str());
        live.is_none_or(|live| {
            wanted.quantity.is_some_and(|wanted| wanted.nearest(live.quantity) != live.quantity)
                || wanted.size.as_ref().is_some_and(|size| differs(size, live))
        })
    })
}

/// A size that Heroku does not tell differs from nothing.
fn differs(wanted: &DynoSize, live: &Live) -> bool {
    live.size.as_ref().is_some_and(|size| !wanted.is(size))
}

fn sorted(formation: Vec<Formation>, spec: &Spec) -> Observed {
    let asked = |name: &str| spec.formation.iter().find(|(process_type, _)| process_type.as_str() == name);
    let live = formation.into_iter().map(|Formation { process_type, quantity, size, command: _ }| Live {
        asked: asked(&process_type).and_then(|(_, wanted)| wanted.quantity),
        process_type,
        quantity,
        size,
    });
    let mut formation: Observed = live.collect();
    formation.sort_by(|one, other| one.process_type.cmp(&other.process_type));
    formation
}

/// Why a size cannot run where the app does, and what to write instead: each generation has sizes of its own, and so
/// have Private Spaces (heroku-api.md sections 5 and 7).
fn elsewhere(app: &App, size: &DynoSize) -> Option<(String, &'static str)> {
    let family = size.family();
    let is_private = matches!(family, DynoFamily::Private | DynoFamily::Shield);
    match (app.generation.as_deref(), &app.space) {
        (Some("fir"), _) if family != DynoFamily::Fir => Some((
            format!("the app is of the Fir generation, which has no `{size}` dynos"),
            "write a size of Fir, such as `dyno-1c-0.5gb`",
        )),
        (Some("cedar"), _) if family == DynoFamily::Fir => Some((
            format!("the app is of the Cedar generation, which has no `{size}` dynos"),
            "write a size of Cedar, such as `standard-1x`",
        )),
        (Some("cedar"), Some(space)) if !is_private => Some((
            format!("the app runs in the Private Space `{space}`, which has no `{size}` dynos"),
            "write a size of Private Spaces, such as `private-s`",
        )),
        _ => None,
    }
}

/// What Heroku would refuse, and the whole PATCH with it: where, why, and what to do.
fn refused(spec: &Spec, world: &World, scales: &[Scale]) -> Vec<(Address, String, String)> {
    let after: Vec<After<'_>> =
        world.formation.iter().filter_map(|live| After::of(live, spec, scales)).collect();
    let mut refused: Vec<_> = after.iter().filter_map(crowded).collect();
    refused.extend(mixed(&after));
    refused
}

/// A process type that would have dynos of a size that is known.
struct After<'a> {
    live: &'a Live,
    scale: Option<&'a Scale>,
    quantity: u32,
    size: &'a str,
    family: DynoFamily,
    /// Whether the spec says its size.
    is_sized: bool,
}

impl<'a> After<'a> {
    fn of(live: &'a Live, spec: &Spec, scales: &'a [Scale]) -> Option<Self> {
        let mut said = spec.formation.iter().filter(|(name, _)| name.as_str() == live.process_type);
        let is_sized = said.any(|(_, wanted)| wanted.size.is_some());
        let scale = scales.iter().find(|scale| scale.process_type.as_str() == live.process_type);
        let quantity = scale.and_then(Scale::count).unwrap_or(live.quantity);
        let size = scale.and_then(|scale| scale.size.as_ref()).map(DynoSize::written);
        let size = size.or(live.size.as_deref())?;
        let family = DynoFamily::of(size)?;
        (quantity > 0).then_some(Self { live, scale, quantity, size, family, is_sized })
    }

    /// Whether the change is what makes it run, or run so.
    fn is_touched(&self) -> bool {
        self.scale.is_some_and(|scale| scale.size.is_some() || self.live.quantity == 0)
    }

    fn address(&self) -> Address {
        SECTION.address(&self.live.process_type)
    }
}

/// More than the one dyno that eco and basic have for a process type. Sizes of the spec were looked at when it was
/// checked; here it is the live one that stays.
fn crowded(after: &After<'_>) -> Option<(Address, String, String)> {
    let is_single = matches!(after.family, DynoFamily::Eco | DynoFamily::Basic);
    (is_single && after.scale.is_some() && after.quantity > 1).then(|| {
        let size = after.size;
        let advice = "write a `size` that may have more, such as `standard-1x`".to_owned();
        (after.address(), format!("a process type runs on one {size} dyno at most"), advice)
    })
}

/// Two sizes that cannot run in one app. Those that the spec names were compared when it was checked, so one of the two
/// is a live one that stays.
fn mixed(after: &[After<'_>]) -> Option<(Address, String, String)> {
    after.iter().filter(|one| one.is_touched()).find_map(|touched| {
        let other = after.iter().find(|other| !other.family.goes_with(touched.family))?;
        let (staying, new) = if other.is_sized { (touched, other) } else { (other, touched) };
        Some((
            staying.address(),
            format!("its dynos are {}, which cannot run in one app with {} dynos", staying.size, new.size),
            format!("write the `size` of `{0}` too, or its `quantity: 0`", staying.address()),
        ))
    })
}

fn unreleased(world: &World, process_type: &ProcessType) -> String {
    if world.formation.is_empty() {
        "no release yet; the first apply after a deploy sets it".to_owned()
    } else {
        format!("the current release has no process type `{process_type}`; add it to the Procfile and deploy")
    }
}

fn cost(catalog: &Catalog, live: &Live, quantity: Option<Quantity>, size: Option<&DynoSize>) -> Option<Cost> {
    let each = live.size.as_deref().and_then(|size| catalog.dyno_cents(size))?;
    let after = size.map_or(Some(each), |size| catalog.dyno_cents(size.as_str()))?;
    let count = quantity.map_or(live.quantity, |quantity| quantity.nearest(live.quantity));
    Some(Cost { before_cents: each * i64::from(live.quantity), after_cents: after * i64::from(count) })
}

/// `PATCH /apps/{app}/formation`: all types in one call, since sizes of different tiers cannot mix on the way.
#[derive(Clone, Debug)]
pub struct Change {
    /// The types that change.
    pub scales: Vec<Scale>,
    /// The release of this run that defines them, so that nobody can have scaled them before.
    after: Option<Output>,
}

/// One process type, and what changes of it.
#[derive(Clone, Debug)]
pub struct Scale {
    process_type: ProcessType,
    before: Live,
    /// How many are wanted, when it is another number.
    quantity: Option<Quantity>,
    /// The size, when it is another one.
    size: Option<DynoSize>,
    cost: Option<Cost>,
    /// Whether it goes, since it was dropped from the spec.
    is_pruned: bool,
}

impl Scale {
    /// Takes away the dynos of a type that was dropped from the spec.
    pub(super) fn away(process_type: ProcessType, live: &Live, catalog: &Catalog) -> Self {
        let quantity = Some(Quantity::Exactly(0));
        let cost = cost(catalog, live, quantity, None);
        Self { process_type, before: live.clone(), quantity, size: None, cost, is_pruned: true }
    }

    /// The number that is set.
    fn count(&self) -> Option<u32> {
        Some(self.quantity?.nearest(self.before.quantity))
    }

    /// Against what is live now. What is not set is not looked at: something else may scale meanwhile.
    fn compare_with(&self, live: Option<&Live>) -> Part {
        let name = format!("`{}`", SECTION.address(&self.process_type));
        let Some(live) = live else { return Part { name, is_as_before: false, is_as_after: false } };
        let is_counted = self.quantity.is_none_or(|wanted| wanted.nearest(live.quantity) == live.quantity);
        let is_sized =
            self.size.as_ref().is_none_or(|size| live.size.as_ref().is_some_and(|live| size.is(live)));
        let is_as_before = (is_counted || live.quantity == self.before.quantity)
            && (is_sized || live.size == self.before.size);
        Part { name, is_as_before, is_as_after: is_counted && is_sized }
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |scale: &Scale| {
            let Scale { process_type, before, quantity, size, cost, is_pruned } = scale;
            let quantity = quantity.zip(scale.count()).map(|(wanted, count)| {
                let field = Field::plain("quantity", Some(&before.quantity), Some(&count));
                match wanted {
                    Quantity::Exactly(_) => field,
                    Quantity::Between { .. } => field.with_note(&format!("the nearest of {wanted}")),
                }
            });
            let served = before.size.as_ref().map(|size| size as &dyn std::fmt::Display);
            let size = size.as_ref().map(|size| Field::plain("size", served, Some(size)));
            let action = if *is_pruned { Action::Delete } else { Action::Update };
            Row::new(SECTION.address(process_type), action)
                .with(quantity.into_iter().chain(size))
                .costing(*cost)
        };
        self.scales.iter().map(row).collect()
    }

    fn effects(&self) -> Effects {
        let restarted = |scale: &&Scale| scale.size.is_some() && scale.before.quantity > 0;
        let restarts =
            self.scales.iter().filter(restarted).map(|scale| scale.process_type.to_string()).collect();
        Effects { releases: 0, restarts, notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        // Dynos that start should find their config.
        [Output::App, Output::Config].into_iter().chain(self.after.clone()).collect()
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Formation]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        if self.after.is_some() {
            return Ok(Recheck::AsPlanned);
        }
        let live = sorted(run.clouds.heroku.formation(&run.app()).await?, &run.environment.spec);
        let parts = self.scales.iter().map(|scale| {
            scale.compare_with(live.iter().find(|live| live.process_type == scale.process_type.as_str()))
        });
        Ok(Recheck::of_parts(parts, |names| format!("{} changed", names.join(", "))))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let update = |scale: &Scale| NewScale {
            process_type: scale.process_type.clone(),
            quantity: scale.count(),
            size: scale.size.clone(),
        };
        let updates: Vec<NewScale> = self.scales.iter().map(update).collect();
        run.clouds.heroku.scale(&run.app(), &updates).await?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        for scale in &self.scales {
            let types = world.formation.iter_mut();
            for live in types.filter(|live| live.process_type == scale.process_type.as_str()) {
                live.quantity = scale.count().unwrap_or(live.quantity);
                live.size = scale.size.as_ref().map(ToString::to_string).or(live.size.take());
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! How an environment is, for a line of `trueup status`: from what was seen of it and from its plan.
//!
//! What must not live here: asking services, and words.

use time::OffsetDateTime;

use crate::cloud::heroku::{self, DynoSizePrice, Price};
use crate::plan::{By, Plan};
use crate::resource::{Address, Blocked, World, app};
use crate::spec::{AppName, AttachmentName, EnvironmentName};

/// How an environment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which.
    pub environment: EnvironmentName,
    /// Its app.
    pub app: AppName,
    /// What a plan comes to.
    pub state: State,
    /// What a plan would change.
    pub changes: Vec<Address>,
    /// The earliest release since which live is not as it should be, where releases were asked and show one.
    pub moved: Option<Box<By>>,
    /// What it would have to change, and trueup refuses to.
    pub blocked: Vec<Blocked>,
    /// What the dynos run, when anything is known of it.
    pub release: Option<Release>,
    /// The plan of its database, with the service.
    pub database_plan: Option<String>,
    /// What Heroku asks for it a month, in US cents; `None` when the price of a part is not known.
    pub monthly_cents: Option<i64>,
    /// The age of the oldest active access key in whole days.
    pub oldest_key_days: Option<i64>,
    /// When its spec says that it is to go (RFC 3339).
    pub expires: Option<String>,
}

/// The release that the dynos run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number on the app.
    pub version: u64,
    /// When it was made (RFC 3339).
    pub at: Option<String>,
    /// The e-mail of the account that made it.
    pub by: Option<String>,
}

impl From<heroku::Release> for Release {
    fn from(release: heroku::Release) -> Self {
        Self { version: release.version, at: release.created_at, by: release.user_email }
    }
}

/// What a plan comes to, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// There is nothing to do.
    InSync,
    /// There is something to do.
    Changed,
    /// There is no app yet.
    Absent,
    /// Something has to be done that trueup refuses to do.
    Blocked,
}

/// What is asked for besides what a plan needs.
#[derive(Clone, Debug, Default)]
pub struct Besides {
    /// What the dynos run.
    pub release: Option<Release>,
    /// When the spec says that the environment is to go (RFC 3339).
    pub expires: Option<String>,
    /// Heroku's dyno sizes, when dynos run.
    pub sizes: Vec<DynoSizePrice>,
}

/// Whether dynos run, so that what they cost has to be known.
#[must_use]
pub fn has_dynos(world: &World) -> bool {
    world.formation.iter().any(|live| live.quantity > 0)
}

impl Status {
    /// From an environment's plan and what it was made from.
    #[must_use]
    pub fn of(plan: &Plan, world: &World, besides: Besides, now: OffsetDateTime) -> Self {
        let Besides { release, expires, sizes } = besides;
        Self {
            environment: plan.environment.clone(),
            app: plan.place.app.clone(),
            state: state(plan, world),
            changes: plan.entries().into_iter().map(|entry| entry.address).collect(),
            moved: moved(plan),
            blocked: plan.blocked.clone(),
            release,
            database_plan: database_plan(world),
            monthly_cents: monthly_cents(world, &sizes),
            oldest_key_days: oldest_key_days(world, now),
            expires,
        }
    }
}

fn state(plan: &Plan, world: &World) -> State {
    match &world.app {
        _ if !plan.blocked.is_empty() => State::Blocked,
        app::Observed::Absent => State::Absent,
        _ if !plan.steps.is_empty() => State::Changed,
        _ => State::InSync,
    }
}

fn moved(plan: &Plan) -> Option<Box<By>> {
    let moved = plan.origins.values().filter_map(|origin| origin.by.as_ref());
    moved.min_by_key(|by| by.release).cloned().map(Box::new)
}

/// Of `DATABASE`, else of the first Postgres that the app sees.
fn database_plan(world: &World) -> Option<String> {
    let main = AttachmentName::parse("DATABASE").ok()?;
    let main = world.attachment(&main).and_then(|attachment| world.addon_of(attachment));
    let any = || world.addon.iter().find(|addon| addon.service == "heroku-postgresql");
    main.or_else(any).map(|addon| addon.plan.clone())
}

/// The add-ons that are billed to the app, and its dynos.
fn monthly_cents(world: &World, sizes: &[DynoSizePrice]) -> Option<i64> {
    let Some(app) = world.app.live() else { return Some(0) };
    let addons = world.addon.iter().filter(|addon| addon.app_name == app.name);
    let addons: Option<i64> = addons.map(|addon| addon.price.as_ref().and_then(Price::monthly)).sum();
    let dynos: Option<i64> = world
        .formation
        .iter()
        .filter(|live| live.quantity > 0)
        .map(|live| Some(i64::from(live.quantity) * DynoSizePrice::monthly_of(sizes, live.size.as_deref()?)?))
        .sum();
    Some(addons? + dynos?)
}

fn oldest_key_days(world: &World, now: OffsetDateTime) -> Option<i64> {
    let active = world.access_key.values().flatten().filter(|key| key.active);
    active.map(|key| (now - key.created).whole_days().max(0)).max()
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::resource::testing::{key, world};
    use crate::spec::LocalName;

    const DATABASE: &str = "heroku-postgresql:standard-0";

    fn size(name: &str, cents: Option<i64>, unit: &str) -> DynoSizePrice {
        DynoSizePrice { name: name.to_owned(), cents, unit: unit.to_owned() }
    }

    fn priced(mut world: World, change: impl Fn(&mut Price)) -> World {
        let mut price = Price { cents: 5000, unit: "month".to_owned(), contract: false, metered: false };
        change(&mut price);
        for addon in &mut world.addon {
            addon.price = Some(price.clone());
        }
        world
    }

    #[test]
    fn what_a_month_costs_is_known_only_when_the_price_of_every_part_is() {
        let live = || world().with_addon("DATABASE", "ledger", DATABASE).with_dynos("web", 2, "Standard-1X");
        let sizes = [size("Standard-1X", Some(2500), "month"), size("Eco", None, "month")];
        let cost = |world: World| monthly_cents(&world, &sizes);
        assert_eq!(cost(World::default()), Some(0), "nothing is there");
        assert_eq!(cost(world()), Some(0));
        assert_eq!(cost(priced(live(), |_| ())), Some(10_000));
        assert_eq!(cost(priced(live().with_dynos("worker", 0, "eco"), |_| ())), Some(10_000), "none runs");
        assert_eq!(cost(priced(live().with_dynos("worker", 1, "eco"), |_| ())), None);
        assert_eq!(cost(priced(live(), |price| price.contract = true)), None);
        assert_eq!(cost(priced(live(), |price| price.metered = true)), None);
        assert_eq!(cost(priced(live(), |price| price.unit = "hour".to_owned())), None);
        let attached = priced(world().with_addon("CACHE", "elsewhere", "heroku-redis:mini"), |_| ());
        assert_eq!(cost(attached), Some(0), "another app pays for it");
    }

    #[test]
    fn the_database_is_the_one_of_that_name_or_else_any_postgres() {
        let plan = |world: World| database_plan(&world);
        assert_eq!(plan(world()), None);
        assert_eq!(plan(world().with_addon("CACHE", "ledger", "heroku-redis:mini")), None);
        assert_eq!(plan(world().with_addon("REPORTS", "ledger", DATABASE)).as_deref(), Some(DATABASE));
    }

    #[test]
    fn the_oldest_key_is_one_that_can_be_used() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(1000);
        let aged = |id: &str, days: i64, active: bool| {
            let mut key = key(id, 1);
            key.created = now - Duration::days(days);
            key.active = active;
            key
        };
        let mut world = world();
        assert_eq!(oldest_key_days(&world, now), None);
        let keys = vec![aged("AKIAONE", 12, true), aged("AKIATWO", 90, true), aged("AKIAOLD", 400, false)];
        world.access_key.insert(LocalName::parse("app").unwrap(), keys);
        assert_eq!(oldest_key_days(&world, now), Some(90));
        assert_eq!(oldest_key_days(&world, now - Duration::days(500)), Some(0), "clocks differ");
    }
}

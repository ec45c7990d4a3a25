//! From one plan to another: what of that is a change in place, and what takes a new database (heroku-api.md section 8.2).
//!
//! The add-on keeps its id and its name in place, and all apps that use it go along. What must not live here: the change
//! itself, which is in `change`.

use super::change::Change;
use super::{Named, SECTION};
use crate::cloud::CloudError;
use crate::cloud::heroku::Addon;
use crate::resource::{Cost, Draft, Look, World, formation};
use crate::spec::AddonPlan;

/// What is known of an add-on whose plan the spec changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Changing {
    /// Other apps that use it, each with the name that it has there.
    elsewhere: Vec<(String, String)>,
    /// How much a database holds, where Heroku tells. It grows all the time, and no plan rests on it.
    #[serde(skip)]
    bytes: Option<u64>,
}

/// How a database gets from one plan to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Heroku moves it, among databases that share servers.
    Shared,
    /// Heroku moves it, among databases with servers of their own.
    Dedicated,
    /// Only by way of a new database.
    NewDatabase,
    /// Heroku has a way of its own for the Advanced tier.
    Advanced,
    /// The plan is of earlier years, and takes no orders.
    Retired,
    /// It holds more than the disk of that many GB.
    TooLarge(u64),
}

/// The kinds of databases between which Heroku moves none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Retired,
    Essential,
    Common,
    Private,
    Shield,
    Advanced,
}

impl Family {
    fn of(plan: &str) -> Self {
        let tier = tier(plan);
        let begins = |names: &[&str]| names.iter().any(|name| tier.starts_with(name));
        match tier {
            _ if begins(&["advanced", "performance"]) => Self::Advanced,
            _ if begins(&["dev", "basic", "mini", "hobby"]) => Self::Retired,
            _ if begins(&["essential"]) => Self::Essential,
            _ if begins(&["shield"]) => Self::Shield,
            _ if begins(&["private"]) => Self::Private,
            _ => Self::Common,
        }
    }
}

fn tier(plan: &str) -> &str {
    plan.split_once(':').map_or("", |(_, tier)| tier)
}

/// The disk of a plan in GB, of those that are known.
fn disk(plan: &str) -> Option<u64> {
    let (family, level) = tier(plan).split_once('-')?;
    let known: &[(&str, u64)] = match family {
        "essential" => &[("0", 1), ("1", 10), ("2", 32)],
        "standard" | "premium" | "private" | "shield" => {
            &[("0", 64), ("2", 256), ("3", 512), ("4", 768), ("5", 1024), ("6", 1536), ("7", 2048)]
        }
        _ => return None,
    };
    known.iter().find(|(name, _)| *name == level).map(|(_, size)| *size)
}

const GB: u64 = 1 << 30;

fn class(before: &str, after: &str, bytes: Option<u64>) -> Class {
    match (Family::of(before), Family::of(after)) {
        (Family::Advanced, _) | (_, Family::Advanced) => Class::Advanced,
        (_, Family::Retired) => Class::Retired,
        (one, other) if one != other => Class::NewDatabase,
        (family, _) => match disk(after).filter(|disk| bytes.is_some_and(|bytes| bytes > disk * GB)) {
            Some(disk) => Class::TooLarge(disk),
            None if family == Family::Essential => Class::Shared,
            None => Class::Dedicated,
        },
    }
}

/// Asks for what a change of plan touches.
pub(super) async fn ask(look: &Look<'_>, addon: &Addon, wanted: &AddonPlan) -> Result<(), CloudError> {
    let heroku = &look.clouds().heroku;
    let bytes =
        async { if wanted.is_postgres() { heroku.database_bytes(&addon.id).await } else { Ok(None) } };
    let (attachments, bytes) = tokio::try_join!(heroku.attachments_of_addon(&addon.id), bytes)?;
    let elsewhere = attachments.into_iter().filter(|one| one.app_name != addon.app_name);
    let mut elsewhere: Vec<_> = elsewhere.map(|one| (one.app_name, one.name)).collect();
    elsewhere.sort();
    look.note(|catalog| catalog.will_change(&addon.id, Changing { elsewhere, bytes }));
    Ok(())
}

/// Decides what becomes of an add-on whose plan is another one.
pub(super) fn change(named: &Named<'_>, live: &Addon, world: &World, draft: &mut Draft) {
    let Named { name, wanted } = *named;
    let (before, after) = (live.plan.as_str(), &wanted.plan);
    let known = world.catalog.changing(&live.id).cloned().unwrap_or_default();
    let mut blocked = |reason: String, advice: String| {
        draft.blocked(SECTION.address(name).part("plan"), format!("{before} → {after} {reason}"), advice);
    };
    if live.service != after.service() {
        return blocked(
            "would replace the add-on and lose what it holds".to_owned(),
            format!("add the new one under another name, move the data, then remove `{name}`"),
        );
    }
    let class = after.is_postgres().then(|| class(before, after.as_str(), known.bytes));
    if let Some((reason, advice)) = class.and_then(|class| refused(class, named, before, (world, &known))) {
        return blocked(reason, advice);
    }
    draft.change(Change::ChangePlan {
        name: name.clone(),
        addon_id: live.id.clone(),
        before: live.plan.clone(),
        after: after.clone(),
        cost: Cost {
            before_cents: live.monthly_at_most().unwrap_or_default(),
            after_cents: world.catalog.monthly_cents(after).unwrap_or_default(),
        },
        // A database that is moved has another address, which the dynos learn by a restart.
        restarts: if class.is_some() { formation::running(world) } else { Vec::new() },
        notes: notes(class, &known),
    });
}

/// Why a database's plan cannot become that one, and what to do instead; nothing when Heroku moves it.
fn refused(
    class: Class,
    Named { name, wanted }: &Named<'_>,
    before: &str,
    (world, known): (&World, &Changing),
) -> Option<(String, String)> {
    let after = &wanted.plan;
    match class {
        Class::Shared | Class::Dedicated => None,
        Class::NewDatabase => {
            let app = world.app.live().map_or_else(String::new, |app| app.name.clone());
            Some((
                format!("would replace the database: Heroku moves none between those{}", known.told()),
                format!(
                    "order the new one beside it (`NEW: {{ plan: \"{after}\" }}` at addons); then stop writes \
                     (heroku maintenance:on -a {app}), copy (heroku pg:copy {name} NEW -a {app} --confirm {app}, minutes \
                     a gigabyte), and give it the name (heroku pg:promote NEW -a {app})"
                ),
            ))
        }
        Class::Advanced => Some((
            format!("is no change of plan: the Advanced tier has a way of its own{}", known.told()),
            format!("see `heroku data:pg:migrate --help`, or write `plan: \"{before}\"`"),
        )),
        Class::Retired => {
            let today = after.name_of_today().unwrap_or("heroku-postgresql:essential-0");
            Some((
                "cannot be: that plan takes no orders any more".to_owned(),
                format!("write `plan: \"{today}\"`, or leave `plan: \"{before}\"`"),
            ))
        }
        Class::TooLarge(disk) => {
            let held = known.bytes.unwrap_or_default().div_ceil(GB);
            Some((
                format!("cannot be: the database holds {held} GB, and the disk of that plan has {disk} GB"),
                format!("delete data first, or write a larger plan or `plan: \"{before}\"`"),
            ))
        }
    }
}

/// What happens, how long it takes, and who is touched.
fn notes(class: Option<Class>, known: &Changing) -> Vec<String> {
    let happens: &[&str] = match class {
        Some(Class::Shared) => {
            &["moved in the background, then under a minute without the database", "its URL changes"]
        }
        Some(Class::Dedicated) => &[
            "moved in the background for up to hours while the app runs, then under a minute without the database",
            "its URL changes, its version stays, followers go along",
        ],
        _ => &[],
    };
    let happens = happens.iter().map(|note| (*note).to_owned());
    let elsewhere =
        known.elsewhere.iter().map(|(app, name)| format!("touches the app {app} too (as {name})"));
    happens.chain(elsewhere).collect()
}

impl Changing {
    /// Who else uses the add-on, at the end of a sentence.
    fn told(&self) -> String {
        let elsewhere = self.elsewhere.iter().map(|(app, name)| format!("the app {app} (as {name})"));
        let elsewhere: Vec<String> = elsewhere.collect();
        if elsewhere.is_empty() { String::new() } else { format!("; also used by {}", elsewhere.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{changes, want, world};
    use crate::resource::{Catalog, Operation};

    fn planned(before: &str, after: &str, known: Changing) -> Draft {
        let plan = |tier: &str| format!("heroku-postgresql:{tier}");
        let mut world = world().with_addon("DATABASE", "ledger", &plan(before)).with_dynos("web", 1, None);
        world.catalog = Catalog::default();
        world.catalog.will_change("addon-0", known);
        want(&format!("addons: {{ DATABASE: {{ plan: \"{}\" }} }}", plan(after)))
            .diff::<super::super::Kind>(&world)
    }

    #[test]
    fn every_pair_of_plans_has_its_class() {
        for (before, after, gb, expected) in [
            ("essential-0", "essential-2", 0, Class::Shared),
            ("essential-2", "essential-0", 0, Class::Shared),
            ("essential-2", "essential-0", 2, Class::TooLarge(1)),
            ("standard-0", "standard-2", 60, Class::Dedicated),
            ("standard-2", "standard-0", 60, Class::Dedicated),
            ("standard-2", "standard-0", 70, Class::TooLarge(64)),
            ("standard-0", "premium-0", 60, Class::Dedicated),
            ("premium-5", "standard-4", 900, Class::TooLarge(768)),
            ("standard-0", "standard-97", 900, Class::Dedicated),
            ("standard-yanari", "standard-2", 0, Class::Dedicated),
            ("private-0", "private-2", 0, Class::Dedicated),
            ("shield-0", "shield-2", 0, Class::Dedicated),
            ("essential-2", "standard-0", 0, Class::NewDatabase),
            ("standard-0", "essential-2", 0, Class::NewDatabase),
            ("standard-0", "private-0", 0, Class::NewDatabase),
            ("private-0", "shield-0", 0, Class::NewDatabase),
            ("mini", "essential-1", 0, Class::NewDatabase),
            ("basic", "standard-0", 0, Class::NewDatabase),
            ("hobby-dev", "standard-0", 0, Class::NewDatabase),
            ("dev", "premium-0", 0, Class::NewDatabase),
            ("standard-0", "advanced-small", 0, Class::Advanced),
            ("advanced-small", "standard-0", 0, Class::Advanced),
            ("performance-1", "performance-2", 0, Class::Advanced),
            ("standard-0", "hobby-basic", 0, Class::Retired),
        ] {
            let plan = |tier: &str| format!("heroku-postgresql:{tier}");
            let found = class(&plan(before), &plan(after), Some(gb * GB));
            assert_eq!(found, expected, "{before} → {after} with {gb} GB");
        }
    }

    #[test]
    fn a_size_that_is_not_told_refuses_nothing() {
        let of = |plan: &str| class("heroku-postgresql:standard-7", plan, None);
        assert_eq!(of("heroku-postgresql:standard-0"), Class::Dedicated);
    }

    #[test]
    fn a_move_in_place_says_what_happens_how_long_and_to_whom() {
        let elsewhere = vec![("reports".to_owned(), "LEDGER".to_owned())];
        let draft = planned("standard-0", "standard-2", Changing { elsewhere, bytes: None });
        assert_eq!(changes(&draft), ["update addons.DATABASE"]);
        let effects = draft.changes[0].effects();
        assert_eq!((effects.releases, effects.restarts), (1, vec!["web".to_owned()]));
        assert_eq!(
            effects.notes,
            [
                "moved in the background for up to hours while the app runs, then under a minute without the database",
                "its URL changes, its version stays, followers go along",
                "touches the app reports too (as LEDGER)",
            ]
        );
        let shared = planned("essential-0", "essential-1", Changing::default());
        assert!(shared.changes[0].effects().notes[0].starts_with("moved in the background, then under"));
    }

    #[test]
    fn what_takes_a_new_database_is_refused_with_the_whole_way() {
        let elsewhere = vec![("reports".to_owned(), "LEDGER".to_owned())];
        let draft = planned("essential-0", "standard-0", Changing { elsewhere, bytes: None });
        let [blocked] = draft.blocked.as_slice() else { panic!("{draft:?}") };
        assert!(draft.changes.is_empty());
        assert_eq!(blocked.address.as_str(), "addons.DATABASE.plan");
        assert!(blocked.reason.ends_with("also used by the app reports (as LEDGER)"), "{}", blocked.reason);
        for step in [
            "`NEW: { plan: \"heroku-postgresql:standard-0\" }`",
            "heroku maintenance:on -a ledger",
            "heroku pg:copy DATABASE NEW -a ledger --confirm ledger",
            "heroku pg:promote NEW -a ledger",
        ] {
            assert!(blocked.advice.contains(step), "{}", blocked.advice);
        }
    }

    #[test]
    fn what_heroku_would_refuse_is_refused_before() {
        let large = Changing { bytes: Some(70 * GB), ..Changing::default() };
        for (before, after, known, words) in [
            ("standard-2", "standard-0", large, "holds 70 GB, and the disk of that plan has 64 GB"),
            ("standard-0", "advanced-small", Changing::default(), "the Advanced tier has a way of its own"),
            ("standard-0", "hobby-basic", Changing::default(), "takes no orders any more"),
        ] {
            let draft = planned(before, after, known);
            assert!(draft.changes.is_empty());
            assert!(draft.blocked[0].reason.contains(words), "{}", draft.blocked[0].reason);
        }
    }
}

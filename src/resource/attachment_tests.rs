//! What a name of the app stands for × what the spec wants it to.

#![cfg(test)]

use super::{Kind, name_payers};
use crate::cloud::heroku::{Addon, AddonState};
use crate::resource::testing::{changes, outcome, paths, want, world};
use crate::resource::{Catalog, Draft, Operation, Output, World};
use crate::spec::{AddonName, AttachmentName};

/// A world in which `CACHE` stands for another app's add-on `postgresql-cache`.
fn attached() -> World {
    world().with_addon("CACHE", "another", "heroku-redis:mini")
}

fn diff(keys: &str, world: &World) -> Draft {
    want(&format!("addons: {{ CACHE: {{ {keys} }} }}")).diff::<Kind>(world)
}

const SHARED: &str = "attach: postgresql-cache";

#[test]
fn another_apps_addon_is_attached_moved_or_left_alone() {
    assert_eq!(changes(&diff(SHARED, &world())), ["create addons.CACHE"]);
    assert_eq!(outcome(&diff(SHARED, &attached())), ["unchanged 1"]);
    let mut other = attached();
    other.attachment[0].addon_name = "redis-other".to_owned();
    let draft = diff(SHARED, &other);
    assert_eq!(changes(&draft), ["update addons.CACHE"]);
    assert_eq!(draft.changes[0].effects().releases, 2, "a detach and an attach");
}

#[test]
fn an_addon_is_known_by_its_id_too() {
    let mut world = attached();
    world.attachment[0].addon_id = "ab12cd34-0000-4000-8000-000000000001".to_owned();
    let draft = diff("attach: ab12cd34-0000-4000-8000-000000000001", &world);
    assert_eq!(outcome(&draft), ["unchanged 1"]);
}

#[test]
fn the_apps_own_addon_is_never_detached_for_another_one() {
    let mut world = world().with_addon("CACHE", "ledger", "heroku-redis:mini");
    world.attachment[0].addon_name = "redis-own".to_owned();
    assert_eq!(outcome(&diff("attach: redis-shared", &world)), ["blocked addons.CACHE"]);
}

#[test]
fn who_pays_for_an_addon_is_known_from_either_list() {
    let mut world = attached();
    world.attachment[0].addon_app.clear();
    name_payers(&mut world.attachment, &world.addon);
    assert_eq!(world.attachment[0].addon_app, "another");
}

#[test]
fn a_name_that_moves_makes_room_for_no_var_that_somebody_set() {
    let live = || {
        let mut world = attached().with_config(&[("CACHE_URL", "redis"), ("CACHE_SERVERS", "mine")]);
        world.attachment[0].addon_name = "redis-other".to_owned();
        let name = AddonName::parse("memcachier-cache").unwrap();
        let addon = Addon { service: "memcachier".to_owned(), ..world.addon[0].clone() };
        world.catalog = Catalog::with_addon(&name, Some(addon));
        world
    };
    let moved = "attach: memcachier-cache";
    assert_eq!(outcome(&diff(moved, &live())), ["blocked addons.CACHE"]);
    // What stands under the name now may own it: Heroku need not tell.
    let mut silent = live();
    silent.attachment[0].config_vars.clear();
    assert_eq!(changes(&diff(moved, &silent)), ["update addons.CACHE"]);
}

#[test]
fn one_of_the_wrong_part_is_not_right() {
    let (update, unchanged) = ("update addons.CACHE", "unchanged 1");
    for (keys, live, expected) in [
        ("", None, unchanged),
        ("", Some("credential:default"), unchanged),
        ("", Some("credential:readonly"), update),
        (", credential: readonly", None, update),
        (", credential: readonly", Some("credential:readonly"), unchanged),
        (", credential: readonly", Some("credential:other"), update),
        (", credential: default", None, unchanged),
        (", namespace: \"credential:readonly\"", Some("credential:readonly"), unchanged),
        (", pool: true", Some("connection-pooling:default"), unchanged),
        (", pool: true", None, update),
        (", pool: false", None, unchanged),
    ] {
        let mut world = attached();
        world.attachment[0].namespace = live.map(str::to_owned);
        let draft = diff(&format!("{SHARED}{keys}"), &world);
        assert_eq!(outcome(&draft), [expected], "{keys} {live:?}");
        if expected == update {
            assert_eq!(paths(&draft), ["namespace"], "the add-on is the same");
        }
    }
}

#[test]
fn another_part_of_the_apps_own_addon_takes_nothing_away() {
    let own = world().with_addon("CACHE", "ledger", "heroku-postgresql:standard-0");
    let draft = diff("attach: postgresql-cache, credential: readonly", &own);
    assert_eq!(outcome(&draft), ["update addons.CACHE"]);
}

#[test]
fn an_attachment_without_its_var_is_told_with_its_repair() {
    let mut world = attached();
    world.config = crate::resource::config::Observed::default();
    let draft = diff(SHARED, &world);
    assert_eq!(outcome(&draft), ["blocked addons.CACHE"]);
    assert_eq!(
        draft.blocked[0].advice,
        "attach it anew: heroku addons:detach CACHE -a ledger && \
         heroku addons:attach postgresql-cache --as CACHE -a ledger"
    );
}

#[test]
fn a_var_set_by_hand_is_in_the_way_of_an_attachment_too() {
    let draft = diff(SHARED, &world().with_config(&[("CACHE_URL", "by hand")]));
    assert_eq!(outcome(&draft), ["blocked addons.CACHE"]);
}

/// A world in which Heroku said this of the add-on that is to be attached.
fn asked(found: Option<AddonState>) -> World {
    let name = AddonName::parse("postgresql-cache").unwrap();
    let addon = found.map(|state| Addon { state, ..attached().addon.remove(0) });
    World { catalog: Catalog::with_addon(&name, addon), ..world() }
}

#[test]
fn what_is_to_be_attached_is_looked_up_before_anything_is_written() {
    for (found, expected) in [
        (Some(AddonState::Provisioned), "create addons.CACHE"),
        (Some(AddonState::Provisioning), "create addons.CACHE"),
        (Some(AddonState::Deprovisioning), "blocked addons.CACHE"),
        (None, "mistake addons.CACHE.attach"),
    ] {
        assert_eq!(outcome(&diff(SHARED, &asked(found.clone()))), [expected], "{found:?}");
    }
}

#[test]
fn the_vars_in_the_way_are_those_of_its_service() {
    let mut world = asked(Some(AddonState::Provisioned)).with_config(&[("CACHE_SERVERS", "by hand")]);
    assert_eq!(outcome(&diff(SHARED, &world)), ["create addons.CACHE"], "a redis sets its URL alone");
    let name = AddonName::parse("postgresql-cache").unwrap();
    let memcachier = Addon { service: "memcachier".to_owned(), ..attached().addon.remove(0) };
    world.catalog = Catalog::with_addon(&name, Some(memcachier));
    assert_eq!(outcome(&diff(SHARED, &world)), ["blocked addons.CACHE"]);
}

const OWN: &str = "addons:
  DATABASE: { plan: \"heroku-postgresql:standard-0\" }
  READER: { attach: DATABASE }
  REPORTS: { attach: DATABASE, credential: readonly }
";

#[test]
fn an_addon_of_the_same_spec_is_attached_once_it_is_there_and_its_credential_is_made() {
    let draft = want(OWN).diff::<Kind>(&world());
    assert_eq!(changes(&draft), ["create addons.READER", "create addons.REPORTS", "create addons.REPORTS"]);
    let database = Output::AddonReady(AttachmentName::parse("DATABASE").unwrap());
    for change in &draft.changes {
        assert!(change.needs().contains(&database));
    }
    let [_, credential, reports] = draft.changes.as_slice() else { panic!("{draft:?}") };
    assert!(reports.needs().contains(&credential.gives()[0]));
}

#[test]
fn names_of_the_same_addon_are_compared_by_what_they_stand_for() {
    let mut live = world()
        .with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0")
        .attached("READER", "addon-0")
        .attached("REPORTS", "addon-0");
    live.attachment[2].namespace = Some("credential:readonly".to_owned());
    assert_eq!(outcome(&want(OWN).diff::<Kind>(&live)), ["unchanged 2"]);
    // One that stands for another part is moved, and the add-on is the same.
    live.attachment[1].namespace = Some("credential:readonly".to_owned());
    let draft = want(OWN).diff::<Kind>(&live);
    assert_eq!(
        (changes(&draft), paths(&draft)),
        (vec!["update addons.READER".to_owned()], vec!["namespace".to_owned()])
    );
}

#[test]
fn a_name_that_stands_for_another_of_the_apps_own_moves_when_that_has_one_left() {
    let live = world()
        .with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0")
        .with_addon("OLD", "ledger", "heroku-postgresql:standard-0")
        .attached("READER", "addon-1");
    let spec = OWN.replace("  REPORTS: { attach: DATABASE, credential: readonly }\n", "");
    assert_eq!(outcome(&want(&spec).diff::<Kind>(&live)), ["update addons.READER"]);
    let mut only = live;
    only.attachment.retain(|one| one.name != "OLD");
    assert_eq!(outcome(&want(&spec).diff::<Kind>(&only)), ["blocked addons.READER"]);
}

#[test]
fn what_an_addon_of_the_spec_cannot_be_attached_as_is_a_mistake_of_the_spec() {
    let name = crate::spec::EnvironmentName::parse("production").unwrap();
    let mistakes = |addons: &str| {
        let text = format!("app: {{ name: ledger }}\naddons: {{ {addons} }}");
        crate::spec::parse(&name, &text).err().map(|error| format!("{error:?}")).unwrap_or_default()
    };
    for (addons, words) in [
        ("ONE: { attach: shared-redis }, TWO: { attach: ONE }", "write `attach: shared-redis`"),
        (
            "DB: { plan: \"heroku-postgresql:essential-0\" }, TWO: { attach: DB, credential: readonly }",
            "which has its default credential alone",
        ),
        ("DB: { plan: \"heroku-redis:mini\" }, TWO: { attach: DB, pool: true }", "is no database"),
        ("DB: { plan: \"heroku-redis:mini\" }, TWO: { attach: DB }", ""),
        ("CACHE: { attach: CACHE }", ""),
    ] {
        let found = mistakes(addons);
        assert!(found.contains(words) && found.is_empty() == words.is_empty(), "{addons}: {found}");
    }
}

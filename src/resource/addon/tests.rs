//! Add-ons and attachments: what the app has under a name × what the spec wants there.

#![cfg(test)]

use super::{Kind, missing_plans};
use crate::cloud::heroku::AddonState;

use crate::resource::testing::{changes, reasons, want, world};
use crate::resource::{Catalog, Draft, Operation, Output, World};
use crate::spec::{AddonPlan, AttachmentName};

const STANDARD: &str = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";

fn with_database(plan: &str) -> World {
    world().with_addon("DATABASE", "ledger", plan)
}

fn blocked(draft: &Draft) -> Vec<&str> {
    draft.blocked.iter().map(|one| one.address.as_str()).collect()
}

#[test]
fn an_addon_that_is_there_is_left_alone() {
    let draft = want(STANDARD).diff::<Kind>(&with_database("heroku-postgresql:standard-0"));
    assert!(draft.changes.is_empty() && draft.blocked.is_empty());
    assert_eq!(draft.unchanged, 1);
}

#[test]
fn an_addon_that_a_killed_run_ordered_is_waited_for_and_not_ordered_again() {
    let mut world = with_database("heroku-postgresql:standard-0");
    world.addon[0].state = AddonState::Provisioning;
    let draft = want(STANDARD).diff::<Kind>(&world);
    assert_eq!(changes(&draft), ["update addons.DATABASE"]);
    assert_eq!(reasons(&draft), ["ordered before, and not ready yet"]);
}

#[test]
fn a_var_set_by_hand_is_never_overwritten_by_an_order() {
    let live = world().with_config(&[("DATABASE_URL", "postgres://elsewhere"), ("DATABASE_POOL", "5")]);
    let draft = want(STANDARD).diff::<Kind>(&live);
    assert_eq!(blocked(&draft), ["addons.DATABASE"]);
    assert!(draft.changes.is_empty() && draft.warnings.is_empty());
    assert_eq!(
        draft.blocked[0].reason,
        "`DATABASE_URL` is set by hand on the app, and the add-on would overwrite it"
    );
    assert!(
        draft.blocked[0].advice.ends_with(
            "heroku config:set OLD_DATABASE_URL=\"$(heroku config:get DATABASE_URL -a ledger)\" -a ledger \
             && heroku config:unset DATABASE_URL -a ledger"
        ),
        "{}",
        draft.blocked[0].advice
    );
}

#[test]
fn a_database_that_lost_its_name_is_not_doubled_whatever_its_plan() {
    for plan in ["heroku-postgresql:standard-0", "heroku-postgresql:premium-2", "heroku-postgresql:mini"] {
        let world = world().with_addon("HEROKU_POSTGRESQL_COPPER", "ledger", plan);
        let draft = want(STANDARD).diff::<Kind>(&world);
        assert_eq!(blocked(&draft), ["addons.DATABASE"], "{plan}");
        assert!(draft.changes.is_empty(), "{plan}");
        let advice = &draft.blocked[0].advice;
        let line = "heroku addons:attach postgresql-heroku_postgresql_copper --as DATABASE -a ledger";
        assert!(advice.contains(line), "{advice}");
    }
}

#[test]
fn two_names_of_one_database_are_not_the_two_that_a_spec_asks_for() {
    let live = with_database("heroku-postgresql:standard-0").attached("COPPER", "addon-0");
    let plan = "{ plan: \"heroku-postgresql:standard-0\" }";
    let both = format!("addons: {{ COPPER: {plan}, DATABASE: {plan} }}");
    let draft = want(&both).diff::<Kind>(&live);
    assert_eq!((blocked(&draft), draft.unchanged), (vec!["addons.DATABASE"], 1));
    assert!(draft.blocked[0].advice.contains("write `DATABASE: { attach: COPPER }`"), "{:?}", draft.blocked);
    assert!(blocked(&want(STANDARD).diff::<Kind>(&live)).is_empty(), "one name is enough to ask for one");
}

#[test]
fn what_a_new_database_does_not_double_is_not_in_its_way() {
    let orders = |yaml: &str, world: &World| changes(&want(yaml).diff::<Kind>(world));
    let order = ["create addons.DATABASE", "create addons.DATABASE"];
    let plan = "heroku-postgresql:standard-0";
    let borrowed = world().with_addon("COPPER", "another", plan);
    assert_eq!(orders(STANDARD, &borrowed), order, "another app's");
    let cache = world().with_addon("CACHE", "ledger", "heroku-redis:mini");
    assert_eq!(orders(STANDARD, &cache), order, "another service's");
    let mut going = world().with_addon("COPPER", "ledger", plan);
    going.addon[0].state = AddonState::Deprovisioning;
    assert_eq!(orders(STANDARD, &going), order, "one that is being removed");
    let named = world().with_addon("REPLICA", "ledger", plan);
    assert_eq!(orders(TWO, &named), order, "one that the spec names");
    let attached =
        format!("{STANDARD}\n").replace("addons: {", "addons: { OLD: { attach: postgresql-copper },");
    assert_eq!(
        orders(&attached, &world().with_addon("COPPER", "ledger", plan)),
        order,
        "one that it attaches"
    );
}

#[test]
fn a_cache_may_be_doubled_unless_it_is_protected() {
    let world = world().with_addon("OLD", "ledger", "heroku-redis:mini");
    let draft = want("addons: { CACHE: { plan: \"heroku-redis:mini\" } }").diff::<Kind>(&world);
    assert!(draft.blocked.is_empty());
    let draft =
        want("addons: { CACHE: { plan: \"heroku-redis:mini\", protect: true } }").diff::<Kind>(&world);
    assert_eq!(blocked(&draft), ["addons.CACHE"]);
}

#[test]
fn vars_that_a_service_may_set_are_named_and_block_nothing() {
    let want = want("addons: { FILES: { plan: \"bucketeer:hobbyist\" } }");
    let draft = want.diff::<Kind>(&world().with_config(&[("FILES_REGION", "by hand")]));
    assert_eq!(changes(&draft), ["create addons.FILES", "create addons.FILES"]);
    assert_eq!(draft.warnings.len(), 1);
    assert!(draft.warnings[0].reason.contains("`FILES_REGION` is set by hand"));
}

#[test]
fn a_plan_of_the_same_family_changes_in_place() {
    let draft = want(STANDARD).diff::<Kind>(&with_database("heroku-postgresql:standard-2"));
    assert_eq!(changes(&draft), ["update addons.DATABASE"]);
    assert!(draft.blocked.is_empty());
}

#[test]
fn nothing_replaces_a_database_or_what_another_service_holds() {
    for live in ["heroku-postgresql:essential-0", "heroku-postgresql:mini", "heroku-redis:mini"] {
        let draft = want(STANDARD).diff::<Kind>(&with_database(live));
        assert_eq!(blocked(&draft), ["addons.DATABASE.plan"], "{live}");
        assert!(draft.changes.is_empty(), "{live}");
    }
}

#[test]
fn another_apps_addon_under_the_name_is_refused_with_the_line_to_write() {
    let world = world().with_addon("DATABASE", "another", "heroku-postgresql:standard-0");
    let draft = want(STANDARD).diff::<Kind>(&world);
    assert_eq!(blocked(&draft), ["addons.DATABASE"]);
    assert!(
        draft.blocked[0].advice.contains("{ attach: postgresql-database }"),
        "{}",
        draft.blocked[0].advice
    );
}

#[test]
fn what_the_spec_does_not_name_is_reported_and_a_colour_of_what_it_names_is_not() {
    let world = with_database("heroku-postgresql:standard-0").attached("HEROKU_POSTGRESQL_COPPER", "addon-0");
    assert!(want(STANDARD).diff::<Kind>(&world).unmanaged.is_empty());
    let world = world.with_addon("CACHE", "ledger", "heroku-redis:mini");
    let draft = want(STANDARD).diff::<Kind>(&world);
    assert_eq!(draft.unmanaged.len(), 1);
    assert_eq!(draft.unmanaged[0].address.as_str(), "addons.CACHE");
}

const TWO: &str = "addons:
  DATABASE: { plan: \"heroku-postgresql:standard-0\" }
  REPLICA: { plan: \"heroku-postgresql:standard-0\" }
";

#[test]
fn a_plan_is_asked_for_while_an_attachment_of_the_spec_lacks_it() {
    let want = want(TWO);
    let asked = |world: &World| missing_plans(want.desired().spec(), &world.addon, &world.attachment).len();
    assert_eq!(asked(&world()), 1, "once, though two ask for it");
    let one = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    assert_eq!(asked(&one), 1, "the second has a price too");
    let both = one.with_addon("REPLICA", "ledger", "heroku-postgresql:standard-0");
    assert_eq!(asked(&both), 0, "a plan without changes costs no call");
}

#[test]
fn a_plan_that_heroku_does_not_offer_is_a_mistake_with_those_that_it_does() {
    let plan = AddonPlan::parse("heroku-postgresql:standard-0").unwrap();
    let catalog = Catalog::without_plan(&plan, &["heroku-postgresql:standard-2"]);
    let draft = want(TWO).diff::<Kind>(&World { catalog, ..World::default() });
    let keys: Vec<&str> = draft.mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(keys, ["addons.DATABASE.plan", "addons.REPLICA.plan"]);
    assert_eq!(
        draft.mistakes[0].help.as_deref(),
        Some("did you mean `heroku-postgresql:standard-2`? heroku-postgresql has the plans standard-2")
    );
}

#[test]
fn an_addon_that_was_ordered_between_two_reads_is_waited_for() {
    let mut world = with_database("heroku-postgresql:standard-0");
    world.addon.clear();
    let draft = want(STANDARD).diff::<Kind>(&world);
    assert!(draft.blocked.is_empty(), "it is the app's own, whatever the older list shows");
    assert_eq!(reasons(&draft), ["ordered before, and not ready yet"]);
}

#[test]
fn a_database_is_ordered_after_the_one_that_it_is_made_from_is_ready() {
    for origin in ["LEADER", "LEADER_URL", "leader", "\"ledger::LEADER\""] {
        let yaml = format!(
            "addons:\n  COPY: {{ plan: \"heroku-postgresql:standard-0\", config: {{ fork: {origin} }} }}\n  \
             LEADER: {{ plan: \"heroku-postgresql:standard-0\" }}\n"
        );
        let draft = want(&yaml).diff::<Kind>(&world());
        let leader = AttachmentName::parse("LEADER").unwrap();
        assert!(draft.changes[0].needs().contains(&Output::AddonReady(leader)), "{origin}");
    }
}

#[test]
fn a_circle_of_origins_is_found_offline_and_foreign_names_are_left_alone() {
    let name = crate::spec::EnvironmentName::parse("production").unwrap();
    let found = |from: &str, to: &str| {
        let yaml = format!(
            "app: {{ name: ledger }}\naddons:\n  \
             A: {{ plan: \"heroku-postgresql:standard-0\", config: {{ fork: {from} }} }}\n  \
             B: {{ plan: \"heroku-postgresql:standard-0\", config: {{ fork: {to} }} }}\n"
        );
        crate::spec::parse(&name, &yaml).err().map(|error| format!("{error:?}")).unwrap_or_default()
    };
    let circle = found("B", "A_URL");
    assert!(circle.contains("addons.A.config.fork") && circle.contains("addons.B.config.fork"));
    let itself = found("A", "A");
    assert!(itself.contains("addons.A.config.fork") && !itself.contains("addons.B.config.fork"));
    assert_eq!(found("B", "postgresql-curved-12345"), "");
    assert_eq!(found("\"other::B\"", "other"), "");
    assert!(found("\"ledger::B\"", "a_url").contains("addons.B.config.fork"));
}

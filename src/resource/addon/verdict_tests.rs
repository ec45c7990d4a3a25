//! A live add-on in every state: what is waited for, what is told with its repair, what is only told.

#![cfg(test)]

use crate::cloud::heroku::AddonState;
use crate::resource::addon::Kind;
use crate::resource::testing::{outcome, reasons, want, world};
use crate::resource::{Draft, Operation, World};
use crate::secret::Secret;

const SPEC: &str = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";

fn live() -> World {
    world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0")
}

fn diff(world: &World) -> Draft {
    want(SPEC).diff::<Kind>(world)
}

fn without_var(mut world: World, var: &str) -> World {
    let mut vars = world.config.vars().clone();
    vars.remove(var);
    world.config = vars.into();
    world
}

#[test]
fn only_what_passes_by_itself_is_waited_for() {
    for (state, expected) in [
        (AddonState::Provisioned, &["unchanged 1"][..]),
        (AddonState::Provisioning, &["update addons.DATABASE"]),
        (AddonState::Deprovisioning, &["blocked addons.DATABASE"]),
        (AddonState::Deprovisioned, &["blocked addons.DATABASE"]),
        (AddonState::Other("resting".to_owned()), &["warning addons.DATABASE", "unchanged 1"]),
        (AddonState::Other(String::new()), &["warning addons.DATABASE", "unchanged 1"]),
    ] {
        let mut world = live();
        world.addon[0].state = state.clone();
        assert_eq!(outcome(&diff(&world)), expected, "{state:?}");
    }
}

#[test]
fn an_addon_that_the_provider_gave_up_on_says_how_to_order_it_anew() {
    let mut world = live();
    world.addon[0].state = AddonState::Deprovisioned;
    let advice = &diff(&world).blocked[0].advice;
    assert!(advice.ends_with("heroku addons:destroy postgresql-database -a ledger"), "{advice}");
}

#[test]
fn a_var_that_is_gone_for_good_is_told_with_its_repair_and_not_waited_for() {
    let draft = diff(&without_var(live(), "DATABASE_URL"));
    assert_eq!(outcome(&draft), ["blocked addons.DATABASE"]);
    let blocked = &draft.blocked[0];
    assert!(blocked.reason.contains("`DATABASE_URL` is not set"), "{}", blocked.reason);
    assert_eq!(
        blocked.advice,
        "attach it anew: heroku addons:attach postgresql-database --as DATABASE_SPARE -a ledger && \
         heroku addons:detach DATABASE -a ledger && \
         heroku addons:attach postgresql-database --as DATABASE -a ledger && \
         heroku addons:detach DATABASE_SPARE -a ledger"
    );
}

#[test]
fn a_second_name_of_the_same_addon_makes_the_repair_shorter() {
    let world = live().attached("COPPER", "addon-0");
    let draft = diff(&without_var(world, "DATABASE_URL"));
    assert_eq!(
        draft.blocked[0].advice,
        "attach it anew: heroku addons:detach DATABASE -a ledger && \
         heroku addons:attach postgresql-database --as DATABASE -a ledger"
    );
}

#[test]
fn a_var_that_another_name_lost_is_not_this_ones() {
    let world = live().attached("COPPER", "addon-0");
    assert_eq!(outcome(&diff(&without_var(world, "COPPER_URL"))), ["unchanged 1"]);
}

#[test]
fn a_list_without_vars_is_made_up_for_by_the_addons_own() {
    let mut world = without_var(live(), "DATABASE_URL");
    world.attachment[0].config_vars.clear();
    world.addon[0].config_vars = vec!["DATABASE_URL".to_owned(), "OTHER_URL".to_owned()];
    assert_eq!(outcome(&diff(&world)), ["blocked addons.DATABASE"]);
    world.addon[0].config_vars.clear();
    assert_eq!(outcome(&diff(&world)), ["unchanged 1"], "what sets no vars lacks none");
}

#[test]
fn an_empty_var_is_the_providers_word_and_nothing_to_wait_for() {
    let mut world = live();
    let mut vars = world.config.vars().clone();
    vars.insert("DATABASE_URL".to_owned(), Secret::new(""));
    world.config = vars.into();
    let draft = diff(&world);
    assert_eq!(outcome(&draft), ["warning addons.DATABASE", "unchanged 1"]);
    assert!(draft.warnings[0].reason.contains("`DATABASE_URL` to nothing"), "{:?}", draft.warnings);
}

#[test]
fn a_name_that_stands_for_a_part_of_the_database_is_not_the_database() {
    let mut world = live();
    world.attachment[0].namespace = Some("credential:readonly".to_owned());
    let draft = diff(&world);
    assert_eq!(outcome(&draft), ["blocked addons.DATABASE"]);
    let advice = &draft.blocked[0].advice;
    let lines = [
        "heroku addons:attach postgresql-database --as DATABASE -a ledger --confirm ledger",
        "`DATABASE: { attach: postgresql-database, namespace: \"credential:readonly\" }`",
    ];
    assert!(lines.iter().all(|line| advice.contains(line)), "{advice}");
    world.attachment[0].namespace = Some("credential:default".to_owned());
    assert_eq!(outcome(&diff(&world)), ["unchanged 1"], "the default credential is the database");
}

#[test]
fn a_wait_says_how_long_such_a_thing_takes() {
    for (addon, notes) in [
        ("heroku-postgresql:standard-0", &["takes minutes, usually up to 5"][..]),
        ("heroku-kafka:standard-0", &["takes up to an hour"]),
        ("papertrail:choklad", &[]),
    ] {
        let want = want(&format!("addons: {{ X: {{ plan: \"{addon}\" }} }}"));
        assert_eq!(want.diff::<Kind>(&world()).changes[0].effects().notes, notes, "{addon}");
        let mut ordered = world().with_addon("X", "ledger", addon);
        ordered.addon[0].state = AddonState::Provisioning;
        let draft = want.diff::<Kind>(&ordered);
        assert_eq!(draft.changes[0].effects().notes, notes, "{addon}, ordered before");
        assert_eq!(reasons(&draft), ["ordered before, and not ready yet"]);
    }
}

//! What a plan ends at: what the spec asks for × what is live × what Heroku tells of prices.

#![cfg(test)]

use super::*;
use crate::cloud::heroku::Price;
use crate::resource::Catalog;
use crate::resource::testing::{Want, want, world};

const DATABASE: &str = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";

fn price(cents: i64) -> Price {
    Price { cents, unit: "month".to_owned(), contract: false, metered: false }
}

/// The app with a database at that price, two web dynos and no worker, in a cloud where a basic dyno costs 7 dollars.
fn live(database: Option<Price>) -> World {
    let mut world = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    world.addon[0].price = database;
    world.catalog = Catalog::with_prices(&[("basic", 700), ("standard-1x", 2500)], &[("a:b", price(1000))]);
    world.with_dynos("web", 2, "Standard-1X").with_dynos("worker", 0, "Basic")
}

fn bill(want: &Want, world: &World) -> (i64, Vec<String>) {
    let Bill { cents, unknown } = bill_of_kinds(&want.desired(), world);
    (cents, unknown.iter().map(ToString::to_string).collect())
}

#[test]
fn what_stands_afterwards_is_what_is_live_as_the_spec_changes_it() {
    let known = live(Some(price(5000)));
    for (spec, cents) in [
        (DATABASE.to_owned(), 5000 + 2 * 2500),
        (format!("{DATABASE}formation: {{ web: {{ quantity: 3 }} }}"), 5000 + 3 * 2500),
        (format!("{DATABASE}formation: {{ web: {{ quantity: 0 }} }}"), 5000),
        (format!("{DATABASE}formation: {{ web: {{ size: basic, quantity: 1 }} }}"), 5000 + 700),
        (format!("{DATABASE}formation: {{ worker: {{ quantity: 1 }} }}"), 5000 + 2 * 2500 + 700),
        (format!("{DATABASE}formation: {{ later: {{ quantity: 9 }} }}"), 5000 + 2 * 2500),
        ("addons: { CACHE: { plan: \"a:b\" } }".to_owned(), 1000 + 5000 + 2 * 2500),
        ("addons: { DATABASE: { plan: \"a:b\" } }".to_owned(), 1000 + 2 * 2500),
        (String::new(), 5000 + 2 * 2500),
    ] {
        assert_eq!(bill(&want(&spec), &known), (cents, Vec::new()), "{spec}");
    }
}

#[test]
fn what_another_app_pays_for_is_in_its_bill() {
    let mut world = live(Some(price(5000)));
    world.addon[0].app_name = "another".to_owned();
    assert_eq!(bill(&want(""), &world).0, 2 * 2500);
}

#[test]
fn a_price_that_nobody_can_tell_is_named_and_not_guessed() {
    for unknown in [
        None,
        Some(Price { contract: true, ..price(5000) }),
        Some(Price { unit: "hour".to_owned(), ..price(5000) }),
    ] {
        assert_eq!(bill(&want(DATABASE), &live(unknown)), (5000, vec!["addons.DATABASE".to_owned()]));
    }
    let metered = live(Some(Price { metered: true, ..price(5000) }));
    assert_eq!(bill(&want(DATABASE), &metered), (10_000, Vec::new()), "the most that it may come to");
    let unsized_dynos = live(Some(price(5000))).with_dynos("clock", 1, None);
    assert_eq!(bill(&want(DATABASE), &unsized_dynos), (10_000, vec!["formation.clock".to_owned()]));
}

#[test]
fn a_limit_refuses_what_is_above_it_and_warns_of_what_it_cannot_know() {
    let limit = |dollars: &str, database| {
        let want = want(&format!("{DATABASE}limits: {{ monthly_usd: {dollars} }}"));
        Limit::of(&want.desired(), &live(database)).unwrap()
    };
    let within = limit("100", Some(price(5000)));
    assert_eq!((within.refusal().map(|one| one.reason), within.warning()), (None, None));
    let above = limit("99.99", Some(price(5000))).refusal().unwrap();
    assert_eq!(above.address.as_str(), "limits.monthly_usd");
    assert_eq!(above.reason, "$100.00 a month afterwards, and the limit is $99.99");
    assert_eq!(
        limit("49", None).refusal().unwrap().reason,
        "$50.00 a month afterwards, and the limit is $49.00, and Heroku states no price for addons.DATABASE"
    );
    let unknown = limit("50", None);
    assert_eq!(unknown.refusal().map(|one| one.reason), None);
    assert_eq!(
        unknown.warning().unwrap().reason,
        "$50.00 a month afterwards, without addons.DATABASE, for which Heroku states no price"
    );
    assert_eq!(Limit::of(&want(DATABASE).desired(), &live(None)), None, "without a limit there is none");
}

//! Certificates that Heroku manages: what the spec says × what the app has.

#![cfg(test)]

use super::Kind;
use crate::resource::testing::{DomainStatus, outcome, want_app, world};
use crate::resource::{Draft, Operation, Output, World, facts};

fn live(acm: bool) -> World {
    World { acm: Some(acm), ..world() }
}

#[track_caller]
fn planned(app: &str, formation: &str, world: &World) -> Draft {
    want_app(&format!("app: {{ name: ledger, {app} }}"), formation).diff::<Kind>(world)
}

#[test]
fn it_is_switched_as_the_spec_says() {
    for (app, world, expected) in [
        ("acm: true", World::default(), Some("update app.acm")),
        ("acm: true", live(false), Some("update app.acm")),
        ("acm: true", live(true), Some("unchanged 1")),
        ("acm: false", live(true), Some("update app.acm")),
        ("acm: false", live(false), Some("unchanged 1")),
        ("acm: false", World::default(), None),
        ("maintenance: false", live(true), None),
    ] {
        assert_eq!(outcome(&planned(app, "", &world)), expected.into_iter().collect::<Vec<_>>(), "{app}");
    }
}

#[test]
fn it_needs_dynos_that_are_paid() {
    for (formation, live_size, expected) in [
        ("", "eco", "blocked app.acm"),
        ("", "basic", "update app.acm"),
        ("formation: { web: { size: basic } }", "eco", "update app.acm"),
        ("formation: { web: { size: eco } }", "basic", "blocked app.acm"),
    ] {
        let world = live(false).with_dynos("web", 1, live_size);
        assert_eq!(outcome(&planned("acm: true", formation, &world)), [expected], "{formation} {live_size}");
    }
}

#[test]
fn a_domain_without_a_certificate_is_told_with_what_to_do() {
    let mut world = live(true).with_domain("app.ledger.example", DomainStatus::Succeeded);
    for (status, is_told) in [
        (None, false),
        (Some("ok"), false),
        (Some("cert issued"), false),
        (Some("pending"), true),
        (Some("failing"), true),
    ] {
        world.domain[0].acm_status = status.map(str::to_owned);
        let draft = planned("acm: true, domains: [app.ledger.example]", "", &world);
        assert_eq!(draft.warnings.len(), usize::from(is_told), "{status:?}");
        for note in &draft.warnings {
            assert!(note.reason.contains("point at tranquil-otter-1.herokudns.com"), "{}", note.reason);
        }
    }
}

#[test]
fn it_comes_after_the_dynos_and_the_domains() {
    let draft = planned("acm: true, domains: [app.ledger.example]", "", &live(false));
    let follows = draft.changes[0].follows();
    assert!(follows.contains(&Output::Formation));
    assert!(follows.iter().any(|output| matches!(output, Output::Published(..))));
}

#[test]
fn it_is_a_fact_where_the_spec_names_it_and_nowhere_else() {
    let is_fact = |world: &World| facts(world).iter().any(|(name, _)| name == "app.acm");
    assert!(is_fact(&live(true)) && is_fact(&live(false)));
    assert!(!is_fact(&world()), "a plan that says nothing of it rests on nothing of it");
}

//! Which differences count, as a table, and a file of acknowledgements with its mistakes.

#![cfg(test)]

use std::fs;

use time::macros::date;

use super::acknowledged::Until;
use super::*;
use crate::plan;
use crate::resource::testing::{want, world};
use crate::resource::{Blocked, World, addon, config};
use crate::secret::{FingerprintKey, Secret};

const TODAY: Date = date!(2026 - 11 - 26);

/// The plan of `production` with these keys besides `app`.
fn plan(yaml: &str, world: &World) -> Plan {
    let key = FingerprintKey::stable(Secret::new("pepper"));
    plan::plan(&want(yaml).desired(), world, &key).expect("it asks for nothing impossible")
}

/// A plan with nothing to do.
fn quiet() -> Plan {
    plan("", &world())
}

fn acknowledged(environment: &str, address: &str, until: &str) -> Acknowledgement {
    Acknowledgement {
        environment: EnvironmentName::parse(environment).unwrap(),
        address: address.to_owned(),
        reason: "an incident".to_owned(),
        until: Until::parse(until).unwrap(),
    }
}

fn drift(plan: &Plan, acknowledgements: Vec<Acknowledgement>) -> Drift {
    Drift::of(plan, &Acknowledgements::from(acknowledgements), TODAY)
}

fn blocked(address: Address) -> Plan {
    let reason = "it cannot change in place".to_owned();
    Plan { blocked: vec![Blocked { address, reason, advice: String::new() }], ..quiet() }
}

fn addresses(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| finding.address.to_string()).collect()
}

#[test]
fn what_a_plan_would_change_or_refuse_is_a_finding() {
    let config = "config: { RAILS_ENV: production }";
    let changed = drift(&plan(config, &world().with_config(&[("RAILS_ENV", "staging")])), Vec::new());
    assert_eq!(addresses(&changed.findings), ["config.RAILS_ENV"]);
    assert_eq!(changed.findings[0].then, Then::Apply(Action::Update));
    let refused = drift(&blocked(addon::SECTION.address(&"DATABASE")), Vec::new());
    assert_eq!(addresses(&refused.findings), ["addons.DATABASE"]);
    assert_eq!(refused.findings[0].then, Then::Blocked);
    assert!(changed.is_some() && refused.is_some());
    assert!(!drift(&quiet(), Vec::new()).is_some());
}

#[test]
fn what_is_live_besides_does_not_count_and_may_be_acknowledged() {
    let plan = plan("", &world().with_config(&[("OLD", "x")]));
    let besides = drift(&plan, Vec::new());
    assert!(!besides.is_some());
    assert_eq!(besides.unmanaged[0].address, config::SECTION.address(&"OLD"));
    let known = drift(&plan, vec![acknowledged("production", "config.OLD", "2026-12-31")]);
    assert!(!known.is_some(), "the acknowledgement is used");
    assert_eq!((known.unmanaged.len(), known.acknowledged[0].0.then), (0, Then::Leave));
}

#[test]
fn an_acknowledgement_counts_up_to_its_last_day_and_for_its_own_address_alone() {
    let plan = blocked(addon::SECTION.address(&"DATABASE"));
    for (environment, address, until, counts, expired, unused) in [
        ("production", "addons.DATABASE", "2026-11-26", false, 0, 0),
        ("production", "addons.DATABASE", "2026-11-25", true, 1, 0),
        ("production", "addons.CACHE", "2026-12-31", true, 0, 1),
        ("production", "addons.CACHE", "2026-01-01", true, 1, 0),
        // Of another environment it is neither used nor unused.
        ("staging", "addons.DATABASE", "2026-12-31", true, 0, 0),
    ] {
        let drift = drift(&plan, vec![acknowledged(environment, address, until)]);
        assert_eq!(!drift.findings.is_empty(), counts, "{environment} {address} {until}");
        assert_eq!(
            (drift.expired.len(), drift.unused.len()),
            (expired, unused),
            "{environment} {address} {until}"
        );
        assert_eq!(drift.is_some(), counts || expired + unused > 0);
    }
}

#[test]
fn an_acknowledgement_of_what_is_as_it_should_be_wants_a_look_too() {
    let drift = drift(&quiet(), vec![acknowledged("production", "config.OLD", "2026-12-31")]);
    assert!(drift.findings.is_empty() && drift.is_some());
}

/// What a file of acknowledgements comes to.
fn read(text: &str) -> Result<Acknowledgements, String> {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("acknowledged.yaml"), text).unwrap();
    let known = [EnvironmentName::parse("production").unwrap()];
    Acknowledgements::load(project.path(), "acknowledged.yaml".as_ref(), &known)
        .map_err(|error| error.render(false))
}

#[test]
fn a_file_says_what_somebody_answers_for() {
    let text =
        "- { environment: production, address: config.DEBUG, reason: an incident, until: 2026-12-31 }\n";
    let list = read(text).unwrap();
    let production = EnvironmentName::parse("production").unwrap();
    let one = list.of(&production).next().unwrap();
    assert_eq!((one.address.as_str(), one.until.to_string().as_str()), ("config.DEBUG", "2026-12-31"));
    for empty in ["", "# nothing\n", "[]\n"] {
        assert_eq!(read(empty).unwrap().of(&production).count(), 0);
    }
}

#[test]
fn every_mistake_of_a_file_is_said_with_its_line() {
    let text = "- environment: prodution\n  address: configs.DEBUG\n  reason: ''\n  until: 2026-12-31\n\
                - environment: production\n  address: config.DEBUG\n  reason: x\n  until: 2026-02-30\n\
                - address: config.DEBUG\n  reason: x\n  until: soon\n";
    let said = read(text).unwrap_err();
    for expected in [
        "there is no environment `prodution`",
        "did you mean `production`?",
        "`configs.DEBUG` is not the address of anything",
        "acknowledged.yaml:2:12",
        "this acknowledgement has no `reason`",
        "`2026-02-30` is not a day",
        "acknowledged.yaml:8:10",
        "this acknowledgement has no `environment`",
        "`soon` is not a day",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let twice = "- { environment: production, address: app, reason: x, until: 2026-12-31 }\n".repeat(2);
    for (text, expected) in [
        ("production: x\n", "expected a list"),
        (&*twice, "`app` of production is acknowledged twice"),
        ("- { environment: production, environment: staging }\n", "`environment`"),
        ("- { adress: app, reasn: [] }\n", "unknown key `adress`"),
        ("- production\n", "expected a map with `environment`"),
        ("- [\n", "acknowledged.yaml"),
    ] {
        let said = read(text).unwrap_err();
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

//! Custom domains: what the spec lists × what the app has.

#![cfg(test)]

use super::Kind;
use crate::resource::testing::{DomainStatus, changes, reasons, want_app, world};
use crate::resource::{Draft, Operation, Output, World};

#[track_caller]
fn planned(domains: &str, world: &World) -> Draft {
    want_app(&format!("app: {{ name: ledger, domains: {domains} }}"), "").diff::<Kind>(world)
}

#[test]
fn a_domain_that_the_app_lacks_is_added_and_waited_for_as_one_creation() {
    // A wildcard, an apex, an international name, and one that is written in capitals.
    for (written, address) in [
        ("\"*.ledger.example\"", "app.domains.*.ledger.example"),
        ("ledger.example", "app.domains.ledger.example"),
        ("xn--bcher-kva.example", "app.domains.xn--bcher-kva.example"),
        ("App.Ledger.Example", "app.domains.app.ledger.example"),
    ] {
        let draft = planned(&format!("[{written}]"), &world());
        let line = format!("create {address}");
        assert_eq!(changes(&draft), [line.as_str(), line.as_str()]);
        assert_eq!(draft.changes[0].effects().releases, 0, "it makes no release");
    }
}

#[test]
fn a_domain_that_is_there_stays_and_publishes_where_its_dns_has_to_point() {
    for status in [DomainStatus::None, DomainStatus::Succeeded] {
        let draft = planned("[app.ledger.example]", &world().with_domain("app.ledger.example", status));
        assert!(draft.changes.is_empty());
        assert_eq!(draft.unchanged, 1);
        assert_eq!(draft.outputs[0].address.as_str(), "app.domains.app.ledger.example");
        assert_eq!(
            (draft.outputs[0].label.name, draft.outputs[0].value.as_str()),
            ("dns_target", "tranquil-otter-1.herokudns.com")
        );
    }
}

#[test]
fn one_that_is_still_being_added_is_waited_for() {
    let draft =
        planned("[app.ledger.example]", &world().with_domain("app.ledger.example", DomainStatus::Pending));
    assert_eq!(changes(&draft), ["update app.domains.app.ledger.example"]);
    assert_eq!(reasons(&draft), ["added before, and not ready yet"]);
}

#[test]
fn one_that_heroku_could_not_add_is_blocked_with_the_way_out() {
    let failed = DomainStatus::Other("failed".to_owned());
    let draft = planned("[app.ledger.example]", &world().with_domain("app.ledger.example", failed));
    assert!(draft.changes.is_empty());
    assert!(draft.blocked[0].advice.contains("heroku domains:remove 'app.ledger.example'"));
}

#[test]
fn a_domain_that_the_spec_does_not_name_is_reported_and_left_alone() {
    let others = world().with_domain("old.ledger.example", DomainStatus::Succeeded);
    let draft = planned("[]", &others);
    assert!(draft.changes.is_empty());
    assert_eq!(draft.unmanaged[0].address.as_str(), "app.domains.old.ledger.example");
    let silent = want_app("app: { name: ledger }", "").diff::<Kind>(&others);
    assert!(silent.unmanaged.is_empty(), "a spec without the key says nothing of domains");
}

#[test]
fn the_wait_comes_after_the_addition_and_publishes_the_target() {
    let draft = planned("[app.ledger.example]", &world());
    assert_eq!(draft.changes[1].needs().last(), draft.changes[0].gives().first());
    let gives = draft.changes[1].gives();
    let [Output::Published(address, label)] = gives.as_slice() else { panic!("{gives:?}") };
    assert_eq!((address.as_str(), label.name), ("app.domains.app.ledger.example", "dns_target"));
}

#[test]
fn names_of_herokus_own_and_names_listed_twice_are_mistakes_of_the_spec() {
    let name = crate::spec::EnvironmentName::parse("production").unwrap();
    let mistakes = |domains: &str| {
        let text = format!("app: {{ name: ledger, domains: {domains} }}");
        format!("{:?}", crate::spec::parse(&name, &text).unwrap_err())
    };
    assert!(mistakes("[ledger.herokuapp.com]").contains("Heroku's to give"));
    assert!(mistakes("[a.example, A.example]").contains("listed twice"));
    assert!(mistakes("[bücher.example]").contains("xn--bcher-kva.example"));
}

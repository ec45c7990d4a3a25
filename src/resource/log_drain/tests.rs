//! Log drains: what the spec's sources give × what the app has.

#![cfg(test)]

use super::Kind;
use crate::cloud::heroku::Drain;
use crate::resource::testing::{CANARY, Want, live_app, outcome, want_app, world};
use crate::resource::{Draft, World, app};
use crate::secret::{Secret, Supplied};
use crate::spec::DrainUrl;

/// An app with drains to these, each with whether it is an add-on's.
fn live(drains: &[(&str, bool)]) -> World {
    let drain = |(url, is_addons): &(&str, bool)| {
        Drain::new(&format!("id-{}", url.len()), Secret::new(*url), *is_addons)
    };
    World { log_drain: drains.iter().map(drain).collect(), ..world() }
}

fn want(drains: &str) -> Want {
    want_app(&format!("app: {{ name: ledger, log_drains: {drains} }}"), "")
}

/// What is decided when the sources give these.
#[track_caller]
fn planned(drains: &str, urls: &[&str], world: &World) -> Draft {
    let want = want(drains);
    let sources: Vec<DrainUrl> = want.desired().spec().app.log_drains.clone().unwrap_or_default();
    let given = sources.into_iter().zip(urls.iter().map(|url| Secret::new(*url)));
    want.supplying_drains(Supplied::default().with_drains(given)).diff::<Kind>(world)
}

const ONE: &str = "[{ env: DRAIN }]";
const URL: &str = "https://user:word@logs.example/in";

#[test]
fn a_drain_that_the_app_lacks_is_added_and_no_other_is_touched() {
    let create = "create app.log_drains.DRAIN";
    for (urls, drains, expected) in [
        (&[URL][..], live(&[]), vec![create]),
        (&[URL], live(&[(URL, false)]), vec!["unchanged 1"]),
        (&[URL], live(&[(URL, true)]), vec!["unchanged 1"]),
        (&[URL], live(&[("https://x.example/", false)]), vec![create, "unmanaged app.log_drains.id-18"]),
        (&[URL], live(&[("https://x.example/", true)]), vec![create]),
        // What a source that is off would give, could be what is live.
        (&[], live(&[(URL, false)]), vec!["warning app.log_drains.DRAIN"]),
        (&[URL], World::default(), vec![create]),
    ] {
        assert_eq!(outcome(&planned(ONE, urls, &drains)), expected);
    }
}

#[test]
fn two_sources_of_one_url_are_one_drain() {
    let draft = planned("[{ env: DRAIN }, { file: drain.txt }]", &[URL, URL], &live(&[]));
    assert_eq!(outcome(&draft), ["create app.log_drains.DRAIN", "warning app.log_drains.drain.txt"]);
}

#[test]
fn an_app_of_the_fir_generation_has_none() {
    let fir = crate::cloud::heroku::App { generation: Some("fir".to_owned()), ..live_app("ledger") };
    let fir = World { app: app::Observed::Live(fir), ..World::default() };
    assert_eq!(outcome(&planned(ONE, &[URL], &fir)), ["blocked app.log_drains"]);
}

#[test]
fn a_url_is_never_in_what_is_told() {
    let url = format!("https://{CANARY}@logs.example/");
    let other = format!("https://{CANARY}@other.example/");
    let world = live(&[(&other, false)]);
    let draft = planned(ONE, &[&url], &world);
    assert!(!format!("{draft:?}{world:?}").contains(CANARY));
}

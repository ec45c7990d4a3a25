//! How an apply ends, in words.

#![cfg(test)]

use super::super::labels::of_rows;
use super::super::testing::{failure, planned};
use super::*;
use crate::cloud::{Certainty, ErrorKind};
use crate::resource::{Action, Field, Row, addon, app, bucket, config, formation};
use std::time::Duration;

/// 0 the app, 1 the database, 2 and 3 the bucket, 4 config (after 1 and 3), 5 the formation (after 4).
fn ending(report: &Report) -> String {
    let row = Row::new;
    let bucket = || bucket::SECTION.address(&"uploads");
    let versioning = Field::plain("versioning", None, Some(&"enabled"));
    let var = |name: &str| row(config::SECTION.address(&name), Action::Create);
    let labels = of_rows(&[
        vec![row(app::SECTION.whole(), Action::Create)],
        vec![row(addon::SECTION.address(&"DATABASE"), Action::Create)],
        vec![row(bucket(), Action::Create)],
        vec![row(bucket(), Action::Update).with([versioning])],
        vec![var("A"), var("B"), var("C"), var("D")],
        vec![row(formation::SECTION.address(&"web"), Action::Update)],
    ]);
    let after = vec![vec![], vec![0], vec![], vec![2], vec![1, 3], vec![4]];
    Ending { environment: "production", labels, after, report, theme: Theme::Plain }.text()
}

fn report(outcomes: Vec<Outcome>, stopped: bool) -> Report {
    Report { outcomes, stopped, outputs: Vec::new(), calls: 21, elapsed: Duration::from_secs(42) }
}

#[test]
fn what_the_user_needs_next_follows_what_was_applied() {
    static TARGET: crate::resource::Label = crate::resource::Label { name: "target", words: "point it here" };
    let address = app::SECTION.whole();
    let outputs = vec![Published { address, label: &TARGET, value: "otter\u{1b}[1m.example".into() }];
    let report = Report { outputs, ..report(vec![Outcome::Done; planned().steps.len()], false) };
    let text = complete(&planned(), &report, false, Theme::Plain);
    let below = text.split_once('\n').unwrap().1;
    assert_eq!(below, "  app\n      point it here: otter\\u{1b}[1m.example\n");
}

#[test]
fn a_failure_lists_what_is_done_not_done_and_unknown() {
    let refused = failure(ErrorKind::Invalid, Certainty::NotDone, "add a payment method to use this plan");
    let lost = failure(ErrorKind::TimedOut, Certainty::Unknown, "no answer in 30 s");
    let outcomes = vec![
        Outcome::Done,
        Outcome::NotDone(Some(refused)),
        Outcome::Done,
        Outcome::Unknown(lost),
        Outcome::NotDone(None),
        Outcome::NotDone(None),
    ];
    insta::assert_snapshot!(ending(&report(outcomes, false)), @"
    error: production: not everything was done: 2 done, 3 not done, 1 unknown

    done
      app              create
      buckets.uploads  create

    not done
      addons.DATABASE  create
          error: `POST /apps/ledger-production/addons` failed on api.heroku.com: add a payment method to use this plan (422, invalid_params, request 0b7c)
          hint: Heroku will refuse this again as it is: do what its words ask for, or change the spec
      config           set 4 vars (needs addons.DATABASE and buckets.uploads)
      formation.web    update (needs addons.DATABASE and buckets.uploads)

    unknown (sent, but no answer seen)
      buckets.uploads  set versioning
          error: api.heroku.com did not answer `POST /apps/ledger-production/addons`: no answer in 30 s (422, invalid_params, request 0b7c)
          hint: run the same command again; it continues from what is there

    hint: not all of this resolves itself: fix what the errors name; the next run looks at what is there first, and does only what is left
    ");
}

#[test]
fn a_stop_lists_what_was_not_started() {
    let outcomes = vec![
        Outcome::Done,
        Outcome::Done,
        Outcome::Done,
        Outcome::NotDone(None),
        Outcome::NotDone(None),
        Outcome::NotDone(None),
    ];
    insta::assert_snapshot!(ending(&report(outcomes, true)), @"
    error: production: stopped before everything was done: 3 done, 3 not done

    done
      app              create
      addons.DATABASE  create
      buckets.uploads  create

    not done
      buckets.uploads  set versioning
      config           set 4 vars
      formation.web    update

    hint: run the same command again: it looks at what is there first, and does only what is left
    ");
}

#[test]
fn success_is_one_line() {
    let summary = Summary { create: 7, update: 1, replace: 0, delete: 0, unchanged: 3 };
    let report = report(Vec::new(), false);
    assert_eq!(
        applied(None, summary, &report, Theme::Plain),
        "Applied: 7 created, 1 updated, 0 deleted in 42 s, 21 calls.\n"
    );
    assert_eq!(
        applied(
            Some("staging"),
            Summary { replace: 1, ..summary },
            &Report { calls: 1, ..report },
            Theme::Plain
        ),
        "Applied staging: 7 created, 1 updated, 1 replaced, 0 deleted in 42 s, 1 call.\n"
    );
}

#[test]
fn every_step_of_a_real_plan_is_in_the_list() {
    let plan = planned();
    let report = report(vec![Outcome::NotDone(None); plan.steps.len()], true);
    let text = incomplete(&plan, &report, Theme::Plain);
    for label in labels::of(&plan) {
        assert!(text.contains(&label.does) && text.contains(&label.address), "{label:?} in:\n{text}");
    }
}

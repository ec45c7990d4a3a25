//! Whole plans as text and JSON: what a user sees, and what is never seen.

#![cfg(test)]

use super::testing::{
    blocked, bucket, database, entry, hidden, json, key, looking, note, options, plain, planned, quiet, text,
    var,
};
use super::{Options, Theme};
use crate::plan::{Entry, Plan};
use crate::resource::{
    Action, Cost, Effects, Field, Shown, access_key, addon, app, buildpacks, config, formation, iam_policy,
};

/// The example of a whole plan.
fn contract() -> (Plan, Vec<Entry>) {
    let mut plan = quiet();
    plan.deferred.push(note(
        formation::SECTION.address(&"worker"),
        "no release yet; the first apply after a deploy sets it",
    ));
    plan.blocked.push(blocked(
        app::SECTION.whole().part("region"),
        "us → eu cannot change in place",
        "see `trueup clone --set app.region=eu`",
    ));
    plan.unmanaged.push(note(config::SECTION.address(&"OLD_FLAG"), "live, not in the spec: left alone"));
    let origins = Field::plain(
        "cors.origins",
        Some(&"https://old.ledger.example"),
        Some(&"https://app.ledger.example"),
    );
    let entries = vec![
        database(),
        var(
            "OPENAI_API_KEY",
            Action::Create,
            Shown::Nothing,
            hidden("sk-1"),
            Some("from env OPENAI_API_KEY"),
        ),
        var("RAILS_MAX_THREADS", Action::Update, hidden("3"), plain("5"), None),
        var("SECRET_KEY_BASE", Action::Update, hidden("old"), hidden("new"), None),
        var("LEGACY_FLAG", Action::Delete, hidden("yes"), Shown::Nothing, None),
        bucket(Action::Update, vec![origins]),
    ];
    (plan, entries)
}

#[test]
fn the_example_of_the_contract() {
    let (plan, entries) = contract();
    insta::assert_snapshot!(text(&plan, entries, &options()), @"
    production · ledger-production (heroku us) · aws us-east-1

      + addons.DATABASE        heroku-postgresql:standard-0
                               +$50.00/month, 1 release, takes minutes
          extensions           vector
          version              17 (at creation only)

      ~ config                 1 release, restarts web and worker
        + OPENAI_API_KEY       set (sensitive, from env OPENAI_API_KEY)
        ~ RAILS_MAX_THREADS    changed to 5
        ~ SECRET_KEY_BASE      changed (sensitive, 87e59f→2d6046)
        - LEGACY_FLAG

      ~ buckets.uploads        ledger-production-uploads
          cors.origins
            - https://old.ledger.example
            + https://app.ledger.example

      deferred   formation.worker  no release yet; the first apply after a deploy
                                   sets it
      blocked    app.region        us → eu cannot change in place
                                   see `trueup clone --set app.region=eu`
      unmanaged  config.OLD_FLAG   live, not in the spec: left alone

    Plan: 2 to create, 3 to update, 1 to delete. 2 releases, 1 restart. +$50.00/month. 1 blocked, so nothing is applied. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn the_same_on_a_narrow_page() {
    let (plan, entries) = contract();
    insta::assert_snapshot!(text(&plan, entries, &Options { width: 48, ..options() }), @"
    production · ledger-production (heroku us) · aws
      us-east-1

      + addons.DATABASE
            heroku-postgresql:standard-0
              +$50.00/month, 1 release, takes
              minutes
          extensions           vector
          version              17 (at creation only)

      ~ config
            1 release, restarts web and worker
        + OPENAI_API_KEY
              set (sensitive, from env
              OPENAI_API_KEY)
        ~ RAILS_MAX_THREADS    changed to 5
        ~ SECRET_KEY_BASE
              changed (sensitive, 87e59f→2d6046)
        - LEGACY_FLAG

      ~ buckets.uploads
            ledger-production-uploads
          cors.origins
            - https://old.ledger.example
            + https://app.ledger.example

      deferred   formation.worker
                   no release yet; the first apply
                   after a deploy sets it
      blocked    app.region
                   us → eu cannot change in place
                   see `trueup clone --set
                   app.region=eu`
      unmanaged  config.OLD_FLAG
                   live, not in the spec: left alone

    Plan: 2 to create, 3 to update, 1 to delete. 2 releases, 1 restart. +$50.00/month. 1 blocked, so nothing is applied. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn the_same_as_json() {
    let (plan, entries) = contract();
    insta::assert_snapshot!("contract_json", json(&plan, entries));
}

fn access_key(action: Action, reason: &str) -> Entry {
    Entry {
        title: Some("ledger-production-app".to_owned()),
        reason: Some(reason.to_owned()),
        ..entry(access_key::SECTION.address(&"app"), action)
    }
}

/// The first apply of an environment: values that only it will know, lists, and names that are long.
fn from_nothing() -> Vec<Entry> {
    let mut app = entry(app::SECTION.whole(), Action::Create);
    app.title = Some("ledger-production".to_owned());
    app.fields = vec![
        Field::plain("name", None, Some(&"ledger-production")),
        Field::plain("region", None, Some(&"us")),
        Field::plain("stack", None, Some(&"heroku-24")),
    ];
    let mut buildpacks = entry(buildpacks::SECTION.whole(), Action::Create);
    buildpacks.fields = vec![
        Field::plain("order", None, Some(&"heroku/nodejs\nheroku/ruby")).with_note("from the next build on"),
    ];
    let mut access_key = access_key(Action::Create, "the app has none");
    access_key.fields = vec![Field {
        path: "id".to_owned(),
        before: Shown::Nothing,
        after: Shown::AfterApply { sensitive: true },
        note: Some("proven to work, then set as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()),
    }];
    let later = |sensitive| Shown::AfterApply { sensitive };
    let secret = Some("from iam_users.app.secret_access_key");
    let new_bucket = bucket(
        Action::Create,
        vec![
            Field::plain("name", None, Some(&"ledger-production-uploads")),
            Field::plain("region", None, Some(&"us-east-1")),
            Field::plain("lifecycle.expire_noncurrent_after_days", None, Some(&30)),
            Field::plain("tags.note", None, Some(&"")),
        ],
    );
    vec![
        app,
        database(),
        buildpacks,
        new_bucket,
        access_key,
        var("APP_URL", Action::Create, Shown::Nothing, later(false), Some("from app.web_url")),
        var("AWS_SECRET_ACCESS_KEY", Action::Create, Shown::Nothing, later(true), secret),
        var("MOTD", Action::Create, Shown::Nothing, plain("hello\nworld"), None),
        var("RAILS_ENV", Action::Create, Shown::Nothing, plain("production"), None),
        var("SECRET_KEY_BASE", Action::Create, Shown::Nothing, later(true), Some("generated")),
    ]
}

#[test]
fn everything_from_nothing() {
    let mut plan = quiet();
    plan.unchanged = 0;
    insta::assert_snapshot!(text(&plan, from_nothing(), &options()), @r#"
    production · ledger-production (heroku us) · aws us-east-1

      + app                       ledger-production
          region                  us
          stack                   heroku-24

      + addons.DATABASE           heroku-postgresql:standard-0
                                  +$50.00/month, 1 release, takes minutes
          extensions              vector
          version                 17 (at creation only)

      + buildpacks
          order                   (from the next build on)
            + heroku/nodejs
            + heroku/ruby

      + buckets.uploads           ledger-production-uploads
          region                                  us-east-1
          lifecycle.expire_noncurrent_after_days  30
          tags.note                               ""

      + iam_users.app.access_key  ledger-production-app
                                  the app has none
          id                      set (sensitive, proven to work, then set as
                                  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)

      + config                    1 release, restarts web and worker
        + APP_URL                 (after apply, from app.web_url)
        + AWS_SECRET_ACCESS_KEY   set (sensitive, from
                                  iam_users.app.secret_access_key)
        + MOTD
            + hello
            + world
        + RAILS_ENV               production
        + SECRET_KEY_BASE         set (sensitive, generated)

    Plan: 10 to create, 0 to update, 0 to delete. 2 releases, 1 restart. +$50.00/month. 0 unchanged, 13 calls, 0.2 s.
    "#);
}

#[test]
fn an_access_key_that_is_replaced_and_dynos_that_are_scaled() {
    let mut access_key = access_key(Action::Replace, "95 days old, and the spec allows 90");
    let field = |path: &str, before, after| Field { path: path.to_owned(), before, after, note: None };
    access_key.fields = vec![
        field("id", Shown::Nothing, Shown::AfterApply { sensitive: true }),
        field("old_id", hidden("AKIA1"), Shown::Nothing),
    ];
    let mut web = entry(formation::SECTION.address(&"web"), Action::Update);
    web.fields = vec![
        Field::plain("quantity", Some(&1), Some(&2)),
        Field::plain("size", Some(&"basic"), Some(&"standard-1x")),
    ];
    web.cost = Some(Cost { before_cents: 700, after_cents: 5000 });
    web.effects = Effects { releases: 0, restarts: vec!["web".to_owned()], notes: Vec::new() };
    let mut worker = entry(formation::SECTION.address(&"worker"), Action::Update);
    worker.fields = vec![Field::plain("quantity", Some(&4), Some(&1))];
    worker.cost = Some(Cost { before_cents: 10000, after_cents: 2500 });
    insta::assert_snapshot!(text(&quiet(), vec![access_key, web, worker], &options()), @"
    production · ledger-production (heroku us) · aws us-east-1

    -/+ iam_users.app.access_key  ledger-production-app
                                  95 days old, and the spec allows 90
          id                      set (sensitive, after apply)
          old_id                  removed (sensitive, dae547)

      ~ formation                 -$32.00/month, restarts web
        ~ web                     quantity 1 → 2, size basic → standard-1x
        ~ worker                  quantity 4 → 1

    Plan: 0 to create, 2 to update, 1 to replace, 0 to delete. 1 restart. -$32.00/month. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn a_policy_is_a_diff_of_its_lines() {
    let document = |actions: &str| {
        format!(
            "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Sid\": \"Objects\",\n      \
             \"Effect\": \"Allow\",\n      \"Action\": [\n{actions}\n      ],\n      \
             \"Resource\": \"arn:aws:s3:::ledger-production-uploads/*\"\n    }}\n  ]\n}}"
        )
    };
    let before = document("        \"s3:*\"");
    let after = document("        \"s3:GetObject\",\n        \"s3:PutObject\"");
    let mut policy = entry(iam_policy::SECTION.address(&"app"), Action::Update);
    policy.title = Some("ledger-production-app".to_owned());
    policy.fields = vec![Field::plain("document", Some(&before), Some(&after))];
    insta::assert_snapshot!(text(&quiet(), vec![policy], &options()), @r#"
    production · ledger-production (heroku us) · aws us-east-1

      ~ iam_users.app.policy   ledger-production-app
          document
                    "Effect": "Allow",
                    "Action": [
            -         "s3:*"
            +         "s3:GetObject",
            +         "s3:PutObject"
                    ],
                    "Resource": "arn:aws:s3:::ledger-production-uploads/*"

    Plan: 0 to create, 1 to update, 0 to delete. 31 unchanged, 13 calls, 0.2 s.
    "#);
}

#[test]
fn nothing_to_do() {
    insta::assert_snapshot!(text(&quiet(), Vec::new(), &options()), @"
    production · ledger-production (heroku us) · aws us-east-1

    No changes. production matches environments/production.yaml. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn nothing_to_do_now_but_things_to_know() {
    let mut plan = quiet();
    plan.deferred.push(note(formation::SECTION.address(&"web"), "no release yet"));
    plan.warnings.push(note(
        config::SECTION.address(&"PLAID_SECRET"),
        "not set, and `external` says that someone else sets it: `heroku config:set PLAID_SECRET=…`",
    ));
    plan.unmanaged.extend((1..=9).map(|number| {
        note(config::SECTION.address(&format!("OLD_FLAG_{number}")), "live, not in the spec: left alone")
    }));
    plan.unmanaged.push(note(config::SECTION.address(&"REDIS_URL"), "owned by the add-on redis-flat-1"));
    insta::assert_snapshot!(text(&plan, Vec::new(), &options()), @"
    production · ledger-production (heroku us) · aws us-east-1

      deferred   formation.web        no release yet
      warning    config.PLAID_SECRET  not set, and `external` says that someone else
                                      sets it: `heroku config:set PLAID_SECRET=…`
      unmanaged  config.REDIS_URL     owned by the add-on redis-flat-1
      unmanaged  live, not in the spec: left alone (9 of them)
                   config.OLD_FLAG_1  config.OLD_FLAG_4  config.OLD_FLAG_7
                   config.OLD_FLAG_2  config.OLD_FLAG_5  config.OLD_FLAG_8
                   config.OLD_FLAG_3  config.OLD_FLAG_6  config.OLD_FLAG_9

    No changes. 1 deferred to a later apply. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn a_refusal_alone_says_why_and_what_to_do() {
    let mut plan = quiet();
    plan.blocked.push(blocked(
        addon::SECTION.address(&"DATABASE"),
        "heroku-postgresql:standard-0 → heroku-postgresql:private-0 would replace the database",
        "create the new database under another name, copy the data with `heroku pg:copy`, then promote it",
    ));
    insta::assert_snapshot!(text(&plan, Vec::new(), &options()), @"
    production · ledger-production (heroku us) · aws us-east-1

      blocked    addons.DATABASE  heroku-postgresql:standard-0 →
                                  heroku-postgresql:private-0 would replace the
                                  database
                                  create the new database under another name, copy
                                  the data with `heroku pg:copy`, then promote it

    No changes. 1 blocked, so nothing is applied. 31 unchanged, 13 calls, 0.2 s.
    ");
}

#[test]
fn colours_mark_the_same_text() {
    let (plan, entries) = contract();
    let coloured = text(&plan, entries.clone(), &Options { theme: Theme::Colour, ..options() });
    assert!(coloured.contains("\u{1b}[32m+\u{1b}[0m \u{1b}[1maddons.DATABASE\u{1b}[0m"), "{coloured}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text(&plan, entries, &options()));
}

#[test]
fn a_real_plan_goes_through_whole() {
    let plan = planned();
    let shown = super::plan(&plan, looking(), &options());
    for entry in plan.entries() {
        let name = entry.address.within_block().unwrap_or(entry.address.as_str()).to_owned();
        assert!(shown.contains(&name), "{name} is missing in:\n{shown}");
    }
    let parsed: serde_json::Value = serde_json::from_str(&super::json::plan(&plan, &key())).unwrap();
    assert_eq!(parsed["changes"].as_array().unwrap().len(), plan.entries().len());
    assert_eq!(parsed["summary"]["create"], plan.summary().create);
}

#[test]
fn a_secret_is_revealed_when_that_was_asked_for_and_never_in_json() {
    let (plan, entries) = contract();
    let shown = text(&plan, entries.clone(), &Options { reveal: true, ..options() });
    assert!(shown.contains("sk-1 (sensitive, from env OPENAI_API_KEY)"), "{shown}");
    assert!(shown.contains("old → new (sensitive)"), "{shown}");
    assert!(shown.contains("yes → nothing (sensitive)"), "{shown}");
    assert!(!json(&plan, entries).contains("sk-1"));
}

#[test]
fn the_account_stands_in_the_heading_also_where_there_is_no_bucket() {
    let headline = |aws_regions: &[&str]| {
        let mut plan = quiet();
        plan.place.aws_account = Some("111122223333".to_owned());
        plan.place.aws_regions = aws_regions.iter().map(|region| (*region).to_owned()).collect();
        let text = text(&plan, Vec::new(), &Options { width: 100, ..options() });
        text.lines().next().unwrap_or_default().to_owned()
    };
    let heroku = "production · ledger-production (heroku us)";
    assert_eq!(headline(&["us-east-1"]), format!("{heroku} · aws us-east-1 (111122223333)"));
    assert_eq!(headline(&[]), format!("{heroku} · aws (111122223333)"));
}

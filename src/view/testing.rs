//! Plans for the tests of this room, entry by entry, and a real one from a spec and nothing live.

#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use super::sheet::Sheet;
use super::{Looking, Options, Theme, human, json};
use crate::cloud::{Certainty, CloudError, ErrorKind, Service};
use crate::plan::{self, Entry, Place, Plan, Summary};
use crate::resource::testing::want_app;
use crate::resource::{
    Action, Address, Blocked, Cost, Effects, Field, Note, Shown, World, addon, app, bucket, config,
};
use crate::secret::{FingerprintKey, Secret};
use crate::spec::{AppName, EnvironmentName};

/// A key that gives the same fingerprints in every run.
pub(super) fn key() -> FingerprintKey {
    FingerprintKey::stable(Secret::new("pepper"))
}

/// A log of 80 columns.
pub(super) fn options() -> Options {
    Options { theme: Theme::Plain, reveal: false, width: 80, key: key(), digest: false }
}

/// What nothing but looking took.
pub(super) fn looking() -> Looking {
    Looking { calls: 13, elapsed: Duration::from_millis(180) }
}

/// `production` of the app `ledger-production`, with nothing to do.
pub(super) fn quiet() -> Plan {
    Plan {
        environment: EnvironmentName::parse("production").unwrap(),
        place: Place {
            app: AppName::parse("ledger-production").unwrap(),
            app_id: None,
            heroku_region: Some("us".to_owned()),
            aws_account: None,
            aws_regions: vec!["us-east-1".to_owned()],
        },
        steps: Vec::new(),
        unchanged: 31,
        unmanaged: Vec::new(),
        deferred: Vec::new(),
        blocked: Vec::new(),
        limit: None,
        warnings: Vec::new(),
        outputs: Vec::new(),
        origins: BTreeMap::new(),
        spec_digest: "sha256:5bec".to_owned(),
        live_digest: "sha256:11fe".to_owned(),
    }
}

/// A plan with these entries: a sheet over `plan`, with totals as if each entry were a step.
pub(super) fn sheet(plan: &Plan, entries: Vec<Entry>) -> Sheet<'_> {
    let count = |action| entries.iter().filter(|entry| entry.action == action).count();
    let summary = Summary {
        create: count(Action::Create),
        update: count(Action::Update),
        replace: count(Action::Replace),
        delete: count(Action::Delete),
        unchanged: plan.unchanged,
    };
    let mut seen: Vec<&[usize]> = Vec::new();
    let (mut releases, mut restarts) = (0, 0);
    for entry in &entries {
        if !seen.contains(&entry.steps.as_slice()) {
            seen.push(&entry.steps);
            releases += entry.effects.releases;
            restarts += usize::from(!entry.effects.restarts.is_empty());
        }
    }
    Sheet { entries, summary, releases, restarts, ..Sheet::of(plan) }
}

/// The plan as text.
pub(super) fn text(plan: &Plan, entries: Vec<Entry>, options: &Options) -> String {
    human::sheet(&sheet(plan, entries), looking(), options)
}

/// The plan as JSON.
pub(super) fn json(plan: &Plan, entries: Vec<Entry>) -> String {
    json::sheet(&sheet(plan, entries), &key())
}

/// An add-on, and so many that come after it.
pub(super) fn after_one(number: usize) -> Vec<Entry> {
    let first = addon::SECTION.address(&"DATABASE");
    let others = (0..number).map(|number| {
        let mut one = entry(addon::SECTION.address(&format!("N{number}")), Action::Create);
        one.after = vec![first.clone()];
        one
    });
    others.chain([entry(first.clone(), Action::Create)]).collect()
}

/// An entry with no more than where and what happens; its own step.
pub(super) fn entry(address: Address, action: Action) -> Entry {
    let steps = vec![address.block().bytes().map(usize::from).sum()];
    Entry {
        address,
        action,
        title: None,
        reason: None,
        fields: Vec::new(),
        effects: Effects::default(),
        cost: None,
        after: Vec::new(),
        steps,
        origin: None,
    }
}

/// A config var whose PATCH makes a release and restarts the dynos.
pub(super) fn var(name: &str, action: Action, before: Shown, after: Shown, note: Option<&str>) -> Entry {
    let field = Field { path: String::new(), before, after, note: note.map(str::to_owned) };
    let restarts = vec!["web".to_owned(), "worker".to_owned()];
    Entry {
        fields: vec![field],
        effects: Effects { releases: 1, restarts, notes: Vec::new() },
        after: vec![app::SECTION.whole()],
        ..entry(config::SECTION.address(&name), action)
    }
}

/// The database of the contract's example.
pub(super) fn database() -> Entry {
    Entry {
        title: Some("heroku-postgresql:standard-0".to_owned()),
        fields: vec![
            Field::plain("plan", None, Some(&"heroku-postgresql:standard-0")),
            Field::plain("extensions", None, Some(&"vector")),
            Field::plain("version", None, Some(&"17")).with_note("at creation only"),
        ],
        effects: Effects { releases: 1, restarts: Vec::new(), notes: vec!["takes minutes".to_owned()] },
        cost: Some(Cost { before_cents: 0, after_cents: 5000 }),
        after: vec![app::SECTION.whole()],
        ..entry(addon::SECTION.address(&"DATABASE"), Action::Create)
    }
}

/// A bucket whose fields differ.
pub(super) fn bucket(action: Action, fields: Vec<Field>) -> Entry {
    Entry {
        title: Some("ledger-production-uploads".to_owned()),
        fields,
        ..entry(bucket::SECTION.address(&"uploads"), action)
    }
}

pub(super) fn hidden(text: &str) -> Shown {
    Shown::Hidden(Secret::new(text))
}

pub(super) fn plain(text: &str) -> Shown {
    Shown::Plain(text.to_owned())
}

pub(super) fn note(address: Address, reason: &str) -> Note {
    Note { address, reason: reason.to_owned(), cause: None }
}

pub(super) fn blocked(address: Address, reason: &str, advice: &str) -> Blocked {
    Blocked { address, reason: reason.to_owned(), advice: advice.to_owned() }
}

/// A call that failed.
pub(super) fn failure(kind: ErrorKind, certainty: Certainty, message: &str) -> CloudError {
    CloudError {
        kind,
        operation: "POST /apps/ledger-production/addons".to_owned(),
        service: Service::Heroku("api.heroku.com".to_owned()),
        via: None,
        status: Some(422),
        id: Some("invalid_params".to_owned()),
        message: message.to_owned(),
        request_id: Some("0b7c".to_owned()),
        certainty,
    }
}

/// What planning really gives for a small environment when nothing is live.
pub(super) fn planned() -> Plan {
    const SPEC: &str = "
app: { name: ledger-production, region: us }
config:
  RAILS_ENV: production
  SECRET_KEY_BASE: { generate: hex, bytes: 64 }
  AWS_ACCESS_KEY_ID: { from: iam_users.app.access_key_id }
  AWS_SECRET_ACCESS_KEY: { from: iam_users.app.secret_access_key }
buckets:
  uploads: { name: ledger-production-uploads, region: us-east-1, versioning: true }
iam_users:
  app: { name: ledger-production-app, grants: { uploads: read-write }, access_key: { max_age: 90d } }
";
    let want = want_app(SPEC, "");
    plan::plan(&want.desired(), &World::default(), &key()).expect("the spec asks for nothing impossible")
}

//! How tests of the kinds say what is desired and what is live: the spec as its YAML, and a world that starts
//! from nothing, so that each test states only what matters to it.
//!
//! What must not live here: expectations. Each test asserts what a user cares about.

#![cfg(test)]

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::{Action, Desired, Draft, Note, Operation, World, app, config, formation};
use crate::cloud::aws::{AccessKeyInfo, LastUse, User};
use crate::cloud::heroku::{Addon, App, Attachment, Domain, Release, ReleaseStatus};
pub(crate) use crate::cloud::heroku::{AddonState, DomainStatus};
use crate::secret::{Secret, Supplied};
use crate::spec::{self, ConfigValue, Environment, EnvironmentName, LocalName};

/// The moment at which every test world was observed.
pub(crate) const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

/// What every value from the operator's side holds, so that a test can look for it where it must not be.
pub(crate) const CANARY: &str = "canary-from-the-operator";

/// An access key, for tests of rooms that know no cloud.
pub(crate) type Key = AccessKeyInfo;

/// One side of a test: a spec, with values for its sources.
pub(crate) struct Want {
    environment: Environment,
    supplied: Supplied,
}

/// The environment `production` of the app `ledger` with these keys besides `app`.
#[track_caller]
pub(crate) fn want(yaml: &str) -> Want {
    want_app("app: { name: ledger }\n", yaml)
}

/// The same with the `app` section written out.
#[track_caller]
pub(crate) fn want_app(app: &str, yaml: &str) -> Want {
    let name = EnvironmentName::parse("production").expect("a good name");
    let text = format!("{app}\n{yaml}");
    let environment = spec::parse(&name, &text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let values = environment.spec.config.iter().filter(|(_, value)| {
        matches!(value, ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_))
    });
    let supplied = Supplied::from_values(values.map(|(name, _)| (name.clone(), Secret::new(CANARY))));
    let drains = environment.spec.app.log_drains.clone().unwrap_or_default();
    let url = || Secret::new(format!("https://{CANARY}@logs.example/"));
    let supplied = supplied.with_drains(drains.into_iter().map(|drain| (drain, url())));
    Want { environment, supplied }
}

impl Want {
    pub(crate) fn desired(&self) -> Desired<'_> {
        Desired { environment: &self.environment, supplied: &self.supplied, now: NOW, before: None }
    }

    /// The same wish, with another value of one source.
    pub(crate) fn supplying(mut self, name: &str, value: &str) -> Self {
        let values = self.environment.spec.config.keys().filter(|key| key.as_str() == name);
        self.supplied = Supplied::from_values(values.map(|key| (key.clone(), Secret::new(value))));
        self
    }

    /// The same wish, with what the sources of its log drains give.
    pub(crate) fn supplying_drains(mut self, supplied: Supplied) -> Self {
        self.supplied = supplied;
        self
    }

    /// What one kind decides.
    pub(crate) fn diff<K: super::Resource>(&self, world: &World) -> Draft {
        let mut draft = Draft::default();
        K::diff(&self.desired(), world, &mut draft);
        draft
    }
}

/// What a draft would change: `create config.RAILS_ENV`, in its order.
pub(crate) fn changes(draft: &Draft) -> Vec<String> {
    let rows = draft.changes.iter().flat_map(Operation::describe);
    rows.map(|row| format!("{} {}", verb(row.action), row.address)).collect()
}

/// Everything that a draft says, a line each: changes in their order, then what is refused, told or left alone, and
/// how many addresses are as they should be.
pub(crate) fn outcome(draft: &Draft) -> Vec<String> {
    let notes = |word: &'static str, notes: &[Note]| {
        notes.iter().map(|note| format!("{word} {}", note.address)).collect::<Vec<_>>()
    };
    let mut lines = changes(draft);
    lines.extend(draft.blocked.iter().map(|one| format!("blocked {}", one.address)));
    lines.extend(notes("deferred", &draft.deferred));
    lines.extend(notes("warning", &draft.warnings));
    lines.extend(notes("unmanaged", &draft.unmanaged));
    lines.extend(draft.mistakes.iter().map(|mistake| format!("mistake {}", mistake.key)));
    if draft.unchanged > 0 {
        lines.push(format!("unchanged {}", draft.unchanged));
    }
    lines
}

/// Why things change, where a row says so.
pub(crate) fn reasons(draft: &Draft) -> Vec<String> {
    draft.changes.iter().flat_map(Operation::describe).filter_map(|row| row.reason).collect()
}

/// The fields of all changes: `buckets.uploads versioning`.
pub(crate) fn paths(draft: &Draft) -> Vec<String> {
    let fields = draft.changes.iter().flat_map(Operation::describe).flat_map(|row| row.fields);
    fields.map(|field| field.path).collect()
}

pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
    }
}

/// A name that the spec gives to a bucket or user.
pub(crate) fn local(name: &str) -> LocalName {
    LocalName::parse(name).expect("a good name")
}

/// Tags as S3 and IAM give them.
pub(crate) fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The tags of everything that `want` describes.
pub(crate) fn own_tags() -> BTreeMap<String, String> {
    tags(&[("trueup:environment", "production"), ("trueup:app", "ledger")])
}

/// A release that took effect once and is no longer what runs, without code.
pub(crate) fn release(version: u64, description: &str) -> Release {
    Release {
        id: format!("r{version}"),
        version,
        status: ReleaseStatus::Succeeded,
        is_current: false,
        is_eligible: false,
        description: description.to_owned(),
        slug: None,
        user_email: None,
        created_at: None,
    }
}

/// The app as Heroku shows it when nothing about it is special.
pub(crate) fn live_app(name: &str) -> App {
    App {
        id: "11111111-0000-4000-8000-000000000001".to_owned(),
        name: name.to_owned(),
        team: None,
        space: None,
        region: Some("us".to_owned()),
        build_stack: Some("heroku-24".to_owned()),
        stack: Some("heroku-24".to_owned()),
        maintenance: false,
        acm: false,
        web_url: Some(format!("https://{name}-0123456789ab.herokuapp.com/")),
        generation: Some("cedar".to_owned()),
        released_at: None,
        owner_email: Some("owner@ledger.example".to_owned()),
    }
}

/// A world in which the app is live, and nothing else.
pub(crate) fn world() -> World {
    World { app: app::Observed::Live(live_app("ledger")), ..World::default() }
}

impl World {
    /// The same world with config vars.
    pub(crate) fn with_config(mut self, vars: &[(&str, &str)]) -> Self {
        let more = vars.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let old = self.config.vars().clone();
        self.config = config::Observed::from(old.into_iter().chain(more).collect::<BTreeMap<_, _>>());
        self
    }

    /// The same world with an add-on under an attachment name, its `NAME_URL` set.
    pub(crate) fn with_addon(mut self, attachment: &str, owner: &str, plan: &str) -> Self {
        let id = format!("addon-{}", self.addon.len());
        self.addon.push(Addon {
            id: id.clone(),
            name: format!("postgresql-{}", attachment.to_lowercase()),
            service: plan.split(':').next().unwrap_or_default().to_owned(),
            plan: plan.to_owned(),
            app_name: owner.to_owned(),
            state: AddonState::Provisioned,
            config_vars: vec![format!("{attachment}_URL")],
            price: None,
        });
        self.attached(attachment, &id)
    }

    /// The same world with another attachment of an add-on.
    pub(crate) fn attached(mut self, attachment: &str, addon_id: &str) -> Self {
        let addon = self.addon.iter().find(|addon| addon.id == addon_id).expect("an add-on of the world");
        let var = format!("{attachment}_URL");
        self.attachment.push(Attachment {
            id: format!("attachment-{}", self.attachment.len()),
            name: attachment.to_owned(),
            addon_id: addon.id.clone(),
            addon_name: addon.name.clone(),
            addon_app: addon.app_name.clone(),
            addon_plan: Some(addon.plan.clone()),
            app_name: "ledger".to_owned(),
            namespace: None,
            config_vars: vec![var.clone()],
        });
        self.with_config(&[(var.as_str(), "postgres://user:word@host/base")])
    }

    /// The same world with a domain that was added to the app.
    pub(crate) fn with_domain(mut self, hostname: &str, status: DomainStatus) -> Self {
        self.domain.push(Domain {
            id: format!("id of {hostname}"),
            hostname: hostname.to_owned(),
            is_custom: true,
            cname: Some("tranquil-otter-1.herokudns.com".to_owned()),
            status,
            acm_status: None,
            acm_reason: None,
            endpoint: None,
        });
        self
    }

    /// The same world with a process type of the current release.
    pub(crate) fn with_dynos<'a>(
        mut self,
        process_type: &str,
        quantity: u32,
        size: impl Into<Option<&'a str>>,
    ) -> Self {
        let (process_type, size) = (process_type.to_owned(), size.into().map(str::to_owned));
        self.formation.push(formation::Live { process_type, quantity, asked: None, size });
        self
    }

    /// The same world with the IAM user `app`, ours, and its keys.
    pub(crate) fn with_user(mut self, keys: &[AccessKeyInfo]) -> Self {
        let user = User {
            path: "/trueup/".to_owned(),
            arn: "arn:aws:iam::000000000000:user/trueup/ledger-app".to_owned(),
            tags: own_tags(),
            ..User::default()
        };
        self.iam_user.insert(local("app"), user);
        self.access_key.insert(local("app"), keys.to_vec());
        self
    }
}

/// An active access key of that age in days, which was never used.
pub(crate) fn key(id: &str, age: i64) -> AccessKeyInfo {
    let created = NOW - Duration::days(age);
    AccessKeyInfo { id: id.to_owned(), active: true, created, last_use: LastUse::Never, dynos: Vec::new() }
}

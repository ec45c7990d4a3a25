//! The laws of planning, for specs and worlds of every combination. That nothing is left after an apply is
//! proven over real HTTP in tests/idempotence.rs.

#![cfg(test)]

use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;

use super::{Plan, plan};
use crate::resource::testing::{
    AddonState, CANARY, DomainStatus, Key, Want, key, live_app, verb, want_app, world,
};
use crate::resource::{Action, Address, Fact, Operation, Output, Outputs, World, app};
use crate::secret::{FingerprintKey, Secret};

/// What the live config vars of every test world hold.
const LIVE_CANARY: &str = "canary-that-is-live";

const CONFIG: &[&str] = &[
    "LITERAL: text",
    "GONE: null",
    "HEX: { generate: hex, bytes: 16 }",
    "FROM_ENV: { env: SECRET }",
    "URL: { from: app.web_url }",
    "SOMEBODYS: { external: true }",
    "BUCKET: { from: buckets.uploads.arn }",
    "ARN: { from: iam_users.app.arn }",
];

impl Want {
    /// The plan of all kinds.
    #[track_caller]
    pub(super) fn plan(&self, world: &World) -> Plan {
        let key = FingerprintKey::stable(Secret::new("pepper"));
        plan(&self.desired(), world, &key).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
    }
}

/// The keys of the app, from its name alone to all of them.
fn apps() -> impl Strategy<Value = String> {
    let keys = vec![
        "maintenance: true",
        "stack: heroku-24",
        "renamed_from: ledger-old",
        "domains: [app.ledger.example, \"*.ledger.example\"]",
        "features: { preboot: true, runtime-dyno-metadata: false }",
        "pipeline: { name: ledger, stage: production }",
        "acm: true",
        "collaborators: { ops@ledger.example: [] }",
        "log_drains: [{ env: DRAIN }]",
    ];
    prop::sample::subsequence(keys, 0..=8).prop_map(|keys| {
        let keys: String = keys.iter().map(|key| format!(", {key}")).collect();
        format!("app: {{ name: ledger{keys} }}")
    })
}

/// A spec that always has a bucket, a user and its key, with any subset of everything else.
fn specs() -> impl Strategy<Value = String> {
    let config = prop::sample::subsequence(CONFIG.to_vec(), 0..=CONFIG.len());
    let parts = prop::sample::subsequence(
        vec![
            "formation: { web: { quantity: 2, size: standard-1x }, worker: { quantity: 1, size: standard-1x } }",
            "buildpacks: [heroku/ruby]",
            "unmanaged: { config: remove }",
            "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", backups: { at: \"02:00 UTC\" } }, CACHE: { attach: shared-redis }, \
             READER: { attach: DATABASE, credential: readonly }, POOL: { attach: DATABASE, pool: true } }",
        ],
        0..=4,
    );
    (config, parts, prop::sample::select(vec!["/trueup/", "/elsewhere/"])).prop_map(|(config, parts, path)| {
        let config: String = config.iter().map(|line| format!("  {line}\n")).collect();
        format!(
            "config:\n  KEY_ID: {{ from: iam_users.app.access_key_id }}\n  \
             KEY_SECRET: {{ from: iam_users.app.secret_access_key }}\n{config}{}\n\
             buckets: {{ uploads: {{ name: ledger-uploads, region: us-east-1, versioning: true, lifecycle: {{ expire_after_days: 9 }} }} }}\n\
             iam_users: {{ app: {{ name: ledger-app, path: {path}, grants: {{ uploads: read }}, access_key: {{ max_age: 90d }} }} }}\n",
            parts.join("\n")
        )
    })
}

/// A world from nothing at all to almost everything.
fn worlds() -> impl Strategy<Value = World> {
    let vars = prop::sample::subsequence(
        vec!["LITERAL", "GONE", "HEX", "FROM_ENV", "URL", "SOMEBODYS", "KEY_SECRET", "STRANGE"],
        0..=8,
    );
    let keys = prop::sample::subsequence(vec![key("AKIAONE", 1), key("AKIATWO", 100)], 0..=2);
    let named = prop::option::of(prop::sample::select(vec!["AKIAONE", "AKIATWO", "AKIASTRANGER"]));
    let user = prop::option::of(keys);
    (any::<[bool; 7]>(), vars, user, named).prop_map(
        |([is_live, is_old, database, cache, dynos, domain, ordered], vars, user, named)| {
            if !is_live {
                return with_user(World::default(), user);
            }
            let vars: Vec<(&str, &str)> = vars.into_iter().map(|name| (name, LIVE_CANARY)).collect();
            let mut world = with_user(world().with_config(&vars), user);
            if let Some(id) = named {
                world = world.with_config(&[("KEY_ID", id)]);
            }
            if database {
                world = world.with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
                world = world.attached("HEROKU_POSTGRESQL_COPPER", "addon-0");
            }
            if ordered {
                world.addon.iter_mut().for_each(|addon| addon.state = AddonState::Provisioning);
            }
            if domain {
                world = world.with_domain("app.ledger.example", DomainStatus::Pending);
                world = world.with_domain("old.ledger.example", DomainStatus::Succeeded);
            }
            if is_old {
                world.app = app::Observed::OldName(live_app("ledger-old"));
            }
            if cache {
                world = world.with_addon("OTHER", "another", "heroku-redis:mini");
            }
            if dynos {
                world = world.with_dynos("web", 1, "basic").with_dynos("worker", 0, "basic");
            }
            world
        },
    )
}

fn with_user(world: World, keys: Option<Vec<Key>>) -> World {
    keys.map_or(world.clone(), |keys| world.with_user(&keys))
}

/// The address of what a prerequisite brings about, where a missing one would show.
fn givers(plan: &Plan, output: &Output) -> Vec<usize> {
    let steps = plan.steps.iter().enumerate();
    steps.filter(|(_, step)| step.change.gives().contains(output)).map(|(index, _)| index).collect()
}

fn is_twice_the_same(want: &Want, world: &World) {
    let (one, other) = (want.plan(world), want.plan(world));
    assert_eq!(format!("{one:#?}"), format!("{other:#?}"));
}

fn comes_after_its_prerequisites(plan: &Plan) {
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|&earlier| earlier < index), "{step:?}");
        for need in step.change.needs() {
            for giver in givers(plan, &need).into_iter().filter(|&giver| giver != index) {
                assert!(step.after.contains(&giver), "step {index} needs {need:?} of step {giver}: {step:?}");
            }
        }
    }
}

/// What a value is taken from must come from somewhere: a step of the plan.
fn takes_values_only_from_steps(plan: &Plan) {
    for step in plan.steps.iter().filter(|_| plan.blocked.is_empty()) {
        for need in step.change.needs() {
            if let Output::AccessKeyId(_) | Output::SecretAccessKey(_) | Output::AppWebUrl = need {
                assert!(!givers(plan, &need).is_empty(), "nobody gives {need:?}");
            }
        }
    }
}

/// Law 2: plan, suppose that it worked, plan again, and nothing is left.
fn leaves_nothing_to_plan(want: &Want, world: &World, plan: &Plan) {
    if !plan.blocked.is_empty() {
        return;
    }
    let (mut after, mut outputs) = (world.clone(), Outputs::none());
    for step in &plan.steps {
        step.change.assume(&mut after, &mut outputs);
    }
    let again = want.plan(&after);
    let left: Vec<String> =
        again.entries().iter().map(|entry| format!("{} {}", verb(entry.action), entry.address)).collect();
    assert!(
        left.is_empty() && again.blocked.is_empty(),
        "{left:?} {:?} are left of {plan:#?}",
        again.blocked
    );
}

fn counts_every_address_once(plan: &Plan) {
    let entries = plan.entries();
    let addresses: HashSet<&Address> = entries.iter().map(|entry| &entry.address).collect();
    assert_eq!(addresses.len(), entries.len(), "an address has one entry");
    let summary = plan.summary();
    assert_eq!(summary.create + summary.touched(), entries.len());
    let deletes = entries.iter().filter(|entry| entry.action == Action::Delete).count();
    assert_eq!(summary.delete, deletes);
    let steps: BTreeSet<usize> = entries.iter().flat_map(|entry| entry.steps.iter().copied()).collect();
    assert_eq!(steps.len(), plan.steps.len(), "every step shows at some address");
    assert_eq!(plan.steps.is_empty(), entries.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn every_plan_keeps_the_laws(app in apps(), yaml in specs(), world in worlds()) {
        let want = want_app(&app, &yaml);
        let plan = want.plan(&world);
        is_twice_the_same(&want, &world);
        comes_after_its_prerequisites(&plan);
        takes_values_only_from_steps(&plan);
        counts_every_address_once(&plan);
        leaves_nothing_to_plan(&want, &world, &plan);
        let told = format!("{plan:?}{world:?}{:?}", plan.entries());
        prop_assert!(!told.contains(CANARY) && !told.contains(LIVE_CANARY));
        let facts = crate::resource::facts(&world);
        for fact in facts.iter().flat_map(|(_, parts)| parts) {
            let Fact::Plain(text) = fact else { continue };
            prop_assert!(!text.contains(LIVE_CANARY), "what anyone could compare");
        }
    }
}

//! The law that users rely on most, over real HTTP: after an apply there is nothing left to do, and after a
//! drift one apply makes the environment true again. For specs of every shape, and for every example.
//!
//! The specs are generated; a case that fails prints its whole project, and a smaller one when there is one.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "idempotence/by_hand.rs"]
mod by_hand;
mod support;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use support::{Cloud, Project, quick};

/// The choices that make a spec: each is rendered to the lines that a user would write.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Choices {
    renders_twice: bool,
    maintenance: Option<bool>,
    database: Option<&'static str>,
    cache: bool,
    buildpacks: Option<Vec<&'static str>>,
    config: Vec<&'static str>,
    remove_unmanaged: bool,
    formation: Vec<(&'static str, u32, Option<&'static str>)>,
    bucket: Option<Vec<&'static str>>,
    user: Option<(&'static str, bool)>,
    is_deployed: bool,
    drift: Vec<Drift>,
}

/// Something that somebody else does to the app behind trueup's back.
#[derive(Clone, Copy, Debug)]
enum Drift {
    ConfigChanged,
    ConfigRemoved,
    Buildpacks,
    Formation,
    Maintenance,
}

/// Forms of config values that need no other part of the spec.
const CONFIG: &[&str] = &[
    "LITERAL: text",
    "NUMBER: 5",
    "SWITCH: true",
    "EMPTY: \"\"",
    "LINES: \"first\\nsecond\\n\"",
    "UNICODE: \"naïve → ☂\"",
    "GONE: null",
    "HEX: { generate: hex, bytes: 16 }",
    "BASE64: { generate: base64, bytes: 33 }",
    "UUID: { generate: uuid }",
    "FROM_ENV: { env: OPERATOR_SECRET }",
    "FROM_FILE: { file: secrets/token }",
    "NAME: { from: app.name }",
    "URL: { from: app.web_url }",
    "SOMEBODYS: { external: true }",
];

const BUCKET: &[&str] = &[
    "versioning: true",
    "encryption: { kms: 1234abcd-12ab-34cd-56ef-1234567890ab }",
    "public_access: open",
    "tls_only: false",
    "cors: { origins: [https://b.example, https://a.example] }",
    "lifecycle: { abort_multipart_after_days: 7, expire_after_days: 30 }",
    "tags: { team: ledger, \"cost centre\": \"42 / é\" }",
];

fn choices() -> impl Strategy<Value = Choices> {
    let packs = prop::sample::subsequence(
        vec!["heroku/nodejs", "heroku/ruby", "https://github.com/heroku/heroku-buildpack-apt"],
        0..=3,
    );
    let database = prop::option::of(prop::sample::select(vec![
        "heroku-postgresql:standard-0",
        "heroku-postgresql:essential-0",
    ]));
    let drifts = vec![
        Drift::ConfigChanged,
        Drift::ConfigRemoved,
        Drift::Buildpacks,
        Drift::Formation,
        Drift::Maintenance,
    ];
    let app = (any::<bool>(), prop::option::of(any::<bool>()), any::<bool>(), any::<bool>());
    let heroku = (
        database,
        any::<bool>(),
        prop::option::of(packs),
        prop::sample::subsequence(CONFIG.to_vec(), 0..=CONFIG.len()),
        formation(),
    );
    let bucket = prop::option::of(prop::sample::subsequence(BUCKET.to_vec(), 0..=BUCKET.len()));
    let user = prop::option::of((prop::sample::select(vec!["", "read", "read-write"]), any::<bool>()));
    (app, heroku, bucket, user, prop::sample::subsequence(drifts, 1..=5)).prop_map(
        |(
            (renders_twice, maintenance, is_deployed, remove_unmanaged),
            (database, cache, buildpacks, config, formation),
            bucket,
            user,
            drift,
        )| Choices {
            renders_twice,
            maintenance,
            database,
            cache,
            buildpacks,
            config,
            remove_unmanaged,
            formation,
            bucket,
            user,
            is_deployed,
            drift,
        },
    )
}

/// All types with a size or none: sizes of different tiers cannot run together, and a new app's are basic, of which a
/// type has one dyno at most.
fn formation() -> impl Strategy<Value = Vec<(&'static str, u32, Option<&'static str>)>> {
    let size = prop::sample::select(vec!["standard-1x", "Standard-2X"]);
    let types = prop::sample::subsequence(vec!["clock", "worker"], 0..=2);
    let scales = prop::collection::vec((0..3_u32, size), 3);
    (any::<bool>(), any::<bool>(), types, scales).prop_map(|(is_sized, has_web, types, scales)| {
        let web = (has_web || is_sized).then_some("web");
        let dynos = web.into_iter().chain(types).zip(scales);
        let most = if is_sized { 2 } else { 1 };
        dynos.map(|(name, (quantity, size))| (name, quantity.min(most), is_sized.then_some(size))).collect()
    })
}

impl Choices {
    /// The spec as a user would write it.
    fn yaml(&self) -> String {
        let mut text = "app:\n  name: generated-app\n  region: us\n  stack: heroku-24\n".to_owned();
        if let Some(maintenance) = self.maintenance {
            writeln!(text, "  maintenance: {maintenance}").unwrap();
        }
        let addons = [
            self.database.map(|plan| format!("  DATABASE: {{ plan: \"{plan}\" }}")),
            self.cache.then(|| "  SHARED: { attach: shared-database }".to_owned()),
        ];
        section(&mut text, "addons", addons.into_iter().flatten());
        if let Some(packs) = &self.buildpacks {
            writeln!(text, "buildpacks: [{}]", packs.join(", ")).unwrap();
        }
        section(&mut text, "config", self.config_lines());
        let scale = |(name, quantity, size): &(&str, u32, Option<&str>)| {
            let size = size.map(|size| format!(", size: {size}")).unwrap_or_default();
            format!("  {name}: {{ quantity: {quantity}{size} }}")
        };
        section(&mut text, "formation", self.formation.iter().map(scale));
        if let Some(settings) = &self.bucket {
            text.push_str("buckets:\n  uploads:\n    name: generated-uploads\n    region: eu-west-1\n");
            for setting in settings {
                writeln!(text, "    {setting}").unwrap();
            }
        }
        if let Some((grant, has_key)) = self.user {
            text.push_str("iam_users:\n  app:\n    name: generated-user\n");
            if self.bucket.is_some() && !grant.is_empty() {
                writeln!(text, "    grants: {{ uploads: {grant} }}").unwrap();
            }
            if has_key {
                text.push_str("    access_key: { max_age: 90d }\n");
            }
        }
        if self.remove_unmanaged {
            text.push_str("unmanaged: { config: remove }\n");
        }
        text
    }

    fn config_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.config.iter().map(|line| format!("  {line}")).collect();
        if self.bucket.is_some() {
            lines.push("  BUCKET_REGION: { from: buckets.uploads.region }".to_owned());
            lines.push("  BUCKET_ARN: { from: buckets.uploads.arn }".to_owned());
        }
        if let Some((_, has_key)) = self.user {
            lines.push("  USER_ARN: { from: iam_users.app.arn }".to_owned());
            if has_key {
                lines.push("  KEY_ID: { from: iam_users.app.access_key_id }".to_owned());
                lines.push("  KEY_SECRET: { from: iam_users.app.secret_access_key }".to_owned());
            }
        }
        lines
    }

    /// Does one drift, and tells whether the spec says anything about what it changed.
    fn drifts(&self, drift: Drift, cloud: &Cloud) -> bool {
        let app = "/apps/generated-app";
        let patch = |path: &str, body| {
            cloud.heroku("PATCH", &format!("{app}{path}"), Some(body));
        };
        let names = |line: &str| self.config.iter().any(|one| one.starts_with(line));
        match drift {
            Drift::ConfigChanged => {
                patch("/config-vars", json!({ "LITERAL": "changed by hand", "GONE": "is back" }));
                names("LITERAL") || names("GONE") || self.remove_unmanaged
            }
            Drift::ConfigRemoved => {
                patch("/config-vars", json!({ "NUMBER": null, "HEX": null, "KEY_SECRET": null }));
                names("NUMBER") || names("HEX") || self.user.is_some_and(|(_, has_key)| has_key)
            }
            Drift::Buildpacks => {
                let other = json!({ "updates": [{ "buildpack": "heroku/python" }] });
                cloud.heroku("PUT", &format!("{app}/buildpack-installations"), Some(other));
                self.buildpacks.is_some()
            }
            Drift::Formation if self.is_deployed => {
                let web = self.formation.iter().find(|(name, ..)| *name == "web");
                let quantity = match web {
                    Some((_, _, Some(_))) => 5,
                    Some((_, quantity, None)) => 1 - quantity,
                    None => 0,
                };
                patch("/formation", json!({ "updates": [{ "type": "web", "quantity": quantity }] }));
                web.is_some()
            }
            Drift::Formation => false,
            Drift::Maintenance => {
                patch("", json!({ "maintenance": self.maintenance != Some(true) }));
                self.maintenance.is_some()
            }
        }
    }
}

fn section(text: &mut String, key: &str, lines: impl IntoIterator<Item = String>) {
    let lines: Vec<String> = lines.into_iter().collect();
    if !lines.is_empty() {
        writeln!(text, "{key}:\n{}", lines.join("\n")).unwrap();
    }
}

/// The other app, whose database the generated specs attach.
fn share_a_database(cloud: &Cloud) {
    cloud.heroku("POST", "/apps", Some(json!({ "name": "owner-of-shared" })));
    let order = json!({ "plan": "heroku-postgresql:standard-0", "name": "shared-database" });
    cloud.heroku("POST", "/apps/owner-of-shared/addons", Some(order));
}

fn apply_and_expect_nothing_left(project: &Project) {
    project.run(&["apply", "--yes", "--allow-large-change"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// In a folder that knows nothing of it, an import gives a spec that leaves nothing to do, and tells no secret.
fn import_and_expect_nothing_left(choices: &Choices, cloud: &Cloud) {
    let project = Project::empty().at(cloud.sandbox());
    let mut arguments = vec!["import", "generated-app", "--as", "production"];
    if choices.bucket.is_some() {
        arguments.extend(["--bucket", "generated-uploads"]);
    }
    if choices.user.is_some() {
        arguments.extend(["--iam-user", "generated-user"]);
    }
    cloud.sandbox().forget_calls();
    let ran = project.run(&arguments).exits(0);
    let heroku = cloud.sandbox().calls().iter().filter(|call| call.service == "heroku").count();
    assert!(heroku <= 16, "{heroku} calls");
    // Under another name what is tagged is another environment's, and the app is the app.
    project.run(&["import", "generated-app", "--as", "another"]).exits(0);
    for environment in ["production", "another"] {
        let file = format!("environments/{environment}.yaml");
        let file = std::fs::read_to_string(project.file(&file)).unwrap();
        for secret in ["from the operator", "from a file"] {
            for text in [&file, &ran.stdout, &ran.stderr] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        project.run(&["plan", environment, "--detailed-exitcode"]).exits(0);
        project.run(&["apply", environment, "--yes"]).exits(0);
    }
    assert!(cloud.sandbox().calls().iter().all(|call| !call.mutating), "nothing is left to be written");
}

fn law(choices: &Choices) {
    let cloud = Cloud::start(quick());
    share_a_database(&cloud);
    let project =
        Project::with(&choices.yaml()).at(cloud.sandbox()).set("OPERATOR_SECRET", "from the operator");
    project.write("environments/secrets/token", "from a file\n");
    apply_and_expect_nothing_left(&project);
    if choices.is_deployed {
        let types = json!({ "web": "bin/web", "worker": "bin/worker", "clock": "bin/clock" });
        cloud.deploy("generated-app", types);
        apply_and_expect_nothing_left(&project);
    }
    let mut is_different = false;
    for drift in &choices.drift {
        is_different |= choices.drifts(*drift, &cloud);
    }
    project.run(&["plan", "--detailed-exitcode"]).exits(if is_different { 2 } else { 0 });
    apply_and_expect_nothing_left(&project);
    if choices.renders_twice {
        apply_and_expect_nothing_left(&project);
    }
    import_and_expect_nothing_left(choices, &cloud);
}

#[test]
fn after_an_apply_and_after_a_drift_one_apply_leaves_nothing_to_do() {
    let config = Config { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&choices(), |choices| {
        law(&choices);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// The spec that has everything at once, so that no run of the generator can miss a pair of parts.
#[test]
fn a_spec_with_every_part_holds_to_the_law() {
    law(&Choices {
        renders_twice: true,
        maintenance: Some(true),
        database: Some("heroku-postgresql:standard-0"),
        cache: true,
        buildpacks: Some(vec!["heroku/nodejs", "heroku/ruby"]),
        config: CONFIG.to_vec(),
        remove_unmanaged: true,
        formation: vec![("web", 2, Some("Standard-2X")), ("worker", 0, Some("standard-1x"))],
        bucket: Some(BUCKET.to_vec()),
        user: Some(("read-write", true)),
        is_deployed: true,
        drift: vec![
            Drift::ConfigChanged,
            Drift::ConfigRemoved,
            Drift::Buildpacks,
            Drift::Formation,
            Drift::Maintenance,
        ],
    });
}

#[test]
fn every_example_is_real_after_one_apply() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    let mut environments = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        project.write(&format!("environments/{name}"), &std::fs::read_to_string(&path).unwrap());
        environments.extend(name.strip_suffix(".yaml").filter(|name| *name != "base").map(str::to_owned));
    }
    assert!(environments.len() >= 2, "production and staging at least");
    for environment in &environments {
        project.run(&["apply", environment, "--yes"]).exits(0);
        project.run(&["plan", environment, "--detailed-exitcode"]).exits(0);
    }
    for environment in &environments {
        project.run(&["plan", environment, "--detailed-exitcode"]).exits(0);
    }
}

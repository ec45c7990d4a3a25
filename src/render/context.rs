//! What a template knows: the spec, in the words of a template. One truth: nothing here is written twice. No
//! value of a source (`env`, `file`, `command`) is read.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::json;

use crate::spec::{
    Access, Addon, Bucket, BucketAttribute, ConfigValue, Encryption, Environment, Formation, GenerateKind,
    Generated, IamUser, LocalName, NewAddon, ProcessType, PublicAccess, Quantity, Reference, Spec,
    UserAttribute,
};

/// What every template starts from; `vars` come on top.
pub(super) fn of(environment: &Environment, environments: &[String]) -> BTreeMap<String, Value> {
    let spec = &environment.spec;
    let addons: Vec<serde_json::Value> =
        spec.addons.iter().map(|(name, addon)| addon_of(name.as_str(), addon)).collect();
    let database = addons.iter().find(|addon| addon["is_postgres"] == true).cloned();
    let buildpacks = spec.buildpacks.as_ref().map_or_else(
        || vec!["heroku/ruby".to_owned()],
        |list| list.iter().map(|one| one.as_str().to_owned()).collect(),
    );
    // What runs `release` is no dyno that stays.
    let formation = spec.formation.iter().filter(|(process, _)| process.as_str() != "release").map(dynos_of);
    let whole = json!({
        "environment": environment.name,
        "project": { "environments": environments },
        "app": app(spec),
        "addons": addons,
        "database": database,
        "buildpacks": buildpacks,
        "config": config(spec),
        "formation": formation.collect::<Vec<_>>(),
        "buckets": buckets(spec),
        "iam_users": users(spec),
        "trueup": { "version": env!("CARGO_PKG_VERSION") },
    });
    let serde_json::Value::Object(map) = whole else { return BTreeMap::new() };
    map.into_iter().map(|(key, value)| (key, Value::from(Serde(value)))).collect()
}

/// Where something else scales within a range, the fewest and the most. Without a range nobody knows how many there are:
/// one at least.
fn dynos_of((process, line): (&ProcessType, &Formation)) -> serde_json::Value {
    let quantity = line.quantity.unwrap_or(Quantity::Exactly(1));
    json!({
        "process": process, "quantity": quantity.min(), "most": line.quantity.map(Quantity::max),
        "dynos": line.quantity.map_or_else(|| "scaled elsewhere".to_owned(), |quantity| quantity.to_string()),
        "size": line.size,
    })
}

fn addon_of(name: &str, addon: &Addon) -> serde_json::Value {
    match addon {
        Addon::Create(NewAddon { plan, config, extensions, backups, protect, wait: _ }) => json!({
            "name": name, "plan": plan, "service": plan.service(), "attach": null, "config": config,
            "extensions": extensions, "protect": protect, "is_postgres": plan.is_postgres(),
            "url_var": format!("{name}_URL"),
            "backups": backups.as_ref().map(|backups| json!({
                "at": format!("{:02}:00 {}", backups.hour, backups.zone), "hour": backups.hour, "zone": backups.zone,
            })),
        }),
        Addon::Attach(other) => json!({
            "name": name, "plan": null, "service": null, "attach": other.addon, "config": {}, "extensions": [],
            "protect": false, "is_postgres": false, "url_var": format!("{name}_URL"), "backups": null,
        }),
    }
}

/// The app's keys as the spec has them, with what holds where it says nothing.
fn app(spec: &Spec) -> serde_json::Value {
    let mut app = json!({
        "name": null,
        "region": "us",
        "stack": "heroku-24",
        "team": null,
        "maintenance": false,
        "domains": [],
        "url_host": null,
        "pipeline": null,
    });
    let written = json!(spec.app);
    for (key, value) in written.as_object().into_iter().flatten() {
        // How the app was called before is nothing to a template.
        if !value.is_null() && key != "renamed_from" {
            app[key] = value.clone();
        }
    }
    app
}

/// How a value that somebody else makes is replaced, where the spec says so.
fn rotation(value: &ConfigValue) -> Option<serde_json::Value> {
    let ConfigValue::External(Some(guide)) = value else { return None };
    Some(json!({ "test": guide.test, "url": guide.url }))
}

fn config(spec: &Spec) -> Vec<serde_json::Value> {
    let one = |(name, value): (&crate::spec::VarName, &ConfigValue)| {
        let (kind, source, text, is_secret) = match value {
            ConfigValue::Literal(text) => ("literal", "the spec".to_owned(), Some(text.clone()), false),
            ConfigValue::Absent => ("absent", "nowhere".to_owned(), None, false),
            ConfigValue::External(_) => ("external", "someone else".to_owned(), None, true),
            ConfigValue::Env(variable) => ("env", format!("env {variable}"), None, true),
            ConfigValue::File(path) => ("file", format!("file {path}"), None, true),
            ConfigValue::Command(argv) => {
                ("command", format!("command {}", argv.first().map_or("", String::as_str)), None, true)
            }
            ConfigValue::Generate(form) => ("generate", generated(*form), None, true),
            ConfigValue::From(reference) => {
                ("from", reference.to_string(), resolved(spec, reference), is_secret(reference))
            }
        };
        json!({
            "name": name, "kind": kind, "source": source, "value": text, "is_secret": is_secret,
            "rotation": rotation(value),
        })
    };
    spec.config.iter().map(one).collect()
}

fn generated(form: Generated) -> String {
    match form.kind {
        GenerateKind::Hex => format!("generate hex, {} bytes", form.bytes),
        GenerateKind::Base64 => format!("generate base64, {} bytes", form.bytes),
        GenerateKind::Uuid => "generate uuid".to_owned(),
    }
}

/// What a reference leads to, where the spec alone tells.
fn resolved(spec: &Spec, reference: &Reference) -> Option<String> {
    match reference {
        Reference::AppName => Some(spec.app.name.to_string()),
        Reference::Bucket(key, attribute) => {
            let bucket = spec.buckets.get(key)?;
            Some(match attribute {
                BucketAttribute::Name => bucket.name.to_string(),
                BucketAttribute::Region => bucket.region.to_string(),
                BucketAttribute::Arn => bucket.arn().to_string(),
            })
        }
        Reference::IamUser(key, UserAttribute::Name) => {
            spec.iam_users.get(key).map(|user| user.name.to_string())
        }
        Reference::AppWebUrl | Reference::IamUser(..) => None,
    }
}

fn is_secret(reference: &Reference) -> bool {
    let secret = [UserAttribute::AccessKeyId, UserAttribute::SecretAccessKey];
    matches!(reference, Reference::IamUser(_, attribute) if secret.contains(attribute))
}

/// The config var that delivers an attribute.
fn var_of(spec: &Spec, wanted: &Reference) -> Option<String> {
    let delivers = |value: &ConfigValue| matches!(value, ConfigValue::From(reference) if reference == wanted);
    spec.config.iter().find(|(_, value)| delivers(value)).map(|(name, _)| name.to_string())
}

fn buckets(spec: &Spec) -> Vec<serde_json::Value> {
    let one = |(key, bucket): (&LocalName, &Bucket)| {
        let var = |attribute| var_of(spec, &Reference::Bucket(key.clone(), attribute));
        let (name, region) = (var(BucketAttribute::Name), var(BucketAttribute::Region));
        let is_delivered = name.is_some() || region.is_some();
        let encryption = match bucket.encryption.as_ref().unwrap_or(&Encryption::Aes256) {
            Encryption::Aes256 => "AES256".to_owned(),
            Encryption::Kms(_) => "kms".to_owned(),
        };
        json!({
            "key": key, "name": bucket.name, "region": bucket.region, "versioning": bucket.versioning.unwrap_or(false),
            "encryption": encryption, "public_access": bucket.public_access == Some(PublicAccess::Open),
            "tls_only": bucket.tls_only.unwrap_or(!bucket.adopt), "lifecycle": bucket.lifecycle,
            "cors_origins": bucket.cors.iter().flat_map(|rule| rule.origins.clone()).collect::<Vec<_>>(),
            "vars": is_delivered.then(|| json!({ "name": name, "region": region })),
        })
    };
    spec.buckets.iter().map(one).collect()
}

fn users(spec: &Spec) -> Vec<serde_json::Value> {
    let one = |(key, user): (&LocalName, &IamUser)| {
        let var = |attribute| var_of(spec, &Reference::IamUser(key.clone(), attribute));
        let (id, secret) = (var(UserAttribute::AccessKeyId), var(UserAttribute::SecretAccessKey));
        let is_delivered = id.is_some() || secret.is_some();
        let grants = user.grants.iter().map(|(bucket, access)| {
            let access = match access {
                Access::Read => "read",
                Access::ReadWrite => "read-write",
            };
            json!({ "bucket": bucket, "bucket_name": spec.buckets.get(bucket).map(|bucket| &bucket.name), "access": access })
        });
        json!({
            "key": key, "name": user.name, "path": user.path, "grants": grants.collect::<Vec<_>>(),
            "max_age_days": user.access_key.as_ref().and_then(|key| key.max_age).map(|age| age.days),
            "vars": is_delivered.then(|| json!({ "id": id, "secret": secret })),
        })
    };
    spec.iam_users.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{EnvironmentName, parse};

    fn context(text: &str) -> BTreeMap<String, serde_json::Value> {
        let name = EnvironmentName::parse("production").unwrap();
        let environment = parse(&name, text).unwrap_or_else(|error| panic!("{}", error.render(false)));
        let context = of(&environment, &["production".to_owned()]);
        context.into_iter().map(|(key, value)| (key, serde_json::to_value(value).unwrap())).collect()
    }

    const FULL: &str = "
app: { name: shop }
addons: { MAIN: { plan: 'heroku-postgresql:standard-0', backups: { at: '02:00 UTC' } }, CACHE: { attach: other } }
config:
  A: text
  B: { env: CANARY }
  C: { from: buckets.files.name }
  D: { from: iam_users.app.secret_access_key }
  E: { generate: uuid }
  F: { from: iam_users.app.access_key_id }
formation: { web: { quantity: 1 } }
buckets: { files: { name: shop-files, region: us-east-1 } }
iam_users: { app: { name: shop-app, grants: { files: read }, access_key: { max_age: 90d } } }
";

    /// Every name with its parts, as the documentation writes them.
    fn names(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                found.extend(map.keys().cloned());
                map.values().for_each(|value| names(value, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_documentation_has_every_name() {
        let page = include_str!("../../docs/render.md");
        let mut found = Vec::new();
        for (key, value) in context(FULL) {
            found.push(key);
            names(&value, &mut found);
        }
        found.retain(|name| !name.ends_with("_after_days"));
        for name in found {
            assert!(page.contains(&format!("`{name}`")), "docs/render.md does not tell of `{name}`");
        }
    }

    #[test]
    fn a_reference_has_the_value_that_the_spec_tells_and_a_secret_has_none() {
        let known = context(FULL);
        let values: Vec<_> = known["config"].as_array().unwrap().iter().map(|var| &var["value"]).collect();
        let none = serde_json::Value::Null;
        assert_eq!(values, [&json!("text"), &none, &json!("shop-files"), &none, &none, &none]);
        let secret = |at: usize| known["config"][at]["is_secret"] == true;
        assert_eq!([0, 1, 2, 3, 4, 5].map(secret), [false, true, false, true, true, true]);
    }

    #[test]
    fn a_process_that_something_else_scales_has_the_fewest_and_the_most_dynos() {
        let spec = "app: { name: shop }\nformation:\n  web: { quantity: 2..5 }\n  worker: { size: Basic }\n  mailer: { scale: unmanaged }\n  release: { size: basic }\n";
        assert_eq!(
            context(spec)["formation"],
            json!([
                { "process": "mailer", "quantity": 1, "most": null, "dynos": "scaled elsewhere", "size": null },
                { "process": "web", "quantity": 2, "most": 5, "dynos": "2..5", "size": null },
                { "process": "worker", "quantity": 1, "most": null, "dynos": "scaled elsewhere", "size": "basic" },
            ])
        );
    }

    #[test]
    fn what_delivers_a_bucket_and_a_key_is_found() {
        let known = context(FULL);
        assert_eq!(known["buckets"][0]["vars"], json!({ "name": "C", "region": null }));
        assert_eq!(known["iam_users"][0]["vars"], json!({ "id": "F", "secret": "D" }));
        let bare =
            context("app: { name: shop }\nbuckets: { files: { name: shop-files, region: us-east-1 } }\n");
        assert_eq!(bare["buckets"][0]["vars"], serde_json::Value::Null);
        assert_eq!(bare["database"], serde_json::Value::Null);
        assert_eq!(bare["buildpacks"], json!(["heroku/ruby"]));
    }

    #[test]
    fn the_database_is_the_postgres_among_the_addons() {
        let known = context(FULL);
        assert_eq!(known["database"]["url_var"], "MAIN_URL");
        assert_eq!(known["database"]["backups"]["at"], "02:00 UTC");
    }
}

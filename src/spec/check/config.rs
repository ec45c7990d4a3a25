//! Rules for config vars and the references in them (heroku-api.md section 4).

use crate::spec::rules::nearest;
use crate::spec::{
    Addon, ConfigValue, Finding, Guide, LocalName, Reference, Spec, UserAttribute, VarName, ending_after,
    load, var_endings,
};

/// Heroku's documented limit for one app's config vars together, in bytes; some copies of its page say half of it.
const MAX_TOTAL_BYTES: usize = 64 * 1024;
/// From this size on a single literal is worth a warning, in bytes.
const LARGE_BYTES: usize = 32 * 1024;
/// The most random bytes that `generate` draws.
const MAX_GENERATED_BYTES: u16 = 1024;

pub(super) fn values(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, value) in &spec.config {
        owned_by_addon(spec, name, value, findings);
        findings.extend(of_the_platform(name, value));
        findings.extend(one(name, value));
    }
    for (place, drain) in spec.app.log_drains.iter().flatten().enumerate() {
        findings.extend(one_source(&format!("app.log_drains[{place}]"), drain.source()));
    }
    total(spec, findings);
}

/// A var that an add-on sets can be set by nobody else. Which vars those are is known of some services only; of the
/// others, and of what is attached, the plan asks Heroku.
fn owned_by_addon(spec: &Spec, name: &VarName, value: &ConfigValue, findings: &mut Vec<Finding>) {
    if matches!(value, ConfigValue::External(_)) {
        return;
    }
    let owner = spec.addons.iter().find(|(attachment, addon)| {
        let Addon::Create(new) = addon else { return false };
        let endings = var_endings(new.plan.service()).unwrap_or_default();
        ending_after(attachment, name.as_str()).is_some_and(|ending| endings.contains(&ending))
    });
    if let Some((addon, _)) = owner {
        let message = format!("`{name}` belongs to the add-on `{addon}`, which sets it");
        let finding = Finding::error(format!("config.{name}"), message).on_key();
        findings.push(finding.help(
            "remove it here, or write `{ external: true }`; Heroku refuses to overwrite an add-on's var",
        ));
    }
}

/// Heroku's article advises against these names and its API takes them; its own buildpacks ask for some.
fn of_the_platform(name: &VarName, value: &ConfigValue) -> Option<Finding> {
    let prefix = ["HEROKU_", "__"].into_iter().find(|prefix| name.as_str().starts_with(prefix))?;
    if matches!(value, ConfigValue::External(_) | ConfigValue::Absent) {
        return None;
    }
    let message =
        format!("names that begin with `{prefix}` are Heroku's own: set one only where Heroku says to");
    Some(Finding::warning(format!("config.{name}"), message).on_key())
}

fn one(name: &VarName, value: &ConfigValue) -> Option<Finding> {
    let path = format!("config.{name}");
    match value {
        ConfigValue::Literal(text) if text.contains('\0') => {
            let finding = Finding::error(path, format!("`{name}` holds a NUL character"));
            Some(finding.expected("text that an environment variable can hold"))
        }
        ConfigValue::Literal(text) if let Some(variable) = placeholder(text) => {
            let message = format!("`{text}` is sent as it stands: a spec fills nothing in");
            let help = format!("write `{{ env: {variable} }}` for what the operator's environment has");
            Some(Finding::warning(path, message).help(help))
        }
        ConfigValue::Literal(text) if text.len() > LARGE_BYTES => {
            let size = text.len() / 1024;
            let message =
                format!("`{name}` is {size} kB long, half of what Heroku allows for all vars or more");
            Some(Finding::warning(path, message))
        }
        _ => one_source(&path, value),
    }
}

/// How a value of somebody else's is replaced.
fn rotation(path: &str, Guide { test, url }: &Guide) -> Option<Finding> {
    if test.is_empty() && url.is_none() {
        let finding = Finding::error(format!("{path}.rotation"), "`rotation` says nothing");
        return Some(
            finding.expected("a program that tests a value as `test`, where one is made as `url`, or both"),
        );
    }
    if test.first().is_some_and(String::is_empty) {
        let finding = Finding::error(format!("{path}.rotation.test"), "the command is empty");
        return Some(finding.expected("a program and its arguments, such as `[bin/check-stripe]`"));
    }
    let url = url.as_deref()?;
    let is_page = url::Url::parse(url).is_ok_and(|url| ["https", "http"].contains(&url.scheme()));
    (!is_page).then(|| {
        let finding =
            Finding::error(format!("{path}.rotation.url"), format!("`{url}` is no page of the web"));
        finding.expected("a URL such as `https://dashboard.stripe.com/apikeys`")
    })
}

/// A source of the operator's side, or of random bytes.
fn one_source(path: &str, value: &ConfigValue) -> Option<Finding> {
    match value {
        ConfigValue::Env(variable) => {
            let wrong = variable.is_empty() || variable.contains(['=', '\0']);
            wrong.then(|| {
                let message = format!("`{variable}` is not the name of an environment variable");
                Finding::error(format!("{path}.env"), message).expected("a name such as `OPENAI_API_KEY`")
            })
        }
        ConfigValue::File(file) => {
            let inside = load::inside(std::path::Path::new("environments"), std::path::Path::new(file));
            let wrong = file.is_empty() || inside.is_none();
            wrong.then(|| {
                let message = format!("`{file}` is not a file within the project");
                let expected = "a path relative to `environments/` that stays within the project";
                Finding::error(format!("{path}.file"), message).expected(expected)
            })
        }
        ConfigValue::Command(words) => words.first().is_none_or(String::is_empty).then(|| {
            let finding = Finding::error(format!("{path}.command"), "the command is empty");
            finding.expected("a program and its arguments, such as `[op, read, \"op://vault/item/field\"]`")
        }),
        ConfigValue::Generate(generated) => {
            let wrong = !(1..=MAX_GENERATED_BYTES).contains(&generated.bytes);
            wrong.then(|| {
                let message = format!("`generate` cannot draw {} bytes", generated.bytes);
                let expected = format!("a whole number from 1 to {MAX_GENERATED_BYTES}");
                Finding::error(format!("{path}.bytes"), message).expected(expected)
            })
        }
        ConfigValue::External(Some(guide)) => rotation(path, guide),
        ConfigValue::Literal(_)
        | ConfigValue::Absent
        | ConfigValue::From(_)
        | ConfigValue::External(None) => None,
    }
}

/// The variable of a value that is nothing but a place for another: `${NAME}` or `$NAME` of shells and compose files,
/// `${{ secrets.NAME }}` of a workflow.
fn placeholder(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('$')?;
    let inner = match inner.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
        Some(expression) => expression.trim().rsplit('.').next()?,
        None => inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(inner),
    };
    let is_name = inner.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && inner.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then_some(inner)
}

fn total(spec: &Spec, findings: &mut Vec<Finding>) {
    let size = |(name, value): (&VarName, &ConfigValue)| match value {
        ConfigValue::Literal(text) => name.as_str().len() + text.len(),
        _ => 0,
    };
    let total: usize = spec.config.iter().map(size).sum();
    if total > MAX_TOTAL_BYTES {
        let message = format!("the config vars are {} kB together, more than Heroku takes", total / 1024);
        let finding =
            Finding::error("config", message).expected("64 kB at most, all names and values together");
        findings.push(finding.help("put long texts into a file of the app, or into a bucket"));
    }
}

pub(super) fn references(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, value) in &spec.config {
        let ConfigValue::From(reference) = value else { continue };
        let path = format!("config.{name}.from");
        match reference {
            Reference::AppName | Reference::AppWebUrl => {}
            Reference::Bucket(bucket, _) => {
                if !spec.buckets.contains_key(bucket) {
                    findings.push(unknown(path, "bucket", bucket, spec.buckets.keys()));
                }
            }
            Reference::IamUser(user, attribute) => match spec.iam_users.get(user) {
                None => findings.push(unknown(path, "IAM user", user, spec.iam_users.keys())),
                Some(found) => {
                    let of_key =
                        matches!(attribute, UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey);
                    if of_key && found.access_key.is_none() {
                        let message = format!("`{reference}` does not exist: the user has no `access_key`");
                        let finding = Finding::error(path, message).rests_on(format!("iam_users.{user}"));
                        let help = format!("add `access_key: {{ max_age: 90d }}` to `iam_users.{user}`");
                        findings.push(finding.help(help));
                    }
                }
            },
        }
    }
}

/// A name that the spec does not have, with the nearest that it has.
pub(super) fn unknown<'a>(
    path: String,
    kind: &str,
    name: &LocalName,
    known: impl Iterator<Item = &'a LocalName> + Clone,
) -> Finding {
    let section = if kind == "bucket" { "buckets" } else { "iam_users" };
    let list: Vec<String> = known.clone().map(|name| format!("`{name}`")).collect();
    let finding = Finding::error(path, format!("there is no {kind} `{name}` in the spec"));
    let finding = finding
        .rests_on(format!("{section}.{name}"))
        .did_you_mean(nearest(name.as_str(), known.map(LocalName::as_str)));
    match list.len() {
        0 => finding.expected(format!("a name under `{section}`, which has none")),
        _ => finding.expected(format!("a name under `{section}`: {}", list.join(", "))),
    }
}

/// A key that no config var takes would be made and lost at once: its secret is shown only once.
pub(super) fn access_keys(spec: &Spec, findings: &mut Vec<Finding>) {
    let taken = |user: &LocalName, attribute| {
        let wanted = ConfigValue::From(Reference::IamUser(user.clone(), attribute));
        spec.config.values().any(|value| *value == wanted)
    };
    for (name, user) in &spec.iam_users {
        if user.access_key.is_none() {
            continue;
        }
        let missing: Vec<String> = [UserAttribute::AccessKeyId, UserAttribute::SecretAccessKey]
            .into_iter()
            .filter(|attribute| !taken(name, *attribute))
            .map(|attribute| format!("`iam_users.{name}.{}`", attribute.as_str()))
            .collect();
        if !missing.is_empty() {
            let message = format!("no config var takes {}", missing.join(" or "));
            let finding =
                Finding::error(format!("iam_users.{name}.access_key"), message).on_key().rests_on("config");
            findings.push(finding.help(format!(
                "a key's secret is shown once, so `config` must take both, such as \
                 `AWS_ACCESS_KEY_ID: {{ from: iam_users.{name}.access_key_id }}`"
            )));
        }
    }
}

//! From an add-on as it was written to one that is created or attached: which keys go with which.

use super::forms::Given;
use super::names::AddonName;
use super::raw::RawAddon;
use super::shape::texts;
use super::{Addon, AddonPart, AddonPlan, AttachmentName, Finding, Namespace, NewAddon};

/// The add-on, and every mistake of form. One without either key is left out, since there is a finding.
pub(super) fn addon(name: &AttachmentName, raw: RawAddon, findings: &mut Vec<Finding>) -> Option<Addon> {
    let path = format!("addons.{name}");
    let fail = |message: &str, findings: &mut Vec<Finding>| {
        let finding = Finding::error(path.clone(), format!("`{path}` {message}"));
        // a misspelt key in it is the mistake then, and has been reported
        findings.push(
            finding
                .on_key()
                .rests_on(path.clone())
                .expected("either `plan` (to create one) or `attach` (one that is there)"),
        );
        None
    };
    let mut raw = raw;
    match (std::mem::take(&mut raw.plan), std::mem::take(&mut raw.attach)) {
        (Given::Broken, _) | (_, Given::Broken) => None,
        (Given::Absent, Given::Absent) => fail("has neither `plan` nor `attach`", findings),
        (Given::Value(_), Given::Value(_)) => fail("has both `plan` and `attach`", findings),
        (Given::Absent, Given::Value(addon)) => Some(Addon::Attach(attached(&path, addon, &raw, findings))),
        (Given::Value(plan), Given::Absent) => Some(Addon::Create(new(&path, plan, raw, findings))),
    }
}

fn new(path: &str, plan: AddonPlan, raw: RawAddon, findings: &mut Vec<Finding>) -> NewAddon {
    for (key, _) in parts(&raw).iter().filter(|(_, written)| *written) {
        let message = format!("`{key}` goes only with `attach`");
        let help = "a new add-on is attached as such; attach the part under another name";
        findings.push(Finding::error(format!("{path}.{key}"), message).on_key().help(help));
    }
    NewAddon {
        protect: raw.protect.unwrap_or_else(|| plan.is_postgres()),
        plan,
        config: texts(raw.config),
        extensions: raw.extensions.unwrap_or_default(),
        backups: raw.backups.and_then(|backups| backups.at.value()).map(|time| time.0),
        wait: raw.wait,
    }
}

fn attached(path: &str, addon: AddonName, raw: &RawAddon, findings: &mut Vec<Finding>) -> AddonPart {
    let options = [
        ("config", raw.config.is_some()),
        ("extensions", raw.extensions.is_some()),
        ("backups", raw.backups.is_some()),
        ("protect", raw.protect.is_some()),
        ("wait", raw.wait.is_some()),
    ];
    for (key, _) in options.iter().filter(|(_, written)| *written) {
        let message = format!("`{key}` does not go with `attach`");
        let help = "another app's add-on is set up where it was created";
        findings.push(Finding::error(format!("{path}.{key}"), message).on_key().help(help));
    }
    AddonPart { addon, namespace: namespace(path, raw, findings) }
}

/// The keys that name a part of an add-on, and whether each is written.
fn parts(raw: &RawAddon) -> [(&'static str, bool); 3] {
    [
        ("namespace", raw.namespace.is_some()),
        ("credential", raw.credential.is_some()),
        ("pool", raw.pool == Some(true)),
    ]
}

/// The one part that is asked for.
fn namespace(path: &str, raw: &RawAddon, findings: &mut Vec<Finding>) -> Option<Namespace> {
    let written: Vec<&str> =
        parts(raw).into_iter().filter_map(|(key, written)| written.then_some(key)).collect();
    if let [_, second, ..] = written.as_slice() {
        let names: Vec<String> = written.iter().map(|key| format!("`{key}`")).collect();
        let finding = Finding::error(
            format!("{path}.{second}"),
            format!("`{path}` names more than one part of the add-on: {}", names.join(", ")),
        );
        findings.push(finding.on_key().expected("one of `namespace`, `credential`, `pool`"));
        return None;
    }
    if let Some(name) = &raw.credential {
        let credential = Namespace::credential(name);
        if credential.is_err() {
            let finding = Finding::error(format!("{path}.credential"), format!("`{name}` is no credential"));
            findings.push(finding.expected("a credential's name, such as `readonly`"));
        }
        return credential.ok().and_then(Namespace::if_special);
    }
    match raw.pool {
        Some(true) => Namespace::pool().ok(),
        Some(false) | None => raw.namespace.clone().and_then(Namespace::if_special),
    }
}

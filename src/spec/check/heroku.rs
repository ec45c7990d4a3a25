//! Rules for the app, its add-ons and its dynos (heroku-api.md sections 2, 3 and 5).

use std::collections::BTreeSet;

use crate::spec::{
    Addon, AttachmentName, DynoFamily, DynoSize, Finding, NewAddon, ProcessType, Spec, origin_names,
};

pub(super) fn app(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.app.renamed_from.as_ref() == Some(&spec.app.name) {
        let message = format!("`app.renamed_from` is `{}`, the same as `app.name`", spec.app.name);
        let finding = Finding::error("app.renamed_from", message).rests_on("app.name");
        findings.push(finding.help("remove it, or write the app's name before"));
    }
}

pub(super) fn addons(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, addon) in &spec.addons {
        match addon {
            Addon::Create(new) => only_postgres(&format!("addons.{name}"), new, findings),
            Addon::Attach(_) => {}
        }
        circle(spec, name, findings);
        copies(spec, name, addon, findings);
    }
}

/// A database that is copied from itself, at once or by way of others, can never be ordered.
fn circle(spec: &Spec, name: &AttachmentName, findings: &mut Vec<Finding>) {
    let Some(Addon::Create(addon)) = spec.addons.get(name) else { return };
    let mut seen = BTreeSet::new();
    for (option, value) in addon.origins() {
        let mut ahead = origin_names(value, &spec.app.name);
        while let Some(next) = ahead.pop() {
            if next == *name {
                let path = format!("addons.{name}.config.{option}");
                let message = format!("`{name}` would be made from itself: `{value}` leads back to it");
                let finding = Finding::error(path, message);
                findings.push(finding.help("name an add-on that can be there before this one"));
                return;
            }
            if let Some(Addon::Create(other)) = spec.addons.get(&next)
                && seen.insert(next)
            {
                ahead.extend(other.origins().flat_map(|(_, value)| origin_names(value, &spec.app.name)));
            }
        }
    }
}

/// What Heroku copies is on a server of its own, at both ends, and no follower (heroku-api.md section 8.1).
fn copies(spec: &Spec, name: &AttachmentName, addon: &Addon, findings: &mut Vec<Finding>) {
    let Addon::Create(addon) = addon else { return };
    for (option, value) in addon.origins().filter(|_| addon.plan.is_postgres()) {
        let path = format!("addons.{name}.config.{option}");
        let origin = origin_names(value, &spec.app.name)
            .into_iter()
            .find_map(|name| spec.addons.get(&name).map(|addon| (name, addon)));
        let shared = match &origin {
            _ if addon.plan.is_shared_postgres() => Some(format!("`{}`", addon.plan)),
            Some((of, Addon::Create(of_plan))) if of_plan.plan.is_shared_postgres() => {
                Some(format!("`{of}`, which is `{}`", of_plan.plan))
            }
            _ => None,
        };
        if let Some(shared) = shared {
            let finding = Finding::error(path, format!("`{option}` does not go with {shared}")).on_key();
            findings.push(finding.help("only databases of the Standard tier and above can be copied"));
        } else if let Some((of, Addon::Create(of_plan))) = origin
            && of_plan.config.contains_key("follow")
        {
            let finding = Finding::warning(path, format!("`{of}` follows another database")).on_key();
            findings.push(finding.help(
                "Heroku copies no follower: name the database that it follows, unless it was unfollowed",
            ));
        }
    }
}

fn only_postgres(path: &str, addon: &NewAddon, findings: &mut Vec<Finding>) {
    if addon.plan.is_postgres() {
        extensions(path, &addon.extensions, findings);
        return;
    }
    let written = [("extensions", !addon.extensions.is_empty()), ("backups", addon.backups.is_some())];
    for (key, _) in written.iter().filter(|(_, written)| *written) {
        let message = format!("`{key}` goes only with heroku-postgresql, and this is `{}`", addon.plan);
        findings.push(Finding::error(format!("{path}.{key}"), message).on_key());
    }
}

fn extensions(path: &str, extensions: &[String], findings: &mut Vec<Finding>) {
    for (index, name) in extensions.iter().enumerate() {
        let place = format!("{path}.extensions[{index}]");
        let first = name.starts_with(|first: char| first.is_ascii_lowercase());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        if !first || !name.chars().all(allowed) {
            let finding = Finding::error(place, format!("`{name}` is not the name of an extension"));
            let finding = finding.expected("a PostgreSQL extension by its SQL name, such as `vector`");
            findings.push(if name == "pgvector" { finding.help("did you mean `vector`?") } else { finding });
        } else if name == "pgvector" {
            let finding = Finding::error(place, "there is no extension `pgvector`");
            findings.push(finding.help("pgvector's SQL name is `vector`"));
        } else if extensions[..index].contains(name) {
            findings.push(Finding::error(place, format!("`{name}` is listed twice")));
        }
    }
}

pub(super) fn formation(spec: &Spec, findings: &mut Vec<Finding>) {
    process_types(spec, findings);
    tiers(spec, findings);
}

/// Sizes that cannot run in one app.
fn tiers(spec: &Spec, findings: &mut Vec<Finding>) {
    let sized: Vec<(&ProcessType, &DynoSize)> =
        spec.formation.iter().filter_map(|(name, dynos)| Some((name, dynos.size.as_ref()?))).collect();
    let Some((_, first)) = sized.first() else { return };
    for (name, size) in sized.iter().filter(|(_, size)| size.family() != first.family()) {
        let message = format!("`{first}` and `{size}` dynos cannot run in the same app");
        let finding = Finding::error(format!("formation.{name}.size"), message);
        findings.push(finding.help(
            "eco runs only with eco and basic only with basic; standard and performance may mix; private, \
             shield and Fir sizes keep to themselves",
        ));
    }
}

/// Rules that hold for a process type by itself.
fn process_types(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, dynos) in &spec.formation {
        if name.as_str() == "release" {
            let message = "Heroku runs `release` once for each release and never scales it";
            let finding = Finding::error("formation.release", message).on_key();
            findings.push(finding.help("remove it here: the Procfile is enough"));
        }
        let Some(size) = &dynos.size else { continue };
        if matches!(size.family(), DynoFamily::Eco | DynoFamily::Basic) && dynos.quantity > 1 {
            let path = format!("formation.{name}.quantity");
            let finding = Finding::error(path, format!("a process type runs on one {size} dyno at most"));
            findings.push(finding.expected("0 or 1").help("for more dynos, choose `standard-1x`"));
        }
    }
}

/// The Dockerfile of a container app says what is built.
pub(super) fn buildpacks(spec: &Spec, findings: &mut Vec<Finding>) {
    let is_container = spec.app.stack.as_ref().is_some_and(|stack| stack.as_str() == "container");
    if is_container && spec.buildpacks.as_ref().is_some_and(|buildpacks| !buildpacks.is_empty()) {
        let finding =
            Finding::error("buildpacks", "an app of the stack `container` has no buildpacks").on_key();
        findings.push(finding.rests_on("app.stack").help("remove them, or choose another `app.stack`"));
    }
}

//! Rules for the app, its add-ons and its dynos (heroku-api.md sections 2, 3 and 5).

use std::collections::BTreeSet;

use crate::spec::rules::nearest;
use crate::spec::{
    Addon, AddonPart, AttachmentName, Backups, Buildpack, Finding, NewAddon, Spec, origin_names,
};

/// An app has this many custom domains at most (section 7, domains).
const MAX_DOMAINS: usize = 1000;

/// And this many log drains (section 7, log drains).
const MAX_DRAINS: usize = 5;

pub(super) fn app(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.app.renamed_from.as_ref() == Some(&spec.app.name) {
        let message = format!("`app.renamed_from` is `{}`, the same as `app.name`", spec.app.name);
        let finding = Finding::error("app.renamed_from", message).rests_on("app.name");
        findings.push(finding.help("remove it, or write the app's name before"));
    }
    let domains = spec.app.domains.as_ref().map_or(0, BTreeSet::len);
    if domains > MAX_DOMAINS {
        let message = format!("an app has {MAX_DOMAINS} custom domains at most, and these are {domains}");
        findings.push(Finding::error("app.domains", message).on_key());
    }
    let drains = spec.app.log_drains.as_ref().map_or(0, Vec::len);
    if drains > MAX_DRAINS {
        let message = format!("an app has {MAX_DRAINS} log drains at most, and these are {drains}");
        findings.push(Finding::error("app.log_drains", message).on_key());
    }
    collaborators(spec, findings);
}

/// Only a team gives collaborators rights of their own (life-and-ci.md section 9.3).
fn collaborators(spec: &Spec, findings: &mut Vec<Finding>) {
    let people = spec.app.collaborators.iter().flatten().filter(|_| spec.app.team.is_none());
    for (email, _) in people.filter(|(_, permissions)| !permissions.is_empty()) {
        let message = format!(
            "a personal app gives `{email}` no rights of its own: each collaborator may do everything but administer it"
        );
        let finding = Finding::error(format!("app.collaborators.{}", email.written()), message);
        findings.push(finding.help("write `[]`, or `app.team` when a team owns the app"));
    }
}

pub(super) fn addons(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, addon) in &spec.addons {
        match addon {
            Addon::Create(new) => {
                let path = format!("addons.{name}");
                only_postgres(&path, new, findings);
                findings.extend(retired(&path, new));
                findings.extend(beyond_the_plan(&path, new));
                findings.extend(
                    Some(new).filter(|new| new.plan.is_postgres()).and_then(|new| moment(&path, new)),
                );
            }
            Addon::Attach(part) => findings.extend(attached(spec, name, part)),
        }
        circle(spec, name, findings);
        copies(spec, name, addon, findings);
    }
}

/// A name for an add-on of this spec, or for a part of it, has to have something to stand for.
fn attached(spec: &Spec, name: &AttachmentName, part: &AddonPart) -> Option<Finding> {
    let path = format!("addons.{name}");
    let meant =
        |(other, _): &(&AttachmentName, &Addon)| other.as_str() == part.addon.as_str() && *other != name;
    if let Some((other, Addon::Attach(further))) = spec.addons.iter().find(meant) {
        let message = format!("`{other}` is attached itself, and no add-on of this spec");
        let finding = Finding::error(format!("{path}.attach"), message);
        return Some(finding.help(format!("write `attach: {}`", further.addon)));
    }
    let (key, of) = spec.created(part)?;
    let namespace = part.namespace.as_ref()?;
    let is_databases =
        ["credential:", "connection-pooling:"].iter().any(|kind| namespace.as_str().starts_with(kind));
    let reason = if is_databases && !of.plan.is_postgres() {
        "is no database, and has no credentials or pools"
    } else if of.plan.is_shared_postgres() {
        "is a database of the Essential tier, which has its default credential alone"
    } else {
        return None;
    };
    let finding = Finding::error(path, format!("`{key}` {reason}: there is no `{namespace}`")).on_key();
    Some(
        finding
            .rests_on(format!("addons.{key}.plan"))
            .help("attach the add-on as such, or choose another plan"),
    )
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

/// A plan under its name of before: an add-on that has it is left alone, and no new one can be ordered (section 8.2, trap 33).
fn retired(path: &str, addon: &NewAddon) -> Option<Finding> {
    let today = addon.plan.name_of_today()?;
    let message =
        format!("`{}` is called `{today}` now, and cannot be ordered under its old name", addon.plan);
    Some(Finding::warning(format!("{path}.plan"), message).help(format!("write `{today}`")))
}

/// What a plan of Heroku Postgres does not have (sections 8.1, 8.2 and 8.4).
fn beyond_the_plan(path: &str, addon: &NewAddon) -> Option<Finding> {
    let tier =
        addon.plan.name_of_today().unwrap_or(addon.plan.as_str()).strip_prefix("heroku-postgresql:")?;
    let is_shield = tier.starts_with("shield-") && addon.backups.is_some();
    is_shield.then(|| {
        let message = format!("a database of the plan `{}` has no scheduled backups", addon.plan);
        let finding = Finding::error(format!("{path}.backups"), message).on_key();
        finding.rests_on(format!("{path}.plan")).help("remove it: such a database is protected continuously")
    })
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
            findings.push(finding.help(
                "only the Standard tier and above can; choose another plan, or copy the data with `heroku pg:copy`",
            ));
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

/// When a database is to be copied as it was: one origin, and one moment (life-and-ci.md section 2).
fn moment(path: &str, addon: &NewAddon) -> Option<Finding> {
    let option = |name: &str| addon.config.contains_key(name).then(|| format!("{path}.config.{name}"));
    let origins: Vec<&str> = addon.origins().map(|(option, _)| option).collect();
    let moments: Vec<&str> =
        ["to", "by", "recovery-time"].into_iter().filter(|name| option(name).is_some()).collect();
    let example = "write `to: \"2026-01-13 15:20 UTC\"` or `by: \"3 hours 7 minutes\"` beside it";
    match (origins.as_slice(), moments.as_slice()) {
        ([first, second, ..], _) => {
            let message = format!("a database is made from one other, and `{first}` names one already");
            Some(Finding::error(option(second)?, message).on_key().help("keep the one that is meant"))
        }
        (["rollback"], []) => {
            let message = "`rollback` copies a database as it was at a moment, and none is written";
            Some(Finding::error(option("rollback")?, message.to_owned()).on_key().help(example))
        }
        (["rollback"], [first, second, ..]) => {
            let message = format!("`rollback` goes to one moment, and `{first}` says one already");
            Some(Finding::error(option(second)?, message).on_key().help("keep the one that is meant"))
        }
        (["follow" | "fork"], [moment, ..]) => {
            let message = format!("`{moment}` goes with `rollback`: any other copy is of now");
            Some(Finding::error(option(moment)?, message).on_key().help("write `rollback`, or remove it"))
        }
        _ => None,
    }
}

fn only_postgres(path: &str, addon: &NewAddon, findings: &mut Vec<Finding>) {
    if addon.plan.is_postgres() {
        extensions(path, &addon.extensions, findings);
        findings.extend(addon.backups.as_ref().and_then(|backups| zone(path, backups)));
        return;
    }
    let written = [("extensions", !addon.extensions.is_empty()), ("backups", addon.backups.is_some())];
    for (key, _) in written.iter().filter(|(_, written)| *written) {
        let message = format!("`{key}` goes only with heroku-postgresql, and this is `{}`", addon.plan);
        findings.push(Finding::error(format!("{path}.{key}"), message).on_key());
    }
}

/// Abbreviations are the `heroku` program's own, which turns them into these names before it asks; the service knows
/// the zones of the IANA list (heroku-api.md section 8.4). Those that are in the list too (`EST`, `CET`) are none of these.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("BST", "Europe/London"),
    ("CDT", "America/Chicago"),
    ("CEST", "Europe/Paris"),
    ("CST", "America/Chicago"),
    ("EDT", "America/New_York"),
    ("MDT", "America/Boise"),
    ("PDT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("Z", "UTC"),
];

/// Zones of the IANA list that keep the same hour all the year, and the places that most people mean by them.
const WITHOUT_SUMMER_TIME: &[(&str, &str)] = &[("EST", "America/New_York"), ("MST", "America/Boise")];

/// The names of the IANA list of 2025, those that it keeps for what was written before included.
const ZONES: &str = include_str!("../zones.txt");

fn zone(path: &str, backups: &Backups) -> Option<Finding> {
    let at = format!("{path}.backups.at");
    let zone = backups.zone.as_str();
    let place = |place: &str| format!("write `{:02}:00 {place}`, if that is the place", backups.hour);
    let meant = |table: &[(&str, &'static str)]| {
        table.iter().find(|(short, _)| *short == zone).map(|(_, meant)| *meant)
    };
    if let Some(meant) = meant(ABBREVIATIONS) {
        let finding = Finding::error(at, format!("`{zone}` is no time zone of the IANA list"));
        return Some(finding.help(place(meant)));
    }
    if let Some(meant) = meant(WITHOUT_SUMMER_TIME) {
        let message = format!("`{zone}` has no summer time: it is the same hour of UTC all the year");
        return Some(Finding::warning(at, message).help(place(meant)));
    }
    // Heroku may know more zones than this version.
    let is_known = ZONES.lines().any(|known| known == zone);
    (!is_known).then(|| {
        let message = format!("`{zone}` is no time zone of the IANA list that this version knows");
        Finding::warning(at, message).did_you_mean(nearest(zone, ZONES.lines()))
    })
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

/// The Dockerfile of a container app says what is built (section 6).
pub(super) fn buildpacks(spec: &Spec, findings: &mut Vec<Finding>) {
    for (index, buildpack) in spec.buildpacks.iter().flatten().enumerate() {
        findings.extend(exposed(&format!("buildpacks[{index}]"), buildpack));
    }
    let is_container = spec.app.stack.as_ref().is_some_and(|stack| stack.as_str() == "container");
    if is_container && spec.buildpacks.as_ref().is_some_and(|buildpacks| !buildpacks.is_empty()) {
        let finding =
            Finding::error("buildpacks", "an app of the stack `container` has no buildpacks").on_key();
        findings.push(finding.rests_on("app.stack").help("remove them, or choose another `app.stack`"));
    }
}

/// Heroku takes any address, and these are not wise.
fn exposed(path: &str, buildpack: &Buildpack) -> Option<Finding> {
    let (scheme, rest) = buildpack.written().split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, host) = host.rsplit_once('@').unwrap_or(("git", host));
    if user != "git" {
        let message = format!(
            "the address of the buildpack on {host} holds a password or a token, and a spec is in git"
        );
        return Some(
            Finding::warning(path, message).help("use a public repository, or an archive of your own"),
        );
    }
    matches!(scheme, "http" | "git").then(|| {
        let message =
            format!("`{scheme}://{host}` is not encrypted: whoever is on the way can change what is built");
        Finding::warning(path, message).help("write `https://`")
    })
}

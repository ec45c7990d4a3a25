//! A database's credential: who is cut off when it is rotated, how far an earlier rotation is, and what is left to do.
//!
//! Heroku tells of no rotation as such. What is known of one is the state of the credential, and the release by which the
//! provider gave the app another URL (decision 31).

use std::collections::BTreeSet;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::Asked;
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, App, Attachment, Dyno, Release};
use crate::resource::task::credential::{self, Begins};
use crate::resource::{Desired, Draft, Overview, World, formation};
use crate::spec::{AddonPlan, AttachmentName};

/// What was looked at for a credential.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Every attachment of the database, on whatever app.
    attachments: Vec<Attachment>,
    /// How far the credential is; `None` where Heroku does not tell.
    state: Option<String>,
    /// The newest releases of the app, the newest first.
    releases: Vec<Release>,
    dynos: Vec<Dyno>,
}

/// A credential of a database that the app has.
struct Found<'a> {
    name: &'a AttachmentName,
    addon: &'a Addon,
    credential: String,
}

/// Looks at all of it at once; nothing is asked about what cannot be rotated anyway.
pub(super) async fn look(overview: Overview<'_>, name: &AttachmentName) -> Result<Seen, CloudError> {
    let Some(app) = overview.world.app.live() else { return Ok(Seen::default()) };
    let Ok(Found { addon, credential, .. }) = find(name, app, overview.world) else {
        return Ok(Seen::default());
    };
    let heroku = &overview.reads.clouds().heroku;
    let (attachments, state, releases, dynos) = tokio::try_join!(
        heroku.attachments_of_addon(&addon.id),
        heroku.credential_state(&addon.name, &credential),
        heroku.newest_releases(&app.id),
        heroku.dynos(&app.id),
    )?;
    Ok(Seen { attachments, state, releases, dynos })
}

/// The credential under a name, or why it is not rotated: the reason, and what to do.
fn find<'a>(name: &'a AttachmentName, app: &App, world: &'a World) -> Result<Found<'a>, (String, String)> {
    let attachment = world.attachment(name);
    let live = attachment.and_then(|attachment| Some((attachment, world.addon_of(attachment)?)));
    let Some((attachment, addon)) = live else {
        return Err(("there is no such add-on yet".to_owned(), "make it with `trueup apply`".to_owned()));
    };
    if addon.service != "heroku-postgresql" {
        let reason = format!("{} keeps its credentials to itself", addon.service);
        return Err((reason, "rotate them with its provider".to_owned()));
    }
    if addon.app_name != app.name {
        let reason =
            format!("{} belongs to {}, which this environment does not manage", addon.name, addon.app_name);
        return Err((reason, format!("rotate it in the environment of {}", addon.app_name)));
    }
    let plan = AddonPlan::parse(&addon.plan).ok();
    if plan.is_some_and(|plan| plan.is_advanced_postgres()) {
        let reason = "databases of the Advanced tier have credentials of another sort".to_owned();
        return Err((reason, format!("heroku data:pg:credentials:rotate {} -a {}", addon.name, app.name)));
    }
    let part = attachment.part().and_then(|part| part.strip_prefix("credential:"));
    Ok(Found { name, addon, credential: part.unwrap_or("default").to_owned() })
}

/// Decides what is left to do for a credential that was named.
pub(super) fn decide(
    name: &AttachmentName,
    desired: &Desired<'_>,
    world: &World,
    (seen, asked): (&Seen, &Asked),
    draft: &mut Draft,
) {
    let address = credential::address(name);
    let Some(app) = world.app.live() else {
        return draft.blocked(address, "the app is not live", "make it with `trueup apply`");
    };
    let found = match find(name, app, world) {
        Ok(found) => found,
        Err((reason, advice)) => return draft.blocked(address, reason, advice),
    };
    let names = names_of(&found, world);
    let last = last_of(&seen.releases, &names, desired.now);
    let threshold = asked.threshold();
    let recent = last.filter(|last| last.age <= threshold);
    let restarts = formation::running(world);
    let is_rotating = seen.state.as_deref().is_some_and(|state| state != "active");
    let begins = match recent {
        _ if is_rotating => Begins::Rotating,
        None => Begins::New,
        Some(last) if credential::behind(seen.dynos.clone(), &restarts, last.version).is_empty() => {
            return draft.warning(address, told(last, threshold));
        }
        Some(last) => Begins::Released(last.version),
    };
    let newest = seen.releases.first().map_or(0, |release| release.version);
    // One that is being rotated may have brought its release already.
    let (newest, before) = match (begins, recent) {
        (Begins::Rotating, Some(last)) => (last.version - 1, None),
        _ => (newest, world.config.get(&format!("{name}_URL")).cloned()),
    };
    draft.change(credential::Change {
        attachment: name.clone(),
        apps: apps(&found, app, seen),
        names,
        addon: found.addon.name.clone(),
        credential: found.credential,
        is_forced: asked.is_forced,
        begins,
        reason: Some(reason(begins, last)),
        before,
        newest,
        restarts,
    });
}

/// The names under which the app has the same credential.
fn names_of(found: &Found<'_>, world: &World) -> Vec<String> {
    let same = world.attachment(found.name).and_then(Attachment::part);
    let here = world.attachment.iter().filter(|one| one.addon_id == found.addon.id && one.part() == same);
    here.map(|one| one.name.clone()).collect()
}

/// Every app that Heroku restarts: those that have the credential, and for the default one all that have the database.
fn apps(found: &Found<'_>, app: &App, seen: &Seen) -> Vec<String> {
    let part = format!("credential:{}", found.credential);
    let is_default = found.credential == "default";
    let has = |one: &&Attachment| is_default || one.namespace.as_deref() == Some(part.as_str());
    let names = seen.attachments.iter().filter(has).map(|one| one.app_name.clone());
    let others: BTreeSet<String> = names.filter(|name| *name != app.name).collect();
    [app.name.clone()].into_iter().chain(others).collect()
}

/// The last rotation that the app's releases tell of.
#[derive(Clone, Copy, Debug)]
struct Last {
    version: u64,
    age: Duration,
}

fn last_of(releases: &[Release], names: &[String], now: OffsetDateTime) -> Option<Last> {
    let release = releases.iter().find(|release| credential::is_of_provider(release, names))?;
    let made = OffsetDateTime::parse(release.created_at.as_deref()?, &Rfc3339).ok()?;
    Some(Last { version: release.version, age: now - made })
}

fn reason(begins: Begins, last: Option<Last>) -> String {
    match (begins, last) {
        (Begins::Rotating, _) => "Heroku is at it already".to_owned(),
        (Begins::Released(version), _) => {
            format!("v{version} has the new password, and dynos still run without")
        }
        (Begins::New, Some(last)) => {
            format!("the password is {} old, from v{}", super::in_words(last.age), last.version)
        }
        (Begins::New, None) => "none of the newest releases has changed the password".to_owned(),
    }
}

fn told(last: Last, threshold: Duration) -> String {
    let age = super::in_words(last.age);
    let again = if threshold == super::RECENT {
        "the rotation that was asked for is taken to be that one (`--if-older-than 0` makes another)"
            .to_owned()
    } else {
        format!("it is not older than {}", super::in_words(threshold))
    };
    format!("the password is {age} old, from v{}: {again}", last.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{self, NOW, changes, want, world};
    use crate::resource::{Change, Operation as _};

    const SPEC: &str = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }";
    const UPDATE: &str = "update addons.DATABASE.credential";

    const USUAL: Asked = super::super::tests::USUAL;

    fn release(version: u64, description: &str, minutes: i64) -> Release {
        let created_at = (NOW - Duration::minutes(minutes)).format(&Rfc3339).ok();
        Release { created_at, ..testing::release(version, description) }
    }

    fn dyno(release: u64) -> Dyno {
        Dyno {
            name: "web.1".to_owned(),
            process_type: "web".to_owned(),
            is_running: true,
            is_up: true,
            release: Some(release),
        }
    }

    /// The app, with its database and a dyno.
    fn live() -> World {
        world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0").with_dynos("web", 1, "basic")
    }

    fn decided(world: &World, seen: &Seen, asked: &Asked) -> Draft {
        let (want, mut draft) = (want(SPEC), Draft::default());
        let name = AttachmentName::parse("DATABASE").unwrap();
        decide(&name, &want.desired(), world, (seen, asked), &mut draft);
        draft
    }

    fn begins(draft: &Draft) -> Option<Begins> {
        draft.changes.iter().find_map(|change| match change {
            Change::Credential(change) => Some(change.begins),
            _ => None,
        })
    }

    /// What was seen of it: its state, and the releases.
    fn seen(state: &str, releases: Vec<Release>, runs: u64) -> Seen {
        Seen { state: Some(state.to_owned()), releases, dynos: vec![dyno(runs)], attachments: Vec::new() }
    }

    #[test]
    fn what_is_left_of_a_rotation_is_told_by_the_state_and_the_last_release_of_the_provider() {
        let by_provider = |minutes| vec![release(7, "Update DATABASE by heroku-postgresql", minutes)];
        let other = || vec![release(7, "Set FOO config vars", 1)];
        for (state, releases, runs, expected) in [
            ("active", other(), 7, Some(Begins::New)),
            ("active", by_provider(61), 7, Some(Begins::New)),
            ("active", by_provider(59), 7, None),
            ("active", by_provider(1), 6, Some(Begins::Released(7))),
            ("rotating", other(), 7, Some(Begins::Rotating)),
            ("rotating", by_provider(1), 6, Some(Begins::Rotating)),
        ] {
            let draft = decided(&live(), &seen(state, releases, runs), &USUAL);
            assert_eq!(begins(&draft), expected, "{state}, v{runs}");
            assert_eq!(draft.warnings.len(), usize::from(expected.is_none()));
        }
    }

    #[test]
    fn an_age_that_is_asked_for_goes_before_the_hour() {
        let seen = seen("active", vec![release(7, "Update DATABASE by heroku-postgresql", 90)], 7);
        let older = |minutes| Asked { if_older_than: Some(Duration::minutes(minutes)), ..USUAL };
        assert_eq!(changes(&decided(&live(), &seen, &older(80))), [UPDATE]);
        assert_eq!(changes(&decided(&live(), &seen, &older(100))), [""; 0]);
        assert_eq!(changes(&decided(&live(), &seen, &older(0))), [UPDATE]);
    }

    #[test]
    fn every_app_that_has_it_is_named_and_of_a_named_credential_only_those_that_have_that() {
        let on = |app: &str, namespace: Option<&str>| Attachment {
            app_name: app.to_owned(),
            namespace: namespace.map(str::to_owned),
            ..live().attachment[0].clone()
        };
        let readonly = Some("credential:readonly");
        let all = vec![on("reports", readonly), on("ledger", None), on("admin", None), on("admin", readonly)];
        let seen = Seen { attachments: all, ..seen("active", Vec::new(), 7) };
        let apps = |world: &World| {
            let draft = decided(world, &seen, &USUAL);
            let fields = draft.changes[0].describe().remove(0).fields;
            format!("{:?}", fields.into_iter().find(|field| field.path == "restarts").unwrap().after)
        };
        assert!(apps(&live()).contains("ledger, admin, reports"), "{}", apps(&live()));
        let mut named = live();
        named.attachment[0].namespace = readonly.map(str::to_owned);
        assert!(apps(&named).contains("\"ledger, admin, reports\""));
    }

    #[test]
    fn what_is_not_this_environments_or_no_postgres_is_left_alone() {
        let seen = seen("active", Vec::new(), 7);
        for (world, expected) in [
            (world(), "there is no such add-on yet"),
            (world().with_addon("DATABASE", "ledger", "heroku-redis:mini"), "keeps its credentials"),
            (world().with_addon("DATABASE", "other", "heroku-postgresql:standard-0"), "belongs to other"),
            (world().with_addon("DATABASE", "ledger", "heroku-postgresql:advanced-0"), "Advanced tier"),
        ] {
            let draft = decided(&world, &seen, &USUAL);
            assert_eq!(changes(&draft), [""; 0]);
            assert!(draft.blocked[0].reason.contains(expected), "{:?}", draft.blocked);
        }
    }
}

//! `trueup deploy`: whether the code in a folder has to be built, and what is to be scaled once it is released.
//!
//! What runs is decided by the current release's slug: the newest build may have failed, been rolled back, or be one that
//! somebody else's push overtook (life-and-ci.md section 6.2).

use std::collections::BTreeSet;

use crate::cloud::CloudError;
use crate::cloud::heroku::{App, Build, BuildStatus, LiveBuildpack, Release, ReleaseStatus, Slug};
use crate::resource::task::build::{self, Begins, Running};
use crate::resource::task::scale;
use crate::resource::{Desired, Draft, Overview, Resource as _, World, app, formation};
use crate::source::Source;

/// What was looked at for a deploy.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The newest releases, the newest first.
    releases: Vec<Release>,
    /// What the current release runs.
    slug: Option<Slug>,
    /// The newest builds, the newest first.
    builds: Vec<Build>,
    /// The buildpacks of the next build.
    buildpacks: Vec<LiveBuildpack>,
}

/// Looks at what runs, and decides what is to be done so that the code in a folder does.
///
/// # Errors
/// What could not be looked at.
pub async fn draft(overview: Overview<'_>, source: &Source) -> Result<Draft, CloudError> {
    let Some(app) = overview.world.app.live() else { return Ok(without_app(overview.desired)) };
    let seen = look(overview, app).await?;
    Ok(decide(overview.desired, overview.world, &seen, source))
}

async fn look(overview: Overview<'_>, app: &App) -> Result<Seen, CloudError> {
    let heroku = &overview.reads.clouds().heroku;
    let (releases, builds, buildpacks) =
        tokio::join!(heroku.recent_releases(&app.id), heroku.builds(&app.id), heroku.buildpacks(&app.id));
    let mut seen = Seen { releases: releases?, builds: builds?, buildpacks: buildpacks?, slug: None };
    if let Some(slug) = seen.current().and_then(|current| current.slug.clone()) {
        seen.slug = heroku.slug(&app.id, &slug).await?;
    }
    Ok(seen)
}

impl Seen {
    fn current(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.is_current)
    }

    /// The build that made what runs; a slug that was promoted has one at another app.
    fn built(&self) -> Option<&Build> {
        let slug = self.current()?.slug.as_ref()?;
        self.builds.iter().find(|build| build.slug.as_ref() == Some(slug))
    }

    fn running(&self) -> Option<Running> {
        let current = self.current()?;
        let commit = self.slug.as_ref().and_then(|slug| slug.commit.clone());
        let version = commit.or_else(|| self.built().and_then(|build| build.version.clone()));
        Some(Running { release: current.version, slug: current.slug.clone(), version })
    }

    /// Whether the code of that version runs, whoever told Heroku so.
    fn runs(&self, version: &str) -> bool {
        let has_taken_effect = self
            .current()
            .is_some_and(|current| current.slug.is_some() && current.status == ReleaseStatus::Succeeded);
        let names = [
            self.slug.as_ref().and_then(|slug| slug.commit.as_deref()),
            self.built().and_then(|build| build.version.as_deref()),
        ];
        has_taken_effect && names.contains(&Some(version))
    }

    /// What a build would do otherwise now than the one that made what runs.
    fn outdated(&self, app: &App) -> Option<String> {
        let built_for = self.slug.as_ref().and_then(|slug| slug.stack.clone());
        let built_for = built_for.or_else(|| self.built().and_then(|build| build.stack.clone()));
        if let (Some(then), Some(now)) = (&built_for, &app.build_stack)
            && then != now
        {
            return Some(format!("it was built for {then}, and the app's stack is {now}"));
        }
        let then = self.built().map(|build| build.buildpacks.as_slice()).unwrap_or_default();
        // Where either is empty, each build finds its own.
        let differ = !then.is_empty() && !self.buildpacks.is_empty() && then != self.buildpacks.as_slice();
        differ.then(|| "the buildpacks have changed since it was built".to_owned())
    }

    /// Where a deploy of that version begins: what an earlier run began goes on.
    fn begins(&self, version: &str) -> Begins {
        let Some(build) = self.builds.iter().find(|build| build.version.as_deref() == Some(version)) else {
            return Begins::New;
        };
        let release = build.release.as_ref();
        let pending = release.filter(|id| {
            let mut releases = self.releases.iter();
            releases.any(|release| release.id == **id && release.status == ReleaseStatus::Pending)
        });
        match (build.status, pending) {
            (BuildStatus::Pending, _) => Begins::Building(build.id.clone()),
            (BuildStatus::Succeeded, Some(release)) => Begins::Releasing(release.clone()),
            (BuildStatus::Succeeded | BuildStatus::Failed, _) => Begins::New,
        }
    }
}

fn without_app(desired: &Desired<'_>) -> Draft {
    let mut draft = Draft::default();
    let advice = format!("run `trueup apply {}` first", desired.environment.name);
    draft.blocked(app::SECTION.whole(), format!("there is no app `{}` yet", desired.spec().app.name), advice);
    draft
}

fn decide(desired: &Desired<'_>, world: &World, seen: &Seen, source: &Source) -> Draft {
    let mut draft = Draft::default();
    let Some(app) = world.app.live() else { return without_app(desired) };
    let version = &source.tarball.version;
    let outdated = seen.outdated(app);
    let is_running = seen.runs(version) && outdated.is_none();
    if is_running {
        draft.unchanged();
    } else {
        if is_ruby(app, &seen.buildpacks) {
            for misfit in &source.misfits {
                draft.blocked(build::SECTION.whole(), misfit.to_string(), misfit.remedy());
            }
        }
        draft.change(change(desired, world, seen, source));
    }
    scale(desired, world, source.process_types.as_ref(), &mut draft);
    draft
}

/// Whether Heroku's Ruby buildpack has a say: it is asked for, or nothing else is.
fn is_ruby(app: &App, buildpacks: &[LiveBuildpack]) -> bool {
    let is_container = app.build_stack.as_deref() == Some("container");
    !is_container && (buildpacks.is_empty() || buildpacks.iter().any(|one| one.shown().contains("ruby")))
}

fn change(desired: &Desired<'_>, world: &World, seen: &Seen, source: &Source) -> build::Change {
    let version = &source.tarball.version;
    let before = seen.running();
    let begins = seen.begins(version);
    let outdated = world.app.live().and_then(|app| seen.outdated(app));
    let other = before.as_ref().filter(|before| before.slug.is_some() && !seen.runs(version));
    let reason = match &begins {
        Begins::Building(_) => Some("a build of it runs already".to_owned()),
        Begins::Releasing(_) => Some("it is built, and its release phase runs".to_owned()),
        Begins::New => other.map(|running| format!("v{} runs other code", running.release)).or(outdated),
    };
    build::Change {
        tarball: source.tarball.clone(),
        title: title(source),
        reason,
        begins,
        before,
        known: seen.builds.iter().map(|build| build.id.clone()).collect(),
        hidden: world.config.hidden(desired.spec()),
        restarts: build::restarted(world),
    }
}

/// `61 files, 102 KB`
fn title(source: &Source) -> String {
    let files = if source.files == 1 { "1 file".to_owned() } else { format!("{} files", source.files) };
    format!("{files}, {} packed into {}", size(source.size), size(source.tarball.bytes.len() as u64))
}

/// As people write sizes: in KB, and in MB from a thousand of them.
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1000) {
        kilobytes @ ..1000 => format!("{kilobytes} KB"),
        kilobytes => format!("{}.{} MB", kilobytes / 1000, kilobytes % 1000 / 100),
    }
}

/// What the spec asks of the formation: at once where the process type is there, after the release where it brings it.
fn scale(desired: &Desired<'_>, world: &World, starts: Option<&BTreeSet<String>>, draft: &mut Draft) {
    let mut of_kind = Draft::default();
    formation::Kind::diff(desired, world, &mut of_kind);
    draft.changes.extend(of_kind.changes);
    draft.unchanged += of_kind.unchanged;
    for blocked in of_kind.blocked {
        draft.deferred(blocked.address, format!("{}: {}", blocked.reason, blocked.advice));
    }
    let is_live = |name: &str| world.formation.iter().any(|live| live.process_type == name);
    let absent = desired.spec().formation.iter().filter(|(name, _)| !is_live(name.as_str()));
    // Without a Procfile a buildpack starts `web`, and nothing else.
    let is_started = |name: &str| starts.map_or(name == "web", |starts| starts.contains(name));
    let (coming, missing): (Vec<_>, Vec<_>) = absent.partition(|(name, _)| is_started(name.as_str()));
    for (name, _) in missing {
        let reason = match starts {
            Some(_) => format!("the Procfile does not start `{name}`: add it and deploy again"),
            None => format!("there is no Procfile that starts `{name}`: write one and deploy again"),
        };
        draft.deferred(formation::SECTION.address(name), reason);
    }
    let change = scale::Change::new(coming, &world.catalog);
    if !change.is_empty() {
        draft.change(change);
    }
}

#[cfg(test)]
#[path = "deploy_tests.rs"]
mod tests;

//! What a deploy decides: a spec × the code in a folder × what runs and was built.

#![cfg(test)]

use std::sync::Arc;

use super::*;
use crate::plan::{self, Plan};
use crate::resource::testing::{self, live_app, verb, want, world};
use crate::resource::{Operation as _, Outputs};
use crate::secret::{FingerprintKey, Secret};
use crate::source::{Misfit, Tarball};

const SPEC: &str = "
config: { RAILS_ENV: production }
formation: { web: { quantity: 2 }, worker: { quantity: 1 } }
";
const OURS: &str = "0123456789abcdef";

fn source() -> Source {
    let bytes = Arc::new(vec![0; 2_500_000]);
    let tarball = Tarball { bytes, checksum: "c".to_owned(), version: OURS.to_owned() };
    let process_types = ["web", "worker"].map(str::to_owned).into();
    Source { files: 61, size: 10_200, tarball, process_types: Some(process_types), misfits: Vec::new() }
}

fn release(version: u64, status: ReleaseStatus, slug: Option<&str>) -> Release {
    Release {
        is_current: status == ReleaseStatus::Succeeded,
        is_eligible: status == ReleaseStatus::Succeeded,
        status,
        slug: slug.map(str::to_owned),
        ..testing::release(version, "Deploy 01234567")
    }
}

fn build(id: &str, version: &str, status: BuildStatus) -> Build {
    Build {
        id: id.to_owned(),
        status,
        version: Some(version.to_owned()),
        output: None,
        stack: Some("heroku-24".to_owned()),
        buildpacks: Vec::new(),
        slug: (status == BuildStatus::Succeeded).then(|| format!("{id}-slug")),
        release: (status == BuildStatus::Succeeded).then(|| "r7".to_owned()),
    }
}

fn slug(commit: &str, stack: &str) -> Slug {
    Slug { commit: Some(commit.to_owned()), stack: Some(stack.to_owned()) }
}

/// v6 runs a slug.
fn running(id: &str) -> Vec<Release> {
    vec![release(6, ReleaseStatus::Succeeded, Some(id))]
}

#[track_caller]
fn decided(world: &World, seen: &Seen, source: &Source) -> Draft {
    let want = want(SPEC);
    decide(&want.desired(), world, seen, source)
}

fn planned(world: &World, draft: Draft) -> Plan {
    let want = want(SPEC);
    plan::of_draft(&want.desired(), world, draft, &FingerprintKey::stable(Secret::new("pepper"))).unwrap()
}

/// How a build begins, when there is to be one.
fn begun(draft: &Draft) -> Option<(Begins, Option<String>)> {
    draft.changes.iter().find_map(|change| match change {
        crate::resource::Change::Build(change) => Some((change.begins.clone(), change.reason.clone())),
        _ => None,
    })
}

#[test]
fn the_first_code_is_built_and_what_it_starts_is_scaled_after_it() {
    let seen = Seen { releases: vec![release(2, ReleaseStatus::Succeeded, None)], ..Seen::default() };
    let plan = planned(&world(), decided(&world(), &seen, &source()));
    let lines: Vec<String> =
        plan.entries().iter().map(|entry| format!("{} {}", verb(entry.action), entry.address)).collect();
    assert_eq!(lines, ["create build", "create formation.web", "create formation.worker"]);
    assert_eq!(plan.steps[1].after, [0], "only a release makes process types");
    let entries = plan.entries();
    assert_eq!(entries[0].title.as_deref(), Some("61 files, 11 KB packed into 2.5 MB"));
    assert_eq!(entries[0].reason, None);
}

/// What is seen of an app with these releases, whose slug is of that version, when there is a build of ours.
fn seen(releases: Vec<Release>, commit: Option<&str>, ours: Option<BuildStatus>) -> Seen {
    Seen {
        releases,
        slug: commit.map(|commit| slug(commit, "heroku-24")),
        builds: ours.map(|status| build("b1", OURS, status)).into_iter().collect(),
        buildpacks: Vec::new(),
    }
}

#[test]
fn what_runs_is_decided_by_the_current_releases_slug() {
    use BuildStatus::{Failed, Pending, Succeeded};
    let begins = |begins, reason: &str| Some((begins, Some(reason.to_owned())));
    let other = || begins(Begins::New, "v6 runs other code");
    let after = |status| [vec![release(7, status, Some("b1-slug"))], running("old")].concat();
    for (name, seen, expected) in [
        ("our slug runs", seen(running("s1"), Some(OURS), None), None),
        ("its build tells what the slug does not", seen(running("b1-slug"), None, Some(Succeeded)), None),
        ("ours was rolled back", seen(running("old"), Some("old"), Some(Succeeded)), other()),
        ("our build failed", seen(running("old"), None, Some(Failed)), other()),
        (
            "our build runs",
            seen(running("old"), None, Some(Pending)),
            begins(Begins::Building("b1".to_owned()), "a build of it runs already"),
        ),
        (
            "our release phase runs",
            seen(after(ReleaseStatus::Pending), None, Some(Succeeded)),
            begins(Begins::Releasing("r7".to_owned()), "it is built, and its release phase runs"),
        ),
        ("our release phase failed", seen(after(ReleaseStatus::Failed), None, Some(Succeeded)), other()),
    ] {
        assert_eq!(begun(&decided(&world(), &seen, &source())), expected, "{name}");
    }
}

#[test]
fn another_stack_is_a_reason_to_build_what_runs() {
    let seen = Seen { releases: running("s1"), slug: Some(slug(OURS, "heroku-22")), ..Seen::default() };
    let reason = "it was built for heroku-22, and the app's stack is heroku-24".to_owned();
    assert_eq!(begun(&decided(&world(), &seen, &source())), Some((Begins::New, Some(reason))));
}

#[test]
fn buildpacks_that_changed_are_a_reason_and_those_that_were_found_are_none() {
    let packs = |names: &[&str]| -> Vec<LiveBuildpack> {
        let parse = |name: &&str| LiveBuildpack::from(&crate::spec::Buildpack::parse(name).unwrap());
        names.iter().map(parse).collect()
    };
    for (then, now, is_built) in [
        (&["heroku/ruby"][..], &["heroku/ruby"][..], false),
        (&[], &["heroku/ruby"], false),
        (&["heroku/ruby"], &[], false),
        (&["heroku/ruby"], &["heroku/nodejs", "heroku/ruby"], true),
    ] {
        let mut made = build("b1", OURS, BuildStatus::Succeeded);
        made.buildpacks = packs(then);
        let seen = Seen {
            releases: running("b1-slug"),
            builds: vec![made],
            buildpacks: packs(now),
            slug: Some(slug(OURS, "heroku-24")),
        };
        assert_eq!(begun(&decided(&world(), &seen, &source())).is_some(), is_built, "{then:?} {now:?}");
    }
}

#[test]
fn code_that_runs_leaves_what_is_still_to_be_scaled() {
    let seen = Seen { releases: running("s1"), slug: Some(slug(OURS, "heroku-24")), ..Seen::default() };
    let scaled = world().with_dynos("web", 1, "Standard-1X").with_dynos("worker", 1, "Standard-1X");
    let plan = planned(&scaled, decided(&scaled, &seen, &source()));
    let addresses: Vec<String> = plan.entries().iter().map(|entry| entry.address.to_string()).collect();
    assert_eq!(addresses, ["formation.web"], "an earlier run ended after the release");
    let done = world().with_dynos("web", 2, "Standard-1X").with_dynos("worker", 1, "Standard-1X");
    assert!(planned(&done, decided(&done, &seen, &source())).is_empty());
}

#[test]
fn a_plan_that_was_carried_out_leaves_nothing_to_scale() {
    let mut world = world();
    let seen = Seen::default();
    let mut outputs = Outputs::none();
    for step in planned(&world, decided(&world, &seen, &source())).steps {
        step.change.assume(&mut world, &mut outputs);
    }
    let seen = Seen { releases: running("s1"), slug: Some(slug(OURS, "heroku-24")), ..Seen::default() };
    assert!(planned(&world, decided(&world, &seen, &source())).is_empty());
}

#[test]
fn a_process_that_the_procfile_does_not_start_waits_for_one_that_does() {
    let types = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    for (process_types, expected) in [
        (types(&["web"]), "the Procfile does not start `worker`: add it and deploy again"),
        (None, "there is no Procfile that starts `worker`: write one and deploy again"),
    ] {
        let draft = decided(&world(), &Seen::default(), &Source { process_types, ..source() });
        let reasons: Vec<&str> = draft.deferred.iter().map(|note| note.reason.as_str()).collect();
        assert_eq!(reasons, [expected]);
    }
}

#[test]
fn a_lock_that_does_not_fit_blocks_where_gems_are_installed() {
    let source = Source { misfits: vec![Misfit::NoLock], ..source() };
    let blocked = |world: &World, seen: &Seen| decided(world, seen, &source).blocked.len();
    let packs = |name: &str| {
        let buildpacks = vec![LiveBuildpack::from(&crate::spec::Buildpack::parse(name).unwrap())];
        Seen { buildpacks, ..Seen::default() }
    };
    assert_eq!(blocked(&world(), &Seen::default()), 1, "each build finds its own buildpacks");
    assert_eq!(blocked(&world(), &packs("heroku/ruby")), 1);
    assert_eq!(blocked(&world(), &packs("heroku/go")), 0);
    let mut app = live_app("ledger");
    app.build_stack = Some("container".to_owned());
    let container = World { app: app::Observed::Live(app), ..World::default() };
    assert_eq!(blocked(&container, &Seen::default()), 0, "a Dockerfile says what is built");
}

#[test]
fn without_an_app_there_is_nothing_to_deploy_to() {
    let draft = decided(&World::default(), &Seen::default(), &source());
    let [blocked] = draft.blocked.as_slice() else { panic!("{:?}", draft.blocked) };
    assert!(draft.changes.is_empty());
    assert!(blocked.advice.starts_with("run `trueup apply "), "{}", blocked.advice);
}

#[test]
fn sizes_are_told_as_people_write_them() {
    for (bytes, expected) in [(0, "0 KB"), (1, "1 KB"), (42_000, "42 KB"), (1_234_567, "1.2 MB")] {
        assert_eq!(size(bytes), expected);
    }
}

//! What a plan prints, where it goes, how it looks, and how many calls it takes.

use crate::common::{SMALL, cloud_and, flat, writes};
use crate::support::{Cloud, LEDGER, Project, quick};

#[test]
fn a_plan_as_json_has_exactly_the_promised_form() {
    let (_cloud, project) = cloud_and(concat!(
        "app: { name: shop-production }\n",
        "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n",
        "config: { RAILS_ENV: production, TOKEN: { env: TOKEN }, URL: { from: app.web_url } }\n",
        "formation: { worker: { quantity: 1, size: standard-1x } }\n",
    ));
    let ran = project.set("TOKEN", "hidden").run(&["plan", "--format", "json"]).exits(0);
    let mut golden = insta::Settings::clone_current();
    golden.set_snapshot_path(".");
    golden.set_prepend_module_to_snapshot(false);
    golden.set_omit_expression(true);
    golden.add_filter("sha256:[0-9a-f]{64}", "sha256:[digest]");
    golden.add_filter("hmac:[0-9a-f]+", "hmac:[fingerprint]");
    golden.bind(|| insta::assert_snapshot!("plan_as_json", ran.stdout));
    assert_eq!(ran.stderr, "", "data goes to standard output, and there is nothing else to tell");
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let (cloud, project) = cloud_and(LEDGER);
    let project = project.set("TRUEUP_FINGERPRINT_KEY", "stable");
    let plan = || project.run(&["plan", "--format", "json"]).exits(0).stdout;
    assert_eq!(plan(), plan());
    project.run(&["apply", "--yes"]).exits(0);
    let by_hand = serde_json::json!({ "RAILS_ENV": "staging", "B": "1", "A": "2", "RAILS_MAX_THREADS": "9" });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(by_hand));
    let drifted = plan();
    assert!(drifted.contains("hmac:"), "{drifted}");
    assert_eq!(drifted, plan());
    let other = project.set("TRUEUP_FINGERPRINT_KEY", "").run(&["plan", "--format", "json"]).exits(0).stdout;
    assert_ne!(drifted, other, "without a key nobody can compare");
}

#[test]
fn the_project_is_named_by_a_flag_by_a_variable_or_by_where_one_stands() {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    project.write("shop/environments/production.yaml", SMALL);
    project.write("other/environments/production.yaml", "app: { name: other-production }\n");
    project.run(&["plan", "-C", "shop"]).exits(0).shows(&["+ app shop-production"]);
    let shop = project.file("shop").display().to_string();
    let project = project.set("TRUEUP_DIR", &shop);
    project.run(&["plan"]).exits(0).shows(&["+ app shop-production"]);
    project.run(&["plan", "-C", "other"]).exits(0).shows(&["+ app other-production"]);
    let project = project.set("TRUEUP_DIR", "");
    let deep = project.file("shop/app/models");
    std::fs::create_dir_all(&deep).unwrap();
    let ran = project.command(&["plan"]).current_dir(deep).output().unwrap();
    assert!(String::from_utf8_lossy(&ran.stdout).contains("shop-production"), "{ran:?}");
}

#[test]
fn colour_comes_only_when_it_is_asked_for_outside_a_terminal() {
    let (_cloud, project) = cloud_and(SMALL);
    let escapes = |arguments: &[&str]| {
        let ran = project.run(arguments);
        (ran.stdout.contains('\u{1b}'), ran.stderr.contains('\u{1b}'))
    };
    assert_eq!(escapes(&["plan"]), (false, false));
    assert_eq!(escapes(&["plan", "--color", "never"]), (false, false));
    assert_eq!(escapes(&["plan", "--color", "always"]), (true, false));
    assert_eq!(escapes(&["plan", "nothing", "--color", "always"]), (false, true));
    assert_eq!(escapes(&["plan", "nothing"]), (false, false));
    assert_eq!(
        escapes(&["plan", "--color", "always", "--format", "json"]),
        (false, false),
        "JSON is never painted"
    );
    assert_eq!(escapes(&["plan", "--josn"]), (false, false));
    let project = project.set("NO_COLOR", "1");
    assert!(!project.run(&["plan", "-vv"]).stderr.contains('\u{1b}'));
}

#[test]
fn quiet_tells_only_what_is_wrong_and_verbose_tells_the_calls() {
    let (_cloud, project) = cloud_and(SMALL);
    let verbose = project.run(&["plan", "-v"]).exits(0);
    assert!(verbose.stderr.contains("path=\"/apps/shop-production\" status=404"), "{}", verbose.stderr);
    let logged = project.run(&["plan", "-v", "--log-format", "json"]).exits(0).stderr;
    assert!(logged.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{logged}");
    let quiet = project.run(&["apply", "--yes", "-q"]).exits(0);
    assert_eq!(quiet.stderr, "");
    project.run(&["plan", "nothing", "-q"]).exits(1).tells(&["there is no environment `nothing`"]);
}

#[test]
fn a_difference_has_a_code_of_its_own_when_it_is_asked_for() {
    let (_cloud, project) = cloud_and(SMALL);
    project.run(&["plan"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(2);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn from_nothing_there_is_one_config_patch_and_one_put_of_buildpacks() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let written = writes(&cloud);
    let times = |operation: &str| written.iter().filter(|one| *one == operation).count();
    assert_eq!(times("PATCH config-vars"), 1, "{written:?}");
    assert_eq!(times("PUT buildpack-installations"), 1, "{written:?}");
    assert_eq!(times("POST apps"), 1, "{written:?}");
    assert_eq!(times("POST addons"), 1, "{written:?}");
    assert_eq!(times("CreateAccessKey"), 1, "{written:?}");
    assert_eq!(times("PATCH formation"), 0, "nothing is released yet: {written:?}");

    cloud.deploy("ledger-production", serde_json::json!({ "web": "bin/rails server", "worker": "bin/jobs" }));
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["PATCH formation"]);
}

#[test]
fn a_plan_of_what_is_true_already_writes_nothing_and_takes_few_calls() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let calls = cloud.sandbox().calls();
    assert!(calls.iter().all(|call| !call.mutating), "{calls:?}");
    let heroku = calls.iter().filter(|call| call.service == "heroku").count();
    assert!(
        heroku <= 9 && calls.len() - heroku <= 19,
        "{heroku} of Heroku, {} in all: {calls:#?}",
        calls.len()
    );
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    use std::process::Stdio;
    let project = Project::empty();
    let mut schema =
        project.command(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(schema.stdout.take());
    let ran = schema.wait_with_output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr.len()), (Some(0), 0), "{ran:?}");
}

#[test]
fn an_apply_ends_with_where_the_dns_of_a_domain_has_to_point() {
    let (_cloud, project) = cloud_and("app: { name: shop-production, domains: [shop.example] }\n");
    let ran = project.run(&["apply", "--yes"]).exits(0);
    let target = flat(&ran.stdout);
    let target = target.split("point its DNS here (CNAME; ALIAS or ANAME for an apex): ").nth(1);
    let target = target.unwrap_or_else(|| panic!("no target in\n{}{}", ran.stdout, ran.stderr)).trim();
    assert!(target.ends_with(".herokudns.com"), "{target}");
    let plan = project.run(&["plan", "--format", "json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let output = &plan["outputs"][0];
    assert_eq!(
        *output,
        serde_json::json!({ "address": "app.domains.shop.example", "name": "dns_target", "value": target })
    );
}

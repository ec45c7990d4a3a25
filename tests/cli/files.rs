//! Environment files and calls of the program that cannot work: every mistake at its line, and no call to any
//! service beyond looking.

use std::fmt::Write as _;

use crate::common::{SMALL, assert_nothing_written, cloud_and};
use crate::support::{Cloud, Project, Ran, quick};

/// Applies a spec that is wrong in itself, and sees that no service was asked.
#[track_caller]
fn refused_offline(spec: &str) -> Ran {
    let (cloud, project) = cloud_and(spec);
    let ran = project.run(&["apply", "--yes"]).exits(1);
    assert!(cloud.sandbox().calls().is_empty());
    ran
}

#[test]
fn a_half_written_file_shows_where_it_breaks_off() {
    refused_offline("app: {\n  name: shop\nconf").tells(&["error: ", "--> environments/production.yaml:1:6"]);
    refused_offline("app:\n  name: 'shop").tells(&["error: ", "--> environments/production.yaml:2:"]);
}

#[test]
fn ten_megabytes_are_refused_without_reading_them_all() {
    let mut spec = SMALL.to_owned();
    spec.push_str("config:\n");
    while spec.len() < 10_000_000 {
        let _ = writeln!(spec, "  VAR_{}: some text that fills a line of the file", spec.len());
    }
    refused_offline(&spec).tells(&["`environments/production.yaml` is larger than 1 MB"]);
}

#[test]
fn an_alias_bomb_is_an_error_and_not_a_fire() {
    let mut spec = SMALL.to_owned();
    spec.push_str("config:\n  A: &a0 text\n");
    for level in 1..40 {
        let _ = writeln!(spec, "  B{level}: &a{level} [{}]", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    refused_offline(&spec).tells(&["error: ", "environments/production.yaml"]);
}

#[test]
fn plans_regions_stacks_and_sizes_that_heroku_does_not_have_are_told_with_those_it_has() {
    let (cloud, project) = cloud_and(concat!(
        "app: { name: shop-production, region: mars, stack: heroku-99 }\n",
        "addons:\n",
        "  DATABASE: { plan: \"heroku-postgresql:standrd-0\" }\n",
        "  CACHE: { plan: \"heroku-rediss:mini\" }\n",
    ));
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "Heroku has no region `mars`",
        "production.yaml:1:39",
        "it has eu, us",
        "Heroku has no stack `heroku-99`",
        "Heroku has no add-on plan `heroku-postgresql:standrd-0`",
        "production.yaml:3:21",
        "did you mean `heroku-postgresql:standard-0`?",
        "Heroku has no add-on plan `heroku-rediss:mini`",
        "there is no add-on service `heroku-rediss`",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_dyno_size_that_does_not_exist_is_known_offline() {
    let spec = format!("{SMALL}formation: {{ web: {{ quantity: 1, size: standrd-1x }} }}\n");
    refused_offline(&spec)
        .tells(&["`standrd-1x` is not one of the known values", "did you mean `standard-1x`?"]);
}

#[test]
fn sources_that_give_nothing_are_told_all_at_once_with_their_lines() {
    let spec = concat!(
        "app: { name: shop-production }\n",
        "config:\n",
        "  FROM_ENV: { env: NOT_THERE }\n",
        "  EMPTY_ENV: { env: SET_TO_NOTHING }\n",
        "  FROM_FILE: { file: nothing.txt }\n",
        "  FROM_PROGRAM: { command: [no-such-program, read] }\n",
        "  FAILING: { command: [\"false\"] }\n",
    );
    let (cloud, project) = cloud_and(spec);
    let project = project.set("SET_TO_NOTHING", "");
    project.run(&["apply", "--yes", "--allow-commands"]).exits(1).tells(&[
        "`config.FROM_ENV`: the environment variable `NOT_THERE` is not set",
        "production.yaml:3:13",
        "help: export NOT_THERE=",
        "`config.EMPTY_ENV`: the environment variable `SET_TO_NOTHING`",
        "`config.FROM_FILE`: cannot read `nothing.txt`",
        "production.yaml:5:14",
        "`config.FROM_PROGRAM`: cannot run `no-such-program`",
        "production.yaml:6:17",
        "`config.FAILING`: ",
        "production.yaml:7:12",
    ]);
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn programs_do_not_run_unasked() {
    let spec = format!("{SMALL}config: {{ TOKEN: {{ command: [touch, ran] }} }}\n");
    let (cloud, project) = cloud_and(&spec);
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "`config.TOKEN`: its value comes from the program `touch`",
        "add --allow-commands if you trust this spec",
    ]);
    assert!(!project.file("ran").exists() && !project.file("environments/ran").exists());
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn a_var_that_an_addon_owns_cannot_be_named() {
    let spec = format!(
        "{SMALL}addons: {{ DATABASE: {{ plan: \"heroku-postgresql:standard-0\" }} }}\nconfig: {{ DATABASE_URL: x }}\n"
    );
    refused_offline(&spec)
        .tells(&["`DATABASE_URL` belongs to the add-on `DATABASE`", "production.yaml:3:11"]);
}

#[test]
fn config_beyond_herokus_limit_is_known_offline() {
    let spec = format!("{SMALL}config: {{ BIG: {} }}\n", "x".repeat(70_000));
    refused_offline(&spec).tells(&["68 kB together, more than Heroku takes", "64 kB at most"]);
}

#[test]
fn an_unknown_environment_suggests_the_near_one() {
    let (_cloud, project) = cloud_and(SMALL);
    let ran = project.run(&["plan", "prodution"]).exits(1);
    ran.tells(&["there is no environment `prodution`", "did you mean `production`?"]);
}

#[test]
fn a_name_that_is_a_path_is_refused() {
    let (_cloud, project) = cloud_and(SMALL);
    for name in ["../production", "a/b", "-.", ""] {
        project.run(&["plan", "--", name]).exits(1).tells(&["error: "]);
    }
}

#[test]
fn a_file_in_place_of_a_name_suggests_the_name() {
    let (_cloud, project) = cloud_and(SMALL);
    for written in ["production.yaml", "environments/production.yaml"] {
        let ran = project.run(&["plan", written]).exits(1);
        ran.tells(&[&format!("`{written}` cannot be used here"), "hint: did you mean `production`?"]);
    }
}

#[test]
fn an_environment_that_is_named_twice_is_applied_once() {
    let (_cloud, project) = cloud_and(SMALL);
    let ran = project.run(&["apply", "production", "production", "--yes"]).exits(0);
    assert_eq!(ran.stdout.matches("Applied:").count(), 1, "{}", ran.stdout);
}

#[test]
fn without_a_project_the_way_to_start_one_is_told() {
    let nowhere = Project::empty();
    nowhere
        .run(&["plan"])
        .exits(1)
        .tells(&["neither this folder nor any above it has `environments/`", "trueup init"]);
    nowhere.run(&["plan", "-C", "nothing"]).exits(1).tells(&["nothing", "trueup init"]);
    nowhere.write("environments/base.yaml", "config: { A: b }\n");
    nowhere.run(&["plan"]).exits(1).tells(&["holds no environment", "trueup init"]);
}

#[test]
fn of_several_environments_one_must_be_named() {
    let (_cloud, project) = cloud_and(SMALL);
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    let ran = project.run(&["apply", "--yes"]).exits(1);
    ran.tells(&["more than one environment: production and staging", "hint: name one, or add --all"]);
}

#[test]
fn an_apply_that_nobody_confirms_does_nothing() {
    let (cloud, project) = cloud_and(SMALL);
    let ran = project.run(&["apply"]).exits(1).tells(&["nothing was done", "hint: add --yes"]);
    assert!(ran.stdout.contains("+ app"), "the plan is shown all the same: {}", ran.stdout);
    assert_nothing_written(&cloud);
}

#[test]
fn a_wrong_call_of_the_program_exits_with_1_because_2_means_a_difference() {
    let project = Project::with(SMALL);
    for (arguments, words) in [
        (&["plan", "--josn"][..], "unexpected argument '--josn'"),
        (&["plna"], "a similar subcommand exists: 'plan'"),
        (&["plan", "--format", "yaml"], "[possible values: text, json"),
        (&["plan", "--all", "production"], "cannot be used with"),
        (&["-q", "-v", "plan"], "cannot be used with"),
        (&["completions", "tcsh"], "possible values"),
        (&["sandbox", "--port", "99999"], "99999"),
        (&[], "Usage: trueup"),
    ] {
        project.run(arguments).exits(1).tells(&[words]);
    }
}

#[test]
fn mistakes_of_all_environments_come_at_once() {
    let cloud = Cloud::start(quick());
    let project = Project::with("app: { name: Shop }\n").at(cloud.sandbox());
    project.write("environments/staging.yaml", "app: { nmae: shop }\n");
    let ran = project.run(&["apply", "--all", "--yes"]).exits(1);
    ran.tells(&[
        "environments/production.yaml:1:14",
        "environments/staging.yaml:1:8",
        "did you mean `name`?",
    ]);
    assert!(cloud.sandbox().calls().is_empty());
}

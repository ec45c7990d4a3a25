//! Apps that somebody made by hand, taken over: a plan right after an import has nothing to do, an apply writes nothing,
//! and no secret leaves the app but into the file that was asked for.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::common::{SMALL, assert_nothing_written, cloud_and};
use crate::support::{Cloud, Project, quick};

/// What stands in every secret of the live apps, and must stand nowhere else.
const CANARY: &str = "canary-of-the-live-app";
const APP: &str = "shop-production";

/// A cloud, and a folder without any environment that points at it.
fn cloud() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    (cloud, project)
}

fn app(cloud: &Cloud, name: &str) {
    cloud.heroku("POST", "/apps", Some(json!({ "name": name, "region": "eu", "stack": "heroku-24" })));
}

/// Orders an add-on, and gives its own name.
fn addon(cloud: &Cloud, app: &str, name: &str, plan: &str) -> String {
    let order = json!({ "plan": plan, "attachment": { "name": name } });
    let made = cloud.heroku("POST", &format!("/apps/{app}/addons"), Some(order));
    made["name"].as_str().unwrap().to_owned()
}

fn attach(cloud: &Cloud, addon: &str, name: &str, namespace: Option<&str>) {
    let body = json!({ "app": APP, "addon": addon, "name": name, "namespace": namespace });
    cloud.heroku("POST", "/addon-attachments", Some(body));
}

fn set(cloud: &Cloud, vars: Value) {
    cloud.heroku("PATCH", &format!("/apps/{APP}/config-vars"), Some(vars));
}

/// An app as years leave it: two databases, names for everything, another app's add-ons, values of every sort.
fn messy() -> (Cloud, Project) {
    let (cloud, project) = cloud();
    app(&cloud, "shop-shared");
    let shared = addon(&cloud, "shop-shared", "REDIS", "heroku-redis:mini");
    let other = addon(&cloud, "shop-shared", "DATABASE", "heroku-postgresql:standard-0");
    app(&cloud, APP);
    let main = addon(&cloud, APP, "DATABASE", "heroku-postgresql:standard-0");
    addon(&cloud, APP, "HEROKU_POSTGRESQL_CRIMSON", "heroku-postgresql:essential-0");
    addon(&cloud, APP, "PAPERTRAIL", "papertrail:choklad");
    addon(&cloud, APP, "SCHEDULER", "scheduler:standard");
    attach(&cloud, &main, "READER", None);
    attach(&cloud, &main, "HEROKU_POSTGRESQL_AMBER", None);
    attach(&cloud, &main, "POOLED", Some("connection-pooling:default"));
    attach(&cloud, &shared, "CACHE", None);
    attach(&cloud, &other, "WAREHOUSE", None);
    let schedules = format!("/client/v11/databases/{main}/transfer-schedules");
    for name in ["DATABASE_URL", "READER_URL"] {
        let schedule = json!({ "hour": "03", "timezone": "Europe/Zurich", "schedule_name": name });
        cloud.heroku("POST", &schedules, Some(schedule));
    }
    let vars = (0..200).map(|at| (format!("VAR_{at}"), json!(format!("{CANARY} {at}"))));
    set(&cloud, Value::Object(vars.collect()));
    set(
        &cloud,
        json!({
            "RAILS_ENV": "production", "LANG": "en_US.UTF-8", "RAILS_MAX_THREADS": "5", "FLAG": "true", "SWITCH": "on",
            "EMPTY": "", "LARGE": CANARY.repeat(40_000 / CANARY.len()), "UNICODE": format!("Zürich ☂ 日本 {CANARY}"),
            "LINES": format!("-----BEGIN {CANARY}-----\n'q' \"d\" $x `y` \\z\n-----END-----\n"), "ENDS": format!("{CANARY}\n"),
            "PERCENT": format!("%{CANARY}: @ - #"), "lower_case": CANARY, "SECRET_PIN": "1234", "NULLISH": "null",
        }),
    );
    let packs = ["heroku/nodejs", "https://github.com/heroku/heroku-buildpack-apt", "heroku/ruby"];
    let updates: Vec<Value> = packs.iter().map(|pack| json!({ "buildpack": pack })).collect();
    cloud.heroku("PUT", &format!("/apps/{APP}/buildpack-installations"), Some(json!({ "updates": updates })));
    for hostname in ["shop.example", "*.shop.example"] {
        let domain = json!({ "hostname": hostname, "sni_endpoint": null });
        cloud.heroku("POST", &format!("/apps/{APP}/domains"), Some(domain));
    }
    let pipeline = cloud.heroku("POST", "/pipelines", Some(json!({ "name": "shop" })));
    let coupling = json!({ "app": APP, "pipeline": pipeline["id"], "stage": "production" });
    cloud.heroku("POST", "/pipeline-couplings", Some(coupling));
    let drain = json!({ "url": format!("syslog+tls://{CANARY}@logs.example:514") });
    cloud.heroku("POST", &format!("/apps/{APP}/log-drains"), Some(drain));
    cloud.deploy(APP, json!({ "web": "puma", "worker": "jobs", "console": "rails c" }));
    let scale = json!({ "updates": [
        { "type": "web", "quantity": 2, "size": "Standard-1X" }, { "type": "worker", "quantity": 1, "size": "Standard-2X" },
    ] });
    cloud.heroku("PATCH", &format!("/apps/{APP}/formation"), Some(scale));
    cloud.heroku("PATCH", &format!("/apps/{APP}"), Some(json!({ "maintenance": true })));
    let feature = format!("/apps/{APP}/features/preboot");
    cloud.heroku("PATCH", &feature, Some(json!({ "enabled": true })));
    cloud.heroku("POST", &format!("/apps/{APP}/acm"), Some(json!({})));
    let guest = json!({ "user": "guest@ledger.example" });
    cloud.heroku("POST", &format!("/apps/{APP}/collaborators"), Some(guest));
    cloud.sandbox().forget_calls();
    (cloud, project)
}

/// Asserts that a plan is empty, and that an apply writes nothing.
#[track_caller]
fn assert_true(cloud: &Cloud, project: &Project, environment: &str) {
    project.run(&["validate", environment]).exits(0);
    project.run(&["plan", environment, "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.run(&["apply", environment, "--yes"]).exits(0);
    assert_nothing_written(cloud);
}

#[test]
fn a_messy_app_is_written_down_such_that_there_is_nothing_to_do() {
    let (cloud, project) = messy();
    let ran = project.run(&["import", APP]).exits(0);
    assert_eq!(ran.stdout, "wrote  environments/shop-production.yaml\n");
    assert_eq!(cloud.sandbox().calls().len(), 15, "{:?}", cloud.sandbox().calls());
    let file = std::fs::read_to_string(project.file("environments/shop-production.yaml")).unwrap();
    for text in [&file, &ran.stdout, &ran.stderr] {
        assert!(!text.contains(CANARY) && !text.contains("1234"), "{text}");
    }
    for said in [
        "  region: eu\n",
        "  maintenance: true\n",
        "  pipeline:\n    name: shop\n    stage: production\n",
        "  features:\n    preboot: true\n",
        "  acm: true\n",
        "  collaborators:\n    \"guest@ledger.example\": []\n",
        "  DATABASE:\n    plan: \"heroku-postgresql:standard-0\"\n    backups:\n      at: \"03:00 Europe/Zurich\"\n",
        "  HEROKU_POSTGRESQL_CRIMSON:\n    plan: \"heroku-postgresql:essential-0\"\n",
        "  PAPERTRAIL:\n    plan: \"papertrail:choklad\"\n",
        "    pool: true\n",
        "  # It belongs to the app shop-shared.\n  CACHE:\n    attach: ",
        "  # This app's own, under a further name.\n  READER:\n    attach: ",
        "  - heroku/nodejs\n  - \"https://github.com/heroku/heroku-buildpack-apt\"\n  - heroku/ruby\n",
        "  EMPTY: \"\"\n",
        "  FLAG: true\n",
        "  LANG: en_US.UTF-8\n",
        "  LARGE: { external: true }\n",
        "  RAILS_MAX_THREADS: 5\n",
        "  SWITCH: \"on\"\n",
        "  SECRET_PIN: { external: true }\n",
        "  worker:\n    quantity: 1\n    size: standard-2x\n",
        "# Without dynos: console.\n",
        "# - log_drains: 1 that somebody added",
        "# - addons.DATABASE.backups: another schedule of the same database, called READER_URL\n",
    ] {
        assert!(file.contains(said), "{said} is not in\n{file}");
    }
    assert!(!file.contains("AMBER") && !file.contains("DATABASE_URL:"), "{file}");
    ran.tells(&[
        "208 config vars are `external`",
        "addons.DATABASE.backups",
        "next: trueup plan shop-production",
    ]);
    assert_true(&cloud, &project, APP);
}

#[test]
fn secrets_go_to_a_private_file_that_a_shell_reads_and_git_does_not() {
    let (cloud, project) = messy();
    let ran = project.run(&["import", APP, "--as", "production", "--secrets", "env"]).exits(0);
    assert_eq!(ran.stdout, "wrote  environments/production.env\nwrote  environments/production.yaml\n");
    let yaml = std::fs::read_to_string(project.file("environments/production.yaml")).unwrap();
    assert!(yaml.contains("VAR_7: { env: PRODUCTION_VAR_7 }"), "{yaml}");
    assert!(yaml.contains("ENDS: { external: true }"), "a source drops the end of a line: {yaml}");
    for text in [&yaml, &ran.stdout, &ran.stderr] {
        assert!(!text.contains(CANARY), "{text}");
    }
    let values = project.file("environments/production.env");
    assert_eq!(std::fs::metadata(&values).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(project.file("environments/.gitignore")).unwrap(), "*.env\n");
    let plan =
        "set -a; . environments/production.env; set +a; exec \"$0\" plan production --detailed-exitcode";
    let mut shell = project.command(&[]);
    let program = shell.get_program().to_owned();
    shell = {
        let mut shell_of = std::process::Command::new("sh");
        shell_of.current_dir(project.path()).env_clear();
        let set = shell.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        shell_of.envs(set.collect::<Vec<_>>()).arg("-c").arg(plan).arg(program);
        shell_of
    };
    crate::support::Ran::from(shell.output().unwrap()).exits(0).shows(&["No changes"]);
    assert_nothing_written(&cloud);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_asked_for_it() {
    let (cloud, project) = cloud_and(SMALL);
    for (taken, arguments) in [
        ("environments/production.yaml", &["import", APP, "--as", "production"][..]),
        ("environments/other.yml", &["import", APP, "--as", "other"][..]),
        ("environments/third.env", &["import", APP, "--as", "third", "--secrets", "env"][..]),
    ] {
        if !project.file(taken).exists() {
            project.write(taken, "somebody's\n");
        }
        let before = std::fs::read_to_string(project.file(taken)).unwrap();
        project.run(arguments).exits(1).tells(&[taken, "is there already", "--as NAME"]);
        assert_eq!(std::fs::read_to_string(project.file(taken)).unwrap(), before);
    }
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn an_app_that_is_not_there_or_not_ones_own_is_told_and_nothing_is_written() {
    let (cloud, project) = cloud();
    app(&cloud, APP);
    project
        .run(&["import", "shop-prodction"])
        .exits(1)
        .tells(&["no app `shop-prodction`", "did you mean `shop-production`?"]);
    project
        .run(&["import", "unlike-anything"])
        .exits(1)
        .tells(&["no app `unlike-anything`", "heroku whoami"]);
    project.run(&["import", "Shop"]).exits(1).tells(&["invalid value 'Shop' for '[APP]'"]);
    let project = project.set("HEROKU_API_KEY", "other-token");
    project.run(&["import", APP]).exits(1).tells(&["belongs to someone else"]);
    assert!(!project.file("environments").exists());
}

#[test]
fn an_app_with_nothing_is_a_name_and_where_it_is() {
    let (cloud, project) = cloud();
    app(&cloud, APP);
    cloud.sandbox().forget_calls();
    project.run(&["import", APP]).exits(0);
    let file = std::fs::read_to_string(project.file("environments/shop-production.yaml")).unwrap();
    let said: Vec<&str> = file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(said, ["app:", "  name: shop-production", "  region: eu", "  stack: heroku-24"]);
    assert_true(&cloud, &project, APP);
}

//! A whole team or account taken over: a file an app, what most have in common in a base, and a plan over all that has
//! nothing to do.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Tag, Tagging};
use serde_json::json;
use trueup::sandbox::{Call, ROOT_KEY, ROOT_SECRET};

use crate::common::{assert_nothing_written, fault, iam};
use crate::support::{Cloud, Project, quick};

const CANARY: &str = "canary-of-the-live-apps";

fn cloud() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    (cloud, project)
}

/// An app as most of an account are, with a number that is its own.
fn usual(cloud: &Cloud, name: &str, number: usize) {
    cloud.heroku("POST", "/apps", Some(json!({ "name": name, "region": "eu", "stack": "heroku-24" })));
    let database = json!({ "plan": "heroku-postgresql:essential-0", "attachment": { "name": "DATABASE" } });
    cloud.heroku("POST", &format!("/apps/{name}/addons"), Some(database));
    let vars = json!({
        "RAILS_ENV": "production", "RAILS_MAX_THREADS": "5", "PORT_OFFSET": format!("{number}"),
        "SECRET_KEY_BASE": format!("{CANARY} {number}"), "AWS_S3_BUCKET": format!("{CANARY}-{number}"),
    });
    cloud.heroku("PATCH", &format!("/apps/{name}/config-vars"), Some(vars));
    let packs = json!({ "updates": [{ "buildpack": "heroku/ruby" }] });
    cloud.heroku("PUT", &format!("/apps/{name}/buildpack-installations"), Some(packs));
}

fn bare(cloud: &Cloud, name: &str) {
    cloud.heroku("POST", "/apps", Some(json!({ "name": name, "region": "us" })));
}

fn read(project: &Project, file: &str) -> String {
    std::fs::read_to_string(project.file(file)).unwrap()
}

/// How often each was asked, apps by one name.
fn counted(calls: &[Call]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for call in calls {
        let parts = call.path.split('/').map(|part| if part.starts_with("desk-") { "APP" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        *counted.entry(format!("{} {path}", call.method)).or_default() += 1;
    }
    counted
}

#[track_caller]
fn assert_all_true(cloud: &Cloud, project: &Project) {
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    project.run(&["apply", "--all", "--yes"]).exits(0);
    assert_nothing_written(cloud);
}

#[test]
fn a_hundred_apps_are_a_file_each_and_what_most_have_in_common() {
    let (cloud, project) = cloud();
    for number in 0..95 {
        usual(&cloud, &format!("desk-{number:03}"), number);
    }
    for number in 95..100 {
        bare(&cloud, &format!("desk-{number:03}"));
    }
    cloud.sandbox().forget_calls();
    let ran = project.run(&["import", "--all"]).exits(0);
    assert_eq!(ran.stdout.lines().count(), 101, "{}", ran.stdout);
    ran.tells(&["100 of 100 extend environments/base.yaml", "next: trueup plan --all   shows no change"]);
    let calls = counted(&cloud.sandbox().calls());
    for list in ["GET /apps", "GET /addons", "GET /addon-attachments"] {
        assert_eq!(calls.get(list), Some(&1), "{list} of {calls:#?}");
    }
    let single = |call: &String| !call.contains("/client/v11/") && !call.contains("/APP");
    let shared: usize = calls.iter().filter(|(call, _)| single(call)).map(|(_, times)| times).sum();
    // The lists of Heroku, whose the token is, the list of buckets, and whose the account is.
    assert_eq!(shared, 6, "{calls:#?}");
    assert!(cloud.sandbox().calls().len() <= 6 + 100 * 9, "{calls:#?}");
    let base = read(&project, "environments/base.yaml");
    for said in [
        "app:\n  region: eu\n  stack: heroku-24\n",
        "addons:\n  DATABASE:\n    plan: \"heroku-postgresql:essential-0\"\n",
        "buildpacks:\n  - heroku/ruby\n",
        "  RAILS_ENV: production\n",
        "  SECRET_KEY_BASE: { external: true }\n",
    ] {
        assert!(base.contains(said), "{said} is not in\n{base}");
    }
    let own = read(&project, "environments/desk-007.yaml");
    let said: Vec<&str> = own.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(said, ["extends: base.yaml", "app:", "  name: desk-007", "config:", "  PORT_OFFSET: 7"]);
    assert!(own.contains("AWS_S3_BUCKET may tell of a bucket"), "{own}");
    let small = read(&project, "environments/desk-099.yaml");
    assert!(small.contains("addons: null\n") && small.contains("config: null\n"), "{small}");
    assert!(!base.contains(CANARY) && !own.contains(CANARY));
    assert_all_true(&cloud, &project);
}

#[test]
fn one_that_cannot_be_looked_at_stops_no_other_and_the_last_lines_say_which() {
    let (cloud, project) = cloud();
    for (number, name) in ["alpha", "beta", "gamma"].into_iter().enumerate() {
        usual(&cloud, name, number);
    }
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "path": "/apps/beta/config-vars", "kind": { "refuse": { "status": 403, "id": "forbidden", "message": "no luck" } } }"#,
    )]);
    let ran = project.run(&["import", "--all"]).exits(1);
    assert!(ran.stderr.contains("error: 1 of 3 environments failed\n  beta  "));
    assert!(!project.file("environments/beta.yaml").exists());
    assert_eq!(
        ran.stdout,
        "wrote  environments/base.yaml\nwrote  environments/alpha.yaml\nwrote  environments/gamma.yaml\n"
    );
    let again = project.run(&["import", "--all"]).exits(0);
    assert_eq!(
        again.stdout,
        "kept   alpha: it describes the app alpha already\nkept   gamma: it describes the app gamma already\nwrote  environments/beta.yaml\n"
    );
    assert_all_true(&cloud, &project);
}

#[test]
fn a_base_that_is_there_stays_and_nothing_extends_it() {
    let (cloud, project) = cloud();
    usual(&cloud, "alpha", 1);
    usual(&cloud, "beta", 2);
    project.write("environments/base.yaml", "unmanaged: { config: remove }\n");
    let ran = project
        .run(&["import", "--all"])
        .exits(0)
        .tells(&["base.yaml was there before", "no file extends it"]);
    assert!(!ran.stdout.contains("base.yaml"), "{}", ran.stdout);
    assert_eq!(read(&project, "environments/base.yaml"), "unmanaged: { config: remove }\n");
    let own = read(&project, "environments/alpha.yaml");
    assert!(!own.contains("extends") && own.contains("region: eu"), "{own}");
    for name in ["alpha", "beta"] {
        project.run(&["plan", name, "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn the_same_base_of_a_run_that_was_killed_is_taken_up_again() {
    let (cloud, project) = cloud();
    usual(&cloud, "alpha", 1);
    usual(&cloud, "beta", 2);
    project.run(&["import", "--all"]).exits(0);
    for name in ["alpha", "beta"] {
        std::fs::remove_file(project.file(&format!("environments/{name}.yaml"))).unwrap();
    }
    project.run(&["import", "--all"]).exits(0).tells(&["2 of 2 extend environments/base.yaml"]);
    assert_all_true(&cloud, &project);
}

#[test]
fn a_team_is_its_apps_alone_and_one_without_any_is_told() {
    let (cloud, project) = cloud();
    bare(&cloud, "personal");
    for name in ["desk-one", "desk-two"] {
        let app = json!({ "name": name, "team": "desk", "region": "eu" });
        cloud.heroku("POST", "/teams/apps", Some(app));
    }
    project.run(&["import", "--team", "dsk"]).exits(1).tells(&["the team `dsk` has no app", "heroku teams"]);
    assert!(!project.file("environments").exists());
    cloud.sandbox().forget_calls();
    project.run(&["import", "--team", "desk"]).exits(0);
    assert!(!project.file("environments/personal.yaml").exists());
    let base = read(&project, "environments/base.yaml");
    assert!(base.contains("  team: desk\n  region: eu\n"), "{base}");
    assert!(!cloud.sandbox().calls().iter().any(|call| call.path == "/apps"));
    assert_all_true(&cloud, &project);
}

#[test]
fn values_of_many_are_a_private_file_each() {
    let (cloud, project) = cloud();
    usual(&cloud, "alpha", 1);
    usual(&cloud, "beta", 2);
    let ran = project.run(&["import", "--all", "--secrets", "env"]).exits(0);
    ran.tells(&["set -a; . environments/ENV.env; set +a"]);
    let own = read(&project, "environments/alpha.yaml");
    assert!(own.contains("SECRET_KEY_BASE: { env: ALPHA_SECRET_KEY_BASE }"), "{own}");
    assert!(read(&project, "environments/beta.env").contains(&format!("{CANARY} 2")));
}

#[test]
fn an_app_called_base_has_its_own_file() {
    let (cloud, project) = cloud();
    for name in ["base", "alpha", "beta"] {
        usual(&cloud, name, 1);
    }
    project.run(&["import", "--all"]).exits(0);
    assert!(read(&project, "environments/base.yaml").contains("  name: base\n"));
    assert_all_true(&cloud, &project);
}

#[test]
fn an_app_that_another_environment_describes_is_not_described_twice_unseen() {
    let (cloud, project) = cloud();
    usual(&cloud, "alpha", 1);
    usual(&cloud, "beta", 2);
    project.run(&["import", "alpha", "--as", "production"]).exits(0);
    let ran = project.run(&["import", "--all"]).exits(0);
    assert_eq!(
        ran.stdout,
        "kept   production: it describes the app alpha already\nwrote  environments/beta.yaml\n"
    );
    assert_all_true(&cloud, &project);
    project
        .run(&["import", "alpha"])
        .exits(0)
        .tells(&["warning: the environment production describes the app alpha too"]);
}

#[test]
fn what_one_app_takes_and_many_do_not_is_refused() {
    let (cloud, project) = cloud();
    for arguments in [
        &["import"][..],
        &["import", "alpha", "--all"],
        &["import", "--all", "--team", "desk"],
        &["import", "--all", "--bucket", "uploads"],
        &["import", "--team", "desk", "--as", "production"],
    ] {
        project.run(arguments).exits(1);
    }
    assert!(cloud.sandbox().calls().is_empty());
}

/// An app that has a bucket and a user of its own, as its config vars say.
fn with_aws(cloud: &Cloud, name: &str, bucket: &str) {
    bare(cloud, name);
    let (s3, iam) = (crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET), iam(cloud));
    let user = format!("{name}-user");
    let key = cloud.block_on(async {
        // Several apps may name one.
        let _ = s3.create_bucket().bucket(bucket).send().await;
        iam.create_user().user_name(&user).send().await.unwrap();
        iam.create_access_key().user_name(&user).send().await.unwrap().access_key.unwrap()
    });
    let vars = json!({
        "AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "UPLOADS_BUCKET": bucket, "RAILS_ENV": "production",
    });
    cloud.heroku("PATCH", &format!("/apps/{name}/config-vars"), Some(vars));
}

#[test]
fn the_bucket_and_the_user_that_config_vars_name_come_to_the_file() {
    let (cloud, project) = cloud();
    for name in ["desk-one", "desk-two", "desk-three"] {
        with_aws(&cloud, name, &format!("{name}-uploads"));
    }
    cloud.sandbox().forget_calls();
    project.run(&["import", "--all"]).exits(0);
    let own = read(&project, "environments/desk-two.yaml");
    for said in [
        "    name: desk-two-uploads\n    region: us-east-1\n    adopt: true\n",
        "    name: desk-two-user\n    adopt: true\n",
        "    access_key: {}\n",
        "  UPLOADS_BUCKET: { from: buckets.uploads.name }\n",
        "  AWS_ACCESS_KEY_ID: { from: iam_users.user.access_key_id }\n",
    ] {
        assert!(own.contains(said), "{said} is not in\n{own}");
    }
    assert!(!own.contains("may tell of"), "{own}");
    let base = read(&project, "environments/base.yaml");
    assert!(!base.contains("buckets") && !base.contains("iam_users"), "{base}");
    // One list of buckets, one of users, and one question a key.
    let calls = cloud.sandbox().calls();
    let asked = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!(
        [asked("ListBuckets"), asked("GetAccountAuthorizationDetails"), asked("GetAccessKeyLastUsed")],
        [1, 1, 3]
    );
    assert_eq!(asked("GET config-vars"), 3);
    assert_all_true(&cloud, &project);
}

#[test]
fn what_several_apps_name_is_one_environments_and_the_others_are_told_whose() {
    let (cloud, project) = cloud();
    // It is another environment's by its tags, which is told, and looked for no further.
    with_aws(&cloud, "tagged", "tagged-uploads");
    let tag = Tag::builder().key("trueup:environment").value("live").build().unwrap();
    let tags = Tagging::builder().tag_set(tag).build().unwrap();
    let s3 = crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET);
    cloud.block_on(s3.put_bucket_tagging().bucket("tagged-uploads").tagging(tags).send()).unwrap();
    for name in ["desk", "desk-staging", "shop"] {
        with_aws(&cloud, name, "desk-staging-uploads");
    }
    with_aws(&cloud, "alpha", "common");
    with_aws(&cloud, "beta", "common");
    project.run(&["import", "--all"]).exits(0);
    assert!(read(&project, "environments/desk-staging.yaml").contains("    name: desk-staging-uploads\n"));
    for name in ["desk", "shop"] {
        let own = read(&project, &format!("environments/{name}.yaml"));
        let told =
            "config.UPLOADS_BUCKET: the bucket desk-staging-uploads is in desk-staging, which manages it";
        assert!(own.replace("\n#   ", " ").contains(told), "{own}");
        assert!(!own.contains("\nbuckets:"), "{own}");
    }
    let tagged = read(&project, "environments/tagged.yaml");
    assert!(tagged.contains("# - buckets.uploads: "), "{tagged}");
    assert!(!tagged.contains("may tell of"), "{tagged}");
    for name in ["alpha", "beta"] {
        let own = read(&project, &format!("environments/{name}.yaml"));
        assert!(own.contains("the bucket common is named by alpha, beta"), "{own}");
    }
    assert_all_true(&cloud, &project);
}

#[test]
fn what_cannot_be_looked_up_is_told_and_stops_no_app() {
    let (cloud, project) = cloud();
    with_aws(&cloud, "alpha", "alpha-uploads");
    with_aws(&cloud, "beta", "beta-uploads");
    let refuse = |operation: &str| {
        let kind = r#"{ "refuse": { "status": 403, "id": "AccessDenied", "message": "no right" } }"#;
        fault(&format!(r#"{{ "operation": "{operation}", "times": 1000, "kind": {kind} }}"#))
    };
    // Without the list each is asked for, and one whose settings may not be read stays out.
    cloud.sandbox().set_faults(vec![refuse("ListBuckets"), refuse("GetBucketCors")]);
    project.run(&["import", "--all"]).exits(0);
    let own = read(&project, "environments/alpha.yaml");
    assert!(own.contains("buckets.alpha-uploads: it could not be looked at"), "{own}");
    assert!(own.contains("GetBucketCors"), "{own}");
    cloud.sandbox().set_faults(Vec::new());
    assert_all_true(&cloud, &project);
}

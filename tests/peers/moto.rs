//! AWS as moto sees it: plan, apply, drift, apply again; then the proof that the app's key can do what its
//! grant says and nothing else, with moto's own check of signatures and policies on.

use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::object_store::{self, client as s3};
use crate::programs::{self, Server};
use crate::support::{Cloud, LEDGER, Project, quick};

fn project(cloud: &Cloud, moto: &Server, spec: &str) -> Project {
    Project::with(spec)
        .at(cloud.sandbox())
        .set("AWS_ENDPOINT_URL", &moto.url)
        .set("AWS_ACCESS_KEY_ID", "test")
        .set("AWS_SECRET_ACCESS_KEY", "test")
}

#[test]
fn an_environment_is_made_kept_and_mended_on_moto() {
    let Some(program) = programs::program("moto_server") else { return };
    let (cloud, moto) = (Cloud::start(quick()), Server::moto(&program));
    let project = project(&cloud, &moto, LEDGER);

    project.run(&["apply", "--yes"]).exits(0);
    let again = project.run(&["plan", "--detailed-exitcode", "--format", "json"]).exits(0);
    assert_eq!(again.changes(), [], "nothing is left to do");

    let owner = s3(&moto.url, "test", "test");
    cloud.block_on(async {
        owner.delete_bucket_cors().bucket("ledger-production-uploads").send().await.unwrap();
    });
    let drift = project.run(&["plan", "--format", "json"]).exits(0);
    assert_eq!(drift.changes(), [("buckets.uploads".to_owned(), "update".to_owned())]);

    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_apps_key_can_do_what_its_grant_says_and_nothing_else() {
    let Some(program) = programs::program("moto_server") else { return };
    let (cloud, moto) = (Cloud::start(quick()), Server::moto(&program));
    // moto ignores the condition of the policy that denies plain http, and would deny everything.
    let spec = LEDGER.replace("    versioning: true", "    versioning: true\n    tls_only: false");
    project(&cloud, &moto, &spec).run(&["apply", "--yes"]).exits(0);
    cloud.block_on(async {
        let owner = s3(&moto.url, "test", "test");
        owner.create_bucket().bucket("someone-elses").send().await.unwrap();
        let enforce = reqwest::Client::new().post(format!("{}/moto-api/reset-auth", moto.url));
        enforce
            .header("Content-Type", "text/plain")
            .body("0")
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    });

    let vars = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    let var = |name: &str| vars[name].as_str().unwrap().to_owned();
    let app = s3(&moto.url, &var("AWS_ACCESS_KEY_ID"), &var("AWS_SECRET_ACCESS_KEY"));
    let bucket = var("AWS_S3_BUCKET");
    cloud.block_on(async {
        app.put_object()
            .bucket(&bucket)
            .key("a")
            .body(b"hello".to_vec().into())
            .send()
            .await
            .expect("may put");
        app.get_object().bucket(&bucket).key("a").send().await.expect("may get");
        app.list_objects_v2().bucket(&bucket).send().await.expect("may list");
        app.delete_object().bucket(&bucket).key("a").send().await.expect("may delete");

        let elsewhere =
            app.list_objects_v2().bucket("someone-elses").send().await.expect_err("another bucket");
        assert_eq!(elsewhere.code(), Some("AccessDenied"));
        let policy = app.get_bucket_policy().bucket(&bucket).send().await.expect_err("the bucket's settings");
        assert_eq!(policy.code(), Some("AccessDenied"));
        let removal = app.delete_bucket().bucket(&bucket).send().await.expect_err("the bucket itself");
        assert_eq!(removal.code(), Some("AccessDenied"));
    });
}

#[test]
fn the_lock_is_taken_refused_taken_over_renewed_and_given_back_without_a_trace() {
    const BUCKET: &str = "ledger-production-uploads";
    let Some(program) = programs::program("moto_server") else { return };
    let (cloud, moto) = (Cloud::start(quick()), Server::moto(&program));
    // moto ignores the condition of the policy that denies plain http, and would deny everything.
    let spec = LEDGER.replace("    versioning: true", "    versioning: true\n    tls_only: false");
    let project = project(&cloud, &moto, &spec).set("TRUEUP_LOCK_LIFETIME", "1");
    project.run(&["apply", "--yes", "--lock"]).exits(0);
    let owner = s3(&moto.url, "test", "test");
    let assert_no_trace = || assert_eq!(cloud.block_on(object_store::left(&owner, BUCKET)), (0, 0));

    project.run(&["apply", "--yes", "--lock"]).exits(0);
    assert_no_trace();

    cloud.block_on(object_store::lock(&owner, BUCKET, "somebody", 600));
    let refused = project.run(&["apply", "--yes", "--lock"]).exits(3);
    assert!(refused.stderr.contains("held by somebody"), "{}", refused.stderr);
    project.run(&["unlock", "--yes"]).exits(0);
    assert_no_trace();

    cloud.block_on(object_store::lock(&owner, BUCKET, "somebody", 0));
    let over = project.run(&["apply", "--yes", "--lock"]).exits(0);
    assert!(over.stderr.contains("was taken over, since it has expired"), "{}", over.stderr);
    assert_no_trace();

    // Long enough for some renewals, each of which leaves a version behind that has to go.
    let slow = r#"{ "operation": "PATCH config-vars", "kind": { "hang": { "seconds": 2 } } }"#;
    cloud.sandbox().set_faults(vec![serde_json::from_str(slow).unwrap()]);
    project
        .write("environments/production.yaml", &spec.replace("RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 7"));
    let slow = project.run(&["apply", "--yes", "--lock"]).exits(0);
    assert!(!slow.stderr.contains("lost"), "{}", slow.stderr);
    assert_no_trace();
}

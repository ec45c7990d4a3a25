//! Uploads, builds and release phases of the embedded Heroku: as strict as what stands behind its addresses.

use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

use crate::heroku_client::{Answer, Heroku, quick};

/// A source, with a client that knows of no token.
async fn source(heroku: &Heroku) -> (String, reqwest::Client) {
    let source = heroku.ask("POST /sources", &[], None).await.done();
    let url = source["source_blob"]["put_url"].as_str().unwrap().to_owned();
    (url, reqwest::Client::builder().no_proxy().build().unwrap())
}

/// What some code packs into.
fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

const RUBY: [(&str, &str); 2] = [("Gemfile", "gem \"rails\""), ("Gemfile.lock", "")];

/// A build of code, as it is right after it was asked for.
async fn build(heroku: &Heroku, files: &[(&str, &str)], checksum: Value) -> Answer {
    let (url, client) = source(heroku).await;
    assert!(client.put(&url).body(tarball(files)).send().await.unwrap().status().is_success());
    let blob = json!({ "url": url, "version": "v", "checksum": checksum });
    heroku.send("POST /apps/shop/builds", json!({ "source_blob": blob })).await
}

/// What a build prints.
async fn printed(build: &Value) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = build["output_stream_url"].as_str().unwrap();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

/// A shop in which builds and release phases take as long as that.
async fn shop(build: Duration, release: Duration) -> Heroku {
    let knobs = Knobs { build, release, ..quick() };
    let heroku = Heroku::with(Options { knobs, ..Options::default() }).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    heroku
}

#[tokio::test]
async fn an_upload_is_refused_with_anything_that_breaks_its_signature() {
    let heroku = Heroku::with_shop().await;
    let (url, client) = source(&heroku).await;
    for (name, value, status) in [
        ("content-type", "application/gzip", 403),
        ("authorization", "Bearer owner-token", 400),
        ("expect", "100-continue", 403),
    ] {
        let answer = client.put(&url).header(name, value).body("x").send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
        assert!(answer.text().await.unwrap().contains("<Error><Code>"), "{name}");
    }
    let unsigned = url.split('?').next().unwrap();
    assert_eq!(client.put(unsigned).body("x").send().await.unwrap().status(), 403);
    assert_eq!(client.put(&url).header("content-type", "").body("x").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_build_takes_time_and_its_release_comes_after_it() {
    let heroku = shop(Duration::from_hours(1), Duration::ZERO).await;
    let build = build(&heroku, &RUBY, Value::Null).await.done();
    assert_eq!(
        (&build["status"], &build["release"], &build["slug"]),
        (&json!("pending"), &Value::Null, &Value::Null)
    );
    assert!(!printed(&build).await.contains("Launching"), "it has only begun");
    assert_eq!(heroku.get("/apps/shop/formation").await.done(), json!([]));
}

#[tokio::test]
async fn the_procfile_of_the_code_says_what_runs() {
    let heroku = Heroku::with_shop().await;
    let files = [&RUBY[..], &[("Procfile", "web: x\n# old: y\nclock: z\n")]].concat();
    let id = build(&heroku, &files, Value::Null).await.done()["id"].as_str().unwrap().to_owned();
    let ended = heroku.get(&format!("/apps/shop/builds/{id}")).await.done();
    assert_eq!(ended["status"], "succeeded");
    let types = heroku.get("/apps/shop/formation").await.done();
    let names: Vec<&str> =
        types.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(names, ["clock", "web"]);
    let slug = ended["slug"]["id"].as_str().unwrap();
    assert_eq!(heroku.get(&format!("/apps/shop/slugs/{slug}")).await.done()["commit"], "v");
}

#[tokio::test]
async fn code_that_cannot_be_built_fails_and_releases_nothing() {
    let heroku = Heroku::with_shop().await;
    let releases = heroku.releases("shop").await;
    for (files, checksum, why) in [
        (&RUBY[..1], Value::Null, "Gemfile.lock required"),
        (&[("index.html", "")], Value::Null, "No default language could be detected"),
        (&RUBY, json!("SHA256:00"), "and not the one that was given"),
    ] {
        let begun = build(&heroku, files, checksum).await.done();
        let ended = heroku.get(&format!("/apps/shop/builds/{}", begun["id"].as_str().unwrap())).await.done();
        assert_eq!((&ended["status"], &ended["release"]), (&json!("failed"), &Value::Null), "{why}");
        let text = printed(&ended).await;
        assert!(text.contains(why), "{text}");
    }
    assert_eq!(heroku.releases("shop").await, releases);
}

#[tokio::test]
async fn an_address_that_is_not_https_is_refused_unless_it_is_a_source() {
    let heroku = Heroku::with_shop().await;
    let body = json!({ "source_blob": { "url": "http://example.com/code.tgz" } });
    heroku.send("POST /apps/shop/builds", body).await.refused(422, "invalid_params");
}

#[tokio::test]
async fn a_release_is_pending_during_its_phase_and_changes_nothing_when_that_fails() {
    for (release, command, status, types) in [
        (Duration::from_hours(1), "true", "pending", 0),
        (Duration::ZERO, "true", "succeeded", 1),
        (Duration::ZERO, "false", "failed", 0),
    ] {
        let heroku = shop(Duration::ZERO, release).await;
        let procfile = format!("web: x\nrelease: {command}\n");
        build(&heroku, &[&RUBY[..], &[("Procfile", &procfile)]].concat(), Value::Null).await.done();
        let releases = heroku.get("/apps/shop/releases").await.done();
        let last = releases.as_array().unwrap().last().unwrap();
        assert_eq!(last["status"], status);
        assert_eq!(last["current"], status == "succeeded", "{status}");
        let formation = heroku.get("/apps/shop/formation").await.done();
        assert_eq!(formation.as_array().unwrap().len(), types, "{status}: the release phase is no process");
        let url = last["output_stream_url"].as_str().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let expected = if status == "pending" { 404 } else { 200 };
        assert_eq!(client.get(url).send().await.unwrap().status(), expected, "{status}");
    }
}

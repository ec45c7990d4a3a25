//! What the embedded cloud keeps in a folder: across restarts, beside another process, out of others' sight.

use std::path::Path;

use crate::heroku_client::{Heroku, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Options, Sandbox};

async fn open(folder: &Path) -> Heroku {
    Heroku::with(Options { port: 0, state_dir: Some(folder.to_owned()), knobs: quick() }).await
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let before = open(folder.path()).await;
    before.send("POST /apps", json!({ "name": "shop" })).await.done();
    before.send("POST /apps/shop/addons", json!({ "plan": "heroku-postgresql:standard-0" })).await.done();
    before.send("PATCH /apps/shop/config-vars", json!({ "A": "1" })).await.done();
    before.deploy("shop", json!({ "web": "puma" })).await;
    let paths = [
        "/apps/shop",
        "/apps/shop/config-vars",
        "/apps/shop/addons",
        "/apps/shop/formation",
        "/apps/shop/releases",
    ];
    let mut kept: Vec<Value> = Vec::new();
    for path in paths {
        kept.push(before.get(path).await.done());
    }
    before.sandbox.stop().await;
    let after = open(folder.path()).await;
    for (path, kept) in paths.into_iter().zip(kept) {
        assert_eq!(after.get(path).await.done(), kept, "{path}");
    }
}

#[tokio::test]
async fn two_on_one_folder_see_and_keep_each_others_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()).await, open(folder.path()).await);
    one.send("POST /apps", json!({ "name": "shop" })).await.done();
    // Values of one length and writings in quick succession: neither size nor time of the file tells them apart.
    for round in 0..40 {
        let vars = |name: &str| json!({ format!("{name}_{round:02}"): "value" });
        let (first, second) = tokio::join!(
            one.send("PATCH /apps/shop/config-vars", vars("ONE")),
            other.send("PATCH /apps/shop/config-vars", vars("TWO")),
        );
        first.done();
        second.done();
    }
    for heroku in [&one, &other] {
        let vars = heroku.get("/apps/shop/config-vars").await.done();
        assert_eq!(vars.as_object().unwrap().len(), 80);
        assert_eq!(heroku.releases("shop").await.len(), 82);
    }
}

#[tokio::test]
async fn a_writing_of_the_same_length_at_the_same_time_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()).await, open(folder.path()).await);
    one.send("POST /apps", json!({ "name": "shop" })).await.done();
    assert_eq!(other.get("/apps/shop").await.done()["maintenance"], false);
    let file = folder.path().join("state.json");
    let time = file.metadata().unwrap().modified().unwrap();
    one.send("PATCH /apps/shop", json!({ "name": "shed" })).await.done();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    other.get("/apps/shed").await.done();
}

#[tokio::test]
async fn whoever_deletes_the_folder_starts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("sandbox");
    let heroku = open(&inner).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    std::fs::remove_dir_all(&inner).unwrap();
    assert_eq!(heroku.get("/apps").await.done(), json!([]));
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
}

#[tokio::test]
async fn a_file_of_another_version_or_none_of_ours_is_refused_and_kept() {
    for text in ["{\"version\":99}", "not json"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        std::fs::write(&file, text).unwrap();
        let options = Options { port: 0, state_dir: Some(folder.path().to_owned()), knobs: quick() };
        let refused = Sandbox::start(options).await.err().expect("it cannot be read").to_string();
        assert!(refused.contains("state.json"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/sandbox");
    let heroku = open(&folder).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

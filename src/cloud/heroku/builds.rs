//! Builds: code that was uploaded becomes a slug and a release (heroku-api.md section 6, life-and-ci.md section 6).
//!
//! What must not live here: the upload itself (`elsewhere`), what a build prints (`output`), and which build an app needs.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, name_of, or_default};
use super::{CloudError, ErrorKind, Heroku, LiveBuildpack};
use crate::secret::Secret;

/// Where code is put, and where a build takes it from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Takes one PUT.
    pub put_url: Secret,
    /// What a build is given.
    pub get_url: Secret,
}

/// A build that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewBuild<'a> {
    /// Where the code is.
    pub source: &'a Source,
    /// What the code is called from then on.
    pub version: &'a str,
    /// The SHA-256 of the tarball, in hex.
    pub checksum: &'a str,
}

/// A build.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its UUID.
    pub id: String,
    /// How far it came.
    pub status: BuildStatus,
    /// What its code was called by whoever made it: a git commit, mostly.
    pub version: Option<String>,
    /// Where it prints what it does.
    pub output: Option<Secret>,
    /// The stack that it was built for.
    pub stack: Option<String>,
    /// The buildpacks that were set; empty when it found its own, or Heroku does not say.
    pub buildpacks: Vec<LiveBuildpack>,
    /// The id of what it made.
    pub slug: Option<String>,
    /// The id of the release that it led to; that may be there a moment later than the build's end.
    pub release: Option<String>,
}

/// How far a build came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// It runs.
    Pending,
    /// It made a slug.
    Succeeded,
    /// It made none.
    Failed,
}

/// What a build makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug {
    /// What its code was called.
    pub commit: Option<String>,
    /// The stack that it was built for.
    pub stack: Option<String>,
}

#[derive(Deserialize)]
struct WireSource {
    source_blob: WireBlob,
}

#[derive(Deserialize)]
struct WireBlob {
    put_url: String,
    get_url: String,
}

#[derive(Serialize)]
struct WireNewBuild<'a> {
    source_blob: WireNewBlob<'a>,
}

#[derive(Serialize)]
struct WireNewBlob<'a> {
    url: &'a str,
    version: &'a str,
    checksum: String,
}

#[derive(Deserialize)]
struct WireBuild {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    source_blob: Option<WireBuilt>,
    output_stream_url: Option<String>,
    stack: Option<Named>,
    #[serde(default, deserialize_with = "or_default")]
    buildpacks: Vec<super::buildpacks::WireBuildpack>,
    slug: Option<WireId>,
    release: Option<WireId>,
}

#[derive(Deserialize)]
struct WireBuilt {
    version: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireId {
    id: Option<String>,
}

#[derive(Deserialize)]
struct WireSlug {
    commit: Option<String>,
    stack: Option<Named>,
}

pub(super) fn id_of(wire: Option<WireId>) -> Option<String> {
    wire.and_then(|wire| wire.id)
}

pub(super) fn address(text: Option<String>) -> Option<Secret> {
    text.filter(|text| !text.is_empty()).map(Secret::new)
}

impl From<WireBuild> for Build {
    fn from(wire: WireBuild) -> Self {
        Self {
            id: wire.id,
            status: match wire.status.as_str() {
                "succeeded" => BuildStatus::Succeeded,
                "failed" => BuildStatus::Failed,
                _ => BuildStatus::Pending,
            },
            version: wire.source_blob.and_then(|blob| blob.version),
            output: address(wire.output_stream_url),
            stack: name_of(wire.stack),
            buildpacks: wire.buildpacks.into_iter().map(LiveBuildpack::from).collect(),
            slug: id_of(wire.slug),
            release: id_of(wire.release),
        }
    }
}

impl Heroku {
    /// Where code can be put. Asking twice makes two places, of which an unused one is forgotten within the hour.
    pub async fn create_source(&self) -> Result<Source, CloudError> {
        let wire: WireSource = self.fetch(Call::post_nothing(&["sources"])).await?;
        let WireBlob { put_url, get_url } = wire.source_blob;
        Ok(Source { put_url: Secret::new(put_url), get_url: Secret::new(get_url) })
    }

    /// Starts a build.
    pub async fn create_build(&self, app: &str, new: NewBuild<'_>) -> Result<Build, CloudError> {
        let source_blob = WireNewBlob {
            url: new.source.get_url.reveal(),
            version: new.version,
            checksum: format!("SHA256:{}", new.checksum),
        };
        let call = Call::post(&["apps", app, "builds"], &WireNewBuild { source_blob });
        self.fetch::<WireBuild>(call.hiding([&new.source.get_url])).await.map(Build::from)
    }

    /// A build as it is now.
    pub async fn build(&self, app: &str, id: &str) -> Result<Build, CloudError> {
        self.fetch::<WireBuild>(Call::get(&["apps", app, "builds", id])).await.map(Build::from)
    }

    /// The newest builds, the newest first.
    pub async fn builds(&self, app: &str) -> Result<Vec<Build>, CloudError> {
        let path = ["apps", app, "builds"];
        let newest = self.list(Call::get(&path).range("started_at ..; order=desc,max=50")).await;
        let wire: Vec<WireBuild> = match newest {
            // The schema and the official client do not agree on what it can be sorted by (life-and-ci.md section 6.1).
            Err(error) if error.kind == ErrorKind::Invalid => {
                self.list(Call::get(&path).range("created_at ..; order=desc,max=50")).await?
            }
            newest => newest?,
        };
        Ok(wire.into_iter().map(Build::from).collect())
    }

    /// What a build made; `None` when it is not kept any more, or the token may not know of it.
    pub async fn slug(&self, app: &str, id: &str) -> Result<Option<Slug>, CloudError> {
        match self.fetch::<WireSlug>(Call::get(&["apps", app, "slugs", id])).await {
            Ok(wire) => Ok(Some(Slug { commit: wire.commit, stack: name_of(wire.stack) })),
            Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;

    fn wire(status: &str) -> Value {
        json!({
            "id": "b1", "status": status, "source_blob": { "url": "https://x", "version": "abc" }, "stack": "heroku-24",
            "buildpacks": [{ "url": "urn:buildpack:heroku/ruby", "name": "heroku/ruby" }], "slug": { "id": "s1" },
            "release": null, "output_stream_url": "https://build-output.heroku.com/streams/1?token=x"
        })
    }

    #[tokio::test]
    async fn a_source_is_asked_for_without_a_body() {
        let blob =
            json!({ "get_url": "https://s3/get?Signature=1", "put_url": "https://s3/put?Signature=2" });
        let server = Server::always(Reply::json(json!({ "source_blob": blob }))).await;
        let source = server.heroku().create_source().await.unwrap();
        assert!(source.put_url.contains("put?Signature=2") && source.get_url.contains("get?Signature=1"));
        assert!(!format!("{source:?}").contains("Signature"));
        let seen = server.only();
        assert_eq!((seen.call.as_str(), seen.header("content-type")), ("POST /sources", None));
    }

    #[tokio::test]
    async fn a_build_is_asked_for_with_what_the_code_is_known_by() {
        let server = Server::always(Reply::new(201, wire("pending").to_string())).await;
        let source = Source { put_url: Secret::new("https://put"), get_url: Secret::new("https://get") };
        let new = NewBuild { source: &source, version: "abc", checksum: "0123" };
        let build = server.heroku().create_build("ledger", new).await.unwrap();
        assert_eq!((build.status, build.version.as_deref()), (BuildStatus::Pending, Some("abc")));
        assert_eq!(
            (build.stack.as_deref(), build.slug.as_deref(), build.release),
            (Some("heroku-24"), Some("s1"), None)
        );
        assert_eq!(build.buildpacks[0].shown(), "heroku/ruby");
        let blob = json!({ "url": "https://get", "version": "abc", "checksum": "SHA256:0123" });
        let seen = server.only();
        assert_eq!(
            (seen.call.as_str(), &seen.body),
            ("POST /apps/ledger/builds", &json!({ "source_blob": blob }))
        );
    }

    #[tokio::test]
    async fn builds_that_cannot_be_sorted_one_way_are_sorted_the_other() {
        let server = Server::start(|seen, _| match seen.header("range") {
            Some(range) if range.starts_with("created_at") => {
                Reply::json(json!([wire("failed"), wire("odd")]))
            }
            _ => Reply::error(416, "requested_range_not_satisfiable", "no"),
        })
        .await;
        let builds = server.heroku().builds("ledger").await.unwrap();
        let statuses: Vec<BuildStatus> = builds.iter().map(|build| build.status).collect();
        assert_eq!(statuses, [BuildStatus::Failed, BuildStatus::Pending]);
    }

    #[tokio::test]
    async fn a_slug_that_may_not_be_seen_is_unknown() {
        let server =
            Server::always(Reply::json(json!({ "commit": "abc", "stack": { "name": "heroku-24" } }))).await;
        let slug = server.heroku().slug("ledger", "s1").await.unwrap().unwrap();
        assert_eq!((slug.commit.as_deref(), slug.stack.as_deref()), (Some("abc"), Some("heroku-24")));
        let server = Server::always(Reply::error(404, "not_found", "no")).await;
        assert_eq!(server.heroku().slug("ledger", "s1").await.unwrap(), None);
    }
}

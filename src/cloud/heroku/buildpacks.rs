//! Buildpacks of the next build, in order (heroku-api.md section 6).
//!
//! What must not live here: builds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::{CloudError, Heroku};
use crate::cloud::clean::clean;
use crate::secret::Secret;
use crate::spec::Buildpack;

/// The longest text of a live buildpack that is shown.
const LONGEST_SHOWN: usize = 200;
/// Stands for what is not shown.
const SENSITIVE: &str = "(sensitive)";

/// A buildpack as an app has it: whatever somebody set once, which no spec need be able to ask for. It may hold a
/// password or a token, so it is kept as a secret.
#[derive(Clone)]
pub struct LiveBuildpack {
    served: Secret,
    /// The same as a spec writes it, when it can.
    known: Option<Buildpack>,
}

impl LiveBuildpack {
    /// From what Heroku serves: the name of a registry buildpack is shorter and steadier than its URL; for others both
    /// are the URL.
    fn served(name: Option<&str>, url: Option<&str>) -> Self {
        let texts = || [name, url].into_iter().flatten();
        Self {
            served: Secret::new(texts().find(|text| !text.is_empty()).unwrap_or_default()),
            known: texts().find_map(|text| Buildpack::parse(text).ok()),
        }
    }

    /// What is served, to be compared and not shown.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.served
    }

    /// As a spec writes it, when it can and nothing of it has to be hidden.
    #[must_use]
    pub fn as_written(&self) -> Option<&str> {
        self.known.as_ref().filter(|known| known.shown() == known.written()).map(Buildpack::written)
    }

    /// Whether it is the one that a spec asks for.
    #[must_use]
    pub fn is(&self, wanted: &Buildpack) -> bool {
        self.known.as_ref() == Some(wanted)
    }

    /// As it may be shown: without passwords and tokens.
    #[must_use]
    pub fn shown(&self) -> String {
        match shown(self.served.reveal()) {
            text if text.is_empty() => "(without a name)".to_owned(),
            text => text,
        }
    }
}

impl Buildpack {
    /// As it may be shown: without passwords and tokens.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(self.written())
    }
}

fn shown(text: &str) -> String {
    clean(&masked(text), &[], LONGEST_SHOWN)
}

impl From<&Buildpack> for LiveBuildpack {
    fn from(buildpack: &Buildpack) -> Self {
        Self::served(Some(buildpack.as_str()), None)
    }
}

impl From<WireBuildpack> for LiveBuildpack {
    fn from(WireBuildpack { name, url }: WireBuildpack) -> Self {
        Self::served(name.as_deref(), url.as_deref())
    }
}

impl PartialEq for LiveBuildpack {
    fn eq(&self, other: &Self) -> bool {
        match (&self.known, &other.known) {
            (Some(one), Some(other)) => one == other,
            _ => self.served.matches(&other.served),
        }
    }
}

impl fmt::Debug for LiveBuildpack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

/// An address without what may be a password: whoever logs in, unless it is a mere name as in `git@host`, and the
/// values of a query.
fn masked(text: &str) -> String {
    let (address, query) =
        text.split_once('?').map_or((text, None), |(address, query)| (address, Some(query)));
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = match host.rsplit_once('@') {
        Some(("git", _)) | None => host.to_owned(),
        Some((_, host)) => format!("{SENSITIVE}@{host}"),
    };
    let query = query.map_or_else(String::new, |_| format!("?{SENSITIVE}"));
    format!("{scheme}{host}{path}{query}")
}

#[derive(Deserialize)]
struct WireInstallation {
    #[serde(default)]
    ordinal: Option<i64>,
    buildpack: WireBuildpack,
}

#[derive(Deserialize)]
pub(super) struct WireBuildpack {
    name: Option<String>,
    url: Option<String>,
}

#[derive(Serialize)]
struct WireUpdates<'a> {
    updates: Vec<WireUpdate<'a>>,
}

#[derive(Serialize)]
struct WireUpdate<'a> {
    /// As it was written.
    buildpack: &'a str,
}

impl Heroku {
    /// The app's buildpacks in order; empty means that each build finds its own.
    pub async fn buildpacks(&self, app: &str) -> Result<Vec<LiveBuildpack>, CloudError> {
        Ok(in_order(self.list(Call::get(&["apps", app, "buildpack-installations"])).await?))
    }

    /// Replaces the whole list, and gives it as it is then. Makes no release; the next build uses it.
    pub async fn put_buildpacks(
        &self,
        app: &str,
        buildpacks: &[Buildpack],
    ) -> Result<Vec<LiveBuildpack>, CloudError> {
        let updates =
            buildpacks.iter().map(|buildpack| WireUpdate { buildpack: buildpack.written() }).collect();
        let call = Call::put(&["apps", app, "buildpack-installations"], &WireUpdates { updates });
        let wire: Option<Vec<WireInstallation>> = self.send(&call).await?.decode(&call)?;
        Ok(in_order(wire.unwrap_or_default()))
    }
}

fn in_order(mut wire: Vec<WireInstallation>) -> Vec<LiveBuildpack> {
    wire.sort_by_key(|installation| installation.ordinal);
    wire.into_iter().map(|installation| LiveBuildpack::from(installation.buildpack)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    fn buildpack(text: &str) -> Buildpack {
        Buildpack::parse(text).unwrap()
    }

    #[tokio::test]
    async fn buildpacks_come_in_their_order_by_name_where_they_have_one() {
        let server = Server::always(Reply::json(json!([
            { "ordinal": 1, "buildpack": { "name": null, "url": "https://example.com/pack.tgz" } },
            { "ordinal": 0, "buildpack": { "name": "heroku/ruby", "url": "urn:buildpack:heroku/ruby" } }
        ])))
        .await;
        let buildpacks = server.heroku().buildpacks("ledger").await.unwrap();
        let expected = ["heroku/ruby", "https://example.com/pack.tgz"];
        assert!(buildpacks.iter().zip(expected).all(|(live, wanted)| live.is(&buildpack(wanted))));
        assert_eq!(buildpacks.iter().map(LiveBuildpack::shown).collect::<Vec<_>>(), expected);
        assert_eq!(server.calls(), ["GET /apps/ledger/buildpack-installations"]);
    }

    #[tokio::test]
    async fn the_whole_list_is_replaced_by_what_was_written() {
        let server = Server::always(Reply::new(201, "[]")).await;
        let written = ["urn:buildpack:heroku/nodejs", "heroku/ruby", "https://git.example/a/pack.git/"];
        let wanted = written.map(buildpack);
        assert!(server.heroku().put_buildpacks("ledger", &wanted).await.unwrap().is_empty());
        let seen = server.only();
        assert_eq!(seen.call, "PUT /apps/ledger/buildpack-installations");
        let updates = written.map(|text| json!({ "buildpack": text }));
        assert_eq!(seen.body, json!({ "updates": updates }));
    }

    #[test]
    fn whatever_is_live_can_be_read_compared_and_shown_without_its_secrets() {
        for (live, shown) in [
            ("git://github.com/a/pack.git", "git://github.com/a/pack.git"),
            ("http://example.com/pack.tgz", "http://example.com/pack.tgz"),
            ("git@github.com:a/pack.git", "git@github.com:a/pack.git"),
            ("ssh://git@github.com/a/pack", "ssh://git@github.com/a/pack"),
            ("https://user:s3cret@github.com/a/pack#main", "https://(sensitive)@github.com/a/pack#main"),
            ("https://s3cret@github.com/a/pack", "https://(sensitive)@github.com/a/pack"),
            ("user:s3cret@host.example:a/pack", "(sensitive)@host.example:a/pack"),
            ("https://example.com/pack.tgz?token=s3cret", "https://example.com/pack.tgz?(sensitive)"),
            ("http://example.com/pack.tgz?s3cret", "http://example.com/pack.tgz?(sensitive)"),
            ("ruby\u{1b}[31m", "ruby [31m"),
            ("", "(without a name)"),
        ] {
            let buildpack = LiveBuildpack::served(Some(live), Some(live));
            assert_eq!(buildpack.shown(), shown, "{live:?}");
            assert!(!format!("{buildpack:?}").contains("s3cret"), "{live:?}");
            assert!(buildpack == LiveBuildpack::served(None, Some(live)), "{live:?}");
            assert!(buildpack != LiveBuildpack::served(Some("heroku/ruby"), None), "{live:?}");
        }
    }
}

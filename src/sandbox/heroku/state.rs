//! What the Heroku half remembers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::authorizations::Authorization;
use super::budget::Bucket;
use super::builds::Build;
use super::catalog::vars_under;
use super::certificates::Certificate;
use super::drains::Drain;
use super::dynos::OneOff;
use super::pipelines::{Coupling, Pipeline};
use super::postgres::role_of;
use super::rotations::Rotation;
use super::sources::Source;
use super::transfers::Transfer;

/// Everything on this Heroku, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct HerokuState {
    pub(super) apps: BTreeMap<String, App>,
    pub(super) addons: BTreeMap<String, Addon>,
    pub(super) attachments: BTreeMap<String, Attachment>,
    pub(super) slugs: BTreeMap<String, Slug>,
    /// Places for code.
    #[serde(default)]
    pub(super) sources: BTreeMap<String, Source>,
    #[serde(default)]
    pub(super) builds: BTreeMap<String, Build>,
    /// Those that were added to apps.
    #[serde(default)]
    pub(super) domains: BTreeMap<String, Domain>,
    #[serde(default)]
    pub(super) pipelines: BTreeMap<String, Pipeline>,
    /// Which app is in which pipeline.
    #[serde(default)]
    pub(super) couplings: BTreeMap<String, Coupling>,
    /// Backup schedules in the data API's shape, by add-on.
    pub(super) schedules: BTreeMap<String, Vec<Value>>,
    /// Backups, restores and copies.
    #[serde(default)]
    pub(super) transfers: BTreeMap<String, Transfer>,
    /// How many there were of each app, also of those that are no more.
    #[serde(default)]
    pub(super) counted_transfers: BTreeMap<String, u32>,
    /// Tokens that were made, by the ids of their authorizations.
    #[serde(default)]
    pub(super) authorizations: BTreeMap<String, Authorization>,
    /// The calls that are left to each account, by its e-mail.
    #[serde(default)]
    pub(super) budgets: BTreeMap<String, Bucket>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(super) email: String,
    /// Who it is, where someone works on another's apps.
    pub(super) person: String,
    /// May look, and change nothing.
    pub(super) is_forbidden: bool,
    /// What the token may do.
    pub(super) scopes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct App {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) team: Option<String>,
    pub(super) region: String,
    pub(super) stack: String,
    pub(super) build_stack: String,
    pub(super) maintenance: bool,
    pub(super) web_url: String,
    pub(super) created_at: OffsetDateTime,
    pub(super) config: BTreeMap<String, String>,
    pub(super) formation: Vec<Process>,
    pub(super) buildpacks: Vec<String>,
    pub(super) releases: Vec<Release>,
    /// Dynos beside those of the formation.
    #[serde(default)]
    pub(super) one_offs: Vec<OneOff>,
    pub(super) features: BTreeMap<String, bool>,
    /// Whether certificates are managed.
    #[serde(default)]
    pub(super) acm: bool,
    /// Those who were added to it, by e-mail address, with their rights.
    #[serde(default)]
    pub(super) collaborators: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    pub(super) drains: Vec<Drain>,
    /// Certificates that were brought to it.
    #[serde(default)]
    pub(super) certificates: Vec<Certificate>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) command: String,
    pub(super) quantity: u32,
    /// As the catalog writes it, in lower case.
    pub(super) size: String,
    pub(super) changed_at: OffsetDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Release {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) description: String,
    pub(super) slug: Option<String>,
    /// The config vars that its dynos get, except those of add-ons.
    #[serde(default)]
    pub(super) config: BTreeMap<String, String>,
    pub(super) created_at: OffsetDateTime,
    /// Who made it; the app's owner when nobody is named.
    #[serde(default)]
    pub(super) user: Option<String>,
    /// What it runs before it takes effect.
    #[serde(default)]
    pub(super) phase: Option<Phase>,
    /// Whether its code is no longer kept.
    #[serde(default)]
    pub(super) is_expired: bool,
}

/// A release phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Phase {
    pub(super) ends_at: OffsetDateTime,
    pub(super) fails: bool,
    pub(super) is_over: bool,
    pub(super) output: Vec<String>,
}

impl Release {
    pub(super) fn status(&self) -> &'static str {
        match &self.phase {
            _ if self.is_expired => "expired",
            Some(Phase { is_over: false, .. }) => "pending",
            Some(Phase { fails: true, .. }) => "failed",
            Some(_) | None => "succeeded",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slug {
    pub(super) id: String,
    pub(super) app: String,
    pub(super) process_types: BTreeMap<String, String>,
    pub(super) commit: Option<String>,
    /// What it was built for; the app's own when it was made by hand.
    #[serde(default)]
    pub(super) stack: Option<String>,
    pub(super) created_at: OffsetDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Addon {
    pub(super) id: String,
    pub(super) name: String,
    /// The billing app.
    pub(super) app: String,
    /// `heroku-postgresql:standard-0`
    pub(super) plan: String,
    pub(super) created_at: OffsetDateTime,
    /// Its state once it is made.
    #[serde(default = "provisioned")]
    pub(super) becomes: String,
    /// When its state becomes that, and its vars appear.
    pub(super) ready_at: OffsetDateTime,
    /// When the data API says that it can be used.
    pub(super) usable_at: OffsetDateTime,
    /// When another database can be made from it.
    #[serde(default = "long_ago")]
    pub(super) copyable_at: OffsetDateTime,
    /// The add-on that it follows.
    #[serde(default)]
    pub(super) following: Option<String>,
    /// The add-on that it was forked from.
    #[serde(default)]
    pub(super) forked_from: Option<String>,
    /// Credentials of a database besides its default one.
    #[serde(default)]
    pub(super) credentials: Vec<String>,
    /// What became of their passwords, by credential.
    #[serde(default)]
    pub(super) rotations: BTreeMap<String, Rotation>,
    /// What its vars hold.
    pub(super) value: String,
    /// What was put into a database, in base64.
    #[serde(default)]
    pub(super) contents: Option<String>,
}

fn provisioned() -> String {
    "provisioned".to_owned()
}

fn long_ago() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

impl Addon {
    pub(super) fn service(&self) -> &str {
        self.plan.split(':').next().unwrap_or_default()
    }

    /// A part of an add-on has an address of its own: a credential its user, a pool a name for its connections.
    fn value_for(&self, namespace: Option<&str>) -> String {
        let Some((kind, name)) = namespace.and_then(|part| part.split_once(':')) else {
            return self.value.clone();
        };
        let Ok(mut url) = url::Url::parse(&self.value) else { return self.value.clone() };
        if kind == "credential" {
            let word = self.rotations.get(name).map(|rotation| rotation.word.as_str());
            // They can be refused for URLs without a host alone.
            let _ = url.set_username(&role_of(&self.id, name));
            let _ = url.set_password(word);
        } else {
            url.query_pairs_mut().append_pair("application_name", kind);
        }
        url.to_string()
    }

    /// The roles of its credentials besides the default one.
    pub(super) fn roles(&self) -> Vec<String> {
        self.credentials.iter().map(|name| role_of(&self.id, name)).collect()
    }

    /// Whether it is a database on a server of its own, which can be copied and has credentials.
    pub(super) fn is_dedicated_database(&self) -> bool {
        self.service() == "heroku-postgresql" && !self.plan.contains(":essential")
    }

    /// Whether its vars are set: in any state that does not say that it is on its way, or that nothing came of it.
    pub(super) fn is_provisioned(&self, now: OffsetDateTime) -> bool {
        let without = ["provisioning", "deprovisioning", "deprovisioned", "failed"];
        now >= self.ready_at && !without.contains(&self.becomes.as_str())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attachment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) addon: String,
    pub(super) app: String,
    /// The part of the add-on that it stands for: `credential:readonly`.
    #[serde(default)]
    pub(super) namespace: Option<String>,
    /// Whether a rollback took its vars away.
    #[serde(default)]
    pub(super) is_unset: bool,
    pub(super) created_at: OffsetDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Domain {
    pub(super) id: String,
    pub(super) app: String,
    /// In lower case; `*.` in front means all hosts of a domain.
    pub(super) hostname: String,
    /// Where its DNS is to point.
    pub(super) cname: String,
    pub(super) created_at: OffsetDateTime,
    /// When its `cname` is known.
    pub(super) target_at: OffsetDateTime,
    /// When it stops being pending.
    pub(super) settled_at: OffsetDateTime,
    /// Its status from then on.
    pub(super) becomes: String,
    /// The certificate that it is served with, of those that were brought to the app.
    #[serde(default)]
    pub(super) endpoint: Option<String>,
}

impl HerokuState {
    /// The vars that attachments give an app: theirs alone to set.
    pub(super) fn owned_vars(&self, app: &str, now: OffsetDateTime) -> BTreeSet<String> {
        self.given_to(app, now).flat_map(|(one, addon)| vars_under(&addon.plan, &one.name)).collect()
    }

    /// The same with their values, without those that a rollback took away.
    pub(super) fn owned_values(&self, app: &str, now: OffsetDateTime) -> BTreeMap<String, String> {
        let given = self.given_to(app, now).filter(|(attachment, _)| !attachment.is_unset);
        given
            .flat_map(|(attachment, addon)| {
                let vars = vars_under(&addon.plan, &attachment.name);
                vars.into_iter().map(|var| (var, addon.value_for(attachment.namespace.as_deref())))
            })
            .collect()
    }

    fn given_to<'a>(
        &'a self,
        app: &'a str,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = (&'a Attachment, &'a Addon)> {
        let attached = self.attachments.values().filter(move |attachment| attachment.app == app);
        attached
            .filter_map(|attachment| Some((attachment, self.addons.get(&attachment.addon)?)))
            .filter(move |(_, addon)| addon.is_provisioned(now))
    }

    /// An app whose id a handler has already.
    pub(super) fn app(&self, id: &str) -> &App {
        &self.apps[id]
    }

    /// The same, to change it.
    pub(super) fn app_mut(&mut self, id: &str) -> &mut App {
        self.apps.get_mut(id).expect("handlers are given the id of an app that is there")
    }

    /// The releases that a call made are those of whoever made it.
    pub(super) fn sign_releases(&mut self, person: &str) {
        for app in self.apps.values_mut() {
            let fresh = app.releases.iter_mut().rev().take_while(|release| release.user.is_none());
            fresh.for_each(|release| release.user = Some(person.to_owned()));
        }
    }

    /// Makes a release of an app.
    pub(super) fn release(&mut self, app: &str, description: String, now: OffsetDateTime) -> &mut Release {
        let app = self.app_mut(app);
        let slug = app.current().and_then(|release| release.slug.clone());
        app.add_release(description, slug, now)
    }
}

impl App {
    /// The release that the dynos run: the newest that took effect.
    pub(super) fn current(&self) -> Option<&Release> {
        self.releases.iter().rev().find(|release| release.status() == "succeeded")
    }

    pub(super) fn add_release(
        &mut self,
        description: String,
        slug: Option<String>,
        now: OffsetDateTime,
    ) -> &mut Release {
        let version = self.releases.last().map_or(1, |release| release.version + 1);
        let at = self.releases.len();
        let config = self.config.clone();
        self.releases.push(Release {
            id: fresh_id(),
            version,
            description,
            slug,
            config,
            created_at: now,
            user: None,
            phase: None,
            is_expired: false,
        });
        &mut self.releases[at]
    }

    /// `{id, name}` as other things refer to it.
    pub(super) fn reference(&self) -> Value {
        json!({ "id": self.id, "name": self.name })
    }
}

/// A new id.
pub(super) fn fresh_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An id that a name always has: of plans, regions and accounts, which are never made.
pub(super) fn id_of(name: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// An hour as every body writes it.
pub(super) fn stamp(moment: OffsetDateTime) -> String {
    moment.replace_nanosecond(0).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}

//! Attachments: under which name an app uses an add-on, and which config vars that name owns (heroku-api.md
//! section 3.1).
//!
//! What must not live here: moving a name from one add-on to another, which Heroku does when asked with `confirm`.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, list, name_of};
use super::{CloudError, Heroku};
use crate::spec::{AttachmentName, Namespace};

/// An add-on under a name on an app.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Attachment {
    /// Its UUID, by which alone it can be removed.
    pub id: String,
    /// Its name on the app: `DATABASE`.
    pub name: String,
    /// The UUID of the add-on.
    pub addon_id: String,
    /// The name of the add-on.
    pub addon_name: String,
    /// The app that the add-on is billed to.
    pub addon_app: String,
    /// The plan of the add-on, when the answer includes it.
    pub addon_plan: Option<String>,
    /// The app that it is attached to.
    pub app_name: String,
    /// A part of the add-on: `credential:readonly`; `None` is the add-on as such.
    pub namespace: Option<String>,
    /// The config vars that it owns on the app. Can be empty for a moment while the add-on is being made.
    pub config_vars: Vec<String>,
}

impl Attachment {
    /// The part of the add-on that it stands for; the credential that every database has is the add-on as such.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|part| !part.is_empty() && *part != "credential:default")
    }
}

#[derive(Deserialize)]
struct WireAttachment {
    id: String,
    name: String,
    addon: WireAttachedAddon,
    app: Option<Named>,
    namespace: Option<String>,
    #[serde(default, deserialize_with = "list")]
    config_vars: Vec<String>,
}

#[derive(Deserialize)]
struct WireAttachedAddon {
    id: String,
    name: String,
    app: Option<Named>,
    plan: Option<Named>,
}

impl From<WireAttachment> for Attachment {
    fn from(wire: WireAttachment) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
            addon_id: wire.addon.id,
            addon_name: wire.addon.name,
            addon_app: name_of(wire.addon.app).unwrap_or_default(),
            addon_plan: name_of(wire.addon.plan),
            app_name: name_of(wire.app).unwrap_or_default(),
            namespace: wire.namespace,
            config_vars: wire.config_vars,
        }
    }
}

#[derive(Serialize)]
struct WireNewAttachment<'a> {
    addon: &'a str,
    app: &'a str,
    name: &'a AttachmentName,
    /// Said even where it is none: the name may stand for a part now.
    namespace: Option<&'a Namespace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<&'a str>,
}

/// With the config vars that each attachment owns.
fn including(call: Call) -> Call {
    call.sdk().header("Accept-Inclusion", "addon:plan,config_vars")
}

impl Heroku {
    /// The app's attachments.
    pub async fn attachments(&self, app: &str) -> Result<Vec<Attachment>, CloudError> {
        let call = including(Call::get(&["apps", app, "addon-attachments"]));
        let wire: Vec<WireAttachment> = self.list(call).await?;
        Ok(wire.into_iter().map(Attachment::from).collect())
    }

    /// Every attachment that this account may see; `None` when that takes more than so many pages of a thousand.
    /// Whether the account's list tells their config vars is not known (heroku-api.md section 1.6): see
    /// [`with_config_vars`](super::with_config_vars).
    pub async fn all_attachments(&self, most_pages: usize) -> Result<Option<Vec<Attachment>>, CloudError> {
        let call = including(Call::get(&["addon-attachments"]));
        let wire: Option<Vec<WireAttachment>> = self.whole_list(call, most_pages).await?;
        Ok(wire.map(|wire| wire.into_iter().map(Attachment::from).collect()))
    }

    /// Every attachment of an add-on, on whatever app; none when it is gone.
    pub async fn attachments_of_addon(&self, addon_id: &str) -> Result<Vec<Attachment>, CloudError> {
        let call = including(Call::get(&["addons", addon_id, "addon-attachments"]));
        let wire: Result<Vec<WireAttachment>, _> = self.list(call).await;
        match wire {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            wire => Ok(wire?.into_iter().map(Attachment::from).collect()),
        }
    }

    /// Attaches an add-on, or a part of it, to an app under a name. Makes a release. A name that is in use on the app is
    /// refused, unless `is_move` says that it is to name this add-on from now on: then the call confirms by the app's
    /// name, which `app` must be (heroku-api.md section 3.1).
    pub async fn attach(
        &self,
        (addon, namespace): (&str, Option<&Namespace>),
        app: &str,
        name: &AttachmentName,
        is_move: bool,
    ) -> Result<Attachment, CloudError> {
        let confirm = is_move.then_some(app);
        let body = WireNewAttachment { addon, app, name, namespace, confirm };
        let call = including(Call::post(&["addon-attachments"], &body));
        self.fetch::<WireAttachment>(call).await.map(Attachment::from)
    }

    /// Takes an attachment from its app; one that is gone already is fine. Makes a release.
    pub async fn detach(&self, id: &str) -> Result<(), CloudError> {
        self.gone(Call::delete(&["addon-attachments", id])).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;

    fn shared_redis() -> Value {
        json!({
            "id": "t1", "name": "CACHE", "namespace": null, "config_vars": ["CACHE_URL"],
            "addon": { "id": "a2", "name": "shared-redis", "app": { "id": "2", "name": "other" },
                       "plan": { "id": "p", "name": "heroku-redis:premium-0" } },
            "app": { "id": "1", "name": "ledger" }
        })
    }

    #[tokio::test]
    async fn an_attachment_says_whose_it_is_and_which_vars_it_owns() {
        let server = Server::always(Reply::json(json!([shared_redis()]))).await;
        let attachments = server.heroku().attachments("ledger").await.unwrap();
        let expected = Attachment {
            id: "t1".to_owned(),
            name: "CACHE".to_owned(),
            addon_id: "a2".to_owned(),
            addon_name: "shared-redis".to_owned(),
            addon_app: "other".to_owned(),
            addon_plan: Some("heroku-redis:premium-0".to_owned()),
            app_name: "ledger".to_owned(),
            namespace: None,
            config_vars: vec!["CACHE_URL".to_owned()],
        };
        assert_eq!(attachments, [expected]);
        let seen = server.only();
        assert_eq!(seen.call, "GET /apps/ledger/addon-attachments");
        assert_eq!(seen.header("accept-inclusion"), Some("addon:plan,config_vars"));
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.sdk"));
    }

    #[tokio::test]
    async fn the_accounts_list_may_leave_the_config_vars_out() {
        let mut plain = shared_redis();
        plain.as_object_mut().unwrap().retain(|key, _| key != "config_vars");
        let server = Server::always(Reply::json(json!([plain, shared_redis()]))).await;
        let attachments = server.heroku().all_attachments(1).await.unwrap().unwrap();
        let vars: Vec<_> = attachments.iter().map(|attachment| attachment.config_vars.len()).collect();
        assert_eq!(vars, [0, 1]);
        let seen = server.only();
        assert_eq!(seen.call, "GET /addon-attachments");
        assert_eq!(seen.header("accept-inclusion"), Some("addon:plan,config_vars"));
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.sdk"));
    }

    #[tokio::test]
    async fn attaching_does_not_confirm_a_move() {
        let server = Server::always(Reply::new(201, shared_redis().to_string())).await;
        let name = AttachmentName::parse("CACHE").unwrap();
        server.heroku().attach(("shared-redis", None), "ledger", &name, false).await.unwrap();
        let seen = server.only();
        assert_eq!(seen.call, "POST /addon-attachments");
        assert_eq!(
            seen.body,
            json!({ "addon": "shared-redis", "app": "ledger", "name": "CACHE", "namespace": null })
        );
    }

    #[tokio::test]
    async fn a_move_is_confirmed_by_the_apps_name_and_says_which_part_is_meant() {
        let name = AttachmentName::parse("CACHE").unwrap();
        for (namespace, is_move, sent) in [
            (None, true, json!({ "namespace": null, "confirm": "ledger" })),
            (
                Some("credential:reader"),
                true,
                json!({ "namespace": "credential:reader", "confirm": "ledger" }),
            ),
            (Some("credential:reader"), false, json!({ "namespace": "credential:reader" })),
        ] {
            let server = Server::always(Reply::new(201, shared_redis().to_string())).await;
            let namespace = namespace.map(|part| Namespace::parse(part).unwrap());
            let part = ("shared-redis", namespace.as_ref());
            server.heroku().attach(part, "ledger", &name, is_move).await.unwrap();
            let mut body = server.only().body;
            body.as_object_mut().unwrap().retain(|key, _| !["addon", "app", "name"].contains(&key.as_str()));
            assert_eq!(body, sent);
        }
    }

    #[test]
    fn the_default_credential_is_the_addon_as_such() {
        let wire: WireAttachment = serde_json::from_value(shared_redis()).unwrap();
        let mut attachment = Attachment::from(wire);
        for (namespace, part) in [
            (None, None),
            (Some(""), None),
            (Some("credential:default"), None),
            (Some("credential:reader"), Some("credential:reader")),
        ] {
            attachment.namespace = namespace.map(str::to_owned);
            assert_eq!(attachment.part(), part);
        }
    }
}

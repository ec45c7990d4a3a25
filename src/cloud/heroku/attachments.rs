//! Attachments: under which name an app uses an add-on, and which config vars that name owns (heroku-api.md
//! section 3.1).
//!
//! What must not live here: moving a name from one add-on to another, which Heroku does when asked with `confirm`.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, list, name_of};
use super::{CloudError, Heroku};
use crate::spec::AttachmentName;

/// An add-on under a name on an app.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Attaches an add-on (UUID or name) to an app under a name. Makes a release. A name that is in use on the app is
    /// refused and not moved, as the call carries no `confirm`.
    pub async fn attach(
        &self,
        addon: &str,
        app: &str,
        name: &AttachmentName,
    ) -> Result<Attachment, CloudError> {
        let call = including(Call::post(&["addon-attachments"], &WireNewAttachment { addon, app, name }));
        self.fetch::<WireAttachment>(call).await.map(Attachment::from)
    }

    /// Removes an attachment by its UUID. Makes a release. The last one on the billing app is refused; one that is
    /// gone already counts as removed.
    pub async fn detach(&self, id: &str) -> Result<(), CloudError> {
        self.remove(Call::delete(&["addon-attachments", id])).await
    }
}

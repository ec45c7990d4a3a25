//! Whether a database may be filled: what is in it goes, so it has to be the app's own, and nobody may use it.

use crate::cloud::CloudError;
use crate::cloud::heroku::Attachment;
use crate::resource::{Output, Run};
use crate::spec::AttachmentName;

/// Looks once more, just before: what was true of the plan need not be any longer.
pub(super) async fn check(run: &Run, database: &Attachment) -> Result<(), CloudError> {
    let name = &database.name;
    if database.addon_app != run.app_name() {
        return Err(CloudError::moved(format!("`{name}` is the database of the app {}", database.addon_app)));
    }
    let ordered = AttachmentName::parse(name).ok().and_then(|name| run.plain(&Output::AddonOrdered(name)));
    if ordered.as_deref() == Some(database.addon_id.as_str()) {
        return Ok(());
    }
    let heroku = &run.clouds.heroku;
    let app = run.app();
    let (code, attached) =
        tokio::join!(heroku.current_slug(&app), heroku.attachments_of_addon(&database.addon_id));
    if let Some(other) = attached?.into_iter().find(|one| one.app_name != database.app_name) {
        return Err(CloudError::moved(format!("the app {} uses `{name}` by now", other.app_name)));
    }
    if code?.is_some() {
        return Err(CloudError::moved(format!("the app has got code by now, which may use `{name}`")));
    }
    Ok(())
}

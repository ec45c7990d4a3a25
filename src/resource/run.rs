//! What a change may use while it is applied: the clouds, the values of earlier steps, and a way to say how
//! a long wait goes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use super::{Address, Output, Outputs};
use crate::cloud::heroku::Attachment;
use crate::cloud::{CloudError, Clouds, Stop, Stopped};
use crate::secret::Secret;
use crate::spec::{AttachmentName, Environment, WaitLimit};

/// Handed to every change that is applied.
#[derive(Clone)]
pub struct Run {
    /// The clients.
    pub clouds: Clouds,
    /// The environment whose plan this is, for names, tags and paths.
    pub environment: Arc<Environment>,
    /// The id of the app when it was live before this run.
    pub app_id: Option<String>,
    /// What earlier steps brought about.
    pub outputs: Arc<Mutex<Outputs>>,
    /// Where this step says how it goes.
    pub progress: Progress,
    /// Whether the user asked to stop.
    pub stop: Stop,
    /// How long each wait on Heroku may last, when the operator says so: it goes before what a spec says and before
    /// what is usual.
    pub wait_limit: Option<WaitLimit>,
}

/// How a long step goes.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Said) + Send + Sync>);

/// What a step says while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// How it goes now, in a few words: `provisioning`.
    Message(String),
    /// A line that something printed which the step started, made fit to show.
    Line(String),
}

impl Progress {
    /// Hands all that is said to `listener`.
    pub fn new(listener: impl Fn(Said) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Says how it goes now.
    pub fn update(&self, message: &str) {
        (self.0)(Said::Message(message.to_owned()));
    }

    /// Passes on a line of what something prints.
    pub fn line(&self, line: &str) {
        (self.0)(Said::Line(line.to_owned()));
    }
}

impl Run {
    /// Waits between two looks at a service; a request to stop ends the wait at once.
    pub async fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        self.stop.pause(duration).await
    }

    /// How long a wait on Heroku may last that usually has this limit.
    #[must_use]
    pub fn limit(&self, usual: WaitLimit) -> WaitLimit {
        self.wait_limit.unwrap_or(usual)
    }

    /// The hour, for what a change writes down.
    #[must_use]
    pub fn now() -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    /// How paths name the app: by id, since a name could become someone else's (heroku-api.md section 11).
    #[must_use]
    pub fn app(&self) -> String {
        self.plain(&Output::App).or_else(|| self.app_id.clone()).unwrap_or_else(|| self.app_name())
    }

    /// The app's name, where a service asks for the name.
    #[must_use]
    pub fn app_name(&self) -> String {
        self.environment.spec.app.name.to_string()
    }

    /// The value that an earlier step brought about.
    pub fn output(&self, output: &Output) -> Result<Secret, CloudError> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        let value = outputs.get(output);
        value.ok_or_else(|| CloudError::defect(format!("no earlier step brought about {output:?}")))
    }

    /// The same of what may be shown; `None` when no step of this run brought it about.
    #[must_use]
    pub fn plain(&self, output: &Output) -> Option<String> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.plain(output).map(str::to_owned)
    }

    /// Whether an earlier step brought something about, whatever its value.
    #[must_use]
    pub fn has(&self, output: &Output) -> bool {
        self.plain(output).is_some()
    }

    /// Whether this run made the thing at an address. What was just made is as it was made: it need not be looked at
    /// again before the next write to it.
    #[must_use]
    pub fn has_made(&self, address: &Address) -> bool {
        self.has(&Output::Made(address.clone()))
    }

    /// The id of the add-on that an attachment names.
    pub async fn addon_id(&self, name: &AttachmentName) -> Result<Option<String>, CloudError> {
        match self.plain(&Output::AddonOrdered(name.clone())) {
            Some(id) => Ok(Some(id)),
            None => Ok(self.attachment(name).await?.map(|attachment| attachment.addon_id)),
        }
    }

    /// The app's attachment of that name, as it is now.
    pub async fn attachment(&self, name: &AttachmentName) -> Result<Option<Attachment>, CloudError> {
        let attachments = self.clouds.heroku.attachments(&self.app()).await?;
        Ok(attachments.into_iter().find(|attachment| attachment.name == name.as_str()))
    }
}

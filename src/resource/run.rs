//! What a change may use while it is applied: the clouds, the values of earlier steps, and a way to say how
//! a long wait goes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Address, Output, Outputs};
use crate::cloud::heroku::Attachment;
use crate::cloud::{CloudError, Clouds};
use crate::secret::Secret;
use crate::spec::{AttachmentName, Environment};

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
}

/// How a long wait goes, in a few words: `provisioning`.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Hands each message to `listener`.
    pub fn new(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Says how it goes now.
    pub fn update(&self, message: &str) {
        (self.0)(message);
    }
}

/// A request to stop, which can be waited for. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// One that is asked for with this one, and can be asked for alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Asks everything that waits to end.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Whether that was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends as soon as that is asked.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }

    async fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        tokio::select! {
            biased;
            () = self.asked() => Err(Stopped),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }
}

/// The user asked to stop while a step was waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Run {
    /// Waits between two looks at a service; a request to stop ends the wait at once.
    pub async fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        self.stop.pause(duration).await
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

    /// Whether this run made the thing at an address. What was just made is as it was made: it need not be looked at
    /// again before the next write to it.
    #[must_use]
    pub fn has_made(&self, address: &Address) -> bool {
        self.plain(&Output::Made(address.clone())).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_to_stop_ends_a_wait_that_has_begun() {
        let stop = Stop::default();
        let later = async {
            tokio::task::yield_now().await;
            stop.clone().ask();
        };
        let (paused, ()) = tokio::join!(stop.pause(Duration::from_hours(1)), later);
        assert_eq!(paused, Err(Stopped));
    }

    #[tokio::test]
    async fn after_a_request_to_stop_no_wait_begins() {
        let stop = Stop::default();
        stop.ask();
        assert!(stop.is_asked());
        assert_eq!(stop.pause(Duration::ZERO).await, Err(Stopped));
    }

    #[test]
    fn what_is_asked_of_a_part_is_not_asked_of_the_whole() {
        let whole = Stop::default();
        let [one, other] = [whole.child(), whole.child()];
        one.ask();
        assert!(one.is_asked() && !other.is_asked() && !whole.is_asked());
        whole.ask();
        assert!(other.is_asked());
    }

    #[tokio::test]
    async fn without_a_request_a_wait_ends_by_itself() {
        assert_eq!(Stop::default().pause(Duration::from_millis(1)).await, Ok(()));
    }
}

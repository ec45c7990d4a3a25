//! Waiting for the release that a change of config, or of code, makes.
//!
//! What must not live here: what is changed.

use crate::cloud::heroku::ReleaseStatus;
use crate::cloud::{CloudError, Pace};
use crate::resource::Run;
use crate::spec::WaitLimit;

/// Heroku itself ends a release phase after an hour (heroku-api.md section 6).
const USUAL: WaitLimit = WaitLimit::minutes(65);

/// Config is live when its release is: with a release phase that takes a while, and can fail
/// (heroku-api.md section 11).
pub(super) async fn settled(run: &Run) -> Result<(), CloudError> {
    settled_with(run, "the app runs with its old config", "the new config").await
}

/// The same for whatever the newest release brings; `otherwise` says what a failure means.
pub(in crate::resource) async fn settled_with(
    run: &Run,
    otherwise: &str,
    what: &str,
) -> Result<(), CloudError> {
    let limit = run.limit(USUAL);
    for pause in Pace::heroku(limit.duration()) {
        let Some(release) = run.clouds.heroku.latest_release(&run.app()).await? else { return Ok(()) };
        match release.status {
            ReleaseStatus::Pending => {
                run.progress.update(&format!("release v{} runs its release phase", release.version));
            }
            ReleaseStatus::Failed => {
                return Err(not_released(
                    run,
                    format!("release v{} failed in its release phase: {otherwise}", release.version),
                ));
            }
            ReleaseStatus::Succeeded | ReleaseStatus::Expired | ReleaseStatus::Other(_) => return Ok(()),
        }
        if run.pause(pause).await.is_err() {
            return Ok(());
        }
    }
    let message = format!("the release with {what} is still pending after {}", limit.in_words());
    Err(not_released(run, message))
}

fn not_released(run: &Run, message: String) -> CloudError {
    CloudError::gave_up(format!("release of {}", run.app_name()), message).maybe_done()
}

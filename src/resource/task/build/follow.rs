//! Follows a build to its end, with what it prints.

use crate::cloud::heroku::{Build, BuildStatus};
use crate::cloud::{CloudError, Pace};
use crate::resource::Run;
use crate::resource::task::rollout::{Followed, GOES_ON, USUAL};

/// The id of the release that a build leads to.
pub(super) async fn build(of: &Followed<'_>, run: &Run, build: Build) -> Result<String, CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let mut reading = of.reading(build.output.as_ref());
    let limit = run.limit(USUAL);
    let mut pace = Pace::heroku(limit.duration());
    let mut now = build;
    loop {
        run.progress.update("building");
        if now.status == BuildStatus::Pending {
            reading.follow(run).await;
            now = heroku.build(&app, &now.id).await?;
        }
        match (now.status, &now.release) {
            (BuildStatus::Failed, _) => {
                reading.finish(run).await;
                return Err(of.failed(format!("the build failed, and {}", of.stays), &reading.last_lines()));
            }
            (BuildStatus::Succeeded, Some(release)) => {
                reading.finish(run).await;
                return Ok(release.clone());
            }
            // The release comes a moment after the build's end.
            (BuildStatus::Succeeded, None) => run.progress.update("waiting for the release"),
            (BuildStatus::Pending, _) => {}
        }
        let Some(pause) = pace.next() else {
            let message =
                format!("not done after {}; {GOES_ON}; `--wait` sets how long is waited", limit.in_words());
            return Err(of.gave_up(&message));
        };
        if run.pause(pause).await.is_err() {
            return Err(of.gave_up(&format!("stopped while waiting; {GOES_ON}")));
        }
        if now.status == BuildStatus::Succeeded {
            now = heroku.build(&app, &now.id).await?;
        }
    }
}

//! Follows a build and its release to their ends, with what they print.

use std::time::Duration;

use super::{Change, Running, USUAL};
use crate::cloud::heroku::{Build, BuildStatus, Heard, Output, ReleaseStatus};
use crate::cloud::{CloudError, ErrorKind, Pace, Service};
use crate::resource::Run;
use crate::secret::Secret;

/// How often a release phase is asked for that has not begun to print, and how long: as the official client does
/// (life-and-ci.md section 6.1).
fn until_it_prints() -> Pace {
    Pace::new(Duration::from_secs(1), Duration::from_secs(1), Duration::from_secs(100))
}

/// The id of the release that a build leads to.
pub(super) async fn build(change: &Change, run: &Run, build: Build) -> Result<String, CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let mut reading = Reading::of(build.output.as_ref(), change);
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
                let stays = Running::stays(change.before.as_ref());
                return Err(failed(run, format!("the build failed, and {stays}"), &reading.last_lines()));
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
            return Err(gave_up(run, &message));
        };
        if run.pause(pause).await.is_err() {
            return Err(gave_up(run, &format!("stopped while waiting; {GOES_ON}")));
        }
        if now.status == BuildStatus::Succeeded {
            now = heroku.build(&app, &now.id).await?;
        }
    }
}

/// Returns when the dynos get a release.
pub(super) async fn release(change: &Change, run: &Run, id: &str) -> Result<(), CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let limit = run.limit(USUAL);
    let (mut pace, mut silent) = (Pace::heroku(limit.duration()), until_it_prints());
    let mut reading: Option<Reading> = None;
    loop {
        let now = heroku.rollout(&app, id).await?;
        let reading = reading.get_or_insert_with(|| Reading::of(now.output.as_ref(), change));
        match now.status {
            ReleaseStatus::Pending => {
                run.progress.update(&format!("release v{} runs its release phase", now.version));
            }
            ReleaseStatus::Failed => {
                reading.finish(run).await;
                let stays = Running::stays(change.before.as_ref());
                let what = format!("release v{} failed in its release phase, and {stays}", now.version);
                return Err(failed(run, what, &reading.last_lines()));
            }
            ReleaseStatus::Succeeded | ReleaseStatus::Expired | ReleaseStatus::Other(_) => {
                reading.finish(run).await;
                return Ok(());
            }
        }
        let pause = match reading.follow(run).await {
            Heard::NotBegun => silent.next().or_else(|| pace.next()),
            Heard::Something | Heard::Nothing => pace.next(),
        };
        let Some(pause) = pause else {
            let limit = limit.in_words();
            let message = format!(
                "still in its release phase after {limit}; {GOES_ON}; `--wait` sets how long is waited"
            );
            return Err(gave_up(run, &message));
        };
        if run.pause(pause).await.is_err() {
            return Err(gave_up(run, &format!("stopped while waiting; {GOES_ON}")));
        }
    }
}

const GOES_ON: &str = "it goes on at Heroku, and the same command follows it again";

/// What is printed, passed on as it comes.
struct Reading {
    output: Option<Output>,
    /// Whether all that there was has been read, as far as is known.
    heard: Heard,
}

impl Reading {
    fn of(address: Option<&Secret>, change: &Change) -> Self {
        let output = address.map(|address| Output::new(address.clone(), &change.hidden));
        Self { output, heard: Heard::NotBegun }
    }

    /// Until it ends, breaks off, falls silent, or the user asks to stop.
    async fn follow(&mut self, run: &Run) -> Heard {
        let Some(output) = &mut self.output else { return Heard::Nothing };
        self.heard = tokio::select! {
            heard = output.follow(&run.clouds.heroku, |line| run.progress.line(line)) => heard,
            () = run.stop.asked() => Heard::Nothing,
        };
        self.heard
    }

    /// What came after the last look, down to a line without an end.
    async fn finish(&mut self, run: &Run) {
        while self.follow(run).await == Heard::Something {}
        if let Some(output) = &mut self.output {
            output.finish(|line| run.progress.line(line));
        }
    }

    fn last_lines(&self) -> Vec<String> {
        self.output.as_ref().map(Output::last_lines).unwrap_or_default()
    }
}

fn failed(run: &Run, what: String, last: &[String]) -> CloudError {
    let message = if last.is_empty() {
        what
    } else {
        format!("{what}; the last lines that it printed:\n{}", last.join("\n"))
    };
    let service = Service::Heroku("Heroku".to_owned());
    CloudError::new(service, operation(run), ErrorKind::Invalid, message)
}

fn gave_up(run: &Run, message: &str) -> CloudError {
    CloudError::gave_up(operation(run), message).maybe_done()
}

fn operation(run: &Run) -> String {
    format!("build of {}", run.app_name())
}

//! Follows a release to its end, with what its release phase prints (life-and-ci.md section 6.1).
//!
//! What must not live here: what made the release.

use std::time::Duration;

use crate::cloud::heroku::{Heard, Output, ReleaseStatus};
use crate::cloud::{CloudError, ErrorKind, Pace, Service};
use crate::resource::Run;
use crate::secret::Secret;
use crate::spec::WaitLimit;

/// Heroku ends a build, and a release phase, after an hour each.
pub(super) const USUAL: WaitLimit = WaitLimit::minutes(65);

pub(super) const GOES_ON: &str = "it goes on at Heroku, and the same command follows it again";

/// How often a release phase is asked for that has not begun to print, and how long: as the official client does
/// (life-and-ci.md section 6.1).
fn until_it_prints() -> Pace {
    Pace::new(Duration::from_secs(1), Duration::from_secs(1), Duration::from_secs(100))
}

/// What is followed, and what is said when it fails.
pub(super) struct Followed<'a> {
    /// What is done: `build of ledger`.
    pub(super) operation: String,
    /// What runs on then: `v7 is still current`.
    pub(super) stays: String,
    /// What must not show in what is printed.
    pub(super) hidden: &'a [Secret],
}

impl Followed<'_> {
    /// Returns when the dynos get a release.
    pub(super) async fn release(&self, run: &Run, id: &str) -> Result<(), CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let limit = run.limit(USUAL);
        let (mut pace, mut silent) = (Pace::heroku(limit.duration()), until_it_prints());
        let mut reading: Option<Reading> = None;
        loop {
            let (now, output) = heroku.release(&app, id).await?;
            let reading = reading.get_or_insert_with(|| self.reading(output.as_ref()));
            match now.status {
                ReleaseStatus::Pending => {
                    run.progress.update(&format!("release v{} runs its release phase", now.version));
                }
                ReleaseStatus::Failed => {
                    reading.finish(run).await;
                    let what =
                        format!("release v{} failed in its release phase, and {}", now.version, self.stays);
                    return Err(self.failed(what, &reading.last_lines()));
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
                return Err(self.gave_up(&message));
            };
            if run.pause(pause).await.is_err() {
                return Err(self.gave_up(&format!("stopped while waiting; {GOES_ON}")));
            }
        }
    }

    /// What is printed at an address, when there is one.
    pub(super) fn reading(&self, address: Option<&Secret>) -> Reading {
        let output = address.map(|address| Output::new(address.clone(), self.hidden));
        Reading { output, heard: Heard::NotBegun }
    }

    pub(super) fn failed(&self, what: String, last: &[String]) -> CloudError {
        let message = if last.is_empty() {
            what
        } else {
            format!("{what}; the last lines that it printed:\n{}", last.join("\n"))
        };
        let service = Service::Heroku("Heroku".to_owned());
        CloudError::new(service, self.operation.clone(), ErrorKind::Invalid, message)
    }

    pub(super) fn gave_up(&self, message: &str) -> CloudError {
        CloudError::gave_up(self.operation.clone(), message).maybe_done()
    }
}

/// What is printed, passed on as it comes.
pub(super) struct Reading {
    output: Option<Output>,
    /// Whether all that there was has been read, as far as is known.
    heard: Heard,
}

impl Reading {
    /// Until it ends, breaks off, falls silent, or the user asks to stop.
    pub(super) async fn follow(&mut self, run: &Run) -> Heard {
        let Some(output) = &mut self.output else { return Heard::Nothing };
        self.heard = tokio::select! {
            heard = output.follow(&run.clouds.heroku, |line| run.progress.line(line)) => heard,
            () = run.stop.asked() => Heard::Nothing,
        };
        self.heard
    }

    /// What came after the last look, down to a line without an end.
    pub(super) async fn finish(&mut self, run: &Run) {
        while self.follow(run).await == Heard::Something {}
        if let Some(output) = &mut self.output {
            output.finish(|line| run.progress.line(line));
        }
    }

    pub(super) fn last_lines(&self) -> Vec<String> {
        self.output.as_ref().map(Output::last_lines).unwrap_or_default()
    }
}

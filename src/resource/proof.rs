//! How what is live is proven: the question that `verify` puts to all kinds. Each answers with checks that act as the
//! app does; a check that cannot be made says why, and never passes.
//!
//! What must not live here: the answer of any kind, which is a file of the kind's; time limits, which whoever makes the
//! checks keeps.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use super::kinds::kinds;
use super::{Overview, Resource};
use crate::cloud::heroku::App;
use crate::cloud::{CloudError, Clouds, ErrorKind, Pace};

/// What nearly every check ends within.
const USUAL_LIMIT: Duration = Duration::from_secs(30);

/// A kind, asked how its things are proven.
pub trait Prove: Resource {
    /// Adds the checks of its things; a kind whose things others prove, or the plan alone, adds none.
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let _ = (asked, proof);
    }
}

/// What the checks are about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// What was seen of the environment.
    pub overview: Overview<'a>,
    /// Whether what is missing and can be made is made.
    pub fix: bool,
    /// What it was cloned from.
    pub origin: Option<Origin<'a>>,
}

/// The environment that another one was cloned from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its app, when its file tells.
    pub app: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// The app, when it is live.
    #[must_use]
    pub fn app(self) -> Option<&'a App> {
        self.overview.world.app.live()
    }

    /// The clients.
    #[must_use]
    pub fn clouds(self) -> &'a Clouds {
        self.overview.reads.clouds()
    }

    /// A command for this environment.
    #[must_use]
    pub fn command(self, command: &str) -> String {
        format!("trueup {command} {}", self.overview.desired.environment.name)
    }
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it should be.
    Pass,
    /// It works, and should be looked at.
    Warn,
    /// It is not as it should be.
    Fail,
    /// It could not be made.
    Skipped,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen, or why nothing was.
    pub detail: String,
    /// What to do now.
    pub remedy: Option<String>,
}

impl Finding {
    /// It is as it should be.
    #[must_use]
    pub fn pass(detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Pass, detail: detail.into(), remedy: None }
    }

    /// It is not.
    #[must_use]
    pub fn fail(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { outcome: Outcome::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    /// It works, and should be looked at.
    #[must_use]
    pub fn warn(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    /// It could not be made, and why.
    #[must_use]
    pub fn skipped(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, detail: why.into(), remedy: None }
    }

    /// A call that should have worked did not.
    #[must_use]
    pub fn failed(error: &CloudError, remedy: impl Into<String>) -> Self {
        Self::fail(error.to_string(), error.hint().unwrap_or_else(|| remedy.into()))
    }

    /// A call that should have been refused was neither refused nor allowed: that proves nothing when the service
    /// could not tell.
    #[must_use]
    pub fn undecided(error: &CloudError, remedy: impl Into<String>) -> Self {
        match error.kind {
            ErrorKind::ServerFailed
            | ErrorKind::TimedOut
            | ErrorKind::RateLimited
            | ErrorKind::Unreachable => Self::skipped(format!("no answer to it: {error}")),
            _ => Self::failed(error, remedy),
        }
    }

    /// Whether what rests on it can be tried.
    #[must_use]
    pub fn carries(&self) -> bool {
        matches!(self.outcome, Outcome::Pass | Outcome::Warn)
    }
}

/// A check that has not been made yet.
pub struct Check<'a> {
    /// What it is of: an address, and what of it.
    pub id: String,
    /// The check of the same chain without which it is not tried, by its place there.
    pub rests_on: Option<usize>,
    /// How long it may take.
    pub limit: Duration,
    /// The check itself.
    pub work: LocalBoxFuture<'a, Finding>,
}

/// Checks that are made one after another.
#[derive(Default)]
pub struct Chain<'a>(pub(crate) Vec<Check<'a>>);

impl<'a> Chain<'a> {
    /// Adds a check; gives its place.
    pub fn add(&mut self, id: impl Into<String>, work: impl Future<Output = Finding> + 'a) -> usize {
        self.0.push(Check { id: id.into(), rests_on: None, limit: USUAL_LIMIT, work: Box::pin(work) });
        self.0.len() - 1
    }

    /// Adds a check that is tried only when another one came out well; gives its place.
    pub fn add_after(
        &mut self,
        other: usize,
        id: impl Into<String>,
        work: impl Future<Output = Finding> + 'a,
    ) -> usize {
        let place = self.add(id, work);
        self.0[place].rests_on = Some(other);
        place
    }

    /// Gives the last check another time than the usual one.
    pub fn within(&mut self, limit: Duration) {
        if let Some(last) = self.0.last_mut() {
            last.limit = limit;
        }
    }
}

/// Where the kinds put their checks: chains, which do not wait for each other.
#[derive(Default)]
pub struct Proof<'a>(pub(crate) Vec<Chain<'a>>);

impl<'a> Proof<'a> {
    /// Adds a chain.
    pub fn chain(&mut self, chain: Chain<'a>) {
        self.0.push(chain);
    }

    /// Adds a check that waits for no other.
    pub fn check(&mut self, id: impl Into<String>, work: impl Future<Output = Finding> + 'a) {
        let mut chain = Chain::default();
        chain.add(id, work);
        self.chain(chain);
    }

    /// Adds a check that needs no call.
    pub fn known(&mut self, id: impl Into<String>, finding: Finding) {
        self.check(id, std::future::ready(finding));
    }
}

/// Waits until it is time to look again; whether it is worth it.
pub async fn look_again(pace: &mut Pace) -> bool {
    let Some(pause) = pace.next() else { return false };
    tokio::time::sleep(pause).await;
    true
}

macro_rules! ask_all {
    ($($kind:ident: $Kind:ident),* $(,)?) => {
        /// The checks of all kinds, in the order of the list.
        #[must_use]
        pub fn prove(asked: Asked<'_>) -> Proof<'_> {
            let mut proof = Proof::default();
            $(<super::$kind::Kind as Prove>::prove(asked, &mut proof);)*
            proof
        }
    };
}

kinds!(ask_all);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Service;

    #[test]
    fn what_should_be_refused_and_got_no_verdict_is_skipped_and_another_error_fails() {
        for (kind, outcome) in [
            (ErrorKind::ServerFailed, Outcome::Skipped),
            (ErrorKind::TimedOut, Outcome::Skipped),
            (ErrorKind::RateLimited, Outcome::Skipped),
            (ErrorKind::Unreachable, Outcome::Skipped),
            (ErrorKind::Invalid, Outcome::Fail),
            (ErrorKind::NotFound, Outcome::Fail),
        ] {
            let error = CloudError::new(Service::S3, "s3:ListBucket", kind, "no");
            assert_eq!(Finding::undecided(&error, "trueup doctor").outcome, outcome, "{kind:?}");
        }
    }
}

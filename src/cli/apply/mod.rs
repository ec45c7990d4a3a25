//! `trueup apply`: shows the plans, asks once, makes them so side by side, and says what was done.

mod prepare;

use std::pin::pin;

use futures_util::StreamExt;

use crate::cli::arguments::Apply as Request;
use crate::cli::carry_out::{Hands, Ready};
use crate::cli::checks::Checks;
use crate::cli::context::Context;
use crate::cli::digests::Digests;
use crate::cli::events::Events;
use crate::cli::session::{Ask, Session, Since};
use crate::cli::shown::Paragraphs;
use crate::cli::signal::Interrupt;
use crate::cli::tally::Tally;
use crate::cli::{Exit, saved};
use crate::fleet;
use crate::message::{Failure, Question, Refusal};
use crate::spec::EnvironmentName;
use prepare::{Desk, Prepared, Shown, Source};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let events = Events::open(request.writing.events.as_deref(), output)?;
    Session::with(context, async |session| {
        let interrupt = Interrupt::listen(&session.stop, output);
        let (paragraphs, digests) = (Paragraphs::default(), Digests::default());
        let checks = &Checks::of(&request.checks, session)?;
        Box::pin(Command { request, session, checks, interrupt, events, paragraphs, digests }.run()).await
    })
    .await
}

/// One run of the command.
struct Command<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    checks: &'a Checks,
    interrupt: Interrupt<'a>,
    events: Events<'a>,
    paragraphs: Paragraphs,
    digests: Digests,
}

impl<'a> Command<'a> {
    async fn run(mut self) -> Result<Exit, Failure> {
        let sources = self.sources().await?;
        if sources.is_empty() {
            self.compare()?;
            return Ok(Exit::Done);
        }
        let mut tally = Tally::of(sources.len(), self.session.context.output);
        let ready = self.prepare(sources, &mut tally).await?;
        self.session.warn_of_few_calls();
        if let Err(refusal) = self.compare() {
            let failure = Failure::from(refusal);
            let exit = Exit::of(&failure);
            self.hands().put_down(ready, exit).await;
            self.session.context.output.failure(&failure, None);
            return Ok(tally.end().or(exit));
        }
        if ready.is_empty() {
            return Ok(tally.end());
        }
        if let Err(failure) = self.agree(&ready).await {
            let exit = Exit::of(&failure);
            self.hands().put_down(ready, exit).await;
            self.session.context.output.failure(&failure, None);
            return Ok(tally.end().or(exit));
        }
        self.hands().carry_out(ready, &mut tally).await?;
        Ok(tally.end())
    }

    fn hands(&mut self) -> Hands<'_, 'a> {
        let Self { request, session, interrupt, events, .. } = self;
        Hands { session, interrupt, events, wait: request.wait }
    }

    /// What is to be planned: what a saved plan is of, or the environments that were asked for.
    async fn sources(&self) -> Result<Vec<Source<'a>>, Failure> {
        let Self { request, session, .. } = self;
        if let Some(file) = &request.plan {
            let (environment, expected) = saved::open(file, session).await?;
            return Ok(vec![Source::saved(environment, expected)]);
        }
        let selection = session.select(&request.environments)?;
        Ok(session.load_all(selection.names).into_iter().map(Source::spec).collect())
    }

    /// Plans all of them side by side, and shows each at its turn. Gives those that have something to do.
    async fn prepare(
        &mut self,
        sources: Vec<Source<'a>>,
        tally: &mut Tally<'_>,
    ) -> Result<Vec<Ready>, Failure> {
        let (session, stop) = (self.session, self.interrupt.stop.clone());
        let base = session.base(self.request.since.base.as_ref())?;
        let environments = sources.iter().filter_map(Source::environment);
        let shared = self.interrupt.attend(session.reads(environments)).await?;
        let ask = Ask {
            allow_commands: self.request.sources.allow_commands,
            since: Since::revision(base.as_ref()),
            prune: self.request.since.prune,
        };
        let desk =
            Desk { request: self.request, session, ask, reads: &shared, checks: self.checks, stop: &stop };
        let prepared = fleet::side_by_side(session.context.width, sources, |source| desk.prepare(source));
        let mut prepared = pin!(prepared);
        let mut ready = Vec::new();
        let mut printed = Ok(());
        while let Some(one) = self.interrupt.attend(prepared.next()).await {
            let Prepared { environment, digest, shown, outcome } = one;
            self.digests.add(&environment, digest);
            // What comes after a stop is of no interest any more, but for the locks that it holds.
            if let Some(shown) = shown.filter(|_| !stop.is_asked())
                && let Err(failure) = self.show(&environment, shown)
            {
                printed = Err(failure);
                stop.ask();
            }
            match outcome {
                Ok(Some(next)) => ready.push(next),
                Ok(None) => self.events.finished(&environment, Exit::Done, 0),
                Err(_) if stop.is_asked() => {}
                Err(failure) => {
                    self.events.finished(&environment, Exit::of(&failure), 0);
                    tally.add(&environment, Err(failure));
                }
            }
        }
        if stop.is_asked() {
            self.hands().put_down(ready, Exit::Error).await;
            return Err(printed.err().unwrap_or(Failure::Interrupted));
        }
        Ok(ready)
    }

    fn show(&mut self, environment: &EnvironmentName, shown: Shown) -> Result<(), Failure> {
        let output = self.session.context.output;
        let Shown { plan, notices, journal, digest: _ } = shown;
        output.data(&self.paragraphs.next(&plan))?;
        output.notices(&notices);
        self.events.plan(environment, journal);
        Ok(())
    }

    /// Whether the plans are those that were reviewed, when a digest says which these are.
    fn compare(&self) -> Result<(), Refusal> {
        self.request.expect.as_ref().map_or(Ok(()), |expected| self.digests.hold_for(expected))
    }

    /// Whether they may be applied: one question for all of them.
    async fn agree(&mut self, ready: &[Ready]) -> Result<(), Failure> {
        // What was reviewed was agreed to.
        if self.request.writing.yes || self.request.plan.is_some() || self.request.expect.is_some() {
            return Ok(());
        }
        let names = ready.iter().map(|one| one.environment.name.clone()).collect();
        let stop = self.interrupt.stop.clone();
        let answer = self.session.context.output.agree(Question::Apply(names), &stop);
        self.interrupt.attend(answer).await
    }
}

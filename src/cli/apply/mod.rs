//! `trueup apply`: shows the plans, asks once, makes them so side by side, and says what was done.

mod carry_out;
mod prepare;

use std::pin::pin;

use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::cli::arguments::Apply as Request;
use crate::cli::context::{Context, select};
use crate::cli::events::Events;
use crate::cli::session::Session;
use crate::cli::shown::{self, Paragraphs};
use crate::cli::signal::Interrupt;
use crate::cli::tally::Tally;
use crate::cli::{Exit, Failure, saved};
use crate::fleet;
use crate::view;
use prepare::{Desk, Prepared, Ready, Source};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let events = Events::open(request.events.as_deref(), context.output)?;
    Session::with(context, async |session| {
        let interrupt = Interrupt::listen(context.output);
        Box::pin(Command { request, session, interrupt, events, paragraphs: Paragraphs::default() }.run())
            .await
    })
    .await
}

/// One run of the command.
struct Command<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    interrupt: Interrupt<'a>,
    events: Events<'a>,
    paragraphs: Paragraphs,
}

impl<'a> Command<'a> {
    async fn run(mut self) -> Result<Exit, Failure> {
        let (sources, mut tally) = self.sources().await?;
        let ready = self.prepare(sources, &mut tally).await?;
        shown::few_calls_left(self.session);
        if !ready.is_empty() {
            match self.agreed(&ready).await {
                Ok(()) => self.carry_out(ready, &mut tally).await?,
                Err(failure) => {
                    self.put_down(ready, failure.exit()).await;
                    self.session.context.output.failure(&failure, None);
                    return Ok(tally.end().or(failure.exit()));
                }
            }
        }
        Ok(tally.end())
    }

    /// What is to be planned: what a saved plan is of, or the environments that were asked for.
    async fn sources(&self) -> Result<(Vec<Source<'a>>, Tally<'a>), Failure> {
        let Self { request, session, .. } = self;
        let output = session.context.output;
        if let Some(file) = &request.plan {
            let opened = saved::open(file, session).await?;
            return Ok((vec![Source::Saved(Box::new(opened))], Tally::of(1, output)));
        }
        let selection = select(&session.project, &request.environments)?;
        let tally = Tally::of(selection.names.len(), output);
        Ok((selection.names.into_iter().map(Source::Spec).collect(), tally))
    }

    /// Plans all of them side by side, and shows each at its turn. Gives those that have something to do.
    async fn prepare(
        &mut self,
        sources: Vec<Source<'a>>,
        tally: &mut Tally<'_>,
    ) -> Result<Vec<Ready>, Failure> {
        let stop = self.interrupt.stop.clone();
        let shared = self.session.reads(sources.len()).await?;
        let desk = Desk { request: self.request, session: self.session, reads: &shared, stop: &stop };
        let prepare = |source| desk.prepare(source);
        let mut prepared = pin!(fleet::side_by_side(self.session.context.width, sources, prepare));
        let mut ready = Vec::new();
        let mut ended_early = Ok(());
        while let Some(mut one) = self.interrupt.attend(prepared.next()).await {
            // What comes after a stop is of no interest any more, but for the locks that it holds.
            if !stop.is_asked()
                && let Err(failure) = self.show(&mut one)
            {
                ended_early = Err(failure);
                stop.ask();
            }
            match one.outcome {
                Ok(Some(next)) => ready.push(next),
                Ok(None) => self.events.finished(&one.environment, Exit::Done, 0),
                Err(_) if stop.is_asked() => {}
                Err(failure) => {
                    self.events.finished(&one.environment, failure.exit(), 0);
                    tally.add(&one.environment, Err(failure));
                }
            }
        }
        if stop.is_asked() {
            self.put_down(ready, Exit::Error).await;
            return Err(ended_early.err().unwrap_or_else(Failure::interrupted));
        }
        Ok(ready)
    }

    fn show(&mut self, one: &mut Prepared) -> Result<(), Failure> {
        let Some(shown) = one.shown.take() else { return Ok(()) };
        let output = self.session.context.output;
        output.data(&self.paragraphs.next(shown.data))?;
        for note in &shown.notes {
            output.tell(note);
        }
        self.events.plan(&one.environment, shown.journal);
        Ok(())
    }

    /// Whether they may be applied: one question for all of them.
    async fn agreed(&mut self, ready: &[Ready]) -> Result<(), Failure> {
        let output = self.session.context.output;
        // A saved plan was looked at and agreed to.
        if self.request.yes || self.request.plan.is_some() {
            return Ok(());
        }
        if !output.is_interactive() {
            return Err(Failure::message(
                "nobody can be asked here, so nothing was done",
                Some("add --yes to apply without a question"),
            ));
        }
        let stop = self.interrupt.stop.clone();
        let names: Vec<&str> = ready.iter().map(|one| one.environment.name.as_str()).collect();
        let question = view::question::apply(&names);
        let answer = async {
            tokio::select! {
                biased;
                () = stop.asked() => {
                    output.insist("\n");
                    Err(Failure::interrupted())
                }
                yes = output.confirm(&question) => Ok(yes),
            }
        };
        if self.interrupt.attend(answer).await? {
            return Ok(());
        }
        Err(Failure::message("not confirmed, so nothing was done", None))
    }

    /// Gives up on environments before anything was done to them.
    async fn put_down(&mut self, ready: Vec<Ready>, exit: Exit) {
        for one in &ready {
            self.events.finished(&one.environment.name, exit, 0);
        }
        let (stop, output) = (self.interrupt.stop.clone(), self.session.context.output);
        let released = ready.into_iter().map(|one| one.lock.release(&stop, output));
        self.interrupt.attend(join_all(released)).await;
    }
}

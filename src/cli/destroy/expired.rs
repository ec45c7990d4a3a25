//! `trueup destroy --expired`: picks the environments whose time is over, shows what goes of each, asks once, and has
//! them taken away side by side. One that cannot be taken away stops no other.

use std::pin::pin;

use futures_util::StreamExt;
use time::OffsetDateTime;

use crate::cli::Exit;
use crate::cli::arguments::{Destroy as Request, Environments};
use crate::cli::carry_out::{Hands, Ready};
use crate::cli::events::Events;
use crate::cli::lock::Lock;
use crate::cli::session::{Loaded, Planned, Session, Since};
use crate::cli::shown::{self, Paragraphs};
use crate::cli::signal::Interrupt;
use crate::cli::tally::Tally;
use crate::cloud::{Reads, Stop};
use crate::fleet;
use crate::lifecycle::destroy::{self, expired};
use crate::message::{Answer, Failure, Notice, Question, Refusal};
use crate::resource::Draft;
use crate::secret::Supplied;
use crate::spec::{Environment, EnvironmentName, Expiry};
use crate::view::events::Journal;

/// One run of the command.
struct Command<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    interrupt: Interrupt<'a>,
    events: Events<'a>,
    now: OffsetDateTime,
}

/// What became of an environment before the question.
struct Prepared {
    environment: EnvironmentName,
    outcome: Result<Found, Failure>,
}

/// What there is of one.
enum Found {
    /// By its tags it has more time.
    Time(Expiry),
    /// Nothing of it is live.
    Nothing,
    /// This would go.
    Plan(Box<Planned>, Lock),
}

pub(super) async fn run(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let output = session.context.output;
    let events = Events::open(request.writing.events.as_deref(), output)?;
    let interrupt = Interrupt::listen(&session.stop, output);
    let now = OffsetDateTime::now_utc();
    Box::pin(Command { request, session, interrupt, events, now }.run()).await
}

impl<'a> Command<'a> {
    async fn run(mut self) -> Result<Exit, Failure> {
        let Self { request, session, .. } = self;
        let Request { names, all, changed_since, shard, .. } = request;
        let (names, changed_since) = (names.clone(), changed_since.clone());
        let asked = Environments { names, all: *all, changed_since, shard: *shard };
        let loaded = session.load_all(session.select(&asked)?.names);
        let mut tally = Tally::of(loaded.len(), session.context.output);
        let mut due = Vec::new();
        for Loaded { name, environment } in loaded {
            match environment {
                Ok(environment) if expired::is_due(&environment.spec, self.now) => due.push(environment),
                Ok(_) => {}
                // Nobody knows whether it has expired.
                Err(failure) => tally.add(&name, Err(failure)),
            }
        }
        if due.is_empty() {
            session.context.output.answer(&Answer::NothingExpired)?;
            return Ok(tally.end());
        }
        let ready = self.prepare(due, &mut tally).await?;
        if ready.is_empty() {
            return Ok(tally.end());
        }
        if let Err(failure) = self.agree(&ready).await {
            let exit = Exit::of(&failure);
            self.hands().put_down(ready, exit).await;
            session.context.output.failure(&failure, None);
            return Ok(tally.end().or(exit));
        }
        self.hands().carry_out(ready, &mut tally).await?;
        Ok(tally.end())
    }

    fn hands(&mut self) -> Hands<'_, 'a> {
        let Self { session, interrupt, events, .. } = self;
        Hands { session, interrupt, events, wait: None }
    }

    /// Plans all of them side by side, and shows each at its turn. Gives those of which something goes.
    async fn prepare(&mut self, due: Vec<Environment>, tally: &mut Tally<'_>) -> Result<Vec<Ready>, Failure> {
        let Self { request, session, now, .. } = *self;
        let stop = self.interrupt.stop.clone();
        let shared = self.interrupt.attend(session.reads(due.iter())).await?;
        let (shared, asked) = (&shared, &stop);
        let prepared = fleet::side_by_side(session.context.width, due, |environment| async move {
            let name = environment.name.clone();
            let outcome = Box::pin(look(environment, (request, session), shared, (asked, now))).await;
            Prepared { environment: name, outcome }
        });
        let (mut prepared, mut paragraphs, mut all) = (pin!(prepared), Paragraphs::default(), Vec::new());
        let mut printed = Ok(());
        while let Some(Prepared { environment, outcome }) = self.interrupt.attend(prepared.next()).await {
            let outcome = outcome.and_then(|found| match found {
                // What comes after a stop is of no interest any more, but for the locks that it holds.
                Found::Plan(planned, lock) => {
                    if !stop.is_asked() {
                        printed = self.show(&planned, &mut paragraphs);
                    }
                    Ok(Some((planned, lock)))
                }
                Found::Time(until) => {
                    let environment = environment.clone();
                    session.context.output.notice(&Notice::NotExpired { environment, until });
                    Ok(None)
                }
                Found::Nothing => {
                    session.context.output.answer(&Answer::NothingLeft(environment.clone()))?;
                    Ok(None)
                }
            });
            if printed.is_err() {
                stop.ask();
            }
            match outcome {
                Ok(None) => self.events.finished(&environment, Exit::Done, 0),
                Ok(Some((planned, lock))) => match self.admit(*planned, lock).await {
                    Ok(one) => all.push(one),
                    Err(failure) => self.add(&environment, failure, tally),
                },
                Err(_) if stop.is_asked() => {}
                Err(failure) => self.add(&environment, failure, tally),
            }
        }
        if stop.is_asked() {
            self.hands().put_down(all, Exit::Error).await;
            return Err(printed.err().unwrap_or(Failure::Interrupted));
        }
        Ok(all)
    }

    fn add(&mut self, environment: &EnvironmentName, failure: Failure, tally: &mut Tally<'_>) {
        self.events.finished(environment, Exit::of(&failure), 0);
        tally.add(environment, Err(failure));
    }

    fn show(&mut self, planned: &Planned, paragraphs: &mut Paragraphs) -> Result<(), Failure> {
        let output = self.session.context.output;
        output.data(&paragraphs.next(&shown::plan(planned, false, self.session)))?;
        output.notices(&shown::notices(planned, Since::Never));
        self.events.plan(&planned.environment.name, Journal::of(&planned.plan));
        Ok(())
    }

    /// Refuses one that has what may not go, and one that was not confirmed where others were.
    async fn admit(&mut self, planned: Planned, lock: Lock) -> Result<Ready, Failure> {
        let Planned { environment, plan, .. } = planned;
        let (app, confirm) = (&environment.spec.app.name, &self.request.confirm);
        let refusal = if !plan.blocked.is_empty() {
            Refusal::Kept(environment.name.clone())
        } else if !confirm.is_empty() && !expired::is_confirmed(confirm, app) {
            Refusal::NotConfirmed(app.clone())
        } else {
            return Ok(Ready { environment, plan, lock });
        };
        let stop = self.interrupt.stop.clone();
        lock.release(&stop, self.session.context.output).await;
        Err(refusal.into())
    }

    /// One question for all of them, unless each was confirmed.
    async fn agree(&mut self, ready: &[Ready]) -> Result<(), Failure> {
        if !self.request.confirm.is_empty() {
            return Ok(());
        }
        let each =
            ready.iter().map(|one| (one.environment.name.clone(), one.environment.spec.app.name.clone()));
        let stop = self.interrupt.stop.clone();
        let answer = self.session.context.output.agree(Question::of_expired(each.collect()), &stop);
        self.interrupt.attend(answer).await
    }
}

/// Takes the lock, and looks under it at what there is of an environment.
async fn look(
    environment: Environment,
    (request, session): (&Request, &Session<'_>),
    reads: &Reads,
    (stop, now): (&Stop, OffsetDateTime),
) -> Result<Found, Failure> {
    if stop.is_asked() {
        return Err(Failure::Interrupted);
    }
    let lock = Lock::when(request.writing.lock, &environment, session, stop).await?;
    let terms = request.losses.terms();
    let mut time = None;
    // What is taken away needs no values.
    let plan = session.plan_by((environment, Supplied::default()), reads, async |overview| {
        time = expired::more_time(overview.world, now);
        match time {
            Some(_) => Ok(Draft::default()),
            None => Ok(Box::pin(destroy::draft(overview, terms, &session.project)).await?),
        }
    });
    let planned = tokio::select! {
        biased;
        () = stop.asked() => Err(Failure::Interrupted),
        planned = plan => planned,
    };
    match planned {
        Ok(planned) if time.is_none() && !planned.plan.is_empty() => Ok(Found::Plan(Box::new(planned), lock)),
        planned => {
            lock.release(stop, session.context.output).await;
            planned.map(|_| time.map_or(Found::Nothing, Found::Time))
        }
    }
}

//! Carries out plans side by side, with progress; what came of each is reported at its turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use super::events::Events;
use super::lock::Lock;
use super::session::Session;
use super::signal::Interrupt;
use super::tally::Tally;
use super::{Exit, Output};
use crate::apply::{Applying, Event, Report};
use crate::cloud::Stop;
use crate::message::{Failure, Refusal};
use crate::plan::Plan;
use crate::spec::{Environment, WaitLimit};
use crate::view::{self, progress::Progress};

/// An environment that only waits for the answer.
pub(super) struct Ready {
    pub(super) environment: Arc<Environment>,
    pub(super) plan: Plan,
    pub(super) lock: Lock,
}

/// What carrying out takes of a command.
pub(super) struct Hands<'h, 'a> {
    pub(super) session: &'h Session<'a>,
    pub(super) interrupt: &'h mut Interrupt<'a>,
    pub(super) events: &'h mut Events<'a>,
    /// How long each wait on Heroku may last, when the operator says so.
    pub(super) wait: Option<WaitLimit>,
}

/// What is applied to which environment.
struct Work {
    environment: Arc<Environment>,
    plan: Plan,
}

/// One environment that is being applied.
struct One<'a> {
    /// Its place among all that are applied.
    number: usize,
    applying: Applying<'a>,
    lock: Lock,
}

/// What happened to one of them next.
enum Next<'a> {
    Event(Box<One<'a>>, Event),
    /// It is over, and its lock was released.
    Ended(usize, Ended),
}

/// How one of them ended.
struct Ended {
    report: Report,
    is_lock_lost: bool,
}

impl Hands<'_, '_> {
    /// Gives up on environments before anything was done to them.
    pub(super) async fn put_down(self, ready: Vec<Ready>, exit: Exit) {
        for one in &ready {
            self.events.finished(&one.environment.name, exit, 0);
        }
        let (stop, output) = (self.interrupt.stop.clone(), self.session.context.output);
        let released = ready.into_iter().map(|one| one.lock.release(&stop, output));
        self.interrupt.attend(join_all(released)).await;
    }

    /// Applies all of them.
    pub(super) async fn carry_out(self, ready: Vec<Ready>, tally: &mut Tally<'_>) -> Result<(), Failure> {
        let (work, locks): (Vec<_>, Vec<_>) = ready.into_iter().map(Ready::split).unzip();
        let (clouds, stop, output) =
            (self.session.clouds().await?, self.interrupt.stop.clone(), self.session.context.output);
        let mut screen = Screen::of(&work, output);
        let mut turns = Turns::of(&work);
        let mut waiting = work.iter().zip(locks).enumerate();
        let mut running = FuturesUnordered::new();
        loop {
            let free = self.session.context.width.saturating_sub(running.len());
            for (number, (work, lock)) in waiting.by_ref().take(free) {
                let applying = Applying::start(&work.plan, &work.environment, clouds, &lock.stop)
                    .waiting_at_most(self.wait);
                running.push(next(Box::new(One { number, applying, lock }), &stop, output));
            }
            tokio::select! {
                biased;
                () = self.interrupt.next() => screen.interrupted(),
                happened = running.next() => match happened {
                    None => return turns.printed,
                    Some(Next::Event(one, event)) => {
                        self.events.event(&work[one.number].environment.name, &event);
                        screen.event(one.number, &event);
                        running.push(next(one, &stop, output));
                    }
                    Some(Next::Ended(number, ended)) => {
                        let name = &work[number].environment.name;
                        self.events.finished(name, ended.exit(), ended.report.calls);
                        turns.end(number, ended);
                        screen.progress.above(|| turns.report(tally, output));
                    }
                },
                _ = screen.heartbeat.tick() => screen.tick(),
            }
        }
    }
}

impl Ready {
    fn split(self) -> (Work, Lock) {
        let Self { environment, plan, lock } = self;
        (Work { environment, plan }, lock)
    }
}

async fn next<'a>(mut one: Box<One<'a>>, stop: &Stop, output: &Output) -> Next<'a> {
    if let Some(event) = one.applying.next().await {
        return Next::Event(one, event);
    }
    let One { number, applying, lock } = *one;
    let ended = Ended { report: applying.report(), is_lock_lost: lock.is_lost() };
    lock.release(stop, output).await;
    Next::Ended(number, ended)
}

impl Ended {
    fn exit(&self) -> Exit {
        if self.is_lock_lost || self.report.is_refusal() {
            Exit::Refused
        } else if self.report.is_complete() {
            Exit::Done
        } else {
            Exit::Error
        }
    }
}

/// What came of each, reported in order.
struct Turns<'a> {
    work: &'a [Work],
    ended: Vec<Option<Ended>>,
    turn: usize,
    /// A standard output that cannot be written is no reason to cut off what runs.
    printed: Result<(), Failure>,
}

impl<'a> Turns<'a> {
    fn of(work: &'a [Work]) -> Self {
        Self { work, ended: work.iter().map(|_| None).collect(), turn: 0, printed: Ok(()) }
    }

    fn end(&mut self, number: usize, ended: Ended) {
        self.ended[number] = Some(ended);
    }

    /// Reports all whose turn has come.
    fn report(&mut self, tally: &mut Tally<'_>, output: &Output) {
        while let Some(Ended { report, is_lock_lost }) = self.ended.get_mut(self.turn).and_then(Option::take)
        {
            let Work { environment, plan } = &self.work[self.turn];
            self.turn += 1;
            if report.is_complete() {
                let text = view::report::complete(plan, &report, tally.is_several(), output.theme());
                if let Err(failure) = output.data(&text) {
                    self.printed = Err(failure);
                }
            }
            let outcome = match outcome(plan, report) {
                // Why it was stopped is what counts, once it was said what was done and what not.
                outcome if is_lock_lost => {
                    if let Err(failure @ Failure::Incomplete { .. }) = outcome {
                        output.failure(&failure, None);
                    }
                    Err(Refusal::LockLost(environment.name.clone()).into())
                }
                outcome => outcome,
            };
            tally.add(&environment.name, outcome);
        }
    }
}

fn outcome(plan: &Plan, report: Report) -> Result<Exit, Failure> {
    if report.is_complete() {
        Ok(Exit::Done)
    } else if report.is_untouched() {
        Err(Failure::Interrupted)
    } else {
        Err(Failure::Incomplete { plan: Box::new(plan.clone()), report })
    }
}

/// Where people see how it goes.
struct Screen<'a> {
    progress: Progress,
    heartbeat: tokio::time::Interval,
    began: Instant,
    output: &'a Output,
}

impl<'a> Screen<'a> {
    fn of(work: &[Work], output: &'a Output) -> Self {
        let plans = work.iter().map(|work| &work.plan);
        let theme = output.stderr_theme();
        let progress = if output.is_interactive() {
            Progress::on_terminal(plans, theme)
        } else {
            Progress::in_lines(plans, theme)
        };
        let heartbeat = tokio::time::interval(Duration::from_secs(1));
        Self { progress, heartbeat, began: Instant::now(), output }
    }

    fn event(&mut self, number: usize, event: &Event) {
        let line = self.progress.event(number, event, self.began.elapsed());
        self.print(line);
    }

    fn tick(&mut self) {
        let line = self.progress.tick(self.began.elapsed());
        self.print(line);
    }

    fn interrupted(&mut self) {
        let line = self.progress.interrupted();
        self.print(line);
    }

    fn print(&self, line: Option<String>) {
        if let Some(line) = line {
            self.output.progress(&line);
        }
    }
}

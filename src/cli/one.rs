//! One environment that a command writes to, from its lock to what came of it. Commands bring their plan and their
//! words; the order of things is the same for all of them.
//!
//! What must not live here: what any command decides.

use super::arguments::Writing;
use super::carry_out::{Hands, Ready};
use super::events::Events;
use super::lock::Lock;
use super::session::{Planned, Session, Since};
use super::signal::Interrupt;
use super::tally::Tally;
use super::{Exit, shown};
use crate::message::{Answer, Failure, Question, Refusal};
use crate::spec::{Environment, WaitLimit};
use crate::view::events::Journal;

/// What a command says and asks.
pub(super) struct Words {
    /// What has to be agreed to; nothing when it was already.
    pub(super) question: Option<Question>,
    /// Said when there is nothing to do.
    pub(super) nothing: Answer,
    /// Why it ends when something is blocked.
    pub(super) blocked: Refusal,
}

/// One run of a command.
pub(super) struct One<'a> {
    session: &'a Session<'a>,
    interrupt: Interrupt<'a>,
    events: Events<'a>,
    wait: Option<WaitLimit>,
}

impl<'a> One<'a> {
    /// Listens for interruptions, and opens the file of events before anything is asked.
    pub(super) fn new(writing: &Writing, session: &'a Session<'a>) -> Result<Self, Failure> {
        let output = session.context.output;
        let events = Events::open(writing.events.as_deref(), output)?;
        Ok(Self { session, interrupt: Interrupt::listen(&session.stop, output), events, wait: None })
    }

    /// Limits every wait on Heroku, when the operator says so.
    pub(super) fn waiting_at_most(self, wait: Option<WaitLimit>) -> Self {
        Self { wait, ..self }
    }

    /// Takes the lock when that is asked for, plans, shows, asks, and carries it out.
    pub(super) async fn run(
        mut self,
        writing: &Writing,
        environment: &Environment,
        plan: impl Future<Output = Result<Planned, Failure>>,
        words: Words,
    ) -> Result<Exit, Failure> {
        let (name, stop) = (environment.name.clone(), self.interrupt.stop.clone());
        let lock = Lock::when(writing.lock, environment, self.session, &stop).await?;
        let planned = async {
            tokio::select! {
                biased;
                () = stop.asked() => Err(Failure::Interrupted),
                planned = plan => planned,
            }
        };
        let planned = self.interrupt.attend(planned).await;
        let ready = match planned {
            Ok(planned) => self.agree(planned, words).await,
            Err(failure) => Err(failure),
        };
        let Planned { environment, plan, .. } = match ready {
            Ok(Some(planned)) => planned,
            ended => {
                let ended = ended.map(|_| Exit::Done);
                self.events.finished(&name, ended.as_ref().map_or_else(Exit::of, |exit| *exit), 0);
                lock.release(&stop, self.session.context.output).await;
                return ended;
            }
        };
        let mut tally = Tally::of(1, self.session.context.output);
        let Self { session, interrupt, events, wait } = &mut self;
        Hands { session, interrupt, events, wait: *wait }
            .carry_out(vec![Ready { environment, plan, lock }], &mut tally)
            .await?;
        Ok(tally.end())
    }

    /// Shows what is planned, and gives it back when it may be done: nothing when there is nothing to do.
    async fn agree(&mut self, planned: Planned, words: Words) -> Result<Option<Planned>, Failure> {
        let output = self.session.context.output;
        let (name, plan) = (&planned.environment.name, &planned.plan);
        if plan.is_empty() && plan.unmanaged.is_empty() && plan.deferred.is_empty() {
            if !plan.warnings.is_empty() {
                output.data(&shown::plan(&planned, false, self.session))?;
            }
            output.notices(&shown::notices(&planned, Since::Never));
            output.answer(&words.nothing)?;
            return Ok(None);
        }
        output.data(&shown::plan(&planned, false, self.session))?;
        output.notices(&shown::notices(&planned, Since::Never));
        self.events.plan(name, Journal::of(plan));
        self.session.warn_of_few_calls();
        if !plan.blocked.is_empty() {
            return Err(words.blocked.into());
        }
        if plan.steps.is_empty() {
            return Ok(None);
        }
        if let Some(question) = words.question {
            let stop = self.interrupt.stop.clone();
            let answer = output.agree(question, &stop);
            self.interrupt.attend(answer).await?;
        }
        Ok(Some(planned))
    }
}

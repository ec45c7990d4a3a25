//! `trueup destroy`: shows everything that goes, asks for the app's name, and has it taken away.

use super::arguments::{Destroy as Request, Losses};
use super::carry_out::{Hands, Ready};
use super::context::{Context, select_one};
use super::events::Events;
use super::lock::Lock;
use super::session::{Planned, Session, Since};
use super::signal::Interrupt;
use super::tally::Tally;
use super::{Exit, shown};
use crate::lifecycle::destroy;
use crate::message::{Answer, Failure, Question, Refusal};
use crate::plan::Plan;
use crate::resource::removal::Terms;
use crate::view::events::Journal;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let events = Events::open(request.events.as_deref(), context.output)?;
    Session::with(context, async |session| {
        let interrupt = Interrupt::listen(&session.stop, context.output);
        Box::pin(Command { request, session, interrupt, events }.run()).await
    })
    .await
}

/// One run of the command.
struct Command<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    interrupt: Interrupt<'a>,
    events: Events<'a>,
}

impl Command<'_> {
    async fn run(mut self) -> Result<Exit, Failure> {
        let Self { request, session, .. } = self;
        let environment = session.load(&select_one(&session.project, Some(&request.name))?)?;
        // What was not meant is told before anything is asked.
        if let Some(given) = &request.confirm
            && !destroy::is_confirmed(given, &environment.spec.app.name)
        {
            let app = environment.spec.app.name.clone();
            return Err(Refusal::WrongName { given: given.clone(), app }.into());
        }
        let (name, stop) = (environment.name.clone(), self.interrupt.stop.clone());
        // An interruption does not cut this off, since nobody would know whether the lock was taken.
        let lock = if request.lock {
            Lock::take(&environment, session, &stop).await?
        } else {
            Lock::none(&name, &stop)
        };
        let plan = async {
            let reads = session.reads([&environment].into_iter()).await?;
            session.plan_removal(environment.clone(), &reads, self.request.losses.terms()).await
        };
        let planned = tokio::select! {
            biased;
            () = stop.asked() => Err(Failure::Interrupted),
            planned = plan => planned,
        };
        let ready = match planned {
            Ok(planned) => self.agree(planned).await,
            Err(failure) => Err(failure),
        };
        let Planned { environment, plan, .. } = match ready {
            Ok(Some(planned)) => planned,
            ended => {
                let ended = ended.map(|_| Exit::Done);
                self.events.finished(&name, ended.as_ref().map_or_else(Exit::of, |exit| *exit), 0);
                lock.release(&stop, session.context.output).await;
                return ended;
            }
        };
        let mut tally = Tally::of(1, session.context.output);
        let Self { session, interrupt, events, .. } = &mut self;
        Hands { session, interrupt, events, wait: None }
            .carry_out(vec![Ready { environment, plan, lock }], &mut tally)
            .await?;
        Ok(tally.end())
    }

    /// Shows what goes, and gives it back when it may go: nothing when there is nothing.
    async fn agree(&mut self, planned: Planned) -> Result<Option<Planned>, Failure> {
        let output = self.session.context.output;
        let environment = &planned.environment;
        if is_nothing(&planned.plan) {
            output.answer(&Answer::NothingLeft(environment.name.clone()))?;
            return Ok(None);
        }
        output.data(&shown::plan(&planned, false, self.session))?;
        output.notices(&shown::notices(&planned, Since::Never));
        self.events.plan(&environment.name, Journal::of(&planned.plan));
        self.session.warn_of_few_calls();
        if !planned.plan.blocked.is_empty() {
            return Err(Refusal::Kept(environment.name.clone()).into());
        }
        if planned.plan.steps.is_empty() {
            return Ok(None);
        }
        if self.request.confirm.is_none() {
            let (environment, app) = (environment.name.clone(), environment.spec.app.name.clone());
            let stop = self.interrupt.stop.clone();
            let answer = output.agree(Question::Destroy { environment, app }, &stop);
            self.interrupt.attend(answer).await?;
        }
        Ok(Some(planned))
    }
}

impl Losses {
    fn terms(self) -> Terms {
        let Self { no_backup, empty_buckets, include_adopted } = self;
        Terms { include_adopted, empty_buckets, no_backup }
    }
}

/// Whether there is nothing that goes, stays or is refused.
fn is_nothing(plan: &Plan) -> bool {
    plan.is_empty() && plan.unmanaged.is_empty()
}

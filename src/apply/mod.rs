//! Does what a plan says, independent branches at once, and decides nothing new.
//!
//! It drives `plan::schedule` with tasks and tells [`Event`]s. What must not live here: printing, and any
//! choice about what should be.

mod event;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

pub use event::{Event, Outcome};

use crate::cloud::{Certainty, CloudError, Clouds, ErrorKind};
use crate::plan::Plan;
use crate::plan::schedule::Schedule;
use crate::resource::{Change, Operation, Outputs, Progress, Recheck, Run, Stop};
use crate::spec::Environment;

/// What became of every step of a plan.
#[derive(Clone, Debug)]
pub struct Report {
    /// One outcome a step, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// Whether the user asked to stop.
    pub stopped: bool,
}

impl Report {
    /// Whether every step is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done))
    }

    /// Whether nothing failed but that others moved what the plan rests on: a refusal, and no failure.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let mut failures = self.outcomes.iter().filter_map(Outcome::error).peekable();
        failures.peek().is_some() && failures.all(|error| error.kind == ErrorKind::Moved)
    }
}

type Ended = (usize, Result<Outputs, CloudError>, std::time::Duration);

/// Applies a plan. `tell` gets every event in the order in which things happened; `stop` may be asked at any
/// time, after which nothing new starts and running steps finish.
pub async fn apply(
    plan: &Plan,
    environment: &Arc<Environment>,
    clouds: &Clouds,
    stop: &Stop,
    mut tell: impl FnMut(&Event),
) -> Report {
    let mut drive = Drive::new(plan, environment, clouds, stop);
    let (said, mut says) = mpsc::unbounded_channel();
    drive.start(&said, &mut tell);
    let mut asked = tokio::time::interval(std::time::Duration::from_millis(50));
    while !drive.tasks.is_empty() {
        tokio::select! {
            biased;
            Some(event) = says.recv() => tell(&event),
            Some(ended) = drive.tasks.join_next_with_id() => {
                drive.end(ended.map(|(_, ended)| ended), &mut tell);
                drive.start(&said, &mut tell);
            }
            _ = asked.tick(), if stop.is_asked() && !drive.stopped => drive.stop(&mut tell),
        }
    }
    Report { outcomes: drive.outcomes, stopped: drive.stopped }
}

/// Looks once more, then does it: between the plan and this moment others may have been there.
async fn carry_out(change: &Change, run: &Run) -> Result<Outputs, CloudError> {
    let outcome = match change.recheck(run).await {
        Ok(Recheck::AsPlanned) => change.apply(run).await,
        Ok(Recheck::Done(outputs)) => {
            run.progress.tell("is so already");
            Ok(outputs)
        }
        Ok(Recheck::Moved(what)) => Err(CloudError::moved(what)),
        Err(error) => Err(error),
    };
    outcome.map_err(|error| with_name(error, run))
}

/// Calls go to the app's id, which says nothing to people.
fn with_name(mut error: CloudError, run: &Run) -> CloudError {
    error.operation = error.operation.replace(&run.app(), &run.app_name());
    error
}

/// The state of one apply.
struct Drive<'a> {
    plan: &'a Plan,
    run: Run,
    schedule: Schedule,
    tasks: JoinSet<Ended>,
    ids: Vec<Option<tokio::task::Id>>,
    outcomes: Vec<Outcome>,
    stopped: bool,
}

impl<'a> Drive<'a> {
    fn new(plan: &'a Plan, environment: &Arc<Environment>, clouds: &Clouds, stop: &Stop) -> Self {
        let run = Run {
            clouds: clouds.clone(),
            environment: Arc::clone(environment),
            app_id: plan.place.app_id.clone(),
            outputs: Arc::new(Mutex::new(Outputs::none())),
            progress: Progress::new(|_| {}),
            stop: stop.clone(),
        };
        Self {
            plan,
            run,
            schedule: Schedule::new(plan.steps.iter().map(|step| (step.after.clone(), step.behind.clone()))),
            tasks: JoinSet::new(),
            ids: vec![None; plan.steps.len()],
            outcomes: vec![Outcome::NotDone(None); plan.steps.len()],
            stopped: false,
        }
    }

    fn start(&mut self, said: &mpsc::UnboundedSender<Event>, tell: &mut impl FnMut(&Event)) {
        for step in self.schedule.start_ready() {
            tell(&Event::Started { step });
            let said = said.clone();
            let progress = Progress::new(move |message| {
                // The listener is gone only when the apply has ended, and then nobody wants to know.
                let _ = said.send(Event::Progress { step, message: message.to_owned() });
            });
            let run = Run { progress, ..self.run.clone() };
            let change = self.plan.steps[step].change.clone();
            let began = Instant::now();
            let task =
                self.tasks.spawn(async move { (step, carry_out(&change, &run).await, began.elapsed()) });
            self.ids[step] = Some(task.id());
        }
    }

    fn end(&mut self, ended: Result<Ended, JoinError>, tell: &mut impl FnMut(&Event)) {
        let (step, result, elapsed) = ended.unwrap_or_else(|error| self.crashed(&error));
        let succeeded = result.is_ok();
        match result {
            Ok(outputs) => {
                self.run.outputs.lock().unwrap_or_else(PoisonError::into_inner).merge(outputs);
                self.outcomes[step] = Outcome::Done;
                tell(&Event::Done { step, elapsed });
            }
            Err(error) => {
                self.outcomes[step] = match error.certainty {
                    Certainty::NotDone => Outcome::NotDone(Some(error.clone())),
                    Certainty::Unknown => Outcome::Unknown(error.clone()),
                };
                tell(&Event::Failed { step, error, elapsed });
            }
        }
        for skipped in self.schedule.finish(step, succeeded) {
            tell(&Event::Skipped { step: skipped, because: Some(step) });
        }
    }

    fn stop(&mut self, tell: &mut impl FnMut(&Event)) {
        self.stopped = true;
        tell(&Event::Stopping);
        for step in self.schedule.stop() {
            tell(&Event::Skipped { step, because: None });
        }
    }

    /// A step that panicked is a defect of ours; what it did is not known.
    fn crashed(&self, error: &JoinError) -> Ended {
        let step = self.ids.iter().position(|id| *id == Some(error.id())).unwrap_or_default();
        let error = CloudError::defect("this step ended unexpectedly").maybe_done();
        (step, Err(error), std::time::Duration::ZERO)
    }
}

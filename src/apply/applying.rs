//! A plan that is being applied, as a series of events.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};

use super::step::{carry_out, crashed};
use super::{Event, Outcome, Report};
use crate::cloud::{Calls, Certainty, CloudError, Clouds, Stop};
use crate::plan::Plan;
use crate::plan::schedule::Schedule;
use crate::resource::{Outputs, Progress, Run, Said};
use crate::spec::{Environment, WaitLimit};

/// A plan that is being applied. Steps run in the background, and new ones start while [`Applying::next`] is
/// waited for. Dropping it cuts off what runs.
pub struct Applying<'a> {
    plan: &'a Plan,
    run: Run,
    schedule: Schedule,
    tasks: JoinSet<Ended>,
    /// Which step a task carries out, for the one that panics.
    steps: HashMap<Id, usize>,
    /// What running steps say about how they go.
    messages: (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
    /// What has happened and was not handed out yet.
    happened: VecDeque<Event>,
    outcomes: Vec<Outcome>,
    stopped: bool,
    calls: Calls,
    began: Instant,
}

/// How a step ended.
struct Ended {
    step: usize,
    result: Result<Outputs, CloudError>,
    elapsed: Duration,
}

impl<'a> Applying<'a> {
    /// Gets ready to apply a plan; the first step starts with the first call of [`Applying::next`]. After a
    /// request to stop nothing new starts, waits end at once, and other running steps finish.
    #[must_use]
    pub fn start(plan: &'a Plan, environment: &Arc<Environment>, clouds: &Clouds, stop: &Stop) -> Self {
        let run = Run {
            clouds: clouds.clone(),
            environment: Arc::clone(environment),
            app_id: plan.place.app_id.clone(),
            outputs: Arc::new(Mutex::new(Outputs::none())),
            progress: Progress::new(|_| {}),
            stop: stop.clone(),
            wait_limit: None,
        };
        Self {
            plan,
            run,
            schedule: Schedule::new(plan.steps.iter().map(|step| (step.after.clone(), step.behind.clone()))),
            tasks: JoinSet::new(),
            steps: HashMap::new(),
            messages: mpsc::unbounded_channel(),
            happened: VecDeque::new(),
            outcomes: vec![Outcome::NotDone(None); plan.steps.len()],
            stopped: false,
            calls: Calls::default(),
            began: Instant::now(),
        }
    }

    /// Limits every wait on Heroku, whatever the spec says.
    #[must_use]
    pub fn waiting_at_most(mut self, limit: Option<WaitLimit>) -> Self {
        self.run.wait_limit = limit;
        self
    }

    /// What happened next; `None` when all of it is over. A call that is dropped while it waits loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.happened.pop_front() {
                return Some(event);
            }
            if self.run.stop.is_asked() && !self.stopped {
                self.stop();
                continue;
            }
            self.start_ready();
            if !self.happened.is_empty() {
                continue;
            }
            if self.tasks.is_empty() {
                return None;
            }
            tokio::select! {
                Some(event) = self.messages.1.recv() => self.happened.push_back(event),
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended),
                () = self.run.stop.asked(), if !self.stopped => {}
            }
        }
    }

    /// What became of every step.
    #[must_use]
    pub fn report(self) -> Report {
        let Self { run, outcomes, stopped, calls, began, .. } = self;
        let outputs = run.outputs.lock().unwrap_or_else(PoisonError::into_inner).published();
        Report { outcomes, stopped, outputs, calls: calls.sent(), elapsed: began.elapsed() }
    }

    fn start_ready(&mut self) {
        for step in self.schedule.start_ready() {
            self.happened.push_back(Event::Started { step });
            let messages = self.messages.0.clone();
            let progress = Progress::new(move |said| {
                let event = match said {
                    Said::Message(message) => Event::Progress { step, message },
                    Said::Line(line) => Event::Output { step, line },
                };
                // The receiver is gone only when the apply was dropped, and then nobody wants to know.
                let _ = messages.send(event);
            });
            let run = Run { progress, ..self.run.clone() };
            let change = self.plan.steps[step].change.clone();
            let calls = self.calls.clone();
            let began = Instant::now();
            let task = self.tasks.spawn(async move {
                let result = calls.count(Box::pin(carry_out(&change, &run))).await;
                Ended { step, result, elapsed: began.elapsed() }
            });
            self.steps.insert(task.id(), step);
        }
    }

    fn end(&mut self, ended: Result<(Id, Ended), JoinError>) {
        // What a step said comes before its end.
        while let Ok(event) = self.messages.1.try_recv() {
            self.happened.push_back(event);
        }
        let Ended { step, result, elapsed } = match ended {
            Ok((_, ended)) => ended,
            Err(error) => {
                Ended { step: self.steps[&error.id()], result: Err(crashed()), elapsed: Duration::ZERO }
            }
        };
        let succeeded = result.is_ok();
        let (outcome, event) = match result {
            Ok(outputs) => {
                self.run.outputs.lock().unwrap_or_else(PoisonError::into_inner).merge(outputs);
                (Outcome::Done, Event::Done { step, elapsed })
            }
            Err(error) => {
                let outcome = match error.certainty {
                    Certainty::NotDone => Outcome::NotDone(Some(error.clone())),
                    Certainty::Unknown => Outcome::Unknown(error.clone()),
                };
                (outcome, Event::Failed { step, error, elapsed })
            }
        };
        self.outcomes[step] = outcome;
        self.happened.push_back(event);
        let skipped = self.schedule.finish(step, succeeded).into_iter();
        self.happened.extend(skipped.map(|skipped| Event::Skipped { step: skipped, because: Some(step) }));
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.happened.push_back(Event::Stopping);
        let skipped = self.schedule.stop().into_iter();
        self.happened.extend(skipped.map(|step| Event::Skipped { step, because: None }));
    }
}

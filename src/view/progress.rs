//! What happens during an apply: lines that are redrawn on a terminal, plain lines elsewhere. Several environments
//! share a screen, and each line says of which it is.
//!
//! Time comes in as an argument, so that what is said when is a table in a test.

mod alone;
mod bars;

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::ProgressDrawTarget;

use super::labels::{self, StepLabel};
use super::style::{Label, Theme};
use super::text::{clean, count, seconds};
use crate::apply::Event;
use crate::cloud::Certainty;
use crate::plan::Plan;
pub use alone::Alone;
use bars::Bars;

/// In lines, a step that has said nothing for so long says how it goes: often enough for CI services that
/// end silent jobs, seldom enough for a log of a database that takes ten minutes.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How far what others print is set in.
const OUTPUT: usize = 2;

/// Turns events into lines.
#[derive(Debug)]
pub struct Progress {
    /// Of each environment.
    labels: Vec<Labels>,
    theme: Theme,
    /// How many steps of each environment run.
    running: Vec<usize>,
    /// Whether it was said that everything is to stop.
    is_interrupted: bool,
    screen: Screen,
}

/// A step: its environment's place among all, and its own in the plan.
type Key = (usize, usize);

/// What the steps of one environment are called.
#[derive(Debug)]
struct Labels {
    /// The environment's name; empty when it is the only one.
    environment: String,
    steps: Vec<StepLabel>,
}

#[derive(Debug)]
enum Screen {
    /// One line a running step, redrawn with its elapsed time.
    Terminal(Bars),
    /// A line an event, and what each running step said last.
    Lines(BTreeMap<Key, Running>),
}

#[derive(Debug)]
struct Running {
    since: Duration,
    said: Duration,
    message: Option<String>,
}

impl Labels {
    fn of<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Vec<Self> {
        let plans: Vec<&Plan> = plans.into_iter().collect();
        let is_several = plans.len() > 1;
        let name = |plan: &Plan| if is_several { plan.environment.to_string() } else { String::new() };
        plans.into_iter().map(|plan| Self { environment: name(plan), steps: labels::of(plan) }).collect()
    }

    fn about(&self, what: &str) -> String {
        if self.environment.is_empty() { what.to_owned() } else { format!("{}: {what}", self.environment) }
    }

    /// `addons.DATABASE`, `staging: addons.DATABASE`
    fn address(&self, step: usize) -> Option<String> {
        Some(self.about(&self.steps.get(step)?.address))
    }

    /// The same, distinct from all other steps at that address.
    fn name(&self, step: usize) -> Option<String> {
        Some(self.about(&self.steps.get(step)?.name()))
    }
}

impl Progress {
    /// For a terminal on standard error.
    #[must_use]
    pub fn on_terminal<'a>(plans: impl IntoIterator<Item = &'a Plan>, theme: Theme) -> Self {
        Self::drawn_on(ProgressDrawTarget::stderr(), Labels::of(plans), theme)
    }

    /// For a log.
    #[must_use]
    pub fn in_lines<'a>(plans: impl IntoIterator<Item = &'a Plan>, theme: Theme) -> Self {
        Self::on(Screen::Lines(BTreeMap::new()), Labels::of(plans), theme)
    }

    fn drawn_on(target: ProgressDrawTarget, labels: Vec<Labels>, theme: Theme) -> Self {
        let bars = Bars::new(target, &labels);
        Self::on(Screen::Terminal(bars), labels, theme)
    }

    fn on(screen: Screen, labels: Vec<Labels>, theme: Theme) -> Self {
        Self { running: vec![0; labels.len()], labels, theme, is_interrupted: false, screen }
    }

    /// Takes an event of an environment, by its place among all, that happened so long after the start; returns
    /// what to print below what is there.
    pub fn event(&mut self, environment: usize, event: &Event, now: Duration) -> Option<String> {
        let running = self.running.get_mut(environment)?;
        match event {
            Event::Started { .. } => *running += 1,
            Event::Done { .. } | Event::Failed { .. } => *running = running.saturating_sub(1),
            Event::Progress { .. } | Event::Output { .. } | Event::Skipped { .. } | Event::Stopping => {}
        }
        let said = self.said(environment, event);
        match &mut self.screen {
            Screen::Terminal(bars) => {
                bars.event(environment, event, &self.labels);
                self.print_above(said)
            }
            Screen::Lines(running) => {
                follow(running, environment, event, now);
                match event {
                    Event::Started { step } => self.started((environment, *step)),
                    Event::Progress { .. } => self.tick(now),
                    Event::Output { .. }
                    | Event::Done { .. }
                    | Event::Failed { .. }
                    | Event::Skipped { .. }
                    | Event::Stopping => said,
                }
            }
        }
    }

    /// Called from time to time: in lines, what has been silent for long says how it goes.
    pub fn tick(&mut self, now: Duration) -> Option<String> {
        let Screen::Lines(running) = &mut self.screen else { return None };
        let mut lines = Vec::new();
        for ((environment, step), running) in running {
            let Some(labels) = self.labels.get(*environment) else { continue };
            let (Some(label), Some(address)) = (labels.steps.get(*step), labels.address(*step)) else {
                continue;
            };
            if now.saturating_sub(running.said) >= HEARTBEAT {
                running.said = now;
                let message = running.message.as_deref().unwrap_or(&label.doing);
                let since = seconds(now.saturating_sub(running.since));
                lines.push(format!("{address}: {message} ({since})"));
            }
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The user asked to stop, all environments at once. Returns what to print below what is there.
    pub fn interrupted(&mut self) -> Option<String> {
        self.is_interrupted = true;
        let said = stopping(self.running.iter().sum());
        match &self.screen {
            Screen::Terminal(_) => self.print_above(Some(said)),
            Screen::Lines(_) => Some(said),
        }
    }

    /// Prints something else while nothing is drawn, so that it does not end up between redrawn lines.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.screen {
            Screen::Terminal(bars) => bars.above(print),
            Screen::Lines(_) => print(),
        }
    }

    /// Printed by the bars, so that it stays above them.
    fn print_above(&self, line: Option<String>) -> Option<String> {
        match (&self.screen, line) {
            (Screen::Terminal(bars), Some(line)) => {
                bars.print(&line);
                None
            }
            (_, line) => line,
        }
    }

    /// `addons.DATABASE: creating…`
    fn started(&self, (environment, step): Key) -> Option<String> {
        let labels = self.labels.get(environment)?;
        Some(format!("{}: {}…", labels.address(step)?, labels.steps.get(step)?.doing))
    }

    /// What is said of an event in either way.
    fn said(&self, environment: usize, event: &Event) -> Option<String> {
        let labels = self.labels.get(environment)?;
        match event {
            Event::Done { step, elapsed } => {
                let done = self.theme.paint(Label::Added, "done");
                Some(format!("{}: {done} ({})", labels.name(*step)?, seconds(*elapsed)))
            }
            Event::Failed { step, error, elapsed } => {
                let failed = match error.certainty {
                    Certainty::NotDone => self.theme.paint(Label::Error, "failed"),
                    Certainty::Unknown => self.theme.paint(Label::Error, "unknown"),
                };
                // What has more lines is shown whole in the report at the end.
                let error = error.to_string();
                let (name, error) = (labels.name(*step)?, clean(error.lines().next().unwrap_or_default()));
                Some(format!("{name}: {failed} ({}): {error}", seconds(*elapsed)))
            }
            Event::Output { step, line } => {
                let of = labels.steps.get(*step).filter(|_| !labels.environment.is_empty());
                let head = of.map_or(String::new(), |label| format!("{}: ", labels.about(&label.address)));
                Some(format!("{:OUTPUT$}{head}{}", "", clean(line)).trim_end().to_owned())
            }
            // After an interruption it was said once for all environments.
            Event::Stopping => {
                (!self.is_interrupted).then(|| labels.about(&stopping(self.running[environment])))
            }
            // A skipped step is listed once, in the report at the end.
            Event::Started { .. } | Event::Progress { .. } | Event::Skipped { .. } => None,
        }
    }
}

fn stopping(running: usize) -> String {
    match running {
        0 => "stopping: nothing new starts".to_owned(),
        running => format!(
            "stopping: nothing new starts, waiting for {}; Ctrl-C again stops at once",
            count(running, "running step")
        ),
    }
}

/// Remembers which steps run and what they said last.
fn follow(running: &mut BTreeMap<Key, Running>, environment: usize, event: &Event, now: Duration) {
    match event {
        Event::Started { step } => {
            running.insert((environment, *step), Running { since: now, said: now, message: None });
        }
        Event::Progress { step, message } => {
            if let Some(running) = running.get_mut(&(environment, *step)) {
                running.message = Some(clean(message));
            }
        }
        // What prints is not silent.
        Event::Output { step, .. } => {
            if let Some(running) = running.get_mut(&(environment, *step)) {
                running.said = now;
            }
        }
        Event::Done { step, .. } | Event::Failed { step, .. } => {
            running.remove(&(environment, *step));
        }
        Event::Skipped { .. } | Event::Stopping => {}
    }
}

#[cfg(test)]
mod tests;

//! What happens during an apply: lines that are redrawn on a terminal, plain lines elsewhere.
//!
//! Time comes in as an argument, so that what is said when is a table in a test.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::labels::{self, StepLabel};
use super::style::{Label, Theme};
use super::text::{clean, columns, count, seconds};
use crate::apply::Event;
use crate::cloud::Certainty;
use crate::plan::Plan;

/// In lines, a step that has said nothing for so long says how it goes: often enough for CI services that
/// end silent jobs, seldom enough for a log of a database that takes ten minutes.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a terminal is redrawn while nothing happens.
const REDRAW: Duration = Duration::from_millis(120);
/// Longer labels do not move the column of all others.
const WIDEST: usize = 40;

/// Turns events into lines.
#[derive(Debug)]
pub struct Progress {
    labels: Vec<StepLabel>,
    theme: Theme,
    running: usize,
    screen: Screen,
}

#[derive(Debug)]
enum Screen {
    /// One line a running step, redrawn with its elapsed time.
    Terminal(Bars),
    /// A line an event, and what each running step told last.
    Lines(BTreeMap<usize, Running>),
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    /// How many steps have ended, below all others.
    total: ProgressBar,
    steps: BTreeMap<usize, ProgressBar>,
    /// The width of the column of labels.
    column: usize,
}

#[derive(Debug)]
struct Running {
    since: Duration,
    said: Duration,
    message: Option<String>,
}

impl Progress {
    /// For a terminal on standard error.
    #[must_use]
    pub fn on_terminal(plan: &Plan, theme: Theme) -> Self {
        Self::drawn_on(ProgressDrawTarget::stderr(), labels::of(plan), theme)
    }

    /// For a log.
    #[must_use]
    pub fn in_lines(plan: &Plan, theme: Theme) -> Self {
        Self { labels: labels::of(plan), theme, running: 0, screen: Screen::Lines(BTreeMap::new()) }
    }

    fn drawn_on(target: ProgressDrawTarget, labels: Vec<StepLabel>, theme: Theme) -> Self {
        let bars = Bars::new(target, &labels);
        Self { labels, theme, running: 0, screen: Screen::Terminal(bars) }
    }

    /// Takes an event that happened so long after the start; returns what to print below what is there.
    pub fn event(&mut self, event: &Event, now: Duration) -> Option<String> {
        match event {
            Event::Started { .. } => self.running += 1,
            Event::Done { .. } | Event::Failed { .. } => self.running = self.running.saturating_sub(1),
            Event::Progress { .. } | Event::Skipped { .. } | Event::Stopping => {}
        }
        let said = self.said(event);
        match &mut self.screen {
            Screen::Terminal(bars) => {
                bars.event(event, &self.labels);
                // Printed by the bars, so that it stays above them; a terminal that is gone hears nothing.
                if let Some(line) = said {
                    let _ = bars.all.println(line);
                }
                None
            }
            Screen::Lines(running) => {
                follow(running, event, now);
                match event {
                    Event::Started { step } => self.labels.get(*step).map(started),
                    Event::Progress { .. } => self.tick(now),
                    Event::Done { .. } | Event::Failed { .. } | Event::Skipped { .. } | Event::Stopping => {
                        said
                    }
                }
            }
        }
    }

    /// Called from time to time: in lines, what has been silent for long says how it goes.
    pub fn tick(&mut self, now: Duration) -> Option<String> {
        let Screen::Lines(running) = &mut self.screen else { return None };
        let mut lines = Vec::new();
        for (step, running) in running {
            let Some(label) = self.labels.get(*step) else { continue };
            if now.saturating_sub(running.said) >= HEARTBEAT {
                running.said = now;
                let message = running.message.as_deref().unwrap_or(&label.doing);
                let since = seconds(now.saturating_sub(running.since));
                lines.push(format!("{}: {message} ({since})", label.address));
            }
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// What is said of an event in either way.
    fn said(&self, event: &Event) -> Option<String> {
        let name = |step: &usize| self.labels.get(*step).map(StepLabel::name);
        match event {
            Event::Done { step, elapsed } => {
                let done = self.theme.paint(Label::Added, "done");
                Some(format!("{}: {done} ({})", name(step)?, seconds(*elapsed)))
            }
            Event::Failed { step, error, elapsed } => {
                let failed = match error.certainty {
                    Certainty::NotDone => self.theme.paint(Label::Error, "failed"),
                    Certainty::Unknown => self.theme.paint(Label::Error, "unknown"),
                };
                Some(format!(
                    "{}: {failed} ({}): {}",
                    name(step)?,
                    seconds(*elapsed),
                    clean(&error.to_string())
                ))
            }
            Event::Stopping => Some(match self.running {
                0 => "stopping: nothing new starts".to_owned(),
                running => format!(
                    "stopping: nothing new starts, and {} to finish; Ctrl-C again ends at once",
                    count(running, "running step")
                ),
            }),
            // A skipped step is told once, in the report at the end.
            Event::Started { .. } | Event::Progress { .. } | Event::Skipped { .. } => None,
        }
    }
}

/// `addons.DATABASE: creating…`
fn started(label: &StepLabel) -> String {
    format!("{}: {}…", label.address, label.doing)
}

/// Remembers which steps run and what they told last.
fn follow(running: &mut BTreeMap<usize, Running>, event: &Event, now: Duration) {
    match event {
        Event::Started { step } => {
            running.insert(*step, Running { since: now, said: now, message: None });
        }
        Event::Progress { step, message } => {
            if let Some(running) = running.get_mut(step) {
                running.message = Some(clean(message));
            }
        }
        Event::Done { step, .. } | Event::Failed { step, .. } => {
            running.remove(step);
        }
        Event::Skipped { .. } | Event::Stopping => {}
    }
}

impl Bars {
    fn new(target: ProgressDrawTarget, labels: &[StepLabel]) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let total = all.add(ProgressBar::new(labels.len() as u64));
        total.set_style(style("  {pos} of {len} done  {spent}"));
        let widths = labels.iter().map(|label| columns(&label.address)).filter(|width| *width <= WIDEST);
        let column = widths.max().unwrap_or_default();
        Self { all, total, steps: BTreeMap::new(), column }
    }

    fn event(&mut self, event: &Event, labels: &[StepLabel]) {
        match event {
            Event::Started { step } => {
                let Some(label) = labels.get(*step) else { return };
                let bar = self.all.insert_before(&self.total, ProgressBar::new_spinner());
                bar.set_style(style("  {spinner} {prefix}  {msg}  {spent}"));
                bar.set_prefix(format!("{:1$}", label.address, self.column));
                bar.set_message(label.doing.clone());
                bar.enable_steady_tick(REDRAW);
                self.steps.insert(*step, bar);
            }
            Event::Progress { step, message } => {
                if let Some(bar) = self.steps.get(step) {
                    bar.set_message(clean(message));
                }
            }
            Event::Done { step, .. } => {
                self.total.inc(1);
                self.end(*step);
            }
            Event::Failed { step, .. } => self.end(*step),
            Event::Skipped { .. } | Event::Stopping => {}
        }
    }

    fn end(&mut self, step: usize) {
        if let Some(bar) = self.steps.remove(&step) {
            bar.finish_and_clear();
        }
        if self.steps.is_empty() {
            self.total.tick();
        }
    }
}

impl Drop for Bars {
    /// Leaves no half-drawn line above the report.
    fn drop(&mut self) {
        for bar in self.steps.values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let spent = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Writing into a line in memory cannot fail in a way that anyone could act on.
        let _ = out.write_str(&seconds(state.elapsed()));
    };
    ProgressStyle::with_template(template)
        .expect("the templates above are well-formed")
        .with_key("spent", spent)
}

#[cfg(test)]
mod tests;

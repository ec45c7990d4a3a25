//! What happens during an apply: lines that are redrawn on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::style::{Label, Theme};
use super::{report, seconds};
use crate::apply::Event;
use crate::plan::Plan;

/// On no terminal, a step that waits says so at most this often.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Turns events into lines.
pub struct Progress {
    labels: Vec<String>,
    theme: Theme,
    screen: Screen,
}

enum Screen {
    /// One line a running step, redrawn with its elapsed time.
    Terminal { all: MultiProgress, bars: BTreeMap<usize, ProgressBar> },
    /// A line an event, and what each running step told last.
    Lines { running: BTreeMap<usize, Running> },
}

struct Running {
    since: Duration,
    said: Duration,
    message: Option<String>,
}

impl Progress {
    /// For a terminal on standard error.
    #[must_use]
    pub fn on_terminal(plan: &Plan, theme: Theme) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { labels: report::labels(plan), theme, screen: Screen::Terminal { all, bars: BTreeMap::new() } }
    }

    /// For a log.
    #[must_use]
    pub fn in_lines(plan: &Plan, theme: Theme) -> Self {
        Self { labels: report::labels(plan), theme, screen: Screen::Lines { running: BTreeMap::new() } }
    }

    /// Takes an event that happened so long after the start; returns what to print below what is there.
    pub fn event(&mut self, event: &Event, now: Duration) -> Option<String> {
        let finished = self.finished(event);
        match &mut self.screen {
            Screen::Terminal { all, bars } => {
                redraw(all, bars, &self.labels, event);
                // Printed by the bars themselves, so that it stays above them.
                if let Some(line) = finished {
                    let _ = all.println(line);
                }
                None
            }
            Screen::Lines { running } => lines(running, &self.labels, event, now).or(finished),
        }
    }

    /// Called from time to time: on no terminal, what waits long says that it still does.
    pub fn tick(&mut self, now: Duration) -> Option<String> {
        let Screen::Lines { running } = &mut self.screen else { return None };
        let mut text = String::new();
        for (step, running) in
            running.iter_mut().filter(|(_, running)| now.saturating_sub(running.said) >= HEARTBEAT)
        {
            running.said = now;
            let message = running.message.as_deref().unwrap_or("still running");
            text.push_str(&format!("{}: {message} ({})\n", self.labels[*step], seconds(now - running.since)));
        }
        (!text.is_empty()).then(|| text.trim_end().to_owned())
    }

    fn finished(&self, event: &Event) -> Option<String> {
        match event {
            Event::Done { step, elapsed } => {
                let done = self.theme.paint(Label::Added, "done");
                Some(format!("{}: {done} ({})", self.labels[*step], seconds(*elapsed)))
            }
            Event::Failed { step, error, elapsed } => {
                let failed = self.theme.paint(Label::Error, "failed");
                Some(format!("{}: {failed} ({}): {error}", self.labels[*step], seconds(*elapsed)))
            }
            Event::Stopping => {
                Some("stopping: nothing new starts, what runs finishes; Ctrl-C again ends at once".to_owned())
            }
            Event::Started { .. } | Event::Progress { .. } | Event::Skipped { .. } => None,
        }
    }
}

fn redraw(all: &MultiProgress, bars: &mut BTreeMap<usize, ProgressBar>, labels: &[String], event: &Event) {
    match event {
        Event::Started { step } => {
            let style = ProgressStyle::with_template("  {spinner} {prefix}  {elapsed}  {msg}");
            let bar = all.add(ProgressBar::new_spinner());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(labels[*step].clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bars.insert(*step, bar);
        }
        Event::Progress { step, message } => {
            if let Some(bar) = bars.get(step) {
                bar.set_message(message.clone());
            }
        }
        Event::Done { step, .. } | Event::Failed { step, .. } => {
            if let Some(bar) = bars.remove(step) {
                bar.finish_and_clear();
            }
        }
        Event::Skipped { .. } | Event::Stopping => {}
    }
}

fn lines(
    running: &mut BTreeMap<usize, Running>,
    labels: &[String],
    event: &Event,
    now: Duration,
) -> Option<String> {
    match event {
        Event::Started { step } => {
            running.insert(*step, Running { since: now, said: now, message: None });
            None
        }
        Event::Progress { step, message } => {
            let running = running.get_mut(step)?;
            running.message = Some(message.clone());
            running.said = now;
            Some(format!("{}: {message} ({})", labels[*step], seconds(now - running.since)))
        }
        Event::Done { step, .. } | Event::Failed { step, .. } => {
            running.remove(step);
            None
        }
        Event::Skipped { .. } | Event::Stopping => None,
    }
}

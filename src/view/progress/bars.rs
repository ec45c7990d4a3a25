//! The lines of running steps on a terminal, redrawn as time goes by.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Key, Labels};
use crate::apply::Event;
use crate::view::text::{clean, columns, seconds};

/// How often a terminal is redrawn while nothing happens.
pub(super) const REDRAW: Duration = Duration::from_millis(120);
/// Longer labels do not move the column of all others.
const WIDEST: usize = 40;

#[derive(Debug)]
pub(super) struct Bars {
    all: MultiProgress,
    /// How many steps have ended, below all others.
    total: ProgressBar,
    steps: BTreeMap<Key, ProgressBar>,
    /// The width of the column of labels.
    column: usize,
}

impl Bars {
    pub(super) fn new(target: ProgressDrawTarget, labels: &[Labels]) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let number: usize = labels.iter().map(|labels| labels.steps.len()).sum();
        let total = all.add(ProgressBar::new(number as u64));
        total.set_style(style("  {pos} of {len} done  {spent}"));
        let addresses =
            labels.iter().flat_map(|labels| (0..labels.steps.len()).filter_map(|step| labels.address(step)));
        let widths = addresses.map(|address| columns(&address)).filter(|width| *width <= WIDEST);
        let column = widths.max().unwrap_or_default();
        Self { all, total, steps: BTreeMap::new(), column }
    }

    pub(super) fn event(&mut self, environment: usize, event: &Event, labels: &[Labels]) {
        match event {
            Event::Started { step } => {
                let Some(labels) = labels.get(environment) else { return };
                let (Some(label), Some(address)) = (labels.steps.get(*step), labels.address(*step)) else {
                    return;
                };
                let bar = self.all.insert_before(&self.total, ProgressBar::new_spinner());
                bar.set_style(style("  {spinner} {prefix}  {msg}  {spent}"));
                bar.set_prefix(format!("{address:0$}", self.column));
                bar.set_message(label.doing.clone());
                bar.enable_steady_tick(REDRAW);
                self.steps.insert((environment, *step), bar);
            }
            Event::Progress { step, message } => {
                if let Some(bar) = self.steps.get(&(environment, *step)) {
                    bar.set_message(clean(message));
                }
            }
            Event::Done { step, .. } => {
                self.total.inc(1);
                self.end((environment, *step));
            }
            Event::Failed { step, .. } => self.end((environment, *step)),
            // Printed above, as a line that stays.
            Event::Output { .. } | Event::Skipped { .. } | Event::Stopping => {}
        }
    }

    /// Prints a line above all that is drawn. A terminal that is gone hears nothing.
    pub(super) fn print(&self, line: &str) {
        let _ = self.all.println(line);
    }

    /// Does something while nothing is drawn.
    pub(super) fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        self.all.suspend(print)
    }

    fn end(&mut self, step: Key) {
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

pub(super) fn style(template: &str) -> ProgressStyle {
    let spent = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Writing into a line in memory cannot fail in a way that anyone could act on.
        let _ = out.write_str(&seconds(state.elapsed()));
    };
    ProgressStyle::with_template(template)
        .expect("the templates above are well-formed")
        .with_key("spent", spent)
}

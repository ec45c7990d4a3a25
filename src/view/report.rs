//! The end of an apply: what was done, and when something was not, every step as *done*, *not done* or
//! *unknown*.

use super::error::labelled;
use super::labels::{self, StepLabel};
use super::style::{Label, Theme};
use super::text::{clean, columns, count, seconds};
use crate::apply::{Outcome, Report};
use crate::plan::{Plan, Summary};
use crate::resource::Published;

/// Where the addresses of steps begin.
const INDENT: usize = 2;
/// Where what there is to say about one begins.
const INSIDE: usize = 6;
/// A longer address does not move the column of all others.
const WIDEST: usize = 40;

/// One line when everything is done, `Applied: 7 created, 1 updated, 0 deleted in 42 s, 21 calls.`, and below it the
/// values that the user needs now. Where there are several environments, the line says which one it is about.
#[must_use]
pub fn complete(plan: &Plan, report: &Report, is_one_of_several: bool, theme: Theme) -> String {
    let subject = is_one_of_several.then(|| plan.environment.as_str());
    let mut text = applied(subject, plan.summary(), report, theme);
    for Published { address, label, value } in &report.outputs {
        text.push_str(&format!("  {}\n      {}: {}\n", clean(address.as_str()), label.words, clean(value)));
    }
    text
}

fn applied(subject: Option<&str>, summary: Summary, report: &Report, theme: Theme) -> String {
    let Summary { create, update, replace, delete, unchanged: _ } = summary;
    let replaced = if replace > 0 { format!("{replace} replaced, ") } else { String::new() };
    let head = subject.map_or_else(|| "Applied:".to_owned(), |subject| format!("Applied {subject}:"));
    format!(
        "{} {create} created, {update} updated, {replaced}{delete} deleted in {}, {}.\n",
        theme.paint(Label::Heading, &head),
        seconds(report.elapsed),
        count(report.calls, "call")
    )
}

/// How many steps are done, not done and unknown: `2 done, 1 not done`.
#[must_use]
pub fn in_short(report: &Report) -> String {
    let of = |group| report.outcomes.iter().filter(|outcome| Group::of(outcome) == group).count();
    let counts = [Group::Done, Group::NotDone, Group::Unknown].map(|group| (of(group), group.word()));
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    counts.map(|(number, word)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

/// Every step with its outcome, and the way on.
#[must_use]
pub fn incomplete(plan: &Plan, report: &Report, theme: Theme) -> String {
    let after = plan.steps.iter().map(|step| step.after.clone()).collect();
    Ending { environment: plan.environment.as_str(), labels: labels::of(plan), after, report, theme }.text()
}

/// What became of an apply.
struct Ending<'a> {
    environment: &'a str,
    labels: Vec<StepLabel>,
    /// The prerequisites of each step.
    after: Vec<Vec<usize>>,
    report: &'a Report,
    theme: Theme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Done,
    NotDone,
    Unknown,
}

impl Group {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::NotDone(_) => Self::NotDone,
            Outcome::Unknown(_) => Self::Unknown,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotDone => "not done",
            Self::Unknown => "unknown",
        }
    }

    fn heading(self) -> (Label, &'static str) {
        match self {
            Self::Done => (Label::Added, "done"),
            Self::NotDone => (Label::Warning, "not done"),
            Self::Unknown => (Label::Error, "unknown (sent, but no answer seen)"),
        }
    }
}

impl Ending<'_> {
    fn text(&self) -> String {
        let groups = [Group::Done, Group::NotDone, Group::Unknown].map(|group| (group, self.steps(group)));
        let why = if self.report.stopped {
            "stopped before everything was done"
        } else {
            "not everything was done"
        };
        let mut text = labelled(
            Label::Error,
            "error:",
            &format!("{}: {why}: {}", self.environment, in_short(self.report)),
            self.theme,
        );
        for (group, steps) in groups.iter().filter(|(_, steps)| !steps.is_empty()) {
            let (label, heading) = group.heading();
            text.extend(["\n", &self.theme.paint(label, heading), "\n"]);
            text.extend(steps.iter().map(|step| self.line(*step)));
        }
        text.push('\n');
        text.push_str(&labelled(Label::Hint, "hint:", self.way_on(), self.theme));
        text
    }

    /// Only what may pass by itself is to be tried again as it is.
    fn way_on(&self) -> &'static str {
        let failed = self.report.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::NotDone(error) => error.as_ref(),
            Outcome::Unknown(error) => Some(error),
            Outcome::Done => None,
        });
        let (passing, staying): (Vec<_>, Vec<_>) = failed.partition(|error| error.may_pass());
        match (passing.is_empty(), staying.is_empty()) {
            (_, true) => {
                "run the same command again: it looks at what is there first, and does only what is left"
            }
            (true, false) => {
                "this does not resolve itself: fix what the errors name; the next run looks at what is there first, and does only what is left"
            }
            (false, false) => {
                "not all of this resolves itself: fix what the errors name; the next run looks at what is there first, and does only what is left"
            }
        }
    }

    fn steps(&self, group: Group) -> Vec<usize> {
        let outcomes = self.report.outcomes.iter().enumerate().take(self.labels.len());
        outcomes.filter(|(_, outcome)| Group::of(outcome) == group).map(|(step, _)| step).collect()
    }

    /// A step, what it does, and why it was not done.
    fn line(&self, step: usize) -> String {
        let label = &self.labels[step];
        let widths = self.labels.iter().map(|label| columns(&label.address)).filter(|width| *width <= WIDEST);
        let column = widths.max().unwrap_or_default();
        let mut text = format!("{:INDENT$}{:column$}  {}", "", label.address, label.does);
        match &self.report.outcomes[step] {
            Outcome::Done => {}
            Outcome::NotDone(None) => text.push_str(&self.why_not_started(step)),
            Outcome::NotDone(Some(error)) | Outcome::Unknown(error) => {
                text.push('\n');
                text.push_str(&indented(&labelled(Label::Error, "error:", &error.to_string(), self.theme)));
                let spared = label.spared_by.map(|option| format!("`{option}` goes on without it"));
                for hint in error.hint().into_iter().chain(spared) {
                    text.push_str(&indented(&labelled(Label::Hint, "hint:", &hint, self.theme)));
                }
                return text;
            }
        }
        text.push('\n');
        text
    }

    /// ` (needs addons.DATABASE)`: the steps whose failure kept this one from starting.
    fn why_not_started(&self, step: usize) -> String {
        let mut causes = Vec::new();
        let mut left = self.after[step].clone();
        let mut seen = left.clone();
        while let Some(earlier) = left.pop() {
            match &self.report.outcomes[earlier] {
                Outcome::NotDone(Some(_)) | Outcome::Unknown(_) => causes.push(earlier),
                Outcome::NotDone(None) => {
                    let new: Vec<usize> =
                        self.after[earlier].iter().copied().filter(|step| !seen.contains(step)).collect();
                    seen.extend(&new);
                    left.extend(new);
                }
                Outcome::Done => {}
            }
        }
        causes.sort_unstable();
        let mut names: Vec<&str> = causes.iter().map(|step| self.labels[*step].address.as_str()).collect();
        names.dedup();
        if names.is_empty() { String::new() } else { format!(" (needs {})", super::text::listed(&names)) }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("{:INSIDE$}{line}\n", "")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests;

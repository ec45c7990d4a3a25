//! The last line of a plan, and of several: what it comes to, and what it took to look.

use super::sheet::Sheet;
use super::style::Label;
use super::text::{count, money, seconds};
use super::{Looking, Options};
use crate::plan::{Plan, Summary};

/// `Plan: 7 to create, 1 to update, 0 to delete. 2 releases, 1 restart. +$50.00/month. 31 unchanged, …`
pub(super) fn last_line(sheet: &Sheet<'_>, looking: Looking, options: &Options) -> String {
    let (head, mut sentences) = parts(sheet);
    let (calls, elapsed) = (count(looking.calls, "call"), seconds(looking.elapsed));
    sentences.push(format!("{} unchanged, {calls}, {elapsed}.", sheet.summary.unchanged));
    together(head, &sentences, options)
}

/// The same without what it took to look, sentence by sentence.
pub(super) fn sentences(sheet: &Sheet<'_>) -> Vec<String> {
    let (head, mut sentences) = parts(sheet);
    sentences.insert(0, head.to_owned());
    sentences.push(format!("{} unchanged.", sheet.summary.unchanged));
    sentences
}

/// What several plans come to together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    environments: usize,
    failed: usize,
    summary: Summary,
    blocked: usize,
}

impl Total {
    /// One more environment, with its plan if there is one.
    pub fn add(&mut self, plan: Option<&Plan>) {
        self.environments += 1;
        let Some(plan) = plan else {
            self.failed += 1;
            return;
        };
        let Summary { create, update, replace, delete, unchanged } = plan.summary();
        self.summary.create += create;
        self.summary.update += update;
        self.summary.replace += replace;
        self.summary.delete += delete;
        self.summary.unchanged += unchanged;
        self.blocked += plan.blocked.len();
    }

    /// Whether each plan's own last line does not say it all.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        self.environments > 1
    }

    /// `2 environments: 3 to create, 0 to update, 0 to replace, 0 to delete, 0 blocked. 1 of 2 failed.`
    #[must_use]
    pub fn line(&self) -> String {
        let Self { environments, failed, summary, blocked } = *self;
        let Summary { create, update, replace, delete, unchanged: _ } = summary;
        let failed = if failed > 0 { format!(" {failed} of {environments} failed.") } else { String::new() };
        format!(
            "{}: {create} to create, {update} to update, {replace} to replace, {delete} to delete, {blocked} blocked.{failed}\n",
            count(environments, "environment"),
        )
    }
}

fn parts(sheet: &Sheet<'_>) -> (&'static str, Vec<String>) {
    let (head, mut sentences) = if sheet.entries.is_empty() {
        ("No changes.", nothing_to_do(sheet))
    } else {
        ("Plan:", what_happens(sheet))
    };
    if !sheet.blocked.is_empty() {
        sentences.push(format!("{} blocked, so nothing is applied.", sheet.blocked.len()));
    }
    if !sheet.refused.is_empty() {
        sentences.push("Refused, so nothing is applied.".to_owned());
    }
    (head, sentences)
}

fn what_happens(sheet: &Sheet<'_>) -> Vec<String> {
    let Summary { create, update, replace, delete, unchanged: _ } = sheet.summary;
    let replaced = if replace > 0 { format!("{replace} to replace, ") } else { String::new() };
    let mut sentences =
        vec![format!("{create} to create, {update} to update, {replaced}{delete} to delete.")];
    let effects: Vec<String> = [(u64::from(sheet.releases), "release"), (sheet.restarts as u64, "restart")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    if !effects.is_empty() {
        sentences.push(format!("{}.", effects.join(", ")));
    }
    let delta = sheet.cost_delta();
    if delta != 0 {
        sentences.push(format!("{}/month.", money(delta)));
    }
    sentences
}

fn nothing_to_do(sheet: &Sheet<'_>) -> Vec<String> {
    let environment = sheet.environment;
    match (sheet.blocked.is_empty(), sheet.deferred.len()) {
        (true, 0) => vec![format!("{environment} matches environments/{environment}.yaml.")],
        (true, deferred) => vec![format!("{deferred} deferred to a later apply.")],
        (false, _) => Vec::new(),
    }
}

/// One line, whatever the width: logs and programs look for it as the last one.
fn together(head: &str, sentences: &[String], options: &Options) -> String {
    format!("{} {}\n", options.theme.paint(Label::Heading, head), sentences.join(" "))
}

//! Effects in words, and the last line of a plan.

use super::human::cost;
use super::style::{Label, Theme};
use super::{Looking, count, seconds};
use crate::plan::{Entry, Plan};

/// What a block causes: `1 release, restarts web and worker, +$50.00/month`.
pub(super) fn effects(entries: &[&Entry]) -> String {
    let mut parts: Vec<String> = Vec::new();
    // The entries of a shared block come from one step, so its effects count once.
    let releases = entries.iter().map(|entry| entry.effects.releases).max().unwrap_or_default();
    let restarts = entries.iter().map(|entry| &entry.effects.restarts).max_by_key(|restarts| restarts.len());
    parts.extend(entries.iter().filter_map(|entry| cost(entry)).reduce(|sum, more| format!("{sum}, {more}")));
    if releases > 0 {
        parts.push(count(releases, "release"));
    }
    if let Some(restarts) = restarts.filter(|restarts| !restarts.is_empty()) {
        parts.push(format!("restarts {}", listed(restarts)));
    }
    for note in entries.iter().flat_map(|entry| &entry.effects.notes) {
        if !parts.contains(note) {
            parts.push(note.clone());
        }
    }
    parts.join(", ")
}

/// `web`, `web and worker`, `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `+$50.00`, `-$25.00`.
pub(super) fn money(cents: i64) -> String {
    let sign = if cents < 0 { '-' } else { '+' };
    format!("{sign}${}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// `Plan: 7 to create, 1 to update, 0 to delete. …`
pub(super) fn last_line(plan: &Plan, looking: Looking, theme: Theme) -> String {
    let summary = plan.summary();
    let looked = format!(
        "{} unchanged, {}, {}.",
        summary.unchanged,
        count(looking.calls, "call"),
        seconds(looking.elapsed)
    );
    if plan.steps.is_empty() {
        let said = if plan.blocked.is_empty() { "No changes." } else { "Nothing can be changed." };
        return format!("{} {looked}", theme.paint(Label::Heading, said));
    }
    let replaced =
        if summary.replace > 0 { format!("{} to replace, ", summary.replace) } else { String::new() };
    let mut parts = vec![format!(
        "{} to create, {} to update, {replaced}{} to delete.",
        summary.create, summary.update, summary.delete
    )];
    let (releases, restarts) = plan.effects();
    if releases > 0 {
        parts.push(format!("{}, {}.", count(releases, "release"), count(restarts as u64, "restart")));
    } else if restarts > 0 {
        parts.push(format!("{}.", count(restarts as u64, "restart")));
    }
    let delta: i64 =
        plan.entries().iter().filter_map(|entry| entry.cost).map(crate::resource::Cost::delta).sum();
    if delta != 0 {
        parts.push(format!("{}/month.", money(delta)));
    }
    format!("{} {} {looked}", theme.paint(Label::Heading, "Plan:"), parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_a_sign_and_cents() {
        assert_eq!(money(5000), "+$50.00");
        assert_eq!(money(-705), "-$7.05");
    }

    #[test]
    fn names_are_listed_as_people_do() {
        let names = ["web", "worker", "release"].map(str::to_owned);
        assert_eq!(listed(&names[..1]), "web");
        assert_eq!(listed(&names[..2]), "web and worker");
        assert_eq!(listed(&names), "web, worker and release");
    }
}

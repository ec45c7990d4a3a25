//! The events of an apply for programs: one JSON object a line, in a form that is documented in docs/guide.md
//! and stays.
//!
//! Time comes in as an argument. What must not live here: the file, and anything that a plan hides.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::labels::{self, StepLabel};
use crate::apply::Event;
use crate::cloud::{Certainty, CloudError};
use crate::plan::{Plan, Summary};
use crate::resource::{Action, Address, Operation};

/// The version of this form. Keys and types may be added within a major version; none goes or changes its meaning.
const FORMAT_VERSION: &str = "1.0";

/// Turns the events of one environment's apply into lines, and counts.
#[derive(Debug)]
pub struct Journal {
    environment: String,
    summary: Summary,
    steps: Vec<Step>,
    done: usize,
    unknown: usize,
}

/// What every line about a step says of it.
#[derive(Debug, Serialize, JsonSchema)]
struct Step {
    /// Its place in the plan, from 1: several steps may work at one address.
    #[serde(rename = "step")]
    number: usize,
    addresses: Vec<Address>,
    action: Action,
    /// In words: `set cors`.
    does: String,
}

/// How an apply ended, as its last line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The exit code that this environment alone would give.
    pub exit_code: u8,
    /// Requests that were sent, retries included.
    pub calls: u64,
    /// How long it took.
    pub elapsed: std::time::Duration,
}

/// A line of `apply --events`.
#[derive(Serialize, JsonSchema)]
pub(super) struct Line<'a> {
    #[schemars(extend("format" = "date-time"))]
    time: String,
    environment: &'a str,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Body<'a> {
    Plan {
        format_version: &'static str,
        summary: Summary,
        steps: usize,
    },
    Started {
        #[serde(flatten)]
        step: &'a Step,
    },
    Progress {
        #[serde(flatten)]
        step: &'a Step,
        message: &'a str,
    },
    /// A line that something printed which the step started.
    Output {
        #[serde(flatten)]
        step: &'a Step,
        line: &'a str,
    },
    Done {
        #[serde(flatten)]
        step: &'a Step,
        seconds: f64,
    },
    Failed {
        #[serde(flatten)]
        step: &'a Step,
        seconds: f64,
        #[serde(flatten)]
        failure: Failure<'a>,
    },
    Skipped {
        #[serde(flatten)]
        step: &'a Step,
        because: &'static str,
        failed_step: Option<usize>,
    },
    Stopping {},
    Finished {
        done: usize,
        not_done: usize,
        unknown: usize,
        exit_code: u8,
        calls: u64,
        seconds: f64,
    },
}

#[derive(Serialize, JsonSchema)]
struct Failure<'a> {
    error: String,
    service: String,
    operation: &'a str,
    status: Option<u16>,
    id: Option<&'a str>,
    request_id: Option<&'a str>,
    certainty: &'static str,
    hint: Option<String>,
}

impl Journal {
    /// For the apply of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let labels = labels::of(plan);
        let steps = plan.steps.iter().zip(labels).enumerate();
        Self {
            environment: plan.environment.to_string(),
            summary: plan.summary(),
            steps: steps.map(|(index, (step, label))| Step::of(index + 1, step, label)).collect(),
            done: 0,
            unknown: 0,
        }
    }

    /// The first line: what is about to be done.
    #[must_use]
    pub fn plan(&self, now: OffsetDateTime) -> String {
        let body =
            Body::Plan { format_version: FORMAT_VERSION, summary: self.summary, steps: self.steps.len() };
        self.line(now, body)
    }

    /// The line of an event; `None` for a step that is not in the plan.
    pub fn event(&mut self, event: &Event, now: OffsetDateTime) -> Option<String> {
        match event {
            Event::Done { .. } => self.done += 1,
            Event::Failed { error, .. } => self.unknown += usize::from(error.certainty == Certainty::Unknown),
            Event::Started { .. }
            | Event::Progress { .. }
            | Event::Output { .. }
            | Event::Skipped { .. }
            | Event::Stopping => {}
        }
        Some(self.line(now, self.body(event)?))
    }

    fn body<'a>(&'a self, event: &'a Event) -> Option<Body<'a>> {
        let step = |index: &usize| self.steps.get(*index);
        Some(match event {
            Event::Started { step: index } => Body::Started { step: step(index)? },
            Event::Progress { step: index, message } => Body::Progress { step: step(index)?, message },
            Event::Output { step: index, line } => Body::Output { step: step(index)?, line },
            Event::Done { step: index, elapsed } => {
                Body::Done { step: step(index)?, seconds: seconds(*elapsed) }
            }
            Event::Failed { step: index, error, elapsed } => {
                Body::Failed { step: step(index)?, seconds: seconds(*elapsed), failure: Failure::of(error) }
            }
            Event::Skipped { step: index, because } => Body::Skipped {
                step: step(index)?,
                because: if because.is_some() { "failure" } else { "stop" },
                failed_step: because.map(|failed| failed + 1),
            },
            Event::Stopping => Body::Stopping {},
        })
    }

    /// The last line: how it ended.
    #[must_use]
    pub fn finished(&self, ending: Ending, now: OffsetDateTime) -> String {
        let Ending { exit_code, calls, elapsed } = ending;
        let Self { done, unknown, .. } = *self;
        let not_done = self.steps.len().saturating_sub(done + unknown);
        let seconds = seconds(elapsed);
        self.line(now, Body::Finished { done, not_done, unknown, exit_code, calls, seconds })
    }

    fn line(&self, now: OffsetDateTime, body: Body<'_>) -> String {
        let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
        let time = now.to_offset(time::UtcOffset::UTC).format(&Rfc3339);
        let line = Line {
            time: time.expect("the years of this program have four digits"),
            environment: &self.environment,
            body,
        };
        format!("{}\n", serde_json::to_string(&line).expect("a line is plain data with text keys"))
    }
}

impl Step {
    fn of(number: usize, step: &crate::plan::Step, label: StepLabel) -> Self {
        let rows = step.change.describe();
        let mut actions: Vec<Action> = rows.iter().map(|row| row.action).collect();
        actions.dedup();
        Self {
            number,
            // A step that sets some and removes others updates what they are parts of.
            action: if let [one] = actions.as_slice() { *one } else { Action::Update },
            addresses: rows.into_iter().map(|row| row.address).collect(),
            does: label.does,
        }
    }
}

impl<'a> Failure<'a> {
    fn of(error: &'a CloudError) -> Self {
        Self {
            error: error.to_string(),
            service: error.service.to_string(),
            operation: &error.operation,
            status: error.status,
            id: error.id.as_deref(),
            request_id: error.request_id.as_deref(),
            certainty: match error.certainty {
                Certainty::NotDone => "not_done",
                Certainty::Unknown => "unknown",
            },
            hint: error.hint(),
        }
    }
}

/// With milliseconds, which is as exact as anyone can use.
fn seconds(elapsed: std::time::Duration) -> f64 {
    (elapsed.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{failure, planned};
    use super::*;
    use crate::cloud::ErrorKind;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00:00.123456 UTC);

    fn lines(events: &[Event], exit_code: u8) -> String {
        let mut journal = Journal::of(&planned());
        let mut text = journal.plan(NOW);
        text.extend(events.iter().filter_map(|event| journal.event(event, NOW)));
        let elapsed = Duration::from_millis(4200);
        text + &journal.finished(Ending { exit_code, calls: 21, elapsed }, NOW)
    }

    #[test]
    fn every_event_is_a_line_of_the_documented_form() {
        let error = failure(ErrorKind::Invalid, Certainty::NotDone, "no\nsuch \"plan\"");
        let elapsed = Duration::from_millis(1500);
        insta::assert_snapshot!(lines(&[
            Event::Started { step: 0 },
            Event::Progress { step: 0, message: "nearly\nthere".to_owned() },
            Event::Done { step: 0, elapsed },
            Event::Failed { step: 1, error, elapsed },
            Event::Skipped { step: 2, because: Some(1) },
            Event::Stopping,
            Event::Skipped { step: 3, because: None },
        ], 1), @r#"
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"plan","format_version":"1.0","summary":{"create":9,"update":0,"replace":0,"delete":0,"unchanged":0},"steps":11}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"started","step":1,"addresses":["app"],"action":"create","does":"create"}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"progress","step":1,"addresses":["app"],"action":"create","does":"create","message":"nearly\nthere"}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"done","step":1,"addresses":["app"],"action":"create","does":"create","seconds":1.5}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"failed","step":2,"addresses":["iam_users.app"],"action":"create","does":"create","seconds":1.5,"error":"`POST /apps/ledger-production/addons` failed on api.heroku.com: no\nsuch \"plan\" (422, invalid_params, request 0b7c)","service":"api.heroku.com","operation":"POST /apps/ledger-production/addons","status":422,"id":"invalid_params","request_id":"0b7c","certainty":"not_done","hint":"Heroku will refuse this again as it is: do what its words ask for, or change the spec"}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"skipped","step":3,"addresses":["iam_users.app.policy"],"action":"create","does":"create","because":"failure","failed_step":2}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"stopping"}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"skipped","step":4,"addresses":["buckets.uploads"],"action":"create","does":"create","because":"stop","failed_step":null}
        {"time":"2026-11-23T12:00:00.123Z","environment":"production","type":"finished","done":1,"not_done":10,"unknown":0,"exit_code":1,"calls":21,"seconds":4.2}
        "#);
    }

    #[test]
    fn what_was_sent_without_an_answer_is_counted_apart() {
        let unanswered = failure(ErrorKind::TimedOut, Certainty::Unknown, "no answer");
        let events = [Event::Failed { step: 0, error: unanswered, elapsed: Duration::ZERO }];
        let text = lines(&events, 1);
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let steps = planned().steps.len();
        assert_eq!((&last["unknown"], &last["done"]), (&1.into(), &0.into()));
        assert_eq!(last["not_done"], steps - 1);
    }

    #[test]
    fn a_step_that_is_not_in_the_plan_has_no_line() {
        assert_eq!(Journal::of(&planned()).event(&Event::Started { step: 999 }, NOW), None);
    }
}

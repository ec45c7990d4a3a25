//! What is said when, in lines and on a terminal.

#![cfg(test)]

use std::io;
use std::sync::{Arc, Mutex};

use indicatif::TermLike;

use super::super::testing::{failure, planned};
use super::*;
use crate::cloud::ErrorKind;
use crate::resource::{Action, Row, addon, config};

fn steps() -> Vec<Labels> {
    vec![Labels { environment: String::new(), steps: step_labels() }]
}

fn step_labels() -> Vec<StepLabel> {
    let addon = Row::new(addon::SECTION.address(&"DATABASE"), Action::Create);
    let var = |name: &str| Row::new(config::SECTION.address(&name), Action::Create);
    labels::of_rows(&[vec![addon], vec![var("A"), var("B"), var("C"), var("D")]])
}

fn in_lines() -> Progress {
    Progress::on(Screen::Lines(BTreeMap::new()), steps(), Theme::Plain)
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn update(step: usize, message: &str) -> Event {
    Event::Progress { step, message: message.to_owned() }
}

/// Everything that is said, given events and ticks (`None`) at their seconds.
fn said(progress: &mut Progress, events: &[(u64, Option<Event>)]) -> Vec<String> {
    let say = |(now, event): &(u64, Option<Event>)| match event {
        Some(event) => progress.event(0, event, at(*now)),
        None => progress.tick(at(*now)),
    };
    events.iter().filter_map(say).collect()
}

#[test]
fn a_log_says_what_begins_what_lasts_and_what_ends() {
    let events = [
        (0, Some(Event::Started { step: 0 })),
        (0, Some(Event::Started { step: 1 })),
        (1, Some(Event::Done { step: 1, elapsed: Duration::from_millis(900) })),
        (5, Some(update(0, "provisioning"))),
        (14, None),
        (15, None),
        (16, None),
        (30, Some(update(0, "installing extensions"))),
        (42, Some(Event::Done { step: 0, elapsed: at(42) })),
        (60, None),
    ];
    assert_eq!(
        said(&mut in_lines(), &events),
        [
            "addons.DATABASE: creating…",
            "config: setting 4 vars…",
            "config: done (0.9 s)",
            "addons.DATABASE: provisioning (15 s)",
            "addons.DATABASE: installing extensions (30 s)",
            "addons.DATABASE: done (42 s)",
        ]
    );
}

#[test]
fn a_step_that_says_nothing_still_has_a_heartbeat() {
    let events = [(0, Some(Event::Started { step: 0 })), (20, None), (34, None), (35, None)];
    assert_eq!(
        said(&mut in_lines(), &events)[1..],
        ["addons.DATABASE: creating (20 s)", "addons.DATABASE: creating (35 s)"]
    );
}

#[test]
fn a_failure_says_why_and_whether_it_may_have_happened() {
    let failed = |certainty| Event::Failed {
        step: 0,
        error: failure(ErrorKind::TimedOut, certainty, "no answer in 30 s\u{1b}[2J"),
        elapsed: at(31),
    };
    let progress = in_lines();
    let refused = progress.said(0, &failed(Certainty::NotDone)).unwrap();
    assert!(
        refused.starts_with("addons.DATABASE: failed (31 s): api.heroku.com did not answer"),
        "{refused}"
    );
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
    assert!(
        progress.said(0, &failed(Certainty::Unknown)).unwrap().starts_with("addons.DATABASE: unknown (31 s)")
    );
}

#[test]
fn a_stop_says_how_much_is_still_to_finish() {
    let mut progress = in_lines();
    assert_eq!(progress.said(0, &Event::Stopping).unwrap(), "stopping: nothing new starts");
    progress.event(0, &Event::Started { step: 0 }, at(0));
    assert_eq!(
        progress.event(0, &Event::Stopping, at(1)).unwrap(),
        "stopping: nothing new starts, waiting for 1 running step; Ctrl-C again stops at once"
    );
}

#[test]
fn every_step_of_a_real_plan_has_a_name_of_its_own() {
    let plan = planned();
    let labels = labels::of(&plan);
    assert_eq!(labels.len(), plan.steps.len());
    let mut names: Vec<String> = labels.iter().map(StepLabel::name).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
}

/// A terminal that keeps what is written, without the moves of the cursor.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Recorder {
    fn written(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }
}

impl TermLike for Recorder {
    fn width(&self) -> u16 {
        80
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        self.add(&format!("{text}\n"));
        Ok(())
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.add(text);
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_shows_running_steps_and_keeps_what_is_done_above_them() {
    let terminal = Recorder::default();
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let mut progress = Progress::drawn_on(target, steps(), Theme::Plain);
    assert_eq!(progress.event(0, &Event::Started { step: 0 }, at(0)), None, "the bars print by themselves");
    progress.event(0, &Event::Started { step: 1 }, at(0));
    progress.event(0, &update(0, "provisioning"), at(1));
    assert_eq!(progress.tick(at(20)), None);
    progress.event(0, &Event::Done { step: 1, elapsed: at(2) }, at(2));
    let written = terminal.written();
    assert!(written.contains("addons.DATABASE  creating"), "{written}");
    assert!(written.contains("config           setting 4 vars"), "{written}");
    assert!(written.contains("addons.DATABASE  provisioning"), "{written}");
    assert!(written.contains("config: done (2.0 s)"), "{written}");
    assert!(written.contains("1 of 2 done"), "{written}");
}

/// Two environments with the same steps.
fn two() -> Vec<Labels> {
    let labels = |environment: &str| Labels { environment: environment.to_owned(), steps: step_labels() };
    vec![labels("production"), labels("staging")]
}

#[test]
fn of_several_environments_each_line_says_which_one_it_is_about() {
    let mut progress = Progress::on(Screen::Lines(BTreeMap::new()), two(), Theme::Plain);
    let mut say = |environment, event: Event, now| progress.event(environment, &event, at(now));
    assert_eq!(say(0, Event::Started { step: 1 }, 0).unwrap(), "production: config: setting 4 vars…");
    assert_eq!(say(1, Event::Started { step: 1 }, 0).unwrap(), "staging: config: setting 4 vars…");
    let done = Event::Done { step: 1, elapsed: at(2) };
    assert_eq!(say(0, done, 2).unwrap(), "production: config: done (2.0 s)");
    assert_eq!(progress.tick(at(20)).unwrap(), "staging: config: setting 4 vars (20 s)");
}

#[test]
fn an_interruption_is_said_once_for_all_and_a_lost_lock_for_its_environment() {
    let mut progress = Progress::on(Screen::Lines(BTreeMap::new()), two(), Theme::Plain);
    progress.event(0, &Event::Started { step: 1 }, at(0));
    let alone = progress.event(1, &Event::Stopping, at(1)).unwrap();
    assert_eq!(alone, "staging: stopping: nothing new starts", "the step that runs is another's");
    let all = progress.interrupted().unwrap();
    assert!(all.starts_with("stopping: nothing new starts, waiting for 1 running step"), "{all}");
    assert_eq!(progress.event(0, &Event::Stopping, at(1)), None);
}

#[test]
fn a_terminal_shows_the_steps_of_all_environments_and_counts_them_together() {
    let terminal = Recorder::default();
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let mut progress = Progress::drawn_on(target, two(), Theme::Plain);
    progress.event(0, &Event::Started { step: 0 }, at(0));
    progress.event(1, &Event::Started { step: 1 }, at(0));
    progress.event(1, &Event::Done { step: 1, elapsed: at(2) }, at(2));
    progress.above(|| terminal.add("a report\n"));
    let written = terminal.written();
    for line in [
        "production: addons.DATABASE  creating",
        "staging: config              setting 4 vars",
        "staging: config: done (2.0 s)",
        "1 of 4 done",
        "a report",
    ] {
        assert!(written.contains(line), "no {line} in {written}");
    }
}

#[test]
fn what_a_step_prints_is_passed_on_and_counts_as_a_word_from_it() {
    let line = |line: &str| Some(Event::Output { step: 0, line: line.to_owned() });
    let events = [
        (0, Some(Event::Started { step: 0 })),
        (10, line("       Installing gems")),
        (20, None),
        (21, line("")),
        (22, line("odd \u{1b}[31m")),
    ];
    assert_eq!(
        said(&mut in_lines(), &events)[1..],
        ["         Installing gems", "", r"  odd \u{1b}[31m"],
        "and no heartbeat at 20 s"
    );
}

#[test]
fn a_failure_of_several_lines_is_told_by_its_first_one() {
    let error = failure(ErrorKind::Invalid, Certainty::NotDone, "the build failed\nlast line");
    let events =
        [(0, Some(Event::Started { step: 0 })), (1, Some(Event::Failed { step: 0, error, elapsed: at(1) }))];
    let said = said(&mut in_lines(), &events);
    assert!(said[1].ends_with("the build failed"), "{said:?}");
}

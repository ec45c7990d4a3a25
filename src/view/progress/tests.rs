//! What is said when, in lines and on a terminal.

use std::io;
use std::sync::{Arc, Mutex};

use indicatif::TermLike;

use super::super::testing::{failure, planned};
use super::*;
use crate::cloud::ErrorKind;
use crate::resource::{Action, Row, addon, config};

fn steps() -> Vec<StepLabel> {
    let addon = Row::new(addon::SECTION.address(&"DATABASE"), Action::Create);
    let var = |name: &str| Row::new(config::SECTION.address(&name), Action::Create);
    labels::of_rows(&[vec![addon], vec![var("A"), var("B"), var("C"), var("D")]])
}

fn in_lines() -> Progress {
    Progress { labels: steps(), theme: Theme::Plain, running: 0, screen: Screen::Lines(BTreeMap::new()) }
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn told(step: usize, message: &str) -> Event {
    Event::Progress { step, message: message.to_owned() }
}

/// Everything that is said, given events and ticks (`None`) at their seconds.
fn said(progress: &mut Progress, events: &[(u64, Option<Event>)]) -> Vec<String> {
    let say = |(now, event): &(u64, Option<Event>)| match event {
        Some(event) => progress.event(event, at(*now)),
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
        (5, Some(told(0, "provisioning"))),
        (14, None),
        (15, None),
        (16, None),
        (30, Some(told(0, "installing extensions"))),
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
fn a_step_that_tells_nothing_still_has_a_heartbeat() {
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
    let refused = progress.said(&failed(Certainty::NotDone)).unwrap();
    assert!(
        refused.starts_with("addons.DATABASE: failed (31 s): api.heroku.com did not answer"),
        "{refused}"
    );
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
    assert!(
        progress.said(&failed(Certainty::Unknown)).unwrap().starts_with("addons.DATABASE: unknown (31 s)")
    );
}

#[test]
fn a_stop_says_how_much_is_still_to_finish() {
    let mut progress = in_lines();
    assert_eq!(progress.said(&Event::Stopping).unwrap(), "stopping: nothing new starts");
    progress.event(&Event::Started { step: 0 }, at(0));
    assert_eq!(
        progress.event(&Event::Stopping, at(1)).unwrap(),
        "stopping: nothing new starts, and 1 running step to finish; Ctrl-C again ends at once"
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
    assert_eq!(progress.event(&Event::Started { step: 0 }, at(0)), None, "the bars print by themselves");
    progress.event(&Event::Started { step: 1 }, at(0));
    progress.event(&told(0, "provisioning"), at(1));
    assert_eq!(progress.tick(at(20)), None);
    progress.event(&Event::Done { step: 1, elapsed: at(2) }, at(2));
    let written = terminal.written();
    assert!(written.contains("addons.DATABASE  creating"), "{written}");
    assert!(written.contains("config           setting 4 vars"), "{written}");
    assert!(written.contains("addons.DATABASE  provisioning"), "{written}");
    assert!(written.contains("config: done (2.0 s)"), "{written}");
    assert!(written.contains("1 of 2 done"), "{written}");
}

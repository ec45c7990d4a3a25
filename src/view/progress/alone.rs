//! How one thing goes that takes a while and is no step of a plan: a line that is redrawn on a terminal, and elsewhere one
//! at its beginning and from time to time.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::HEARTBEAT;
use super::bars::{REDRAW, style};
use crate::view::text::{clean, seconds};

/// What is done, and where it is shown.
#[derive(Debug)]
pub struct Alone {
    /// Of what: `addons.DATABASE.backup`.
    address: String,
    screen: Screen,
}

#[derive(Debug)]
enum Screen {
    Terminal(ProgressBar),
    /// When it was said last how it goes.
    Lines(Duration),
}

impl Alone {
    /// On a terminal, which is standard error, or in lines; and what to print as it begins.
    #[must_use]
    pub fn begin(address: &str, doing: &str, is_on_terminal: bool) -> (Self, Option<String>) {
        let target = is_on_terminal.then(ProgressDrawTarget::stderr);
        Self::on(target, clean(address), &clean(doing))
    }

    fn on(target: Option<ProgressDrawTarget>, address: String, doing: &str) -> (Self, Option<String>) {
        let Some(target) = target else {
            let line = format!("{address}: {doing}…");
            return (Self { address, screen: Screen::Lines(Duration::ZERO) }, Some(line));
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("  {spinner} {prefix}  {msg}  {spent}"));
        bar.set_prefix(address.clone());
        bar.set_message(doing.to_owned());
        bar.enable_steady_tick(REDRAW);
        (Self { address, screen: Screen::Terminal(bar) }, None)
    }

    /// How it goes, so long after it began; returns what to print.
    pub fn update(&mut self, message: &str, now: Duration) -> Option<String> {
        match &mut self.screen {
            Screen::Terminal(bar) => {
                bar.set_message(clean(message));
                None
            }
            Screen::Lines(said) if now.saturating_sub(*said) >= HEARTBEAT => {
                *said = now;
                Some(format!("{}: {} ({})", self.address, clean(message), seconds(now)))
            }
            Screen::Lines(_) => None,
        }
    }
}

impl Drop for Alone {
    /// Leaves no half-drawn line above what is printed then.
    fn drop(&mut self) {
        if let Screen::Terminal(bar) = &self.screen {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_lines_it_is_told_at_the_beginning_and_then_every_fifteen_seconds() {
        let (mut alone, begun) = Alone::begin("addons.DATABASE.backup", "fetching b\u{1b}003", false);
        assert_eq!(begun.as_deref(), Some("addons.DATABASE.backup: fetching b\\u{1b}003…"));
        let mut at = |second| alone.update("1 of 3 MB", Duration::from_secs(second));
        assert_eq!(at(14), None);
        assert_eq!(at(16).as_deref(), Some("addons.DATABASE.backup: 1 of 3 MB (16 s)"));
        assert_eq!(at(30), None);
        assert_eq!(at(31).as_deref(), Some("addons.DATABASE.backup: 1 of 3 MB (31 s)"));
    }

    #[test]
    fn on_a_terminal_its_line_is_redrawn_and_gone_at_its_end() {
        let target = ProgressDrawTarget::hidden();
        let address = "addons.DATABASE.backup";
        let (mut alone, begun) = Alone::on(Some(target), address.to_owned(), "fetching b003");
        assert_eq!(begun, None);
        let Screen::Terminal(bar) = &alone.screen else { panic!("it is on a terminal") };
        let bar = bar.clone();
        assert_eq!((bar.prefix().as_str(), bar.message().as_str()), (address, "fetching b003"));
        assert_eq!(alone.update("1 of 3 MB", Duration::from_mins(1)), None);
        assert_eq!((bar.message().as_str(), bar.is_finished()), ("1 of 3 MB", false));
        drop(alone);
        assert!(bar.is_finished());
    }
}

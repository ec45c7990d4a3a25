//! Where text goes: data to standard output, everything else to standard error.

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use super::Exit;
use super::arguments::{Global, LogFormat, When};
use super::github::Github;
use crate::cloud::Stop;
use crate::message::{Answer, Failure, Notice, Question, Task};
use crate::spec::{EnvironmentName, Finding, SpecError};
use crate::view::{self, Theme, github};

/// The streams of this run, and how they look.
#[derive(Clone)]
pub(super) struct Output {
    stdout_theme: Theme,
    stderr_theme: Theme,
    quiet: bool,
    verbose: bool,
    width: usize,
    github: Option<Github>,
}

/// As wide as plans get: longer lines are hard to read on any terminal.
const WIDEST: usize = 120;
/// When nobody says.
const USUAL: usize = 100;

impl Output {
    pub(super) fn new(global: &Global, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let theme = |is_terminal: bool| match global.color {
            When::Always => Theme::Colour,
            When::Auto
                if is_terminal && set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb") =>
            {
                Theme::Colour
            }
            When::Never | When::Auto => Theme::Plain,
        };
        start_log(global);
        Self {
            stdout_theme: theme(io::stdout().is_terminal()),
            stderr_theme: theme(io::stderr().is_terminal()),
            quiet: global.quiet,
            verbose: global.verbose > 0,
            width: width(set("COLUMNS").and_then(|columns| columns.parse().ok())),
            github: Github::of(global, &set),
        }
    }

    pub(super) fn theme(&self) -> Theme {
        self.stdout_theme
    }

    pub(super) fn stderr_theme(&self) -> Theme {
        self.stderr_theme
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Whether more is to be shown than usual.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether someone can answer a question.
    #[expect(clippy::unused_self, reason = "all questions about the streams are asked here")]
    pub(super) fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Prints data, and ends the command well. A reader that went away (`| head`) is no error.
    pub(super) fn data(&self, text: &str) -> Result<Exit, Failure> {
        let text = self.harmless(text);
        let written = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::system(Task::Print)(error))
            }
            _ => Ok(Exit::Done),
        }
    }

    /// Prints what was found or done.
    pub(super) fn answer(&self, answer: &Answer) -> Result<Exit, Failure> {
        self.data(&view::answer::text(answer))
    }

    /// Says how it goes, unless it is to be quiet.
    pub(super) fn progress(&self, line: &str) {
        if !self.quiet {
            self.error(&format!("{line}\n"));
        }
    }

    /// Says what should be known besides. When it is to be quiet, only what is urgent.
    pub(super) fn notice(&self, notice: &Notice) {
        if notice.is_urgent() || !self.quiet {
            self.error(&view::notice::text(notice, self.stderr_theme));
            if let Notice::Spec(finding) = notice {
                self.annotate([&**finding]);
            }
        }
    }

    /// The same for several.
    pub(super) fn notices(&self, notices: &[Notice]) {
        for notice in notices {
            self.notice(notice);
        }
    }

    /// Says why the command did not do what it should; of which environment, where there are several.
    pub(super) fn failure(&self, failure: &Failure, environment: Option<&EnvironmentName>) {
        self.error(&view::failure::text(failure, environment, self.stderr_theme));
        if let Failure::Spec(SpecError::Findings(findings)) = failure {
            self.annotate(findings);
        }
    }

    /// In GitHub Actions, marks the lines of a spec that are wrong.
    fn annotate<'a>(&self, findings: impl IntoIterator<Item = &'a Finding>) {
        if let Some(github) = &self.github {
            write_error(&github.annotations(findings));
        }
    }

    /// Whether the job has a summary that wants the plan.
    pub(super) fn has_summary(&self) -> bool {
        self.github.as_ref().is_some_and(Github::has_summary)
    }

    /// Adds to the job's summary, if there is one, a text of at most so many bytes.
    pub(super) fn summarize(&self, text: impl FnOnce(usize) -> String) {
        if let Some(Err((file, error))) = self.github.as_ref().map(|github| github.summarize(text)) {
            self.notice(&Notice::NoSummary { file, error });
        }
    }

    /// What others wrote is no command to GitHub Actions.
    fn harmless<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.github.is_some() { github::harmless(text).into() } else { text.into() }
    }

    /// Says at the end which environments failed.
    pub(super) fn failed(&self, environments: usize, failed: &[(EnvironmentName, String)]) {
        self.error(&view::error::failed(environments, failed, self.stderr_theme));
    }

    /// Writes to standard error.
    fn error(&self, text: &str) {
        write_error(&self.harmless(text));
    }

    /// Asks, and takes nothing but the one answer for a yes. Other work goes on meanwhile, Ctrl-C among it.
    async fn confirm(&self, question: &Question) -> bool {
        self.error(&view::question::text(question));
        let expected = question.answer().to_owned();
        let read = move || {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).is_ok() && answer.trim() == expected
        };
        tokio::task::spawn_blocking(read).await.unwrap_or(false)
    }

    /// Asks for a line that nobody is to see. Other work goes on meanwhile; the terminal shows again what is typed when
    /// this ends, however it does.
    pub(super) async fn ask_unseen(&self, prompt: &str) -> io::Result<Vec<u8>> {
        let unseen = Unseen::begin()?;
        self.error(prompt);
        let read = || {
            let mut line = Vec::new();
            io::stdin().lock().read_until(b'\n', &mut line)?;
            Ok(line)
        };
        let line = tokio::task::spawn_blocking(read).await.map_err(io::Error::other).flatten();
        drop(unseen);
        line
    }

    /// Asks whether to go on, where there is someone to ask. A request to stop ends the wait for an answer.
    pub(super) async fn agree(&self, question: Question, stop: &Stop) -> Result<(), Failure> {
        if !self.is_interactive() {
            return Err(Failure::NobodyToAsk(question));
        }
        tokio::select! {
            biased;
            () = stop.asked() => {
                // The cursor still stands behind the question.
                self.error("\n");
                Err(Failure::Interrupted)
            }
            is_agreed = self.confirm(&question) => {
                if is_agreed { Ok(()) } else { Err(Failure::NotConfirmed(question)) }
            }
        }
    }
}

/// As long as this lives, the terminal does not show what is typed.
struct Unseen {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl Unseen {
    #[cfg(unix)]
    fn begin() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &unseen)?;
        Ok(Self { before })
    }

    #[cfg(not(unix))]
    fn begin() -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "nothing can be typed unseen here: pipe it in"))
    }
}

#[cfg(unix)]
impl Drop for Unseen {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
        // Nor did it show the end of the line.
        write_error("\n");
    }
}

fn write_error(text: &str) {
    // There is nowhere left to say that standard error is gone.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// As asked for, else as the terminal is, else as usual.
fn width(asked: Option<usize>) -> usize {
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    asked.or_else(terminal).unwrap_or(USUAL).clamp(60, WIDEST)
}

/// Log lines on standard error: warnings always, calls with `-v`.
fn start_log(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let own = Targets::new().with_target("trueup", level);
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false);
    let log = match global.log_format {
        LogFormat::Text => log.without_time().with_ansi(false).boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    // A second start in the same process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(log.with_filter(own)).try_init();
}

//! A mistake in a spec, where it is, and how it is shown: like a compiler shows one.
//! What must not live here: the rules that find mistakes.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Location, Span};
use crate::terminal::escaped;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The spec cannot be used.
    Error,
    /// The spec can be used, and somebody should look.
    Warning,
}

/// One mistake of a spec.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The key path: `buckets.uploads.cors.origins[0]`.
    pub path: String,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What would be right, to stand under the marked text.
    pub expected: Option<String>,
    /// What to do, apart from the message.
    pub help: Option<String>,
    /// Other places that this one rests on: when they are wrong, this finding says nothing new.
    pub(crate) rests_on: Vec<String>,
    /// Whether the key is what is wrong, and not its value.
    pub(crate) on_key: bool,
    pub(crate) span: Option<Span>,
}

/// What is expected stands beside the marked text up to this length, and below it when it is longer.
const LABEL_LENGTH: usize = 40;

impl Finding {
    /// An error at a key path.
    #[must_use]
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            path: path.into(),
            message: message.into(),
            expected: None,
            help: None,
            rests_on: Vec::new(),
            on_key: false,
            span: None,
        }
    }

    /// A warning at a key path.
    #[must_use]
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, message) }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do, when that is known.
    #[must_use]
    pub(crate) fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Adds a suggestion, when there is a name that is near enough.
    #[must_use]
    pub(crate) fn did_you_mean(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Names a place that this finding rests on.
    #[must_use]
    pub(crate) fn rests_on(mut self, path: impl Into<String>) -> Self {
        self.rests_on.push(path.into());
        self
    }

    /// Points at the key instead of its value.
    #[must_use]
    pub(crate) fn on_key(mut self) -> Self {
        self.on_key = true;
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, span: &Span) -> Self {
        self.span = Some(span.trimmed());
        self
    }

    /// File, line and column, when the place is known.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.span.as_ref().map(Span::location)
    }

    /// The message, the place, the lines, what was expected, what to do. Ends in a newline.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str());
        let report = match &self.span {
            Some(span) => vec![self.with_lines(Group::with_title(title), span)],
            None => self.without_lines(Group::with_title(title)),
        };
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        // groups of one report would be joined by an empty bar
        let texts: Vec<String> = report.into_iter().map(|group| renderer.render(&[group])).collect();
        let text: String = texts.join("\n").lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
        text.replace(is_unseen_control, "\u{fffd}")
    }

    fn with_lines<'a>(&'a self, group: Group<'a>, span: &'a Span) -> Group<'a> {
        let window = Window::of(span);
        let mark = AnnotationKind::Primary.span(window.mark.clone());
        let (beside, below) = match self.expected.as_deref() {
            Some(expected) if expected.chars().count() <= LABEL_LENGTH => (Some(expected), None),
            expected => (None, expected),
        };
        let mark = match beside {
            Some(expected) => mark.label(format!("expected {expected}")),
            None => mark,
        };
        let snippet = Snippet::source(window.text)
            .path(span.source.path.to_string_lossy().into_owned())
            .line_start(window.line)
            .fold(false)
            .annotation(mark);
        let mut group = group.element(snippet);
        if let Some(expected) = below {
            group = group.element(Level::NOTE.message(format!("expected {expected}")));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }

    fn without_lines<'a>(&'a self, group: Group<'a>) -> Vec<Group<'a>> {
        let expected = self.expected.as_ref().map(|expected| format!("expected {expected}"));
        let note = expected.map(|expected| Group::with_title(Level::NOTE.secondary_title(expected)));
        let help = self.help.as_deref().map(|help| Group::with_title(Level::HELP.secondary_title(help)));
        [Some(group), note, help].into_iter().flatten().collect()
    }
}

/// The control characters of Latin-1, which some terminals obey as they do an escape. The renderer shows those of
/// ASCII as pictures and lets these through.
fn is_unseen_control(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9f}')
}

/// `environments/production.yaml:12:3: message`, for logs.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location() {
            write!(formatter, "{location}: ")?;
        }
        formatter.write_str(&escaped(&self.message))
    }
}

/// The marked lines of a file, cut out so that showing a mistake costs the same in a file of any size.
struct Window<'a> {
    text: &'a str,
    line: usize,
    mark: Range<usize>,
}

/// How many lines of a long block are shown.
const SHOWN_LINES: usize = 4;
/// How many bytes of a line are shown before and after the mark; more is no help to a reader.
const SHOWN_BYTES: usize = 400;

impl<'a> Window<'a> {
    fn of(span: &'a Span) -> Self {
        let text = span.source.text.as_str();
        let marked = span.range();
        let first = text[..marked.start].rfind('\n').map_or(0, |at| at + 1);
        let start = floor(text, first.max(marked.start.saturating_sub(SHOWN_BYTES)));
        let limit = floor(text, marked.start.saturating_add(SHOWN_BYTES * SHOWN_LINES).min(text.len()));
        let mut end = marked.start;
        for _ in 0..SHOWN_LINES {
            end += text[end..limit].find('\n').unwrap_or(limit - end);
            if end >= marked.end || end >= limit {
                break;
            }
            end += 1;
        }
        let shown = text[start..end].trim_end_matches('\n');
        // A mark may end in lines that are empty, and those are not shown.
        let mark_start = (marked.start - start).min(shown.len());
        let mark_end = (marked.end.min(end) - start).clamp(mark_start, shown.len());
        Self { text: shown, line: text[..marked.start].matches('\n').count() + 1, mark: mark_start..mark_end }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

//! What a reader of a file does not see: characters without a shape, and the line break at the end of a block.
//! Both come with text that was pasted, and both end up in a header or a URL that some service refuses.

use serde_yaml::granit_parser::ScalarStyle;

use crate::spec::finding::Finding;
use crate::spec::source::Span;
use crate::terminal::is_unseen;

/// A warning about a value as it stands in the file, when there is something that nobody sees.
pub(super) fn of_scalar(text: &str, style: ScalarStyle, span: &Span) -> Option<Finding> {
    character(span).or_else(|| line_break(text, style, span))
}

/// One that is written as its code (`"\u200b"`) is meant, and can be seen.
fn character(span: &Span) -> Option<Finding> {
    let written = &span.source.text[span.range()];
    let (at, found) = written.char_indices().find(|(_, character)| is_unseen(*character))?;
    let code = u32::from(found);
    let start = span.range().start + at;
    let place = Span::new(&span.source, start..start + found.len_utf8());
    let warning = Finding::warning("", format!("here stands a character that nobody sees (U+{code:04X})"));
    let help = format!("take it out; if it is meant, write `\\u{code:04x}` within double quotes");
    Some(warning.help(help).at(&place))
}

/// `|` and `>` keep the line break at the end; of a single line it is hardly ever meant.
fn line_break(text: &str, style: ScalarStyle, span: &Span) -> Option<Finding> {
    let sign = match style {
        ScalarStyle::Literal => '|',
        ScalarStyle::Folded => '>',
        _ => return None,
    };
    let line = text.strip_suffix('\n').filter(|line| !line.is_empty() && !line.contains('\n'))?;
    // The span begins at the sign or at what follows it.
    let start = span.range().start;
    let source = &span.source.text;
    let sign_at = if source[start..].starts_with(sign) { start } else { source[..start].rfind(sign)? };
    let header = source[sign_at..].lines().next().unwrap_or_default();
    if header.split('#').next().is_some_and(|header| header.contains('+')) {
        return None;
    }
    let place = Span::new(&span.source, sign_at..sign_at + sign.len_utf8());
    let message =
        format!("this value of one line ends in a line break ({} characters and it)", line.chars().count());
    let help = format!("write `{sign}-` to leave it out, or `{sign}+` if it is meant");
    Some(Finding::warning("", message).help(help).at(&place))
}

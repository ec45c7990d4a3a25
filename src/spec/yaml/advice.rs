//! What to write instead, where YAML reads something else than the text that somebody meant.
//! What must not live here: the parser's own messages, and rules of the spec.

/// What to do about a line that is indented with tabs, whatever the parser says of it.
pub(super) fn of_indent(line: &str) -> Option<&'static str> {
    let is_tabbed = line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    is_tabbed.then_some("YAML indents with spaces, never with tabs")
}

/// What to do about an alias that is to be merged, whatever it stands for.
pub(super) fn of_merge(line: &str) -> Option<&'static str> {
    line.trim_start().starts_with("<<:").then_some(MERGE)
}

/// What takes the place of a merge key.
pub(super) const MERGE: &str =
    "write what is shared into a file of its own, such as base.yaml, and name it with `extends`";

/// What to do about a character that YAML refuses where `rest` of the file begins, wherever that is.
pub(super) fn of_character(message: &str, rest: &str) -> Option<&'static str> {
    let says = |words: &str| message.contains(words);
    if says("unexpected character") && rest.starts_with(['@', '`', '%']) {
        Some("YAML reserves this character at the beginning of a value: put the value in single quotes")
    } else if says("escape") || says("hexadecimal") {
        Some("a backslash begins an escape inside double quotes: put the value in single quotes")
    } else if says("unknown anchor") {
        Some("`*` begins a reference in YAML: put the value in single quotes if it is text")
    } else if says("single-quoted scalar") {
        Some("inside single quotes write `''` for one `'`")
    } else if says("double-quoted scalar") {
        Some("inside double quotes write `\\\"` for a `\"`, or put the value in single quotes")
    } else {
        None
    }
}

/// What to do about a value that is read as something else than text, by the line that it stands in.
pub(super) fn of_value(message: &str, line: &str) -> Option<&'static str> {
    if message.contains("mapping values are not allowed") {
        return Some(
            "a value that holds `: ` has to stand in quotes, and keys of one map begin in the same column",
        );
    }
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    value.starts_with(['[', ']', '{', '}', ',', '|', '>', '&', '*', '!', '-', '?', '%', '@', '`']).then_some(
        "YAML reads the first character of this value: put the value in single quotes if it is text",
    )
}

/// What to do about a map as a key: `{{ name }}` is one inside another.
pub(super) fn of_key(rest: &str) -> Option<&'static str> {
    let is_placeholder = rest.starts_with('{');
    is_placeholder.then_some("braces make a map in YAML: put the value in single quotes if it is text")
}

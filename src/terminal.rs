//! What a terminal would obey instead of showing it: text from outside passes here before a person reads it.
//!
//! What must not live here: secrets (`cloud/clean`), words and widths (`view/text`).

/// Whether a terminal obeys a character: control characters move the cursor and change colours, marks of direction
/// reorder what follows, so that a reader sees something else than what is there.
pub(crate) fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nobody sees a character, or takes it for another: spaces of no width, and spaces that are not the one
/// of the keyboard. Those that join letters or emoji are seen by what they do.
pub(crate) fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{180e}' | '\u{2000}'..='\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
            | '\u{205f}'..='\u{2064}' | '\u{feff}'
    )
}

/// The text with the code of each such character in its place: `\u{1b}`. Line ends are among them.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            shown.extend(character.escape_unicode());
        } else if is_obeyed(character) {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_shown_as_its_code() {
        assert_eq!(escaped("a\u{200b}b\u{a0}c\u{feff}"), r"a\u{200b}b\u{a0}c\u{feff}");
        assert_eq!(escaped("👩\u{200d}🚒 日本\u{3000}語"), "👩\u{200d}🚒 日本\u{3000}語");
    }

    #[test]
    fn what_would_steer_a_terminal_is_shown_as_its_code() {
        assert_eq!(escaped("\u{1b}[31mred\u{7}"), r"\u{1b}[31mred\u{7}");
        assert_eq!(escaped("a\tb\r\n"), r"a\tb\r\n");
        assert_eq!(escaped("nimda\u{202e}\u{200f}\u{9b}"), r"nimda\u{202e}\u{200f}\u{9b}");
        assert_eq!(escaped("Zürich → \"x\" \\"), "Zürich → \"x\" \\", "everything else stays as it is");
    }
}

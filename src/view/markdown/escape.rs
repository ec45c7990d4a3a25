//! Text of others that stays text: in a code span, in HTML within markdown, in a sentence, in a fenced block.
//!
//! Names, values and messages come from services and from people who may open a pull request. Whatever they hold,
//! it is read as it is written: no markup, no link, no mention, no end of the block around it.

use crate::view::text::clean;

/// In a code span, in a table too: nothing in it is markup.
pub(in crate::view) fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space at each end is taken off again, and keeps the text's own backticks off the fence.
    let gap = if text.starts_with('`') || text.ends_with('`') || text.trim() != text { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Within an HTML element that markdown leaves alone.
pub(in crate::view) fn html(text: &str) -> String {
    let mut escaped = String::new();
    for character in clean(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The same where GitHub looks for mentions, which it does in all HTML but code: a user named `@org` notifies nobody.
pub(in crate::view) fn aside(text: &str) -> String {
    let quiet = |piece: &str| match piece.strip_suffix(['@', '#']) {
        Some(_) => html(piece) + "\u{200b}",
        None => html(piece),
    };
    text.split_inclusive(['@', '#']).map(quiet).collect()
}

/// In a sentence: every sign that markdown could take for markup is written as a reference, which never is.
pub(in crate::view) fn sentence(text: &str) -> String {
    let mut escaped = String::new();
    for character in clean(text).chars() {
        match character {
            // A mention notifies people, and does so from references too.
            '@' => escaped.push_str("&#64;\u{200b}"),
            '#' => escaped.push_str("&#35;\u{200b}"),
            ',' | ';' | '-' | '/' | '(' | ')' | ' ' => escaped.push(character),
            '.' if !escaped.to_ascii_lowercase().ends_with("www") => escaped.push(character),
            sign if sign.is_ascii_punctuation() => escaped.push_str(&format!("&#{};", u32::from(sign))),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Lines in a fenced block that none of them can end.
pub(in crate::view) fn fenced(language: &str, lines: &str) -> String {
    let [open, close] = fence(language, lines);
    format!("{open}{}\n{close}", lines.trim_end_matches('\n'))
}

/// What opens and closes a block that none of these lines can end.
pub(in crate::view) fn fence(language: &str, lines: &str) -> [String; 2] {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    [format!("{fence}{language}\n"), format!("{fence}\n")]
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What people would try who may choose a name or a message.
    const HOSTILE: [&str; 9] = [
        "</details><script>alert(1)</script>",
        "``` \n# heading",
        "a|b|c",
        "![x](https://evil.example/p.png)",
        "[click](javascript:alert(1))",
        "@org/everyone please approve #1",
        "<!-- trueup:plan:production sha256:0 -->",
        "www.evil.example https://evil.example",
        "::set-output name=x::y\r\n::error::z",
    ];

    #[test]
    fn a_code_span_holds_its_text_whatever_it_is() {
        for (text, expected) in [
            ("plain", "`plain`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("a``b`c", "```a``b`c```"),
            ("a|b", "`a\\|b`"),
            (" x", "`  x `"),
            ("", ""),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_hostile_is_markup_in_html_or_in_a_sentence() {
        for text in HOSTILE {
            let html = html(text);
            assert!(!html.contains(['<', '>', '"', '\'', '\n', '\r']), "{html}");
            let sentence = sentence(text);
            assert!(
                !sentence.contains(['<', '>', '*', '_', '[', ']', '`', '|', '\\', '!', '\n', '\r', ':']),
                "{sentence}"
            );
            assert!(!sentence.contains("www.") && !sentence.contains("://"), "{sentence}");
            for mention in ["@", "#"] {
                assert!(sentence.replace("&#", "").find(mention).is_none(), "{sentence}");
            }
        }
    }

    #[test]
    fn a_name_beside_an_element_is_no_mention() {
        assert_eq!(aside("@org/all <b> #1 a@b"), "@\u{200b}org/all &lt;b&gt; #\u{200b}1 a@\u{200b}b");
        assert_eq!(aside("shop-uploads"), "shop-uploads");
    }

    #[test]
    fn no_line_ends_the_block_that_it_stands_in() {
        let block = fenced("diff", "+ a\n```\n````\n");
        assert!(block.starts_with("`````diff\n") && block.ends_with("\n`````\n"), "{block}");
        assert_eq!(fenced("diff", "+ a"), "```diff\n+ a\n```\n");
    }
}

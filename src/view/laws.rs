//! Laws of every format: no secret is shown, and no line is wider than the page.

#![cfg(test)]

use proptest::prelude::*;

use super::testing::{entry, hidden, json, options, quiet, text};
use super::text::columns;
use super::{Options, Theme};
use crate::plan::Entry;
use crate::resource::{Action, Field, Shown, bucket, config};

/// Any side of a field; secrets are made of letters that no other text here has.
fn side() -> impl Strategy<Value = Shown> {
    prop_oneof![
        Just(Shown::Nothing),
        "[a-m 東é\n\u{1b}]{0,40}".prop_map(Shown::Plain),
        "[XYZ]{8,40}".prop_map(|text| hidden(&text)),
        any::<bool>().prop_map(|sensitive| Shown::AfterApply { sensitive }),
    ]
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let action =
        prop_oneof![Just(Action::Create), Just(Action::Update), Just(Action::Replace), Just(Action::Delete)];
    let field = (side(), side(), "[a-m.]{0,30}", proptest::option::of("[a-m ]{1,60}"));
    (action, any::<bool>(), "[a-m]{1,30}", proptest::collection::vec(field, 0..4)).prop_map(
        |(action, is_var, name, fields)| {
            let address =
                if is_var { config::SECTION.address(&name) } else { bucket::SECTION.address(&name) };
            let fields =
                fields.into_iter().map(|(before, after, path, note)| Field { path, before, after, note });
            Entry { fields: fields.collect(), ..entry(address, action) }
        },
    )
}

proptest! {
    #[test]
    fn no_format_shows_a_secret(entries in proptest::collection::vec(any_entry(), 0..6), width in 20_usize..160) {
        for theme in [Theme::Plain, Theme::Colour] {
            let shown = text(&quiet(), entries.clone(), &Options { theme, width, ..options() });
            prop_assert!(!shown.contains(['X', 'Y', 'Z']), "{}", shown);
        }
        let shown = json(&quiet(), entries);
        prop_assert!(!shown.contains(['X', 'Y', 'Z']), "{}", shown);
    }

    #[test]
    fn no_line_is_wider_than_the_page_but_a_single_word_and_the_last(
        entries in proptest::collection::vec(any_entry(), 0..6),
        width in 40_usize..160,
    ) {
        for line in text(&quiet(), entries, &Options { width, ..options() }).lines() {
            let words = line.trim_start_matches(['+', '-', '~', '/', ' ']).trim_end();
            let is_last = line.starts_with("Plan:") || line.starts_with("No changes.");
            let fits = columns(line) <= width || !words.contains(' ') || is_last;
            prop_assert!(fits, "{} columns: {}", columns(line), line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
    }
}

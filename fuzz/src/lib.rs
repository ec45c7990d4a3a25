//! What each fuzz target does with its input. `tests/hostile.rs` takes these files in and runs the same functions over
//! `fuzz/corpus` and over what was ever found, so that no target can rot.
//!
//! A function here returns when all is well and panics when a promise is broken: no panic, no hang, no memory without
//! bound, no secret and no control character in what a user would read.
#![allow(clippy::missing_panics_doc, reason = "a target panics when it has found something")]

mod aws;
mod heroku;
mod plan_file;
mod policy;
mod replay;
mod script;
mod spec;
mod template;

pub use aws::aws;
pub use heroku::heroku;
pub use plan_file::plan_file;
pub use policy::policy;
pub use spec::spec;
pub use template::template;

/// The secrets that a client of these targets holds and sends: `{{token}}` in an answer quotes it, as a service would.
const TOKEN: &str = "canary-token-0123456789";
/// A secret in a request's body: `{{secret}}`.
const SECRET: &str = "canary-secret-0123456789";
/// A secret in the body of an answer that says success: `{{live}}`.
const LIVE: &str = "canary-live-0123456789";
/// What reads as an error may be this long at most; a terminal full of one is no help.
const LONGEST_ERROR: usize = 4000;

/// Whether an input holds a secret of these targets as it is. libFuzzer learns them from the comparisons below; a
/// client can hide what it sent or was given, not what someone else guessed.
fn guesses_a_secret(input: &[u8]) -> bool {
    [TOKEN, SECRET, LIVE]
        .iter()
        .any(|secret| input.windows(secret.len()).any(|part| part == secret.as_bytes()))
}

/// Asserts that a text is fit for a terminal and gives no secret away.
fn fit_to_show(text: &str) {
    for secret in [TOKEN, SECRET, LIVE] {
        assert!(!text.contains(secret), "a secret is shown: {text:?}");
    }
    fit_for_a_terminal(text);
}

/// Asserts that a terminal obeys nothing in a text.
fn fit_for_a_terminal(text: &str) {
    let turns = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let obeyed = |character: char| (character.is_control() && character != '\n') || turns(character);
    assert!(!text.contains(obeyed), "a terminal would obey this: {text:?}");
}

/// What a client's error says, in every way in which it may be shown.
fn error_is_fit_to_show(error: &trueup::testing::cloud::CloudError) {
    let texts = [error.to_string(), format!("{error:?}"), error.hint().unwrap_or_default()];
    for text in &texts {
        fit_to_show(text);
        assert!(text.len() <= LONGEST_ERROR, "{} bytes of error: {text}", text.len());
    }
    assert!(!texts[0].contains('\n'), "more than a line: {}", texts[0]);
}

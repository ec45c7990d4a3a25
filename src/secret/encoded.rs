//! Identifiers within values that are encoded: programs take whole files of configuration through one variable.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Fewer letters would be found in text that means something else.
const SHORTEST: usize = 8;

/// Whether a text holds an identifier of letters and digits percent-encoded, or within something in base64.
pub(super) fn holds(text: &str, identifier: &str) -> bool {
    let decoded = || Zeroizing::new(percent_decode_str(text).decode_utf8_lossy().into_owned());
    (text.contains('%') && decoded().contains(identifier)) || holds_in_base64(text, identifier)
}

/// Where an identifier begins decides by which letters base64 writes it; there are three ways.
fn holds_in_base64(text: &str, identifier: &str) -> bool {
    // Some programs break what they write into lines.
    let text = Zeroizing::new(text.split_whitespace().collect::<String>());
    (0..3)
        .map(|before| in_base64(identifier, before))
        .any(|form| form.len() >= SHORTEST && text.contains(&form))
}

/// The letters that stand for an identifier alone, when so many bytes of a group of three come before it.
fn in_base64(identifier: &str, before: usize) -> String {
    const BITS: usize = 6;
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(identifier.bytes()).collect();
    let (first, end) = ((before * 8).div_ceil(BITS), bytes.len() * 8 / BITS);
    STANDARD_NO_PAD.encode(bytes).get(first..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    #[test]
    fn an_identifier_is_found_wherever_it_stands_in_base64() {
        for around in ["", "{", "{\"", "{\"a", "{\"aws\":{\"id\":\""] {
            let text = format!("{around}{ID}\",\"secret\":\"x\"}}");
            let encoded = STANDARD.encode(&text);
            let (one, other) = encoded.split_at(encoded.len() / 2);
            for value in [encoded.clone(), URL_SAFE_NO_PAD.encode(&text), format!("{one}\n{other}\n")] {
                assert!(holds(&value, ID), "{value}");
                assert!(!holds(&value, "AKIAI44QH8DHBEXAMPLE"), "{value}");
            }
        }
    }

    #[test]
    fn an_identifier_is_found_percent_encoded() {
        assert!(holds("https://reports.example/?with=%41KIAIOSFODNN7EXAMPLE%3Aword", ID));
        assert!(!holds("https://reports.example/?share=100%", ID));
    }

    #[test]
    fn a_short_one_is_not_looked_for_in_base64() {
        assert!(!holds(&STANDARD.encode("a1"), "a1"));
    }
}

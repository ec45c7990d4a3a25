//! Keys of objects in lists and deletions: XML has no way to write every one of them (aws-s3-iam.md section 3).

use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

/// How keys are asked for.
pub(super) const ENCODING: EncodingType = EncodingType::Url;

/// A key as it is, of an answer that says whether it wrote it for a URL.
pub(super) fn plain(key: &str, encoding: Option<&EncodingType>) -> String {
    if encoding != Some(&ENCODING) {
        return key.to_owned();
    }
    // As in the query of a URL, where a plus stands for a space.
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Whether a request in XML can hold it.
pub(super) fn is_writable(key: &str) -> bool {
    !key.chars().any(|c| {
        (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for (written, encoding, key) in [
            ("a%2Bb+c%2F%C3%BC%01", Some(EncodingType::Url), "a+b c/ü\u{1}"),
            ("a%20b%2520c", Some(EncodingType::Url), "a b%20c"),
            ("a%2Bb+c", None, "a%2Bb+c"),
        ] {
            assert_eq!(plain(written, encoding.as_ref()), key);
        }
    }

    #[test]
    fn what_xml_cannot_write_is_known() {
        for (key, expected) in
            [("a b\n\t<&>ü😀", true), ("a\u{1}", false), ("\u{7f}", false), ("\u{ffff}", false)]
        {
            assert_eq!(is_writable(key), expected, "{key:?}");
        }
    }
}

//! The `aws-chunked` framing of uploads: `SIZE[;chunk-signature=…]\r\nDATA\r\n … 0\r\n[trailers]\r\n`.
//!
//! Only the framing is taken off. The seed signature in `Authorization` has been verified by then; the signatures
//! of single chunks are not, because both ends sit on one machine.

use std::collections::BTreeMap;

use super::fault::Fault;

/// What the frames held.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Decoded {
    /// The body without framing.
    pub(super) body: Vec<u8>,
    /// Trailing headers, names in lower case: checksums, and the trailer's signature.
    pub(super) trailers: BTreeMap<String, String>,
}

/// Takes the framing off; a frame that is cut short or has no size is `IncompleteBody`.
pub(super) fn decode(framed: &[u8]) -> Result<Decoded, Fault> {
    let mut decoded = Decoded::default();
    let mut rest = framed;
    loop {
        let (line, after) = line(rest).ok_or_else(incomplete)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| incomplete())?;
        if size == 0 {
            decoded.trailers = trailers(after);
            return Ok(decoded);
        }
        let data = after.get(..size).ok_or_else(incomplete)?;
        decoded.body.extend_from_slice(data);
        rest = after[size..].strip_prefix(b"\r\n").ok_or_else(incomplete)?;
    }
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 2..]))
}

fn trailers(bytes: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

fn incomplete() -> Fault {
    Fault::new(400, "IncompleteBody", "The request body terminated unexpectedly")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_joined_and_trailers_kept() {
        let framed = b"5;chunk-signature=ab\r\nhello\r\n6\r\n\r\nyou!\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32: AAAA\r\nx-amz-trailer-signature:ef\r\n\r\n";
        let decoded = decode(framed).unwrap();
        assert_eq!(decoded.body, b"hello\r\nyou!");
        assert_eq!(decoded.trailers["x-amz-checksum-crc32"], "AAAA");
        assert_eq!(decoded.trailers["x-amz-trailer-signature"], "ef");
    }

    #[test]
    fn an_empty_body_is_one_last_frame() {
        assert_eq!(decode(b"0\r\n\r\n"), Ok(Decoded::default()));
    }

    #[test]
    fn a_frame_that_is_cut_short_is_refused() {
        for broken in [
            "",
            "5\r\nhel",
            "5\r\nhello",
            "5\r\nhello\r\n",
            "zz\r\nhello\r\n0\r\n\r\n",
            "5\r\nhelloXX0\r\n\r\n",
        ] {
            assert_eq!(decode(broken.as_bytes()).unwrap_err().code, "IncompleteBody", "{broken:?}");
        }
    }
}

//! What a server is to answer, as a text that people write and libFuzzer mutates.
//!
//! ```text
//! config vars               the call that is made; any other text chooses one
//! 206                       a status,
//! Next-Range: id 2..        headers,
//!                           an empty line
//! [{"name": "us"}]          and a body
//! --8<--                    then the next answer; the last one is repeated
//! ```

const NEXT: &[u8] = b"\n--8<--\n";

/// A call and its answers.
pub(crate) struct Script {
    pub(crate) call: usize,
    pub(crate) answers: Vec<Answer>,
}

/// Words that stand for secrets, with these: an error may quote what was sent, and a good answer may hold secrets.
#[derive(Clone, Copy, Default)]
pub(crate) struct Words {
    pub(crate) in_errors: &'static [(&'static str, &'static str)],
    pub(crate) in_success: &'static [(&'static str, &'static str)],
}

/// One answer.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lines, as they are.
    pub(crate) headers: Vec<Vec<u8>>,
    pub(crate) body: Vec<u8>,
}

impl Script {
    /// Reads an input; every input is some script. `words` are what it may quote of a call's secrets.
    pub(crate) fn read(input: &[u8], calls: &[&str], words: fn(&str) -> Words) -> Self {
        let (first, rest) = cut(input, b"\n");
        let sum =
            || first.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        let named = calls.iter().position(|call| call.as_bytes() == first);
        let call = named.unwrap_or_else(|| sum() % calls.len());
        let words = words(calls[call]);
        let mut answers = Vec::new();
        let mut rest = Some(rest);
        while let Some(text) = rest {
            let (answer, after) = match find(text, NEXT) {
                Some(at) => (&text[..at], Some(&text[at + NEXT.len()..])),
                None => (text, None),
            };
            answers.push(Answer::read(answer, words));
            rest = after;
        }
        Self { call, answers }
    }
}

impl Answer {
    fn read(text: &[u8], words: Words) -> Self {
        let (status, rest) = cut(text, b"\n");
        let status = std::str::from_utf8(status).ok().and_then(|text| text.trim().parse().ok());
        let status = status.filter(|status| (100..1000).contains(status)).unwrap_or(200);
        let (head, body) = if rest.starts_with(b"\n") { (&[][..], &rest[1..]) } else { cut(rest, b"\n\n") };
        let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let in_body = if (200..300).contains(&status) { words.in_success } else { words.in_errors };
        Self {
            status,
            headers: lines.map(|line| quoting(line, words.in_errors)).collect(),
            body: quoting(body, in_body),
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    find(text, at).map_or((text, &[]), |start| (&text[..start], &text[start + at.len()..]))
}

/// The text with each `{{word}}` as the secret that it stands for.
fn quoting(text: &[u8], words: &[(&str, &str)]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        if let Some((word, secret)) = words.iter().find(|(word, _)| rest.starts_with(word.as_bytes())) {
            quoted.extend_from_slice(secret.as_bytes());
            rest = &rest[word.len()..];
        } else {
            quoted.push(*first);
            rest = &rest[1..];
        }
    }
    quoted
}

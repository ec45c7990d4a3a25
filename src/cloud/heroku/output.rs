//! What a build or a release phase prints, line by line, while it runs (heroku-api.md section 6).
//!
//! The stream may break off; it is opened again behind what was read. What must not live here: how the build ended, which
//! the stream does not say.

use std::collections::VecDeque;

use super::Heroku;
use super::elsewhere::Opened;
use crate::cloud::clean::clean_line;
use crate::secret::Secret;

/// A line longer than this is cut.
const LONGEST_LINE: usize = 400;
/// No line is this long; what is, is handed out in parts.
const LARGEST_LINE: usize = 64 * 1024;
/// So many lines are kept for when it fails.
const KEPT: usize = 8;
/// A part of a secret of several lines that is shorter is no secret by itself.
const SHORTEST_PART: usize = 8;

/// An output that is being read.
pub struct Output {
    address: Secret,
    hidden: Vec<Secret>,
    read: u64,
    line: Vec<u8>,
    last: VecDeque<String>,
}

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing is there yet.
    NotBegun,
    /// It came to an end, or broke off: only the build itself knows.
    Something,
    /// Nothing new came.
    Nothing,
}

impl Output {
    /// At an address, without what is to be hidden.
    #[must_use]
    pub fn new(address: Secret, hidden: &[Secret]) -> Self {
        let parts = hidden.iter().flat_map(|secret| {
            let lines = secret.reveal().lines().map(str::trim).filter(|line| line.len() >= SHORTEST_PART);
            lines.map(Secret::new)
        });
        let hidden = hidden.iter().cloned().chain(parts).collect();
        Self { address, hidden, read: 0, line: Vec::new(), last: VecDeque::new() }
    }

    /// The last lines that were read.
    #[must_use]
    pub fn last_lines(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }

    /// Reads what there is and what comes, until it ends, breaks off or falls silent.
    pub async fn follow(&mut self, heroku: &Heroku, mut say: impl FnMut(&str) + Send) -> Heard {
        let before = self.read;
        match heroku.elsewhere.open("output of the build", &self.address, self.read).await {
            Ok(Opened::NotThere) => return Heard::NotBegun,
            Ok(Opened::Open(mut answer, mut known)) => {
                let patience = heroku.elsewhere.patience();
                while let Ok(Ok(Some(chunk))) = tokio::time::timeout(patience, answer.chunk()).await {
                    // What a server that knows no ranges sends again.
                    let skipped = usize::try_from(known).unwrap_or(usize::MAX).min(chunk.len());
                    known -= skipped as u64;
                    self.take(&chunk[skipped..], &mut say);
                }
            }
            // It is only looked at: whether the build goes well is asked elsewhere.
            Ok(Opened::Ended) | Err(_) => {}
        }
        if self.read > before { Heard::Something } else { Heard::Nothing }
    }

    /// Hands out what is left of a last line without an end.
    pub fn finish(&mut self, say: impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.hand_out(say);
        }
    }

    fn take(&mut self, bytes: &[u8], mut say: impl FnMut(&str)) {
        self.read += bytes.len() as u64;
        for byte in bytes {
            if *byte == b'\n' || self.line.len() >= LARGEST_LINE {
                self.hand_out(&mut say);
            }
            if *byte != b'\n' {
                self.line.push(*byte);
            }
        }
    }

    fn hand_out(&mut self, mut say: impl FnMut(&str)) {
        let line = std::mem::take(&mut self.line);
        // Bytes that only keep the connection open.
        let line = String::from_utf8_lossy(&line).replace('\0', "");
        // What was overwritten on the same line.
        let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
        let hidden: Vec<&Secret> = self.hidden.iter().collect();
        let line = clean_line(line, &hidden, LONGEST_LINE);
        say(&line);
        if !line.is_empty() {
            self.last.push_back(line);
        }
        if self.last.len() > KEPT {
            self.last.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, raw};
    use super::*;

    async fn heard(server: &Server, output: &mut Output) -> (Heard, Vec<String>) {
        let mut lines = Vec::new();
        let heard = output.follow(&server.heroku(), |line| lines.push(line.to_owned())).await;
        (heard, lines)
    }

    fn at(server: &Server, hidden: &[Secret]) -> Output {
        Output::new(Secret::new(server.url.join("/stream?token=x").unwrap()), hidden)
    }

    #[tokio::test]
    async fn lines_come_without_secrets_and_control_characters_and_without_a_token() {
        let body = "\u{0}-----> Ruby\r\n       key canary-1\nold\rnew\n-----\nprivate-line-1\n\nend";
        let server = Server::always(Reply::new(200, body)).await;
        let hidden = [Secret::new("canary-1"), Secret::new("-----\nprivate-line-1\n-----")];
        let mut output = at(&server, &hidden);
        let (how, lines) = heard(&server, &mut output).await;
        assert_eq!(how, Heard::Something);
        assert_eq!(lines, ["-----> Ruby", "       key (sensitive)", "new", "-----", "(sensitive)", ""]);
        let mut rest = Vec::new();
        output.finish(|line| rest.push(line.to_owned()));
        assert_eq!(rest, ["end"]);
        assert_eq!(output.last_lines().last().unwrap(), "end");
        assert_eq!(server.only().header("authorization"), None);
    }

    #[tokio::test]
    async fn it_goes_on_behind_what_was_read_whether_the_server_knows_ranges_or_not() {
        let all = "one\ntwo\nthree\n";
        for knows_ranges in [true, false] {
            let server = Server::start(move |seen, before| match (before, seen.header("range")) {
                (0, None) => Reply::new(200, &all[..6]),
                (_, Some("bytes=6-")) if knows_ranges => Reply::new(206, &all[6..]),
                (_, Some("bytes=6-")) => Reply::new(200, all),
                _ => Reply::new(416, ""),
            })
            .await;
            let mut output = at(&server, &[]);
            assert_eq!(heard(&server, &mut output).await.1, ["one"]);
            assert_eq!(heard(&server, &mut output).await.1, ["two", "three"], "{knows_ranges}");
        }
    }

    #[tokio::test]
    async fn one_that_is_not_there_yet_or_fails_says_so() {
        for (status, expected) in [(404, Heard::NotBegun), (416, Heard::Nothing), (500, Heard::Nothing)] {
            let server = Server::always(Reply::new(status, "")).await;
            assert_eq!(heard(&server, &mut at(&server, &[])).await.0, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn one_that_breaks_off_keeps_what_came() {
        let (url, _) = raw(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\ntwo\nthr"]).await;
        let heroku = super::super::testing::heroku(&url, crate::cloud::Meter::default());
        let mut output = Output::new(Secret::new(url), &[]);
        let mut lines = Vec::new();
        assert_eq!(output.follow(&heroku, |line| lines.push(line.to_owned())).await, Heard::Something);
        assert_eq!(lines, ["one", "two"]);
    }
}

//! The lists of IAM come in pages: where the next one begins, and when there are too many.

use super::error::{Effect, endless};
use crate::cloud::CloudError;

/// A hundred names a page: a user with 100 pages of anything does not exist, a service in a loop does.
const MOST_PAGES: usize = 100;

/// A list that is being read.
pub(super) struct Pages {
    operation: &'static str,
    read: usize,
    marker: Option<String>,
}

impl Pages {
    pub(super) fn of(operation: &'static str) -> Self {
        Self { operation, read: 0, marker: None }
    }

    /// Where the page to be read begins; `None` is the first.
    pub(super) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Whether there is another page after one with this marker.
    pub(super) fn go_on(&mut self, marker: Option<&str>, is_truncated: bool) -> Result<bool, CloudError> {
        self.read += 1;
        let next = marker.filter(|_| is_truncated).map(str::to_owned);
        let repeats = next.is_some() && next == self.marker;
        if repeats || (next.is_some() && self.read >= MOST_PAGES) {
            return Err(endless(self.operation, Effect::Read));
        }
        self.marker = next;
        Ok(self.marker.is_some())
    }
}

//! What is written into the lock: who holds it, and for how long. The body is JSON that anyone with access to
//! the bucket may have written, so reading it takes nothing for granted.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::process::Process;
use crate::terminal::is_obeyed;

/// The version of the format, which a later one may change.
const FORMAT: u32 = 1;
/// The longest lifetime that a lock may ask for, so that nobody can lock an environment for ever.
pub const LONGEST_LIFETIME: Duration = Duration::from_hours(1);
/// The longest text that is shown of what someone wrote.
const LONGEST_TEXT: usize = 200;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The environment.
    pub environment: String,
    /// Drawn at random when it was taken: which lock it is, however often it is renewed.
    pub id: String,
    /// Who, for people.
    pub owner: String,
    /// Since when, by the holder's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// When this was written, by the holder's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub renewed_at: OffsetDateTime,
    /// Until when it holds, by the holder's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// The process, where its machine tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
}

impl Record {
    /// A new lock.
    #[must_use]
    pub fn new(environment: &str, owner: &str, process: Option<Process>, now: OffsetDateTime) -> Self {
        Self {
            format: FORMAT,
            environment: environment.to_owned(),
            id: uuid::Uuid::new_v4().to_string(),
            owner: owner.to_owned(),
            taken_at: now,
            renewed_at: now,
            expires_at: now,
            process,
        }
    }

    /// The same lock, held from now on for a lifetime.
    #[must_use]
    pub fn renewed(&self, now: OffsetDateTime, lifetime: Duration) -> Self {
        Self { renewed_at: now, expires_at: now + lifetime, ..self.clone() }
    }

    /// Its bytes.
    ///
    /// # Panics
    /// When a moment is beyond the year 9999.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and moments of our time can be written")
    }

    /// Reads bytes; `None` when they are no lock of this format.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(bytes).ok()?;
        (record.format == FORMAT).then(|| Self {
            owner: shortened(&record.owner),
            environment: shortened(&record.environment),
            ..record
        })
    }

    /// How long it holds from when it was written. Both moments are of the holder's clock, so it does not
    /// matter whether that clock is right.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::try_from(self.expires_at - self.renewed_at).unwrap_or(Duration::ZERO).min(LONGEST_LIFETIME)
    }
}

/// One line of bounded length: the text is shown to people.
fn shortened(text: &str) -> String {
    text.chars().filter(|character| !is_obeyed(*character)).take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-23 08:00 UTC);

    fn record() -> Record {
        Record::new("production", "ana@laptop", None, NOW).renewed(NOW, Duration::from_mins(10))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = String::from_utf8(record().to_bytes()).unwrap();
        assert_eq!(Record::parse(text.as_bytes()), Some(record()).map(|one| Record { id: id(&text), ..one }));
        assert!(text.contains("\"expires_at\":\"2026-11-23T08:10:00Z\""), "{text}");
    }

    fn id(text: &str) -> String {
        serde_json::from_str::<serde_json::Value>(text).unwrap()["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn two_locks_are_never_the_same_and_a_renewed_one_is() {
        assert_ne!(record().id, record().id);
        let first = record();
        assert_eq!(first.renewed(NOW + Duration::from_mins(3), Duration::from_mins(10)).id, first.id);
    }

    #[test]
    fn what_is_no_lock_is_none() {
        let good = String::from_utf8(record().to_bytes()).unwrap();
        for bad in [
            String::new(),
            "null".to_owned(),
            "[".repeat(60_000),
            "\u{0}".repeat(100),
            good.replace("\"format\":1", "\"format\":2"),
            good.replace("2026-11-23T08:10:00Z", "soon"),
            good.replace("ana@laptop\"", "ana\",\"owner\":\"eve\""),
        ] {
            assert_eq!(Record::parse(bad.as_bytes()), None, "{}", &bad[..bad.len().min(80)]);
        }
        assert_eq!(Record::parse(&[0xff, 0xfe]), None);
    }

    #[test]
    fn a_hostile_owner_is_one_short_line() {
        let hostile = Record { owner: format!("eve\n\u{1b}[2J{}", "x".repeat(10_000)), ..record() };
        let read = Record::parse(&hostile.to_bytes()).unwrap();
        assert!(read.owner.starts_with("eve[2Jx") && read.owner.len() == LONGEST_TEXT, "{}", read.owner);
    }

    #[test]
    fn a_lifetime_is_neither_negative_nor_without_end() {
        let until = |expires_at| Record { expires_at, ..record() }.lifetime();
        assert_eq!(record().lifetime(), Duration::from_mins(10));
        assert_eq!(until(NOW - Duration::from_hours(1)), Duration::ZERO);
        assert_eq!(until(datetime!(9999-01-01 00:00 UTC)), LONGEST_LIFETIME);
    }
}

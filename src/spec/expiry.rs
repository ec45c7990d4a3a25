//! When an environment is to go: a moment in UTC, which `destroy --expired` honours.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// A moment, to the second, written `2026-12-01T00:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(OffsetDateTime);

impl Expiry {
    /// Parses a moment in UTC of this millennium, as it is written in specs and tags.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let moment = Self(OffsetDateTime::parse(text, &Rfc3339).ok()?);
        (text.starts_with('2') && moment.to_string() == text).then_some(moment)
    }

    /// So long after a moment, to the whole second.
    #[must_use]
    pub fn after(moment: OffsetDateTime, span: Duration) -> Option<Self> {
        let moment = moment.to_offset(UtcOffset::UTC).checked_add(span)?.replace_nanosecond(0).ok()?;
        Self::parse(&Self(moment).to_string())
    }

    /// The moment.
    #[must_use]
    pub const fn moment(self) -> OffsetDateTime {
        self.0
    }

    /// Whether it has come.
    #[must_use]
    pub fn has_come(self, now: OffsetDateTime) -> bool {
        self.0 <= now
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        let (hour, minute, second) = time.as_hms();
        write!(formatter, "{date}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let expected = "a moment in UTC, such as 2026-12-01T00:00:00Z";
            D::Error::invalid_value(serde::de::Unexpected::Str(&text), &expected)
        })
    }
}

impl JsonSchema for Expiry {
    fn schema_name() -> Cow<'static, str> {
        "Expiry".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A moment in UTC: 2026-12-01T00:00:00Z.",
            "pattern": concat!(
                "^(2[0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|",
                "02-(0[1-9]|1[0-9]|2[0-8]))|(2[0-9](0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)",
                "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_in_utc_and_to_the_second() {
        for text in ["2026-12-01T00:00:00Z", "2028-02-29T23:59:59Z"] {
            assert_eq!(Expiry::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "2026-12-01",
            "2026-12-01T00:00:00",
            "2026-12-01T00:00:00+01:00",
            "2026-12-01T00:00:00.5Z",
            "2026-12-01t00:00:00Z",
            "1999-12-01T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "3d",
        ] {
            assert_eq!(Expiry::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_span_counts_from_a_moment_and_loses_what_is_less_than_a_second() {
        let now = datetime!(2026-11-28 10:00:00.75 +2);
        let expiry = Expiry::after(now, Duration::days(3)).unwrap();
        assert_eq!(expiry.to_string(), "2026-12-01T08:00:00Z");
        assert!(!expiry.has_come(now));
        assert!(expiry.has_come(expiry.moment()));
    }
}

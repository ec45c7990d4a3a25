//! A span of time as it is typed: `90s`, `10m`, `24h`, `90d`, or `0`.

use time::Duration;

/// How one is written.
const RULE: &str = "expected a time such as `90s`, `10m`, `24h` or `90d`, or `0`; a year at most";

/// Parses a span of time of at most a year.
pub(super) fn span(written: &str) -> Result<Duration, &'static str> {
    if written == "0" {
        return Ok(Duration::ZERO);
    }
    let (digits, unit) = written.char_indices().last().map(|(at, _)| written.split_at(at)).ok_or(RULE)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(RULE),
    };
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = digits.parse().ok().filter(|_| is_plain).ok_or(RULE)?;
    let span = Duration::seconds(number.checked_mul(seconds).ok_or(RULE)?);
    if span <= Duration::days(366) { Ok(span) } else { Err(RULE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_unit_unless_it_is_nothing() {
        for (written, seconds) in
            [("0", 0), ("0s", 0), ("90s", 90), ("10m", 600), ("24h", 86_400), ("90d", 7_776_000)]
        {
            assert_eq!(span(written).map(Duration::whole_seconds), Ok(seconds), "{written}");
        }
        for wrong in [
            "",
            "10",
            "m",
            "-1m",
            "+1m",
            "1.5h",
            "10 m",
            "1w",
            "10m5s",
            "367d",
            "99999999999999999999d",
            "1é",
        ] {
            assert_eq!(span(wrong), Err(RULE), "{wrong}");
        }
    }
}

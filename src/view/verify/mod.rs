//! What `verify` found. The words are here, the formats beside.

mod json;
mod junit;
mod markdown;
mod text;

use std::time::Duration;

use super::text::count;
use crate::lifecycle::verify::{self, Checked};
use crate::resource::proof::Outcome;
use crate::spec::{AppName, EnvironmentName};
pub(super) use json::Document;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;

/// The checks of an environment.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which environment.
    pub environment: EnvironmentName,
    /// Its app.
    pub app: AppName,
    /// What was checked.
    pub checks: Vec<Checked>,
    /// How long all of it took.
    pub took: Duration,
}

/// The worst first.
pub(super) const OUTCOMES: [Outcome; 4] = [Outcome::Fail, Outcome::Warn, Outcome::Pass, Outcome::Skipped];

/// As programs read it.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Skipped => "skipped",
    }
}

/// `14 checks: 1 failed, 12 passed, 1 skipped.`
pub(super) fn summary(report: &Report) -> String {
    format!("{}.", counts(report))
}

/// The same without an end.
fn counts(report: &Report) -> String {
    let counted = OUTCOMES.into_iter().filter_map(|outcome| {
        let number = verify::count(&report.checks, outcome);
        let many = match outcome {
            Outcome::Pass => format!("{number} passed"),
            Outcome::Warn => count(number, "warning"),
            Outcome::Fail => format!("{number} failed"),
            Outcome::Skipped => format!("{number} skipped"),
        };
        (number > 0).then_some(many)
    });
    format!("{}: {}", count(report.checks.len(), "check"), counted.collect::<Vec<_>>().join(", "))
}

/// The checks that came out so, in their order.
pub(super) fn those(report: &Report, outcome: Outcome) -> impl Iterator<Item = &Checked> {
    report.checks.iter().filter(move |check| check.finding.outcome == outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::proof::Finding;
    use crate::view::Theme;

    pub(super) fn report() -> Report {
        let check =
            |id: &str, finding| Checked { id: id.to_owned(), finding, took: Duration::from_millis(1250) };
        Report {
            environment: EnvironmentName::parse("production").unwrap(),
            app: AppName::parse("ledger").unwrap(),
            checks: vec![
                check("app", Finding::pass("ledger is there")),
                check(
                    "app.up",
                    Finding::fail("it says \u{1b}[31m<no> & | \"never\"", "heroku logs -a ledger"),
                ),
                check("addons.DATABASE.backups.newest", Finding::warn("40 hours old", "capture one")),
                check("buckets.uploads.tls_only", Finding::skipped("nothing would tell")),
            ],
            took: Duration::from_secs(3),
        }
    }

    #[test]
    fn people_read_what_failed_with_what_to_do_and_the_counts_last() {
        let shown = text(&report(), Theme::Plain, 100);
        let line = |outcome: &str, id: &str, told: &str| format!("  {outcome:9}{id:32}{told}");
        let below = |told: &str| format!("{:43}{told}", "");
        let expected = [
            "production · ledger".to_owned(),
            String::new(),
            line("pass", "app", "ledger is there"),
            line("fail", "app.up", r#"it says \u{1b}[31m<no> & | "never""#),
            below("→ heroku logs -a ledger"),
            line("warn", "addons.DATABASE.backups.newest", "40 hours old"),
            below("→ capture one"),
            line("skipped", "buckets.uploads.tls_only", "nothing would tell"),
            String::new(),
            "4 checks: 1 failed, 1 warning, 1 passed, 1 skipped, 3.0 s.".to_owned(),
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn programs_get_every_check_and_the_counts() {
        let document: serde_json::Value = serde_json::from_str(&json(&report())).unwrap();
        assert_eq!(document["environment"], "production");
        assert_eq!(
            document["checks"][1],
            serde_json::json!({
                "id": "app.up", "status": "fail", "detail": "it says \u{1b}[31m<no> & | \"never\"",
                "remedy": "heroku logs -a ledger", "seconds": 1.25
            })
        );
        let summary = serde_json::json!({ "pass": 1, "warn": 1, "fail": 1, "skipped": 1 });
        assert_eq!(document["summary"], summary);
    }

    #[test]
    fn a_ci_system_gets_a_test_a_check_whatever_the_services_said() {
        let xml = junit(&report());
        for expected in [
            "<testsuite name=\"trueup verify production\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"3.000\">",
            "<testcase classname=\"trueup verify production\" name=\"app.up\" time=\"1.250\">",
            "<failure message=\"it says \u{fffd}[31m&lt;no&gt; &amp; | &quot;never&quot;\">",
            "heroku logs -a ledger</failure>",
            "<skipped message=\"nothing would tell\"/>",
            "<system-out>warn: 40 hours old\ncapture one</system-out>",
        ] {
            assert!(xml.contains(expected), "`{expected}` is not in\n{xml}");
        }
        let mut reader = quick_xml::Reader::from_str(&xml);
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(tag) if tag.name().0 == "testcase" => cases += 1,
                _ => {}
            }
        }
        assert_eq!(cases, 4);
    }

    #[test]
    fn a_comment_says_first_what_failed() {
        let shown = markdown(&report(), 64_000);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "<!-- trueup:verify:production -->");
        assert!(lines[5].starts_with("| fail | `app.up` | it says "), "{shown}");
        assert!(!lines[5].contains('<'), "{}", lines[5]);
        assert!(lines[6].starts_with("| warn | "), "{shown}");
        assert_eq!(lines.last(), Some(&"4 checks: 1 failed, 1 warning, 1 passed, 1 skipped."));
    }

    #[test]
    fn a_comment_is_never_longer_than_it_may_be() {
        let mut long = report();
        let passed = long.checks[0].clone();
        long.checks.extend(std::iter::repeat_n(passed, 2000));
        let shown = markdown(&long, 4000);
        assert!(shown.len() <= 4000, "{}", shown.len());
        assert!(shown.contains("app.up") && shown.contains("shortened"), "{shown}");
    }
}

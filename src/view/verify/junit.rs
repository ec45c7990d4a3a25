//! The checks as the tests of a CI system, in the XML that `JUnit` made common: a suite an environment, a case a
//! check. A warning is a case that passed with words, since that form knows no warnings.

use super::{Report, word};
use crate::lifecycle::verify::{Checked, count};
use crate::resource::proof::Outcome;

/// One document.
#[must_use]
pub fn junit(report: &Report) -> String {
    let Report { environment, checks, took, .. } = report;
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\"",
        checks.len(),
        count(checks, Outcome::Fail),
        count(checks, Outcome::Skipped),
        took.as_secs_f64()
    );
    let name = format!("trueup verify {environment}");
    let cases: String = checks.iter().map(|check| case(check, &name)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"trueup verify\" {counts}>\n  \
         <testsuite name=\"{}\" {counts}>\n{cases}  </testsuite>\n</testsuites>\n",
        escaped(&name)
    )
}

fn case(check: &Checked, suite: &str) -> String {
    let finding = &check.finding;
    let detail = escaped(&finding.detail);
    let told = match &finding.remedy {
        Some(remedy) => format!("{detail}\n{}", escaped(remedy)),
        None => detail.clone(),
    };
    let inner = match finding.outcome {
        Outcome::Fail => format!("      <failure message=\"{detail}\">{told}</failure>\n"),
        Outcome::Skipped => format!("      <skipped message=\"{detail}\"/>\n"),
        Outcome::Pass | Outcome::Warn => {
            format!("      <system-out>{}: {told}</system-out>\n", word(finding.outcome))
        }
    };
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">\n{inner}    </testcase>\n",
        escaped(suite),
        escaped(&check.id),
        check.took.as_secs_f64()
    )
}

/// What has a meaning in XML as references, and what XML has no place for as a mark.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            other => safe.push(other),
        }
    }
    safe
}

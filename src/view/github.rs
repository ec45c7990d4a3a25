//! What GitHub Actions reads in a log: a spec's mistakes as annotations, and nothing that others wrote as a command
//! (life-and-ci.md section 14).
//!
//! What must not live here: whether this is a run of GitHub, which `settings` knows.

use std::path::Path;

use crate::spec::{Finding, Severity};

/// A mistake or warning as the command that annotates its lines; nothing for one without a place.
///
/// `folder` is the project's within the repository, since GitHub knows files by their paths there.
#[must_use]
pub fn annotation(finding: &Finding, folder: &Path) -> Option<String> {
    let place = finding.location()?;
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = property(&folder.join(&place.file).to_string_lossy());
    let text = [Some(&finding.message), finding.expected.as_ref(), finding.help.as_ref()];
    let [message, expected, help] = text.map(|text| text.map(String::as_str));
    let expected = expected.map(|expected| format!("expected {expected}"));
    let lines: Vec<&str> = [message, expected.as_deref(), help].into_iter().flatten().collect();
    let (line, column) = (place.line, place.column);
    Some(format!(
        "::{command} file={file},line={line},col={column},title=trueup::{}\n",
        data(&lines.join("\n"))
    ))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// How the runner's older commands begin, at any place of a line: `##[error]`, `##[add-mask]`.
pub(super) const ANYWHERE: &str = "##[";

/// The same lines, none of which begins like a command or holds one of the older ones: names and messages come from
/// others. JSON stays as it is, since no line of it begins like one, and it writes the others otherwise.
#[must_use]
pub fn harmless(text: &str) -> String {
    let line = |line: &str| {
        let (gap, words) = line.split_at(line.len() - line.trim_start().len());
        match words.strip_prefix("::") {
            Some(rest) => format!("{gap}:\u{200b}:{rest}"),
            None => line.to_owned(),
        }
    };
    let lines: String = text.split_inclusive('\n').map(line).collect();
    lines.replace(ANYWHERE, "##\u{200b}[")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, EnvironmentName, SpecError};

    fn findings(text: &str) -> Vec<Finding> {
        match spec::parse(&EnvironmentName::parse("production").unwrap(), text) {
            Err(SpecError::Findings(findings)) => findings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mistake_stands_at_its_place_in_the_repository() {
        let findings = findings("app: { name: shop, regoin: us }\n");
        let annotation = annotation(&findings[0], Path::new("deploy")).unwrap();
        assert!(
            annotation.starts_with("::error file=deploy/environments/production.yaml,line=1,col=20,title=trueup::unknown key `regoin` in `app`%0A"),
            "{annotation}"
        );
        assert_eq!(annotation.lines().count(), 1);
    }

    #[test]
    fn a_path_cannot_add_properties_nor_a_text_end_its_line() {
        assert_eq!(property("a,line=1:b%\n"), "a%2Cline=1%3Ab%25%0A");
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
    }

    #[test]
    fn no_line_of_others_is_a_command() {
        for (text, expected) in [
            ("::error::x\n", ":\u{200b}:error::x\n"),
            ("    ::add-mask::a\nb\n", "    :\u{200b}:add-mask::a\nb\n"),
            ("a::b\n", "a::b\n"),
            ("  + A  ##[add-mask]a\n", "  + A  ##\u{200b}[add-mask]a\n"),
            ("###[error]a ##[warning]b", "###\u{200b}[error]a ##\u{200b}[warning]b"),
            ("## [a] #[b]\n", "## [a] #[b]\n"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected);
        }
    }
}

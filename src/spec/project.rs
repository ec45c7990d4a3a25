//! `trueup.yaml` in the project's folder: what holds for all of its environments. Read like a spec, with every mistake
//! at its place.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::finding::{Finding, Severity};
use super::forms::Given;
use super::load::read_bounded;
use super::source::Source;
use super::{SpecError, decode, load, yaml};

/// The file, in the project's folder.
const FILE: &str = "trueup.yaml";
/// The other ending, under which nobody looks.
const MISNAMED: &str = "trueup.yml";

/// What a project says of all its environments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFile {
    /// Programs that every plan has to pass.
    pub checks: Vec<Program>,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, or its path.
    pub name: String,
    /// What it is given, word by word.
    pub arguments: Vec<String>,
}

impl Program {
    /// From the words of a command; `None` when the first is nothing.
    #[must_use]
    pub fn of(words: Vec<String>) -> Option<Self> {
        let mut words = words.into_iter();
        let name = words.next().filter(|name| !name.is_empty())?;
        Some(Self { name, arguments: words.collect() })
    }
}

/// The command as it can be typed: words in quotes where a shell would change them.
impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |character: char| character.is_alphanumeric() || "_-./=:,@%+".contains(character);
        let word = |word: &String| {
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', r"'\''"))
            }
        };
        let words: Vec<String> = std::iter::once(&self.name).chain(&self.arguments).map(word).collect();
        formatter.write_str(&words.join(" "))
    }
}

/// The file as it is written.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with `checks`")]
struct RawProject {
    checks: Option<Vec<Given<RawProgram>>>,
}

#[derive(Debug)]
struct RawProgram(Program);

impl<'de> Deserialize<'de> for RawProgram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RawProgramVisitor)
    }
}

struct RawProgramVisitor;

impl<'de> Visitor<'de> for RawProgramVisitor {
    type Value = RawProgram;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of a program and its arguments, such as `[conftest, test, -]`")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<RawProgram, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Program::of(words).map(RawProgram).ok_or_else(|| de::Error::custom("this check names no program"))
    }
}

impl ProjectFile {
    /// The file of the project at this folder; without one, nothing is said.
    pub fn load(project: &Path) -> Result<Self, SpecError> {
        if project.join(MISNAMED).exists() {
            let message = format!("nothing reads `{MISNAMED}`");
            let finding = Finding::error("", message).help(format!("call it `{FILE}`"));
            return Err(SpecError::from_findings(vec![finding]));
        }
        match read_bounded(project, Path::new(FILE)) {
            Ok(bytes) => Self::read(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(SpecError::Unreadable { file: FILE.into(), error }),
        }
    }

    fn read(bytes: Vec<u8>) -> Result<Self, SpecError> {
        let source = load::source(PathBuf::from(FILE), bytes);
        let source: Arc<Source> = source.map_err(|finding| SpecError::from_findings(vec![finding]))?;
        let (root, mut findings) = yaml::parse(&source);
        let Some(root) = root else { return Err(SpecError::from_findings(findings)) };
        let decoded = decode::all::<RawProject>(root.or_empty());
        findings.extend(decoded.findings);
        findings.retain(|finding| finding.severity == Severity::Error);
        match decoded.value {
            Some(raw) if findings.is_empty() => {
                let checks = raw.checks.unwrap_or_default().into_iter().filter_map(Given::value);
                Ok(Self { checks: checks.map(|RawProgram(program)| program).collect() })
            }
            _ => Err(SpecError::from_findings(findings)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let file = ProjectFile::read(text.as_bytes().to_vec()).map_err(|error| error.render(false))?;
        Ok(file.checks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn checks_are_programs_with_their_words() {
        for (text, checks) in [
            ("", &[][..]),
            ("# nothing yet\n", &[]),
            ("checks:\n", &[]),
            ("checks: []", &[]),
            ("checks: [[conftest, test, -]]", &["conftest test -"]),
            (
                "checks:\n  - [sh, -c, \"jq -e .summary\"]\n  - [./ok, 5]\n",
                &["sh -c 'jq -e .summary'", "./ok 5"],
            ),
        ] {
            assert_eq!(read(text).unwrap(), checks, "{text}");
        }
    }

    #[test]
    fn every_mistake_is_shown_at_its_place() {
        for (text, words) in [
            ("chekcs: []", &["unknown key `chekcs`", "trueup.yaml:1:1", "did you mean `checks`?"][..]),
            (
                "checks: conftest test -",
                &["`checks`: `conftest test -` cannot be used here", ":1:9", "a list"],
            ),
            (
                "checks:\n  - conftest test -\n",
                &["`checks[0]`: `conftest test -`", ":2:5", "[conftest, test, -]"],
            ),
            ("checks: [[]]", &["this check names no program", ":1:10"]),
            ("checks: [['']]", &["this check names no program"]),
            ("checks: [[a, [b]]]", &["`checks[0][1]`: a list cannot be used here"]),
            ("checks: [a, b]", &["`checks[0]`", "`checks[1]`"]),
            ("- checks", &["a map with `checks`"]),
            ("checks: [", &["the YAML cannot be read"]),
            ("checks: []\nchecks: []\n", &["`checks` is written twice"]),
        ] {
            let shown = read(text).unwrap_err();
            for word in words {
                assert!(shown.contains(word), "{text}: `{word}` is not in\n{shown}");
            }
        }
    }
}

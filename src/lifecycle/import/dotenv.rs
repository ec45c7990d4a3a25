//! The values of `env` sources as a file for a shell, and the names that the spec has for them.

use super::{Asked, Found, Secrets};
use crate::resource::{Line, SpecDraft, SpecValue};
use crate::secret::Secret;

/// The variable of the operator's environment that a key takes its value from. The environment's name stands in front,
/// so that it never shadows one of the operator's own.
pub(super) fn reference(asked: &Asked, line: &Line) -> Option<String> {
    let [section, var] = line.keys.as_slice() else { return None };
    let is_taken = asked.secrets == Secrets::Env && section == "config" && line.value == SpecValue::Secret;
    is_taken.then(|| format!("{}_{var}", prefix(asked.environment.as_str())))
}

fn prefix(environment: &str) -> String {
    let words = environment.to_ascii_uppercase().replace('-', "_");
    // No shell takes a name that begins with a digit.
    if words.starts_with(|first: char| first.is_ascii_digit()) { format!("_{words}") } else { words }
}

/// Each variable with its value.
pub(super) fn values<'a>(asked: &Asked, draft: &SpecDraft, found: &'a Found) -> Vec<(String, &'a Secret)> {
    let value = |line: &Line| {
        let variable = reference(asked, line)?;
        Some((variable, found.world.config.get(line.keys.last()?)?))
    };
    draft.lines().iter().filter_map(value).collect()
}

/// The file: `NAME='value'`, a single quote in a value as `'\''`.
#[expect(clippy::disallowed_methods, reason = "the file that `--secrets env` asks for")]
pub(super) fn file(asked: &Asked, values: &[(String, &Secret)]) -> Secret {
    let environment = &asked.environment;
    let mut text = format!(
        "# Secrets of the environment {environment}: keep this file to yourself, and out of git.\n\
         # set -a; . environments/{environment}.env; set +a\n"
    );
    for (variable, value) in values {
        let quoted = value.reveal().replace('\'', r"'\''");
        text.push_str(&format!("{variable}='{quoted}'\n"));
    }
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_shells_name_of_the_environment() {
        for (environment, expected) in
            [("production", "PRODUCTION"), ("ledger-eu", "LEDGER_EU"), ("2nd", "_2ND"), ("a_b", "A_B")]
        {
            assert_eq!(prefix(environment), expected);
        }
    }
}

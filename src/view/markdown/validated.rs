//! What `trueup validate` found, for the summary of a job: a row an environment.

use super::escape::{code, sentence};
use crate::spec::EnvironmentName;
use crate::view::text::count;

/// What the words about rows that are left out take at most.
const REMARK: usize = 100;

/// A table of at most so many bytes: each environment, and in short why it cannot be used.
#[must_use]
pub fn validated(environments: &[(EnvironmentName, Option<String>)], limit: usize) -> String {
    let failed = environments.iter().filter(|(_, why)| why.is_some()).count();
    let verdict = if failed == 0 { "all valid".to_owned() } else { format!("{failed} with mistakes") };
    let mut text = format!(
        "### trueup validate: {}, {verdict}\n\n| environment | |\n|---|---|\n",
        count(environments.len(), "environment")
    );
    // Mistakes come first, so that what is left out is what is well.
    let (wrong, valid): (Vec<_>, Vec<_>) = environments.iter().partition(|(_, why)| why.is_some());
    for (shown, (name, why)) in wrong.iter().chain(&valid).enumerate() {
        let verdict = why.as_deref().map_or_else(|| "valid".to_owned(), sentence);
        let row = format!("| {} | {verdict} |\n", code(name.as_str()));
        if text.len() + row.len() + REMARK > limit {
            let left = environments.len() - shown;
            return text + &format!("\n{left} more are not shown here.\n");
        }
        text += &row;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str, why: Option<&str>) -> (EnvironmentName, Option<String>) {
        (EnvironmentName::parse(name).unwrap(), why.map(str::to_owned))
    }

    #[test]
    fn mistakes_come_first_and_stay_text() {
        let text = validated(
            &[environment("a", None), environment("b", Some("unknown key `<img src=x>|`"))],
            10_000,
        );
        assert_eq!(
            text,
            "### trueup validate: 2 environments, 1 with mistakes\n\n| environment | |\n|---|---|\n\
             | `b` | unknown key &#96;&#60;img src&#61;x&#62;&#124;&#96; |\n| `a` | valid |\n\n"
        );
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let many: Vec<_> = (0..100).map(|number| environment(&format!("e{number}"), None)).collect();
        let text = validated(&many, 400);
        assert!(text.len() <= 400, "{}", text.len());
        let rows = text.matches("| valid |").count();
        assert!(text.ends_with(&format!("\n{} more are not shown here.\n", 100 - rows)), "{text}");
    }
}

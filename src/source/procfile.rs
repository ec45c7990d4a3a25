//! The process types of a Procfile.

use std::collections::BTreeSet;

/// `web: bundle exec puma` names `web`; what is not of that form is no line of it.
pub(super) fn types(text: &str) -> BTreeSet<String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let named = lines.map(|(name, command)| (name.trim(), command.trim()));
    named
        .filter(|(name, command)| is_name(name) && !command.is_empty())
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_process_type() {
        let text =
            "# web: old\nweb: bundle exec puma -p $PORT\nworker:bin/jobs\r\n\nempty:\nrelease: x\nno line\n";
        assert_eq!(types(text).into_iter().collect::<Vec<_>>(), ["release", "web", "worker"]);
    }
}

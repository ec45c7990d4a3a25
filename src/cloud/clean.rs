//! Makes what a service says fit to show: its messages, names and ids reach a terminal and a log.
//!
//! What must not live here: whose secrets are hidden; callers know what they sent.

use crate::secret::Secret;
use crate::terminal::is_obeyed;

/// Text of a service made fit to show: one line, without control characters (a terminal obeys them), without the
/// secrets that were sent, and not too long.
pub(super) fn clean(text: &str, secrets: &[&Secret], longest: usize) -> String {
    // A secret this short would mask ordinary words and hide little.
    const SHORTEST_MASKED: usize = 5;
    // The longest first: one that holds another would otherwise lose its middle and show its ends.
    let mut masked: Vec<&Secret> =
        secrets.iter().copied().filter(|secret| secret.size() >= SHORTEST_MASKED).collect();
    masked.sort_by_key(|secret| std::cmp::Reverse(secret.size()));
    let mut text = text.to_owned();
    for secret in masked {
        text = text.replace(secret.reveal(), "(sensitive)");
    }
    let line: String =
        text.chars().map(|character| if is_obeyed(character) { ' ' } else { character }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_within_another_does_not_lay_the_other_bare() {
        let (inner, outer) = (Secret::new("canary"), Secret::new("left-canary-right"));
        for secrets in [[&inner, &outer], [&outer, &inner]] {
            assert_eq!(
                clean("no left-canary-right, no canary", &secrets, 100),
                "no (sensitive), no (sensitive)"
            );
        }
    }
}

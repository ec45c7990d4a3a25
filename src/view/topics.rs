//! What `trueup help` tells besides the commands.

/// The topics, by the words that ask for them.
const TOPICS: [(&str, &str); 3] = [
    ("spec", include_str!("topics/spec.txt")),
    ("secrets", include_str!("topics/secrets.txt")),
    ("exit-codes", include_str!("topics/exit-codes.txt")),
];

/// The text of a topic.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    TOPICS.into_iter().find(|(topic, _)| *topic == name).map(|(_, text)| text)
}

/// What can be asked for.
pub fn names() -> impl Iterator<Item = &'static str> {
    TOPICS.into_iter().map(|(name, _)| name)
}

//! The names of a clone's things, made from those of the environment that it comes from. Pure, and always the same.

use sha2::{Digest as _, Sha256};

use crate::spec::{AppName, BucketName, Environment, EnvironmentName, UserName};

/// What stands for the one environment, and what stands for the other in its place.
pub(super) struct Renaming {
    /// The longest first: an app's name usually holds the environment's.
    pairs: Vec<(String, String)>,
    /// Put behind names that hold nothing of the one environment.
    ending: String,
}

/// How long names may be (heroku-api.md section 2, aws-s3-iam.md sections 3 and 4).
const APP: usize = 30;
const BUCKET: usize = 63;
const USER: usize = 64;

impl Renaming {
    /// From one environment to another, whose app may have been named.
    pub(super) fn new(source: &Environment, name: &EnvironmentName, app: Option<&AppName>) -> Self {
        let (from, to) = (plain(source.name.as_str()), plain(name.as_str()));
        let only_names = Self { pairs: vec![(from.clone(), to.clone())], ending: to.clone() };
        let old = source.spec.app.name.to_string();
        let app = app.map_or_else(|| only_names.renamed(&old, APP), ToString::to_string);
        Self { pairs: vec![(old, app), (from, to.clone())], ending: to }
    }

    /// The app's name.
    pub(super) fn app(&self) -> Option<AppName> {
        self.pairs.first().and_then(|(_, name)| AppName::parse(name).ok())
    }

    /// The name of a bucket.
    pub(super) fn bucket(&self, old: &BucketName) -> Option<BucketName> {
        BucketName::parse(&self.renamed(old.as_str(), BUCKET)).ok()
    }

    /// The name of a user.
    pub(super) fn user(&self, old: &UserName) -> Option<UserName> {
        UserName::parse(&self.renamed(old.as_str(), USER)).ok()
    }

    /// With the first of the pairs that the name holds replaced, or with the ending; never longer than allowed.
    fn renamed(&self, old: &str, most: usize) -> String {
        let replaced = self.pairs.iter().find_map(|(from, to)| replace(old, from, to));
        let name = replaced.unwrap_or_else(|| format!("{old}-{}", self.ending));
        shortened(&name, most)
    }
}

/// In the letters that every kind of name may have.
fn plain(name: &str) -> String {
    let lowered = name.to_ascii_lowercase();
    let words = lowered.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// Replaces the last place where a part stands by itself, between signs or ends.
fn replace(name: &str, part: &str, with: &str) -> Option<String> {
    let is_free = |side: Option<char>| side.is_none_or(|character| !character.is_ascii_alphanumeric());
    let mut places = name.rmatch_indices(part);
    let (at, _) = places.find(|(at, _)| {
        let (before, after) = (&name[..*at], &name[at + part.len()..]);
        !part.is_empty() && is_free(before.chars().next_back()) && is_free(after.chars().next())
    })?;
    Some(format!("{}{with}{}", &name[..at], &name[at + part.len()..]))
}

/// A name that is too long keeps its beginning, and gets an ending that tells it from others with that beginning.
fn shortened(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let tail = hex::encode(Sha256::digest(name))[..6].to_owned();
    let mut end = most - tail.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{tail}", name[..end].trim_end_matches(['-', '.', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse;

    fn renaming(app: &str, name: &str, given: Option<&str>) -> Renaming {
        let production = EnvironmentName::parse("production").unwrap();
        let source = parse(&production, &format!("app: {{ name: {app} }}")).unwrap();
        let given = given.map(|given| AppName::parse(given).unwrap());
        Renaming::new(&source, &EnvironmentName::parse(name).unwrap(), given.as_ref())
    }

    #[test]
    fn what_names_the_one_environment_names_the_other() {
        for (old, name, new) in [
            ("ledger-production", "review-7", "ledger-review-7"),
            ("production-ledger", "staging", "staging-ledger"),
            ("ledger", "review-7", "ledger-review-7"),
            // A part of a word is another word.
            ("reproduction", "qa", "reproduction-qa"),
            ("ledger-production", "feature_X", "ledger-feature-x"),
        ] {
            let renaming = renaming(old, name, None);
            assert_eq!(renaming.app().unwrap().as_str(), new, "{old} {name}");
        }
    }

    #[test]
    fn buckets_and_users_follow_the_app() {
        let bucket = |renaming: &Renaming, old| renaming.bucket(&BucketName::parse(old).unwrap()).unwrap();
        let derived = renaming("ledger-production", "review-7", None);
        for (old, new) in [
            ("ledger-production-uploads", "ledger-review-7-uploads"),
            ("uploads.production", "uploads.review-7"),
            ("ledgerfiles", "ledgerfiles-review-7"),
        ] {
            assert_eq!(bucket(&derived, old).as_str(), new);
        }
        let named = renaming("ledger-production", "review-7", Some("other"));
        assert_eq!(bucket(&named, "ledger-production-uploads").as_str(), "other-uploads");
        let user = named.user(&UserName::parse("ledger-production-app").unwrap()).unwrap();
        assert_eq!(user.as_str(), "other-app");
    }

    #[test]
    fn a_name_that_would_be_too_long_is_cut_and_stays_apart_from_others() {
        let long = |name| renaming("ledger-production", name, None).app().unwrap().to_string();
        let (one, other) = (long("review-of-a-long-branch-one"), long("review-of-a-long-branch-two"));
        assert!(one.starts_with("ledger-review-of-a-long-"), "{one}");
        assert!(one.len() <= APP && other.len() <= APP);
        assert_ne!(one, other);
    }
}

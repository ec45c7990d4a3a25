//! Which environments `destroy --expired` takes away: those whose file says so, unless something of theirs was given more
//! time by its tag. Pure.

use time::OffsetDateTime;

use crate::resource::{World, bucket, tags};
use crate::spec::{AppName, Expiry, Spec};

/// Whether the file says that the environment is to be gone by now.
#[must_use]
pub fn is_due(spec: &Spec, now: OffsetDateTime) -> bool {
    spec.expires.is_some_and(|expires| expires.has_come(now))
}

/// Until when an environment has more time than its file says, as the tag of a bucket or user has it.
#[must_use]
pub fn more_time(world: &World, now: OffsetDateTime) -> Option<Expiry> {
    let users = world.iam_user.values().map(|user| &user.tags);
    let latest = users.chain(bucket::live_tags(world)).filter_map(tags::expiry).max()?;
    (!latest.has_come(now)).then_some(latest)
}

/// Whether an app is among those that were confirmed, each by its name or a pattern such as `shop-review-*`. One that
/// would be met by any name at all confirms nothing.
#[must_use]
pub fn is_confirmed(patterns: &[String], app: &AppName) -> bool {
    let names_something = |pattern: &str| pattern.chars().any(|sign| sign.is_ascii_alphanumeric());
    let meets = |pattern: &String| {
        let pattern = pattern.trim();
        names_something(pattern)
            && glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(app.as_str()))
    };
    patterns.iter().any(meets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{NOW, tags, want, world};

    #[test]
    fn what_the_file_says_counts_unless_a_tag_gives_more_time() {
        let due = |yaml: &str| is_due(want(yaml).desired().spec(), NOW);
        assert!(due("expires: 2026-11-23T12:00:00Z"));
        assert!(!due("expires: 2026-11-23T12:00:01Z"));
        assert!(!due(""), "what says nothing stays");
        let tagged = |at: &str| {
            let mut world = world().with_user(&[]);
            let user = world.iam_user.values_mut().next().unwrap();
            user.tags.extend(tags(&[("trueup:expires", at)]));
            more_time(&world, NOW).map(|expiry| expiry.to_string())
        };
        assert_eq!(tagged("2026-11-25T00:00:00Z").as_deref(), Some("2026-11-25T00:00:00Z"));
        assert_eq!(tagged("2026-11-22T00:00:00Z"), None);
        assert_eq!(tagged("one day"), None);
        assert_eq!(more_time(&world(), NOW), None);
    }

    #[test]
    fn apps_are_confirmed_by_name_or_by_a_pattern_that_says_something() {
        let confirmed = |patterns: &[&str], app: &str| {
            let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
            is_confirmed(&patterns, &AppName::parse(app).unwrap())
        };
        assert!(confirmed(&["shop-review-1"], "shop-review-1"));
        assert!(confirmed(&["other", "shop-review-*"], "shop-review-42"));
        assert!(!confirmed(&["shop-review-*"], "shop-production"));
        assert!(!confirmed(&["*"], "shop-production"));
        assert!(!confirmed(&["**-?"], "shop-production"));
        assert!(!confirmed(&[], "shop-production"));
        assert!(!confirmed(&["shop-[x"], "shop-x"));
    }
}

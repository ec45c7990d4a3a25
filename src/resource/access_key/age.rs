//! How old a key is, and from when on that is worth a word: nothing is changed for it.

use time::OffsetDateTime;

use crate::cloud::aws::AccessKeyInfo;
use crate::spec::IamUser;

/// A key that is older than this should be replaced, where no spec says when.
const OLD: i64 = 90;
/// So many days before its spec has it replaced.
const SOON: i64 = 7;

/// In whole days.
pub(super) fn days(key: &AccessKeyInfo, now: OffsetDateTime) -> i64 {
    (now - key.created).whole_days().max(0)
}

/// What there is to say of a key of that age that stays.
pub(super) fn worth_a_word(days: i64, user: &IamUser) -> Option<String> {
    let limit = user.access_key.as_ref().and_then(|key| key.max_age).map(|limit| i64::from(limit.days));
    match limit {
        None if days > OLD => Some(format!(
            "{days} days old, and the spec sets no `max_age`; `trueup rotate` replaces it when it is named"
        )),
        Some(limit) if days + SOON >= limit && days <= limit => {
            Some(format!("{days} days old; when it is older than {limit}, an apply replaces it"))
        }
        _ => None,
    }
}

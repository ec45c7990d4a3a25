//! How long a key that trueup set inactive stays: as long as that, who still needs it can have it back. When it was set
//! inactive is written down as a tag of the user, since nothing is remembered between runs.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::resource::tags::Tags;

/// How long a key stays inactive before it is deleted.
pub(super) const SETTLE: Duration = Duration::hours(24);

/// The tag that names the key that was set inactive last: IAM's two slots leave room for one.
const TAG: &str = "trueup:inactive-key";
/// Between the id and the moment.
const SINCE: &str = " since ";

/// The tag for a key that is set inactive now.
pub(super) fn tag(id: &str, now: OffsetDateTime) -> Tags {
    Tags::from([(TAG.to_owned(), format!("{id}{SINCE}{}", in_words(now)))])
}

/// Since when a key is inactive, if trueup set it so.
pub(super) fn since(tags: &Tags, id: &str) -> Option<OffsetDateTime> {
    let (named, moment) = tags.get(TAG)?.split_once(SINCE)?;
    OffsetDateTime::parse(moment, &Rfc3339).ok().filter(|_| named == id)
}

/// A moment to the second: `2026-11-26T14:03:22Z`.
pub(super) fn in_words(moment: OffsetDateTime) -> String {
    let moment = moment.to_offset(time::UtcOffset::UTC);
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.to_string())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::resource::testing::tags;

    #[test]
    fn the_tag_tells_which_key_and_since_when() {
        let moment = datetime!(2026-11-26 16:03:22.5 +2);
        let written = tag("AKIAONE", moment);
        assert_eq!(written, tags(&[(TAG, "AKIAONE since 2026-11-26T14:03:22Z")]));
        assert_eq!(since(&written, "AKIAONE"), Some(datetime!(2026-11-26 14:03:22 UTC)));
        assert_eq!(since(&written, "AKIATWO"), None);
        assert_eq!(since(&tags(&[(TAG, "AKIAONE since yesterday")]), "AKIAONE"), None);
        assert_eq!(since(&tags(&[]), "AKIAONE"), None);
    }
}

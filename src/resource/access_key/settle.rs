//! How long a key that trueup set inactive stays: as long as that, who still needs it can have it back. When it was set
//! inactive is written down as a tag of the user, since nothing is remembered between runs.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::cloud::aws::AccessKeyInfo;
use crate::resource::tags::Tags;

/// Within this time after its creation a key is used by the apply that made it, to prove that it works, and its
/// predecessor by dynos that do not run with it yet.
pub(super) const PROVING: Duration = Duration::hours(1);

/// How long a key stays inactive before it is deleted.
pub(super) const SETTLE: Duration = Duration::hours(24);

/// The tag that names the key that was set inactive last: IAM's two slots leave room for one.
const TAG: &str = "trueup:inactive-key";
/// Between the id and the moment. There is no space in it: moto, which signs a request again to check it, takes no
/// value with one for what the SDK signed.
const SINCE: &str = "/since/";

/// The tag for a key that is set inactive now.
pub(super) fn tag(id: &str, now: OffsetDateTime) -> Tags {
    Tags::from([(TAG.to_owned(), format!("{id}{SINCE}{}", in_words(now)))])
}

/// Since when a key is inactive, if trueup set it so.
pub(super) fn since(tags: &Tags, id: &str) -> Option<OffsetDateTime> {
    let (named, moment) = tags.get(TAG)?.split_once(SINCE)?;
    OffsetDateTime::parse(moment, &Rfc3339).ok().filter(|_| named == id)
}

/// The tag of an adopted user that tells when it got a key from trueup in the place of another, and of which one.
const RENEWAL: &str = "trueup:new-key";
/// Between the moment and the id.
const INSTEAD_OF: &str = "/instead-of/";

/// The tag for a user that gets a new key now, in the place of the one that the app has.
pub(super) fn renewal_tag(now: OffsetDateTime, replaced: &str) -> Tags {
    Tags::from([(RENEWAL.to_owned(), format!("{}{INSTEAD_OF}{replaced}", in_words(now)))])
}

/// Whether a key is trueup's to take away, though the user is not: trueup made it, or it was the app's until trueup made
/// another one. Written down before the new key is made, so that an apply that is cut off leaves no key behind of which
/// nobody knows whose it is.
pub(super) fn is_of_renewal(tags: &Tags, key: &AccessKeyInfo) -> bool {
    let Some((moment, replaced)) = tags.get(RENEWAL).and_then(|tag| tag.split_once(INSTEAD_OF)) else {
        return false;
    };
    let made = OffsetDateTime::parse(moment, &Rfc3339);
    replaced == key.id || made.is_ok_and(|made| (key.created - made).abs() <= PROVING)
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
        assert_eq!(written, tags(&[(TAG, "AKIAONE/since/2026-11-26T14:03:22Z")]));
        assert_eq!(since(&written, "AKIAONE"), Some(datetime!(2026-11-26 14:03:22 UTC)));
        assert_eq!(since(&written, "AKIATWO"), None);
        assert_eq!(since(&tags(&[(TAG, "AKIAONE/since/yesterday")]), "AKIAONE"), None);
        assert_eq!(since(&tags(&[]), "AKIAONE"), None);
    }

    #[test]
    fn the_tag_of_a_renewal_tells_the_two_keys_that_it_is_about() {
        let key = |id: &str, age| crate::resource::testing::key(id, age);
        let now = crate::resource::testing::NOW;
        let written = renewal_tag(now, "AKIAOLD");
        for (id, age, expected) in [
            ("AKIAOLD", 400, true),
            ("AKIANEW", 0, true),
            ("AKIATHEIRS", 1, false),
            ("AKIATHEIRS", 400, false),
        ] {
            assert_eq!(is_of_renewal(&written, &key(id, age)), expected, "{id}, {age} days old");
        }
        assert!(!is_of_renewal(&tags(&[]), &key("AKIANEW", 0)));
    }
}

//! Whose a change is, and who made it: in words, and for programs.

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use super::text::{clean, count};
use crate::plan::{By, Origin, Who};
use crate::resource::Cause;

/// `live changed, by ann@example.com in v42, 3 days ago`
pub(super) fn words(origin: &Origin) -> String {
    let cause = match origin.cause {
        Cause::Spec => "the spec changed",
        Cause::Source => "supplied value or live differs",
        Cause::Drift if origin.is_supplied => "supplied value or live differs",
        Cause::Drift => "live changed",
        Cause::Both => "spec and live changed",
        Cause::New => "new in the spec",
        Cause::Dropped => "dropped from the spec",
    };
    match &origin.by {
        Some(by) => format!("{cause}, {}", by_words(by)),
        None => cause.to_owned(),
    }
}

/// `by ann@example.com in v42, 3 days ago`, `between v41 and v43`
pub(super) fn by_words(by: &By) -> String {
    let who = by.who.as_ref().map(|who| match who {
        Who::Person(email) => format!("by {}", clean(email)),
        Who::Team(email) => format!("by the team {}", clean(email)),
        Who::Provider(email) => format!("by the add-on provider {}", clean(email)),
        Who::Buildpack(email) => format!("by the buildpack in a build of {}", clean(email)),
    });
    let release = match by.earliest {
        Some(earliest) => format!("between v{earliest} and v{}", by.release),
        None => format!("in v{}", by.release),
    };
    let when = by.days.map(|days| match days {
        0 => "today".to_owned(),
        days => format!("{} ago", count(days.unsigned_abs(), "day")),
    });
    let told: Vec<String> = who.into_iter().chain([release]).collect();
    std::iter::once(told.join(" ")).chain(when).collect::<Vec<_>>().join(", ")
}

/// The same for programs; `between` stands for a release that is not certain.
#[derive(Serialize, schemars::JsonSchema)]
pub(super) struct Value<'a> {
    who: Option<&'a str>,
    who_is: Option<&'static str>,
    when: Option<String>,
    release: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    between: Option<[u64; 2]>,
    what: Option<&'a str>,
}

pub(super) fn value(origin: &Origin) -> Option<Value<'_>> {
    let by = origin.by.as_ref()?;
    let who_is = by.who.as_ref().map(|who| match who {
        Who::Person(_) => "person",
        Who::Team(_) => "team",
        Who::Provider(_) => "provider",
        Who::Buildpack(_) => "buildpack",
    });
    Some(Value {
        who: by.who.as_ref().map(Who::email),
        who_is,
        when: by.when.and_then(|when| when.format(&Rfc3339).ok()),
        release: by.earliest.is_none().then_some(by.release),
        between: by.earliest.map(|earliest| [earliest, by.release]),
        what: by.what.as_deref(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_moved_it_is_told_as_exactly_as_it_is_known() {
        let ann = || Some(Who::Person("ann@example.com".to_owned()));
        let by = |who, days, earliest| By { who, when: None, days, earliest, release: 43, what: None };
        for (by, expected) in [
            (by(ann(), Some(3), None), "by ann@example.com in v43, 3 days ago"),
            (by(ann(), Some(1), None), "by ann@example.com in v43, 1 day ago"),
            (by(ann(), Some(0), None), "by ann@example.com in v43, today"),
            (by(ann(), None, Some(41)), "by ann@example.com between v41 and v43"),
            (by(None, None, Some(41)), "between v41 and v43"),
            (by(None, None, None), "in v43"),
            (
                by(Some(Who::Team("shop@herokumanager.com".to_owned())), None, None),
                "by the team shop@herokumanager.com in v43",
            ),
            (by(Some(Who::Person("a\u{1b}[31m".to_owned())), None, None), "by a\\u{1b}[31m in v43"),
        ] {
            assert_eq!(by_words(&by), expected);
        }
    }

    #[test]
    fn a_value_of_the_operators_side_may_be_what_differs() {
        let told = |cause, is_supplied| words(&Origin { cause, is_supplied, by: None });
        assert_eq!(told(Cause::Drift, true), told(Cause::Source, true));
        assert_ne!(told(Cause::Drift, false), told(Cause::Drift, true));
    }
}

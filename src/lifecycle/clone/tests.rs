//! What the words of a clone mean: settings, lifetimes, names within other words.

#![cfg(test)]

use super::draft::holds;
use super::*;

#[test]
fn a_setting_is_a_key_and_a_value() {
    let read = |text: &str| text.parse::<Setting>().ok().map(|one| (one.path.join("/"), one.value));
    for (text, path, value) in [
        ("app.region=eu", "app/region", "eu"),
        ("config.A=b=c", "config/A", "b=c"),
        ("addons.CACHE=null", "addons/CACHE", "null"),
        ("config.EMPTY=", "config/EMPTY", ""),
    ] {
        assert_eq!(read(text), Some((path.to_owned(), value.to_owned())), "{text}");
    }
    for text in ["", "app.region", "=eu", "app..region=eu", "config.A=one\ntwo"] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_lifetime_is_in_days_or_hours_and_at_most_a_year() {
    let read = |text: &str| text.parse::<Lifetime>().ok().map(|Lifetime(time)| time.whole_hours());
    for (text, hours) in [("3d", Some(72)), ("12h", Some(12)), ("365d", Some(8760))] {
        assert_eq!(read(text), hours, "{text}");
    }
    for text in ["", "d", "0d", "3", "3w", "-1d", "366d", "1.5d", "é"] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_name_counts_only_where_it_stands_by_itself() {
    for (text, is_named) in [
        ("https://ledger-production.herokuapp.com", true),
        ("ledger-production", true),
        ("ledger-production-uploads", false),
        ("my-ledger-production", false),
        ("preledger-production", false),
        ("old-ledger-production, ledger-production", true),
    ] {
        assert_eq!(holds(text, "ledger-production"), is_named, "{text}");
    }
}

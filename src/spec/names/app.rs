//! The names of what hangs on an app besides its add-ons and dynos.

use super::*;

name!(
    /// An app feature, which Heroku's program calls a lab: `runtime-dyno-metadata` (heroku-api.md section 2).
    FeatureName,
    "An app feature: runtime-dyno-metadata. `heroku labs` lists those of an app.",
    "^[a-z][a-z0-9_-]{0,63}$",
    |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let is_valid = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 64
            && text.chars().all(inner);
        let expected = "a feature's name such as `runtime-dyno-metadata`: a-z, 0-9, - and _";
        is_valid.then(|| text.to_owned()).ok_or_else(|| NameError::expected(expected))
    }
);
name!(
    /// An e-mail address, as far as a shape can tell; the same in capitals.
    Email,
    "An e-mail address.",
    concat!(
        "^[!-?A-~]{1,64}@(?=.{1,253}$)(?!.*\\.[0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
        "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
    ),
    |text| {
        let is_valid = text.split_once('@').is_some_and(|(person, host)| {
            let visible = person.chars().all(|character| character.is_ascii_graphic());
            let is_host = !host.starts_with('*') && rules::hostname(host).is_ok();
            (1..=64).contains(&person.len()) && visible && is_host
        });
        is_valid.then(|| text.to_ascii_lowercase()).ok_or_else(|| NameError::expected("an e-mail address"))
    }
);

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

//! What the text of a release says of config vars, in the forms that Heroku is known to write
//! (docs/facts/life-and-ci.md). A text never holds values.
//!
//! What must not live here: comparing values, which decides where a text does not.

/// What a release did to a var.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// It set or removed it.
    Yes,
    /// It names it among others: its value may have been the same before.
    Among,
    /// It did something else.
    No,
    /// Only its config vars can tell.
    Maybe,
}

/// The vars that the first build of a Ruby app sets, in the name of whoever deployed it.
const OF_THE_BUILDPACK: [&str; 3] = ["LANG", "RACK_ENV", "SECRET_KEY_BASE"];

/// What the text says that the release did to a var.
pub(super) fn touch(description: &str, var: &str) -> Touch {
    if let Some(names) = names(description) {
        return match names.contains(&var) {
            true if names.len() == 1 => Touch::Yes,
            true => Touch::Among,
            false => Touch::No,
        };
    }
    let of_code =
        ["Deploy ", "Deployed ", "Upgrade stack to ", "Initial release", "Enable Logplex", "Retry of "];
    if of_code.iter().any(|form| description.starts_with(form)) {
        return Touch::No;
    }
    let attached = ["Attach ", "Detach ", "Update "].iter().find_map(|form| description.strip_prefix(form));
    match attached.and_then(|rest| rest.split(' ').next()) {
        Some(name) if !var.starts_with(name) => Touch::No,
        _ => Touch::Maybe,
    }
}

/// Whether it took an add-on from the app, by the name of its attachment: `Detach CACHE (@ref:redis-x)`.
pub(super) fn detached(description: &str, attachment: &str) -> bool {
    let rest = description.strip_prefix("Detach ").and_then(|rest| rest.strip_prefix(attachment));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether it brought the app to a stack.
pub(super) fn brought(description: &str, stack: &str) -> bool {
    description.strip_prefix("Upgrade stack to ") == Some(stack)
}

/// Whether it is the buildpack's first build, which looks like a person's change.
pub(super) fn is_of_buildpack(description: &str) -> bool {
    names(description).is_some_and(|names| OF_THE_BUILDPACK.iter().all(|name| names.contains(name)))
}

/// The vars that it names, when it is a text about vars: `Set A, B config vars`, `Set A, remove B config vars`,
/// `@ref:redis-x completed provisioning, setting REDIS_URL.`
fn names(description: &str) -> Option<Vec<&str>> {
    let of_people = || {
        let rest = description.strip_prefix("Set ").or_else(|| description.strip_prefix("Remove "))?;
        rest.strip_suffix(" config vars")
    };
    let of_addons = || {
        let (_, rest) = description.strip_prefix("@ref:")?.split_once(" completed provisioning, setting ")?;
        rest.strip_suffix('.')
    };
    let list = of_people().or_else(of_addons)?;
    let names: Vec<&str> =
        list.split(", ").map(|name| name.strip_prefix("remove ").unwrap_or(name)).collect();
    let is_word =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    names.iter().all(is_word).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_says_of_a_var() {
        for (text, expected) in [
            ("Set MODE config vars", Touch::Yes),
            ("Set A, MODE, B config vars", Touch::Among),
            ("Remove MODE config vars", Touch::Yes),
            ("Set A, remove MODE config vars", Touch::Among),
            ("Set MODE_2, AMODE config vars", Touch::No),
            ("@ref:redis-x completed provisioning, setting MODE.", Touch::Yes),
            ("@ref:redis-x completed provisioning, setting MODE, REDIS_URL.", Touch::Among),
            ("@ref:redis-x completed provisioning, setting REDIS_URL.", Touch::No),
            ("Deploy 1a2b3c4d", Touch::No),
            ("Deployed web (0123456789ab)", Touch::No),
            ("Upgrade stack to heroku-24", Touch::No),
            ("Initial release", Touch::No),
            ("Attach DATABASE (@ref:postgresql-x)", Touch::No),
            ("Update MODE by heroku-postgresql", Touch::Maybe),
            ("Rollback to v12", Touch::Maybe),
            ("Promote shop v3", Touch::Maybe),
            ("Set A, B, … config vars", Touch::Maybe),
            ("set by a script", Touch::Maybe),
            ("", Touch::Maybe),
        ] {
            assert_eq!(touch(text, "MODE"), expected, "{text}");
        }
    }

    #[test]
    fn what_a_text_says_of_add_ons_and_stacks() {
        for (text, expected) in [
            ("Detach CACHE (@ref:redis-x)", true),
            ("Detach CACHE", true),
            ("Detach CACHE_2 (@ref:redis-x)", false),
            ("Attach CACHE (@ref:redis-x)", false),
            ("Detach", false),
        ] {
            assert_eq!(detached(text, "CACHE"), expected, "{text}");
        }
        assert!(brought("Upgrade stack to heroku-22", "heroku-22"));
        assert!(!brought("Upgrade stack to heroku-22", "heroku-2"));
    }

    #[test]
    fn the_first_build_of_a_ruby_app_is_the_buildpacks() {
        let text = "Set LANG, RACK_ENV, RAILS_ENV, RAILS_LOG_TO_STDOUT, RAILS_SERVE_STATIC_FILES, SECRET_KEY_BASE config vars";
        assert!(is_of_buildpack(text));
        assert!(!is_of_buildpack("Set LANG, RACK_ENV config vars"));
    }
}

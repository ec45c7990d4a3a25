//! The file of a clone: the smallest that can be laid over the one of the environment that it comes from. Pure.

use std::fmt::Write as _;

use super::names::Renaming;
use super::{Asked, Setting};
use crate::lifecycle::import::scalar;
use crate::spec::{Addon, Environment, Expiry, NewAddon};

/// Options of a new database that name another one: a clone's is new, or is made from its source's.
const ORIGINS: [&str; 5] = ["follow", "fork", "rollback", "to", "by"];

/// A key with its value as YAML, or with keys below it.
enum Tree {
    Leaf(String),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn set(&mut self, path: &[&str], value: String) {
        let Some((key, rest)) = path.split_first() else {
            *self = Self::Leaf(value);
            return;
        };
        if let Self::Leaf(_) = self {
            *self = Self::Map(Vec::new());
        }
        let Self::Map(entries) = self else { return };
        let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push(((*key).to_owned(), Self::Map(Vec::new())));
            entries.len() - 1
        });
        entries[at].1.set(rest, value);
    }

    fn write(&self, text: &mut String, depth: usize) {
        let Self::Map(entries) = self else { return };
        for (key, tree) in entries {
            if depth == 0 && matches!(tree, Self::Map(_)) {
                text.push('\n');
            }
            let _ = write!(text, "{}{}:", "  ".repeat(depth), scalar(key));
            match tree {
                Self::Leaf(value) => text.push_str(&format!(" {value}\n")),
                Self::Map(_) => {
                    text.push('\n');
                    tree.write(text, depth + 1);
                }
            }
        }
    }
}

/// The file's text. A name that cannot be made is left as it is, so that the collision with the source is told.
pub(super) fn document(asked: &Asked, source: &Environment, expires: Option<Expiry>) -> String {
    let null = || "null".to_owned();
    let spec = &source.spec;
    let names = Renaming::new(source, &asked.name, asked.app.as_ref());
    let mut tree = Tree::Map(Vec::new());
    tree.set(&["cloned_from"], scalar(source.name.as_str()));
    match expires {
        Some(expiry) => tree.set(&["expires"], format!("\"{expiry}\"")),
        None if spec.expires.is_some() => tree.set(&["expires"], null()),
        None => {}
    }
    if let Some(app) = names.app() {
        tree.set(&["app", "name"], scalar(app.as_str()));
    }
    for (key, is_there) in
        [("renamed_from", spec.app.renamed_from.is_some()), ("domains", spec.app.domains.is_some())]
    {
        if is_there {
            tree.set(&["app", key], null());
        }
    }
    for (name, addon) in &spec.addons {
        let Addon::Create(addon) = addon else { continue };
        for option in ORIGINS.iter().filter(|option| is_of_origin(addon, option)) {
            tree.set(&["addons", name.as_str(), "config", option], null());
        }
        if expires.is_some() && addon.protect {
            tree.set(&["addons", name.as_str(), "protect"], "false".to_owned());
        }
    }
    set_aws(&mut tree, source, &names, expires.is_some());
    for Setting { path, value } in &asked.settings {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        tree.set(&path, written(value));
    }
    let base = source.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut text = format!(
        "# A clone of {0}, as `trueup clone` made it: what is not here is as in {base}.\nextends: {1}\n",
        source.name,
        scalar(&base)
    );
    tree.write(&mut text, 0);
    text
}

/// The names of buckets and users, which are made for the clone.
fn set_aws(tree: &mut Tree, source: &Environment, names: &Renaming, is_to_go: bool) {
    let null = || "null".to_owned();
    for (local, bucket) in &source.spec.buckets {
        let local = local.as_str();
        if let Some(name) = names.bucket(&bucket.name) {
            tree.set(&["buckets", local, "name"], scalar(name.as_str()));
        }
        if bucket.adopt {
            tree.set(&["buckets", local, "adopt"], null());
        }
        if is_to_go && bucket.protect {
            tree.set(&["buckets", local, "protect"], "false".to_owned());
        }
    }
    for (local, user) in &source.spec.iam_users {
        let local = local.as_str();
        if let Some(name) = names.user(&user.name) {
            tree.set(&["iam_users", local, "name"], scalar(name.as_str()));
        }
        for (key, is_there) in [("renamed_from", user.renamed_from.is_some()), ("adopt", user.adopt)] {
            if is_there {
                tree.set(&["iam_users", local, key], null());
            }
        }
    }
}

fn is_of_origin(addon: &NewAddon, option: &str) -> bool {
    addon.origins().next().is_some() && addon.config.contains_key(option)
}

/// A value of `--set` as YAML: numbers, switches, `null`, maps and lists as they are, all else as text.
fn written(value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let is_bare = is_number || matches!(value, "true" | "false" | "null") || value.starts_with(['{', '[']);
    if is_bare { value.to_owned() } else { scalar(value) }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::spec::{EnvironmentName, parse};

    fn asked(settings: &[&str]) -> Asked {
        Asked {
            name: EnvironmentName::parse("review-7").unwrap(),
            app: None,
            settings: settings.iter().map(|setting| setting.parse().unwrap()).collect(),
        }
    }

    fn overlay(spec: &str, settings: &[&str], is_to_expire: bool) -> String {
        let source = parse(&EnvironmentName::parse("production").unwrap(), spec).unwrap();
        let expires = Expiry::after(datetime!(2026-11-28 0:00 UTC), time::Duration::days(3));
        document(&asked(settings), &source, expires.filter(|_| is_to_expire))
    }

    const SOURCE: &str = "
app: { name: ledger-production, renamed_from: ledger-prod, domains: [app.ledger.example] }
addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", config: { follow: LEADER } } }
buckets: { uploads: { name: ledger-production-uploads, region: us-east-1, adopt: true } }
iam_users: { app: { name: ledger-production-app, renamed_from: ledger-app, grants: { uploads: read-write } } }
";

    #[test]
    fn a_clone_says_only_what_differs() {
        insta::assert_snapshot!(overlay(SOURCE, &["config.RAILS_LOG_LEVEL=debug", "formation.web.quantity=1"], false), @r#"
        # A clone of production, as `trueup clone` made it: what is not here is as in production.yaml.
        extends: production.yaml
        cloned_from: production

        app:
          name: ledger-review-7
          renamed_from: null
          domains: null

        addons:
          DATABASE:
            config:
              follow: null

        buckets:
          uploads:
            name: ledger-review-7-uploads
            adopt: null

        iam_users:
          app:
            name: ledger-review-7-app
            renamed_from: null

        config:
          RAILS_LOG_LEVEL: debug

        formation:
          web:
            quantity: 1
        "#);
    }

    #[test]
    fn what_is_to_go_by_itself_is_not_protected() {
        let text = overlay(SOURCE, &[], true);
        assert!(text.contains("expires: \"2026-12-01T00:00:00Z\"\n"), "{text}");
        assert_eq!(text.matches("protect: false").count(), 2, "{text}");
        let again = overlay("app: { name: a-production }\nexpires: 2026-12-01T00:00:00Z\n", &[], false);
        assert!(again.contains("expires: null\n"), "{again}");
    }

    #[test]
    fn what_is_set_goes_before_what_was_derived_and_stands_as_it_was_meant() {
        let text =
            overlay(SOURCE, &["app.name=other", "addons.DATABASE=null", "app.domains=[a.example]"], true);
        for line in ["  name: other\n", "  DATABASE: null\n", "  domains: [a.example]\n"] {
            assert!(text.contains(line), "{text}");
        }
        for (value, written) in
            [("5", "5"), ("on", "\"on\""), ("a b", "\"a b\""), ("", "\"\""), ("null", "null")]
        {
            assert_eq!(super::written(value), written);
        }
    }
}

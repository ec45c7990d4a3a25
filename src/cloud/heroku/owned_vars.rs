//! Which config vars an attachment owns, where the account's list left them out: worked out from those that its
//! add-on has on the app that it is billed to (heroku-api.md section 3.1).
//!
//! Pure. What must not live here: asking for either.

use std::collections::{BTreeMap, BTreeSet};

use super::{Addon, Attachment};

/// Gives each attachment without config vars those that its add-on's other names lead to: an add-on that is `DATABASE`
/// on its own app and sets `DATABASE_URL` there sets `LEDGER_URL` where it is `LEDGER`. An add-on that is still being
/// made has none yet, and neither have its attachments.
#[must_use]
pub fn with_config_vars(mut attachments: Vec<Attachment>, addons: &[Addon]) -> Vec<Attachment> {
    let mut names: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for attachment in &attachments {
        let at = (attachment.addon_id.as_str(), attachment.app_name.as_str());
        names.entry(at).or_default().insert(&attachment.name);
    }
    let none = BTreeSet::new();
    let endings: BTreeMap<&str, Endings<'_>> = addons
        .iter()
        .map(|addon| {
            let own = names.get(&(addon.id.as_str(), addon.app_name.as_str())).unwrap_or(&none);
            (addon.id.as_str(), Endings::of(addon, own))
        })
        .collect();
    let found: Vec<Vec<String>> = attachments
        .iter()
        .map(|one| match endings.get(one.addon_id.as_str()) {
            Some(endings) if one.config_vars.is_empty() => endings.vars_of(one),
            _ => one.config_vars.clone(),
        })
        .collect();
    for (attachment, vars) in attachments.iter_mut().zip(found) {
        attachment.config_vars = vars;
    }
    attachments
}

/// What an add-on's config vars are called.
struct Endings<'a> {
    addon: &'a Addon,
    /// What follows the name of an attachment: `_URL`.
    after_names: BTreeSet<&'a str>,
    /// Those that do not begin with the name of any attachment, which are the same on every app.
    fixed: Vec<&'a str>,
}

impl<'a> Endings<'a> {
    fn of(addon: &'a Addon, names: &BTreeSet<&str>) -> Self {
        let (mut after_names, mut fixed) = (BTreeSet::new(), Vec::new());
        for var in &addon.config_vars {
            // The longest name counts: DATABASE_POOL_URL is no var of DATABASE.
            let ending = |name: &&str| var.strip_prefix(name).filter(|rest| rest.starts_with('_'));
            match names.iter().filter_map(ending).min_by_key(|rest| rest.len()) {
                Some(ending) => drop(after_names.insert(ending)),
                None => fixed.push(var.as_str()),
            }
        }
        Self { addon, after_names, fixed }
    }

    fn vars_of(&self, attachment: &Attachment) -> Vec<String> {
        let named = self.after_names.iter().map(|ending| format!("{}{ending}", attachment.name));
        // A var that bears no name is only known to be on the add-on's own app.
        let is_own = attachment.app_name == self.addon.app_name;
        named.chain(self.fixed.iter().filter(|_| is_own).map(|var| (*var).to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::AddonState;
    use super::*;

    fn addon(config_vars: &[&str]) -> Addon {
        Addon {
            id: "a1".to_owned(),
            name: "ledger-db".to_owned(),
            service: "heroku-postgresql".to_owned(),
            plan: "heroku-postgresql:standard-0".to_owned(),
            app_name: "ledger".to_owned(),
            state: AddonState::Provisioned,
            config_vars: config_vars.iter().map(|var| (*var).to_owned()).collect(),
            price: None,
        }
    }

    fn attachment(app: &str, name: &str, config_vars: &[&str]) -> Attachment {
        Attachment {
            id: format!("{app}/{name}"),
            name: name.to_owned(),
            addon_id: "a1".to_owned(),
            addon_name: "ledger-db".to_owned(),
            addon_app: "ledger".to_owned(),
            addon_plan: None,
            app_name: app.to_owned(),
            namespace: None,
            config_vars: config_vars.iter().map(|var| (*var).to_owned()).collect(),
        }
    }

    /// The config vars of each of these attachments, of an add-on with these on its own app.
    fn vars(attachments: &[Attachment], of_addon: &[&str]) -> Vec<String> {
        let found = with_config_vars(attachments.to_vec(), &[addon(of_addon)]);
        found.iter().map(|one| format!("{}: {}", one.id, one.config_vars.join(" "))).collect()
    }

    #[test]
    fn a_var_is_called_after_the_attachment_on_every_app() {
        let attached = [attachment("ledger", "DATABASE", &[]), attachment("desk", "LEDGER", &[])];
        assert_eq!(
            vars(&attached, &["DATABASE_URL"]),
            ["ledger/DATABASE: DATABASE_URL", "desk/LEDGER: LEDGER_URL"]
        );
    }

    #[test]
    fn several_names_on_one_app_have_a_var_each_and_none_of_anothers() {
        let attached = [attachment("ledger", "DATABASE", &[]), attachment("ledger", "DATABASE_POOL", &[])];
        assert_eq!(
            vars(&attached, &["DATABASE_URL", "DATABASE_POOL_URL"]),
            ["ledger/DATABASE: DATABASE_URL", "ledger/DATABASE_POOL: DATABASE_POOL_URL"]
        );
    }

    #[test]
    fn an_addon_may_set_more_than_one_and_call_them_as_it_likes() {
        let attached = [attachment("ledger", "CACHE", &[]), attachment("desk", "STORE", &[])];
        assert_eq!(
            vars(&attached, &["CACHE_SERVERS", "CACHE_PASSWORD", "LICENSE_KEY"]),
            [
                "ledger/CACHE: CACHE_PASSWORD CACHE_SERVERS LICENSE_KEY",
                "desk/STORE: STORE_PASSWORD STORE_SERVERS"
            ]
        );
    }

    #[test]
    fn what_the_list_tells_stays_and_what_is_being_made_has_none() {
        let attached = [attachment("ledger", "DATABASE", &["OTHER_URL"])];
        assert_eq!(vars(&attached, &["DATABASE_URL"]), ["ledger/DATABASE: OTHER_URL"]);
        assert_eq!(vars(&[attachment("ledger", "DATABASE", &[])], &[]), ["ledger/DATABASE: "]);
    }

    #[test]
    fn an_addon_that_this_account_cannot_see_tells_nothing() {
        let found = with_config_vars(vec![attachment("ledger", "DATABASE", &[])], &[]);
        assert!(found[0].config_vars.is_empty());
    }
}

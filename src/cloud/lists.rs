//! What Heroku's account-wide lists say about single apps.
//!
//! Pure. What must not live here: reading the lists, and what to do where they say nothing.

use std::collections::BTreeMap;

use super::heroku::{Addon, Attachment, with_config_vars};

/// The add-ons and the attachments of the account.
#[derive(Debug)]
pub(super) struct Attached {
    /// By their ids.
    addons: BTreeMap<String, Addon>,
    /// By the app that each is attached to.
    attachments: BTreeMap<String, Vec<Attachment>>,
}

impl Attached {
    pub(super) fn new(addons: Vec<Addon>, attachments: Vec<Attachment>) -> Self {
        let mut by_app: BTreeMap<String, Vec<Attachment>> = BTreeMap::new();
        for attachment in with_config_vars(attachments, &addons) {
            by_app.entry(attachment.app_name.clone()).or_default().push(attachment);
        }
        let addons = addons.into_iter().map(|addon| (addon.id.clone(), addon)).collect();
        Self { addons, attachments: by_app }
    }

    /// The attachments of an app. `None` when an add-on of another account is among them: the account's lists then do
    /// not tell everything that the app's own do.
    pub(super) fn attachments_of(&self, app: &str) -> Option<&[Attachment]> {
        let attachments = self.attachments.get(app).map(Vec::as_slice).unwrap_or_default();
        attachments.iter().all(|one| self.addons.contains_key(&one.addon_id)).then_some(attachments)
    }

    /// The add-ons that an app sees, its own and those attached from other apps; `None` as for its attachments.
    pub(super) fn addons_of(&self, app: &str) -> Option<Vec<Addon>> {
        let attachments = self.attachments_of(app)?;
        let is_seen =
            |addon: &&Addon| addon.app_name == app || attachments.iter().any(|one| one.addon_id == addon.id);
        Some(self.addons.values().filter(is_seen).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::heroku::AddonState;
    use super::*;

    fn addon(id: &str, app: &str) -> Addon {
        Addon {
            id: id.to_owned(),
            name: format!("{id}-db"),
            service: "heroku-postgresql".to_owned(),
            plan: "heroku-postgresql:standard-0".to_owned(),
            app_name: app.to_owned(),
            state: AddonState::Provisioned,
            config_vars: vec!["DATABASE_URL".to_owned()],
            price: None,
        }
    }

    fn attachment(name: &str, app: &str, addon: &str) -> Attachment {
        Attachment {
            id: format!("{app}/{name}"),
            name: name.to_owned(),
            addon_id: addon.to_owned(),
            addon_name: format!("{addon}-db"),
            addon_app: String::new(),
            addon_plan: None,
            app_name: app.to_owned(),
            namespace: None,
            config_vars: Vec::new(),
        }
    }

    /// `ledger` has a database that `desk` uses too, and `desk` another one of an account that is not seen.
    fn account() -> Attached {
        Attached::new(
            vec![addon("ledger", "ledger"), addon("shop", "shop")],
            vec![
                attachment("DATABASE", "ledger", "ledger"),
                attachment("LEDGER", "shop", "ledger"),
                attachment("DATABASE", "shop", "shop"),
                attachment("THEIRS", "desk", "theirs"),
            ],
        )
    }

    #[test]
    fn an_app_sees_its_own_addons_and_those_that_are_attached_to_it() {
        let account = account();
        let ids = |app| account.addons_of(app).unwrap().into_iter().map(|addon| addon.id).collect::<Vec<_>>();
        assert_eq!(ids("ledger"), ["ledger"]);
        assert_eq!(ids("shop"), ["ledger", "shop"]);
        assert!(ids("empty").is_empty());
    }

    #[test]
    fn attachments_are_the_apps_alone_and_have_their_config_vars() {
        let account = account();
        let vars = |app| {
            let attachments = account.attachments_of(app).unwrap().iter();
            attachments.flat_map(|one| one.config_vars.clone()).collect::<Vec<_>>()
        };
        assert_eq!(vars("ledger"), ["DATABASE_URL"]);
        assert_eq!(vars("shop"), ["LEDGER_URL", "DATABASE_URL"]);
        assert!(vars("empty").is_empty());
    }

    #[test]
    fn of_an_app_with_an_addon_of_another_account_the_lists_say_nothing() {
        assert_eq!(account().addons_of("desk"), None);
        assert_eq!(account().attachments_of("desk"), None);
    }
}

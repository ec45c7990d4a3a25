//! Who else may work on an app, and as what (heroku-api.md section 2, life-and-ci.md section 9.3).
//!
//! What must not live here: who should, and who must be left alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, name_of, or_default};
use super::{CloudError, Heroku};
use crate::spec::Email;

/// The feature of a team whose apps give each collaborator rights of its own.
const RIGHTS: &str = "org-access-controls";

/// Somebody who may work on an app.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Collaborator {
    /// The e-mail address, in lower case.
    pub email: String,
    /// As what.
    pub role: Role,
    /// The rights, by name; empty where collaborators have none of their own.
    pub permissions: BTreeSet<String>,
}

/// As what somebody works on an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Role {
    /// Owns it.
    Owner,
    /// Administers the team that owns it.
    Admin,
    /// Belongs to that team.
    Member,
    /// Was added to the app.
    Collaborator,
}

#[derive(Deserialize)]
struct WireCollaborator {
    user: WireUser,
    role: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    permissions: Vec<Named>,
}

#[derive(Deserialize)]
struct WireUser {
    email: String,
}

impl From<WireCollaborator> for Collaborator {
    fn from(wire: WireCollaborator) -> Self {
        let role = match wire.role.as_deref() {
            Some("owner") => Role::Owner,
            Some("admin") => Role::Admin,
            // Whoever belongs to the team in whatever way is the team's to remove.
            Some("member" | "viewer") => Role::Member,
            _ => Role::Collaborator,
        };
        let permissions = wire.permissions.into_iter().filter_map(|one| name_of(Some(one))).collect();
        Self { email: wire.user.email.to_lowercase(), role, permissions }
    }
}

#[derive(Serialize)]
struct WireNew<'a> {
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<&'a BTreeSet<String>>,
}

#[derive(Serialize)]
struct WireRights<'a> {
    permissions: &'a BTreeSet<String>,
}

impl Heroku {
    /// Everybody who may work on an app, its owner and the team included.
    pub async fn collaborators(&self, app: &str) -> Result<Vec<Collaborator>, CloudError> {
        let wire: Vec<WireCollaborator> = self.list(Call::get(&["apps", app, "collaborators"])).await?;
        Ok(wire.into_iter().map(Collaborator::from).collect())
    }

    /// One of them.
    pub async fn collaborator(&self, app: &str, email: &str) -> Result<Option<Collaborator>, CloudError> {
        let call = Call::get(&["apps", app, "collaborators", email]);
        let wire: Option<WireCollaborator> = self.fetch_optional(call).await?;
        Ok(wire.map(Collaborator::from))
    }

    /// Whether the apps of a team give each collaborator rights of its own.
    pub async fn team_gives_rights(&self, team: &str) -> Result<bool, CloudError> {
        let features: Vec<Named> = self.list(Call::get(&["teams", team, "features"])).await?;
        Ok(features.into_iter().any(|feature| name_of(Some(feature)).as_deref() == Some(RIGHTS)))
    }

    /// Adds somebody, with rights where the team gives them. Heroku tells them by e-mail.
    pub async fn add_collaborator(
        &self,
        app: &str,
        email: &Email,
        permissions: Option<&BTreeSet<String>>,
    ) -> Result<Collaborator, CloudError> {
        let body = WireNew { user: email.written(), permissions };
        let call = match permissions {
            None => Call::post(&["apps", app, "collaborators"], &body),
            Some(_) => Call::post(&["teams", "apps", app, "collaborators"], &body),
        };
        self.fetch::<WireCollaborator>(call).await.map(Collaborator::from)
    }

    /// Gives somebody these rights in place of those before.
    pub async fn set_rights(
        &self,
        app: &str,
        email: &str,
        permissions: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        let path = ["teams", "apps", app, "collaborators", email];
        self.done(Call::patch(&path, &WireRights { permissions })).await
    }

    /// Takes the app from somebody.
    pub async fn remove_collaborator(&self, app: &str, email: &str) -> Result<(), CloudError> {
        self.gone(Call::delete(&["apps", app, "collaborators", email])).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    fn row(email: &str, role: &str, rights: &[&str]) -> serde_json::Value {
        let rights: Vec<_> = rights.iter().map(|name| json!({ "name": name, "description": "…" })).collect();
        json!({ "id": "1", "user": { "email": email, "federated": false, "id": "2" }, "role": role, "permissions": rights })
    }

    #[tokio::test]
    async fn roles_and_rights_are_read_as_they_are_served() {
        let answer = json!([
            row("Owner@Ledger.example", "owner", &[]),
            row("ops@ledger.example", "collaborator", &["view", "deploy"]),
            row("guest@ledger.example", "viewer", &[]),
            { "user": { "email": "least@ledger.example" }, "permissions": null },
        ]);
        let server = Server::always(Reply::json(answer)).await;
        let all = server.heroku().collaborators("ledger").await.unwrap();
        let roles: Vec<_> = all.iter().map(|one| (one.email.as_str(), one.role)).collect();
        assert_eq!(
            roles,
            [
                ("owner@ledger.example", Role::Owner),
                ("ops@ledger.example", Role::Collaborator),
                ("guest@ledger.example", Role::Member),
                ("least@ledger.example", Role::Collaborator),
            ]
        );
        assert_eq!(all[1].permissions.iter().collect::<Vec<_>>(), ["deploy", "view"]);
    }

    #[tokio::test]
    async fn rights_go_by_the_teams_path_and_none_by_the_apps() {
        let email = Email::parse("Ops@ledger.example").unwrap();
        let rights: BTreeSet<String> = ["view".to_owned(), "deploy".to_owned()].into();
        for (rights, call, body) in [
            (None, "POST /apps/ledger/collaborators", json!({ "user": "Ops@ledger.example" })),
            (
                Some(&rights),
                "POST /teams/apps/ledger/collaborators",
                json!({ "user": "Ops@ledger.example", "permissions": ["deploy", "view"] }),
            ),
        ] {
            let server = Server::always(Reply::json(row("ops@ledger.example", "collaborator", &[]))).await;
            server.heroku().add_collaborator("ledger", &email, rights).await.unwrap();
            let seen = server.only();
            assert_eq!((seen.call.as_str(), seen.body), (call, body));
        }
    }

    #[tokio::test]
    async fn a_team_gives_rights_when_it_has_the_feature() {
        for (features, gives) in [(json!([]), false), (json!([{ "name": "org-access-controls" }]), true)] {
            let server = Server::always(Reply::json(features)).await;
            assert_eq!(server.heroku().team_gives_rights("acme").await.unwrap(), gives);
            assert_eq!(server.calls(), ["GET /teams/acme/features"]);
        }
    }
}

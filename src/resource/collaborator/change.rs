//! What can be done to one who works on the app.

use std::collections::BTreeSet;

use super::{SECTION, in_words};
use crate::cloud::heroku::Collaborator;
use crate::cloud::{CloudError, ErrorKind, confirmed};
use crate::resource::create::create;
use crate::resource::{Action, Address, Field, Operation, Output, Outputs, Recheck, Row, Run};
use crate::spec::Email;
#[cfg(test)]
use crate::{cloud::heroku::Role, resource::World};

/// What can be done to one who works on the app.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST …/collaborators`.
    Add {
        /// The e-mail address.
        email: Email,
        /// The rights, where the team gives them.
        permissions: Option<BTreeSet<String>>,
    },
    /// `PATCH /teams/apps/{app}/collaborators/{email}`.
    SetRights {
        /// The e-mail address, as Heroku has it.
        email: String,
        /// The rights that are live.
        before: BTreeSet<String>,
        /// Those that will be.
        after: BTreeSet<String>,
    },
    /// `DELETE /apps/{app}/collaborators/{email}`, of one who was dropped from the spec.
    Remove {
        /// The e-mail address, as Heroku has it.
        email: String,
        /// The rights that are live.
        before: BTreeSet<String>,
    },
}

impl Change {
    fn email(&self) -> &str {
        match self {
            Self::Add { email, .. } => email.as_str(),
            Self::SetRights { email, .. } | Self::Remove { email, .. } => email,
        }
    }

    fn address(&self) -> Address {
        SECTION.address(&self.email())
    }

    /// Rights before and after; none at all of one who has no access.
    fn sides(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Add { permissions, .. } => {
                (None, Some(permissions.as_ref().map_or_else(|| in_words(&BTreeSet::new()), in_words)))
            }
            Self::SetRights { before, after, .. } => (Some(in_words(before)), Some(in_words(after))),
            Self::Remove { before, .. } => (Some(in_words(before)), None),
        }
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let action = match self {
            Self::Add { .. } => Action::Create,
            Self::SetRights { .. } => Action::Update,
            Self::Remove { .. } => Action::Delete,
        };
        let (before, after) = self.sides();
        let shown = |side: &Option<String>| {
            side.as_ref().map_or(crate::resource::Shown::Nothing, |text| crate::resource::Shown::plain(text))
        };
        let field = Field { path: String::new(), before: shown(&before), after: shown(&after), note: None };
        vec![Row::new(self.address(), action).with([field])]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether somebody has the app already is told by the addition itself.
        let (before, after) = match self {
            Self::Add { .. } => return Ok(Recheck::AsPlanned),
            Self::SetRights { before, after, .. } => (before, Some(after)),
            Self::Remove { before, .. } => (before, None),
        };
        let live = run.clouds.heroku.collaborator(&run.app(), self.email()).await?;
        let live = live.map(|live| live.permissions);
        let what = || format!("what {} may do changed", self.email());
        Ok(Recheck::judge(live.as_ref() == Some(before), live.as_ref() == after, what))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        match self {
            Self::Add { email, permissions } => {
                add(run, email, permissions.as_ref()).await?;
            }
            Self::SetRights { email, after, .. } => {
                let look = || async {
                    let live = heroku.collaborator(&app, email).await?;
                    Ok(live.filter(|live| live.permissions == *after).map(drop))
                };
                confirmed(|| heroku.set_rights(&app, email, after), look).await?;
            }
            Self::Remove { email, .. } => heroku.remove_collaborator(&app, email).await?,
        }
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        let people = &mut world.collaborator.people;
        people.retain(|live| live.email != self.email());
        let permissions = match self {
            Self::Add { permissions, .. } => permissions.clone().unwrap_or_default(),
            Self::SetRights { after, .. } => after.clone(),
            Self::Remove { .. } => return,
        };
        people.push(Collaborator { email: self.email().to_owned(), role: Role::Collaborator, permissions });
    }
}

async fn add(
    run: &Run,
    email: &Email,
    permissions: Option<&BTreeSet<String>>,
) -> Result<Collaborator, CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let is_taken = |error: &CloudError| matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict);
    let send = || heroku.add_collaborator(&app, email, permissions);
    create(
        send,
        || heroku.collaborator(&app, email.as_str()),
        is_taken,
        || format!("{email} got the app from someone else"),
    )
    .await
}

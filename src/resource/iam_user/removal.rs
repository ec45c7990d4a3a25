//! A user goes with all that hangs on it, whoever gave it that: IAM deletes none that has anything left.

use std::collections::BTreeMap;

use super::{Change, Kind, SECTION, old_name};
use crate::cloud::CloudError;
use crate::cloud::aws::Children;
use crate::resource::iam_policy::POLICY_NAME;
use crate::resource::removal::{Removal, Remove, may_go};
use crate::resource::tags::{Claim, is_claimed, owner_besides};
use crate::resource::{Action, Desired, Field, Output, Overview, Recheck, Row, Run, World, app};
use crate::spec::{LocalName, UserName};

impl Remove for Kind {
    /// What hangs on each user that may go.
    type Besides = BTreeMap<LocalName, Children>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let Overview { desired, world, reads } = overview;
        let users = desired.spec().iam_users.iter().filter_map(|(local, user)| {
            let live = world.iam_user.get(local).filter(|live| may_go(desired, &live.tags, user.adopt))?;
            Some((local, old_name(user, live).unwrap_or(&user.name)))
        });
        let all = users.map(|(local, name)| async move {
            let children = Box::pin(reads.clouds().aws.iam().children(name)).await?;
            Ok::<_, CloudError>((local.clone(), children))
        });
        Ok(futures_util::future::try_join_all(all).await?.into_iter().collect())
    }

    fn remove(desired: &Desired<'_>, world: &World, besides: &Self::Besides, removal: &mut Removal) {
        for (local, user) in &desired.spec().iam_users {
            let Some(live) = world.iam_user.get(local) else { continue };
            let name = old_name(user, live).unwrap_or(&user.name);
            let claim = Claim::of(desired, &live.tags, user.adopt);
            let (address, what) = (SECTION.address(local), format!("the user {name}"));
            let along = removal.take_with_user(local);
            if !removal.claims((address, &what), claim) {
                continue;
            }
            let children = besides.get(local).cloned().unwrap_or_default();
            let (local, name, is_adopted) = (local.clone(), name.clone(), !is_claimed(&live.tags));
            removal.draft.change(Change::Delete(Deletion { local, name, is_adopted, children, along }));
        }
    }
}

/// `DeleteUser`.
#[derive(Clone, Debug)]
pub struct Deletion {
    local: LocalName,
    name: UserName,
    /// Whether it has no tags of trueup, and goes by consent.
    is_adopted: bool,
    children: Children,
    /// What of the environment goes with it.
    along: Vec<Row>,
}

impl Deletion {
    pub(super) fn rows(&self) -> Vec<Row> {
        let user =
            Row::new(SECTION.address(&self.local), Action::Delete).titled(&self.name).with(self.fields());
        [user].into_iter().chain(self.along.iter().cloned()).collect()
    }

    /// What goes with it and has no line of its own.
    fn fields(&self) -> Vec<Field> {
        let Children {
            keys,
            inline,
            attached,
            groups,
            has_password,
            mfa_devices,
            certificates,
            ssh_keys,
            service_credentials,
        } = &self.children;
        let told: Vec<&str> = self.along.iter().map(|row| row.address.as_str()).collect();
        let is_told = |key: &&String| told.iter().any(|address| address.ends_with(key.as_str()));
        let keys: Vec<&String> = keys.iter().filter(|key| !is_told(key)).collect();
        let inline: Vec<&String> = inline.iter().filter(|name| *name != POLICY_NAME).collect();
        let password = has_password.then(|| "of the console".to_owned());
        let lists: [(&str, Vec<&String>); 9] = [
            ("access_keys", keys),
            ("inline_policies", inline),
            ("attached_policies", attached.iter().collect()),
            ("groups", groups.iter().collect()),
            ("password", password.iter().collect()),
            ("mfa_devices", mfa_devices.iter().collect()),
            ("signing_certificates", certificates.iter().collect()),
            ("ssh_keys", ssh_keys.iter().collect()),
            ("service_credentials", service_credentials.iter().collect()),
        ];
        let listed = lists.into_iter().filter(|(_, names)| !names.is_empty());
        listed
            .map(|(path, names)| {
                let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
                Field::plain(path, Some(&names.join(", ")), None)
            })
            .collect()
    }

    /// The app that uses it goes first.
    pub(super) fn needs() -> Vec<Output> {
        vec![Output::Gone(app::SECTION.whole())]
    }

    pub(super) fn gives(&self) -> Vec<Output> {
        vec![Output::Gone(SECTION.address(&self.local))]
    }

    pub(super) async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.clouds.aws.iam().user(&self.name).await?;
        let is_same = live.as_ref().is_some_and(|live| {
            owner_besides(&run.environment, &live.tags).is_none() && is_claimed(&live.tags) != self.is_adopted
        });
        Ok(Recheck::judge(is_same, live.is_none(), || format!("the tags of the user {} changed", self.name)))
    }

    pub(super) async fn apply(&self, run: &Run) -> Result<(), CloudError> {
        Box::pin(run.clouds.aws.iam().delete_user(&self.name)).await
    }

    #[cfg(test)]
    pub(super) fn assume(&self, world: &mut World) {
        world.iam_user.remove(&self.local);
        world.iam_policy.remove(&self.local);
        world.access_key.remove(&self.local);
    }
}

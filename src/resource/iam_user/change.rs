//! What can be done to a user: made, moved, bounded, tagged, deleted.
//!
//! What must not live here: when that is done, which `diff` and `remove` decide.

use super::removal::Deletion;
use super::{BOUNDARY, SECTION};
use crate::cloud::CloudError;
use crate::cloud::aws::User;
#[cfg(test)]
use crate::resource::World;
use crate::resource::create::create;
use crate::resource::{Action, Field, Operation, Output, Outputs, Recheck, Row, Run, tags};
use crate::spec::{LocalName, PolicyArn, UserName, UserPath};

/// What can be done to a user.
#[derive(Clone, Debug)]
pub enum Change {
    /// `CreateUser`, with path, tags and boundary.
    Create {
        /// The spec's name for it.
        local: LocalName,
        /// Its name.
        name: UserName,
        /// Its path.
        path: UserPath,
        /// Its tags.
        tags: tags::Tags,
        /// Its permissions boundary.
        boundary: Option<PolicyArn>,
    },
    /// `UpdateUser`, to another name or path.
    Move {
        /// The spec's name for it.
        local: LocalName,
        /// The name that is live.
        from: UserName,
        /// The name that will be.
        name: UserName,
        /// The path that is live and the one that will be, when they differ.
        path: Option<(String, UserPath)>,
    },
    /// `PutUserPermissionsBoundary`: sets it, or another in its place.
    Bound {
        /// The spec's name for it.
        local: LocalName,
        /// Its name.
        name: UserName,
        /// The boundary that is live.
        before: Option<String>,
        /// The boundary that will be.
        after: PolicyArn,
    },
    /// `TagUser`: adds and overwrites.
    Tag {
        /// The spec's name for it.
        local: LocalName,
        /// Its name.
        name: UserName,
        /// The tags that are live.
        before: tags::Tags,
        /// The tags to set.
        set: tags::Tags,
    },
    /// `DeleteUser`, after all that hangs on it.
    Delete(Deletion),
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |local, name: &UserName, action| Row::new(SECTION.address(local), action).titled(name);
        vec![match self {
            Self::Delete(deletion) => return deletion.rows(),
            Self::Create { local, name, path, tags, boundary } => row(local, name, Action::Create)
                .with([Field::plain("path", None, Some(path))])
                .with(boundary.iter().map(|boundary| Field::plain(BOUNDARY, None, Some(boundary))))
                .with(tags::fields(&tags::Tags::new(), tags)),
            Self::Move { local, from, name, path } => {
                let renamed = (from != name)
                    .then(|| Field::plain("name", Some(from), Some(name)).with_note("its access keys stay"));
                let path = path.iter().map(|(before, after)| Field::plain("path", Some(before), Some(after)));
                row(local, name, Action::Update).with(renamed).with(path)
            }
            Self::Bound { local, name, before, after } => {
                let before = before.as_ref().map(|before| before as &dyn std::fmt::Display);
                row(local, name, Action::Update).with([Field::plain(BOUNDARY, before, Some(after))])
            }
            Self::Tag { local, name, before, set } => {
                row(local, name, Action::Update).with(tags::fields(before, set))
            }
        }]
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Create { .. } | Self::Move { .. } => Vec::new(),
            Self::Delete(_) => Deletion::needs(),
            // Under the name that a move gives it.
            Self::Bound { local, .. } | Self::Tag { local, .. } => vec![Output::User(local.clone())],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Create { local, .. } | Self::Move { local, .. } => vec![Output::User(local.clone())],
            Self::Bound { local, .. } => vec![Output::Boundary(local.clone())],
            Self::Tag { .. } => vec![Output::Nothing],
            Self::Delete(deletion) => deletion.gives(),
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let name = match self {
            // Whether a name is free is told by the creation itself.
            Self::Create { .. } => return Ok(Recheck::AsPlanned),
            Self::Delete(deletion) => return deletion.recheck(run).await,
            Self::Move { from: name, .. } | Self::Bound { name, .. } | Self::Tag { name, .. } => name,
        };
        let iam = run.clouds.aws.iam();
        let live = match (iam.user(name).await?, self) {
            (None, Self::Move { from, name, .. }) if from != name => iam.user(name).await?,
            (live, _) => live,
        };
        let Some(live) = live else {
            return Ok(Recheck::Moved(format!("the user {name} is gone since the plan")));
        };
        Ok(self.compare_with(&live))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let iam = run.clouds.aws.iam();
        match self {
            Self::Create { local, name, path, tags, boundary } => {
                let user = create_user(run, name, path, tags, boundary.as_ref()).await?;
                let made = Output::Made(SECTION.address(local));
                Ok(Outputs::none().and(Output::User(local.clone()), user.arn).and(made, name.as_str()))
            }
            Self::Move { local, from, name, path } => {
                let to = Some(name).filter(|name| *name != from);
                iam.move_user(from, to, path.as_ref().map(|(_, after)| after)).await?;
                let user = iam.moved_user(name).await?;
                Ok(user.into_iter().fold(Outputs::none(), |outputs, user| {
                    outputs.and(Output::User(local.clone()), user.arn)
                }))
            }
            Self::Bound { name, after, .. } => iam.put_boundary(name, after).await.map(|()| Outputs::none()),
            Self::Tag { name, set, .. } => iam.tag_user(name, set).await.map(|()| Outputs::none()),
            Self::Delete(deletion) => deletion.apply(run).await.map(|()| Outputs::none()),
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        match self {
            Self::Create { local, name, path, tags, boundary } => {
                let arn = format!("arn:aws:iam::000000000000:user{path}{name}");
                outputs.merge(Outputs::none().and(Output::User(local.clone()), arn.clone()));
                let boundary = boundary.as_ref().map(PolicyArn::to_string);
                let (path, tags) = (path.to_string(), tags.clone());
                let user = User { path, arn, tags, boundary, ..User::default() };
                world.iam_user.insert(local.clone(), user);
            }
            Self::Move { local, name, path, .. } => {
                let Some(user) = world.iam_user.get_mut(local) else { return };
                if let Some((_, after)) = path {
                    user.path = after.to_string();
                }
                user.arn = format!("arn:aws:iam::000000000000:user{}{name}", user.path);
                outputs.merge(Outputs::none().and(Output::User(local.clone()), user.arn.clone()));
            }
            Self::Bound { local, after, .. } => {
                let Some(user) = world.iam_user.get_mut(local) else { return };
                user.boundary = Some(after.to_string());
            }
            Self::Tag { local, set, .. } => {
                let Some(user) = world.iam_user.get_mut(local) else { return };
                user.tags.extend(set.clone());
            }
            Self::Delete(deletion) => deletion.assume(world),
        }
    }
}

impl Change {
    fn compare_with(&self, live: &User) -> Recheck {
        match self {
            Self::Create { .. } | Self::Delete(_) => Recheck::AsPlanned,
            Self::Move { local, from, name, path } => {
                let is_called = |wanted: &UserName| {
                    live.arn.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(wanted.as_str()))
                };
                let is_before = path.as_ref().is_none_or(|(before, _)| live.path == *before);
                let is_after = path.as_ref().is_none_or(|(_, after)| live.path == after.as_str());
                match Recheck::judge(is_called(from) && is_before, is_called(name) && is_after, || {
                    format!("the name or path of {from} changed")
                }) {
                    Recheck::Done(outputs) => {
                        Recheck::Done(outputs.and(Output::User(local.clone()), live.arn.clone()))
                    }
                    recheck => recheck,
                }
            }
            Self::Bound { name, before, after, .. } => {
                let is_after = live.boundary.as_deref() == Some(after.as_str());
                Recheck::judge(live.boundary == *before, is_after, || {
                    format!("the permissions boundary of {name} changed")
                })
            }
            Self::Tag { name, before, set, .. } => {
                let is_like = |tags: &tags::Tags| set.keys().all(|key| live.tags.get(key) == tags.get(key));
                Recheck::judge(is_like(before), is_like(set), || format!("the tags of {name} changed"))
            }
        }
    }
}

async fn create_user(
    run: &Run,
    name: &UserName,
    path: &UserPath,
    tags: &tags::Tags,
    boundary: Option<&PolicyArn>,
) -> Result<User, CloudError> {
    let iam = run.clouds.aws.iam();
    let is_taken = |error: &CloudError| error.id.as_deref() == Some("EntityAlreadyExists");
    let taken = || format!("the user {name} was created by someone else");
    create(|| iam.create_user(name, path, tags, boundary), || iam.made_user(name), is_taken, taken).await
}

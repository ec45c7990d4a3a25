//! IAM users: their path, tags and permissions boundary (aws-s3-iam.md section 4). Policy and access key are kinds of their own.

use std::collections::BTreeMap;

use super::create::create;
use super::tags::Claim;
use super::{
    Action, Block, Desired, Draft, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row,
    Run, Section, World, iam_user_others, tags,
};
use crate::cloud::CloudError;
use crate::cloud::aws::User;
use crate::spec::{IamUser, LocalName, PolicyArn, UserName, UserPath};

#[path = "iam_user_said.rs"]
mod said;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section { key: "iam_users", part: None, kind: "aws_iam_user", noun: "user", block: Block::Each };

/// The key of the spec, and what a plan calls it.
const BOUNDARY: &str = "permissions_boundary";

/// The users that are live, by the spec's own name.
pub type Observed = BTreeMap<LocalName, User>;

/// Whether trueup may change anything of a user: one that is not there yet, ours, or adopted.
#[must_use]
pub fn is_managed(local: &LocalName, desired: &Desired<'_>, world: &World) -> bool {
    let adopt = desired.spec().iam_users.get(local).is_some_and(|user| user.adopt);
    world.iam_user.get(local).is_none_or(|live| Claim::of(desired, &live.tags, adopt).is_managed())
}

/// The name of a live user, when it is the one that the spec renames.
#[must_use]
pub fn old_name<'a>(user: &'a IamUser, live: &User) -> Option<&'a UserName> {
    let name = live.arn.rsplit('/').next().unwrap_or_default();
    user.renamed_from.as_ref().filter(|old| name.eq_ignore_ascii_case(old.as_str()))
}

/// The name under which a user of the spec is live, which may be the one before.
pub(super) async fn live_name<'a>(
    look: &Look<'a>,
    local: &LocalName,
    user: &'a IamUser,
) -> Result<&'a UserName, CloudError> {
    if user.renamed_from.is_none() {
        return Ok(&user.name);
    }
    let live = look.of::<Kind>().await?.get(local);
    Ok(live.and_then(|live| old_name(user, live)).unwrap_or(&user.name))
}

/// Whether a live user is on the path that the spec asks for. An adopted one keeps its own unless asked.
#[must_use]
pub fn keeps_path(user: &IamUser, live: &User, desired: &Desired<'_>) -> bool {
    let is_left = !user.is_path_given && Claim::of(desired, &live.tags, user.adopt) == Claim::Adopted;
    is_left || live.path == user.path.as_str()
}

/// Whether a live user keeps its ARN, of which name and path are parts.
#[must_use]
pub fn keeps_arn(user: &IamUser, live: &User, desired: &Desired<'_>) -> bool {
    keeps_path(user, live, desired) && old_name(user, live).is_none()
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let users = look.spec().iam_users.iter().map(|(local, user)| async move {
            let live = match (look.reads().user(&user.name).await?, &user.renamed_from) {
                (None, Some(old)) => look.reads().user(old).await?,
                (live, _) => live,
            };
            Ok::<_, CloudError>(live.map(|live| (local.clone(), live)))
        });
        Ok(futures_util::future::try_join_all(users).await?.into_iter().flatten().collect())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (local, live) in &world.iam_user {
            facts.state(&SECTION.address(local), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, user) in &desired.spec().iam_users {
            let Some(live) = world.iam_user.get(local) else {
                draft.change(Change::Create {
                    local: local.clone(),
                    name: user.name.clone(),
                    path: user.path.clone(),
                    tags: tags::wanted(desired, &user.tags),
                    boundary: user.permissions_boundary.clone(),
                });
                continue;
            };
            let name = old_name(user, live).unwrap_or(&user.name);
            let wanted = match Claim::of(desired, &live.tags, user.adopt) {
                Claim::Ours => tags::wanted(desired, &user.tags),
                Claim::Adopted => user.tags.clone(),
                Claim::Others(owner) => {
                    draft.blocked(
                        SECTION.address(local),
                        format!("the user {name} belongs to {owner}, as its tags say"),
                        "choose another `name`, or remove its trueup tags if that environment is gone",
                    );
                    continue;
                }
                Claim::Unclaimed => {
                    unclaimed(local, desired, world, draft);
                    continue;
                }
            };
            let before = draft.changes.len();
            differences(local, live, &wanted, desired, draft);
            if draft.changes.len() == before {
                draft.unchanged();
            }
            iam_user_others::report(local, user, live, draft);
        }
    }
}

/// What has to change of a user that is ours, or adopted.
fn differences(
    local: &LocalName,
    live: &User,
    wanted: &tags::Tags,
    desired: &Desired<'_>,
    draft: &mut Draft,
) {
    let user = &desired.spec().iam_users[local];
    let from = old_name(user, live);
    let path = (!keeps_path(user, live, desired)).then(|| (live.path.clone(), user.path.clone()));
    if from.is_some() || path.is_some() {
        let from = from.unwrap_or(&user.name).clone();
        draft.change(Change::Move { local: local.clone(), from, name: user.name.clone(), path });
    }
    let boundary = user.permissions_boundary.as_ref();
    if let Some(after) = boundary.filter(|wanted| live.boundary.as_deref() != Some(wanted.as_str())) {
        draft.change(Change::Bound {
            local: local.clone(),
            name: user.name.clone(),
            before: live.boundary.clone(),
            after: after.clone(),
        });
    }
    let missing = tags::missing(&live.tags, wanted);
    if !missing.is_empty() {
        draft.change(Change::Tag {
            local: local.clone(),
            name: user.name.clone(),
            before: live.tags.clone(),
            set: missing,
        });
    }
}

/// Others may use what stood there before: nothing of it is touched without consent.
fn unclaimed(local: &LocalName, desired: &Desired<'_>, world: &World, draft: &mut Draft) {
    let user = &desired.spec().iam_users[local];
    let live = world.iam_user.get(local);
    let name = live.and_then(|live| old_name(user, live)).unwrap_or(&user.name);
    let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
    let keys: Vec<String> = keys.iter().map(|key| key.in_words(desired.now)).collect();
    let keys = if keys.is_empty() { String::new() } else { format!("; its keys: {}", keys.join("; ")) };
    draft.blocked(
        SECTION.address(local),
        format!("the user {name} was there before and has no tags of trueup, so others may use it{keys}"),
        format!(
            "write `adopt: true` at iam_users.{local} to have trueup manage it, or choose another `name`"
        ),
    );
}

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
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |local, name: &UserName, action| Row::new(SECTION.address(local), action).titled(name);
        vec![match self {
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
            // Under the name that a move gives it.
            Self::Bound { local, .. } | Self::Tag { local, .. } => vec![Output::User(local.clone())],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Create { local, .. } | Self::Move { local, .. } => vec![Output::User(local.clone())],
            Self::Bound { local, .. } => vec![Output::Boundary(local.clone())],
            Self::Tag { .. } => vec![Output::Nothing],
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let name = match self {
            // Whether a name is free is told by the creation itself.
            Self::Create { .. } => return Ok(Recheck::AsPlanned),
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
        }
    }
}

impl Change {
    fn compare_with(&self, live: &User) -> Recheck {
        match self {
            Self::Create { .. } => Recheck::AsPlanned,
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

#[cfg(test)]
#[path = "iam_user_adoption_tests.rs"]
mod adoption_tests;

#[cfg(test)]
#[path = "iam_user_tests.rs"]
mod tests;

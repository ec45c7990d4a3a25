//! A bucket goes when nothing lies in it, or when it was agreed that all of it goes (aws-s3-iam.md section 3).

use std::collections::BTreeMap;

use super::{Change, Kind, SECTION, Seen, Write};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, Contents, Presence};
use crate::resource::removal::{Removal, Remove, may_go};
use crate::resource::tags::{Claim, is_claimed, owner_besides};
use crate::resource::{
    Action, BucketPart, Desired, Effects, Output, Outputs, Overview, Recheck, Row, Run, Verb, World, app,
    iam_user,
};
use crate::spec::{LocalName, Spec};

/// The advisory lock lies in a bucket of the environment while a run holds it; it is nobody's data.
pub const LOCK_KEY: &str = ".trueup/lock";

/// So many pages of a thousand are counted before a plan says "more than".
const COUNTED_PAGES: usize = 10;

/// What lies in a bucket, and whether S3 may keep it from being deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    contents: Contents,
    /// Whether object lock is on; `None` when S3 does not say.
    has_object_lock: Option<bool>,
}

static EMPTY: Verb = Verb { does: "empty", doing: "emptying" };

impl Remove for Kind {
    /// What each bucket that may go holds.
    type Besides = BTreeMap<LocalName, Held>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let Overview { desired, world, reads } = overview;
        let buckets = desired.spec().buckets.iter().filter(|(local, bucket)| {
            matches!(world.bucket.get(*local), Some(Seen::Live(live)) if may_go(desired, &live.tags, bucket.adopt))
        });
        let all = buckets.map(|(local, bucket)| async move {
            let owner = reads.account().await?;
            let handle = reads.clouds().aws.bucket(&bucket.name, &bucket.region, &owner).await?;
            let counted = handle.contents(LOCK_KEY, COUNTED_PAGES);
            let (contents, has_object_lock) = tokio::join!(counted, handle.has_object_lock());
            Ok::<_, CloudError>((local.clone(), Held { contents: contents?, has_object_lock }))
        });
        Ok(futures_util::future::try_join_all(all).await?.into_iter().collect())
    }

    fn remove(desired: &Desired<'_>, world: &World, besides: &Self::Besides, removal: &mut Removal) {
        for (local, bucket) in &desired.spec().buckets {
            let (address, what) = (SECTION.address(local), format!("the bucket {}", bucket.name));
            let live = match world.bucket.get(local) {
                Some(Seen::Live(live)) => live,
                None | Some(Seen::Absent) => continue,
                Some(Seen::Forbidden | Seen::InOtherPartition { .. } | Seen::InOtherRegion { .. }) => {
                    removal.draft.blocked(
                        address,
                        format!("nothing shows that {what} is this environment's: it is elsewhere, or another account's"),
                        format!("`trueup plan {}` shows where; correct the spec, or take the bucket out", desired.environment.name),
                    );
                    continue;
                }
            };
            if !removal.claims((address.clone(), &what), Claim::of(desired, &live.tags, bucket.adopt)) {
                continue;
            }
            if bucket.protect {
                removal.is_protected(address, &what);
                continue;
            }
            let held = besides.get(local).copied().unwrap_or_default();
            let is_adopted = !is_claimed(&live.tags);
            let step = |contents| {
                let behind = behind(local, desired.spec());
                Change::new(local, bucket, Write::Remove(Removing { contents, is_adopted, behind }))
            };
            if !held.contents.is_empty() {
                if !removal.terms.empty_buckets {
                    removal.draft.blocked(
                        address,
                        format!("{what} is not empty: {}", in_words(held.contents)),
                        "add `--empty-buckets` to delete all of it, or empty it by hand",
                    );
                    continue;
                }
                if held.has_object_lock == Some(true) {
                    let reason = "object lock is on: what is under retention or a legal hold cannot be deleted before that ends";
                    removal.draft.warning(address, reason);
                }
                removal.draft.change(step(Some(held.contents)));
            }
            removal.draft.change(step(None));
        }
    }
}

/// Users go before the buckets that they may write to; and the first bucket goes last, since the lock lies in it.
fn behind(local: &LocalName, spec: &Spec) -> Vec<Output> {
    let users = spec.iam_users.keys().map(|user| iam_user::SECTION.address(user));
    let is_first = spec.buckets.keys().next() == Some(local);
    let others = spec.buckets.keys().filter(|other| is_first && *other != local);
    users.chain(others.map(|other| SECTION.address(other))).map(Output::Gone).collect()
}

/// A step by which a bucket goes.
#[derive(Clone, Debug)]
pub struct Removing {
    /// What lies in it and is deleted; `None` deletes the bucket itself.
    contents: Option<Contents>,
    /// Whether it has no tags of trueup, and goes by consent.
    is_adopted: bool,
    /// What goes before it.
    behind: Vec<Output>,
}

impl Removing {
    pub(super) fn row(&self, change: &Change) -> Row {
        let row = Row::new(SECTION.address(&change.local), Action::Delete).titled(&change.name);
        if self.contents.is_some() { row.of_task(&EMPTY) } else { row }
    }

    pub(super) fn effects(&self) -> Effects {
        let deletes = self.contents.map(|contents| format!("deletes {}", in_words(contents)));
        Effects { notes: deletes.into_iter().collect(), ..Effects::default() }
    }

    /// The app that uses it goes first.
    pub(super) fn needs(&self, change: &Change) -> Vec<Output> {
        let empty = self.contents.is_none().then(|| change.output(BucketPart::Empty));
        [Output::Gone(app::SECTION.whole())].into_iter().chain(empty).collect()
    }

    pub(super) fn follows(&self) -> Vec<Output> {
        self.behind.clone()
    }

    pub(super) fn gives(&self, change: &Change) -> Output {
        match self.contents {
            Some(_) => change.output(BucketPart::Empty),
            None => Output::Gone(SECTION.address(&change.local)),
        }
    }

    pub(super) async fn recheck(&self, bucket: &BucketHandle, run: &Run) -> Result<Recheck, CloudError> {
        if bucket.head().await? == Presence::Absent {
            return Ok(Recheck::Done(Outputs::none()));
        }
        let tags = bucket.tags().await?;
        let is_same =
            owner_besides(&run.environment, &tags).is_none() && is_claimed(&tags) != self.is_adopted;
        Ok(Recheck::judge(is_same, false, || format!("the tags of the bucket {} changed", bucket.name())))
    }

    pub(super) async fn apply(&self, bucket: &BucketHandle, run: &Run) -> Result<(), CloudError> {
        let Some(contents) = self.contents else {
            // The lock is this run's, or nobody's any more.
            bucket.delete_key(LOCK_KEY).await?;
            return bucket.delete().await;
        };
        let all = contents.versions + contents.markers;
        let of = if contents.is_more { format!("more than {all}") } else { all.to_string() };
        let gone = |count: u64| run.progress.update(&format!("{count} of {of} deleted"));
        bucket.empty(LOCK_KEY, &run.stop, gone).await
    }

    #[cfg(test)]
    pub(super) fn assume(&self, seen: &mut Seen) {
        if self.contents.is_none() {
            *seen = Seen::Absent;
        }
    }
}

/// `1200 versions, 3 delete markers and 1 unfinished upload`.
fn in_words(contents: Contents) -> String {
    let Contents { versions, markers, uploads, is_more } = contents;
    let parts = [(versions, "version"), (markers, "delete marker"), (uploads, "unfinished upload")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" })).collect();
    let more = if is_more { "more than " } else { "" };
    format!("{more}{}", parts.join(", "))
}

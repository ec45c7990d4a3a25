//! How everything of an environment is taken away: the question that `destroy` puts to all kinds.
//!
//! The kinds answer from the last of the list to the first, so that what hangs on a thing has answered before it. What
//! must not live here: the answer of any kind, which is a file of the kind's.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;

use super::kinds::kinds;
use super::tags::{Claim, Tags};
use super::{Address, Desired, Draft, Output, Overview, Resource, Row, World, strays};
use crate::cloud::CloudError;
use crate::cloud::heroku::Transfer;
use crate::spec::LocalName;

/// What the operator agreed to lose besides what is the environment's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What stood there before and was adopted goes too.
    pub include_adopted: bool,
    /// Buckets that hold objects are emptied.
    pub empty_buckets: bool,
    /// Databases go without a last backup.
    pub no_backup: bool,
}

/// What the last backups of databases are made from.
#[derive(Clone, Debug, Default)]
pub struct LastBackups {
    /// The folder of their files.
    pub folder: PathBuf,
    /// The backups that there are of the app's databases, the newest first.
    pub transfers: Vec<Transfer>,
}

/// A kind, asked how its things are taken away.
pub trait Remove: Resource {
    /// What the kind looks at for it.
    type Besides: Clone + Debug + Default + Send + Sync + 'static;

    /// Reads, and decides nothing.
    fn look(overview: Overview<'_>) -> impl Future<Output = Result<Self::Besides, CloudError>> + Send {
        let _ = overview;
        std::future::ready(Ok(Self::Besides::default()))
    }

    /// Decides, and can reach nothing.
    fn remove(desired: &Desired<'_>, world: &World, besides: &Self::Besides, removal: &mut Removal);
}

/// Where the kinds put how their things go.
#[derive(Debug, Default)]
pub struct Removal {
    /// What was agreed to.
    pub terms: Terms,
    /// Changes, refusals, and what should be known.
    pub draft: Draft,
    /// What has to be on the disk before the app goes.
    before_app: Vec<Output>,
    /// What goes with the app, kind by kind.
    with_app: Vec<Vec<Row>>,
    /// What goes with a user, kind by kind.
    with_user: BTreeMap<LocalName, Vec<Vec<Row>>>,
}

impl Removal {
    /// These go when the app is deleted.
    pub fn goes_with_app(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.with_app.push(rows.into_iter().map(Row::going_along).collect());
    }

    /// The app goes only after this.
    pub fn comes_before_app(&mut self, output: Output) {
        self.before_app.push(output);
    }

    /// All that comes before the app goes.
    pub(super) fn take_before_app(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.before_app)
    }

    /// These go when a user is deleted.
    pub fn goes_with_user(&mut self, local: &LocalName, rows: impl IntoIterator<Item = Row>) {
        let rows = rows.into_iter().map(Row::going_along).collect();
        self.with_user.entry(local.clone()).or_default().push(rows);
    }

    /// All that goes with the app, in the order of the kinds.
    pub(super) fn take_with_app(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.with_app).into_iter().rev().flatten().collect()
    }

    /// All that goes with a user, in the order of the kinds.
    pub(super) fn take_with_user(&mut self, local: &LocalName) -> Vec<Row> {
        self.with_user.remove(local).unwrap_or_default().into_iter().rev().flatten().collect()
    }

    /// A thing that may not go.
    pub fn is_protected(&mut self, address: Address, what: &str) {
        let advice = format!("write `protect: false` at {address} to let it go with all that it holds");
        self.draft.blocked(address, format!("{what} is protected"), advice);
    }

    /// Whether a thing with these tags goes, as far as it is a matter of whose it is. When it does not, this says why.
    pub fn claims(&mut self, (address, what): (Address, &str), claim: Claim) -> bool {
        match claim {
            Claim::Ours => true,
            Claim::Adopted if self.terms.include_adopted => true,
            Claim::Adopted => {
                let reason = "adopted, so it stays: `--include-adopted` takes it too";
                self.draft.unmanaged(address, reason);
                false
            }
            Claim::Others(owner) => {
                self.draft.blocked(
                    address,
                    format!("{what} belongs to {owner}, as its tags say"),
                    "take it out of this spec, or remove its trueup tags if that environment is gone",
                );
                false
            }
            Claim::Unclaimed => {
                let advice = format!(
                    "take it out of this spec to leave it; or write `adopt: true` at {address} and say `--include-adopted`"
                );
                self.draft.blocked(
                    address,
                    format!("nothing shows that {what} is this environment's: it has no tags of trueup"),
                    advice,
                );
                false
            }
        }
    }
}

/// Whether databases go of which there can be a last backup.
#[must_use]
pub fn has_databases(desired: &Desired<'_>, world: &World) -> bool {
    super::addon::databases(desired, world).next().is_some()
}

/// Whether a thing with these tags goes, or may.
#[must_use]
pub fn may_go(desired: &Desired<'_>, tags: &Tags, adopt: bool) -> bool {
    Claim::of(desired, tags, adopt).is_managed()
}

macro_rules! expand {
    ($($kind:ident: $Kind:ident),* $(,)?) => {
        /// What the kinds looked at for a removal.
        #[derive(Clone, Debug, Default)]
        pub struct Besides {
            $(#[doc = concat!("What `", stringify!($kind), "` looked at.")]
            pub $kind: <super::$kind::Kind as Remove>::Besides,)*
        }

        /// Looks at all that a removal has to know besides, at once.
        pub async fn look(overview: Overview<'_>) -> Result<Besides, CloudError> {
            let ($($kind,)*) = tokio::join!($(super::$kind::Kind::look(overview),)*);
            Ok(Besides { $($kind: $kind?,)* })
        }

        /// How everything of an environment is taken away.
        #[must_use]
        pub fn remove(desired: &Desired<'_>, world: &World, besides: &Besides, terms: Terms) -> Draft {
            let mut removal = Removal { terms, ..Removal::default() };
            let kinds: &[fn(&Desired<'_>, &World, &Besides, &mut Removal)] = &[$(|desired, world, besides, removal| {
                super::$kind::Kind::remove(desired, world, &besides.$kind, removal);
            },)*];
            for kind in kinds.iter().rev() {
                kind(desired, world, besides, &mut removal);
            }
            let mut draft = removal.draft;
            draft.blocked.sort_by(|one, other| one.address.cmp(&other.address));
            draft.warnings.sort_by(|one, other| one.address.cmp(&other.address));
            strays::report(desired, world, &mut draft);
            draft
        }
    };
}

kinds!(expand);

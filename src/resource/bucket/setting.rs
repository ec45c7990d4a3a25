//! What a setting of a bucket is: something that S3 keeps for the bucket, with calls of its own to read and
//! to write it.
//!
//! Each setting is one file beside this one; `settings!` in `mod.rs` lists them in writing order and expands
//! to what all of them are together. What must not live here: anything that only one setting needs.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;

use super::Settings;
use super::public_access::blocked;
use crate::cloud::CloudError;
use crate::cloud::s3::BucketHandle;
use crate::resource::{Desired, Field, Recheck, Shown, SpecValue};
use crate::spec::{Bucket, BucketArn, LocalName, PublicAccess};

/// What the spec says of a bucket, and what that bucket is to trueup.
pub struct Wish<'a> {
    /// The spec's own name for it.
    pub local: &'a LocalName,
    /// What the spec says of it.
    pub spec: &'a Bucket,
    /// Whether it stood there before: what the spec does not say is then not trueup's to change.
    pub is_adopted: bool,
    /// Whether the public access block keeps the public out once the plan is done.
    pub is_closed: bool,
    /// The whole wish.
    pub desired: &'a Desired<'a>,
}

impl Wish<'_> {
    /// What the spec asks for, with what is live where that is left as it is.
    pub(super) fn new<'a>(
        local: &'a LocalName,
        bucket: &'a Bucket,
        live: Option<&Settings>,
        is_adopted: bool,
        desired: &'a Desired<'a>,
    ) -> Wish<'a> {
        let wish = Wish { local, spec: bucket, is_adopted, is_closed: false, desired };
        let is_closed = match wish.said(bucket.public_access, PublicAccess::Blocked) {
            Some(access) => access == PublicAccess::Blocked,
            None => live.is_some_and(|live| blocked(live.public_access) == Some(true)),
        };
        Wish { is_closed, ..wish }
    }

    /// What the spec says; of what it does not say the default, unless the bucket was adopted.
    pub fn said<T>(&self, said: Option<T>, default: T) -> Option<T> {
        said.or_else(|| (!self.is_adopted).then_some(default))
    }
}

/// Why S3 would refuse a write for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What stands against it.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

impl Refusal {
    /// A setting is written as a whole: what was not understood would be lost.
    pub(super) fn of_unread(names: &BTreeSet<String>) -> Self {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Self {
            reason: format!(
                "S3 says {} of it, which this trueup does not know, and a write would lose it",
                names.join(", ")
            ),
            advice: "change it by hand, or use a newer trueup".to_owned(),
        }
    }
}

/// What is left as it is, though trueup would set another thing on a bucket of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What there is.
    pub reason: String,
    /// Why somebody should look at it.
    pub warning: Option<String>,
}

/// A setting. A value of the type is how the setting should be.
pub trait Setting: Clone + Debug + Send + Sync + 'static {
    /// What it is called in `the versioning of the bucket changed`.
    const NOUN: &'static str;

    /// Whether S3 gives it to every new bucket, so that what was made is looked at before it is written.
    const IS_MADE_WITH_BUCKET: bool = false;

    /// The rights that reading it needs (life-and-ci.md section 12.4).
    const TO_READ: &'static [&'static str];

    /// The rights that writing it needs, whatever is live; none where a spec leaves it as it is.
    fn to_write(spec: &Bucket) -> &'static [&'static str];

    /// What S3 says of it. The default is what a bucket has on which it was never set.
    type Live: Clone + Debug + Default + Send + Sync + serde::Serialize + 'static;

    /// Reads it.
    fn read(bucket: &BucketHandle) -> impl Future<Output = Result<Self::Live, CloudError>> + Send;

    /// How it should be, with what others set there carried over; `None` when it is left as it is.
    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self>;

    /// The same on a bucket that came with this: what travels beside it is carried over.
    #[must_use]
    fn onto(self, _made: &Self::Live) -> Self {
        self
    }

    /// Whether both do the same, whatever their words.
    fn same(one: &Self::Live, other: &Self::Live) -> bool;

    /// Why S3 would refuse to write it over what is live.
    fn refusal(&self, _live: &Self::Live) -> Option<Refusal> {
        None
    }

    /// What ends for others once it is written over what is live.
    fn ends(&self, _live: &Self::Live) -> Option<String> {
        None
    }

    /// What is left as it is where the spec says nothing.
    fn kept(_wish: &Wish<'_>, _live: &Self::Live) -> Option<Kept> {
        None
    }

    /// What a spec would say of it, keys below the bucket's own.
    fn import(_live: &Self::Live, _bucket: &BucketArn, _set: &mut dyn FnMut(&[&str], SpecValue)) {}

    /// Writes it.
    fn write(&self, bucket: &BucketHandle) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// What S3 says of it once it is written.
    fn assume(&self) -> Self::Live;

    /// What differs from before; `None` is a bucket that was not there.
    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field>;
}

/// One setting that is written: what the plan saw, and what takes its place.
#[derive(Clone, Debug)]
pub struct Planned<S: Setting> {
    before: Option<S::Live>,
    after: S,
}

impl<S: Setting> Planned<S> {
    /// The write that a bucket needs, if any; `live` is `None` for a bucket that is new.
    pub(super) fn of(wish: &Wish<'_>, live: Option<&S::Live>) -> Option<Self> {
        let before = live.cloned();
        let seen = before.clone().unwrap_or_default();
        let after = S::wanted(wish, &seen)?;
        // With what a new bucket comes is seen once it is there.
        let is_open = S::IS_MADE_WITH_BUCKET && before.is_none();
        (is_open || !S::same(&seen, &after.assume())).then_some(Self { before, after })
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.after.refusal(self.before.as_ref()?)
    }

    pub(super) fn ends(&self) -> Option<String> {
        self.after.ends(self.before.as_ref()?)
    }

    pub(super) fn fields(&self) -> Vec<Field> {
        self.after.fields(self.before.as_ref())
    }

    /// Reads the setting again: it is replaced as a whole, so what somebody else did in between would be lost.
    pub(super) async fn recheck(&self, bucket: &BucketHandle) -> Result<Recheck, CloudError> {
        Ok(self.judge(&S::read(bucket).await?))
    }

    pub(super) fn judge(&self, live: &S::Live) -> Recheck {
        let is_as_after = S::same(live, &self.after.assume());
        // With whatever a new bucket came, that is no move of anybody's.
        let is_as_before = self.before.as_ref().map_or(!is_as_after, |before| S::same(live, before));
        Recheck::judge(is_as_before, is_as_after, || format!("the {} of the bucket changed", S::NOUN))
    }

    /// Whether a bucket that was just made came with it.
    pub(super) async fn is_as_made(&self, bucket: &BucketHandle) -> bool {
        // What cannot be seen is written, and told if that fails.
        S::IS_MADE_WITH_BUCKET && S::read(bucket).await.is_ok_and(|made| S::same(&made, &self.after.assume()))
    }

    pub(super) async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        if !S::IS_MADE_WITH_BUCKET || self.before.is_some() {
            return self.after.write(bucket).await;
        }
        let made = bucket.read_new(|| S::read(bucket)).await?;
        let after = self.after.clone().onto(&made);
        if S::same(&made, &after.assume()) { Ok(()) } else { after.write(bucket).await }
    }

    pub(super) fn after(&self) -> &S {
        &self.after
    }
}

/// A field of printable text.
pub(super) fn field(path: &str, before: Option<&str>, after: Option<&str>) -> Field {
    let shown = |text: Option<&str>| text.map_or(Shown::Nothing, |text| Shown::Plain(text.to_owned()));
    Field { path: path.to_owned(), before: shown(before), after: shown(after), note: None }
}

/// Expands the list of settings to [`Settings`](super::Settings) (a field a setting),
/// [`SettingWrite`](super::SettingWrite) (a variant a setting) and what dispatches to them. A line
/// `cors: Cors` stands for the type `Cors` of the file `cors.rs`.
macro_rules! settings {
    ($($module:ident: $Setting:ident),* $(,)?) => {
        $(pub use $module::$Setting;)*

        /// Everything that is set on a bucket: a field a setting.
        #[derive(Clone, Debug, Default, serde::Serialize)]
        pub struct Settings {
            /// What S3 says beside that and this version does not understand.
            pub unread: crate::cloud::s3::Unread,
            $(#[doc = concat!("What S3 says of `", stringify!($module), "`.")]
            pub $module: <$Setting as Setting>::Live,)*
        }

        impl Settings {
            /// Reads everything at once.
            pub async fn read(bucket: &BucketHandle) -> Result<Self, CloudError> {
                // Boxed, since the SDK's futures are large.
                let ($($module,)*) = tokio::try_join!($(Box::pin($Setting::read(bucket)),)*)?;
                Ok(Self { unread: bucket.unread(), $($module,)* })
            }

            /// The rights that reading all of it needs.
            const TO_READ: &'static [&'static [&'static str]] = &[$($Setting::TO_READ),*];

            /// The rights that writing what the spec says of a bucket needs.
            fn to_write(spec: &crate::spec::Bucket) -> Vec<&'static [&'static str]> {
                vec![$($Setting::to_write(spec)),*]
            }

            /// What a spec would say of all of it.
            fn import(&self, bucket: &crate::spec::BucketArn, set: &mut dyn FnMut(&[&str], crate::resource::SpecValue)) {
                $($Setting::import(&self.$module, bucket, set);)*
            }

            /// What is left as it is, by the names of the settings.
            fn kept(&self, wish: &Wish<'_>) -> Vec<(&'static str, Kept)> {
                [$((stringify!($module), $Setting::kept(wish, &self.$module))),*]
                    .into_iter()
                    .filter_map(|(name, kept)| Some((name, kept?)))
                    .collect()
            }
        }

        /// The write of one setting: a variant a setting.
        #[derive(Clone, Debug)]
        pub enum SettingWrite {
            $(#[doc = concat!("A write of `", stringify!($module), "`.")] $Setting(Planned<$Setting>),)*
        }

        impl SettingWrite {
            /// The names of all settings, in writing order.
            const NAMES: &'static [&'static str] = &[$(stringify!($module)),*];

            /// The writes that a bucket needs, in writing order; `live` is `None` for one that is new.
            fn all(wish: &Wish<'_>, live: Option<&Settings>) -> Vec<Self> {
                [$(Planned::of(wish, live.map(|live| &live.$module)).map(Self::$Setting)),*]
                    .into_iter()
                    .flatten()
                    .collect()
            }

            fn refusal(&self) -> Option<Refusal> {
                match self { $(Self::$Setting(planned) => planned.refusal(),)* }
            }

            fn ends(&self) -> Option<String> {
                match self { $(Self::$Setting(planned) => planned.ends(),)* }
            }

            async fn is_as_made(&self, bucket: &BucketHandle) -> bool {
                match self { $(Self::$Setting(planned) => planned.is_as_made(bucket).await,)* }
            }

            fn name(&self) -> &'static str {
                match self { $(Self::$Setting(_) => stringify!($module),)* }
            }

            fn fields(&self) -> Vec<Field> {
                match self { $(Self::$Setting(planned) => planned.fields(),)* }
            }

            async fn recheck(&self, bucket: &BucketHandle) -> Result<Recheck, CloudError> {
                match self { $(Self::$Setting(planned) => planned.recheck(bucket).await,)* }
            }

            async fn apply(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
                match self { $(Self::$Setting(planned) => planned.write(bucket).await,)* }
            }

            #[cfg(test)]
            fn assume(&self, settings: &mut Settings) {
                match self { $(Self::$Setting(planned) => settings.$module = planned.after().assume(),)* }
            }

            /// What a recheck makes of settings that were read.
            #[cfg(test)]
            fn judge(&self, live: &Settings) -> Recheck {
                match self { $(Self::$Setting(planned) => planned.judge(&live.$module),)* }
            }
        }

        #[cfg(test)]
        impl Settings {
            /// What a spec may say of each setting.
            const KEYS: &'static [&'static [&'static str]] = &[$(<$Setting as testing::Generated>::KEYS),*];

            /// Each setting with nothing left out, in the order of the list.
            fn in_full(&self) -> Vec<String> {
                vec![$(format!("{:?}", self.$module)),*]
            }

            /// Everything that may be live.
            fn any() -> proptest::strategy::BoxedStrategy<Self> {
                use proptest::strategy::Strategy as _;
                ($(<$Setting as testing::Generated>::live(),)*)
                    .prop_map(|($($module,)*)| Self { unread: Default::default(), $($module),* })
                    .boxed()
            }
        }
    };
}
pub(super) use settings;

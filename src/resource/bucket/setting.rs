//! What a setting of a bucket is: something that S3 keeps for the bucket, with calls of its own to read and
//! to write it.
//!
//! Each setting is one file beside this one; `settings!` in `mod.rs` lists them in writing order and expands
//! to what all of them are together. What must not live here: anything that only one setting needs.

use std::fmt::Debug;
use std::future::Future;

use crate::cloud::CloudError;
use crate::cloud::s3::BucketHandle;
use crate::resource::{Desired, Field, Recheck, Shown};
use crate::spec::Bucket;

/// A setting. A value of the type is how the setting should be.
pub trait Setting: Clone + Debug + Send + Sync + 'static {
    /// What it is called in `the versioning of the bucket changed`.
    const NOUN: &'static str;

    /// What S3 says of it. The default is what a bucket has on which it was never set.
    type Live: Clone + Debug + Default + Send + Sync + serde::Serialize + 'static;

    /// Reads it.
    fn read(bucket: &BucketHandle) -> impl Future<Output = Result<Self::Live, CloudError>> + Send;

    /// How it should be, with what others set there carried over; `None` when it is left as it is.
    fn wanted(spec: &Bucket, live: &Self::Live, desired: &Desired<'_>) -> Option<Self>;

    /// Whether both do the same, whatever their words.
    fn same(one: &Self::Live, other: &Self::Live) -> bool;

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
    pub(super) fn of(spec: &Bucket, live: Option<&S::Live>, desired: &Desired<'_>) -> Option<Self> {
        let before = live.cloned();
        let seen = before.clone().unwrap_or_default();
        let after = S::wanted(spec, &seen, desired)?;
        (!S::same(&seen, &after.assume())).then_some(Self { before, after })
    }

    pub(super) fn fields(&self) -> Vec<Field> {
        self.after.fields(self.before.as_ref())
    }

    /// Reads the setting again: it is replaced as a whole, so what somebody else did in between would be lost.
    pub(super) async fn recheck(&self, bucket: &BucketHandle) -> Result<Recheck, CloudError> {
        Ok(self.judge(&S::read(bucket).await?))
    }

    pub(super) fn judge(&self, live: &S::Live) -> Recheck {
        let is_as_before = S::same(live, &self.before.clone().unwrap_or_default());
        let is_as_after = S::same(live, &self.after.assume());
        Recheck::judge(is_as_before, is_as_after, || format!("the {} of the bucket changed", S::NOUN))
    }

    pub(super) async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        self.after.write(bucket).await
    }

    #[cfg(test)]
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
            $(#[doc = concat!("What S3 says of `", stringify!($module), "`.")]
            pub $module: <$Setting as Setting>::Live,)*
        }

        impl Settings {
            /// Reads everything at once.
            pub async fn read(bucket: &BucketHandle) -> Result<Self, CloudError> {
                // Boxed, since the SDK's futures are large.
                let ($($module,)*) = tokio::try_join!($(Box::pin($Setting::read(bucket)),)*)?;
                Ok(Self { $($module,)* })
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
            fn all(spec: &Bucket, live: Option<&Settings>, desired: &Desired<'_>) -> Vec<Self> {
                [$(Planned::of(spec, live.map(|live| &live.$module), desired).map(Self::$Setting)),*]
                    .into_iter()
                    .flatten()
                    .collect()
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
                    .prop_map(|($($module,)*)| Self { $($module),* })
                    .boxed()
            }
        }
    };
}
pub(super) use settings;

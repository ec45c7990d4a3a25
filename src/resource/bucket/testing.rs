//! How tests of a bucket's settings say what the spec asks for and what is live, and what each setting brings
//! to the laws of all of them.
//!
//! What must not live here: expectations, and any knowledge of a setting.

#![cfg(test)]

use std::fmt::Display;

use proptest::strategy::BoxedStrategy;

use super::setting::{Kept, Wish};
use super::{Planned, Setting};
use crate::cloud::CloudError;
use crate::cloud::s3::testing::{Call, Scripted};
use crate::resource::testing::{Want, local, want};
use crate::resource::{Field, Shown};

/// What a setting brings to the laws.
pub(super) trait Generated: Setting {
    /// What a spec may say of it. Of these the last is never true of a bucket on which it was not set.
    const KEYS: &'static [&'static str];

    /// Everything that may be live.
    fn live() -> BoxedStrategy<Self::Live>;
}

/// A spec with the bucket `uploads`, which has these keys besides the two that every bucket has.
#[track_caller]
pub(super) fn with_keys(keys: &[&str]) -> Want {
    let keys: String = keys.iter().filter(|key| !key.is_empty()).map(|key| format!(", {key}")).collect();
    want(&format!("buckets: {{ uploads: {{ name: ledger-uploads, region: us-east-1{keys} }} }}"))
}

/// The write that a spec with this key asks for.
#[track_caller]
pub(super) fn planned<S: Setting>(key: &str, live: Option<&S::Live>) -> Option<Planned<S>> {
    wishing(key, false, |wish| Planned::of(wish, live))
}

/// The write that a spec with this key asks for on a bucket that stood there before.
#[track_caller]
pub(super) fn adopted<S: Setting>(key: &str, live: &S::Live) -> Option<Planned<S>> {
    wishing(key, true, |wish| Planned::of(wish, Some(live)))
}

/// What is told of what is left as it is on such a bucket.
#[track_caller]
pub(super) fn kept<S: Setting>(key: &str, live: &S::Live) -> Option<Kept> {
    wishing(key, true, |wish| S::kept(wish, live))
}

fn wishing<T>(key: &str, is_adopted: bool, ask: impl FnOnce(&Wish<'_>) -> T) -> T {
    let want = with_keys(&[key]);
    let (desired, local) = (want.desired(), local("uploads"));
    ask(&Wish::new(&local, &desired.spec().buckets[&local], None, is_adopted, &desired))
}

/// What a plan shows of that write: `versioning: never enabled → enabled`.
#[track_caller]
pub(super) fn shown<S: Setting>(key: &str, live: Option<&S::Live>) -> Vec<String> {
    let fields = planned::<S>(key, live).map(|planned| planned.fields()).unwrap_or_default();
    fields.iter().map(line).collect()
}

fn line(field: &Field) -> String {
    let text = |shown: &Shown| match shown {
        Shown::Nothing => "nothing".to_owned(),
        Shown::Plain(text) => text.clone(),
        hidden => panic!("a bucket has no secrets: {hidden:?}"),
    };
    format!("{}: {} → {}", field.path, text(&field.before), text(&field.after))
}

/// What is made of S3's answer: a status, and a body or the code of an error.
pub(super) async fn read<S: Setting>(status: u16, text: impl Display) -> Result<S::Live, CloudError> {
    let text = text.to_string();
    let s3 = Scripted::start(move |_| (status, text.clone())).await;
    let live = S::read(&s3.bucket).await;
    assert_eq!(s3.calls().len(), 1, "one call a setting");
    live
}

/// The call by which a setting is written.
pub(super) async fn written<S: Setting>(setting: &S) -> Call {
    let s3 = Scripted::start(|_| (200, String::new())).await;
    setting.write(&s3.bucket).await.expect("S3 takes everything");
    let [call] = &s3.calls()[..] else { panic!("one call a setting") };
    call.clone()
}

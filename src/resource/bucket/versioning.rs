//! Versioning: whether old versions of objects are kept.

use aws_sdk_s3::types::{BucketVersioningStatus, MfaDeleteStatus, VersioningConfiguration};

use super::setting::{Refusal, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, VersioningRoot};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// Whether versions are kept from now on.
#[derive(Clone, Debug)]
pub struct Versioning {
    enabled: bool,
}

/// What S3 says of versions.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Versions {
    /// Whether they are kept now.
    pub(super) status: Status,
    /// Whether only the root user with a device may change that, or delete a version.
    pub(super) mfa_delete: bool,
}

/// Whether versions are kept now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum Status {
    /// They never were; there is no way back to this.
    #[default]
    Unversioned,
    /// They are.
    Enabled,
    /// They were.
    Suspended,
}

impl Setting for Versioning {
    const NOUN: &'static str = "versioning";

    const TO_READ: &'static [&'static str] = &["s3:GetBucketVersioning"];

    type Live = Versions;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_versioning().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(VersioningRoot).send();
        let answer = bucket.read("s3:GetBucketVersioning", sent).await?;
        let status = match answer.status {
            Some(BucketVersioningStatus::Enabled) => Status::Enabled,
            Some(BucketVersioningStatus::Suspended) => Status::Suspended,
            _ => Status::Unversioned,
        };
        let mfa_delete = answer.mfa_delete == Some(MfaDeleteStatus::Enabled);
        Ok(Versions { status, mfa_delete })
    }

    fn to_write(spec: &spec::Bucket) -> &'static [&'static str] {
        if spec.versioning.is_some() { &["s3:PutBucketVersioning"] } else { &[] }
    }

    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let enabled = wish.spec.versioning?;
        // A bucket that never kept versions needs no write to keep none.
        (enabled || live.status != Status::Unversioned).then_some(Self { enabled })
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one.status == other.status
    }

    /// S3 takes the code of the device with each such write, which trueup never has.
    fn refusal(&self, live: &Self::Live) -> Option<Refusal> {
        live.mfa_delete.then(|| Refusal {
            reason: "MFA delete is on, so only the account's root user can change versioning, with a code"
                .to_owned(),
            advice: format!("write `versioning: {}`, or change it by hand as that user", !self.enabled),
        })
    }

    fn ends(&self, _: &Self::Live) -> Option<String> {
        let what = "objects that are overwritten or deleted from now on cannot be brought back";
        (!self.enabled).then(|| what.to_owned())
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        match live.status {
            Status::Unversioned => {}
            Status::Enabled => set(&["versioning"], SpecValue::from(true)),
            Status::Suspended => set(&["versioning"], SpecValue::from(false)),
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let status =
            if self.enabled { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let versioning = VersioningConfiguration::builder().status(status).build();
        let request = bucket.sdk().put_bucket_versioning().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).versioning_configuration(versioning);
        bucket.write("s3:PutBucketVersioning", || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        Versions { status: self.after(), mfa_delete: false }
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.map(|before| word(before.status));
        vec![field("versioning", before, Some(word(self.after())))]
    }
}

impl Versioning {
    fn after(&self) -> Status {
        if self.enabled { Status::Enabled } else { Status::Suspended }
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Unversioned => "never enabled",
        Status::Enabled => "enabled",
        Status::Suspended => "suspended",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;

    fn live(status: Status) -> Versions {
        Versions { status, mfa_delete: false }
    }

    impl Generated for Versioning {
        const KEYS: &'static [&'static str] = &["", "versioning: false", "versioning: true"];

        fn live() -> BoxedStrategy<Self::Live> {
            let all = vec![Status::Unversioned, Status::Enabled, Status::Suspended];
            prop::sample::select(all).prop_map(live).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_whether_versions_are_kept() {
        for (answer, status) in [
            ("", Status::Unversioned),
            ("<Status>Enabled</Status>", Status::Enabled),
            ("<Status>Suspended</Status>", Status::Suspended),
        ] {
            // The second root is that of stores which word the answer differently.
            for root in ["VersioningConfiguration", "GetBucketVersioningResponse"] {
                let answer = format!("<{root}>{answer}</{root}>");
                assert_eq!(read::<Versioning>(200, &answer).await.unwrap().status, status, "{answer}");
            }
        }
    }

    #[test]
    fn it_is_written_when_the_spec_names_it_and_what_is_live_does_something_else() {
        let versioning =
            |key: &str, status: Option<&Status>| shown::<Versioning>(key, status.copied().map(live).as_ref());
        let (on, off) = ("versioning: true", "versioning: false");
        assert_eq!(versioning(on, None), ["versioning: nothing → enabled"]);
        assert_eq!(versioning(on, Some(&Status::Unversioned)), ["versioning: never enabled → enabled"]);
        assert_eq!(versioning(on, Some(&Status::Suspended)), ["versioning: suspended → enabled"]);
        assert_eq!(versioning(off, Some(&Status::Enabled)), ["versioning: enabled → suspended"]);
        for (key, live) in [
            (on, Some(&Status::Enabled)),
            (off, Some(&Status::Suspended)),
            (off, Some(&Status::Unversioned)),
            (off, None),
            ("", Some(&Status::Enabled)),
        ] {
            assert_eq!(versioning(key, live), [""; 0], "`{key}` {live:?}");
        }
    }

    #[tokio::test]
    async fn what_needs_a_device_is_not_tried() {
        let answer = "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>\
             </VersioningConfiguration>";
        let guarded = read::<Versioning>(200, answer).await.unwrap();
        assert!(guarded.mfa_delete);
        let refused =
            |live| planned::<Versioning>("versioning: false", Some(live)).expect("a write").refusal();
        let refusal = refused(&guarded).expect("a refusal");
        assert!(refusal.reason.contains("MFA delete") && refusal.advice.contains("versioning: true"));
        assert!(refused(&live(Status::Enabled)).is_none());
        assert!(planned::<Versioning>("versioning: true", Some(&guarded)).is_none());
    }

    #[tokio::test]
    async fn versions_are_kept_or_suspended() {
        for (enabled, status) in [(true, "Enabled"), (false, "Suspended")] {
            let call = written(&Versioning { enabled }).await;
            assert_eq!(call.name, "PUT versioning");
            assert!(call.body.contains(&format!("<Status>{status}</Status>")), "{}", call.body);
        }
    }
}

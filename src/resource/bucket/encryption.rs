//! Encryption at rest.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, EncryptionType, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Desired, Field};
use crate::spec;

/// Encryption as it is set.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Encryption {
    by: spec::Encryption,
    /// Kinds of encryption that the bucket refuses; not managed, and carried over as they were read.
    blocked_types: Vec<String>,
}

impl Setting for Encryption {
    const NOUN: &'static str = "encryption";

    type Live = Option<Self>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_encryption().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let not_set = "ServerSideEncryptionConfigurationNotFoundError";
        let answer = bucket.read_if_set("s3:GetBucketEncryption", not_set, sent).await?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        Ok(rules.and_then(|rules| Self::from_sdk(rules.rules().first()?)))
    }

    fn wanted(spec: &spec::Bucket, live: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        let blocked_types = live.as_ref().map(|live| live.blocked_types.clone()).unwrap_or_default();
        Some(Self { by: spec.encryption.clone(), blocked_types })
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one.as_ref().map(|one| &one.by) == other.as_ref().map(|other| &other.by)
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let operation = "s3:PutBucketEncryption";
        let rules = self.to_sdk();
        let rules = rules.and_then(|rule| ServerSideEncryptionConfiguration::builder().rules(rule).build());
        let rules = rules.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_encryption().bucket(bucket.name());
        let request =
            request.expected_bucket_owner(bucket.owner()).server_side_encryption_configuration(rules);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        Some(self.clone())
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.and_then(Option::as_ref).map(|before| word(&before.by));
        vec![field("encryption", before.as_deref(), Some(&word(&self.by)))]
    }
}

impl Encryption {
    fn from_sdk(rule: &ServerSideEncryptionRule) -> Option<Self> {
        let default = rule.apply_server_side_encryption_by_default()?;
        let by = match default.sse_algorithm() {
            ServerSideEncryption::Aes256 => spec::Encryption::Aes256,
            _ => spec::Encryption::Kms(default.kms_master_key_id().unwrap_or("aws/s3").to_owned()),
        };
        let blocked =
            rule.blocked_encryption_types().map(BlockedEncryptionTypes::encryption_type).unwrap_or_default();
        Some(Self { by, blocked_types: blocked.iter().map(|one| one.as_str().to_owned()).collect() })
    }

    fn to_sdk(&self) -> Result<ServerSideEncryptionRule, BuildError> {
        let (algorithm, key) = match &self.by {
            spec::Encryption::Aes256 => (ServerSideEncryption::Aes256, None),
            spec::Encryption::Kms(key) => (ServerSideEncryption::AwsKms, Some(key.clone())),
        };
        let is_kms = key.is_some();
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id(key)
            .build()?;
        let blocked = (!self.blocked_types.is_empty()).then(|| {
            let types = self.blocked_types.iter().map(|one| EncryptionType::from(one.as_str()));
            BlockedEncryptionTypes::builder().set_encryption_type(Some(types.collect())).build()
        });
        Ok(ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .set_bucket_key_enabled(is_kms.then_some(true))
            .set_blocked_encryption_types(blocked)
            .build())
    }
}

fn word(encryption: &spec::Encryption) -> String {
    match encryption {
        spec::Encryption::Aes256 => "AES256".to_owned(),
        spec::Encryption::Kms(key) => format!("kms {key}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;

    fn by(by: spec::Encryption, blocked_types: &[&str]) -> Encryption {
        Encryption { by, blocked_types: blocked_types.iter().map(ToString::to_string).collect() }
    }

    fn kms(key: &str) -> spec::Encryption {
        spec::Encryption::Kms(key.to_owned())
    }

    impl Generated for Encryption {
        const KEYS: &'static [&'static str] = &["", "encryption: AES256", "encryption: { kms: abc }"];

        fn live() -> BoxedStrategy<Self::Live> {
            let keys = vec![spec::Encryption::Aes256, kms("abc"), kms("another"), kms("aws/s3")];
            let blocked = prop::sample::subsequence(vec!["SSE-C", "NONE"], 0..=2);
            let live = (prop::sample::select(keys), blocked).prop_map(|(key, blocked)| by(key, &blocked));
            prop::option::of(live).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_by_which_key_and_what_the_bucket_refuses() {
        let answer = |rule: &str| {
            format!(
                "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>{rule}\
                 </ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>SSE-C\
                 </EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>"
            )
        };
        let algorithm = |name: &str| format!("<SSEAlgorithm>{name}</SSEAlgorithm>");
        let id = "<KMSMasterKeyID>abc</KMSMasterKeyID>";
        for (rule, key) in [
            (algorithm("AES256"), spec::Encryption::Aes256),
            (algorithm("aws:kms") + id, kms("abc")),
            (algorithm("aws:kms"), kms("aws/s3")),
        ] {
            let live = read::<Encryption>(200, answer(&rule)).await.unwrap().expect("it is set");
            assert_eq!((live.by, live.blocked_types), (key, vec!["SSE-C".to_owned()]), "{rule}");
        }
        let not_set = "ServerSideEncryptionConfigurationNotFoundError";
        assert!(read::<Encryption>(404, not_set).await.unwrap().is_none());
    }

    #[test]
    fn it_is_written_when_the_key_is_another_one() {
        let live = Some(by(kms("abc"), &["SSE-C"]));
        let encryption = |key: &str, live| shown::<Encryption>(key, live);
        assert_eq!(encryption("", None), ["encryption: nothing → AES256"]);
        assert_eq!(encryption("", Some(&live)), ["encryption: kms abc → AES256"]);
        assert_eq!(encryption("encryption: { kms: b }", Some(&live)), ["encryption: kms abc → kms b"]);
        assert_eq!(encryption("encryption: { kms: abc }", Some(&live)), [""; 0]);
    }

    #[tokio::test]
    async fn the_kinds_that_the_bucket_refuses_are_carried_over() {
        let live = Some(by(spec::Encryption::Aes256, &["SSE-C"]));
        let refused = planned::<Encryption>("encryption: { kms: abc }", Some(&live)).expect("a write");
        let call = written(refused.after()).await;
        assert_eq!(call.name, "PUT encryption");
        for part in ["<EncryptionType>SSE-C</EncryptionType>", "<KMSMasterKeyID>abc</KMSMasterKeyID>"] {
            assert!(call.body.contains(part), "{}", call.body);
        }
        let call = written(&by(spec::Encryption::Aes256, &[])).await;
        assert!(!call.body.contains("BlockedEncryptionTypes"), "{}", call.body);
    }
}

//! Encryption at rest.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, EncryptionType, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};

use super::setting::{Kept, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::aws::Aws;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// What S3 says in its answer, all of which is read.
const ELEMENTS: [&str; 7] = [
    "Rule",
    "ApplyServerSideEncryptionByDefault",
    "SSEAlgorithm",
    "KMSMasterKeyID",
    "BucketKeyEnabled",
    "BlockedEncryptionTypes",
    "EncryptionType",
];

/// The key of KMS that AWS keeps for each account, which S3 takes when none is named.
const MANAGED_KEY: &str = "alias/aws/s3";

/// Encryption as it is set.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Encryption {
    by: By,
    /// Whether a bucket key spares calls to KMS. It travels beside the key; not managed, and carried over.
    bucket_key: Option<bool>,
    /// The spec's own name of the key, when KMS says that it stands for the same one.
    also: Option<String>,
    /// Kinds of encryption that the bucket refuses; not managed, and carried over as they were read.
    blocked_types: Vec<String>,
}

/// By what a bucket encrypts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
enum By {
    /// Keys that S3 manages.
    Aes256,
    /// A KMS key, once or twice.
    Kms { key: String, is_dual: bool },
    /// Something that S3 learned since.
    Other(String),
}

impl Setting for Encryption {
    const NOUN: &'static str = "encryption";
    const IS_MADE_WITH_BUCKET: bool = true;

    const TO_READ: &'static [&'static str] = &["s3:GetEncryptionConfiguration"];

    type Live = Option<Self>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_encryption().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(bucket.along("encryption", &ELEMENTS)).send();
        let not_set = "ServerSideEncryptionConfigurationNotFoundError";
        let answer = bucket.read_if_set("s3:GetBucketEncryption", not_set, sent).await?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        Ok(rules.and_then(|rules| rules.rules().first().map(Self::from_sdk)))
    }

    /// Every bucket of S3's has some, so where the spec says nothing there is nothing to write.
    fn to_write(spec: &spec::Bucket) -> &'static [&'static str] {
        if spec.encryption.is_some() { &["s3:PutEncryptionConfiguration"] } else { &[] }
    }

    /// What the spec does not say is S3's own keys at least: what is stronger stays, on every bucket.
    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let by = match (&wish.spec.encryption, live) {
            (None, Some(_)) => return None,
            (None | Some(spec::Encryption::Aes256), _) => By::Aes256,
            (Some(spec::Encryption::Kms(kms)), live) => {
                let is_dual = matches!(live, Some(Self { by: By::Kms { is_dual: true, .. }, .. }));
                By::Kms { key: kms.key.clone(), is_dual: kms.dsse.unwrap_or(is_dual) }
            }
        };
        Some(Self::beside(by, live.as_ref()))
    }

    fn onto(self, made: &Self::Live) -> Self {
        Self::beside(self.by, made.as_ref())
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => {
                one.by.same(&other.by) || one.is_also(&other.by) || other.is_also(&one.by)
            }
            (None, None) => true,
            _ => false,
        }
    }

    fn ends(&self, live: &Self::Live) -> Option<String> {
        let before = &live.as_ref()?.by;
        (before.strength() > self.by.strength()).then(|| {
            format!(
                "new objects are encrypted by {} in place of the stronger {}",
                self.by.word(),
                before.word()
            )
        })
    }

    fn kept(wish: &Wish<'_>, live: &Self::Live) -> Option<Kept> {
        let by = &live.as_ref()?.by;
        if wish.spec.encryption.is_some() || *by == By::Aes256 {
            return None;
        }
        let users = &wish.desired.spec().iam_users;
        let is_granted = users.values().any(|user| user.grants.contains_key(wish.local));
        let warning = match by {
            By::Kms { key, .. } if is_granted && name_of(key) != MANAGED_KEY => Some(format!(
                "the grant on it gives the app no right to the key {key}; `encryption: {{ kms: \"{key}\" }}` does"
            )),
            _ => None,
        };
        Some(Kept { reason: by.word(), warning })
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        let Some(Self { by: By::Kms { key, is_dual }, .. }) = live else { return };
        set(&["encryption", "kms"], SpecValue::from(key.as_str()));
        if *is_dual {
            set(&["encryption", "dsse"], SpecValue::from(true));
        }
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
        let before = before.and_then(Option::as_ref).map(|before| before.by.word());
        vec![field("encryption", before.as_deref(), Some(&self.by.word()))]
    }
}

impl Encryption {
    /// The key of KMS by which it encrypts, by any name that S3 has for it; AWS's own needs no right of anyone.
    pub(super) fn key(&self) -> Option<&str> {
        match &self.by {
            By::Kms { key, .. } if name_of(key) != MANAGED_KEY => Some(key),
            _ => None,
        }
    }

    /// Whether what another encrypts by is this key under the spec's name for it.
    fn is_also(&self, other: &By) -> bool {
        match (&self.by, &self.also, other) {
            (By::Kms { is_dual, .. }, Some(also), By::Kms { key, is_dual: is_other_dual }) => {
                is_dual == is_other_dual && same_key(also, key)
            }
            _ => false,
        }
    }

    /// Asks KMS whether the spec's name of the key stands for the one that is live, when the two names alone do not
    /// tell: one of them is an alias. What KMS does not say counts as another key.
    pub(super) async fn compare_keys(&mut self, spec: &spec::Bucket, aws: &Aws) {
        let (By::Kms { key, .. }, Some(wanted)) = (&self.by, spec.kms_key()) else { return };
        let is_alias = |name: &str| name_of(name).starts_with("alias/");
        if same_key(key, wanted) || !(is_alias(key) || is_alias(wanted)) {
            return;
        }
        let arn = async |name: &str| match name {
            name if is_alias(name) => aws.key_arn(name, &spec.region).await.ok().flatten(),
            name => Some(name.to_owned()),
        };
        let (live, wished) = tokio::join!(arn(key), arn(wanted));
        if live.zip(wished).is_some_and(|(live, wished)| same_key(&live, &wished)) {
            self.also = Some(wanted.to_owned());
        }
    }

    /// With what travels beside the key as it is live; a bucket key is used unless somebody chose.
    fn beside(by: By, live: Option<&Self>) -> Self {
        let chosen = live.filter(|live| matches!(live.by, By::Kms { is_dual: false, .. }));
        let bucket_key = match by {
            By::Kms { is_dual: false, .. } => Some(chosen.and_then(|live| live.bucket_key).unwrap_or(true)),
            // Neither S3's own keys nor double encryption has one.
            _ => None,
        };
        let blocked_types = live.map(|live| live.blocked_types.clone()).unwrap_or_default();
        Self { by, bucket_key, also: None, blocked_types }
    }

    /// A rule that names no key is of S3's own.
    fn from_sdk(rule: &ServerSideEncryptionRule) -> Self {
        let default = rule.apply_server_side_encryption_by_default();
        let key = || {
            let key = default.and_then(ServerSideEncryptionByDefault::kms_master_key_id);
            key.unwrap_or(MANAGED_KEY).to_owned()
        };
        let by = match default.map(ServerSideEncryptionByDefault::sse_algorithm) {
            None | Some(ServerSideEncryption::Aes256) => By::Aes256,
            Some(ServerSideEncryption::AwsKms) => By::Kms { key: key(), is_dual: false },
            Some(ServerSideEncryption::AwsKmsDsse) => By::Kms { key: key(), is_dual: true },
            Some(other) => By::Other(other.as_str().to_owned()),
        };
        let blocked =
            rule.blocked_encryption_types().map(BlockedEncryptionTypes::encryption_type).unwrap_or_default();
        let blocked_types = blocked.iter().map(|one| one.as_str().to_owned()).collect();
        Self { by, bucket_key: rule.bucket_key_enabled(), also: None, blocked_types }
    }

    fn to_sdk(&self) -> Result<ServerSideEncryptionRule, BuildError> {
        let (algorithm, key) = match &self.by {
            By::Aes256 => (ServerSideEncryption::Aes256, None),
            By::Kms { key, is_dual: false } => (ServerSideEncryption::AwsKms, Some(key)),
            By::Kms { key, is_dual: true } => (ServerSideEncryption::AwsKmsDsse, Some(key)),
            By::Other(algorithm) => (ServerSideEncryption::from(algorithm.as_str()), None),
        };
        // AWS's own key is the one that is not named.
        let key = key.filter(|key| name_of(key) != MANAGED_KEY).cloned();
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
            .set_bucket_key_enabled(self.bucket_key)
            .set_blocked_encryption_types(blocked)
            .build())
    }
}

impl By {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Kms { key, is_dual }, Self::Kms { key: other, is_dual: is_other_dual }) => {
                is_dual == is_other_dual && same_key(key, other)
            }
            _ => self == other,
        }
    }

    /// More is stronger; what is not known may be.
    fn strength(&self) -> u8 {
        match self {
            Self::Aes256 => 0,
            Self::Kms { is_dual: false, .. } => 1,
            Self::Kms { is_dual: true, .. } | Self::Other(_) => 2,
        }
    }

    fn word(&self) -> String {
        match self {
            Self::Aes256 => "AES256".to_owned(),
            Self::Kms { key, is_dual: false } => format!("kms {key}"),
            Self::Kms { key, is_dual: true } => format!("kms {key} (dsse)"),
            Self::Other(algorithm) => algorithm.clone(),
        }
    }
}

/// Whether both are names of one key: its id, its ARN, or an alias and that alias's ARN. An id is of one key alone,
/// and S3 takes no key of another region; an alias is of one in each account.
fn same_key(one: &str, other: &str) -> bool {
    let account = |key: &str| {
        let is_alias = name_of(key).starts_with("alias/");
        key.starts_with("arn:")
            .then(|| key.split(':').nth(4).map(str::to_owned))
            .flatten()
            .filter(|_| is_alias)
    };
    let is_one_account = match (account(one), account(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    name_of(one) == name_of(other) && is_one_account
}

/// A key's name without where it is: its id, or `alias/…`.
fn name_of(key: &str) -> String {
    let name = match key.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        Some(resource) => resource.strip_prefix("key/").unwrap_or(resource),
        None => key,
    };
    // AWS's own key is known by this name too.
    if name == "aws/s3" { MANAGED_KEY.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;

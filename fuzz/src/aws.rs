//! Answers of S3, IAM and STS of any bytes, through the SDK over loopback.

use std::collections::BTreeMap;

use tokio::runtime::Runtime;
use trueup::testing::bucket::{
    Cors, Encryption, Lifecycle, Ownership, Policy, PublicAccess, Setting as _, Settings, Tags, Versioning,
};
use trueup::testing::cloud::BucketHandle;
use trueup::testing::cloud::{AccessKeyPair, Aws, AwsSettings, StaticCredentials};
use trueup::testing::cloud::{CloudError, Meter};
use trueup::testing::hostile;
use trueup::testing::secret::Secret;
use trueup::testing::spec::{AwsRegion, BucketName, UserName, UserPath};

use super::replay::Replay;
use super::script::{Script, Words};
use super::{LIVE, SECRET, TOKEN, error_is_fit_to_show, guesses_a_secret};

/// The calls that a script may name. One with a question mark reads that setting of a bucket.
pub(crate) const CALLS: [&str; 23] = [
    "?cors",
    "?encryption",
    "?lifecycle",
    "?ownershipControls",
    "?policy",
    "?publicAccessBlock",
    "?tagging",
    "?versioning",
    "access keys",
    "all users",
    "buckets",
    "create access key",
    "create bucket",
    "create user",
    "head",
    "identity",
    "put cors",
    "reach",
    "settings",
    "tag user",
    "user",
    "user policy",
    "glance",
];
/// A list ends after a hundred pages, that of buckets after a thousand, each of which is asked for twice at most.
const MOST_CALLS: usize = 2000;

/// The clients and the server that they talk to, kept from one input to the next.
struct Rig {
    runtime: Runtime,
    replay: Replay,
    aws: Aws,
}

thread_local! {
    static RIG: Rig = Rig::new();
}

impl Rig {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let replay = runtime.block_on(Replay::start());
        let settings = AwsSettings {
            region: Some("us-east-1".to_owned()),
            endpoint_s3: Some(replay.url.clone()),
            endpoint_iam: Some(replay.url.clone()),
            endpoint_sts: Some(replay.url.clone()),
            credentials: Some(StaticCredentials {
                id: "AKIDOPERATOR".to_owned(),
                secret: Secret::new(SECRET),
                session: Some(Secret::new(TOKEN)),
            }),
            ..AwsSettings::default()
        };
        let aws = runtime.block_on(hostile::aws(settings, Meter::default())).expect("loopback is accepted");
        Self { runtime, replay, aws }
    }
}

/// A script of answers to one call.
pub fn aws(input: &[u8]) {
    if guesses_a_secret(input) {
        return;
    }
    RIG.with(|rig| {
        let script = Script::read(input, &CALLS, words);
        let call = CALLS[script.call];
        rig.replay.tell(script.answers);
        if let Err(error) = rig.runtime.block_on(made(&rig.aws, call)) {
            error_is_fit_to_show(&error);
        }
        let given = rig.replay.given();
        assert!(given <= MOST_CALLS, "`{call}` was sent {given} times");
    });
}

/// What was signed with is never sent, so no service can quote it; a new key comes with its secret.
fn words(call: &str) -> Words {
    match call {
        "create access key" => Words { in_success: &[("{{live}}", LIVE)], ..Words::default() },
        _ => Words::default(),
    }
}

/// Makes a call; what it gives is looked at, so that it is converted to the last part.
async fn made(aws: &Aws, call: &str) -> Result<usize, CloudError> {
    let (name, user) = (bucket(), UserName::parse("ledger-app").expect("a name"));
    let region = AwsRegion::parse("us-east-1").expect("a region");
    let bucket = aws.bucket(&name, &region, &hostile::owner("111122223333")).await?;
    let iam = aws.iam();
    Ok(match call {
        "access keys" => seen(iam.access_keys(&user).await?),
        "all users" => seen(iam.all_users(100).await?),
        "buckets" => seen(aws.all_buckets(&region, None, 100).await?),
        "create access key" => seen(iam.create_access_key(&user, &["AKIDOLD".to_owned()]).await?),
        "create bucket" => seen(bucket.create(&BTreeMap::new()).await?),
        "create user" => {
            let path = UserPath::parse("/trueup/").expect("a path");
            seen(iam.create_user(&user, &path, &BTreeMap::new(), None).await?)
        }
        "glance" => seen(aws.glance_at_bucket(&name, &region).await?),
        "head" => seen(bucket.head().await?),
        "identity" => seen(aws.identity().await?),
        "put cors" => seen(Cors::default().write(&bucket).await?),
        "reach" => seen(aws.head_bucket_as(&key(), &name, &region).await?),
        "tag user" => seen(iam.tag_user(&user, &BTreeMap::new()).await?),
        "user" => seen(iam.user(&user).await?),
        "user policy" => {
            let policy = iam.user_policy(&user, "trueup").await?;
            assert!(policy.iter().all(|policy| policy.same_meaning(policy)));
            seen(policy)
        }
        "settings" => seen(Settings::read(&bucket).await?),
        _ => setting(&bucket, call).await?,
    })
}

async fn setting(bucket: &BucketHandle, call: &str) -> Result<usize, CloudError> {
    Ok(match call {
        "?cors" => seen(Cors::read(bucket).await?),
        "?encryption" => seen(Encryption::read(bucket).await?),
        "?lifecycle" => seen(Lifecycle::read(bucket).await?),
        "?ownershipControls" => seen(Ownership::read(bucket).await?),
        "?publicAccessBlock" => seen(PublicAccess::read(bucket).await?),
        "?tagging" => seen(Tags::read(bucket).await?),
        "?versioning" => seen(Versioning::read(bucket).await?),
        _ => {
            let policy = Policy::read(bucket).await?;
            assert!(
                policy.iter().all(|policy| policy.same_meaning(policy) && !policy.to_pretty().is_empty())
            );
            seen(policy)
        }
    })
}

fn bucket() -> BucketName {
    BucketName::parse("ledger-uploads").expect("a name")
}

fn key() -> AccessKeyPair {
    AccessKeyPair { id: "AKIDAPP".to_owned(), secret: Secret::new(SECRET) }
}

fn seen(answer: impl std::fmt::Debug) -> usize {
    format!("{answer:?}").len()
}

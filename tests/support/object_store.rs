//! S3 as another program sees it: what lies under `.trueup/` in a bucket, and a lock written by hand.
#![allow(unreachable_pub, dead_code, clippy::unwrap_used, reason = "shared by path between test binaries")]

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The key of the lock.
pub const LOCK: &str = ".trueup/lock";

/// A client for a loopback S3.
pub fn client(url: &str, id: &str, secret: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .force_path_style(true)
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// How many versions and how many delete markers there are under `.trueup/`.
pub async fn left(s3: &aws_sdk_s3::Client, bucket: &str) -> (usize, usize) {
    let found = s3.list_object_versions().bucket(bucket).prefix(".trueup/").send().await.unwrap();
    (found.versions().len(), found.delete_markers().len())
}

/// Writes a lock that holds for so many seconds from now on.
pub async fn lock(s3: &aws_sdk_s3::Client, bucket: &str, owner: &str, seconds: i64) {
    let now = OffsetDateTime::now_utc();
    let moment = |moment: OffsetDateTime| moment.format(&Rfc3339).unwrap();
    let record = json!({
        "format": 1, "environment": "production", "id": format!("{owner}'s"), "owner": owner,
        "taken_at": moment(now), "renewed_at": moment(now),
        "expires_at": moment(now + time::Duration::seconds(seconds)),
    });
    put(s3, bucket, record.to_string().as_bytes()).await;
}

/// Writes anything in the lock's place.
pub async fn put(s3: &aws_sdk_s3::Client, bucket: &str, body: &[u8]) {
    s3.put_object().bucket(bucket).key(LOCK).body(body.to_vec().into()).send().await.unwrap();
}

/// The lock as it lies there.
pub async fn read(s3: &aws_sdk_s3::Client, bucket: &str) -> Option<serde_json::Value> {
    let object = s3.get_object().bucket(bucket).key(LOCK).send().await.ok()?;
    let body = object.body.collect().await.unwrap().into_bytes();
    Some(serde_json::from_slice(&body).unwrap())
}

//! IAM users, their inline policies and access keys (aws-s3-iam.md section 4).

use std::collections::BTreeMap;

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{StatusType, Tag};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::Aws;
use super::error::{Effect, cloud_error};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{Certainty, CloudError, ErrorKind, Pace};
use crate::secret::Secret;
use crate::spec::{UserName, UserPath};

/// IAM.
#[derive(Clone)]
pub struct Iam(Aws);

/// A user as IAM shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct User {
    /// Its path: `/trueup/`.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An access key without its secret, which only its creation tells.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AccessKeyInfo {
    /// Its id.
    pub id: String,
    /// Whether it can be used.
    pub active: bool,
    /// Since when it exists.
    #[serde(with = "time::serde::timestamp")]
    pub created: OffsetDateTime,
}

/// A new access key.
#[derive(Clone, Debug)]
pub struct AccessKeyPair {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

type Sdk<E> = SdkError<E, aws_sdk_iam::config::http::HttpResponse>;

impl Iam {
    pub(super) fn new(aws: Aws) -> Self {
        Self(aws)
    }

    /// The user of that name, if there is one.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>, CloudError> {
        let answer = self.0.iam_client().await.get_user().user_name(name.as_str()).send().await;
        Ok(found("iam:GetUser", answer)?.and_then(|answer| answer.user).map(|user| user_of(&user)))
    }

    /// Makes a user with its path and tags.
    pub async fn create_user(
        &self,
        name: &UserName,
        path: &UserPath,
        tags: &BTreeMap<String, String>,
    ) -> Result<User, CloudError> {
        let client = self.0.iam_client().await;
        let request =
            client.create_user().user_name(name.as_str()).path(path.as_str()).set_tags(Some(tags_of(tags)?));
        let answer = patiently("iam:CreateUser", || request.clone().send()).await?;
        answer.user.map(|user| user_of(&user)).ok_or_else(|| incomplete("iam:CreateUser"))
    }

    /// Moves a user to another path.
    pub async fn move_user(&self, name: &UserName, path: &UserPath) -> Result<(), CloudError> {
        let client = self.0.iam_client().await;
        let request = client.update_user().user_name(name.as_str()).new_path(path.as_str());
        patiently("iam:UpdateUser", || request.clone().send()).await.map(drop)
    }

    /// Adds tags, and overwrites those of the same key.
    pub async fn tag_user(&self, name: &UserName, tags: &BTreeMap<String, String>) -> Result<(), CloudError> {
        let client = self.0.iam_client().await;
        let request = client.tag_user().user_name(name.as_str()).set_tags(Some(tags_of(tags)?));
        patiently("iam:TagUser", || request.clone().send()).await.map(drop)
    }

    /// An inline policy of a user. The SDK leaves the percent-encoding on (aws-s3-iam.md section 2).
    pub async fn user_policy(
        &self,
        name: &UserName,
        policy: &str,
    ) -> Result<Option<PolicyDocument>, CloudError> {
        let request =
            self.0.iam_client().await.get_user_policy().user_name(name.as_str()).policy_name(policy);
        let Some(answer) = found("iam:GetUserPolicy", request.send().await)? else { return Ok(None) };
        let text = percent_decode_str(answer.policy_document()).decode_utf8_lossy();
        PolicyDocument::parse(&text).map(Some).map_err(|_| incomplete("iam:GetUserPolicy"))
    }

    /// Writes an inline policy.
    pub async fn put_user_policy(
        &self,
        name: &UserName,
        policy: &str,
        document: &PolicyDocument,
    ) -> Result<(), CloudError> {
        let client = self.0.iam_client().await;
        let request = client
            .put_user_policy()
            .user_name(name.as_str())
            .policy_name(policy)
            .policy_document(document.to_text());
        patiently("iam:PutUserPolicy", || request.clone().send()).await.map(drop)
    }

    /// Removes an inline policy; one that is gone already is fine.
    pub async fn delete_user_policy(&self, name: &UserName, policy: &str) -> Result<(), CloudError> {
        let request =
            self.0.iam_client().await.delete_user_policy().user_name(name.as_str()).policy_name(policy);
        gone(
            request
                .send()
                .await
                .map(drop)
                .map_err(|error| cloud_error("iam:DeleteUserPolicy", Effect::Write, &error)),
        )
    }

    /// Every access key of a user, over all pages; none when there is no such user.
    pub async fn access_keys(&self, name: &UserName) -> Result<Vec<AccessKeyInfo>, CloudError> {
        let client = self.0.iam_client().await;
        let (mut keys, mut marker) = (Vec::new(), None);
        loop {
            let request = client.list_access_keys().user_name(name.as_str()).set_marker(marker);
            let Some(page) = found("iam:ListAccessKeys", request.send().await)? else { return Ok(keys) };
            keys.extend(page.access_key_metadata().iter().filter_map(|key| {
                Some(AccessKeyInfo {
                    id: key.access_key_id()?.to_owned(),
                    active: key.status() == Some(&StatusType::Active),
                    created: OffsetDateTime::from_unix_timestamp(key.create_date()?.secs()).ok()?,
                })
            }));
            marker = page.marker().map(str::to_owned).filter(|_| page.is_truncated());
            if marker.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Makes an access key. `before` are the ids that the user had: when the answer is lost, a key beside
    /// them is the one whose secret nobody has, so it is removed and another one made.
    pub async fn create_access_key(
        &self,
        name: &UserName,
        before: &[String],
    ) -> Result<AccessKeyPair, CloudError> {
        match self.create_access_key_once(name).await {
            Err(error) if error.certainty == Certainty::Unknown => {
                let lost = self.access_keys(name).await?.into_iter().filter(|key| !before.contains(&key.id));
                for key in lost {
                    self.delete_access_key(name, &key.id).await?;
                }
                self.create_access_key_once(name).await
            }
            answer => answer,
        }
    }

    /// Not idempotent, so the SDK must not retry it either.
    async fn create_access_key_once(&self, name: &UserName) -> Result<AccessKeyPair, CloudError> {
        let client = self.0.iam_client().await;
        let once = || {
            let config = aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled());
            client.create_access_key().user_name(name.as_str()).customize().config_override(config).send()
        };
        let answer = patiently("iam:CreateAccessKey", once).await?;
        let key = answer.access_key.ok_or_else(|| incomplete("iam:CreateAccessKey"))?;
        Ok(AccessKeyPair { id: key.access_key_id, secret: Secret::new(key.secret_access_key) })
    }

    /// Removes an access key; one that is gone already is fine.
    pub async fn delete_access_key(&self, name: &UserName, id: &str) -> Result<(), CloudError> {
        let request =
            self.0.iam_client().await.delete_access_key().user_name(name.as_str()).access_key_id(id);
        gone(
            request
                .send()
                .await
                .map(drop)
                .map_err(|error| cloud_error("iam:DeleteAccessKey", Effect::Write, &error)),
        )
    }
}

/// `None` for what is not there.
fn found<T, E>(operation: &str, answer: Result<T, Sdk<E>>) -> Result<Option<T>, CloudError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer.map_err(|error| cloud_error(operation, Effect::Read, &error)) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn gone(answer: Result<(), CloudError>) -> Result<(), CloudError> {
    match answer {
        Err(error) if error.is_not_found() => Ok(()),
        answer => answer,
    }
}

/// IAM learns of its own writes with a delay: a user that was just made may be unknown for a moment, and two
/// changes at once collide. Both pass (aws-s3-iam.md section 4).
async fn patiently<T, E, F>(operation: &str, send: impl Fn() -> F) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, Sdk<E>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut pace = Pace::iam();
    loop {
        let error = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => cloud_error(operation, Effect::Write, &error),
        };
        let passes = matches!(
            error.id.as_deref(),
            Some("ConcurrentModification" | "EntityTemporarilyUnmodifiable" | "NoSuchEntity")
        );
        let Some(pause) = pace.next().filter(|_| passes) else { return Err(error) };
        tokio::time::sleep(pause).await;
    }
}

fn user_of(user: &aws_sdk_iam::types::User) -> User {
    User {
        path: user.path().to_owned(),
        arn: user.arn().to_owned(),
        tags: user.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
    }
}

fn tags_of(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|_| incomplete("iam:TagUser"))
        })
        .collect()
}

fn incomplete(operation: &str) -> CloudError {
    CloudError {
        operation: operation.to_owned(),
        service: "AWS IAM".to_owned(),
        kind: ErrorKind::Malformed,
        status: None,
        id: None,
        message: "the answer lacks what it must hold".to_owned(),
        request_id: None,
        certainty: Certainty::Unknown,
    }
}

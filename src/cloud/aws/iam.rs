//! IAM users and their inline policies (aws-s3-iam.md section 4). Their access keys are in `keys`.

use std::collections::BTreeMap;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{AttachedPermissionsBoundary, Tag};
use percent_encoding::percent_decode_str;

use super::count::Attempts;
use super::error::{Effect, cloud_error, incomplete, unbuildable};
use super::{Aws, Made, Rights};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{Certainty, CloudError, ErrorKind};
use crate::spec::{PolicyArn, UserName, UserPath};

/// The one call that is sent once: the SDK is told not to repeat it.
pub(super) const CREATE_ACCESS_KEY: &str = "iam:CreateAccessKey";

/// IAM.
#[derive(Clone)]
pub struct Iam(Aws);

/// A user as IAM shows it.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct User {
    /// Its path: `/trueup/`.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// What else gives it rights, as far as that was asked for: IAM does not tell it with the user.
    pub rights: Rights,
}

pub(super) type Sdk<E> = SdkError<E, aws_sdk_iam::config::http::HttpResponse>;

impl Iam {
    pub(super) fn new(aws: Aws) -> Self {
        Self(aws)
    }

    pub(super) fn aws(&self) -> &Aws {
        &self.0
    }

    pub(super) async fn client(&self) -> Result<&aws_sdk_iam::Client, CloudError> {
        self.0.iam_client().await
    }

    /// The user of that name, if there is one.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>, CloudError> {
        let answer = self.client().await?.get_user().user_name(name.as_str()).send().await;
        Ok(found("iam:GetUser", answer)?.and_then(|answer| answer.user).map(|user| user_of(&user)))
    }

    /// Makes a user with its path, tags and boundary.
    pub async fn create_user(
        &self,
        name: &UserName,
        path: &UserPath,
        tags: &BTreeMap<String, String>,
        boundary: Option<&PolicyArn>,
    ) -> Result<User, CloudError> {
        let tags = tags_of("iam:CreateUser", tags)?;
        let request = self.client().await?.create_user().user_name(name.as_str()).path(path.as_str());
        let request =
            request.set_tags(Some(tags)).set_permissions_boundary(boundary.map(PolicyArn::to_string));
        let attempts = Attempts::default();
        let send = || request.clone().customize().interceptor(attempts.restart()).send();
        let answer = match self.patiently("iam:CreateUser", name, send).await {
            Err(error) if attempts.is_repeated() && error.id.as_deref() == Some("EntityAlreadyExists") => {
                return Err(CloudError { certainty: Certainty::Unknown, ..error });
            }
            answer => answer?,
        };
        self.0.note_made(Made::User(name.clone()));
        let user = answer.user.ok_or_else(|| incomplete("iam:CreateUser", Effect::Write))?;
        Ok(user_of(&user))
    }

    /// The user of that name as one that this run made, when that was not seen from the answer.
    pub async fn made_user(&self, name: &UserName) -> Result<Option<User>, CloudError> {
        let user = self.user(name).await?;
        if user.is_some() {
            self.0.note_made(Made::User(name.clone()));
        }
        Ok(user)
    }

    /// Gives a user another name, another path, or both. Its keys, policies and tags stay.
    pub async fn move_user(
        &self,
        name: &UserName,
        to: Option<&UserName>,
        path: Option<&UserPath>,
    ) -> Result<(), CloudError> {
        let request = self.client().await?.update_user().user_name(name.as_str());
        let request = request.set_new_user_name(to.map(UserName::to_string));
        let request = request.set_new_path(path.map(UserPath::to_string));
        match self.patiently("iam:UpdateUser", name, || request.clone().send()).await {
            // The SDK sent it again: the user had its new name already.
            Err(error) if error.is_not_found() => match to {
                Some(to) if self.user(to).await?.is_some() => {}
                _ => return Err(error),
            },
            answer => drop(answer?),
        }
        if let Some(to) = to {
            self.0.note_made(Made::User(to.clone()));
        }
        Ok(())
    }

    /// A user that this run gave its name: IAM hears of that with a delay.
    pub async fn moved_user(&self, name: &UserName) -> Result<Option<User>, CloudError> {
        let mut pace = self.0.paces().iam.clone();
        loop {
            let user = self.user(name).await?;
            let Some(pause) = pace.next().filter(|_| user.is_none()) else { return Ok(user) };
            if self.0.paces().stop.pause(pause).await.is_err() {
                return Ok(None);
            }
        }
    }

    /// Sets the boundary of a user's rights, in place of one that it may have.
    pub async fn put_boundary(&self, name: &UserName, boundary: &PolicyArn) -> Result<(), CloudError> {
        let request = self.client().await?.put_user_permissions_boundary().user_name(name.as_str());
        let request = request.permissions_boundary(boundary.as_str());
        self.patiently("iam:PutUserPermissionsBoundary", name, || request.clone().send()).await.map(drop)
    }

    /// Adds tags, and overwrites those of the same key.
    pub async fn tag_user(&self, name: &UserName, tags: &BTreeMap<String, String>) -> Result<(), CloudError> {
        let tags = tags_of("iam:TagUser", tags)?;
        let request = self.client().await?.tag_user().user_name(name.as_str()).set_tags(Some(tags));
        self.patiently("iam:TagUser", name, || request.clone().send()).await.map(drop)
    }

    /// An inline policy of a user. The SDK leaves the percent-encoding on (aws-s3-iam.md section 2).
    pub async fn user_policy(
        &self,
        name: &UserName,
        policy: &str,
    ) -> Result<Option<PolicyDocument>, CloudError> {
        let operation = "iam:GetUserPolicy";
        let request = self.client().await?.get_user_policy().user_name(name.as_str()).policy_name(policy);
        let Some(answer) = found(operation, request.send().await)? else { return Ok(None) };
        let text = percent_decode_str(answer.policy_document()).decode_utf8_lossy();
        PolicyDocument::parse(&text).map(Some).map_err(|_| incomplete(operation, Effect::Read))
    }

    /// Writes an inline policy.
    pub async fn put_user_policy(
        &self,
        name: &UserName,
        policy: &str,
        document: &PolicyDocument,
    ) -> Result<(), CloudError> {
        let request = self.client().await?.put_user_policy().user_name(name.as_str()).policy_name(policy);
        let request = request.policy_document(document.to_text());
        self.patiently("iam:PutUserPolicy", name, || request.clone().send()).await.map(drop)
    }

    /// Removes an inline policy; one that is gone already is fine.
    pub async fn delete_user_policy(&self, name: &UserName, policy: &str) -> Result<(), CloudError> {
        let request = self.client().await?.delete_user_policy().user_name(name.as_str()).policy_name(policy);
        gone(self.patiently("iam:DeleteUserPolicy", name, || request.clone().send()).await)
    }

    /// Repeats a write on a user while IAM is busy with the one before, or has not heard of a user that this
    /// run made: both pass, and the SDK repeats neither (aws-s3-iam.md section 1).
    pub(super) async fn patiently<T, E, F>(
        &self,
        operation: &str,
        name: &UserName,
        send: impl Fn() -> F,
    ) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, Sdk<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let is_new = self.0.has_made(&Made::User(name.clone()));
        // The SDK never repeats this one, so not for throttling either.
        let is_sent_once = operation == CREATE_ACCESS_KEY;
        let mut pace = self.0.paces().iam.clone();
        loop {
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => cloud_error(operation, Effect::Write, &error),
            };
            let passes = match error.id.as_deref() {
                Some("ConcurrentModification" | "EntityTemporarilyUnmodifiable") => true,
                // What is to be removed need not appear first.
                Some("NoSuchEntity") => is_new && !operation.starts_with("iam:Delete"),
                _ => is_sent_once && error.kind == ErrorKind::RateLimited,
            };
            let Some(pause) = pace.next().filter(|_| passes) else { return Err(error) };
            if self.0.paces().stop.pause(pause).await.is_err() {
                return Err(error);
            }
        }
    }
}

/// `None` for what is not there.
pub(super) fn found<T, E>(operation: &str, answer: Result<T, Sdk<E>>) -> Result<Option<T>, CloudError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer.map_err(|error| cloud_error(operation, Effect::Read, &error)) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is to be removed and is not there has been removed.
pub(super) fn gone<T>(answer: Result<T, CloudError>) -> Result<(), CloudError> {
    match answer {
        Err(error) if error.is_not_found() => Ok(()),
        answer => answer.map(drop),
    }
}

fn user_of(user: &aws_sdk_iam::types::User) -> User {
    User {
        path: user.path().to_owned(),
        arn: user.arn().to_owned(),
        tags: tag_map(user.tags()),
        boundary: boundary_of(user.permissions_boundary()),
        rights: Rights::default(),
    }
}

pub(super) fn boundary_of(boundary: Option<&AttachedPermissionsBoundary>) -> Option<String> {
    boundary?.permissions_boundary_arn().map(str::to_owned)
}

pub(super) fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn tags_of(operation: &str, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, CloudError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| unbuildable(operation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};
    use super::*;

    const USER: &str = "<User><Path>/trueup/</Path><UserName>ledger-app</UserName><UserId>U</UserId>\
        <Arn>arn:aws:iam::111122223333:user/trueup/ledger-app</Arn><CreateDate>2026-11-23T00:00:00Z</CreateDate>\
        <Tags><member><Key>team</Key><Value>ledger</Value></member></Tags></User>";

    fn path() -> UserPath {
        UserPath::parse("/trueup/").unwrap()
    }

    async fn create(server: &Server) -> Result<User, CloudError> {
        server.aws().await.iam().create_user(&user(), &path(), &BTreeMap::new(), None).await
    }

    #[tokio::test]
    async fn a_user_that_is_not_there_is_none_and_so_are_its_policies() {
        let server = Server::always(Reply::iam(404, "NoSuchEntity")).await;
        let iam = server.aws().await.iam();
        assert!(iam.user(&user()).await.unwrap().is_none());
        assert!(iam.user_policy(&user(), "trueup").await.unwrap().is_none());
        iam.delete_user_policy(&user(), "trueup").await.unwrap();
    }

    #[tokio::test]
    async fn a_user_comes_with_its_tags() {
        let server = Server::always(Reply::result("GetUser", USER)).await;
        let found = server.aws().await.iam().user(&user()).await.unwrap().unwrap();
        assert_eq!((found.path.as_str(), found.tags["team"].as_str()), ("/trueup/", "ledger"));
    }

    #[tokio::test]
    async fn a_policy_is_decoded_before_it_is_read() {
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
            %22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aa%2Bb%2F%2A%22%7D%5D%7D";
        let inner = format!(
            "<UserName>u</UserName><PolicyName>p</PolicyName><PolicyDocument>{encoded}</PolicyDocument>"
        );
        let server = Server::always(Reply::result("GetUserPolicy", &inner)).await;
        let policy = server.aws().await.iam().user_policy(&user(), "trueup").await.unwrap().unwrap();
        assert!(policy.to_text().contains(r#""Resource":"arn:aws:s3:::a+b/*""#), "{}", policy.to_text());
    }

    #[tokio::test]
    async fn only_a_user_that_this_run_made_is_waited_for() {
        let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("CreateUser", _) => Reply::result("CreateUser", USER),
            ("TagUser", 0 | 1) => Reply::iam(404, "NoSuchEntity"),
            ("TagUser", _) => Reply::new(200, "<TagUserResponse/>"),
            _ => Reply::iam(404, "NoSuchEntity"),
        })
        .await;
        let iam = server.aws().await.iam();
        iam.create_user(&user(), &path(), &BTreeMap::new(), None).await.unwrap();
        let tags = BTreeMap::from([("team".to_owned(), "ledger".to_owned())]);
        iam.tag_user(&user(), &tags).await.unwrap();
        assert_eq!(server.calls(), ["CreateUser", "TagUser", "TagUser", "TagUser"]);

        let someone = UserName::parse("someone-else").unwrap();
        let error = iam.move_user(&someone, None, Some(&path())).await.unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(server.calls().len(), 5, "tried once");
    }

    #[tokio::test]
    async fn concurrent_changes_are_waited_out_and_given_up_in_the_end() {
        let server = Server::start(|_, before| match before {
            0 => Reply::iam(409, "ConcurrentModification"),
            1 => Reply::iam(409, "EntityTemporarilyUnmodifiable"),
            _ => Reply::new(200, "<UpdateUserResponse/>"),
        })
        .await;
        server.aws().await.iam().move_user(&user(), None, Some(&path())).await.unwrap();
        assert_eq!(server.calls().len(), 3);

        let busy = Server::always(Reply::iam(409, "ConcurrentModification")).await;
        let error = busy.aws().await.iam().move_user(&user(), None, Some(&path())).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::Conflict, Certainty::NotDone));
        assert_eq!(busy.calls().len(), 5, "one try and one after each of four pauses");
    }

    #[tokio::test]
    async fn a_user_that_has_its_new_name_after_a_lost_answer_was_renamed() {
        let old = UserName::parse("ledger-old").unwrap();
        let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("UpdateUser", 0) => Reply::iam(500, "ServiceFailure"),
            // The second time there is no user of the old name, and IAM hears of the new one a moment later.
            ("UpdateUser", _) | ("GetUser", 1) => Reply::iam(404, "NoSuchEntity"),
            _ => Reply::result("GetUser", USER),
        })
        .await;
        let iam = server.aws().await.iam();
        iam.move_user(&old, Some(&user()), None).await.unwrap();
        assert!(iam.moved_user(&user()).await.unwrap().is_some());
        let gone = Server::always(Reply::iam(404, "NoSuchEntity")).await;
        let error = gone.aws().await.iam().move_user(&old, Some(&user()), None).await.unwrap_err();
        assert!(error.is_not_found());
    }

    #[tokio::test]
    async fn exists_already_is_a_refusal_to_the_first_attempt_and_unknown_to_a_later_one() {
        let taken = Server::always(Reply::iam(409, "EntityAlreadyExists")).await;
        assert_eq!(create(&taken).await.unwrap_err().certainty, Certainty::NotDone);

        // The first attempt made the user, and its answer was a failure.
        let lost = Server::start(|_, before| match before {
            0 => Reply::iam(500, "ServiceFailure"),
            _ => Reply::iam(409, "EntityAlreadyExists"),
        })
        .await;
        assert_eq!(create(&lost).await.unwrap_err().certainty, Certainty::Unknown);
    }
}

//! Access keys of IAM users: the one creation in AWS that must never be repeated blindly (aws-s3-iam.md section 4).

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::{AccessKeyMetadata, StatusType};
use aws_sdk_s3::config::SharedCredentialsProvider;
use time::OffsetDateTime;

use super::error::{Effect, cloud_error, incomplete};
use super::iam::{CREATE_ACCESS_KEY, Iam, found, gone};
use super::pages::Pages;
use super::{StaticCredentials, provider};
use crate::cloud::{Certainty, CloudError, ErrorKind};
use crate::secret::Secret;
use crate::spec::UserName;

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
    /// When it was last used. It moves by itself, so no plan rests on it.
    #[serde(skip)]
    pub last_use: LastUse,
    /// The dynos of the app that run with it, where that was asked for. They come and go, so no plan rests on them.
    #[serde(skip)]
    pub dynos: Vec<String>,
}

/// When an access key was last used, as far as AWS tells: minutes late, and only since 2015.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastUse {
    /// Nobody asked, or the identity may not know.
    #[default]
    Unknown,
    /// Never.
    Never,
    /// Then.
    At {
        /// When.
        time: OffsetDateTime,
        /// With which service: `s3`.
        service: String,
        /// In which region: `us-east-1`.
        region: String,
    },
}

/// A new access key.
#[derive(Clone, Debug)]
pub struct AccessKeyPair {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

impl AccessKeyPair {
    /// Credentials for calls that this key itself makes.
    pub(in crate::cloud) fn provider(&self) -> SharedCredentialsProvider {
        provider(&StaticCredentials { id: self.id.clone(), secret: self.secret.clone(), session: None })
    }
}

impl Iam {
    /// Every access key of a user, over all pages; none when there is no such user.
    pub async fn access_keys(&self, name: &UserName) -> Result<Vec<AccessKeyInfo>, CloudError> {
        let client = self.client().await?;
        let (mut keys, mut pages) = (Vec::new(), Pages::of("iam:ListAccessKeys"));
        loop {
            let request = client.list_access_keys().user_name(name.as_str()).set_marker(pages.marker());
            let Some(page) = found("iam:ListAccessKeys", request.send().await)? else { return Ok(keys) };
            keys.extend(page.access_key_metadata().iter().filter_map(info));
            if !pages.go_on(page.marker(), page.is_truncated())? {
                return Ok(keys);
            }
        }
    }

    /// Whether a new key of this run is still the user's. IAM's list hears of one with a delay, so a key that it lacks
    /// is gone only when STS refuses it too, and again after a pause.
    pub async fn still_has_key(&self, name: &UserName, key: &AccessKeyPair) -> Result<bool, CloudError> {
        let (mut pace, mut refusals) = (self.aws().paces().iam.clone(), 0);
        loop {
            if self.access_keys(name).await?.iter().any(|listed| listed.id == key.id) {
                return Ok(true);
            }
            match self.aws().identity_of(key).await {
                Ok(_) => refusals = 0,
                Err(error) if error.kind == ErrorKind::Unauthorized => refusals += 1,
                Err(error) => return Err(error),
            }
            if refusals > 1 {
                return Ok(false);
            }
            // A key that works is there, whatever the list says in the end.
            let Some(pause) = pace.next() else { return Ok(refusals == 0) };
            if self.aws().paces().stop.pause(pause).await.is_err() {
                return Ok(refusals == 0);
            }
        }
    }

    /// When an access key was last used; unknown to an identity that may not ask.
    pub async fn last_use(&self, id: &str) -> Result<LastUse, CloudError> {
        let operation = "iam:GetAccessKeyLastUsed";
        let answer = self.client().await?.get_access_key_last_used().access_key_id(id).send().await;
        let answer = match answer.map_err(|error| cloud_error(operation, Effect::Read, &error)) {
            Err(error) if error.kind == ErrorKind::Forbidden || error.is_not_found() => {
                return Ok(LastUse::Unknown);
            }
            answer => answer?,
        };
        let last = answer.access_key_last_used.ok_or_else(|| incomplete(operation, Effect::Read))?;
        let Some(time) = last.last_used_date() else { return Ok(LastUse::Never) };
        let time = OffsetDateTime::from_unix_timestamp(time.secs())
            .map_err(|_| incomplete(operation, Effect::Read))?;
        Ok(LastUse::At { time, service: last.service_name().to_owned(), region: last.region().to_owned() })
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
        let request = self.client().await?.create_access_key().user_name(name.as_str());
        let once = || {
            let config = aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled());
            request.clone().customize().config_override(config).send()
        };
        let answer = self.patiently(CREATE_ACCESS_KEY, name, once).await?;
        let key = answer.access_key.ok_or_else(|| incomplete(CREATE_ACCESS_KEY, Effect::Write))?;
        Ok(AccessKeyPair { id: key.access_key_id, secret: Secret::new(key.secret_access_key) })
    }

    /// Sets an access key inactive; one that is gone already is fine. Setting it active again undoes it.
    pub async fn deactivate_access_key(&self, name: &UserName, id: &str) -> Result<(), CloudError> {
        self.set_status(name, id, StatusType::Inactive).await
    }

    /// Sets an access key active again; one that is gone stays so.
    pub async fn activate_access_key(&self, name: &UserName, id: &str) -> Result<(), CloudError> {
        self.set_status(name, id, StatusType::Active).await
    }

    async fn set_status(&self, name: &UserName, id: &str, status: StatusType) -> Result<(), CloudError> {
        let request = self.client().await?.update_access_key().user_name(name.as_str()).access_key_id(id);
        let request = request.status(status);
        gone(self.patiently("iam:UpdateAccessKey", name, || request.clone().send()).await)
    }

    /// Removes an access key; one that is gone already is fine.
    pub async fn delete_access_key(&self, name: &UserName, id: &str) -> Result<(), CloudError> {
        let request = self.client().await?.delete_access_key().user_name(name.as_str()).access_key_id(id);
        gone(self.patiently("iam:DeleteAccessKey", name, || request.clone().send()).await)
    }
}

fn info(key: &AccessKeyMetadata) -> Option<AccessKeyInfo> {
    Some(AccessKeyInfo {
        id: key.access_key_id()?.to_owned(),
        active: key.status() == Some(&StatusType::Active),
        created: OffsetDateTime::from_unix_timestamp(key.create_date()?.secs()).ok()?,
        last_use: LastUse::Unknown,
        dynos: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};
    use super::*;

    fn listed(ids: &[&str], rest: &str) -> Reply {
        let member = |id: &&str| {
            format!(
                "<member><UserName>ledger-app</UserName><AccessKeyId>{id}</AccessKeyId><Status>Active</Status><CreateDate>2026-11-23T00:00:00Z</CreateDate></member>"
            )
        };
        let members: String = ids.iter().map(member).collect();
        Reply::result("ListAccessKeys", &format!("<AccessKeyMetadata>{members}</AccessKeyMetadata>{rest}"))
    }

    fn created() -> Reply {
        let key = "<AccessKey><UserName>ledger-app</UserName><AccessKeyId>AKIDNEW</AccessKeyId><Status>Active</Status>\
            <SecretAccessKey>canary-new</SecretAccessKey></AccessKey>";
        Reply::result("CreateAccessKey", key)
    }

    async fn create(server: &Server) -> Result<AccessKeyPair, CloudError> {
        server.aws().await.iam().create_access_key(&user(), &["AKIDOLD".to_owned()]).await
    }

    #[tokio::test]
    async fn keys_come_from_all_pages_with_their_age() {
        let server = Server::start(|seen, _| match seen.body.as_str() {
            body if body.contains("Marker=M1") => listed(&["AKID2"], "<IsTruncated>false</IsTruncated>"),
            _ => listed(&["AKID1"], "<IsTruncated>true</IsTruncated><Marker>M1</Marker>"),
        })
        .await;
        let keys = server.aws().await.iam().access_keys(&user()).await.unwrap();
        assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["AKID1", "AKID2"]);
        assert!(keys[0].active);
        assert_eq!(keys[0].created, time::macros::datetime!(2026-11-23 00:00 UTC));
    }

    #[tokio::test]
    async fn a_last_use_is_a_time_never_or_not_for_everyone_to_know() {
        let last_use = async |reply: Reply| {
            Server::always(reply).await.aws().await.iam().last_use("AKID1").await.unwrap()
        };
        let said = |text: &str| {
            let last = format!("<AccessKeyLastUsed>{text}</AccessKeyLastUsed>");
            Reply::result("GetAccessKeyLastUsed", &last)
        };
        let used = "<LastUsedDate>2026-11-23T00:00:00Z</LastUsedDate><ServiceName>s3</ServiceName><Region>us-east-1</Region>";
        let time = time::macros::datetime!(2026-11-23 00:00 UTC);
        assert_eq!(
            last_use(said(used)).await,
            LastUse::At { time, service: "s3".to_owned(), region: "us-east-1".to_owned() }
        );
        let never = "<ServiceName>N/A</ServiceName><Region>N/A</Region>";
        assert_eq!(last_use(said(never)).await, LastUse::Never);
        assert_eq!(last_use(Reply::iam(403, "AccessDenied")).await, LastUse::Unknown);
    }

    #[tokio::test]
    async fn a_list_that_goes_round_or_never_ends_is_an_error() {
        let rest = |marker: &str| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>");
        let round = Server::always(listed(&["AKID1"], &rest("M"))).await;
        let error = round.aws().await.iam().access_keys(&user()).await.unwrap_err();
        assert_eq!((error.kind, round.calls().len()), (ErrorKind::Malformed, 2));
        let endless = Server::start(move |_, before| listed(&["AKID1"], &rest(&format!("M{before}")))).await;
        let error = endless.aws().await.iam().access_keys(&user()).await.unwrap_err();
        assert_eq!((error.message.as_str(), endless.calls().len()), ("the list does not end", 100));
    }

    #[tokio::test]
    async fn the_secret_is_in_no_debug_text() {
        let server = Server::always(created()).await;
        let key = create(&server).await.unwrap();
        assert!(key.secret.matches(&Secret::new("canary-new")));
        assert!(!format!("{key:?}").contains("canary"));
    }

    #[tokio::test]
    async fn after_a_lost_answer_the_key_that_nobody_has_goes_and_another_one_comes() {
        let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("CreateAccessKey", 0) => Reply::iam(500, "ServiceFailure"),
            ("CreateAccessKey", _) => created(),
            ("ListAccessKeys", _) => listed(&["AKIDOLD", "AKIDLOST"], ""),
            _ => Reply::new(200, "<DeleteAccessKeyResponse/>"),
        })
        .await;
        assert_eq!(create(&server).await.unwrap().id, "AKIDNEW");
        assert_eq!(
            server.calls(),
            ["CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "CreateAccessKey"],
            "the SDK repeats nothing by itself"
        );
        let deleted = &server.seen()[2];
        assert!(deleted.body.contains("AKIDLOST") && !deleted.body.contains("AKIDOLD"), "{}", deleted.body);
    }

    #[tokio::test]
    async fn an_answer_cut_short_is_a_lost_answer() {
        let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("CreateAccessKey", 0) => Reply::new(200, "<CreateAccessKeyResponse><CreateAccessKeyRes"),
            ("CreateAccessKey", _) => created(),
            _ => listed(&["AKIDOLD"], ""),
        })
        .await;
        assert_eq!(create(&server).await.unwrap().id, "AKIDNEW");
        assert_eq!(server.calls(), ["CreateAccessKey", "ListAccessKeys", "CreateAccessKey"]);
    }

    #[tokio::test]
    async fn two_lost_answers_leave_it_unknown() {
        let server = Server::start(|seen, _| match seen.call.as_str() {
            "CreateAccessKey" => Reply::iam(500, "ServiceFailure"),
            _ => listed(&["AKIDOLD"], ""),
        })
        .await;
        let error = create(&server).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::ServerFailed, Certainty::Unknown));
        assert_eq!(server.calls(), ["CreateAccessKey", "ListAccessKeys", "CreateAccessKey"]);
    }

    #[tokio::test]
    async fn a_refusal_is_told_at_once_and_throttling_is_waited_out() {
        let full = Server::always(Reply::iam(409, "LimitExceeded")).await;
        let error = create(&full).await.unwrap_err();
        assert_eq!((error.kind, error.id.as_deref()), (ErrorKind::Conflict, Some("LimitExceeded")));
        assert_eq!(full.calls(), ["CreateAccessKey"]);

        let busy = Server::start(|_, before| match before {
            0 => Reply::iam(400, "Throttling"),
            _ => created(),
        })
        .await;
        assert_eq!(create(&busy).await.unwrap().id, "AKIDNEW");
        assert_eq!(busy.calls(), ["CreateAccessKey", "CreateAccessKey"]);
    }

    #[tokio::test]
    async fn a_new_key_that_the_list_lacks_is_there_as_long_as_it_works() {
        use super::super::testing::key;
        let late = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("ListAccessKeys", 0) => Reply::iam(404, "NoSuchEntity"),
            ("ListAccessKeys", 1) => listed(&["AKIDOLD"], ""),
            ("ListAccessKeys", _) => listed(&["AKIDOLD", &key().id], ""),
            _ => Reply::identity("111122223333"),
        })
        .await;
        assert!(late.aws().await.iam().still_has_key(&user(), &key()).await.unwrap());
        assert_eq!(late.calls().len(), 5);

        let never = Server::start(|seen, _| match seen.call.as_str() {
            "ListAccessKeys" => listed(&["AKIDOLD"], ""),
            _ => Reply::identity("111122223333"),
        })
        .await;
        assert!(never.aws().await.iam().still_has_key(&user(), &key()).await.unwrap(), "it works");

        let gone = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("ListAccessKeys", _) => listed(&["AKIDOLD"], ""),
            // A key that was removed works for some seconds.
            (_, 0) => Reply::identity("111122223333"),
            _ => Reply::iam(403, "InvalidClientTokenId"),
        })
        .await;
        assert!(!gone.aws().await.iam().still_has_key(&user(), &key()).await.unwrap());
        assert_eq!(gone.calls().len(), 6);
    }

    #[tokio::test]
    async fn a_key_that_is_gone_was_removed() {
        let server = Server::always(Reply::iam(404, "NoSuchEntity")).await;
        server.aws().await.iam().delete_access_key(&user(), "AKIDOLD").await.unwrap();
    }
}

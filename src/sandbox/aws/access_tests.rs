//! Who may do what: keys, policies, boundaries.

#![cfg(test)]

use std::time::Duration;

use hyper::Method;
use time::OffsetDateTime;
use time::macros::datetime;

use super::super::{handle, xml::Element};
use super::*;
use crate::sandbox::Knobs;

const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

/// A cloud with a clock that stands until it is moved.
struct Cloud {
    state: AwsState,
    knobs: Knobs,
    now: OffsetDateTime,
}

impl Cloud {
    fn new(key_propagation: Duration) -> Self {
        let knobs = Knobs { key_propagation, ..Knobs::default() };
        Self { state: AwsState::default(), knobs, now: NOON }
    }

    /// Sends a call of the Query protocol; the document of the answer, or the code of the refusal.
    fn query(&mut self, key: (&str, &str), service: &str, form: &str) -> Result<Element, String> {
        let request = sigv4::testing::request(Method::POST, "/", form);
        let request = sigv4::testing::sign(request, key, service);
        let moment = Moment { now: self.now, knobs: &self.knobs };
        let response = handle(&mut self.state, &moment, &request);
        let document = Element::parse(&response.body).unwrap();
        match response.status {
            200 => Ok(document),
            _ => Err(document.child("Error").and_then(|error| error.value("Code")).unwrap().to_owned()),
        }
    }

    fn root(&mut self, form: &str) -> Element {
        self.query((ROOT_ACCESS_KEY, ROOT_SECRET_KEY), "iam", form).unwrap()
    }

    /// A user `app` and its new key.
    fn user_with_key(&mut self) -> (String, String) {
        self.root("Action=CreateUser&UserName=app");
        let created = self.root("Action=CreateAccessKey&UserName=app");
        let key =
            created.child("CreateAccessKeyResult").and_then(|result| result.child("AccessKey")).unwrap();
        (key.value("AccessKeyId").unwrap().to_owned(), key.value("SecretAccessKey").unwrap().to_owned())
    }
}

#[test]
fn a_new_key_works_only_once_it_has_reached_every_service() {
    let mut cloud = Cloud::new(Duration::from_secs(10));
    let (id, secret) = cloud.user_with_key();
    let who = "Action=GetCallerIdentity";
    assert_eq!(cloud.query((&id, &secret), "sts", who), Err("InvalidClientTokenId".into()));
    cloud.now = NOON + Duration::from_secs(10);
    assert!(cloud.query((&id, &secret), "sts", who).is_ok());
}

#[test]
fn an_inactive_key_is_as_good_as_unknown() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    cloud.root(&format!("Action=UpdateAccessKey&UserName=app&AccessKeyId={id}&Status=Inactive"));
    let refused = cloud.query((&id, &secret), "sts", "Action=GetCallerIdentity");
    assert_eq!(refused, Err("InvalidClientTokenId".into()));
}

#[test]
fn a_user_without_a_policy_may_only_ask_who_it_is() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    let identity = cloud.query((&id, &secret), "sts", "Action=GetCallerIdentity").unwrap();
    let arn = identity.child("GetCallerIdentityResult").and_then(|result| result.value("Arn"));
    assert_eq!(arn, Some("arn:aws:iam::111122223333:user/app"));
    assert_eq!(cloud.query((&id, &secret), "iam", "Action=GetUser"), Err("AccessDenied".into()));
}

#[test]
fn creating_with_tags_needs_the_right_to_tag() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    let document = r#"{"Statement":{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"}}"#;
    let document = sigv4::escape(document);
    cloud.root(&format!("Action=PutUserPolicy&UserName=app&PolicyName=p&PolicyDocument={document}"));
    assert!(cloud.query((&id, &secret), "iam", "Action=CreateUser&UserName=plain").is_ok());
    let tagged = "Action=CreateUser&UserName=tagged&Tags.member.1.Key=a&Tags.member.1.Value=b";
    assert_eq!(cloud.query((&id, &secret), "iam", tagged), Err("AccessDenied".into()));
}

#[test]
fn renaming_a_user_needs_the_right_on_what_it_becomes() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    let one = "arn:aws:iam::111122223333:user/one";
    let document = |resources: &str| {
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"iam:UpdateUser","Resource":[{resources}]}}}}"#)
    };
    cloud.root("Action=CreateUser&UserName=one");
    let rename = "Action=UpdateUser&UserName=one&NewUserName=two";
    for (resources, expected) in [
        (format!(r#""{one}""#), Err("AccessDenied".to_owned())),
        (format!(r#""{one}","arn:aws:iam::111122223333:user/two""#), Ok(())),
    ] {
        let document = sigv4::escape(&document(&resources));
        cloud.root(&format!("Action=PutUserPolicy&UserName=app&PolicyName=p&PolicyDocument={document}"));
        assert_eq!(cloud.query((&id, &secret), "iam", rename).map(drop), expected, "{resources}");
    }
}

#[test]
fn a_boundary_limits_what_policies_allow() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    cloud.root("Action=AttachUserPolicy&UserName=app&PolicyArn=arn:aws:iam::aws:policy/IAMFullAccess");
    assert!(cloud.query((&id, &secret), "iam", "Action=ListUsers").is_ok());
    cloud.root("Action=PutUserPermissionsBoundary&UserName=app&PermissionsBoundary=arn:aws:iam::aws:policy/AmazonS3FullAccess");
    assert_eq!(cloud.query((&id, &secret), "iam", "Action=ListUsers"), Err("AccessDenied".into()));
}

#[test]
fn accounts_do_not_see_each_others_users() {
    let mut cloud = Cloud::new(Duration::ZERO);
    cloud.root("Action=CreateUser&UserName=app");
    let stranger = (OTHER_ACCESS_KEY, OTHER_SECRET_KEY);
    assert_eq!(cloud.query(stranger, "iam", "Action=GetUser&UserName=app"), Err("NoSuchEntity".into()));
}

#[test]
fn what_is_remembered_survives_being_written_down() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let (id, secret) = cloud.user_with_key();
    let written = serde_json::to_string(&cloud.state).unwrap();
    cloud.state = serde_json::from_str(&written).unwrap();
    assert!(cloud.query((&id, &secret), "sts", "Action=GetCallerIdentity").is_ok());
}

#[test]
fn an_unsigned_request_is_nobody() {
    let mut cloud = Cloud::new(Duration::ZERO);
    let request = sigv4::testing::request(Method::POST, "/", "Action=ListUsers&Version=2010-05-08");
    let moment = Moment { now: cloud.now, knobs: &cloud.knobs };
    assert_eq!(handle(&mut cloud.state, &moment, &request).status, 403);
}

#[test]
fn a_refusal_names_the_kind_of_policy_that_decided() {
    const ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    const NONE: &str = r#"{"Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#;
    let said = |own: Option<&str>, boundary: Option<&str>| {
        let mut cloud = Cloud::new(Duration::ZERO);
        cloud.user_with_key();
        if let Some(document) = own {
            let document = sigv4::escape(document);
            cloud.root(&format!("Action=PutUserPolicy&UserName=app&PolicyName=p&PolicyDocument={document}"));
        }
        if let Some(arn) = boundary {
            cloud.root(&format!("Action=PutUserPermissionsBoundary&UserName=app&PermissionsBoundary={arn}"));
        }
        let (name, account) = ("app".to_owned(), ACCOUNT.to_owned());
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/app");
        let principal = Principal::User { account, name, id: "AIDA".to_owned(), arn };
        let caller = Caller { principal, region: None };
        let target = Target {
            action: "iam:GetUser",
            resource: "*",
            owner: ACCOUNT,
            bucket: None,
            context: BTreeMap::new(),
        };
        authorise(&cloud.state, &caller, &target).unwrap_err().message
    };
    let no = "User: arn:aws:iam::111122223333:user/app is not authorized to perform: iam:GetUser on resource: \"*\"";
    let s3_only = Some("arn:aws:iam::aws:policy/AmazonS3FullAccess");
    for (own, boundary, why) in [
        (None, None, "because no identity-based policy allows the iam:GetUser action"),
        (None, s3_only, "because no identity-based policy allows the iam:GetUser action"),
        (Some(ALL), s3_only, "because no permissions boundary allows the iam:GetUser action"),
        (Some(NONE), s3_only, "with an explicit deny in an identity-based policy"),
    ] {
        assert_eq!(said(own, boundary), format!("{no} {why}"));
    }
}

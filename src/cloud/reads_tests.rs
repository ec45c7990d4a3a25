//! The reads of a run against the embedded cloud: what lists answer, and what is asked for by itself.

#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::super::aws::AwsSettings;
use super::super::heroku::{HerokuSettings, NewAddon, NewApp};
use super::super::{Clouds, Meter, Stop};
use super::*;
use crate::sandbox::{Fault, FaultKind, Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox};
use crate::spec::{AppName, AttachmentName, UserPath};

/// An embedded cloud in which nothing takes time.
async fn sandbox() -> Sandbox {
    let knobs = Knobs { provisioning: Duration::ZERO, key_propagation: Duration::ZERO, ..Knobs::default() };
    Sandbox::start(Options { port: 0, state_dir: None, knobs }).await.unwrap()
}

fn clients(sandbox: &Sandbox, token: &str, key: (&str, &str)) -> Clouds {
    let url = Url::parse(&sandbox.url()).unwrap();
    let heroku = HerokuSettings::at(&url, token);
    let aws = AwsSettings::at(&url, key);
    Clouds::connect(heroku, aws, Meter::default(), &Stop::default()).unwrap()
}

fn owner(sandbox: &Sandbox) -> Clouds {
    clients(sandbox, "owner", (ROOT_KEY, ROOT_SECRET))
}

async fn app_with_database(clouds: &Clouds, name: &str) {
    let app = NewApp { name: AppName::parse(name).unwrap(), team: None, region: None, stack: None };
    clouds.heroku.create_app(&app).await.unwrap();
    let plan = AddonPlan::parse("heroku-postgresql:standard-0").unwrap();
    let attachment = AttachmentName::parse("DATABASE").unwrap();
    let order = NewAddon { plan, attachment, config: BTreeMap::new() };
    clouds.heroku.create_addon(name, &order).await.unwrap();
}

/// `app-a` and `app-b`, each with a database, that of `app-a` also attached to `app-b`; and another account's `theirs`.
async fn fleet(sandbox: &Sandbox) -> Clouds {
    let clouds = owner(sandbox);
    app_with_database(&clouds, "app-a").await;
    app_with_database(&clouds, "app-b").await;
    let addon = clouds.heroku.addons("app-a").await.unwrap()[0].name.clone();
    let shared = AttachmentName::parse("SHARED").unwrap();
    clouds.heroku.attach((&addon, None), "app-b", &shared, false).await.unwrap();
    app_with_database(&clients(sandbox, "other", (ROOT_KEY, ROOT_SECRET)), "theirs").await;
    sandbox.forget_calls();
    clouds
}

/// The calls to Heroku or to IAM so far, sorted.
fn calls(sandbox: &Sandbox) -> Vec<String> {
    let text = |call: crate::sandbox::Call| match call.service.as_str() {
        "heroku" => format!("{} {}", call.method, call.path),
        _ => call.operation,
    };
    let mut calls: Vec<String> = sandbox.calls().into_iter().map(text).collect();
    calls.sort();
    calls
}

#[tokio::test]
async fn for_many_environments_three_lists_answer_what_apps_would_be_asked() {
    let sandbox = sandbox().await;
    let clouds = fleet(&sandbox).await;
    let reads = Reads::new(clouds.clone(), 2);
    let mut answers = Vec::new();
    for app in ["app-a", "app-b"] {
        let (addons, attachments) = tokio::join!(reads.addons(app), reads.attachments(app));
        answers.push((reads.app(app).await.unwrap(), addons.unwrap(), attachments.unwrap()));
    }
    assert_eq!(calls(&sandbox), ["GET /addon-attachments", "GET /addons", "GET /apps"]);
    for (app, (found, addons, attachments)) in ["app-a", "app-b"].into_iter().zip(answers) {
        assert_eq!(found, clouds.heroku.app(app).await.unwrap());
        assert_eq!(addons, clouds.heroku.addons(app).await.unwrap());
        assert_eq!(attachments, clouds.heroku.attachments(app).await.unwrap());
    }
}

#[tokio::test]
async fn one_environment_asks_about_its_app_alone() {
    let sandbox = sandbox().await;
    let reads = Reads::new(fleet(&sandbox).await, 1);
    reads.app("app-a").await.unwrap().unwrap();
    reads.addons("app-a").await.unwrap();
    reads.attachments("app-a").await.unwrap();
    let expected = ["GET /apps/app-a", "GET /apps/app-a/addon-attachments", "GET /apps/app-a/addons"];
    assert_eq!(calls(&sandbox), expected);
}

#[tokio::test]
async fn an_app_that_the_list_lacks_is_asked_for_by_itself() {
    let sandbox = sandbox().await;
    let reads = Reads::new(fleet(&sandbox).await, 2);
    assert_eq!(reads.app("none").await.unwrap(), None);
    assert_eq!(reads.app("theirs").await.unwrap_err().kind, ErrorKind::Forbidden);
    assert!(reads.addons("none").await.unwrap_err().is_not_found());
    assert_eq!(calls(&sandbox), ["GET /apps", "GET /apps/none", "GET /apps/none/addons", "GET /apps/theirs"]);
}

/// Every call to that path is answered so.
fn refuse(path: &str, status: u16, id: &str) -> Fault {
    let kind = FaultKind::Refuse { status, id: id.to_owned(), message: "no".to_owned() };
    Fault {
        service: None,
        method: None,
        path: Some(path.to_owned()),
        operation: None,
        mutating: None,
        skip: 0,
        times: u32::MAX,
        kind,
    }
}

#[tokio::test]
async fn a_list_that_is_not_to_be_had_is_asked_for_once_and_stops_nobody() {
    let sandbox = sandbox().await;
    let clouds = fleet(&sandbox).await;
    sandbox.set_faults(vec![refuse("/addons", 403, "forbidden")]);
    let reads = Reads::new(clouds, 2);
    for app in ["app-a", "app-b"] {
        assert!(!reads.addons(app).await.unwrap().is_empty());
        assert!(!reads.attachments(app).await.unwrap().is_empty());
    }
    let lists = calls(&sandbox).into_iter().filter(|call| !call.contains("/apps/")).collect::<Vec<_>>();
    assert_eq!(lists, ["GET /addon-attachments", "GET /addons", "GET /apps"]);
}

#[tokio::test]
async fn what_would_stop_every_question_is_an_error_at_once() {
    let sandbox = sandbox().await;
    let clouds = fleet(&sandbox).await;
    sandbox.set_faults(vec![refuse("/apps", 401, "unauthorized")]);
    let reads = Reads::new(clouds, 500);
    for app in ["app-a", "app-b"] {
        assert_eq!(reads.app(app).await.unwrap_err().kind, ErrorKind::Unauthorized);
    }
    assert_eq!(calls(&sandbox), ["GET /apps"]);
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn policy(action: &str) -> PolicyDocument {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ACTION","Resource":"*"}}"#;
    PolicyDocument::parse(&text.replace("ACTION", action)).unwrap()
}

/// Users `one` and `two`, the first of them with a policy that allows an action.
async fn users(sandbox: &Sandbox, action: &str) -> Clouds {
    let clouds = owner(sandbox);
    let (iam, path) = (clouds.aws.iam(), UserPath::parse("/trueup/").unwrap());
    for user in ["one", "two"] {
        iam.create_user(&name(user), &path, &BTreeMap::new(), None).await.unwrap();
    }
    iam.put_user_policy(&name("one"), "trueup", &policy(action)).await.unwrap();
    sandbox.forget_calls();
    clouds
}

/// What the reads say of these users, and whether each has the policy `trueup`.
async fn seen(reads: &Reads) -> Vec<(Option<String>, bool)> {
    let mut seen = Vec::new();
    for user in ["one", "two", "three"] {
        let found = reads.user(&name(user)).await.unwrap().map(|user| user.arn);
        let policy = reads.user_policy(&name(user), "trueup").await.unwrap();
        assert!(policy.iter().all(|policy| !policy.to_text().is_empty()));
        seen.push((found, policy.is_some()));
    }
    seen
}

fn arn(user: &str) -> String {
    format!("arn:aws:iam::111122223333:user/trueup/{user}")
}

#[tokio::test]
async fn for_many_environments_one_list_answers_for_users_and_their_policies() {
    let sandbox = sandbox().await;
    let clouds = users(&sandbox, "s3:GetObject").await;
    let expected = [(Some(arn("one")), true), (Some(arn("two")), false), (None, false)];
    assert_eq!(seen(&Reads::new(clouds.clone(), 2)).await, expected);
    assert_eq!(calls(&sandbox), ["GetAccountAuthorizationDetails"]);
    sandbox.forget_calls();
    assert_eq!(seen(&Reads::new(clouds, 1)).await, expected, "as one by one");
    let of_each = ["GetUser", "GetUserPolicy"].map(|call| [call; 3]).concat();
    let of_those_there = ["ListAttachedUserPolicies", "ListGroupsForUser", "ListUserPolicies"];
    let of_those_there = of_those_there.map(|call| [call; 2]).concat();
    assert_eq!(calls(&sandbox), [of_each, of_those_there].concat());
}

#[tokio::test]
async fn an_identity_that_may_not_see_the_whole_account_asks_one_by_one() {
    let sandbox = sandbox().await;
    let clouds = users(&sandbox, "iam:GetUser*").await;
    let key = clouds.aws.iam().create_access_key(&name("one"), &[]).await.unwrap();
    let narrow = clients(&sandbox, "owner", (&key.id, key.secret.reveal()));
    sandbox.forget_calls();
    let expected = [(Some(arn("one")), true), (Some(arn("two")), false), (None, false)];
    assert_eq!(seen(&Reads::new(narrow, 2)).await, expected);
    let lists = calls(&sandbox).into_iter().filter(|call| call == "GetAccountAuthorizationDetails");
    assert_eq!(lists.count(), 1, "asked for once");
}

#[tokio::test]
async fn a_user_whose_name_differs_in_case_alone_is_asked_for_by_itself() {
    let sandbox = sandbox().await;
    let reads = Reads::new(users(&sandbox, "s3:GetObject").await, 2);
    reads.user(&name("One")).await.unwrap();
    let rights = ["ListAttachedUserPolicies", "ListGroupsForUser", "ListUserPolicies"];
    assert_eq!(calls(&sandbox), [&["GetAccountAuthorizationDetails", "GetUser"][..], &rights].concat());
}

//! What the embedded AWS lists of a whole account, and who may see it.

use crate::aws_client::{Cloud, OTHER, knobs, refusal};
use aws_sdk_iam::types::{EntityType, Tag, UserDetail};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use trueup::sandbox::Knobs;

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

/// Three buckets in two regions, and one of another account.
async fn with_buckets() -> Cloud {
    let cloud = Cloud::fresh().await;
    let s3 = cloud.s3().await;
    let ireland = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1);
    for name in ["ledger-logs", "ledger-uploads"] {
        s3.create_bucket().bucket(name).send().await.unwrap();
    }
    let create = s3.create_bucket().bucket("shop-uploads").create_bucket_configuration(ireland.build());
    create.send().await.unwrap();
    cloud.s3_as(OTHER, "us-east-1").await.create_bucket().bucket("theirs").send().await.unwrap();
    cloud
}

/// Each bucket with the region that the list tells.
fn shown(list: &[aws_sdk_s3::types::Bucket]) -> Vec<(&str, Option<&str>)> {
    list.iter().map(|bucket| (bucket.name().unwrap(), bucket.bucket_region())).collect()
}

#[tokio::test]
async fn the_buckets_of_the_account_come_at_once_and_without_regions() {
    let cloud = with_buckets().await;
    let all = cloud.s3().await.list_buckets().send().await.unwrap();
    assert_eq!(
        shown(all.buckets()),
        [("ledger-logs", None), ("ledger-uploads", None), ("shop-uploads", None)]
    );
    assert_eq!((all.continuation_token(), all.prefix()), (None, None));
}

#[tokio::test]
async fn whoever_asks_for_pages_learns_the_regions() {
    let cloud = with_buckets().await;
    let s3 = cloud.s3().await;
    let first = s3.list_buckets().max_buckets(2).send().await.unwrap();
    let (us, eu) = (Some("us-east-1"), Some("eu-west-1"));
    assert_eq!(shown(first.buckets()), [("ledger-logs", us), ("ledger-uploads", us)]);
    let token = first.continuation_token().unwrap();
    assert_ne!(token, "ledger-uploads", "a token is no name");
    let rest = s3.list_buckets().continuation_token(token).send().await.unwrap();
    assert_eq!((shown(rest.buckets()), rest.continuation_token()), (vec![("shop-uploads", eu)], None));
    let exact = s3.list_buckets().max_buckets(3).send().await.unwrap();
    assert_eq!((exact.buckets().len(), exact.continuation_token()), (3, None));
}

#[tokio::test]
async fn a_list_of_buckets_is_narrowed_by_prefix_and_region() {
    let cloud = with_buckets().await;
    let s3 = cloud.s3().await;
    let ledger = s3.list_buckets().prefix("ledger-").send().await.unwrap();
    assert_eq!((ledger.buckets().len(), ledger.prefix()), (2, Some("ledger-")));
    let irish = s3.list_buckets().bucket_region("eu-west-1").send().await.unwrap();
    assert_eq!(shown(irish.buckets()), [("shop-uploads", Some("eu-west-1"))]);
    assert_eq!(refusal(s3.list_buckets().max_buckets(0).send().await), "400 InvalidArgument");
    assert_eq!(refusal(s3.list_buckets().max_buckets(10_001).send().await), "400 InvalidArgument");
    assert_eq!(refusal(s3.list_buckets().continuation_token("?").send().await), "400 InvalidArgument");
}

#[tokio::test]
async fn listing_buckets_needs_its_right() {
    let cloud = with_buckets().await;
    let policy = |action: &str| POLICY.replace("s3:GetObject", action);
    let key = cloud.user_with_policy(&policy("s3:ListBucket")).await;
    let app = cloud.s3_as((&key.0, &key.1), "us-east-1").await;
    assert_eq!(refusal(app.list_buckets().send().await), "403 AccessDenied");
    let put = cloud.iam().await.put_user_policy().user_name("app").policy_name("app");
    put.policy_document(policy("s3:ListAllMyBuckets")).send().await.unwrap();
    assert_eq!(app.list_buckets().send().await.unwrap().buckets().len(), 3);
}

/// Users `app-a` to `app-e`.
async fn with_users(cloud: &Cloud) -> aws_sdk_iam::Client {
    let iam = cloud.iam().await;
    for name in ["app-a", "app-b", "app-c", "app-d", "app-e"] {
        iam.create_user().user_name(name).path("/trueup/").send().await.unwrap();
    }
    iam
}

fn names(users: &[UserDetail]) -> Vec<&str> {
    users.iter().map(|user| user.user_name().unwrap()).collect()
}

#[tokio::test]
async fn every_user_comes_with_tags_policies_and_what_is_attached() {
    let cloud = Cloud::fresh().await;
    let iam = with_users(&cloud).await;
    let tag = Tag::builder().key("trueup:app").value("ledger").build().unwrap();
    iam.tag_user().user_name("app-a").tags(tag.clone()).send().await.unwrap();
    let put = iam.put_user_policy().user_name("app-a").policy_name("uploads").policy_document(POLICY);
    put.send().await.unwrap();
    let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    iam.attach_user_policy().user_name("app-a").policy_arn(arn).send().await.unwrap();

    let all = iam.get_account_authorization_details().filter(EntityType::User).send().await.unwrap();
    let (users, is_whole) = (all.user_detail_list(), !all.is_truncated());
    assert_eq!((names(users), is_whole), (vec!["app-a", "app-b", "app-c", "app-d", "app-e"], true));
    let user = &users[0];
    assert_eq!(user.path(), Some("/trueup/"));
    assert_eq!(user.arn(), Some("arn:aws:iam::111122223333:user/trueup/app-a"));
    assert!(user.user_id().unwrap().starts_with("AIDA") && user.create_date().is_some());
    assert_eq!(user.tags(), [tag]);
    let [policy] = user.user_policy_list() else { panic!("one policy: {user:?}") };
    assert_eq!(policy.policy_name(), Some("uploads"));
    let encoded = policy.policy_document().unwrap();
    assert!(encoded.starts_with("%7B%22Version%22%3A"), "{encoded}");
    assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), POLICY);
    assert_eq!(user.attached_managed_policies()[0].policy_arn(), Some(arn));
    assert!(user.group_list().is_empty() && users[1].tags().is_empty());
}

#[tokio::test]
async fn the_policies_of_a_group_are_its_members_and_it_goes_only_when_it_is_empty() {
    let cloud = Cloud::fresh().await;
    let iam = with_users(&cloud).await;
    iam.create_group().group_name("Readers").send().await.unwrap();
    let again = iam.create_group().group_name("readers").send().await;
    assert_eq!(refusal(again), "409 EntityAlreadyExists");
    let stranger = iam.add_user_to_group().group_name("readers").user_name("nobody").send().await;
    assert_eq!(refusal(stranger), "404 NoSuchEntity");
    iam.add_user_to_group().group_name("readers").user_name("app-a").send().await.unwrap();
    let key = iam.create_access_key().user_name("app-a").send().await.unwrap().access_key.unwrap();
    let pair = (key.access_key_id(), key.secret_access_key());
    let ask = async || cloud.s3_as(pair, "us-east-1").await.list_buckets().send().await;
    assert_eq!(refusal(ask().await), "403 AccessDenied");
    let all = POLICY.replace("s3:GetObject", "s3:ListAllMyBuckets");
    let put = iam.put_group_policy().group_name("readers").policy_name("list").policy_document(all);
    put.send().await.unwrap();
    ask().await.unwrap();

    let details = iam.get_account_authorization_details().send().await.unwrap();
    assert_eq!(details.user_detail_list()[0].group_list(), ["Readers"]);
    assert_eq!(details.group_detail_list()[0].group_policy_list()[0].policy_name(), Some("list"));
    let members = iam.get_group().group_name("readers").send().await.unwrap();
    assert_eq!(members.users()[0].user_name(), "app-a");
    assert_eq!(refusal(iam.delete_group().group_name("readers").send().await), "409 DeleteConflict");
    iam.remove_user_from_group().group_name("readers").user_name("app-a").send().await.unwrap();
    assert_eq!(refusal(ask().await), "403 AccessDenied");
    iam.delete_group_policy().group_name("readers").policy_name("list").send().await.unwrap();
    iam.delete_group().group_name("readers").send().await.unwrap();
    assert!(iam.list_groups().send().await.unwrap().groups().is_empty());
}

#[tokio::test]
async fn only_what_is_asked_for_is_listed() {
    let cloud = Cloud::fresh().await;
    let iam = with_users(&cloud).await;
    iam.create_policy().policy_name("uploads").policy_document(POLICY).send().await.unwrap();
    let asked = async |kinds: &[EntityType]| {
        let ask = iam.get_account_authorization_details().set_filter(Some(kinds.to_vec()));
        let all = ask.send().await.unwrap();
        (all.user_detail_list().len(), all.policies().len())
    };
    assert_eq!(asked(&[]).await, (5, 1), "everything");
    assert_eq!(asked(&[EntityType::User]).await, (5, 0));
    assert_eq!(asked(&[EntityType::LocalManagedPolicy, EntityType::Role]).await, (0, 1));
    assert_eq!(asked(&[EntityType::Group]).await, (0, 0));
    let unknown = iam.get_account_authorization_details().filter(EntityType::from("Robot")).send().await;
    assert_eq!(refusal(unknown), "400 ValidationError");
}

#[tokio::test]
async fn lists_of_iam_are_paged() {
    let cloud = Cloud::start(Knobs { page_size: 2, ..knobs() }).await;
    let iam = with_users(&cloud).await;
    let mut pages = iam.list_users().into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().users.len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn the_details_of_an_account_are_paged_over_all_kinds() {
    let cloud = Cloud::fresh().await;
    let iam = with_users(&cloud).await;
    iam.create_policy().policy_name("uploads").policy_document(POLICY).send().await.unwrap();
    let mut pages = iam.get_account_authorization_details().max_items(4).into_paginator().send();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        seen.push((page.user_detail_list().len(), page.policies().len(), page.is_truncated()));
    }
    assert_eq!(seen, [(4, 0, true), (1, 1, false)]);
    let wrong = iam.get_account_authorization_details().marker("nowhere").send().await;
    assert_eq!(refusal(wrong), "400 ValidationError");
}

#[tokio::test]
async fn the_details_of_an_account_need_a_right_on_all_of_it() {
    let cloud = Cloud::fresh().await;
    let allow = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:Get*","Resource":"{resource}"}}}}"#
        )
    };
    let key = cloud.user_with_policy(&allow("arn:aws:iam::111122223333:user/*")).await;
    let app = cloud.iam_as((&key.0, &key.1)).await;
    app.get_user().send().await.unwrap();
    assert_eq!(refusal(app.get_account_authorization_details().send().await), "403 AccessDenied");
    let put = cloud.iam().await.put_user_policy().user_name("app").policy_name("app");
    put.policy_document(allow("*")).send().await.unwrap();
    let all = app.get_account_authorization_details().send().await.unwrap();
    assert_eq!(names(all.user_detail_list()), ["app"]);
}

//! All users of the account in one list, with their tags and inline policies, for a run over many environments.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EntityType, PolicyDetail, UserDetail};
use percent_encoding::percent_decode_str;

use super::error::{Effect, cloud_error, incomplete};
use super::iam::{Iam, User, boundary_of, tag_map};
use super::pages::Pages;
use super::rights::Rights;
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{CloudError, ErrorKind};
use crate::secret::Secret;
use crate::spec::{UserName, UserPath};

const OPERATION: &str = "iam:GetAccountAuthorizationDetails";
/// The longest pages that are served; IAM may make them shorter.
const PAGE: i32 = 1000;

/// A user with its inline policies.
#[derive(Clone, Debug)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// Its inline policies by name. One that cannot be read is an error of its own, as it would be when asked for by
    /// itself, and does no harm to the others.
    pub policies: BTreeMap<String, Result<PolicyDocument, CloudError>>,
}

impl Iam {
    /// Every user of the account by name; `None` when that takes more than so many pages of a thousand. An identity
    /// that may not see the whole account gets `ErrorKind::Forbidden`, and then has to ask for each by itself.
    pub async fn all_users(
        &self,
        most_pages: usize,
    ) -> Result<Option<BTreeMap<UserName, UserDetails>>, CloudError> {
        let client = self.client().await?;
        let (mut users, mut pages) = (BTreeMap::new(), Pages::of(OPERATION));
        for _ in 0..most_pages {
            let request = client.get_account_authorization_details().filter(EntityType::User).max_items(PAGE);
            let answer = request.set_marker(pages.marker()).send().await;
            let page = answer.map_err(|error| cloud_error(OPERATION, Effect::Read, &error))?;
            let goes_on = pages.go_on(page.marker(), page.is_truncated())?;
            for detail in page.user_detail_list() {
                let name = detail.user_name().ok_or_else(|| incomplete(OPERATION, Effect::Read))?;
                // No spec can hold a name that is not of IAM's own form.
                if let Ok(name) = UserName::parse(name) {
                    users.insert(name, details_of(detail)?);
                }
            }
            if !goes_on {
                return Ok(Some(users));
            }
        }
        Ok(None)
    }
}

impl Iam {
    /// The names of all users on a path and below it, over all pages. Their tags are not told with them
    /// (aws-s3-iam.md section 4).
    pub async fn users_at(&self, path: &UserPath) -> Result<Vec<UserName>, CloudError> {
        let operation = "iam:ListUsers";
        let client = self.client().await?;
        let (mut names, mut pages) = (Vec::new(), Pages::of(operation));
        loop {
            let request = client.list_users().path_prefix(path.as_str()).max_items(PAGE);
            let answer = request.set_marker(pages.marker()).send().await;
            let page = answer.map_err(|error| cloud_error(operation, Effect::Read, &error))?;
            names.extend(page.users().iter().filter_map(|user| UserName::parse(user.user_name()).ok()));
            if !pages.go_on(page.marker(), page.is_truncated())? {
                return Ok(names);
            }
        }
    }

    /// Whose an access key is, of the users of the account; `None` when it is nobody's, or may not be known.
    pub async fn owner_of_key(&self, id: &Secret) -> Result<Option<UserName>, CloudError> {
        let id = id.reveal();
        let is_id = (16..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id {
            return Ok(None);
        }
        let operation = "iam:GetAccessKeyLastUsed";
        let answer = self.client().await?.get_access_key_last_used().access_key_id(id).send().await;
        match answer.map_err(|error| cloud_error(operation, Effect::Read, &error)) {
            Err(error) if error.kind == ErrorKind::Forbidden || error.is_not_found() => Ok(None),
            answer => Ok(answer?.user_name().and_then(|name| UserName::parse(name).ok())),
        }
    }
}

fn details_of(detail: &UserDetail) -> Result<UserDetails, CloudError> {
    let missing = || incomplete(OPERATION, Effect::Read);
    let user = User {
        path: detail.path().ok_or_else(missing)?.to_owned(),
        arn: detail.arn().ok_or_else(missing)?.to_owned(),
        tags: tag_map(detail.tags()),
        boundary: boundary_of(detail.permissions_boundary()),
        rights: rights_of(detail),
    };
    let policy = |policy: &PolicyDetail| {
        let name = policy.policy_name().ok_or_else(missing)?.to_owned();
        // The SDK leaves the percent-encoding on (aws-s3-iam.md section 2).
        let text = percent_decode_str(policy.policy_document().unwrap_or_default()).decode_utf8_lossy();
        Ok((name, PolicyDocument::parse(&text).map_err(|_| missing())))
    };
    let policies = detail.user_policy_list().iter().map(policy).collect::<Result<_, CloudError>>()?;
    Ok(UserDetails { user, policies })
}

fn rights_of(detail: &UserDetail) -> Rights {
    let attached = detail.attached_managed_policies().iter();
    let inline = detail.user_policy_list().iter();
    Rights {
        attached: Some(attached.filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect()),
        inline: Some(inline.filter_map(|policy| policy.policy_name().map(str::to_owned)).collect()),
        groups: Some(detail.group_list().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};
    use super::*;
    use crate::cloud::{Certainty, ErrorKind};

    const POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
        %22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aa%2Bb%2F%2A%22%7D%5D%7D";

    fn member(name: &str, rest: &str) -> String {
        let arn = format!("arn:aws:iam::111122223333:user/trueup/{name}");
        format!(
            "<member><Path>/trueup/</Path><UserName>{name}</UserName><UserId>U</UserId><Arn>{arn}</Arn>{rest}</member>"
        )
    }

    fn page(members: &[String], next: Option<&str>) -> Reply {
        let next = match next {
            Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
            None => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        let list = format!("<UserDetailList>{}</UserDetailList>{next}", members.concat());
        Reply::result("GetAccountAuthorizationDetails", &list)
    }

    fn inline(policies: &[(&str, &str)]) -> String {
        let member = |(name, document): &(&str, &str)| {
            format!(
                "<member><PolicyName>{name}</PolicyName><PolicyDocument>{document}</PolicyDocument></member>"
            )
        };
        format!("<UserPolicyList>{}</UserPolicyList>", policies.iter().map(member).collect::<String>())
    }

    #[tokio::test]
    async fn a_user_comes_with_path_arn_tags_and_policies() {
        let tags = "<Tags><member><Key>team</Key><Value>ledger</Value></member></Tags>";
        let rest = format!("{}{tags}", inline(&[("uploads", POLICY)]));
        let server = Server::always(page(&[member("ledger-app", &rest), member("shop-app", "")], None)).await;
        let users = server.aws().await.iam().all_users(1).await.unwrap().unwrap();
        assert_eq!(users.keys().map(UserName::as_str).collect::<Vec<_>>(), ["ledger-app", "shop-app"]);
        let found = &users[&user()];
        assert_eq!(found.user.path, "/trueup/");
        assert_eq!(found.user.arn, "arn:aws:iam::111122223333:user/trueup/ledger-app");
        assert_eq!(found.user.tags["team"], "ledger");
        let policy = found.policies["uploads"].as_ref().unwrap().to_text();
        assert!(policy.contains(r#""Resource":"arn:aws:s3:::a+b/*""#), "{policy}");
        let body = &server.seen()[0].body;
        assert!(body.contains("Filter.member.1=User") && body.contains("MaxItems=1000"), "{body}");
    }

    #[tokio::test]
    async fn users_come_from_all_pages_until_there_are_too_many() {
        let pages = |seen: &super::super::testing::Seen, _| {
            if seen.body.contains("Marker=M1") {
                page(&[member("two", "")], None)
            } else {
                page(&[member("one", "")], Some("M1"))
            }
        };
        let server = Server::start(pages).await;
        let iam = server.aws().await.iam();
        assert_eq!(iam.all_users(2).await.unwrap().unwrap().len(), 2);
        assert!(iam.all_users(1).await.unwrap().is_none());
        assert_eq!(server.calls().len(), 3, "what it is not worth is not asked for");
    }

    #[tokio::test]
    async fn a_policy_that_cannot_be_read_does_no_harm_to_the_others() {
        let broken = member("ledger-app", &inline(&[("broken", "%7B"), ("uploads", POLICY)]));
        let server = Server::always(page(&[broken], None)).await;
        let users = server.aws().await.iam().all_users(1).await.unwrap().unwrap();
        let policies = &users[&user()].policies;
        assert_eq!(policies["broken"].as_ref().unwrap_err().kind, ErrorKind::Malformed);
        assert!(policies["uploads"].is_ok());
    }

    #[tokio::test]
    async fn the_users_on_a_path_are_named_and_a_key_names_its_user() {
        let server = Server::start(|seen, _| match seen.call.as_str() {
            "ListUsers" => {
                let users = [member("one", ""), member("two", "")].concat();
                Reply::result("ListUsers", &format!("<Users>{users}</Users><IsTruncated>false</IsTruncated>"))
            }
            _ if seen.body.contains("AKIANOBODYSKEY000000") => Reply::iam(403, "AccessDenied"),
            _ => {
                let last = "<UserName>one</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>";
                Reply::result("GetAccessKeyLastUsed", last)
            }
        })
        .await;
        let iam = server.aws().await.iam();
        let names = iam.users_at(&UserPath::parse("/trueup/").unwrap()).await.unwrap();
        assert_eq!(names.iter().map(UserName::as_str).collect::<Vec<_>>(), ["one", "two"]);
        assert!(server.seen()[0].body.contains("PathPrefix=%2Ftrueup%2F"), "{}", server.seen()[0].body);
        let owner = async |id: &str| iam.owner_of_key(&Secret::new(id)).await.unwrap();
        assert_eq!(owner("AKIASOMEBODYSKEY0000").await.as_ref().map(UserName::as_str), Some("one"));
        assert_eq!(owner("AKIANOBODYSKEY000000").await, None);
        assert_eq!(owner("no id of a key").await, None);
        assert_eq!(server.calls().len(), 3, "what cannot be an id is not sent");
    }

    #[tokio::test]
    async fn a_denial_is_told_apart() {
        let server = Server::always(Reply::iam(403, "AccessDenied")).await;
        let error = server.aws().await.iam().all_users(1).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::Forbidden, Certainty::NotDone));
        assert_eq!(error.operation, "iam:GetAccountAuthorizationDetails");
    }

    #[tokio::test]
    async fn a_user_without_a_name_is_no_answer() {
        let server = Server::always(page(&["<member><Path>/</Path></member>".to_owned()], None)).await;
        let error = server.aws().await.iam().all_users(1).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed);
    }
}

//! What else a user may do: managed policies attached to it, its inline policies, its groups (aws-s3-iam.md
//! section 4).

use super::error::{Effect, cloud_error};
use super::iam::Iam;
use super::pages::Pages;
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::UserName;

/// What gives a user rights. A list is `None` to an identity that may not ask for it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rights {
    /// The ARNs of the managed policies that are attached.
    pub attached: Option<Vec<String>>,
    /// The names of the inline policies.
    pub inline: Option<Vec<String>>,
    /// The names of the groups.
    pub groups: Option<Vec<String>>,
}

impl Default for Rights {
    /// None at all.
    fn default() -> Self {
        Self { attached: Some(Vec::new()), inline: Some(Vec::new()), groups: Some(Vec::new()) }
    }
}

/// Reads all pages of a list of IAM; `None` when the identity may not list. A user that is gone by now has nothing.
macro_rules! listed {
    ($iam:ident, $name:ident, $operation:literal, $call:ident, $list:ident, $of:expr) => {
        Box::pin(async {
            let (mut all, mut pages) = (Vec::new(), Pages::of($operation));
            loop {
                let request = $iam.client().await?.$call().user_name($name.as_str());
                let answer = request.set_marker(pages.marker()).send().await;
                let page = match answer.map_err(|error| cloud_error($operation, Effect::Read, &error)) {
                    Err(error) if error.kind == ErrorKind::Forbidden => return Ok(None),
                    Err(error) if error.is_not_found() => return Ok(Some(all)),
                    answer => answer?,
                };
                all.extend(page.$list().iter().filter_map($of));
                if !pages.go_on(page.marker(), page.is_truncated())? {
                    return Ok::<_, CloudError>(Some(all));
                }
            }
        })
    };
}

pub(super) use listed;

impl Iam {
    /// What gives a user its rights, asked for all at once.
    pub async fn rights(&self, name: &UserName) -> Result<Rights, CloudError> {
        let (attached, inline, groups) = tokio::join!(
            listed!(
                self,
                name,
                "iam:ListAttachedUserPolicies",
                list_attached_user_policies,
                attached_policies,
                |policy| policy.policy_arn().map(str::to_owned)
            ),
            listed!(self, name, "iam:ListUserPolicies", list_user_policies, policy_names, |name| Some(
                name.clone()
            )),
            listed!(self, name, "iam:ListGroupsForUser", list_groups_for_user, groups, |group| Some(
                group.group_name().to_owned()
            )),
        );
        Ok(Rights { attached: attached?, inline: inline?, groups: groups? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};
    use super::*;

    fn list(call: &str, name: &str, members: &str, next: &str) -> Reply {
        Reply::result(call, &format!("<{name}>{members}</{name}>{next}"))
    }

    #[tokio::test]
    async fn rights_come_from_three_lists_and_all_their_pages() {
        let server = Server::start(|seen, _| match (seen.call.as_str(), seen.body.contains("Marker=M1")) {
            ("ListAttachedUserPolicies", _) => {
                let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
                let member = format!("<member><PolicyName>A</PolicyName><PolicyArn>{arn}</PolicyArn></member>");
                list("ListAttachedUserPolicies", "AttachedPolicies", &member, "")
            }
            ("ListUserPolicies", false) => {
                let next = "<IsTruncated>true</IsTruncated><Marker>M1</Marker>";
                list("ListUserPolicies", "PolicyNames", "<member>trueup</member>", next)
            }
            ("ListUserPolicies", true) => list("ListUserPolicies", "PolicyNames", "<member>extra</member>", ""),
            _ => {
                let group = "<member><Path>/</Path><GroupName>admins</GroupName><GroupId>G</GroupId>\
                    <Arn>arn:aws:iam::111122223333:group/admins</Arn><CreateDate>2026-11-23T00:00:00Z</CreateDate></member>";
                list("ListGroupsForUser", "Groups", group, "")
            }
        })
        .await;
        let rights = server.aws().await.iam().rights(&user()).await.unwrap();
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(rights.attached, names(&["arn:aws:iam::aws:policy/AdministratorAccess"]));
        assert_eq!(rights.inline, names(&["trueup", "extra"]));
        assert_eq!(rights.groups, names(&["admins"]));
    }

    #[tokio::test]
    async fn what_may_not_be_listed_is_none_and_a_user_that_is_gone_has_nothing() {
        let denied = Server::always(Reply::iam(403, "AccessDenied")).await;
        let rights = denied.aws().await.iam().rights(&user()).await.unwrap();
        assert_eq!((rights.attached, rights.inline, rights.groups), (None, None, None));
        let gone = Server::always(Reply::iam(404, "NoSuchEntity")).await;
        assert_eq!(gone.aws().await.iam().rights(&user()).await.unwrap(), Rights::default());
    }
}

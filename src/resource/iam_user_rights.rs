//! Which rights a user needs, and what policies call it (aws-s3-iam.md section 4). IAM knows no path for a user that is
//! not there yet, so what is asked before that is a right on the name alone.

use super::iam_user::Kind;
use super::rights::{Asked, Condition, Entitled, Rights};
use crate::spec::{IamUser, UserName};

/// Where a user will be when it is written to: an adopted one keeps its path, whichever that is, unless the spec says one.
pub fn places(asked: &Asked<'_>, user: &IamUser) -> Vec<String> {
    if user.adopt && !user.is_path_given {
        return anywhere(asked, &user.name);
    }
    vec![asked.user(user.path.as_str(), user.name.as_str())]
}

/// Where it may be before that.
pub fn all_places(asked: &Asked<'_>, user: &IamUser) -> Vec<String> {
    let place = |name: &UserName| {
        if user.adopt { anywhere(asked, name) } else { vec![asked.user(user.path.as_str(), name.as_str())] }
    };
    [Some(&user.name), user.renamed_from.as_ref()].into_iter().flatten().flat_map(place).collect()
}

/// Before it is there.
pub fn unknown_place(asked: &Asked<'_>, name: &UserName) -> String {
    asked.user("/", name.as_str())
}

/// That a user may get no rights beyond the boundary of the spec.
pub fn within_boundary(user: &IamUser) -> Option<Condition> {
    let boundary = user.permissions_boundary.as_ref()?;
    let value = boundary.to_string();
    Some(Condition { operator: "StringEquals", key: "iam:PermissionsBoundary", value })
}

/// A user of that name at any path; there is one at most.
fn anywhere(asked: &Asked<'_>, name: &UserName) -> Vec<String> {
    vec![unknown_place(asked, name), asked.user("/*/", name.as_str())]
}

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        for user in asked.spec.iam_users.values() {
            let names = [Some(&user.name), user.renamed_from.as_ref()].into_iter().flatten();
            let unknown: Vec<String> = names.map(|name| unknown_place(asked, name)).collect();
            rights.allow_each(&["iam:GetUser"], &unknown);
            let others = ["iam:ListAttachedUserPolicies", "iam:ListGroupsForUser", "iam:ListUserPolicies"];
            let places = all_places(asked, user);
            rights.allow_each(&["iam:GetUser"], &places);
            rights.allow_each(&others, &places);
        }
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        for user in asked.spec.iam_users.values() {
            let made = asked.user(user.path.as_str(), user.name.as_str());
            rights.allow_if(&["iam:CreateUser"], &made, within_boundary(user).as_ref());
            rights.allow(&["iam:TagUser"], &made);
            rights.allow_each(&["iam:TagUser"], &places(asked, user));
            // IAM wants the right on what a user was and on what it becomes.
            if user.renamed_from.is_some() || (user.adopt && user.is_path_given) {
                rights.allow_each(&["iam:UpdateUser"], &all_places(asked, user));
                rights.allow(&["iam:UpdateUser"], &made);
            }
            if let Some(boundary) = within_boundary(user) {
                for place in places(asked, user) {
                    rights.allow_if(&["iam:PutUserPermissionsBoundary"], &place, Some(&boundary));
                }
            }
        }
    }

    /// A user can be deleted once all that hangs on it is gone, whoever made it.
    fn to_remove(asked: &Asked<'_>, rights: &mut Rights) {
        const CHILDREN: [&str; 15] = [
            "iam:DeactivateMFADevice",
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:DeleteSSHPublicKey",
            "iam:DeleteServiceSpecificCredential",
            "iam:DeleteSigningCertificate",
            "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy",
            "iam:GetLoginProfile",
            "iam:ListAccessKeys",
            "iam:ListMFADevices",
            "iam:ListSSHPublicKeys",
            "iam:ListServiceSpecificCredentials",
            "iam:ListSigningCertificates",
            "iam:ListUserPolicies",
        ];
        for user in asked.spec.iam_users.values() {
            let places = all_places(asked, user);
            rights.allow_each(&["iam:DeleteUser"], &places);
            rights.allow_each(&CHILDREN, &places);
            // A right on the group.
            rights.allow(&["iam:RemoveUserFromGroup"], &asked.groups());
        }
    }
}

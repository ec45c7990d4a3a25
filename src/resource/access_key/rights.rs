//! Which rights the access keys of users need (aws-s3-iam.md section 4).

use super::Kind;
use crate::resource::iam_user_rights::{all_places, places, unknown_place};
use crate::resource::rights::{Asked, Entitled, Rights, Scope};
use crate::spec::IamUser;

fn with_keys<'a>(asked: &Asked<'a>) -> impl Iterator<Item = &'a IamUser> {
    asked.spec.iam_users.values().filter(|user| user.access_key.is_some())
}

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        for user in with_keys(asked) {
            let places = all_places(asked, user);
            rights.allow_each(&["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"], &places);
            rights.allow(&["iam:ListAccessKeys"], &unknown_place(asked, &user.name));
            // Which dynos still have a key, the config vars of their releases tell.
            rights.scope(Scope::ReadProtected);
        }
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        let actions = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"];
        for user in with_keys(asked) {
            rights.allow_each(&actions, &places(asked, user));
            // Since when a key is inactive is a tag of its user.
            rights.allow_each(&["iam:TagUser"], &places(asked, user));
        }
    }

    /// They go with their user.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

//! What to do about a failed call, as far as its kind and the service's own words tell. The class of a failure decides:
//! "run it again" is said of what may pass by itself, and of nothing else.

use super::{CloudError, ErrorKind};

impl CloudError {
    fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// AWS names the kind of policy that denies, and each is someone else's to change.
    fn hint_for_denial(&self) -> &'static str {
        const ADVICE: &[(&str, &str)] = &[
            (
                "service control policy",
                "a service control policy of the AWS organization denies this: only who administers the organization can allow it",
            ),
            (
                "resource control policy",
                "a resource control policy of the AWS organization denies this: only who administers the organization can allow it",
            ),
            (
                "permissions boundary",
                "the permissions boundary of the AWS identity does not allow this: have it widened; no other policy helps",
            ),
            (
                "session policy",
                "the policy of this session does not allow this: log in again with a session that may do it",
            ),
            (
                "VPC endpoint policy",
                "the policy of the VPC endpoint on the way does not allow this: have it changed, or use another network",
            ),
            (
                "explicit deny",
                "a policy denies this explicitly: have that denial removed; allowing it elsewhere does not help",
            ),
        ];
        ADVICE.iter().find(|(words, _)| self.says(words)).map_or(
            "the AWS identity has no right to this: see docs/guide.md for the policy that trueup needs",
            |(_, advice)| advice,
        )
    }

    fn hint_for_credentials(&self) -> &'static str {
        if self.says("mfa_serial") {
            "let the AWS CLI ask for the code, and use what it gets: eval \"$(aws configure export-credentials --format env)\""
        } else if self.says("AssumeRoleWithWebIdentity") {
            "let the trust policy of the role accept this token: its audience (`aud`) and its subject (`sub`)"
        } else if self.says("sts:AssumeRole") {
            "let the trust policy of the role name this identity, and a policy of the identity allow `sts:AssumeRole`"
        } else {
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`"
        }
    }

    fn hint_for_network(&self) -> &'static str {
        match (self.says("UnknownIssuer"), self.service.is_heroku()) {
            (true, true) => {
                "the certificate is of an unknown issuer: if your company inspects TLS, set SSL_CERT_FILE to a file with its CA certificates"
            }
            (true, false) => {
                "the certificate is of an unknown issuer: if your company inspects TLS, set AWS_CA_BUNDLE to a file with its CA certificates"
            }
            _ => "check the network, and HEROKU_API_URL or AWS_ENDPOINT_URL if one is set",
        }
    }

    /// What to do now, when the kind alone tells.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let heroku = self.service.is_heroku();
        if let Some(hint) = self.id.as_deref().filter(|_| heroku).and_then(hint_for_heroku_id) {
            return Some(hint.to_owned());
        }
        let hint = match self.kind {
            ErrorKind::Invalid if heroku && self.message.contains("is already taken") => {
                "choose another `app.name`: someone else has this one, and names are shared by all of Heroku"
            }
            ErrorKind::NoCredentials if heroku => {
                "set HEROKU_API_KEY, for example: export HEROKU_API_KEY=$(heroku auth:token)"
            }
            ErrorKind::NoCredentials => self.hint_for_credentials(),
            ErrorKind::Unauthorized if heroku => {
                "the token was refused: log in again with `heroku login`, then export HEROKU_API_KEY=$(heroku auth:token)"
            }
            ErrorKind::Unauthorized => {
                "the AWS credentials were refused: check which ones are in use with `aws configure list`"
            }
            ErrorKind::Forbidden if heroku && self.status == Some(402) => {
                "Heroku wants a payment: see https://dashboard.heroku.com/account/billing"
            }
            ErrorKind::Forbidden if heroku && !matches!(self.id.as_deref(), None | Some("forbidden")) => {
                "this is not about whose the app is: do what Heroku's words ask for, then run the same command again"
            }
            ErrorKind::Forbidden if heroku => {
                "the token's account has no right to this: ask the app's owner for access, or use another token"
            }
            ErrorKind::Forbidden => self.hint_for_denial(),
            ErrorKind::Malformed if self.status == Some(404) && heroku => {
                "what answers there is not Heroku: check HEROKU_API_URL and HEROKU_DATA_API_URL"
            }
            ErrorKind::BadAddress => {
                "correct HEROKU_API_URL, HEROKU_DATA_API_URL or AWS_ENDPOINT_URL: it begins with https://, except on this machine"
            }
            ErrorKind::BadSetting => "correct it, or unset it",
            ErrorKind::Moved => "run the same command again: it plans anew from what is live now",
            ErrorKind::RateLimited => "wait some minutes and run the same command again",
            ErrorKind::ServerFailed | ErrorKind::TimedOut | ErrorKind::Malformed | ErrorKind::GaveUp => {
                "run the same command again; it continues from what is there"
            }
            ErrorKind::Unreachable => self.hint_for_network(),
            ErrorKind::NotFound | ErrorKind::Invalid | ErrorKind::Conflict => return None,
        };
        Some(hint.to_owned())
    }
}

/// What to do about the errors that Heroku names (heroku-api.md section 1.3).
fn hint_for_heroku_id(id: &str) -> Option<&'static str> {
    Some(match id {
        "confirmation_required" => {
            "Heroku wants this confirmed by a person: do this one step with the `heroku` program, then run the same command again"
        }
        "delinquent" => {
            "the account has unpaid bills: settle them at https://dashboard.heroku.com/account/billing"
        }
        "suspended" => "the account or the app is suspended: ask Heroku's support at https://help.heroku.com",
        "two_factor" => {
            "this app asks for a second factor: use a token that needs none, from `heroku authorizations:create`"
        }
        "verification_needed" | "verification_required" => {
            "the account has no billing details yet: add them at https://heroku.com/verify"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Service;

    fn error(kind: ErrorKind, id: Option<&str>, operation: &str) -> CloudError {
        let service = Service::Heroku("api.heroku.com".to_owned());
        let error = CloudError::new(service, operation, kind, "No");
        CloudError { status: Some(403), id: id.map(str::to_owned), ..error }
    }

    #[test]
    fn a_hint_follows_the_name_of_the_error_before_its_kind() {
        let hint = |id| error(ErrorKind::Forbidden, Some(id), "PATCH /apps/ledger").hint().unwrap();
        assert!(hint("two_factor").contains("second factor"));
        assert!(hint("delinquent").contains("billing"));
        assert!(hint("suspended").contains("support"));
        assert!(hint("verification_needed").contains("heroku.com/verify"));
        assert!(hint("confirmation_required").contains("confirmed"));
        assert!(hint("forbidden").contains("ask the app's owner"));
    }

    #[test]
    fn only_herokus_own_words_say_that_an_app_is_someone_elses() {
        let refused = |status, id: &str, message: &str| {
            let error = error(ErrorKind::Forbidden, Some(id), "GET /apps/ledger");
            CloudError { status: Some(status), message: message.to_owned(), ..error }
        };
        assert!(refused(403, "forbidden", "You do not have access to the app ledger.").is_of_someone_else());
        assert!(refused(403, "forbidden", "You do not have access to the app.").is_of_someone_else());
        for (status, id, message) in [
            (402, "delinquent", "You do not have access to the app: the account is delinquent."),
            (403, "suspended", "You do not have access to the app while it is suspended."),
            (403, "two_factor", "A second authentication factor is required"),
            (403, "sso_required", "Log in through your company's identity provider."),
            (403, "forbidden", "Your IP address is not on the list of trusted addresses."),
            (
                403,
                "forbidden",
                "The scope of this OAuth authorization does not allow access to this resource.",
            ),
        ] {
            let error = refused(status, id, message);
            assert!(!error.is_of_someone_else(), "{error}");
            assert!(error.hint().is_some(), "{error}");
        }
        let unknown = refused(403, "sso_required", "Log in through your company's identity provider.");
        assert!(unknown.hint().unwrap().contains("do what Heroku's words ask for"));
        assert!(refused(402, "payment", "No.").hint().unwrap().contains("billing"));
    }

    #[test]
    fn hints_of_heroku_are_not_given_for_aws() {
        let error = error(ErrorKind::Forbidden, Some("suspended"), "s3:PutBucketCors");
        let hint = CloudError { service: Service::S3, ..error }.hint().unwrap();
        assert!(hint.starts_with("the AWS identity"));
    }

    #[test]
    fn a_name_that_is_taken_wants_another() {
        let taken = error(ErrorKind::Invalid, Some("invalid_params"), "POST /apps");
        assert_eq!(taken.hint(), None);
        let taken = CloudError { message: "Name ledger is already taken".to_owned(), ..taken };
        assert!(taken.hint().unwrap().starts_with("choose another `app.name`"));
    }

    #[test]
    fn what_was_never_sent_is_not_told_as_a_failed_call() {
        let missing = error(ErrorKind::NoCredentials, None, "GET /apps/ledger");
        assert_eq!(CloudError { status: None, ..missing }.to_string(), "No");
        let refused = CloudError { status: None, ..error(ErrorKind::BadAddress, None, "connect") };
        assert_eq!(refused.to_string(), "cannot use the address api.heroku.com: No");
        assert!(refused.hint().unwrap().contains("AWS_ENDPOINT_URL"));
    }

    #[test]
    fn the_facts_stand_in_brackets_after_the_message() {
        let error = error(ErrorKind::Forbidden, Some("forbidden"), "GET /apps/ledger");
        assert_eq!(error.to_string(), "`GET /apps/ledger` failed on api.heroku.com: No (403, forbidden)");
    }

    #[test]
    fn a_denial_is_followed_by_the_advice_for_the_policy_that_aws_names() {
        let hint = |why: &str| {
            let who = "User: arn:aws:iam::1:user/a is not authorized to perform: s3:PutBucketPolicy";
            let message = format!("{who} {why}");
            CloudError::new(Service::S3, "s3:PutBucketPolicy", ErrorKind::Forbidden, message).hint().unwrap()
        };
        for (why, advice) in [
            ("with an explicit deny in a service control policy", "administers the organization"),
            ("with an explicit deny in a resource control policy", "administers the organization"),
            ("because no permissions boundary allows the s3:PutBucketPolicy action", "permissions boundary"),
            ("with an explicit deny in a permissions boundary", "permissions boundary"),
            ("because no session policy allows the s3:PutBucketPolicy action", "this session"),
            ("with an explicit deny in a VPC endpoint policy", "VPC endpoint"),
            ("with an explicit deny in an identity-based policy", "denial removed"),
            ("because no identity-based policy allows the s3:PutBucketPolicy action", "docs/guide.md"),
        ] {
            assert!(hint(why).contains(advice), "{why}: {}", hint(why));
        }
    }

    #[test]
    fn an_unknown_issuer_says_which_variable_helps() {
        let hint = |service| {
            CloudError::new(service, "x", ErrorKind::Unreachable, "invalid peer certificate: UnknownIssuer")
                .hint()
                .unwrap()
        };
        assert!(hint(Service::Sts).contains("AWS_CA_BUNDLE"));
        assert!(hint(Service::Heroku("api.heroku.com".to_owned())).contains("SSL_CERT_FILE"));
    }
}

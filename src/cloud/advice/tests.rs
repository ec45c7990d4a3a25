//! Which advice follows which failure.

#![cfg(test)]

use super::*;
use crate::cloud::Service;

fn heroku(status: u16, kind: ErrorKind, id: &str, message: &str) -> CloudError {
    let service = Service::Heroku("api.heroku.com".to_owned());
    let error = CloudError::new(service, "GET /apps/ledger", kind, message);
    CloudError { status: Some(status), id: Some(id.to_owned()), ..error }
}

fn aws(status: u16, kind: ErrorKind, id: &str, message: &str) -> CloudError {
    let error = CloudError::new(Service::S3, "s3:PutBucketPolicy", kind, message);
    CloudError { status: Some(status), id: Some(id.to_owned()), ..error }
}

/// Asserts the advice, and that it speaks of running again where and only where that may help.
#[track_caller]
fn advises(error: &CloudError, words: &str) {
    let hint = error.hint().unwrap_or_else(|| panic!("no advice for {error}"));
    assert!(hint.contains(words), "{error}: {hint}");
    assert_eq!(hint.contains("run the same command again"), error.may_pass(), "{error}: {hint}");
}

#[test]
fn what_heroku_refuses_has_the_advice_of_its_name_and_then_of_its_kind() {
    use ErrorKind::{Conflict, Forbidden, Invalid, NotFound, RateLimited, ServerFailed, Unauthorized};
    let no_access = "You do not have access to the app ledger.";
    for (status, kind, id, message, advice) in [
        (
            401,
            Unauthorized,
            "unauthorized",
            "Invalid; the token is that of HEROKU_API_KEY",
            "export HEROKU_API_KEY",
        ),
        (
            401,
            Unauthorized,
            "unauthorized",
            "Invalid; the token is that of `/h/.netrc`",
            "log in again with `heroku",
        ),
        (401, Unauthorized, "unauthorized", "Invalid; that of the `default` entry of", "for any machine"),
        (402, Forbidden, "delinquent", "Unpaid.", "unpaid bills"),
        (402, Forbidden, "payment", "No.", "wants a payment"),
        (403, Forbidden, "forbidden", no_access, "ask the app's owner"),
        (403, Forbidden, "suspended", "No.", "support"),
        (403, Forbidden, "two_factor", "A second authentication factor is required", "second factor"),
        (403, Forbidden, "device_trust_required", "No.", "heroku login"),
        (
            403,
            Forbidden,
            "sso_required",
            "Log in through your provider.",
            "do first what Heroku's words ask for",
        ),
        (409, Conflict, "conflict", "A release is in progress.", "under way"),
        (410, Invalid, "gone", "Gone.", "newer trueup"),
        (422, Invalid, "invalid_params", "Plan is not available.", "do what its words ask for"),
        (422, Invalid, "invalid_params", "Please try again in a minute.", "under way"),
        (422, Invalid, "verification_needed", "No.", "heroku.com/verify"),
        (423, Conflict, "confirmation_required", "No.", "confirmed by a person"),
        (423, Conflict, "locked", "The add-on is locked.", "under way"),
        (429, RateLimited, "rate_limit", "Slow down.", "wait some minutes"),
        (503, ServerFailed, "service_unavailable", "Down.", "run the same command again"),
        (501, ServerFailed, "server_error", "Not implemented.", "does not know this call"),
        (302, ErrorKind::Malformed, "", "it redirects to `sso.example`", "is not the service"),
        (404, ErrorKind::Malformed, "", "nginx", "is not the service"),
        (
            200,
            ErrorKind::Malformed,
            "",
            "the answer is not of the expected shape, at line 1",
            "a newer trueup",
        ),
        (200, ErrorKind::Malformed, "", "the answer ends too early", "run the same command again"),
    ] {
        advises(&heroku(status, kind, id, message), advice);
    }
    assert_eq!(heroku(404, NotFound, "not_found", "Couldn't find that app.").hint(), None);
}

#[test]
fn many_refusals_are_forbidden_alone_and_then_their_words_decide() {
    for (message, advice) in [
        ("The scope of this OAuth authorization does not allow it.", "`trueup policy` prints the scopes"),
        ("Your IP address is not on the list.", "refuses the address"),
        ("Your IP is not on the allow list of the space.", "refuses the address"),
        ("Two-factor authentication is required.", "second factor"),
        ("Your account is suspended.", "support"),
        ("The owner's account is delinquent.", "unpaid bills"),
        ("This team requires SSO.", "heroku login --sso"),
        ("Accept our terms of service first.", "what Heroku's words ask for"),
        ("Forbidden.", "ask the app's owner"),
    ] {
        advises(&heroku(403, ErrorKind::Forbidden, "forbidden", message), advice);
    }
}

#[test]
fn what_aws_refuses_has_the_advice_of_its_code_and_then_of_its_kind() {
    use ErrorKind::{Conflict, Invalid, RateLimited, ServerFailed, Unauthorized};
    for (status, kind, id, advice) in [
        (400, Unauthorized, "InvalidToken", "aws account enable-region"),
        (400, Unauthorized, "ExpiredToken", "aws sso login"),
        (403, Unauthorized, "InvalidAccessKeyId", "deleted or deactivated"),
        (403, Unauthorized, "InvalidClientTokenId", "AWS_REGION"),
        (403, Unauthorized, "RequestTimeTooSkewed", "clock"),
        (403, Unauthorized, "SignatureDoesNotMatch", "is not the one of this id"),
        (403, ErrorKind::Forbidden, "AllAccessDisabled", "support"),
        (400, Invalid, "IllegalLocationConstraintException", "write that `region`"),
        (301, Invalid, "PermanentRedirect", "write that `region`"),
        (400, Invalid, "MalformedPolicy", "fix what its message names"),
        (400, Invalid, "TooManyBuckets", "quota"),
        (409, Conflict, "LimitExceeded", "quota"),
        (409, Conflict, "BucketAlreadyExists", "choose another `name`"),
        (409, Conflict, "EntityAlreadyExists", "fix what its message names"),
        (409, Conflict, "OperationAborted", "under way"),
        (409, Conflict, "EntityTemporarilyUnmodifiable", "under way"),
        (400, RateLimited, "Throttling", "wait some minutes"),
        (500, ServerFailed, "InternalError", "run the same command again"),
        (501, ServerFailed, "NotImplemented", "does not know this call"),
    ] {
        advises(&aws(status, kind, id, "No."), advice);
    }
}

#[test]
fn a_signature_of_another_time_is_the_clocks_fault_and_not_the_keys() {
    for said in [
        "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z (20260101T003000Z - 15 min.)",
        "Signature not yet current: 20260101T010000Z is still later than 20260101T001500Z",
    ] {
        let error = aws(403, ErrorKind::Unauthorized, "SignatureDoesNotMatch", said);
        advises(&error, "the clock of this machine is wrong");
    }
}

#[test]
fn a_denial_is_followed_by_the_advice_for_the_policy_that_aws_names() {
    let who = "User: arn:aws:iam::1:user/a is not authorized to perform: s3:PutBucketPolicy";
    for (why, advice) in [
        ("with an explicit deny in a service control policy", "administers the organization"),
        (
            "because no service control policy allows the s3:PutBucketPolicy action",
            "administers the organization",
        ),
        ("with an explicit deny in a resource control policy", "administers the organization"),
        ("because no permissions boundary allows the s3:PutBucketPolicy action", "permissions boundary"),
        ("with an explicit deny in a permissions boundary", "permissions boundary"),
        ("because no session policy allows the s3:PutBucketPolicy action", "this session"),
        ("with an explicit deny in a VPC endpoint policy", "VPC endpoint"),
        ("because no role trust policy allows the sts:AssumeRole action", "trust policy"),
        ("with an explicit deny in a resource-based policy", "aws s3api get-bucket-policy"),
        ("because no resource-based policy allows the kms:Decrypt action", "key of KMS"),
        ("because public policies are prevented by the BlockPublicPolicy setting", "Block Public Access"),
        ("with an explicit deny in an identity-based policy", "denial removed"),
        ("because no identity-based policy allows the s3:PutBucketPolicy action", "`trueup policy` prints"),
    ] {
        let message = format!("{who} {why}");
        advises(&aws(403, ErrorKind::Forbidden, "AccessDenied", &message), advice);
        // A wait for a right that never comes ends the same way.
        advises(&aws(403, ErrorKind::GaveUp, "AccessDenied", &message), advice);
    }
}

#[test]
fn only_herokus_own_words_say_that_an_app_is_someone_elses() {
    let refused = |status, id, message| heroku(status, ErrorKind::Forbidden, id, message);
    assert!(refused(403, "forbidden", "You do not have access to the app ledger.").is_of_someone_else());
    assert!(refused(403, "forbidden", "You do not have access to the app.").is_of_someone_else());
    assert!(refused(403, "forbidden", "You do not have access to that app.").is_of_someone_else());
    assert!(refused(403, "forbidden", "You do not have access to the add-on redis-1.").is_of_someone_else());
    let nameless = CloudError { id: None, ..refused(403, "", "You do not have access to the app ledger.") };
    assert!(nameless.is_of_someone_else());
    for (status, id, message) in [
        (402, "delinquent", "You do not have access to the app: the account is delinquent."),
        (403, "suspended", "You do not have access to the app while it is suspended."),
        (403, "two_factor", "A second authentication factor is required"),
        (403, "sso_required", "Log in through your company's identity provider."),
        (403, "forbidden", "Your IP address is not on the list of trusted addresses."),
        (403, "forbidden", "The scope of this OAuth authorization does not allow access to this resource."),
    ] {
        assert!(!refused(status, id, message).is_of_someone_else(), "{message}");
    }
}

#[test]
fn advice_of_one_cloud_is_not_given_for_the_other() {
    let error = aws(403, ErrorKind::Forbidden, "suspended", "No.");
    assert!(error.hint().unwrap().starts_with("the AWS identity"));
}

#[test]
fn only_the_name_of_an_app_is_taken_by_all_of_heroku() {
    let taken = |operation: &str| {
        let error = heroku(422, ErrorKind::Invalid, "invalid_params", "Name is already taken");
        CloudError { operation: operation.to_owned(), ..error }.hint().unwrap()
    };
    for operation in ["POST /apps", "POST /teams/apps", "PATCH /apps/ledger"] {
        assert!(taken(operation).starts_with("choose another `app.name`"), "{operation}");
    }
    for operation in ["POST /apps/ledger/addons", "POST /apps/ledger/domains", "POST /pipelines"] {
        assert!(!taken(operation).contains("app.name"), "{operation}");
    }
}

#[test]
fn what_may_have_been_done_is_a_reason_to_run_again() {
    let error = CloudError::gave_up("release of ledger", "release v7 failed in its release phase");
    assert!(!error.may_pass());
    assert!(error.hint().unwrap().contains("heroku releases:output"));
    assert!(error.maybe_done().may_pass());
}

#[test]
fn what_was_never_sent_is_not_told_as_a_failed_call() {
    let service = || Service::Heroku("api.heroku.com".to_owned());
    let missing = CloudError::new(service(), "GET /apps/ledger", ErrorKind::NoCredentials, "No");
    assert_eq!(missing.to_string(), "No");
    let refused = CloudError::new(service(), "connect", ErrorKind::BadAddress, "No");
    assert_eq!(refused.to_string(), "cannot use the address api.heroku.com: No");
    assert!(refused.hint().unwrap().contains("AWS_ENDPOINT_URL"));
}

#[test]
fn the_facts_stand_in_brackets_after_the_message() {
    let error = heroku(403, ErrorKind::Forbidden, "forbidden", "No");
    assert_eq!(error.to_string(), "`GET /apps/ledger` failed on api.heroku.com: No (403, forbidden)");
}

#[test]
fn an_unknown_issuer_says_which_variable_helps() {
    for (service, variable) in
        [(Service::Sts, "AWS_CA_BUNDLE"), (Service::Heroku("api.heroku.com".to_owned()), "SSL_CERT_FILE")]
    {
        let error =
            CloudError::new(service, "x", ErrorKind::Unreachable, "invalid peer certificate: UnknownIssuer");
        advises(&error, variable);
    }
}

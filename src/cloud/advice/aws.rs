//! What to do about what AWS says (aws-s3-iam.md sections 3 and 4).

use super::CloudError;
use crate::cloud::{ErrorKind, Service};

/// What AWS calls a refusal that ends when an earlier change has.
const BUSY: &[&str] = &[
    "ConcurrentModification",
    "ConditionalRequestConflict",
    "EntityTemporarilyUnmodifiable",
    "OperationAborted",
    "RequestTimeout",
];

/// Whether AWS is busy with something that this has to wait for.
pub(super) fn is_busy(error: &CloudError) -> bool {
    error.id.as_deref().is_some_and(|id| BUSY.contains(&id))
}

/// What to do, when AWS's own name for the error or its sentence tells, or else its kind.
pub(super) fn hint(error: &CloudError) -> Option<&'static str> {
    let by_name = error.id.as_deref().and_then(|id| by_name(error, id));
    by_name.or_else(|| match error.kind {
        ErrorKind::NoCredentials if error.via.is_some() => super::beyond_the_network(error),
        ErrorKind::NoCredentials => Some(without_credentials(error)),
        ErrorKind::Unauthorized => {
            Some("the AWS credentials were refused: check which ones are in use with `aws configure list`")
        }
        ErrorKind::Forbidden => Some(denied(error)),
        ErrorKind::GaveUp if error.names_a_right() => Some(denied(error)),
        ErrorKind::Unreachable => unreachable(error),
        ErrorKind::Invalid | ErrorKind::Conflict if !error.passes() && error.status.is_some() => {
            Some("AWS will refuse this again as it is: fix what its message names")
        }
        _ => None,
    })
}

const WRONG_CLOCK: &str = "the clock of this machine is wrong: set it";

fn by_name(error: &CloudError, id: &str) -> Option<&'static str> {
    Some(match id {
        // The token is right, and the region does not know it.
        "InvalidToken" if error.service == Service::S3 => {
            "these credentials do not count in that region: enable it (`aws account enable-region --region-name REGION`); temporary ones also need AWS_STS_REGIONAL_ENDPOINTS=regional"
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" if error.kind == ErrorKind::Unauthorized => {
            "the AWS credentials were refused: check which ones are in use with `aws configure list`; a region of AWS_REGION that the account has not enabled refuses them too"
        }
        "InvalidAccessKeyId" => {
            "AWS does not know this access key: it was deleted or deactivated; `aws configure list` shows which one is in use"
        }
        // STS and IAM have no code of their own for a clock: their sentence tells it.
        "SignatureDoesNotMatch"
            if error.says("Signature expired") || error.says("Signature not yet current") =>
        {
            WRONG_CLOCK
        }
        "SignatureDoesNotMatch" => {
            "the AWS credentials were refused: the secret access key is not the one of this id; set both again"
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
            "the session has ended: log in again, for example with `aws sso login`"
        }
        "RequestTimeTooSkewed" => WRONG_CLOCK,
        "AccountProblem" | "NotSignedUp" | "OptInRequired" | "SubscriptionRequiredException" => {
            "AWS has closed this to the whole account: sign in to the console, and ask AWS's support"
        }
        "AllAccessDisabled" => "AWS has closed this bucket to everyone: ask AWS's support",
        "BucketAlreadyExists" => {
            "choose another `name`: someone else has this one, and names are shared by all of AWS"
        }
        "IllegalLocationConstraintException" | "PermanentRedirect" | "AuthorizationHeaderMalformed" => {
            "the bucket is in another region: write that `region`, or choose another `name`"
        }
        "LimitExceeded" | "TooManyBuckets" => {
            "AWS allows no more of these: remove what is not needed, or have the quota raised"
        }
        _ => return None,
    })
}

/// The advice for each kind of policy that AWS's sentence names; each is someone else's to change.
const DENIALS: &[(&str, &str)] = &[
    (
        "Mfa Authentication",
        "the bucket has MFA delete: only the account's root user changes its versioning, with its device: aws s3api put-bucket-versioning --mfa \"DEVICE CODE\"",
    ),
    (
        "BlockPublicPolicy",
        "S3 Block Public Access forbids a public policy, on the bucket or on the account: aws s3control get-public-access-block --account-id ID",
    ),
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
        "role trust policy",
        "the trust policy of the role does not allow this: have it name this identity, and the conditions that it meets",
    ),
    (
        "explicit deny in a resource-based policy",
        "the policy of the thing itself denies this: have that statement removed; a bucket's: aws s3api get-bucket-policy --bucket NAME",
    ),
    (
        "no resource-based policy",
        "the policy of the thing itself, such as the key of KMS, has to allow this: have it name the AWS identity",
    ),
    (
        "explicit deny",
        "a policy denies this explicitly: have that denial removed; allowing it elsewhere does not help",
    ),
];

fn denied(error: &CloudError) -> &'static str {
    let named = DENIALS.iter().find(|(words, _)| error.says(words)).map(|(_, advice)| *advice);
    named.unwrap_or(if error.operation == "s3:ListBucket" && !error.names_a_right() {
        "if the bucket is another AWS account's, choose another `name`; if it is yours, the AWS identity needs `s3:ListBucket` on it. With `s3:ListAllMyBuckets` trueup can tell which"
    } else {
        "the AWS identity has no right to this: `trueup policy` prints the policy that it needs"
    })
}

fn without_credentials(error: &CloudError) -> &'static str {
    if error.says("mfa_serial") {
        "let the AWS CLI ask for the code, and use what it gets: eval \"$(aws configure export-credentials --format env)\""
    } else if error.says("No OpenIDConnect provider") {
        "the account does not know the token's issuer: add it with `aws iam create-open-id-connect-provider --url ISSUER`"
    } else if error.says("ExpiredToken") {
        "the token has expired: have a new one made, right before this runs"
    } else if error.says("AssumeRoleWithWebIdentity") || error.says("InvalidIdentityToken") {
        "let the trust policy of the role accept this token: its audience (`aud`) and its subject (`sub`), as `trueup policy --trust` prints them"
    } else if error.says("sts:AssumeRole") {
        "let the trust policy of the role name this identity, and a policy of the identity allow `sts:AssumeRole`"
    } else {
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`"
    }
}

fn unreachable(error: &CloudError) -> Option<&'static str> {
    if error.says("UnknownIssuer") {
        return Some(
            "the certificate is of an unknown issuer: if your company inspects TLS, set AWS_CA_BUNDLE to a file with its CA certificates; the one that it names now, if any, lacks them",
        );
    }
    super::beyond_the_network(error)
}

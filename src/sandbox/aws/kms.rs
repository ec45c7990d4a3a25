//! KMS: which key a name stands for. Every key exists, and one that is called by an alias has an id that tells the
//! alias, so that both names are of one key.

use serde_json::{Value, json};

use crate::sandbox::http::{Moment, Request, Response};

use super::AwsState;
use super::access::{self, Caller, Target};
use super::fault::Fault;

/// What an id begins with that tells an alias.
pub(super) const BY_ALIAS: &str = "alias-";
/// The service's name before an operation's, in the header that names it.
const TARGET: &str = "TrentService.";

/// The operation that a request asks for.
pub(super) fn operation(request: &Request) -> &str {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    target.and_then(|target| target.strip_prefix(TARGET)).unwrap_or_default()
}

/// Answers one request to KMS.
pub(super) fn handle(state: &mut AwsState, moment: &Moment<'_>, request: &Request) -> Response {
    let answer = access::authenticate(state, moment, request, "UnrecognizedClientException")
        .and_then(|caller| answer(state, &caller, request));
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(fault) => (fault.status, json!({ "__type": fault.code, "message": fault.message })),
    };
    let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.1".to_owned())];
    Response { status, headers, body: body.to_string().into_bytes() }
}

fn answer(state: &AwsState, caller: &Caller, request: &Request) -> Result<Value, Fault> {
    if operation(request) != "DescribeKey" {
        return Err(Fault::new(400, "UnknownOperationException", ""));
    }
    let invalid = || Fault::new(400, "ValidationException", "KeyId is missing");
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| invalid())?;
    let name = body["KeyId"].as_str().filter(|name| !name.is_empty()).ok_or_else(invalid)?;
    let account = caller.principal.account().unwrap_or_default();
    let arn = arn(name, caller.region.as_deref().unwrap_or_default(), account);
    authorise(state, caller, "kms:DescribeKey", &arn)?;
    let id = arn.rsplit_once('/').map_or("", |(_, id)| id);
    Ok(json!({ "KeyMetadata": {
        "AWSAccountId": account, "KeyId": id, "Arn": arn, "Enabled": true, "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "MultiRegion": false,
    } }))
}

/// The ARN of the key that a name stands for.
pub(super) fn arn(name: &str, region: &str, account: &str) -> String {
    if name.contains(":key/") {
        return name.to_owned();
    }
    let alias = name.find("alias/").map(|start| &name[start + "alias/".len()..]);
    let id = alias.map_or_else(|| name.to_owned(), |alias| format!("{BY_ALIAS}{alias}"));
    format!("arn:aws:kms:{region}:{account}:key/{id}")
}

/// Whether the caller may do that with a key.
pub(super) fn authorise(state: &AwsState, caller: &Caller, action: &str, key: &str) -> Result<(), Fault> {
    let owner = key.split(':').nth(4).unwrap_or_default();
    let alias = key.rsplit_once(BY_ALIAS).map(|(_, alias)| format!("alias/{alias}"));
    let context = alias.map(|alias| ("kms:resourcealiases".to_owned(), alias)).into_iter().collect();
    let target = Target { action, resource: key, owner, bucket: None, context };
    access::authorise(state, caller, &target)
}

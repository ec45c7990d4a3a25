//! What AWS says when it refuses: status, code, message, and the two XML shapes that carry them.
//!
//! The codes and statuses are those of AWS; which call gives which one is decided where the call is answered.

use crate::sandbox::http::Response;

use super::ids;
use super::xml::Element;

/// A refusal, not yet in the shape of one service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    /// HTTP status.
    pub(super) status: u16,
    /// AWS error code, such as `NoSuchBucket`.
    pub(super) code: String,
    /// The sentence beside the code.
    pub(super) message: String,
    /// Elements beside code and message (`BucketName`, `Region` …); S3 only.
    pub(super) details: Vec<(&'static str, String)>,
    /// Headers that the refusal carries, such as `x-amz-bucket-region`.
    pub(super) headers: Vec<(String, String)>,
}

impl Fault {
    /// A refusal with nothing but status, code and message.
    pub(super) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: Vec::new(), headers: Vec::new() }
    }

    /// 404 `NoSuchEntity` of IAM: `kind` is IAM's phrase for what is missing.
    pub(super) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    /// 400 `ValidationError` of IAM.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// The same refusal with one more element in its body.
    pub(super) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// The same refusal with one more header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The refusal as S3 writes it: a bare `Error`, and no body at all in the answer to a HEAD.
    pub(super) fn into_s3(self, resource: &str, head: bool) -> Response {
        let request_id = ids::request_id_s3();
        let host_id = ids::host_id();
        let mut error = Element::new("Error").text("Code", &self.code).text("Message", &self.message);
        for (name, value) in &self.details {
            error = error.text(name, value);
        }
        let error = error.text("Resource", resource).text("RequestId", &request_id).text("HostId", &host_id);
        let mut headers = self.headers;
        headers.push(("x-amz-request-id".into(), request_id));
        headers.push(("x-amz-id-2".into(), host_id));
        headers.push(("content-type".into(), "application/xml".into()));
        // 304 has no body by HTTP's own rule
        let body = if head || self.status == 304 { Vec::new() } else { error.document() };
        Response { status: self.status, headers, body }
    }

    /// The refusal as the Query protocol of IAM and STS writes it.
    pub(super) fn into_query(self, namespace: &str) -> Response {
        let request_id = ids::uuid();
        let kind = if self.status >= 500 { "Receiver" } else { "Sender" };
        let error =
            Element::new("Error").text("Type", kind).text("Code", &self.code).text("Message", &self.message);
        let document = Element::new("ErrorResponse")
            .attribute("xmlns", namespace)
            .with(error)
            .text("RequestId", &request_id);
        let mut headers = self.headers;
        headers.push(("x-amzn-requestid".into(), request_id));
        headers.push(("content-type".into(), "text/xml".into()));
        Response { status: self.status, headers, body: document.document() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_its_own_shape() {
        let fault = Fault::new(404, "NoSuchBucket", "gone").detail("BucketName", "b");
        let s3 = String::from_utf8(fault.clone().into_s3("/b", false).body).unwrap();
        assert!(
            s3.contains("<Error><Code>NoSuchBucket</Code><Message>gone</Message><BucketName>b</BucketName>")
        );
        assert!(fault.clone().into_s3("/b", true).body.is_empty());
        let query = String::from_utf8(fault.into_query("urn:n").body).unwrap();
        assert!(
            query.contains(
                "<ErrorResponse xmlns=\"urn:n\"><Error><Type>Sender</Type><Code>NoSuchBucket</Code>"
            )
        );
    }
}

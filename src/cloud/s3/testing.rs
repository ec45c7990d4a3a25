//! A scripted S3 with one bucket, for tests of what is set on it.
//!
//! What must not live here: tests, and any knowledge of a setting.

#![cfg(test)]

use super::BucketHandle;
use crate::cloud::aws::testing::{Reply, Seen, Server, bucket, owner, region};

/// One bucket, and the server that answers for it.
pub(crate) struct Scripted {
    pub(crate) bucket: BucketHandle,
    server: Server,
}

/// A call as the server got it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The method and what of the bucket is meant: `PUT cors`.
    pub(crate) name: String,
    /// Whose the bucket must be.
    pub(crate) owner: String,
    pub(crate) body: String,
}

impl Scripted {
    /// Answers each call with a status, and with a body or the code of an error.
    pub(crate) async fn start(answer: impl Fn(&Call) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start_beside(None, answer).await
    }

    /// The same with a header that comes with every answer.
    pub(crate) async fn start_beside(
        header: Option<(&'static str, &'static str)>,
        answer: impl Fn(&Call) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let server = Server::start(move |seen, _| {
            let reply = match answer(&Call::of(seen)) {
                (status @ ..300, body) => Reply::new(status, body),
                (status, code) => Reply::s3(status, &code),
            };
            header.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value))
        })
        .await;
        let aws = server.aws().await;
        let bucket = aws.bucket(&bucket(), &region("us-east-1"), &owner()).await.expect("a handle");
        Self { bucket, server }
    }

    /// A header of the last call.
    pub(crate) fn last_header(&self, name: &str) -> String {
        self.server.seen().last().map(|seen| seen.header(name).to_owned()).unwrap_or_default()
    }

    /// The calls in order. Each must have said whose the bucket is.
    #[track_caller]
    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls: Vec<Call> = self.server.seen().iter().map(Call::of).collect();
        for call in &calls {
            assert_eq!(call.owner, self.bucket.owner(), "{}", call.name);
        }
        calls
    }
}

impl Call {
    fn of(seen: &Seen) -> Self {
        let (method, path) = seen.call.split_once(' ').unwrap_or_default();
        let part = path.split('?').nth(1).unwrap_or_default().trim_end_matches('=');
        Self {
            name: format!("{method} {part}"),
            owner: seen.header("x-amz-expected-bucket-owner").to_owned(),
            body: seen.body.clone(),
        }
    }
}

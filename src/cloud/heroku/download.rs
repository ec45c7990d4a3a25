//! Fetches a whole file from an address that Heroku named: a backup. However often the connection breaks, it goes on behind
//! what came, and nothing counts that is not as long as the store said.
//!
//! What must not live here: the file that it is written to.

use std::io::Write;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::CONTENT_LENGTH;
use sha2::{Digest as _, Sha256};

use super::elsewhere::Opened;
use super::{CloudError, ErrorKind, Heroku};
use crate::cloud::Service;
use crate::secret::Secret;

const OPERATION: &str = "download of the backup";

/// A file that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its size, which is what the store said.
    pub bytes: u64,
    /// The SHA-256 of what came, in hex.
    pub sha256: String,
}

/// A file on its way.
struct Coming<'a> {
    out: &'a mut (dyn Write + Send),
    digest: Sha256,
    read: u64,
    /// How long it is, once the store said so.
    total: Option<u64>,
}

impl Heroku {
    /// Writes what lies at an address to `out`, and tells how much has come, of how much.
    pub async fn download(
        &self,
        address: &Secret,
        out: &mut (dyn Write + Send),
        mut tell: impl FnMut(u64, u64) + Send,
    ) -> Result<Fetched, CloudError> {
        let mut coming = Coming { out, digest: Sha256::new(), read: 0, total: None };
        let (mut attempts, mut since) = (0, Instant::now());
        loop {
            let before = coming.read;
            let failed = match self.elsewhere.open(OPERATION, address, coming.read).await {
                Ok(Opened::Open(answer, known)) => {
                    coming.take(answer, known, self.elsewhere.patience(), &mut tell).await?;
                    coming.broke_off()
                }
                Ok(Opened::Ended) => coming.broke_off(),
                Ok(Opened::NotThere) => {
                    return Err(refused("there is nothing at the address that Heroku gave"));
                }
                Err(error) => error,
            };
            if coming.total == Some(coming.read) {
                return Ok(Fetched { bytes: coming.read, sha256: hex::encode(coming.digest.finalize()) });
            }
            if coming.read > before {
                (attempts, since) = (0, Instant::now());
            }
            attempts += 1;
            if !self.elsewhere.tries_again(&failed, attempts, since).await {
                return Err(failed);
            }
        }
    }
}

fn refused(message: &str) -> CloudError {
    CloudError::new(Service::Heroku("Heroku".to_owned()), OPERATION, ErrorKind::Invalid, message)
}

impl Coming<'_> {
    /// Takes what comes, without what came before.
    async fn take(
        &mut self,
        mut answer: Response,
        mut known: u64,
        patience: Duration,
        tell: &mut (impl FnMut(u64, u64) + Send),
    ) -> Result<(), CloudError> {
        // What a store sends that knows no ranges begins at the beginning.
        let begins = self.read - known;
        let length = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let length = length.and_then(|length| length.parse::<u64>().ok());
        let total = begins + length.ok_or_else(|| refused("the store does not say how long it is"))?;
        if self.total.is_some_and(|before| before != total) {
            return Err(refused("the store says another length than before"));
        }
        self.total = Some(total);
        // How an answer ends that breaks off is not told; its length does.
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(patience, answer.chunk()).await {
            let skipped = usize::try_from(known).unwrap_or(usize::MAX).min(chunk.len());
            known -= skipped as u64;
            let fresh = &chunk[skipped..];
            self.out.write_all(fresh).map_err(|failure| {
                let message = format!("the file cannot be written: {failure}");
                CloudError::new(Service::Trueup, OPERATION, ErrorKind::BadSetting, message)
            })?;
            self.digest.update(fresh);
            self.read += fresh.len() as u64;
            tell(self.read, total);
        }
        Ok(())
    }

    fn broke_off(&self) -> CloudError {
        let message = match self.total {
            Some(total) => format!("it broke off after {} of {total} bytes", self.read),
            None => "nothing came".to_owned(),
        };
        CloudError::new(Service::Heroku("Heroku".to_owned()), OPERATION, ErrorKind::Malformed, message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, heroku, raw};
    use super::*;
    use crate::cloud::Meter;

    const FILE: &str = "PGDMP and all that is in a database";

    async fn fetched(server: &Server) -> (Result<Fetched, CloudError>, String) {
        let address = Secret::new(server.url.join("/b?Signature=canary").unwrap());
        let mut out = Vec::new();
        let fetched = server.heroku().download(&address, &mut out, |_, _| ()).await;
        (fetched, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn a_file_comes_whole_without_a_token_and_its_size_and_digest_are_told() {
        let server = Server::always(Reply::new(200, FILE)).await;
        let (told, file) = fetched(&server).await;
        let told = told.unwrap();
        assert_eq!((told.bytes, file.as_str()), (FILE.len() as u64, FILE));
        assert_eq!(told.sha256, hex::encode(Sha256::digest(FILE)));
        assert_eq!(server.only().header("authorization"), None);
    }

    async fn from_raw(answers: &'static [&'static str]) -> (Result<Fetched, CloudError>, String) {
        let (url, _) = raw(answers).await;
        let (heroku, mut out) = (heroku(&url, Meter::default()), Vec::new());
        let fetched = heroku.download(&Secret::new(url), &mut out, |_, _| ()).await;
        (fetched, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn one_that_breaks_off_goes_on_whether_the_store_knows_ranges_or_not() {
        const BEGINNING: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nPGDMP";
        const REST: &str = "HTTP/1.1 206 Partial Content\r\ncontent-length: 7\r\n\r\n and on";
        const ALL: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nPGDMP and on";
        for answers in [&[BEGINNING, REST], &[BEGINNING, ALL]] {
            let (fetched, file) = from_raw(answers).await;
            assert_eq!((fetched.unwrap().bytes, file.as_str()), (12, "PGDMP and on"));
        }
    }

    #[tokio::test]
    async fn one_that_breaks_off_again_and_again_is_never_taken_for_whole() {
        let (fetched, _) = from_raw(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nPGDMP and"]).await;
        let error = fetched.unwrap_err();
        assert!(error.to_string().contains("after 9 of 100 bytes"), "{error}");
    }

    #[tokio::test]
    async fn a_store_that_fails_for_a_moment_is_asked_again_behind_what_came() {
        let server = Server::start(|seen, before| match (before, seen.header("range")) {
            (0, None) => Reply::new(503, ""),
            _ => Reply::new(200, FILE),
        })
        .await;
        assert_eq!(fetched(&server).await.1, FILE);
        assert_eq!(server.calls().len(), 2);
    }

    #[tokio::test]
    async fn a_refusal_is_told_without_the_address() {
        let body = "<Error><Code>AccessDenied</Code><Message>Request /b?Signature=canary has expired</Message></Error>";
        let server = Server::always(Reply::new(403, body)).await;
        let error = fetched(&server).await.0.unwrap_err();
        assert_eq!((error.status, error.id.as_deref()), (Some(403), Some("AccessDenied")));
        assert_eq!(server.calls().len(), 1);
        let server = Server::always(Reply::new(404, "")).await;
        assert!(fetched(&server).await.0.is_err());
    }
}

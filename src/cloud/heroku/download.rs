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

const OPERATION: &str = "download of the backup";
/// How every dump in PostgreSQL's custom format begins.
const MAGIC: &[u8] = b"PGDMP";

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
    /// How it begins.
    head: Vec<u8>,
    read: u64,
    /// How long it is, once the store said so.
    total: Option<u64>,
}

impl Heroku {
    /// Writes a backup of an app to `out`, and tells how much has come, of how much.
    pub async fn download_backup(
        &self,
        (app, number): (&str, u32),
        out: &mut (dyn Write + Send),
        mut tell: impl FnMut(u64, u64) + Send,
    ) -> Result<Fetched, CloudError> {
        let mut coming = Coming { out, digest: Sha256::new(), head: Vec::new(), read: 0, total: None };
        let mut address = self.backup_address(app, number).await?;
        let (mut attempts, mut since) = (0, Instant::now());
        loop {
            let before = coming.read;
            let failed = match self.elsewhere.open(OPERATION, &address, coming.read).await {
                Ok(Opened::Open(answer, known)) => {
                    coming.take(answer, known, self.elsewhere.patience(), &mut tell).await?;
                    coming.broke_off()
                }
                Ok(Opened::Ended) => coming.broke_off(),
                Ok(Opened::NotThere) => {
                    return Err(refused("there is nothing at the address that Heroku gave"));
                }
                // The address is good for a while only, and there is another one for the rest.
                Err(error) if error.status == Some(403) && attempts == 1 && coming.read > 0 => {
                    address = self.backup_address(app, number).await?;
                    error
                }
                Err(error) => error,
            };
            if coming.total == Some(coming.read) {
                coming.is_a_dump()?;
                return Ok(Fetched { bytes: coming.read, sha256: hex::encode(coming.digest.finalize()) });
            }
            if coming.read > before {
                (attempts, since) = (0, Instant::now());
            }
            attempts += 1;
            let is_renewed = failed.status == Some(403) && attempts == 2 && coming.read > 0;
            if !is_renewed && !self.elsewhere.tries_again(&failed, attempts, since).await {
                return Err(failed);
            }
        }
    }

    /// How long a backup is, as the store says.
    pub async fn backup_length(&self, app: &str, number: u32) -> Result<u64, CloudError> {
        let address = self.backup_address(app, number).await?;
        match self.elsewhere.open(OPERATION, &address, 0).await? {
            Opened::Open(answer, _) => length(&answer),
            Opened::NotThere | Opened::Ended => {
                Err(refused("there is nothing at the address that Heroku gave"))
            }
        }
    }
}

fn length(answer: &Response) -> Result<u64, CloudError> {
    let length = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse().ok());
    length.ok_or_else(|| refused("the store does not say how long it is"))
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
        let total = begins + length(&answer)?;
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
            let missing = MAGIC.len().saturating_sub(self.head.len()).min(fresh.len());
            self.head.extend_from_slice(&fresh[..missing]);
            self.read += fresh.len() as u64;
            tell(self.read, total);
        }
        Ok(())
    }

    /// What is as long as the store says may still be something else: the page of a proxy.
    fn is_a_dump(&self) -> Result<(), CloudError> {
        if self.head == MAGIC { Ok(()) } else { Err(refused("what came is no backup of PostgreSQL")) }
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
    use serde_json::json;

    use super::super::testing::{Reply, Seen, Server, raw};
    use super::*;

    const FILE: &str = "PGDMP and all that is in a database";

    /// A store at `/b` of the same server that gives its address.
    fn store(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> impl Fn(&Seen, usize) -> Reply {
        move |seen, before| {
            if seen.call.starts_with("POST ") {
                let host = seen.header("host").unwrap();
                return Reply::json(json!({ "url": format!("http://{host}/b?Signature=canary") }));
            }
            answer(seen, before)
        }
    }

    async fn fetched(server: &Server) -> (Result<Fetched, CloudError>, String) {
        let mut out = Vec::new();
        let fetched = server.heroku().download_backup(("ledger", 7), &mut out, |_, _| ()).await;
        (fetched, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn a_file_comes_whole_without_a_token_and_its_size_and_digest_are_told() {
        let server = Server::start(store(|_, _| Reply::new(200, FILE))).await;
        let (told, file) = fetched(&server).await;
        let told = told.unwrap();
        assert_eq!((told.bytes, file.as_str()), (FILE.len() as u64, FILE));
        assert_eq!(told.sha256, hex::encode(Sha256::digest(FILE)));
        let seen = server.seen();
        assert_eq!(seen[1].call, "GET /b?Signature=canary");
        assert_eq!((seen.len(), seen[1].header("authorization")), (2, None));
        assert_eq!(server.heroku().backup_length("ledger", 7).await.unwrap(), FILE.len() as u64);
    }

    /// What comes of an address at which these are the answers, in turn.
    async fn from_raw(answers: &'static [&'static str]) -> (Result<Fetched, CloudError>, String) {
        let (url, _) = raw(answers).await;
        let address = url.join("/b").unwrap();
        let server = Server::always(Reply::json(json!({ "url": address.as_str() }))).await;
        fetched(&server).await
    }

    #[tokio::test]
    async fn one_that_breaks_off_goes_on_whether_the_store_knows_ranges_or_not() {
        const BEGINNING: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nPGDMP";
        const REST: &str = "HTTP/1.1 206 Partial Content\r\ncontent-length: 7\r\n\r\n and on";
        const ALL: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nPGDMP and on";
        const EXPIRED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        for answers in [&[BEGINNING, REST][..], &[BEGINNING, ALL], &[BEGINNING, EXPIRED, REST]] {
            let (fetched, file) = from_raw(answers).await;
            assert_eq!((fetched.unwrap().bytes, file.as_str()), (12, "PGDMP and on"), "{answers:?}");
        }
    }

    #[tokio::test]
    async fn one_that_breaks_off_again_and_again_is_never_taken_for_whole() {
        let (fetched, _) = from_raw(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nPGDMP and"]).await;
        let error = fetched.unwrap_err();
        assert!(error.to_string().contains("after 9 of 100 bytes"), "{error}");
    }

    #[tokio::test]
    async fn a_store_that_fails_for_a_moment_is_asked_again() {
        let server =
            Server::start(store(|_, before| Reply::new(if before == 1 { 503 } else { 200 }, FILE))).await;
        assert_eq!(fetched(&server).await.1, FILE);
        assert_eq!(server.calls().len(), 3);
    }

    #[tokio::test]
    async fn what_is_no_dump_is_no_backup() {
        for page in ["", "PG", "<html>502 Bad Gateway</html>"] {
            let server = Server::start(store(move |_, _| Reply::new(200, page))).await;
            let error = fetched(&server).await.0.unwrap_err();
            assert!(error.to_string().contains("no backup of PostgreSQL"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_told_without_the_address() {
        let body = "<Error><Code>AccessDenied</Code><Message>Not for http://127.0.0.1/b?Signature=canary</Message></Error>";
        let server = Server::start(store(move |_, _| Reply::new(403, body))).await;
        let error = fetched(&server).await.0.unwrap_err();
        assert_eq!((error.status, error.id.as_deref()), (Some(403), Some("AccessDenied")));
        assert_eq!(server.calls().len(), 2);
        let server = Server::start(store(|_, _| Reply::new(404, ""))).await;
        assert!(fetched(&server).await.0.is_err());
    }
}

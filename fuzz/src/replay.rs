//! A server on loopback that answers as it is told, also in ways in which no server should.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::script::Answer;

/// What is answered next, and how much was.
#[derive(Default)]
struct Told {
    answers: Vec<Answer>,
    given: usize,
}

/// The server; it ends with the runtime that it was started on.
pub(crate) struct Replay {
    pub(crate) url: Url,
    told: Arc<Mutex<Told>>,
}

impl Replay {
    /// Must be called on a runtime.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let told: Arc<Mutex<Told>> = Arc::default();
        let shared = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url: Url::parse(&format!("http://{address}")).expect("an address of our own"), told }
    }

    /// Answers like this from now on.
    pub(crate) fn tell(&self, answers: Vec<Answer>) {
        *lock(&self.told) = Told { answers, given: 0 };
    }

    /// How many answers were given since it was told.
    pub(crate) fn given(&self) -> usize {
        lock(&self.told).given
    }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Told {
    fn next(&mut self) -> Answer {
        let answer = self.answers.get(self.given).or(self.answers.last()).cloned().unwrap_or_default();
        self.given += 1;
        answer
    }
}

async fn serve(mut stream: TcpStream, told: Arc<Mutex<Told>>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(is_head) = request(&mut stream, &mut buffer).await {
        let answer = lock(&told).next();
        let (bytes, stays) = answer.to_bytes(is_head);
        if stream.write_all(&bytes).await.is_err() || !stays {
            return;
        }
    }
}

/// Reads one request to its end, and says whether it is a HEAD. `None` when the connection is done.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<bool> {
    loop {
        if let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).into_owned();
            let length = text.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let end = head + 4 + length.unwrap_or(0);
            while buffer.len() < end {
                more(stream, buffer).await?;
            }
            buffer.drain(..end);
            return Some(text.starts_with("HEAD "));
        }
        more(stream, buffer).await?;
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(buffer).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

impl Answer {
    /// What goes over the wire, and whether the connection can be used again. An answer that says its own length may
    /// lie, so the connection ends after it.
    fn to_bytes(&self, is_head: bool) -> (Vec<u8>, bool) {
        let framed = [&b"content-length"[..], b"transfer-encoding", b"connection", b"upgrade"];
        let lower: Vec<Vec<u8>> = self.headers.iter().map(|line| line.to_ascii_lowercase()).collect();
        let frames_itself = lower.iter().any(|line| framed.iter().any(|name| line.starts_with(name)));
        let has_body = !is_head && self.status >= 200 && !matches!(self.status, 204 | 304);
        let mut bytes = format!("HTTP/1.1 {} X\r\n", self.status).into_bytes();
        for line in &self.headers {
            bytes.extend_from_slice(line);
            bytes.extend_from_slice(b"\r\n");
        }
        if !frames_itself && has_body {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        if has_body {
            bytes.extend_from_slice(&self.body);
        }
        (bytes, !frames_itself && self.status >= 200)
    }
}

//! Nothing that an answer names is ever called: no redirect is followed, no URL inside an answer opened. A second
//! server listens where every answer points, and must hear nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::support::{Cloud, LEDGER, Project, quick};

/// A server on loopback with a thread a connection, which remembers the first line and the headers of each request.
struct Listener {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// Answers each request by a function of its first line: the status line, headers and body as they are sent.
    fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, answer) = (Arc::clone(&heard), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { url, heard }
    }

    /// One that nothing may reach.
    fn trap() -> Self {
        Self::start(|_| "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    #[track_caller]
    fn assert_heard_nothing(&self, what: &str) {
        assert!(self.heard().is_empty(), "{what}: {:?}", self.heard());
    }
}

/// Reads requests until the client has no more; a connection counts as heard even when nothing is sent on it.
fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(&str) -> String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
        log.lock().unwrap().push(head.clone());
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        if head.is_empty() || reader.read_exact(&mut body).is_err() {
            return;
        }
        let answer = answer(head.lines().next().unwrap_or_default());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn redirect(status: u16, to: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nx-amz-bucket-region: eu-west-1\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn a_redirect_of_heroku_to_another_server_carries_no_token_there() {
    let cloud = Cloud::start(quick());
    for status in [301, 302, 303, 307, 308] {
        let trap = Listener::trap();
        let target = format!("{}/apps/ledger-production", trap.url);
        let heroku = Listener::start(move |_| redirect(status, &target, ""));
        let project = Project::with(LEDGER).at(cloud.sandbox());
        let project = project.set("HEROKU_API_URL", &heroku.url).set("HEROKU_DATA_API_URL", &heroku.url);
        let ran = project.run(&["apply", "--yes"]).exits(1);
        assert!(ran.stderr.contains("redirects to `127.0.0.1`, which is not followed"), "{}", ran.stderr);
        assert!(heroku.heard().iter().any(|head| head.contains("owner-token")), "the token did go to Heroku");
        trap.assert_heard_nothing(&format!("{status}"));
    }
}

#[test]
fn a_redirect_of_s3_iam_or_sts_to_another_server_carries_no_signature_there() {
    let cloud = Cloud::start(quick());
    let real = cloud.sandbox().url();
    for status in [301, 302, 307, 308] {
        for service in ["S3", "IAM", "STS"] {
            let trap = Listener::trap();
            let target = format!("{}/ledger-production-uploads", trap.url);
            let host = trap.url.trim_start_matches("http://").to_owned();
            let body = format!(
                "<Error><Code>TemporaryRedirect</Code><Endpoint>{host}</Endpoint><Bucket>b</Bucket></Error>"
            );
            let aws = Listener::start(move |_| redirect(status, &target, &body));
            let mut project = Project::with(LEDGER).at(cloud.sandbox()).unset("AWS_ENDPOINT_URL");
            for each in ["S3", "IAM", "STS"] {
                let url = if each == service { &aws.url } else { &real };
                project = project.set(&format!("AWS_ENDPOINT_URL_{each}"), url);
            }
            // S3 may answer that a bucket is in another region, which blocks a plan and is no error.
            let ran = project.run(&["apply", "--yes"]);
            assert!(matches!(ran.code, 1 | 3), "{status} {service}: {ran:?}");
            assert!(
                aws.heard().iter().any(|head| head.contains("Credential=")),
                "{service} was called and signed"
            );
            trap.assert_heard_nothing(&format!("{status} {service}"));
            assert!(
                !ran.stderr.contains(ROOT_SECRET) && !ran.stderr.contains("Signature="),
                "{}",
                ran.stderr
            );
        }
    }
    assert!(!ROOT_KEY.is_empty());
}

#[test]
fn a_url_inside_an_answer_is_never_called() {
    let trap = Listener::trap();
    let url = trap.url.clone();
    let heroku = Listener::start(move |line| {
        let thing = format!(
            r#"{{"id":"01","name":"ledger-production","web_url":"{url}/","git_url":"{url}/a.git","version":1,"status":"succeeded",
                "output_stream_url":"{url}/log","slug":{{"id":"1","blob":{{"method":"put","url":"{url}/slug"}}}},"put_url":"{url}/put",
                "get_url":"{url}/get","resource_url":"{url}/addon","logplex_url":"{url}/logs","region":{{"name":"us"}},
                "stack":{{"name":"heroku-24"}},"provision_message":"see {url}"}}"#
        );
        let is_one = ["/apps/ledger-production ", "/account "].iter().any(|path| line.contains(path));
        let body = match line {
            _ if line.contains("config-vars") => {
                format!(r#"{{"DATABASE_URL":"{url}/db","REDIS_URL":"{url}/redis"}}"#)
            }
            _ if is_one => thing,
            _ => format!("[{thing}]"),
        };
        let status = if is_one { 200 } else { 206 };
        let length = body.len();
        let next =
            format!("Next-Range: {url}/next\r\nLink: <{url}/next>; rel=\"next\"\r\nLocation: {url}/here\r\n");
        format!(
            "HTTP/1.1 {status} OK\r\n{next}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    });
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let project = project.set("HEROKU_API_URL", &heroku.url).set("HEROKU_DATA_API_URL", &heroku.url);
    let ran = project.run(&["plan"]);
    assert!(!ran.stderr.contains("panicked at"), "{}", ran.stderr);
    assert!(heroku.heard().len() > 1, "Heroku was asked: {:?}", heroku.heard());
    trap.assert_heard_nothing("a URL inside an answer");
}

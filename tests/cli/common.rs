//! What the tests of the command line ask about a run: what was written, and whether the words say it.

use trueup::sandbox::Fault;

use crate::support::{Cloud, Project, Ran, quick};

/// An environment with an app and nothing else.
pub const SMALL: &str = "app: { name: shop-production }\n";

/// A cloud in which nothing takes time, and a project with one environment that points at it.
pub fn cloud_and(spec: &str) -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = Project::with(spec).at(cloud.sandbox());
    (cloud, project)
}

/// Every call so far that can change something, as `PATCH config-vars`, those that were refused left out.
pub fn writes(cloud: &Cloud) -> Vec<String> {
    let calls = cloud.sandbox().calls();
    let written = calls.into_iter().filter(|call| call.mutating && call.status < 400);
    written.map(|call| call.operation).collect()
}

/// Asserts that nothing was written, not even in vain.
#[track_caller]
pub fn assert_nothing_written(cloud: &Cloud) {
    let asked: Vec<_> = cloud.sandbox().calls().into_iter().filter(|call| call.mutating).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

/// A fault as a faults file writes it.
pub fn fault(text: &str) -> Fault {
    serde_json::from_str(text).unwrap()
}

/// A fault that refuses an operation so many times, with the service's status, id and message.
pub fn refusal(times: u32, operation: &str, (status, id, message): (u16, &str, &str)) -> Fault {
    let answer = serde_json::json!({ "status": status, "id": id, "message": message });
    let fault = serde_json::json!({ "operation": operation, "times": times, "kind": { "refuse": answer } });
    serde_json::from_value(fault).unwrap()
}

impl Ran {
    /// Asserts that standard error says each of these, in lines as written or wrapped to the terminal's width.
    #[track_caller]
    pub fn tells(self, words: &[&str]) -> Self {
        let flat = flat(&self.stderr);
        for word in words {
            let is_told = self.stderr.contains(word) || flat.contains(word);
            assert!(is_told, "`{word}` is not in\n{}", self.stderr);
        }
        self
    }

    /// Asserts that standard output shows each of these; a plan is wrapped, so spaces and lines count alike.
    #[track_caller]
    pub fn shows(self, words: &[&str]) -> Self {
        let flat = flat(&self.stdout);
        for word in words {
            assert!(flat.contains(word), "`{word}` is not in\n{}", self.stdout);
        }
        self
    }
}

/// The text with every run of spaces and line ends as one space.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// IAM as the owner of the account uses it.
pub fn iam(cloud: &Cloud) -> aws_sdk_iam::Client {
    use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};
    let key = aws_sdk_iam::config::Credentials::new(ROOT_KEY, ROOT_SECRET, None, None, "test");
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(aws_sdk_iam::config::Region::new("us-east-1"))
        .credentials_provider(key)
        .endpoint_url(cloud.sandbox().url())
        .build();
    aws_sdk_iam::Client::from_conf(config)
}

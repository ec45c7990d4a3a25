//! A small part of GitHub's API on loopback: comments of requests, issues, and tokens for AWS. It knows which rights a
//! job's token has, and refuses what these do not cover.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::loopback::{Call, Server};

/// The account behind a job's own token.
pub const BOT: &str = "github-actions[bot]";
/// The repository's full name.
pub const REPOSITORY: &str = "owner/ledger";
/// GitHub refuses a longer text (life-and-ci.md section 14).
const LONGEST: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The comments of every request, oldest first.
    pub comments: Vec<Value>,
    pub issues: Vec<Value>,
    /// The request with which a commit was merged.
    pub merged: BTreeMap<String, u64>,
    /// Into which branch, unless it was main.
    pub base: Option<String>,
    /// What a job's token may do, by the token.
    pub rights: BTreeMap<String, Value>,
    /// Every call, as `PATCH /repos/…`.
    pub calls: Vec<String>,
}

/// The server, and what it knows.
pub struct GitHub {
    pub server: Server,
    known: Arc<Mutex<Known>>,
}

impl GitHub {
    pub fn start() -> Self {
        let known = Arc::<Mutex<Known>>::default();
        let shared = Arc::clone(&known);
        let server = Server::start(move |call| {
            let mut known = shared.lock().unwrap();
            known.calls.push(format!("{} {}", call.method, call.path));
            known.answer(call)
        });
        Self { server, known }
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap())
    }

    /// Somebody writes a comment.
    pub fn comment(&self, author: &str, number: u64, body: &str) {
        self.with(|known| known.comment(author, number, body));
    }

    /// The comments of a request: who wrote them, and what.
    pub fn comments(&self, number: u64) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.with(|known| {
            let of_it = known.comments.iter().filter(|comment| comment["number"] == number);
            of_it.map(|comment| (text(&comment["user"]["login"]), text(&comment["body"]))).collect()
        })
    }
}

impl Known {
    fn comment(&mut self, author: &str, number: u64, body: &str) -> Value {
        let id = self.comments.len() + 1000;
        let comment = json!({
            "id": id, "number": number, "user": { "login": author }, "body": body,
            "html_url": format!("https://github.example/{REPOSITORY}/pull/{number}#issuecomment-{id}"),
        });
        self.comments.push(comment.clone());
        comment
    }

    fn may(&self, call: &Call, right: &str, level: &str) -> bool {
        let granted = self.rights.get(&call.token).map_or(&Value::Null, |rights| &rights[right]);
        granted == "write" || granted == level
    }

    fn answer(&mut self, call: &Call) -> (u16, Value) {
        let Some(below) = call.path.strip_prefix(&format!("/repos/{REPOSITORY}/")) else {
            // Where GitHub gives a job its token for others.
            let is_for_aws =
                call.query.get("audience").is_some_and(|audience| audience == "sts.amazonaws.com");
            let may = call.path == "/id-token" && is_for_aws && self.may(call, "id-token", "write");
            return if may { (200, json!({ "value": "e30.e30.signature" })) } else { (403, json!({})) };
        };
        let parts: Vec<&str> = below.split('/').collect();
        let is_about_requests = parts[0] == "commits" || parts.contains(&"comments");
        let right = if is_about_requests { "pull-requests" } else { "issues" };
        if !self.may(call, right, if call.method == "GET" { "read" } else { "write" }) {
            return (403, json!({ "message": "Resource not accessible by integration" }));
        }
        if call.text().chars().count() > LONGEST {
            return (422, json!({ "message": "Validation Failed" }));
        }
        let answer =
            if is_about_requests { self.of_requests(call, &parts) } else { self.of_issues(call, &parts) };
        answer.unwrap_or_else(|| (404, json!({ "message": "Not Found" })))
    }

    fn of_requests(&mut self, call: &Call, parts: &[&str]) -> Option<(u16, Value)> {
        Some(match (call.method.as_str(), parts) {
            ("GET", ["commits", commit, "pulls"]) => {
                let request = |number: u64, base: &str, merged: bool| {
                    json!({
                        "number": number, "base": { "ref": base }, "merge_commit_sha": commit,
                        "merged_at": merged.then_some("2026-01-01T00:00:00Z"),
                    })
                };
                // A commit is also in requests that are still open, or that were merged into another branch.
                let mut found = vec![request(98, "main", false), request(99, "feature", true)];
                let base = self.base.as_deref().unwrap_or("main");
                found.extend(self.merged.get(*commit).map(|number| request(*number, base, true)));
                (200, found.into())
            }
            ("GET", ["issues", number, "comments"]) => {
                let number: u64 = number.parse().ok()?;
                let of_it = self.comments.iter().filter(|comment| comment["number"] == number).cloned();
                (200, call.page(of_it.collect()))
            }
            ("POST", ["issues", number, "comments"]) => {
                (201, self.comment(BOT, number.parse().ok()?, call.text()))
            }
            ("PATCH", ["issues", "comments", id]) => {
                let id: u64 = id.parse().ok()?;
                let comment = self.comments.iter_mut().find(|comment| comment["id"] == id)?;
                comment["body"] = call.text().into();
                (200, comment.clone())
            }
            _ => return None,
        })
    }

    fn of_issues(&mut self, call: &Call, parts: &[&str]) -> Option<(u16, Value)> {
        let body = call.body.as_object();
        Some(match (call.method.as_str(), parts) {
            ("GET", ["issues"]) => {
                let has_label = |issue: &&Value| {
                    let labels = issue["labels"].as_array().unwrap();
                    let is_it = |wanted: &String| labels.iter().any(|label| label["name"] == **wanted);
                    call.query.get("labels").is_none_or(is_it)
                };
                let state = call.query.get("state").map_or("open", String::as_str);
                let found =
                    self.issues.iter().rev().filter(|issue| issue["state"] == state).filter(has_label);
                (200, call.page(found.cloned().collect()))
            }
            ("POST", ["issues"]) => {
                let number = self.issues.len() + 1;
                let issue = json!({
                    "number": number, "state": "open", "title": body?["title"], "body": call.text(),
                    "labels": labels(&body?["labels"])?, "user": { "login": BOT },
                    "html_url": format!("https://github.example/{REPOSITORY}/issues/{number}"),
                });
                self.issues.push(issue.clone());
                (201, issue)
            }
            ("PATCH", ["issues", number]) => {
                let issue = self.issues.get_mut(number.parse::<usize>().ok()?.checked_sub(1)?)?;
                for (key, value) in body? {
                    issue[key] = if key == "labels" { labels(value)? } else { value.clone() };
                }
                (200, issue.clone())
            }
            _ => return None,
        })
    }
}

/// Labels are given by their names, and shown as what they are.
fn labels(names: &Value) -> Option<Value> {
    Some(names.as_array()?.iter().map(|name| json!({ "name": name })).collect())
}

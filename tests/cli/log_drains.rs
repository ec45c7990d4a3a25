//! Log drains: their URLs are secrets from the operator's side, and are shown nowhere.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, writes};
use crate::support::Ran;

const DRAINS: &str = "/apps/shop-production/log-drains";
const SHOP: &str = "\
app:
  name: shop-production
  log_drains: [{ env: LOG_DRAIN_URL }, { file: drain.txt }]
";
const CANARY: &str = "canary-of-the-drain";

fn is_silent(ran: Ran) -> Ran {
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(CANARY), "{ran:?}");
    ran
}

#[test]
fn drains_are_added_from_their_sources_and_shown_nowhere() {
    let (cloud, project) = cloud_and(SHOP);
    let project = project.set("LOG_DRAIN_URL", &format!("syslog+tls://user:{CANARY}@logs.example:514"));
    project.write("environments/drain.txt", &format!("https://logs.example/?token={CANARY}\n"));
    is_silent(project.run(&["plan"])).exits(0).shows(&[
        "+ LOG_DRAIN_URL set (sensitive, from env LOG_DRAIN_URL)",
        "+ drain.txt set (sensitive, from file drain.txt)",
    ]);
    is_silent(project.run(&["plan", "--format", "json"])).exits(0);
    is_silent(project.run(&["apply", "--yes", "--events", "events.jsonl"])).exits(0);
    assert!(!std::fs::read_to_string(project.file("events.jsonl")).unwrap().contains(CANARY));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let guest = json!({ "url": format!("https://{CANARY}@guest.example/") });
    cloud.heroku("POST", DRAINS, Some(guest));
    cloud.sandbox().forget_calls();
    is_silent(project.run(&["apply", "--yes"])).exits(0).shows(&["live, not in the spec: left alone"]);
    assert_nothing_written(&cloud);
}

#[test]
fn what_heroku_refuses_is_told_without_the_url() {
    let (cloud, project) = cloud_and("app: { name: shop-production, log_drains: [{ env: DRAIN }] }\n");
    let project = project.set("DRAIN", &format!("https://{CANARY}@logs.example/"));
    let message = format!("Url https://{CANARY}@logs.example/ is no good");
    let fault = crate::common::refusal(1, "POST log-drains", (422, "invalid_params", &message));
    cloud.sandbox().set_faults(vec![fault]);
    is_silent(project.run(&["apply", "--yes"])).exits(1).tells(&["app.log_drains.DRAIN"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud).iter().filter(|call| *call == "POST log-drains").count(), 1);
}

#[test]
fn a_source_that_gives_no_drain_is_told_with_its_place_before_anything_is_asked() {
    let (cloud, project) = cloud_and(SHOP);
    let project = project.set("LOG_DRAIN_URL", CANARY);
    is_silent(project.run(&["apply", "--yes"])).exits(1).tells(&[
        "the value is not the URL of a log drain",
        "cannot read `drain.txt`",
        "environments/production.yaml:3:16",
    ]);
    assert!(cloud.sandbox().calls().is_empty());
}

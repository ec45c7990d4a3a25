//! The rights that `trueup policy` prints are enough for all that an environment goes through, and none is too much.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use trueup::sandbox::Sandbox;

use crate::common::iam;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

pub const ACCOUNT: &str = "111122223333";
pub const BUCKET: &str = "ledger-production-uploads";
const EDGE: &str = "arn:aws:iam::111122223333:policy/Edge";
const WIDE: &str = "arn:aws:iam::111122223333:policy/Wide";
pub const KEY: (&str, &str) = ("AKIADEPLOYER00000000", "deployer-secret");

/// A life of an environment: what it is by then, and the command that is run on it.
struct Life {
    spec: String,
    policy: Value,
    moments: Vec<Moment>,
}

struct Moment {
    before: Value,
    command: &'static [&'static str],
    said: Vec<String>,
}

/// What others do to what is there, and the command that is run then.
type Happening = (fn(&mut Value), &'static [&'static str]);

pub const APPLY: &[&str] = &["apply", "--yes"];
const LOCKED: &[&str] = &["apply", "--yes", "--lock"];
const UNLOCK: &[&str] = &["unlock", "--yes"];
const PLAN: &[&str] = &["plan"];

/// An account in which nothing exists but the policies that boundaries name.
pub fn nothing() -> Value {
    let cloud = Cloud::start(quick());
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    for name in ["Edge", "Wide"] {
        cloud.block_on(iam(&cloud).create_policy().policy_name(name).policy_document(all).send()).unwrap();
    }
    cloud.sandbox().state().unwrap()
}

/// The spec's policy, as printed.
pub fn printed(spec: &str, purpose: &str) -> Value {
    let ran = Project::with(spec).run(&["policy", "production", "--for", purpose]).exits(0);
    ran.json()["aws"].clone()
}

/// The state with one identity more, which has this policy and nothing else.
pub fn with_identity(mut state: Value, policy: &Value) -> Value {
    state["aws"]["accounts"][ACCOUNT]["users"]["deployer"] = json!({
        "name": "deployer", "path": "/", "id": "AIDADEPLOYER", "created": "2026-01-01T00:00:00Z", "tags": {},
        "inline": { "printed": policy.to_string() }, "attached": [], "boundary": null,
        "keys": [{ "id": KEY.0, "secret": KEY.1, "active": true, "created": "2026-01-01T00:00:00Z", "last_used": null }],
    });
    state
}

/// What the command says, what was refused to the identity, and what there is afterwards.
pub fn run(spec: &str, state: Value, policy: &Value, command: &[&str]) -> (Ran, Vec<String>, Value) {
    let cloud = Cloud::serving(|| Sandbox::start_from(with_identity(state, policy), quick()));
    let project = Project::with(spec).at(cloud.sandbox());
    let project = project.set("AWS_ACCESS_KEY_ID", KEY.0).set("AWS_SECRET_ACCESS_KEY", KEY.1);
    let ran = project.run(command);
    let calls = cloud.sandbox().calls();
    let refused = calls.into_iter().filter(|call| call.status == 403);
    (ran, refused.map(|call| call.operation).collect(), cloud.sandbox().state().unwrap())
}

impl Life {
    /// From nothing to all, through what `drift` and `age` do to it, to no changes: with the printed policy nothing is
    /// refused on the way.
    fn of(spec: String, purpose: &str, changes: &[Happening]) -> Self {
        let policy = printed(&spec, "apply");
        let looks = printed(&spec, "plan");
        let mut moments = Vec::new();
        let mut state = nothing();
        let mut meet = |state: Value, command: &'static [&'static str]| {
            let (ran, refused, after) = run(&spec, state.clone(), &policy, command);
            assert!(refused.is_empty(), "{command:?}: {refused:?}\n{}{}", ran.stdout, ran.stderr);
            let (mut said, mut command) = (words(&ran.exits(0)), command);
            if purpose == "plan" {
                let (ran, refused, same) = run(&spec, state.clone(), &looks, PLAN);
                assert!(refused.is_empty(), "{refused:?}\n{}{}", ran.stdout, ran.stderr);
                assert_eq!(same["aws"]["buckets"], state["aws"]["buckets"]);
                (said, command) = (words(&ran.exits(0)), PLAN);
            }
            moments.push(Moment { before: state, command, said });
            after
        };
        state = meet(state, APPLY);
        for (change, command) in changes {
            change(&mut state);
            state = meet(state, command);
        }
        let (ran, _, _) = run(&spec, state, &policy, &["plan", "--detailed-exitcode"]);
        ran.exits(0);
        let policy = if purpose == "plan" { looks } else { policy };
        Self { spec, policy, moments }
    }

    /// What becomes of it when the identity has this policy.
    fn under(&self, policy: &Value) -> Outcome {
        let mut outcome = Outcome::TheSame;
        for moment in &self.moments {
            let (ran, refused, _) = run(&self.spec, moment.before.clone(), policy, moment.command);
            match (refused.is_empty(), ran.code != 0 || words(&ran) != moment.said) {
                (true, _) => {}
                (false, false) => outcome = Outcome::RefusedInSilence,
                // What comes after it would be met in another state.
                (false, true) => return Outcome::RefusedAndTold,
            }
        }
        outcome
    }

    /// Asserts that each action is needed on each resource for which the policy allows it; of those that are meant. The
    /// others end the command or change what it says, but for those that are known to be missed by nobody.
    fn needs(&self, is_meant: impl Fn(&str) -> bool, silent: &[&str]) {
        let mut lesser = lesser(&self.policy);
        lesser.retain(|(right, _)| is_meant(right));
        assert!(!lesser.is_empty());
        let next = AtomicUsize::new(0);
        let (idle, unsaid) = (Mutex::new(Vec::new()), Mutex::new(BTreeSet::new()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some((name, policy)) = lesser.get(next.fetch_add(1, Ordering::Relaxed)) {
                        match self.under(policy) {
                            Outcome::TheSame => idle.lock().unwrap().push(name.as_str()),
                            Outcome::RefusedInSilence => drop(unsaid.lock().unwrap().insert(name.as_str())),
                            Outcome::RefusedAndTold => {}
                        }
                    }
                });
            }
        });
        let idle = idle.into_inner().unwrap();
        assert!(idle.is_empty(), "nothing is refused without {idle:#?}");
        assert_eq!(unsaid.into_inner().unwrap(), silent.iter().copied().collect());
    }
}

/// What becomes of a life with fewer rights.
enum Outcome {
    TheSame,
    RefusedInSilence,
    RefusedAndTold,
}

/// What was said, without what differs from one run to the next: numbers, ids and fingerprints, and the order of steps.
fn words(ran: &Ran) -> Vec<String> {
    let both = format!("{} {}", ran.stdout, ran.stderr);
    let mut words: Vec<String> = both.split_whitespace().map(str::to_owned).collect();
    words.retain(|word| !word.bytes().any(|byte| byte.is_ascii_digit()) && !word.contains("AKIA"));
    words.sort();
    words
}

/// The policy without one right, for each of its rights.
pub fn lesser(policy: &Value) -> Vec<(String, Value)> {
    let statements = policy["Statement"].as_array().unwrap();
    let mut found = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        for action in statement["Action"].as_array().unwrap() {
            for resource in statement["Resource"].as_array().unwrap() {
                let without = |list: &Value, one: &Value| {
                    list.as_array().unwrap().iter().filter(|other| *other != one).cloned().collect::<Vec<_>>()
                };
                let (mut others, mut elsewhere) = (statement.clone(), statement.clone());
                others["Action"] = without(&statement["Action"], action).into();
                elsewhere["Action"] = json!([action]);
                elsewhere["Resource"] = without(&statement["Resource"], resource).into();
                let kept = statements
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != at)
                    .map(|(_, kept)| kept.clone());
                let parts = [others, elsewhere].into_iter().filter(|part| {
                    ["Action", "Resource"].iter().all(|key| !part[key].as_array().unwrap().is_empty())
                });
                let all: Vec<Value> = kept.chain(parts).collect();
                found.push((
                    [action, resource].map(|text| text.as_str().unwrap()).join(" on "),
                    json!({ "Version": "2012-10-17", "Statement": all }),
                ));
            }
        }
    }
    found
}

/// LEDGER in an account, with everything that has a right of its own.
pub fn usual() -> String {
    LEDGER
        .replace("    versioning: true\n", "    versioning: true\n    encryption: AES256\n")
        .replace("    grants:", &format!("    permissions_boundary: {EDGE}\n    grants:"))
        + &format!("aws: {{ account: \"{ACCOUNT}\" }}\n")
}

pub fn user<'a>(state: &'a mut Value, name: &str) -> &'a mut Value {
    &mut state["aws"]["accounts"][ACCOUNT]["users"][name]
}

/// Somebody changed all there is by hand, and left things beside it. The key is old.
fn meddled(state: &mut Value) {
    let bucket = &mut state["aws"]["buckets"][BUCKET];
    let documents = bucket["documents"].as_object_mut().unwrap();
    for gone in ["publicAccessBlock", "ownershipControls", "lifecycle", "cors"] {
        documents.remove(gone);
    }
    set(&mut documents["versioning"], "Status", "Suspended");
    set(&mut documents["encryption"], "SSEAlgorithm", "aws:kms");
    set(&mut documents["tagging"], "Value", "another");
    bucket["policy"] = Value::Null;
    bucket["objects"][".trueup/lock"] = json!([lock()]);
    let mut other = bucket.clone();
    other["name"] = json!("ledger-production-old");
    state["aws"]["buckets"]["ledger-production-old"] = other;
    let app = user(state, "ledger-production-app");
    app["tags"]["team"] = json!("another");
    app["boundary"] = json!(WIDE);
    app["inline"] = json!({});
    app["keys"][0]["created"] = json!("2020-01-01T00:00:00Z");
    let mut stray = app.clone();
    stray["name"] = json!("ledger-production-old");
    stray["id"] = json!("AIDASTRAY");
    stray["keys"][0]["id"] = json!("AKIASTRAY00000000000");
    *user(state, "ledger-production-old") = stray;
}

/// A day later nobody has used the old key.
fn a_day_later(state: &mut Value) {
    for user in state["aws"]["accounts"][ACCOUNT]["users"].as_object_mut().unwrap().values_mut() {
        if let Some(tag) = user["tags"].get_mut("trueup:inactive-key") {
            let id = tag.as_str().unwrap().split('/').next().unwrap().to_owned();
            *tag = json!(format!("{id}/since/2020-01-01T00:00:00Z"));
            user["keys"].as_array_mut().unwrap().iter_mut().for_each(|key| key["last_used"] = Value::Null);
        }
    }
}

/// An apply was killed before the bucket kept versions.
fn left_locked(state: &mut Value) {
    let bucket = &mut state["aws"]["buckets"][BUCKET];
    bucket["documents"].as_object_mut().unwrap().remove("versioning");
    bucket["objects"] = json!({ ".trueup/lock": [lock()] });
}

/// Sets the first element of that name.
fn set(tree: &mut Value, name: &str, text: &str) -> bool {
    if tree["name"] == name {
        tree["text"] = json!(text);
        return true;
    }
    let children = tree.get_mut("children").and_then(Value::as_array_mut);
    children.is_some_and(|children| children.iter_mut().any(|child| set(child, name, text)))
}

/// A lock that somebody left.
fn lock() -> Value {
    use base64::Engine as _;
    let long_ago = "2020-01-01T00:00:00Z";
    let record = json!({ "format": 1, "environment": "production", "id": "left", "owner": "somebody",
        "taken_at": long_ago, "renewed_at": long_ago, "expires_at": "2020-01-01T00:10:00Z" });
    json!({ "id": "null", "modified": long_ago, "deleted": false, "etag": "\"left\"", "headers": {},
        "body": base64::engine::general_purpose::STANDARD.encode(record.to_string()) })
}

#[test]
fn an_identity_with_the_printed_policy_applies_all_its_life_and_needs_each_right() {
    Life::of(usual(), "apply", &[(meddled, LOCKED), (left_locked, UNLOCK), (a_day_later, LOCKED)]).needs(
        |_| true,
        &[
            // It grants nothing to others.
            "s3:GetBucketAcl on arn:aws:s3:::ledger-production-uploads",
            // The tags go onto the bucket right after.
            "s3:TagResource on arn:aws:s3:::ledger-production-uploads",
        ],
    );
}

#[test]
fn an_identity_with_the_policy_for_plans_looks_all_the_time_and_needs_each_right() {
    Life::of(usual(), "plan", &[(meddled, LOCKED), (left_locked, UNLOCK), (a_day_later, LOCKED)]).needs(
        |_| true,
        &[
            // It grants nothing to others.
            "s3:GetBucketAcl on arn:aws:s3:::ledger-production-uploads",
            // The list of all buckets answers in its place.
            "s3:ListBucket on arn:aws:s3:::ledger-production-uploads",
        ],
    );
}

#[test]
fn the_policy_of_a_user_that_is_renamed_holds_for_both_names() {
    fn under_its_old_name(state: &mut Value) {
        let mut app = user(state, "ledger-production-web").take();
        app["name"] = json!("ledger-production-app");
        let users = state["aws"]["accounts"][ACCOUNT]["users"].as_object_mut().unwrap();
        users.remove("ledger-production-web");
        users.insert("ledger-production-app".to_owned(), app);
        meddled(state);
    }
    let name = "    name: ledger-production-app\n";
    let renamed = "    name: ledger-production-web\n    renamed_from: ledger-production-app\n";
    let life = Life::of(
        usual().replace(name, renamed),
        "apply",
        &[(under_its_old_name, APPLY), (a_day_later, APPLY)],
    );
    life.needs(|right| right.starts_with("iam:"), &[]);
}

/// The user was there before, without tags or grants, at this path.
fn of_others(state: &mut Value, path: &str) {
    let app = user(state, "ledger-production-app");
    let newest = app["keys"].as_array_mut().unwrap().pop();
    app["keys"] = json!([newest]);
    meddled(state);
    let app = user(state, "ledger-production-app");
    app["path"] = json!(path);
    app["tags"] = json!({});
    app["inline"] = json!({ "trueup": r#"{"Version":"2012-10-17","Statement":[]}"# });
}

fn adopted(more: &str) -> String {
    let user = format!("    adopt: true\n{more}    permissions_boundary");
    let usual = usual().replace("    permissions_boundary", &user);
    usual.replace("    grants: { uploads: read-write }\n", "")
}

#[test]
fn the_policy_of_a_user_that_was_there_before_holds_wherever_it_is() {
    let changes: &[Happening] = &[
        (|state| of_others(state, "/others/"), APPLY),
        (|state| of_others(state, "/"), APPLY),
        (a_day_later, APPLY),
    ];
    let life = Life::of(adopted(""), "apply", changes);
    let ours = ["iam:DeleteAccessKey", "iam:UpdateAccessKey"];
    life.needs(
        |right| right.starts_with("iam:") && ours.iter().all(|action| !right.starts_with(action)),
        &[
            // Nothing is decided by it here.
            "iam:GetAccessKeyLastUsed on arn:aws:iam::111122223333:user/*/ledger-production-app",
            "iam:GetAccessKeyLastUsed on arn:aws:iam::111122223333:user/ledger-production-app",
        ],
    );
    let life = Life::of(adopted("    path: /trueup/\n"), "apply", changes);
    let of_place = ["UpdateUser", "DeleteUserPolicy", "TagUser"];
    life.needs(|right| of_place.iter().any(|action| right.contains(action)), &[]);
}

#[test]
fn the_policy_takes_away_what_the_spec_wants_no_more() {
    fn with_our_statement(state: &mut Value) {
        let all = ["", "/*"].map(|end| format!("arn:aws:s3:::{BUCKET}{end}"));
        state["aws"]["buckets"][BUCKET]["policy"] = json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "TrueupDenyPlainHttp", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": all,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } }] });
    }
    fn beside_others(state: &mut Value) {
        with_our_statement(state);
        let statements = state["aws"]["buckets"][BUCKET]["policy"]["Statement"].as_array_mut().unwrap();
        statements
            .push(json!({ "Sid": "Others", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/secret") }));
    }
    let spec = usual().replace("    versioning", "    tls_only: false\n    versioning");
    let life = Life::of(spec, "apply", &[(with_our_statement, APPLY), (beside_others, APPLY)]);
    life.needs(|right| right.contains("BucketPolicy"), &[]);
}

#[test]
fn the_policy_has_the_rights_to_the_key_that_encrypts_the_lock() {
    // The same key under its other name, of which KMS has to tell that it is the same.
    fn by_alias(state: &mut Value) {
        set(
            &mut state["aws"]["buckets"][BUCKET]["documents"]["encryption"],
            "KMSMasterKeyID",
            "alias/ledger",
        );
    }
    fn by_id(state: &mut Value) {
        set(
            &mut state["aws"]["buckets"][BUCKET]["documents"]["encryption"],
            "KMSMasterKeyID",
            "alias-ledger",
        );
    }
    let names: [(_, fn(&mut Value)); 2] = [("alias/ledger", by_id), ("alias-ledger", by_alias)];
    for (key, by_other_name) in names {
        let spec = usual().replace("encryption: AES256", &format!("encryption: {{ kms: {key} }}"));
        let stages = [(meddled as fn(&mut Value), LOCKED), (a_day_later, LOCKED), (by_other_name, APPLY)];
        let life = Life::of(spec, "apply", &stages);
        life.needs(|right| right.starts_with("kms:"), &[]);
    }
}

#[test]
fn a_boundary_of_the_policy_is_the_only_one_that_it_sets() {
    let policy = printed(&usual(), "apply");
    let (ran, refused, _) = run(&usual().replace(EDGE, WIDE), nothing(), &policy, APPLY);
    assert!(refused.contains(&"CreateUser".to_owned()), "{refused:?}");
    ran.exits(1).tells(&["iam:CreateUser"]);
    let unbound = usual().replace(&format!("    permissions_boundary: {EDGE}\n"), "");
    let (_, refused, _) = run(&unbound, nothing(), &policy, APPLY);
    assert!(refused.contains(&"CreateUser".to_owned()), "{refused:?}");
}

//! Saved plans: what is reviewed is what is applied, or nothing is.

use std::path::Path;

use serde_json::json;
use trueup::testing::secret::{FingerprintKey, Secret};

use crate::common::{SMALL, assert_nothing_written, cloud_and, writes};
use crate::support::{Cloud, LEDGER, Project, Ran};

const FILE: &str = "production.plan";
const CONFIG: &str =
    "app: { name: shop-production }\nconfig: { RAILS_ENV: production, TOKEN: { env: TOKEN } }\n";

/// A cloud, and a project whose plan was saved.
fn saved(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    let project = project.set("TOKEN", "hidden");
    save(&project);
    (cloud, project)
}

fn save(project: &Project) -> Ran {
    project.run(&["plan", "--out", FILE]).exits(0)
}

fn apply(project: &Project) -> Ran {
    project.run(&["apply", "--plan", FILE])
}

fn text(project: &Project) -> String {
    std::fs::read_to_string(project.file(FILE)).unwrap()
}

fn config(cloud: &Cloud, app: &str, vars: serde_json::Value) {
    cloud.heroku("PATCH", &format!("/apps/{app}/config-vars"), Some(vars));
}

/// How many calls could have changed something.
fn written(cloud: &Cloud) -> usize {
    cloud.sandbox().calls().iter().filter(|call| call.mutating).count()
}

/// Asserts that the saved plan is refused for these reasons, with the way on, and that nothing is written.
#[track_caller]
fn refused(cloud: &Cloud, project: &Project, words: &[&str]) -> Ran {
    let before = written(cloud);
    let ran = apply(project).exits(3).tells(words).tells(&[
        "the saved plan production.plan can no longer be applied, so nothing was done",
        "run `trueup plan production --out production.plan` again and review it",
    ]);
    assert_eq!(written(cloud), before, "{}", ran.stderr);
    ran
}

#[test]
fn a_saved_plan_is_applied_without_a_question_and_once() {
    let (cloud, project) = cloud_and(LEDGER);
    save(&project).tells(&["saved to production.plan; apply it with: trueup apply --plan production.plan"]);
    assert_nothing_written(&cloud);
    apply(&project).exits(0).shows(&["Applied: 19 created"]);
    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    refused(
        &cloud,
        &project,
        &["what is live was changed since:", "app: changed", "buckets.uploads: changed"],
    );
}

#[test]
fn a_saved_plan_without_changes_holds_while_the_facts_do() {
    let (cloud, project) = saved(CONFIG);
    apply(&project).exits(0);
    save(&project);
    let before = written(&cloud);
    apply(&project).exits(0).shows(&["No changes."]);
    assert_eq!(written(&cloud), before);
    config(&cloud, "shop-production", json!({ "BY_HAND": "1" }));
    refused(&cloud, &project, &["config.BY_HAND: new"]);
}

#[test]
fn a_var_that_was_changed_by_hand_is_named_and_its_value_is_not() {
    let (cloud, project) = saved(CONFIG);
    apply(&project).exits(0);
    config(&cloud, "shop-production", json!({ "RAILS_ENV": "canary-before", "OTHER": "1" }));
    save(&project);
    config(&cloud, "shop-production", json!({ "RAILS_ENV": "canary-after", "OTHER": null }));
    let ran = refused(&cloud, &project, &["config.RAILS_ENV: changed", "config.OTHER: gone"]);
    assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("config.TOKEN"), "{}", ran.stderr);
}

#[test]
fn an_add_on_that_was_changed_is_named() {
    let spec = "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\nconfig: { A: b }\n";
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    config(&cloud, "shop-production", json!({ "A": null }));
    save(&project);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    let id = addons[0]["id"].as_str().unwrap();
    let larger = json!({ "plan": "heroku-postgresql:standard-2" });
    cloud.heroku("PATCH", &format!("/apps/shop-production/addons/{id}"), Some(larger));
    refused(&cloud, &project, &["addons.DATABASE: changed"]);
}

#[test]
fn a_spec_that_was_changed_is_refused_before_anyone_is_asked() {
    let (cloud, project) = saved(CONFIG);
    let asked = cloud.sandbox().calls().len();
    project.write(
        "environments/production.yaml",
        &CONFIG.replace("RAILS_ENV: production", "RAILS_ENV: staging"),
    );
    refused(&cloud, &project, &["the spec of production was changed since"]);
    assert_eq!(cloud.sandbox().calls().len(), asked);
    // Written otherwise, it asks for the same.
    project.write("environments/production.yaml", &format!("# the shop\n{CONFIG}"));
    apply(&project).exits(0);
}

#[test]
fn a_source_that_gives_another_value_is_noticed() {
    let (cloud, project) = saved(CONFIG);
    let project = project.set("TOKEN", "another");
    let ran = refused(
        &cloud,
        &project,
        &["the same spec and live facts give another plan now:", "config.TOKEN: planned differently now"],
    );
    assert!(!ran.stderr.contains("RAILS_ENV"), "{}", ran.stderr);
    apply(&project.set("TOKEN", "hidden")).exits(0);
}

#[test]
fn only_who_holds_the_same_key_can_apply() {
    let (cloud, project) = saved(CONFIG);
    let key = "saved with another Heroku token or TRUEUP_FINGERPRINT_KEY";
    let project = project.set("HEROKU_API_KEY", "another-token");
    refused(&cloud, &project, &[key, "use the same ones as when it was saved"]);
    let project = project.set("HEROKU_API_KEY", "owner-token").set("TRUEUP_FINGERPRINT_KEY", "pepper");
    refused(&cloud, &project, &[key]);
    save(&project);
    // With a key of the operator's, the two jobs may have tokens of their own.
    let project = project.set("HEROKU_API_KEY", "owner-token-of-the-apply-job");
    refused(&cloud, &project.set("TRUEUP_FINGERPRINT_KEY", "salt"), &[key]);
}

#[test]
fn two_jobs_with_tokens_of_their_own_share_a_fingerprint_key() {
    let (_cloud, project) = cloud_and(SMALL);
    let project = project.set("TRUEUP_FINGERPRINT_KEY", "pepper");
    save(&project);
    apply(&project.set("HEROKU_API_KEY", "owner-token-of-the-apply-job")).exits(0);
}

#[test]
fn an_edited_file_is_refused() {
    let (cloud, project) = saved(CONFIG);
    let whole = text(&project);
    for (from, to) in [
        ("\"address\": \"config.TOKEN\"", "\"address\": \"config.OTHER\""),
        ("\"action\": \"create\"", "\"action\": \"delete\""),
        ("\"after\": \"production\"", "\"after\": \"staging\""),
        ("\"summary\": {", "\"summary\":  {"),
        ("\"spec_digest\": \"sha256:", "\"spec_digest\": \"sha257:"),
        ("\"app\": \"", "\"apq\": \""),
        ("\"seal\": \"", "\"seal\": \"0"),
        ("\"tool_version\": \"0.1.0\"", "\"tool_version\": \"0.1.1\""),
    ] {
        assert!(whole.contains(from), "{from}");
        project.write(FILE, &whole.replace(from, to));
        refused(&cloud, &project, &["the file was changed after it was saved"]);
    }
    project.write(FILE, &whole);
    apply(&project).exits(0);
}

#[test]
fn another_generation_of_the_program_does_not_apply_it() {
    let (cloud, project) = saved(SMALL);
    let whole = text(&project);
    project.write(FILE, &whole.replace("\"tool_version\": \"0.1.", "\"tool_version\": \"0.9."));
    refused(&cloud, &project, &["trueup 0.9.0 saved it, and this is trueup 0.1.0"]);
    project.write(FILE, &whole.replace("\"trueup_saved_plan\": \"1.0\"", "\"trueup_saved_plan\": \"2.0\""));
    apply(&project).exits(3).tells(&["has format `2.0`, and this trueup reads 1.0, so nothing was done"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_plan_for_one_cloud_is_not_applied_to_another() {
    let (cloud, project) = cloud_and(SMALL);
    let project = project.set("TRUEUP_FINGERPRINT_KEY", "pepper");
    project.run(&["plan", "--sandbox", "--out", FILE]).exits(0);
    refused(&cloud, &project, &["endpoints: changed"]);
    project.run(&["apply", "--sandbox", "--plan", FILE]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn the_embedded_cloud_takes_saved_plans_too() {
    let project = Project::with(SMALL);
    project
        .run(&["plan", "--sandbox", "--out", ".trueup/it's.plan"])
        .exits(0)
        .tells(&[r"apply it with: trueup apply --sandbox --plan '.trueup/it'\''s.plan'"]);
    project
        .run(&["apply", "--sandbox", "--plan", ".trueup/it's.plan"])
        .exits(0)
        .shows(&["Applied: 1 created"]);
    assert_private(&project.file(".trueup/sandbox/plan.key"));
}

#[test]
fn blocked_differences_are_saved_for_review_and_never_applied() {
    let (cloud, project) = cloud_and(SMALL);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", "app: { name: shop-production, region: eu }\n");
    save(&project).tells(&["apply will refuse it, as some of it is blocked"]);
    let before = written(&cloud);
    apply(&project).exits(3).tells(&["differences that trueup refuses to make"]);
    assert_eq!(written(&cloud), before);
}

#[test]
fn what_is_no_saved_plan_is_an_error_in_plain_words() {
    let (cloud, project) = saved(SMALL);
    let whole = text(&project);
    let half = &whole[..whole.len() / 2];
    for (text, told) in [
        ("", "production.plan is empty"),
        ("app: {}\n", "production.plan is not a saved plan, or was cut off (line 1, column 1)"),
        ("{}\n", "production.plan is not a saved plan"),
        (half, "production.plan is not a saved plan, or was cut off"),
    ] {
        project.write(FILE, text);
        apply(&project).exits(1).tells(&[told, "hint: save one with `trueup plan --out FILE`"]);
    }
    std::fs::write(project.file(FILE), b"\xff\xfe\x00").unwrap();
    apply(&project).exits(1).tells(&["it is not text"]);
    let huge = std::fs::File::create(project.file(FILE)).unwrap();
    huge.set_len(100 << 20).unwrap();
    apply(&project).exits(1).tells(&["it is larger than any"]);
    project
        .run(&["apply", "--plan", "environments"])
        .exits(1)
        .tells(&["cannot read the saved plan environments"]);
    project.run(&["apply", "--plan", "none"]).exits(1).tells(&["cannot read the saved plan none"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_saved_plan_is_of_one_environment_and_says_which() {
    let (_cloud, project) = cloud_and(SMALL);
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    project.run(&["plan", "--all", "--out", FILE]).exits(1).tells(&["one environment at a time"]);
    assert!(!project.file(FILE).exists());
    project.run(&["plan", "staging", "--out", FILE]).exits(0);
    project.run(&["apply", "staging", "--plan", FILE]).exits(1).tells(&["cannot be used with"]);
    project.run(&["apply", "--all", "--plan", FILE]).exits(1).tells(&["cannot be used with"]);
    apply(&project).exits(0).shows(&["staging · shop-staging"]);
}

#[test]
fn the_file_is_its_owners_alone_and_takes_the_place_of_an_older_one() {
    let (_cloud, project) = cloud_and(SMALL);
    project.write(FILE, "an older plan, open to all");
    save(&project);
    assert_private(&project.file(FILE));
    let left: Vec<String> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(FILE))
        .collect();
    assert_eq!(left, [FILE], "no half-written file is left behind");
    project.run(&["plan", "--out", "environments"]).exits(1).tells(&["cannot write environments"]);
    project.run(&["plan", "--out", "none/at.all"]).exits(1).tells(&["cannot write none/at.all"]);
}

#[cfg(unix)]
#[test]
fn a_link_or_a_device_is_not_replaced() {
    let (_cloud, project) = cloud_and(SMALL);
    std::os::unix::fs::symlink("elsewhere", project.file(FILE)).unwrap();
    project.run(&["plan", "--out", FILE]).exits(1).tells(&["it is there, and not a regular file"]);
    assert!(project.file(FILE).is_symlink());
}

#[test]
fn no_secret_is_in_the_file_in_any_form_that_can_be_guessed_at() {
    let secrets = ["canary-from-the-environment", "canary-that-is-live", "canary-that-nobody-manages"];
    let (cloud, project) = cloud_and(&LEDGER.replace("config:\n", "config:\n  TOKEN: { env: TOKEN }\n"));
    let project = project.set("TOKEN", secrets[0]);
    project.run(&["apply", "--yes"]).exits(0);
    config(
        &cloud,
        "ledger-production",
        json!({ "TOKEN": secrets[1], "STRANGE": secrets[2], "RAILS_ENV": "x" }),
    );
    save(&project);
    let live = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    let live =
        ["SECRET_KEY_BASE", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY"].map(|name| live[name].as_str().unwrap());
    let file = text(&project);
    assert!(file.contains("config.TOKEN") && file.contains("config.STRANGE"), "the canaries do fly");
    for secret in secrets.into_iter().chain(live).chain(["owner-token"]) {
        for form in guesses(secret, &file) {
            assert!(!file.contains(&form), "{secret} as {form} is in\n{file}");
        }
    }
}

/// The forms in which somebody without the key could recognise a guess.
fn guesses(secret: &str, file: &str) -> Vec<String> {
    let plan: serde_json::Value = serde_json::from_str(file).unwrap();
    let salt = plan["salt"].as_str().unwrap();
    let secret = Secret::new(secret);
    let mut forms = vec![sha256(&secret)];
    for key in ["", salt, "trueup", "saved plan"] {
        for key in [
            FingerprintKey::stable(Secret::new(key)),
            FingerprintKey::derived(&Secret::new(key), &format!("saved plan {salt}")),
        ] {
            forms.push(key.fingerprint(&secret).to_string());
            forms.push(key.secret_digest("config", &secret));
            forms.push(key.secret_digest("value", &secret));
        }
    }
    forms.push(plain(&secret));
    forms
}

#[allow(clippy::disallowed_methods, reason = "the test looks for the secret itself")]
fn plain(secret: &Secret) -> String {
    secret.reveal().to_owned()
}

fn sha256(secret: &Secret) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(plain(secret)))
}

#[track_caller]
fn assert_private(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn a_plan_that_is_applied_makes_what_was_planned_and_no_more() {
    let (cloud, project) = saved(CONFIG);
    apply(&project).exits(0);
    assert_eq!(writes(&cloud), ["POST apps", "PATCH config-vars"]);
}

#[test]
fn a_saved_plan_is_for_the_account_that_it_was_made_for() {
    let spec =
        "app: { name: shop-production }\nbuckets: { uploads: { name: shop-uploads, region: us-east-1 } }\n";
    let (cloud, project) = cloud_and(spec);
    save(&project).shows(&["shop-production (heroku) · aws us-east-1 (111122223333)"]);
    let file = std::fs::read_to_string(project.file("production.plan")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        (&file["aws_account"], &file["plan"]["aws_account"]),
        (&json!("111122223333"), &json!("111122223333"))
    );
    let (id, secret) = (trueup::sandbox::OTHER_KEY, trueup::sandbox::OTHER_SECRET);
    let project = project.set("AWS_ACCESS_KEY_ID", id).set("AWS_SECRET_ACCESS_KEY", secret);
    cloud.sandbox().forget_calls();
    let other = "it is for the AWS account 111122223333, and the credentials are of 444455556666";
    refused(&cloud, &project, &[other, "hint: set AWS_PROFILE"]);
    let asked: Vec<String> = cloud.sandbox().calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(asked, ["GetCallerIdentity"], "nothing else was looked at");
}

#[test]
fn the_account_of_the_spec_is_shown_where_nothing_else_is_on_aws() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\naws: { account: \"111122223333\" }\n");
    project.run(&["plan"]).exits(0).shows(&["shop-production (heroku) · aws (111122223333)"]);
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["aws_account"], "111122223333");
}

#[test]
fn certificates_that_the_spec_does_not_name_are_no_fact_of_its_plan() {
    let spec = "app: { name: shop-production }\nformation: { web: { quantity: 1, size: basic } }\n";
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "puma" }));
    project.write("environments/production.yaml", &format!("{spec}config: {{ RAILS_ENV: production }}\n"));
    save(&project);
    cloud.heroku("POST", "/apps/shop-production/acm", Some(json!({})));
    apply(&project).exits(0);
    project.write(
        "environments/production.yaml",
        &spec.replace("name: shop-production", "name: shop-production, acm: true"),
    );
    save(&project);
    cloud.heroku("DELETE", "/apps/shop-production/acm", None);
    refused(&cloud, &project, &["app.acm"]);
}

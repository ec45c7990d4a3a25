//! `--check-with` and `checks:` of `trueup.yaml`: a program of the user's own sees every plan, and may refuse it.

use crate::children::{Running, wait_until};
use crate::common::{SMALL, assert_nothing_written, cloud_and, writes};
use crate::support::{Project, Ran};

/// A program as people write one: it refuses plans that make an app, and keeps what it was given.
const NO_APPS: &str = r#"#!/bin/sh
cat > seen.json
if grep -q '"kind": "heroku_app"' seen.json; then
  echo "FAIL - $1 - no app without a ticket"; echo "1 failure" >&2; exit 1
fi
"#;

const CANARY: &str = "canary-0123456789";

/// Puts the program beside the environments.
fn with_program(project: &Project, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    project.write(name, text);
    std::fs::set_permissions(project.file(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn seen(project: &Project) -> String {
    std::fs::read_to_string(project.file("seen.json")).unwrap()
}

fn is_refused(ran: Ran) -> Ran {
    ran.exits(3).tells(&[
        "error: production is refused by the check `./no-apps prod`, which ended with 1, so nothing was done",
        "FAIL - prod - no app without a ticket",
        "1 failure",
    ])
}

#[test]
fn a_program_that_ends_badly_refuses_the_plan_in_every_way_to_ask_for_it() {
    let (cloud, project) = cloud_and(SMALL);
    with_program(&project, "no-apps", NO_APPS);
    let digest = project.run(&["plan", "--format", "json"]).json()["plan_digest"].clone();
    project.run(&["plan", "--out", "p.plan"]).exits(0);
    let asked = ["--check-with", "./no-apps prod"];
    let ran = is_refused(project.run(&["plan", asked[0], asked[1]]));
    assert!(ran.stdout.contains("+ app"), "the plan is shown all the same: {}", ran.stdout);
    for arguments in [
        &["plan", "--detailed-exitcode"][..],
        &["apply", "--yes"],
        &["apply", "--plan", "p.plan"],
        &["apply", "--expect", digest.as_str().unwrap()],
    ] {
        is_refused(project.run(&[arguments, &asked].concat()));
    }
    let ran = is_refused(project.run(&["plan", "--out", "q.plan", asked[0], asked[1]]));
    assert!(ran.stderr.contains("apply will refuse it"), "{}", ran.stderr);
    assert_nothing_written(&cloud);
}

#[test]
fn the_projects_checks_hold_for_every_plan_and_one_that_passes_is_applied() {
    let (cloud, project) = cloud_and(SMALL);
    with_program(&project, "no-apps", NO_APPS);
    project.write("trueup.yaml", "checks: [[./no-apps, prod, -]]\n");
    project.run(&["apply", "--yes"]).exits(3).tells(&["refused by the check `./no-apps prod -`"]);
    assert_nothing_written(&cloud);
    project.write("trueup.yaml", "checks: [[grep, -q, heroku_app]]\n");
    project.run(&["apply", "--yes", "--check-with", "true"]).exits(0);
    assert_eq!(writes(&cloud), ["POST apps"]);
    project.run(&["apply", "--yes"]).exits(3);
}

#[test]
fn a_program_is_found_from_where_its_name_was_written() {
    let (_cloud, project) = cloud_and(SMALL);
    project.write("inner/environments/production.yaml", SMALL);
    with_program(&project, "inner/no-apps", NO_APPS);
    project.write("inner/trueup.yaml", "checks: [[./no-apps, prod]]\n");
    is_refused(project.run(&["-C", "inner", "plan"]));
    assert!(project.file("inner/seen.json").exists(), "it runs in the project's folder");
    project.write("inner/trueup.yaml", "checks: []\n");
    let asked = |program| project.run(&["-C", "inner", "plan", "--check-with", program]);
    asked("./no-apps prod").exits(1).tells(&["the check `./no-apps prod` of production cannot be run"]);
    asked("inner/no-apps").exits(3).tells(&["refused by the check `inner/no-apps`"]);
    assert!(project.file("seen.json").exists(), "it runs in the current folder");
}

#[test]
fn the_program_gets_what_plan_prints_as_json_and_no_secret() {
    let spec = "app: { name: secret-shop }\nconfig: { TOKEN: { env: TOKEN } }\n";
    let (_cloud, project) = cloud_and(spec);
    let project = project.set("TOKEN", CANARY).set("TRUEUP_FINGERPRINT_KEY", "pepper");
    with_program(&project, "no-apps", NO_APPS);
    let asked = ["plan", "--check-with", "./no-apps prod", "--format"];
    for format in ["text", "json", "markdown"] {
        is_refused(project.run(&[&asked[..], &[format]].concat()));
        assert!(!seen(&project).contains(CANARY), "{format}");
        assert_eq!(seen(&project), project.run(&["plan", "--format", "json"]).stdout, "{format}");
    }
    let printed = project.run(&["plan", "--format", "json", "--check-with", "./no-apps prod"]).stdout;
    assert_eq!(seen(&project), printed);
}

#[test]
fn a_program_that_writes_all_its_variables_shows_no_credentials() {
    let (_cloud, project) = cloud_and("app: { name: secret-shop }\nconfig: { TOKEN: { env: TOKEN } }\n");
    let project = project.set("TOKEN", CANARY).set("TRUEUP_FINGERPRINT_KEY", CANARY).set("TICKET", "OPS-1");
    let secrets = [CANARY, project.variable("HEROKU_API_KEY"), project.variable("AWS_SECRET_ACCESS_KEY")];
    for format in ["text", "markdown"] {
        let ran = project.run(&["plan", "--format", format, "--check-with", "sh -c 'env; exit 1'"]).exits(3);
        assert!(ran.stderr.contains("TICKET=OPS-1"), "{}", ran.stderr);
        let all = ran.stdout + &ran.stderr;
        assert!(!secrets.iter().any(|secret| all.contains(secret)), "{all}");
    }
}

#[test]
fn each_of_several_environments_is_looked_at_by_itself() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    let only_staging = ["--check-with", "grep -q '\"environment\": \"staging\"'"];
    let ran = project.run(&[&["apply", "--all", "--yes"][..], &only_staging].concat()).exits(3);
    ran.tells(&[
        "production is refused by the check `grep -q '\"environment\": \"staging\"'`",
        "1 of 2 environments",
    ]);
    assert_eq!(writes(&cloud), ["POST apps"]);
}

#[test]
fn a_reviewer_reads_in_the_comment_what_the_program_said() {
    let (_cloud, project) = cloud_and(SMALL);
    with_program(
        &project,
        "hostile",
        "#!/bin/sh\nprintf '```\\n</details>\\033[2J::error::x\\n' && exit 1\n",
    );
    let ran = project.run(&["plan", "--format", "markdown", "--check-with", "./hostile"]).exits(3);
    let fenced = "````text\n  ```\n  </details>\\u{1b}[2J::error::x\n````\n";
    assert!(
        ran.stdout.contains("**Refused**, so nothing is applied\n\n- production is refused by"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(fenced), "{}", ran.stdout);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
}

#[test]
fn a_program_that_cannot_be_asked_is_an_error_that_names_it() {
    let (cloud, project) = cloud_and(SMALL);
    let said = "the check `no-such-program -` of production cannot be run, so nothing was done: ";
    for command in ["plan", "apply"] {
        project
            .run(&[command, "--check-with", "no-such-program -"])
            .exits(1)
            .tells(&[said, "install `no-such-program`"]);
    }
    assert_nothing_written(&cloud);
}

#[test]
fn what_needs_a_shell_is_refused_before_anything_is_asked() {
    let (cloud, project) = cloud_and(SMALL);
    for command in ["conftest test - | tee log", "a && b", "a $HOME", "", "'a"] {
        project.run(&["plan", "--check-with", command]).exits(1).tells(&["--check-with"]);
    }
    assert_eq!(cloud.sandbox().calls().len(), 0);
    project.run(&["plan", "--check-with", "sh -c 'cat | grep -q heroku_app'"]).exits(0);
}

#[test]
fn mistakes_of_the_projects_file_are_told_offline_at_their_places() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("trueup.yaml", "chekcs: [[conftest, test, -]]\n");
    for arguments in [&["validate"][..], &["plan"], &["apply", "--yes"]] {
        let ran = project.run(arguments).exits(1);
        ran.tells(&["unknown key `chekcs`", "trueup.yaml:1:1", "did you mean `checks`?"]);
    }
    project.write("trueup.yaml", "checks: conftest test -\n");
    project.run(&["validate"]).exits(1).tells(&["trueup.yaml:1:9", "expected a list"]);
    std::fs::rename(project.file("trueup.yaml"), project.file("trueup.yml")).unwrap();
    project.run(&["plan"]).exits(1).tells(&["nothing reads `trueup.yml`", "call it `trueup.yaml`"]);
    assert_eq!(cloud.sandbox().calls().len(), 0);
}

#[test]
fn ctrl_c_ends_a_program_that_is_looking_and_nothing_is_done() {
    let (cloud, project) = cloud_and(SMALL);
    with_program(&project, "slow", "#!/bin/sh\necho $$ > new\nmv new started\nexec sleep 600\n");
    let running = Running::start(&project, &["apply", "--yes", "--check-with", "./slow"]);
    wait_until("the program runs", || project.file("started").exists());
    running.interrupt();
    running.end().exits(1).tells(&["interrupted, so nothing was done"]);
    let id = std::fs::read_to_string(project.file("started")).unwrap();
    let stat = format!("/proc/{}/stat", id.trim());
    wait_until("the program is gone", || {
        // What nobody has waited for yet is still listed, as a zombie.
        std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "))
    });
    assert_nothing_written(&cloud);
}

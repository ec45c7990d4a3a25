//! A run in GitHub Actions, and the comment that a pull request gets.

use crate::support::{Cloud, LEDGER, Project, quick};

const CANARY: &str = "canary-0123456789";

/// A project in a repository that GitHub Actions checked out, as a folder of it.
fn in_actions(project: Project) -> Project {
    let workspace = project.path().display().to_string();
    let summary = project.file("summary.md").display().to_string();
    project
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_WORKSPACE", &workspace)
        .set("GITHUB_STEP_SUMMARY", &summary)
}

fn summary(project: &Project) -> String {
    std::fs::read_to_string(project.file("summary.md")).unwrap_or_default()
}

#[test]
fn a_plan_as_markdown_is_one_comment_that_is_found_again() {
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let json = project.run(&["plan", "--format", "json"]).exits(0).json();
    let ran = project.run(&["plan", "--format", "markdown"]).exits(0);
    let mark = format!("<!-- trueup:plan:production {} -->", json["plan_digest"].as_str().unwrap());
    assert_eq!(ran.stdout.lines().next().unwrap(), mark);
    let text = project.run(&["plan"]).exits(0).stdout;
    let last = text.lines().last().unwrap();
    let (until_unchanged, _) = last.split_once(" unchanged,").unwrap();
    assert_eq!(ran.stdout.lines().last().unwrap(), format!("{until_unchanged} unchanged."));
    let all = project.run(&["plan", "--all", "--format", "markdown"]).exits(0).stdout;
    assert!(all.starts_with("<!-- trueup:plan:all sha256:"), "{all}");
}

#[test]
fn one_that_failed_stands_in_the_comment_too() {
    let cloud = Cloud::start(quick());
    let project = Project::with("app: { name: shop, regoin: us }\n").at(cloud.sandbox());
    let ran = project.run(&["plan", "--format", "markdown"]).exits(1);
    assert!(ran.stdout.starts_with("<!-- trueup:plan:production incomplete -->\n"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("**Failed**\n\n- `production`: environments/production.yaml"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_summary_of_the_job_gets_the_plan_whatever_is_printed() {
    let cloud = Cloud::start(quick());
    let project = in_actions(Project::with(LEDGER).at(cloud.sandbox()));
    for format in ["text", "json", "markdown", "html"] {
        std::fs::write(project.file("summary.md"), "before\n").unwrap();
        project.run(&["plan", "--format", format]).exits(0);
        let summary = summary(&project);
        assert!(summary.starts_with("before\n<!-- trueup:plan:production sha256:"), "{format}: {summary}");
    }
    let elsewhere = project.set("GITHUB_STEP_SUMMARY", "/proc/none");
    let ran = elsewhere.run(&["plan"]).exits(0);
    assert!(ran.stderr.contains("cannot write the job's summary to /proc/none"), "{}", ran.stderr);
}

#[test]
fn the_summary_of_a_validation_is_a_table_with_mistakes_first() {
    let project = in_actions(Project::with("app: { name: shop }\n"));
    project.write("environments/staging.yaml", "app: { name: shop, '![x](https://evil.example)': 1 }\n");
    project.run(&["validate"]).exits(1);
    let summary = summary(&project);
    let rows: Vec<&str> = summary.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows[0].starts_with("| `staging` | ") && rows[1] == "| `production` | valid |", "{summary}");
    assert!(!summary.contains("![x]"), "{summary}");
}

#[test]
fn a_mistake_marks_its_line_in_the_repository() {
    let project = in_actions(Project::empty());
    project.write("deploy/environments/production.yaml", "app:\n  name: shop\n  regoin: us\n");
    let ran = project.run(&["-C", "deploy", "validate"]).exits(1);
    let line =
        "::error file=deploy/environments/production.yaml,line=3,col=3,title=trueup::unknown key `regoin`";
    assert!(ran.stderr.lines().any(|said| said.starts_with(line)), "{}", ran.stderr);
    assert!(!project.unset("GITHUB_ACTIONS").run(&["-C", "deploy", "validate"]).stderr.contains("::error"));
}

#[test]
fn ten_mistakes_are_marked_and_all_are_said() {
    let project = in_actions(Project::empty());
    let spec = (0..14).map(|number| format!("wrong_{number}: 1\n")).collect::<String>();
    project.write("environments/production.yaml", &format!("app: {{ name: shop }}\n{spec}"));
    let ran = project.run(&["validate"]).exits(1);
    assert_eq!(ran.stderr.matches("::error file=").count(), 10, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("error: unknown key").count(), 14, "{}", ran.stderr);
}

#[test]
fn what_others_wrote_is_no_command_to_github() {
    let project = in_actions(Project::empty());
    project.write(
        "environments/production.yaml",
        "app: { name: \"::error::x ##[add-mask]x\" }\nconfig: { A: b }\n::add-mask::x: 1\n",
    );
    let ran = project.run(&["validate"]).exits(1);
    assert!(!ran.stderr.lines().any(|line| !line.starts_with("::error file=") && line.contains("##[")));
    let commands = ran.stderr.lines().map(str::trim_start).filter(|line| line.starts_with("::"));
    assert!(commands.clone().all(|line| line.starts_with("::error file=environments/")), "{}", ran.stderr);
    assert!(commands.count() > 0);
}

#[test]
fn no_format_and_no_summary_shows_a_secret() {
    let cloud = Cloud::start(quick());
    let spec = "app: { name: secret-shop }\nconfig: { TOKEN: { env: TOKEN }, PLAIN: a }\n";
    let project = in_actions(Project::with(spec).at(cloud.sandbox()).set("TOKEN", CANARY));
    for format in ["text", "json", "markdown", "html"] {
        let ran = project.run(&["plan", "--format", format]).exits(0);
        assert!(!(ran.stdout + &ran.stderr).contains(CANARY), "{format}");
    }
    project.run(&["apply", "--yes"]).exits(0);
    let project = project.set("TOKEN", "another-0123456789");
    for format in ["text", "json", "markdown", "html"] {
        let ran = project.run(&["plan", "--format", format]).exits(0);
        let all = ran.stdout + &ran.stderr;
        assert!(!all.contains(CANARY) && !all.contains("another-0123456789"), "{format}");
    }
    let summary = summary(&project);
    assert!(!summary.contains(CANARY) && !summary.contains("another-0123456789"));
}

#[test]
fn a_plan_of_megabytes_is_still_one_comment_and_a_summary_that_github_takes() {
    let cloud = Cloud::start(quick());
    let project = in_actions(Project::empty().at(cloud.sandbox()));
    let vars = (0..100).map(|number| format!("  VAR_{number}: {}\n", "x".repeat(600))).collect::<String>();
    for number in 0..40 {
        let spec = format!("app: {{ name: shop-{number} }}\nconfig:\n{vars}");
        project.write(&format!("environments/client-{number}.yaml"), &spec);
    }
    let text = project.run(&["plan", "--all"]).exits(0).stdout;
    assert!(text.len() > 2_000_000, "{} bytes", text.len());
    std::fs::remove_file(project.file("summary.md")).unwrap();
    let comment = project.run(&["plan", "--all", "--format", "markdown"]).exits(0).stdout;
    assert!(comment.len() <= 64_000, "{} bytes", comment.len());
    assert!(comment.contains("shortened to fit here"), "{comment}");
    assert!(comment.trim_end().ends_with("0 to delete, 0 blocked."), "{comment}");
    assert!((64_000..1 << 20).contains(&summary(&project).len()), "{} bytes", summary(&project).len());
}

#[test]
fn what_one_step_runs_one_after_another_adds_to_one_summary_that_github_takes() {
    let cloud = Cloud::start(quick());
    let project = in_actions(Project::with(LEDGER).at(cloud.sandbox()));
    let before = "x".repeat(995_000);
    std::fs::write(project.file("summary.md"), &before).unwrap();
    project.run(&["validate"]).exits(0);
    project.run(&["plan"]).exits(0);
    let text = summary(&project);
    assert!(text.starts_with(&before) && text.len() <= 1_000_000, "{} bytes", text.len());
    assert!(text.contains("all valid") && text.contains("shortened to fit here"), "{}", &text[995_000..]);
    std::fs::write(project.file("summary.md"), "x".repeat(999_990)).unwrap();
    let ran = project.run(&["plan"]).exits(0);
    assert!(ran.stderr.contains("cannot write the job's summary"), "{}", ran.stderr);
    assert_eq!(summary(&project).len(), 999_990);
}

#[test]
fn variables_set_to_rubbish_stop_nothing_that_they_are_not_about() {
    let cloud = Cloud::start(quick());
    let mut project = Project::with("app: { name: shop }\n").at(cloud.sandbox());
    let folder = project.path().display().to_string();
    for (name, rubbish) in [
        ("GITHUB_ACTIONS", "\u{1b}[31mperhaps"),
        ("GITHUB_WORKSPACE", "/no/such/folder"),
        ("GITHUB_STEP_SUMMARY", folder.as_str()),
        ("GITHUB_EVENT_NAME", "push\u{1b}[2J"),
        ("GITHUB_EVENT_PATH", folder.as_str()),
        ("GITHUB_SERVER_URL", "::error::x"),
        ("GITHUB_REPOSITORY", "not a repository"),
        ("GITHUB_RUN_ID", "-1"),
        ("GITHUB_JOB", "\n"),
    ] {
        project = project.set(name, rubbish);
    }
    let ran = project.run(&["plan"]).exits(0);
    assert!(ran.stderr.contains("cannot write the job's summary to"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    project.run(&["apply", "--yes", "--lock"]).exits(1);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", "app: { nam: shop }\n");
    let ran = project.run(&["validate"]).exits(1);
    assert!(ran.stderr.contains("::error file=environments/production.yaml,line=1"), "{}", ran.stderr);
}

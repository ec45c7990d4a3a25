//! What docs/ci.md shows is what is written and printed.

use crate::support::{Cloud, Project, quick};

const PAGE: &str = include_str!("../../docs/ci.md");

const STAGING: &str = "extends: base.yaml\napp: { name: ledger-staging }\n\
                       buckets: { uploads: { name: ledger-staging-uploads } }\n\
                       iam_users: { app: { name: ledger-staging-app } }\nconfig: { OLD_FLAG: \"1\" }\n";

/// What stands between two marks of the page.
fn part(mark: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    rest.split_once(&format!("<!-- /{mark} -->")).unwrap().0
}

/// The same without the fence around it.
fn block(mark: &str) -> String {
    let lines: Vec<&str> = part(mark).lines().collect();
    lines[1..lines.len() - 1].join("\n")
}

/// Changes a file of the project in one place.
fn change(project: &Project, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(project.file(file)).unwrap();
    assert!(text.contains(from), "{text}");
    project.write(file, &text.replace(from, to));
}

#[test]
fn the_comment_on_the_page_is_the_one_that_a_reviewer_sees_and_so_is_what_a_stopped_apply_says() {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    project.run(&["init", "--name", "ledger"]).exits(0);
    project.write("environments/staging.yaml", STAGING);
    project.run(&["apply", "--all", "--yes"]).exits(0);
    change(&project, "environments/base.yaml", "RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 9");
    change(&project, "environments/staging.yaml", "OLD_FLAG: \"1\"", "OLD_FLAG: null");
    let comment = project.run(&["plan", "--all", "--format", "markdown"]).exits(0).stdout;
    assert_eq!(part("comment").trim_end(), comment.trim_end());
    let by_hand = serde_json::json!({ "RAILS_LOG_LEVEL": "debug" });
    cloud.heroku("PATCH", "/apps/ledger/config-vars", Some(by_hand));
    let digest = comment.split_once("sha256:").unwrap().1.split_once(' ').unwrap().0;
    let expected = format!("sha256:{digest}");
    let ran = project.run(&["apply", "--all", "--expect", &expected]).exits(3);
    assert_eq!(block("stopped"), ran.stderr.trim_end());
}

#[test]
fn the_files_on_the_page_are_those_of_init() {
    let project = Project::empty();
    let wrote = project.run(&["init", "--ci", "github,gitlab,kubernetes"]).exits(0).stdout;
    let wrote: Vec<&str> = wrote.lines().filter_map(|line| line.strip_prefix("wrote  ")).collect();
    for file in wrote.iter().filter(|file| !file.starts_with('.') && !file.starts_with("environments/")) {
        assert!(PAGE.contains(file.rsplit('/').next().unwrap()), "{file}");
    }
    let tree = block("tree");
    let named = tree.lines().filter_map(|line| line.split_whitespace().next());
    let (there, others): (Vec<&str>, Vec<&str>) = named.partition(|file| wrote.contains(file));
    assert_eq!(
        there,
        ["environments/base.yaml", "environments/production.yaml", ".github/workflows/trueup.yml"]
    );
    assert_eq!(others, ["environments/staging.yaml", "acknowledged.yaml", "app/"]);
}

//! What docs/ci.md shows is what is written and printed.

use crate::support::Project;

const PAGE: &str = include_str!("../../docs/ci.md");

const STAGING: &str = "extends: base.yaml\napp: { name: ledger-staging }\n\
                       buckets: { uploads: { name: ledger-staging-uploads } }\n\
                       iam_users: { app: { name: ledger-staging-app } }\nconfig: { OLD_FLAG: \"1\" }\n";

/// What stands between two marks of the page, without the fence around it.
fn part(mark: &str) -> String {
    let (_, rest) = PAGE.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    let (block, _) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    let lines: Vec<&str> = block.lines().collect();
    lines[1..lines.len() - 1].join("\n")
}

/// Changes a file of the project in one place.
fn change(project: &Project, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(project.file(file)).unwrap();
    assert!(text.contains(from), "{text}");
    project.write(file, &text.replace(from, to));
}

#[test]
fn the_comment_on_the_page_is_the_one_that_a_reviewer_sees() {
    let project = Project::empty();
    project.run(&["init", "--name", "ledger"]).exits(0);
    project.write("environments/staging.yaml", STAGING);
    project.run(&["apply", "--all", "--sandbox", "--yes"]).exits(0);
    change(&project, "environments/base.yaml", "RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 9");
    change(&project, "environments/staging.yaml", "OLD_FLAG: \"1\"", "OLD_FLAG: null");
    let comment = project.run(&["plan", "--all", "--sandbox", "--format", "markdown"]).exits(0).stdout;
    assert_eq!(part("comment"), comment.trim_end());
}

#[test]
fn the_files_on_the_page_are_those_of_init() {
    let project = Project::empty();
    let wrote = project.run(&["init", "--ci", "github,gitlab,kubernetes"]).exits(0).stdout;
    let wrote: Vec<&str> = wrote.lines().filter_map(|line| line.strip_prefix("wrote  ")).collect();
    for file in wrote.iter().filter(|file| !file.starts_with('.') && !file.starts_with("environments/")) {
        assert!(PAGE.contains(file.rsplit('/').next().unwrap()), "{file}");
    }
    let tree = part("tree");
    let named = tree.lines().filter_map(|line| line.split_whitespace().next());
    let (there, others): (Vec<&str>, Vec<&str>) = named.partition(|file| wrote.contains(file));
    assert_eq!(
        there,
        ["environments/base.yaml", "environments/production.yaml", ".github/workflows/trueup.yml"]
    );
    assert_eq!(others, ["environments/staging.yaml", "acknowledged.yaml", "app/"]);
}

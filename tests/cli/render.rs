//! `trueup render`: what lies in the folder afterwards, whose files stay, and what is told.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Project, Ran};

/// A template of three files that shows all that a template can do.
const MANIFEST: &str = r#"
name: small
description: A template for tests
variables:
  module: { type: string, description: A name, pattern: "^[A-Z][a-z]*$", default: "{{ app.name | camel }}" }
  size: { type: integer, description: A number }
  tags: { type: list, description: Words, default: [] }
  extra: { type: boolean, description: Whether there is more, default: false }
files:
  - { path: "bin/*", mode: "0755" }
  - { path: extra.txt, when: vars.extra }
"#;
const FILES: [(&str, &str); 4] = [
    ("bin/go", "#!/bin/sh\n"),
    ("extra.txt", "more\n"),
    ("Procfile.j2", "{% for line in formation %}\n{{ line.process }}: run {{ vars.module }}\n{% endfor %}\n"),
    ("{{ migration(1) }}_make.rb", "literal {{ braces }}\n"),
];

pub const SPEC: &str = "app: { name: shop }\nformation: { web: { quantity: 1 } }\ntemplate: { name: small, vars: { size: 3 } }\n";

pub fn project(spec: &str) -> Project {
    let project = Project::with(spec);
    project.write("templates/small/template.yaml", MANIFEST);
    for (path, text) in FILES {
        project.write(&format!("templates/small/files/{path}"), text);
    }
    project
}

fn rendered() -> Project {
    let project = project(SPEC);
    render(&project, &[]).exits(0);
    project
}

pub fn render(project: &Project, options: &[&str]) -> Ran {
    project.run(&[&["render", "production", "--out", "out"], options].concat())
}

/// What the tests look at: a file in the out folder.
pub fn text(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.file(&format!("out/{path}")))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn is_there(project: &Project, path: &str) -> bool {
    project.file(&format!("out/{path}")).exists()
}

/// Every path below the out folder.
fn everything(project: &Project) -> Vec<String> {
    let root = project.file("out");
    let (mut left, mut found) = (vec![root.clone()], Vec::new());
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
    }
    found.sort();
    found
}

#[test]
fn a_template_becomes_files_with_their_names_texts_and_modes() {
    let project = rendered();
    assert_eq!(
        everything(&project),
        ["", ".trueup-rendered.json", "20260101000001_make.rb", "Procfile", "bin", "bin/go"]
    );
    assert_eq!(text(&project, "Procfile"), "web: run Shop\n");
    assert_eq!(text(&project, "20260101000001_make.rb"), "literal {{ braces }}\n");
    let mode =
        |path: &str| project.file(&format!("out/{path}")).metadata().unwrap().permissions().mode() & 0o111;
    assert_eq!((mode("bin/go"), mode("Procfile")), (0o111, 0));
}

#[test]
fn the_same_spec_gives_the_same_bytes_and_a_second_run_writes_nothing() {
    let (one, other) = (rendered(), rendered());
    let moment = |project: &Project, path: &str| project.file(path).metadata().unwrap().modified().unwrap();
    let before: Vec<_> = everything(&one).iter().map(|path| moment(&one, &format!("out/{path}"))).collect();
    render(&one, &[]).exits(0).shows(&["No difference in 3 files."]);
    let after: Vec<_> = everything(&one).iter().map(|path| moment(&one, &format!("out/{path}"))).collect();
    assert_eq!(before, after, "nothing was touched");
    for path in ["Procfile", "bin/go", "20260101000001_make.rb", ".trueup-rendered.json"] {
        assert_eq!(text(&one, path), text(&other, path));
    }
}

#[test]
fn a_check_writes_nothing_and_tells_by_its_exit_code() {
    let project = project(SPEC);
    render(&project, &["--check"]).exits(2).shows(&["+ Procfile", "3 files: 3 to create."]);
    assert!(!project.file("out").exists());
    render(&project, &[]).exits(0);
    render(&project, &["--check"]).exits(0);
    project.write("out/Procfile", "web: mine\n");
    render(&project, &["--check"]).exits(2).shows(&["! Procfile changed by hand"]);
    assert_eq!(text(&project, "Procfile"), "web: mine\n");
}

#[test]
fn a_difference_is_shown_line_by_line_when_asked_for() {
    let project = rendered();
    project.write("environments/production.yaml", &SPEC.replace("web:", "api:"));
    let plain = render(&project, &["--check"]).exits(2);
    assert!(!plain.stdout.contains("-web: run Shop"), "{}", plain.stdout);
    render(&project, &["--check", "--diff"]).exits(2).shows(&["-web: run Shop", "+api: run Shop"]);
}

#[test]
fn a_file_that_a_hand_changed_is_left_alone_until_it_is_forced() {
    let project = rendered();
    project.write("out/Procfile", "web: mine\n");
    project.write("environments/production.yaml", &SPEC.replace("size: 3", "size: 3, extra: true"));
    let ran =
        render(&project, &[]).exits(3).tells(&["1 file with changes by others was left as it is", "--force"]);
    ran.shows(&[
        "! Procfile changed by hand since it was rendered: conflict, left as it is",
        "-web: mine",
        "+web: run Shop",
    ]);
    assert_eq!(text(&project, "Procfile"), "web: mine\n");
    assert_eq!(text(&project, "extra.txt"), "more\n", "the rest is done");
    render(&project, &[]).exits(3);
    assert_eq!(text(&project, "Procfile"), "web: mine\n", "and it stays so");
    render(&project, &["--force"])
        .exits(0)
        .shows(&["! Procfile changed by hand since it was rendered: overwritten"]);
    assert_eq!(text(&project, "Procfile"), "web: run Shop\n");
    render(&project, &["--check"]).exits(0);
}

#[test]
fn a_file_that_no_hand_changed_follows_the_template() {
    let project = rendered();
    project.write("environments/production.yaml", &SPEC.replace("web:", "api:"));
    render(&project, &[]).exits(0).shows(&["~ Procfile", "3 files: 1 updated."]);
    assert_eq!(text(&project, "Procfile"), "api: run Shop\n");
    std::fs::remove_file(project.file("out/Procfile")).unwrap();
    render(&project, &[]).exits(0).shows(&["+ Procfile"]);
    assert_eq!(text(&project, "Procfile"), "api: run Shop\n");
}

#[test]
fn a_file_that_the_template_dropped_goes_unless_a_hand_changed_it() {
    let more = SPEC.replace("size: 3", "size: 3, extra: true");
    for (by_hand, code) in [(false, 0), (true, 3)] {
        let project = project(&more);
        render(&project, &[]).exits(0);
        if by_hand {
            project.write("out/extra.txt", "mine\n");
        }
        project.write("environments/production.yaml", SPEC);
        render(&project, &[]).exits(code);
        assert_eq!(is_there(&project, "extra.txt"), by_hand);
        // It was told once; from now on it is its owner's like any other file.
        render(&project, &[]).exits(0);
        assert_eq!(is_there(&project, "extra.txt"), by_hand);
    }
}

#[test]
fn a_folder_of_someone_elses_work_is_refused_as_a_whole() {
    let project = project(SPEC);
    project.write("out/Procfile", "web: theirs\n");
    project.write("out/README", "theirs\n");
    let ran = render(&project, &[]).exits(3);
    ran.tells(&[
        "`out` holds a file that trueup did not render",
        "`Procfile`",
        "nothing was written",
        "--out DIR",
    ]);
    assert_eq!(everything(&project), ["", "Procfile", "README"]);
    render(&project, &["--force"]).exits(0);
    assert_eq!(
        (text(&project, "Procfile"), text(&project, "README")),
        ("web: run Shop\n".into(), "theirs\n".into())
    );
}

#[test]
fn a_file_in_the_way_of_one_that_is_new_in_the_template_is_left_alone() {
    let project = rendered();
    project.write("out/extra.txt", "mine\n");
    project.write(
        "environments/production.yaml",
        &SPEC.replace("size: 3", "size: 3, extra: true").replace("web:", "api:"),
    );
    render(&project, &[])
        .exits(3)
        .shows(&["! extra.txt already there, and not written by trueup: conflict, left as it is"]);
    assert_eq!(
        (text(&project, "extra.txt"), text(&project, "Procfile")),
        ("mine\n".into(), "api: run Shop\n".into())
    );
}

#[test]
fn files_beside_the_template_are_nobodys_business() {
    let project = project(SPEC);
    project.write("out/app/mine.rb", "mine\n");
    render(&project, &[]).exits(0);
    assert_eq!(text(&project, "app/mine.rb"), "mine\n");
}

#[test]
fn a_link_in_the_way_is_refused_and_nothing_leaves_the_folder() {
    for (link, target) in
        [("bin", "elsewhere"), ("Procfile", "elsewhere/Procfile"), ("bin/go", "elsewhere/go")]
    {
        let project = project(SPEC);
        project.write("elsewhere/kept", "kept\n");
        project.write("out/kept", "kept\n");
        if link.contains('/') {
            std::fs::create_dir_all(project.file("out/bin")).unwrap();
        }
        symlink(project.file(target), project.file(&format!("out/{link}"))).unwrap();
        let ran = render(&project, &["--force"]).exits(1);
        ran.tells(&["is a link, where", "nothing was written"]);
        assert_eq!(std::fs::read_dir(project.file("elsewhere")).unwrap().count(), 1, "{link}");
        assert!(!is_there(&project, "20260101000001_make.rb"), "{link}");
    }
}

#[test]
fn what_is_no_folder_or_no_file_is_told() {
    let project = project(SPEC);
    project.write("out", "a file\n");
    render(&project, &[]).exits(1).tells(&["`out` is a file, where a folder should be"]);
    let project = rendered();
    std::fs::remove_file(project.file("out/Procfile")).unwrap();
    std::fs::create_dir(project.file("out/Procfile")).unwrap();
    render(&project, &["--force"]).exits(1).tells(&["`out/Procfile` is a folder, where a file should be"]);
    let project = rendered();
    std::fs::remove_dir_all(project.file("out/bin")).unwrap();
    project.write("out/bin", "a file\n");
    render(&project, &["--force"]).exits(1).tells(&["`out/bin` is a file, where a folder should be"]);
    let ran = project.run(&["render", "production", "--out", "out/Procfile/deeper"]).exits(1);
    ran.tells(&["`out/Procfile` is a file, where a folder should be"]);
}

#[test]
fn a_run_that_cannot_write_changes_nothing() {
    // A stage that cannot be made stands for every folder that cannot be written: tests may run as root.
    let project = rendered();
    project.write("out/.trueup-rendering/left-by-a-killed-run", "");
    project.write("environments/production.yaml", &SPEC.replace("web:", "api:"));
    render(&project, &[]).exits(0);
    assert!(!is_there(&project, ".trueup-rendering"), "what a killed run left is gone");
    std::fs::write(project.file("out/.trueup-rendering"), "someone's file").unwrap();
    project.write("environments/production.yaml", SPEC);
    render(&project, &[]).exits(1).tells(&["cannot remove", ".trueup-rendering"]);
    assert_eq!(text(&project, "Procfile"), "api: run Shop\n");
}

/// As a run leaves things that was killed between two files: the record knows both, and one file is new already.
#[test]
fn what_a_killed_run_wrote_is_known_for_its_own() {
    let project = rendered();
    project.write("environments/production.yaml", &SPEC.replace("web:", "api:"));
    project.run(&["render", "--out", "new"]).exits(0);
    let record = |folder: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(project.file(&format!("{folder}/.trueup-rendered.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let mut begun = record("out");
    begun["pending"] = serde_json::json!({ "Procfile": record("new")["files"]["Procfile"] });
    for text in ["web: run Shop\n", "api: run Shop\n"] {
        project.write("out/.trueup-rendered.json", &begun.to_string());
        project.write("out/Procfile", text);
        project.write("environments/production.yaml", &SPEC.replace("web:", "clock:"));
        render(&project, &[]).exits(0).shows(&["~ Procfile"]);
    }
    assert_eq!(text(&project, "Procfile"), "clock: run Shop\n");
    assert_eq!(record("out").get("pending"), None);
}

#[test]
fn a_record_that_was_spoilt_or_leads_outside_is_refused() {
    for (spoilt, word) in [
        ("{", "EOF"),
        (r#"{"format_version":"9","environment":"p","template":"t","files":{}}"#, "format 9"),
        (
            r#"{"format_version":"1.0","environment":"p","template":"t","files":{"../kept":"sha256:0"}}"#,
            "not a path inside the folder",
        ),
    ] {
        let project = rendered();
        project.write("kept", "kept\n");
        project.write("out/.trueup-rendered.json", spoilt);
        project.write("environments/production.yaml", &SPEC.replace("web:", "api:"));
        render(&project, &["--force"]).exits(1).tells(&[".trueup-rendered.json", word]);
        assert_eq!(text(&project, "Procfile"), "web: run Shop\n");
        assert!(project.file("kept").exists());
    }
}

#[test]
fn without_a_folder_the_app_goes_beside_its_environments() {
    let project = project(SPEC);
    project.run(&["render"]).exits(0);
    assert!(project.file("Procfile").exists());
    let ran = project.run(&["render", "producton"]).exits(1);
    ran.tells(&["there is no environment `producton`", "did you mean `production`?"]);
}

#[test]
fn what_init_writes_becomes_an_app_in_the_same_folder() {
    let project = Project::empty();
    project.run(&["init", "--name", "ledger"]).exits(0).tells(&["trueup render production"]);
    project.run(&["render", "production"]).exits(0).shows(&["+ Gemfile", "+ Procfile", "+ .gitignore"]);
    project.run(&["render", "production", "--check"]).exits(0).shows(&["No difference"]);
    let application = std::fs::read_to_string(project.file("config/application.rb")).unwrap();
    assert!(application.contains("module Ledger\n"), "{application}");
    project.run(&["validate"]).exits(0);
}

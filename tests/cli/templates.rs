//! Templates and their variables: which one is taken, and what is told of each mistake, with nothing half written.

use crate::common::flat;
use crate::render::{SPEC, is_there, project, render, text};
use crate::support::Project;

#[test]
fn mistakes_in_variables_are_shown_at_their_lines_all_at_once() {
    let spec = "app: { name: shop }\ntemplate:\n  name: small\n  vars:\n    modul: Shop\n    size: big\n    tags: [1]\n";
    let ran = render(&project(spec), &[]).exits(1);
    for words in [
        "environments/production.yaml:5",
        "the template has no variable `modul`",
        "did you mean `module`?",
        "`size` is not a whole number",
        "`tags` is not a list of texts",
    ] {
        assert!(ran.stderr.contains(words), "`{words}` is not in\n{}", ran.stderr);
    }
    let ran = render(&project("app: { name: shop }\ntemplate: { name: small }\n"), &[]).exits(1);
    ran.tells(&["the template needs `size`", "add `size` to `template.vars`"]);
    let ran = render(&project(&SPEC.replace("size: 3", "size: 3, module: lower")), &[]).exits(1);
    ran.tells(&["`module` is not a text of the form ^[A-Z][a-z]*$"]);
}

#[test]
fn a_template_that_nobody_has_is_told_with_those_that_there_are() {
    let named = |name: &str| format!("app: {{ name: shop }}\ntemplate: {{ name: \"{name}\" }}\n");
    let ran = render(&project(&named("other")), &[]).exits(1);
    ran.tells(&["there is no template `other`", "there is rails, small"]);
    for name in ["../small", "/etc", "", "."] {
        render(&project(&named(name)), &[]).exits(1).tells(&["is not the name of a template"]);
    }
}

#[test]
fn a_mistake_in_a_template_is_shown_with_its_file_its_line_and_the_line_itself() {
    for (path, bad, words) in [
        ("files/Procfile.j2", "one\n{% if %}\n", "templates/small/files/Procfile.j2:2: syntax error"),
        ("files/Procfile.j2", "one\n{% if %}\n", "{% if %}"),
        (
            "files/Procfile.j2",
            "one\ntwo\n{{ app.nmae }}\n",
            "templates/small/files/Procfile.j2:3: undefined value",
        ),
        ("files/Procfile.j2", "{{ app.name | shout }}\n", "unknown filter"),
        (
            "files/Procfile.j2",
            "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}",
            "fuel",
        ),
        ("files/{{ vars.nope }}.j2", "x", "undefined value"),
        ("files/{{ '../' }}x", "x", "not a path inside the folder"),
        ("files/{{ '/etc/' }}x", "x", "not a path inside the folder"),
        ("files/{{ '.git/' }}x", "x", "is not a template's to write"),
        ("files/procfile", "x", "two files would be"),
        (
            "template.yaml",
            "name: small\ndescription: x\nfiles: { a: b }\n",
            "templates/small/template.yaml:3",
        ),
        ("template.yaml", "name: other\ndescription: x\n", "its name is `other`, and its folder `small`"),
    ] {
        let project = project(SPEC);
        project.write(&format!("templates/small/{path}"), bad);
        let ran = render(&project, &[]).exits(1);
        assert!(flat(&ran.stderr).contains(words), "`{words}` is not in\n{}", ran.stderr);
        assert!(!project.file("out").exists(), "nothing is written: {path}");
    }
}

#[test]
fn a_template_of_the_project_takes_the_place_of_the_built_in_one() {
    let project = Project::with("app: { name: shop }\n");
    project.write("templates/rails/template.yaml", "name: rails\ndescription: Ours\n");
    project.write("templates/rails/files/OURS", "ours\n");
    render(&project, &[]).exits(0);
    assert_eq!(text(&project, "OURS"), "ours\n");
    assert!(!is_there(&project, "Gemfile"));
}

#[test]
fn single_files_of_the_project_take_the_place_of_built_in_ones() {
    let project = Project::with("app: { name: shop }\n");
    project.write("templates/rails/files/Procfile", "web: ours\n");
    project.write("templates/rails/files/OURS.j2", "{{ app.name }}\n");
    render(&project, &[]).exits(0);
    assert_eq!((text(&project, "Procfile"), text(&project, "OURS")), ("web: ours\n".into(), "shop\n".into()));
    assert!(is_there(&project, "Gemfile"));
}

#[test]
fn validate_warns_of_what_render_will_refuse() {
    let ran = project("app: { name: shop }\ntemplate: { name: small, vars: { sise: 3 } }\n")
        .run(&["validate"])
        .exits(0);
    ran.tells(&["warning", "the template has no variable `sise`", "did you mean `size`?"]);
    project("app: { name: shop }\ntemplate: { name: other }\n")
        .run(&["validate"])
        .exits(0)
        .tells(&["there is no template"]);
    let ran = project(SPEC).run(&["validate"]).exits(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_process_of_the_formation_that_the_procfile_does_not_start_is_told() {
    let spec = |vars: &str| {
        format!(
            "app: {{ name: shop }}\nformation: {{ clock: {{ quantity: 1 }}, web: {{ quantity: 1 }} }}\n{vars}"
        )
    };
    let ran = render(&Project::with(&spec("")), &[]).exits(0);
    assert!(!ran.stderr.contains("`web`"), "{}", ran.stderr);
    ran.tells(&["the Procfile does not start `clock`", "environments/production.yaml:2:21", "template.vars"]);
    let vars = "template: { name: rails, vars: { processes: [\"clock: bundle exec rake clock\"] } }\n";
    let project = Project::with(&spec(vars));
    let ran = render(&project, &[]).exits(0);
    assert_eq!(ran.stderr, "");
    assert!(text(&project, "Procfile").ends_with("clock: bundle exec rake clock\n"));
}

//! Every `tests/spec/*.yaml` is a mistaken environment, and the `.txt` beside it is what the user reads. A new
//! file is a new test; `SNAPSHOTS=overwrite cargo test --test spec` writes what is missing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use trueup::testing::spec::{self, Environment, EnvironmentName, SpecError};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec")
}

/// The case as `environments/<name>.yaml` of a project of its own, beside all other files of the folder.
fn load(name: &str) -> Result<Environment, SpecError> {
    let name = EnvironmentName::parse(name).expect("the case's file name is a valid name");
    spec::load_with(Path::new("no-such-project"), &name, &|path| {
        let path = path.strip_prefix("environments").map_err(|_| std::io::ErrorKind::NotFound)?;
        std::fs::read(folder().join(path))
    })
}

fn parse(text: &str) -> Result<Environment, SpecError> {
    spec::parse(&EnvironmentName::parse("test").expect("a valid name"), text)
}

/// What the user reads about a text that must be refused.
fn refused(text: &str) -> String {
    parse(text).expect_err("this must be refused").render(false)
}

#[test]
fn every_mistake_is_shown_as_written_down() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 20, "the cases are found");
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    for case in cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let shown = match load(name) {
            Ok(environment) => panic!("{name} should be refused, but gave {:?}", environment.spec),
            Err(error) => error.render(false),
        };
        let expected = snapbox::Data::read_from(&case.with_extension("txt"), None);
        assert.eq(shown, expected.raw());
    }
}

#[test]
fn ten_megabytes_are_refused_without_reading_them_all() {
    let mut text = "app: { name: ledger }\nconfig:\n".to_owned();
    let mut line = 0;
    while text.len() < 10_000_000 {
        writeln!(text, "  VAR_{line}: some text that fills the line up to a decent length").unwrap();
        line += 1;
    }
    insta::assert_snapshot!(refused(&text), @r"
    error: `environments/test.yaml` is larger than 1 MB
    help: a spec is text of a few kilobytes
    ");
}

#[test]
fn a_file_just_within_the_bound_is_still_bounded_in_values() {
    let text = format!("app: {{ name: ledger }}\nbuildpacks: [{}]\n", "a,".repeat(400_000));
    assert!(refused(&text).contains("more than 50000 values"), "{}", refused(&text));
}

#[test]
fn an_alias_cannot_multiply_one_long_text() {
    let aliases = "*long, ".repeat(5_000);
    let text = format!("long: &long {}\nbuildpacks: [{aliases}]\n", "x".repeat(900_000));
    assert!(refused(&text).contains("counting every use of its aliases"));
}

#[test]
fn text_that_yaml_reads_as_something_else_comes_with_what_to_write() {
    for (value, advice) in [
        ("@ledger", "put the value in single quotes"),
        ("`ledger`", "put the value in single quotes"),
        ("%w(a b)", "put the value in single quotes"),
        ("*.ledger.example", "put the value in single quotes if it is text"),
        ("!important", "in single quotes if it is text"),
        ("&secret", "put the value in single quotes if it is text"),
        (r#""C:\Users\ledger""#, "put the value in single quotes"),
        (r#""^\d+$""#, "put the value in single quotes"),
        (r#""say "hello"""#, "inside double quotes write `\\\"`"),
        ("'it's'", "inside single quotes write `''`"),
        ("a: b", "a value that holds `: ` has to stand in quotes"),
        ("[web] only", "put the value in single quotes if it is text"),
        (">=1.0", "put the value in single quotes if it is text"),
        ("- x", "put the value in single quotes if it is text"),
        ("{{ secret }}", "put the value in single quotes if it is text"),
        ("[web, @worker]", "put the value in single quotes"),
    ] {
        let text = format!("app: {{ name: ledger }}\nconfig:\n  A: {value}\n  B: plain\n");
        let shown = refused(&text);
        assert!(shown.contains(advice), "{value}:\n{shown}");
        assert!(shown.contains("--> environments/test.yaml:3:"), "{value}:\n{shown}");
    }
}

#[test]
fn a_key_in_another_column_than_its_neighbours_says_so() {
    let shown = refused("app: { name: ledger }\nconfig:\n  A: b\n   C: d\n");
    assert!(shown.contains("keys of one map begin in the same column"), "{shown}");
}

#[test]
fn what_is_to_be_merged_and_is_not_there_says_to_extend_as_any_merge_does() {
    for merge in ["<<: *shared", "<<: [*shared, *more]", "<<: { A: b }"] {
        let shown = refused(&format!("app: {{ name: ledger }}\nconfig:\n  {merge}\n  B: plain\n"));
        assert!(shown.contains("name it with `extends`"), "{merge}:\n{shown}");
        assert!(shown.contains("--> environments/test.yaml:3:"), "{merge}:\n{shown}");
    }
}

#[test]
fn what_yaml_drops_from_a_value_without_a_word_is_a_warning() {
    for (value, warnings) in [
        ("#1secret", 1),
        ("&secret word", 1),
        ("# nothing yet", 0),
        ("null", 0),
        ("'#1secret'", 0),
        ("word #1", 0),
    ] {
        let environment = parse(&format!("app: {{ name: ledger }}\nconfig:\n  A: {value}\n")).unwrap();
        assert_eq!(environment.warnings().len(), warnings, "{value}: {:?}", environment.warnings());
    }
    let used = "app: { name: ledger }\nconfig: { A: &same x, B: *same }\n";
    assert!(parse(used).unwrap().warnings().is_empty());
}

#[test]
fn what_nobody_sees_in_a_value_is_a_warning_with_its_place() {
    for (value, place, words) in [
        ("a\u{200b}b", "3:7", "U+200B"),
        ("'a\u{a0}b'", "3:8", "write `\\u00a0` within double quotes"),
        ("|\n    token", "3:6", "`|-`"),
        (">\n    a long\n    text", "3:6", "`>-`"),
        ("| # a note\n    token", "3:6", "`|-`"),
    ] {
        let environment = parse(&format!("app: {{ name: ledger }}\nconfig:\n  A: {value}\n")).unwrap();
        let [warning] = environment.warnings() else { panic!("{value}: {:?}", environment.warnings()) };
        let shown = warning.render(false);
        assert!(shown.contains(&format!("environments/test.yaml:{place}\n")), "{shown}");
        assert!(shown.contains(words), "{shown}");
    }
    for value in [
        "\"a\\u200bb\"",
        "|-\n    token",
        "|+\n    token",
        "|\n    a\n    b",
        "👩\u{200d}🚒",
        "日本\u{3000}語",
        "\"a\\n\"",
    ] {
        let environment = parse(&format!("app: {{ name: ledger }}\nconfig:\n  A: {value}\n")).unwrap();
        assert!(environment.warnings().is_empty(), "{value}: {:?}", environment.warnings());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("app: {}{}\n", "[".repeat(200), "]".repeat(200));
    assert!(refused(&text).contains("nests deeper than 32 levels"), "{}", refused(&text));
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let name = EnvironmentName::parse("test").unwrap();
    let bytes = b"app: { name: ledger }\nconfig: { A: \xff\xfe }\n";
    let read = |path: &Path| match path.extension() {
        Some(ending) if ending == "yaml" => Ok(bytes.to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let error = spec::load_with(Path::new("."), &name, &read).unwrap_err();
    assert!(error.render(false).contains("not UTF-8"), "{}", error.render(false));
}

#[test]
fn nothing_that_is_shown_of_a_file_is_obeyed_by_a_terminal() {
    for text in [
        "\u{80}\0",
        "app: \u{9b}31m",
        "\u{9b}31m: 1",
        "\"\\e[31m\\x9b\": 1",
        "config: { \"\\e\": 1, \"\\e\": 2 }",
    ] {
        let shown = refused(text);
        assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
    }
}

#[test]
fn a_thousand_mistakes_are_cut_at_a_hundred() {
    let mut text = "app: { name: ledger }\n".to_owned();
    for number in 0..1000 {
        writeln!(text, "wrong_{number}: 1").unwrap();
    }
    let SpecError::Findings(findings) = parse(&text).unwrap_err() else { panic!("findings") };
    assert_eq!(findings.len(), 100);
}

#[test]
fn an_environment_that_does_not_exist_is_answered_with_the_nearest() {
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir(project.path().join("environments")).unwrap();
    std::fs::write(project.path().join("environments/production.yaml"), "app: { name: ledger }\n").unwrap();
    let name = EnvironmentName::parse("prodution").unwrap();
    let error = spec::load(project.path(), &name).unwrap_err();
    insta::assert_snapshot!(error.render(false), @r"
    error: there is no environment `prodution` (no file `environments/prodution.yaml`)
    help: did you mean `production`?
    ");
    let name = EnvironmentName::parse("zebra").unwrap();
    let error = spec::load(project.path(), &name).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("there is `production`"));
}

#[test]
fn a_large_literal_is_a_warning_and_too_much_of_it_an_error() {
    let text = |size: usize| format!("app: {{ name: ledger }}\nconfig: {{ BIG: {} }}\n", "x".repeat(size));
    let environment = parse(&text(40_000)).unwrap();
    assert_eq!(environment.warnings().len(), 1);
    assert!(environment.warnings()[0].to_string().contains("`BIG` is 39 kB long"));
    assert!(refused(&text(70_000)).contains("more than Heroku takes"));
}

#[test]
fn colour_is_only_added_when_asked_for() {
    let error = parse("app: 5\n").unwrap_err();
    assert!(!error.render(false).contains('\u{1b}'));
    assert!(error.render(true).contains('\u{1b}'));
}

/// Pieces of YAML that meet in odd ways, around a valid beginning.
fn yaml() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("app: "),
        Just("{ name: ledger }"),
        Just("\n"),
        Just("  "),
        Just("- "),
        Just("config:"),
        Just("A: "),
        Just("null"),
        Just("&a "),
        Just("*a"),
        Just("<<: "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just("\""),
        Just("'"),
        Just("|\n"),
        Just(">-\n"),
        Just("!!str "),
        Just("---\n"),
        Just("# x\n"),
        Just("\t"),
        Just("buckets:"),
        Just("formation:"),
        Just("web: "),
        Just("quantity: 1"),
        Just("é"),
        Just("\u{2028}"),
        Just("? "),
        Just(": "),
        Just(","),
        Just("%YAML 1.2\n"),
        Just("\u{feff}"),
        Just("extends: test.yaml\n"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn never_panics(text: &str) {
    match parse(text) {
        Ok(environment) => {
            assert!(environment.spec.digest().starts_with("sha256:"));
            assert!(
                environment.finding("app.name", "", None).location().is_some(),
                "the app's name was written somewhere"
            );
        }
        Err(error) => {
            assert!(!error.render(false).is_empty(), "an error says something");
            assert!(error.render(true).len() > error.render(false).len(), "colour adds to it");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_spec_or_a_message(text in any::<String>()) {
        never_panics(&text);
    }

    #[test]
    fn any_pieces_of_yaml_are_a_spec_or_a_message(text in yaml()) {
        never_panics(&text);
    }

    /// An example with one stretch cut out or doubled: the way files break while being edited.
    #[test]
    fn any_cut_of_an_example_is_a_spec_or_a_message(
        start in any::<prop::sample::Index>(),
        length in 0_usize..40,
        twice in any::<bool>(),
    ) {
        let text = include_str!("../../environments/production.yaml").replace("extends: base.yaml", "");
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let from = start.index(starts.len());
        let to = starts.get(from + length).copied().unwrap_or(text.len());
        let piece = if twice { text[starts[from]..to].repeat(2) } else { String::new() };
        never_panics(&format!("{}{piece}{}", &text[..starts[from]], &text[to..]));
    }
}

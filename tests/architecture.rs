//! Keeps the rooms apart: imports go one way, and what decides can reach nothing.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests stop at the first surprise")]

#[path = "architecture/code.rs"]
mod code;
#[path = "architecture/rooms.rs"]
mod rooms;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use code::{Code, Module};
use rooms::{REACHES, RULES, breaches, room_of, rule_for};

/// A file has at most so many lines.
const LINES: usize = 400;

/// The files that are longer, and how long they may be. The list only gets shorter.
const LONGER: &[(&str, usize)] = &[];

/// The rooms that are public: the program, the embedded cloud, and what the tests take of the others.
const PUBLIC: [&str; 3] = ["cli", "sandbox", "testing"];

/// A source file: its path within `src/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn code(&self) -> Code {
        Code::of(&self.text, &module(&self.path))
    }

    /// The files that only tests have because of a `mod` in this one, and the folders of their modules.
    fn test_files(&self) -> Vec<String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let below = match self.path.strip_suffix("/mod.rs") {
            Some(folder) => folder,
            None if self.path == "lib.rs" => "",
            None => self.path.trim_end_matches(".rs"),
        };
        let files = self.code().test_modules.into_iter().flat_map(|module| match module {
            Module::At(file) => vec![format!("{folder}/{file}")],
            Module::Named(module) => vec![format!("{below}/{module}.rs"), format!("{below}/{module}/")],
        });
        files.map(|file| file.trim_start_matches('/').to_owned()).collect()
    }
}

/// The names of the modules that lead to a file.
fn module(path: &str) -> Vec<&str> {
    let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(module, "lib" | "main") { Vec::new() } else { module.split('/').collect() }
}

/// Every file below `src/`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut left = vec![root.clone()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(Source { path: within(&path, &root), text: fs::read_to_string(&path).unwrap() });
        }
    }
    assert!(found.len() > 100, "src/ holds the sources");
    found
}

fn within(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

/// The files that ship, and those that only tests have.
fn shipped_and_not() -> (Vec<Source>, Vec<Source>) {
    let sources = sources();
    let tests = sources.iter().flat_map(Source::test_files).collect::<Vec<_>>();
    let only_tests = |path: &str| {
        tests.iter().any(|test| if test.ends_with('/') { path.starts_with(test) } else { path == test })
    };
    sources.into_iter().partition(|source| !only_tests(&source.path))
}

/// The files that ship.
fn shipped() -> Vec<Source> {
    shipped_and_not().0
}

#[test]
fn a_file_that_only_tests_have_says_so_at_its_head() {
    let (shipped, tests) = shipped_and_not();
    assert!(tests.len() > 50, "tests have files of their own");
    for Source { path, text } in &tests {
        assert!(code::is_for_tests(text), "src/{path} needs `#![cfg(test)]` right below its documentation");
    }
    for Source { path, text } in &shipped {
        assert!(
            !code::is_for_tests(text),
            "src/{path} is for tests only, and whoever declares it does not say so"
        );
    }
}

#[test]
fn every_file_keeps_the_rule_of_its_room() {
    let found = shipped()
        .iter()
        .filter(|source| source.path != "lib.rs")
        .flat_map(|source| breaches(&source.path, &source.code()))
        .collect::<Vec<_>>();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_root_only_names_rooms() {
    let root = shipped().into_iter().find(|source| source.path == "lib.rs").unwrap();
    for word in ["fn", "struct", "enum", "impl", "trait", "const", "static", "macro_rules"] {
        assert!(!root.code().words.contains(word), "src/lib.rs has a `{word}`: it belongs into a room");
    }
}

#[test]
fn rooms_are_public_on_purpose_and_the_map_names_each() {
    let root = sources().into_iter().find(|source| source.path == "lib.rs").unwrap();
    let map: String = root.text.lines().filter(|line| line.starts_with("//!")).collect();
    let (mut public, mut rooms) = (Vec::new(), 0);
    for line in root.text.lines() {
        if let Some((visibility, room)) = line.trim_end_matches(';').split_once("mod ") {
            if visibility.is_empty() || visibility == "pub " {
                assert!(map.contains(&format!("`{room}`")), "the map of src/lib.rs lacks the room `{room}`");
                rooms += 1;
            }
            if visibility == "pub " {
                public.push(room);
            }
        }
    }
    assert_eq!(public, PUBLIC, "what others need of a room is re-exported by src/testing.rs");
    assert!(rooms > PUBLIC.len(), "src/lib.rs declares the rooms");
}

#[test]
fn every_rule_is_for_something_and_imports_go_down() {
    let sources = sources();
    for (at, rule) in RULES.iter().enumerate() {
        let rest = sources.iter().filter_map(|source| source.path.strip_prefix(rule.place));
        let found = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')).count();
        assert!(found > 0, "src/{} is no longer there: its rule can go", rule.place);
        for import in rule.imports {
            let below = RULES[at..].iter().any(|rule| room_of(rule.place).trim_end_matches(".rs") == *import);
            let above = RULES[..at].iter().any(|rule| room_of(rule.place).trim_end_matches(".rs") == *import);
            assert!(below && !above, "{} imports {import}, which is not below it", rule.place);
        }
    }
}

#[test]
fn files_stay_short_enough_to_read() {
    let longer = sources()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > LINES)
        .collect::<BTreeSet<_>>();
    for (lines, path) in &longer {
        let most = LONGER.iter().find(|(named, _)| named == path).map_or(LINES, |(_, most)| *most);
        assert!(*lines <= most, "src/{path} has {lines} lines, more than {most}");
    }
    for (path, _) in LONGER {
        assert!(
            longer.iter().any(|(_, long)| long == path),
            "src/{path} is short now: strike it from the list"
        );
    }
}

mod the_reader {
    //! Each rule is only as good as what it reads, so that is tested on small texts.

    use super::{BTreeSet, Code, Module};

    fn paths(text: &str) -> Vec<String> {
        Code::of(text, &["view", "progress"]).paths.into_iter().filter(|path| path.contains("::")).collect()
    }

    #[test]
    fn reads_what_stands_below_a_test_module_and_between_two() {
        let text = "#[cfg(test)] mod tests { fn a() { std::env::var(); } } fn b() { std::fs::read(); }
            #[cfg(test)] use std::net::TcpStream;
            #[cfg(test)] #[allow(unused)] impl A { fn c() { tokio::spawn(); } }
            impl A { #[cfg(test)] fn d() { reqwest::get(); } fn e() { std::mem::drop(()); } }";
        assert_eq!(paths(text), ["std::fs::read", "std::mem::drop"]);
    }

    #[test]
    fn reads_on_behind_a_field_that_only_tests_have() {
        let text = "struct A { #[cfg(test)] a: u8, b: std::fs::File } fn c() {}";
        assert_eq!(paths(text), ["std::fs::File"]);
    }

    #[test]
    fn keeps_what_ships_under_another_condition() {
        assert_eq!(paths("#[cfg(not(test))] use std::env::var;"), ["std::env::var"]);
        assert_eq!(paths("#[cfg(unix)] fn a() { std::env::var(); }"), ["std::env::var"]);
    }

    #[test]
    fn takes_no_comment_and_no_text_for_code() {
        assert_eq!(
            paths("/// std::env\nconst A: &str = \"std::fs {\"; // std::net\n/* tokio::spawn */"),
            [""; 0]
        );
    }

    #[test]
    fn resolves_imported_names_groups_and_new_names() {
        let text = "use std::{io::{self, Write as W}, time::Instant}; use std::fs as files;
            fn a() { files::read(); io::stdout(); Instant::now(); W::flush(); }";
        assert_eq!(
            paths(text),
            [
                "std::fs",
                "std::fs::read",
                "std::io",
                "std::io::Write",
                "std::io::Write::flush",
                "std::io::stdout",
                "std::time::Instant",
                "std::time::Instant::now",
            ]
        );
    }

    #[test]
    fn resolves_ways_up_and_down_the_modules() {
        assert_eq!(paths("use super::labels::a;"), ["crate::view::labels::a"]);
        assert_eq!(paths("fn a() { super::super::plan::b(); }"), ["crate::plan::b"]);
        assert_eq!(paths("use self::bar::Bar;"), ["crate::view::progress::bar::Bar"]);
        assert_eq!(paths("mod inner { use super::super::Style; }"), ["crate::view::Style"]);
    }

    #[test]
    fn reads_the_bodies_of_macros() {
        assert_eq!(paths("macro_rules! a { () => { $crate::cloud::b() } }"), ["crate::cloud::b"]);
        assert_eq!(paths("fn a() { vec![std::env::var()]; }"), ["std::env::var"]);
        assert_eq!(paths("fn a<'a>() -> impl A + use<'a> { std::env::var() }"), ["std::env::var"]);
    }

    #[test]
    fn knows_which_files_only_tests_have() {
        let text = "mod a; #[cfg(test)] mod tests; #[cfg(test)] #[path = \"a_laws.rs\"] pub(super) mod laws;
            #[cfg(test)] mod here { fn b() {} }";
        let expected = [Module::Named("tests".to_owned()), Module::At("a_laws.rs".to_owned())];
        assert_eq!(Code::of(text, &[]).test_modules, BTreeSet::from(expected));
    }
}

mod the_rules {
    //! Every rule can fail.

    use super::{Code, REACHES, breaches, module, rule_for};
    use crate::rooms::Reach;

    fn breach(path: &str, text: &str) -> Option<String> {
        let found = breaches(path, &Code::of(text, &module(path)));
        assert!(found.len() < 2, "{found:?}");
        found.into_iter().next()
    }

    #[test]
    fn a_new_room_needs_a_rule() {
        assert!(breach("attic/mod.rs", "").unwrap().contains("no rule for this room"));
    }

    #[test]
    fn nothing_looks_upwards() {
        for (path, text, what) in [
            ("plan/order.rs", "use crate::cloud::Meter;", "imports `cloud::Meter`"),
            ("spec/names.rs", "use crate::{resource::tags, spec::rules};", "imports `resource::tags`"),
            ("cloud/retry.rs", "fn a() { super::super::view::b(); }", "imports `view::b`"),
            ("sandbox/aws/xml.rs", "use crate::secret::Secret;", "imports `secret::Secret`"),
            ("resource/app.rs", "type A = crate::Plan;", "imports `Plan`"),
            ("main.rs", "fn main() { trueup::apply::b(); }", "imports `apply::b`"),
        ] {
            let found = breach(path, text).unwrap_or_else(|| panic!("{path}: {text}"));
            assert!(found.contains(what), "{found}");
        }
        assert_eq!(breach("plan/order.rs", "use super::Plan; use crate::resource::World;"), None);
    }

    #[test]
    fn views_have_no_client_to_ask() {
        assert!(breach("view/error.rs", "use crate::cloud::heroku::Heroku;").is_some());
        assert!(breach("view/error.rs", "use crate::cloud::Clouds;").is_some());
        assert_eq!(breach("view/error.rs", "use crate::cloud::CloudError;"), None);
    }

    #[test]
    fn what_decides_can_reach_nothing() {
        let text = |reach| match reach {
            Reach::Async => "async fn a() {}",
            Reach::Clock => "fn a() { time::OffsetDateTime::now_utc(); }",
            Reach::Random => "fn a() { uuid::Uuid::new_v4(); }",
            Reach::Environment => "fn a() { std::env::var(\"A\"); }",
            Reach::Files => "fn a(path: &std::path::Path) { path.exists(); }",
            Reach::Network => "use std::net::TcpStream;",
            Reach::Processes => "use std::process::Command;",
            Reach::Terminal => "fn a() { println!(); }",
        };
        for place in
            ["plan/mod.rs", "spec/check/heroku.rs", "render/engine.rs", "view/human.rs", "cloud/retry.rs"]
        {
            for reach in REACHES {
                let found = breach(place, text(reach)).unwrap_or_else(|| panic!("{place}: {reach:?}"));
                assert!(found.contains(&format!("reaches {reach:?}")), "{found}");
            }
        }
    }

    #[test]
    fn the_most_exact_place_decides() {
        assert_eq!(rule_for("spec/load.rs").unwrap().place, "spec/load.rs");
        assert_eq!(rule_for("spec/loaded.rs").unwrap().place, "spec");
        assert_eq!(breach("spec/load.rs", "use std::fs;"), None);
    }
}

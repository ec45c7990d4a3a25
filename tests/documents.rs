//! Keeps the documents true: what they say in tables is what the code decides by, and what the code cites is there.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex_lite::Regex;
use trueup::testing::retry::{Failure, RetryPolicy, Sends, TABLE};

fn document(name: &str) -> String {
    std::fs::read_to_string(format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The rows of the table between two marks, without its head.
fn rows(document: &str, mark: &str) -> Vec<String> {
    let (_, rest) = document.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    table.lines().skip(2).map(str::to_owned).collect()
}

fn words(failure: Failure) -> &'static str {
    match failure {
        Failure::NotSent => "no connection was made: nothing was sent",
        Failure::TimedOut => "no answer in time (30 s, or `TRUEUP_TIMEOUT`)",
        Failure::CutOff => "the connection was lost before the whole answer came",
        Failure::Gateway => "502, 503, 504",
        Failure::Server => "500 and any other 5xx",
        Failure::Unreadable => "a whole answer that is not understood",
        Failure::TooMany => "429",
        Failure::Refused => "any other refusal",
    }
}

#[test]
fn the_table_of_retries_is_the_one_that_decides() {
    let minutes = RetryPolicy::default().rate_limited_total.as_secs() / 60;
    let times = |times: u32| match times {
        u32::MAX => format!("for {minutes} minutes"),
        times => times.to_string(),
    };
    let row = |(failure, Sends { read, idempotent_write, create }): &(Failure, Sends)| {
        let [read, write, create] = [*read, *idempotent_write, *create].map(times);
        format!("| {} | {read} | {write} | {create} |", words(*failure))
    };
    assert_eq!(rows(&document("reliability.md"), "retries"), TABLE.iter().map(row).collect::<Vec<_>>());
}

/// The files that cite documents: what is compiled, and what says how.
fn citing() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut left = ["src", "tests", "benches", "fuzz/fuzz_targets", "Cargo.toml", "deny.toml"]
        .map(|name| root.join(name))
        .to_vec();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root).unwrap().to_owned(), in_one_line(&text)));
        }
    }
    assert!(found.len() > 100, "{found:?}");
    found.retain(|(_, text)| [".md", "contract section"].iter().any(|sign| text.contains(sign)));
    found
}

/// The text without the signs of comments, so that a citation may go on in the next line.
fn in_one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '#']).trim());
    lines.collect::<Vec<_>>().join(" ")
}

/// The sections of a page that a text cites: `page.md sections 2, 3.1 and 5`.
fn cited(text: &str) -> Vec<(String, String)> {
    let citation = Regex::new(r"([a-z0-9-]+\.md) sections? ([0-9]+(?:(?:\.|, | and )[0-9]+)*)").unwrap();
    let found = citation.captures_iter(text).flat_map(|found| {
        let (page, sections) = (found[1].to_owned(), found[2].replace(" and ", ", "));
        sections.split(", ").map(|section| (page.clone(), section.to_owned())).collect::<Vec<_>>()
    });
    found.collect()
}

/// The sections of the fact sheets, by their numbered headings.
fn sections() -> BTreeSet<(String, String)> {
    let heading = Regex::new(r"(?m)^##+ ([0-9.]*[0-9])\.? ").unwrap();
    let pages = std::fs::read_dir(format!("{}/docs/facts", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let pages = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let found = pages.flat_map(|page| {
        let text = document(&format!("facts/{page}"));
        heading.captures_iter(&text).map(|found| (page.clone(), found[1].to_owned())).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn citations_are_read_as_they_are_written() {
    let text = in_one_line(
        "//! One (page.md sections 2, 3.1 and 5).\n    /// Two (page.md\n    /// section 8.4.)\n# 3: b.md section 1",
    );
    let found =
        cited(&text).into_iter().map(|(page, section)| format!("{page} {section}")).collect::<Vec<_>>();
    assert_eq!(found, ["page.md 2", "page.md 3.1", "page.md 5", "page.md 8.4", "b.md 1"]);
}

#[test]
fn every_cited_section_is_in_the_fact_sheets() {
    let sections = sections();
    assert!(sections.contains(&("heroku-api.md".to_owned(), "3.1".to_owned())), "{sections:?}");
    let mut used = BTreeSet::new();
    for (path, text) in citing().into_iter().filter(|(path, _)| !path.ends_with("documents.rs")) {
        for citation in cited(&text) {
            let (page, section) = &citation;
            assert!(
                sections.contains(&citation),
                "{}: docs/facts/{page} has no section {section}",
                path.display()
            );
            used.insert(citation);
        }
    }
    let unused = sections.difference(&used).collect::<Vec<_>>();
    assert!(unused.is_empty(), "no comment cites {unused:?}: a fact sheet has only what is used");
}

#[test]
fn every_page_that_the_code_names_is_there() {
    let page = Regex::new(r"[A-Za-z0-9/_.-]+\.md\b").unwrap();
    for (path, text) in citing().into_iter().filter(|(path, _)| !path.starts_with("tests")) {
        for named in page.find_iter(&text).map(|named| named.as_str().trim_start_matches("../")) {
            let places = [named.to_owned(), format!("docs/facts/{named}")];
            let is_there =
                places.iter().any(|place| Path::new(env!("CARGO_MANIFEST_DIR")).join(place).is_file());
            assert!(is_there, "{} names {named}, which is not here", path.display());
        }
        assert!(!text.contains("contract section"), "{} cites a page that is not here", path.display());
    }
}

/// The pages for readers: the README and everything in docs.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    let mut left = vec![root.join("docs")];
    while let Some(folder) = left.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// A page without its blocks of code, in which nothing is a heading or a link.
fn prose(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The anchors that GitHub gives a page's headings.
fn anchors(path: &Path) -> BTreeSet<String> {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let anchor = |heading: &str| {
        heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    let text = prose(path);
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut followed = 0;
    for page in pages() {
        for found in link.captures_iter(&prose(&page)).filter(|found| !found[1].contains("://")) {
            let (file, anchor) = found[1].split_once('#').unwrap_or((&found[1], ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{} links to {}, which is not here", page.display(), &found[1]);
            let leads = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(leads, "{} links to {}, which is no heading there", page.display(), &found[1]);
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed}");
}

/// The last cell of each row of a table: where what the row says is tried.
fn last_cells(text: &str) -> Vec<String> {
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| what") && !line.starts_with("| # "));
    rows.filter_map(|row| Some(row.trim_end_matches(" |").rsplit_once(" | ")?.1.to_owned())).collect()
}

/// What a cell names: files or folders, and tests in them, of which the beginning may be written with `…` after it. A file
/// without a folder is in that of the file before it, or in the usual one.
fn tried(cell: &str, usual: &str) -> (Vec<PathBuf>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut places, mut tests, mut folder) = (Vec::new(), Vec::new(), root.join(usual));
    for word in cell.split([' ', '`', ',', ';', ':']).filter(|word| !word.is_empty()) {
        let ending = Path::new(word).extension();
        let is_file = ending.is_some_and(|ending| ending == "rs" || ending == "yaml");
        if is_file && !word.contains('/') {
            places.push(folder.join(word));
        } else if is_file || word.starts_with("tests/") {
            let place = root.join(word);
            place.parent().unwrap().clone_into(&mut folder);
            places.push(place);
        } else if word.contains('_') {
            tests.push(word.to_owned());
        }
    }
    (places, tests)
}

/// The text of a file, or of all Rust files of a folder.
fn text_of(place: &Path) -> String {
    let Ok(folder) = std::fs::read_dir(place) else {
        return std::fs::read_to_string(place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    };
    let files = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn every_test_that_a_row_names_is_there() {
    let reliability = document("reliability.md");
    let (_, field) = reliability.split_once("## What the field does to it").unwrap();
    let (field, _) = field.split_once("\n## ").unwrap();
    let reports = document("field-reports.md");
    for (page, usual, least) in [(field, "tests/cli", 70), (reports.as_str(), "tests/field", 30)] {
        let cells = last_cells(page);
        assert!(cells.len() >= least, "{cells:?}");
        for cell in cells {
            let (places, tests) = tried(&cell, usual);
            assert!(!places.is_empty(), "`{cell}` names no test");
            let text: String = places.iter().map(|place| text_of(place)).collect();
            for test in tests {
                let beginning =
                    test.strip_suffix('…').map_or(format!("fn {test}("), |start| format!("fn {start}"));
                assert!(text.contains(&beginning), "`{cell}`: there is no test `{test}`");
            }
        }
    }
}

//! docs/field-reports.md against the tests that it names.

use std::collections::BTreeSet;

const LIST: &str = include_str!("../../docs/field-reports.md");

/// The cells of each row.
fn rows() -> Vec<Vec<&'static str>> {
    let rows = LIST.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn every_report_is_listed_once_and_its_test_exists() {
    let rows = rows();
    let mut seen = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.len(), 5, "{row:?}");
        assert_eq!(row[0], (index + 1).to_string());
        for report in row[1].split(", ") {
            let (repository, number) = report.split_once('#').unwrap();
            assert!(repository.split('/').count() == 2 && number.parse::<u32>().is_ok(), "{report}");
            assert!(seen.insert(report), "{report} is listed twice");
        }
        let (file, test) = row[4].split_once(": ").unwrap();
        let file = file.trim_matches('`');
        let path = if file.contains('/') { file.to_owned() } else { format!("tests/field/{file}") };
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let source = std::fs::read_to_string(path).unwrap();
        let test = format!("fn {}()", test.trim_matches('`'));
        assert!(source.contains(&test), "{file} has no `{test}`");
    }
    assert!(rows.len() >= 30 && seen.len() >= rows.len(), "{} rows, {} reports", rows.len(), seen.len());
}

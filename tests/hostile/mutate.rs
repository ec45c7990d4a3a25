//! Ways to spoil a text that is right: the same recipe spoils it in the same way, so that a failure can be shrunk.

use proptest::prelude::*;
use serde_json::{Value, json};

/// One change, to be made at a place that is taken modulo the text's size.
#[derive(Clone, Debug)]
pub enum Change {
    DeleteLine(usize),
    RepeatLine(usize, usize),
    SwapLines(usize, usize),
    IndentLine(usize, usize),
    /// What stands behind the first colon of a line.
    Value(usize, usize),
    InsertLine(usize, usize),
    InsertBytes(usize, Vec<u8>),
    Cut(usize),
    LineEnds,
}

/// Short ones.
const NASTY: &[&str] = &[
    "99999999999999999999999999",
    "-0",
    "1e999",
    "0x7fffffffffffffff",
    ".inf",
    "NaN",
    "0o777",
    "1_000",
    "null",
    "~",
    "",
    "[]",
    "{}",
    "[[]]",
    "{ {}: {} }",
    "? [a]",
    "\"\\0\"",
    "\"\\u202e\\e[31m\"",
    "'",
    "\"",
    "|",
    ">-",
    "!!binary aGk=",
    "!!python/object:os.system ls",
    "!<tag:evil> x",
    "&a *a",
    "*nobody",
    "<<: *b1",
    "<<: [1, 2]",
    "- - - - a",
    "\u{feff}app: {}",
    "a\u{0}b",
    "\tapp: x",
    "лedger",
    "ｌedger",
    "a\u{202e}b\u{2066}",
    "\u{1f4a9}",
    "%YAML 9.9",
    "---",
    "...",
    "extends: ../../../../etc/passwd",
    "extends: production.yaml",
    "extends: /dev/zero",
    "extends: base.yaml",
    "app: { name: ledger }",
    "template: { name: ../.., vars: { a: 1 } }",
    "config: { A: { file: /etc/passwd } }",
    "config: { A: { command: [rm, -rf, /] } }",
];

/// Values and lines that break parsers, or those who trust them.
pub fn nasty() -> Vec<String> {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(500), close.repeat(500));
    let bomb: String = (1..12)
        .map(|level| format!("b{level}: &b{level} [{}]\n", vec![format!("*b{}", level - 1); 10].join(", ")))
        .collect();
    let long = "x".repeat(70_000);
    let made = [
        deep("[", "]"),
        deep("{a: ", "}"),
        "- ".repeat(3000),
        format!("{long}: 1"),
        long,
        format!("b0: &b0 x\n{bomb}"),
    ];
    NASTY.iter().copied().map(str::to_owned).chain(made).collect()
}

pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<usize>;
    let change = prop_oneof![
        1 => at().prop_map(Change::DeleteLine),
        1 => (at(), 1_usize..4).prop_map(|(line, times)| Change::RepeatLine(line, times)),
        1 => (at(), at()).prop_map(|(one, other)| Change::SwapLines(one, other)),
        1 => (at(), 0_usize..9).prop_map(|(line, by)| Change::IndentLine(line, by)),
        3 => (at(), at()).prop_map(|(line, what)| Change::Value(line, what)),
        2 => (at(), at()).prop_map(|(line, what)| Change::InsertLine(line, what)),
        2 => (at(), proptest::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Change::InsertBytes(at, bytes)),
        1 => at().prop_map(Change::Cut),
        1 => Just(Change::LineEnds),
    ];
    proptest::collection::vec(change, 1..8)
}

/// The text after all changes, which need not be UTF-8 any more.
pub fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let nasty = nasty();
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        bytes = match change {
            Change::InsertBytes(at, more) => {
                let at = at % (bytes.len() + 1);
                bytes.splice(at..at, more.iter().copied());
                bytes
            }
            Change::Cut(at) => bytes[..at % (bytes.len() + 1)].to_vec(),
            by_line => lines_changed(&bytes, by_line, &nasty),
        };
    }
    bytes
}

fn lines_changed(bytes: &[u8], change: &Change, nasty: &[String]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let count = lines.len();
    match change {
        Change::DeleteLine(at) => drop(lines.remove(at % count)),
        Change::RepeatLine(at, times) => {
            let line = lines[at % count].clone();
            lines.splice(at % count..at % count, vec![line; *times]);
        }
        Change::SwapLines(one, other) => lines.swap(one % count, other % count),
        Change::IndentLine(at, by) => {
            lines[at % count].splice(0..0, vec![b' '; *by]);
        }
        Change::Value(at, what) => {
            let line = &mut lines[at % count];
            let key = line.iter().position(|byte| *byte == b':').map_or(line.len(), |colon| colon + 1);
            line.truncate(key);
            line.push(b' ');
            line.extend_from_slice(nasty[what % nasty.len()].as_bytes());
        }
        Change::InsertLine(at, what) => {
            lines.insert(at % count, nasty[what % nasty.len()].clone().into_bytes());
        }
        Change::LineEnds => lines.iter_mut().for_each(|line| line.push(b'\r')),
        Change::InsertBytes(..) | Change::Cut(_) => unreachable!("not by line"),
    }
    lines.join(&b'\n')
}

/// What may stand anywhere in JSON.
pub fn odd_values() -> Vec<Value> {
    let deep = (0..100).fold(json!(0), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("\u{0}\u{1b}[31m\u{202e}"),
        json!("{{token}} {{secret}} {{live}}"),
        json!("x".repeat(5000)),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"name": {"name": null}}),
        json!("2026-13-45T99:99:99Z"),
        json!("http://127.0.0.1:1/"),
        deep,
    ]
}

/// The value with its n-th part (counted from the outside in) replaced, removed or doubled.
pub fn part_changed(value: &Value, at: usize, how: usize) -> Value {
    let mut value = value.clone();
    let total = parts(&value);
    change_part(&mut value, &mut (at % total), how);
    value
}

fn parts(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(parts).sum::<usize>(),
        Value::Object(entries) => entries.values().map(parts).sum::<usize>(),
        _ => 0,
    }
}

fn change_part(value: &mut Value, left: &mut usize, how: usize) {
    if *left == 0 {
        *left = usize::MAX;
        let odd = odd_values();
        match (how % (odd.len() + 2), &mut *value) {
            (0, Value::Object(entries)) => entries.clear(),
            (0, Value::Array(items)) => items.clear(),
            (1, other) => *other = json!([other.clone(), other.clone()]),
            (how, other) => *other = odd[how.saturating_sub(2)].clone(),
        }
        return;
    }
    *left -= 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    for part in inner {
        if *left == usize::MAX {
            return;
        }
        let size = parts(part);
        if *left < size {
            return change_part(part, left, how);
        }
        *left -= size;
    }
}

//! Keeps the documents true: what they say in tables is what the code decides by.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests stop at the first surprise")]

use trueup::cloud::retry::{Failure, RetryPolicy, Sends, TABLE};

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

//! Templates that were spoilt: filled in or told as mistaken, never a panic, and no path that leaves the folder.

use proptest::prelude::*;

use super::kept::files;
use super::mutate::{changed, changes};
use crate::targets;

fn templates() -> Vec<String> {
    files("fuzz/corpus/template").into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_template(text in proptest::sample::select(templates()), changes in changes()) {
        targets::template(&changed(&text, &changes));
    }

    #[test]
    fn any_text_as_a_template(text in ".{0,400}") {
        let manifest = "name: rails\ndescription: x\n";
        targets::template(format!("{manifest}\n--8<--\na\n--8<--\n{text}").as_bytes());
        targets::template(format!("{manifest}\n--8<--\n{text}\n--8<--\nx").as_bytes());
        targets::template(text.as_bytes());
    }
}

//! Answers of services: each one that is right, cut off at every byte and with every part replaced by something odd.

use proptest::prelude::*;
use serde_json::Value;

use super::kept::files;
use super::mutate::{changed, changes, odd_values, part_changed};
use crate::targets;

/// The scripts of a target that hold one answer: what stands before its body, and the body.
fn scripts(target: &str) -> Vec<(String, String)> {
    let texts = files(&format!("fuzz/corpus/{target}"))
        .into_iter()
        .filter_map(|file| std::fs::read_to_string(file).ok());
    let one = texts.filter(|text| !text.contains("\n--8<--\n"));
    one.filter_map(|text| {
        let (head, body) = text.split_once("\n\n")?;
        Some((format!("{head}\n\n"), body.to_owned()))
    })
    .collect()
}

fn json_scripts() -> Vec<(String, Value)> {
    let all = scripts("heroku").into_iter();
    all.filter_map(|(head, body)| Some((head, serde_json::from_str(&body).ok()?))).collect()
}

#[test]
fn an_answer_of_heroku_with_any_part_odd() {
    let odd = odd_values().len() + 2;
    for (head, body) in json_scripts() {
        for at in 0..40 {
            let how = (at * 7 + head.len()) % odd;
            targets::heroku(format!("{head}{}", part_changed(&body, at, how)).as_bytes());
        }
    }
}

#[test]
fn an_answer_of_heroku_cut_off_at_every_byte() {
    for (head, body) in scripts("heroku") {
        for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
            targets::heroku(format!("{head}{}", &body[..end]).as_bytes());
        }
    }
}

#[test]
fn an_answer_of_iam_and_sts_cut_off_at_every_byte() {
    cut_at_every_byte(|call| !call.starts_with('?'));
}

#[test]
fn an_answer_of_s3_cut_off_at_every_byte() {
    cut_at_every_byte(|call| call.starts_with('?'));
}

fn cut_at_every_byte(of: fn(&str) -> bool) {
    for (head, body) in scripts("aws").into_iter().filter(|(head, _)| of(head)) {
        for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
            targets::aws(format!("{head}{}", &body[..end]).as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_script_of_heroku((head, body) in proptest::sample::select(scripts("heroku")), changes in changes()) {
        targets::heroku(&changed(&format!("{head}{body}"), &changes));
    }

    #[test]
    fn a_spoilt_answer_of_heroku((head, body) in proptest::sample::select(scripts("heroku")), changes in changes()) {
        targets::heroku(&[head.as_bytes(), &changed(&body, &changes)].concat());
    }

    #[test]
    fn a_spoilt_answer_of_aws((head, body) in proptest::sample::select(scripts("aws")), changes in changes()) {
        targets::aws(&[head.as_bytes(), &changed(&body, &changes)].concat());
    }

    #[test]
    fn a_spoilt_policy(
        (head, body) in proptest::sample::select(vec![include_str!("../../fuzz/corpus/policy/user.txt"), include_str!("../../fuzz/corpus/policy/tls_only.txt")].into_iter().map(|text| (text, text)).collect::<Vec<_>>()),
        at in any::<usize>(), how in any::<usize>(),
    ) {
        let odd = part_changed(&serde_json::from_str(body).unwrap(), at, how);
        targets::policy(format!("{odd}\n--8<--\n{head}").as_bytes());
    }

    #[test]
    fn a_spoilt_saved_plan(changes in changes()) {
        targets::plan_file(&changed(include_str!("../../fuzz/corpus/plan_file/edited.json"), &changes));
    }
}

//! Environment files that were spoilt, through the library and through `trueup validate`.

use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::kept::files;
use super::mutate::{changed, changes, nasty};
use crate::support::{Project, Ran};
use crate::targets;

/// The specs of this repository: those that are right and those that are mistaken.
fn specs() -> Vec<String> {
    let folders = ["environments", "tests/spec", "tests/support", "fuzz/corpus/spec"];
    let all = folders.iter().flat_map(|folder| files(folder));
    let yaml = all.filter(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    yaml.filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    (proptest::sample::select(specs()), changes()).prop_map(|(spec, changes)| changed(&spec, &changes))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_spec_is_right_or_told_as_mistaken(bytes in spoilt()) {
        targets::spec(&bytes);
    }

    #[test]
    fn any_bytes_are_right_or_told_as_mistaken(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        targets::spec(&bytes);
    }
}

#[test]
fn each_nasty_line_is_bearable_wherever_it_stands() {
    for line in nasty() {
        for spec in [
            line.clone(),
            format!("app: {line}\n"),
            format!("app: {{ name: ledger }}\ntemplate: {{ name: a, vars: {{ v: {line} }} }}\n"),
        ] {
            targets::spec(spec.as_bytes());
        }
    }
}

#[test]
fn the_program_says_what_is_wrong_with_spoilt_specs_and_never_panics() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..25 {
        let project = Project::empty();
        std::fs::create_dir_all(project.file("environments")).unwrap();
        for number in 0..10 {
            let bytes = spoilt().new_tree(&mut runner).unwrap().current();
            std::fs::write(project.file(&format!("environments/spoilt-{number}.yaml")), bytes).unwrap();
        }
        let ran = validate(&project);
        assert!(matches!(ran.code, 0 | 1), "{ran:?}");
        assert!(ran.code == 0 || !ran.stderr.trim().is_empty(), "a refusal is explained");
        assert!(!ran.stderr.contains("panicked at"), "{}", ran.stderr);
        let obeyed = |character: char| character.is_control() && character != '\n';
        assert!(!ran.stderr.contains(obeyed) && !ran.stdout.contains(obeyed), "{ran:?}");
    }
}

/// `trueup validate` with a gigabyte of address space and twenty seconds of the processor's time: what needs more is
/// killed by the system, which is no exit code.
fn validate(project: &Project) -> Ran {
    let validate = project.command(&["validate"]);
    let mut bounded = Command::new("/bin/sh");
    bounded.args(["-c", "ulimit -v 1048576 -t 20; exec \"$0\" \"$@\""]);
    bounded.arg(validate.get_program()).args(validate.get_args()).current_dir(project.path()).env_clear();
    for (name, value) in validate.get_envs() {
        value.map(|value| bounded.env(name, value));
    }
    Ran::from(bounded.stdin(Stdio::null()).output().unwrap())
}

//! Environment files of any bytes, through the loader.

use trueup::testing::hostile;
use trueup::testing::spec::{Environment, SpecError};

use super::fit_for_a_terminal;

/// Begins `environments/base.yaml` after `environments/production.yaml`.
const BASE: &[u8] = b"\n--- base.yaml\n";

/// A project of one file, or of two.
pub fn spec(input: &[u8]) {
    let at = input.windows(BASE.len()).position(|window| window == BASE);
    let (own, base) = at.map_or((input, &[][..]), |at| (&input[..at], &input[at + BASE.len()..]));
    match (hostile::environment(own, base), hostile::environment(own, base)) {
        (Ok(once), Ok(again)) => good(&once, &again),
        (Err(once), Err(again)) => {
            assert_eq!(shown(&once), shown(&again), "the same files have the same mistakes");
        }
        (once, again) => panic!("the same files are right and wrong: {once:?} {again:?}"),
    }
}

fn good(once: &Environment, again: &Environment) {
    assert_eq!(once.spec, again.spec);
    assert_eq!(once.spec.digest(), again.spec.digest());
    for warning in once.warnings() {
        fit_for_a_terminal(&warning.render(false));
    }
    for path in ["app.name", "config", "addons.DATABASE.plan", "buildpacks[0]", "", "[", "config.A[9"] {
        let finding = once.finding(path, "cannot be had", Some("look"));
        if let Some(place) = finding.location() {
            assert!(place.line >= 1 && place.column >= 1);
        }
        fit_for_a_terminal(&finding.render(false));
    }
    for name in once.spec.config.keys() {
        let finding = once.finding(&format!("config.{name}"), "", None);
        assert!(finding.location().is_some(), "{name} was written somewhere");
    }
}

fn shown(error: &SpecError) -> String {
    let text = error.render(false);
    fit_for_a_terminal(&text);
    fit_for_a_terminal(&error.to_string());
    assert!(!text.trim().is_empty(), "a mistake is told");
    assert!(text.len() < 1_000_000, "{} bytes of mistakes", text.len());
    assert!(!error.render(true).is_empty());
    let _ = (error.hint(), format!("{error:?}"));
    text
}

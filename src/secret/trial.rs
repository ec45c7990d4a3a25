//! Whether a value works, as a program of the operator's tells. It finds the value in its environment, under the name
//! under which the app has it: other users of the machine can read the arguments of programs.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::Secret;
use crate::spec::VarName;

/// How long a test may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a test, never through a shell. What it prints could hold the value, so it goes nowhere.
///
/// # Errors
/// Why the value does not pass, in words.
pub async fn try_out(project: &Path, argv: &[String], name: &VarName, value: &Secret) -> Result<(), String> {
    let Some((program, arguments)) = argv.split_first() else { return Ok(()) };
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(project)
        .env(name.as_str(), value.reveal())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    let status = tokio::time::timeout(PATIENCE, status)
        .await
        .map_err(|_| format!("`{program}` did not end within {} s", PATIENCE.as_secs()))?
        .map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{program}` ended with {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a test that a shell runs, for the value `sk_live_one`.
    async fn tried(script: &str) -> Result<(), String> {
        let argv = ["sh", "-c", script, "test"].map(str::to_owned);
        let name = VarName::parse("STRIPE_KEY").expect("a good name");
        try_out(&std::env::temp_dir(), &argv, &name, &Secret::new("sk_live_one")).await
    }

    #[tokio::test]
    async fn the_value_is_in_the_environment_and_not_among_the_arguments() {
        assert_eq!(tried("test \"$STRIPE_KEY\" = sk_live_one && test $# = 0").await, Ok(()));
        assert_eq!(tried("exit 7").await, Err("`sh` ended with exit status: 7".to_owned()));
        let name = VarName::parse("STRIPE_KEY").expect("a good name");
        let argv = ["no-such-program".to_owned()];
        let missing = try_out(&std::env::temp_dir(), &argv, &name, &Secret::new("x")).await.unwrap_err();
        assert!(missing.starts_with("`no-such-program` cannot be run: "), "{missing}");
    }
}

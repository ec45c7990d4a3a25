//! Real dumps of a real PostgreSQL, when the sandbox has one behind it: by PostgreSQL's own programs, with the options that
//! Heroku's backups have (life-and-ci.md section 1.6).

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::sandbox::Knobs;

fn program(knobs: &Knobs, name: &str) -> Command {
    match &knobs.postgres_programs {
        Some(folder) => Command::new(folder.join(name)),
        None => Command::new(name),
    }
}

/// A dump of a database in the custom format, or what the program said.
pub(super) fn dump(knobs: &Knobs, url: &str) -> Result<Vec<u8>, String> {
    let ran = program(knobs, "pg_dump")
        .args(["--format=custom", "--no-acl", "--no-owner", "--quote-all-identifiers"])
        .args(["--exclude-schema=heroku_ext", "--no-password", "--dbname", url])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("pg_dump: {error}"))?;
    if ran.status.success() { Ok(ran.stdout) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}

/// Puts a dump into a database, over all that it holds of the same name.
pub(super) fn load(knobs: &Knobs, url: &str, content: &[u8]) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("pg_restore: {error}");
    let mut child = program(knobs, "pg_restore")
        .args(["--clean", "--if-exists", "--no-acl", "--no-owner", "--no-password", "--dbname", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut input = child.stdin.take();
    // One that fails reads no more, and says why.
    let _ = input.as_mut().map(|input| input.write_all(content));
    drop(input);
    let ran = child.wait_with_output().map_err(failed)?;
    if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}

//! Real dumps of a real PostgreSQL, when the sandbox has one behind it: by PostgreSQL's own programs, with the options that
//! Heroku's backups have (life-and-ci.md section 1.6).

use std::io::Write as _;
use std::process::{Command, Stdio};

use percent_encoding::percent_decode_str;
use url::Url;

use crate::sandbox::Knobs;

fn program(knobs: &Knobs, name: &str) -> Command {
    match &knobs.postgres_programs {
        Some(folder) => Command::new(folder.join(name)),
        None => Command::new(name),
    }
}

/// The same on a database, without its password among the arguments, which everybody on the machine can read.
fn on(mut command: Command, url: &str) -> Command {
    let Ok(mut url) = Url::parse(url) else { return command };
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", percent_decode_str(password).decode_utf8_lossy().as_ref());
    }
    // It can be refused for URLs without a host alone.
    let _ = url.set_password(None);
    command.args(["--no-password", "--dbname", url.as_str()]);
    command
}

/// A dump of a database in the custom format, or what the program said.
pub(super) fn dump(knobs: &Knobs, url: &str) -> Result<Vec<u8>, String> {
    let ran = on(program(knobs, "pg_dump"), url)
        .args(["--format=custom", "--no-acl", "--no-owner", "--quote-all-identifiers"])
        .arg("--exclude-schema=heroku_ext")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("pg_dump: {error}"))?;
    if ran.status.success() { Ok(ran.stdout) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}

/// Puts a dump into an empty database.
pub(super) fn load(knobs: &Knobs, url: &str, content: &[u8]) -> Result<(), String> {
    let mut restore = on(program(knobs, "pg_restore"), url);
    restore.args(["--no-acl", "--no-owner"]);
    fed(restore, content).map(drop)
}

/// The extensions that a dump asks for.
pub(super) fn extensions(knobs: &Knobs, content: &[u8]) -> Result<Vec<String>, String> {
    let mut list = program(knobs, "pg_restore");
    list.arg("--list");
    let list = fed(list, content)?;
    // `2; 3079 16386 EXTENSION - vector`
    let name = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.get(3) == Some(&"EXTENSION")).then(|| words.last().map(|name| (*name).to_owned())).flatten()
    };
    Ok(String::from_utf8_lossy(&list).lines().filter_map(name).collect())
}

/// What a program prints that reads a dump from its standard input, or what it said.
fn fed(mut command: Command, content: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("pg_restore: {error}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let mut input = child.stdin.take();
    // One that fails reads no more, and says why.
    let _ = input.as_mut().map(|input| input.write_all(content));
    drop(input);
    let ran = child.wait_with_output().map_err(failed)?;
    if ran.status.success() { Ok(ran.stdout) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}

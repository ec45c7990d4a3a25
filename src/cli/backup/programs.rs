//! PostgreSQL's own programs on this machine: where they are, and what one of them said.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// Where distributions put the programs of the server, which they keep out of `PATH`: a folder for each version.
const FOLDERS: [(&str, &str, &str); 3] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

/// What came of a program.
pub(super) enum Ran {
    /// It is not installed.
    Missing,
    /// It ended well, and wrote this.
    Well(String),
    /// It did not, and said this.
    Badly(String),
}

/// A program by its name: as any program is found, or where the newest server is.
pub(super) fn find(name: &str, path: Option<&str>) -> Option<PathBuf> {
    let in_path = path.into_iter().flat_map(std::env::split_paths).map(|folder| folder.join(name));
    in_path.chain(of_servers(name)).find(|program| program.is_file())
}

/// The same program of every server, the newest first.
fn of_servers(name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (folder, prefix, below) in FOLDERS {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let version = entry.file_name().to_string_lossy().strip_prefix(prefix).map(str::parse::<u32>);
            if let Some(Ok(version)) = version {
                found.push((version, entry.path().join(below).join(name)));
            }
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, program)| program).collect()
}

/// Runs a program to its end; it ends when nobody waits any more.
pub(super) async fn run(program: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Ran {
    let mut command = Command::new(program);
    for (name, value) in variables {
        command.env(name, value);
    }
    let ran = command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await;
    let Ok(ran) = ran else { return Ran::Missing };
    if ran.status.success() {
        return Ran::Well(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    Ran::Badly(last_lines(&String::from_utf8_lossy(&ran.stderr)))
}

/// The end of what a program said, in one line.
fn last_lines(said: &str) -> String {
    const LINES: usize = 3;
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_path_first() {
        let folder = tempfile::tempdir().unwrap();
        let name = "trueup-no-such-program";
        let path = folder.path().display().to_string();
        assert_eq!(find(name, Some(&path)), None);
        std::fs::write(folder.path().join(name), "").unwrap();
        assert_eq!(find(name, Some(&path)), Some(folder.path().join(name)));
    }

    #[test]
    fn of_what_a_program_said_the_end_is_told() {
        assert_eq!(last_lines("one\n\ntwo\nthree\nfour\n"), "two; three; four");
        assert_eq!(last_lines(""), "");
    }
}

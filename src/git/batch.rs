//! The contents of many blobs by one run of `git cat-file --batch`.
//!
//! What must not live here: which blobs these are.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::{GitError, command};

/// The contents of these blobs, by their ids.
pub(super) fn contents<'a>(
    project: &Path,
    ids: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Vec<u8>>, GitError> {
    let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let questions: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let mut git = command(project, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(GitError::NoProgram)?;
    let mut stdin = git.stdin.take().expect("it was asked for");
    // It answers while it is asked, so both go on at once.
    let asking = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let output = git.wait_with_output().map_err(GitError::NoProgram)?;
    let is_asked = asking.join().is_ok_and(|asked| asked.is_ok());
    let broken =
        || GitError::Failed { command: "cat-file".to_owned(), said: "an answer was cut off".to_owned() };
    if !is_asked || !output.status.success() {
        return Err(broken());
    }
    parsed(&output.stdout).filter(|contents| contents.len() == ids.len()).ok_or_else(broken)
}

/// `<id> blob <size>\n<content>\n`, as often as was asked.
fn parsed(mut answers: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    while !answers.is_empty() {
        let end = answers.iter().position(|byte| *byte == b'\n')?;
        let mut head = str::from_utf8(&answers[..end]).ok()?.split(' ');
        let (id, _, size) = (head.next()?, head.next()?, head.next()?.parse::<usize>().ok()?);
        let content = answers.get(end + 1..)?.get(..size)?;
        contents.insert(id.to_owned(), content.to_vec());
        answers = answers.get(end + 1 + size + 1..)?;
    }
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_cut_by_their_sizes() {
        let answers = b"0a blob 4\na\nb\n\n0b blob 0\n\n";
        let contents = parsed(answers).unwrap();
        assert_eq!(contents["0a"], b"a\nb\n");
        assert_eq!(contents["0b"], b"");
    }

    #[test]
    fn an_answer_that_is_cut_off_is_none() {
        for broken in [&b"0a blob 4\na\n"[..], b"0a missing\n", b"0a blob x\n\n", b"0a"] {
            assert_eq!(parsed(broken), None);
        }
    }
}

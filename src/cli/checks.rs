//! Programs that every plan has to pass: each gets the plan's JSON on standard input, and refuses it by ending badly
//! (docs/decisions/0016).
//!
//! What must not live here: what a refusal looks like.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::arguments;
use super::session::{Planned, Session};
use super::words::Words;
use crate::message::{FailedCheck, Failure, Refusal, Said, Unasked};
use crate::spec::{ConfigValue, DrainUrl, Program, ProjectFile, Spec};
use crate::view::json;

/// How long one of them may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// How much of each of its two streams is kept, in bytes.
const KEPT: u64 = 16 * 1024;
/// Variables that a program gets no more than the plan's values: what it writes is shown, in comments too.
const SECRETS: [&str; 7] = [
    "HEROKU_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "SECRET_ACCESS_KEY",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "TRUEUP_FINGERPRINT_KEY",
];

/// The programs that the plans of a run have to pass.
pub(super) struct Checks(Vec<Check>);

/// One of them.
struct Check {
    program: Program,
    /// Where it runs: the project's in the project, and the operator's where that is.
    folder: PathBuf,
}

impl Checks {
    /// Those of the project, unless it is not trusted, then those of the command line.
    pub(super) fn of(asked: &arguments::Checks, session: &Session<'_>) -> Result<Self, Failure> {
        let ProjectFile { checks } = ProjectFile::load(&session.project).map_err(Failure::Spec)?;
        let of_project = if session.context.distrust.is_none() { checks } else { Vec::new() };
        let of_project =
            of_project.into_iter().map(|program| Check { program, folder: session.project.clone() });
        let here = PathBuf::from(".");
        let asked = asked.check_with.iter();
        let asked = asked.map(|Words(program)| Check { program: program.clone(), folder: here.clone() });
        Ok(Self(of_project.chain(asked).collect()))
    }

    /// Asks them all, one after another, and refuses a plan that one of them refuses.
    pub(super) async fn hold(&self, planned: &Planned, session: &Session<'_>) -> Result<(), Failure> {
        let Planned { plan, environment, .. } = planned;
        if self.0.is_empty() {
            return Ok(());
        }
        let document = json::plan(plan, &session.key);
        let secrets = secrets(&environment.spec);
        let mut failed = Vec::new();
        for Check { program, folder } in &self.0 {
            let asked = ask(program, folder, &document, &secrets, PATIENCE).await;
            let environment = plan.environment.clone();
            let unasked = |why| Failure::CheckNotAsked { environment, program: program.clone(), why };
            failed.extend(asked.map_err(unasked)?);
        }
        if failed.is_empty() {
            return Ok(());
        }
        Err(Refusal::Checks { environment: plan.environment.clone(), failed }.into())
    }
}

/// Our own credentials, and the variables from which values of the spec come.
fn secrets(spec: &Spec) -> Vec<&str> {
    let drains = spec.app.log_drains.iter().flatten().map(DrainUrl::source);
    let sources = spec.config.values().chain(drains).filter_map(|value| match value {
        ConfigValue::Env(variable) => Some(variable.as_str()),
        _ => None,
    });
    SECRETS.into_iter().chain(sources).collect()
}

/// Runs a program itself, never through a shell. When nobody waits any more, it is ended.
async fn ask(
    program: &Program,
    folder: &Path,
    document: &str,
    secrets: &[&str],
    patience: Duration,
) -> Result<Option<FailedCheck>, Unasked> {
    // Where a relative path begins once the folder has changed differs from system to system.
    let is_path = program.name.contains('/') && Path::new(&program.name).is_relative();
    let name = if is_path {
        folder.canonicalize().map_err(Unasked::NotStarted)?.join(&program.name)
    } else {
        program.name.clone().into()
    };
    let mut command = Command::new(name);
    for variable in secrets {
        command.env_remove(variable);
    }
    let child = command
        .args(&program.arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(Unasked::NotStarted)?;
    let (code, said) = tokio::time::timeout(patience, answer(child, document))
        .await
        .map_err(|_| Unasked::TimedOut(patience))?
        .map_err(Unasked::Lost)?;
    Ok((code != Some(0)).then(|| FailedCheck { program: program.clone(), code, said }))
}

/// How it ended, and what it wrote.
async fn answer(mut child: Child, document: &str) -> std::io::Result<(Option<i32>, Said)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // One that has seen enough may end before it has read everything.
            let _ = stdin.write_all(document.as_bytes()).await;
        }
    };
    let ((), out, err) = tokio::join!(write, kept(stdout), kept(stderr));
    let ((out, is_out_cut), (err, is_err_cut)) = (out?, err?);
    let status = child.wait().await?;
    let parts = [out, err].map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned());
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    Ok((status.code(), Said { text, is_cut: is_out_cut || is_err_cut }))
}

/// The beginning of a stream, and whether there was more; all of it is read, so that the program can go on.
async fn kept(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<(Vec<u8>, bool)> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else { return Ok((kept, false)) };
    (&mut stream).take(KEPT).read_to_end(&mut kept).await?;
    let more = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok((kept, more > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(words: &[&str], patience: Duration) -> Result<Option<FailedCheck>, Unasked> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        ask(&Program::of(words).unwrap(), &std::env::temp_dir(), "{\"a\": 1}\n", &[], patience).await
    }

    #[tokio::test]
    async fn a_program_that_ends_well_agrees_whatever_it_reads_and_writes() {
        for words in [&["true"][..], &["cat"], &["grep", "-q", "\"a\": 1"], &["sh", "-c", "cat; cat >&2"]] {
            assert!(asked(words, PATIENCE).await.unwrap().is_none(), "{words:?}");
        }
    }

    #[tokio::test]
    async fn what_a_program_that_refuses_wrote_is_kept_within_bounds() {
        let FailedCheck { code, said, .. } =
            asked(&["sh", "-c", "cat; echo no >&2; exit 4"], PATIENCE).await.unwrap().unwrap();
        assert_eq!((code, said.text.as_str(), said.is_cut), (Some(4), "{\"a\": 1}\nno", false));
        let much = ["sh", "-c", "yes | head -c 1000000; exit 1"];
        let FailedCheck { said, .. } = asked(&much, PATIENCE).await.unwrap().unwrap();
        assert_eq!((said.text.len() as u64 <= KEPT, said.is_cut), (true, true));
        let killed = asked(&["sh", "-c", "kill -9 $$"], PATIENCE).await.unwrap().unwrap();
        assert_eq!(killed.code, None);
    }

    #[tokio::test]
    async fn one_that_does_not_start_or_does_not_end_was_not_asked() {
        assert!(matches!(asked(&["no-such-program"], PATIENCE).await, Err(Unasked::NotStarted(_))));
        assert!(matches!(asked(&["sleep", "600"], Duration::ZERO).await, Err(Unasked::TimedOut(_))));
    }
}

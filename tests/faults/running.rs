//! Runs of the program within a scenario: bounded in time, killed or interrupted at a call, and heard out for
//! what no run may say.

use std::process::{Output, Stdio};
use std::time::Duration;

use crate::scene::Scene;
use crate::support::Ran;

/// How an apply is called, in every run.
pub const APPLY: [&str; 4] = ["apply", "--yes", "--allow-commands", "--allow-large-change"];
/// How everything is taken away, in every run; without the last two words nobody confirms.
pub const DESTROY: [&str; 6] =
    ["destroy", "production", "--no-backup", "--empty-buckets", "--confirm", "ledger-production"];
/// How an access key is rotated, in every run.
pub const ROTATE: [&str; 7] = ["rotate", "production", "--grace", "0", "--settle", "0", "--yes"];
/// How its plan is asked for.
pub const PLAN: [&str; 3] = ["plan", "--detailed-exitcode", "--allow-commands"];
/// No run takes as long; one that does hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a run into a fault ended.
pub enum Ended {
    /// By itself, with an exit code.
    Exited(Ran),
    /// By the signal, with what it had said by then.
    Killed(Ran),
}

impl Ended {
    /// All that was said.
    pub fn ran(&self) -> &Ran {
        match self {
            Self::Exited(ran) | Self::Killed(ran) => ran,
        }
    }

    /// Whether everything was done, as the exit code tells.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Exited(ran) if ran.code == 0)
    }

    pub fn shown(&self) -> String {
        match self {
            Self::Exited(ran) => shown(ran),
            Self::Killed(ran) => format!("--- killed\n{}", ran.stderr.trim_end()),
        }
    }
}

/// A run's standard error, for whoever looks for what went wrong.
pub fn shown(ran: &Ran) -> String {
    format!("--- exit {}\n{}", ran.code, ran.stderr.trim_end())
}

/// Runs the program to its end, and no longer than is bearable.
pub fn bounded(scene: &Scene, arguments: &[&str]) -> Result<Ran, String> {
    scene.cloud.block_on(async {
        let running = tokio::time::timeout(PATIENCE, command(scene, arguments).output());
        let ended = running.await.map_err(|_| format!("`{}` hangs", arguments[0]))?;
        ended.map(Ran::from).map_err(|error| error.to_string())
    })
}

/// Runs the program until a call of its is held, sends it the signal, and waits for its end. What is killed gets no
/// answer; what is interrupted gets it.
pub fn signalled(scene: &Scene, arguments: &[&str], is_killed: bool) -> Result<Ended, String> {
    let sandbox = scene.cloud.sandbox();
    let work = async {
        let child = command(scene, arguments).spawn().map_err(|error| error.to_string())?;
        let id = child.id().ok_or("it ended at once")?;
        let mut ending = std::pin::pin!(child.wait_with_output());
        tokio::select! {
            ended = &mut ending => return exited(ended).map(Ended::Exited),
            () = sandbox.wait_for_held() => {}
        }
        signal(if is_killed { "-KILL" } else { "-INT" }, id).await?;
        if is_killed {
            let ended = exited(ending.await)?;
            sandbox.release(false);
            return Ok(Ended::Killed(ended));
        }
        sandbox.release(true);
        exited(ending.await).map(Ended::Exited)
    };
    let bounded = async { tokio::time::timeout(PATIENCE, work).await };
    scene.cloud.block_on(bounded).map_err(|_| "it hangs".to_owned())?
}

async fn signal(name: &str, process: u32) -> Result<(), String> {
    let sent = tokio::process::Command::new("kill").args([name, &process.to_string()]).status().await;
    match sent {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("it was gone before the signal came".to_owned()),
        Err(error) => Err(format!("`kill` cannot be run: {error}")),
    }
}

fn exited(ended: std::io::Result<Output>) -> Result<Ran, String> {
    ended.map(Ran::from).map_err(|error| error.to_string())
}

fn command(scene: &Scene, arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(scene.project.command(arguments));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

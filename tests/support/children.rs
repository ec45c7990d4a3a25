//! Runs of the program that go on while a test looks at the cloud.
#![allow(unreachable_pub, dead_code, clippy::unwrap_used, reason = "shared by path between test binaries")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Cloud, Project, Ran};

/// The program, running; it ends with the test at the latest.
pub struct Running(Option<Child>);

impl Running {
    pub fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut command = project.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().unwrap()))
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        Ran::from(self.0.take().unwrap().wait_with_output().unwrap())
    }

    /// Whether it has ended. What it writes meanwhile fits into its pipes.
    pub fn has_ended(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// SIGKILL: it cannot do anything about it.
    pub fn kill(mut self) {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// A signal, as `kill` names it.
    pub fn signal(&self, name: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until so many calls of this operation were answered well.
#[track_caller]
pub fn wait_for(cloud: &Cloud, operation: &str, times: usize) {
    wait_until(&format!("{operation} was called {times} times"), || {
        let calls = cloud.sandbox().calls();
        let answered =
            calls.iter().filter(|call| call.operation == operation && (200..300).contains(&call.status));
        answered.count() >= times
    });
}

/// Waits until something is so; after two minutes it never will be.
#[track_caller]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(2), "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

//! Runs the program as a whole process, and says what it took.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Project;

/// What a run took.
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    pub(crate) peak_kib: u64,
}

/// Runs the program, and looks at its peak memory as long as it lives.
pub(crate) fn measure(project: &Project, arguments: &[&str]) -> Measured {
    let mut command = project.command(arguments);
    let began = Instant::now();
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program is built");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while matches!(child.try_wait(), Ok(None)) {
        peak_kib = peak_kib.max(high_water(Path::new(&status)));
        std::thread::park_timeout(Duration::from_micros(500));
    }
    let wall = began.elapsed();
    let ended = child.wait().expect("the program can be waited for");
    assert!(ended.success(), "{arguments:?} does not fail and finds no change");
    Measured { wall, peak_kib }
}

/// `VmHWM` in KiB; 0 where the kernel does not tell.
fn high_water(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

pub(crate) fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<Duration> = durations.collect();
    durations.sort();
    durations[durations.len() / 2]
}

pub(crate) fn megabytes(kib: u64) -> String {
    format!("{}.{} MB", kib / 1024, kib % 1024 * 10 / 1024)
}

pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

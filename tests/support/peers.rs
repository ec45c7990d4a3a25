//! The independent programs that tests are held against: where they are, and what happens without them.
//!
//! `.ci/peers` installs them under `target/peers`. A plain `cargo test` on a machine without them says which
//! tests it skipped; with `TRUEUP_REQUIRE_PEERS` set, as in `.ci/run`, a missing one fails.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "shared by path between test binaries, each of which uses a part of it"
)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that `.ci/peers` installs; `None` when it is missing and may be.
pub fn program(name: &str) -> Option<PathBuf> {
    found(name, [installed().join("venv/bin"), installed().join("node_modules/.bin")])
}

/// A package of npm that `.ci/peers` installs: its folder; `None` when it is missing and may be.
pub fn package(name: &str) -> Option<PathBuf> {
    found(name, [installed().join("node_modules")])
}

/// A program of the system's, that `.ci/peers` installs or asks for; `None` when it is missing and may be.
pub fn of_the_system(name: &str) -> Option<PathBuf> {
    found(name, std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()))
}

fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

fn found(name: &str, places: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let found = places.into_iter().map(|place| place.join(name)).find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("TRUEUP_REQUIRE_PEERS").is_none(), "`{name}` is missing: run .ci/peers");
        eprintln!("skipped: `{name}` is not installed; .ci/peers installs it");
    }
    found
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that runs until the test ends.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts `moto_server` and waits until it answers.
    pub fn moto(program: &Path) -> Self {
        let port = free_port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_mins(2), "moto_server did not start");
            std::thread::park_timeout(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

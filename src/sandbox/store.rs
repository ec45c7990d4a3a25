//! What the embedded cloud remembers: one JSON file, or memory alone.
//!
//! Several processes may share a file: each takes a lock for one call, reads the file when another has
//! written it, and writes it whole by renaming.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::aws::AwsState;
use super::heroku::HerokuState;

/// The version of the file; another one is not read.
const VERSION: u32 = 1;

/// Everything there is in the embedded cloud.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// The Heroku half.
    pub(super) heroku: HerokuState,
    /// The AWS half.
    pub(super) aws: AwsState,
}

impl Default for State {
    fn default() -> Self {
        Self { version: VERSION, heroku: HerokuState::default(), aws: AwsState::default() }
    }
}

/// Keeps the state.
pub(super) struct Store {
    folder: Option<PathBuf>,
    kept: Mutex<Kept>,
}

struct Kept {
    state: State,
    /// When the file was written and how long it is, to tell whether another process wrote it since.
    stamp: Option<(SystemTime, u64)>,
}

impl Store {
    /// Opens the folder, or starts with nothing in memory.
    pub(super) fn open(folder: Option<PathBuf>) -> io::Result<Self> {
        if let Some(folder) = &folder {
            create_private_folder(folder)?;
        }
        let store = Self { folder, kept: Mutex::new(Kept { state: State::default(), stamp: None }) };
        store.transact(false, |_| ())?;
        Ok(store)
    }

    /// Runs one call on the state, and keeps what it changed.
    pub(super) fn transact<T>(&self, changes: bool, call: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(folder) = &self.folder else { return Ok(call(&mut kept.state)) };
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        lock.lock()?;
        let file = folder.join("state.json");
        let stamp = stamp(&file);
        if stamp.is_some() && stamp != kept.stamp {
            kept.state = read(&file)?;
            kept.stamp = stamp;
        }
        let answer = call(&mut kept.state);
        if changes {
            write(folder, &file, &kept.state)?;
            kept.stamp = self::stamp(&file);
        }
        Ok(answer)
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(file: &Path) -> io::Result<State> {
    let state: State = serde_json::from_slice(&fs::read(file)?).map_err(io::Error::other)?;
    if state.version == VERSION {
        return Ok(state);
    }
    Err(io::Error::other(format!(
        "{} is of version {}, and this program reads version {VERSION}",
        file.display(),
        state.version
    )))
}

fn write(folder: &Path, file: &Path, state: &State) -> io::Result<()> {
    let fresh = folder.join("state.json.new");
    let mut out = create_private_file(&fresh)?;
    out.write_all(&serde_json::to_vec(state).map_err(io::Error::other)?)?;
    fs::rename(fresh, file)
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn create_private_file(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(file)
}

#[cfg(not(unix))]
fn create_private_file(file: &Path) -> io::Result<File> {
    File::create(file)
}

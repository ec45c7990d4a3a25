//! What the embedded cloud remembers: one JSON file, or memory alone.
//!
//! Several processes may share a file: each takes a lock for one call, reads the file when another has
//! written it, and writes it whole by renaming. The lock's file holds the number of the last writing: times of
//! files are too coarse to tell two writings apart.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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
    /// The number of the writing that this is; `None` when the file must be read first.
    writing: Option<u64>,
}

impl Store {
    /// Opens the folder, or starts with nothing in memory.
    pub(super) fn open(folder: Option<PathBuf>) -> io::Result<Self> {
        let store = Self { folder, kept: Mutex::new(Kept { state: State::default(), writing: None }) };
        store.transact(false, |_| ())?;
        Ok(store)
    }

    /// Starts with a state that another store gave, in memory.
    pub(super) fn with(state: serde_json::Value) -> io::Result<Self> {
        let state = serde_json::from_value(state).map_err(io::Error::other)?;
        Ok(Self { folder: None, kept: Mutex::new(Kept { state, writing: None }) })
    }

    /// Whether everything is forgotten at the end.
    pub(super) fn is_in_memory(&self) -> bool {
        self.folder.is_none()
    }

    /// The whole state, as it is written.
    pub(super) fn snapshot(&self) -> io::Result<serde_json::Value> {
        self.transact(false, |state| serde_json::to_value(&*state).map_err(io::Error::other))?
    }

    /// Runs one call on the state, and keeps what it changed.
    pub(super) fn transact<T>(&self, changes: bool, call: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(folder) = &self.folder else { return Ok(call(&mut kept.state)) };
        // Whoever deletes the folder starts anew, and finds the server still there.
        create_private_folder(folder)?;
        let mut lock = open_private_file(&folder.join("lock"))?;
        lock.lock()?;
        let file = folder.join("state.json");
        let writing = last_writing(&mut lock)?;
        if kept.writing != Some(writing) {
            kept.state = if file.exists() { read(&file)? } else { State::default() };
        }
        kept.writing = Some(writing);
        let answer = call(&mut kept.state);
        if changes {
            // Should the writing fail, what is in memory is no longer what is on disk.
            kept.writing = None;
            // Counted first: a process that is killed in between makes the others read once too often.
            count(&mut lock, writing + 1)?;
            write(folder, &file, &kept.state)?;
            kept.writing = Some(writing + 1);
        }
        Ok(answer)
    }
}

fn last_writing(lock: &mut File) -> io::Result<u64> {
    let mut text = String::new();
    lock.read_to_string(&mut text)?;
    Ok(text.trim().parse().unwrap_or_default())
}

/// Always of the same length, so that nothing of an older number is left behind.
fn count(lock: &mut File, writing: u64) -> io::Result<()> {
    lock.rewind()?;
    write!(lock, "{writing:020}")
}

fn read(file: &Path) -> io::Result<State> {
    /// Read alone and first: another version may have another form.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let refused = |reason: String| io::Error::other(format!("`{}` {reason}", file.display()));
    let unreadable = |error: serde_json::Error| refused(format!("cannot be read: {error}"));
    let text = fs::read(file)?;
    let Versioned { version } = serde_json::from_slice(&text).map_err(unreadable)?;
    if version != VERSION {
        return Err(refused(format!("is of version {version}, and this program reads version {VERSION}")));
    }
    serde_json::from_slice(&text).map_err(unreadable)
}

fn write(folder: &Path, file: &Path, state: &State) -> io::Result<()> {
    let fresh = folder.join("state.json.new");
    let mut out = open_private_file(&fresh)?;
    // What a killed process began is overwritten.
    out.set_len(0)?;
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
fn open_private_file(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(file)
}

#[cfg(not(unix))]
fn open_private_file(file: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(file)
}

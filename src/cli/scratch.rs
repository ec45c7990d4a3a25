//! The project's scratch folder `.trueup/`, which git does not see, and files that only their owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::message::{Failure, Task};

/// The folder of the embedded cloud's state, made if it is not there yet.
pub(super) fn prepare(project: &Path) -> Result<PathBuf, Failure> {
    let folder = project.join(".trueup");
    let state_dir = folder.join("sandbox");
    let prepared = fs::create_dir_all(&state_dir).and_then(|()| fs::write(folder.join(".gitignore"), "*\n"));
    prepared.map_err(Failure::system(Task::Write(folder)))?;
    Ok(state_dir)
}

/// Writes a file that only its owner may read, whole or not at all.
pub(super) fn write_private(file: &Path, text: &str) -> io::Result<()> {
    // Renaming onto a device or a link would put something else in its place.
    if fs::symlink_metadata(file).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is there, and not a regular file"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new()
        .prefix(".trueup-")
        .make_in(folder, |fresh| private().create_new(true).open(fresh))?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist(file).map(drop).map_err(|failed| failed.error)
}

/// How files are opened that only their owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// 122 random bits in hexadecimal.
pub(super) fn random_name() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

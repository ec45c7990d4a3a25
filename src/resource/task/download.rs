//! Fetches a backup of a database to a private file. It counts once it is on the disk, as long as the store says; a file
//! that is there already is never overwritten.
//!
//! What must not live here: which backup, which a command chooses (`lifecycle`).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use super::objects::size;
use super::transfer;
use crate::cloud::heroku::{Fetched, Transfer};
use crate::cloud::{CloudError, ErrorKind, Service};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{Action, Effects, Label, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb};
use crate::spec::AttachmentName;

/// Where a file of a backup stands in a plan.
pub static SECTION: Section =
    Section::new("addons").part("download").kind("heroku_postgres_download").noun("database's download");

static DOWNLOAD: Verb = Verb { does: "download", doing: "downloading" };

/// What was written.
static FILE: Label = Label { name: "file", words: "file" };

/// So far may this machine's clock be behind Heroku's.
const SKEW: Duration = Duration::minutes(5);

/// A backup that is fetched.
#[derive(Clone, Debug)]
pub struct Change {
    /// The database, by its name on the app.
    pub name: AttachmentName,
    /// The app that it is billed to.
    pub app: String,
    /// Which backup.
    pub backup: Backup,
    /// The folder that it is put into.
    pub folder: PathBuf,
    /// Whether another file of that name, which an earlier app of that name may have left, is stepped around.
    pub steps_around: bool,
    /// The option of the command that leaves it out.
    pub spared_by: Option<&'static str>,
}

/// Which backup is fetched.
#[derive(Clone, Debug)]
pub enum Backup {
    /// The one that an earlier step makes.
    Captured,
    /// This one.
    Known {
        /// Its number.
        number: u32,
        /// What is known of it, in words: `b003, 2 hours old`.
        title: String,
    },
}

/// That the file of a backup is on the disk: its path.
#[must_use]
pub fn downloaded(name: &AttachmentName) -> Output {
    Output::Of(SECTION.address(name), "downloaded")
}

/// What the file of a backup is called.
#[must_use]
pub fn file_name(app: &str, backup: &str) -> String {
    format!("{app}-{backup}.dump")
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = Row::new(SECTION.address(&self.name), Action::Create);
        let row = row.of_task(&DOWNLOAD).spared_by(self.spared_by);
        vec![match &self.backup {
            Backup::Captured => row.titled(&"the new backup"),
            Backup::Known { title, .. } => row.titled(title),
        }]
    }

    fn effects(&self) -> Effects {
        Effects::default()
    }

    fn needs(&self) -> Vec<Output> {
        match self.backup {
            Backup::Captured => vec![transfer::captured(&self.name)],
            Backup::Known { .. } => Vec::new(),
        }
    }

    fn gives(&self) -> Vec<Output> {
        vec![downloaded(&self.name), Output::Published(SECTION.address(&self.name), &FILE)]
    }

    /// A backup does not change.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, self.app.as_str());
        let asked = match &self.backup {
            Backup::Captured => run.plain(&transfer::captured(&self.name)).unwrap_or_default(),
            Backup::Known { number, .. } => number.to_string(),
        };
        let backup =
            heroku.transfer(app, &asked).await?.filter(|backup| backup.is_backup() && backup.state.is_good());
        let backup = backup.ok_or_else(|| CloudError::moved("the backup is there no more"))?;
        let (path, Fetched { bytes, sha256 }) = tokio::select! {
            fetched = self.to_a_file(run, &backup) => fetched?,
            () = run.stop.asked() => {
                return Err(CloudError::gave_up(self.operation(), "stopped; the same command begins it again"));
            }
        };
        let told = format!("{} ({bytes} bytes, SHA-256 {sha256})", path.display());
        Ok(Outputs::none()
            .and(downloaded(&self.name), path.display().to_string())
            .and(Output::Published(SECTION.address(&self.name), &FILE), told))
    }

    /// Files are no part of what a spec asks for.
    #[cfg(test)]
    fn assume(&self, _: &mut World, outputs: &mut Outputs) {
        *outputs = std::mem::take(outputs).and(downloaded(&self.name), "file");
    }
}

impl Change {
    fn operation(&self) -> String {
        format!("download of the backup of {}", self.name)
    }

    /// Puts it where no other file is.
    async fn to_a_file(&self, run: &Run, backup: &Transfer) -> Result<(PathBuf, Fetched), CloudError> {
        let mut other = None;
        for name in self.names(run, backup) {
            let path = self.folder.join(name);
            let Some(file) = there(&path)? else {
                let fetched = self.fetch(run, backup.number, &path).await?;
                return Ok((path, fetched));
            };
            let length = run.clouds.heroku.backup_length(&self.app, backup.number).await?;
            match compared(&path, file, (length, backup.begun)) {
                Ok(fetched) => return Ok((path, fetched)),
                Err(error) => other = Some(error),
            }
        }
        Err(other.unwrap_or_else(|| CloudError::defect("a backup without a name for its file")))
    }

    /// What its file may be called.
    fn names(&self, run: &Run, backup: &Transfer) -> Vec<String> {
        let (app, name) = (run.app_name(), backup.name());
        let time = time::macros::format_description!("[year][month][day]T[hour][minute][second]");
        let dated = backup.begun.format(time).ok().filter(|_| self.steps_around);
        let plain = file_name(&app, &name);
        [plain].into_iter().chain(dated.map(|at| file_name(&app, &format!("{name}-{at}")))).collect()
    }

    /// Under another name first, so that nobody ever finds half of it.
    async fn fetch(&self, run: &Run, number: u32, path: &Path) -> Result<Fetched, CloudError> {
        // Only its owner may read it, from its beginning.
        let fresh = tempfile::Builder::new().prefix(".trueup-").suffix(".part").tempfile_in(&self.folder);
        let mut fresh = fresh.map_err(|error| unwritten(path, &error))?;
        let began = Run::now();
        let tell = |done, of| {
            let seconds = (Run::now() - began).as_seconds_f64();
            run.progress.update(&in_words(done, of, seconds));
        };
        let heroku = &run.clouds.heroku;
        let fetched = heroku.download_backup((&self.app, number), fresh.as_file_mut(), tell).await?;
        let kept = || -> io::Result<()> {
            fresh.as_file().sync_all()?;
            fresh.persist_noclobber(path).map_err(|failed| failed.error)?;
            // The name counts as well; where folders cannot be opened, this is not needed.
            File::open(&self.folder).map_or(Ok(()), |folder| folder.sync_all())
        };
        kept().map_err(|error| unwritten(path, &error))?;
        Ok(fetched)
    }
}

/// What lies at the path.
fn there(path: &Path) -> Result<Option<File>, CloudError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unwritten(path, &error)),
    }
}

/// A file that is there counts when it is as long as the backup, and no older.
fn compared(
    path: &Path,
    mut file: File,
    (length, begun): (u64, OffsetDateTime),
) -> Result<Fetched, CloudError> {
    let read = || {
        let about = file.metadata()?;
        Ok((about.len(), OffsetDateTime::from(about.modified()?)))
    };
    let (bytes, written) = read().map_err(|error: io::Error| unwritten(path, &error))?;
    if bytes == length && written + SKEW >= begun {
        let sha256 = digest(&mut file).map_err(|error| unwritten(path, &error))?;
        return Ok(Fetched { bytes, sha256 });
    }
    Err(CloudError::moved(format!(
        "{} is there already and is not this backup: it has {bytes} bytes, and the backup has {length}, or it is \
         older; move it away",
        path.display()
    )))
}

/// The SHA-256 of all that a file holds, in hex.
fn digest(file: &mut File) -> io::Result<String> {
    let (mut digest, mut part) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hex::encode(digest.finalize())),
            read => digest.update(&part[..read]),
        }
    }
}

fn unwritten(path: &Path, error: &io::Error) -> CloudError {
    let message = format!("{} cannot be written: {error}", path.display());
    CloudError::new(Service::Trueup, "download", ErrorKind::BadSetting, message)
}

/// How far it has come in so many seconds: `1.2 of 3.0 GB, 30 MB/s, 60 s left`.
#[must_use]
pub fn in_words(done: u64, of: u64, seconds: f64) -> String {
    format!("{} of {}{}", size(done), size(of), super::pace(done, of, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_counts_only_when_it_is_as_long_as_the_backup_and_no_older() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger-b001.dump");
        assert!(there(&path).unwrap().is_none());
        std::fs::write(&path, "PGDMP").unwrap();
        let written = OffsetDateTime::from(std::fs::metadata(&path).unwrap().modified().unwrap());
        let compare = |length, begun| compared(&path, there(&path).unwrap().unwrap(), (length, begun));
        assert_eq!(compare(5, written).unwrap().sha256, hex::encode(Sha256::digest("PGDMP")));
        let error = compare(6, written).unwrap_err().to_string();
        assert!(error.contains("it has 5 bytes, and the backup has 6"), "{error}");
        assert!(compare(5, written + Duration::hours(1)).is_err(), "an earlier app's");
    }

    #[test]
    fn progress_has_a_rate_and_what_is_left() {
        assert_eq!(in_words(0, 3_000_000, 0.1), "0 bytes of 3.0 MB");
        assert_eq!(in_words(1_000_000, 3_000_000, 2.0), "1.0 MB of 3.0 MB, 500.0 kB/s, 4 s left");
    }
}

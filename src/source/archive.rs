//! The tarball of a tree: the same bytes from the same files, on every machine and at every hour.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use super::tree::{Entry, SourceError, Tree};

/// A tarball, compressed, and what it is known by.
#[derive(Clone)]
pub struct Tarball {
    /// The bytes to send.
    pub bytes: Arc<Vec<u8>>,
    /// The SHA-256 of these bytes, in hex: what Heroku checks what it got against.
    pub checksum: String,
    /// The SHA-256 of what they hold, in hex. Unlike the checksum it does not depend on who compressed it.
    pub version: String,
}

impl fmt::Debug for Tarball {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Tarball").field(&self.version).finish()
    }
}

pub(super) fn pack(tree: &Tree) -> Result<Tarball, SourceError> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(Hashing { hash: Sha256::new(), inner: gzip });
    for (path, entry) in &tree.entries {
        add(&mut tar, &tree.folder, (path, entry)).map_err(SourceError::unreadable(path))?;
    }
    let finish = || -> io::Result<(Vec<u8>, String)> {
        let Hashing { hash, inner } = tar.into_inner()?;
        Ok((inner.finish()?, hex::encode(hash.finalize())))
    };
    let (bytes, version) = finish().map_err(SourceError::unreadable(&tree.folder))?;
    let checksum = hex::encode(Sha256::digest(&bytes));
    Ok(Tarball { bytes: Arc::new(bytes), checksum, version })
}

fn add(tar: &mut tar::Builder<impl Write>, folder: &Path, (path, entry): (&Path, &Entry)) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    match entry {
        Entry::File { is_program, .. } => {
            let file = File::open(folder.join(path))?;
            // As it is now: the header must say what follows it.
            header.set_size(file.metadata()?.len());
            header.set_mode(if *is_program { 0o755 } else { 0o644 });
            header.set_entry_type(tar::EntryType::Regular);
            tar.append_data(&mut header, path, file)
        }
        Entry::Link(target) => {
            header.set_size(0);
            header.set_mode(0o777);
            header.set_entry_type(tar::EntryType::Symlink);
            tar.append_link(&mut header, path, target)
        }
    }
}

/// Hashes what passes.
struct Hashing<W> {
    hash: Sha256,
    inner: W,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn packed(files: &[(&str, &str)]) -> Tarball {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        pack(&Tree::of(folder.path()).unwrap()).unwrap()
    }

    #[test]
    fn the_same_files_give_the_same_bytes_whenever_they_were_written() {
        let (one, other) = (packed(&[("b", "2"), ("a", "1")]), packed(&[("a", "1"), ("b", "2")]));
        assert_eq!(one.bytes, other.bytes);
        assert_eq!((&one.version, &one.checksum), (&other.version, &other.checksum));
        assert_ne!(one.version, packed(&[("a", "1"), ("b", "3")]).version);
        assert_ne!(one.version, packed(&[("a", "1"), ("c", "2")]).version);
    }

    #[test]
    fn it_is_a_gzipped_tar_with_nothing_of_this_machine() {
        let long = format!("{}/file", "deep/".repeat(40));
        let tarball = packed(&[("a.txt", "hello"), (&long, "x")]);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball.bytes.as_slice()));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let header = entry.header();
            assert_eq!(
                (
                    header.uid().unwrap(),
                    header.gid().unwrap(),
                    header.mtime().unwrap(),
                    header.mode().unwrap()
                ),
                (0, 0, 0, 0o644)
            );
            (entry.path().unwrap().display().to_string(), text)
        });
        let long = long.replace("//", "/");
        assert_eq!(
            entries.collect::<Vec<_>>(),
            [("a.txt".to_owned(), "hello".to_owned()), (long, "x".to_owned())]
        );
    }
}

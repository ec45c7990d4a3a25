//! Whom this machine trusts, where variables say so: files of certificates, and whether there are any in them.
//!
//! What must not live here: the clients, which read them by themselves.

use std::path::{Path, PathBuf};

/// The variables that name certificates to trust, and what they name.
#[derive(Clone, Debug, Default)]
pub struct TrustSettings {
    /// `SSL_CERT_FILE`.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: one folder, or several as in `PATH`.
    pub folder: Option<PathBuf>,
}

/// The variable with those that are for AWS alone.
const FOR_AWS: &str = "AWS_CA_BUNDLE";
/// Between two folders.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// A variable that names certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The variable.
    pub variable: &'static str,
    /// What it names.
    pub path: PathBuf,
    /// How many certificates are there; or why none can be used.
    pub certificates: Result<usize, String>,
}

impl Bundle {
    /// Whether it is for AWS alone.
    #[must_use]
    pub fn is_for_aws(&self) -> bool {
        self.variable == FOR_AWS
    }
}

impl TrustSettings {
    /// What there is in what the variables name, and in what names those for AWS.
    pub async fn look(&self, for_aws: Option<PathBuf>) -> Vec<Bundle> {
        let mut bundles = Vec::new();
        for (variable, path) in [("SSL_CERT_FILE", &self.file), (FOR_AWS, &for_aws)] {
            if let Some(path) = path {
                let certificates = of_file(path).await;
                bundles.push(Bundle { variable, path: path.clone(), certificates });
            }
        }
        if let Some(path) = &self.folder {
            let certificates = of_folders(path).await;
            bundles.push(Bundle { variable: "SSL_CERT_DIR", path: path.clone(), certificates });
        }
        bundles
    }
}

async fn of_file(path: &Path) -> Result<usize, String> {
    let pem = tokio::fs::read(path).await.map_err(|error| format!("cannot be read ({error})"))?;
    let none = || "holds no certificates in PEM form".to_owned();
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| none())?;
    if found.is_empty() { Err(none()) } else { Ok(found.len()) }
}

/// Files that are none of certificates may lie beside.
async fn of_folders(paths: &Path) -> Result<usize, String> {
    let mut count = 0;
    for path in paths.to_string_lossy().split(SEPARATOR) {
        let unreadable = |error| format!("cannot be read ({error})");
        let mut folder = tokio::fs::read_dir(path).await.map_err(unreadable)?;
        while let Some(entry) = folder.next_entry().await.map_err(unreadable)? {
            count += of_file(&entry.path()).await.unwrap_or_default();
        }
    }
    if count == 0 { Err("holds no certificates in PEM form".to_owned()) } else { Ok(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = include_str!("../../tests/support/tls/ca.pem");

    async fn looked(settings: TrustSettings) -> Result<usize, String> {
        settings.look(None).await.remove(0).certificates
    }

    #[tokio::test]
    async fn certificates_are_counted_and_what_holds_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let file = |path: PathBuf| TrustSettings { file: Some(path), ..TrustSettings::default() };
        let dir = |path: PathBuf| TrustSettings { folder: Some(path), ..TrustSettings::default() };
        assert_eq!(looked(file(write("two.pem", &CERTIFICATE.repeat(2)))).await, Ok(2));
        for text in ["", "no certificate"] {
            let none = looked(file(write("none.pem", text))).await;
            assert_eq!(none, Err("holds no certificates in PEM form".to_owned()), "{text}");
        }
        let missing = looked(file(folder.path().join("missing.pem"))).await.unwrap_err();
        assert!(missing.starts_with("cannot be read"), "{missing}");
        assert_eq!(looked(dir(folder.path().to_owned())).await, Ok(2));
        let empty = tempfile::tempdir().unwrap();
        assert!(looked(dir(empty.path().to_owned())).await.unwrap_err().contains("no certificates"));
        assert!(looked(dir(folder.path().join("missing"))).await.is_err());
    }
}

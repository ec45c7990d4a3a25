//! What was rendered into a folder before: `.trueup-rendered.json`, a digest a file. It tells what a hand has changed
//! since, and belongs in git with the files. What must not live here: what is done about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const VERSION: &str = "1.0";

/// Digests by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    format_version: String,
    /// The environment that was rendered last.
    pub(super) environment: String,
    /// The template that was rendered last.
    pub(super) template: String,
    /// What is there, unless a hand changed it.
    pub(super) files: BTreeMap<String, String>,
    /// What a run was about to write that may have been killed: either digest is ours then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) pending: BTreeMap<String, String>,
}

impl Ledger {
    /// Of a folder into which nothing was rendered yet.
    pub(super) fn new(environment: &str, template: &str) -> Self {
        Self {
            format_version: VERSION.to_owned(),
            environment: environment.to_owned(),
            template: template.to_owned(),
            files: BTreeMap::new(),
            pending: BTreeMap::new(),
        }
    }

    /// Reads one, or says why it cannot be used. Its paths are not trusted more than a template's.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let ledger: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if ledger.format_version != VERSION {
            return Err(format!(
                "it has format {}, and this version of trueup knows {VERSION}",
                ledger.format_version
            ));
        }
        ledger.files.keys().chain(ledger.pending.keys()).try_for_each(|path| super::tree::check(path))?;
        Ok(ledger)
    }

    pub(super) fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("texts and maps of texts become JSON");
        format!("{text}\n")
    }

    /// Whether these bytes at this path are what was rendered there.
    pub(super) fn wrote(&self, path: &str, bytes: &[u8]) -> bool {
        let digest = digest(bytes);
        [self.files.get(path), self.pending.get(path)].contains(&Some(&digest))
    }

    /// Whether anything was rendered to this path.
    pub(super) fn knows(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.pending.contains_key(path)
    }

    /// All paths that were rendered.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.files.keys().chain(self.pending.keys())
    }
}

/// `sha256:…`
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_names_a_path_outside_is_refused() {
        let mut ledger = Ledger::new("production", "rails");
        ledger.files.insert("Gemfile".to_owned(), digest(b""));
        assert_eq!(Ledger::read(ledger.to_text().as_bytes()), Ok(ledger.clone()));
        ledger.files.insert("../../etc/passwd".to_owned(), digest(b""));
        assert!(
            Ledger::read(ledger.to_text().as_bytes()).unwrap_err().contains("not a path inside the folder")
        );
    }

    #[test]
    fn a_ledger_of_another_format_is_refused() {
        let text = Ledger::new("production", "rails").to_text().replace("\"1.0\"", "\"2.0\"");
        assert!(Ledger::read(text.as_bytes()).unwrap_err().contains("format 2.0"));
    }
}

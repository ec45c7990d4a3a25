//! What a tarball holds, as far as a build would stumble over it.

use std::collections::BTreeMap;
use std::io::Read as _;

use sha2::{Digest, Sha256};

/// The process types of its Procfile, or why a build of it fails.
pub(super) fn look(
    bytes: &[u8],
    checksum: Option<&str>,
    buildpacks: &[String],
) -> Result<BTreeMap<String, String>, String> {
    if let Some(checksum) = checksum {
        let found = hex::encode(Sha256::digest(bytes));
        if checksum != format!("SHA256:{found}") {
            return Err(format!(
                "The source has the checksum SHA256:{found}, and not the one that was given"
            ));
        }
    }
    let files = unpack(bytes).map_err(|error| format!("The source is no gzipped tar: {error}"))?;
    let is_ruby = files.contains_key("Gemfile");
    let wants_ruby = buildpacks.iter().any(|buildpack| buildpack == "heroku/ruby");
    if buildpacks.is_empty() && !is_ruby {
        return Err("No default language could be detected for this app".to_owned());
    }
    if wants_ruby && !is_ruby {
        return Err("App not compatible with buildpack: heroku/ruby".to_owned());
    }
    if is_ruby && !files.contains_key("Gemfile.lock") {
        return Err("Gemfile.lock required. Please check it in.".to_owned());
    }
    let Some(procfile) = files.get("Procfile") else {
        return Ok([("web".to_owned(), "bin/rails server -p ${PORT:-5000} -e $RAILS_ENV".to_owned())].into());
    };
    let lines = procfile.lines().filter(|line| !line.trim_start().starts_with('#'));
    let types = lines.filter_map(|line| line.split_once(':'));
    Ok(types.map(|(kind, command)| (kind.trim().to_owned(), command.trim().to_owned())).collect())
}

/// The files at the root of the source that matter.
fn unpack(bytes: &[u8]) -> std::io::Result<BTreeMap<String, String>> {
    const KNOWN: [&str; 3] = ["Gemfile", "Gemfile.lock", "Procfile"];
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        let path = path.trim_start_matches("./").to_owned();
        if KNOWN.contains(&path.as_str()) {
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            files.insert(path, String::from_utf8_lossy(&text).into_owned());
        }
    }
    Ok(files)
}

//! From files to an [`Environment`]: reading within bounds, following `extends`, decoding, checking.
//! What must not live here: the rules themselves, and anything but the project's own files.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::finding::{Finding, Severity};
use super::source::{Source, Span};
use super::tree::{Node, Value};
use super::{Environment, Spec};
use super::{EnvironmentName, NameError, SpecError, check, decode, merge, raw, rules, shape, yaml};

/// The folder of a project that holds its environments.
const FOLDER: &str = "environments";
/// The largest file that is read, in bytes. The largest real spec is a hundredth of it.
const MAX_BYTES: usize = 1_000_000;
/// How many files may extend one another.
const MAX_CHAIN: usize = 16;

/// How a file's bytes are had, by its path relative to the project. A reader may stop after one million and one
/// bytes: more than a million are refused anyway.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// Reads one environment of the project at `project` from disk, checks it, and returns every mistake at once.
pub fn load(project: &Path, name: &EnvironmentName) -> Result<Environment, SpecError> {
    load_with(project, name, &|path| read_bounded(project, path))
}

/// As [`load`], with this text as the environment's own file, which is not there yet.
pub fn load_as(project: &Path, name: &EnvironmentName, text: &str) -> Result<Environment, SpecError> {
    let own = file_name(name, "yaml");
    load_with(project, name, &|path| {
        if path == own { Ok(text.as_bytes().to_vec()) } else { read_bounded(project, path) }
    })
}

/// As [`load`], with files from elsewhere: a git revision, a test.
pub fn load_with(
    project: &Path,
    name: &EnvironmentName,
    read: ReadFile<'_>,
) -> Result<Environment, SpecError> {
    let (path, bytes) = find(project, name, read)?;
    let mut reading = Reading { read, findings: Vec::new(), chain: Vec::new() };
    let root = reading.file(path.clone(), bytes);
    let (spec, warnings, root) = finish(root, reading.findings)?;
    Ok(Environment {
        name: name.clone(),
        file: project.join(path),
        project: project.to_owned(),
        spec,
        written: super::Written { root, warnings },
    })
}

/// Reads a spec from text alone, as `environments/<name>.yaml` with nothing beside it.
#[cfg(feature = "testing")]
pub fn parse(name: &EnvironmentName, text: &str) -> Result<Environment, SpecError> {
    let own = file_name(name, "yaml");
    load_with(Path::new(""), name, &|path| {
        if path == own { Ok(text.as_bytes().to_vec()) } else { Err(io::ErrorKind::NotFound.into()) }
    })
}

/// The environments of a project, by name: the files that have an `app.name` after merging. A file that nothing
/// extends counts also when it cannot be read or forgot the name, so that its mistakes are not passed over.
pub fn names(project: &Path) -> io::Result<Vec<EnvironmentName>> {
    let read = |path: &Path| read_bounded(project, path);
    let mut candidates = Vec::new();
    let mut extended = BTreeSet::new();
    for item in std::fs::read_dir(project.join(FOLDER))? {
        let path = item?.path();
        let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let (true, Ok(name), Some(file)) = (yaml, EnvironmentName::parse(stem), path.file_name()) else {
            continue;
        };
        let file = Path::new(FOLDER).join(file);
        let bytes = match read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    candidates.push((name, file, false, true));
                }
                continue;
            }
        };
        let mut reading = Reading { read: &read, findings: Vec::new(), chain: Vec::new() };
        let root = reading.file(file.clone(), bytes);
        let named = root.as_ref().is_some_and(|root| root.locate_node(&["app", "name"]).is_some());
        let has_app = root.as_ref().is_some_and(|root| root.locate_node(&["app"]).is_some());
        let suspect = root.is_none() || has_app || reading.chain.len() > 1;
        extended.extend(reading.chain.into_iter().skip(1));
        candidates.push((name, file, named, suspect));
    }
    let is_environment = |file: &PathBuf, named, suspect| named || (suspect && !extended.contains(file));
    let mut found: Vec<EnvironmentName> = candidates
        .into_iter()
        .filter(|(_, file, named, suspect)| is_environment(file, *named, *suspect))
        .map(|(name, ..)| name)
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// A warning for each file that looks like an environment's and cannot be one for its name. What begins with a dot or
/// another sign is an editor's or the system's, and nobody's environment.
pub fn misnamed(project: &Path) -> io::Result<Vec<Finding>> {
    let mut names = Vec::new();
    for item in std::fs::read_dir(project.join(FOLDER))? {
        let path = item?.path();
        let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_meant = stem.starts_with(char::is_alphanumeric) && yaml && path.is_file();
        names.extend(
            EnvironmentName::parse(stem).err().filter(|_| is_meant).map(|error| (path.clone(), error)),
        );
    }
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    let warning = |(path, error): (PathBuf, NameError)| {
        let file = path.strip_prefix(project).unwrap_or(&path);
        let message = format!("nothing reads `{}`: its name cannot be an environment's", file.display());
        Finding::warning("", message).help(error.to_string())
    };
    Ok(names.into_iter().map(warning).collect())
}

/// One file as a tree, without anything that it could extend: of the project, or wherever the operator says by a whole
/// path.
pub(super) fn tree(project: &Path, file: &Path) -> Result<(Option<Node>, Vec<Finding>), SpecError> {
    let read = |path: &Path| if path.is_absolute() { read_start(path) } else { read_bounded(project, path) };
    let bytes = read(file).map_err(|error| SpecError::Unreadable { file: file.to_owned(), error })?;
    let mut reading = Reading { read: &read, findings: Vec::new(), chain: Vec::new() };
    let Some(source) = reading.source(file.to_owned(), bytes) else { return Ok((None, reading.findings)) };
    Ok(yaml::parse(&source))
}

/// The nearest folder from `start` upwards that holds `environments/`.
#[must_use]
pub fn find_project(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(FOLDER).is_dir()).map(Path::to_owned)
}

fn file_name(name: &EnvironmentName, ending: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.{ending}"))
}

/// A file of the project. A mistake is shown with its line, so what a link leads to elsewhere is not read: it may be
/// secrets of the machine that a stranger's change wants to see.
pub(super) fn read_bounded(project: &Path, path: &Path) -> io::Result<Vec<u8>> {
    let project = if project.as_os_str().is_empty() { Path::new(".") } else { project };
    let file = project.join(path);
    if !file.canonicalize()?.starts_with(project.canonicalize()?) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it leads out of the project"));
    }
    read_start(&file)
}

/// A file up to where it is too large for what it should be.
fn read_start(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn find(project: &Path, name: &EnvironmentName, read: ReadFile<'_>) -> Result<(PathBuf, Vec<u8>), SpecError> {
    let mut found = Vec::new();
    for ending in ["yaml", "yml"] {
        let path = file_name(name, ending);
        match read(&path) {
            Ok(bytes) => found.push((path, bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(SpecError::Unreadable { file: path, error }),
        }
    }
    // Which of two is meant is not for us to say.
    if let [(one, _), (other, _)] = found.as_slice() {
        let message = format!("`{name}` has two files: {} and {}", one.display(), other.display());
        return Err(SpecError::from_findings(vec![Finding::error("", message).help("keep one of them")]));
    }
    if let Some(only) = found.pop() {
        return Ok(only);
    }
    let known = names(project).unwrap_or_default();
    let nearest = rules::nearest(name.as_str(), known.iter().map(EnvironmentName::as_str));
    let nearest = nearest.and_then(|nearest| EnvironmentName::parse(nearest).ok());
    Err(SpecError::Missing { name: name.clone(), file: file_name(name, "yaml"), known, nearest })
}

/// Decode and check a merged tree; all its findings, or a spec with the warnings.
fn finish(root: Option<Node>, mut findings: Vec<Finding>) -> Result<(Spec, Vec<Finding>, Node), SpecError> {
    let Some(root) = root else { return Err(SpecError::from_findings(findings)) };
    let decoded = decode::all::<raw::RawSpec>(root.or_empty());
    let broken: Vec<String> = decoded.findings.iter().map(|finding| finding.path.clone()).collect();
    let root = decoded.root;
    findings.extend(decoded.findings);
    let Some(raw) = decoded.value else { return Err(SpecError::from_findings(findings)) };
    let (spec, shapes) = shape::spec(raw);
    let placed =
        shapes.into_iter().chain(check::check(&spec)).filter(|finding| !rests_on_broken(finding, &broken));
    findings.extend(placed.map(|finding| {
        let span = if finding.on_key { root.key_place(&finding.path) } else { root.place(&finding.path) };
        finding.at(&span)
    }));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(SpecError::from_findings(findings));
    }
    Ok((spec, findings, root))
}

fn rests_on_broken(finding: &Finding, broken: &[String]) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    finding.rests_on.iter().any(|place| broken.iter().any(|bad| within(bad, place) || within(place, bad)))
}

/// One file and what it extends, read one after another.
struct Reading<'a> {
    read: ReadFile<'a>,
    findings: Vec<Finding>,
    chain: Vec<PathBuf>,
}

impl Reading<'_> {
    /// The merged tree from this file down. `None` says that it cannot be read as YAML at all.
    fn file(&mut self, path: PathBuf, bytes: Vec<u8>) -> Option<Node> {
        self.chain.push(path.clone());
        let source = self.source(path, bytes)?;
        let (root, findings) = yaml::parse(&source);
        self.findings.extend(findings);
        let mut root = root?;
        let Some(extends) = take(&mut root, "extends") else { return Some(root) };
        let base = self.base(&source.path, &extends)?;
        Some(merge::merge(base, root))
    }

    fn base(&mut self, from: &Path, extends: &Node) -> Option<Node> {
        let Value::Scalar { text, .. } = &extends.value else {
            return self.refuse(
                extends,
                "`extends` is not the name of a file",
                "one file, such as `base.yaml`",
            );
        };
        let Some(path) = inside(from.parent().unwrap_or(Path::new("")), Path::new(text)) else {
            return self.refuse(
                extends,
                "`extends` leads out of the project",
                "a path within the project, relative to this file",
            );
        };
        if self.chain.contains(&path) {
            let steps: Vec<String> =
                self.chain.iter().chain([&path]).map(|file| format!("`{}`", file.display())).collect();
            let message = format!("`extends` goes round in a circle: {}", steps.join(" → "));
            return self.refuse(extends, &message, "a file that does not lead back here");
        }
        if self.chain.len() >= MAX_CHAIN {
            return self.refuse(extends, "too many files extend one another", "a shorter chain");
        }
        match (self.read)(&path) {
            Ok(bytes) => self.file(path, bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let message = format!("`extends` names `{}`, which does not exist", path.display());
                self.refuse(extends, &message, "an existing file, relative to this one")
            }
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", path.display());
                self.refuse(extends, &message, "a readable file")
            }
        }
    }

    fn refuse(&mut self, node: &Node, message: &str, expected: &str) -> Option<Node> {
        let finding = Finding::error("", message).expected(expected).at(&node.span);
        self.findings.push(finding);
        None
    }

    fn source(&mut self, path: PathBuf, bytes: Vec<u8>) -> Option<Arc<Source>> {
        source(path, bytes).map_err(|finding| self.findings.push(finding)).ok()
    }
}

/// A file's text, within bounds.
pub(super) fn source(path: PathBuf, bytes: Vec<u8>) -> Result<Arc<Source>, Finding> {
    if bytes.len() > MAX_BYTES {
        let message = format!("`{}` is larger than 1 MB", path.display());
        return Err(Finding::error("", message).help("a spec is text of a few kilobytes"));
    }
    String::from_utf8(bytes).map(|text| Arc::new(Source { path: path.clone(), text })).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let source = Arc::new(Source { path, text });
        Finding::error("", "the file is not UTF-8 text").at(&Span::new(&source, valid..valid + 3))
    })
}

fn take(root: &mut Node, key: &str) -> Option<Node> {
    let Value::Mapping(entries) = &mut root.value else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at).node).filter(|node| !matches!(node.value, Value::Null))
}

/// Where a file of a project really is, by its path within it: behind links, as long as these stay inside.
#[must_use]
pub fn behind_links(project: &Path, path: &Path) -> Option<PathBuf> {
    let real = project.join(path).canonicalize().ok()?;
    Some(real.strip_prefix(project.canonicalize().ok()?).ok()?.to_owned())
}

/// `path` seen from `folder`, with `..` resolved by name; `None` when it is absolute or leaves the project.
pub fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for component in folder.components().chain(path.components()) {
        match component {
            Component::Normal(part) => resolved.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

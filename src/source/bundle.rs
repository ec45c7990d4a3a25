//! Whether a `Gemfile.lock` fits its `Gemfile`, as far as a build would stumble over it (life-and-ci.md section 6.1).
//!
//! The one table of what Heroku's Ruby buildpack refuses. What is not plain from the files is left to Bundler.

use std::collections::{BTreeMap, BTreeSet};

use super::gemfile::{self, Gemfile, Ruby};
use super::requirement::{is_met, normal};

/// The files of a tree that decide, each as far as it is there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Files<'a> {
    pub(super) gemfile: Option<&'a str>,
    pub(super) lock: Option<&'a str>,
    /// Whether a lock lies in the folder, and an ignore file names it.
    pub(super) is_lock_ignored: bool,
    pub(super) ruby_version: Option<&'a str>,
}

/// A reason why a build would fail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is no app.
    #[error("there is no `Gemfile`, so it is no Ruby app")]
    NoGemfile,
    /// Gems are not locked.
    #[error("there is no `Gemfile.lock`, which Heroku needs")]
    NoLock,
    /// The lock stays behind.
    #[error("`Gemfile.lock` is named in `.gitignore` or `.slugignore`, and Heroku needs it")]
    LockIgnored,
    /// The lock does not know gems of the Gemfile.
    #[error("`Gemfile.lock` does not have {} of the `Gemfile`", listed(.0))]
    Missing(Vec<String>),
    /// The lock was made for other requirements.
    #[error("`Gemfile.lock` was made for other versions of {} than the `Gemfile` asks for", listed(.0))]
    Changed(Vec<String>),
    /// The lock has no gems for Heroku's machines.
    #[error("`Gemfile.lock` has no platform x86_64-linux, on which Heroku runs: only {}", listed(.0))]
    NoPlatform(Vec<String>),
    /// The lock does not say which Ruby.
    #[error("`Gemfile.lock` does not say which Ruby, and the `Gemfile` asks for {0}")]
    NoRuby(String),
    /// The lock says another Ruby.
    #[error("`Gemfile.lock` is of Ruby {found}, and the `Gemfile` asks for {asked}")]
    OtherRuby {
        /// What the lock says.
        found: String,
        /// What is asked for.
        asked: String,
    },
}

impl Misfit {
    /// What mends it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoGemfile => {
                "name the app's folder with `--source DIR`, or write the app with `trueup render`"
            }
            Self::NoLock | Self::NoPlatform(_) => "run `bundle lock --add-platform x86_64-linux`",
            Self::LockIgnored => "take `Gemfile.lock` out of the ignore file",
            Self::Missing(_) | Self::Changed(_) => "run `bundle lock`",
            Self::NoRuby(_) | Self::OtherRuby { .. } => "run `bundle lock` with that Ruby",
        }
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn misfits(files: &Files<'_>) -> Vec<Misfit> {
    let Some(text) = files.gemfile else { return vec![Misfit::NoGemfile] };
    let Some(lock) = files.lock else {
        return vec![if files.is_lock_ignored { Misfit::LockIgnored } else { Misfit::NoLock }];
    };
    let (gemfile, lock) = (gemfile::read(text), Lock::read(lock));
    let found = [
        missing(&gemfile, &lock),
        changed(&gemfile, &lock),
        platform(&lock),
        ruby(gemfile.ruby.as_ref(), files.ruby_version, &lock),
    ];
    found.into_iter().flatten().collect()
}

/// What a lock says.
#[derive(Debug, Default)]
struct Lock {
    dependencies: BTreeMap<String, BTreeSet<String>>,
    platforms: Vec<String>,
    /// The version, without its patch level.
    ruby: Option<String>,
}

impl Lock {
    fn read(text: &str) -> Self {
        let mut lock = Self::default();
        let mut section = "";
        for line in text.lines() {
            let entry = line.trim();
            if entry.is_empty() {
                continue;
            }
            if !line.starts_with(' ') {
                section = entry;
                continue;
            }
            match section {
                // `pg (~> 1.5)`; a gem of another source ends with `!`.
                "DEPENDENCIES" => {
                    let entry = entry.trim_end_matches('!');
                    let (name, rest) = entry.split_once(" (").unwrap_or((entry, ""));
                    let requirements = rest.trim_end_matches(')');
                    let requirements = Some(requirements).filter(|text| !text.is_empty());
                    lock.dependencies.insert(name.to_owned(), normal(requirements));
                }
                "PLATFORMS" => lock.platforms.push(entry.to_owned()),
                // `ruby 3.4.11p100`
                "RUBY VERSION" => {
                    let version = entry
                        .strip_prefix("ruby ")
                        .map(|rest| rest.split(['p', ' ']).next().unwrap_or_default().to_owned());
                    lock.ruby = version;
                }
                _ => {}
            }
        }
        lock
    }
}

fn missing(gemfile: &Gemfile, lock: &Lock) -> Option<Misfit> {
    let gems = gemfile.gems.iter().map(|gem| &gem.name);
    let missing: Vec<String> = gems.filter(|name| !lock.dependencies.contains_key(*name)).cloned().collect();
    (!missing.is_empty()).then_some(Misfit::Missing(missing))
}

fn changed(gemfile: &Gemfile, lock: &Lock) -> Option<Misfit> {
    let differs = |gem: &&gemfile::Gem| {
        let asked = normal(gem.requirements.iter().map(String::as_str));
        // Bundler itself adds what a gem of a path or a repository is at.
        lock.dependencies.get(&gem.name).is_some_and(|locked| !asked.is_empty() && *locked != asked)
    };
    let changed: Vec<String> = gemfile.gems.iter().filter(differs).map(|gem| gem.name.clone()).collect();
    (!changed.is_empty()).then_some(Misfit::Changed(changed))
}

fn platform(lock: &Lock) -> Option<Misfit> {
    // `ruby` stands for gems that are compiled where they are installed.
    const FITTING: [&str; 3] = ["x86_64-linux", "x86_64-linux-gnu", "ruby"];
    let has_one = lock.platforms.iter().any(|platform| FITTING.contains(&platform.as_str()));
    (!has_one).then(|| Misfit::NoPlatform(lock.platforms.clone()))
}

fn ruby(asked: Option<&Ruby>, ruby_version: Option<&str>, lock: &Lock) -> Option<Misfit> {
    let requirements: Vec<String> = match asked? {
        Ruby::Requirements(requirements) => requirements.clone(),
        Ruby::File(file) if file == ".ruby-version" => {
            let version = ruby_version?.trim();
            vec![version.strip_prefix("ruby-").unwrap_or(version).to_owned()]
        }
        Ruby::File(_) => return None,
    };
    let asked = requirements.join(", ");
    match &lock.ruby {
        None => Some(Misfit::NoRuby(asked)),
        Some(found) => {
            let is_met = is_met(found, &normal(requirements.iter().map(String::as_str)));
            (is_met == Some(false)).then(|| Misfit::OtherRuby { found: found.clone(), asked })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GEMFILE: &str = "ruby file: \".ruby-version\"\ngem \"rails\", \"~> 8.1.4\"\ngem \"pg\"\n";
    const LOCK: &str = "GEM
  remote: https://rubygems.org/
  specs:
    pg (1.7.0)

PLATFORMS
  arm64-darwin
  x86_64-linux-gnu

DEPENDENCIES
  pg
  rails (~> 8.1.4)

RUBY VERSION
   ruby 3.4.11p100

BUNDLED WITH
   2.6.9
";

    fn files() -> Files<'static> {
        Files {
            gemfile: Some(GEMFILE),
            lock: Some(LOCK),
            is_lock_ignored: false,
            ruby_version: Some("3.4.11\n"),
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_lock_fits_its_gemfile() {
        assert_eq!(misfits(&files()), []);
    }

    #[test]
    fn files_that_are_not_there_are_told_first() {
        assert_eq!(misfits(&Files::default()), [Misfit::NoGemfile]);
        assert_eq!(misfits(&Files { lock: None, ..files() }), [Misfit::NoLock]);
        let ignored = Files { lock: None, is_lock_ignored: true, ..files() };
        assert_eq!(misfits(&ignored), [Misfit::LockIgnored]);
    }

    #[test]
    fn a_lock_that_does_not_fit_says_in_what() {
        let other_ruby = Misfit::OtherRuby { found: "3.4.11".to_owned(), asked: "3.4.12".to_owned() };
        let darwin = LOCK.replace("  x86_64-linux-gnu\n", "");
        let musl = LOCK.replace("linux-gnu", "linux-musl");
        let without_ruby = LOCK.replace("RUBY VERSION\n   ruby 3.4.11p100\n\n", "");
        for (gemfile, lock, version, expected) in [
            (format!("{GEMFILE}gem \"puma\""), LOCK, "3.4.11", Misfit::Missing(names(&["puma"]))),
            (GEMFILE.replace("8.1.4", "8.2.0"), LOCK, "3.4.11", Misfit::Changed(names(&["rails"]))),
            (GEMFILE.to_owned(), &darwin, "3.4.11", Misfit::NoPlatform(names(&["arm64-darwin"]))),
            (
                GEMFILE.to_owned(),
                &musl,
                "3.4.11",
                Misfit::NoPlatform(names(&["arm64-darwin", "x86_64-linux-musl"])),
            ),
            (GEMFILE.to_owned(), LOCK, "ruby-3.4.12", other_ruby),
            (GEMFILE.to_owned(), &without_ruby, "3.4.11", Misfit::NoRuby("3.4.11".to_owned())),
        ] {
            let files =
                Files { gemfile: Some(&gemfile), lock: Some(lock), ruby_version: Some(version), ..files() };
            assert_eq!(misfits(&files), [expected]);
        }
    }

    #[test]
    fn what_is_not_plain_is_no_misfit() {
        for (gemfile, lock) in [
            ("gem \"pg\"", LOCK.to_owned()),
            ("gem \"pg\", path: \"vendor/pg\"", LOCK.replace("  pg\n", "  pg (= 1.7.0)!\n")),
            ("ruby file: \".tool-versions\"", LOCK.to_owned()),
            ("ruby \"~> 3.4.0\"", LOCK.to_owned()),
            ("gem \"windows-only\" if Gem.win_platform?", LOCK.to_owned()),
            ("gem \"pg\"", LOCK.replace("x86_64-linux-gnu", "ruby")),
        ] {
            let files = Files { gemfile: Some(gemfile), lock: Some(&lock), ..files() };
            assert_eq!(misfits(&files), [], "{gemfile}");
        }
    }
}

//! What `trueup init` writes: the first environment of a project, and what runs trueup in CI, from templates in `init/`.
//! What must not live here: rules of the spec; the texts are checked by loading them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::arguments::{Ci, Init as Request};
use super::context::Context;
use super::{Exit, Output, branch};
use crate::fleet;
use crate::message::{Answer, Failure, Notice, Task};
use crate::spec::{self, AppName};

/// Where a template names the app.
const PLACEHOLDER: &str = "__APP__";
/// Where a template names the branch that requests are merged into.
const BRANCH: &str = "__BRANCH__";
/// The longest name that Heroku takes, in characters.
const LONGEST: usize = 30;

pub(super) fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let named = context.named_directory().map(Path::to_owned);
    let here = Failure::system(Task::FindCurrentFolder);
    let project = named.map_or_else(std::env::current_dir, std::path::absolute).map_err(here)?;
    let folder = project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let app = match &request.name {
        Some(name) => {
            AppName::parse(name).map_err(|error| Failure::NotAnAppName { name: name.clone(), error })?
        }
        None => app_name_from_folder(&folder),
    };
    // Who has environments has no use for a first one. A shared part by itself is none.
    let is_new = spec::names(&project).unwrap_or_default().iter().all(|name| name.as_str() == "base");
    for (path, text) in first_environment(&app) {
        if is_new {
            write(&project, path, &text, output)?;
        } else if project.join(path).exists() {
            output.answer(&Answer::Kept(path))?;
        }
    }
    let branch = branch::of(request.branch.as_ref(), &project);
    for (path, text) in request.ci.iter().flat_map(|system| ci(*system)) {
        write(&project, path, &text.replace(BRANCH, branch.as_str()), output)?;
    }
    let of_root = [Ci::Github, Ci::Gitlab];
    if let Some(folder) = fleet::folder_in_repository(&project)
        && request.ci.iter().any(|system| of_root.contains(system))
    {
        output.notice(&Notice::BelowRepository(folder));
    }
    output.notice(&if is_new { Notice::Begun } else { Notice::SetUpCi });
    Ok(Exit::Done)
}

/// Writes a file that is not there yet, and says whether it did.
fn write(project: &Path, path: &'static str, text: &str, output: &Output) -> Result<(), Failure> {
    let is_new = write_new(&project.join(path), text).map_err(Failure::system(Task::Write(path.into())))?;
    output.answer(&if is_new { Answer::Wrote(path.into()) } else { Answer::Kept(path) })?;
    Ok(())
}

/// Writes a file that is not there yet; whoever's it is, one that is there stays as it is.
fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The files of a new project: paths relative to it, and their texts with the app's name filled in. Bucket and user
/// take their names from the app's.
pub(super) fn first_environment(app: &AppName) -> Vec<(&'static str, String)> {
    [
        ("environments/base.yaml", include_str!("init/base.yaml")),
        ("environments/production.yaml", include_str!("init/production.yaml")),
        // Not the project's own .gitignore: that is the app's, which `render` may write.
        (".trueup/.gitignore", "*\n"),
    ]
    .into_iter()
    .map(|(path, template)| (path, template.replace(PLACEHOLDER, app.as_str())))
    .collect()
}

/// The files for a CI system, the same for every project but for its branch.
const fn ci(system: Ci) -> &'static [(&'static str, &'static str)] {
    match system {
        Ci::Github => &[(".github/workflows/trueup.yml", include_str!("init/ci/github.yml"))],
        // A project's own file includes it.
        Ci::Gitlab => &[(".gitlab-ci.trueup.yml", include_str!("init/ci/gitlab.yml"))],
        Ci::Kubernetes => &[
            ("deploy/trueup/drift.yaml", include_str!("init/ci/kubernetes/drift.yaml")),
            ("deploy/trueup/apply.yaml", include_str!("init/ci/kubernetes/apply.yaml")),
        ],
    }
}

/// A name for the app from its folder's name, made to fit Heroku's rule: `My Ledger` gives `my-ledger`.
pub(super) fn app_name_from_folder(folder: &str) -> AppName {
    let lowered = folder.to_lowercase();
    let words = lowered.split(|character: char| !character.is_ascii_alphanumeric());
    let mut name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    if name.is_empty() {
        "my-app".clone_into(&mut name);
    }
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name.insert_str(0, "app-");
    }
    if name.len() < 3 {
        name.push_str("-app");
    }
    name.truncate(LONGEST);
    AppName::parse(name.trim_end_matches('-')).expect("lower-case words joined by single dashes")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::spec::{ConfigValue, Environment, EnvironmentName, SpecError};

    /// The new project's production environment, read from the texts themselves.
    fn production(app: &AppName) -> Result<Environment, SpecError> {
        let files = first_environment(app);
        let name = EnvironmentName::parse("production").unwrap();
        spec::load_with(Path::new(""), &name, &|path| {
            let found = files.iter().find(|(written, _)| Path::new(written) == path);
            found.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    #[test]
    fn a_folder_name_becomes_an_app_name() {
        for (folder, name) in [
            ("ledger", "ledger"),
            ("My Ledger", "my-ledger"),
            ("ledger_app.rb", "ledger-app-rb"),
            ("--x--", "x-app"),
            ("", "my-app"),
            ("日本", "my-app"),
            ("7wonders", "app-7wonders"),
            ("a", "a-app"),
            ("an-extraordinarily-long-name-for-a-folder", "an-extraordinarily-long-name-f"),
            ("twenty-nine-characters-long-x-cut-here", "twenty-nine-characters-long-x"),
        ] {
            assert_eq!(app_name_from_folder(folder).as_str(), name, "{folder}");
        }
    }

    #[test]
    fn the_first_environment_is_valid_and_needs_nothing_from_outside() {
        let environment = production(&app_name_from_folder("ledger")).unwrap();
        let spec = &environment.spec;
        assert_eq!(spec.app.name.as_str(), "ledger");
        assert_eq!(spec.buckets.values().next().unwrap().name.as_str(), "ledger-uploads");
        assert_eq!(spec.iam_users.values().next().unwrap().name.as_str(), "ledger-app");
        let outside = |value: &ConfigValue| {
            !matches!(value, ConfigValue::Literal(_) | ConfigValue::Generate(_) | ConfigValue::From(_))
        };
        assert!(!spec.config.values().any(outside), "{:?}", spec.config);
        assert!(environment.warnings().is_empty());
    }

    #[test]
    fn no_text_keeps_a_placeholder() {
        for (path, text) in first_environment(&app_name_from_folder("ledger")) {
            assert!(!text.contains(PLACEHOLDER), "{path}");
            assert!(text.ends_with('\n'), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_folder_gives_a_valid_environment(folder in ".{0,40}") {
            let app = app_name_from_folder(&folder);
            if let Err(error) = production(&app) {
                panic!("{app}: {}", error.render(false));
            }
        }
    }
}

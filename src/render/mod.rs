//! The app itself: a template and a spec give a tree of files (pure), which is then written into a folder.
//!
//! ```text
//! source ──┐
//! manifest ┼─ engine ─▶ tree ─┐
//! context ─┘                  ├─ survey ─▶ changes ─▶ write
//! folder, its ledger ─────────┘
//! ```
//! What must not live here: clocks,
//! services, and the values of secrets: the same spec gives the same bytes everywhere.

mod context;
mod engine;
mod filters;
mod ledger;
mod manifest;
mod procfile;
mod source;
mod survey;
mod tree;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::Value;
use minijinja::value::Serde;

pub use procfile::not_started;
pub use source::{Own, Source};
pub use survey::{Change, Fate, FolderError, Survey, survey};
pub use tree::{File, Tree};
pub use write::write;

use crate::resource::Mistake;
use crate::spec::{Environment, EnvironmentName, Finding, Severity};

/// Why a template gave no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// There is no template of that name.
    #[error("there is no template `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
        /// Whether the project's own were looked for.
        own: Own,
    },
    /// A file of the template cannot be used: which, where, and the line itself.
    #[error("{file}{}: {message}{}", .line.map_or(String::new(), |line| format!(":{line}")), .text.as_ref().map_or(String::new(), |text| format!("\n  {text}")))]
    Template {
        /// The file, as `templates/rails/files/Procfile.j2`.
        file: String,
        /// The line, from 1.
        line: Option<usize>,
        /// What is wrong.
        message: String,
        /// The line's text.
        text: Option<String>,
    },
    /// Variables of the spec that the template does not know, or that are of another type.
    #[error("{} of `template.vars` cannot be used", .0.len())]
    Variables(Vec<Mistake>),
}

impl RenderError {
    /// The same as mistakes of the spec, at their keys.
    #[must_use]
    pub fn mistakes(self) -> Vec<Mistake> {
        let message = self.to_string();
        let help = match self {
            Self::Variables(mistakes) => return mistakes,
            Self::Unknown { known, own: Own::Used, .. } => Some(format!("there is {}", known.join(", "))),
            Self::Unknown { known, own: Own::Off, .. } => {
                Some(format!("there is {}; the project's own are off", known.join(", ")))
            }
            Self::Template { .. } => None,
        };
        vec![Mistake { key: "template.name".to_owned(), message, help }]
    }
}

/// The app of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The environment's name.
    pub environment: String,
    /// The template's name.
    pub template: String,
    /// The files.
    pub tree: Tree,
}

/// The template of an environment that names none.
const USUAL: &str = "rails";

/// The name of an environment's template.
#[must_use]
pub fn template_of(environment: &Environment) -> &str {
    environment.spec.template.as_ref().map_or(USUAL, |template| &template.name)
}

/// The app of an environment of a project, from its template. `all` are the environments of the project.
pub fn app(
    project: &Path,
    environment: &Environment,
    all: &[EnvironmentName],
    own: Own,
) -> Result<Rendered, RenderError> {
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    render(&Source::find(project, template_of(environment), own)?, environment, &names)
}

/// What [`app`] would refuse or warn of, for an environment that names a template. Only warnings: an environment can
/// be planned and applied without its app.
#[must_use]
pub fn warnings(
    project: &Path,
    environment: &Environment,
    all: &[EnvironmentName],
    own: Own,
) -> Vec<Finding> {
    if environment.spec.template.is_none() {
        return Vec::new();
    }
    let warning = |one: Mistake| {
        let message = format!("`render` will refuse this: {}", one.message);
        let finding = environment.finding(&one.key, message, one.help.as_deref());
        Finding { severity: Severity::Warning, ..finding }
    };
    match app(project, environment, all, own) {
        Ok(rendered) => not_started(&rendered, environment),
        // It may be one of the project's own.
        Err(RenderError::Unknown { own: Own::Off, .. }) => Vec::new(),
        Err(error) => error.mistakes().into_iter().map(warning).collect(),
    }
}

/// Renders a template for an environment. `environments` are the names of all in the project.
pub fn render(
    source: &Source,
    environment: &Environment,
    environments: &[String],
) -> Result<Rendered, RenderError> {
    let manifest = manifest::read(source)?;
    let known = context::of(environment, environments);
    let given = environment.spec.template.as_ref().map(|template| template.vars.clone()).unwrap_or_default();
    let vars = manifest.variables(&given, |text| engine::one(source, text, &known))?;
    let mut context: BTreeMap<String, Value> = known;
    context.insert("vars".to_owned(), Value::from(Serde(&vars)));
    let tree = engine::fill(source, &manifest, &context)?;
    Ok(Rendered { environment: environment.name.to_string(), template: source.name.clone(), tree })
}

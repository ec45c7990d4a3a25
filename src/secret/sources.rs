//! Where secret values come from on the operator's side: environment variables, files and programs.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::process::Stdio;
use std::time::Duration;

use super::Secret;
use crate::spec::{ConfigValue, Environment, VarName};

/// How long a `command:` source may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than any config var may hold; a source that gives more is a mistake.
const LARGEST: u64 = 1024 * 1024;

/// The values that the sources gave, by config var.
#[derive(Clone, Debug, Default)]
pub struct Supplied(BTreeMap<VarName, Secret>);

impl Supplied {
    /// The value of a var whose spec names a source.
    ///
    /// # Panics
    /// When the var has no source: [`supply`] gives a value for each that has.
    #[must_use]
    pub fn get(&self, name: &VarName) -> Secret {
        self.0.get(name).cloned().expect("every source was asked before planning")
    }

    /// Values given directly.
    #[cfg(test)]
    #[must_use]
    pub fn from_values(values: impl IntoIterator<Item = (VarName, Secret)>) -> Self {
        Self(values.into_iter().collect())
    }
}

/// A source that gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The key of the spec: `config.OPENAI_API_KEY`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Asks every source of an environment, and reports all that gave nothing at once.
///
/// `variable` looks up the operator's environment; programs run only when `allow_commands` is set.
pub async fn supply(
    environment: &Environment,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
    allow_commands: bool,
) -> Result<Supplied, Vec<Missing>> {
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, value) in &environment.spec.config {
        let answer = match value {
            ConfigValue::Env(source) => from_variable(source, variable),
            ConfigValue::File(path) => from_file(environment, path),
            ConfigValue::Command(argv) if allow_commands => from_command(environment, argv, PATIENCE).await,
            ConfigValue::Command(argv) => Err(not_allowed(argv)),
            ConfigValue::Literal(_)
            | ConfigValue::Absent
            | ConfigValue::Generate(_)
            | ConfigValue::From(_)
            | ConfigValue::External => continue,
        };
        match answer {
            Ok(secret) => drop(values.insert(name.clone(), secret)),
            Err((message, help)) => missing.push(Missing { key: format!("config.{name}"), message, help }),
        }
    }
    if missing.is_empty() { Ok(Supplied(values)) } else { Err(missing) }
}

/// What is wrong, and what to do.
type Problem = (String, String);
type Answer = Result<Secret, Problem>;

fn from_variable(source: &str, variable: &(dyn Fn(&str) -> Option<String> + Sync)) -> Answer {
    // A variable set to nothing counts as unset.
    variable(source).filter(|text| !text.is_empty()).map(Secret::new).ok_or_else(|| {
        (format!("the environment variable `{source}` is not set"), format!("export {source}=…"))
    })
}

fn from_file(environment: &Environment, path: &str) -> Answer {
    let problem =
        |message: String| (message, "write the file, or take the value from `env` or `command`".to_owned());
    let folder = environment.file.parent().unwrap_or(&environment.project);
    let file = folder.join(path);
    let is_inside = inside(&environment.project, &file)
        .map_err(|error| problem(format!("cannot read `{path}`: {error}")))?;
    if !is_inside {
        return Err((
            format!("`{path}` is outside the project"),
            "keep it in the project's folder, ignored by git".to_owned(),
        ));
    }
    let size =
        std::fs::metadata(&file).map_err(|error| problem(format!("cannot read `{path}`: {error}")))?.len();
    if size > LARGEST {
        return Err(problem(format!("`{path}` has {size} bytes, more than any config var can hold")));
    }
    let text =
        std::fs::read_to_string(&file).map_err(|error| problem(format!("cannot read `{path}`: {error}")))?;
    Ok(Secret::new(without_newline(text)))
}

/// Follows symbolic links, so that none leads out of the project.
fn inside(project: &Path, file: &Path) -> std::io::Result<bool> {
    let leaves = file.components().any(|part| part == Component::ParentDir) && !file.starts_with(project);
    Ok(!leaves && file.canonicalize()?.starts_with(project.canonicalize()?))
}

fn not_allowed(argv: &[String]) -> Problem {
    let program = argv.first().map_or("", String::as_str);
    (
        format!("its value comes from the program `{program}`, and programs do not run unasked"),
        "add --allow-commands if you trust this spec".to_owned(),
    )
}

/// Runs a program itself, never through a shell, so that nothing in its arguments is interpreted.
async fn from_command(environment: &Environment, argv: &[String], patience: Duration) -> Answer {
    let (program, arguments) =
        argv.split_first().ok_or_else(|| ("the command is empty".to_owned(), "name a program".to_owned()))?;
    let help = || format!("run it by hand: {}", argv.join(" "));
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(&environment.project)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(patience, output)
        .await
        .map_err(|_| (format!("`{program}` did not end within {} s", patience.as_secs()), help()))?
        .map_err(|error| (format!("cannot run `{program}`: {error}"), help()))?;
    if !output.status.success() {
        // What the program wrote could hold a secret, so it is not shown.
        return Err((format!("`{program}` ended with {}", output.status), help()));
    }
    let text =
        String::from_utf8(output.stdout).map_err(|_| (format!("`{program}` did not print text"), help()))?;
    let secret = Secret::new(without_newline(text));
    if secret.is_empty() { Err((format!("`{program}` printed nothing"), help())) } else { Ok(secret) }
}

/// Editors and programs end a text with a newline that is not part of it.
fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, EnvironmentName};

    /// What a program gives, and the problem when it gives nothing.
    async fn gives(argv: &[&str], patience: Duration) -> Result<String, String> {
        let name = EnvironmentName::parse("production").expect("a good name");
        let mut environment = spec::parse(&name, "app: { name: ledger }").expect("a good spec");
        environment.project = std::env::temp_dir();
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let answer = from_command(&environment, &argv, patience).await;
        answer.map(|secret| secret.reveal().to_owned()).map_err(|(message, _)| message)
    }

    #[tokio::test]
    async fn no_shell_reads_what_a_program_is_given() {
        let given = "$HOME; echo `id` | cat > file && $(false) *";
        assert_eq!(gives(&["printf", "%s", given], PATIENCE).await.as_deref(), Ok(given));
        assert!(gives(&["echo hello"], PATIENCE).await.is_err(), "that is no program's name");
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_ended() {
        let message = gives(&["sleep", "600"], Duration::ZERO).await.unwrap_err();
        assert_eq!(message, "`sleep` did not end within 0 s");
    }

    #[tokio::test]
    async fn one_newline_at_the_end_is_not_a_part_of_the_value() {
        assert_eq!(gives(&["printf", "a\n\n"], PATIENCE).await.as_deref(), Ok("a\n"));
        assert_eq!(gives(&["printf", "a\r\n"], PATIENCE).await.as_deref(), Ok("a"));
        assert_eq!(gives(&["printf", ""], PATIENCE).await.unwrap_err(), "`printf` printed nothing");
    }
}

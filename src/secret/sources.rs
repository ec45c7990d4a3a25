//! Where secret values come from on the operator's side: environment variables, files and programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use std::process::Stdio;
use std::time::Duration;

use super::Secret;
use crate::spec::{ConfigValue, DrainUrl, Environment, VarName};

/// How long a `command:` source may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than any config var may hold; a source that gives more is a mistake.
const LARGEST: u64 = 1024 * 1024;

/// Which sources are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of them.
    All,
    /// All but `command`, which is a mistake then.
    WithoutPrograms,
    /// `env` alone: `file` and `command` are off, where a stranger may have written the spec.
    Variables,
}

/// The values that the sources gave, by config var.
#[derive(Clone, Debug, Default)]
pub struct Supplied {
    values: BTreeMap<VarName, Secret>,
    off: BTreeSet<VarName>,
    drains: Vec<(DrainUrl, Secret)>,
}

impl Supplied {
    /// The value of a var whose spec names a source.
    ///
    /// # Panics
    /// When the var has no source: [`supply`] gives a value for each that has, and is not off.
    #[must_use]
    pub fn get(&self, name: &VarName) -> Secret {
        self.values.get(name).cloned().expect("every source was asked before planning")
    }

    /// Whether the source of a var is off, so that nothing can be said of its value.
    #[must_use]
    pub fn is_off(&self, name: &VarName) -> bool {
        self.off.contains(name)
    }

    /// Values given directly.
    #[must_use]
    pub fn from_values(values: impl IntoIterator<Item = (VarName, Secret)>) -> Self {
        Self { values: values.into_iter().collect(), ..Self::default() }
    }

    /// The URL of a log drain; `None` when its source is off, so that nothing can be said of it.
    #[must_use]
    pub fn drain(&self, source: &DrainUrl) -> Option<&Secret> {
        self.drains.iter().find(|(one, _)| one == source).map(|(_, url)| url)
    }

    /// The same values, and these URLs of log drains.
    #[must_use]
    pub fn with_drains(mut self, drains: impl IntoIterator<Item = (DrainUrl, Secret)>) -> Self {
        self.drains.extend(drains);
        self
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
/// `variable` looks up the operator's environment.
pub async fn supply(
    environment: &Environment,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
    asked: Asked,
) -> Result<Supplied, Vec<Missing>> {
    let mut supplied = Supplied::default();
    let mut missing = Vec::new();
    for (name, value) in &environment.spec.config {
        match ask(environment, value, variable, asked).await {
            Given::Value(secret) => drop(supplied.values.insert(name.clone(), secret)),
            Given::Off => drop(supplied.off.insert(name.clone())),
            Given::Problem(message, help) => {
                missing.push(Missing { key: format!("config.{name}"), message, help });
            }
            Given::NoSource => {}
        }
    }
    for (place, drain) in environment.spec.app.log_drains.iter().flatten().enumerate() {
        let key = format!("app.log_drains[{place}]");
        match ask(environment, drain.source(), variable, asked).await {
            Given::Value(url) if leads_somewhere(&url) => supplied.drains.push((drain.clone(), url)),
            Given::Value(_) => {
                let message = "the value is not the URL of a log drain".to_owned();
                let help = "a drain's URL begins with syslog://, syslog+tls:// or https://".to_owned();
                missing.push(Missing { key, message, help });
            }
            Given::Problem(message, help) => missing.push(Missing { key, message, help }),
            Given::Off | Given::NoSource => {}
        }
    }
    if missing.is_empty() { Ok(supplied) } else { Err(missing) }
}

/// What a source gave.
enum Given {
    Value(Secret),
    /// It is off.
    Off,
    /// What is wrong, and what to do.
    Problem(String, String),
    /// The value is no source's.
    NoSource,
}

async fn ask(
    environment: &Environment,
    value: &ConfigValue,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
    asked: Asked,
) -> Given {
    let answer = match value {
        ConfigValue::Env(source) => from_variable(source, variable),
        ConfigValue::File(_) | ConfigValue::Command(_) if asked == Asked::Variables => return Given::Off,
        ConfigValue::File(path) => from_file(environment, path),
        ConfigValue::Command(argv) if asked == Asked::All => from_command(environment, argv, PATIENCE).await,
        ConfigValue::Command(argv) => Err(not_allowed(argv)),
        ConfigValue::Literal(_)
        | ConfigValue::Absent
        | ConfigValue::Generate(_)
        | ConfigValue::From(_)
        | ConfigValue::External(_) => return Given::NoSource,
    };
    match answer.and_then(fit_to_be_sent) {
        Ok(secret) => Given::Value(secret),
        Err((message, help)) => Given::Problem(message, help),
    }
}

/// Whether a log drain can lead there: by syslog, or to a collector over HTTP (heroku-api.md section 7).
fn leads_somewhere(url: &Secret) -> bool {
    let url = url::Url::parse(url.reveal());
    url.is_ok_and(|url| url.has_host() && ["syslog", "syslog+tls", "http", "https"].contains(&url.scheme()))
}

/// What is wrong, and what to do.
type Problem = (String, String);
type Answer = Result<Secret, Problem>;

fn from_variable(source: &str, variable: &(dyn Fn(&str) -> Option<String> + Sync)) -> Answer {
    // A variable set to nothing counts as unset.
    let value =
        variable(source).map(|text| value_of(&text)).filter(|value| !value.is_empty()).ok_or_else(|| {
            (format!("the environment variable `{source}` is not set"), format!("export {source}=…"))
        })?;
    // Bytes that are no text came in as this character.
    if value.reveal().contains(char::REPLACEMENT_CHARACTER) {
        let message = format!("the environment variable `{source}` holds bytes that are not UTF-8");
        return Err((message, IN_BASE64.to_owned()));
    }
    Ok(value)
}

/// What to do about bytes: a config var is text.
const IN_BASE64: &str = "have it in Base64, and let the app decode it";

/// What git and its helpers leave where the content should be, by how it begins or what it holds.
const STAND_INS: &[(&str, &str, &str)] = &[
    ("version https://git-lfs.github.com/spec/", "a pointer of Git LFS", "fetch the content: git lfs pull"),
    ("$ANSIBLE_VAULT;", "encrypted by Ansible Vault", "decrypt it: { command: [ansible-vault, view, FILE] }"),
    ("ENC[AES256_GCM,", "encrypted by sops", "decrypt it: { command: [sops, decrypt, FILE] }"),
    (
        "-----BEGIN AGE ENCRYPTED FILE-----",
        "encrypted by age",
        "decrypt it: { command: [age, --decrypt, FILE] }",
    ),
];

/// Refuses what the app cannot mean: a dyno's environment ends a value at a NUL, and a stand-in is no content.
fn fit_to_be_sent(secret: Secret) -> Answer {
    let text = secret.reveal();
    if text.contains('\0') {
        let message = "the value holds a NUL character, which no environment variable can".to_owned();
        return Err((message, IN_BASE64.to_owned()));
    }
    match STAND_INS.iter().find(|(sign, ..)| text.contains(sign)) {
        Some((_, what, help)) => Err((format!("the value is {what}, not its content"), (*help).to_owned())),
        None => Ok(secret),
    }
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
    let bytes = std::fs::read(&file).map_err(|error| problem(format!("cannot read `{path}`: {error}")))?;
    if bytes.starts_with(b"\0GITCRYPT") {
        return Err((format!("`{path}` is locked by git-crypt"), "unlock it: git-crypt unlock".to_owned()));
    }
    let not_text = |_| (format!("`{path}` holds bytes that are not UTF-8"), IN_BASE64.to_owned());
    String::from_utf8(bytes).map_err(not_text).map(|text| value_of(&text))
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
    let secret = value_of(&text);
    if secret.is_empty() { Err((format!("`{program}` printed nothing"), help())) } else { Ok(secret) }
}

/// A value that somebody typed in or piped in: text that a config var can hold, and not nothing.
///
/// # Errors
/// What is wrong, and what to do.
pub fn handed_in(bytes: Vec<u8>) -> Result<Secret, (String, String)> {
    let text = String::from_utf8(bytes)
        .map_err(|_| ("the new value holds bytes that are not UTF-8".to_owned(), IN_BASE64.to_owned()))?;
    let value = value_of(&text);
    if value.is_empty() {
        let help = "type it in on a terminal, or pipe it in: op read op://… | trueup rotate …";
        return Err(("no new value was given".to_owned(), help.to_owned()));
    }
    fit_to_be_sent(value)
}

/// What a variable, a file or a program gave, as the value that is meant, by one rule for the three.
///
/// Editors and programs end a line with a line break that is no part of it, and some editors begin a file with a
/// byte-order mark. The last line break of several lines stays: keys in PEM and OpenSSH's form are not read without.
fn value_of(text: &str) -> Secret {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    Secret::new(if line.contains(['\n', '\r']) { text } else { line })
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

    #[test]
    fn a_line_loses_its_end_and_several_lines_are_kept_as_they_are() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n-----END OPENSSH PRIVATE KEY-----\n";
        for (given, value) in [
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a \n", "a "),
            ("\u{feff}a\n", "a"),
            ("\n", ""),
            (key, key),
            ("\u{feff}a\r\nb\r\n", "a\r\nb\r\n"),
            ("a\nb", "a\nb"),
            ("a\n\n", "a\n\n"),
        ] {
            assert_eq!(value_of(given).reveal(), value, "{given:?}");
        }
    }

    #[test]
    fn what_no_environment_can_hold_is_told() {
        assert!(fit_to_be_sent(Secret::new("a")).is_ok());
        let (message, _) = fit_to_be_sent(Secret::new("a\0b")).unwrap_err();
        assert!(message.contains("NUL"), "{message}");
        let (message, _) = from_variable("KEY", &|_| Some("caf\u{fffd}".to_owned())).unwrap_err();
        assert!(message.contains("`KEY` holds bytes that are not UTF-8"), "{message}");
    }

    #[tokio::test]
    async fn every_source_keeps_the_same_rule() {
        let key = "BEGIN\nEND\n";
        let file = |text: &str| {
            let project = tempfile::tempdir().expect("a folder");
            std::fs::write(project.path().join("key"), text).expect("a file");
            let name = EnvironmentName::parse("production").expect("a good name");
            let mut environment = spec::parse(&name, "app: { name: ledger }").expect("a good spec");
            environment.file = project.path().join("production.yaml");
            environment.project = project.path().to_owned();
            from_file(&environment, "key").map(|secret| secret.reveal().to_owned())
        };
        let variable = |text: &str| {
            let text = text.to_owned();
            from_variable("KEY", &move |_| Some(text.clone())).map(|secret| secret.reveal().to_owned())
        };
        assert_eq!(gives(&["printf", "a\n"], PATIENCE).await.as_deref(), Ok("a"));
        assert_eq!(gives(&["printf", key], PATIENCE).await.as_deref(), Ok(key));
        assert_eq!(file("a\n").as_deref(), Ok("a"));
        assert_eq!(file(key).as_deref(), Ok(key));
        assert_eq!(variable("a\n").as_deref(), Ok("a"));
        assert_eq!(variable(key).as_deref(), Ok(key));
        assert!(variable("\n").is_err(), "nothing but a line break is nothing");
        assert_eq!(gives(&["printf", ""], PATIENCE).await.unwrap_err(), "`printf` printed nothing");
    }
}

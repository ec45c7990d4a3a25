//! The token: given, or found in netrc, or asked of the `heroku` program, once and only when a call needs it.
//!
//! What must not live here: a check of the token's shape. Several shapes are in use (heroku-api.md section 1).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::HeaderValue;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::cloud::netrc::{self, NetrcFile, Passwords};
use crate::secret::Secret;

/// How long the `heroku` program may take; it starts a JavaScript runtime, which takes a second or two.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the token may come from, in order.
pub(super) struct TokenSource {
    pub(super) given: Option<Secret>,
    pub(super) netrc: Option<NetrcFile>,
    /// The program to run; a bare name is looked up on PATH.
    pub(super) program: Option<PathBuf>,
    /// The API's host, as netrc names machines.
    pub(super) machine: String,
}

/// The token of this run, looked for at the first need.
pub(super) struct Credentials {
    source: TokenSource,
    found: OnceCell<Result<Token, String>>,
}

/// A token and the header that carries it.
#[derive(Clone)]
pub(super) struct Token {
    /// Kept to mask it in what the service says.
    pub(super) secret: Secret,
    /// Where it came from, for people: `HEROKU_API_KEY`.
    pub(super) origin: String,
    /// `Bearer …`, marked sensitive.
    pub(super) header: HeaderValue,
    /// `Basic …` with an empty user, marked sensitive.
    pub(super) basic: HeaderValue,
}

impl Credentials {
    pub(super) fn new(source: TokenSource) -> Self {
        Self { source, found: OnceCell::new() }
    }

    /// The token, or why there is none, in words. Many calls at once look only once.
    pub(super) async fn token(&self) -> Result<&Token, &str> {
        let found = self.found.get_or_init(|| async { self.source.find().await.and_then(Token::new) }).await;
        found.as_ref().map_err(String::as_str)
    }

    /// The token, when it was found already.
    pub(super) fn known(&self) -> Option<&Secret> {
        self.found.get()?.as_ref().ok().map(|token| &token.secret)
    }

    /// Where the token came from, when it was found already.
    pub(super) fn origin(&self) -> Option<&str> {
        self.found.get()?.as_ref().ok().map(|token| token.origin.as_str())
    }
}

impl Token {
    fn new((text, origin): (Secret, String)) -> Result<Self, String> {
        // A line end at the end is a slip of copying, never part of a token.
        let secret = Secret::new(text.reveal().trim());
        let unsendable = |_: reqwest::header::InvalidHeaderValue| {
            format!("the Heroku token of {origin} holds characters that cannot be sent")
        };
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!(":{}", secret.reveal()));
        let sensitive = |text: String| {
            let mut header = HeaderValue::try_from(text)?;
            header.set_sensitive(true);
            Ok::<_, reqwest::header::InvalidHeaderValue>(header)
        };
        let header = sensitive(format!("Bearer {}", secret.reveal())).map_err(unsendable)?;
        let basic = sensitive(format!("Basic {encoded}")).map_err(unsendable)?;
        Ok(Self { secret, origin, header, basic })
    }
}

impl TokenSource {
    async fn find(&self) -> Result<(Secret, String), String> {
        if let Some(given) = self.given.as_ref().filter(|given| !given.reveal().trim().is_empty()) {
            return Ok((given.clone(), "HEROKU_API_KEY".to_owned()));
        }
        let mut reasons = vec!["HEROKU_API_KEY is not set".to_owned()];
        let mut of_default = None;
        if let Some(file) = &self.netrc {
            match self.in_netrc(file).await {
                Ok(Passwords { of_machine: Some(token), .. }) => {
                    return Ok((token, file.to_string()));
                }
                Ok(Passwords { of_default: found, .. }) => {
                    of_default = found.map(|token| (token, format!("the `default` entry of {file}")));
                    reasons.push(format!("{file} has no password for `{}`", self.machine));
                }
                Err(reason) => reasons.push(reason),
            }
        }
        if let Some(program) = &self.program {
            match from_program(auth_token(program), PROGRAM_TIMEOUT).await {
                Ok(token) => return Ok((token, "`heroku auth:token`".to_owned())),
                Err(reason) => reasons.push(reason),
            }
        }
        // Whoever logged in with the program means that, and not an entry for any machine.
        of_default.ok_or_else(|| format!("no Heroku token: {}", reasons.join(", ")))
    }

    async fn in_netrc(&self, file: &NetrcFile) -> Result<Passwords, String> {
        // Some programs name the folder of the file in NETRC.
        let path = if file.path.is_dir() { file.path.join(".netrc") } else { file.path.clone() };
        // A name in some other alphabet is no reason to read nothing.
        let text = match tokio::fs::read(&path).await {
            Ok(bytes) => Secret::new(
                String::from_utf8(bytes)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(format!("there is no {file}"));
            }
            Err(error) => return Err(format!("{file} cannot be read ({error})")),
        };
        let Passwords { of_machine, of_default } = netrc::passwords_for(text.reveal(), &self.machine);
        let is_there = |password: &Secret| !password.is_empty();
        // The `heroku` program writes the port down with the host, and curl knows hosts alone.
        let of_host = || {
            let (host, _) = self.machine.rsplit_once(':')?;
            netrc::passwords_for(text.reveal(), host).of_machine
        };
        let of_machine = of_machine.filter(is_there).or_else(|| of_host().filter(is_there));
        Ok(Passwords { of_machine, of_default: of_default.filter(is_there) })
    }
}

/// `heroku auth:token`, which knows of the system's own stores of credentials.
fn auth_token(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("auth:token");
    command
}

/// Runs the program and takes what it prints last.
async fn from_program(mut command: Command, timeout: Duration) -> Result<Secret, String> {
    let run = command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).output();
    let shown = "`heroku auth:token`";
    let output = match tokio::time::timeout(timeout, run).await {
        Err(_) => return Err(format!("{shown} did not end within {} s", timeout.as_secs())),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err("there is no `heroku` program on PATH".to_owned());
        }
        Ok(Err(error)) => return Err(format!("{shown} did not run ({error})")),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(format!("{shown} gave none ({})", output.status));
    }
    let printed =
        String::from_utf8(output.stdout).map(Secret::new).map_err(|_| format!("{shown} printed no text"))?;
    // Notices of the program may come before the token.
    let last = printed.reveal().lines().map(str::trim).rfind(|line| !line.is_empty());
    last.map(Secret::new).ok_or_else(|| format!("{shown} printed nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> TokenSource {
        TokenSource { given: None, netrc: None, program: None, machine: "api.heroku.com".to_owned() }
    }

    async fn token(source: TokenSource) -> Result<String, String> {
        let credentials = Credentials::new(source);
        let found = credentials.token().await;
        found.map(|token| token.secret.reveal().to_owned()).map_err(str::to_owned)
    }

    fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> NetrcFile {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        NetrcFile { path, is_named: false }
    }

    #[cfg(unix)]
    async fn from_script(script: &str, timeout: Duration) -> Result<Secret, String> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        from_program(command, timeout).await
    }

    #[tokio::test]
    async fn a_given_token_wins_in_whatever_shape() {
        let given = |text: &str| TokenSource { given: Some(Secret::new(text)), ..source() };
        assert_eq!(token(given("HRKU-AA1234\n")).await.unwrap(), "HRKU-AA1234");
        assert_eq!(token(given("x")).await.unwrap(), "x");
        let why = "the Heroku token of HEROKU_API_KEY holds characters that cannot be sent";
        assert_eq!(token(given("a\nb")).await.unwrap_err(), why);
    }

    #[tokio::test]
    async fn netrc_is_next() {
        let folder = tempfile::tempdir().unwrap();
        let netrc = file(&folder, "netrc", "machine api.heroku.com login me password HRKU-1");
        let given = Some(Secret::new("  "));
        assert_eq!(token(TokenSource { given, netrc: Some(netrc), ..source() }).await.unwrap(), "HRKU-1");
    }

    #[tokio::test]
    async fn a_host_with_a_port_has_the_entry_with_it_or_the_one_of_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |machine: &str| format!("machine {machine} login me password of-{machine}\n");
        for (machines, expected) in [
            (&["127.0.0.1", "127.0.0.1:8899"][..], "of-127.0.0.1:8899"),
            (&["127.0.0.1:1", "127.0.0.1"], "of-127.0.0.1"),
        ] {
            let text: String = machines.iter().map(|machine| entry(machine)).collect();
            let netrc = Some(file(&folder, "netrc", &text));
            let machine = "127.0.0.1:8899".to_owned();
            assert_eq!(token(TokenSource { netrc, machine, ..source() }).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn netrc_may_be_named_by_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        file(&folder, ".netrc", "machine api.heroku.com login me password HRKU-1");
        let netrc = Some(NetrcFile { path: folder.path().to_owned(), is_named: true });
        assert_eq!(token(TokenSource { netrc, ..source() }).await.unwrap(), "HRKU-1");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_heroku_program_is_asked_last_for_its_auth_token() {
        let program = Some(PathBuf::from("echo"));
        assert_eq!(token(TokenSource { program, ..source() }).await.unwrap(), "auth:token");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_entry_for_any_machine_comes_after_the_heroku_program() {
        let folder = tempfile::tempdir().unwrap();
        let netrc = Some(file(&folder, "netrc", "default login anonymous password me@ledger.example"));
        let program = Some(PathBuf::from("echo"));
        assert_eq!(
            token(TokenSource { netrc: netrc.clone(), program, ..source() }).await.unwrap(),
            "auth:token"
        );
        assert_eq!(token(TokenSource { netrc, ..source() }).await.unwrap(), "me@ledger.example");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_last_line_that_a_program_prints_is_the_token() {
        let printed = from_script("echo ' › Warning'; echo HRKU-1; echo; echo no >&2", PROGRAM_TIMEOUT).await;
        assert!(printed.unwrap().matches(&Secret::new("HRKU-1")));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_fails_or_hangs_or_prints_nothing_is_a_reason() {
        let failing = from_script("echo no; exit 100", PROGRAM_TIMEOUT).await;
        assert_eq!(failing.unwrap_err(), "`heroku auth:token` gave none (exit status: 100)");
        let silent = from_script("true", PROGRAM_TIMEOUT).await;
        assert_eq!(silent.unwrap_err(), "`heroku auth:token` printed nothing");
        let hanging = from_script("exec sleep 600", Duration::from_millis(50)).await;
        assert_eq!(hanging.unwrap_err(), "`heroku auth:token` did not end within 0 s");
    }

    #[tokio::test]
    async fn without_any_token_every_place_that_was_looked_at_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let netrc = file(&folder, "netrc", "machine git.heroku.com login me password HRKU-1");
        let program = Some(folder.path().join("no-such-program"));
        let reason =
            token(TokenSource { netrc: Some(netrc.clone()), program, ..source() }).await.unwrap_err();
        assert_eq!(
            reason,
            format!(
                "no Heroku token: HEROKU_API_KEY is not set, `{}` has no password for `api.heroku.com`, there is no `heroku` program on PATH",
                netrc.path.display()
            )
        );
    }

    #[tokio::test]
    async fn a_file_that_a_variable_names_is_told_with_the_variable() {
        let folder = tempfile::tempdir().unwrap();
        let netrc =
            NetrcFile { is_named: true, ..file(&folder, "mine", "machine api.heroku.com password one") };
        let said = format!("`{}` (named by NETRC)", netrc.path.display());
        let credentials = Credentials::new(TokenSource { netrc: Some(netrc.clone()), ..source() });
        assert_eq!(credentials.token().await.unwrap().origin, said);
        std::fs::remove_file(&netrc.path).unwrap();
        let reason = token(TokenSource { netrc: Some(netrc), ..source() }).await.unwrap_err();
        assert!(reason.contains(&format!("there is no {said}")), "{reason}");
    }

    #[tokio::test]
    async fn the_token_is_looked_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let netrc = file(&folder, "netrc", "machine api.heroku.com password one");
        let credentials = Credentials::new(TokenSource { netrc: Some(netrc), ..source() });
        assert!(credentials.known().is_none());
        assert!(credentials.token().await.is_ok());
        file(&folder, "netrc", "machine api.heroku.com password two");
        assert!(credentials.token().await.is_ok_and(|token| token.secret.matches(&Secret::new("one"))));
    }

    #[tokio::test]
    async fn the_header_shows_nothing_in_debug() {
        let credentials = Credentials::new(TokenSource { given: Some(Secret::new("HRKU-1")), ..source() });
        assert_eq!(format!("{:?}", credentials.token().await.ok().unwrap().header), "Sensitive");
    }
}

//! The rooms from the top down, which of those below each may import, and what of the outside world it may reach.

use super::code::{Code, is_within};

/// Something of the outside world that makes code hard to test, or an answer change from one run to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Async,
    Clock,
    Random,
    Environment,
    Files,
    Network,
    Processes,
    Terminal,
}

use Reach::{Async, Clock, Environment, Files, Network, Processes, Random, Terminal};

pub const REACHES: [Reach; 8] = [Async, Clock, Random, Environment, Files, Network, Processes, Terminal];

impl Reach {
    /// The paths and words by which code reaches it.
    fn signs(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Async => (&["tokio", "futures_util", "std::future::Future", "std::thread"], &["async", "await"]),
            Clock => (
                &["std::time::Instant", "std::time::SystemTime", "tokio::time"],
                &["now_utc", "now_local", "elapsed()"],
            ),
            Random => (
                &["getrandom", "uuid::Uuid::new_v4", "std::hash::RandomState", "std::collections::hash_map"],
                &["new_v4"],
            ),
            Environment => (&["std::env"], &[]),
            Files => (
                &["std::fs", "tokio::fs", "tempfile"],
                &["exists()", "is_dir()", "is_file()", "read_dir()", "metadata()", "canonicalize()"],
            ),
            Network => (
                &[
                    "reqwest",
                    "hyper::client",
                    "hyper::server",
                    "hyper_util",
                    "hickory_resolver",
                    "aws_config",
                    "aws_sdk_iam",
                    "aws_sdk_s3",
                    "aws_sdk_sts",
                    "tokio_postgres",
                    "tokio_rustls",
                ],
                &["TcpListener", "TcpStream", "UdpSocket", "ToSocketAddrs"],
            ),
            Processes => (
                &[
                    "std::process::Command",
                    "std::process::abort",
                    "std::process::exit",
                    "std::process::id",
                    "tokio::process",
                ],
                &[],
            ),
            Terminal => (
                &["std::io::stdin", "std::io::stdout", "std::io::stderr", "indicatif", "terminal_size"],
                &["println", "eprintln", "is_terminal"],
            ),
        }
    }

    /// The first sign of it in the code.
    pub fn sign_in(self, code: &Code) -> Option<&'static str> {
        let (paths, words) = self.signs();
        let path = paths.iter().find(|path| code.names(path));
        path.or_else(|| words.iter().find(|word| code.words.contains(**word))).copied()
    }
}

/// What holds for the files below one place of `src/`.
#[derive(Debug)]
pub struct Rule {
    /// A room, or a part of one for which less is allowed, or more: `spec`, `spec/load.rs`.
    pub place: &'static str,
    /// The rooms that it may import.
    pub imports: &'static [&'static str],
    /// What it must not import of them all the same.
    pub but_not: &'static [&'static str],
    /// What it may reach.
    pub reaches: &'static [Reach],
}

const fn rule(place: &'static str, imports: &'static [&'static str], reaches: &'static [Reach]) -> Rule {
    Rule { place, imports, but_not: &[], reaches }
}

const fn pure(place: &'static str, imports: &'static [&'static str]) -> Rule {
    rule(place, imports, &[])
}

/// From the top down: a room imports only rooms that stand below it. The most exact place decides.
pub const RULES: &[Rule] = &[
    rule("main.rs", &["cli"], &[]),
    rule("testing.rs", &["view", "apply", "render", "plan", "resource", "cloud", "secret", "spec"], &[Async]),
    rule(
        "cli",
        &[
            "view",
            "message",
            "settings",
            "lifecycle",
            "fleet",
            "drift",
            "access",
            "apply",
            "status",
            "lock",
            "render",
            "plan",
            "resource",
            "source",
            "cloud",
            "secret",
            "spec",
            "terminal",
            "sandbox",
        ],
        &[Async, Clock, Random, Environment, Files, Processes, Terminal],
    ),
    // Views only word and print: they learn what went wrong from errors, and have no client to ask.
    Rule {
        place: "view",
        imports: &[
            "message",
            "lifecycle",
            "fleet",
            "git",
            "drift",
            "access",
            "apply",
            "status",
            "lock",
            "render",
            "plan",
            "resource",
            "cloud",
            "secret",
            "spec",
            "terminal",
        ],
        but_not: &["cloud::Clouds", "cloud::aws", "cloud::heroku", "cloud::s3", "spec::load"],
        reaches: &[],
    },
    rule("view/progress.rs", &["apply", "plan", "cloud"], &[Clock, Terminal]),
    rule("view/progress", &["apply"], &[Clock, Terminal]),
    // What commands have to say, as data.
    pure(
        "message",
        &[
            "settings",
            "lifecycle",
            "fleet",
            "access",
            "apply",
            "lock",
            "render",
            "plan",
            "resource",
            "source",
            "cloud",
            "secret",
            "spec",
        ],
    ),
    // Environment variables come as an argument; a new key for the fingerprints of one run is drawn here.
    rule("settings.rs", &["fleet", "lock", "cloud", "secret"], &[Random]),
    // The file of acknowledgements is read by `spec`, and what day it is comes as an argument.
    pure("drift", &["plan", "resource", "cloud", "secret", "spec"]),
    // A command's own look, and what it decides; it reads through the clients, and writes nothing anywhere.
    rule("lifecycle", &["plan", "resource", "source", "cloud", "secret", "spec", "terminal"], &[Async]),
    // What time it is comes as an argument.
    rule("lifecycle/doctor.rs", &["cloud", "spec"], &[Async]),
    rule("lifecycle/doctor", &["resource", "cloud", "spec"], &[Async]),
    pure("lifecycle/doctor/machine.rs", &["cloud"]),
    pure("lifecycle/doctor/versions.rs", &["cloud", "spec"]),
    // A check that hangs has failed.
    rule("lifecycle/verify.rs", &["resource"], &[Async, Clock]),
    pure("lifecycle/clone/draft.rs", &["resource", "secret", "spec"]),
    pure("lifecycle/clone/names.rs", &["spec"]),
    pure("lifecycle/clone/overlay.rs", &["spec"]),
    pure("lifecycle/clone/pieces.rs", &["cloud", "secret"]),
    pure("lifecycle/import/document.rs", &["resource", "terminal"]),
    pure("lifecycle/import/dotenv.rs", &["resource", "secret"]),
    pure("lifecycle/import/share.rs", &["resource"]),
    pure("lifecycle/rollback/course.rs", &["cloud"]),
    pure("lifecycle/rotate/selection.rs", &["resource", "spec"]),
    pure("lifecycle/rotate/kept.rs", &["spec"]),
    rule("fleet", &["git", "spec"], &[Async]),
    // What a project has is read by `spec`, and what it had by `git`.
    pure("fleet/changed.rs", &["git", "spec"]),
    pure("fleet/select.rs", &["git", "spec"]),
    pure("fleet/shard.rs", &["spec"]),
    // The one place that runs the `git` program.
    rule("git", &["spec"], &[Processes]),
    rule("git/batch.rs", &[], &[Async, Processes]),
    pure("git/error.rs", &[]),
    rule("apply", &["plan", "resource", "cloud", "spec"], &[Async, Clock]),
    // How an environment is follows from what was seen and from its plan.
    pure("status.rs", &["plan", "resource", "cloud", "spec"]),
    pure("access", &["lock", "resource", "spec"]),
    rule("lock", &["resource", "cloud", "spec", "terminal"], &[Async, Clock]),
    // Which process holds a lock, for the record that others read.
    rule("lock/process.rs", &[], &[Files, Processes]),
    rule("lock/record.rs", &["terminal"], &[Random]),
    pure("lock/state.rs", &[]),
    pure("render", &["resource", "spec"]),
    rule("render/source.rs", &[], &[Files]),
    rule("render/survey.rs", &[], &[Files]),
    rule("render/write.rs", &[], &[Files]),
    Rule {
        place: "plan",
        imports: &["resource", "secret", "spec"],
        but_not: &["spec::load", "secret::sources", "secret::generate"],
        reaches: &[],
    },
    // Kinds ask and act through the clients of `cloud`; when it is now, and what is drawn, others tell them.
    rule("resource", &["source", "cloud", "secret", "spec"], &[Async]),
    rule("resource/run.rs", &["cloud", "secret", "spec"], &[Async, Clock]),
    // A check looks again after a while.
    rule("resource/proof.rs", &["cloud"], &[Async, Clock]),
    // A setting of a bucket is one file, the SDK's two calls for it included; they go through the bucket's handle.
    rule("resource/bucket", &["cloud", "secret", "spec"], &[Async, Network]),
    // A backup is put into a file.
    rule("resource/task/download.rs", &["cloud", "spec"], &[Async, Files]),
    pure("resource/config/plain.rs", &["secret", "spec"]),
    pure("resource/config/wanted.rs", &["secret", "spec"]),
    pure("resource/address.rs", &[]),
    pure("resource/bill.rs", &["cloud"]),
    pure("resource/addon/bill.rs", &["spec"]),
    pure("resource/formation/bill.rs", &["spec"]),
    pure("resource/describe.rs", &["secret"]),
    pure("resource/facts.rs", &["secret"]),
    pure("resource/draft.rs", &[]),
    pure("resource/output.rs", &["secret", "spec"]),
    pure("resource/recheck.rs", &[]),
    pure("resource/rights.rs", &["spec"]),
    pure("resource/tags.rs", &["spec"]),
    // The files of an app, and what they say: read here, and sent by others.
    rule("source", &[], &[Files]),
    pure("source/bundle.rs", &[]),
    pure("source/gemfile.rs", &[]),
    pure("source/procfile.rs", &[]),
    pure("source/requirement.rs", &[]),
    rule("cloud", &["secret", "spec"], &[Async, Clock, Network]),
    // Which certificates to trust, and what the profiles of the AWS tools say, stand in files of the operator.
    rule("cloud/aws/http.rs", &[], &[Async, Files, Network]),
    rule("cloud/aws/profile.rs", &[], &[Async, Files, Network]),
    rule("cloud/aws/web_identity.rs", &[], &[Async, Files]),
    rule("cloud/heroku/credentials.rs", &["secret"], &[Async, Clock, Files, Network, Processes]),
    rule("cloud/heroku/transport.rs", &["secret"], &[Async, Clock, Random, Network]),
    rule("cloud/trust.rs", &[], &[Async, Files, Network]),
    pure("cloud/clean.rs", &["secret", "terminal"]),
    pure("cloud/error.rs", &[]),
    pure("cloud/netrc.rs", &["secret"]),
    pure("cloud/pace.rs", &[]),
    pure("cloud/policy.rs", &["spec"]),
    pure("cloud/retry.rs", &[]),
    pure("secret", &["spec"]),
    rule("secret/generate.rs", &["spec"], &[Random]),
    rule("secret/sources.rs", &["spec"], &[Async, Clock, Files, Processes]),
    rule("secret/trial.rs", &["spec"], &[Async, Clock, Processes]),
    pure("spec", &["terminal"]),
    rule("spec/load.rs", &[], &[Files]),
    rule("spec/project.rs", &[], &[Files]),
    pure("terminal.rs", &[]),
    // It shares nothing with the client, so that the two cannot be wrong together.
    rule("sandbox", &[], &[Async, Clock, Network]),
    // What answers a call gets the hour with it, and leaves connections to the server.
    rule("sandbox/aws", &[], &[Random]),
    rule("sandbox/heroku", &[], &[Random]),
    // PostgreSQL's own programs make and restore its dumps.
    rule("sandbox/heroku/dump.rs", &[], &[Processes]),
    rule("sandbox/heroku/postgres.rs", &[], &[Async, Clock, Network]),
    rule("sandbox/store.rs", &[], &[Files]),
];

/// The room of a file: its folder in `src/`, or itself.
pub fn room_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// The most exact rule for a file.
pub fn rule_for(path: &str) -> Option<&'static Rule> {
    let holds = |rule: &&Rule| {
        path.strip_prefix(rule.place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    RULES.iter().filter(holds).max_by_key(|rule| rule.place.len())
}

/// What a file does that its rule does not allow.
pub fn breaches(path: &str, code: &Code) -> Vec<String> {
    let Some(rule) = rule_for(path) else {
        return vec![format!("src/{path}: tests/architecture/rooms.rs has no rule for this room")];
    };
    let own = room_of(path).trim_end_matches(".rs");
    let rooms = code.paths.iter().filter_map(|named| {
        let below = named.strip_prefix("crate::").or_else(|| named.strip_prefix("trueup::"))?;
        let room = below.split("::").next()?;
        let allowed = room == own || rule.imports.contains(&room);
        (!allowed || rule.but_not.iter().any(|place| is_within(below, place)))
            .then(|| format!("imports `{below}`"))
    });
    let reaches = REACHES.iter().filter(|reach| !rule.reaches.contains(reach)).filter_map(|reach| {
        let sign = reach.sign_in(code)?;
        Some(format!("reaches {reach:?} by `{sign}`"))
    });
    rooms.chain(reaches).map(|what| format!("src/{path} {what}, which `{}` must not", rule.place)).collect()
}

//! Every environment variable that trueup reads, read once.
//!
//! The AWS SDK reads its own variables besides; those that decide where requests go are read here too, so
//! that one set to nothing counts as unset, and so that `--sandbox` can replace them.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::cloud::aws::{AwsSettings, MACHINE_VARIABLES, StaticCredentials, switches};
use crate::cloud::dns::DnsSettings;
use crate::cloud::heroku::{HerokuSettings, NetrcFile};
use crate::cloud::{Proxy, TrustSettings, is_loopback};
use crate::fleet::ShardVariables;
use crate::lock;
use crate::secret::{FingerprintKey, Secret};

/// What the operator's environment says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where and as whom to talk to Heroku: `HEROKU_API_KEY`, `HEROKU_API_URL`, `HEROKU_DATA_API_URL`,
    /// `NETRC`, `HOME`, and `TRUEUP_TIMEOUT`; the proxy of both halves: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
    /// capitals or not.
    pub heroku: HerokuSettings,
    /// Where and as whom to talk to AWS: `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_PROFILE`,
    /// `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_S3`, `_IAM`, `_STS`, `_KMS`; `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`
    /// and `AWS_SESSION_TOKEN`; `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CA_BUNDLE`, `AWS_RETRY_MODE`,
    /// `AWS_MAX_ATTEMPTS`; what else the SDK reads by itself, to look at its form; the SDK's own chain for the rest.
    /// `TRUEUP_TIMEOUT` (seconds from 1 to 600) is how long one call may take, here and at Heroku.
    pub aws: AwsSettings,
    /// `TRUEUP_DNS_SERVER`: the nameserver that `verify` asks where domains lead, such as `1.1.1.1` or `127.0.0.1:5353`;
    /// that of the system when unset.
    pub dns: DnsSettings,
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`: which certificates to trust in place of the system's. The clients read them by
    /// themselves; `doctor` looks whether there are any.
    pub trust: TrustSettings,
    /// `TRUEUP_DIR`: the project's folder.
    pub project: Option<PathBuf>,
    /// `TRUEUP_FINGERPRINT_KEY`: makes fingerprints comparable between runs.
    pub fingerprint_key: Option<Secret>,
    /// `CI`, set to anything: nothing secret is revealed, whatever the flags say.
    pub is_ci: bool,
    /// Who holds the lock of `apply --lock`, for people: `TRUEUP_LOCK_OWNER`; else, in GitHub Actions, the run
    /// and the job (`GITHUB_ACTIONS`, `GITHUB_SERVER_URL`, `GITHUB_REPOSITORY`, `GITHUB_RUN_ID`, `GITHUB_JOB`).
    pub lock_owner: Option<String>,
    /// `TRUEUP_LOCK_LIFETIME`: how many seconds a lock holds when its process is gone, 1 to 3600; 600 when unset.
    pub lock_lifetime: Option<Duration>,
    /// `USER`, `LOGNAME` or `USERNAME`: who holds a lock, when nothing better is known.
    pub user: Option<String>,
    /// `HOSTNAME`, for the same.
    pub host: Option<String>,
    /// Which part of the environments `--shard auto` is: `CI_NODE_INDEX` and `CI_NODE_TOTAL` of GitLab, or
    /// `JOB_COMPLETION_INDEX` of a Kubernetes Indexed Job with `TRUEUP_SHARDS`, how many completions it has.
    pub shard: ShardVariables,
    /// Where a change that is under review comes from.
    pub review: ReviewVariables,
}

/// What CI systems say of a change that is under review, as it was set.
#[derive(Clone, Debug, Default)]
pub struct ReviewVariables {
    /// `GITHUB_EVENT_NAME`: what started the run.
    pub event_name: Option<String>,
    /// `GITHUB_EVENT_PATH`: the file with the event.
    pub event_file: Option<PathBuf>,
    /// `CI_MERGE_REQUEST_SOURCE_PROJECT_ID`: the project at GitLab that a merge request comes from.
    pub source_project: Option<String>,
    /// `CI_MERGE_REQUEST_PROJECT_ID`: the one that it goes to.
    pub target_project: Option<String>,
    /// `CI_PROJECT_ID`: the one whose pipeline this is.
    pub project: Option<String>,
}

/// A variable that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{variable}` is not {expected}")]
pub struct SettingError {
    /// Which.
    pub variable: &'static str,
    /// What was expected.
    pub expected: &'static str,
}

/// The file that the variable names, else that of the home folder.
fn netrc(named: Option<String>, home: Option<&Path>) -> Option<NetrcFile> {
    let of_home = || Some(NetrcFile { path: home?.join(".netrc"), is_named: false });
    named.map(|path| NetrcFile { path: path.into(), is_named: true }).or_else(of_home)
}

/// Where and as whom to talk to AWS.
fn aws(
    lookup: &dyn Fn(&str) -> Option<String>,
    text: &dyn Fn(&str) -> Option<String>,
    url: &dyn Fn(&'static str) -> Result<Option<Url>, SettingError>,
    timeout: Option<Duration>,
) -> Result<AwsSettings, SettingError> {
    let is_ignored = text(switches::IGNORE_ENDPOINTS).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let url = |name| if is_ignored { Ok(None) } else { url(name) };
    let every_service = url("AWS_ENDPOINT_URL")?;
    let path = |name: &str| text(name).map(PathBuf::from);
    Ok(AwsSettings {
        region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
        profile: text("AWS_PROFILE"),
        endpoint_s3: url("AWS_ENDPOINT_URL_S3")?.or_else(|| every_service.clone()),
        endpoint_iam: url("AWS_ENDPOINT_URL_IAM")?.or_else(|| every_service.clone()),
        endpoint_sts: url("AWS_ENDPOINT_URL_STS")?.or_else(|| every_service.clone()),
        endpoint_kms: url("AWS_ENDPOINT_URL_KMS")?.or(every_service),
        credentials: aws_credentials(text),
        half_set: half_set(text),
        web_identity_file: path("AWS_WEB_IDENTITY_TOKEN_FILE"),
        timeout,
        max_attempts: text("AWS_MAX_ATTEMPTS"),
        retry_mode: text("AWS_RETRY_MODE"),
        ca_bundle: path("AWS_CA_BUNDLE"),
        config_file: path("AWS_CONFIG_FILE"),
        credentials_file: path("AWS_SHARED_CREDENTIALS_FILE"),
        home: path("HOME"),
        without: set_to_nothing(lookup),
        switches: switches::variables(lookup),
        proxy: Proxy::read(text),
        is_closed: false,
    })
}

impl Settings {
    /// Reads everything through `lookup`. A variable set to nothing counts as unset.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        // A line end that a secret of a CI brings along is no part of a value.
        let text =
            |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let url = |variable: &'static str| {
            let parse = |text: String| Url::parse(&text).ok().filter(Url::has_host);
            let error = SettingError { variable, expected: "a URL such as https://api.heroku.com" };
            text(variable).map(|text| parse(text).ok_or(error)).transpose()
        };
        let timeout =
            seconds(text("TRUEUP_TIMEOUT"), 600, "TRUEUP_TIMEOUT", "a number of seconds from 1 to 600")?;
        let api_url = url("HEROKU_API_URL")?.unwrap_or_else(|| fixed("https://api.heroku.com"));
        // A Heroku on this machine brings its data API along; its token has no business at the real one.
        let usual_data_api =
            if is_loopback(&api_url) { api_url.clone() } else { fixed("https://api.data.heroku.com") };
        let path = |name: &str| text(name).map(PathBuf::from);
        Ok(Self {
            heroku: HerokuSettings {
                api_url,
                data_api_url: url("HEROKU_DATA_API_URL")?.unwrap_or(usual_data_api),
                token: text("HEROKU_API_KEY").map(Secret::new),
                netrc: netrc(text("NETRC"), path("HOME").as_deref()),
                run_heroku_program: true,
                proxy: Proxy::read(&text),
                user_agent: concat!("trueup/", env!("CARGO_PKG_VERSION")).to_owned(),
                timeout,
                siblings: 1,
            },
            aws: aws(lookup, &text, &url, timeout)?,
            dns: DnsSettings { server: nameserver(text("TRUEUP_DNS_SERVER"))? },
            trust: TrustSettings { file: path("SSL_CERT_FILE"), folder: path("SSL_CERT_DIR") },
            project: path("TRUEUP_DIR"),
            fingerprint_key: text("TRUEUP_FINGERPRINT_KEY").map(Secret::new),
            is_ci: text("CI").is_some(),
            lock_owner: text("TRUEUP_LOCK_OWNER").or_else(|| github_job(&text)),
            lock_lifetime: lock_lifetime(&text)?,
            user: ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(text),
            host: text("HOSTNAME"),
            shard: shard_variables(&text),
            review: review_variables(&text),
        })
    }

    /// Whether a variable says something about the operator's clouds, which is nothing to the embedded one.
    #[must_use]
    pub fn is_of_clouds(name: &str) -> bool {
        name.starts_with("AWS_") || name.starts_with("HEROKU_") || name == "NETRC"
    }

    /// The key of this run's fingerprints.
    ///
    /// # Panics
    /// When the system has no random source.
    #[must_use]
    pub fn fingerprint_key(&self) -> FingerprintKey {
        self.fingerprint_key.clone().map_or_else(
            || {
                let mut random = [0; 32];
                getrandom::fill(&mut random).expect("the system has a random source");
                FingerprintKey::for_this_run(random)
            },
            FingerprintKey::stable,
        )
    }
}

/// An address, with a port where it is not the usual one.
fn nameserver(text: Option<String>) -> Result<Option<SocketAddr>, SettingError> {
    const USUAL_PORT: u16 = 53;
    let error = SettingError {
        variable: "TRUEUP_DNS_SERVER",
        expected: "an address such as 1.1.1.1 or 127.0.0.1:5353",
    };
    let parse = |text: String| {
        let with_port = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, USUAL_PORT));
        text.parse().or_else(|_| with_port()).map_err(|_| error)
    };
    text.map(parse).transpose()
}

fn lock_lifetime(text: &dyn Fn(&str) -> Option<String>) -> Result<Option<Duration>, SettingError> {
    const NAME: &str = "TRUEUP_LOCK_LIFETIME";
    seconds(text(NAME), lock::LONGEST_LIFETIME.as_secs(), NAME, "a number of seconds from 1 to 3600")
}

fn shard_variables(text: &dyn Fn(&str) -> Option<String>) -> ShardVariables {
    ShardVariables {
        node_index: text("CI_NODE_INDEX"),
        node_total: text("CI_NODE_TOTAL"),
        completion_index: text("JOB_COMPLETION_INDEX"),
        shards: text("TRUEUP_SHARDS"),
    }
}

fn review_variables(text: &dyn Fn(&str) -> Option<String>) -> ReviewVariables {
    ReviewVariables {
        event_name: text("GITHUB_EVENT_NAME"),
        event_file: text("GITHUB_EVENT_PATH").map(PathBuf::from),
        source_project: text("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"),
        target_project: text("CI_MERGE_REQUEST_PROJECT_ID"),
        project: text("CI_PROJECT_ID"),
    }
}

/// The credentials of the SDK's own variables, before any other source, as the SDK has it. It would send them as they
/// are, and stop the program at a line end in them.
fn aws_credentials(text: &dyn Fn(&str) -> Option<String>) -> Option<StaticCredentials> {
    let secret = text("AWS_SECRET_ACCESS_KEY").or_else(|| text("SECRET_ACCESS_KEY"))?;
    let session = text("AWS_SESSION_TOKEN").map(Secret::new);
    Some(StaticCredentials { id: text("AWS_ACCESS_KEY_ID")?, secret: Secret::new(secret), session })
}

/// Of the two variables of one source of credentials the one that is set, and the one that is missing. A role alone says
/// nothing: other tools read it with other sources.
fn half_set(text: &dyn Fn(&str) -> Option<String>) -> Option<[&'static str; 2]> {
    let [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let [token, role] = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];
    let has_secret = text(secret).or_else(|| text("SECRET_ACCESS_KEY")).is_some();
    match (text(id).is_some(), has_secret) {
        (true, false) => Some([id, secret]),
        (false, true) => Some([secret, id]),
        _ => (text(token).is_some() && text(role).is_none()).then_some([token, role]),
    }
}

/// Which of the variables that the SDK reads by itself are set to nothing.
fn set_to_nothing(lookup: &dyn Fn(&str) -> Option<String>) -> BTreeSet<&'static str> {
    let is_blank = |name: &&str| lookup(name).is_some_and(|value| value.trim().is_empty());
    MACHINE_VARIABLES.iter().copied().filter(is_blank).collect()
}

/// The job of GitHub Actions that this is, if it is one, by the address of its run.
fn github_job(text: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    text("GITHUB_ACTIONS")?;
    let server = text("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
    let (repository, run) = (text("GITHUB_REPOSITORY")?, text("GITHUB_RUN_ID")?);
    let job = text("GITHUB_JOB").map(|job| format!(", job {job}")).unwrap_or_default();
    Some(format!("{server}/{repository}/actions/runs/{run}{job}"))
}

/// A number of seconds from 1 to `most`.
fn seconds(
    text: Option<String>,
    most: u64,
    variable: &'static str,
    expected: &'static str,
) -> Result<Option<Duration>, SettingError> {
    let parse = |text: String| text.parse().ok().filter(|seconds| (1..=most).contains(seconds));
    let error = SettingError { variable, expected };
    text.map(|text| parse(text).map(Duration::from_secs).ok_or(error)).transpose()
}

fn fixed(url: &str) -> Url {
    Url::parse(url).expect("a URL of our own is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &'static [(&'static str, &'static str)]) -> Settings {
        let lookup =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings::read(&lookup).expect("these are valid")
    }

    #[test]
    fn heroku_is_at_its_public_address_unless_told_otherwise() {
        assert_eq!(read(&[]).heroku.api_url.as_str(), "https://api.heroku.com/");
        let told = read(&[("HEROKU_API_URL", "http://127.0.0.1:8899")]);
        assert_eq!(told.heroku.api_url.as_str(), "http://127.0.0.1:8899/");
    }

    #[test]
    fn the_data_api_is_at_its_own_address_except_on_this_machine() {
        let data = |variables: &'static [(&'static str, &'static str)]| {
            read(variables).heroku.data_api_url.to_string()
        };
        assert_eq!(data(&[]), "https://api.data.heroku.com/");
        assert_eq!(data(&[("HEROKU_API_URL", "https://api.example.com")]), "https://api.data.heroku.com/");
        assert_eq!(data(&[("HEROKU_API_URL", "http://127.0.0.1:8899")]), "http://127.0.0.1:8899/");
        let told =
            &[("HEROKU_API_URL", "http://127.0.0.1:8899"), ("HEROKU_DATA_API_URL", "http://127.0.0.1:1")];
        assert_eq!(data(told), "http://127.0.0.1:1/");
    }

    #[test]
    fn a_variable_set_to_nothing_counts_as_unset() {
        let settings = read(&[("HEROKU_API_KEY", ""), ("AWS_ENDPOINT_URL", ""), ("AWS_REGION", "")]);
        assert!(settings.heroku.token.is_none());
        assert!(settings.aws.endpoint_s3.is_none());
        assert!(settings.aws.region.is_none());
    }

    #[test]
    fn the_endpoint_of_one_service_wins_over_that_of_all() {
        let settings = read(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2"),
        ]);
        let port = |url: Option<Url>| url.and_then(|url| url.port());
        assert_eq!((port(settings.aws.endpoint_s3), port(settings.aws.endpoint_iam)), (Some(2), Some(1)));
    }

    #[test]
    fn a_locks_owner_is_as_told_or_the_job_that_this_is() {
        let job = &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "ledger/infra"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_JOB", "apply"),
        ];
        let owner = read(job).lock_owner;
        assert_eq!(owner.as_deref(), Some("https://github.com/ledger/infra/actions/runs/77, job apply"));
        let told = &[("GITHUB_ACTIONS", "true"), ("TRUEUP_LOCK_OWNER", "release train")];
        assert_eq!(read(told).lock_owner.as_deref(), Some("release train"));
        assert_eq!(read(&[("USER", "ana")]).lock_owner, None);
    }

    #[test]
    fn a_locks_lifetime_is_between_a_second_and_an_hour() {
        let read = |value: &'static str| {
            Settings::read(&|name: &str| (name == "TRUEUP_LOCK_LIFETIME").then(|| value.to_owned()))
        };
        assert_eq!(read("30").unwrap().lock_lifetime, Some(Duration::from_secs(30)));
        for bad in ["0", "3601", "-1", "10m", "1.5"] {
            assert_eq!(read(bad).unwrap_err().variable, "TRUEUP_LOCK_LIFETIME", "{bad}");
        }
    }

    #[test]
    fn a_call_may_take_as_long_as_told_and_no_less_than_a_second() {
        assert_eq!(read(&[]).heroku.timeout, None);
        let told = read(&[("TRUEUP_TIMEOUT", "5")]);
        assert_eq!((told.heroku.timeout, told.aws.timeout), (Some(Duration::from_secs(5)), told.aws.timeout));
        for wrong in ["0", "601", "-1", "1.5", "soon"] {
            let lookup = |name: &str| (name == "TRUEUP_TIMEOUT").then(|| wrong.to_owned());
            assert_eq!(Settings::read(&lookup).expect_err(wrong).variable, "TRUEUP_TIMEOUT");
        }
    }

    #[test]
    fn a_nameserver_is_an_address_and_may_have_a_port() {
        let server = |value: &'static str| {
            let lookup = |name: &str| (name == "TRUEUP_DNS_SERVER").then(|| value.to_owned());
            Settings::read(&lookup).map(|settings| settings.dns.server.map(|server| server.to_string()))
        };
        for (value, expected) in [
            ("", None),
            ("1.1.1.1", Some("1.1.1.1:53")),
            ("127.0.0.1:5353", Some("127.0.0.1:5353")),
            ("::1", Some("[::1]:53")),
            ("[::1]:5353", Some("[::1]:5353")),
        ] {
            assert_eq!(server(value).unwrap().as_deref(), expected, "{value}");
        }
        for wrong in ["one.one.one.one", "1.1.1.1:", "udp://1.1.1.1", "1.1.1"] {
            assert_eq!(server(wrong).unwrap_err().variable, "TRUEUP_DNS_SERVER", "{wrong}");
        }
    }

    #[test]
    fn a_url_that_is_none_names_its_variable() {
        let lookup = |name: &str| (name == "HEROKU_API_URL").then(|| "api.heroku.com".to_owned());
        let error = Settings::read(&lookup).expect_err("it has no scheme");
        assert_eq!(error.variable, "HEROKU_API_URL");
    }
}

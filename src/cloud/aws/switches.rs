//! Settings of the SDK that it passes over when they are not what it takes, with a line in a log that nobody sees: here
//! each is told by its variable or its profile, before anything is sent.
//!
//! What must not live here: how calls are tried again, which `load` sets by itself.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use super::profile::{self, Files};
use super::{AwsSettings, CONTAINER_PATH, CONTAINER_URL};
use crate::cloud::CloudError;

/// A setting: its variable, its key in a profile if it has one, and what it may be.
type Switch = (&'static str, Option<&'static str>, Form);

/// What a setting may be.
enum Form {
    YesOrNo,
    OneOf(&'static [&'static str]),
    UpTo(u64),
    Address,
    /// Text that is sent in a header.
    Header,
    File,
}

const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
const DUALSTACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";
/// Turns the endpoints off that variables and profiles name.
pub(crate) const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
const METADATA: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// What every client reads.
const OF_CLIENTS: [Switch; 9] = [
    (FIPS, Some("use_fips_endpoint"), Form::YesOrNo),
    (DUALSTACK, Some("use_dualstack_endpoint"), Form::YesOrNo),
    (IGNORE_ENDPOINTS, Some("ignore_configured_endpoint_urls"), Form::YesOrNo),
    ("AWS_DISABLE_REQUEST_COMPRESSION", Some("disable_request_compression"), Form::YesOrNo),
    (
        "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
        Some("request_min_compression_size_bytes"),
        Form::UpTo(10_485_760),
    ),
    (
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        Some("request_checksum_calculation"),
        Form::OneOf(&["when_supported", "when_required"]),
    ),
    (
        "AWS_RESPONSE_CHECKSUM_VALIDATION",
        Some("response_checksum_validation"),
        Form::OneOf(&["when_supported", "when_required"]),
    ),
    (
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        Some("account_id_endpoint_mode"),
        Form::OneOf(&["preferred", "disabled", "required"]),
    ),
    ("AWS_EXECUTION_ENV", None, Form::Header),
];

/// What is read where no credentials are given, to find some.
const OF_THE_CHAIN: [Switch; 7] = [
    ("AWS_EC2_METADATA_DISABLED", None, Form::YesOrNo),
    ("AWS_EC2_METADATA_V1_DISABLED", Some("ec2_metadata_v1_disabled"), Form::YesOrNo),
    (METADATA, Some("ec2_metadata_service_endpoint"), Form::Address),
    (
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        Some("ec2_metadata_service_endpoint_mode"),
        Form::OneOf(&["ipv4", "ipv6"]),
    ),
    (TOKEN, None, Form::Header),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", None, Form::File),
    (CONTAINER_URL, None, Form::Address),
];

/// The values of the variables that are set, as they are set.
pub(crate) fn variables(lookup: &dyn Fn(&str) -> Option<String>) -> BTreeMap<&'static str, String> {
    let all = OF_CLIENTS.iter().chain(&OF_THE_CHAIN).map(|(variable, ..)| *variable);
    let set = all.chain([CONTAINER_PATH]).filter_map(|name| Some((name, lookup(name)?)));
    let set = set.filter(|(_, value)| !value.trim().is_empty());
    set.map(|(name, value)| if name == TOKEN { (name, unsendable(&value)) } else { (name, value) }).collect()
}

/// Of a secret no more than what would stop it.
fn unsendable(value: &str) -> String {
    value.chars().filter(|character| character.is_control()).collect()
}

/// The settings that decide where requests go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Switches {
    pub(super) fips: bool,
    pub(super) dualstack: bool,
}

impl Switches {
    /// Looks at all that will be read, and refuses what would be passed over.
    pub(super) async fn read(settings: &AwsSettings, files: &Files) -> Result<Self, CloudError> {
        let chain = if settings.credentials.is_none() { &OF_THE_CHAIN[..] } else { &[] };
        for switch in OF_CLIENTS.iter().chain(chain) {
            check(switch, settings, files).await?;
        }
        let is_on = |switch: &Switch| {
            value(switch, settings, files).is_some_and(|(value, _)| value.trim().eq_ignore_ascii_case("true"))
        };
        let switches = Self { fips: is_on(&OF_CLIENTS[0]), dualstack: is_on(&OF_CLIENTS[1]) };
        let named = |switch: &Switch| value(switch, settings, files).map(|(_, named)| named);
        let asked = match switches {
            Self { fips: true, .. } => named(&OF_CLIENTS[0]),
            Self { dualstack: true, .. } => named(&OF_CLIENTS[1]),
            Self { .. } => None,
        };
        // On this machine there is but one address.
        let elsewhere = settings.endpoints().find(|endpoint| !crate::cloud::is_loopback(endpoint));
        match asked.zip(elsewhere) {
            None => Ok(switches),
            Some((asked, elsewhere)) => Err(CloudError::unusable(format!(
                "{asked} asks for an address of AWS's own, and the endpoint `{}` is set; only one can be had",
                elsewhere.host_str().unwrap_or_default()
            ))),
        }
    }
}

/// The value of a setting, and how it is named to people. A variable wins over a profile.
fn value(switch: &Switch, settings: &AwsSettings, files: &Files) -> Option<(String, String)> {
    let (variable, key, _) = switch;
    if let Some(value) = settings.switches.get(variable) {
        return Some((value.clone(), format!("the environment variable `{variable}`")));
    }
    let key = (*key)?;
    files.get(key).map(|value| (value.to_owned(), files.named(key)))
}

async fn check(switch: &Switch, settings: &AwsSettings, files: &Files) -> Result<(), CloudError> {
    let Some((raw, named)) = value(switch, settings, files) else { return Ok(()) };
    let text = raw.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let wrong = match switch.2 {
        Form::YesOrNo => (!is_one_of(&["true", "false"])).then(|| "is not `true` or `false`".to_owned()),
        Form::OneOf(words) => (!is_one_of(words)).then(|| format!("is not `{}`", words.join("` or `"))),
        Form::UpTo(most) => text
            .parse()
            .ok()
            .is_none_or(|number: u64| number > most)
            .then(|| format!("is not a number from 0 to {most}")),
        Form::Address => {
            let is_url = Url::parse(text).is_ok_and(|url| url.has_host());
            // The SDK reads it by itself, and takes no line end.
            (!is_url || text != raw).then(|| "is not a URL, such as http://169.254.170.2".to_owned())
        }
        Form::Header => raw.contains(char::is_control).then(|| "holds a line break".to_owned()),
        Form::File => profile::why_closed(Path::new(text))
            .await
            .map(|error| format!("names `{text}`, which cannot be read ({error})")),
    };
    wrong.map_or(Ok(()), |wrong| Err(CloudError::unusable(format!("{named} {wrong}"))))
}

/// How the container's source of credentials is named to people.
pub(super) fn container(settings: &AwsSettings) -> &'static str {
    let is_set = |variable: &&str| settings.switches.contains_key(*variable);
    [CONTAINER_PATH, CONTAINER_URL].into_iter().find(is_set).unwrap_or("the container")
}

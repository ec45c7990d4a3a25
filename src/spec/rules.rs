//! The shapes of names, one function a kind: text in, normalised text or the broken rule out. Nothing here
//! knows the spec around a name; rules that compare two places of the spec are in `check`.

use url::Host;

use super::names::NameError;

/// Sizes of the Cedar generation (heroku-api.md section 5). Fir sizes are open-ended and only shape-checked.
pub(crate) const DYNO_SIZES: &[&str] = &[
    "eco",
    "basic",
    "standard-1x",
    "standard-2x",
    "performance-m",
    "performance-l",
    "performance-l-ram",
    "performance-xl",
    "performance-2xl",
    "private-s",
    "private-m",
    "private-l",
    "private-l-ram",
    "private-xl",
    "private-2xl",
    "shield-s",
    "shield-m",
    "shield-l",
    "shield-l-ram",
    "shield-xl",
    "shield-2xl",
];

type Parsed = Result<String, NameError>;

fn require(holds: bool, text: &str, rule: &str) -> Parsed {
    if holds { Ok(text.to_owned()) } else { Err(NameError::expected(rule)) }
}

fn all(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

fn starts(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.chars().next().is_some_and(allowed)
}

fn ends(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.chars().next_back().is_some_and(allowed)
}

fn lower(character: char) -> bool {
    character.is_ascii_lowercase()
}

fn lower_or_digit(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn lower_digit_or_dash(character: char) -> bool {
    lower_or_digit(character) || character == '-'
}

fn word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn word_or_dash(character: char) -> bool {
    word(character) || character == '-'
}

pub(super) fn app_name(text: &str) -> Parsed {
    let holds = (3..=30).contains(&text.len())
        && all(text, lower_digit_or_dash)
        && starts(text, lower)
        && ends(text, lower_or_digit);
    let rule = "a Heroku app name: 3 to 30 characters of a-z, 0-9 and -, beginning with a letter and not \
                ending in -";
    require(holds, text, rule)
}

pub(super) fn team_name(text: &str) -> Parsed {
    let holds = all(text, lower_digit_or_dash) && starts(text, lower_or_digit) && text.len() <= 128;
    require(holds, text, "a Heroku team name: lower-case letters, digits and -")
}

pub(super) fn heroku_region(text: &str) -> Parsed {
    let holds = all(text, lower_digit_or_dash) && starts(text, lower) && text.len() <= 40;
    require(holds, text, "a Heroku region such as `us` or `eu`")
}

pub(super) fn stack_name(text: &str) -> Parsed {
    let holds = all(text, lower_digit_or_dash) && starts(text, lower) && text.len() <= 40;
    require(holds, text, "a Heroku stack such as `heroku-24` or `container`")
}

/// Labels of up to 63 letters, digits and inner dashes, at least two of them; the first may be `*`.
pub(super) fn hostname(text: &str) -> Parsed {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && all(label, |character| character.is_ascii_alphanumeric() || character == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let plain = text.strip_prefix("*.").unwrap_or(text);
    if text.len() <= 253 && plain.contains('.') && plain.split('.').all(label) {
        return Ok(text.to_ascii_lowercase());
    }
    let rule = "a host name such as `app.ledger.example` or `*.ledger.example`";
    match Host::parse(plain) {
        // Heroku takes, and gives back, international names in this form only.
        Ok(Host::Domain(ascii)) if !text.is_ascii() => {
            let star = if plain.len() < text.len() { "*." } else { "" };
            Err(NameError::expected(format!("{rule}, and for this one `{star}{ascii}`")))
        }
        _ => Err(NameError::expected(rule)),
    }
}

pub(super) fn attachment_name(text: &str) -> Parsed {
    let allowed =
        |character: char| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_';
    let holds = all(text, allowed) && starts(text, |first| first.is_ascii_uppercase()) && text.len() <= 256;
    require(holds, text, "an attachment name such as `DATABASE`: A-Z, 0-9 and _, beginning with a letter")
}

pub(super) fn addon_name(text: &str) -> Parsed {
    let holds = text.len() >= 2
        && text.len() <= 256
        && all(text, word_or_dash)
        && starts(text, |first| first.is_ascii_alphabetic());
    require(holds, text, "an add-on's own name such as `shared-redis`")
}

/// What kind of part, and which one.
pub(super) fn namespace(text: &str) -> Parsed {
    let holds = text.split_once(':').is_some_and(|(kind, name)| {
        all(kind, |character| lower(character) || character == '-')
            && starts(kind, lower)
            && kind.len() <= 64
            && all(name, |character| word_or_dash(character) || character == '.')
            && name.len() <= 128
    });
    require(holds, text, "a part of an add-on such as `credential:readonly` or `connection-pooling:default`")
}

pub(super) fn addon_plan(text: &str) -> Parsed {
    let rule = "an add-on plan written service:plan, such as `heroku-postgresql:standard-0`";
    let Some((service, tier)) = text.split_once(':') else {
        return Err(NameError::expected(rule));
    };
    let tier_characters = |character: char| lower_digit_or_dash(character) || matches!(character, '_' | '.');
    let holds = all(service, lower_digit_or_dash)
        && starts(service, lower)
        && all(tier, tier_characters)
        && starts(tier, lower_or_digit)
        && text.len() <= 128;
    require(holds, text, rule)
}

/// The forms that Heroku's own API shows for one registry buildpack, all read as `owner/name`
/// (heroku-api.md section 6). A git URL loses its trailing slash and `.git`.
pub(super) fn buildpack(text: &str) -> Parsed {
    const REGISTRY: &str = "https://buildpack-registry.s3.amazonaws.com/buildpacks/";
    let from_registry = text.strip_prefix(REGISTRY).and_then(|rest| rest.strip_suffix(".tgz"));
    let name = text.strip_prefix("urn:buildpack:").or(from_registry).unwrap_or(text);
    if is_registry_name(name) {
        return Ok(name.to_owned());
    }
    if !is_plain_url(text) {
        let rule = "a buildpack: a registry name such as `heroku/ruby`, or an https URL";
        return Err(NameError::expected(rule));
    }
    let url = url::Url::parse(text).map_or_else(|_| text.to_owned(), String::from);
    let normal = url.trim_end_matches('/');
    Ok(normal.strip_suffix(".git").unwrap_or(normal).to_owned())
}

/// `https://host/path` or `https://host:port/path`: without a password, and with nothing in the path that reading
/// it would take away again.
fn is_plain_url(text: &str) -> bool {
    let Some((host, path)) = text.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let climbs = path.split('/').any(|part| matches!(part.split(['?', '#']).next(), Some("." | "..")));
    name.split('.').all(|label| all(label, word_or_dash))
        && all(port, |character| character.is_ascii_digit())
        && port.len() <= 5
        && all(path, |character| character.is_ascii_graphic() && character != '\\')
        && !starts(path, |first| "/?#.%".contains(first))
        && !climbs
        && !path.to_ascii_lowercase().contains("%2e")
}

fn is_registry_name(text: &str) -> bool {
    let part = |part: &str| {
        let allowed = |character| lower_digit_or_dash(character) || matches!(character, '_' | '.');
        all(part, allowed) && starts(part, lower_or_digit)
    };
    text.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

/// `^\w+$` (heroku-api.md section 4). Prefixes that belong to the platform are no more than advised against.
pub(super) fn var_name(text: &str) -> Parsed {
    require(all(text, word) && text.len() <= 256, text, "a config var's name: letters, digits and _")
}

pub(super) fn process_type(text: &str) -> Parsed {
    let holds = all(text, word_or_dash) && text.len() <= 128;
    require(holds, text, "a process type such as `web`: up to 128 letters, digits, _ and -")
}

pub(super) fn dyno_size(text: &str) -> Parsed {
    let size = text.to_ascii_lowercase();
    if DYNO_SIZES.contains(&size.as_str()) || is_fir_size(&size) {
        return Ok(size);
    }
    Err(NameError { expected: "a dyno size".to_owned(), known: DYNO_SIZES })
}

/// What [`dyno_size`] accepts, as a pattern in which every letter may be of either case.
pub(super) fn dyno_size_pattern() -> String {
    let either_case = |text: &str| {
        let either = |letter: char| format!("[{}{letter}]", letter.to_ascii_uppercase());
        text.chars()
            .map(|letter| if lower(letter) { either(letter) } else { letter.into() })
            .collect::<String>()
    };
    let number = "[0-9]{1,3}(\\.[0-9]{1,2})?";
    let fir = format!("{}-{number}{}-{number}{}", either_case("dyno"), either_case("c"), either_case("gb"));
    format!("^({}|{fir})$", either_case(&DYNO_SIZES.join("|")))
}

/// `dyno-2c-1gb`: processors and memory.
fn is_fir_size(size: &str) -> bool {
    let digits = |text: &str, most| all(text, |character| character.is_ascii_digit()) && text.len() <= most;
    let number = |text: &str| match text.split_once('.') {
        Some((whole, part)) => digits(whole, 3) && digits(part, 2),
        None => digits(text, 3),
    };
    let parts: Vec<&str> = size.split('-').collect();
    let ["dyno", processors, memory] = parts.as_slice() else { return false };
    processors.strip_suffix('c').is_some_and(number) && memory.strip_suffix("gb").is_some_and(number)
}

/// All rules of aws-s3-iam.md section 3; the emulators check none of them.
pub(super) fn bucket_name(text: &str) -> Parsed {
    const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let fail = |rule: String| Err(NameError::expected(rule));
    let shape = (3..=63).contains(&text.len())
        && all(text, |character| lower_digit_or_dash(character) || character == '.')
        && starts(text, lower_or_digit)
        && ends(text, lower_or_digit);
    if !shape {
        return fail(
            "a bucket name: 3 to 63 characters of a-z, 0-9, - and ., beginning and ending with a letter or \
             digit"
                .to_owned(),
        );
    }
    if text.contains("..") {
        return fail("a bucket name without two dots in a row".to_owned());
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return fail("a bucket name that is not an IP address".to_owned());
    }
    if let Some(prefix) = PREFIXES.iter().find(|prefix| text.starts_with(**prefix)) {
        return fail(format!("a bucket name that does not begin with `{prefix}`, which AWS reserves"));
    }
    if let Some(suffix) = SUFFIXES.iter().find(|suffix| text.ends_with(**suffix)) {
        return fail(format!("a bucket name that does not end in `{suffix}`, which AWS reserves"));
    }
    if text.ends_with("-an") && !is_account_regional(text) {
        return fail(
            "a bucket name that ends in `-an` only as `prefix-<account>-<region>-an`, AWS's form for names \
             that belong to one account"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// `prefix-123456789012-us-east-1-an`: the account-regional namespace of March 2026.
fn is_account_regional(text: &str) -> bool {
    let Some(rest) = text.strip_suffix("-an") else { return false };
    rest.match_indices('-').any(|(at, _)| {
        let (before, region) = (&rest[..at], &rest[at + 1..]);
        let account = before.rsplit_once('-').map(|(_, account)| account);
        aws_region(region).is_ok()
            && account.is_some_and(|account| account.len() == 12 && all(account, |c| c.is_ascii_digit()))
    })
}

pub(super) fn aws_region(text: &str) -> Parsed {
    let parts: Vec<&str> = text.split('-').collect();
    let holds = parts.len() >= 3
        && parts[0].len() == 2
        && parts[..parts.len() - 1].iter().all(|part| all(part, lower))
        && all(parts[parts.len() - 1], |character| character.is_ascii_digit())
        && text.len() <= 32;
    require(holds, text, "an AWS region such as `us-east-1`")
}

pub(super) fn aws_account(text: &str) -> Parsed {
    let holds = all(text, |character| character.is_ascii_digit()) && text.len() == 12;
    require(holds, text, "the 12 digits of an AWS account, in quotes")
}

pub(super) fn user_name(text: &str) -> Parsed {
    let allowed = |character: char| word(character) || "+=,.@-".contains(character);
    let holds = all(text, allowed) && text.len() <= 64;
    require(holds, text, "an IAM user name: up to 64 letters, digits and any of _+=,.@-")
}

pub(super) fn user_path(text: &str) -> Parsed {
    let holds = text.starts_with('/')
        && text.ends_with('/')
        && text.len() <= 512
        && all(text, |character| character.is_ascii_graphic());
    require(holds, text, "an IAM path that begins and ends with /, such as `/trueup/`")
}

pub(super) fn policy_arn(text: &str) -> Parsed {
    let holds = policy_of_arn(text).is_some_and(|policy| {
        let (path, name) = policy.rsplit_once('/').map_or((None, policy), |(path, name)| (Some(path), name));
        let is_path = |path: &str| {
            (1..=510).contains(&path.len()) && all(path, |character| character.is_ascii_graphic())
        };
        path.is_none_or(is_path)
            && (1..=128).contains(&name.len())
            && all(name, |character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character))
    });
    let expected = "the ARN of an IAM policy, such as `arn:aws:iam::111122223333:policy/NAME`";
    require(holds, text, expected)
}

/// Path and name of a policy, when the text is the ARN of one in some partition and account.
fn policy_of_arn(text: &str) -> Option<&str> {
    let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, policy) = rest.split_once(":policy/")?;
    let mut words = partition.split('-');
    let is_partition = words.next() == Some("aws")
        && words.all(|word| !word.is_empty() && all(word, |character| character.is_ascii_lowercase()));
    let is_account =
        account == "aws" || (account.len() == 12 && all(account, |character| character.is_ascii_digit()));
    (is_partition && is_account).then_some(policy)
}

pub(super) fn local_name(text: &str) -> Parsed {
    let holds = all(text, |character| lower_digit_or_dash(character) || character == '_')
        && starts(text, lower)
        && text.len() <= 64;
    require(holds, text, "a name of your own such as `uploads`: a-z, 0-9, _ and -, beginning with a letter")
}

pub(super) fn environment_name(text: &str) -> Parsed {
    let holds =
        all(text, word_or_dash) && starts(text, |first| first.is_ascii_alphanumeric()) && text.len() <= 64;
    require(holds, text, "an environment's name such as `production`: letters, digits, _ and -")
}

/// The candidate that a person most likely meant, if any is near enough.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowered = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lowered, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

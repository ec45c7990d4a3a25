//! The shapes of names, one function a kind: text in, the form by which it is compared or the broken rule out. What is
//! written is what is sent; the canonical form is for comparing alone.
//!
//! A rule refuses what its service refuses, and nothing else: each names the section of heroku-api.md or aws-s3-iam.md
//! that it follows, or the published schema, and says where it is narrower on purpose. What a service only advises
//! against is a warning, in `check`. Nothing here knows the spec around a name; rules that compare two places of the spec
//! are in `check` too.

mod aws;

use url::Host;

pub(super) use self::aws::{aws_account, aws_region, bucket_name, policy_arn, user_name, user_path};
use super::names::NameError;

/// Sizes of the Cedar generation (heroku-api.md section 5), to suggest from. Heroku's own list is longer one day, so
/// others of its tiers are accepted, and looked up by the plan.
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

/// The tiers that have more than one size (heroku-api.md section 5).
const TIERS: [&str; 4] = ["standard", "performance", "private", "shield"];

/// What sizes were called once, and are called now. Heroku refuses the old names (heroku-api.md section 5, trap 33).
const RENAMED_SIZES: [(&str, &str); 5] = [
    ("free", "eco"),
    ("hobby", "basic"),
    ("1x", "standard-1x"),
    ("2x", "standard-2x"),
    ("px", "performance-l"),
];

/// What plans were called once, and are called now (heroku-api.md section 8.2). An add-on may still show the old name;
/// Heroku takes no order for it.
const RENAMED_PLANS: [(&str, &str); 6] = [
    ("heroku-postgresql:dev", "heroku-postgresql:essential-0"),
    ("heroku-postgresql:hobby-dev", "heroku-postgresql:essential-0"),
    ("heroku-postgresql:mini", "heroku-postgresql:essential-0"),
    ("heroku-postgresql:hobby-basic", "heroku-postgresql:essential-1"),
    ("heroku-postgresql:basic", "heroku-postgresql:essential-1"),
    ("heroku-redis:hobby-dev", "heroku-redis:mini"),
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

/// `^[a-z][a-z0-9-]{1,28}[a-z0-9]$` (schema; heroku-api.md section 2).
pub(super) fn app_name(text: &str) -> Parsed {
    let holds = (3..=30).contains(&text.len())
        && all(text, lower_digit_or_dash)
        && starts(text, lower)
        && ends(text, lower_or_digit);
    let rule = "a Heroku app name: 3 to 30 characters of a-z, 0-9 and -, beginning with a letter and not \
                ending in -";
    require(holds, text, rule)
}

/// The schema has no pattern for a team's name (heroku-api.md section 2), so this is the look of a name at most.
pub(super) fn team_name(text: &str) -> Parsed {
    require(is_name(text), text, "a Heroku team's name: letters, digits, ., _ and -")
}

/// The schema has no pattern for a region's name; which ones there are is Heroku's to say, and the plan asks
/// (heroku-api.md section 7, account).
pub(super) fn heroku_region(text: &str) -> Parsed {
    require(is_name(text), text, "a Heroku region such as `us` or `eu`")
}

/// The schema has no pattern for a stack's name; which ones there are is Heroku's to say, and the plan asks
/// (heroku-api.md section 7, account).
pub(super) fn stack_name(text: &str) -> Parsed {
    require(is_name(text), text, "a Heroku stack such as `heroku-24` or `container`")
}

/// What a service may well call something, where it does not say what names look like.
fn is_name(text: &str) -> bool {
    let allowed = |character: char| word_or_dash(character) || character == '.';
    all(text, allowed) && starts(text, |first| first.is_ascii_alphanumeric()) && text.len() <= 128
}

/// "Full hostname" (schema; heroku-api.md section 7): labels of up to 63 letters, digits and inner dashes, at least
/// two of them; the first may be `*`, and the last is no number, which would make it an address. Compared in lower
/// case, as Heroku keeps it (trap 12).
pub(super) fn hostname(text: &str) -> Parsed {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && all(label, |character| character.is_ascii_alphanumeric() || character == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let plain = text.strip_prefix("*.").unwrap_or(text);
    let labels = plain.contains('.') && plain.split('.').all(label);
    let is_address = plain.rsplit('.').next().is_some_and(|last| all(last, |c| c.is_ascii_digit()));
    if text.len() <= 253 && labels && !is_address {
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

/// As Heroku's own attachments are called: `DATABASE`, `HEROKU_POSTGRESQL_COPPER` (heroku-api.md section 3.1).
/// Narrower than the schema, which has no pattern: config vars begin with this name.
pub(super) fn attachment_name(text: &str) -> Parsed {
    let allowed =
        |character: char| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_';
    let holds = all(text, allowed) && starts(text, |first| first.is_ascii_uppercase()) && text.len() <= 256;
    require(holds, text, "an attachment name such as `DATABASE`: A-Z, 0-9 and _, beginning with a letter")
}

/// `^[a-zA-Z][A-Za-z0-9_-]+$`, or the id, by which the API knows it too (schema; heroku-api.md section 3); also the key of
/// an add-on of the same spec, which may be a single letter.
pub(super) fn addon_name(text: &str) -> Parsed {
    let holds = text.len() >= 2
        && text.len() <= 256
        && all(text, word_or_dash)
        && starts(text, |first| first.is_ascii_alphabetic());
    let is_letter = text.len() == 1 && starts(text, |first| first.is_ascii_uppercase());
    require(holds || is_letter || is_id(text), text, "an add-on's own name such as `shared-redis`")
}

/// `01234567-89ab-cdef-0123-456789abcdef`
fn is_id(text: &str) -> bool {
    let is_hex = |part: &str| all(part, |c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    text.split('-').all(is_hex) && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
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

/// Service and plan (heroku-api.md section 3, plans). Narrower than the API, which takes a service alone for its default
/// plan: what is bought has to be said, or neither its price nor a difference could be.
pub(super) fn addon_plan(text: &str) -> Parsed {
    let rule = "an add-on plan written service:plan, such as `heroku-postgresql:standard-0`";
    let holds = text.split_once(':').is_some_and(|(service, tier)| is_name(service) && is_name(tier));
    require(holds, text, rule)
}

/// What a plan is called now, however it is written.
pub(super) fn plan_of_today(plan: &str) -> &str {
    RENAMED_PLANS.into_iter().find(|(old, _)| *old == plan).map_or(plan, |(_, new)| new)
}

/// "A name, a url, or a urn" (schema; heroku-api.md section 6): what apps have, a spec may ask for. Compared by
/// `owner/name` for all forms of a registry's buildpack, and without the `.git` or `/` at the end of other addresses.
pub(super) fn buildpack(text: &str) -> Parsed {
    const REGISTRY: &str = "https://buildpack-registry.s3.amazonaws.com/buildpacks/";
    let from_registry = text.strip_prefix(REGISTRY).and_then(|rest| rest.strip_suffix(".tgz"));
    let name = text.strip_prefix("urn:buildpack:").or(from_registry).unwrap_or(text);
    if is_registry_name(name) {
        return Ok(name.to_owned());
    }
    if !is_url(text) && !is_place_of_git(text) {
        let rule =
            "a buildpack: a registry name such as `heroku/ruby`, or the URL of a repository or an archive";
        return Err(NameError::expected(rule));
    }
    let url = url::Url::parse(text).map_or_else(|_| text.to_owned(), String::from);
    let normal = url.trim_end_matches('/');
    Ok(normal.strip_suffix(".git").unwrap_or(normal).to_owned())
}

fn is_url(text: &str) -> bool {
    ["https://", "http://", "git://", "ssh://"].into_iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| {
            all(rest, |character| character.is_ascii_graphic())
                && !starts(rest, |first| "/?#".contains(first))
        })
    })
}

/// `git@github.com:owner/repository.git`
fn is_place_of_git(text: &str) -> bool {
    let part = |text: &str| all(text, |character| word_or_dash(character) || character == '.');
    let parts = text.split_once('@').and_then(|(user, rest)| Some((user, rest.split_once(':')?)));
    parts.is_some_and(|(user, (host, path))| {
        part(user) && part(host) && all(path, |character| character.is_ascii_graphic())
    })
}

fn is_registry_name(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

/// `^\w+$` (schema; heroku-api.md section 4). Prefixes that belong to the platform are no more than advised against.
pub(super) fn var_name(text: &str) -> Parsed {
    require(all(text, word), text, "a config var's name: letters, digits and _")
}

/// `^[-\w]{1,128}$` (schema; heroku-api.md section 5).
pub(super) fn process_type(text: &str) -> Parsed {
    let holds = all(text, word_or_dash) && text.len() <= 128;
    require(holds, text, "a process type such as `web`: up to 128 letters, digits, _ and -")
}

/// A size of one of Heroku's tiers, in either case (heroku-api.md section 5): others are refused with "Process tier is
/// invalid" or "No such size", the old names among them. Compared in lower case.
pub(super) fn dyno_size(text: &str) -> Parsed {
    let size = text.to_ascii_lowercase();
    if matches!(size.as_str(), "eco" | "basic") || is_of_a_tier(&size) || is_fir_size(&size) {
        return Ok(size);
    }
    match RENAMED_SIZES.into_iter().find(|(old, _)| *old == size) {
        Some((_, new)) => Err(NameError::expected(format!("`{new}`, as that size is called now"))),
        None => Err(NameError { expected: "a dyno size".to_owned(), known: DYNO_SIZES }),
    }
}

/// What a live size is called now, in lower case. Apps of a Shield space show `Private-M` for `shield-m`, and no space has
/// both (heroku-api.md section 5).
pub(super) fn size_of_today(size: &str) -> String {
    let size = size.to_ascii_lowercase();
    let renamed = RENAMED_SIZES.into_iter().find(|(old, _)| *old == size).map(|(_, new)| new.to_owned());
    renamed.or_else(|| Some(format!("private-{}", size.strip_prefix("shield-")?))).unwrap_or(size)
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
    let tiers = either_case(&TIERS.join("|"));
    format!("^({}|({tiers})(-[A-Za-z0-9]+)+|{fir})$", either_case("eco|basic"))
}

/// `performance-l-ram`: a tier, and which of its sizes.
fn is_of_a_tier(size: &str) -> bool {
    let tail = TIERS.into_iter().find_map(|tier| size.strip_prefix(tier)?.strip_prefix('-'));
    tail.is_some_and(|tail| tail.split('-').all(|part| all(part, lower_or_digit)))
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

/// Our own: the key of a bucket or user in a spec, of which `from` makes paths.
pub(super) fn local_name(text: &str) -> Parsed {
    let holds = all(text, |character| lower_digit_or_dash(character) || character == '_')
        && starts(text, lower)
        && text.len() <= 64;
    require(holds, text, "a name of your own such as `uploads`: a-z, 0-9, _ and -, beginning with a letter")
}

/// Our own: the name of a file, an argument and a tag's value.
pub(super) fn environment_name(text: &str) -> Parsed {
    let holds =
        all(text, word_or_dash) && starts(text, |first| first.is_ascii_alphanumeric()) && text.len() <= 64;
    require(holds, text, "an environment's name such as `production`: letters, digits, _ and -")
}

/// Our own: dollars with at most two decimals, in cents.
pub(super) fn cents(text: &str) -> Option<i64> {
    let is_number = |text: &str| all(text, |character| character.is_ascii_digit());
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_shaped = is_number(whole) && whole.len() <= 9 && is_number(part) && part.len() <= 2;
    let dollars: i64 = whole.parse().ok().filter(|_| is_shaped)?;
    Some(dollars * 100 + format!("{part:0<2}").parse::<i64>().ok()?)
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

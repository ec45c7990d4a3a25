//! What a certificate says of itself, as far as Heroku tells it (RFC 5280, section 4.1): whom it names, who vouches for
//! it, and from when until when. Nothing is verified.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Tags of what is read here.
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
/// `commonName`.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `subjectAltName`.
const OTHER_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// The first certificate of a chain.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) names: Vec<String>,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
}

/// `None` for what is no certificate.
pub(super) fn read(chain: &str) -> Option<Read> {
    let (_, rest) = chain.split_once("-----BEGIN CERTIFICATE-----")?;
    let (text, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let text: String = text.split_whitespace().collect();
    certificate(&STANDARD.decode(text).ok()?)
}

fn certificate(bytes: &[u8]) -> Option<Read> {
    let whole = parts(expect(parts(bytes)?.first()?, SEQUENCE)?)?;
    let all = parts(expect(whole.first()?, SEQUENCE)?)?;
    let signed = if all.first()?.0 == VERSION { &all[1..] } else { &all[..] };
    let [_serial, _algorithm, issuer, validity, subject, _key, more @ ..] = signed else { return None };
    let [starts, expires, ..] = parts(expect(validity, SEQUENCE)?)?[..] else { return None };
    let common = |part: &Part<'_>| Some(common_name(expect(part, SEQUENCE)?).unwrap_or_default());
    let (issuer, subject) = (common(issuer)?, common(subject)?);
    let others = more.iter().find(|part| part.0 == EXTENSIONS).and_then(|part| other_names(part.1));
    Some(Read {
        names: others.unwrap_or_else(|| vec![subject.clone()]),
        issuer: format!("CN={issuer}"),
        subject: format!("/CN={subject}"),
        starts_at: moment(starts)?,
        expires_at: moment(expires)?,
    })
}

/// A tag, and what it is of.
type Part<'a> = (u8, &'a [u8]);

fn expect<'a>(part: &Part<'a>, tag: u8) -> Option<&'a [u8]> {
    (part.0 == tag).then_some(part.1)
}

/// What stands in some bytes, one after another.
fn parts(mut bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut all = Vec::new();
    while let [tag, length, rest @ ..] = bytes {
        let many = usize::from(length & 0x7f);
        let (length, rest) = if length & 0x80 == 0 {
            (many, rest)
        } else {
            let (digits, rest) = rest.split_at_checked(many).filter(|_| many <= 4)?;
            (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        all.push((*tag, content));
        bytes = rest;
    }
    bytes.is_empty().then_some(all)
}

fn common_name(name: &[u8]) -> Option<String> {
    for (_, set) in parts(name)? {
        for (_, pair) in parts(set)? {
            if let [(OBJECT, COMMON_NAME), (_, text)] = parts(pair)?[..] {
                return Some(String::from_utf8_lossy(text).into_owned());
            }
        }
    }
    None
}

fn other_names(extensions: &[u8]) -> Option<Vec<String>> {
    for (_, extension) in parts(expect(parts(extensions)?.first()?, SEQUENCE)?)? {
        let found = parts(extension)?;
        if let [(OBJECT, OTHER_NAMES), .., (OCTETS, value)] = found[..] {
            let names = parts(expect(parts(value)?.first()?, SEQUENCE)?)?;
            let names = names.into_iter().filter(|(tag, _)| *tag == DNS_NAME);
            return Some(names.map(|(_, name)| String::from_utf8_lossy(name).to_ascii_lowercase()).collect());
        }
    }
    None
}

/// Two digits of a year are of the years 1950 to 2049.
fn moment((tag, text): Part<'_>) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(text).ok()?;
    let century = match (tag, text.as_bytes().first()?) {
        (UTC_TIME, b'5'..=b'9') => "19",
        (UTC_TIME, _) => "20",
        _ => "",
    };
    let form = format_description!("[year][month][day][hour][minute][second]Z");
    Some(PrimitiveDateTime::parse(&format!("{century}{text}"), form).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_tells_whom_it_names_and_for_how_long() {
        let read = read(include_str!("../../../../tests/support/tls/server.pem")).unwrap();
        assert_eq!(read.names, ["localhost"]);
        assert_eq!((read.issuer.as_str(), read.subject.as_str()), ("CN=trueup test CA", "/CN=localhost"));
        assert_eq!((read.starts_at.year(), read.expires_at.year()), (2020, 2120));
    }

    #[test]
    fn what_is_none_is_refused() {
        let cut = "-----BEGIN CERTIFICATE-----\nMIIBkTCB\n-----END CERTIFICATE-----";
        for text in ["", "no certificate", cut, &cut.replace("MII", "!!!")] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}

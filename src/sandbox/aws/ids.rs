//! Identifiers that look like those of AWS, and the timestamps of its three services.
//!
//! Everything here comes from the system's random source: ids of AWS carry no meaning that a client may rely on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;

/// The alphabet of AWS's own ids: base 32, upper case.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("every platform that runs this has a random source");
    bytes
}

fn base32<const N: usize>() -> String {
    random::<N>().iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect()
}

/// An access key id: `AKIA` and 16 characters.
pub(super) fn access_key() -> String {
    format!("AKIA{}", base32::<16>())
}

/// A user id: `AIDA` and 17 characters.
pub(super) fn user() -> String {
    format!("AIDA{}", base32::<17>())
}

/// A group id: `AGPA` and 17 characters.
pub(super) fn group() -> String {
    format!("AGPA{}", base32::<17>())
}

/// A managed policy id: `ANPA` and 17 characters.
pub(super) fn policy() -> String {
    format!("ANPA{}", base32::<17>())
}

/// A secret access key: 40 characters of base64.
pub(super) fn secret() -> String {
    STANDARD.encode(random::<30>())
}

/// A version of an object: 32 characters.
pub(super) fn version() -> String {
    base32::<32>()
}

/// A multipart upload.
pub(super) fn upload() -> String {
    hex::encode(random::<32>())
}

/// A lifecycle rule that was sent without one.
pub(super) fn rule() -> String {
    STANDARD.encode(random::<30>()).replace(['+', '/'], "x")
}

/// A request id of S3: 16 characters.
pub(super) fn request_id_s3() -> String {
    base32::<16>()
}

/// The second request id of S3.
pub(super) fn host_id() -> String {
    STANDARD.encode(random::<48>())
}

/// A request id of IAM and STS.
pub(super) fn uuid() -> String {
    uuid::Uuid::from_bytes(random()).to_string()
}

/// `2026-11-23T10:00:00Z`, as IAM and STS write time.
pub(super) fn iso(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    moment.format(&form).unwrap_or_default()
}

/// `2026-11-23T10:00:00.000Z`, as S3 writes time in bodies.
pub(super) fn iso_milliseconds(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    moment.format(&form).unwrap_or_default()
}

/// `Mon, 23 Nov 2026 10:00:00 GMT`, as HTTP writes time in headers.
pub(super) fn http_date(moment: OffsetDateTime) -> String {
    moment.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn ids_have_the_length_and_alphabet_of_aws() {
        let key = access_key();
        assert_eq!((key.len(), &key[..4]), (20, "AKIA"));
        assert!(key.bytes().all(|byte| BASE32.contains(&byte)), "{key}");
        assert_eq!(user().len(), 21);
        assert_eq!(secret().len(), 40);
    }

    #[test]
    fn each_service_writes_time_its_own_way() {
        let moment = datetime!(2026-11-23 09:08:07.123 UTC);
        assert_eq!(iso(moment), "2026-11-23T09:08:07Z");
        assert_eq!(iso_milliseconds(moment), "2026-11-23T09:08:07.123Z");
        assert_eq!(http_date(moment), "Mon, 23 Nov 2026 09:08:07 GMT");
    }
}

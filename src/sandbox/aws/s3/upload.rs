//! What arrives in a request's body: framing taken off, checksums compared, conditions on what is there already.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::super::chunked;
use super::super::fault::Fault;
use super::Call;
use super::body::Body;
use super::state::{Bucket, Version};

/// An upload, ready to be kept.
pub(super) struct Upload {
    pub(super) body: Body,
    /// Checksum headers that were sent, before or behind the body; they come back on request.
    pub(super) checksums: BTreeMap<String, String>,
}

/// The body of a PUT without its framing, with its checksums compared.
pub(super) fn receive(call: &Call<'_>) -> Result<Upload, Fault> {
    let declared = call.header("x-amz-content-sha256").unwrap_or_default();
    let mut checksums: BTreeMap<String, String> = BTreeMap::new();
    let body = if declared.starts_with("STREAMING-") {
        let decoded = chunked::decode(&call.request.body)?;
        let length = call.header("x-amz-decoded-content-length").and_then(|length| length.parse().ok());
        if length.is_some_and(|length: usize| length != decoded.body.len()) {
            return Err(Fault::new(
                400,
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ));
        }
        checksums.extend(decoded.trailers.into_iter().filter(|(name, _)| is_checksum(name)));
        decoded.body
    } else {
        call.request.body.to_vec()
    };
    for (name, value) in &call.request.headers {
        if is_checksum(name.as_str()) {
            checksums.insert(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
    check_integrity(call, &body)?;
    check_checksums(&checksums, &body)?;
    Ok(Upload { body: body.into(), checksums })
}

fn is_checksum(name: &str) -> bool {
    let algorithm = name.strip_prefix("x-amz-checksum-");
    algorithm.is_some_and(|algorithm| ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"].contains(&algorithm))
}

/// Compares the body with the digests that came with it.
pub(super) fn check_integrity(call: &Call<'_>, body: &[u8]) -> Result<(), Fault> {
    let declared = call.header("x-amz-content-sha256").unwrap_or_default();
    let is_digest = declared.len() == 64 && declared.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest && declared != hex::encode(Sha256::digest(&call.request.body)) {
        return Err(Fault::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ));
    }
    match call.header("content-md5") {
        Some(sent) if STANDARD.decode(&sent).map_or(0, |bytes| bytes.len()) != 16 => {
            Err(Fault::new(400, "InvalidDigest", "The Content-MD5 you specified was invalid."))
        }
        Some(sent) if sent != STANDARD.encode(Md5::digest(body)) => {
            Err(Fault::new(400, "BadDigest", "The Content-MD5 you specified did not match what we received."))
        }
        _ => Ok(()),
    }
}

/// The two checksums that SDKs send are compared; the others are only kept.
fn check_checksums(checksums: &BTreeMap<String, String>, body: &[u8]) -> Result<(), Fault> {
    for (name, value) in checksums {
        let actual = match name.as_str() {
            "x-amz-checksum-crc32" => STANDARD.encode(crc32(body).to_be_bytes()),
            "x-amz-checksum-sha256" => STANDARD.encode(Sha256::digest(body)),
            _ => continue,
        };
        if *value != actual {
            let algorithm = name.trim_start_matches("x-amz-checksum-").to_ascii_uppercase();
            return Err(Fault::new(
                400,
                "BadDigest",
                format!("The {algorithm} you specified did not match the calculated checksum."),
            ));
        }
    }
    Ok(())
}

/// The CRC-32 of each single byte, as in zip and Ethernet.
const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let index = crc.to_le_bytes()[0] ^ byte;
        CRC_OF_BYTE[usize::from(index)] ^ (crc >> 8)
    })
}

/// `If-None-Match: *` and `If-Match: ETAG` of a write.
pub(super) fn check_conditions(bucket: &Bucket, call: &Call<'_>, key: &str) -> Result<(), Fault> {
    let current = bucket.current(key);
    if current.is_some() && call.header("if-none-match").is_some_and(|value| value == "*") {
        return Err(precondition_failed("If-None-Match"));
    }
    match (call.header("if-match"), current) {
        (Some(_), None) => Err(super::object::no_such_key(key)),
        (Some(wanted), Some(current)) if !same_etag(&wanted, current) => Err(precondition_failed("If-Match")),
        _ => Ok(()),
    }
}

/// 412, naming the header that did not hold.
pub(super) fn precondition_failed(condition: &str) -> Fault {
    Fault::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        .detail("Condition", condition)
}

/// Whether an entity tag names this version, with quotes or without.
pub(super) fn same_etag(wanted: &str, version: &Version) -> bool {
    wanted == "*" || wanted.trim_matches('"') == version.etag.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_have_their_published_check_values() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_wrong_checksum_is_refused_and_an_unknown_one_kept() {
        let sums = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert!(check_checksums(&sums("x-amz-checksum-crc32", "y/Q5Jg=="), b"123456789").is_ok());
        assert_eq!(
            check_checksums(&sums("x-amz-checksum-crc32", "AAAAAA=="), b"1").unwrap_err().code,
            "BadDigest"
        );
        assert!(check_checksums(&sums("x-amz-checksum-crc64nvme", "AAAAAA=="), b"1").is_ok());
    }
}

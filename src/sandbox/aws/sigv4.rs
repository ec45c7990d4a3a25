//! Signature Version 4, the server's half: reading it from a header or a presigned URL, and verifying it.
//!
//! Looks up no key and grants nothing: the caller brings the secret that belongs to the access key id.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::sandbox::http::Request;

use super::fault::Fault;

/// The only algorithm that is served.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// RFC 3986's unreserved characters stay as they are; everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same for a path, where `/` separates.
const ESCAPED_PATH: &AsciiSet = &ESCAPED.remove(b'/');
/// A presigned URL lives for a week at most.
const LONGEST_PRESIGNED: i64 = 604_800;

/// Where the signature stood in the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carrier {
    /// The `Authorization` header.
    Header,
    /// The query of a presigned URL, valid for so many seconds after its date.
    Query(i64),
}

/// What a request says about its signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Signed {
    pub(super) access_key: String,
    pub(super) region: String,
    pub(super) service: String,
    carrier: Carrier,
    /// `20261123T100000Z`
    timestamp: String,
    /// `20261123`, from the credential scope.
    date: String,
    headers: Vec<String>,
    signature: String,
}

/// The signature of a request: `None` when it is not signed at all.
pub(super) fn read(request: &Request) -> Result<Option<Signed>, Fault> {
    if let Some(header) = header(request, "authorization") {
        return from_header(request, &header).map(Some);
    }
    if parameter(request, "X-Amz-Algorithm").is_some() || parameter(request, "X-Amz-Credential").is_some() {
        return from_query(request).map(Some);
    }
    if parameter(request, "AWSAccessKeyId").is_some() {
        return Err(unsupported());
    }
    Ok(None)
}

/// Signature Version 2 opens nothing that was made since 2020.
fn unsupported() -> Fault {
    Fault::new(
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
}

fn from_header(request: &Request, value: &str) -> Result<Signed, Fault> {
    let fields = value.strip_prefix(ALGORITHM).ok_or_else(unsupported)?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
            .map(str::to_owned)
            .ok_or_else(|| malformed(&format!("the {name} field is missing")))
    };
    let timestamp = header(request, "x-amz-date").ok_or_else(|| {
        Fault::new(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    })?;
    assemble(Carrier::Header, &field("Credential")?, timestamp, &field("SignedHeaders")?, field("Signature")?)
}

fn from_query(request: &Request) -> Result<Signed, Fault> {
    let wanted = |name: &str| {
        parameter(request, name).ok_or_else(|| {
            Fault::new(400, "AuthorizationQueryParametersError", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        })
    };
    if wanted("X-Amz-Algorithm")? != ALGORITHM {
        return Err(Fault::new(
            400,
            "AuthorizationQueryParametersError",
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"",
        ));
    }
    let expires: i64 = wanted("X-Amz-Expires")?.parse().unwrap_or(-1);
    if !(0..=LONGEST_PRESIGNED).contains(&expires) {
        return Err(Fault::new(
            400,
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be a number between 0 and 604800 seconds",
        ));
    }
    let signature = wanted("X-Amz-Signature")?;
    let (date, names) = (wanted("X-Amz-Date")?, wanted("X-Amz-SignedHeaders")?);
    assemble(Carrier::Query(expires), &wanted("X-Amz-Credential")?, date, &names, signature)
}

fn assemble(
    carrier: Carrier,
    credential: &str,
    timestamp: String,
    headers: &str,
    signature: String,
) -> Result<Signed, Fault> {
    let mut parts = credential.rsplitn(5, '/');
    let mut next = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (Some(end), Some(service), Some(region), Some(date), Some(access_key)) =
        (next(), next(), next(), next(), next())
    else {
        return Err(malformed(
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"",
        ));
    };
    if end != "aws4_request" || !timestamp.starts_with(&date) {
        return Err(malformed("the Credential's date or terminator does not fit the request"));
    }
    let headers = headers.split(';').map(str::to_ascii_lowercase).collect();
    Ok(Signed { access_key, region, service, carrier, timestamp, date, headers, signature })
}

fn malformed(why: &str) -> Fault {
    Fault::new(400, "AuthorizationHeaderMalformed", format!("The authorization header is malformed; {why}."))
}

impl Signed {
    /// Whether the signature was made with this secret over this very request.
    pub(super) fn verify(&self, request: &Request, secret: &str) -> bool {
        let expected = self.sign(&self.canonical(request), secret);
        bool::from(expected.as_bytes().ct_eq(self.signature.as_bytes()))
    }

    /// Whether a presigned URL has run out. A header's date is not checked: the sandbox's clock may be ahead.
    pub(super) fn expired(&self, now: OffsetDateTime) -> bool {
        let form = format_description!("[year][month][day]T[hour][minute][second]Z");
        match (self.carrier, PrimitiveDateTime::parse(&self.timestamp, &form)) {
            (Carrier::Header, _) => false,
            (Carrier::Query(seconds), Ok(date)) => now > date.assume_utc() + Duration::seconds(seconds),
            (Carrier::Query(_), Err(_)) => true,
        }
    }

    /// The signature of a canonical request in the scope of this one.
    fn sign(&self, canonical: &str, secret: &str) -> String {
        let Self { date, region, service, timestamp, .. } = self;
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let digest = hex::encode(Sha256::digest(canonical.as_bytes()));
        let text = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{digest}");
        let seed = format!("AWS4{secret}").into_bytes();
        let key = [date, region, service, "aws4_request"]
            .into_iter()
            .fold(seed, |key, part| keyed_hash(&key, part.as_bytes()));
        hex::encode(keyed_hash(&key, text.as_bytes()))
    }

    /// The request in the one form that both sides hash.
    fn canonical(&self, request: &Request) -> String {
        let mut text = format!("{}\n{}\n{}\n", request.method, self.path(&request.path), self.query(request));
        for name in &self.headers {
            let values: Vec<String> = request
                .headers
                .get_all(name)
                .iter()
                .map(|value| collapse(&String::from_utf8_lossy(value.as_bytes())))
                .collect();
            let _ = writeln!(text, "{name}:{}", values.join(","));
        }
        let _ = write!(text, "\n{}\n{}", self.headers.join(";"), self.payload(request));
        text
    }

    /// S3 escapes a path once; the other services escape what was escaped already.
    fn path(&self, raw: &str) -> String {
        let decoded: Vec<u8> = percent_decode_str(raw).collect();
        let once = percent_encoding::percent_encode(&decoded, ESCAPED_PATH).to_string();
        if self.service == "s3" { once } else { utf8_percent_encode(&once, ESCAPED_PATH).to_string() }
    }

    fn query(&self, request: &Request) -> String {
        let mut pairs: Vec<(String, String)> = request
            .query
            .iter()
            .filter(|(name, _)| self.carrier == Carrier::Header || name != "X-Amz-Signature")
            .map(|(name, value)| (escape(name), escape(value)))
            .collect();
        pairs.sort();
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    fn payload(&self, request: &Request) -> String {
        match (header(request, "x-amz-content-sha256"), self.carrier) {
            (Some(declared), _) => declared,
            (None, Carrier::Query(_)) if self.service == "s3" => "UNSIGNED-PAYLOAD".to_owned(),
            (None, _) => hex::encode(Sha256::digest(&request.body)),
        }
    }
}

/// The one value of a header, as text.
pub(super) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

/// Trimmed, with inner runs of spaces made one.
fn collapse(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// RFC 3986 escaping of one query component.
pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn keyed_hash(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Requests of tests, signed by the same rules that verify them.
#[cfg(test)]
pub(super) mod testing {
    use hyper::header::HeaderValue;
    use hyper::{HeaderMap, Method};

    use super::*;

    /// An unsigned request with a host and a body.
    pub(in super::super) fn request(method: Method, path: &str, body: &str) -> Request {
        let headers = HeaderMap::from_iter([(hyper::header::HOST, HeaderValue::from_static("127.0.0.1"))]);
        Request { method, path: path.to_owned(), query: vec![], headers, body: body.to_owned().into() }
    }

    /// The same request, signed with an access key id and its secret for a service in us-east-1.
    pub(in super::super) fn sign(mut request: Request, key: (&str, &str), service: &str) -> Request {
        let (timestamp, date) = ("20261123T120000Z", "20261123");
        request.headers.insert("x-amz-date", HeaderValue::from_static(timestamp));
        let scope = format!("{}/{date}/us-east-1/{service}/aws4_request", key.0);
        let mut signed =
            assemble(Carrier::Header, &scope, timestamp.to_owned(), "host;x-amz-date", String::new())
                .unwrap();
        signed.signature = signed.sign(&signed.canonical(&request), key.1);
        let value = format!(
            "{ALGORITHM} Credential={scope}, SignedHeaders=host;x-amz-date, Signature={}",
            signed.signature
        );
        request.headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
        request
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use hyper::{HeaderMap, Method};
    use time::macros::datetime;

    use super::*;

    /// The worked example of the S3 documentation, "GET Object" with a range.
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn documented() -> Request {
        let empty = hex::encode(Sha256::digest(b""));
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", empty.as_str()),
            ("x-amz-date", "20130524T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                 SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                 Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
        ] {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Request { method: Method::GET, path: "/test.txt".into(), query: vec![], headers, body: vec![].into() }
    }

    #[test]
    fn the_documented_example_verifies() {
        let request = documented();
        let signed = read(&request).unwrap().unwrap();
        assert_eq!(
            (signed.access_key.as_str(), signed.region.as_str()),
            ("AKIAIOSFODNN7EXAMPLE", "us-east-1")
        );
        assert!(signed.verify(&request, SECRET));
    }

    #[test]
    fn anything_that_is_signed_and_changed_breaks_the_signature() {
        let changes: [fn(&mut Request); 4] = [
            |request| request.method = Method::PUT,
            |request| request.path = "/test.text".into(),
            |request| request.query.push(("acl".into(), String::new())),
            |request| {
                request.headers.insert("range", HeaderValue::from_static("bytes=0-99"));
            },
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut request = documented();
            change(&mut request);
            assert!(!read(&request).unwrap().unwrap().verify(&request, SECRET), "change {index}");
        }
        let request = documented();
        assert!(!read(&request).unwrap().unwrap().verify(&request, "another secret"));
    }

    #[test]
    fn a_presigned_url_verifies_until_it_runs_out() {
        let mut request = documented();
        request.headers.remove("authorization");
        request.headers.remove("range");
        request.headers.remove("x-amz-content-sha256");
        request.query = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-SignedHeaders", "host"),
            ("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let signed = read(&request).unwrap().unwrap();
        assert!(signed.verify(&request, SECRET));
        assert!(!signed.expired(datetime!(2013-05-24 23:59:59 UTC)));
        assert!(signed.expired(datetime!(2013-05-25 00:00:01 UTC)));
    }

    #[test]
    fn broken_and_missing_signatures_are_told_apart() {
        let mut request = documented();
        request.headers.remove("authorization");
        assert_eq!(read(&request), Ok(None));
        request.headers.insert("authorization", HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=a/b"));
        assert_eq!(read(&request).unwrap_err().code, "AuthorizationHeaderMalformed");
        request.headers.insert("authorization", HeaderValue::from_static("AWS AKIA:old"));
        assert_eq!(read(&request).unwrap_err().code, "InvalidRequest");
    }
}

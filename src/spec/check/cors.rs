//! Rules for the cross-origin rules of a bucket (aws-s3-iam.md section 3).

use crate::spec::rules::nearest;
use crate::spec::{Cors, Finding};

/// What S3 accepts in a CORS rule.
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];
/// Those for which any origin is fine.
const READING: [&str; 2] = ["GET", "HEAD"];
/// What S3 takes in one document.
const MOST_CORS_RULES: usize = 100;

/// The rules of one bucket.
pub(super) fn rules(path: &str, rules: &[Cors], findings: &mut Vec<Finding>) {
    if rules.len() > MOST_CORS_RULES {
        let message = format!("{} rules are more than S3 takes", rules.len());
        let finding = Finding::error(format!("{path}.cors"), message);
        findings.push(finding.expected(format!("{MOST_CORS_RULES} at most")));
    }
    for rule in rules {
        rule_of(&format!("{path}.{}", rule.key), rule, findings);
    }
}

fn rule_of(path: &str, cors: &Cors, findings: &mut Vec<Finding>) {
    if cors.origins.is_empty() {
        let finding = Finding::error(format!("{path}.origins"), "there are no origins");
        findings.push(finding.help("name at least one, or remove `cors`"));
    }
    let only_reads = cors.methods.iter().all(|method| READING.contains(&method.as_str()));
    for (index, origin) in cors.origins.iter().enumerate() {
        if let Some(help) = wrong_origin(origin, only_reads) {
            let message = format!("`{origin}` is not an exact origin");
            let finding = Finding::error(format!("{path}.origins[{index}]"), message);
            findings
                .push(finding.expected("`https://` and a host, such as `https://app.example`").help(help));
        }
    }
    headers(path, cors, findings);
    if cors.methods.is_empty() {
        findings.push(Finding::error(format!("{path}.methods"), "there are no methods"));
    }
    for (index, method) in cors.methods.iter().enumerate() {
        if !METHODS.contains(&method.as_str()) {
            let message = format!("`{method}` is not a method that S3 allows");
            let finding = Finding::error(format!("{path}.methods[{index}]"), message);
            let finding = finding.expected(format!("one of {}", METHODS.join(", ")));
            findings.push(finding.did_you_mean(nearest(method, METHODS)));
        }
    }
}

/// S3 takes one wildcard in a header that a browser sends, and none in one that a page reads.
fn headers(path: &str, cors: &Cors, findings: &mut Vec<Finding>) {
    for (key, names, most) in [("headers", &cors.headers, 1), ("expose", &cors.expose, 0)] {
        for (index, name) in names.iter().enumerate() {
            let place = format!("{path}.{key}[{index}]");
            if name.matches('*').count() > most {
                let message = format!("S3 takes no `{name}` in `{key}`");
                let expected = if most == 0 { "names without `*`" } else { "one `*` at most" };
                findings.push(Finding::error(place, message).expected(expected));
            } else if name.is_empty() || !name.bytes().all(is_of_header) {
                let finding = Finding::error(place, format!("`{name}` is not the name of a header"));
                findings.push(finding.expected("a name such as `Content-Type`"));
            }
        }
    }
}

/// What the name of a header is made of.
fn is_of_header(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What is wrong with an origin. A browser sends scheme, host and port, and S3 compares letter by letter, so
/// anything else never matches. One wildcard is fine where pages only read.
fn wrong_origin(origin: &str, only_reads: bool) -> Option<String> {
    match origin.matches('*').count() {
        0 => {}
        1 if only_reads => return None,
        _ if only_reads => return Some("S3 takes one `*` at most".to_owned()),
        _ => return Some("write each origin out; a wildcard lets strangers upload".to_owned()),
    }
    let Ok(url) = url::Url::parse(origin) else {
        return Some("begin with `https://`".to_owned());
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        return Some("use `https://`; plain http is only for localhost".to_owned());
    }
    let exact = url.origin().ascii_serialization();
    (exact != origin).then(|| format!("did you mean `{exact}`?"))
}

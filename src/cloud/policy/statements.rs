//! The statements of a bucket policy that are trueup's, each known by its mark. Pure.

use serde_json::{Value, json};

use super::texts;
use crate::spec::BucketArn;
use crate::spec::grants::one_or_list;

/// Marks the statement of a bucket policy by which trueup denies plain http.
pub const TLS_ONLY_SID: &str = "TrueupDenyPlainHttp";
/// Marks the statement of a bucket policy by which trueup lets everyone read.
pub const PUBLIC_READ_SID: &str = "TrueupPublicRead";

/// The statement that denies everyone everything over plain http.
#[must_use]
pub fn tls_only(bucket: &BucketArn) -> Value {
    json!({
        "Sid": TLS_ONLY_SID, "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [bucket.to_string(), bucket.objects()],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

/// The statement that lets everyone read the objects whose keys begin like this, `*` being all of them; `None` when
/// nothing is to be read.
#[must_use]
pub fn public_read(bucket: &BucketArn, prefixes: &[String]) -> Option<Value> {
    let objects = |prefix: &String| match prefix.as_str() {
        "*" => bucket.objects(),
        prefix => format!("{bucket}/{prefix}*"),
    };
    (!prefixes.is_empty()).then(|| {
        json!({
            "Sid": PUBLIC_READ_SID, "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": one_or_list(prefixes.iter().map(objects)),
        })
    })
}

/// The beginnings of keys that such a statement names.
#[must_use]
pub fn prefixes(statement: &Value, bucket: &BucketArn) -> Vec<String> {
    let resources = statement.get("Resource").map(|value| texts(value, str::to_owned)).unwrap_or_default();
    let prefix = |resource: &String| {
        let objects = format!("{bucket}/");
        let key = resource.strip_prefix(&objects).unwrap_or(resource);
        let prefix = key.strip_suffix('*').filter(|prefix| !prefix.is_empty());
        prefix.unwrap_or(key).to_owned()
    };
    resources.iter().map(prefix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::policy::laws::bucket;

    #[test]
    fn everyone_reads_what_begins_like_that_and_nothing_else() {
        let bucket = bucket("ledger-uploads");
        let read = |prefixes: &[&str]| {
            let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
            public_read(&bucket, &prefixes)
        };
        assert_eq!(read(&[]), None);
        let two = read(&["public/", "a b"]).expect("a statement");
        let (public, spaced) = ("arn:aws:s3:::ledger-uploads/public/*", "arn:aws:s3:::ledger-uploads/a b*");
        assert_eq!(two["Resource"], json!([public, spaced]));
        assert_eq!((&two["Action"], &two["Principal"]), (&json!("s3:GetObject"), &json!("*")));
        assert_eq!(prefixes(&two, &bucket), ["a b", "public/"]);
        let all = read(&["*"]).expect("a statement");
        assert_eq!(all["Resource"], "arn:aws:s3:::ledger-uploads/*");
        assert_eq!(prefixes(&all, &bucket), ["*"]);
    }
}

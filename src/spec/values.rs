//! Small closed sets and value forms of the spec: where a config var comes from, what a grant allows.

use super::LocalName;

/// Where a config var's value comes from (contract section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigValue {
    /// The text that was written.
    Literal(String),
    /// The var must be absent.
    Absent,
    /// The operator's environment variable of that name. Sensitive.
    Env(String),
    /// A file's content, path relative to the spec, inside the project. Sensitive.
    File(String),
    /// What a program prints. Sensitive; runs only with `--allow-commands`.
    Command(Vec<String>),
    /// Made once when the var is absent, then kept. Sensitive.
    Generate(Generated),
    /// Another resource's attribute.
    From(Reference),
    /// Someone else sets it.
    External,
}

/// What `generate` draws from the system's random source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The form of the text.
    pub kind: GenerateKind,
    /// How many random bytes (ignored for `uuid`).
    pub bytes: u16,
}

/// The text form of a generated value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateKind {
    /// Two hexadecimal digits a byte.
    Hex,
    /// Standard base64 with padding.
    Base64,
    /// A version 4 UUID.
    Uuid,
}

/// An attribute of another resource: `buckets.uploads.region`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `app.name`
    AppName,
    /// `app.web_url`
    AppWebUrl,
    /// `buckets.X.name|region|arn`
    Bucket(LocalName, BucketAttribute),
    /// `iam_users.X.name|arn|access_key_id|secret_access_key`
    IamUser(LocalName, UserAttribute),
}

/// What a `from:` may ask of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketAttribute {
    /// The bucket's name.
    Name,
    /// Its region.
    Region,
    /// Its ARN.
    Arn,
}

/// What a `from:` may ask of an IAM user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserAttribute {
    /// The user's name.
    Name,
    /// Its ARN.
    Arn,
    /// The id of its access key.
    AccessKeyId,
    /// The secret of its access key.
    SecretAccessKey,
}

/// Encryption of a bucket at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Keys that S3 manages.
    #[default]
    Aes256,
    /// A KMS key, by id or ARN.
    Kms(String),
}

/// Whether a bucket's public access block is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicAccess {
    /// All four settings on.
    #[default]
    Blocked,
    /// All four settings off.
    Open,
}

/// What a grant on a bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// List and get.
    Read,
    /// List, get, put, delete, and abort a multipart upload.
    ReadWrite,
}

/// An age in whole days, written `90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxAge {
    /// How many days.
    pub days: u16,
}

/// What happens to live config vars that the spec does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnmanagedConfig {
    /// Left alone, and reported.
    #[default]
    Keep,
    /// Removed; the plan lists each one.
    Remove,
}

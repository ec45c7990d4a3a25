//! Which service an error is about.

use std::fmt;
use std::net::SocketAddr;

/// A service, or this program where it refuses by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// Heroku, by the host that was called: `api.heroku.com`.
    Heroku(String),
    /// Amazon S3.
    S3,
    /// AWS IAM.
    Iam,
    /// AWS STS.
    Sts,
    /// AWS KMS.
    Kms,
    /// AWS at an address of the operator's, by its host.
    AwsAt(String),
    /// A database of the app; where it is, is a secret.
    Postgres,
    /// The DNS, by the nameserver that the operator named, else by that of the system.
    Nameserver(Option<SocketAddr>),
    /// This program: nothing was sent.
    Trueup,
}

impl Service {
    /// Whether it is Heroku, whose ids and advice are its own.
    #[must_use]
    pub fn is_heroku(&self) -> bool {
        matches!(self, Self::Heroku(_))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Heroku(host) | Self::AwsAt(host) => host,
            Self::S3 => "Amazon S3",
            Self::Iam => "AWS IAM",
            Self::Sts => "AWS STS",
            Self::Kms => "AWS KMS",
            Self::Postgres => "PostgreSQL",
            Self::Nameserver(Some(server)) => return write!(formatter, "the nameserver {server}"),
            Self::Nameserver(None) => "the system's nameserver",
            Self::Trueup => "trueup",
        })
    }
}

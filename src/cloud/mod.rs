//! The only room that calls services: clients for Heroku and AWS that speak our types.
//!
//! `heroku` is our own typed client; `s3`, `iam` and `sts` are thin wrappers over the AWS SDK; `retry` says
//! what may be retried, in one place. What must not live here: decisions about what should be.

#![expect(clippy::disallowed_methods, reason = "this room sends secrets to their services")]

mod advice;
mod announce;
pub mod aws;
mod clean;
mod confirm;
pub mod dns;
mod error;
pub mod heroku;
mod lists;
mod memo;
mod meter;
mod netrc;
mod pace;
pub mod policy;
pub mod postgres;
mod proxy;
mod reads;
pub mod retry;
pub mod s3;
mod service;
mod stop;
mod trust;

use url::{Host, Url};

pub(crate) use advice::UNCONFIRMED;
pub use confirm::confirmed;
pub use error::{Certainty, CloudError, ErrorKind};
pub use meter::{Calls, Meter};
pub use pace::Pace;
pub use proxy::Proxy;
pub use reads::Reads;
pub use service::Service;
pub use stop::{Stop, Stopped};
pub use trust::{Bundle, TrustSettings};

use aws::{Aws, AwsSettings};
use dns::{Dns, DnsSettings};
use heroku::{Heroku, HerokuSettings};

/// All clients of a run, built once; cheap to clone.
#[derive(Clone)]
pub struct Clouds {
    /// Heroku's Platform and data APIs.
    pub heroku: Heroku,
    /// S3, IAM and STS.
    pub aws: Aws,
    /// Where names lead.
    pub dns: Dns,
    /// What was sent so far.
    pub meter: Meter,
}

impl Clouds {
    /// Builds the clients; nothing is sent yet. A request to stop ends what they wait for between two tries.
    pub fn connect(
        heroku: HerokuSettings,
        aws: AwsSettings,
        meter: Meter,
        stop: &Stop,
    ) -> Result<Self, CloudError> {
        Ok(Self {
            heroku: Heroku::connect(heroku, meter.clone(), stop)?,
            aws: Aws::connect(aws, meter.clone(), stop)?,
            dns: Dns::default(),
            meter,
        })
    }

    /// The same, asking the nameserver of the settings where names lead.
    #[must_use]
    pub fn asking(self, dns: DnsSettings) -> Self {
        Self { dns: Dns::new(dns), ..self }
    }
}

/// Whether a URL stays on this machine: the one place for plain http.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

//! What tests with hostile input need besides the public rooms: clients that give up at once, and names that only
//! an answer gives otherwise. Used by `fuzz/` and `tests/hostile.rs`, and by nothing that ships.
//!
//! What must not live here: anything that changes what a service's answer means.

use std::path::Path;

use crate::cloud::aws::{Aws, AwsSettings, Owner};
use crate::cloud::heroku::{Heroku, HerokuSettings};
use crate::cloud::{CloudError, Meter};
use crate::spec::{self, Environment, EnvironmentName, SpecError};

/// The Heroku client of these settings, with the real table of repetitions and next to no pauses between them.
pub fn heroku(settings: HerokuSettings, meter: Meter) -> Result<Heroku, CloudError> {
    Heroku::impatient(settings, meter)
}

/// The AWS clients of these settings, with one repetition after next to no pause.
pub async fn aws(settings: AwsSettings, meter: Meter) -> Result<Aws, CloudError> {
    Aws::impatient(settings, meter).await
}

/// An account that no answer named.
#[must_use]
pub fn owner(account: &str) -> Owner {
    Owner::of(account)
}

/// The environment `production` of a project of two files: its own, and `environments/base.yaml`, which it may extend.
pub fn environment(own: &[u8], base: &[u8]) -> Result<Environment, SpecError> {
    let name = EnvironmentName::parse("production").expect("it is lower-case letters");
    spec::load_with(Path::new("no-such-project"), &name, &|path| match path.to_str() {
        Some("environments/production.yaml") => Ok(own.to_vec()),
        Some("environments/base.yaml") => Ok(base.to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    })
}

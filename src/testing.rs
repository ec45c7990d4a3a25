//! What the integration tests and the fuzz targets take of the rooms, each group under the room's own name. It is there
//! with the feature `testing` alone, so that the compiler finds what the program itself does not use.
//!
//! What must not live here: anything that changes what a service's answer means.

/// The spec and its mistakes: `tests/spec_*.rs`, `tests/moved.rs`, and every target of `fuzz/` for its names.
pub mod spec {
    pub use crate::spec::{
        Addon, AddonName, AddonPlan, AppName, AttachmentName, AwsRegion, Backups, BucketArn, BucketAttribute,
        BucketName, Buildpack, ConfigValue, Encryption, Environment, EnvironmentName, GenerateKind,
        Generated, Guide, Hostname, MaxAge, ProcessType, PublicAccess, Reference, Spec, SpecError,
        UnmanagedConfig, UserName, UserPath, find_project, json_schema, load, load_with, names, parse,
    };
}

/// Secrets, for whoever builds a client or opens a saved plan.
pub mod secret {
    pub use crate::secret::{FingerprintKey, Secret, Supplied};
}

/// The clients, which the targets `heroku` and `aws` feed with answers, and which `tests/paced.rs` and
/// `tests/moved.rs` run against the embedded cloud.
pub mod cloud {
    pub use crate::cloud::aws::{AccessKeyPair, Aws, AwsSettings, StaticCredentials};
    pub use crate::cloud::heroku::{AppPatch, Heroku, HerokuSettings, NewAddon, NewApp, NewSchedule, Scale};
    pub use crate::cloud::s3::BucketHandle;
    pub use crate::cloud::{CloudError, Clouds, ErrorKind, Meter, Reads, Stop};
}

/// Policy documents, for the target `policy` and `tests/moved.rs`.
pub mod policy {
    pub use crate::cloud::policy::{PolicyDocument, TLS_ONLY_SID, tls_only};
}

/// The table of repetitions, which `tests/documents.rs` compares with the documents.
pub mod retry {
    pub use crate::cloud::retry::{Failure, RetryPolicy, Sends, TABLE};
}

/// The settings of a bucket, for the target `aws`.
pub mod bucket {
    pub use crate::resource::bucket::{
        Cors, Encryption, Lifecycle, Ownership, Policy, PublicAccess, Setting, Settings, Tags, Versioning,
    };
}

/// A plan and its apply as two steps, between which `tests/moved.rs` lets the world move.
pub mod apply {
    pub use crate::apply::{Applying, Outcome, Report};
    pub use crate::plan::{Plan, plan};
    pub use crate::resource::{Desired, observe};
}

/// Saved plans, for the target `plan_file`.
pub mod saved {
    pub use crate::plan::saved::{Unverified, key_label};
}

/// Templates, for the target `template`.
pub mod render {
    pub use crate::render::{Source, render};
}

/// How an error is shown, for the targets that read files.
pub mod view {
    pub use crate::view::{Theme, error::message};
}

/// Clients that give up at once, and what only an answer or a project gives otherwise: `fuzz/` and `tests/hostile.rs`.
pub mod hostile {
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

    /// The environment `production` of a project of two files: its own, and `environments/base.yaml`, which it may
    /// extend.
    #[expect(clippy::missing_panics_doc, reason = "the name is a good one")]
    pub fn environment(own: &[u8], base: &[u8]) -> Result<Environment, SpecError> {
        let name = EnvironmentName::parse("production").expect("it is lower-case letters");
        spec::load_with(Path::new("no-such-project"), &name, &|path| match path.to_str() {
            Some("environments/production.yaml") => Ok(own.to_vec()),
            Some("environments/base.yaml") => Ok(base.to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        })
    }
}

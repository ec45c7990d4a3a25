//! The only room with a network: clients for Heroku and AWS that speak our types.
//!
//! `heroku` is our own typed client; `s3`, `iam` and `sts` are thin wrappers over the AWS SDK; `retry` says
//! what may be retried, in one place. What must not live here: decisions about what should be.

mod error;
mod meter;
mod pace;

pub use error::{Certainty, CloudError, ErrorKind};
pub use meter::Meter;
pub use pace::Pace;

//! The only room with a network: clients for Heroku and AWS that speak our types.
//!
//! `heroku` is our own typed client; `s3`, `iam` and `sts` are thin wrappers over the AWS SDK; `retry` says
//! what may be retried, in one place. What must not live here: decisions about what should be.

mod error;
pub mod heroku;
mod meter;
mod netrc;
mod pace;
pub mod retry;

pub use error::{Certainty, CloudError, ErrorKind};
pub use meter::Meter;
pub use pace::Pace;

//! Not a thing but whose the AWS credentials are: every call on a bucket says whose the bucket must be, so
//! this is read before them (aws-s3-iam.md section 3, `expected_bucket_owner`).

use super::{Desired, Draft, Resource, World};
use crate::cloud::aws::Owner;
use crate::cloud::{CloudError, Clouds};
use crate::spec::Spec;

/// The kind.
#[derive(Clone, Debug)]
pub struct Kind;

/// Nothing can be done to it.
pub type Change = super::never::Never<Kind>;

/// The account, when the spec has anything on AWS.
pub type Observed = Option<Owner>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(spec: &Spec, clouds: &Clouds, _: &World) -> Result<Observed, CloudError> {
        if spec.buckets.is_empty() && spec.iam_users.is_empty() {
            return Ok(None);
        }
        clouds.aws.account().await.map(Some)
    }

    fn diff(_: &Desired<'_>, _: &World, _: &mut Draft) {}
}

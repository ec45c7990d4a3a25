//! S3-compatible stores that word an answer differently: moto calls the root of `GetBucketVersioning`'s answer
//! after the operation, and the SDK takes no root but `VersioningConfiguration`.

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::SdkBody;
use http_body_util::BodyExt as _;

use crate::cloud::aws::count::exchange;

const THEIRS: &str = "GetBucketVersioningResponse";
/// As long as theirs, so that the answer keeps its length: space is allowed behind a tag's name.
const OURS: &str = "VersioningConfiguration    ";

/// Gives the answer the root that the SDK takes.
#[derive(Debug)]
pub struct VersioningRoot;

impl Intercept for VersioningRoot {
    fn name(&self) -> &'static str {
        "VersioningRoot"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        exchange(context, |body| {
            SdkBody::from_body_1_x(body.map_frame(|frame| frame.map_data(|data| renamed(&data).into())))
        });
        Ok(())
    }
}

/// The answer is a hundred bytes, so its root's name is never split.
fn renamed(data: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(data) {
        Ok(text) => text.replace(THEIRS, OURS).into_bytes(),
        Err(_) => data.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_other_name_of_the_root_is_replaced_and_the_length_stays() {
        let theirs = format!("<{THEIRS} xmlns=\"x\"><Status>Enabled</Status></{THEIRS}>");
        let ours = String::from_utf8(renamed(theirs.as_bytes())).unwrap();
        assert_eq!(ours.len(), theirs.len());
        assert!(
            ours.starts_with("<VersioningConfiguration ") && ours.contains("<Status>Enabled</Status>"),
            "{ours}"
        );
        let real = b"<VersioningConfiguration/>";
        assert_eq!(renamed(real), real);
    }
}

//! The tags of a bucket.

use std::collections::BTreeMap;

use super::BucketHandle;
use crate::cloud::CloudError;

impl BucketHandle {
    /// All tags; none where none was ever set.
    pub async fn tags(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let request = self.client.get_bucket_tagging().bucket(self.name());
        let sent = request.expected_bucket_owner(self.owner()).send();
        let answer = self.read_if_set("s3:GetBucketTagging", "NoSuchTagSet", sent).await?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }
}

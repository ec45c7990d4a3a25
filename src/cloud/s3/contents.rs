//! What lies in a bucket, and taking all of it away: versions, delete markers and unfinished uploads (aws-s3-iam.md
//! section 3).
//!
//! What must not live here: whether that is wanted.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::{BucketHandle, keys};
use crate::cloud::aws::error::{Effect, cloud_error, endless, unbuildable};
use crate::cloud::clean::clean;
use crate::cloud::{CloudError, ErrorKind, Service, Stop};

const DELETE: &str = "s3:DeleteObjects";
/// How many keys one deletion takes.
const MOST_KEYS: usize = 1000;
/// How often the whole bucket is gone through: what comes meanwhile is found by the next round.
const MOST_ROUNDS: usize = 5;

/// How much lies in a bucket, as far as it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// Versions of objects, the current ones among them.
    pub versions: u64,
    /// Delete markers.
    pub markers: u64,
    /// Uploads in parts that were never finished.
    pub uploads: u64,
    /// Whether there are more versions or markers than were counted.
    pub is_more: bool,
}

impl Contents {
    /// Whether S3 would delete the bucket: an unfinished upload does not keep it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions == 0 && self.markers == 0
    }
}

/// A version or a delete marker.
struct Item {
    key: String,
    version: Option<String>,
    is_marker: bool,
}

/// A page of a listing, and where the next one begins.
struct Page {
    items: Vec<Item>,
    next: Option<Marker>,
}

/// A key, and a version of it.
type Marker = (Option<String>, Option<String>);

impl BucketHandle {
    /// Counts what lies in the bucket, over no more than so many pages of a thousand. What has this key is passed over.
    pub async fn contents(&self, but: &str, most_pages: usize) -> Result<Contents, CloudError> {
        let mut contents = Contents { uploads: self.uploads().await?.len() as u64, ..Contents::default() };
        let mut marker = Some(Marker::default());
        for _ in 0..most_pages {
            let Some(at) = marker else { return Ok(contents) };
            let page = self.page(&at).await?;
            for item in page.items.iter().filter(|item| item.key != but) {
                *(if item.is_marker { &mut contents.markers } else { &mut contents.versions }) += 1;
            }
            marker = page.next;
        }
        Ok(Contents { is_more: marker.is_some(), ..contents })
    }

    /// Takes away all that lies in the bucket, a thousand at a time, and says after each how many are gone. What has
    /// this key stays. After a request to stop no further page is begun: what is gone is gone, and the next run goes
    /// on.
    pub async fn empty(&self, but: &str, stop: &Stop, gone: impl Fn(u64)) -> Result<(), CloudError> {
        for (key, id) in self.uploads().await? {
            self.abort(&key, &id).await?;
        }
        let mut count = 0;
        for _ in 0..MOST_ROUNDS {
            let (mut is_clean, mut items) = (true, Vec::new());
            let mut marker = Some(Marker::default());
            while let Some(at) = marker {
                let page = self.page(&at).await?;
                items.extend(page.items.into_iter().filter(|item| item.key != but));
                marker = page.next;
                // S3 may make its pages shorter than a deletion may be.
                while items.len() >= MOST_KEYS || (marker.is_none() && !items.is_empty()) {
                    if stop.is_asked() {
                        return Err(stopped(count));
                    }
                    is_clean = false;
                    let some: Vec<Item> = items.drain(..items.len().min(MOST_KEYS)).collect();
                    count += self.delete_all(&some).await?;
                    gone(count);
                }
            }
            if is_clean {
                return Ok(());
            }
        }
        Err(refused("others keep writing to the bucket while it is emptied"))
    }

    /// Takes away every version and marker of one key; nothing else begins with it in a bucket of ours.
    pub async fn delete_key(&self, key: &str) -> Result<(), CloudError> {
        let mut request = self.client.list_object_versions().bucket(self.name()).prefix(key);
        request = request.encoding_type(keys::ENCODING).expected_bucket_owner(self.owner());
        let answer = request.send().await;
        let answer = answer.map_err(|error| cloud_error("s3:ListBucketVersions", Effect::Read, &error))?;
        let items: Vec<Item> = page_of(&answer).items.into_iter().filter(|item| item.key == key).collect();
        if items.is_empty() { Ok(()) } else { self.delete_all(&items).await.map(drop) }
    }

    /// Deletes the bucket; one that is gone already is fine.
    pub async fn delete(&self) -> Result<(), CloudError> {
        let request = self.client.delete_bucket().bucket(self.name()).expected_bucket_owner(self.owner());
        match self.write("s3:DeleteBucket", || request.clone().send()).await {
            Err(error) if error.is_not_found() => Ok(()),
            outcome => outcome,
        }
    }

    /// Whether versions can be kept from being deleted here; `None` when S3 does not say.
    pub async fn has_object_lock(&self) -> Option<bool> {
        let request = self.client.get_object_lock_configuration().bucket(self.name());
        match request.expected_bucket_owner(self.owner()).send().await {
            Ok(_) => Some(true),
            Err(error) => (error.code() == Some("ObjectLockConfigurationNotFoundError")).then_some(false),
        }
    }

    async fn page(&self, (key, version): &Marker) -> Result<Page, CloudError> {
        let request = self.client.list_object_versions().bucket(self.name()).encoding_type(keys::ENCODING);
        let request = request.set_key_marker(key.clone()).set_version_id_marker(version.clone());
        let answer = request.expected_bucket_owner(self.owner()).send().await;
        let operation = "s3:ListBucketVersions";
        let page = page_of(&answer.map_err(|error| cloud_error(operation, Effect::Read, &error))?);
        if page.next.as_ref().is_some_and(|next| next == &(key.clone(), version.clone())) {
            return Err(endless(operation, Effect::Read));
        }
        Ok(page)
    }

    /// Gives how many are gone. What a list in XML cannot name goes one by one.
    async fn delete_all(&self, items: &[Item]) -> Result<u64, CloudError> {
        let (some, others): (Vec<&Item>, Vec<&Item>) =
            items.iter().partition(|item| keys::is_writable(&item.key));
        for item in &others {
            let request = self.client.delete_object().bucket(self.name()).key(&item.key);
            let request = request.set_version_id(item.version.clone()).expected_bucket_owner(self.owner());
            request.send().await.map_err(|error| cloud_error("s3:DeleteObject", Effect::Write, &error))?;
        }
        let listed = if some.is_empty() { 0 } else { self.delete_listed(&some).await? };
        Ok(listed + others.len() as u64)
    }

    /// One call; gives how many are gone. A 200 may list what was not deleted, and why: what passes is left to the next
    /// round.
    async fn delete_listed(&self, items: &[&Item]) -> Result<u64, CloudError> {
        let identifier = |item: &&Item| {
            ObjectIdentifier::builder().key(&item.key).set_version_id(item.version.clone()).build()
        };
        let objects = items.iter().map(identifier).collect::<Result<Vec<_>, _>>();
        let delete = objects.and_then(|all| Delete::builder().set_objects(Some(all)).quiet(true).build());
        let delete = delete.map_err(|_| unbuildable(DELETE))?;
        let request = self.client.delete_objects().bucket(self.name()).delete(delete);
        let answer = request.expected_bucket_owner(self.owner()).send().await;
        let answer = answer.map_err(|error| cloud_error(DELETE, Effect::Write, &error))?;
        let is_of = |codes: &'static [&str]| {
            move |error: &&aws_sdk_s3::types::Error| error.code().is_some_and(|code| codes.contains(&code))
        };
        let is_passing = is_of(&["InternalError", "ServiceUnavailable", "SlowDown"]);
        let is_gone = is_of(&["NoSuchKey", "NoSuchVersion"]);
        let left = || answer.errors().iter().filter(|error| !is_gone(error));
        let Some(first) = left().find(|error| !is_passing(error)) else {
            return Ok((items.len() - left().count()) as u64);
        };
        let shown = |text: Option<&str>| clean(text.unwrap_or_default(), &[], 200);
        let (code, said) = (shown(first.code()), shown(first.message()));
        let message = format!(
            "{} of {} versions were not deleted; of `{}` S3 says: {said}",
            left().count(),
            items.len(),
            shown(first.key())
        );
        Err(CloudError { id: Some(code).filter(|code| !code.is_empty()), ..refused(message) })
    }

    /// The uploads that were never finished, each by its key and id.
    async fn uploads(&self) -> Result<Vec<(String, String)>, CloudError> {
        let operation = "s3:ListBucketMultipartUploads";
        let (mut all, mut marker) = (Vec::new(), Marker::default());
        loop {
            let request =
                self.client.list_multipart_uploads().bucket(self.name()).encoding_type(keys::ENCODING);
            let request = request.set_key_marker(marker.0.clone()).set_upload_id_marker(marker.1.clone());
            let answer = request.expected_bucket_owner(self.owner()).send().await;
            let page = answer.map_err(|error| cloud_error(operation, Effect::Read, &error))?;
            let plain = |key: &str| keys::plain(key, page.encoding_type());
            let uploads = page.uploads().iter();
            all.extend(uploads.filter_map(|one| Some((plain(one.key()?), one.upload_id()?.to_owned()))));
            if page.is_truncated() != Some(true) {
                return Ok(all);
            }
            let next = (page.next_key_marker().map(plain), page.next_upload_id_marker().map(str::to_owned));
            if next == marker {
                return Err(endless(operation, Effect::Read));
            }
            marker = next;
        }
    }

    async fn abort(&self, key: &str, id: &str) -> Result<(), CloudError> {
        let request = self.client.abort_multipart_upload().bucket(self.name()).key(key).upload_id(id);
        let request = request.expected_bucket_owner(self.owner());
        match self.write("s3:AbortMultipartUpload", || request.clone().send()).await {
            Err(error) if error.is_not_found() => Ok(()),
            outcome => outcome,
        }
    }
}

fn page_of(answer: &ListObjectVersionsOutput) -> Page {
    let plain = |key: &str| keys::plain(key, answer.encoding_type());
    let item = |key: Option<&str>, version: Option<&str>, is_marker| {
        Some(Item { key: plain(key?), version: version.map(str::to_owned), is_marker })
    };
    let versions = answer.versions().iter().filter_map(|one| item(one.key(), one.version_id(), false));
    let markers = answer.delete_markers().iter().filter_map(|one| item(one.key(), one.version_id(), true));
    let next = (answer.is_truncated() == Some(true))
        .then(|| (answer.next_key_marker().map(plain), answer.next_version_id_marker().map(str::to_owned)));
    Page { items: versions.chain(markers).collect(), next }
}

fn refused(message: impl Into<String>) -> CloudError {
    CloudError::new(Service::S3, DELETE, ErrorKind::Conflict, message)
}

fn stopped(count: u64) -> CloudError {
    refused(format!("stopped after {count} versions; the next run goes on from there"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::testing::Scripted;
    use super::*;

    /// A bucket of some versions of one object each, which S3 deletes as its answers, one after the other, say.
    async fn emptied(
        answers: &'static [&'static str],
        stop: &Stop,
    ) -> (Result<(), CloudError>, Vec<u64>, usize) {
        let deletions = AtomicUsize::new(0);
        let scripted = Scripted::start(move |call| {
            let (mut status, mut body) = (200, "<ListVersionsResult/>".to_owned());
            if call.name.starts_with("POST delete") {
                body = answers[deletions.fetch_add(1, Ordering::SeqCst)].to_owned();
            } else if call.name.contains("uploads") {
                "<ListMultipartUploadsResult/>".clone_into(&mut body);
            } else if !call.name.contains("versions") {
                (status, body) = (400, "Unexpected".to_owned());
            } else if deletions.load(Ordering::SeqCst) < answers.len() {
                let version =
                    |key: &str| format!("<Version><Key>{key}</Key><VersionId>1</VersionId></Version>");
                body =
                    format!("<ListVersionsResult>{}{}</ListVersionsResult>", version("a"), version("lock"));
            }
            (status, body)
        })
        .await;
        let told = Mutex::new(Vec::new());
        let outcome = scripted.bucket.empty("lock", stop, |count| told.lock().unwrap().push(count)).await;
        let calls = scripted.calls();
        let sent: Vec<_> = calls.iter().filter(|call| call.name.starts_with("POST delete")).collect();
        assert!(sent.iter().all(|call| !call.body.contains("lock")), "what is kept is never sent");
        (outcome, told.into_inner().unwrap(), sent.len())
    }

    #[tokio::test]
    async fn a_bucket_is_gone_through_until_nothing_is_found() {
        let (outcome, told, _) = emptied(&["<DeleteResult/>", "<DeleteResult/>"], &Stop::default()).await;
        outcome.unwrap();
        assert_eq!(told, [1, 2], "another object came meanwhile");
    }

    #[tokio::test]
    async fn a_refusal_within_a_good_answer_is_an_error_that_names_the_object() {
        let refused = "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code>\
            <Message>object protected by object lock</Message></Error></DeleteResult>";
        let (outcome, told, _) = emptied(Box::leak(Box::new([refused])), &Stop::default()).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.id.as_deref(), Some("AccessDenied"));
        assert!(
            error.message.contains("of `a` S3 says: object protected by object lock"),
            "{}",
            error.message
        );
        assert!(told.is_empty());
    }

    #[tokio::test]
    async fn what_passes_is_deleted_in_the_next_round() {
        let busy = "<DeleteResult><Error><Key>a</Key><Code>SlowDown</Code></Error></DeleteResult>";
        let (outcome, told, sent) =
            emptied(Box::leak(Box::new([busy, "<DeleteResult/>"])), &Stop::default()).await;
        outcome.unwrap();
        assert_eq!((told, sent), (vec![0, 1], 2));
    }

    #[tokio::test]
    async fn others_that_keep_writing_are_told_in_the_end() {
        let (outcome, _, sent) = emptied(&["<DeleteResult/>"; 9], &Stop::default()).await;
        assert!(outcome.unwrap_err().message.contains("others keep writing"));
        assert_eq!(sent, MOST_ROUNDS);
    }

    #[tokio::test]
    async fn after_a_request_to_stop_no_page_is_begun() {
        let stop = Stop::default();
        stop.ask();
        let (outcome, _, sent) = emptied(&["<DeleteResult/>"], &stop).await;
        assert!(outcome.unwrap_err().message.starts_with("stopped after 0 versions"));
        assert_eq!(sent, 0);
    }
}

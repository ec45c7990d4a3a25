//! Copying what lies in one bucket to another, within S3: no object passes through here (aws-s3-iam.md section 3).
//!
//! What must not live here: which buckets are copied.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{BucketHandle, keys};
use crate::cloud::aws::error::{Effect, cloud_error, endless, incomplete};
use crate::cloud::clean::clean;
use crate::cloud::{CloudError, ErrorKind, Pace, Service, Stop};

const COPY: &str = "s3:CopyObject";
const LIST: &str = "s3:ListObjectsV2";
/// How many copies go at once.
const AT_ONCE: usize = 16;
/// How many parts of one object are copied at once.
const PARTS_AT_ONCE: usize = 4;
/// How often both sides are compared: what is written meanwhile is found by the next round.
const MOST_ROUNDS: usize = 4;

/// Which objects take more than one call.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The largest that one call copies.
    pub most: i64,
    /// How much each call copies of a larger one.
    pub part: i64,
}

impl Sizes {
    /// S3's own: 5 GiB a call; parts of 1 GiB, so that the largest object has half as many as it may.
    pub const USUAL: Self = Self { most: 5 << 30, part: 1 << 30 };
}

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its entity tag, with its quotes.
    pub etag: String,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many objects.
    pub objects: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

impl Amount {
    fn of<'a>(objects: impl IntoIterator<Item = &'a Listed>) -> Self {
        objects.into_iter().fold(Self::default(), Self::and)
    }

    fn and(self, one: &Listed) -> Self {
        Self { objects: self.objects + 1, bytes: self.bytes + u64::try_from(one.size).unwrap_or_default() }
    }
}

/// What became of an object.
enum Copied {
    Whole,
    /// It was written or deleted since it was listed.
    Changed,
    /// It is in Glacier's archives, from where S3 copies nothing.
    Archived,
}

/// What S3 lets stand in a source as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl BucketHandle {
    /// How much of another bucket is not here yet; `None` when that one is not there. What has this key is passed over.
    pub async fn lacks_of(&self, source: &Self, but: &str) -> Result<Option<Amount>, CloudError> {
        let (there, here) = tokio::join!(source.objects(but), self.objects(but));
        let there = match there {
            Err(error) if error.is_not_found() => return Ok(None),
            there => there?,
        };
        let here = match here {
            Err(error) if error.is_not_found() => BTreeMap::new(),
            here => by_key(here?),
        };
        Ok(Some(Amount::of(&missing(&there, &here, &BTreeMap::new()))))
    }

    /// Copies the current version of every object that is in another bucket and not here, and compares the two. `tell`
    /// hears how much is done of how much. A run that was cut off goes on with what is missing.
    pub async fn copy_all(
        &self,
        source: &Self,
        (but, sizes): (&str, Sizes),
        stop: &Stop,
        tell: impl Fn(Amount, Amount) + Send + Sync,
    ) -> Result<Amount, CloudError> {
        let mut done: BTreeMap<String, String> = BTreeMap::new();
        let mut sum = Amount::default();
        // What S3 keeps out of reach, by key.
        let mut archived = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let (there, here) = tokio::join!(source.objects(but), self.read_new(|| self.objects(but)));
            let (there, here) = (there?, by_key(here?));
            let mut left = missing(&there, &here, &done);
            left.retain(|object| !archived.contains(&object.key));
            if left.is_empty() {
                return if archived.is_empty() {
                    Ok(Amount::of(&there))
                } else {
                    Err(out_of_reach(&archived))
                };
            }
            let of = Amount::of(&left);
            let of = Amount { objects: of.objects + sum.objects, bytes: of.bytes + sum.bytes };
            // One that fails stops the others, each of which ends what it has begun: parts cost money until they are aborted.
            let stop = stop.child();
            let calls = left.into_iter().map(|object| self.copy_next(source, object, sizes, &stop));
            let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
            let mut failed = None;
            while let Some(one) = calls.next().await {
                match one {
                    Ok((Copied::Whole, object)) => {
                        sum = sum.and(&object);
                        done.insert(object.key, object.etag);
                        tell(sum, of);
                    }
                    Ok((Copied::Changed, _)) => {}
                    Ok((Copied::Archived, object)) => drop(archived.insert(object.key)),
                    Err(error) => {
                        stop.ask();
                        failed.get_or_insert(error);
                    }
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Err(refused("others keep writing to the bucket while it is copied"))
    }

    /// The next one, unless a stop is asked for.
    async fn copy_next(
        &self,
        source: &Self,
        object: Listed,
        sizes: Sizes,
        stop: &Stop,
    ) -> Result<(Copied, Listed), CloudError> {
        unless_stopped(stop)?;
        Ok((self.copy(source, &object, (sizes, stop)).await?, object))
    }

    /// Copies one object.
    async fn copy(
        &self,
        source: &Self,
        object: &Listed,
        (sizes, stop): (Sizes, &Stop),
    ) -> Result<Copied, CloudError> {
        let mut pauses = Pace::settling();
        loop {
            let copied = if object.size > sizes.most {
                self.copy_in_parts(source, object, (sizes.part, stop)).await
            } else {
                self.copy_at_once(source, object).await
            };
            let error = match copied {
                Ok(()) => return Ok(Copied::Whole),
                // It was written or deleted meanwhile: the next round sees what there is.
                Err(error) if matches!(error.id.as_deref(), Some("PreconditionFailed" | "NoSuchKey")) => {
                    return Ok(Copied::Changed);
                }
                Err(error)
                    if matches!(
                        error.id.as_deref(),
                        Some("InvalidObjectState" | "ObjectNotInActiveTierError")
                    ) =>
                {
                    return Ok(Copied::Archived);
                }
                Err(error) => error,
            };
            let is_passing =
                matches!(error.id.as_deref(), Some("InternalError" | "ServiceUnavailable" | "SlowDown"));
            let Some(pause) = pauses.next().filter(|_| is_passing) else { return Err(error) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Metadata and tags go along by themselves. A 200 may hold an error, which the SDK tells as one.
    async fn copy_at_once(&self, source: &Self, object: &Listed) -> Result<(), CloudError> {
        let request = self.client.copy_object().bucket(self.name()).key(&object.key);
        let request = request.copy_source(source.path_of(object)).copy_source_if_match(&object.etag);
        let request = request.expected_bucket_owner(self.owner());
        let answer = request.expected_source_bucket_owner(source.owner()).send().await;
        let answer = answer.map_err(|error| cloud_error(COPY, Effect::Write, &error))?;
        let is_whole = answer.copy_object_result().and_then(|result| result.e_tag()).is_some();
        if is_whole { Ok(()) } else { Err(incomplete(COPY, Effect::Write)) }
    }

    /// Nothing goes along with parts: what the object has besides its bytes is read and set.
    async fn copy_in_parts(
        &self,
        source: &Self,
        object: &Listed,
        (part, stop): (i64, &Stop),
    ) -> Result<(), CloudError> {
        let (create, head, tagging) = ("s3:CreateMultipartUpload", "s3:HeadObject", "s3:GetObjectTagging");
        let request = source.client.head_object().bucket(source.name()).key(&object.key);
        let what = request.if_match(&object.etag).expected_bucket_owner(source.owner()).send().await;
        let what = what.map_err(|error| cloud_error(head, Effect::Read, &error))?;
        let request = source.client.get_object_tagging().bucket(source.name()).key(&object.key);
        let tags = request.expected_bucket_owner(source.owner()).send().await;
        let tags = tags.map_err(|error| cloud_error(tagging, Effect::Read, &error))?;
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let tags =
            tags.tag_set().iter().map(|tag| format!("{}={}", encoded(tag.key()), encoded(tag.value())));
        let tags = Some(tags.collect::<Vec<_>>().join("&")).filter(|tags| !tags.is_empty());
        let request = self.client.create_multipart_upload().bucket(self.name()).key(&object.key);
        let request = request.expected_bucket_owner(self.owner()).set_tagging(tags);
        let request = request.set_content_type(what.content_type).set_cache_control(what.cache_control);
        let request = request.set_content_disposition(what.content_disposition);
        let request =
            request.set_content_encoding(what.content_encoding).set_content_language(what.content_language);
        let upload = request.set_metadata(what.metadata).send().await;
        let upload = upload.map_err(|error| cloud_error(create, Effect::Write, &error))?;
        let id = upload.upload_id.ok_or_else(|| incomplete(create, Effect::Write))?;
        let ended = self.copy_parts(source, object, (part, &id, stop)).await;
        if ended.is_err() {
            let request = self.client.abort_multipart_upload().bucket(self.name()).key(&object.key);
            // What is left of it is told by nobody, and goes by the bucket's lifecycle.
            drop(request.upload_id(&id).expected_bucket_owner(self.owner()).send().await);
        }
        ended
    }

    async fn copy_parts(
        &self,
        source: &Self,
        object: &Listed,
        (part, id, stop): (i64, &str, &Stop),
    ) -> Result<(), CloudError> {
        let (copy, complete) = ("s3:UploadPartCopy", "s3:CompleteMultipartUpload");
        // What is under way when one fails ends before the upload is aborted: it could come in afterwards.
        let stop = &stop.child();
        let one = |(number, range): (i32, String)| async move {
            unless_stopped(stop)?;
            let request = self.client.upload_part_copy().bucket(self.name()).key(&object.key).upload_id(id);
            let request = request.copy_source(source.path_of(object)).copy_source_if_match(&object.etag);
            let request = request.part_number(number).copy_source_range(range);
            let request = request.expected_bucket_owner(self.owner());
            let answer = request.expected_source_bucket_owner(source.owner()).send().await;
            let answer = answer.map_err(|error| cloud_error(copy, Effect::Write, &error))?;
            let etag = answer.copy_part_result.and_then(|result| result.e_tag);
            let etag = etag.ok_or_else(|| incomplete(copy, Effect::Write))?;
            Ok::<_, CloudError>(CompletedPart::builder().part_number(number).e_tag(etag).build())
        };
        let parts = stream::iter((1..).zip(ranges(object.size, part))).map(one).buffered(PARTS_AT_ONCE);
        let parts = parts.inspect_err(|_| stop.ask()).collect::<Vec<_>>().await;
        let parts = parts.into_iter().collect::<Result<Vec<CompletedPart>, _>>()?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.client.complete_multipart_upload().bucket(self.name()).key(&object.key);
        let request = request.upload_id(id).multipart_upload(parts).expected_bucket_owner(self.owner());
        let answer = request.send().await.map_err(|error| cloud_error(complete, Effect::Write, &error))?;
        if answer.e_tag.is_some() { Ok(()) } else { Err(incomplete(complete, Effect::Write)) }
    }

    fn path_of(&self, object: &Listed) -> String {
        format!("{}/{}", self.name(), utf8_percent_encode(&object.key, KEPT))
    }

    /// Every object, in the order of its keys.
    async fn objects(&self, but: &str) -> Result<Vec<Listed>, CloudError> {
        let (mut all, mut at) = (Vec::new(), None);
        loop {
            let request =
                self.client.list_objects_v2().bucket(self.name()).set_continuation_token(at.clone());
            let request = request.encoding_type(keys::ENCODING);
            let answer = request.expected_bucket_owner(self.owner()).send().await;
            let page = answer.map_err(|error| cloud_error(LIST, Effect::Read, &error))?;
            for object in page.contents() {
                let (Some(key), Some(etag)) = (object.key(), object.e_tag()) else {
                    return Err(incomplete(LIST, Effect::Read));
                };
                let key = keys::plain(key, page.encoding_type());
                if key != but {
                    let size = object.size().unwrap_or_default();
                    all.push(Listed { key, size, etag: etag.to_owned() });
                }
            }
            if page.is_truncated() != Some(true) {
                return Ok(all);
            }
            if page.next_continuation_token.is_none() || page.next_continuation_token == at {
                return Err(endless(LIST, Effect::Read));
            }
            at = page.next_continuation_token;
        }
    }
}

fn by_key(objects: Vec<Listed>) -> BTreeMap<String, Listed> {
    objects.into_iter().map(|object| (object.key.clone(), object)).collect()
}

/// What is there and not here. Entity tags tell only where both sides have one of the bytes alone: that of an object in parts
/// is another one after a copy, and so is that of one under a KMS key, which this run may have copied.
fn missing(
    there: &[Listed],
    here: &BTreeMap<String, Listed>,
    done: &BTreeMap<String, String>,
) -> Vec<Listed> {
    let is_plain = |one: &Listed| !one.etag.contains('-');
    let is_here = |object: &Listed| {
        here.get(&object.key).is_some_and(|copy| {
            copy.size == object.size
                && (copy.etag == object.etag
                    || !is_plain(object)
                    || !is_plain(copy)
                    || done.get(&object.key) == Some(&object.etag))
        })
    };
    there.iter().filter(|object| !is_here(object)).cloned().collect()
}

/// `bytes=0-9`, one for each part.
fn ranges(size: i64, part: i64) -> impl Iterator<Item = String> {
    let starts = (0..).map(move |number| number * part).take_while(move |start| *start < size);
    starts.map(move |start| format!("bytes={start}-{}", (start + part).min(size) - 1))
}

fn unless_stopped(stop: &Stop) -> Result<(), CloudError> {
    if stop.is_asked() { Err(refused("stopped; the next run goes on with what is missing")) } else { Ok(()) }
}

/// Everything else is copied by then.
fn out_of_reach(archived: &BTreeSet<String>) -> CloudError {
    let first = clean(archived.first().map_or("", String::as_str), &[], 200);
    let (what, which) = match archived.len() {
        1 => (format!("`{first}` is"), "it"),
        many => (format!("{many} objects are, `{first}` the first of them,"), "them"),
    };
    refused(&format!(
        "{what} archived in Glacier, from where S3 copies nothing; restore {which} (`aws s3api restore-object`) or take {which} \
         away, and run the same command again: everything else is copied"
    ))
}

fn refused(message: &str) -> CloudError {
    CloudError::new(Service::S3, COPY, ErrorKind::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, size: i64, etag: &str) -> Listed {
        Listed { key: key.to_owned(), size, etag: etag.to_owned() }
    }

    #[test]
    fn what_differs_is_missing_and_tags_count_only_where_they_are_of_the_bytes() {
        for (there, here, is_missing) in [
            (object("k", 1, "\"a\""), Some(object("k", 1, "\"a\"")), false),
            (object("k", 1, "\"a\""), None, true),
            (object("k", 1, "\"a\""), Some(object("k", 2, "\"a\"")), true),
            (object("k", 1, "\"a\""), Some(object("k", 1, "\"b\"")), true),
            (object("k", 1, "\"a-2\""), Some(object("k", 1, "\"b\"")), false),
        ] {
            let (there, here) = (vec![there], by_key(here.into_iter().collect()));
            assert_eq!(
                !missing(&there, &here, &BTreeMap::new()).is_empty(),
                is_missing,
                "{there:?} {here:?}"
            );
        }
        let done = [("k".to_owned(), "\"a\"".to_owned())].into();
        let (there, here) = ([object("k", 1, "\"a\"")], by_key(vec![object("k", 1, "\"kms\"")]));
        assert!(missing(&there, &here, &done).is_empty(), "this run copied just that");
    }

    #[test]
    fn parts_cover_every_byte_once() {
        let of = |size, part| ranges(size, part).collect::<Vec<_>>();
        assert_eq!(of(25, 10), ["bytes=0-9", "bytes=10-19", "bytes=20-24"]);
        assert_eq!(of(20, 10), ["bytes=0-9", "bytes=10-19"]);
    }
}

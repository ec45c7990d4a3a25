//! What lies in another bucket, copied to one of this environment: current versions, with metadata and tags
//! (aws-s3-iam.md section 3).
//!
//! What must not live here: how objects are copied, which is `cloud::s3`'s.

use crate::cloud::CloudError;
use crate::cloud::s3::{Amount, BucketHandle, Sizes};
#[cfg(test)]
use crate::resource::World;
use crate::resource::bucket::{self, LOCK_KEY};
use crate::resource::{
    Action, Address, BucketPart, Effects, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb,
};
use crate::spec::{AwsRegion, Bucket, BucketName, LocalName};

/// What the task says of itself.
pub static SECTION: Section =
    Section::new("buckets").part("objects").kind("aws_s3_objects").noun("bucket's objects");

static COPY: Verb = Verb { does: "copy", doing: "copying" };

/// Where a bucket's objects stand in a plan.
#[must_use]
pub fn address(local: &LocalName) -> Address {
    SECTION.address(local)
}

/// Copies all that is missing.
#[derive(Clone, Debug)]
pub struct Change {
    /// The bucket, by the spec's own name.
    pub local: LocalName,
    /// The bucket.
    pub bucket: Bucket,
    /// The bucket that is copied.
    pub source: (BucketName, AwsRegion),
    /// How much is missing.
    pub amount: Amount,
}

impl Change {
    async fn handles(&self, run: &Run) -> Result<(BucketHandle, BucketHandle), CloudError> {
        let aws = &run.clouds.aws;
        let owner = aws.account().await?;
        let (name, region) = &self.source;
        let here = aws.bucket(&self.bucket.name, &self.bucket.region, &owner).await?;
        Ok((here, aws.bucket(name, region, &owner).await?))
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let from = format!("from {}", self.source.0);
        vec![Row::new(address(&self.local), Action::Create).titled(&from).of_task(&COPY)]
    }

    fn effects(&self) -> Effects {
        let note = format!("copies {} within S3; current versions only", in_words(self.amount));
        Effects { notes: vec![note], ..Effects::default() }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::Bucket(self.local.clone(), BucketPart::Bucket)]
    }

    /// Objects are encrypted as the bucket says when they come.
    fn follows(&self) -> Vec<Output> {
        let setting = |name| Output::Bucket(self.local.clone(), BucketPart::Setting(name));
        bucket::SETTINGS.iter().copied().map(setting).collect()
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Of(address(&self.local), "copied")]
    }

    /// It looks by itself at what is missing.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (here, there) = self.handles(run).await?;
        let began = Run::now();
        let tell = |done: Amount, of: Amount| {
            let seconds = (Run::now() - began).as_seconds_f64();
            run.progress.update(&progress(done, of, seconds));
        };
        let all = here.copy_all(&there, (LOCK_KEY, Sizes::USUAL), &run.stop, tell).await?;
        run.progress.update(&format!("{} compared", in_words(all)));
        Ok(Outputs::none())
    }

    /// What lies in a bucket is no part of what a spec asks for.
    #[cfg(test)]
    fn assume(&self, _: &mut World, _: &mut Outputs) {}
}

/// `40 of 100 objects, 1.2 of 3.0 GB, 300 MB/s, 6 s left`.
fn progress(done: Amount, of: Amount, seconds: f64) -> String {
    let counted =
        format!("{} of {} objects, {} of {}", done.objects, of.objects, size(done.bytes), size(of.bytes));
    counted + &super::pace(done.bytes, of.bytes, seconds)
}

/// `1 object, 3.4 GB`.
pub fn in_words(amount: Amount) -> String {
    let noun = if amount.objects == 1 { "object" } else { "objects" };
    format!("{} {noun}, {}", amount.objects, size(amount.bytes))
}

pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_has_a_rate_and_what_is_left() {
        let of = Amount { objects: 100, bytes: 3_000_000_000 };
        let done = Amount { objects: 40, bytes: 1_200_000_000 };
        assert_eq!(progress(done, of, 4.0), "40 of 100 objects, 1.2 GB of 3.0 GB, 300.0 MB/s, 6 s left");
        assert_eq!(progress(done, of, 0.5), "40 of 100 objects, 1.2 GB of 3.0 GB");
        assert!(progress(done, of, 400.0).ends_with("3.0 MB/s, 10 min left"));
        assert_eq!(in_words(Amount { objects: 1, bytes: 12 }), "1 object, 12 bytes");
    }
}

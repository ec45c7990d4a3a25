//! Names of AWS's resources that tell their partition: the clouds of AWS that know nothing of each other.

use std::fmt;

use super::{AwsRegion, Bucket, BucketName, Encryption, PolicyArn};

impl AwsRegion {
    /// The partition that the region is in, as ARNs write it (aws-s3-iam.md section 3).
    #[must_use]
    pub fn partition(&self) -> &'static str {
        const BY_PREFIX: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-isob-", "aws-iso-b"),
            ("us-isof-", "aws-iso-f"),
            ("eu-isoe-", "aws-iso-e"),
            ("us-iso-", "aws-iso"),
            ("eusc-", "aws-eusc"),
        ];
        let known = BY_PREFIX.into_iter().find(|(prefix, _)| self.as_str().starts_with(prefix));
        known.map_or("aws", |(_, partition)| partition)
    }
}

impl Bucket {
    /// What policies call the bucket.
    #[must_use]
    pub fn arn(&self) -> BucketArn {
        BucketArn::new(&self.region, &self.name)
    }

    /// The KMS key that the spec asks for, and that whoever uses the bucket needs a right to; AWS's own
    /// (`alias/aws/s3`) needs none.
    #[must_use]
    pub fn kms_key(&self) -> Option<&str> {
        match &self.encryption {
            Some(Encryption::Kms(kms)) => Some(kms.key.as_str()).filter(|key| !key.ends_with("aws/s3")),
            Some(Encryption::Aes256) | None => None,
        }
    }
}

impl PolicyArn {
    /// The partition that it is in: `aws`, `aws-cn`.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.as_str().split(':').nth(1).unwrap_or("aws")
    }

    /// The account that it is in; `None` for one of AWS's own.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.as_str().split(':').nth(4).filter(|account| *account != "aws")
    }
}

/// What policies call a bucket: `arn:aws:s3:::ledger-uploads`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketArn {
    partition: &'static str,
    name: BucketName,
}

impl BucketArn {
    /// Of a bucket by its name and region.
    #[must_use]
    pub fn new(region: &AwsRegion, name: &BucketName) -> Self {
        Self { partition: region.partition(), name: name.clone() }
    }

    /// The partition that it is in.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        self.partition
    }

    /// What policies call all its objects.
    #[must_use]
    pub fn objects(&self) -> String {
        format!("{self}/*")
    }
}

impl fmt::Display for BucketArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "arn:{}:s3:::{}", self.partition, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_follows_from_the_region() {
        for (region, arn) in [
            ("us-east-1", "arn:aws:s3:::uploads"),
            ("eu-central-1", "arn:aws:s3:::uploads"),
            ("us-gov-west-1", "arn:aws-us-gov:s3:::uploads"),
            ("cn-north-1", "arn:aws-cn:s3:::uploads"),
            ("us-iso-east-1", "arn:aws-iso:s3:::uploads"),
            ("us-isob-east-1", "arn:aws-iso-b:s3:::uploads"),
            ("eusc-de-east-1", "arn:aws-eusc:s3:::uploads"),
        ] {
            let region = AwsRegion::parse(region).expect("a good region");
            let name = BucketName::parse("uploads").expect("a good name");
            assert_eq!(BucketArn::new(&region, &name).to_string(), arn);
        }
    }
}

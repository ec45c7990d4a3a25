//! Where the buckets of an import are, and what its spec calls them and its users.

use super::{Asked, ImportError};
use crate::cloud::Reads;
use crate::cloud::s3::Presence;
use crate::spec::{AwsRegion, BucketName, LocalName};

/// The region of each bucket, which S3 tells with every answer (aws-s3-iam.md section 3).
pub(super) async fn regions(asked: &Asked, reads: &Reads) -> Result<Vec<AwsRegion>, ImportError> {
    let mut regions = Vec::new();
    for name in &asked.buckets {
        let owner = reads.account().await?;
        let first = AwsRegion::parse(first_region(owner.partition())).expect("it is a region");
        if let Some(region) = listed(name, &first, asked, reads).await? {
            regions.push(region);
            continue;
        }
        let bucket = reads.clouds().aws.bucket(name, &first, &owner).await?;
        regions.push(match bucket.head().await? {
            Presence::Present => first,
            Presence::InOtherRegion { region } => AwsRegion::parse(&region)
                .map_err(|_| ImportError::Inexpressible(vec![format!("{name} is in the region {region}")]))?,
            Presence::Absent => return Err(ImportError::NoSuchBucket(name.clone())),
            Presence::Forbidden => return Err(ImportError::OthersBucket(name.clone())),
        });
    }
    Ok(regions)
}

/// The same from the list of all the account's, where many are asked for and it tells.
async fn listed(
    name: &BucketName,
    first: &AwsRegion,
    asked: &Asked,
    reads: &Reads,
) -> Result<Option<AwsRegion>, ImportError> {
    let listed = if asked.is_one_of_many { reads.buckets(first).await? } else { None };
    let region = listed.and_then(|listed| listed.get(name).cloned().flatten());
    Ok(region.and_then(|region| AwsRegion::parse(&region).ok()))
}

/// A region that every account of a partition has.
pub(super) fn first_region(partition: &str) -> &'static str {
    match partition {
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-north-1",
        _ => "us-east-1",
    }
}

/// What a spec calls things of these names: without the app's name in front, and each otherwise.
pub(super) fn locals<'a>(names: impl Iterator<Item = &'a str>, app: &str, noun: &str) -> Vec<String> {
    let mut locals: Vec<String> = Vec::new();
    for name in names {
        let lowered = name.to_ascii_lowercase();
        let rest = lowered.strip_prefix(app).unwrap_or(&lowered);
        let is_known = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let words: String = rest.chars().map(|c| if is_known(c) { c } else { '-' }).collect();
        let words = words.trim_matches('-');
        let short: String = words.chars().take(40).collect();
        let local = if LocalName::parse(&short).is_ok() { short } else { format!("{noun}-{short}") };
        let local = local.trim_end_matches('-').to_owned();
        let free = |local: &String| !locals.contains(local);
        let numbered = (2..).map(|number| format!("{local}-{number}"));
        let local = std::iter::once(local.clone()).chain(numbered).find(free);
        locals.extend(local);
    }
    locals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_called_by_what_its_name_says_besides_the_app() {
        for (names, expected) in [
            (&["ledger-production-uploads"][..], &["uploads"][..]),
            (&["ledger-production"], &["bucket"]),
            (&["Assets.Example.com", "assets-example-com"], &["assets-example-com", "assets-example-com-2"]),
            (&["2024-archive", "x"], &["bucket-2024-archive", "x"]),
            (&["a+b@c"], &["a-b-c"]),
        ] {
            let locals = locals(names.iter().copied(), "ledger-production", "bucket");
            assert_eq!(locals, expected);
            assert!(locals.iter().all(|local| LocalName::parse(local).is_ok()), "{locals:?}");
        }
    }
}

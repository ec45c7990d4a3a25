//! What S3 demands of the tags of a bucket and of an object.

use std::collections::BTreeSet;

use super::super::fault::Fault;
use super::super::xml::Element;
use super::rules::malformed;
use super::state::Bucket;

/// At most 50 tags, keys once each and none of AWS's own.
/// Those of AWS stay as they are: a set without one, or with another, is refused.
pub(super) fn tagging(sent: Element, bucket: &Bucket) -> Result<Element, Fault> {
    let tags = sent.child("TagSet").ok_or_else(malformed)?;
    if tags.children.len() > 50 {
        return Err(Fault::new(400, "BadRequest", "Bucket tag count cannot be greater than 50"));
    }
    let mut held = of_aws(bucket);
    let mut seen = BTreeSet::new();
    for tag in &tags.children {
        let (Some(key), Some(value)) = (tag.value("Key"), tag.value("Value")) else {
            return Err(malformed());
        };
        if !held.remove(&(key.to_owned(), value.to_owned())) {
            check_tag(key, value)?;
        }
        if !seen.insert(key) {
            return Err(invalid_tag("Cannot provide multiple Tags with the same key", key));
        }
    }
    match held.first() {
        None => Ok(sent),
        Some((key, _)) => Err(invalid_tag("System tags cannot be removed by requester", key)),
    }
}

/// The tags that services of AWS keep on a bucket.
fn of_aws(bucket: &Bucket) -> BTreeSet<(String, String)> {
    let set = bucket.documents.get("tagging").and_then(|tagging| tagging.child("TagSet"));
    let tags = set.into_iter().flat_map(|set| &set.children);
    let pair = |tag: &Element| Some((tag.value("Key")?.to_owned(), tag.value("Value")?.to_owned()));
    tags.filter_map(pair).filter(|(key, _)| is_of_aws(key)).collect()
}

fn is_of_aws(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:")
}

/// One tag of a bucket or an object.
pub(super) fn check_tag(key: &str, value: &str) -> Result<(), Fault> {
    if is_of_aws(key) {
        return Err(invalid_tag("System tags cannot be added/updated by requester", key));
    }
    if key.is_empty() || key.chars().count() > 128 || !key.chars().all(fits_tag) {
        return Err(invalid_tag("The TagKey you have provided is invalid", key));
    }
    if value.chars().count() > 256 || !value.chars().all(fits_tag) {
        return Err(invalid_tag("The TagValue you have provided is invalid", key));
    }
    Ok(())
}

fn invalid_tag(message: &str, key: &str) -> Fault {
    Fault::new(400, "InvalidTag", message).detail("TagKey", key)
}

fn fits_tag(character: char) -> bool {
    character.is_alphanumeric() || character.is_whitespace() || "_.:/=+-@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::bucket;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn tags() {
        let set = |pairs: &[(&str, &str)], held: &Bucket| {
            let tags =
                pairs.iter().map(|(key, value)| Element::new("Tag").text("Key", key).text("Value", value));
            tagging(Element::new("Tagging").with(Element::new("TagSet").all(tags)), held)
                .map_err(|fault| fault.code)
        };
        assert!(set(&[("team", "ledger"), ("trueup:environment", "production")], &bucket()).is_ok());
        for refused in [
            [("aws:x", "1"), ("b", "1")],
            [("a", "1"), ("a", "2")],
            [("", "1"), ("b", "1")],
            [("a|b", "1"), ("b", "1")],
        ] {
            assert_eq!(set(&refused, &bucket()), Err("InvalidTag".into()), "{refused:?}");
        }
        let mut held = bucket();
        let stack = Element::new("Tag").text("Key", "aws:stack").text("Value", "web");
        held.documents
            .insert("tagging".into(), Element::new("Tagging").with(Element::new("TagSet").with(stack)));
        assert!(set(&[("aws:stack", "web"), ("team", "ledger")], &held).is_ok(), "it is sent along as it is");
        for refused in [&[("team", "ledger")][..], &[("aws:stack", "other")]] {
            assert_eq!(set(refused, &held), Err("InvalidTag".into()), "{refused:?}");
        }
    }

    #[test]
    fn tags_of_aws_itself_come_back_as_they_are() {
        let document = |pairs: &[(&str, &str)]| {
            let tags =
                pairs.iter().map(|(key, value)| Element::new("Tag").text("Key", key).text("Value", value));
            Element::new("Tagging").with(Element::new("TagSet").all(tags))
        };
        let (system, own) = (("aws:cloudformation:stack-id", "1"), ("team", "ledger"));
        let held =
            Bucket { documents: BTreeMap::from([("tagging".into(), document(&[system]))]), ..bucket() };
        assert!(tagging(document(&[own, system]), &held).is_ok());
        for refused in [&[own][..], &[own, (system.0, "2")], &[system, ("aws:another", "1")]] {
            assert_eq!(tagging(document(refused), &held).unwrap_err().code, "InvalidTag", "{refused:?}");
        }
    }
}

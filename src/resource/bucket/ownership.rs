//! Who owns objects. Where it is always the bucket's owner there are no access control lists.

use aws_sdk_s3::types::{
    Grant, Grantee, ObjectOwnership, OwnershipControls, OwnershipControlsRule, Permission,
};

use super::setting::{Kept, Refusal, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// Who owns objects.
#[derive(Clone, Debug)]
pub struct Ownership(spec::Ownership);

/// Who owns objects now, and whom the bucket's own access control list lets in.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Owned {
    /// S3's word for it: `BucketOwnerEnforced`.
    controls: Option<String>,
    /// What the list grants to others than the owner; `None` where lists are off, or it may not be seen.
    grants: Option<Vec<String>>,
}

impl Setting for Ownership {
    const NOUN: &'static str = "object ownership";
    const IS_MADE_WITH_BUCKET: bool = true;

    const TO_READ: &'static [&'static str] = &["s3:GetBucketAcl", "s3:GetBucketOwnershipControls"];

    type Live = Owned;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_ownership_controls().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let not_set = "OwnershipControlsNotFoundError";
        let answer = bucket.read_if_set("s3:GetBucketOwnershipControls", not_set, sent).await?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        let controls = controls.and_then(|controls| Some(controls.rules.first()?.object_ownership.clone()));
        let has_lists = controls != Some(ObjectOwnership::BucketOwnerEnforced);
        let grants = if has_lists { grants(bucket).await? } else { None };
        Ok(Owned { controls: controls.map(|word| word.as_str().to_owned()), grants })
    }

    fn to_write(_: &spec::Bucket) -> &'static [&'static str] {
        &["s3:PutBucketOwnershipControls"]
    }

    fn wanted(wish: &Wish<'_>, _: &Self::Live) -> Option<Self> {
        wish.said(wish.spec.ownership, spec::Ownership::default()).map(Self)
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one.word() == other.word()
    }

    /// S3 turns lists off only while they grant nobody else anything (aws-s3-iam.md section 3).
    fn refusal(&self, live: &Self::Live) -> Option<Refusal> {
        let grants = live.grants.as_ref().filter(|grants| self.ends_lists() && !grants.is_empty())?;
        Some(Refusal {
            reason: format!(
                "its access control list grants {}, and S3 does not turn such lists off while one grants anything \
                 to others",
                grants.join(", ")
            ),
            advice: "take the grants away with `aws s3api put-bucket-acl --acl private`, and give what has to stay by \
                     `public_read` or a policy; or keep the lists: `ownership: ObjectWriter`"
                .to_owned(),
        })
    }

    fn ends(&self, _: &Self::Live) -> Option<String> {
        let what =
            "access control lists stop to count: objects that are public or shared by one turn private";
        self.ends_lists().then(|| what.to_owned())
    }

    fn kept(wish: &Wish<'_>, live: &Self::Live) -> Option<Kept> {
        let is_left = wish.said(wish.spec.ownership, spec::Ownership::default()).is_none();
        (is_left && live.word() != spec::Ownership::BucketOwnerEnforced.as_str())
            .then(|| Kept { reason: live.word().to_owned(), warning: None })
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        if let Some(word) = &live.controls {
            set(&["ownership"], SpecValue::from(word.as_str()));
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let operation = "s3:PutBucketOwnershipControls";
        let word = ObjectOwnership::from(self.0.as_str());
        let rule = OwnershipControlsRule::builder().object_ownership(word).build();
        let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
        let controls = controls.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_ownership_controls().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).ownership_controls(controls);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        Owned { controls: Some(self.0.as_str().to_owned()), grants: None }
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.and_then(|before| before.controls.as_deref());
        vec![field("ownership", before, Some(self.0.as_str()))]
    }
}

impl Ownership {
    fn ends_lists(&self) -> bool {
        self.0 == spec::Ownership::BucketOwnerEnforced
    }
}

impl Owned {
    /// What the bucket's access control list grants to others than the owner, as far as it is known.
    pub(super) fn grants(&self) -> &[String] {
        self.grants.as_deref().unwrap_or_default()
    }

    /// What S3 does where nobody chose is what it did before there was a choice.
    fn word(&self) -> &str {
        self.controls.as_deref().unwrap_or(spec::Ownership::ObjectWriter.as_str())
    }
}

/// What the access control list of a bucket grants to others than its owner; `None` when it is not shown.
async fn grants(bucket: &BucketHandle) -> Result<Option<Vec<String>>, CloudError> {
    let request = bucket.sdk().get_bucket_acl().bucket(bucket.name());
    let sent = request.expected_bucket_owner(bucket.owner()).send();
    let list = match bucket.read("s3:GetBucketAcl", sent).await {
        Ok(list) => list,
        // Not every identity may see it, and not every store has one.
        Err(error) if matches!(error.status, Some(400..=403 | 405 | 501)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let owner = list.owner().and_then(|owner| owner.id());
    // Other stores leave the ids out.
    let is_owners = |grant: &Grant| {
        let grantee = grant.grantee();
        let id = grantee.and_then(Grantee::id).filter(|id| !id.is_empty());
        grantee.and_then(Grantee::uri).is_none()
            && (id.is_none() || id == owner)
            && grant.permission() == Some(&Permission::FullControl)
    };
    Ok(Some(list.grants().iter().filter(|grant| !is_owners(grant)).map(in_words).collect()))
}

fn in_words(grant: &Grant) -> String {
    let grantee = grant.grantee();
    let group = grantee.and_then(Grantee::uri).and_then(|uri| uri.rsplit('/').next());
    let who = match group {
        Some("AllUsers") => "everyone",
        Some("AuthenticatedUsers") => "everyone who has an AWS account",
        Some(group) => group,
        None => grantee.and_then(|one| one.display_name().or_else(|| one.id())).unwrap_or("somebody"),
    };
    format!("{} to {who}", grant.permission().map_or("something", Permission::as_str))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, adopted, kept, planned, shown, written};
    use super::*;
    use crate::cloud::s3::testing::Scripted;

    fn owned(word: &str, grants: &[&str]) -> Owned {
        let grants = Some(grants.iter().map(ToString::to_string).collect());
        Owned { controls: Some(word.to_owned()), grants }
    }

    impl Generated for Ownership {
        const KEYS: &'static [&'static str] =
            &["", "ownership: ObjectWriter", "ownership: BucketOwnerPreferred"];

        fn live() -> BoxedStrategy<Self::Live> {
            let words = vec!["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
            let controls = prop::option::of(prop::sample::select(words).prop_map(str::to_owned));
            controls.prop_map(|controls| Owned { controls, grants: None }).boxed()
        }
    }

    /// What is made of S3's answers, the second being the access control list.
    async fn read(status: u16, controls: &'static str, list: (u16, &'static str)) -> (Owned, usize) {
        let s3 = Scripted::start(move |call| match call.name.as_str() {
            "GET acl" => (list.0, list.1.to_owned()),
            _ => (status, controls.to_owned()),
        })
        .await;
        (Ownership::read(&s3.bucket).await.unwrap(), s3.calls().len())
    }

    const LIST: &str = "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>\
        <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>me</ID>\
        </Grantee><Permission>FULL_CONTROL</Permission></Grant>\
        <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
        <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>\
        </AccessControlList></AccessControlPolicy>";

    #[tokio::test]
    async fn the_access_control_list_is_asked_only_where_it_counts() {
        let enforced = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
        let (live, calls) = read(200, enforced, (500, "InternalError")).await;
        assert_eq!((live.controls.as_deref(), live.grants, calls), (Some("BucketOwnerEnforced"), None, 1));
        let writer = "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>";
        let (live, calls) = read(200, writer, (200, LIST)).await;
        assert_eq!(live.grants.as_deref(), Some(&["READ to everyone".to_owned()][..]));
        assert_eq!((live.controls.as_deref(), calls), (Some("ObjectWriter"), 2));
        let (live, _) = read(404, "OwnershipControlsNotFoundError", (403, "AccessDenied")).await;
        assert_eq!(
            (live.controls, live.grants),
            (None, None),
            "who may not see the list knows nothing of it"
        );
    }

    #[test]
    fn it_is_the_buckets_owner_unless_the_spec_says_otherwise() {
        let own = |key: &str, live: &str| shown::<Ownership>(key, Some(&owned(live, &[])));
        assert_eq!(
            shown::<Ownership>("", Some(&Owned::default())),
            ["ownership: nothing → BucketOwnerEnforced"]
        );
        assert_eq!(own("", "ObjectWriter"), ["ownership: ObjectWriter → BucketOwnerEnforced"]);
        assert_eq!(own("", "BucketOwnerEnforced"), [""; 0]);
        let writer = "ownership: ObjectWriter";
        assert_eq!(own(writer, "BucketOwnerEnforced"), ["ownership: BucketOwnerEnforced → ObjectWriter"]);
        assert_eq!(own(writer, "ObjectWriter"), [""; 0]);
        assert_eq!(shown::<Ownership>(writer, Some(&Owned::default())), [""; 0], "nothing chosen is that");
    }

    #[test]
    fn an_adopted_bucket_keeps_its_own_unless_asked() {
        let live = owned("ObjectWriter", &["READ to everyone"]);
        assert!(adopted::<Ownership>("", &live).is_none());
        let note = kept::<Ownership>("", &live).expect("a note");
        assert_eq!(note.reason, "ObjectWriter");
        assert_eq!(kept::<Ownership>("", &owned("BucketOwnerEnforced", &[])), None);
        assert!(adopted::<Ownership>("ownership: BucketOwnerEnforced", &live).is_some());
    }

    #[test]
    fn what_ends_is_told_and_what_s3_would_refuse_for_ever_is_not_tried() {
        let enforce = |live: &Owned| planned::<Ownership>("", Some(live)).expect("a write");
        let clean = enforce(&owned("ObjectWriter", &[]));
        assert!(clean.refusal().is_none() && clean.ends().is_some_and(|ends| ends.contains("turn private")));
        let refusal = enforce(&owned("ObjectWriter", &["READ to everyone"])).refusal().expect("a refusal");
        assert!(refusal.reason.contains("READ to everyone"), "{}", refusal.reason);
        assert!(refusal.advice.contains("--acl private"), "{}", refusal.advice);
        let loosen =
            planned::<Ownership>("ownership: ObjectWriter", Some(&owned("BucketOwnerEnforced", &[])));
        assert!(loosen.expect("a write").ends().is_none());
    }

    #[tokio::test]
    async fn the_word_is_what_s3_takes() {
        let call = written(&Ownership(spec::Ownership::BucketOwnerEnforced)).await;
        assert_eq!(call.name, "PUT ownershipControls");
        assert!(
            call.body.contains("<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>"),
            "{}",
            call.body
        );
    }
}

//! Whether the app's own access key does what it is for, and nothing else (aws-s3-iam.md section 5).

use std::cell::RefCell;
use std::rc::Rc;

use super::needed::delivered;
use super::{Kind, SECTION};
use crate::cloud::aws::AccessKeyPair;
use crate::cloud::s3::{Seen, TRIAL};
use crate::cloud::{CloudError, ErrorKind};
use crate::resource::World;
use crate::resource::proof::{Asked, Chain, Finding, Proof, Prove};
use crate::secret::Secret;
use crate::spec::{Access, Bucket, LocalName, UserAttribute};

/// What a trial object holds.
pub const BODY: &str = "trueup verify\n";

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let spec = asked.overview.desired.spec();
        for (local, user) in &spec.iam_users {
            if delivered(spec, local).next().is_none() || asked.app().is_none() {
                continue;
            }
            let address = SECTION.address(local).to_string();
            let key = match held(local, asked.overview.world, asked) {
                Ok(key) => key,
                Err(finding) => {
                    proof.known(address, finding);
                    continue;
                }
            };
            let mut chain = Chain::default();
            let signs_in = chain.add(address, signs_in(key.clone(), asked));
            for (bucket_local, access) in &user.grants {
                let Some(bucket) = spec.buckets.get(bucket_local) else { continue };
                let trial = Trial { key: key.clone(), bucket, asked, is_adopted: user.adopt };
                let id = |what: &str| format!("iam_users.{local}.{bucket_local}.{what}");
                match access {
                    Access::ReadWrite => trial.reads_and_writes(&mut chain, signs_in, &id),
                    Access::Read => trial.only_reads(&mut chain, signs_in, &id),
                }
            }
            proof.chain(chain);
        }
    }
}

/// The key that the app has; or what is wrong with it.
fn held(local: &LocalName, world: &World, asked: Asked<'_>) -> Result<AccessKeyPair, Finding> {
    let spec = asked.overview.desired.spec();
    let (mut id, mut secret) = (None, None);
    for (var, attribute) in delivered(spec, local) {
        let Some(live) = world.config.get(var.as_str()).filter(|live| !live.is_empty()) else {
            return Err(Finding::fail(format!("{var} is not set"), asked.command("apply")));
        };
        if attribute == UserAttribute::SecretAccessKey {
            secret = Some(live.clone());
            continue;
        }
        let keys = world.access_key.get(local).into_iter().flatten();
        let key = keys.into_iter().find(|key| live.matches(&Secret::new(key.id.clone())));
        let name = &spec.iam_users[local].name;
        let Some(key) = key else {
            return Err(Finding::fail(format!("{var} names no key of {name}"), asked.command("apply")));
        };
        if !key.active {
            return Err(Finding::fail(format!("the key in {var} is inactive"), asked.command("apply")));
        }
        id = Some(key.id.clone());
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(AccessKeyPair { id, secret }),
        _ => Err(Finding::skipped("the app gets a half of the key alone")),
    }
}

/// A key that can be used on that bucket, and whether it may write there: the one of the first user that has more
/// rights than any other.
#[must_use]
pub fn witness(bucket: &LocalName, asked: Asked<'_>) -> Option<(AccessKeyPair, Access)> {
    asked.app()?;
    let (spec, world) = (asked.overview.desired.spec(), asked.overview.world);
    let users = spec.iam_users.iter().filter_map(|(local, user)| {
        let access = *user.grants.get(bucket)?;
        delivered(spec, local).next()?;
        Some((held(local, world, asked).ok()?, access))
    });
    let users: Vec<_> = users.collect();
    let writes = users.iter().position(|(_, access)| *access == Access::ReadWrite);
    users.into_iter().nth(writes.unwrap_or_default())
}

async fn signs_in(key: AccessKeyPair, asked: Asked<'_>) -> Finding {
    match asked.clouds().aws.identity_of(&key).await {
        Ok(identity) => Finding::pass(format!("signs in as {}", identity.arn)),
        Err(error) => failed(&error, asked),
    }
}

/// The name of a trial object, of this run and of a purpose.
#[must_use]
pub fn trial_key(purpose: &str, asked: Asked<'_>) -> String {
    let now = asked.overview.desired.now.unix_timestamp_nanos();
    format!("{TRIAL}{now:x}-{purpose}")
}

/// What a key is tried on.
struct Trial<'a> {
    key: AccessKeyPair,
    bucket: &'a Bucket,
    asked: Asked<'a>,
    /// Others may have given the user rights of their own.
    is_adopted: bool,
}

/// Versions that a trial left.
type Left = Rc<RefCell<Vec<String>>>;

impl<'a> Trial<'a> {
    /// A check that looks at the bucket with the key.
    fn looks<F>(&self, look: impl FnOnce(Seen) -> F + 'a) -> impl Future<Output = Finding> + 'a
    where
        F: Future<Output = Finding>,
    {
        let (key, bucket, asked) = (self.key.clone(), self.bucket, self.asked);
        async move {
            match asked.clouds().aws.bucket_as(&key, (&bucket.name, &bucket.region)).await {
                Ok(seen) => look(seen).await,
                Err(error) => failed(&error, asked),
            }
        }
    }

    fn reads_and_writes(&self, chain: &mut Chain<'a>, signs_in: usize, id: &dyn Fn(&str) -> String) {
        let (asked, bucket) = (self.asked, self.bucket);
        let object = trial_key("object", asked);
        let left = Left::default();
        let (name, versions) = (object.clone(), left.clone());
        let put = self.looks(async move |seen| match seen.put(&name, BODY).await {
            Ok(version) => {
                versions.borrow_mut().extend(version);
                Finding::pass(format!("put {name}"))
            }
            Err(error) => failed(&error, asked),
        });
        let put = chain.add_after(signs_in, id("put"), put);
        let name = object.clone();
        let get = self.looks(async move |seen| match seen.get(&name).await {
            Ok(Some(body)) if body == BODY.as_bytes() => Finding::pass("read what was put"),
            Ok(_) => Finding::fail("what was read is not what was put", asked.command("plan")),
            Err(error) => failed(&error, asked),
        });
        chain.add_after(put, id("get"), get);
        let name = object.clone();
        let list = self.looks(async move |seen| match seen.list(&name).await {
            Ok(keys) if keys.contains(&name) => Finding::pass("listed what was put"),
            Ok(_) => Finding::fail("what was put is not in the list", asked.command("plan")),
            Err(error) => failed(&error, asked),
        });
        chain.add_after(put, id("list"), list);
        let delete = self.looks(async move |seen| {
            match seen.delete(&object).await {
                Ok(version) => left.borrow_mut().extend(version),
                Err(error) => return failed(&error, asked),
            }
            match seen.get(&object).await {
                Ok(None) => {
                    Finding::pass(format!("deleted{}", forget(&object, &left.take(), bucket, asked).await))
                }
                Ok(Some(_)) => Finding::fail("it is still there after it was deleted", asked.command("plan")),
                Err(error) => failed(&error, asked),
            }
        });
        chain.add_after(put, id("delete"), delete);
        self.has_no_more(chain, signs_in, id);
    }

    fn only_reads(&self, chain: &mut Chain<'a>, signs_in: usize, id: &dyn Fn(&str) -> String) {
        let (asked, bucket) = (self.asked, self.bucket);
        let absent = trial_key("absent", asked);
        let get = self.looks(async move |seen| match seen.get(&absent).await {
            Ok(_) => Finding::pass("may read: S3 says that an object does not exist"),
            Err(error) => failed(&error, asked),
        });
        chain.add_after(signs_in, id("get"), get);
        let list = self.looks(async move |seen| match seen.list(TRIAL).await {
            Ok(_) => Finding::pass("may list"),
            Err(error) => failed(&error, asked),
        });
        chain.add_after(signs_in, id("list"), list);
        let object = trial_key("refused", asked);
        let is_adopted = self.is_adopted;
        let put = self.looks(async move |seen| {
            let outcome = seen.put(&object, BODY).await;
            if let Ok(version) = &outcome {
                // What should not have been possible is undone as far as it goes.
                let mark = seen.delete(&object).await.ok().flatten();
                let left: Vec<String> = version.iter().cloned().chain(mark).collect();
                forget(&object, &left, bucket, asked).await;
            }
            refused(&outcome.map(drop), "putting an object", is_adopted, asked)
        });
        chain.add_after(signs_in, id("put"), put);
        self.has_no_more(chain, signs_in, id);
    }

    fn has_no_more(&self, chain: &mut Chain<'a>, signs_in: usize, id: &dyn Fn(&str) -> String) {
        let (asked, is_adopted) = (self.asked, self.is_adopted);
        let policy = self.looks(async move |seen| {
            refused(&seen.policy().await, "reading the bucket's policy", is_adopted, asked)
        });
        chain.add_after(signs_in, id("policy"), policy);
    }
}

/// What is said of the operator's credentials elsewhere would be wrong of the app's.
fn failed(error: &CloudError, asked: Asked<'_>) -> Finding {
    Finding::fail(error.to_string(), asked.command("apply"))
}

/// What is not granted has to be refused.
fn refused(outcome: &Result<(), CloudError>, what: &str, is_adopted: bool, asked: Asked<'_>) -> Finding {
    match outcome {
        Err(error) if error.kind == ErrorKind::Forbidden => Finding::pass(format!("{what} is refused")),
        Err(error) => failed(error, asked),
        Ok(()) if is_adopted => Finding::warn(
            format!("{what} is allowed, which the spec does not grant: others gave the user that right"),
            "take the right away where it was given, if nobody needs it",
        ),
        Ok(()) => {
            Finding::fail(format!("{what} is allowed, and the spec does not grant it"), asked.command("plan"))
        }
    }
}

/// Takes the versions of a trial away, which the app has no right to. What is left is told.
pub async fn forget(object: &str, left: &[String], bucket: &Bucket, asked: Asked<'_>) -> &'static str {
    if left.is_empty() {
        return "";
    }
    let all = async {
        let owner = asked.overview.reads.account().await?;
        let bucket = asked.clouds().aws.bucket(&bucket.name, &bucket.region, &owner).await?;
        for version in left {
            bucket.forget_version(object, version).await?;
        }
        Ok::<_, CloudError>(())
    };
    match all.await {
        Ok(()) => ", with its versions",
        Err(_) => "; its versions stay, since these credentials may not delete them",
    }
}

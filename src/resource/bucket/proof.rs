//! Whether a bucket keeps out whom it should: strangers, and what is sent in clear.

use super::{Kind, SECTION, Seen};
use crate::cloud::ErrorKind;
use crate::cloud::s3::TRIAL;
use crate::resource::access_key::proof::{BODY, forget, trial_key, witness};
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::spec::{Access, Bucket, LocalName, PublicAccess};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        for (local, bucket) in &asked.overview.desired.spec().buckets {
            let address = SECTION.address(local);
            let is_live = matches!(asked.overview.world.bucket.get(local), Some(Seen::Live(_)));
            if !is_live {
                let detail = format!("{} is not there, or not ours", bucket.name);
                proof.known(address.to_string(), Finding::fail(detail, asked.command("plan")));
                continue;
            }
            let detail = format!("{} is there, in {}", bucket.name, bucket.region);
            proof.known(address.to_string(), Finding::pass(detail));
            proof.check(address.clone().part("public_access").to_string(), keeps_out(local, bucket, asked));
            proof.check(address.part("tls_only").to_string(), refuses_http(local, bucket, asked));
        }
    }
}

async fn keeps_out(local: &LocalName, bucket: &Bucket, asked: Asked<'_>) -> Finding {
    match bucket.public_access {
        Some(PublicAccess::Open) => return Finding::skipped("the spec opens it to the public"),
        None if bucket.adopt => return Finding::skipped("the spec says nothing of public access"),
        Some(PublicAccess::Blocked) | None => {}
    }
    let aws = &asked.clouds().aws;
    let place = (&bucket.name, &bucket.region);
    let stranger = match aws.bucket_as_stranger(place).await {
        Ok(stranger) => stranger,
        Err(error) => return Finding::failed(&error, "trueup doctor"),
    };
    let open =
        |what: &str| Finding::fail(format!("anybody may {what}, without credentials"), asked.command("plan"));
    match stranger.list(TRIAL).await {
        Ok(_) => return open("list it"),
        Err(error) if error.kind == ErrorKind::Forbidden => {}
        Err(error) => return Finding::undecided(&error, "trueup doctor"),
    }
    // Of an object that is not there S3 says nothing to strangers, so one has to be there.
    let writer = witness(local, asked).filter(|(_, access)| *access == Access::ReadWrite);
    let Some((key, _)) = writer else {
        return Finding::pass(
            "strangers may not list it; reading was not tried, since the app writes nothing",
        );
    };
    let app = match aws.bucket_as(&key, place).await {
        Ok(app) => app,
        Err(error) => return Finding::failed(&error, "trueup doctor"),
    };
    let object = trial_key("stranger", asked);
    let put = match app.put(&object, BODY).await {
        Ok(version) => version,
        Err(error) => return Finding::skipped(format!("no object could be put to try it with: {error}")),
    };
    let read = stranger.get(&object).await;
    let mark = app.delete(&object).await.ok().flatten();
    forget(&object, &put.into_iter().chain(mark).collect::<Vec<_>>(), bucket, asked).await;
    match read {
        Ok(_) => open("read what lies in it"),
        Err(error) if error.kind == ErrorKind::Forbidden => {
            Finding::pass("strangers may neither list nor read")
        }
        Err(error) => Finding::undecided(&error, "trueup doctor"),
    }
}

async fn refuses_http(local: &LocalName, bucket: &Bucket, asked: Asked<'_>) -> Finding {
    if !bucket.tls_only.unwrap_or(!bucket.adopt) {
        return Finding::skipped("the spec does not ask for it");
    }
    let Some((key, _)) = witness(local, asked) else {
        return Finding::skipped("no access key of the app reaches it, so that nothing would tell");
    };
    let place = (&bucket.name, &bucket.region);
    let plain = match asked.clouds().aws.bucket_over_plain_http(&key, place).await {
        Ok(Some(plain)) => plain,
        Ok(None) => return Finding::skipped("S3 itself is at a plain address here"),
        Err(error) => return Finding::failed(&error, "trueup doctor"),
    };
    match plain.list(TRIAL).await {
        Ok(_) => Finding::fail("plain http is answered", asked.command("plan")),
        Err(error) => match error.kind {
            ErrorKind::Forbidden => Finding::pass("plain http is refused"),
            ErrorKind::Unreachable => {
                Finding::skipped(format!("no plain-http connection: {}", error.message))
            }
            _ => Finding::undecided(&error, asked.command("plan")),
        },
    }
}

//! Whether the app has every config var that the spec names, and those that name other things name the right ones. No
//! value is told.

use super::{Kind, SECTION};
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::secret::Secret;
use crate::spec::{BucketAttribute, ConfigValue, Reference, Spec};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let spec = asked.overview.desired.spec();
        if spec.config.is_empty() || asked.app().is_none() {
            return;
        }
        proof.known(SECTION.whole().to_string(), finding(asked));
    }
}

fn finding(asked: Asked<'_>) -> Finding {
    let (spec, live) = (asked.overview.desired.spec(), &asked.overview.world.config);
    let wanted = spec.config.iter().filter(|(_, value)| **value != ConfigValue::Absent);
    let (mut missing, mut external, mut other, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0_usize);
    for (name, value) in wanted {
        count += 1;
        match (live.get(name.as_str()), value) {
            (None, ConfigValue::External(_)) => external.push(name.as_str()),
            (None, _) => missing.push(name.as_str()),
            (Some(live), value) => {
                let expected = referred(value, spec);
                if expected.is_some_and(|expected| !live.matches(&Secret::new(expected))) {
                    other.push(name.as_str());
                }
            }
        }
    }
    let parts = [
        (&missing, "not set"),
        (&external, "not set, which someone else has to do"),
        (&other, "names another thing than the spec"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{} {what}", names.join(", ")))
        .collect();
    match (told.is_empty(), missing.is_empty() && other.is_empty(), external.first()) {
        (true, ..) => Finding::pass(format!("every var that the spec names is set: {count}")),
        (false, true, Some(first)) => {
            let app = &spec.app.name;
            Finding::fail(told.join("; "), format!("heroku config:set {first}=… -a {app}"))
        }
        _ => Finding::fail(told.join("; "), asked.command("apply")),
    }
}

/// What a reference that is known without a service must hold.
fn referred(value: &ConfigValue, spec: &Spec) -> Option<String> {
    let ConfigValue::From(reference) = value else { return None };
    match reference {
        Reference::AppName => Some(spec.app.name.to_string()),
        Reference::Bucket(local, attribute) => {
            let bucket = spec.buckets.get(local)?;
            Some(match attribute {
                BucketAttribute::Name => bucket.name.to_string(),
                BucketAttribute::Region => bucket.region.to_string(),
                BucketAttribute::Arn => bucket.arn().to_string(),
            })
        }
        Reference::AppWebUrl | Reference::IamUser(..) => None,
    }
}

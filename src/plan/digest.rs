//! Digests: of the live facts that a plan rests on, and of what a plan would do.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Entry, Plan};
use crate::resource::{self, Fact, Field, Shown, World};
use crate::secret::FingerprintKey;

/// `sha256:` and the hexadecimal digest of all facts.
///
/// Secrets take part only under a key that the operator chose: without one, a digest that anyone can compute again
/// would let them try guesses. Their names always do.
pub(super) fn of_world(world: &World, key: &FingerprintKey) -> String {
    let mut digest = Sha256::new();
    for (name, facts) in resource::facts(world).iter() {
        let parts = facts.iter().map(|fact| match fact {
            Fact::Plain(text) => text.clone(),
            Fact::Secret(value) if key.is_stable() => key.fingerprint(value).to_string(),
            Fact::Secret(_) => String::new(),
        });
        let line = json!([name, parts.collect::<Vec<_>>()]);
        digest.update(format!("{line}\n").as_bytes());
    }
    format!("sha256:{}", hex::encode(digest.finalize()))
}

/// What plans would do, as `sha256:` and the digest of it: equal on every machine and at any time for the same changes
/// of the same things (docs/decisions/0011).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PlanDigest(String);

impl PlanDigest {
    /// Of one plan.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let mut changes: Vec<Value> = plan.entries().iter().map(change).collect();
        changes.sort_by_key(Value::to_string);
        let mut blocked: Vec<&str> = plan.blocked.iter().map(|blocked| blocked.address.as_str()).collect();
        blocked.sort_unstable();
        Self::of(&json!({
            "environment": plan.environment.as_str(),
            "app": plan.place.app.as_str(),
            "changes": changes,
            "blocked": blocked,
        }))
    }

    /// Of several, from theirs in the order of their environments' names.
    #[must_use]
    pub fn of_all<'a>(digests: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::of(&digests.into_iter().map(|digest| json!(digest.0)).collect())
    }

    fn of(what: &Value) -> Self {
        Self(format!("sha256:{}", hex::encode(Sha256::digest(what.to_string()))))
    }
}

/// Where, what, and what will be: no live value, so that only what is done counts.
fn change(entry: &Entry) -> Value {
    let Entry {
        address,
        action,
        title,
        fields,
        reason: _,
        effects: _,
        cost: _,
        after: _,
        steps: _,
        origin: _,
    } = entry;
    json!([address.as_str(), action, title, fields.iter().map(field).collect::<Vec<_>>()])
}

fn field(field: &Field) -> Value {
    let Field { path, before: _, after, note: _ } = field;
    match after {
        Shown::Nothing => json!([path, "nothing"]),
        Shown::Plain(value) => json!([path, "value", value]),
        Shown::Hidden(_) => json!([path, "secret"]),
        Shown::AfterApply { sensitive } => json!([path, "later", sensitive]),
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// It is written as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a plan's digest, expected `sha256:` and 64 hexadecimal digits")]
pub struct NotADigest;

impl FromStr for PlanDigest {
    type Err = NotADigest;

    fn from_str(written: &str) -> Result<Self, NotADigest> {
        let digits = written.strip_prefix("sha256:").filter(|digits| {
            digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        });
        digits.map(|_| Self(written.to_owned())).ok_or(NotADigest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = PlanDigest::of_all([]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let upper = format!("sha256:{}", "A".repeat(64));
        for wrong in ["", "sha256:", "sha256:12ab", "md5:0123", &upper, &"0".repeat(71)] {
            assert_eq!(wrong.parse::<PlanDigest>(), Err(NotADigest), "{wrong}");
        }
    }
}

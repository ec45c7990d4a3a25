//! The fingerprint of a spec's meaning: equal for specs that ask for the same, however they were written.

use sha2::{Digest, Sha256};

use super::Spec;

impl Spec {
    /// `sha256:<hex>` over the merged spec as canonical JSON: defaults filled in, keys sorted, no places.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "it cannot panic: every map of a spec has text keys")]
    pub fn digest(&self) -> String {
        let value =
            serde_json::to_value(self).expect("a spec is made of text, numbers and maps with text keys");
        let hash = Sha256::digest(sorted(value).to_string());
        format!("sha256:{}", hex::encode(hash))
    }
}

/// Template variables keep the order in which they were written, which means nothing.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            serde_json::Value::Object(entries.into_iter().collect())
        }
        serde_json::Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

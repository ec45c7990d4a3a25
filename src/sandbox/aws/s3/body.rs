//! What an object or a part holds. Zeros behind its bytes need not be kept: a hole of so many stands for them, so that a
//! state can have objects of many gigabytes.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes, and the zeros behind them.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Body {
    #[serde(rename = "body", serialize_with = "write_bytes", deserialize_with = "read_bytes")]
    bytes: Vec<u8>,
    /// How many zeros follow.
    #[serde(default, skip_serializing_if = "is_none")]
    hole: usize,
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, hole: 0 }
    }
}

impl Body {
    /// How many bytes it has, those of the hole among them.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.hole
    }

    /// A piece of it.
    pub(super) fn piece(&self, range: Range<usize>) -> Self {
        let kept = |at: usize| at.min(self.bytes.len());
        let bytes = self.bytes[kept(range.start)..kept(range.end)].to_vec();
        Self { hole: range.len() - bytes.len(), bytes }
    }

    /// Puts another one behind it.
    pub(super) fn append(&mut self, other: &Self) {
        if !other.bytes.is_empty() {
            self.bytes.resize(self.len(), 0);
            self.bytes.extend_from_slice(&other.bytes);
            self.hole = 0;
        }
        self.hole += other.hole;
    }

    /// All of it, zeros too.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + self.hole, 0);
        self.bytes
    }

    /// The MD5 of its bytes; of a hole only the length goes into it.
    pub(super) fn digest(&self) -> [u8; 16] {
        let mut digest = Md5::new_with_prefix(&self.bytes);
        if self.hole > 0 {
            digest.update(self.hole.to_be_bytes());
        }
        digest.finalize().into()
    }

    /// The entity tag of what was written at once, without quotes.
    pub(super) fn etag(&self) -> String {
        hex::encode(self.digest())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(hole: &usize) -> bool {
    *hole == 0
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn read_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_put_together_are_the_whole() {
        let whole = Body { bytes: b"abc".to_vec(), hole: 5 };
        for cut in 0..=8 {
            let mut joined = whole.piece(0..cut);
            joined.append(&whole.piece(cut..8));
            assert_eq!((joined.len(), joined.clone().into_bytes()), (8, b"abc\0\0\0\0\0".to_vec()), "{cut}");
            assert_eq!(joined.etag(), whole.etag(), "{cut}");
        }
        let mut late = whole.piece(2..8);
        late.append(&Body::from(b"d".to_vec()));
        assert_eq!(late.into_bytes(), b"c\0\0\0\0\0d");
        assert_eq!(Body::default().etag(), "d41d8cd98f00b204e9800998ecf8427e");
    }
}

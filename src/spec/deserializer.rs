//! A tree as serde sees it: a `Deserializer` over [`Node`] that keeps the key path and says in words what it expected.
//!
//! Text is never retyped: a type that wants text gets what was written, `5` as "5" and `0123` as "0123". What must
//! not live here: what becomes of a mistake, which is [`super::decode`]'s.

use std::fmt;

use serde::de::{self, DeserializeSeed, IntoDeserializer, Unexpected, Visitor};

use super::decode::{DecodeError, GIVEN, Kind, one_of, shown};
use super::tree::{Entry, Node, Segment, Value};

/// A [`Node`] as serde sees it.
pub(super) struct NodeDeserializer<'n>(pub(super) &'n Node);

impl NodeDeserializer<'_> {
    /// Any value as its own kind; text as text.
    fn natural<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole => Err(DecodeError::new(Kind::Hole)),
            Value::Null => visitor.visit_unit(),
            Value::Scalar { text, .. } => visitor.visit_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    /// The text of a plain scalar, where a number or a boolean is wanted.
    fn plain(&self, expected: &str) -> Result<&str, DecodeError> {
        let found = match &self.0.value {
            Value::Hole => return Err(DecodeError::new(Kind::Hole)),
            Value::Scalar { text, plain: true } => return Ok(text),
            Value::Scalar { text, plain: false } => format!("the quoted text {}", shown(text)),
            Value::Null => "nothing (null)".to_owned(),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a map".to_owned(),
        };
        Err(DecodeError::new(Kind::Unexpected { found, expected: expected.to_owned() }))
    }

    fn number<N: std::str::FromStr>(&self, most: impl fmt::Display) -> Result<N, DecodeError> {
        let text = self.plain("a whole number")?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = |expected: String| DecodeError::new(Kind::Unexpected { found: shown(text), expected });
        if !digits || (text.len() > 1 && text.starts_with('0')) {
            return Err(wrong("a whole number".to_owned()));
        }
        text.parse().map_err(|_| wrong(format!("a whole number of at most {most}")))
    }
}

/// Numbers and booleans as YAML's core schema reads them, for values whose type the template decides.
fn core_schema<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, DecodeError> {
    match text {
        "true" | "True" | "TRUE" => return visitor.visit_bool(true),
        "false" | "False" | "FALSE" => return visitor.visit_bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    let numeric = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => visitor.visit_f64(number),
        _ => visitor.visit_str(text),
    }
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar { text, plain: true } => core_schema(text, visitor),
            _ => self.natural(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        const EXPECTED: &str = "`true` or `false`";
        match self.plain(EXPECTED)? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => {
                Err(DecodeError::new(Kind::Unexpected { found: shown(other), expected: EXPECTED.to_owned() }))
            }
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u16(self.number(u16::MAX)?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u32(self.number(u32::MAX)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.natural(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.natural(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole | Value::Null => visitor.visit_none(),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole if name == GIVEN => visitor.visit_none(),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    /// A section with nothing under it (all its keys commented out) is an empty section.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Null | Value::Hole => visitor.visit_map(Entries { entries: &[], next: 0 }),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => self.natural(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Null | Value::Hole => visitor.visit_seq(Items { items: &[], next: 0 }),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => self.natural(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Sequence(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            Value::Hole | Value::Null | Value::Scalar { .. } | Value::Mapping(_) => self.natural(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Hole | Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
                let list: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
                self.plain(&one_of(&list)).and_then(|_| Err(DecodeError::new(Kind::Hole)))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

struct Items<'n> {
    items: &'n [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        while let Some(item) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            // a hole keeps its place, so that the others keep their numbers
            if !matches!(item.value, Value::Hole) {
                let value = seed.deserialize(NodeDeserializer(item));
                return value.map(Some).map_err(|error| error.below(Segment::Index(index)));
            }
        }
        Ok(None)
    }
}

struct Entries<'n> {
    entries: &'n [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, DecodeError> = entry.key.as_str().into_deserializer();
        let outcome = seed.deserialize(key).map(Some);
        outcome.map_err(|error| {
            let kind = match error.kind {
                kind @ Kind::UnknownKey { .. } => kind,
                kind => Kind::BadKey(Box::new(DecodeError::new(kind))),
            };
            DecodeError::new(kind).below(Segment::Key(entry.key.clone()))
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Some(entry) = self.entries.get(self.next) else {
            return Err(DecodeError::new(Kind::Hole));
        };
        self.next += 1;
        let value = seed.deserialize(NodeDeserializer(&entry.node));
        value.map_err(|error| error.below(Segment::Key(entry.key.clone())))
    }
}

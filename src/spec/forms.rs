//! Values of the spec that can be written in more than one form, and text with a shape of its own: how each is
//! decoded and described. What must not live here: the keys of the spec, which are in [`super::raw`].

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::decode::GIVEN;
use super::raw::RawForm;
use super::rules;
use super::values::{Backups, Encryption, KmsKey};

/// A value that tells "not written" from "written wrong and reported already".
#[derive(Debug, Default)]
pub(super) enum Given<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written wrong; there is a finding for it.
    Broken,
    /// Written.
    Value(T),
}

impl<T> Given<T> {
    /// What was written, if it was and is right.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }

    /// Whether it was written wrong.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(GIVEN, GivenVisitor(PhantomData))
    }
}

struct GivenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for GivenVisitor<T> {
    type Value = Given<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_none<E: de::Error>(self) -> Result<Given<T>, E> {
        Ok(Given::Broken)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given<T>, D::Error> {
        T::deserialize(deserializer).map(Given::Value)
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A config var's value as written.
#[derive(Debug)]
pub(super) enum RawValue {
    /// The text that was written.
    Literal(String),
    /// `null`
    Absent,
    /// A map that says where it comes from.
    Form(RawForm),
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(RawValueVisitor)
    }
}

struct RawValueVisitor;

impl<'de> Visitor<'de> for RawValueVisitor {
    type Value = RawValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, null, or a map such as `{ env: NAME }`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Literal(text.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Absent)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<RawValue, A::Error> {
        RawForm::deserialize(de::value::MapAccessDeserializer::new(map)).map(RawValue::Form)
    }
}

impl JsonSchema for RawValue {
    fn schema_name() -> Cow<'static, str> {
        "ConfigValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let form = generator.subschema_for::<RawForm>();
        json_schema!({
            "description": "Text (numbers and booleans keep the text that was written), null (must be absent), \
                            or where the value comes from.",
            "anyOf": [{ "type": ["string", "number", "boolean", "null"] }, form],
        })
    }
}

/// `AES256`, or `{ kms: <key id> }`.
#[derive(Debug)]
pub(super) struct RawEncryption(pub(super) Encryption);

impl<'de> Deserialize<'de> for RawEncryption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(EncryptionVisitor).map(Self)
    }
}

struct EncryptionVisitor;

impl<'de> Visitor<'de> for EncryptionVisitor {
    type Value = Encryption;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`AES256` or `{ kms: <key id> }`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Encryption, E> {
        match text {
            "AES256" => Ok(Encryption::Aes256),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Encryption, A::Error> {
        KmsKey::deserialize(de::value::MapAccessDeserializer::new(map)).map(Encryption::Kms)
    }
}

impl JsonSchema for RawEncryption {
    fn schema_name() -> Cow<'static, str> {
        "Encryption".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kms = generator.subschema_for::<KmsKey>();
        json_schema!({ "anyOf": [{ "const": "AES256" }, kms] })
    }
}

/// One value, or a list of them.
#[derive(Debug)]
pub(super) enum OneOrMore<T> {
    /// It stands by itself.
    One(T),
    /// It stands in a list.
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    /// Each with its place below a key: `cors`, or `cors[1]` in a list.
    pub(super) fn placed(self, key: &str) -> Vec<(String, T)> {
        match self {
            Self::One(value) => vec![(key.to_owned(), value)],
            Self::More(values) => {
                (0..).map(|index| format!("{key}[{index}]")).zip(values).collect::<Vec<_>>()
            }
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor(PhantomData))
    }
}

struct OneOrMoreVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMoreVisitor<T> {
    type Value = OneOrMore<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map, or a list of maps")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<OneOrMore<T>, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(OneOrMore::One)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(OneOrMore::More(values))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident($inner:ty), $expected:literal, $schema:tt, $parse:expr) => {
        $(#[$doc])*
        #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name(pub(super) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let parse: fn(&str) -> Option<$inner> = $parse;
                let wrong = || de::Error::invalid_value(de::Unexpected::Str(&text), &$expected);
                parse(&text).map(Self).ok_or_else(wrong)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_type!(
    /// Text that may be written as a number or a boolean.
    Text(String),
    "text",
    { "type": ["string", "number", "boolean"] },
    |text| Some(text.to_owned())
);
text_type!(
    /// US dollars, whole or with cents; kept in cents.
    Dollars(i64),
    "US dollars, whole or with cents, such as 400 or 99.50",
    {
        "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 999_999_999 },
            { "type": "string", "pattern": "^[0-9]{1,9}([.][0-9]{1,2})?$" },
        ],
    },
    rules::cents
);
text_type!(
    /// An hour and a zone.
    BackupTime(Backups),
    "a whole hour and a time zone, such as `02:00 America/Los_Angeles`",
    {
        "type": "string",
        "pattern": "^([01][0-9]|2[0-3]):00 (?=.{1,64}$)[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$",
    },
    Backups::parse
);

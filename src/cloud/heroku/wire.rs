//! Tolerant readers for what the API answers: null for an empty list, an object or a name, a number as text.
//!
//! What must not live here: types of one family.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::secret::Secret;

/// Null for a list means an empty one.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// Null for anything with a default means that default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A whole number, also written as text (`"2"`); null and anything else is an error.
pub(super) fn whole_number<'de, D>(deserializer: D) -> Result<u32, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(u32),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Whole(number) => Ok(number),
        Number::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

/// A number that is nice to know: absent when it is null, not a whole number, or anything else.
pub(super) fn number_if_any<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_i64().and_then(|number| T::try_from(number).ok()))
}

/// A flag that may also be an object which says how: true unless it is false, null or absent.
pub(super) fn truthy<'de, D>(deserializer: D) -> Result<bool, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(!matches!(Value::deserialize(deserializer)?, Value::Null | Value::Bool(false)))
}

/// A reference to another thing: `{"id": …, "name": …}`, or its name alone.
pub(super) struct Named(Option<String>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Form {
            Name(String),
            Object { name: Option<String> },
            Other(IgnoredAny),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Name(name) => Self(Some(name)),
            Form::Object { name } => Self(name),
            Form::Other(_) => Self(None),
        })
    }
}

/// The name of an optional reference.
pub(super) fn name_of(named: Option<Named>) -> Option<String> {
    named.and_then(|Named(name)| name).filter(|name| !name.is_empty())
}

/// A flat object of texts, each of them secret. Null values are absent; numbers and booleans keep their text.
pub(super) struct SecretMap(pub(super) BTreeMap<String, Secret>);

impl<'de> Deserialize<'de> for SecretMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretMapVisitor)
    }
}

struct SecretMapVisitor;

impl<'de> Visitor<'de> for SecretMapVisitor {
    type Value = SecretMap;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of texts")
    }

    fn visit_unit<E>(self) -> Result<SecretMap, E> {
        Ok(SecretMap(BTreeMap::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<SecretMap, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = entries.next_entry::<String, SecretValue>()? {
            if let Some(secret) = value.0 {
                map.insert(name, secret);
            }
        }
        Ok(SecretMap(map))
    }
}

/// A value that goes from the answer into a [`Secret`] without a copy that stays behind.
struct SecretValue(Option<Secret>);

impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretValueVisitor)
    }
}

struct SecretValueVisitor;

impl Visitor<'_> for SecretValueVisitor {
    type Value = SecretValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(text))))
    }

    fn visit_string<E>(self, text: String) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(text))))
    }

    fn visit_unit<E>(self) -> Result<SecretValue, E> {
        Ok(SecretValue(None))
    }

    fn visit_bool<E>(self, value: bool) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(value.to_string()))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(value.to_string()))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(value.to_string()))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<SecretValue, E> {
        Ok(SecretValue(Some(Secret::new(value.to_string()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Wire {
        #[serde(default, deserialize_with = "list")]
        items: Vec<String>,
        #[serde(default)]
        team: Option<Named>,
    }

    fn wire(json: &str) -> Wire {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn null_and_absence_are_an_empty_list() {
        assert!(wire("{}").items.is_empty());
        assert!(wire(r#"{"items":null}"#).items.is_empty());
        assert_eq!(wire(r#"{"items":["a"]}"#).items, ["a"]);
    }

    #[test]
    fn a_reference_is_an_object_or_a_name_or_nothing() {
        let name = |json: &str| name_of(wire(json).team);
        assert_eq!(name(r#"{"team":{"id":"1","name":"ledger","more":[1]}}"#).as_deref(), Some("ledger"));
        assert_eq!(name(r#"{"team":"ledger"}"#).as_deref(), Some("ledger"));
        assert_eq!(name(r#"{"team":{"id":"1"}}"#), None);
        assert_eq!(name(r#"{"team":5}"#), None);
        assert_eq!(name(r#"{"team":null}"#), None);
        assert_eq!(name("{}"), None);
    }

    #[test]
    fn a_map_of_secrets_drops_nulls_and_keeps_the_text_of_numbers() {
        let SecretMap(map) =
            serde_json::from_str(r#"{"A":"1","B":null,"C":5,"D":true,"odd key":""}"#).unwrap();
        let texts: Vec<_> = map.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect();
        assert_eq!(texts, [("A", "1"), ("C", "5"), ("D", "true"), ("odd key", "")]);
        let SecretMap(empty) = serde_json::from_str("null").unwrap();
        assert!(empty.is_empty());
        assert!(serde_json::from_str::<SecretMap>(r#"{"A":["1"]}"#).is_err());
    }

    #[test]
    fn a_number_or_a_flag_of_an_odd_shape_does_no_harm() {
        let number =
            |json: &str| number_if_any::<_, u64>(&mut serde_json::Deserializer::from_str(json)).unwrap();
        assert_eq!(number("9000"), Some(9000));
        for odd in ["null", "-1", "1.5", "\"9000\"", "{}"] {
            assert_eq!(number(odd), None, "{odd}");
        }
        let flag = |json: &str| truthy(&mut serde_json::Deserializer::from_str(json)).unwrap();
        assert!(flag("true") && flag("{\"cents_per_hour\":1}"));
        assert!(!flag("false") && !flag("null"));
    }

    #[test]
    fn a_quantity_may_be_text() {
        let number = |json: &str| whole_number(&mut serde_json::Deserializer::from_str(json)).ok();
        assert_eq!(number("2"), Some(2));
        assert_eq!(number("\"2\""), Some(2));
        assert_eq!(number("\"+1x\""), None);
        assert_eq!(number("-1"), None);
        assert_eq!(number("null"), None);
    }
}

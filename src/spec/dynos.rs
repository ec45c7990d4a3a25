//! Dynos: how many of a process type, of what size, and which sizes run together (heroku-api.md section 5).
//!
//! What must not live here: the rule for the text of a size, which is in `rules`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::forms::Given;
use super::names::DynoSize;
use super::rules;

/// How many dynos of a process type run, and of what size.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Formation {
    /// How many; `None` leaves that to whatever scales it.
    pub quantity: Option<Quantity>,
    /// Their size; `None` leaves it alone.
    pub size: Option<DynoSize>,
}

/// How many dynos of a process type should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// So many; 0 is off.
    Exactly(u32),
    /// Anything between the two ends, which an autoscaler chooses.
    Between {
        /// The fewest.
        min: u32,
        /// The most; that it is no fewer than `min` is checked with the spec.
        max: u32,
    },
}

impl Quantity {
    /// The fewest.
    #[must_use]
    pub fn min(self) -> u32 {
        match self {
            Self::Exactly(number) | Self::Between { min: number, .. } => number,
        }
    }

    /// The most.
    #[must_use]
    pub fn max(self) -> u32 {
        match self {
            Self::Exactly(number) | Self::Between { max: number, .. } => number,
        }
    }

    /// The nearest number that is right.
    #[must_use]
    pub fn nearest(self, live: u32) -> u32 {
        live.max(self.min()).min(self.max())
    }

    /// `1..5`
    fn parse(text: &str) -> Option<Self> {
        let (min, max) = text.split_once("..")?;
        let number = |text: &str| {
            let is_plain = text == "0" || (!text.starts_with(['0', '+']) && text.len() <= 9);
            text.parse().ok().filter(|_| is_plain)
        };
        Some(Self::Between { min: number(min)?, max: number(max)? })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => write!(formatter, "{number}"),
            Self::Between { min, max } => write!(formatter, "{min}..{max}"),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exactly(number) => serializer.serialize_u32(*number),
            Self::Between { min, max } => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("min", min)?;
                map.serialize_entry("max", max)?;
                map.end()
            }
        }
    }
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QuantityRange")]
struct RawRange {
    /// The fewest.
    min: Given<u32>,
    /// The most.
    max: Given<u32>,
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor)
    }
}

struct QuantityVisitor;

impl<'de> Visitor<'de> for QuantityVisitor {
    type Value = Quantity;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number, or a range such as `1..5` or `{ min: 1, max: 5 }`")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
        let quantity = u32::try_from(number).map(Quantity::Exactly);
        quantity.map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
        if text.parse::<i64>().is_ok() {
            return Err(E::invalid_value(de::Unexpected::Other(&format!("the quoted text `{text}`")), &self));
        }
        Quantity::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Quantity, A::Error> {
        let RawRange { min, max } = RawRange::deserialize(de::value::MapAccessDeserializer::new(map))?;
        // An end that is missing or wrong has its finding, and the spec is not handed out.
        Ok(match (min.value(), max.value()) {
            (Some(min), Some(max)) => Quantity::Between { min, max },
            (one, other) => Quantity::Exactly(one.or(other).unwrap_or_default()),
        })
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = generator.subschema_for::<u32>();
        let range = generator.subschema_for::<RawRange>();
        json_schema!({
            "description": "How many: 2. Or a range within which something else scales: 1..5, or { min: 1, max: 5 }. \
                            0 is off.",
            "anyOf": [number, { "type": "string", "pattern": "^(0|[1-9][0-9]{0,8})\\.\\.(0|[1-9][0-9]{0,8})$" }, range],
        })
    }
}

/// Dynos that may run together in one app (heroku-api.md section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynoFamily {
    /// Only with other eco dynos, one a process type.
    Eco,
    /// Only with other basic dynos.
    Basic,
    /// `standard-*` and `performance-*`, in any mix.
    Production,
    /// In a Private Space.
    Private,
    /// In a Shield Private Space.
    Shield,
    /// The sizes of the Fir generation: `dyno-2c-1gb`.
    Fir,
}

impl DynoFamily {
    /// The family of a size as Heroku serves it; `None` for one that this version does not know.
    #[must_use]
    pub fn of(served: &str) -> Option<Self> {
        DynoSize::parse(&rules::size_of_today(served)).ok().map(|size| size.family())
    }

    /// Whether dynos of both may run in one app. What Heroku serves for Shield reads as Private.
    #[must_use]
    pub fn goes_with(self, other: Self) -> bool {
        let served = |family| if family == Self::Shield { Self::Private } else { family };
        served(self) == served(other)
    }
}

impl DynoSize {
    /// Which sizes this one may run beside.
    #[must_use]
    pub fn family(&self) -> DynoFamily {
        match self.as_str().split('-').next() {
            Some("eco") => DynoFamily::Eco,
            Some("basic") => DynoFamily::Basic,
            Some("private") => DynoFamily::Private,
            Some("shield") => DynoFamily::Shield,
            Some("dyno") => DynoFamily::Fir,
            _ => DynoFamily::Production,
        }
    }

    /// Whether a live size is this one, in whatever case, under this name or another that it has or had.
    #[must_use]
    pub fn is(&self, live: &str) -> bool {
        rules::size_of_today(live) == rules::size_of_today(self.as_str())
    }

    /// Whether this version knows the size; Heroku may have more.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.family() == DynoFamily::Fir || rules::DYNO_SIZES.contains(&self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_a_range_goes_to_its_nearest_end() {
        let range = Quantity::Between { min: 2, max: 5 };
        for (live, nearest) in [(0, 2), (1, 2), (2, 2), (3, 3), (5, 5), (6, 5), (100, 5)] {
            assert_eq!(range.nearest(live), nearest, "{live} in {range}");
        }
        assert_eq!([0, 2, 9].map(|live| Quantity::Exactly(2).nearest(live)), [2, 2, 2]);
    }

    #[test]
    fn a_range_in_text_has_two_plain_numbers() {
        assert_eq!(Quantity::parse("0..10"), Some(Quantity::Between { min: 0, max: 10 }));
        for wrong in
            ["", "..", "1..", "..5", "1...5", "1-5", "01..5", "+1..5", "1..x", "1 .. 5", "1..1000000000"]
        {
            assert_eq!(Quantity::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn families_say_what_may_mix() {
        let family = |size| DynoSize::parse(size).expect("a good size").family();
        assert_eq!(family("standard-1x"), family("performance-m"));
        assert_ne!(family("eco"), family("basic"));
        assert_ne!(family("private-s"), family("shield-s"));
        assert!(family("private-s").goes_with(family("shield-s")), "as Heroku serves them");
        assert_eq!(family("dyno-2c-1gb"), DynoFamily::Fir);
        assert_eq!(DynoFamily::of("Hobby"), Some(DynoFamily::Basic));
        assert_eq!(DynoFamily::of("colossal"), None);
    }

    #[test]
    fn old_and_new_names_of_a_size_are_equal_in_any_case() {
        for (wanted, live) in [
            ("Standard-1X", "standard-1x"),
            ("standard-1x", "Standard-1X"),
            ("standard-1x", "1X"),
            ("performance-l", "PX"),
            ("basic", "Hobby"),
            ("eco", "Free"),
            ("shield-m", "Private-M"),
            ("dyno-1c-0.5gb", "dyno-1c-0.5gb"),
        ] {
            let size = DynoSize::parse(wanted).expect("a good size");
            assert!(size.is(live) && !size.is("standard-2x"), "{wanted} and {live}");
            assert_eq!(size.written(), wanted);
        }
    }
}

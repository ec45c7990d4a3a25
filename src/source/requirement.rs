//! Versions and what may be asked of them, as Ruby writes both: `~> 8.1.4`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The operators of requirements, longer ones first.
const OPERATORS: [&str; 7] = ["~>", ">=", "<=", "!=", "=", ">", "<"];

/// Requirements in one form: sorted, each with its operator, without the one that anything meets.
pub(super) fn normal<'a>(requirements: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let each = requirements.into_iter().flat_map(|text| text.split(',')).map(parts);
    each.map(|(operator, version)| format!("{operator} {version}")).filter(|one| one != ">= 0").collect()
}

fn parts(requirement: &str) -> (&str, &str) {
    let requirement = requirement.trim();
    let operator = OPERATORS.into_iter().find(|operator| requirement.starts_with(operator));
    match operator {
        Some(operator) => (operator, requirement[operator.len()..].trim()),
        None => ("=", requirement),
    }
}

/// Whether a version meets all of them; `None` when one cannot be read.
pub(super) fn is_met(version: &str, requirements: &BTreeSet<String>) -> Option<bool> {
    let version = numbers(version)?;
    let mut is_met = true;
    for requirement in requirements {
        let (operator, wanted) = parts(requirement);
        let wanted = numbers(wanted)?;
        let order = compare(&version, &wanted);
        is_met &= match operator {
            "=" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            // The last number may rise, and none before it.
            _ => {
                let fixed = wanted.len().saturating_sub(1).max(1);
                order != Ordering::Less && version.iter().take(fixed).eq(wanted.iter().take(fixed))
            }
        };
    }
    Some(is_met)
}

/// `3.4.11` as numbers; versions with letters are not read.
fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

fn compare(one: &[u64], other: &[u64]) -> Ordering {
    let length = one.len().max(other.len());
    let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or_default();
    (0..length)
        .map(|index| at(one, index).cmp(&at(other, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_that_mean_the_same_have_one_form() {
        let of = |texts: &[&str]| normal(texts.iter().copied());
        assert_eq!(of(&[">= 1", "< 3"]), of(&["<3, >=1"]));
        assert_eq!(of(&["1.2"]), of(&["= 1.2"]));
        assert_eq!(of(&[">= 0"]), of(&[]));
        assert_ne!(of(&["~> 8.1.4"]), of(&["~> 8.1.3"]));
    }

    #[test]
    fn a_version_meets_a_requirement_or_does_not() {
        for (version, requirement, expected) in [
            ("3.4.11", "3.4.11", Some(true)),
            ("3.4.11", "3.4.10", Some(false)),
            ("3.4.11", "~> 3.4.2", Some(true)),
            ("3.5.0", "~> 3.4.2", Some(false)),
            ("3.5.0", "~> 3.4", Some(true)),
            ("4.0.0", "~> 3.4", Some(false)),
            ("3.4.11", ">= 3.3, < 3.5", Some(true)),
            ("3.4", "= 3.4.0", Some(true)),
            ("3.4.11", "!= 3.4.11", Some(false)),
            ("3.4.11", "> 3.4.9", Some(true)),
            ("3.4.11", "<= 3.4.9", Some(false)),
            ("3.5.0.preview1", "3.5.0", None),
        ] {
            assert_eq!(is_met(version, &normal([requirement])), expected, "{version} {requirement}");
        }
    }
}

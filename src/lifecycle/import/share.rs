//! What most of many imported apps have in common, in a file that theirs extend. Pure.
//!
//! A file that extends it is proven like any other: with the base it has to be the very spec that the plan proved, or
//! it stands alone.

use std::collections::BTreeMap;

use super::document;
use super::{Asked, Imported, Secrets, parse, parse_on};
use crate::resource::{Line, SpecDraft, SpecValue};

/// The file of what they have in common, beside theirs.
pub(super) const FILE: &str = "base.yaml";

/// What goes from one file to the base, or stays, as a whole: an add-on, a config var, a process type.
type Unit = Vec<String>;

/// What a unit says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Says {
    lines: Vec<Line>,
    remarks: Vec<(String, String)>,
}

/// The files of many apps, where they have something in common.
#[derive(Debug)]
pub struct Shared {
    /// What most have in common.
    pub base: String,
    /// The file of each, in their order; `None` where it cannot extend the base and stays whole.
    pub documents: Vec<Option<String>>,
}

/// Finds what most have in common; `None` where that is nothing.
#[must_use]
pub fn share(apps: &[(Asked, Imported)]) -> Option<Shared> {
    let (first, _) = apps.first()?;
    let drafts: Vec<&SpecDraft> = apps.iter().map(|(_, imported)| &imported.draft).collect();
    let common = common(&drafts, first.secrets);
    if common.lines().is_empty() {
        return None;
    }
    let base = document::base(first, &common);
    let documents: Vec<Option<String>> = apps.iter().map(|one| extending(one, (&base, &common))).collect();
    documents.iter().any(Option::is_some).then_some(Shared { base, documents })
}

/// The file of one that extends the base, if together they say what it says alone.
fn extending((asked, imported): &(Asked, Imported), (base, common): (&str, &SpecDraft)) -> Option<String> {
    let own = beyond(&imported.draft, common);
    let text = document::overlay(asked, &imported.draft, &own, (FILE, &imported.besides));
    let alone = parse(&asked.environment, &imported.document).ok()?;
    let together = parse_on(&asked.environment, &text, Some(base)).ok()?;
    (together.spec == alone.spec).then_some(text)
}

/// What more than half of them say alike. Config vars only where all that have any have this one, since a file cannot
/// take back an inherited one without demanding that it be absent.
fn common(drafts: &[&SpecDraft], secrets: Secrets) -> SpecDraft {
    let all: Vec<Vec<(Unit, Says)>> = drafts.iter().map(|draft| units(draft)).collect();
    let with_config = all.iter().filter(|units| units.iter().any(|(unit, _)| is_config(unit))).count();
    let mut common = SpecDraft::default();
    let mut order: Vec<&Unit> = Vec::new();
    let mut by_unit: BTreeMap<&Unit, Vec<&Says>> = BTreeMap::new();
    for (unit, says) in all.iter().flatten() {
        let of_unit = by_unit.entry(unit).or_default();
        if of_unit.is_empty() {
            order.push(unit);
        }
        of_unit.push(says);
    }
    for unit in order {
        let of_unit = &by_unit[unit];
        let count = |says: &Says| of_unit.iter().filter(|other| **other == says).count();
        let Some(most) = of_unit.iter().max_by_key(|says| count(says)) else { continue };
        let is_everywhere = !is_config(unit) || of_unit.len() == with_config;
        if 2 * count(most) > drafts.len() && is_everywhere && may_be_shared(unit, most, secrets) {
            add(&mut common, most);
        }
    }
    common
}

fn is_config(unit: &Unit) -> bool {
    unit[0] == "config"
}

/// A name is an app's own, a bucket and a user too, and so is a variable that has the environment's name in it.
fn may_be_shared(unit: &Unit, says: &Says, secrets: Secrets) -> bool {
    let is_own = |line: &Line| match line.value {
        SpecValue::From(_) => true,
        SpecValue::Secret => secrets == Secrets::Env,
        _ => false,
    };
    let is_name = unit.as_slice() == ["app", "name"];
    !is_name && !["buckets", "iam_users"].contains(&unit[0].as_str()) && !says.lines.iter().any(is_own)
}

/// What a draft says beyond the base, or otherwise; what the base has and it has not is taken back.
fn beyond(draft: &SpecDraft, base: &SpecDraft) -> SpecDraft {
    let (own, inherited) = (units(draft), units(base));
    let says = |units: &[(Unit, Says)], unit: &Unit| {
        units.iter().find(|(other, _)| other == unit).map(|(_, says)| says.clone())
    };
    let mut beyond = SpecDraft::default();
    for (path, remark) in draft.comments().iter().filter(|(path, _)| is_of_section(path)) {
        beyond.remark(path.clone(), remark.clone());
    }
    for (unit, own) in &own {
        let inherited = says(&inherited, unit);
        if inherited.as_ref() == Some(own) {
            continue;
        }
        add(&mut beyond, own);
        let is_said = |line: &&Line| !own.lines.iter().any(|other| other.keys == line.keys);
        for line in inherited.iter().flat_map(|says| &says.lines).filter(is_said) {
            take_back(&mut beyond, &line.keys);
        }
    }
    for (unit, _) in &inherited {
        let has_section = own.iter().any(|(other, _)| other[0] == unit[0]);
        if !has_section {
            take_back(&mut beyond, &unit[..1]);
        } else if says(&own, unit).is_none() {
            take_back(&mut beyond, unit);
        }
    }
    beyond
}

/// An item of a list goes with its list.
fn take_back(draft: &mut SpecDraft, keys: &[String]) {
    let keys: Vec<&str> = keys.iter().map(String::as_str).take_while(|key| !key.starts_with('[')).collect();
    if !draft.lines().iter().any(|line| line.keys == keys) {
        draft.set(&keys, SpecValue::Bare("null".to_owned()));
    }
}

fn add(draft: &mut SpecDraft, says: &Says) {
    for line in &says.lines {
        let keys: Vec<&str> = line.keys.iter().map(String::as_str).collect();
        draft.set(&keys, line.value.clone());
    }
    for (path, remark) in &says.remarks {
        draft.remark(path.clone(), remark.clone());
    }
}

/// A remark of a section as a whole is the app's own.
fn is_of_section(path: &str) -> bool {
    !path.contains('.')
}

/// What a draft says, in its order.
fn units(draft: &SpecDraft) -> Vec<(Unit, Says)> {
    let mut units: Vec<(Unit, Says)> = Vec::new();
    for line in draft.lines() {
        let unit: Unit = line.keys.iter().take(2).take_while(|key| !key.starts_with('[')).cloned().collect();
        if let Some((_, says)) = units.iter_mut().find(|(other, _)| *other == unit) {
            says.lines.push(line.clone());
            continue;
        }
        let of_unit = |(path, _): &&(String, String)| {
            let unit = unit.join(".");
            let rest = path.strip_prefix(&unit);
            !is_of_section(path) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let remarks = draft.comments().iter().filter(of_unit).cloned().collect();
        units.push((unit, Says { lines: vec![line.clone()], remarks }));
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    type Keys<'a> = &'a [(&'a [&'a str], &'a str)];

    fn draft(keys: Keys<'_>) -> SpecDraft {
        let mut draft = SpecDraft::default();
        for (keys, value) in keys {
            draft.set(keys, *value);
        }
        draft
    }

    fn shown(draft: &SpecDraft) -> Vec<String> {
        let value = |value: &SpecValue| match value {
            SpecValue::Text(text) | SpecValue::Bare(text) => text.clone(),
            other => format!("{other:?}"),
        };
        draft.lines().iter().map(|line| format!("{} {}", line.path(), value(&line.value))).collect()
    }

    const LARGE: Keys<'_> = &[
        (&["app", "name"], "ledger"),
        (&["app", "region"], "eu"),
        (&["addons", "DATABASE", "plan"], "pg:standard-0"),
        (&["addons", "DATABASE", "backups"], "02:00 UTC"),
        (&["config", "LANG"], "en"),
        (&["config", "RAILS_ENV"], "production"),
        (&["formation", "web", "size"], "basic"),
    ];
    const OTHER: Keys<'_> = &[
        (&["app", "name"], "shop"),
        (&["app", "region"], "eu"),
        (&["addons", "DATABASE", "plan"], "pg:standard-0"),
        (&["config", "LANG"], "de"),
        (&["config", "RAILS_ENV"], "production"),
        (&["formation", "web", "size"], "basic"),
    ];
    const SMALL: Keys<'_> = &[(&["app", "name"], "toy"), (&["app", "region"], "us")];

    #[test]
    fn what_most_say_alike_is_common_and_no_name_is() {
        let drafts = [LARGE, LARGE, OTHER, SMALL].map(draft);
        let drafts: Vec<&SpecDraft> = drafts.iter().collect();
        let of = |drafts: &[&SpecDraft]| shown(&common(drafts, Secrets::External));
        assert_eq!(
            of(&drafts),
            ["app.region eu", "config.RAILS_ENV production", "formation.web.size basic"],
            "of four, two are not most"
        );
        assert!(of(&drafts[..3]).contains(&"addons.DATABASE.backups 02:00 UTC".to_owned()));
        assert_eq!(of(&[drafts[0], drafts[3]]), [""; 0]);
    }

    #[test]
    fn a_config_var_that_one_with_config_lacks_is_not_common() {
        let without = draft(&[(&["app", "name"], "desk"), (&["config", "LANG"], "en")]);
        let (large, other) = (draft(LARGE), draft(OTHER));
        let common = common(&[&large, &large, &other, &without], Secrets::External);
        let common = shown(&common);
        assert!(common.contains(&"config.LANG en".to_owned()), "{common:?}");
        assert!(!common.iter().any(|line| line.contains("RAILS_ENV")), "{common:?}");
    }

    #[test]
    fn secrets_from_variables_are_an_environments_own() {
        let mut draft = SpecDraft::default();
        draft.set(&["config", "KEY"], SpecValue::Secret);
        let drafts = [&draft, &draft];
        assert_eq!(common(&drafts, Secrets::External).lines().len(), 1);
        assert_eq!(common(&drafts, Secrets::Env).lines().len(), 0);
    }

    #[test]
    fn a_file_says_what_is_its_own_and_takes_back_what_it_has_not() {
        let (large, other, small) = (draft(LARGE), draft(OTHER), draft(SMALL));
        let base = common(&[&large, &large, &other], Secrets::External);
        assert_eq!(shown(&beyond(&large, &base)), ["app.name ledger"]);
        assert_eq!(
            shown(&beyond(&other, &base)),
            [
                "app.name shop",
                "addons.DATABASE.plan pg:standard-0",
                "addons.DATABASE.backups null",
                "config.LANG de"
            ]
        );
        assert_eq!(
            shown(&beyond(&small, &base)),
            ["app.name toy", "app.region us", "addons null", "config null", "formation null"]
        );
    }
}

//! A step of a plan in a few words, made from its rows: `config`, `set 12 vars`, `setting 12 vars`.

use super::text::{clean, count, listed};
use crate::plan::Plan;
use crate::resource::{Does, Operation, Row};

/// So many names are told one by one; more are counted.
const FEW: usize = 3;

/// What a step is called while it runs and in reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StepLabel {
    /// Where: `addons.DATABASE`, `config`.
    pub(super) address: String,
    /// What it does: `create`, `set 12 vars`.
    pub(super) does: String,
    /// What it is doing: `creating`, `setting 12 vars`.
    pub(super) doing: String,
    /// Whether other steps work at the same address, so that the address alone does not say which one it is.
    pub(super) is_one_of_many: bool,
    /// The option that leaves it out.
    pub(super) spared_by: Option<&'static str>,
}

impl StepLabel {
    /// The shortest name that tells it from all other steps: `addons.DATABASE`, `buckets.uploads: set cors`.
    pub(super) fn name(&self) -> String {
        if self.is_one_of_many { format!("{}: {}", self.address, self.does) } else { self.address.clone() }
    }
}

/// The labels of all steps of a plan, in its order.
pub(super) fn of(plan: &Plan) -> Vec<StepLabel> {
    let rows: Vec<Vec<Row>> = plan.steps.iter().map(|step| step.change.describe()).collect();
    of_rows(&rows)
}

pub(super) fn of_rows(steps: &[Vec<Row>]) -> Vec<StepLabel> {
    let mut labels: Vec<StepLabel> = Vec::new();
    for rows in steps {
        let own: Vec<Row> = rows.iter().filter(|row| row.does != Does::GoAlong).cloned().collect();
        let (address, phrases) = (address(&own), phrases(&own));
        let said = |verb: fn(&Phrase) -> &'static str| {
            let parts = phrases.iter().map(|one| format!("{} {}", verb(one), one.what).trim_end().to_owned());
            parts.collect::<Vec<_>>().join(", ")
        };
        labels.push(StepLabel {
            does: said(|phrase| phrase.does),
            doing: said(|phrase| phrase.doing),
            address,
            is_one_of_many: false,
            spared_by: rows.iter().find_map(|row| row.spared_by),
        });
    }
    for index in 0..labels.len() {
        let same = labels.iter().filter(|label| label.address == labels[index].address).count();
        labels[index].is_one_of_many = same > 1;
    }
    labels
}

/// The address of the rows, or that of the block that they share.
fn address(rows: &[Row]) -> String {
    let mut places: Vec<&str> = match rows {
        [row] => vec![row.address.as_str()],
        rows => rows.iter().map(|row| row.address.block()).collect(),
    };
    places.dedup();
    clean(&listed(&places))
}

/// What is done, and to what: `set` and `cors and tags`. Printed as what it does, or as what it is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    does: &'static str,
    doing: &'static str,
    what: String,
}

impl Phrase {
    fn new(does: &'static str, doing: &'static str, what: impl Into<String>) -> Self {
        Self { does, doing, what: what.into() }
    }

    fn delete(what: impl Into<String>) -> Self {
        Self::new("delete", "deleting", what)
    }

    fn set(what: impl Into<String>) -> Self {
        Self::new("set", "setting", what)
    }
}

fn phrases(rows: &[Row]) -> Vec<Phrase> {
    let [row] = rows else { return together(rows) };
    vec![match &row.does {
        Does::Create => Phrase::new("create", "creating", ""),
        Does::Set => set_fields(row),
        Does::WaitUntil(state) => Phrase::new("wait until it is", "waiting until it is", *state),
        Does::Delete | Does::GoAlong => Phrase::delete(""),
        Does::Task(verb) => Phrase::new(verb.does, verb.doing, ""),
    }]
}

/// `set cors and tags`: fields by the first part of their names.
fn set_fields(row: &Row) -> Phrase {
    let mut names: Vec<String> = Vec::new();
    for field in row.fields.iter().filter(|field| !field.path.is_empty()) {
        let name = clean(field.path.split('.').next().unwrap_or_default());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0 => Phrase::new("update", "updating", ""),
        1..=FEW => Phrase::set(listed(&names)),
        many => Phrase::set(count(many, "field")),
    }
}

/// `set 12 vars, delete OLD_FLAG`: the members of a shared block.
fn together(rows: &[Row]) -> Vec<Phrase> {
    let (removed, set): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.does == Does::Delete);
    let named = |rows: &[&Row]| {
        let names: Vec<String> = rows
            .iter()
            .map(|row| clean(row.address.within_block().unwrap_or(row.address.as_str())))
            .collect();
        if names.len() <= FEW { listed(&names) } else { count(names.len(), rows[0].address.section().noun) }
    };
    let set = (!set.is_empty()).then(|| Phrase::set(named(&set)));
    let removed = (!removed.is_empty()).then(|| Phrase::delete(named(&removed)));
    set.into_iter().chain(removed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Action, Field, addon, bucket, config};

    fn label(rows: Vec<Row>) -> StepLabel {
        of_rows(&[rows]).remove(0)
    }

    fn var(name: &str, action: Action) -> Row {
        Row::new(config::SECTION.address(&name), action)
    }

    fn bucket(action: Action, fields: &[&str]) -> Vec<Row> {
        let fields = fields.iter().map(|path| Field::plain(path, None, Some(&"x")));
        vec![Row::new(bucket::SECTION.address(&"uploads"), action).with(fields)]
    }

    #[test]
    fn few_config_vars_are_named_and_many_are_counted() {
        let few = label(vec![var("A", Action::Create), var("B", Action::Delete)]);
        assert_eq!((few.address.as_str(), few.does.as_str()), ("config", "set A, delete B"));
        let many = label((0..12).map(|number| var(&format!("V{number}"), Action::Update)).collect());
        assert_eq!((many.does.as_str(), many.doing.as_str()), ("set 12 vars", "setting 12 vars"));
    }

    #[test]
    fn steps_at_one_address_are_told_apart_by_what_they_set() {
        let labels = of_rows(&[
            bucket(Action::Create, &["name", "region"]),
            bucket(Action::Update, &["versioning"]),
            bucket(Action::Update, &["cors.origins", "cors.methods", "tags.a"]),
        ]);
        let names: Vec<String> = labels.iter().map(StepLabel::name).collect();
        assert_eq!(
            names,
            [
                "buckets.uploads: create",
                "buckets.uploads: set versioning",
                "buckets.uploads: set cors and tags"
            ]
        );
    }

    #[test]
    fn a_lone_step_is_named_by_its_address() {
        let alone = label(bucket(Action::Create, &["name"]));
        assert_eq!((alone.name().as_str(), alone.doing.as_str()), ("buckets.uploads", "creating"));
    }

    #[test]
    fn what_follows_an_order_waits_for_it() {
        let order = || Row::new(addon::SECTION.address(&"DATABASE"), Action::Create);
        let labels = of_rows(&[vec![order()], vec![order().waiting_until("ready")]]);
        assert_eq!(labels[1].doing, "waiting until it is ready");
        let state = Field::plain("state", Some(&"provisioning"), Some(&"available"));
        let again = Row::new(addon::SECTION.address(&"DATABASE"), Action::Update)
            .with([state])
            .waiting_until("available");
        assert_eq!(label(vec![again]).does, "wait until it is available");
    }
}

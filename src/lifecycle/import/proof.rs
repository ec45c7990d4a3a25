//! The proof that a plan right after an import has nothing to do: the plan itself, made of what the kinds set and of
//! what is live. What it would change or refuse is taken back, and told.

use time::OffsetDateTime;

use super::document::{Besides, document};
use super::{Asked, Found, ImportError, Imported, Secrets, dotenv, parse};
use crate::plan::{self, Plan};
use crate::resource::{Desired, Line, Operation, SpecDraft, SpecValue};
use crate::secret::{self, FingerprintKey, Missing, Secret, Supplied};
use crate::spec::{Environment, Severity, SpecError};

/// Something that cannot stand in the spec: where, and why not.
struct Objection {
    path: String,
    reason: String,
}

fn objection(path: impl Into<String>, reason: impl Into<String>) -> Objection {
    Objection { path: path.into(), reason: reason.into() }
}

pub(super) async fn proven(
    asked: &Asked,
    found: &Found,
    mut draft: SpecDraft,
    moment: (OffsetDateTime, &FingerprintKey),
) -> Result<Imported, ImportError> {
    for left in &asked.left {
        draft.leave(&left.address, left.reason.clone());
    }
    loop {
        let besides = Besides { drains: found.drains, hints: hints(asked, &draft) };
        let text = document(asked, &draft, &besides);
        let values = dotenv::values(asked, &draft, found);
        let objections = objections(asked, found, (&text, &values), moment).await;
        if objections.is_empty() {
            return Ok(Imported {
                document: text,
                external: draft.lines().iter().filter(|line| is_external(asked, line)).count(),
                values: (!values.is_empty()).then(|| dotenv::file(asked, &values)),
                left: draft.left().to_vec(),
                besides,
                draft,
            });
        }
        let mut is_other = false;
        for Objection { path, reason } in &objections {
            // A value that no variable can carry unchanged is left to whoever sets it.
            if draft.keep_external(path) {
                is_other = true;
            } else if let Some(path) = draft.remove(path) {
                draft.leave(path, reason.clone());
                is_other = true;
            }
        }
        if !is_other {
            let reasons = objections.into_iter().map(|one| format!("{}: {}", one.path, one.reason));
            return Err(ImportError::Inexpressible(reasons.collect()));
        }
    }
}

/// The config vars that by their names tell of a bucket or a user, of an app for which nobody was asked about them.
fn hints(asked: &Asked, draft: &SpecDraft) -> Vec<String> {
    if !asked.is_one_of_many {
        return Vec::new();
    }
    let is_told = |name: &str| {
        let name = name.to_ascii_uppercase();
        name.contains("ACCESS_KEY_ID") || name.contains("BUCKET")
    };
    // One by which something was found is no riddle, nor is one that is told of already.
    let is_open = |name: &&String| {
        let address = format!("config.{name}");
        !asked.telling.contains(name) && !asked.left.iter().any(|left| left.address == address)
    };
    let vars =
        draft.lines().iter().filter(|line| line.keys[0] == "config").filter_map(|line| line.keys.get(1));
    vars.filter(|name| is_told(name)).filter(is_open).cloned().collect()
}

fn is_external(asked: &Asked, line: &Line) -> bool {
    match line.value {
        SpecValue::External => true,
        SpecValue::Secret => asked.secrets == Secrets::External,
        SpecValue::Text(_)
        | SpecValue::Bare(_)
        | SpecValue::Texts(_)
        | SpecValue::From(_)
        | SpecValue::Nothing => false,
    }
}

/// What speaks against the file: mistakes in it, and what a plan would change or refuse.
async fn objections(
    asked: &Asked,
    found: &Found,
    (text, values): (&str, &[(String, &Secret)]),
    (now, key): (OffsetDateTime, &FingerprintKey),
) -> Vec<Objection> {
    let environment = match parse(&asked.environment, text) {
        Ok(environment) => environment,
        Err(error) => return mistakes(error),
    };
    let supplied = match supplied(&environment, values).await {
        Ok(supplied) => supplied,
        Err(missing) => return missing.into_iter().map(|one| objection(one.key, one.message)).collect(),
    };
    let desired = Desired { environment: &environment, supplied: &supplied, now, before: None };
    match plan::plan(&desired, &found.world, key) {
        Ok(plan) => differences(&plan),
        Err(mistakes) => mistakes.into_iter().map(|one| objection(one.key, one.message)).collect(),
    }
}

fn mistakes(error: SpecError) -> Vec<Objection> {
    match error {
        SpecError::Findings(findings) => {
            let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
            errors.map(|finding| objection(finding.path, finding.message)).collect()
        }
        other => vec![objection("", other.to_string())],
    }
}

/// What the sources give, asked as a plan will ask, with the file of values loaded.
#[expect(clippy::disallowed_methods, reason = "the values are those that the file will hold")]
async fn supplied(environment: &Environment, values: &[(String, &Secret)]) -> Result<Supplied, Vec<Missing>> {
    let variable = |name: &str| {
        let found = values.iter().find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.reveal().to_owned())
    };
    secret::supply(environment, &variable, secret::Asked::WithoutPrograms).await
}

fn differences(plan: &Plan) -> Vec<Objection> {
    let blocked = plan.blocked.iter().map(|one| objection(one.address.as_str(), &one.reason));
    let deferred = plan.deferred.iter().map(|one| objection(one.address.as_str(), &one.reason));
    let rows = plan.steps.iter().flat_map(|step| step.change.describe());
    let changes = rows.map(|row| objection(row.address.as_str(), "a plan would change what is live"));
    blocked.chain(deferred).chain(changes).collect()
}

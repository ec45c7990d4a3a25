//! Every mistake of meaning in a spec, all at once: what single values cannot show, because it takes two places to
//! see it. Pure: no files, network, clock or environment. A rule on one value alone belongs to its type.

mod aws;
mod config;
mod cors;
mod dynos;
mod heroku;

use super::{Finding, Spec};

/// All findings, in no particular order. A spec with errors among them must not be planned.
#[must_use]
pub fn check(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    heroku::app(spec, &mut findings);
    heroku::addons(spec, &mut findings);
    dynos::formation(spec, &mut findings);
    heroku::buildpacks(spec, &mut findings);
    config::values(spec, &mut findings);
    config::references(spec, &mut findings);
    config::access_keys(spec, &mut findings);
    aws::buckets(spec, &mut findings);
    aws::users(spec, &mut findings);
    template(spec, &mut findings);
    findings
}

fn template(spec: &Spec, findings: &mut Vec<Finding>) {
    let Some(template) = &spec.template else { return };
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let shaped = !template.name.is_empty() && template.name.chars().all(allowed);
    if !shaped {
        let message = format!("`template.name`: `{}` is not the name of a template", template.name);
        let finding = Finding::error("template.name", message);
        findings.push(finding.expected("a folder under `templates/`, such as `rails`"));
    }
}

//! Rules for dynos and what an app of a generation can have (heroku-api.md sections 5 and 7).

use crate::spec::rules::{DYNO_SIZES, nearest};
use crate::spec::{DynoFamily, DynoSize, Finding, Formation, ProcessType, Spec};

pub(super) fn formation(spec: &Spec, findings: &mut Vec<Finding>) {
    for (name, dynos) in &spec.formation {
        findings.extend(range(name, dynos));
        findings.extend(release(name, dynos));
        if let Some(size) = &dynos.size {
            findings.extend(single(name, dynos, size));
            findings.extend(unknown(name, size));
        }
    }
    tiers(spec, findings);
    fir(spec, findings);
}

fn range(name: &ProcessType, dynos: &Formation) -> Option<Finding> {
    let range = dynos.quantity.filter(|range| range.min() > range.max())?;
    let message = format!("the range `{range}` begins above its end");
    Some(Finding::error(format!("formation.{name}.quantity"), message).expected("the fewest, then the most"))
}

/// The release phase runs on a dyno of its own, whose size may be said and which nobody scales (section 6, releases).
fn release(name: &ProcessType, dynos: &Formation) -> Option<Finding> {
    let is_scaled = name.as_str() == "release" && dynos.quantity.is_some_and(|quantity| quantity.max() > 0);
    is_scaled.then(|| {
        let message = "Heroku runs `release` once for each release and never scales it";
        let finding = Finding::error("formation.release.quantity", message);
        finding.help("remove it: the Procfile is enough, and a `size` may be said")
    })
}

/// Eco and basic have one dyno for a process type at most.
fn single(name: &ProcessType, dynos: &Formation, size: &DynoSize) -> Option<Finding> {
    let is_single = matches!(size.family(), DynoFamily::Eco | DynoFamily::Basic);
    let quantity = dynos.quantity.filter(|quantity| is_single && quantity.max() > 1)?;
    let path = format!("formation.{name}.quantity");
    let message = format!("a process type runs on one {size} dyno at most");
    // Of a range that begins at one dyno, nothing is ever asked for that Heroku refuses.
    let finding = if quantity.min() > 1 {
        Finding::error(path, message).expected("0 or 1")
    } else {
        Finding::warning(path, message)
    };
    Some(finding.help("for more dynos, choose `standard-1x`"))
}

/// Heroku may have more sizes than this version knows, and the plan asks it.
fn unknown(name: &ProcessType, size: &DynoSize) -> Option<Finding> {
    (!size.is_known()).then(|| {
        let message = format!("`{size}` is no dyno size that this version knows; `plan` asks Heroku");
        let finding = Finding::warning(format!("formation.{name}.size"), message);
        finding.did_you_mean(nearest(size.as_str(), DYNO_SIZES.iter().copied()))
    })
}

/// Sizes that cannot run in one app.
fn tiers(spec: &Spec, findings: &mut Vec<Finding>) {
    let sized: Vec<(&ProcessType, &DynoSize)> =
        spec.formation.iter().filter_map(|(name, dynos)| Some((name, dynos.size.as_ref()?))).collect();
    let Some((_, first)) = sized.first() else { return };
    for (name, size) in sized.iter().filter(|(_, size)| size.family() != first.family()) {
        let message = format!("`{first}` and `{size}` dynos cannot run in the same app");
        let finding = Finding::error(format!("formation.{name}.size"), message);
        findings.push(finding.help(
            "eco runs only with eco and basic only with basic; standard and performance may mix; private, \
             shield and Fir sizes keep to themselves",
        ));
    }
}

/// An app of the Fir generation has neither a stack to choose nor buildpacks of its own (section 7, Cedar and Fir).
fn fir(spec: &Spec, findings: &mut Vec<Finding>) {
    let sizes = spec.formation.iter().filter_map(|(name, dynos)| Some((name, dynos.size.as_ref()?)));
    let Some((name, size)) = sizes.into_iter().find(|(_, size)| size.family() == DynoFamily::Fir) else {
        return;
    };
    let has_buildpacks = spec.buildpacks.as_ref().is_some_and(|buildpacks| !buildpacks.is_empty());
    let has_stack = spec.app.stack.as_ref().is_some_and(|stack| stack.as_str() != "cnb");
    for (path, _) in [("buildpacks", has_buildpacks), ("app.stack", has_stack)].iter().filter(|(_, has)| *has)
    {
        let message = format!("`{size}` dynos are of the Fir generation, whose apps have no `{path}`");
        let finding = Finding::error(*path, message).on_key().rests_on(format!("formation.{name}.size"));
        findings.push(finding.help("remove it: a Fir app says in its project.toml what it is built with"));
    }
}

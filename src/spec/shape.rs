//! From what was written to the [`Spec`]: defaults filled in, exactly one form chosen. An entry whose required
//! part is broken is left out, since its finding exists already; the rest can still be checked.

use std::collections::{BTreeMap, BTreeSet};

use super::forms::{Dollars, Given, RawEncryption, RawValue, Text};
use super::raw::{
    RawApp, RawBucket, RawCors, RawForm, RawFormation, RawPipeline, RawRotation, RawSpec, RawTemplate,
    RawUser, Scaling,
};
use super::{
    App, AppName, Bucket, ConfigValue, Cors, DrainUrl, Finding, Formation, Generated, Guide, Hostname,
    IamUser, Pipeline, ProcessType, Spec, Template, UserPath, VarName, shape_addon,
};

/// The request headers that Active Storage's direct upload sends (aws-s3-iam.md section 5).
const UPLOAD_HEADERS: [&str; 3] = ["Content-Type", "Content-MD5", "Content-Disposition"];
/// How many random bytes `generate` draws when none are given: 256 bits.
const DEFAULT_BYTES: u16 = 32;

/// The spec and every mistake of form. With mistakes, the spec is only good for finding more of them.
pub(super) fn spec(raw: RawSpec) -> (Spec, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut addons = BTreeMap::new();
    for (name, addon) in raw.addons {
        if let Some(addon) = shape_addon::addon(&name, addon, &mut findings) {
            addons.insert(name, addon);
        }
    }
    let mut config = BTreeMap::new();
    for (name, value) in raw.config {
        if let Some(value) = self::value(&name, value, &mut findings) {
            config.insert(name, value);
        }
    }
    let mut formation = BTreeMap::new();
    for (name, dynos) in raw.formation {
        let dynos = self::formation(&name, dynos, &mut findings);
        formation.insert(name, dynos);
    }
    let spec = Spec {
        app: app(raw.app, &mut findings),
        addons,
        buildpacks: raw.buildpacks,
        config,
        formation,
        buckets: kept(raw.buckets, bucket),
        iam_users: kept(raw.iam_users, user),
        aws_account: raw.aws.and_then(|aws| aws.account),
        monthly_limit_cents: raw.limits.and_then(|limits| limits.monthly_usd).map(|Dollars(cents)| cents),
        cloned_from: raw.cloned_from,
        expires: raw.expires,
        unmanaged: raw.unmanaged.unwrap_or_default(),
        template: raw.template.and_then(template),
    };
    (spec, findings)
}

fn kept<K: Ord, R, T>(raw: BTreeMap<K, R>, shape: fn(R) -> Option<T>) -> BTreeMap<K, T> {
    raw.into_iter().filter_map(|(name, raw)| Some((name, shape(raw)?))).collect()
}

pub(super) fn texts(raw: Option<BTreeMap<String, Text>>) -> BTreeMap<String, String> {
    raw.unwrap_or_default().into_iter().map(|(name, text)| (name, text.0)).collect()
}

fn app(raw: Given<RawApp>, findings: &mut Vec<Finding>) -> App {
    let raw = raw.value();
    findings.extend(raw.iter().flat_map(of_heroku_alone));
    // never seen by a user: without a name there is a finding, and the spec is not handed out
    let unnamed = || AppName::parse("unnamed").expect("a valid app name");
    let Some(raw) = raw else {
        return App {
            name: unnamed(),
            renamed_from: None,
            team: None,
            region: None,
            stack: None,
            maintenance: None,
            features: None,
            domains: None,
            pipeline: None,
            acm: None,
            log_drains: None,
            collaborators: None,
        };
    };
    App {
        name: raw.name.value().unwrap_or_else(unnamed),
        renamed_from: raw.renamed_from,
        team: raw.team,
        region: raw.region,
        stack: raw.stack,
        maintenance: raw.maintenance,
        features: raw.features,
        domains: raw.domains.map(|domains| self::domains(domains, findings)),
        pipeline: raw.pipeline.and_then(pipeline),
        acm: raw.acm,
        log_drains: raw.log_drains.map(|drains| self::drains(drains, findings)),
        collaborators: raw.collaborators.map(|people| {
            people
                .into_iter()
                .map(|(email, permissions)| (email, permissions.into_iter().collect()))
                .collect()
        }),
    }
}

fn pipeline(raw: RawPipeline) -> Option<Pipeline> {
    Some(Pipeline { name: raw.name.value()?, stage: raw.stage.value()? })
}

/// Each name once, and none of those that Heroku gives by itself.
fn domains(raw: Vec<Hostname>, findings: &mut Vec<Finding>) -> BTreeSet<Hostname> {
    let mut domains = BTreeSet::new();
    let path = "app.domains";
    for domain in raw {
        if [".herokuapp.com", ".herokudns.com"].iter().any(|suffix| domain.as_str().ends_with(suffix)) {
            let message = format!("`{domain}` is Heroku's to give, and no custom domain");
            findings
                .push(Finding::error(path, message).help("remove it; every app has such a name by itself"));
        } else if domains.contains(&domain) {
            findings.push(Finding::error(path, format!("the domain `{domain}` is listed twice")));
        } else {
            domains.insert(domain);
        }
    }
    domains
}

/// Each source once. A URL may hold a secret, so it comes from the operator's side.
fn drains(raw: Vec<RawForm>, findings: &mut Vec<Finding>) -> Vec<DrainUrl> {
    let mut drains = Vec::new();
    for (place, form) in raw.into_iter().enumerate() {
        let path = format!("app.log_drains[{place}]");
        let drain = source(&path, form, findings).and_then(|value| {
            let drain = DrainUrl::of(value);
            if drain.is_none() {
                let message = "the URL of a log drain comes from `env`, `file` or `command`";
                let finding = Finding::error(path.as_str(), message);
                findings.push(finding.help("write it as `{ env: LOG_DRAIN_URL }`"));
            }
            drain
        });
        if let Some(drain) = drain.as_ref().filter(|drain| drains.contains(*drain)) {
            findings.push(Finding::error(path, format!("the log drain from {drain} is listed twice")));
        }
        drains.push(drain.unwrap_or_else(DrainUrl::mistaken));
    }
    drains
}

/// What people know of an app from Heroku, and a spec does not say: a sentence each.
fn of_heroku_alone(app: &RawApp) -> Vec<Finding> {
    let finding = |key: &str, message: String, help: String| {
        Finding::error(format!("app.{key}"), message).on_key().help(help)
    };
    let space = app.space.as_ref().map(|space| {
        let message = format!("trueup creates no apps in Private Spaces, such as `{space}`");
        let help = format!("create it with `heroku create --space {space}`, and remove this line: an app that is there is managed");
        finding("space", message, help)
    });
    let organization = app.organization.as_ref().map(|team| {
        let message = "`organization` is what Heroku called a team before".to_owned();
        finding("organization", message, format!("write `team: {team}`"))
    });
    let generation = app.generation.as_ref().map(|_| {
        let message = "the generation follows from where an app is, and cannot be chosen".to_owned();
        finding("generation", message, "remove this line: apps of both generations are managed".to_owned())
    });
    [space, organization, generation].into_iter().flatten().collect()
}

fn value(name: &VarName, raw: RawValue, findings: &mut Vec<Finding>) -> Option<ConfigValue> {
    match raw {
        RawValue::Literal(text) => Some(ConfigValue::Literal(text)),
        RawValue::Absent => Some(ConfigValue::Absent),
        RawValue::Form(form) => source(&format!("config.{name}"), form, findings),
    }
}

/// The one source that a form names.
fn source(path: &str, form: RawForm, findings: &mut Vec<Finding>) -> Option<ConfigValue> {
    if form.is_broken() {
        return None;
    }
    let bytes = form.bytes.value();
    let generate = form.generate.value();
    if bytes.is_some() && generate.is_none() {
        let message = "`bytes` goes only with `generate`";
        findings.push(Finding::error(format!("{path}.bytes"), message).on_key());
    }
    let generated = |kind| Generated { kind, bytes: bytes.unwrap_or(DEFAULT_BYTES) };
    let external = form.external.value();
    if external == Some(false) {
        let finding = Finding::error(format!("{path}.external"), "`external` can only be `true`");
        findings.push(finding.help("leave the var out of the spec when nobody sets it"));
        return None;
    }
    let rotation = form.rotation.value();
    if rotation.is_some() && external.is_none() {
        let message = "`rotation` goes only with `external`";
        findings.push(Finding::error(format!("{path}.rotation"), message).on_key());
    }
    let guide = rotation.and_then(guide);
    let mut sources: Vec<(&str, ConfigValue)> = [
        form.env.value().map(|name| ("env", ConfigValue::Env(name))),
        form.file.value().map(|file| ("file", ConfigValue::File(file))),
        form.command.value().map(|words| ("command", ConfigValue::Command(words))),
        generate.map(|kind| ("generate", ConfigValue::Generate(generated(kind)))),
        form.from.value().map(|reference| ("from", ConfigValue::From(reference))),
        external.map(|_| ("external", ConfigValue::External(guide))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if sources.len() == 1 {
        return sources.pop().map(|(_, value)| value);
    }
    let names: Vec<String> = sources.iter().map(|(key, _)| format!("`{key}`")).collect();
    let message = match names.len() {
        0 => format!("`{path}` does not say where its value comes from"),
        _ => format!("`{path}` has more than one source: {}", names.join(", ")),
    };
    let expected = "exactly one of `env`, `file`, `command`, `generate`, `from`, `external`";
    findings.push(Finding::error(path, message).rests_on(path).expected(expected));
    None
}

/// How a value of somebody else's is replaced; of what is written wrong nothing more is to be said.
fn guide(RawRotation { test, url }: RawRotation) -> Option<Box<Guide>> {
    let is_broken = test.is_broken() || url.is_broken();
    (!is_broken).then(|| Box::new(Guide { test: test.value().unwrap_or_default(), url: url.value() }))
}

impl RawForm {
    fn is_broken(&self) -> bool {
        self.env.is_broken()
            || self.file.is_broken()
            || self.command.is_broken()
            || self.generate.is_broken()
            || self.bytes.is_broken()
            || self.from.is_broken()
            || self.external.is_broken()
            || self.rotation.is_broken()
    }
}

fn formation(name: &ProcessType, raw: RawFormation, findings: &mut Vec<Finding>) -> Formation {
    let quantity = raw.quantity.value();
    if let (Some(Scaling::Unmanaged), Some(quantity)) = (raw.scale, quantity) {
        let message = format!("`scale: unmanaged` does not go with `quantity: {quantity}`");
        let finding = Finding::error(format!("formation.{name}.scale"), message).on_key();
        let finding = finding.rests_on(format!("formation.{name}.quantity"));
        findings.push(
            finding.help("keep one of them; `quantity: 1..5` is a range within which something else scales"),
        );
    }
    Formation { quantity, size: raw.size }
}

fn bucket(raw: RawBucket) -> Option<Bucket> {
    Some(Bucket {
        name: raw.name.value()?,
        region: raw.region.value()?,
        versioning: raw.versioning,
        encryption: raw.encryption.map(|RawEncryption(encryption)| encryption),
        ownership: raw.ownership,
        public_access: raw.public_access,
        public_read: raw.public_read.unwrap_or_default(),
        tls_only: raw.tls_only,
        cors: raw.cors.into_iter().flat_map(|rules| rules.placed("cors")).filter_map(cors).collect(),
        lifecycle: raw.lifecycle,
        adopt: raw.adopt.unwrap_or(false),
        tags: texts(raw.tags),
        protect: raw.protect.unwrap_or(true),
    })
}

fn cors((key, raw): (String, RawCors)) -> Option<Cors> {
    let owned = |defaults: &[&str]| defaults.iter().map(|text| (*text).to_owned()).collect();
    Some(Cors {
        key,
        origins: raw.origins.value()?,
        methods: raw.methods.unwrap_or_else(|| owned(&["PUT"])),
        headers: raw.headers.unwrap_or_else(|| owned(&UPLOAD_HEADERS)),
        expose: raw.expose.unwrap_or_default(),
        max_age_seconds: raw.max_age_seconds.unwrap_or(3600),
    })
}

fn user(raw: RawUser) -> Option<IamUser> {
    Some(IamUser {
        name: raw.name.value()?,
        renamed_from: raw.renamed_from,
        is_path_given: raw.path.is_some(),
        path: raw.path.unwrap_or_else(UserPath::usual),
        grants: raw.grants,
        access_key: raw.access_key,
        permissions_boundary: raw.permissions_boundary,
        adopt: raw.adopt.unwrap_or(false),
        tags: texts(raw.tags),
    })
}

fn template(raw: RawTemplate) -> Option<Template> {
    Some(Template { name: raw.name.value()?, vars: raw.vars })
}

//! Custom domains of the app (heroku-api.md section 7). Heroku gives each a target of its own, and its DNS has to
//! point there, which is the owner's to do: the target is told after an apply, and stands in a plan's JSON.
//!
//! Only what was added is compared: the domain of Heroku's own stays, and so does what the spec does not name, unless it
//! was dropped from the spec and is to be pruned. Certificates are not a domain's: the endpoint that serves one is Heroku's to choose.

mod proof;
mod removal;

use std::time::Duration;

use super::create::create;
use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Address, Desired, Draft, Facts, Field, Label, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World,
};
use crate::cloud::heroku::{Domain, DomainStatus};
use crate::cloud::{CloudError, ErrorKind, Pace};
use crate::spec::{Hostname, Spec, WaitLimit};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("app.domains").kind("heroku_domain").noun("domain");

/// What a domain's DNS has to point at.
static DNS_TARGET: Label =
    Label { name: "dns_target", words: "point its DNS here (CNAME; ALIAS or ANAME for an apex)" };

/// The domains that were added to the app; empty when the spec says nothing of domains.
pub type Observed = Vec<Domain>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        if look.spec().app.domains.is_none() {
            return Ok(Observed::new());
        }
        let domains = look.of_app(|app| async move { look.clouds().heroku.domains(&app).await }).await?;
        let mut domains: Observed =
            domains.unwrap_or_default().into_iter().filter(|domain| domain.is_custom).collect();
        domains.sort_by(|one, other| one.hostname.cmp(&other.hostname));
        Ok(domains)
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        u64::from(spec.app.domains.is_some())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.domain {
            // Not how far Heroku is with it: that changes by itself.
            facts.state(&SECTION.address(&live.hostname), &live.id);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let wanted = desired.spec().app.domains.as_ref();
        for hostname in wanted.into_iter().flatten() {
            match world.domain.iter().find(|live| live.hostname == hostname.as_str()) {
                None => {
                    draft.change(Change::Add { hostname: hostname.clone() });
                    draft.change(Change::Await { hostname: hostname.clone(), added_now: true });
                }
                Some(live) => compare(hostname, live, draft),
            }
        }
        for live in &world.domain {
            if !wanted.into_iter().flatten().any(|hostname| hostname.as_str() == live.hostname) {
                beside(live, desired, draft);
            }
        }
    }
}

/// One that the spec does not name.
fn beside(live: &Domain, desired: &Desired<'_>, draft: &mut Draft) {
    let address = SECTION.address(&live.hostname);
    let dropped = desired.before.and_then(|before| {
        let mut domains = before.spec.app.domains.iter().flatten();
        Some((domains.find(|hostname| hostname.as_str() == live.hostname)?, before.prune))
    });
    match dropped {
        Some((hostname, true)) => {
            draft.pruned.push(address);
            draft.change(Change::Remove { hostname: hostname.clone(), id: live.id.clone() });
        }
        Some((_, false)) => draft.prunable(address),
        None if desired.spec().app.domains.is_some() => {
            draft.unmanaged(address, "live, not in the spec: left alone");
        }
        None => {}
    }
}

/// Where a domain's DNS has to point, once that is known.
pub(super) fn target(hostname: &Hostname) -> Output {
    Output::Published(address(hostname), &DNS_TARGET)
}

/// By the form in which Heroku keeps it, so that one domain has one address however it is written.
fn address(hostname: &Hostname) -> Address {
    SECTION.address(&hostname.as_str())
}

fn compare(hostname: &Hostname, live: &Domain, draft: &mut Draft) {
    let address = address(hostname);
    if let Some(target) = &live.cname {
        draft.output(address.clone(), &DNS_TARGET, target);
    }
    match &live.status {
        DomainStatus::Pending => draft.change(Change::Await { hostname: hostname.clone(), added_now: false }),
        DomainStatus::None | DomainStatus::Succeeded => draft.unchanged(),
        DomainStatus::Other(status) => draft.blocked(
            address,
            format!("Heroku could not add it: its status is `{status}`"),
            format!("remove it with `heroku domains:remove '{hostname}'`, then run the same command again"),
        ),
    }
}

/// What can be done to a domain.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /apps/{app}/domains`.
    Add {
        /// The domain.
        hostname: Hostname,
    },
    /// Waits until Heroku serves it and says where its DNS has to point. Changes nothing by itself.
    Await {
        /// The domain.
        hostname: Hostname,
        /// Whether this run added it, so that the wait is part of the creation.
        added_now: bool,
    },
    /// `DELETE /apps/{app}/domains/{domain}`, of one that was dropped from the spec.
    Remove {
        /// The domain.
        hostname: Hostname,
        /// Its id at Heroku.
        id: String,
    },
}

impl Change {
    fn hostname(&self) -> &Hostname {
        match self {
            Self::Add { hostname } | Self::Await { hostname, .. } | Self::Remove { hostname, .. } => hostname,
        }
    }

    /// That it was added, and its id at Heroku.
    fn added(&self) -> Output {
        Output::Of(address(self.hostname()), "id")
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |action| Row::new(address(self.hostname()), action);
        vec![match self {
            Self::Add { hostname } => {
                row(Action::Create).with([Field::plain("hostname", None, Some(hostname))])
            }
            Self::Await { added_now: true, .. } => row(Action::Create).waiting_until("ready"),
            Self::Await { added_now: false, .. } => row(Action::Update)
                .waiting_until("ready")
                .because("added before, and not ready yet")
                .with([Field::plain("status", Some(&"pending"), Some(&"succeeded"))]),
            Self::Remove { hostname, .. } => {
                row(Action::Delete).with([Field::plain("hostname", Some(hostname), None)])
            }
        }]
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Add { .. } | Self::Remove { .. } => vec![Output::App],
            Self::Await { .. } => vec![Output::App, self.added()],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Add { .. } => vec![self.added()],
            Self::Await { hostname, .. } => vec![target(hostname)],
            Self::Remove { .. } => Vec::new(),
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether a name is free is told by the addition itself.
        let Self::Remove { hostname, id } = self else { return Ok(Recheck::AsPlanned) };
        let live = run.clouds.heroku.domain(&run.app(), hostname.as_str()).await?.map(|live| live.id);
        let is_as_before = live.as_ref() == Some(id);
        Ok(Recheck::judge(is_as_before, live.is_none(), || format!("the domain {hostname} changed")))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Remove { id, .. } => {
                run.clouds.heroku.remove_domain(&run.app(), id).await.map(|()| Outputs::none())
            }
            Self::Add { hostname } => Ok(Outputs::none().and(self.added(), add(run, hostname).await?.id)),
            Self::Await { hostname, .. } => {
                let target = wait(run, hostname).await?;
                let output = self::target(hostname);
                Ok(target
                    .into_iter()
                    .fold(Outputs::none(), |outputs, target| outputs.and(output.clone(), target)))
            }
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        let target = Some("tranquil-otter-1.herokudns.com".to_owned());
        let hostname = self.hostname().as_str().to_owned();
        world.domain.retain(|domain| domain.hostname != hostname);
        if matches!(self, Self::Remove { .. }) {
            return;
        }
        world.domain.push(Domain {
            id: hostname.clone(),
            hostname,
            is_custom: true,
            cname: target,
            status: DomainStatus::Succeeded,
            acm_status: None,
            acm_reason: None,
            endpoint: None,
        });
    }
}

async fn add(run: &Run, hostname: &Hostname) -> Result<Domain, CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let send = || heroku.add_domain(&app, hostname);
    let look = || heroku.domain(&app, hostname.as_str());
    // Heroku refuses a name that any app has. Only when it is this app's, another apply was faster.
    let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
    create(send, look, is_taken, || format!("the domain {hostname} was added by someone else")).await
}

/// How long a domain that is being added is waited for.
const USUAL: WaitLimit = WaitLimit::minutes(10);

/// How often its target is asked for, which may come a while after the domain is there: each second, for half a
/// minute, as the official client does (heroku-api.md section 7).
fn without_target() -> Pace {
    Pace::new(Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(30))
}

/// Waits until Heroku serves it. Where its DNS has to point comes with it; a target that does not come is no
/// failure, since the next plan tells it.
async fn wait(run: &Run, hostname: &Hostname) -> Result<Option<String>, CloudError> {
    let gave_up = |message: &str| CloudError::gave_up(format!("wait for domain {hostname}"), message);
    let limit = run.limit(USUAL);
    let (mut pending, mut without_target) = (Pace::heroku(limit.duration()), without_target());
    loop {
        let Some(live) = run.clouds.heroku.domain(&run.app(), hostname.as_str()).await? else {
            return Err(gave_up("it disappeared while it was being added"));
        };
        let pause = match (live.status, live.cname) {
            (DomainStatus::Other(status), _) => {
                return Err(gave_up(&format!("Heroku could not add it: its status is `{status}`")));
            }
            (DomainStatus::Pending, _) => {
                run.progress.update("waiting for Heroku");
                pending.next().ok_or_else(|| {
                    let limit = limit.in_words();
                    gave_up(&format!("not ready after {limit}; it was added, and goes on by itself; `--wait` sets how long is waited"))
                })?
            }
            (DomainStatus::None | DomainStatus::Succeeded, None) => {
                run.progress.update("waiting for its DNS target");
                let Some(pause) = without_target.next() else { return Ok(None) };
                pause
            }
            (DomainStatus::None | DomainStatus::Succeeded, target) => return Ok(target),
        };
        if run.pause(pause).await.is_err() {
            return Err(gave_up("stopped while waiting; it was added, and goes on by itself"));
        }
    }
}

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.app.domains.as_ref().is_some_and(|domains| !domains.is_empty()) {
            rights.scope(Scope::Write);
        }
    }

    /// They go with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
#[path = "domain_tests.rs"]
mod tests;

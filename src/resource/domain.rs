//! Custom domains of the app (heroku-api.md section 7). Heroku gives each a target of its own, and its DNS has to
//! point there, which is the owner's to do: the target is told after an apply, and stands in a plan's JSON.
//!
//! Only what was added is compared, and nothing is removed: the domain of Heroku's own and what the spec does not
//! name stay. Certificates are not a domain's: the endpoint that serves one is Heroku's to choose.

mod removal;

use std::time::Duration;

use super::create::create;
use super::{
    Action, Address, Block, Desired, Draft, Facts, Field, Label, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World,
};
use crate::cloud::heroku::{Domain, DomainStatus};
use crate::cloud::{CloudError, ErrorKind, Pace};
use crate::spec::{Hostname, Spec};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section { key: "app.domains", part: None, kind: "heroku_domain", noun: "domain", block: Block::Each };

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
        let Some(wanted) = &desired.spec().app.domains else { return };
        for hostname in wanted {
            match world.domain.iter().find(|live| live.hostname == hostname.as_str()) {
                None => {
                    draft.change(Change::Add { hostname: hostname.clone() });
                    draft.change(Change::Await { hostname: hostname.clone(), added_now: true });
                }
                Some(live) => compare(hostname, live, draft),
            }
        }
        for live in &world.domain {
            if !wanted.iter().any(|hostname| hostname.as_str() == live.hostname) {
                draft.unmanaged(SECTION.address(&live.hostname), "live, not in the spec: left alone");
            }
        }
    }
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

/// What can be done to a domain. Removing one is left to `destroy`.
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
}

impl Change {
    fn hostname(&self) -> &Hostname {
        match self {
            Self::Add { hostname } | Self::Await { hostname, .. } => hostname,
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
        }]
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Add { .. } => vec![Output::App],
            Self::Await { .. } => vec![Output::App, self.added()],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Add { .. } => vec![self.added()],
            Self::Await { hostname, .. } => vec![Output::Published(address(hostname), &DNS_TARGET)],
        }
    }

    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        // Whether a name is free is told by the addition itself.
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Add { hostname } => Ok(Outputs::none().and(self.added(), add(run, hostname).await?.id)),
            Self::Await { hostname, .. } => {
                let target = wait(run, hostname).await?;
                let output = Output::Published(address(hostname), &DNS_TARGET);
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
        world.domain.push(Domain {
            id: hostname.clone(),
            hostname,
            is_custom: true,
            cname: target,
            status: DomainStatus::Succeeded,
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

/// How often a domain that is being added is asked for: up to every 5 s, for 10 minutes.
fn pending() -> Pace {
    Pace::new(Duration::from_millis(200), Duration::from_secs(5), Duration::from_mins(10))
}

/// How often its target is asked for, which may come a while after the domain is there: each second, for half a
/// minute, as the official client does (heroku-api.md section 7).
fn without_target() -> Pace {
    Pace::new(Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(30))
}

/// Waits until Heroku serves it. Where its DNS has to point comes with it; a target that does not come is no
/// failure, since the next plan tells it.
async fn wait(run: &Run, hostname: &Hostname) -> Result<Option<String>, CloudError> {
    let gave_up = |message: &str| CloudError::gave_up(format!("wait for domain {hostname}"), message);
    let (mut pending, mut without_target) = (pending(), without_target());
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
                pending.next().ok_or_else(|| gave_up("not ready after 10 minutes; it was added"))?
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

#[cfg(test)]
#[path = "domain_tests.rs"]
mod tests;

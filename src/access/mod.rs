//! What an identity has to be allowed to run a command on an environment: rights of AWS as a policy, scopes of the
//! Heroku token, and who may take the role on.
//!
//! What needs which right, the kinds say (`resource::rights`), and the lock says it of itself. What must not live here:
//! any kind's name.

mod branch;
mod document;
mod trust;

pub use branch::Branch;
pub use document::{Policy, ROOM};
pub use trust::{Jobs, NoAccount, Repository, TrustPolicy};

use crate::lock;
use crate::resource::rights::{self, Purpose, Scope};
use crate::spec::{Environment, Spec};

/// What a command on an environment needs.
#[derive(Clone, Debug)]
pub struct Access {
    /// What the AWS identity has to be allowed; `None` when the spec has nothing on AWS.
    pub aws: Option<Policy>,
    /// The scopes of the Heroku token.
    pub scopes: Vec<Scope>,
    /// Who may take the role on, when that was asked.
    pub trust: Option<TrustPolicy>,
}

/// What an environment needs for a purpose; to be made as a clone, of which one.
pub fn of(
    environment: &Environment,
    (purpose, source): (Purpose, Option<&Environment>),
    jobs: Option<Jobs<'_>>,
) -> Result<Access, NoAccount> {
    let (aws, scopes) = needed(&environment.spec, purpose, source.map(|source| &source.spec));
    let trust = jobs.map(|jobs| TrustPolicy::of(environment, purpose, jobs)).transpose()?;
    Ok(Access { aws, scopes, trust })
}

fn needed(spec: &Spec, purpose: Purpose, source: Option<&Spec>) -> (Option<Policy>, Vec<Scope>) {
    let mut rights = match (purpose, source) {
        (Purpose::Clone, Some(source)) => rights::rights_to_clone(source, spec),
        _ => rights::rights(spec, purpose),
    };
    if purpose != Purpose::Plan {
        lock::rights(spec, &mut rights);
    }
    (Policy::of(&rights.allowed()), rights.scopes())
}

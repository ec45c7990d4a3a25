//! `trueup doctor`: whether a plan could run here, and if not, why and what mends it. It reads, and judges what it read.
//!
//! What must not live here: what is wrong with an environment, which `plan` and `verify` say.

mod aws;
mod heroku;
mod machine;
mod versions;

use time::OffsetDateTime;

use crate::cloud::{Bundle, CloudError, Clouds, Proxy};
use crate::spec::{Environment, EnvironmentName};

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// The clients; or why there are none.
    pub clouds: Result<&'a Clouds, &'a CloudError>,
    /// The environments that can be read.
    pub environments: &'a [Environment],
    /// Those that cannot.
    pub broken: &'a [EnvironmentName],
    /// The proxy on the way.
    pub proxy: &'a Proxy,
    /// The certificates to trust, as variables name them.
    pub trusted: &'a [Bundle],
    /// What time it is here.
    pub now: OffsetDateTime,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Well.
    Ok,
    /// A plan can run all the same.
    Warn,
    /// No plan can run.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What: `heroku.token`.
    pub id: String,
    /// How bad it is.
    pub health: Health,
    /// What was seen.
    pub detail: String,
    /// The command that mends it.
    pub remedy: Option<String>,
}

impl Diagnosis {
    fn ok(id: &str, detail: impl Into<String>) -> Self {
        Self { id: id.to_owned(), health: Health::Ok, detail: detail.into(), remedy: None }
    }

    fn warn(id: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { health: Health::Warn, remedy: Some(remedy.into()), ..Self::ok(id, detail) }
    }

    fn fail(id: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { health: Health::Fail, ..Self::warn(id, detail, remedy) }
    }

    fn of(id: &str, error: &CloudError, remedy: &str) -> Self {
        Self::fail(id, error.to_string(), error.hint().unwrap_or_else(|| remedy.to_owned()))
    }
}

/// Everything that was looked at, in an order for people.
pub async fn examine(patient: Patient<'_>) -> Vec<Diagnosis> {
    let machine = machine::examine(patient);
    let services = match patient.clouds {
        Ok(clouds) => {
            let (heroku, aws) = tokio::join!(heroku::examine(patient, clouds), aws::examine(patient, clouds));
            [heroku, aws].concat()
        }
        // What is wrong with the machine may be the reason, and then is told better.
        Err(_) if machine.iter().any(|one| one.health == Health::Fail) => Vec::new(),
        Err(error) => vec![Diagnosis::of("connect", error, "trueup doctor -v")],
    };
    [specs(patient), machine, versions::examine(patient.environments), services].concat()
}

fn specs(patient: Patient<'_>) -> Vec<Diagnosis> {
    let broken = patient.broken.iter().map(|name| {
        let id = format!("environments.{name}");
        Diagnosis::fail(&id, "the file has mistakes", format!("trueup validate {name}"))
    });
    broken.collect()
}

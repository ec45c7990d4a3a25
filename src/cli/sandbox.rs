//! `trueup sandbox`: serves the embedded cloud in the foreground, and prints what points programs at it.

use std::time::Duration;

use super::arguments::Sandbox as Request;
use super::context::Context;
use super::signal::Interruptions;
use super::{Exit, scratch};
use crate::message::{Failure, Notice, Task};
use crate::sandbox::{Fault, Knobs, Options, ROOT_KEY, ROOT_SECRET, Sandbox, check_postgres};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let state_dir = if request.in_memory { None } else { Some(scratch::prepare(&context.project()?)?) };
    let knobs = Knobs {
        latency: Duration::from_millis(request.latency),
        provisioning: Duration::from_millis(request.provisioning),
        key_propagation: Duration::from_millis(request.key_propagation),
        postgres: request.postgres.clone(),
        faults: faults(request)?,
        ..Knobs::default()
    };
    check_postgres(&knobs).map_err(Failure::system(Task::ReachPostgres))?;
    let sandbox = Sandbox::start(Options { port: request.port, state_dir, knobs })
        .await
        .map_err(Failure::system(Task::Serve(request.port)))?;
    output.data(&exports(&sandbox.url()))?;
    output.notice(&Notice::Serving);
    Interruptions::listen().next().await;
    sandbox.stop().await;
    Ok(Exit::Done)
}

fn faults(request: &Request) -> Result<Vec<Fault>, Failure> {
    let Some(file) = &request.faults else { return Ok(Vec::new()) };
    let read = || Ok(serde_json::from_str(&std::fs::read_to_string(file)?)?);
    read().map_err(Failure::system(Task::ReadFaults(file.clone())))
}

/// What a shell evaluates so that `heroku`, `aws`, `terraform` and trueup talk to this cloud.
fn exports(url: &str) -> String {
    let host = url.trim_start_matches("http://").split(':').next().unwrap_or_default();
    let variables = [
        ("HEROKU_API_KEY", "sandbox"),
        ("HEROKU_API_URL", url),
        ("HEROKU_DATA_API_URL", url),
        ("HEROKU_HOST", url),
        ("HEROKU_DATA_HOST", host),
        ("HEROKU_POSTGRESQL_HOST", host),
        ("HEROKU_PARTICLEBOARD_URL", url),
        ("HEROKU_BUILDPACK_REGISTRY_URL", url),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", ROOT_KEY),
        ("AWS_SECRET_ACCESS_KEY", ROOT_SECRET),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // What an office sets for AWS's own addresses.
        ("AWS_USE_FIPS_ENDPOINT", "false"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
        // What these programs ask of anybody else (heroku-api.md section 9).
        ("DISABLE_TELEMETRY", "true"),
        ("HEROKU_SKIP_NEW_VERSION_CHECK", "true"),
        ("CHECKPOINT_DISABLE", "true"),
    ];
    variables.map(|(name, value)| format!("export {name}={value}\n")).concat()
}

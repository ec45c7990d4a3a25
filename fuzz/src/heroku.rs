//! Answers of Heroku of any bytes: every family of its API, through the real client over loopback.

use std::collections::BTreeMap;

use tokio::runtime::Runtime;
use trueup::testing::cloud::{AppPatch, Heroku, HerokuSettings, NewAddon, NewApp, NewSchedule, Scale};
use trueup::testing::cloud::{CloudError, Meter};
use trueup::testing::hostile;
use trueup::testing::secret::Secret;
use trueup::testing::spec::{
    AddonName, AddonPlan, AppName, AttachmentName, Buildpack, Hostname, ProcessType,
};

use super::replay::Replay;
use super::script::{Script, Words};
use super::{LIVE, SECRET, TOKEN, error_is_fit_to_show, guesses_a_secret};

/// The calls that a script may name.
pub(crate) const CALLS: [&str; 33] = [
    "add domain",
    "addon",
    "addons",
    "all addons",
    "all apps",
    "all attachments",
    "app",
    "attach",
    "attachments",
    "backup schedules",
    "buildpacks",
    "certificates",
    "change plan",
    "config vars",
    "create addon",
    "create app",
    "domain",
    "domains",
    "dyno sizes",
    "formation",
    "latest release",
    "patch config",
    "plan",
    "put buildpacks",
    "rate limit",
    "regions",
    "scale",
    "schedule backup",
    "service plans",
    "wait status",
    "addon named",
    "is copyable",
    "credential names",
];
/// The values of config vars come back.
const GIVEN: &[(&str, &str)] = &[("{{token}}", TOKEN), ("{{secret}}", SECRET), ("{{live}}", LIVE)];
/// A list ends after a hundred pages, each of which is asked for four times at most.
const MOST_CALLS: usize = 400;

/// A client and the server that it talks to, kept from one input to the next.
struct Rig {
    runtime: Runtime,
    replay: Replay,
    heroku: Heroku,
}

thread_local! {
    static RIG: Rig = Rig::new();
}

impl Rig {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let replay = runtime.block_on(Replay::start());
        let settings = HerokuSettings::at(&replay.url, TOKEN);
        let heroku = hostile::heroku(settings, Meter::default()).expect("loopback is accepted");
        Self { runtime, replay, heroku }
    }
}

/// What an error may quote is what was sent: the token always, a secret by one call.
fn words(call: &str) -> Words {
    match call {
        "patch config" => {
            Words { in_errors: &[("{{token}}", TOKEN), ("{{secret}}", SECRET)], in_success: GIVEN }
        }
        _ => Words { in_errors: &[("{{token}}", TOKEN)], in_success: GIVEN },
    }
}

/// A script of answers to one call.
pub fn heroku(input: &[u8]) {
    if guesses_a_secret(input) {
        return;
    }
    RIG.with(|rig| {
        let script = Script::read(input, &CALLS, words);
        rig.replay.tell(script.answers);
        let call = CALLS[script.call];
        // Most answers have no size worth a bound; what they say of an error does.
        if let Err(error) = rig.runtime.block_on(made(&rig.heroku, call)) {
            error_is_fit_to_show(&error);
        }
        // A rate limit is bounded by time, and here that is five milliseconds.
        let given = rig.replay.given();
        assert!(given <= MOST_CALLS, "`{call}` was sent {given} times");
    });
}

/// Makes a call; what it gives is looked at, so that it is decoded to the last part.
async fn made(heroku: &Heroku, call: &str) -> Result<usize, CloudError> {
    Ok(match call {
        "addon" => seen(heroku.addon("ledger", "postgresql-curved-1").await?),
        "addon named" => seen(heroku.addon_named(&shared()).await?),
        "addons" => seen(heroku.addons("ledger").await?),
        "all addons" => seen(heroku.all_addons(100).await?),
        "all apps" => seen(heroku.all_apps(100).await?),
        "all attachments" => seen(heroku.all_attachments(100).await?),
        "app" => seen(heroku.app("ledger").await?),
        "attachments" => seen(heroku.attachments("ledger").await?),
        "backup schedules" => seen(heroku.backup_schedules("01").await?),
        "buildpacks" => seen(heroku.buildpacks("ledger").await?),
        "certificates" => seen(heroku.certificates("ledger").await?),
        "config vars" => seen(heroku.config_vars("ledger").await?),
        "credential names" => seen(heroku.credential_names("01").await?),
        "domain" => seen(heroku.domain("ledger", "app.ledger.example").await?),
        "domains" => seen(heroku.domains("ledger").await?),
        "dyno sizes" => seen(heroku.dyno_sizes().await?),
        "formation" => seen(heroku.formation("ledger").await?),
        "is copyable" => seen(heroku.is_copyable("01").await?),
        "latest release" => seen(heroku.latest_release("ledger").await?),
        "plan" => seen(heroku.plan(&plan()).await?),
        "rate limit" => seen(heroku.rate_limit().await?),
        "regions" => seen(heroku.regions().await?),
        "service plans" => seen(heroku.service_plans("heroku-postgresql").await?),
        "wait status" => seen(heroku.wait_status("01", &plan()).await?),
        _ => written(heroku, call).await?,
    })
}

async fn written(heroku: &Heroku, call: &str) -> Result<usize, CloudError> {
    let attachment = || AttachmentName::parse("DATABASE").expect("a name");
    Ok(match call {
        "add domain" => {
            let hostname = Hostname::parse("app.ledger.example").expect("a host name");
            seen(heroku.add_domain("ledger", &hostname).await?)
        }
        "attach" => seen(heroku.attach(("shared-redis", None), "ledger", &attachment(), false).await?),
        "change plan" => seen(heroku.change_plan("ledger", "01", &plan()).await?),
        "create addon" => {
            let new = NewAddon { plan: plan(), attachment: attachment(), config: BTreeMap::new() };
            seen(heroku.create_addon("ledger", &new).await?)
        }
        "create app" => {
            let name = AppName::parse("ledger").expect("a name");
            seen(heroku.create_app(&NewApp { name, team: None, region: None, stack: None }).await?)
        }
        "patch config" => {
            let changes = [("A".to_owned(), Some(Secret::new(SECRET)))].into();
            seen(heroku.patch_config("ledger", &changes).await?)
        }
        "put buildpacks" => {
            let ruby = Buildpack::parse("heroku/ruby").expect("a buildpack");
            seen(heroku.put_buildpacks("ledger", &[ruby]).await?)
        }
        "scale" => {
            let process_type = ProcessType::parse("web").expect("a type");
            seen(heroku.scale("ledger", &[Scale { process_type, quantity: Some(1), size: None }]).await?)
        }
        "schedule backup" => {
            let new = NewSchedule { name: "DATABASE_URL".to_owned(), hour: 2, timezone: "UTC".to_owned() };
            seen(heroku.schedule_backup("01", &new).await?)
        }
        _ => seen(
            heroku.update_app("ledger", &AppPatch { maintenance: Some(true), ..AppPatch::default() }).await?,
        ),
    })
}

fn shared() -> AddonName {
    AddonName::parse("shared-redis").expect("an add-on")
}

fn plan() -> AddonPlan {
    AddonPlan::parse("heroku-postgresql:standard-0").expect("a plan")
}

fn seen(answer: impl std::fmt::Debug) -> usize {
    format!("{answer:?}").len()
}

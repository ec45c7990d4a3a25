//! Whether the app is there, what it runs took effect, and it answers.

use std::time::Duration;

use url::Url;

use super::Kind;
use crate::cloud::heroku::{App, Release, ReleaseStatus};
use crate::cloud::{CloudError, Clouds, Pace};
use crate::resource::app::{Observed, SECTION};
use crate::resource::proof::{Asked, Chain, Finding, Proof, Prove, look_again};
use crate::resource::{World, formation};

/// How long an app may take to answer, from the start of its dynos.
const STARTING: Duration = Duration::from_secs(75);
/// How long a check of that may take.
pub const LIMIT: Duration = Duration::from_secs(105);

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let part = |part: &str| SECTION.whole().part(part).to_string();
        proof.known(SECTION.whole().to_string(), is_there(asked));
        let Some(app) = asked.app() else { return };
        proof.check(part("release"), release(asked.clouds(), app));
        let mut chain = Chain::default();
        let site = app.web_url.as_deref().and_then(|url| Url::parse(url).ok());
        chain.add(part("up"), answers(asked, app, site));
        chain.within(LIMIT);
        proof.chain(chain);
    }
}

fn is_there(asked: Asked<'_>) -> Finding {
    let name = &asked.overview.desired.spec().app.name;
    match &asked.overview.world.app {
        Observed::Live(app) => {
            let stack = app.stack.as_deref().map(|stack| format!(" on {stack}")).unwrap_or_default();
            Finding::pass(format!("{name} is there{stack}"))
        }
        Observed::OldName(app) => {
            Finding::fail(format!("it is still called {}", app.name), asked.command("apply"))
        }
        Observed::Absent => Finding::fail(format!("there is no app {name}"), asked.command("apply")),
        Observed::Foreign => Finding::fail(
            format!("the app {name} belongs to someone else"),
            "use a token of an account that may see it",
        ),
    }
}

async fn release(clouds: &Clouds, app: &App) -> Finding {
    match clouds.heroku.latest_release(&app.id).await {
        Ok(None) => Finding::skipped("there is no release yet"),
        Ok(Some(release)) => took_effect(&release, &app.name),
        Err(error) => Finding::failed(&error, "trueup doctor"),
    }
}

fn took_effect(release: &Release, app: &str) -> Finding {
    let Release { version, status, .. } = release;
    let output = format!("heroku releases:output v{version} -a {app}");
    match status {
        ReleaseStatus::Succeeded => Finding::pass(format!("v{version} took effect")),
        ReleaseStatus::Failed => {
            Finding::fail(format!("v{version} failed, and the one before it still runs"), output)
        }
        ReleaseStatus::Pending => {
            Finding::warn(format!("the release phase of v{version} still runs"), output)
        }
        ReleaseStatus::Expired => Finding::warn(
            format!("the code of v{version} is no longer kept"),
            "deploy again before anything has to be rolled back",
        ),
        ReleaseStatus::Other(status) => {
            Finding::warn(format!("v{version} is `{status}`"), format!("heroku releases -a {app}"))
        }
    }
}

/// Asks a site of the app for `/up` until it is answered by the app, which a router does in its place while dynos start.
pub async fn answers(asked: Asked<'_>, app: &App, site: Option<Url>) -> Finding {
    let page = match page(asked, app, site) {
        Ok(page) => page,
        Err(finding) => return finding,
    };
    let mut pauses = Pace::dynos(STARTING);
    loop {
        let status = match asked.clouds().heroku.visit(&page).await {
            Ok(status) => status,
            Err(error) => return unreached(&error, &app.name),
        };
        let is_starting = matches!(status, 502..=504);
        if !is_starting || !look_again(&mut pauses).await {
            return answered(status, &page, &app.name);
        }
    }
}

/// What is said of the API elsewhere would be wrong of the app.
fn unreached(error: &CloudError, app: &str) -> Finding {
    let is_of_trust = error.message.contains("certificate");
    let look = if is_of_trust { "certs" } else { "logs" };
    Finding::fail(error.to_string(), format!("heroku {look} -a {app}"))
}

/// What is asked for; or why nothing is.
fn page(asked: Asked<'_>, app: &App, site: Option<Url>) -> Result<Url, Finding> {
    let world: &World = asked.overview.world;
    if app.maintenance {
        let is_wanted = asked.overview.desired.spec().app.maintenance == Some(true);
        let remedy = format!("heroku maintenance:off -a {}", app.name);
        return Err(if is_wanted {
            Finding::skipped("maintenance mode is on, as the spec asks for")
        } else {
            Finding::fail("maintenance mode is on: nobody gets through to the app", remedy)
        });
    }
    if !formation::running(world).iter().any(|process| process == "web") {
        return Err(Finding::skipped("no web dyno runs"));
    }
    let Some(page) = site.and_then(|site| site.join("up").ok()) else {
        return Err(Finding::skipped("Heroku shows no address of the app"));
    };
    let is_elsewhere = !crate::cloud::is_loopback(&page);
    if asked.clouds().heroku.is_here() && is_elsewhere {
        let why = "this Heroku is on this machine, and runs no app; the address is that of a real one";
        return Err(Finding::skipped(why));
    }
    Ok(page)
}

fn answered(status: u16, page: &Url, app: &str) -> Finding {
    match status {
        200 => Finding::pass(format!("{page} answers 200")),
        301 | 302 | 307 | 308 => Finding::fail(
            format!("{page} answers {status}, a redirect"),
            "let `/up` answer itself: leave it out of what the app redirects",
        ),
        _ => Finding::fail(format!("{page} answers {status}"), format!("heroku logs -a {app}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{ErrorKind, Service};
    use crate::resource::proof::Outcome;
    use crate::resource::testing::release;

    #[test]
    fn only_the_app_itself_may_answer_and_only_with_200() {
        let page = Url::parse("https://ledger.example/up").unwrap();
        for (status, outcome) in [
            (200, Outcome::Pass),
            (204, Outcome::Fail),
            (301, Outcome::Fail),
            (403, Outcome::Fail),
            (503, Outcome::Fail),
        ] {
            let finding = answered(status, &page, "ledger");
            assert_eq!(finding.outcome, outcome, "{status}");
            assert!(finding.detail.contains(&status.to_string()));
        }
    }

    #[test]
    fn a_certificate_that_is_not_to_be_trusted_is_looked_for_among_certificates() {
        for (message, remedy) in [
            ("invalid peer certificate: NotValidForName", "heroku certs -a ledger"),
            ("connection refused", "heroku logs -a ledger"),
        ] {
            let service = Service::Heroku("app.ledger.example".to_owned());
            let error = CloudError::new(service, "GET /up", ErrorKind::Unreachable, message);
            assert_eq!(unreached(&error, "ledger").remedy.as_deref(), Some(remedy));
        }
    }

    #[test]
    fn a_release_that_failed_is_told_with_where_to_read_why() {
        let release = |status| Release { status, ..release(8, "Deploy 01234567") };
        for (status, outcome) in [
            (ReleaseStatus::Succeeded, Outcome::Pass),
            (ReleaseStatus::Failed, Outcome::Fail),
            (ReleaseStatus::Pending, Outcome::Warn),
            (ReleaseStatus::Other("odd".to_owned()), Outcome::Warn),
        ] {
            assert_eq!(took_effect(&release(status.clone()), "ledger").outcome, outcome, "{status:?}");
        }
        let failed = took_effect(&release(ReleaseStatus::Failed), "ledger");
        assert_eq!(failed.remedy.as_deref(), Some("heroku releases:output v8 -a ledger"));
    }
}

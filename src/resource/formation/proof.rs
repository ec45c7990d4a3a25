//! Whether dynos run, as many as there should be, and the current release (heroku-api.md section 5).

use std::time::Duration;

use super::{Kind, Live, SECTION};
use crate::cloud::heroku::{App, Dyno};
use crate::cloud::{Clouds, Pace};
use crate::resource::proof::{Asked, Chain, Finding, Proof, Prove, look_again};
use crate::spec::{Formation, ProcessType};

/// How long dynos have to start: Heroku gives a web dyno a minute to take its port.
const STARTING: Duration = Duration::from_secs(75);

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (spec, world) = (asked.overview.desired.spec(), asked.overview.world);
        let Some(app) = asked.app() else { return };
        for (process, wanted) in &spec.formation {
            let id = SECTION.address(process).to_string();
            let live = world.formation.iter().find(|live| live.process_type == process.as_str());
            let Some(live) = live else {
                proof.known(id, Finding::skipped("no release has this process type yet"));
                continue;
            };
            let mut chain = Chain::default();
            chain.add(id, run(asked.clouds(), app, (process, wanted, live), asked));
            chain.within(STARTING + Duration::from_secs(30));
            proof.chain(chain);
        }
    }
}

/// Looks until the dynos have started, or do not.
async fn run(
    clouds: &Clouds,
    app: &App,
    (process, wanted, live): (&ProcessType, &Formation, &Live),
    asked: Asked<'_>,
) -> Finding {
    if let Some(asked_for) = wanted.quantity.filter(|asked| asked.nearest(live.quantity) != live.quantity) {
        let detail = format!("scaled to {}, and the spec asks for {asked_for}", live.quantity);
        return Finding::fail(detail, asked.command("apply"));
    }
    let mut pace = Pace::dynos(STARTING);
    loop {
        let (dynos, release) =
            tokio::join!(clouds.heroku.dynos(&app.id), clouds.heroku.current_release(&app.id));
        let (dynos, release) = match (dynos, release) {
            (Ok(dynos), Ok(release)) => (dynos, release),
            (Err(error), _) | (_, Err(error)) => return Finding::failed(&error, "trueup doctor"),
        };
        let ours: Vec<&Dyno> = dynos.iter().filter(|dyno| dyno.process_type == process.as_str()).collect();
        let judged = judge(live.quantity, &ours, release.map(|release| release.version), &app.name);
        let Judged::NotYet(finding) = judged else { return judged.into_finding() };
        if !look_again(&mut pace).await {
            return finding;
        }
    }
}

/// What dynos are like at a moment.
#[derive(Debug, PartialEq, Eq)]
enum Judged {
    /// So it stays.
    Settled(Finding),
    /// It may get better by itself, and is this if it does not.
    NotYet(Finding),
}

impl Judged {
    fn into_finding(self) -> Finding {
        match self {
            Self::Settled(finding) | Self::NotYet(finding) => finding,
        }
    }
}

fn judge(wanted: u32, dynos: &[&Dyno], current: Option<u64>, app: &str) -> Judged {
    if wanted == 0 {
        return Judged::Settled(Finding::pass("scaled to 0, so that none runs"));
    }
    let logs = format!("heroku logs -a {app}");
    let named =
        |dynos: Vec<&&Dyno>| dynos.iter().map(|dyno| dyno.name.as_str()).collect::<Vec<_>>().join(", ");
    let down: Vec<&&Dyno> = dynos.iter().filter(|dyno| !dyno.is_running).collect();
    if !down.is_empty() {
        return Judged::Settled(Finding::fail(format!("crashed or down: {}", named(down)), logs));
    }
    let is_old = |dyno: &&&Dyno| current.is_some() && dyno.release.is_some() && dyno.release != current;
    let old: Vec<&&Dyno> = dynos.iter().filter(is_old).collect();
    if let (false, Some(current)) = (old.is_empty(), current) {
        let detail = format!("not on the current release v{current}: {}", named(old));
        return Judged::NotYet(Finding::fail(detail, format!("heroku ps:restart -a {app}")));
    }
    let starting: Vec<&&Dyno> = dynos.iter().filter(|dyno| !dyno.is_up).collect();
    if !starting.is_empty() {
        return Judged::NotYet(Finding::fail(format!("not up: {}", named(starting)), logs));
    }
    let up = dynos.len();
    if up < wanted as usize {
        return Judged::NotYet(Finding::fail(format!("{up} of {wanted} up"), logs));
    }
    let release = current.map(|current| format!(" on v{current}")).unwrap_or_default();
    Judged::Settled(Finding::pass(format!("{up} of {wanted} up{release}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::proof::Outcome;

    fn dyno(number: u32, state: &str, release: Option<u64>) -> Dyno {
        Dyno {
            name: format!("web.{number}"),
            process_type: "web".to_owned(),
            is_running: !matches!(state, "crashed" | "down"),
            is_up: matches!(state, "up" | "idle"),
            release,
        }
    }

    #[test]
    fn dynos_are_up_on_the_current_release_or_it_is_said_which_are_not() {
        use Outcome::{Fail, Pass};
        for (wanted, states, outcome, settled, told) in [
            (2, vec![("up", 7), ("up", 7)], Pass, true, "2 of 2 up on v7"),
            (1, vec![("idle", 7)], Pass, true, "1 of 1 up on v7"),
            (0, vec![], Pass, true, "scaled to 0"),
            (2, vec![("up", 7), ("crashed", 7)], Fail, true, "crashed or down: web.2"),
            (2, vec![("up", 6), ("up", 7)], Fail, false, "not on the current release v7: web.1"),
            (2, vec![("up", 7), ("starting", 7)], Fail, false, "not up: web.2"),
            (2, vec![("up", 7)], Fail, false, "1 of 2 up"),
            (1, vec![], Fail, false, "0 of 1 up"),
        ] {
            let numbered = (1..).zip(states);
            let dynos: Vec<Dyno> =
                numbered.map(|(number, (state, release))| dyno(number, state, Some(release))).collect();
            let judged = judge(wanted, &dynos.iter().collect::<Vec<_>>(), Some(7), "ledger");
            assert_eq!(matches!(judged, Judged::Settled(_)), settled, "{told}");
            let finding = judged.into_finding();
            assert_eq!(finding.outcome, outcome, "{told}");
            assert!(finding.detail.starts_with(told), "{}", finding.detail);
        }
    }

    #[test]
    fn without_a_release_that_is_told_none_is_demanded() {
        let dyno = dyno(1, "up", None);
        for current in [None, Some(7)] {
            let finding = judge(1, &[&dyno], current, "ledger").into_finding();
            assert_eq!(finding.outcome, Outcome::Pass, "{}", finding.detail);
        }
    }
}

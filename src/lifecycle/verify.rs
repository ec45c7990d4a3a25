//! `trueup verify`: makes the checks of all kinds, each within its time, and says how each came out.

use std::time::{Duration, Instant};

use crate::resource::proof::{Chain, Check, Finding, Outcome, Proof};

/// A check that was made, or was not and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it is of.
    pub id: String,
    /// What it found.
    pub finding: Finding,
    /// How long it took.
    pub took: Duration,
}

/// Makes all checks: chains beside each other, the checks of one after one another. The order is that of the kinds.
pub async fn make(proof: Proof<'_>) -> Vec<Checked> {
    let chains = proof.0.into_iter().map(in_turn);
    futures_util::future::join_all(chains).await.into_iter().flatten().collect()
}

async fn in_turn(chain: Chain<'_>) -> Vec<Checked> {
    let mut made: Vec<Checked> = Vec::new();
    for check in chain.0 {
        let fallen = check.rests_on.map(|place| &made[place]).filter(|other| !other.finding.carries());
        let checked = match fallen {
            Some(other) => {
                let finding = Finding::skipped(format!("not tried without `{}`", other.id));
                Checked { id: check.id, finding, took: Duration::ZERO }
            }
            None => within_its_time(check).await,
        };
        made.push(checked);
    }
    made
}

/// One that hangs has failed.
async fn within_its_time(Check { id, limit, work, .. }: Check<'_>) -> Checked {
    let began = Instant::now();
    let finding = tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        let detail = format!("no end after {} s", limit.as_secs());
        Finding::fail(detail, "run it again; `-v` shows what was asked, and `trueup doctor` who answers")
    });
    Checked { id, finding, took: began.elapsed() }
}

/// How many came out so.
#[must_use]
pub fn count(checks: &[Checked], outcome: Outcome) -> usize {
    checks.iter().filter(|check| check.finding.outcome == outcome).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(checks: &[Checked]) -> Vec<(&str, Outcome, &str)> {
        checks
            .iter()
            .map(|check| (check.id.as_str(), check.finding.outcome, check.finding.detail.as_str()))
            .collect()
    }

    #[tokio::test]
    async fn what_rests_on_a_check_that_failed_is_not_tried_and_the_rest_is() {
        use Outcome::{Fail, Pass, Skipped, Warn};
        let ready = std::future::ready;
        let mut chain = Chain::default();
        let put = chain.add("put", ready(Finding::fail("refused", "apply")));
        let get = chain.add_after(put, "get", async { panic!("it is not tried") });
        chain.add_after(get, "compare", async { panic!("nor is this") });
        let list = chain.add("list", ready(Finding::warn("slow", "look")));
        chain.add_after(list, "policy", ready(Finding::pass("refused, as it should be")));
        let mut proof = Proof::default();
        proof.chain(chain);
        proof.known("app", Finding::pass("there"));
        assert_eq!(
            told(&make(proof).await),
            [
                ("put", Fail, "refused"),
                ("get", Skipped, "not tried without `put`"),
                ("compare", Skipped, "not tried without `get`"),
                ("list", Warn, "slow"),
                ("policy", Pass, "refused, as it should be"),
                ("app", Pass, "there"),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_hangs_fails_and_holds_up_no_other() {
        let mut chain = Chain::default();
        chain.add("connection", std::future::pending());
        chain.within(Duration::from_secs(5));
        chain.add("next", std::future::ready(Finding::pass("made")));
        let mut proof = Proof::default();
        proof.chain(chain);
        let checks = make(proof).await;
        assert_eq!(
            told(&checks),
            [("connection", Outcome::Fail, "no end after 5 s"), ("next", Outcome::Pass, "made")]
        );
    }
}

//! Whether a domain has a certificate that is good for some time yet: one that Heroku manages, by how far Heroku says
//! it is, or one that was brought to the app (life-and-ci.md section 9.1).

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use time::{Date, Duration, OffsetDateTime};

use crate::cloud::CloudError;
use crate::cloud::dns::Dns;
use crate::cloud::heroku::{App, Certificate, Domain};
use crate::resource::proof::{Asked, Finding};

/// Heroku renews a month before the end: what has less than this left was not renewed.
const SOON: Duration = Duration::days(21);

/// The certificates of the app, which are asked for once, when the first check needs them.
pub(super) type Certificates<'a> = Shared<LocalBoxFuture<'a, Result<Rc<Vec<Certificate>>, CloudError>>>;

/// Prepares the question.
pub(super) fn ask<'a>(app: &'a App, asked: Asked<'a>) -> Certificates<'a> {
    let heroku = &asked.clouds().heroku;
    async { heroku.certificates(&app.id).await.map(Rc::new) }.boxed_local().shared()
}

/// The check of a domain.
pub(super) async fn is_good(app: &App, domain: &Domain, all: Certificates<'_>, asked: Asked<'_>) -> Finding {
    let now = asked.overview.desired.now;
    match all.await {
        Ok(all) if app.acm => managed(domain, &all, now, (&app.name, &asked.clouds().dns)).await,
        Ok(all) => brought(domain, &all, now, &app.name),
        Err(error) => Finding::failed(&error, "trueup doctor"),
    }
}

/// The certificate that a domain is served with.
fn of<'a>(domain: &Domain, all: &'a [Certificate]) -> Option<&'a Certificate> {
    let by_id = || all.iter().find(|one| domain.endpoint.as_ref() == Some(&one.id));
    by_id().or_else(|| all.iter().find(|one| one.domains.contains(&domain.id)))
}

/// How far Heroku is with the certificate of a domain.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// It is there.
    Issued,
    /// It waits until the DNS leads to the target.
    WaitsForDns,
    /// The DNS is right, and the authority has not issued it yet.
    WaitsForAuthority,
    /// It was refused.
    Refused,
    /// A word that this version does not know.
    Unknown,
}

impl Progress {
    fn of(status: Option<&str>) -> Self {
        match status {
            Some("ok" | "cert issued") => Self::Issued,
            None | Some("" | "pending" | "in-progress") => Self::WaitsForDns,
            Some("verified" | "dns-verified") => Self::WaitsForAuthority,
            Some("failing" | "failed") => Self::Refused,
            Some(_) => Self::Unknown,
        }
    }
}

/// Whether Heroku says that the certificate which it manages is there.
pub(super) fn is_issued(domain: &Domain) -> bool {
    Progress::of(domain.acm_status.as_deref()) == Progress::Issued
}

async fn managed(
    domain: &Domain,
    all: &[Certificate],
    now: OffsetDateTime,
    (app, dns): (&str, &Dns),
) -> Finding {
    let status = domain.acm_status.as_deref();
    let progress = Progress::of(status);
    let told = told(status.unwrap_or("pending"), domain.acm_reason.as_deref());
    let refresh = format!("heroku certs:auto:refresh -a {app}");
    match progress {
        Progress::Issued => match of(domain, all) {
            Some(found) => until(found, now, "managed by Heroku", &refresh),
            None => Finding::pass("managed by Heroku, which says that it is issued"),
        },
        Progress::WaitsForDns => waits(domain, &told),
        Progress::WaitsForAuthority => {
            let may = issuers(domain, dns).await;
            let detail = format!("{told}: the DNS is right, and the authority has not issued it yet");
            let remedy = format!("wait a day; then look for a CAA or AAAA record that is in the way{may}");
            Finding::warn(detail, remedy)
        }
        Progress::Refused => {
            let may = issuers(domain, dns).await;
            let detail = format!("Heroku could not get it: {told}");
            Finding::fail(detail, format!("fix its DNS, then {refresh}{may}"))
        }
        Progress::Unknown => {
            Finding::warn(format!("Heroku says `{told}`"), format!("heroku certs:auto -a {app}"))
        }
    }
}

fn told(status: &str, reason: Option<&str>) -> String {
    match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    }
}

fn waits(domain: &Domain, told: &str) -> Finding {
    let target = domain.cname.as_deref().map(|target| format!(" at {target}")).unwrap_or_default();
    let detail = format!("none yet ({told}): Heroku waits until the DNS points{target}");
    Finding::warn(detail, "set the DNS record, and Heroku goes on by itself")
}

/// Which authorities a CAA record allows, as words after a remedy.
async fn issuers(domain: &Domain, dns: &Dns) -> String {
    let name = domain.hostname.strip_prefix("*.").unwrap_or(&domain.hostname);
    match dns.issuers(name).await {
        Ok(Some(issuers)) => {
            let all: Vec<String> = issuers.into_iter().collect();
            format!("; its CAA records allow {} alone", all.join(", "))
        }
        Ok(None) | Err(_) => String::new(),
    }
}

/// A certificate that was brought to the app.
fn brought(domain: &Domain, all: &[Certificate], now: OffsetDateTime, app: &str) -> Finding {
    let Some(found) = of(domain, all) else {
        return Finding::warn(
            "it has none: https fails on it, unless what stands in front of the app has one",
            "write `acm: true` at app, and apply",
        );
    };
    let update = format!("heroku certs:update CHAIN KEY --name {} -a {app}", found.name);
    if !found.names.is_empty() && !found.names(&domain.hostname) {
        let detail = format!("{} is good for {} alone", found.name, found.names.join(", "));
        return Finding::fail(detail, update);
    }
    let finding = until(found, now, &found.name, &update);
    if found.is_self_signed && finding.carries() {
        let detail = format!("{}; it is self-signed, which browsers refuse", finding.detail);
        return Finding::warn(detail, update);
    }
    finding
}

/// How long it is good for.
fn until(certificate: &Certificate, now: OffsetDateTime, whose: &str, remedy: &str) -> Finding {
    if let Some(starts_at) = certificate.starts_at.filter(|starts_at| *starts_at > now) {
        return Finding::fail(format!("{whose}, and not good before {}", day(starts_at)), remedy);
    }
    let Some(expires_at) = certificate.expires_at else {
        return Finding::pass(format!("{whose}; Heroku does not say until when"));
    };
    let (left, day) = (expires_at - now, day(expires_at));
    let told = format!("{whose}, good until {day}, for {} more days", left.whole_days());
    match () {
        () if left <= Duration::ZERO => Finding::fail(format!("{whose}, and expired on {day}"), remedy),
        () if left < SOON && certificate.is_managed => {
            Finding::warn(format!("{told}: Heroku renews a month before, and has not"), remedy)
        }
        () if left < SOON => Finding::warn(told, remedy),
        () => Finding::pass(told),
    }
}

fn day(moment: OffsetDateTime) -> Date {
    moment.date()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::cloud::heroku::DomainStatus;
    use crate::resource::proof::Outcome;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    fn domain(status: Option<&str>, reason: Option<&str>) -> Domain {
        Domain {
            id: "d1".to_owned(),
            hostname: "app.ledger.example".to_owned(),
            is_custom: true,
            cname: Some("tranquil-otter-1.herokudns.com".to_owned()),
            status: DomainStatus::Succeeded,
            acm_status: status.map(str::to_owned),
            acm_reason: reason.map(str::to_owned),
            endpoint: None,
        }
    }

    fn certificate(days: i64) -> Certificate {
        Certificate {
            id: "e1".to_owned(),
            name: "akita-7".to_owned(),
            domains: vec!["d1".to_owned()],
            names: vec!["app.ledger.example".to_owned()],
            is_managed: false,
            is_self_signed: false,
            starts_at: Some(NOW - Duration::days(30)),
            expires_at: Some(NOW + Duration::days(days)),
        }
    }

    fn brought_with(change: impl Fn(&mut Certificate)) -> Finding {
        let mut one = certificate(90);
        change(&mut one);
        brought(&domain(None, None), &[one], NOW, "ledger")
    }

    #[test]
    fn a_certificate_of_ones_own_is_judged_by_what_is_left_of_it_and_whom_it_names() {
        use Outcome::{Fail, Pass, Warn};
        let another = |one: &mut Certificate| one.names = vec!["www.ledger.example".to_owned()];
        for (finding, outcome, told) in [
            (brought_with(|_| ()), Pass, "akita-7, good until 2027-02-25, for 90 more days"),
            (brought_with(|one| one.expires_at = Some(NOW + Duration::days(21))), Pass, "for 21 more days"),
            (brought_with(|one| one.expires_at = Some(NOW + Duration::days(20))), Warn, "for 20 more days"),
            (brought_with(|one| one.expires_at = Some(NOW)), Fail, "expired on 2026-11-27"),
            (brought_with(|one| one.expires_at = None), Pass, "does not say until when"),
            (
                brought_with(|one| one.starts_at = Some(NOW + Duration::days(1))),
                Fail,
                "not good before 2026-11-28",
            ),
            (brought_with(|one| one.is_self_signed = true), Warn, "browsers refuse"),
            (brought_with(another), Fail, "akita-7 is good for www.ledger.example alone"),
            (brought_with(|one| one.domains = vec!["d2".to_owned()]), Warn, "it has none"),
        ] {
            assert_eq!(finding.outcome, outcome, "{}", finding.detail);
            assert!(finding.detail.contains(told), "{}", finding.detail);
        }
    }

    #[test]
    fn an_endpoint_that_the_domain_names_counts_before_one_that_names_the_domain() {
        let (mut other, named) = (certificate(1), certificate(90));
        other.id = "e0".to_owned();
        let domain = Domain { endpoint: Some("e1".to_owned()), ..domain(None, None) };
        assert_eq!(of(&domain, &[other, named.clone()]), Some(&named));
    }

    #[tokio::test(start_paused = true)]
    async fn a_managed_certificate_is_there_or_it_is_said_what_it_waits_for() {
        use Outcome::{Fail, Pass, Warn};
        let managed_by_heroku = |days| Certificate { is_managed: true, ..certificate(days) };
        // Nobody is asked for CAA records there: the answer cannot come.
        let nobody = Dns::new(crate::cloud::dns::DnsSettings { server: Some(([127, 0, 0, 1], 1).into()) });
        for (status, reason, days, outcome, told) in [
            (Some("cert issued"), None, Some(60), Pass, "good until 2027-01-26"),
            (Some("ok"), None, None, Pass, "which says that it is issued"),
            (Some("cert issued"), None, Some(5), Warn, "Heroku renews a month before, and has not"),
            (Some("cert issued"), None, Some(-1), Fail, "expired on 2026-11-26"),
            (None, None, None, Warn, "waits until the DNS points at tranquil-otter-1.herokudns.com"),
            (Some("pending"), None, None, Warn, "none yet (pending)"),
            (Some("in-progress"), None, None, Warn, "none yet (in-progress)"),
            (Some("dns-verified"), None, None, Warn, "the authority has not issued it yet"),
            (Some("failed"), Some("CAA forbids it"), None, Fail, "failed: CAA forbids it"),
            (Some("failing"), Some("CCA check"), Some(60), Fail, "failing: CCA check"),
            (Some("odd"), None, None, Warn, "Heroku says `odd`"),
        ] {
            let all: Vec<Certificate> = days.map(managed_by_heroku).into_iter().collect();
            let finding = managed(&domain(status, reason), &all, NOW, ("ledger", &nobody)).await;
            assert_eq!(finding.outcome, outcome, "{status:?}: {}", finding.detail);
            assert!(finding.detail.contains(told), "{status:?}: {}", finding.detail);
            assert_eq!(finding.remedy.is_some(), outcome != Pass, "{status:?}");
        }
    }
}

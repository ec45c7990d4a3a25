//! What stands between here and the services: the proxy, whom this machine trusts, and its clock.

use time::Duration;

use super::{Diagnosis, Patient};
use crate::cloud::Bundle;

/// AWS refuses what is signed a quarter of an hour off; what is off by this much will get there.
const SKEWED: Duration = Duration::minutes(1);
/// From here on calls are refused now and then.
const TOO_SKEWED: Duration = Duration::minutes(5);

/// The proxy and the certificates. What the clock is off by, a service says.
pub(super) fn examine(patient: Patient<'_>) -> Vec<Diagnosis> {
    let proxy = match patient.proxy.in_words() {
        Ok(Some(words)) => Diagnosis::ok("proxy", format!("calls go through {words}")),
        Ok(None) => Diagnosis::ok("proxy", "no variable names one"),
        Err(error) => Diagnosis::of("proxy", &error, "unset HTTPS_PROXY"),
    };
    let (usable, total) = (usable(patient.trusted), patient.trusted.iter());
    let needed = |bundle: &Bundle| {
        if bundle.is_for_aws() {
            super::aws::is_used(patient.environments)
        } else {
            usable == 0 && is_remote(patient)
        }
    };
    [proxy].into_iter().chain(total.map(|bundle| certificates(bundle, needed(bundle)))).collect()
}

/// How many variables name certificates for all services that can be used.
fn usable(bundles: &[Bundle]) -> usize {
    bundles.iter().filter(|bundle| !bundle.is_for_aws() && bundle.certificates.is_ok()).count()
}

/// Heroku on this machine is reached without TLS.
fn is_remote(patient: Patient<'_>) -> bool {
    patient.clouds.map_or(true, |clouds| !clouds.heroku.is_here())
}

fn certificates(bundle: &Bundle, is_needed: bool) -> Diagnosis {
    let Bundle { variable, path, certificates } = bundle;
    let (id, path) = (format!("certificates.{variable}"), path.display());
    match certificates {
        Ok(count) => {
            let whom = if bundle.is_for_aws() { "AWS is trusted" } else { "services are trusted" };
            let many =
                if *count == 1 { "the certificate".to_owned() } else { format!("the {count} certificates") };
            Diagnosis::ok(&id, format!("{whom} by {many} of {path} alone"))
        }
        Err(why) => {
            let (detail, remedy) = (format!("{path} {why}"), format!("unset {variable}"));
            if is_needed {
                Diagnosis::fail(&id, detail, remedy)
            } else {
                Diagnosis::warn(&id, detail, remedy)
            }
        }
    }
}

/// How far Heroku's clock is from the one here.
pub(super) fn clock(ahead: Duration) -> Diagnosis {
    const ID: &str = "clock";
    const SET: &str = "sudo timedatectl set-ntp true";
    let off = ahead.abs();
    let way = if ahead.is_negative() { "ahead of" } else { "behind" };
    let detail = format!("{} s {way} Heroku's", off.whole_seconds());
    match () {
        () if off > TOO_SKEWED => {
            Diagnosis::fail(ID, format!("{detail}: AWS refuses what is signed a quarter of an hour off"), SET)
        }
        () if off > SKEWED => Diagnosis::warn(ID, detail, SET),
        () => Diagnosis::ok(ID, "within a minute of Heroku's"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Health;
    use super::*;

    #[test]
    fn a_clock_may_be_a_minute_off() {
        for (seconds, health) in [
            (0, Health::Ok),
            (-59, Health::Ok),
            (61, Health::Warn),
            (-299, Health::Warn),
            (301, Health::Fail),
            (-86_400, Health::Fail),
        ] {
            assert_eq!(clock(Duration::seconds(seconds)).health, health, "{seconds}");
        }
        assert!(clock(Duration::minutes(2)).detail.starts_with("120 s behind"));
    }

    #[test]
    fn certificates_that_cannot_be_used_stop_a_plan_where_nothing_else_is_trusted() {
        let bundle =
            |certificates| Bundle { variable: "SSL_CERT_FILE", path: PathBuf::from("ca.pem"), certificates };
        let missing = bundle(Err("cannot be read (gone)".to_owned()));
        for (bundle, is_needed, health, told) in [
            (bundle(Ok(1)), true, Health::Ok, "services are trusted by the certificate of ca.pem alone"),
            (bundle(Ok(2)), true, Health::Ok, "services are trusted by the 2 certificates of ca.pem alone"),
            (missing.clone(), true, Health::Fail, "ca.pem cannot be read (gone)"),
            (missing, false, Health::Warn, "ca.pem cannot be read (gone)"),
        ] {
            let found = certificates(&bundle, is_needed);
            assert_eq!((found.health, found.detail.as_str()), (health, told));
            assert_eq!(found.remedy.is_some(), health != Health::Ok);
        }
    }
}

//! What is known of add-on services beforehand: which config vars their add-ons set, and how long making one takes.
//! Of a service that is not here nothing is known, and nothing is claimed.

use super::addons::WaitLimit;
use super::names::{AddonPlan, AttachmentName};

struct Service {
    name: &'static str,
    /// What follows the name of an attachment in the vars of its add-on (heroku-api.md section 3.1).
    endings: &'static [&'static str],
    /// What follows it in vars that only some of its plans and versions set.
    some: &'static [&'static str],
    /// How long making one usually takes.
    takes: Option<&'static str>,
}

const SERVICES: [Service; 6] = [
    // heroku-api.md section 8.2: about five minutes at most, by plan, for an empty database.
    Service {
        name: "heroku-postgresql",
        endings: &["URL"],
        some: &[],
        takes: Some("takes minutes, usually up to 5"),
    },
    Service { name: "heroku-redis", endings: &["URL"], some: &["TLS_URL"], takes: Some("takes minutes") },
    Service {
        name: "heroku-kafka",
        endings: &["URL", "TRUSTED_CERT", "CLIENT_CERT", "CLIENT_CERT_KEY", "PREFIX"],
        some: &[],
        takes: Some("takes up to an hour"),
    },
    Service { name: "memcachier", endings: &["SERVERS", "USERNAME", "PASSWORD"], some: &[], takes: None },
    Service { name: "papertrail", endings: &["API_TOKEN"], some: &[], takes: None },
    Service { name: "scheduler", endings: &[], some: &[], takes: None },
];

fn of(service: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|one| one.name == service)
}

/// What follows the name of an attachment in the vars of its add-on; `None` for a service that is not known.
pub(crate) fn var_endings(service: &str) -> Option<&'static [&'static str]> {
    of(service).map(|service| service.endings)
}

/// What follows it in vars that an add-on of the service may set: only some plans and versions do.
pub(crate) fn other_endings(service: &str) -> &'static [&'static str] {
    of(service).map_or(&[], |service| service.some)
}

/// What a var's name says beyond that of an attachment: `URL` of `DATABASE_URL` for `DATABASE`.
pub(crate) fn ending_after<'a>(name: &AttachmentName, var: &'a str) -> Option<&'a str> {
    var.strip_prefix(name.as_str())?.strip_prefix('_').filter(|ending| !ending.is_empty())
}

/// A cluster of one's own is made machine by machine; a basic plan is a place on one that is there.
fn is_cluster(plan: &AddonPlan) -> bool {
    plan.service() == "heroku-kafka" && !plan.tier().starts_with("basic")
}

/// How long making one usually takes, where that is known. A copy of a database takes as long as its data is large
/// (heroku-api.md section 8.1).
pub(super) fn usually_takes(plan: &AddonPlan, is_copy: bool) -> Option<&'static str> {
    match of(plan.service())?.takes {
        _ if is_copy => Some("takes minutes to hours, depending on the size of the data"),
        Some(_) if plan.service() == "heroku-kafka" && !is_cluster(plan) => Some("takes minutes"),
        takes => takes,
    }
}

/// How long it is waited for when the spec says nothing: 20 minutes, as the official clients do (heroku-api.md section
/// 3), and longer for what is known to take longer.
pub(super) fn wait_limit(plan: &AddonPlan, is_copy: bool) -> WaitLimit {
    match plan {
        _ if is_copy => WaitLimit::minutes(120),
        plan if is_cluster(plan) => WaitLimit::minutes(90),
        _ => WaitLimit::minutes(20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longer_is_said_to_and_waited_for_longer() {
        for (plan, is_copy, takes, limit) in [
            ("heroku-postgresql:standard-0", false, Some("takes minutes, usually up to 5"), "20m"),
            (
                "heroku-postgresql:standard-0",
                true,
                Some("takes minutes to hours, depending on the size of the data"),
                "2h",
            ),
            ("heroku-kafka:standard-0", false, Some("takes up to an hour"), "90m"),
            ("heroku-kafka:basic-0", false, Some("takes minutes"), "20m"),
            ("papertrail:choklad", false, None, "20m"),
            ("bucketeer:hobbyist", false, None, "20m"),
        ] {
            let plan = AddonPlan::parse(plan).unwrap();
            assert_eq!(usually_takes(&plan, is_copy), takes, "{plan}");
            assert_eq!(wait_limit(&plan, is_copy).to_string(), limit, "{plan}");
        }
    }
}

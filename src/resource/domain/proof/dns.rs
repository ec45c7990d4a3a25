//! Whether a domain's DNS leads to its target: by a CNAME, or by the same addresses, as a provider answers that
//! resolves an ALIAS or ANAME by itself.

use std::collections::BTreeSet;
use std::net::IpAddr;

use url::Url;

use crate::cloud::dns::{Dns, Lead};
use crate::cloud::heroku::Domain;
use crate::cloud::{CloudError, ErrorKind};
use crate::resource::proof::{Asked, Finding};

/// The host that is asked for in place of all hosts of a domain.
const ANY_HOST: &str = "trueup-verify";
/// No more addresses are told.
const MOST: usize = 4;

/// How a name leads to where it should, or does not.
#[derive(Debug, PartialEq, Eq)]
enum Led {
    /// There, in these words.
    There(String),
    /// Some of its addresses are the target's, and these are not.
    Partly(BTreeSet<IpAddr>),
    /// Somewhere else.
    Elsewhere(String),
    /// It has no address.
    Nowhere,
}

/// The check of a domain.
pub(super) async fn leads_there(asked: Asked<'_>, domain: &Domain) -> Finding {
    let Some(target) = domain.cname.as_deref().map(str::to_ascii_lowercase) else {
        return Finding::skipped("Heroku has not said yet where its DNS must point");
    };
    let (dns, is_here) = (&asked.clouds().dns, asked.clouds().heroku.is_here());
    if is_here && !dns.is_named() {
        let why = "this Heroku is on this machine, and no DNS knows its targets; TRUEUP_DNS_SERVER names one that does";
        return Finding::skipped(why);
    }
    let name = asked_for(&domain.hostname);
    let lead = match dns.follow(&name, &target).await {
        Ok(lead) => lead,
        Err(error) => return without_answer(&error, &name, &target, dns).await,
    };
    // Where the name itself leads there, nobody needs to know where that is.
    let addresses =
        if lead.names.contains(&target) { Ok(BTreeSet::new()) } else { dns.addresses(&target).await };
    let addresses = match addresses {
        Ok(addresses) => addresses,
        Err(error) => return Finding::skipped(error.to_string()),
    };
    let found = compare(&lead, &target, &addresses);
    let record = match &found {
        Led::There(words) => return Finding::pass(words.clone()),
        _ => record(&domain.hostname, &target, dns).await,
    };
    match found {
        Led::There(words) | Led::Elsewhere(words) => {
            let is_served = answers(asked, &name, lead.addresses.first().copied()).await;
            elsewhere(&words, (&target, &record), is_served)
        }
        Led::Partly(other) => partly(&domain.hostname, &other, &record),
        Led::Nowhere => {
            Finding::fail(format!("the DNS has no address for {name}"), format!("set the record {record}"))
        }
    }
}

/// The name that stands for a domain: of all hosts of one, any.
fn asked_for(hostname: &str) -> String {
    hostname.strip_prefix("*.").map_or_else(|| hostname.to_owned(), |parent| format!("{ANY_HOST}.{parent}"))
}

fn compare(lead: &Lead, target: &str, addresses: &BTreeSet<IpAddr>) -> Led {
    if let Some(place) = lead.names.iter().position(|name| name == target) {
        let by = match &lead.names[..place] {
            [] => String::new(),
            between => format!(" by {}", between.join(", ")),
        };
        return Led::There(format!("CNAME to {target}{by}"));
    }
    let other: BTreeSet<IpAddr> = lead.addresses.difference(addresses).copied().collect();
    match () {
        () if lead.addresses.is_empty() => Led::Nowhere,
        () if other.is_empty() => Led::There(format!("the addresses of {target}: {}", told(&lead.addresses))),
        () if other.len() < lead.addresses.len() => Led::Partly(other),
        () => {
            let by = lead.names.last().map(|name| format!("{name}, ")).unwrap_or_default();
            Led::Elsewhere(format!("{by}{}", told(&lead.addresses)))
        }
    }
}

fn told(addresses: &BTreeSet<IpAddr>) -> String {
    let more = addresses.len().saturating_sub(MOST);
    let first: Vec<String> = addresses.iter().take(MOST).map(ToString::to_string).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", first.join(", "))
}

/// What has to stand in the DNS, in the words of its providers: no CNAME can be at the top of a zone.
async fn record(hostname: &str, target: &str, dns: &Dns) -> String {
    let is_apex = !hostname.starts_with("*.") && dns.is_apex(hostname).await.unwrap_or_default();
    let kind = if is_apex { "ALIAS (or ANAME)" } else { "CNAME" };
    format!("{hostname} {kind} {target}")
}

/// What an answer that did not come says. A server that answers for nobody says nothing of this name.
async fn without_answer(error: &CloudError, name: &str, target: &str, dns: &Dns) -> Finding {
    let is_of_the_name = error.kind == ErrorKind::ServerFailed && dns.addresses(target).await.is_ok();
    if !is_of_the_name {
        return Finding::skipped(error.to_string());
    }
    let remedy = format!("look after the nameservers of {name}, and its DNSSEC if it has that");
    Finding::fail(error.to_string(), remedy)
}

/// Whether `/up` is answered where the name leads, by which something that stands in front of the app is told from a
/// record that is wrong.
async fn answers(asked: Asked<'_>, name: &str, address: Option<IpAddr>) -> bool {
    let heroku = &asked.clouds().heroku;
    let (Some(address), Ok(page)) = (address, Url::parse(&format!("https://{name}/up"))) else {
        return false;
    };
    if heroku.is_here() && !address.is_loopback() {
        return false;
    }
    heroku.visit_at(&page, Some(address)).await == Ok(200)
}

fn elsewhere(led: &str, (target, record): (&str, &str), is_served: bool) -> Finding {
    if is_served {
        let detail = format!(
            "leads to {led}, not to {target}, and `/up` answers there: right where a CDN stands in front of the app"
        );
        return Finding::warn(
            detail,
            format!("look that it passes on to {target}; else set the record {record}"),
        );
    }
    Finding::fail(format!("leads to {led}, not to {target}"), format!("set the record {record}"))
}

fn partly(hostname: &str, other: &BTreeSet<IpAddr>, record: &str) -> Finding {
    let detail = format!("leads to its target, and to {} besides", told(other));
    if other.iter().all(IpAddr::is_ipv6) {
        let detail = format!("{detail}: visitors by IPv6 get there, and a certificate may be refused for it");
        return Finding::warn(detail, format!("remove the AAAA record of {hostname}"));
    }
    Finding::warn(detail, format!("leave one record alone: {record}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::proof::Outcome;

    const TARGET: &str = "tranquil-otter-1.herokudns.com";

    fn addresses(all: &[&str]) -> BTreeSet<IpAddr> {
        all.iter().map(|one| one.parse().unwrap()).collect()
    }

    fn compared(names: &[&str], own: &[&str]) -> Led {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let lead = Lead { names, addresses: addresses(own) };
        compare(&lead, TARGET, &addresses(&["192.0.2.1", "192.0.2.2", "2001:db8::1"]))
    }

    #[test]
    fn a_name_leads_to_its_target_by_name_or_by_address_or_it_is_said_where_it_leads() {
        for (names, own, expected) in [
            (&[TARGET][..], &[][..], Led::There(format!("CNAME to {TARGET}"))),
            (
                &["www.ledger.example", TARGET],
                &[],
                Led::There(format!("CNAME to {TARGET} by www.ledger.example")),
            ),
            (&[], &["192.0.2.2"], Led::There(format!("the addresses of {TARGET}: 192.0.2.2"))),
            (&[], &["192.0.2.1", "198.51.100.7"], Led::Partly(addresses(&["198.51.100.7"]))),
            (&[], &["198.51.100.7"], Led::Elsewhere("198.51.100.7".to_owned())),
            (
                &["d1.cdn.example"],
                &["198.51.100.7"],
                Led::Elsewhere("d1.cdn.example, 198.51.100.7".to_owned()),
            ),
            (&[], &[], Led::Nowhere),
            (&["gone.example"], &[], Led::Nowhere),
        ] {
            assert_eq!(compared(names, own), expected, "{names:?} {own:?}");
        }
    }

    #[test]
    fn a_target_without_addresses_is_reached_by_none() {
        let lead = Lead { names: Vec::new(), addresses: addresses(&["192.0.2.1"]) };
        assert_eq!(compare(&lead, TARGET, &BTreeSet::new()), Led::Elsewhere("192.0.2.1".to_owned()));
    }

    #[test]
    fn what_stands_in_front_of_an_app_that_answers_is_a_warning_and_a_wrong_record_is_not() {
        let record = format!("app.ledger.example CNAME {TARGET}");
        for (is_served, outcome) in [(true, Outcome::Warn), (false, Outcome::Fail)] {
            let finding = elsewhere("198.51.100.7", (TARGET, &record), is_served);
            assert_eq!(finding.outcome, outcome);
            assert!(finding.remedy.unwrap().contains(&record));
        }
    }

    #[test]
    fn an_address_for_ipv6_alone_that_leads_elsewhere_is_to_go() {
        let record = format!("ledger.example ALIAS (or ANAME) {TARGET}");
        let six = partly("ledger.example", &addresses(&["2001:db8::9"]), &record);
        assert_eq!(six.remedy.as_deref(), Some("remove the AAAA record of ledger.example"));
        let four = partly("ledger.example", &addresses(&["198.51.100.7"]), &record);
        assert!(four.remedy.unwrap().ends_with(&record));
    }

    #[test]
    fn all_hosts_of_a_domain_are_tried_by_one() {
        assert_eq!(asked_for("*.ledger.example"), "trueup-verify.ledger.example");
        assert_eq!(asked_for("ledger.example"), "ledger.example");
    }
}

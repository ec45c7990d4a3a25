//! `verify` and domains: whether their DNS leads to the targets that Heroku gave them, and how their certificates are.

use serde_json::{Value, json};
use trueup::sandbox::Knobs;

use crate::dns::Nameserver;
use crate::support::{Cloud, Project, Ran, quick};

const SHOP: &str = "\
app: { name: shop-production, domains: [app.shop.example], acm: true }
formation: { web: { quantity: 1, size: basic } }
";

/// An environment with those domains that is applied, on a cloud that behaves so.
fn applied(spec: &str, knobs: Knobs) -> (Cloud, Project) {
    let cloud = Cloud::start(knobs);
    let project = Project::with(spec).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    (cloud, project)
}

/// Where Heroku wants the DNS of a domain to point.
fn target(cloud: &Cloud, hostname: &str) -> String {
    let domain = cloud.heroku("GET", &format!("/apps/shop-production/domains/{hostname}"), None);
    domain["cname"].as_str().unwrap().to_owned()
}

fn verify(project: Project, nameserver: &Nameserver) -> Ran {
    project.set("TRUEUP_DNS_SERVER", &nameserver.address.to_string()).run(&["verify", "--format", "json"])
}

/// Outcome, detail and remedy of the check of the DNS of a domain.
#[track_caller]
fn dns(ran: &Ran, hostname: &str) -> (String, String, String) {
    told(&ran.check(&format!("app.domains.{hostname}.dns")))
}

fn told(check: &Value) -> (String, String, String) {
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("detail"), text("remedy"))
}

#[test]
fn a_domain_that_stands_for_its_target_passes_and_one_question_is_enough() {
    let (cloud, project) = applied(SHOP, quick());
    let target = target(&cloud, "app.shop.example");
    let nameserver = Nameserver::start().with("app.shop.example", "CNAME", &target);
    let ran = verify(project, &nameserver).exits(0);
    assert_eq!(dns(&ran, "app.shop.example"), ("pass".into(), format!("CNAME to {target}"), String::new()));
    assert_eq!(ran.check("app.domains.app.shop.example")["status"], "pass");
    let up = told(&ran.check("app.domains.app.shop.example.up"));
    assert_eq!((up.0.as_str(), up.1.as_str()), ("skipped", "its certificate is not issued yet"));
    assert_eq!(nameserver.asked(), ["CNAME app.shop.example"]);
}

#[test]
fn an_apex_passes_by_the_addresses_of_its_target_and_a_wildcard_by_any_host() {
    let spec = SHOP.replace("app.shop.example", "shop.example, \"*.shop.example\"");
    let (cloud, project) = applied(&spec, quick());
    let (apex, wildcard) = (target(&cloud, "shop.example"), target(&cloud, "*.shop.example"));
    let nameserver = Nameserver::start()
        .with("shop.example", "A", "127.0.0.2")
        .with(&apex, "A", "127.0.0.2")
        .with(&apex, "A", "127.0.0.3")
        .with("trueup-verify.shop.example", "CNAME", "edge.shop.example")
        .with("edge.shop.example", "CNAME", &wildcard);
    let ran = verify(project, &nameserver).exits(0);
    assert_eq!(dns(&ran, "shop.example").1, format!("the addresses of {apex}: 127.0.0.2"));
    assert_eq!(dns(&ran, "*.shop.example").1, format!("CNAME to {wildcard} by edge.shop.example"));
    assert!(!ran.stdout.contains("app.domains.*.shop.example.up"), "no host of it is known");
}

#[test]
fn a_domain_that_leads_elsewhere_or_nowhere_fails_with_the_record_to_set() {
    let spec = SHOP.replace("app.shop.example", "app.shop.example, shop.example, www.shop.example");
    let (cloud, project) = applied(&spec, quick());
    let target_of = |hostname: &str| target(&cloud, hostname);
    let nameserver = Nameserver::start()
        .with("app.shop.example", "CNAME", "old.example")
        .with("old.example", "A", "127.0.0.9")
        .with("shop.example", "SOA", "ns.example")
        .with(&target_of("app.shop.example"), "A", "127.0.0.2");
    let ran = verify(project, &nameserver).exits(1);
    let (status, detail, remedy) = dns(&ran, "app.shop.example");
    let target = target_of("app.shop.example");
    assert_eq!(
        (status.as_str(), detail),
        ("fail", format!("leads to old.example, 127.0.0.9, not to {target}"))
    );
    assert_eq!(remedy, format!("set the record app.shop.example CNAME {target}"));
    let (status, detail, remedy) = dns(&ran, "shop.example");
    assert_eq!((status.as_str(), detail.as_str()), ("fail", "the DNS has no address for shop.example"));
    assert_eq!(remedy, format!("set the record shop.example ALIAS (or ANAME) {}", target_of("shop.example")));
    assert!(dns(&ran, "www.shop.example").2.contains("www.shop.example CNAME"));
}

#[test]
fn an_address_for_ipv6_that_leads_elsewhere_is_told() {
    let (cloud, project) = applied(&SHOP.replace("app.shop.example", "shop.example"), quick());
    let nameserver = Nameserver::start()
        .with("shop.example", "A", "127.0.0.2")
        .with("shop.example", "AAAA", "2001:db8::9")
        .with(&target(&cloud, "shop.example"), "A", "127.0.0.2");
    let (status, detail, remedy) = dns(&verify(project, &nameserver).exits(0), "shop.example");
    assert_eq!((status.as_str(), remedy.as_str()), ("warn", "remove the AAAA record of shop.example"));
    assert!(detail.contains("2001:db8::9"), "{detail}");
}

#[test]
fn nameservers_of_a_domain_that_fail_are_told_apart_from_one_that_answers_for_nobody() {
    let spec = SHOP.replace("app.shop.example", "app.broken.example");
    let (cloud, project) = applied(&spec, quick());
    let target = target(&cloud, "app.broken.example");
    let nameserver = Nameserver::start().with(&target, "A", "127.0.0.2");
    let ran = verify(project, &nameserver).exits(1);
    let (status, detail, _) = dns(&ran, "app.broken.example");
    assert_eq!(status, "fail", "{detail}");
    assert!(detail.contains("SERVFAIL") && detail.contains(&nameserver.address.to_string()), "{detail}");
}

#[test]
fn the_targets_of_the_embedded_cloud_are_known_to_no_dns_which_is_said() {
    let (_cloud, project) = applied(SHOP, quick());
    let ran = project.run(&["verify", "--format", "json"]).exits(0);
    let (status, detail, _) = dns(&ran, "app.shop.example");
    assert_eq!(status, "skipped");
    assert!(detail.contains("TRUEUP_DNS_SERVER"), "{detail}");
}

#[test]
fn a_domain_that_is_not_added_fails() {
    let (cloud, project) = applied(SHOP, quick());
    cloud.heroku("DELETE", "/apps/shop-production/domains/app.shop.example", None);
    let ran = project.run(&["verify", "--format", "json"]).exits(1);
    let found = told(&ran.check("app.domains.app.shop.example"));
    assert_eq!(found, ("fail".into(), "the app has no such domain".into(), "trueup apply production".into()));
}

/// The check of the certificate of a domain.
#[track_caller]
fn certificate(ran: &Ran) -> (String, String, String) {
    told(&ran.check("app.domains.app.shop.example.certificate"))
}

#[test]
fn a_managed_certificate_says_until_when_or_what_it_waits_for() {
    for (status, days, outcome, words) in [
        ("pending", 90, "warn", "none yet (pending): Heroku waits until the DNS points at"),
        ("cert issued", 90, "pass", "managed by Heroku, good until"),
        ("cert issued", 10, "warn", "Heroku renews a month before, and has not"),
        ("cert issued", -1, "fail", "expired on"),
    ] {
        let knobs = Knobs { acm_status: status.to_owned(), certificate_days: days, ..quick() };
        let (_cloud, project) = applied(SHOP, knobs);
        let ran = project.run(&["verify", "--format", "json"]);
        assert_eq!(ran.code, i32::from(outcome == "fail"), "{}", ran.stdout);
        let (found, detail, remedy) = certificate(&ran);
        assert_eq!(found, outcome, "{status}: {detail}");
        assert!(detail.contains(words), "{detail}");
        assert_eq!(remedy.is_empty(), outcome == "pass", "{remedy}");
        assert_eq!(ran.check("app.acm")["status"], "pass");
    }
}

#[test]
fn a_certificate_that_was_refused_says_why_and_whom_the_dns_allows() {
    let knobs = Knobs {
        acm_status: "failed".to_owned(),
        acm_reason: Some("CAA records forbid it".to_owned()),
        ..quick()
    };
    let (cloud, project) = applied(SHOP, knobs);
    let nameserver = Nameserver::start()
        .with("app.shop.example", "CNAME", &target(&cloud, "app.shop.example"))
        .with("shop.example", "CAA", "ca.example");
    let ran = verify(project, &nameserver).exits(1);
    let (status, detail, remedy) = certificate(&ran);
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("fail", "Heroku could not get it: failed: CAA records forbid it")
    );
    assert!(remedy.contains("heroku certs:auto:refresh -a shop-production"), "{remedy}");
    assert!(remedy.ends_with("its CAA records allow ca.example alone"), "{remedy}");
}

#[test]
fn a_certificate_of_ones_own_counts_for_the_names_that_it_has() {
    let spec = "app: { name: shop-production, domains: [app.shop.example] }\n";
    let (cloud, project) = applied(spec, quick());
    let run = || project.run(&["verify", "--format", "json"]);
    let (status, _, remedy) = certificate(&run().exits(0));
    assert_eq!((status.as_str(), remedy.as_str()), ("warn", "write `acm: true` at app, and apply"));
    let brought = json!({
        "certificate_chain": include_str!("../support/tls/server.pem"),
        "private_key": include_str!("../support/tls/server.key.pem"),
    });
    let endpoint = cloud.heroku("POST", "/apps/shop-production/sni-endpoints", Some(brought));
    let serve = json!({ "sni_endpoint": endpoint["name"] });
    cloud.heroku("PATCH", "/apps/shop-production/domains/app.shop.example", Some(serve));
    let (status, detail, _) = certificate(&run().exits(1));
    assert_eq!(status, "fail", "{detail}");
    assert!(detail.contains("is good for localhost alone"), "{detail}");
}

#[test]
fn every_format_tells_of_domains_and_certificates() {
    let (_cloud, project) = applied(SHOP, Knobs { acm_status: "cert issued".to_owned(), ..quick() });
    for format in ["text", "json", "junit", "markdown", "html"] {
        let ran = project.run(&["verify", "--format", format]).exits(0);
        for words in
            ["app.domains.app.shop.example.dns", "app.domains.app.shop.example.certificate", "good until"]
        {
            assert!(ran.stdout.contains(words), "{format} lacks `{words}`: {}", ran.stdout);
        }
    }
}

#[test]
fn what_is_told_of_domains_reads_so_in_each_format() {
    let spec = SHOP.replace("app.shop.example", "app.shop.example, shop.example");
    let (cloud, project) = applied(&spec, Knobs { acm_status: "cert issued".to_owned(), ..quick() });
    let nameserver = Nameserver::start()
        .with("app.shop.example", "CNAME", &target(&cloud, "app.shop.example"))
        .with("shop.example", "SOA", "ns.example")
        .with("shop.example", "A", "127.0.0.9");
    let project = project.set("TRUEUP_DNS_SERVER", &nameserver.address.to_string());
    for format in ["text", "junit", "markdown"] {
        let ran = project.run(&["verify", "--format", format]).exits(1);
        insta::with_settings!({ filters => vec![
            ("[0-9a-f]{24}", "0123456789abcdef01234567"),
            (r"\d{4}-\d\d-\d\d", "2027-02-25"),
            (r"\d\.\d s", "0.1 s"),
            (r#"time="[0-9.]+""#, r#"time="0.100""#),
        ] }, { insta::assert_snapshot!(format!("domains_as_{format}"), ran.stdout) });
    }
}

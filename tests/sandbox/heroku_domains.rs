//! Domains of the embedded Heroku: what is taken, what is refused, and what comes only with time.

use std::time::Duration;

use crate::heroku_client::{Answer, Heroku, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

const OTHER: (&str, &str) = ("authorization", "Bearer other-token");

async fn add(heroku: &Heroku, app: &str, hostname: &str) -> Answer {
    let body = json!({ "hostname": hostname, "sni_endpoint": null });
    heroku.send(&format!("POST /apps/{app}/domains"), body).await
}

/// The hostnames of an app that were added to it, sorted.
async fn added(heroku: &Heroku, app: &str) -> Vec<String> {
    let domains = heroku.get(&format!("/apps/{app}/domains")).await.done();
    let custom = domains.as_array().expect("a list").iter().filter(|domain| domain["kind"] == "custom");
    let mut names: Vec<String> =
        custom.map(|domain| domain["hostname"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// An app `shop`, where new domains settle at once or after an hour.
async fn with_shop(domain: Duration, domain_status: &str) -> Heroku {
    let knobs = Knobs { domain, domain_status: domain_status.to_owned(), ..quick() };
    let heroku = Heroku::with(Options { knobs, ..Options::default() }).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    heroku
}

#[tokio::test]
async fn an_app_is_born_with_a_domain_that_stays() {
    let heroku = Heroku::with_shop().await;
    let domains = heroku.get("/apps/shop/domains").await.done();
    let [own] = domains.as_array().unwrap().as_slice() else { panic!("one domain: {domains}") };
    assert_eq!(
        (&own["kind"], &own["cname"], &own["status"]),
        (&json!("heroku"), &Value::Null, &json!("none"))
    );
    let address = heroku.get("/apps/shop").await.done()["web_url"].as_str().unwrap().to_owned();
    let hostname = own["hostname"].as_str().unwrap();
    assert_eq!(address, format!("https://{hostname}/"));
    assert_eq!(heroku.get(&format!("/apps/shop/domains/{hostname}")).await.done(), *own);
    let removal = heroku.ask(&format!("DELETE /apps/shop/domains/{hostname}"), &[], None).await;
    removal.refused(422, "invalid_params");
}

#[tokio::test]
async fn hosts_apexes_wildcards_and_international_names_are_added_and_removed() {
    let heroku = Heroku::with_shop().await;
    let releases = heroku.releases("shop").await;
    let names = ["*.ledger.example", "app.ledger.example", "ledger.example", "xn--bcher-kva.example"];
    for name in names {
        let domain = add(&heroku, "shop", name).await.done();
        assert_eq!((&domain["hostname"], &domain["kind"]), (&json!(name), &json!("custom")));
        assert!(domain["cname"].as_str().unwrap().ends_with(".herokudns.com"), "{domain}");
        let id = domain["id"].as_str().unwrap();
        for identity in [id, name] {
            assert_eq!(heroku.get(&format!("/apps/shop/domains/{identity}")).await.done(), domain);
        }
    }
    assert_eq!(added(&heroku, "shop").await, names);
    for name in names {
        heroku.ask(&format!("DELETE /apps/shop/domains/{name}"), &[], None).await.done();
        let again = heroku.ask(&format!("DELETE /apps/shop/domains/{name}"), &[], None).await;
        assert_eq!(again.refused(404, "not_found"), "Couldn't find that domain name.");
    }
    assert_eq!(heroku.releases("shop").await, releases, "domains make no release");
}

#[tokio::test]
async fn each_domain_has_a_target_of_its_own() {
    let heroku = Heroku::with_shop().await;
    let one = add(&heroku, "shop", "one.ledger.example").await.done();
    let two = add(&heroku, "shop", "two.ledger.example").await.done();
    assert_ne!(one["cname"], two["cname"]);
}

#[tokio::test]
async fn names_are_kept_in_lower_case() {
    let heroku = Heroku::with_shop().await;
    assert_eq!(add(&heroku, "shop", "App.Ledger.Example").await.done()["hostname"], "app.ledger.example");
    heroku.get("/apps/shop/domains/APP.LEDGER.EXAMPLE").await.done();
    add(&heroku, "shop", "APP.ledger.example").await.refused(422, "invalid_params");
}

#[tokio::test]
async fn both_keys_must_be_there_and_no_endpoint_is_there_to_be_named() {
    let heroku = Heroku::with_shop().await;
    for (body, status, id) in [
        (json!({ "hostname": "app.ledger.example" }), 422, "invalid_params"),
        (json!({ "sni_endpoint": null }), 422, "invalid_params"),
        (json!({ "hostname": null, "sni_endpoint": null }), 422, "invalid_params"),
        (json!({ "hostname": ["app.ledger.example"], "sni_endpoint": null }), 422, "invalid_params"),
        (json!({ "hostname": "app.ledger.example", "sni_endpoint": 5 }), 422, "invalid_params"),
        (json!({ "hostname": "app.ledger.example", "sni_endpoint": "akita-123" }), 404, "not_found"),
    ] {
        heroku.send("POST /apps/shop/domains", body).await.refused(status, id);
    }
    assert_eq!(heroku.get("/apps/shop/sni-endpoints").await.done(), json!([]));
    assert!(added(&heroku, "shop").await.is_empty());
    add(&heroku, "shop", "app.ledger.example").await.done();
    let change = |body: Value| heroku.send("PATCH /apps/shop/domains/app.ledger.example", body);
    change(json!({})).await.refused(422, "invalid_params");
    assert_eq!(change(json!({ "sni_endpoint": null })).await.done()["sni_endpoint"], Value::Null);
}

#[tokio::test]
async fn a_managed_certificate_is_there_once_the_authority_issued_it() {
    for (acm_status, is_there) in
        [("pending", false), ("dns-verified", false), ("cert issued", true), ("ok", true)]
    {
        let knobs = Knobs { acm_status: acm_status.to_owned(), certificate_days: 30, ..quick() };
        let heroku = Heroku::with(Options { knobs, ..Options::default() }).await;
        heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
        let before = add(&heroku, "shop", "app.ledger.example").await.done();
        assert_eq!((&before["acm_status"], &before["sni_endpoint"]), (&Value::Null, &Value::Null));
        heroku.send("POST /apps/shop/acm", json!({})).await.done();
        let domain = heroku.get("/apps/shop/domains/app.ledger.example").await.done();
        assert_eq!(domain["acm_status"], acm_status);
        let endpoints = heroku.get("/apps/shop/sni-endpoints").await.done();
        assert_eq!(endpoints.as_array().unwrap().len(), usize::from(is_there), "{acm_status}");
        if is_there {
            let endpoint = &endpoints[0];
            assert_eq!(domain["sni_endpoint"], json!({ "id": endpoint["id"], "name": endpoint["name"] }));
            assert_eq!(endpoint["domains"], json!([domain["id"]]));
            assert_eq!(endpoint["ssl_cert"]["cert_domains"], json!(["app.ledger.example"]));
            let path = format!("DELETE /apps/shop/sni-endpoints/{}", endpoint["name"].as_str().unwrap());
            heroku.ask(&path, &[], None).await.refused(422, "invalid_params");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_brought_is_read_served_and_taken_away_and_its_key_never_shown() {
    let heroku = Heroku::with_shop().await;
    let (chain, key) =
        (include_str!("../support/tls/server.pem"), include_str!("../support/tls/server.key.pem"));
    for (body, told) in [
        (json!({ "private_key": key }), "certificate_chain is required"),
        (json!({ "certificate_chain": chain }), "private_key is required"),
        (
            json!({ "certificate_chain": "x", "private_key": key }),
            "The chain holds no certificate in PEM form.",
        ),
        (
            json!({ "certificate_chain": chain, "private_key": "x" }),
            "The private key is not one in PEM form.",
        ),
    ] {
        let message = heroku.send("POST /apps/shop/sni-endpoints", body).await.refused(422, "invalid_params");
        assert_eq!(message, told);
    }
    let body = json!({ "certificate_chain": chain, "private_key": key });
    let endpoint = heroku.send("POST /apps/shop/sni-endpoints", body).await.done();
    let certificate = &endpoint["ssl_cert"];
    assert_eq!((&certificate["cert_domains"], &certificate["acm"]), (&json!(["localhost"]), &json!(false)));
    assert_eq!(certificate["expires_at"], "2120-01-01T00:00:00Z");
    assert!(!endpoint.to_string().contains("PRIVATE KEY"));
    add(&heroku, "shop", "app.ledger.example").await.done();
    let serve = json!({ "sni_endpoint": endpoint["name"] });
    let domain = heroku.send("PATCH /apps/shop/domains/app.ledger.example", serve).await.done();
    assert_eq!(domain["sni_endpoint"]["id"], endpoint["id"]);
    let path = format!("/apps/shop/sni-endpoints/{}", endpoint["id"].as_str().unwrap());
    assert_eq!(heroku.get(&path).await.done()["domains"], json!([domain["id"]]));
    heroku.ask(&format!("DELETE {path}"), &[], None).await.done();
    heroku.get(&path).await.refused(404, "not_found");
    let domain = heroku.get("/apps/shop/domains/app.ledger.example").await.done();
    assert_eq!(domain["sni_endpoint"], Value::Null);
}

#[tokio::test]
async fn what_is_no_hostname_is_refused() {
    let heroku = Heroku::with_shop().await;
    for name in ["", "localhost", "*.example", "bücher.example", "ledger.example.", "https://ledger.example"]
    {
        add(&heroku, "shop", name).await.refused(422, "invalid_params");
    }
    assert!(added(&heroku, "shop").await.is_empty());
}

#[tokio::test]
async fn a_name_belongs_to_one_app_until_that_lets_go_of_it() {
    let heroku = Heroku::with_shop().await;
    heroku.ask("POST /apps", &[OTHER], Some(json!({ "name": "theirs" }))).await.done();
    heroku.send("POST /apps", json!({ "name": "desk" })).await.done();
    add(&heroku, "shop", "app.ledger.example").await.done();
    let again = add(&heroku, "shop", "app.ledger.example").await.refused(422, "invalid_params");
    assert_eq!(again, "Domain already added to this app.");
    let taken = "app.ledger.example is currently in use by another app.";
    assert_eq!(add(&heroku, "desk", "app.ledger.example").await.refused(422, "invalid_params"), taken);
    let body = json!({ "hostname": "app.ledger.example", "sni_endpoint": null });
    let theirs = heroku.ask("POST /apps/theirs/domains", &[OTHER], Some(body)).await;
    assert_eq!(theirs.refused(422, "invalid_params"), taken);
    heroku.get("/apps/desk/domains/app.ledger.example").await.refused(404, "not_found");

    heroku.ask("DELETE /apps/shop", &[], None).await.done();
    add(&heroku, "desk", "app.ledger.example").await.done();
    assert_eq!(added(&heroku, "desk").await, ["app.ledger.example"]);
}

#[tokio::test]
async fn herokus_own_names_are_always_in_use() {
    let heroku = Heroku::with_shop().await;
    for name in ["shop.herokuapp.com", "www.heroku.com", "heroku.com"] {
        let message = add(&heroku, "shop", name).await.refused(422, "invalid_params");
        assert_eq!(message, format!("{name} is currently in use by another app."));
    }
    add(&heroku, "shop", "notheroku.com").await.done();
}

#[tokio::test]
async fn a_new_domain_is_pending_and_has_no_target_at_first() {
    let heroku = with_shop(Duration::from_hours(1), "succeeded").await;
    let fresh = add(&heroku, "shop", "app.ledger.example").await.done();
    assert_eq!((&fresh["status"], &fresh["cname"]), (&json!("pending"), &Value::Null));
    assert_eq!(heroku.get("/apps/shop/domains/app.ledger.example").await.done(), fresh);
}

#[tokio::test]
async fn a_domain_settles_well_or_badly() {
    for status in ["succeeded", "none", "failed"] {
        let heroku = with_shop(Duration::ZERO, status).await;
        let domain = add(&heroku, "shop", "app.ledger.example").await.done();
        assert_eq!(domain["status"], status);
        assert!(domain["cname"].is_string());
    }
}

#[tokio::test]
async fn a_list_of_domains_comes_in_pages_by_id_or_by_name() {
    let heroku = Heroku::with_shop().await;
    for name in ["a.ledger.example", "b.ledger.example", "c.ledger.example"] {
        add(&heroku, "shop", name).await.done();
    }
    let page = async |range: &str| heroku.ask("GET /apps/shop/domains", &[("range", range)], None).await;
    assert_eq!(page("id ..; max=1000;").await.done().as_array().unwrap().len(), 4);
    let first = page("hostname a..; max=2").await;
    assert_eq!(
        (first.status, first.header("next-range")),
        (206, Some("hostname ]b.ledger.example..; max=2"))
    );
    page("kind ..").await.refused(416, "requested_range_not_satisfiable");
}

//! Certificates that Heroku manages: switched on once the dynos are paid ones, and never waited for.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, writes};

const SHOP: &str = "\
app: { name: shop-production, domains: [shop.example], acm: true }
formation: { web: { quantity: 1, size: basic } }
";

#[test]
fn certificates_are_managed_and_what_waits_for_dns_is_told() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0).shows(&["herokudns.com"]);
    project
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .shows(&["shop.example has no certificate yet (pending); its DNS has to point at"]);
    cloud.heroku("DELETE", "/apps/shop-production/acm", None);
    cloud.sandbox().forget_calls();
    project
        .run(&["apply", "--yes"])
        .exits(0)
        .shows(&["~ app.acm", "each domain gets its certificate once its DNS points at its target"]);
    assert_eq!(writes(&cloud), ["POST acm"]);
}

#[test]
fn dynos_that_are_not_paid_are_refused_before_anything_is_written() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "puma" }));
    let scale = json!({ "updates": [{ "type": "web", "quantity": 1, "size": "Eco" }] });
    cloud.heroku("PATCH", "/apps/shop-production/formation", Some(scale));
    project.write("environments/production.yaml", "app: { name: shop-production, acm: true }\n");
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        "Heroku manages certificates of apps with paid dynos only, and web is of size eco",
        "write `size: basic` or a larger one at formation.web",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn switched_off_says_what_that_means() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &SHOP.replace("acm: true", "acm: false"));
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0).shows(&["https on the app's own domains fails from then on"]);
    assert_eq!(writes(&cloud), ["DELETE acm"]);
}

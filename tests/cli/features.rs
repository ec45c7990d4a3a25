//! App features: what is named is switched, and nothing else.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, writes};

const SHOP: &str =
    "app: { name: shop-production, features: { preboot: true, runtime-dyno-metadata: true } }\n";

#[test]
fn features_are_switched_as_the_spec_says_and_others_are_told() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    cloud.heroku("PATCH", "/apps/shop-production/features/preboot", Some(json!({ "enabled": false })));
    let other = "/apps/shop-production/features/http-sticky-sessions";
    cloud.heroku("PATCH", other, Some(json!({ "enabled": true })));
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--detailed-exitcode"]).exits(2).shows(&[
        "~ preboot false → true",
        "unmanaged app.features.http-sticky-sessions on, and not in the spec: left alone",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["PATCH features"]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn a_misspelt_feature_is_a_mistake_of_the_spec() {
    let (cloud, project) = cloud_and("app: { name: shop-production, features: {} }\n");
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &SHOP.replace("preboot", "preeboot"));
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "Heroku has no app feature `preeboot`",
        "environments/production.yaml:1:53",
        "did you mean `preboot`?",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_spec_that_says_nothing_of_features_asks_nothing() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["plan"]).exits(0);
    assert!(!cloud.sandbox().calls().iter().any(|call| call.operation.contains("features")));
}

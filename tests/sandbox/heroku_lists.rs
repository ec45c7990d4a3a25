//! Lists of the embedded Heroku, in pages and for the whole account, and the budget of calls that reading them costs.

use crate::heroku_client::{Answer, Heroku, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Budget, Knobs, Options};

const OTHER: (&str, &str) = ("authorization", "Bearer other-token");
const INCLUDING: (&str, &str) = ("accept-inclusion", "addon:plan,config_vars");

async fn with(knobs: Knobs) -> Heroku {
    Heroku::with(Options { knobs, ..Options::default() }).await
}

/// Three apps of one account, each with a database, the first one's also attached to the second; and one of another
/// account.
async fn a_fleet() -> Heroku {
    let heroku = Heroku::start().await;
    for name in ["shop-a", "shop-b", "shop-c"] {
        heroku.send("POST /apps", json!({ "name": name })).await.done();
        let order = json!({ "plan": "heroku-postgresql:standard-0", "name": format!("{name}-db") });
        heroku.send(&format!("POST /apps/{name}/addons"), order).await.done();
    }
    let shared = json!({ "addon": "shop-a-db", "app": "shop-b", "name": "LEDGER" });
    heroku.send("POST /addon-attachments", shared).await.done();
    heroku.ask("POST /apps", &[OTHER], Some(json!({ "name": "theirs" }))).await.done();
    let order = json!({ "plan": "heroku-redis:mini" });
    heroku.ask("POST /apps/theirs/addons", &[OTHER], Some(order)).await.done();
    heroku
}

/// A text of each item, sorted.
fn each(list: &Value, text: impl Fn(&Value) -> String) -> Vec<String> {
    let mut texts: Vec<String> = list.as_array().expect("a list").iter().map(text).collect();
    texts.sort();
    texts
}

fn name(item: &Value) -> String {
    item["name"].as_str().expect("a name").to_owned()
}

/// The pages of a list, asked for one after another from a first range on.
async fn pages(heroku: &Heroku, path: &str, first: Option<&str>) -> Vec<Answer> {
    let (mut pages, mut range) = (Vec::new(), first.map(str::to_owned));
    loop {
        let headers: Vec<(&str, &str)> = range.iter().map(|range| ("range", range.as_str())).collect();
        let answer = heroku.ask(&format!("GET {path}"), &headers, None).await;
        range = answer.header("next-range").map(str::to_owned);
        pages.push(answer);
        if range.is_none() {
            return pages;
        }
    }
}

// ---- lists of the whole account

#[tokio::test]
async fn the_accounts_lists_hold_what_is_the_accounts_and_nothing_of_others() {
    let heroku = a_fleet().await;
    let apps = heroku.get("/apps").await.done();
    assert_eq!(each(&apps, name), ["shop-a", "shop-b", "shop-c"]);
    let addons = heroku.get("/addons").await.done();
    assert_eq!(each(&addons, name), ["shop-a-db", "shop-b-db", "shop-c-db"]);
    let attachments = heroku.get("/addon-attachments").await.done();
    let text = |one: &Value| format!("{} {} of {}", name(&one["app"]), name(one), name(&one["addon"]));
    assert_eq!(
        each(&attachments, text),
        [
            "shop-a DATABASE of shop-a-db",
            "shop-b DATABASE of shop-b-db",
            "shop-b LEDGER of shop-a-db",
            "shop-c DATABASE of shop-c-db"
        ]
    );
    let theirs = heroku.ask("GET /addons", &[OTHER], None).await.done();
    assert_eq!(each(&theirs, |addon| name(&addon["app"])), ["theirs"]);
}

#[tokio::test]
async fn an_item_of_the_accounts_list_is_the_one_that_the_app_itself_shows() {
    let heroku = a_fleet().await;
    let one_of = |list: Value, wanted: &str| {
        list.as_array().expect("a list").iter().find(|one| name(one) == wanted).cloned().expect("it is there")
    };
    let app = heroku.get("/apps/shop-b").await.done();
    assert_eq!(one_of(heroku.get("/apps").await.done(), "shop-b"), app);
    let expanded = [("accept-expansion", "addon_service,plan")];
    let all = heroku.ask("GET /addons", &expanded, None).await.done();
    let own = heroku.ask("GET /apps/shop-b/addons", &expanded, None).await.done();
    assert_eq!(one_of(all, "shop-b-db"), one_of(own, "shop-b-db"));
    let all = heroku.ask("GET /addon-attachments", &[INCLUDING], None).await.done();
    let own = heroku.ask("GET /apps/shop-b/addon-attachments", &[INCLUDING], None).await.done();
    assert_eq!(one_of(all, "LEDGER"), one_of(own, "LEDGER"));
}

#[tokio::test]
async fn attachments_tell_their_config_vars_only_when_asked() {
    let heroku = a_fleet().await;
    let ledger = |list: Value| {
        list.as_array()
            .expect("a list")
            .iter()
            .find(|one| name(one) == "LEDGER")
            .cloned()
            .expect("it is there")
    };
    for path in ["/addon-attachments", "/apps/shop-b/addon-attachments"] {
        assert_eq!(ledger(heroku.get(path).await.done()).get("config_vars"), None, "{path}");
        let including = heroku.ask(&format!("GET {path}"), &[INCLUDING], None).await.done();
        assert_eq!(ledger(including)["config_vars"], json!(["LEDGER_URL"]), "{path}");
    }
}

#[tokio::test]
async fn the_accounts_lists_come_in_pages_of_the_size_that_is_asked_for() {
    let heroku = a_fleet().await;
    for (path, count) in [("/apps", 3), ("/addons", 3), ("/addon-attachments", 4)] {
        let whole = heroku.get(path).await.done();
        for range in ["id ..; max=2", "id ..; max=2;", "id ..; order=asc,max=2", "id ..; max=2, order=asc"] {
            let pages = pages(&heroku, path, Some(range)).await;
            assert_eq!(
                pages.iter().map(|page| page.status).collect::<Vec<_>>(),
                [206, 200],
                "{path} {range}"
            );
            let items: Vec<Value> =
                pages.iter().flat_map(|page| page.body.as_array().expect("a list").clone()).collect();
            assert_eq!((items.len(), Value::from(items)), (count, whole.clone()), "{path} {range}");
        }
        let at_once = heroku.ask(&format!("GET {path}"), &[("range", "id ..; max=1000")], None).await;
        assert_eq!((at_once.status, at_once.header("next-range")), (200, None), "{path}");
        for range in ["id ..; max=1001", "id ..; max=0", "id ..; max=all", "colour ..", "id", "owner .."] {
            let refused = heroku.ask(&format!("GET {path}"), &[("range", range)], None).await;
            refused.refused(416, "requested_range_not_satisfiable");
        }
    }
}

#[tokio::test]
async fn a_name_that_reads_like_a_number_is_a_name_in_ranges_too() {
    let heroku = Heroku::with_shop().await;
    for version in ["v1", "v10", "v9"] {
        let order = json!({ "plan": "scheduler:standard", "name": version, "attachment": { "name": version.to_uppercase() } });
        heroku.send("POST /apps/shop/addons", order).await.done();
    }
    let page = heroku.ask("GET /addons", &[("range", "name ]v1..v9[")], None).await.done();
    assert_eq!(each(&page, name), ["v10"]);
}

// ---- pages

#[tokio::test]
async fn a_list_comes_in_pages_until_no_next_range_is_given() {
    let heroku = with(Knobs { page_size: 2, ..quick() }).await;
    for name in ["app-a", "app-b", "app-c", "app-d", "app-e"] {
        heroku.send("POST /apps", json!({ "name": name })).await.done();
    }
    let pages = pages(&heroku, "/apps", None).await;
    assert_eq!(pages.iter().map(|page| page.status).collect::<Vec<_>>(), [206, 206, 200]);
    let names: Vec<String> = pages.iter().flat_map(|page| each(&page.body, name)).collect();
    assert_eq!(
        each(&json!(names), |name| name.as_str().unwrap().to_owned()),
        ["app-a", "app-b", "app-c", "app-d", "app-e"]
    );
}

#[tokio::test]
async fn ranges_bound_order_and_limit_a_list() {
    let heroku = Heroku::with_shop().await;
    for value in 1..=9 {
        heroku.send("PATCH /apps/shop/config-vars", json!({ "A": value.to_string() })).await.done();
    }
    // Eleven releases by now: numbers must not sort as text.
    for (range, expected, next) in [
        ("version ..; order=desc,max=1", vec![11], Some("version ]11..; max=1, order=desc")),
        ("version ]11..; max=2, order=desc", vec![10, 9], Some("version ]9..; max=2, order=desc")),
        ("version ]3..; max=2, order=desc", vec![2, 1], None),
        ("version ]9..; max=5", vec![10, 11], None),
        ("version 9..10", vec![9, 10], None),
        ("version 2..4[; max=1", vec![2], Some("version ]2..4[; max=1")),
        ("version 9..10[; max=1000;", vec![9], None),
    ] {
        let answer = heroku.ask("GET /apps/shop/releases", &[("range", range)], None).await;
        assert_eq!(answer.header("next-range"), next, "{range}");
        assert_eq!(answer.status, if next.is_some() { 206 } else { 200 }, "{range}");
        let versions: Vec<i64> =
            answer.done().as_array().unwrap().iter().filter_map(|one| one["version"].as_i64()).collect();
        assert_eq!(versions, expected, "{range}");
    }
    for range in ["nonsense", "version ..; max=1001", "version ..; max=0", "colour .."] {
        let answer = heroku.ask("GET /apps/shop/releases", &[("range", range)], None).await;
        answer.refused(416, "requested_range_not_satisfiable");
    }
}

// ---- the budget of calls

#[tokio::test]
async fn every_answer_names_its_request_and_what_is_left_of_the_budget() {
    let heroku = Heroku::with_shop().await;
    let answer = heroku.ask("GET /apps/shop", &[("request-id", "mine")], None).await;
    assert!(answer.header("request-id").unwrap().starts_with("mine,"));
    let left: i64 = answer.header("ratelimit-remaining").unwrap().parse().unwrap();
    assert!((1..4500).contains(&left), "{left}");
    let asked = heroku.get("/account/rate-limits").await.done()["remaining"].as_i64().unwrap();
    let again = heroku.get("/account/rate-limits").await.done()["remaining"].as_i64().unwrap();
    assert!(asked >= left && again >= asked, "asking is free: {left}, {asked}, {again}");
}

fn budget(size: u32, calls_a_minute: u32) -> Knobs {
    Knobs { budget: Budget { size, left: None, calls_a_minute }, ..quick() }
}

#[tokio::test]
async fn a_call_too_many_is_refused_until_calls_have_come_back() {
    let heroku = with(budget(3, 0)).await;
    for left in ["2", "1", "0"] {
        let answer = heroku.get("/apps").await;
        assert_eq!((answer.status, answer.header("ratelimit-remaining")), (200, Some(left)));
    }
    let refused = heroku.send("POST /apps", json!({ "name": "shop" })).await;
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    refused.refused(429, "rate_limit");
    assert_eq!(heroku.get("/account/rate-limits").await.done(), json!({ "remaining": 0 }), "asking is free");

    let refilled = json!({ "budget": { "size": 3, "calls_a_minute": u32::MAX } });
    heroku.send("PUT /_sandbox/knobs", refilled).await.done();
    assert_eq!(heroku.get("/apps").await.done(), json!([]), "what was refused was not done");
}

#[tokio::test]
async fn refusals_cost_a_call_and_each_account_has_its_own() {
    let heroku = with(budget(2, 0)).await;
    heroku.get("/apps/none").await.refused(404, "not_found");
    heroku.ask("GET /apps", &[("accept", "*/*")], None).await.refused(406, "not_acceptable");
    heroku.get("/apps").await.refused(429, "rate_limit");
    heroku.ask("GET /apps", &[OTHER], None).await.done();
    let nobody = heroku.ask("GET /apps", &[("authorization", "Bearer bad-token")], None).await;
    assert_eq!(nobody.header("ratelimit-remaining"), None);
    nobody.refused(401, "unauthorized");
}

#[tokio::test]
async fn an_account_may_have_made_calls_elsewhere_before() {
    let budget = Budget { size: 4500, left: Some(1), calls_a_minute: 0 };
    let heroku = with(Knobs { budget, ..quick() }).await;
    assert_eq!(heroku.get("/account/rate-limits").await.done(), json!({ "remaining": 1 }));
    heroku.get("/apps").await.done();
    heroku.get("/apps").await.refused(429, "rate_limit");
}

#[tokio::test]
async fn whoever_knows_what_would_be_read_is_told_so_and_gets_no_body() {
    let heroku = Heroku::with_shop().await;
    let first = heroku.get("/apps/shop/config-vars").await;
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let known = |tag: String| {
        let heroku = &heroku;
        async move { heroku.ask("GET /apps/shop/config-vars", &[("if-none-match", &tag)], None).await }
    };
    let same = known(format!("\"another\", {tag}")).await;
    assert_eq!((same.status, &same.body, same.header("etag")), (304, &Value::Null, Some(&*tag)));
    assert!(same.header("request-id").is_some());
    let vars = json!({ "ONE": "1" });
    let write =
        heroku.ask("PATCH /apps/shop/config-vars", &[("if-none-match", &tag)], Some(vars.clone())).await;
    assert_eq!((write.status, &write.body), (200, &vars), "a write is carried out");
    assert_eq!(known(tag).await.done(), vars, "what is read is another by now");
    assert!(heroku.get("/apps/nothing").await.header("etag").is_some(), "refusals have one too");
}

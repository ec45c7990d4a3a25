//! `--format html`: one file a run, the same for the same facts, with everything in it that the text says.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

use crate::common::cloud_and;
use crate::support::{Cloud, LEDGER, Project};

/// The text of a page, which has to be well-formed.
#[track_caller]
fn text_of(page: &str) -> String {
    let mut reader = Reader::from_str(page);
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {page}")) {
            Event::Text(piece) => text += &piece,
            Event::Eof => return text,
            _ => {}
        }
    }
}

fn page(project: &Project, code: i32, arguments: &[&str]) -> String {
    let page = project.run(&[arguments, &["--format", "html"]].concat()).exits(code).stdout;
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{page}");
    page
}

/// A live environment that somebody changed, and three others.
fn fleet() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.write("environments/web.yaml", "app: { name: shop-web }\nconfig: { A: b }\n");
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let by_hand = json!({ "RAILS_ENV": "</style><script>alert(1)</script>", "OTHER": "<b>" });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(by_hand));
    project.write("environments/new.yaml", "app: { name: shop-new }\n");
    project.write("environments/broken.yaml", "app: { name: shop, \"<script>\": us }\n");
    (cloud, project)
}

#[test]
fn one_plan_is_a_page_that_ends_as_the_text_and_names_the_digest() {
    let (_cloud, project) = cloud_and(LEDGER);
    let first = page(&project, 0, &["plan"]);
    assert_eq!(first, page(&project, 0, &["plan"]), "the same facts give the same page");
    let text = text_of(&first);
    let plan = project.run(&["plan"]).exits(0).stdout;
    let (until_unchanged, _) = plan.lines().last().unwrap().split_once(" unchanged,").unwrap();
    assert!(text.contains(&format!("{until_unchanged} unchanged.")), "{text}");
    let digest = project.run(&["plan", "--format", "json"]).json()["plan_digest"].clone();
    assert!(text.contains(digest.as_str().unwrap()), "{text}");
    for shown in
        ["addons.DATABASE", "heroku-postgresql:standard-0", "Deferred to a later apply", "formation.web"]
    {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(first.contains("<svg"), "{first}");
}

#[test]
fn several_plans_are_one_page_with_what_failed() {
    let (_cloud, project) = fleet();
    let page = page(&project, 1, &["plan", "--all"]);
    let text = text_of(&page);
    for shown in ["4 environments", "shop-new", "unknown key `", "changed to production", "config.OTHER"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
}

#[test]
fn findings_are_a_page_with_what_somebody_answers_for() {
    let (_cloud, project) = fleet();
    project.write(
        "acknowledged.yaml",
        "- { environment: production, address: config.RAILS_ENV, reason: '<script>alert(1)</script>', until: 2999-01-01 }\n\
         - { environment: web, address: config.A, reason: a trial that ended, until: 2020-01-01 }\n",
    );
    let page = page(&project, 1, &["drift", "--all"]);
    let text = text_of(&page);
    for shown in [
        "4 environments",
        "no drift, 1 acknowledged",
        "2999-01-01",
        "a trial that ended",
        "Acknowledgements whose day is over",
        "unknown key `",
        "config.OTHER",
        "create",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!page.contains("<script"), "{page}");
    let one = project.run(&["drift", "web", "--format", "html"]).exits(2).stdout;
    assert!(one.contains("<h1>web</h1>"), "{one}");
}

#[test]
fn the_fleet_is_a_page_with_the_worst_first() {
    let (_cloud, project) = fleet();
    let page = page(&project, 1, &["status"]);
    let places: Vec<Option<usize>> = ["broken", "new", "production", "web"]
        .iter()
        .map(|name| page.find(&format!("<th scope=\"row\">{name}</th>")))
        .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    let text = text_of(&page);
    for shown in ["1 change", "config.RAILS_ENV", "standard-0", "v5 by "] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn nothing_selected_is_an_empty_page() {
    let (_cloud, project) = cloud_and("app: { name: shop }\n");
    let shards = ["1/2", "2/2"].map(|shard| page(&project, 0, &["plan", "--shard", shard]));
    assert_eq!(shards.iter().filter(|page| text_of(page).contains("0 environments")).count(), 1);
}

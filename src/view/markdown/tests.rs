//! Comments as people read them, as large as they may be, and with whatever others wrote in them.

#![cfg(test)]

use proptest::prelude::*;

use super::*;
use crate::plan::Entry;
use crate::resource::{Address, Blocked, Field, Note, Shown, addon, bucket, config};
use crate::spec::EnvironmentName;
use crate::view::failure::with_hint;
use crate::view::testing::{entry, hidden, key, planned, quiet};

fn item(plan: Plan) -> Item {
    Item { environment: plan.environment.clone(), plan: Ok(plan), refused: None }
}

fn named(name: &str, plan: Plan) -> Plan {
    Plan { environment: EnvironmentName::parse(name).unwrap(), ..plan }
}

fn one(plan: Plan) -> String {
    plans(&[item(plan)], Asked::One, &key(), COMMENT)
}

/// A plan with these entries, as a comment of one environment.
fn with(entries: Vec<Entry>, limit: usize) -> String {
    let plan = quiet();
    let sheet = crate::view::testing::sheet(&plan, entries);
    let options = Options { theme: Theme::Plain, reveal: false, width: WIDTH, key: key(), digest: false };
    let (text, _) = fit::fit(&details(&sheet, &options), limit);
    text
}

#[test]
fn a_plan_from_nothing() {
    insta::assert_snapshot!(one(planned()));
}

#[test]
fn the_first_line_is_the_mark_and_the_last_that_of_the_text() {
    let text = one(planned());
    let digest = planned().digest();
    assert_eq!(text.lines().next().unwrap(), format!("<!-- trueup:plan:production {digest} -->"));
    assert!(text.lines().last().unwrap().starts_with("Plan: "), "{text}");
    let quiet = one(quiet());
    assert_eq!(
        quiet.lines().last().unwrap(),
        "No changes. production matches environments/production.yaml. 31 unchanged."
    );
}

#[test]
fn what_goes_and_what_is_refused_comes_first() {
    let delete = entry(config::SECTION.address(&"OLD"), Action::Delete);
    let text = with(vec![entry(addon::SECTION.address(&"DATABASE"), Action::Create), delete], COMMENT);
    assert!(text.find("config").unwrap() < text.find("addons.DATABASE").unwrap(), "{text}");
    let blocked = Blocked {
        address: bucket::SECTION.address(&"uploads"),
        reason: "it is another account's".to_owned(),
        advice: "choose another `name`".to_owned(),
    };
    let text = one(Plan { blocked: vec![blocked], ..planned() });
    assert!(text.find("**Blocked**").unwrap() < text.find("<details>").unwrap(), "{text}");
    assert!(
        text.contains("- `buckets.uploads`: it is another account&#39;s; choose another &#96;name&#96;\n"),
        "{text}"
    );
}

#[test]
fn several_environments_are_one_table_and_those_without_changes_no_more_than_a_row() {
    let items = [
        item(named("api", planned())),
        item(named("web", quiet())),
        Item {
            environment: EnvironmentName::parse("staging").unwrap(),
            plan: Err(with_hint("unknown key `regoin`", "did you mean `region`?")),
            refused: None,
        },
    ];
    let text = plans(&items, Asked::List(None), &key(), COMMENT);
    assert!(
        text.starts_with("<!-- trueup:plan:all incomplete -->\n### trueup plan: 3 environments\n"),
        "{text}"
    );
    assert!(text.contains("| `web` | `ledger-production` | 0 | 0 |"), "{text}");
    assert!(text.contains("- `staging`: unknown key &#96;regoin&#96;<br>did you mean"), "{text}");
    assert!(text.contains("<details><summary><b>api</b> Plan: "), "{text}");
    assert!(!text.contains("<b>web</b>"), "{text}");
    assert!(text.ends_with(" 1 of 3 failed.\n"), "{text}");
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn a_list_of_one_is_marked_as_a_list() {
    let digest = PlanDigest::of_all([]);
    let text = plans(&[item(quiet())], Asked::List(Some(&digest)), &key(), COMMENT);
    assert!(text.starts_with(&format!("<!-- trueup:plan:all {digest} -->\n")), "{text}");
}

#[test]
fn a_fleet_that_changes_everywhere_still_fits_and_says_what_was_left_out() {
    let items: Vec<Item> =
        (0..600).map(|number| item(named(&format!("client-{number}"), planned()))).collect();
    let text = plans(&items, Asked::List(None), &key(), COMMENT);
    assert!(text.len() <= COMMENT, "{}", text.len());
    assert!(text.contains("parts of this plan are shortened to fit here"), "{}", &text[text.len() - 400..]);
    assert!(text.ends_with("0 blocked.\n"), "{}", &text[text.len() - 400..]);
}

#[test]
fn what_matters_least_is_shortened_first() {
    let unmanaged = (0..3000).map(|number| Note {
        address: config::SECTION.address(&format!("VAR_{number}")),
        reason: "live, not in the spec: left alone".to_owned(),
        cause: None,
    });
    let text = one(Plan { unmanaged: unmanaged.collect(), ..planned() });
    assert!(text.len() <= COMMENT, "{}", text.len());
    assert!(text.contains("<p>Unmanaged (3000)</p>"), "{text}");
    assert!(text.contains("1 part of this plan is shortened"), "{text}");
    assert!(text.contains("<details><summary><code>+ app</code>"), "what changes is whole: {text}");
}

/// What a service or the author of a request may choose.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("</details>"),
        Just("```\n"),
        Just("| |"),
        Just("<script>"),
        Just("-->"),
        Just("<!--"),
        Just("\n\n# x"),
        Just("@org/all"),
        Just("![x](y)"),
        Just("\r"),
        Just("\u{1b}[2J"),
        Just("`"),
        Just("::error::"),
        Just("é東"),
    ];
    proptest::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_hostile_opens_or_closes_anything(name in hostile(), value in hostile(), reason in hostile()) {
        let address: Address = config::SECTION.address(&name);
        let field = Field { path: String::new(), before: Shown::Plain(value.clone()), after: Shown::Plain(value), note: None };
        let change = Entry { fields: vec![field], ..entry(address.clone(), Action::Update) };
        let thing = Entry { title: Some(name.clone()), ..entry(bucket::SECTION.address(&name), Action::Delete) };
        let text = with(vec![change, thing], COMMENT)
            + &notes("Unmanaged", Worth::Unmanaged, &[Note { address, reason, cause: None }])
                .map(|piece| fit::fit(&[piece], COMMENT).0)
                .unwrap_or_default();
        let outside: String = outside_of_code(&text);
        prop_assert_eq!(outside.matches("<details>").count(), 3);
        prop_assert_eq!(outside.matches("</details>").count(), 3);
        prop_assert!(!outside.contains("<script") && !outside.contains("<!--") && !outside.contains("\n#"), "{}", outside);
        prop_assert!(!text.contains(['\r', '\u{1b}']), "{:?}", text);
    }

    #[test]
    fn no_comment_shows_a_secret(secret in "[XYZ]{8,40}", other in "[XYZ]{8,40}") {
        let field = |path: &str, before, after| Field { path: path.to_owned(), before, after, note: None };
        let fields = vec![
            field("one", Shown::Nothing, hidden(&secret)),
            field("two", hidden(&secret), hidden(&other)),
            field("three", hidden(&secret), Shown::Nothing),
        ];
        let change = Entry { fields, ..entry(bucket::SECTION.address(&"uploads"), Action::Update) };
        prop_assert!(!with(vec![change], COMMENT).contains(['X', 'Y', 'Z']));
    }
}

/// The document without its fenced blocks and code spans, as a reader of markdown takes them out first.
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some("`".repeat(ticks)),
            None => outside += &format!("{}\n", without_spans(line)),
        }
    }
    assert_eq!(fence, None, "a block is left open: {text}");
    outside
}

fn without_spans(line: &str) -> String {
    let mut rest = line;
    let mut outside = String::new();
    while let Some(start) = rest.find('`') {
        outside += &rest[..start];
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inside = &rest[start + ticks..];
        let end = runs(inside).find(|(_, length)| *length == ticks);
        let Some((end, _)) = end else {
            return outside + &rest[start..];
        };
        rest = &inside[end + ticks..];
    }
    outside + rest
}

/// The runs of backticks in a text: where each begins, and how long it is.
fn runs(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('`')?;
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        at = start + length;
        Some((start, length))
    })
}

#[test]
fn the_account_stands_in_the_heading_or_beside_the_app_where_there_are_several() {
    let of_account = |name: &str| {
        let mut plan = named(name, quiet());
        plan.place.aws_account = Some("111122223333".to_owned());
        plan
    };
    let text = one(of_account("production"));
    assert!(text.contains("\n### trueup plan: `production` (aws 111122223333)\n"), "{text}");
    let items = ["api", "web"].map(|name| item(of_account(name)));
    let all = plans(&items, Asked::List(None), &key(), COMMENT);
    assert!(all.contains("\n| `web` | `ledger-production` (aws 111122223333) | 0 |"), "{all}");
}

//! What holds for every page, whoever wrote what is on it: it is well-formed, it asks nobody for anything, it runs
//! nothing, and its colours can be read.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{fleet, plan};
use crate::message::Failure;
use crate::resource::{Action, Field, bucket, config, domain};
use crate::spec::EnvironmentName;
use crate::status::{Release, State};
use crate::view::failure::{Words, with_hint};
use crate::view::sheet::Sheet;
use crate::view::status::Row;
use crate::view::status::tests::{NOW, quiet, rows};

use crate::view::testing::{
    blocked, entry, hidden, key, note, plain, planned, quiet as no_changes, sheet, var,
};

/// What people would try who may choose a name, a value or a message.
const HOSTILE: [&str; 10] = [
    "</style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "<!-- --><svg/onload=alert(1)>",
    "]]></svg><iframe src=https://evil.example>",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "javascript:alert(1)",
    "\u{202e}gpj.exe\u{2066}",
    "a\u{0}b\u{1b}[2J\u{ffff}\u{85}",
    "</title></head><body onload=alert(1)>",
];

/// Every element of a page with its attributes, and its text.
struct Parsed {
    elements: BTreeSet<String>,
    attributes: Vec<(String, String)>,
    text: String,
}

/// Reads a page as XML, which is stricter than any browser.
fn parsed(page: &str) -> Parsed {
    let mut reader = Reader::from_str(page);
    let (mut elements, mut attributes, mut text) = (BTreeSet::new(), Vec::new(), String::new());
    let mut depth = 0;
    let mut note = |start: &BytesStart<'_>| {
        elements.insert(start.name().as_ref().to_owned());
        for attribute in start.attributes() {
            let attribute = attribute.unwrap();
            let name = attribute.key.as_ref().to_owned();
            attributes.push((
                name,
                attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned(),
            ));
        }
    };
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {page}")) {
            Event::Start(start) => {
                note(&start);
                depth += 1;
            }
            Event::Empty(start) => note(&start),
            Event::End(_) => depth -= 1,
            Event::Text(piece) => text += &piece,
            Event::GeneralRef(reference) => {
                text += match &*reference {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "#39" => "'",
                    other => panic!("&{other}; is no reference that a page has"),
                };
            }
            Event::DocType(kind) => assert_eq!(kind.trim(), "html"),
            Event::Eof => break,
            other => panic!("{other:?} has no place in a page"),
        }
    }
    assert_eq!(depth, 0, "{page}");
    Parsed { elements, attributes, text }
}

/// Asserts that a page is only what it should be.
#[track_caller]
fn assert_harmless(page: &str) -> Parsed {
    let found = parsed(page);
    let known: BTreeSet<String> = [
        "a", "article", "body", "code", "dd", "del", "desc", "div", "dl", "dt", "fieldset", "footer", "g",
        "h1", "h2", "h3", "h4", "head", "header", "html", "input", "ins", "label", "legend", "li", "main",
        "meta", "p", "path", "pre", "rect", "section", "span", "style", "svg", "table", "tbody", "td",
        "text", "th", "thead", "time", "title", "tr", "ul",
    ]
    .map(str::to_owned)
    .into();
    let strange: Vec<_> = found.elements.difference(&known).collect();
    assert!(strange.is_empty(), "{strange:?}");
    for (name, value) in &found.attributes {
        assert!(
            !name.starts_with("on") && !["style", "src", "srcset", "action"].contains(&name.as_str()),
            "{name}"
        );
        assert!(name != "href" || value.starts_with("#environment-"), "{name}={value}");
        assert!(name == "xmlns" || !value.contains("://") || HOSTILE.iter().any(|text| value.contains(text)));
    }
    assert!(found.attributes.contains(&("http-equiv".to_owned(), "Content-Security-Policy".to_owned())));
    assert!(page.is_char_boundary(0) && !page.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\0']));
    found
}

/// A plan in which everything that others can write is hostile.
fn hostile(text: &str) -> String {
    let plan = no_changes();
    let host = domain::SECTION.address(&text);
    let mut changed = entry(host.clone(), Action::Update);
    changed.title = Some(text.to_owned());
    changed.reason = Some(text.to_owned());
    changed.effects.notes = vec![text.to_owned()];
    changed.fields = vec![
        Field { path: text.to_owned(), before: plain(text), after: plain(text), note: Some(text.to_owned()) },
        Field {
            path: "lines".to_owned(),
            before: plain(&format!("a\n{text}")),
            after: plain("a\nb"),
            note: None,
        },
    ];
    let mut after = entry(bucket::SECTION.address(&text), Action::Delete);
    after.after = vec![host];
    let entries = vec![changed, after, var(text, Action::Delete, hidden(text), plain(text), Some(text))];
    let mut sheet = sheet(&plan, entries);
    let at = config::SECTION.address(&text);
    let (blocked, notes) = ([blocked(at.clone(), text, text)], [note(at, text)]);
    sheet.blocked = &blocked;
    sheet.unmanaged = &notes;
    sheet.deferred = &notes;
    sheet.warnings = &notes;
    let words = with_hint(text, text);
    let failed: plan::Planned<'_> = (text, Err(&words), None);
    plan::of_sheets(&[("production", Ok(sheet), None), failed], true, None, &key())
}

#[test]
fn whatever_others_write_stays_text_in_a_plan() {
    for text in HOSTILE {
        let page = hostile(text);
        let found = assert_harmless(&page);
        let shown = crate::view::text::clean(text).replace('\u{ffff}', "\u{fffd}");
        assert!(found.text.matches(&shown).count() > 10, "{shown} is not shown: {}", found.text);
    }
}

#[test]
fn whatever_others_write_stays_text_on_the_page_of_the_fleet() {
    for text in HOSTILE {
        let mut seen = quiet("production");
        seen.state = State::Blocked;
        seen.blocked = vec![blocked(config::SECTION.address(&text), text, text)];
        seen.database_plan = Some(text.to_owned());
        seen.release = Some(Release { version: 1, at: Some(text.to_owned()), by: Some(text.to_owned()) });
        let mut changed = quiet("staging");
        changed.state = State::Changed;
        changed.changes = vec![config::SECTION.address(&text)];
        let rows = [&seen, &changed].map(|seen| Row::of(&seen.environment, None, Ok(seen)));
        assert_harmless(&fleet(&rows, NOW));
    }
}

#[test]
fn no_secret_is_on_a_page() {
    let secret = "canary-0123456789";
    let plan = no_changes();
    let entries = [Action::Create, Action::Update, Action::Delete]
        .into_iter()
        .enumerate()
        .map(|(number, action)| var(&format!("V{number}"), action, hidden(secret), hidden(secret), None));
    let sheet = sheet(&plan, entries.collect());
    let page = plan::of_sheets(&[("production", Ok(sheet), None)], false, None, &key());
    assert!(!page.contains(secret) && page.contains("changed (sensitive"), "{page}");
}

#[test]
fn a_plan_has_its_parts_in_order_and_ends_as_the_text_does() {
    let plan = planned();
    let page = plan::of_sheets(&[("production", Ok(Sheet::of(&plan)), None)], false, None, &key());
    let found = assert_harmless(&page);
    let places: Vec<Option<usize>> = [
        "<h1>production",
        "to create",
        "<h2>Changes",
        "<h2>Order",
        "<svg",
        "<footer",
        "Plan: 9 to create",
        plan.digest().to_string().as_str(),
    ]
    .iter()
    .map(|part| page.find(part))
    .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    for landmark in ["header", "main", "footer", "h1"] {
        assert_eq!(page.matches(&format!("<{landmark}>")).count(), 1, "{landmark}");
    }
    assert!(found.attributes.iter().filter(|(name, _)| name == "scope").count() > 10);
}

#[test]
fn of_several_one_without_changes_is_only_a_row() {
    let (some, none) = (planned(), no_changes());
    let words = Words { message: "no answer".to_owned(), hint: None };
    let refused = Words { message: "policy.sh <refused>\nnot on a Friday".to_owned(), hint: None };
    let planned = [
        ("production", Ok(Sheet::of(&some)), None),
        ("quiet", Ok(Sheet::of(&none)), None),
        ("refused", Ok(Sheet::of(&none)), Some(&refused)),
        ("web", Err(&words), None),
    ];
    let page = plan::of_sheets(&planned, true, Some(&some.digest()), &key());
    assert_harmless(&page);
    assert!(page.contains("policy.sh &lt;refused&gt;") && page.contains("not on a Friday"), "{page}");
    for (environment, parts) in [("production", 1), ("quiet", 0), ("refused", 1), ("web", 1)] {
        assert_eq!(
            page.matches(&format!("id=\"environment-{environment}\"")).count(),
            parts,
            "{environment}"
        );
        assert_eq!(
            page.matches(&format!("href=\"#environment-{environment}\"")).count(),
            parts,
            "{environment}"
        );
    }
}

#[test]
fn the_fleet_begins_with_the_worst_and_each_kind_can_be_chosen() {
    let page = fleet(&rows(), NOW);
    let found = assert_harmless(&page);
    let places: Vec<Option<usize>> = ["wrong", "web", "api", "staging", "production"]
        .iter()
        .map(|name| page.find(&format!("row\">{name}<")))
        .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    for (name, value) in found.attributes.iter().filter(|(name, _)| name == "for") {
        assert!(page.contains(&format!("id=\"{value}\"")), "{name}={value}");
        let rule = format!("body:has(#{value}:checked)");
        assert!(value == "show-all" || page.contains(&rule), "the style sheet has no {rule}");
    }
    assert!(
        page.contains("As of <time datetime=\"2026-11-26T12:00:00Z\">2026-11-26 12:00 UTC</time>"),
        "{page}"
    );
    let one = quiet("production");
    let alone = fleet(&[Row::of(&one.environment, None, Ok(&one))], NOW);
    assert!(!alone.contains("<fieldset"), "of one kind there is nothing to choose");
}

#[test]
fn an_empty_fleet_is_a_page_too() {
    assert_harmless(&fleet(&[], NOW));
    let name = EnvironmentName::parse("web").unwrap();
    assert_harmless(&fleet(&[Row::of(&name, None, Err(&Failure::NoProject))], NOW));
}

/// The colours of the style sheet: in the light, in the dark and on paper.
fn palettes() -> Vec<BTreeMap<&'static str, [f64; 3]>> {
    let style = include_str!("page.css");
    let roots = style.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    let colour = |text: &str| {
        let channel = |at: usize| f64::from(u8::from_str_radix(&text[at..at + 2], 16).unwrap()) / 255.0;
        [channel(1), channel(3), channel(5)]
    };
    let of = |root: &'static str| {
        let pairs = root.split(';').filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(": "));
        pairs.map(|(name, value)| (name, colour(value.trim()))).collect()
    };
    roots.map(of).collect()
}

/// How two colours stand out from each other, as WCAG 2 counts it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |colour: [f64; 3]| {
        let linear = colour
            .map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_stands_out_from_what_is_behind_it() {
    let palettes = palettes();
    assert_eq!(palettes.len(), 3);
    for palette in &palettes {
        for text in ["ink", "quiet", "good", "change", "bad", "link"] {
            for paper in ["paper", "raised"] {
                let found = contrast(palette[text], palette[paper]);
                assert!(found >= 4.5, "{text} on {paper}: {found:.2}");
            }
        }
        for paper in ["good-paper", "change-paper", "bad-paper"] {
            assert!(contrast(palette["ink"], palette[paper]) >= 4.5, "{paper}");
        }
        for (text, paper) in [("good", "good-paper"), ("bad", "bad-paper")] {
            assert!(contrast(palette[text], palette[paper]) >= 4.5, "{text} on {paper}");
        }
    }
}

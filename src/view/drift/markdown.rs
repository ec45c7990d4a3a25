//! Findings as one comment or issue: what somebody has to look at first, everything else foldable.

use super::{Total, action, comes_to, said};
use crate::drift::{Acknowledgement, Drift, Finding};
use crate::secret::FingerprintKey;
use crate::spec::EnvironmentName;
use crate::view::failure::Words;
use crate::view::markdown::escape::{code, sentence};
use crate::view::markdown::fit::{self, Held, Inside, Piece, Worth};
use crate::view::text::count;
use crate::view::{Options, Theme};

/// What the words about shortening take at most.
const REMARK: usize = 200;
/// As wide as a comment is on most pages.
const WIDTH: usize = 100;

/// What there is to say of an environment.
#[derive(Debug)]
pub struct Item {
    /// Which.
    pub environment: EnvironmentName,
    /// What was found, or why nobody could look.
    pub found: Result<Drift, Words>,
}

/// The findings as one document of at most so many bytes. Its first line is a mark by which it is found again; it names
/// the environment when exactly one was plainly asked for.
#[must_use]
pub fn document(items: &[Item], is_list: bool, key: &FingerprintKey, limit: usize) -> String {
    let options =
        Options { theme: Theme::Plain, reveal: false, width: WIDTH, key: key.clone(), digest: false };
    let only = items.first().filter(|_| !is_list).map(|item| item.environment.as_str());
    let title = only.map_or_else(|| count(items.len(), "environment"), code);
    let mut pieces = vec![Piece::frame(format!(
        "<!-- trueup:drift:{} -->\n### trueup drift: {title}\n\n",
        only.unwrap_or("all")
    ))];
    for Item { environment, found } in items {
        match found {
            Ok(drift) if items.len() == 1 => pieces.extend(of_drift(drift, &options)),
            Ok(drift) => pieces.push(whole(drift, &options)),
            Err(words) => pieces.push(failure(environment, words)),
        }
    }
    let end = end(items);
    let (text, shortened) = fit::fit(&pieces, limit.saturating_sub(end.len() + REMARK));
    let remark = match shortened {
        0 => String::new(),
        1 => "1 part is shortened to fit here: `trueup drift` shows all of it.\n\n".to_owned(),
        several => format!("{several} parts are shortened to fit here: `trueup drift` shows all of it.\n\n"),
    };
    format!("{text}{remark}{end}")
}

fn failure(environment: &EnvironmentName, words: &Words) -> Piece {
    let Words { message, hint } = words;
    let lines = message.lines().chain(hint.iter().flat_map(|hint| hint.lines()));
    let lines: Vec<String> = lines.map(sentence).collect();
    let name = code(environment.as_str());
    let whole = format!("**{name}** failed: {}\n\n", lines.join("<br>"));
    Piece::new(Worth::Blocked, [whole, format!("**{name}** failed\n\n"), String::new()])
}

/// One of several environments: all of it, what it comes to, or nothing, and that first where there is no drift.
fn whole(drift: &Drift, options: &Options) -> Piece {
    let pieces = of_drift(drift, options);
    let worth = if drift.is_some() { Worth::Row } else { Worth::Unmanaged };
    let mut forms = vec![fit::shortened(&pieces, 0), fit::shortened(&pieces, 1), head(drift), String::new()];
    // What is its own shortest form makes room before anything else gets shorter.
    forms.dedup();
    let inside = Inside { frame: [String::new(), String::new()], held: Held::Pieces(pieces) };
    Piece::new(worth, forms).holding(inside)
}

fn head(drift: &Drift) -> String {
    format!("**{}**: {}\n\n", code(drift.environment.as_str()), sentence(&comes_to(drift)))
}

fn of_drift(drift: &Drift, options: &Options) -> Vec<Piece> {
    let Drift { environment: _, findings, acknowledged, expired, unused, unmanaged } = drift;
    let mut pieces = vec![Piece::frame(head(drift))];
    if !findings.is_empty() {
        pieces.push(Piece::frame("| address | | what differs |\n|---|---|---|\n"));
        pieces.extend(findings.iter().map(|finding| row(finding, options)));
        pieces.push(Piece::frame("\n"));
    }
    let answers = |kind: &str, list: Vec<&Acknowledgement>| {
        let lines: Vec<String> = list.into_iter().map(answer).collect();
        folded(kind, Worth::Warning, &lines)
    };
    pieces.extend(answers("Expired acknowledgements", expired.iter().collect()));
    pieces.extend(answers("Unused acknowledgements", unused.iter().collect()));
    pieces.extend(answers("Acknowledged", acknowledged.iter().map(|(_, one)| one).collect()));
    let lines: Vec<String> = unmanaged
        .iter()
        .map(|note| format!("- {}: {}\n", code(note.address.as_str()), sentence(&note.reason)))
        .collect();
    pieces.extend(folded("Unmanaged", Worth::Unmanaged, &lines));
    pieces
}

/// A row of a table, the last of whose forms leaves it out.
fn row(finding: &Finding, options: &Options) -> Piece {
    let (address, action) = (code(finding.address.as_str()), action(finding.then));
    let whole = format!("| {address} | {action} | {} |\n", sentence(&said(finding, options)));
    Piece::new(Worth::Update, [whole, format!("| {address} | {action} | |\n"), String::new()])
}

fn answer(one: &Acknowledgement) -> String {
    let Acknowledgement { environment: _, address, reason, until } = one;
    format!("- {} until {until}: {}\n", code(address), sentence(reason))
}

fn folded(title: &str, worth: Worth, lines: &[String]) -> Option<Piece> {
    let number = lines.len();
    let lines: String = lines.concat();
    (number > 0).then(|| {
        let whole = format!("<details><summary>{title} ({number})</summary>\n\n{lines}\n</details>\n\n");
        Piece::new(worth, [whole, format!("<p>{title} ({number})</p>\n\n"), String::new()])
    })
}

/// The last line: what all of it comes to.
fn end(items: &[Item]) -> String {
    let mut total = Total::default();
    for item in items {
        total.add(item.found.as_ref().ok());
    }
    total.line()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::Then;
    use crate::resource::{Action, config};
    use crate::view::markdown::COMMENT;
    use crate::view::testing::key;

    /// An environment with so many findings.
    fn item(number: usize, findings: usize) -> Item {
        let environment = EnvironmentName::parse(&format!("client-{number}")).unwrap();
        let finding = |number: usize| Finding {
            address: config::SECTION.address(&format!("VAR_{number}")),
            then: Then::Apply(Action::Update),
            fields: Vec::new(),
            reason: Some("it is another".to_owned()),
            origin: None,
        };
        let found = Drift {
            environment: environment.clone(),
            findings: (0..findings).map(finding).collect(),
            acknowledged: Vec::new(),
            expired: Vec::new(),
            unused: Vec::new(),
            unmanaged: Vec::new(),
        };
        Item { environment, found: Ok(found) }
    }

    fn all(items: &[Item]) -> String {
        let text = document(items, true, &key(), COMMENT);
        assert!(text.starts_with("<!-- trueup:drift:all -->\n"));
        assert!(text.len() <= COMMENT, "{} bytes", text.len());
        text
    }

    #[test]
    fn a_fleet_in_which_everything_moved_still_fits_and_says_what_is_left_out() {
        let items: Vec<Item> = (0..3000).map(|number| item(number, 3)).collect();
        let text = all(&items);
        assert!(text.contains("**`client-0`**: 3 findings"), "{text}");
        assert!(text.contains(" parts are shortened to fit here: `trueup drift` shows all of it."));
        assert!(text.ends_with("3000 environments: 3000 to look at, 9000 findings.\n"));
        let failed = |number| {
            let why = Words { message: "no answer".to_owned(), hint: None };
            Item { found: Err(why), ..item(number, 0) }
        };
        all(&(0..4000).map(failed).collect::<Vec<_>>());
    }

    #[test]
    fn those_without_drift_make_room_for_those_with_it() {
        let items: Vec<Item> = (0..2500).map(|number| item(number, usize::from(number == 2499))).collect();
        let text = all(&items);
        assert!(
            text.contains("**`client-2499`**: 1 finding\n\n| address |"),
            "{}",
            &text[text.len() - 600..]
        );
        assert!(text.contains("| `config.VAR_0` | update |"));
    }
}

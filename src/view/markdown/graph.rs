//! What changes in which order, as a Mermaid graph within what GitHub draws.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Entry;
use crate::view::style::sign;

/// GitHub draws graphs of up to 500 edges and 50,000 characters, as far as is known; a picture is read up to far less.
const MOST_NODES: usize = 60;
const MOST_EDGES: usize = 200;

/// The graph of these entries by their blocks; nothing when there is no order in it, or too much to be seen.
pub(super) fn mermaid(entries: &[Entry]) -> Option<String> {
    let mut nodes: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for entry in entries {
        let number = nodes.len();
        nodes.entry(entry.address.block()).or_insert((number, sign(entry.action)));
    }
    let edges: BTreeSet<(usize, usize)> = entries
        .iter()
        .flat_map(|entry| entry.after.iter().map(move |before| (before.block(), entry.address.block())))
        .filter(|(before, after)| before != after)
        .filter_map(|(before, after)| Some((nodes.get(before)?.0, nodes.get(after)?.0)))
        .collect();
    if edges.is_empty() || edges.len() > MOST_EDGES || nodes.len() > MOST_NODES {
        return None;
    }
    let mut lines = vec!["graph LR".to_owned()];
    let mut named: Vec<_> = nodes.iter().collect();
    named.sort_by_key(|(_, (number, _))| *number);
    lines.extend(
        named
            .iter()
            .map(|(block, (number, sign))| format!("  n{number}[\"{}\"]", label(&format!("{sign} {block}")))),
    );
    lines.extend(edges.iter().map(|(before, after)| format!("  n{before} --> n{after}")));
    Some(lines.join("\n") + "\n")
}

/// Every sign that Mermaid could take for its own is written as its number.
fn label(text: &str) -> String {
    let mut label = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '.' | '_') {
            label.push(character);
        } else {
            label.push_str(&format!("#{};", u32::from(character)));
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Action, addon, config, domain};
    use crate::view::testing::{after_one, entry};

    #[test]
    fn blocks_are_nodes_and_prerequisites_are_edges() {
        let database = addon::SECTION.address(&"DATABASE");
        let mut var = entry(config::SECTION.address(&"A"), Action::Create);
        var.after = vec![database.clone()];
        let mut other = entry(config::SECTION.address(&"B"), Action::Update);
        other.after = vec![database.clone(), config::SECTION.address(&"A")];
        let graph = mermaid(&[entry(database, Action::Create), var, other]).unwrap();
        assert_eq!(graph, "graph LR\n  n0[\"#43; addons.DATABASE\"]\n  n1[\"#43; config\"]\n  n0 --> n1\n");
    }

    #[test]
    fn no_name_can_leave_its_label() {
        let host = domain::SECTION.address(&"*.x\"] --> n9[\"`</script>");
        let database = addon::SECTION.address(&"DATABASE");
        let mut one = entry(host, Action::Create);
        one.after = vec![database.clone()];
        let graph = mermaid(&[entry(database, Action::Create), one]).unwrap();
        let line = graph.lines().nth(2).unwrap();
        let label = line.trim().trim_start_matches("n1[\"").trim_end_matches("\"]");
        assert!(!label.contains(['"', '[', ']', '<', '>', '`', '-', '*']), "{line}");
    }

    #[test]
    fn what_has_no_order_or_too_much_is_not_drawn() {
        let var = |name: usize| entry(config::SECTION.address(&name), Action::Create);
        assert_eq!(mermaid(&[var(1), var(2)]), None);
        assert_eq!(mermaid(&after_one(MOST_NODES)), None);
    }
}

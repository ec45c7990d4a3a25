//! What comes before what as a picture, with the same in words for who cannot see it: the changes of a plan within a
//! page, and the things of an environment as a file of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{self, Drawing, HEIGHT};
use super::markup::{Markup, block, empty, line, own};
use super::plan::class;
use crate::lifecycle::graph::Graph;
use crate::plan::Entry;
use crate::resource::Action;
use crate::view::style::sign;
use crate::view::text::{clean, columns, listed};

/// A picture of more boxes is not read any more.
const MOST_NODES: usize = 80;
const MOST_LINES: usize = 300;
/// How wide a character of a fixed width is.
const CHARACTER: usize = 8;
/// What is left free on both sides of a label together.
const PADDING: usize = 22;
/// A longer label is cut off, and told whole to who points at it.
const LONGEST: usize = 36;
/// What is left free around the drawing.
const MARGIN: usize = 6;

/// How a picture looks that is a file of its own.
const STYLE: &str = include_str!("graph.css");

/// A box as it is drawn.
struct Shape<'a> {
    name: &'a str,
    class: &'static str,
    label: String,
}

/// A box: the block of a plan, and what happens to it.
struct Node<'a> {
    name: &'a str,
    action: Action,
}

/// The graph of these entries by their blocks; nothing when there is no order in it, or too much to be seen.
pub(super) fn order(entries: &[Entry]) -> Option<Markup> {
    let mut nodes: Vec<Node<'_>> = Vec::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        let name = entry.address.block();
        match numbers.get(name) {
            Some(number) if nodes[*number].action != entry.action => nodes[*number].action = Action::Update,
            Some(_) => {}
            None => {
                numbers.insert(name, nodes.len());
                nodes.push(Node { name, action: entry.action });
            }
        }
    }
    let pairs: BTreeSet<(usize, usize)> = entries
        .iter()
        .flat_map(|entry| entry.after.iter().map(move |before| (before.block(), entry.address.block())))
        .filter_map(|(before, after)| Some((*numbers.get(before)?, *numbers.get(after)?)))
        .filter(|(before, after)| before != after)
        .collect();
    if pairs.is_empty() || nodes.len() > MOST_NODES || pairs.len() > MOST_LINES {
        return None;
    }
    let shapes = nodes.iter().map(|node| Shape {
        name: node.name,
        class: class(node.action),
        label: shortened(format!("{} {}", sign(node.action), clean(node.name))),
    });
    let shapes: Vec<Shape<'_>> = shapes.collect();
    let words = in_words(&nodes, &pairs);
    let about = format!("Order of the changes: {words}");
    Some(block("div", &[("class", "graph")], picture(&shapes, &pairs, (&about, &words), None)))
}

/// What an environment is made of, as a file.
#[must_use]
pub fn resources(graph: &Graph) -> String {
    let shapes =
        graph.nodes.iter().map(|name| Shape { name, class: "resource", label: shortened(clean(name)) });
    let shapes: Vec<Shape<'_>> = shapes.collect();
    let said = graph.nodes.iter().enumerate().filter_map(|(number, name)| {
        let needs: Vec<&str> = graph.needs(number).collect();
        (!needs.is_empty()).then(|| format!("{name} needs {}", listed(&needs)))
    });
    let words = said.collect::<Vec<_>>().join("; ");
    let about = "What the environment is made of, and what needs what";
    picture(&shapes, &graph.edges, (about, &words), Some(STYLE)).into_string()
}

fn shortened(whole: String) -> String {
    if whole.chars().count() <= LONGEST {
        return whole;
    }
    whole.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// `config after addons.DATABASE and app; …`
fn in_words(nodes: &[Node<'_>], pairs: &BTreeSet<(usize, usize)>) -> String {
    let after = |number: usize| -> Vec<&str> {
        pairs.iter().filter(|(_, after)| *after == number).map(|(before, _)| nodes[*before].name).collect()
    };
    let said = nodes.iter().enumerate().map(|(number, node)| match after(number).as_slice() {
        [] => format!("{} at once", node.name),
        before => format!("{} after {}", node.name, listed(before)),
    });
    said.collect::<Vec<_>>().join("; ")
}

fn picture(
    shapes: &[Shape<'_>],
    pairs: &BTreeSet<(usize, usize)>,
    (about, words): (&str, &str),
    style: Option<&'static str>,
) -> Markup {
    let widths: Vec<usize> = shapes.iter().map(|one| columns(&one.label) * CHARACTER + PADDING).collect();
    let Drawing { width, height, boxes, lines } = &graph::draw(&widths, pairs);
    let lines = lines.iter().map(|line| path(line));
    let boxes = shapes.iter().zip(boxes).map(|(shape, (left, top, wide))| {
        let [x, y, w, h] = [left + MARGIN, top + MARGIN, *wide, HEIGHT].map(|number| number.to_string());
        let [middle, base] =
            [left + MARGIN + wide / 2, top + MARGIN + HEIGHT / 2 + 5].map(|number| number.to_string());
        let rect = empty("rect", &[("x", &x), ("y", &y), ("width", &w), ("height", &h), ("rx", "6")]);
        let text =
            line("text", &[("x", &middle), ("y", &base), ("text-anchor", "middle")], shape.label.as_str());
        block("g", &[("class", shape.class)], [line("title", &[], shape.name), rect, text])
    });
    let [w, h] = [width + 2 * MARGIN, height + 2 * MARGIN].map(|number| number.to_string());
    let style = style.map(|style| block("style", &[], own(style)));
    let first = std::iter::once(line("desc", &[], words)).chain(style);
    let inner: Markup = first.chain(lines).chain(boxes).collect();
    block(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("role", "img"),
            ("aria-label", about),
            ("viewBox", &format!("0 0 {w} {h}")),
            ("width", &w),
            ("height", &h),
        ],
        inner,
    )
}

/// A line through its points with soft bends, and a tip at its end.
fn path(points: &[(usize, usize)]) -> Markup {
    let at = |(x, y): (usize, usize)| (x + MARGIN, y + MARGIN);
    let Some((first, rest)) = points.split_first() else { return Markup::default() };
    let (mut x, mut y) = at(*first);
    let mut way = format!("M{x} {y}");
    for point in rest {
        let (to_x, to_y) = at(*point);
        let middle = usize::midpoint(x, to_x);
        way += &if y == to_y {
            format!(" L{to_x} {to_y}")
        } else {
            format!(" C{middle} {y} {middle} {to_y} {to_x} {to_y}")
        };
        (x, y) = (to_x, to_y);
    }
    let tip = format!("M{x} {y} l-8 -4 v8 z");
    [empty("path", &[("class", "edge"), ("d", &way)]), empty("path", &[("class", "tip"), ("d", &tip)])].into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{addon, config, domain};
    use crate::view::testing::{after_one, entry};

    #[test]
    fn blocks_are_boxes_with_the_order_in_words_too() {
        let database = addon::SECTION.address(&"DATABASE");
        let mut one = entry(config::SECTION.address(&"A"), Action::Create);
        one.after = vec![database.clone()];
        let other = entry(config::SECTION.address(&"B"), Action::Delete);
        let svg = order(&[entry(database, Action::Create), one, other]).unwrap().into_string();
        assert_eq!((svg.matches("<rect").count(), svg.matches("class=\"edge\"").count()), (2, 1), "{svg}");
        assert!(svg.contains("<desc>addons.DATABASE at once; config after addons.DATABASE</desc>"), "{svg}");
        assert!(svg.contains(">~ config</text>"), "one comes and one goes: {svg}");
    }

    #[test]
    fn a_long_name_is_cut_off_and_told_whole() {
        let database = addon::SECTION.address(&"DATABASE");
        let name = format!("{}.example", "a".repeat(60));
        let mut host = entry(domain::SECTION.address(&name), Action::Create);
        host.after = vec![database.clone()];
        let svg = order(&[entry(database, Action::Create), host]).unwrap().into_string();
        assert!(svg.contains("aaa…</text>") && svg.contains(&format!("{name}</title>")), "{svg}");
    }

    #[test]
    fn what_has_no_order_or_too_much_is_not_drawn() {
        let var = |name: usize| entry(config::SECTION.address(&name), Action::Create);
        assert_eq!(order(&[var(1), var(2)]), None);
        assert_eq!(order(&after_one(MOST_NODES)), None);
    }
}

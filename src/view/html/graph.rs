//! Where the boxes and lines of a graph stand: layers from left to right, each box behind everything that it comes
//! after (docs/decisions/0014). Numbers only; how it is drawn is `svg`'s.

use std::collections::BTreeSet;

/// How far two boxes of a layer stand apart.
const GAP: usize = 18;
/// How far two layers stand apart.
const ALLEY: usize = 56;
/// How high a box is.
pub(super) const HEIGHT: usize = 34;
/// How high the place of a line is that passes a layer.
const LANE: usize = 8;
/// How often the boxes of the layers are put in order by their neighbours; more changes next to nothing.
const SWEEPS: usize = 6;

/// Boxes and lines with their places.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) width: usize,
    pub(super) height: usize,
    /// A box for each node: its left and top edge, and its width.
    pub(super) boxes: Vec<(usize, usize, usize)>,
    /// The points that each line passes, from the right edge of a box to the left edge of another.
    pub(super) lines: Vec<Vec<(usize, usize)>>,
}

/// Something that takes a place in a layer: a box, or a line that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Node(usize),
    Pass { line: usize, layer: usize },
}

/// Places boxes of these widths so that every line, from the first of a pair to the second, goes to the right.
pub(super) fn draw(widths: &[usize], pairs: &BTreeSet<(usize, usize)>) -> Drawing {
    let pairs = without_shortcuts(&without_circles(widths.len(), pairs));
    let layers = layers_of(widths.len(), &pairs);
    let mut columns = columns(&layers, &pairs);
    for sweep in 0..SWEEPS {
        order(&mut columns, &layers, &pairs, sweep % 2 == 0);
    }
    place(&columns, widths, &pairs)
}

/// Lines that lead back to where a way came from are left out: they would have no direction.
fn without_circles(count: usize, pairs: &BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for &(from, to) in pairs {
        if from != to && !leads(count, &kept, to, from) {
            kept.push((from, to));
        }
    }
    kept
}

/// Lines that another way says already are left out.
fn without_shortcuts(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let count = pairs.iter().map(|(from, to)| 1 + *from.max(to)).max().unwrap_or_default();
    let is_needed = |pair: &&(usize, usize)| {
        let others: Vec<(usize, usize)> = pairs.iter().filter(|other| other != pair).copied().collect();
        !leads(count, &others, pair.0, pair.1)
    };
    pairs.iter().filter(is_needed).copied().collect()
}

/// Whether there is a way from one node to another.
fn leads(count: usize, pairs: &[(usize, usize)], from: usize, to: usize) -> bool {
    let mut is_seen = vec![false; count];
    let mut left = vec![from];
    while let Some(node) = left.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut is_seen[node], true) {
            left.extend(pairs.iter().filter(|(start, _)| *start == node).map(|(_, end)| *end));
        }
    }
    false
}

/// The layer of each node: one behind the last of those that it comes after.
fn layers_of(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; count];
    // The longest way passes each node once.
    for _ in 0..count {
        for &(from, to) in pairs {
            layers[to] = layers[to].max(layers[from] + 1);
        }
    }
    layers
}

/// What stands in each layer, in the order of the nodes.
fn columns(layers: &[usize], pairs: &[(usize, usize)]) -> Vec<Vec<Item>> {
    let depth = layers.iter().max().map_or(0, |last| last + 1);
    let mut columns: Vec<Vec<Item>> = vec![Vec::new(); depth];
    for (node, layer) in layers.iter().enumerate() {
        columns[*layer].push(Item::Node(node));
    }
    for (line, (from, to)) in pairs.iter().enumerate() {
        let between = columns.iter_mut().enumerate().take(layers[*to]).skip(layers[*from] + 1);
        between.for_each(|(layer, column)| column.push(Item::Pass { line, layer }));
    }
    columns
}

/// Puts what stands in each layer in the order of its neighbours in the layer before, or behind.
fn order(columns: &mut [Vec<Item>], layers: &[usize], pairs: &[(usize, usize)], is_forward: bool) {
    let indices: Vec<usize> = if is_forward {
        (1..columns.len()).collect()
    } else {
        (0..columns.len().saturating_sub(1)).rev().collect()
    };
    for index in indices {
        let beside = columns[if is_forward { index - 1 } else { index + 1 }].clone();
        let at = |item: Item| beside.iter().position(|other| *other == item);
        let mut keyed: Vec<(usize, usize, Item)> = Vec::new();
        for (place, item) in columns[index].iter().enumerate() {
            let places: Vec<usize> =
                neighbours(*item, layers, pairs, is_forward).into_iter().filter_map(at).collect();
            // A thousandth is exact enough; what has no neighbour there stays about where it is.
            let key = match places.len() {
                0 => place * 1000,
                count => places.iter().sum::<usize>() * 1000 / count,
            };
            keyed.push((key, place, *item));
        }
        keyed.sort_by_key(|(key, place, _)| (*key, *place));
        columns[index] = keyed.into_iter().map(|(.., item)| item).collect();
    }
}

/// What a line joins an item with in the layer before it, or behind.
fn neighbours(item: Item, layers: &[usize], pairs: &[(usize, usize)], is_before: bool) -> Vec<Item> {
    let on = |line: usize, layer: usize| {
        let (from, to) = pairs[line];
        if layer == layers[from] {
            Item::Node(from)
        } else if layer == layers[to] {
            Item::Node(to)
        } else {
            Item::Pass { line, layer }
        }
    };
    let beside = |layer: usize| if is_before { layer.checked_sub(1) } else { Some(layer + 1) };
    match item {
        Item::Pass { line, layer } => beside(layer).map(|layer| on(line, layer)).into_iter().collect(),
        Item::Node(node) => {
            let lines = pairs.iter().enumerate().filter(
                |(_, (from, to))| {
                    if is_before { *to == node } else { *from == node }
                },
            );
            let layer = beside(layers[node]);
            lines.filter_map(|(line, _)| Some(on(line, layer?))).collect()
        }
    }
}

fn place(columns: &[Vec<Item>], widths: &[usize], pairs: &[(usize, usize)]) -> Drawing {
    let high = |item: &Item| if matches!(item, Item::Node(_)) { HEIGHT } else { LANE };
    let tall =
        |column: &Vec<Item>| column.iter().map(high).sum::<usize>() + GAP * column.len().saturating_sub(1);
    let height = columns.iter().map(tall).max().unwrap_or_default();
    let mut boxes = vec![(0, 0, 0); widths.len()];
    let mut passes = vec![Vec::new(); pairs.len()];
    let mut edges = vec![0; widths.len()];
    let mut left = 0;
    for column in columns {
        let wide = column.iter().map(|item| if let Item::Node(node) = item { widths[*node] } else { 0 });
        let wide = wide.max().unwrap_or_default();
        let mut top = (height - tall(column)) / 2;
        for item in column {
            match item {
                Item::Node(node) => {
                    boxes[*node] = (left, top, widths[*node]);
                    edges[*node] = left + wide;
                }
                Item::Pass { line, .. } => {
                    passes[*line].extend([(left, top + LANE / 2), (left + wide, top + LANE / 2)]);
                }
            }
            top += high(item) + GAP;
        }
        left += wide + ALLEY;
    }
    let lines = pairs.iter().zip(passes).map(|((from, to), passes)| {
        let ((left, top, wide), edge, (end, below, _)) = (boxes[*from], edges[*from], boxes[*to]);
        let start = (left + wide, top + HEIGHT / 2);
        // It bends only behind the widest box of its layer, or it would cut the corner of one.
        let bend = (edge > start.0).then_some((edge, start.1));
        let end = (end, below + HEIGHT / 2);
        std::iter::once(start).chain(bend).chain(passes).chain([end]).collect()
    });
    let lines = lines.collect();
    Drawing { width: left.saturating_sub(ALLEY), height, boxes, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(count: usize, pairs: &[(usize, usize)]) -> Drawing {
        draw(&vec![100; count], &pairs.iter().copied().collect())
    }

    #[test]
    fn every_line_goes_to_the_right_and_no_two_boxes_share_a_place() {
        for (count, pairs) in [
            (1, &[][..]),
            (2, &[(1, 0)]),
            (4, &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]),
            (6, &[(0, 1), (1, 2), (2, 3), (0, 3), (0, 4), (4, 5), (5, 3)]),
            (3, &[(0, 1), (1, 2), (2, 0)]),
        ] {
            let Drawing { width, height, boxes, lines } = drawing(count, pairs);
            for line in &lines {
                assert!(line.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{pairs:?}: {line:?}");
                assert!(line.first().unwrap().0 < line.last().unwrap().0);
            }
            for (index, (left, top, wide)) in boxes.iter().enumerate() {
                assert!(left + wide <= width && top + HEIGHT <= height, "{pairs:?}");
                for (other, below, _) in &boxes[index + 1..] {
                    assert!(left != other || top.abs_diff(*below) >= HEIGHT, "{pairs:?}: {boxes:?}");
                }
            }
        }
    }

    #[test]
    fn what_another_way_says_already_is_not_drawn_and_a_circle_is_opened() {
        assert_eq!(drawing(3, &[(0, 1), (1, 2), (0, 2)]).lines.len(), 2);
        assert_eq!(drawing(3, &[(0, 1), (1, 2), (2, 0)]).lines.len(), 2);
        assert_eq!(drawing(1, &[(0, 0)]).lines.len(), 0);
    }

    #[test]
    fn a_long_line_has_a_lane_of_its_own_past_the_boxes_between() {
        let pairs = [(0, 1), (1, 2), (3, 2), (3, 4), (4, 5), (5, 6), (0, 6)].into();
        let Drawing { boxes, lines, .. } = draw(&[100, 60, 80, 40, 90, 50, 70], &pairs);
        assert!(lines.iter().any(|line| line.len() > 4), "{lines:?}");
        for line in lines.iter().filter(|line| line.len() > 2) {
            for (x, y) in &line[1..line.len() - 1] {
                let hits = boxes.iter().any(|(left, top, wide)| {
                    (*left..left + wide).contains(x) && (*top..top + HEIGHT).contains(y)
                });
                assert!(!hits, "{line:?} {boxes:?}");
            }
        }
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let Drawing { boxes, .. } = drawing(6, &[(0, 4), (1, 3), (2, 5)]);
        let order = |nodes: [usize; 3]| {
            let mut nodes = nodes;
            nodes.sort_by_key(|node| boxes[*node].1);
            nodes
        };
        assert_eq!(order([0, 1, 2]).map(|node| [4, 3, 5][node]), order([3, 4, 5]));
    }
}

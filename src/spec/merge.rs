//! `extends`: what one file's tree becomes when it is laid over another's. Pure; reading files is `load`'s.
//!
//! Maps merge key by key, lists and scalars replace, `null` removes the inherited key. In the top-level `config` a
//! `null` is itself a value ("must be absent"), so there it replaces what was inherited.

use super::tree::{Entry, Node, Value};

/// Lays `over` on `base`. Every value keeps the place where it was written.
pub(crate) fn merge(base: Node, over: Node) -> Node {
    merge_at(base, over, Place::Root)
}

/// Where in the spec a map stands: `config` is special only at the top.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    ConfigVars,
    Elsewhere,
}

impl Place {
    fn below(self, key: &str) -> Self {
        if self == Self::Root && key == "config" { Self::ConfigVars } else { Self::Elsewhere }
    }
}

fn merge_at(base: Node, over: Node, place: Place) -> Node {
    match (base.value, over.value) {
        (Value::Mapping(below), Value::Mapping(above)) => {
            let value = Value::Mapping(merge_entries(below, above, place));
            Node { value, span: over.span }
        }
        // an empty file, or a section whose keys are all commented out, changes nothing
        (below @ Value::Mapping(_), Value::Null) if place == Place::Root => {
            Node { value: below, span: over.span }
        }
        (_, above) => Node { value: above, span: over.span },
    }
}

fn merge_entries(mut below: Vec<Entry>, above: Vec<Entry>, place: Place) -> Vec<Entry> {
    for entry in above {
        let Some(at) = below.iter().position(|inherited| inherited.key == entry.key) else {
            below.push(entry);
            continue;
        };
        if matches!(entry.node.value, Value::Null) && place != Place::ConfigVars {
            below.remove(at);
            continue;
        }
        let inherited = std::mem::replace(&mut below[at].node.value, Value::Hole);
        let base = Node { value: inherited, span: entry.node.span.clone() };
        let inner = place.below(&entry.key);
        below[at] =
            Entry { node: merge_at(base, entry.node, inner), key_span: entry.key_span, key: entry.key };
    }
    below
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::super::source::Source;
    use super::super::yaml;
    use super::*;

    fn node(text: &str) -> Node {
        let source = Arc::new(Source { path: PathBuf::from("test.yaml"), text: text.to_owned() });
        yaml::parse(&source).0.expect("the test's YAML is valid")
    }

    /// The tree in one line, to compare with.
    fn show(node: &Node) -> String {
        match &node.value {
            Value::Hole => "hole".to_owned(),
            Value::Null => "null".to_owned(),
            Value::Scalar { text, .. } => text.clone(),
            Value::Sequence(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            Value::Mapping(entries) => {
                let pairs: Vec<String> =
                    entries.iter().map(|entry| format!("{}: {}", entry.key, show(&entry.node))).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    #[test]
    fn merging_follows_the_contract() {
        let table = [
            ("maps merge", "a: {x: 1, y: 2}", "a: {y: 3, z: 4}", "{a: {x: 1, y: 3, z: 4}}"),
            ("lists replace", "a: [1, 2]", "a: [3]", "{a: [3]}"),
            ("scalars replace", "a: 1", "a: 2", "{a: 2}"),
            ("a map replaces a scalar", "a: 1", "a: {b: 2}", "{a: {b: 2}}"),
            ("a scalar replaces a map", "a: {b: 2}", "a: 1", "{a: 1}"),
            ("null removes", "a: {x: 1, y: 2}", "a: {x: null}", "{a: {y: 2}}"),
            ("null removes a section", "a: {x: 1}\nb: 1", "a: null", "{b: 1}"),
            ("null with nothing inherited stays", "a: 1", "b: null", "{a: 1, b: null}"),
            ("null in config is a value", "config: {A: 1}", "config: {A: null}", "{config: {A: null}}"),
            ("null removes all config", "config: {A: 1}", "config: null", "{}"),
            ("an inherited null stays", "config: {A: null}", "config: {B: 1}", "{config: {A: null, B: 1}}"),
            (
                "config deeper down is not special",
                "addons: {D: {config: {v: 1}}}",
                "addons: {D: {config: {v: null}}}",
                "{addons: {D: {config: {}}}}",
            ),
            ("an empty file changes nothing", "a: 1", "", "{a: 1}"),
        ];
        for (case, base, over, expected) in table {
            assert_eq!(show(&merge(node(base), node(over))), expected, "{case}");
        }
    }
}

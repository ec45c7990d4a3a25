//! What an environment is made of, in the languages of other programs that draw. As a picture it is `html`'s.

use super::text::clean;
use crate::lifecycle::graph::Graph;

/// For Markdown that draws it: GitHub, GitLab, many wikis.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, name) in graph.nodes.iter().enumerate() {
        let name = clean(name).replace('#', "#35;").replace('"', "#quot;");
        text.push_str(&format!("  n{number}[\"{name}\"]\n"));
    }
    for (needed, needs) in &graph.edges {
        text.push_str(&format!("  n{needed} --> n{needs}\n"));
    }
    text
}

/// For Graphviz.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let quoted = |name: &str| format!("\"{}\"", clean(name).replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = "digraph {\n  rankdir=LR\n  node [shape=box, style=rounded]\n".to_owned();
    for name in &graph.nodes {
        text.push_str(&format!("  {}\n", quoted(name)));
    }
    for (needed, needs) in &graph.edges {
        text.push_str(&format!("  {} -> {}\n", quoted(&graph.nodes[*needed]), quoted(&graph.nodes[*needs])));
    }
    text.push_str("}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes() {
        let nodes = vec!["app".to_owned(), "a\"]; b\\#".to_owned()];
        let graph = Graph { nodes, edges: [(0, 1)].into() };
        assert_eq!(
            mermaid(&graph),
            "flowchart LR\n  n0[\"app\"]\n  n1[\"a#quot;]; b\\#35;\"]\n  n0 --> n1\n"
        );
        assert!(dot(&graph).ends_with("  \"app\" -> \"a\\\"]; b\\\\#\"\n}\n"), "{}", dot(&graph));
    }
}

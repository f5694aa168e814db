//! Control-flow graphs in the language of Graphviz.

use super::{Graph, LinkKind};

/// All graphs as one, each in a cluster of its own.
///
/// `dot -Tsvg` draws it: ways that are gone if a condition is true are green, if it is false red, and
/// those of faults are dashed.
pub fn dot(graphs: &[Graph]) -> String {
    let mut out = String::from(
        "digraph module {\n    node [shape=box, fontname=monospace, fontsize=10];\n    edge [fontname=monospace, fontsize=9];\n",
    );
    for (number, graph) in graphs.iter().enumerate() {
        out += &format!(
            "\n    subgraph cluster_{number} {{\n        label={};\n        fontname=monospace;\n",
            quoted(&[&graph.title], "\\n")
        );
        for (block, lines) in graph.blocks.iter().enumerate() {
            let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            out += &format!("        f{number}_b{block} [label={}];\n", quoted(&lines, "\\l"));
        }
        for edge in &graph.edges {
            let style = match edge.kind {
                LinkKind::Jump => "",
                LinkKind::True => " [label=true, color=darkgreen, fontcolor=darkgreen]",
                LinkKind::False => " [label=false, color=firebrick, fontcolor=firebrick]",
                LinkKind::Fault => " [label=fault, style=dashed, color=gray40, fontcolor=gray40]",
            };
            out += &format!("        f{number}_b{} -> f{number}_b{}{style};\n", edge.from, edge.to);
        }
        out += "    }\n";
    }
    out + "}\n"
}

/// Lines in quotes, each with what ends it behind it.
fn quoted(lines: &[&str], end: &str) -> String {
    let escaped = lines.iter().map(|line| line.replace('\\', "\\\\").replace('"', "\\\"") + end);
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(&["a \"b\\x22\"", "c"], "\\l"), r#""a \"b\\x22\"\lc\l""#);
    }
}

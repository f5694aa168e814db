//! A control-flow graph as a picture within a page.

use super::{
    Graph, Line, Link, LinkKind,
    html::{escape, places},
    layout::{Layout, Size, layout},
};

const LINE: f64 = 15.0;
const CHARACTER: f64 = 6.65;
const PADDING: f64 = 8.0;
/// Lines are cut behind so many characters; the page has them in full beside the picture.
const MOST: usize = 64;
/// Between the ways of faults.
const LANE: f64 = 10.0;

/// The picture, or a paragraph that says that there is none.
pub fn svg(graph: &Graph) -> String {
    let sizes: Vec<Size> = graph.blocks.iter().map(|lines| size(lines)).collect();
    // Ways of faults go beside the blocks, since many lead to the same one.
    let (faults, ways): (Vec<Link>, Vec<Link>) =
        graph.edges.iter().copied().partition(|edge| edge.kind == LinkKind::Fault);
    let pairs = |edges: &[Link]| -> Vec<(usize, usize)> {
        edges.iter().map(|edge| (edge.from, edge.to)).collect()
    };
    let Some(drawn) = layout(&sizes, &pairs(&ways), &pairs(&faults)) else {
        return "<p>This graph is too large to be drawn; <code>--emit=cfg</code> has it for Graphviz.</p>\n"
            .to_owned();
    };
    let mut targets: Vec<usize> = faults.iter().map(|edge| edge.to).collect();
    targets.sort_unstable();
    targets.dedup();
    let mut out = String::new();
    for (edge, points) in ways.iter().zip(&drawn.edges) {
        let path = if points.is_empty() {
            loop_path(drawn.nodes[edge.from], sizes[edge.from])
        } else {
            path(points)
        };
        out += &drawn_edge(edge.kind, &path);
        let middle = drawn.nodes[edge.from].0 + sizes[edge.from].width / 2.0;
        out += &label(edge.kind, points, middle);
    }
    for edge in &faults {
        let lane = targets.binary_search(&edge.to).unwrap_or_else(|at| at) as f64;
        let x = drawn.size.width + LANE * (lane + 1.0);
        let path = fault_path(&drawn, &sizes, (edge.from, edge.to), x);
        out += &drawn_edge(LinkKind::Fault, &path);
    }
    for ((lines, &size), &corner) in graph.blocks.iter().zip(&sizes).zip(&drawn.nodes) {
        out += &block(lines, size, corner);
    }
    let width = drawn.size.width + LANE * (targets.len() as f64 + 1.0) + 2.0;
    let height = drawn.size.height + 2.0;
    format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"-1 -1 {width:.0} {height:.0}\">\n{out}</svg>\n",
        escape(&format!("control flow of {}", graph.title))
    )
}

fn size(lines: &[Line]) -> Size {
    let longest = lines.iter().map(|line| shown(&line.text).chars().count()).max().unwrap_or(0);
    Size {
        width: longest as f64 * CHARACTER + 2.0 * PADDING,
        height: lines.len() as f64 * LINE + PADDING,
    }
}

/// A line as far as there is room for it.
fn shown(text: &str) -> String {
    let text = text.trim_start();
    let text = match text.rsplit_once(" at ") {
        Some((before, _)) if Line::of(text).place.is_some() => before,
        _ => text,
    };
    let text = match text.rsplit_once(" near \"") {
        Some((before, near)) if near.ends_with('"') => before,
        _ => text,
    };
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

fn block(lines: &[Line], size: Size, (x, y): (f64, f64)) -> String {
    let mut lit: Vec<_> = lines.iter().filter_map(|line| line.place).collect();
    lit.sort_unstable();
    lit.dedup();
    let mut out = format!(
        "<g class=\"b\"{}>\n<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>\n",
        places(&lit),
        size.width,
        size.height
    );
    for (at, line) in lines.iter().enumerate() {
        let class = if at == 0 { "h" } else { "t" };
        out += &format!(
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\"{}>{}</text>\n",
            x + PADDING,
            y + LINE * (at as f64 + 1.0),
            places(line.place.as_slice()),
            escape(&shown(&line.text))
        );
    }
    out + "</g>\n"
}

fn class(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Jump => "jump",
        kind => kind.label(),
    }
}

fn drawn_edge(kind: LinkKind, path: &str) -> String {
    let class = class(kind);
    format!("<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#{class})\"/>\n")
}

/// The word for a way, at its start, on the side of the node's middle that the start is on.
fn label(kind: LinkKind, points: &[(f64, f64)], middle: f64) -> String {
    let (&[(x, y), (_, next), ..], false) = (points, kind.label().is_empty()) else {
        return String::new();
    };
    let (x, anchor) = if x < middle { (x - 4.0, "end") } else { (x + 4.0, "start") };
    let y = if next > y { y + 13.0 } else { y - 5.0 };
    format!(
        "<text class=\"e {}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
        class(kind),
        kind.label()
    )
}

/// Through the points, upright at each; between layers in a curve.
fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (at, pair) in points.chunks(2).enumerate() {
        let &[(x0, y0), (x1, y1)] = pair else { continue };
        let middle = f64::midpoint(y0, y1);
        let start = if at == 0 { 'M' } else { 'L' };
        out += &format!(
            "{start}{x0:.1} {y0:.1}C{x0:.1} {middle:.1} {x1:.1} {middle:.1} {x1:.1} {y1:.1}"
        );
    }
    out
}

/// Out of a block on its right and in again.
fn loop_path((x, y): (f64, f64), size: Size) -> String {
    let right = x + size.width;
    let (from, to) = (y + size.height * 0.75, y + size.height * 0.25);
    format!(
        "M{right:.1} {from:.1}C{0:.1} {from:.1} {0:.1} {to:.1} {right:.1} {to:.1}",
        right + 22.0
    )
}

/// Out of a block on its right, along a lane, and in on the right of the other.
fn fault_path(drawn: &Layout, sizes: &[Size], (from, to): (usize, usize), lane: f64) -> String {
    let side = |node: usize, share: f64| {
        let ((x, y), size) = (drawn.nodes[node], sizes[node]);
        (x + size.width, y + size.height * share)
    };
    let ((x0, y0), (x1, y1)) = (side(from, 0.6), side(to, 0.4));
    format!("M{x0:.1} {y0:.1}H{lane:.1}V{y1:.1}H{x1:.1}")
}

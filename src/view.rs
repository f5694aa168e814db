//! Pictures of a compilation: control-flow graphs, and a page of all its forms side by side.

pub mod dot;
mod emitted;
pub mod html;
mod layout;
mod svg;

use stapc_ir::{Block, Function, Module, Terminator, print_function};

/// A line of a file of the script: the module's number of the file, and the line counted from 1.
pub type Place = (u32, u32);

/// A line of IR text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its text, as the printer writes it.
    pub text: String,
    /// The line of the script that it stands for, if it says so.
    pub place: Option<Place>,
}

impl Line {
    /// Reads the place off the end of a line: `… at 0:13:8`.
    fn of(text: &str) -> Self {
        let place = text.rsplit_once(" at ").and_then(|(_, place)| {
            let mut numbers = place.split(':').map(|number| number.parse::<u32>().ok());
            match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
                (Some(Some(file)), Some(Some(line)), Some(Some(_)), None) => Some((file, line)),
                _ => None,
            }
        });
        Self { text: text.to_owned(), place }
    }
}

/// The control-flow graph of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The function as the text syntax calls it, and the probes that it handles.
    pub title: String,
    /// Its blocks, the entry first: the line that begins each, its instructions, and its end.
    pub blocks: Vec<Vec<Line>>,
    /// The ways between them.
    pub edges: Vec<Link>,
}

/// A way from a block to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its number in the graph.
    pub from: usize,
    /// Likewise.
    pub to: usize,
    /// When control goes it.
    pub kind: LinkKind,
}

/// When control goes a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Always.
    Jump,
    /// If the condition is true.
    True,
    /// If it is false.
    False,
    /// When something in the block faults.
    Fault,
}

impl LinkKind {
    /// The word for it; none for what goes without saying.
    pub fn label(self) -> &'static str {
        match self {
            Self::Jump => "",
            Self::True => "true",
            Self::False => "false",
            Self::Fault => "fault",
        }
    }
}

/// The graph of each function of a module, in its order.
pub fn graphs(module: &Module) -> Vec<Graph> {
    module.function_ids().map(|id| graph(module, module.function(id), &title(module, id))).collect()
}

fn title(module: &Module, id: stapc_ir::FuncId) -> String {
    let probes: Vec<&str> = module
        .probes
        .iter()
        .filter(|probe| probe.handler == id)
        .map(|probe| probe.point.as_str())
        .collect();
    let name = &module.function(id).name;
    match probes.as_slice() {
        [] => format!("%{name}"),
        probes => format!("%{name}: probe {}", probes.join(", ")),
    }
}

fn graph(module: &Module, function: &Function, title: &str) -> Graph {
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    for line in print_function(module, function).lines() {
        if line.starts_with("block") {
            blocks.push(Vec::new());
        }
        // What stands before the first block and behind the last belongs to the function.
        if let Some(block) = blocks.last_mut().filter(|_| line != "}") {
            block.push(Line::of(line));
        }
    }
    let number = |block: Block| function.layout.iter().position(|&other| other == block);
    let mut edges = Vec::new();
    for (from, &block) in function.layout.iter().enumerate() {
        let mut add = |to: Block, kind| {
            edges.extend(number(to).map(|to| Link { from, to, kind }));
        };
        match &function.block(block).terminator {
            Some(Terminator::Branch(_, then, otherwise)) => {
                add(then.block, LinkKind::True);
                add(otherwise.block, LinkKind::False);
            }
            Some(end) => end.edges().for_each(|edge| add(edge.block, LinkKind::Jump)),
            None => {}
        }
        if let Some(catch) = function.block(block).catch.filter(|_| function.may_fault(block)) {
            add(catch, LinkKind::Fault);
        }
    }
    Graph { title: title.to_owned(), blocks, edges }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_where_they_end_a_line_only() {
        assert_eq!(Line::of("    v0: i64 = iconst 1 at 2:13:8").place, Some((2, 13)));
        for none in ["    print \"x at 0:1:2\"", "    return", "    fuel 4 at 0:1", "block0:"] {
            assert_eq!(Line::of(none).place, None, "{none}");
        }
    }
}

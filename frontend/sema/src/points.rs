//! Probe points: from what the script writes to where it is attached.

mod addresses;
mod counted;
mod events;
mod heads;
mod kernel;
mod processes;
mod programs;
mod refused;
mod texts;
mod timers;
mod traces;
mod variants;

use std::collections::HashMap;

use stapc_debuginfo::{Function, Mark, Object, Objects, Place};
use stapc_diagnostics::{Diagnostic, FileId, Span};
use stapc_ir::{Attach, Event, ProcessEvent};
use stapc_syntax::ast::{ExprId, ItemKind, Presence, Tree};

pub use refused::nothing_to_do;
use refused::{permitted, unknown};
pub use texts::text;
use texts::text_behind;

use crate::{
    Options,
    elaborate::{
        Elaborated,
        points::{Block, FAMILIES, Leaf, Node},
    },
    hir::Site,
    infer::MAX_FINDINGS,
};

/// A probe point that exists.
#[derive(Debug, Clone)]
pub struct Point {
    /// Where it is.
    pub site: Site,
    /// As it is written, aliases replaced.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What is there.
    pub probed: Probed,
    /// When it is armed: conditions that must all hold, and the files they belong to.
    pub conditions: Vec<(ExprId, FileId)>,
}

/// What a point is at.
#[derive(Debug, Clone, Default)]
pub struct Probed {
    /// What the place is in.
    pub object: Object,
    /// The place in its code, by which its variables are found.
    pub place: Option<Place>,
    /// The mark that a program has there, if the point is one: its values are what can be read. An entry
    /// of a linkage table is one without provider and values.
    pub mark: Option<Box<Mark>>,
    /// What happens to a process there, if that is the point.
    pub happens: Option<ProcessEvent>,
    /// The kernel's function, if it is one.
    pub function: Option<Function>,
    /// Whether the point is where the function returns.
    pub at_return: bool,
    /// Whether it is not known what variables there are.
    pub foreign: bool,
    /// What happens there, if it is at no place in code.
    pub event: Option<Event>,
    /// The name by which handlers read it, if it is a counter, and where that is said.
    pub counter: Option<(String, Span)>,
    /// Whether `$value` is a string, which the point is for.
    pub text_value: bool,
}

/// A handler, and the points that it is for.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The item of the probe.
    pub item: usize,
    /// What it consists of, in order.
    pub blocks: Vec<Block>,
    /// Those of its points that exist.
    pub points: Vec<Point>,
    /// The alias that the probe names for them, if it names one.
    pub alias: Option<String>,
    /// Whether there are others that are not known, and may give variables.
    pub quiet: bool,
}

/// What a point is found to be.
enum Found {
    At(Attach),
    /// What happens to processes or is counted, and the name of the point.
    Named(Attach, String),
    /// What is counted for handlers to read; the names of the point and of the counter.
    Counter(Event, String, (String, Span)),
    /// A function or a tracepoint by name; with the name of the point, if it is not as written.
    Function {
        attach: Attach,
        function: Function,
        at_return: bool,
        text: Option<String>,
    },
    /// A place in code, and the name of the point there.
    Place {
        attach: Attach,
        text: String,
        object: Object,
        place: Box<Place>,
        mark: Option<Box<Mark>>,
        at_return: bool,
    },
    /// Understood, and without a runtime yet.
    Foreign(String, Span),
}

/// Why a point is not there.
enum Absent {
    /// There is no such thing in this kernel, which an optional point may say.
    Missing(Diagnostic),
    /// It cannot be asked for.
    Wrong(Diagnostic),
}

impl From<Diagnostic> for Absent {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Wrong(diagnostic)
    }
}

/// The handlers of all probes, each once for each way that aliases lead to its points.
pub fn resolve_all(given: Given<'_>) -> (Vec<Walk>, Vec<Diagnostic>) {
    let elaborated = given.elaborated;
    let mut resolve = Resolve { given, walks: Vec::new(), diagnostics: Vec::new() };
    for probe in &elaborated.probes {
        let first = resolve.walks.len();
        let mut chains = Chains::new();
        resolve.list(&probe.nodes, probe.item, first, &mut chains);
        if resolve.walks.len() == first {
            // The handler is checked all the same.
            let quiet = probe.nodes.iter().any(|node| matches!(node, Node::List(..)));
            resolve.walk(probe.item, None).quiet = quiet;
        }
    }
    resolve.diagnostics.truncate(MAX_FINDINGS);
    (resolve.walks, resolve.diagnostics)
}

/// What points are looked up by.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The declarations.
    pub tree: &'a Tree,
    /// Which of them are in force.
    pub elaborated: &'a Elaborated,
    /// Where places are looked up.
    pub objects: &'a dyn Objects,
    /// Whether they are.
    pub options: &'a Options,
    /// The user's privilege.
    pub privilege: &'a str,
    /// Whether the user may do what can harm the machine.
    pub guru: bool,
}

struct Resolve<'a> {
    given: Given<'a>,
    walks: Vec<Walk>,
    diagnostics: Vec<Diagnostic>,
}

/// The chains of aliases that lead to points of a probe, and which of its handlers they are for.
type Chains = HashMap<usize, usize>;

impl Resolve<'_> {
    /// The points of a list; whether one of them exists. `chains` are those of the walks from `first`
    /// on.
    fn list(&mut self, nodes: &[Node], item: usize, first: usize, chains: &mut Chains) -> bool {
        let mut any = false;
        for node in nodes {
            let (found, presence) = match node {
                Node::Leaf(leaf) => (self.leaf(leaf, item, first, chains), leaf.presence),
                Node::List(nodes, presence) => (self.list(nodes, item, first, chains), *presence),
            };
            any |= found;
            if found && presence == Presence::Sufficient {
                break;
            }
        }
        any
    }

    fn leaf(&mut self, leaf: &Leaf, item: usize, first: usize, chains: &mut Chains) -> bool {
        let (objects, options) = (self.given.objects, self.given.options);
        let allowed = permitted(leaf, self.given.privilege, self.given.guru).map_err(Absent::Wrong);
        let found = match allowed.and_then(|()| resolve(leaf, objects, options)) {
            Ok(found) => Some(found),
            Err(Absent::Missing(_)) if leaf.optional => return false,
            Err(Absent::Missing(diagnostic) | Absent::Wrong(diagnostic)) => {
                self.report(diagnostic, leaf);
                None
            }
        };
        let next = chains.len();
        let position = *chains.entry(leaf.chain).or_insert(next);
        if position == next {
            self.walk(item, Some(leaf.chain));
        }
        let Some(found) = found else {
            self.walks[first + position].quiet = true;
            return false;
        };
        for found in found {
            let point = self.point(leaf, found);
            self.walks[first + position].points.push(point);
        }
        true
    }

    fn point(&mut self, leaf: &Leaf, found: Found) -> Point {
        let mut name = None;
        let (site, probed) = match found {
            Found::Place { attach, text, object, place, mark, at_return } => {
                self.diagnostics.extend(place.notes.iter().map(|note| {
                    Diagnostic::warning("incomplete-probe", note.clone()).at(leaf.span, "")
                }));
                name = Some(text);
                let place = Some(*place);
                let probed = Probed { object, place, mark, at_return, ..Probed::default() };
                (Site::At(attach), probed)
            }
            Found::At(Attach::Event(event)) => {
                let text_value = matches!(event, Event::File { .. });
                let probed = Probed { event: Some(event.clone()), text_value, ..Probed::default() };
                (Site::At(Attach::Event(event)), probed)
            }
            Found::At(attach) => {
                let at_return = matches!(attach, Attach::Return(..));
                (Site::At(attach), Probed { at_return, ..Probed::default() })
            }
            Found::Named(attach, text) => {
                name = Some(text);
                let happens = attach.process_event();
                let event = match &attach {
                    Attach::Event(event) => Some(event.clone()),
                    _ => None,
                };
                (Site::At(attach), Probed { happens, event, ..Probed::default() })
            }
            Found::Counter(event, text, counter) => {
                name = Some(text);
                let (attach, counter) = (Attach::Event(event.clone()), Some(counter));
                (Site::At(attach), Probed { event: Some(event), counter, ..Probed::default() })
            }
            Found::Function { attach, function, at_return, text } => {
                name = text;
                self.diagnostics.extend(function.notes.iter().map(|note| {
                    Diagnostic::warning("incomplete-probe", note.clone()).at(leaf.span, "")
                }));
                let probed = Probed { function: Some(function), at_return, ..Probed::default() };
                (Site::At(attach), probed)
            }
            Found::Foreign(what, span) => {
                let text_value = leaf.parts.first().is_some_and(|part| part.name.text == "procfs");
                let probed = Probed { foreign: true, text_value, ..Probed::default() };
                (Site::Foreign(what, span), probed)
            }
        };
        let text = name.unwrap_or_else(|| text(&leaf.parts));
        let conditions = leaf.conditions.clone();
        Point { site, text, span: leaf.span, probed, conditions }
    }

    fn report(&mut self, mut diagnostic: Diagnostic, leaf: &Leaf) {
        if self.diagnostics.len() >= MAX_FINDINGS {
            return;
        }
        if diagnostic.help.is_none() && leaf.parts.len() > 1 {
            let names = self.given.elaborated.alias_names.iter().map(String::as_str);
            diagnostic = diagnostic.suggest(&text(&leaf.parts), names);
        }
        for (_, used) in self.given.elaborated.chains[leaf.chain].aliases.iter().rev() {
            diagnostic = diagnostic.also(*used, "by the use of this alias");
        }
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// A new handler for a probe whose points came about by a chain of aliases.
    fn walk(&mut self, item: usize, chain: Option<usize>) -> &mut Walk {
        let blocks = blocks(self.given.tree, self.given.elaborated, item, chain);
        let alias = chain.map(|chain| self.given.elaborated.chains[chain].name.clone());
        let alias = alias.filter(|name| !name.is_empty());
        self.walks.push(Walk { item, blocks, points: Vec::new(), alias, quiet: false });
        let last = self.walks.len() - 1;
        &mut self.walks[last]
    }
}

/// The blocks that a handler consists of: the prologues from the innermost alias outwards, the
/// probe's own body, and the epilogues, likewise.
fn blocks(tree: &Tree, elaborated: &Elaborated, item: usize, chain: Option<usize>) -> Vec<Block> {
    let aliases = chain.map_or(&[][..], |chain| &elaborated.chains[chain].aliases);
    let used: Vec<Span> = aliases.iter().map(|(_, used)| *used).collect();
    let mut blocks = Vec::new();
    let mut epilogues = Vec::new();
    for (depth, (item, _)) in aliases.iter().enumerate().rev() {
        let ItemKind::Alias(alias) = &tree.items[*item].kind else { continue };
        let file = tree.items[*item].file;
        let uses: Vec<Span> = used[..=depth].iter().rev().copied().collect();
        let block = |stmt| Block { stmt, file, uses: uses.clone() };
        blocks.extend(alias.prologue.map(block));
        epilogues.extend(alias.epilogue.map(block));
    }
    if let ItemKind::Probe(probe) = &tree.items[item].kind {
        let file = tree.items[item].file;
        blocks.push(Block { stmt: probe.body, file, uses: Vec::new() });
    }
    blocks.extend(epilogues);
    blocks
}

fn resolve(leaf: &Leaf, objects: &dyn Objects, options: &Options) -> Result<Vec<Found>, Absent> {
    if let Some(found) = addresses::absolute(&leaf.parts, objects) {
        return found.map(|found| vec![found]);
    }
    if let [first, function, variants @ ..] = leaf.parts.as_slice()
        && !options.assume_points
        && let Some(heads) = heads::heads(first, objects)
    {
        return heads::places(objects, heads?, function, variants);
    }
    if let [first, ..] = leaf.parts.as_slice()
        && first.name.text == "process"
        && !options.assume_points
    {
        return programs::points(objects, &leaf.parts, leaf.span);
    }
    let known = (!options.assume_points).then_some(objects);
    if let Some(found) = counted::perf(&leaf.parts, known) {
        return found;
    }
    // Where the script goes on without the point, what is known of the kernel tells whether it has it.
    resolve_one(leaf, known.filter(|_| leaf.optional)).map(|found| vec![found])
}

fn resolve_one(leaf: &Leaf, known: Option<&dyn Objects>) -> Result<Found, Absent> {
    let [first, rest @ ..] = leaf.parts.as_slice() else {
        let diagnostic = Diagnostic::error("unknown-probe-point", "an empty probe point");
        return Err(diagnostic.at(leaf.span, "").into());
    };
    match (first.name.text.as_str(), rest) {
        ("begin", []) => Ok(Found::At(Attach::Begin(events::order(first)?))),
        ("end", []) => Ok(Found::At(Attach::End(events::order(first)?))),
        ("error", []) => Ok(Found::At(Attach::Error(events::order(first)?))),
        ("never", []) if first.argument.is_none() => Ok(Found::At(Attach::Never)),
        ("timer", [_, ..]) => timers::timer(rest),
        ("procfs", _) => events::procfs(first, rest),
        ("netfilter", _) if first.argument.is_none() => events::netfilter(first, rest),
        ("timer" | "kernel" | "perf", []) => Err(unknown(first, rest, leaf.span).into()),
        ("kprobe", parts) => kernel::by_symbol(parts, known, leaf.span),
        (name, _) if FAMILIES[4..].contains(&name) => {
            Ok(Found::Foreign(format!("`{name}` probe points"), leaf.span))
        }
        (name, _) if FAMILIES.contains(&name) => Err(unknown(first, rest, leaf.span).into()),
        _ => Err(Absent::Missing(unknown(first, rest, leaf.span))),
    }
}

//! Probe points: alternatives written out, aliases replaced by what they stand for.

use stapc_diagnostics::{Diagnostic, FileId, Span};
use stapc_syntax::ast::{
    self, Argument, Component, ExprId, ItemKind, Presence, ProbePoint, StmtId,
};

use super::{Work, patterns::matched};
use crate::points::text;

/// The most probe points that a script may have.
const MOST_POINTS: usize = 1 << 16;
/// The most points that braces may stand for.
const MOST_ALTERNATIVES: usize = 1 << 12;
/// How deep aliases may stand for aliases.
const MOST_ALIASES: usize = 64;

/// What the probe points begin with that are no aliases.
pub const FAMILIES: [&str; 15] = [
    "begin",
    "end",
    "error",
    "never",
    "timer",
    "kernel",
    "module",
    "process",
    "procfs",
    "netfilter",
    "perf",
    "kprobe",
    "input",
    "java",
    "python3",
];

/// A part of a probe point without alternatives.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name, perhaps with wildcards.
    pub name: ast::Name,
    /// Its argument.
    pub argument: Option<Argument>,
}

/// A name of an alias.
#[derive(Debug)]
pub struct Alias {
    /// Its parts.
    pub parts: Vec<Part>,
    /// The item that declares it.
    pub item: usize,
}

/// A probe: its points, in order.
#[derive(Debug)]
pub struct Probe {
    /// The item that declares it.
    pub item: usize,
    /// Its points.
    pub nodes: Vec<Node>,
}

/// A point, or those that an alias stands for.
#[derive(Debug)]
pub enum Node {
    /// A point that is no alias.
    Leaf(Leaf),
    /// What an alias stands for.
    List(Vec<Node>, Presence),
}

/// A probe point that is no alias.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its parts.
    pub parts: Vec<Part>,
    /// What if it does not exist, as it is written.
    pub presence: Presence,
    /// Whether the script goes on without it, by what is written here or where the alias is used.
    pub optional: bool,
    /// When it is armed: conditions that must all hold, and the files they belong to.
    pub conditions: Vec<(ExprId, FileId)>,
    /// The position of the aliases that it came about by.
    pub chain: usize,
    /// Where it stands.
    pub span: Span,
}

/// The aliases that a point came about by, the one that the probe uses first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The item of each, and where it is used.
    pub aliases: Vec<(usize, Span)>,
    /// What the first is called, with what is written behind its name; empty if there is none.
    pub name: String,
}

/// A block that a handler consists of.
#[derive(Debug, Clone)]
pub struct Block {
    /// The block.
    pub stmt: StmtId,
    /// The file it belongs to.
    pub file: FileId,
    /// Where the aliases are used that it came about by, the innermost first.
    pub uses: Vec<Span>,
}

/// The ways to write a point without braces, each with its presence.
pub fn parts_of(point: &ProbePoint) -> Vec<(Vec<Part>, Presence)> {
    let mut ways = vec![(Vec::new(), point.presence)];
    for component in &point.components {
        match component {
            Component::Named { name, argument } => {
                let part = Part { name: name.clone(), argument: argument.clone() };
                ways.iter_mut().for_each(|(parts, _)| parts.push(part.clone()));
            }
            Component::Alternatives { points, .. } => {
                let inner: Vec<_> = points.iter().flat_map(parts_of).collect();
                let join = |(parts, presence): &(Vec<Part>, Presence)| {
                    let (head, presence) = (parts.clone(), *presence);
                    inner.iter().map(move |(tail, own)| {
                        let parts = head.iter().chain(tail).cloned().collect::<Vec<_>>();
                        (parts, if *own == Presence::Required { presence } else { *own })
                    })
                };
                ways = ways.iter().flat_map(join).take(MOST_ALTERNATIVES + 1).collect();
            }
        }
    }
    ways
}

impl Work<'_, '_> {
    /// Puts the probes among some items in force.
    pub(super) fn probes(&mut self, items: std::ops::Range<usize>) {
        for item in items {
            let ItemKind::Probe(probe) = &self.tree.items[item].kind else { continue };
            let (points, body, file) =
                (probe.points.clone(), probe.body, self.tree.items[item].file);
            self.bodies.push_back((body, file));
            let chain = self.chain(Chain::default());
            let outer = Outer { chain, optional: false, conditions: Vec::new() };
            let nodes = self.nodes(&points, file, &outer);
            self.out.probes.push(Probe { item, nodes });
        }
        self.note_alias_names();
    }

    /// What the points of a list stand for.
    fn nodes(&mut self, points: &[ProbePoint], file: FileId, outer: &Outer) -> Vec<Node> {
        let mut nodes = Vec::new();
        for point in points {
            let mut outer = outer.clone();
            if let Some(condition) = point.condition {
                self.names_in_expr(condition, file);
                outer.conditions.push((condition, file));
            }
            let ways = parts_of(point);
            if ways.len() > MOST_ALTERNATIVES {
                self.too_many(point.span);
                continue;
            }
            for (parts, presence) in ways {
                outer.optional |= presence != Presence::Required;
                nodes.push(self.node(parts, presence, point.span, &outer));
                if self.leaves > MOST_POINTS {
                    return nodes;
                }
            }
        }
        nodes
    }

    fn too_many(&mut self, span: Span) {
        let message = format!("the probes of this script have more than {MOST_POINTS} points");
        self.diagnostics.push(
            Diagnostic::error("too-large", message)
                .at(span, "with what this stands for")
                .help("use fewer wildcards or braces"),
        );
    }

    fn node(&mut self, parts: Vec<Part>, presence: Presence, span: Span, outer: &Outer) -> Node {
        self.leaves += 1;
        if self.leaves == MOST_POINTS + 1 {
            self.too_many(span);
        }
        let found =
            if self.leaves > MOST_POINTS { Vec::new() } else { self.aliases_of(&parts, outer) };
        if found.is_empty() {
            if self.report_cycle(&parts, span, outer) {
                return Node::List(Vec::new(), presence);
            }
            let Outer { optional, conditions, chain } = outer.clone();
            return Node::Leaf(Leaf { parts, presence, optional, conditions, chain, span });
        }
        let mut nodes = Vec::new();
        for (alias, used) in found {
            // What suffices in one of them says nothing of the others.
            let points = self.alias(alias, &parts[used..], span, outer);
            nodes.push(Node::List(points, Presence::Required));
        }
        Node::List(nodes, presence)
    }

    /// Reports a point that can only be one of the aliases that it came about by; whether it is.
    fn report_cycle(&mut self, parts: &[Part], span: Span, outer: &Outer) -> bool {
        if parts.first().is_none_or(|part| FAMILIES.contains(&part.name.text.as_str())) {
            return false;
        }
        let chain = &self.out.chains[outer.chain].aliases;
        let around = chain.iter().find(|(item, _)| {
            let mut names = self.aliases.iter().filter(|alias| alias.item == *item);
            names.any(|alias| used_by(parts, &alias.parts).is_some())
        });
        let cycle = around.is_some();
        if let Some(&(item, used)) = around {
            let message = format!("the alias `{}` stands for itself", texts(parts).join("."));
            let diagnostic = Diagnostic::error("alias-cycle", message)
                .at(span, "this is what it stands for")
                .also(self.tree.items[item].span, "the alias")
                .also(used, "used here");
            self.diagnostics.push(diagnostic);
        }
        cycle
    }

    /// What the use of an alias stands for, with the parts that are written behind it.
    fn alias(&mut self, alias: usize, suffix: &[Part], span: Span, outer: &Outer) -> Vec<Node> {
        let item = self.aliases[alias].item;
        let ItemKind::Alias(declared) = &self.tree.items[item].kind else { return Vec::new() };
        let file = self.tree.items[item].file;
        let mut points = declared.points.clone();
        for block in declared.prologue.into_iter().chain(declared.epilogue) {
            self.bodies.push_back((block, file));
        }
        for point in &mut points {
            let suffix = suffix.iter().cloned();
            point
                .components
                .extend(suffix.map(|Part { name, argument }| Component::Named { name, argument }));
        }
        let mut chain = self.out.chains[outer.chain].clone();
        if chain.aliases.is_empty() {
            let name = self.aliases[alias].parts.iter().chain(suffix).cloned();
            chain.name = text(&name.collect::<Vec<_>>());
        }
        chain.aliases.push((item, span));
        let chain = self.chain(chain);
        let outer = Outer { chain, ..outer.clone() };
        self.nodes(&points, file, &outer)
    }

    /// The position of a new chain of aliases.
    fn chain(&mut self, chain: Chain) -> usize {
        self.out.chains.push(chain);
        self.out.chains.len() - 1
    }

    /// The aliases that a point means, and how many of its parts are their names: all, or else as
    /// many as possible.
    fn aliases_of(&mut self, parts: &[Part], outer: &Outer) -> Vec<(usize, usize)> {
        self.load_aliases(parts);
        let chain = &self.out.chains[outer.chain].aliases;
        if chain.len() >= MOST_ALIASES {
            return Vec::new();
        }
        let mut found: Vec<(usize, usize)> = Vec::new();
        for position in self.aliases_like(parts) {
            let alias = &self.aliases[position];
            // What stands inside an alias under its own name is not that alias.
            if chain.iter().any(|(item, _)| *item == alias.item) {
                continue;
            }
            let Some(used) = used_by(parts, &alias.parts) else { continue };
            let longest = found.first().map_or(0, |(_, used)| *used);
            if used > longest {
                found.clear();
            }
            if used >= longest {
                found.push((position, used));
            }
        }
        found
    }

    /// The aliases that begin as a point does.
    fn aliases_like(&self, parts: &[Part]) -> Vec<usize> {
        let head = parts.first().map_or("", |part| &part.name.text);
        if head.contains('*') {
            return (0..self.aliases.len()).collect();
        }
        self.alias_heads.get(head).cloned().unwrap_or_default()
    }

    /// Parses the library files whose aliases a point may mean.
    fn load_aliases(&mut self, parts: &[Part]) {
        let library = self.library;
        let names = library.aliases();
        let literal = parts.iter().take_while(|part| !part.name.text.contains('*')).count();
        let mut dotted = String::new();
        for part in &parts[..literal] {
            dotted.push_str(&part.name.text);
            self.load_between(names, &dotted, |name| name == dotted);
            dotted.push('.');
        }
        if literal < parts.len() {
            let head = parts[literal].name.text.split('*').next().unwrap_or("");
            let prefix = format!("{dotted}{head}");
            self.load_between(names, &prefix, |name| {
                let name: Vec<&str> = name.split('.').collect();
                matched(&texts(parts), &name).is_some()
            });
        }
    }

    /// Parses the files of the names that begin with `prefix` and are wanted.
    fn load_between(
        &mut self,
        names: &[(String, usize)],
        prefix: &str,
        wanted: impl Fn(&str) -> bool,
    ) {
        let first = names.partition_point(|(name, _)| name.as_str() < prefix);
        let files: Vec<usize> = names[first..]
            .iter()
            .take_while(|(name, _)| name.starts_with(prefix))
            .filter(|(name, _)| wanted(name))
            .map(|(_, file)| *file)
            .collect();
        for file in files {
            self.load_file(file);
        }
    }

    fn note_alias_names(&mut self) {
        let own = self.aliases.iter().map(|alias| texts(&alias.parts).join("."));
        self.out.alias_names = own.collect();
        self.out.alias_names.extend(self.library.aliases().iter().map(|(name, _)| name.clone()));
    }
}

/// What a list of points takes from what is around it.
#[derive(Debug, Clone)]
struct Outer {
    chain: usize,
    optional: bool,
    conditions: Vec<(ExprId, FileId)>,
}

/// How many parts of a point name an alias, if they do.
fn used_by(point: &[Part], alias: &[Part]) -> Option<usize> {
    let used = matched(&texts(point), &texts(alias))?;
    let same = |(part, of): (&Part, &Part)| match (&part.argument, &of.argument) {
        (None, None) => true,
        (Some(Argument::Number(left, _)), Some(Argument::Number(right, _))) => left == right,
        (Some(Argument::String(left)), Some(Argument::String(right))) => left.bytes == right.bytes,
        _ => false,
    };
    point[..used].iter().zip(alias).all(same).then_some(used)
}

fn texts(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.text.as_str()).collect()
}

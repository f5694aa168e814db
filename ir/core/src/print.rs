//! A module as text; `stapc-ir-text` reads it back.
//!
//! Values and blocks are numbered by where they stand, so that equal modules print equal text. What
//! is broken prints too, with a `?` where it refers to nothing: the verifier's errors show it.

mod points;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Write as _},
};

use points::detail;

use crate::{
    entity::{Block, FuncId, GlobalId, Value},
    external,
    function::{BlockData, Function, Immediate, InstData, LockMode, OrderBy},
    module::{Global, Module, Probe},
    terminator::{Edge, Terminator},
    types::{GlobalKind, MapValue},
    verify::Entity,
};

/// The version of the text syntax, on its first line.
const VERSION: u32 = 1;

/// The most of a line that is marked as wrong.
const MOST_MARKED: usize = 24;

/// All of a module as text.
pub fn print(module: &Module) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = print_module(module, &mut out);
    out
}

/// A message about a function, with values and blocks called as the function's text calls them
/// instead of by their handles.
pub(crate) fn as_printed(module: &Module, function: &Function, message: &str) -> String {
    let printer = FunctionPrinter::new(module, function);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    let mut out = String::new();
    for word in message.split_inclusive(|c| !is_name(c)) {
        let name = word.trim_end_matches(|c| !is_name(c));
        let number = |prefix| name.strip_prefix(prefix)?.parse().ok();
        // Names of globals and functions have a mark before them.
        let printed = match (number("v"), number("block")) {
            _ if out.ends_with(['@', '%', '"']) => None,
            (Some(value), _) => {
                printer.values.get(&Value::from_u32(value)).map(|number| format!("v{number}"))
            }
            (_, Some(block)) => {
                printer.blocks.get(&Block::from_u32(block)).map(|number| format!("block{number}"))
            }
            _ => None,
        };
        out += printed.as_deref().unwrap_or(name);
        out += &word[name.len()..];
    }
    out
}

/// One function as text, with notes in comments behind what they are about.
pub(crate) fn print_annotated(
    module: &Module,
    function: &Function,
    notes: &BTreeMap<Entity, Vec<&str>>,
) -> String {
    let mut out = String::new();
    let _ = FunctionPrinter { notes: Some(notes), ..FunctionPrinter::new(module, function) }
        .print(&mut out);
    out
}

/// One function as text.
pub fn print_function(module: &Module, function: &Function) -> String {
    let mut out = String::new();
    let _ = FunctionPrinter::new(module, function).print(&mut out);
    out
}

fn print_module(module: &Module, out: &mut String) -> fmt::Result {
    writeln!(out, "stapc-ir {VERSION}")?;
    for file in &module.files {
        writeln!(out, "file {}", quote(file))?;
    }
    for (name, value) in module.limits.named() {
        writeln!(out, "limit {name} {value}")?;
    }
    for (_, global) in module.globals.iter() {
        print_global(global, out)?;
    }
    module.externals.iter().for_each(|external| *out += &external::print(module, external));
    for probe in &module.probes {
        print_probe(module, probe, out)?;
    }
    for (_, function) in module.functions.iter() {
        writeln!(out)?;
        FunctionPrinter::new(module, function).print(out)?;
    }
    Ok(())
}

fn print_global(global: &Global, out: &mut String) -> fmt::Result {
    let percpu = if global.percpu { " percpu" } else { "" };
    write!(out, "global @{} ", name(&global.name))?;
    match &global.kind {
        GlobalKind::I64(init) => writeln!(out, "i64 = {init}{percpu}"),
        GlobalKind::Str(init) => writeln!(out, "str = {}{percpu}", quote(init)),
        GlobalKind::Stat(histogram) => writeln!(out, "stat {histogram}{percpu}"),
        GlobalKind::Map { keys, value, capacity, wrap } => {
            let keys: Vec<&str> = keys.iter().map(|key| key.name()).collect();
            let value = match value {
                MapValue::I64 => "i64".to_owned(),
                MapValue::Str => "str".to_owned(),
                MapValue::Stat(histogram) => format!("stat {histogram}"),
            };
            let wrap = if *wrap { " wrap" } else { "" };
            writeln!(out, "map [{}] {value} capacity {capacity}{wrap}{percpu}", keys.join(", "))
        }
    }
}

fn print_probe(module: &Module, probe: &Probe, out: &mut String) -> fmt::Result {
    let detail = detail(&probe.attach);
    let handler = function_name(module, probe.handler);
    let alias = probe.alias.as_ref().map(|alias| format!(" as {}", quote(alias)));
    let condition = probe.condition.map(|number| format!(" if {number}"));
    let (name, point) = (probe.attach.name(), quote(&probe.point));
    let (alias, condition) = (alias.unwrap_or_default(), condition.unwrap_or_default());
    writeln!(out, "probe {name}{detail} {point}{alias}{condition} {handler}")
}

struct FunctionPrinter<'a> {
    module: &'a Module,
    function: &'a Function,
    values: HashMap<Value, usize>,
    blocks: HashMap<Block, usize>,
    notes: Option<&'a BTreeMap<Entity, Vec<&'a str>>>,
}

impl<'a> FunctionPrinter<'a> {
    fn new(module: &'a Module, function: &'a Function) -> Self {
        let blocks =
            function.layout.iter().enumerate().map(|(number, &block)| (block, number)).collect();
        let mut values = HashMap::new();
        for &block in function.layout.iter().filter(|block| block.index() < function.blocks.len()) {
            let data = function.block(block);
            let insts = data.insts.iter().filter(|inst| inst.index() < function.insts.len());
            let results = insts.filter_map(|&inst| function.inst(inst).result);
            for value in data.params.iter().copied().chain(results) {
                let number = values.len();
                values.insert(value, number);
            }
        }
        Self { module, function, values, blocks, notes: None }
    }

    fn value(&self, value: Value) -> String {
        match self.values.get(&value) {
            Some(number) => format!("v{number}"),
            None => format!("v?{}", value.as_u32()),
        }
    }

    /// A value where it is defined, with its name and type.
    fn definition(&self, value: Value) -> String {
        let data = self.function.values.values().nth(value.index());
        let text = match data.and_then(|data| data.name.as_deref()) {
            Some(script) => format!("{}.{}", self.value(value), name(script)),
            None => self.value(value),
        };
        format!("{text}: {}", data.map_or("?", |data| data.ty.name()))
    }

    fn block(&self, block: Block) -> String {
        match self.blocks.get(&block) {
            Some(number) => format!("block{number}"),
            None => format!("block?{}", block.as_u32()),
        }
    }

    fn list(&self, values: &[Value]) -> String {
        values.iter().map(|&value| self.value(value)).collect::<Vec<_>>().join(", ")
    }

    fn edge(&self, edge: &Edge) -> String {
        if edge.args.is_empty() {
            self.block(edge.block)
        } else {
            format!("{}({})", self.block(edge.block), self.list(&edge.args))
        }
    }

    fn locks(&self, locks: &[(GlobalId, LockMode)]) -> String {
        let lock = |(global, mode): &(GlobalId, LockMode)| {
            format!("{} {}", global_name(self.module, *global), mode.name())
        };
        locks.iter().map(lock).collect::<Vec<_>>().join(", ")
    }

    fn print(&self, out: &mut String) -> fmt::Result {
        let function = self.function;
        write!(out, "function %{}", name(&function.name))?;
        if let Some(ty) = function.returns {
            write!(out, " -> {ty}")?;
        }
        if !function.requires.is_empty() {
            write!(out, " requires [{}]", self.locks(&function.requires))?;
        }
        if function.slots > 0 {
            write!(out, " slots {}", function.slots)?;
        }
        writeln!(out, " {{")?;
        self.note(Entity::Function, out)?;
        for &block in &function.layout {
            self.print_block(block, out)?;
        }
        writeln!(out, "}}")
    }

    fn print_block(&self, block: Block, out: &mut String) -> fmt::Result {
        out.push_str(&self.block(block));
        if block.index() >= self.function.blocks.len() {
            return writeln!(out, "?:");
        }
        let data = self.function.block(block);
        if !data.params.is_empty() {
            let param = |&value: &Value| self.definition(value);
            write!(out, "({})", data.params.iter().map(param).collect::<Vec<_>>().join(", "))?;
        }
        if let Some(catch) = data.catch {
            write!(out, " catch {}", self.block(catch))?;
        }
        writeln!(out, ":")?;
        self.note(Entity::Block(block), out)?;
        for &inst in &data.insts {
            match self.function.insts.values().nth(inst.index()) {
                Some(inst) => writeln!(out, "    {}", self.inst(inst))?,
                None => writeln!(out, "    ?{inst}")?,
            }
            self.note(Entity::Inst(inst), out)?;
        }
        self.print_end(data, out)?;
        self.note(Entity::End(block), out)
    }

    /// What is said of an entity, under the line that was printed last.
    fn note(&self, at: Entity, out: &mut String) -> fmt::Result {
        let Some(notes) = self.notes.and_then(|notes| notes.get(&at)) else { return Ok(()) };
        let line = out.trim_end().rsplit('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        let marked = line.trim_start().chars().count().min(MOST_MARKED).saturating_sub(1);
        for note in notes {
            let before = " ".repeat(indent.saturating_sub(1));
            writeln!(out, ";{before}^{} error: {note}", "~".repeat(marked))?;
        }
        Ok(())
    }

    fn print_end(&self, data: &BlockData, out: &mut String) -> fmt::Result {
        match &data.terminator {
            None => writeln!(out, "    ?"),
            Some(Terminator::Jump(edge)) => writeln!(out, "    jump {}", self.edge(edge)),
            Some(Terminator::Branch(condition, then, otherwise)) => {
                writeln!(
                    out,
                    "    branch {}, {}, {}",
                    self.value(*condition),
                    self.edge(then),
                    self.edge(otherwise)
                )
            }
            Some(Terminator::Return(None)) => writeln!(out, "    return"),
            Some(Terminator::Return(Some(value))) => {
                writeln!(out, "    return {}", self.value(*value))
            }
            Some(Terminator::Raise) => writeln!(out, "    raise"),
        }
    }

    fn inst(&self, inst: &InstData) -> String {
        let mut text = String::new();
        if let Some(result) = inst.result {
            text = self.definition(result) + " = ";
        }
        text += inst.opcode.name();
        let immediate = self.immediate(&inst.immediate);
        if !immediate.is_empty() {
            text = text + " " + &immediate;
        }
        if !inst.args.is_empty() {
            text += if immediate.is_empty() { " " } else { ", " };
            text += &self.list(&inst.args);
        }
        if let Some(slot) = inst.slot {
            text += &format!(" slot {slot}");
        }
        if let Some(near) = &inst.near {
            text += &format!(" near {}", quote(&**near));
        }
        if inst.location.line > 0 {
            let place = inst.location;
            text += &format!(" at {}:{}:{}", place.file, place.line, place.column);
        }
        text
    }

    fn immediate(&self, immediate: &Immediate) -> String {
        match immediate {
            Immediate::None => String::new(),
            Immediate::Int(value) => value.to_string(),
            Immediate::Text(text) => quote(text),
            Immediate::Index(index) => index.to_string(),
            Immediate::Global(global) => global_name(self.module, *global),
            Immediate::Func(function) => function_name(self.module, *function),
            Immediate::Helper(helper) => format!("!{}", helper.name()),
            Immediate::Format(format) => quote(format.text()),
            Immediate::Iterate(global, order) => {
                let by = match order.by {
                    OrderBy::Key(position) => format!("key {position}"),
                    by => OrderBy::NAMED
                        .iter()
                        .find(|(_, named)| *named == by)
                        .map_or("unsorted", |(name, _)| name)
                        .to_owned(),
                };
                let direction = if order.descending { "down" } else { "up" };
                format!("{} {by} {direction}", global_name(self.module, *global))
            }
            Immediate::Locks(locks) => self.locks(locks),
        }
    }
}

pub(crate) fn global_name(module: &Module, global: GlobalId) -> String {
    if global.index() < module.globals.len() {
        format!("@{}", name(&module.global(global).name))
    } else {
        format!("@?{}", global.as_u32())
    }
}

fn function_name(module: &Module, function: FuncId) -> String {
    if function.index() < module.functions.len() {
        format!("%{}", name(&module.function(function).name))
    } else {
        format!("%?{}", function.as_u32())
    }
}

/// A name as it is if a reader finds its end, else in quotes.
pub(crate) fn name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { quote(name) }
}

/// A string in quotes; control characters, quotes, backslashes and bytes that are no UTF-8 are escaped
/// as `\xHH`.
pub(crate) fn quote(text: impl AsRef<[u8]>) -> String {
    let mut quoted = String::from("\"");
    let escape = |byte: u8| format!("\\x{byte:02x}");
    for chunk in text.as_ref().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' | '\0'..='\x1f' | '\x7f' => quoted.push_str(&escape(c as u8)),
                c => quoted.push(c),
            }
        }
        quoted.extend(chunk.invalid().iter().map(|&byte| escape(byte)));
    }
    quoted + "\""
}

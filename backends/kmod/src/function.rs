//! A function of the IR as a function of C: its frame, its blocks and the ways between them.

use std::collections::{HashMap, HashSet};

use stapc_backend_api::BackendError;
use stapc_ir::{Attach, Block, Edge, Effects, FuncId, Function, Probe, Terminator, Type, Value};

use crate::{
    Emit,
    expressions::{Expression, When, declaration},
    iterations::endings,
    names::{Uses, names, uses},
    text::comment,
};

/// An expression longer than this gets a variable of its own.
const EXPRESSION_MAX: usize = 100;

/// The emission of one function.
pub struct FunctionEmitter<'e, 'a> {
    pub emit: &'e mut Emit<'a>,
    pub function: &'a Function,
    /// The probe it handles, or the first of those that share it; none for a script function.
    pub probe: Option<&'a Probe>,
    /// Whether several probes share it.
    pub is_shared: bool,
    names: HashMap<Value, String>,
    blocks: HashMap<Block, usize>,
    uses: HashMap<Value, Uses>,
    expressions: HashMap<Value, Expression>,
    pub out: String,
    /// The block that is being emitted.
    pub block: Block,
    line: (u32, u32),
    /// Whether anything goes to the end by `goto`.
    pub leaves: bool,
    /// Where faults are ended that may have left iterations running, with those that run on, the
    /// innermost last.
    pub endings: HashMap<Block, Vec<Value>>,
    /// Variables of elements and samples so far, for their names.
    pub elements: usize,
    /// The first thing that could not be emitted.
    pub failed: Option<BackendError>,
}

impl<'e, 'a> FunctionEmitter<'e, 'a> {
    pub fn new(emit: &'e mut Emit<'a>, function: &'a Function, probe: Option<&'a Probe>) -> Self {
        let blocks =
            function.layout.iter().enumerate().map(|(number, &block)| (block, number)).collect();
        let endings = endings(emit, function);
        Self {
            emit,
            function,
            probe,
            is_shared: false,
            names: names(function),
            blocks,
            uses: uses(function),
            expressions: HashMap::new(),
            out: String::new(),
            block: function.entry(),
            line: (0, 0),
            leaves: false,
            endings,
            elements: 0,
            failed: None,
        }
    }

    /// The C of a script function.
    pub fn script(emit: &'e mut Emit<'a>, id: FuncId) -> Result<String, BackendError> {
        let function = emit.module.function(id);
        let signature = emit.signature(id);
        let mut emitter = Self::new(emit, function, None);
        let body = emitter.body()?;
        let mut out = format!("\n/* function {} */\n{signature}\n{{\n", comment(&function.name));
        out += &emitter.params();
        if !emitter.endings.is_empty() {
            out += "\tconst u32 iterate_used __maybe_unused = c->iterate_used;\n";
        }
        out += &body;
        if emitter.leaves {
            out += "leave:\n\treturn false;\n";
        }
        Ok(out + "}\n")
    }

    /// Declarations of the blocks' parameters, the function's own excepted.
    pub fn params(&self) -> String {
        let own: HashSet<Value> = self.function.params().iter().copied().collect();
        let params =
            self.function.layout.iter().flat_map(|&block| &self.function.block(block).params);
        let others = params.filter(|param| !own.contains(param));
        others
            .map(|&param| {
                format!("\t{};\n", declaration(self.function.ty(param), &self.names[&param]))
            })
            .collect()
    }

    pub fn body(&mut self) -> Result<String, BackendError> {
        let targets = self.targets();
        for (number, block) in self.function.layout.clone().into_iter().enumerate() {
            self.block = block;
            if targets.contains(&block) {
                self.out += &format!("block{number}:;\n");
            }
            self.end_iterations();
            for &inst in &self.function.block(block).insts {
                self.inst(self.function.inst(inst));
            }
            let next = self.function.layout.get(number + 1).copied();
            self.terminator(next);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut self.out)),
        }
    }

    /// Blocks that are gone to by `goto`.
    fn targets(&self) -> HashSet<Block> {
        let mut targets = HashSet::new();
        for (number, &block) in self.function.layout.iter().enumerate() {
            let next = self.function.layout.get(number + 1).copied();
            let data = self.function.block(block);
            targets.extend(data.catch);
            match &data.terminator {
                Some(Terminator::Jump(edge)) if Some(edge.block) != next => {
                    targets.insert(edge.block);
                }
                Some(Terminator::Branch(_, then, otherwise)) => {
                    if Some(then.block) != next {
                        targets.insert(then.block);
                    }
                    if Some(otherwise.block) != next || Some(then.block) == next {
                        targets.insert(otherwise.block);
                    }
                }
                _ => {}
            }
        }
        targets
    }

    fn terminator(&mut self, next: Option<Block>) {
        let function = self.function;
        match &function.block(self.block).terminator {
            Some(Terminator::Jump(edge)) => {
                let way = self.way(edge, next, "\t");
                self.out += &way;
            }
            Some(Terminator::Branch(condition, then, otherwise)) => {
                // What is tested may be of a line that nothing was emitted of yet.
                if let Some(test) = function.def(*condition) {
                    self.comment(test);
                }
                let condition = self.use_of(*condition);
                let (condition, first, second) = if Some(then.block) == next {
                    (format!("!{}", condition.operand()), otherwise, then)
                } else {
                    (condition.text, then, otherwise)
                };
                let first = self.way(first, None, "\t\t");
                let one_line = first.lines().count() == 1;
                let (open, close) = if one_line { ("", "") } else { (" {", "\t}\n") };
                self.out += &format!("\tif ({condition}){open}\n{first}{close}");
                let second = self.way(second, next, "\t");
                self.out += &second;
            }
            Some(Terminator::Return(value)) => {
                let value = value.map(|value| self.use_of(value).text);
                self.returns(value, next);
            }
            Some(Terminator::Raise) | None => {
                let way = self.fault();
                self.out += &format!("\t{way}\n");
            }
        }
    }

    fn returns(&mut self, value: Option<String>, next: Option<Block>) {
        if let Some(probe) = self.probe {
            if let Attach::Call(_) = probe.attach {
                // Only what is whole is there for the return.
                self.line("*(s64 *)kept = 1");
            }
            if next.is_some() {
                self.leaves = true;
                self.out += "\tgoto leave;\n";
            }
            return;
        }
        match (value, self.function.returns) {
            (Some(value), Some(Type::Str)) => {
                self.out += &format!("\tstapc_str_copy(result, {value});\n")
            }
            (Some(value), _) => self.out += &format!("\t*result = {value};\n"),
            (None, _) => {}
        }
        self.out += "\treturn true;\n";
    }

    /// Along an edge: its block's parameters set, and a `goto` unless that block is next.
    fn way(&mut self, edge: &Edge, next: Option<Block>, indent: &str) -> String {
        let params = self.function.block(edge.block).params.clone();
        let mut moves: Vec<(String, Type, Expression)> = Vec::new();
        let mut set = HashSet::new();
        let mut clash = false;
        for (&param, &arg) in params.iter().zip(&edge.args) {
            let value = self.use_of(arg);
            let name = self.names[&param].clone();
            if value.text == name {
                continue;
            }
            clash |= value.refers.iter().any(|refers| set.contains(refers));
            set.insert(param);
            moves.push((name, self.function.ty(param), value));
        }
        let mut out = String::new();
        if clash {
            // One parameter's new value is made of another's old one.
            for (name, ty, value) in &moves {
                out += &format!(
                    "{indent}{} = {};\n",
                    declaration(*ty, &format!("new_{name}")),
                    value.text
                );
            }
            for (name, ..) in &moves {
                out += &format!("{indent}{name} = new_{name};\n");
            }
            out = format!("{indent}{{\n{out}{indent}}}\n");
        } else {
            for (name, _, value) in &moves {
                out += &format!("{indent}{name} = {};\n", value.text);
            }
        }
        if Some(edge.block) != next {
            out += &format!("{indent}goto block{};\n", self.blocks[&edge.block]);
        }
        out
    }

    /// Where a fault in the current block goes.
    pub fn fault(&mut self) -> String {
        match self.function.block(self.block).catch {
            Some(block) => format!("goto block{};", self.blocks[&block]),
            None => self.leave(),
        }
    }

    /// To the function's end.
    pub fn leave(&mut self) -> String {
        self.leaves = true;
        "goto leave;".to_owned()
    }

    /// A statement.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out += &format!("\t{};\n", text.as_ref());
    }

    /// A statement that goes to the fault edge unless `text` is true.
    pub fn check(&mut self, text: impl AsRef<str>) {
        let fault = self.fault();
        self.out += &format!("\tif (unlikely(!{}))\n\t\t{fault}\n", text.as_ref());
    }

    /// A statement, and then the fault edge.
    pub fn faults(&mut self, text: impl AsRef<str>) {
        let fault = self.fault();
        self.line(text);
        self.out += &format!("\t{fault}\n");
    }

    /// A value as an expression.
    pub fn use_of(&mut self, value: Value) -> Expression {
        match self.expressions.get(&value) {
            Some(expression) => expression.clone(),
            None => {
                // A variable of this name is declared where the value is defined.
                let name = self.name(value);
                Expression { text: name, atom: true, refers: vec![value] }
            }
        }
    }

    /// What a value's variable is called.
    pub fn name(&self, value: Value) -> String {
        self.names.get(&value).cloned().unwrap_or_else(|| format!("unplaced_{}", value.as_u32()))
    }

    /// The script's line that an instruction is of, in a comment, where it is another than before: it
    /// holds until an empty line. Lines of other files than the first have the file's name.
    pub fn comment(&mut self, inst: &stapc_ir::InstData) {
        let place = (inst.location.file, inst.location.line);
        if place.1 == 0 {
            // What passes have placed is of no line.
            if self.line.1 != 0 && inst.opcode.effects().has(Effects::LOCK) {
                self.line = (0, 0);
                self.out.push('\n');
            }
            return;
        }
        if place == self.line {
            return;
        }
        self.line = place;
        let text = (self.emit.context.source_line)(place.0, place.1).unwrap_or_default();
        let file = match self.emit.module.files.get(place.0 as usize) {
            Some(name) if place.0 > 0 => format!("{}:", comment(name)),
            _ => String::new(),
        };
        self.out += &format!("\n\t/* {file}{}: {} */\n", place.1, comment(&text));
    }

    /// Defines a value by an expression: where it is used if that may be and is one place in this
    /// block, else by a variable.
    pub fn define(&mut self, value: Value, expression: Expression, when: When) {
        let uses = self.uses.get(&value).copied().unwrap_or_default();
        if when == When::Anywhere
            || uses.count == 0
            || (when == When::Used
                && uses.count == 1
                && uses.block == Some(self.block)
                && expression.text.len() <= EXPRESSION_MAX)
        {
            self.expressions.insert(value, expression);
            return;
        }
        let variable = declaration(self.function.ty(value), &self.name(value));
        self.line(format!("{variable} = {}", expression.text));
    }
}

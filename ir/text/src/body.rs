//! The lines of a text to functions: first everything that has a name, then what uses names, since
//! a value may be used before the line that defines it.

use std::collections::HashMap;

use stapc_ir::{
    Block, Edge, Function, Inst, Location, LockMode, Module, Opcode, Terminator, Value,
};

use crate::{
    TextError,
    immediate::immediate,
    line::{Node, Rule},
    module::{Names, ty},
};

type Result<T> = std::result::Result<T, TextError>;

/// Adds each function between its line and its `}`.
pub fn functions(
    lines: &[Node<'_>],
    names: &Names,
    module: &mut Module,
    errors: &mut Vec<TextError>,
) {
    let mut reader: Option<Reader<'_, '_>> = None;
    for line in lines {
        match (line.rule(), reader.take()) {
            (Rule::function, None) => reader = Some(Reader::new(line, names, errors)),
            (Rule::end, Some(done)) => {
                module.functions.alloc(done.finish(errors));
            }
            (
                Rule::version
                | Rule::file
                | Rule::limit
                | Rule::global
                | Rule::external
                | Rule::probe,
                None,
            ) => {}
            (
                Rule::block
                | Rule::inst
                | Rule::jump
                | Rule::branch
                | Rule::return_value
                | Rule::raise
                | Rule::open,
                Some(mut open),
            ) => {
                errors.extend(open.line(line).err());
                reader = Some(open);
            }
            (_, None) => errors.push(line.error("this stands in no function")),
            (_, open) => {
                errors.push(line.error("this stands in a function; is a `}` missing?"));
                reader = open;
            }
        }
    }
    if let Some(open) = reader {
        errors.push(open.head.error("the function does not end with `}`"));
    }
}

/// A function while it is read.
struct Reader<'a, 't> {
    names: &'a Names,
    function: Function,
    head: &'a Node<'t>,
    /// What its text calls blocks and values.
    blocks: HashMap<&'t str, Block>,
    values: HashMap<&'t str, Value>,
    /// The block that lines belong to; none before the first and behind the end of each.
    open: Option<Block>,
    /// Lines whose uses of names are looked up in the end.
    heads: Vec<(&'a Node<'t>, Block)>,
    insts: Vec<(&'a Node<'t>, Inst)>,
    ends: Vec<(&'a Node<'t>, Block)>,
}

impl<'a, 't> Reader<'a, 't> {
    fn new(head: &'a Node<'t>, names: &'a Names, errors: &mut Vec<TextError>) -> Self {
        let mut reader = Self {
            names,
            function: Function::default(),
            head,
            blocks: HashMap::new(),
            values: HashMap::new(),
            open: None,
            heads: Vec::new(),
            insts: Vec::new(),
            ends: Vec::new(),
        };
        errors.extend(reader.function_head().err());
        reader
    }

    fn function_head(&mut self) -> Result<()> {
        for part in self.head.parts() {
            match part.rule() {
                Rule::function_name => self.function.name = part.string()?,
                Rule::returns => {
                    self.function.returns = part.part(Rule::ty).map(|node| ty(&node)).transpose()?
                }
                Rule::requires => self.function.requires = locks(&part, self.names)?,
                _ => self.function.slots = part.numbers()?.pop().unwrap_or_default(),
            }
        }
        Ok(())
    }

    /// Takes in what a line defines.
    fn line(&mut self, line: &'a Node<'t>) -> Result<()> {
        if line.rule() == Rule::block {
            return self.block(line);
        }
        let Some(block) = self.open else { return Err(line.error("this stands in no block")) };
        if line.rule() == Rule::inst {
            return self.inst(line, block);
        }
        self.open = None;
        self.ends.push((line, block));
        Ok(())
    }

    fn block(&mut self, line: &'a Node<'t>) -> Result<()> {
        let block = self.function.add_block();
        self.open = Some(block);
        self.heads.push((line, block));
        for part in line.parts() {
            match part.rule() {
                Rule::block_name if self.blocks.insert(part.text(), block).is_some() => {
                    return Err(part.error(format!("{} stands twice", part.text())));
                }
                Rule::params => {
                    for definition in part.parts() {
                        let ty = definition
                            .part(Rule::ty)
                            .map_or(Ok(stapc_ir::Type::I64), |node| ty(&node))?;
                        let value = self.function.add_param(block, ty, None);
                        self.define(&definition, value)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn inst(&mut self, line: &'a Node<'t>, block: Block) -> Result<()> {
        let definition = line.part(Rule::definition);
        let result = definition
            .as_ref()
            .and_then(|definition| definition.part(Rule::ty))
            .map(|node| ty(&node))
            .transpose()?;
        let opcode = line.part(Rule::opcode).ok_or_else(|| line.error("there is no opcode"))?;
        let known = Opcode::from_name(opcode.text());
        // A result is defined even by an unknown opcode, so that its uses are not reported too.
        let place = known.unwrap_or(Opcode::Iconst);
        let immediate = known.map(|opcode| immediate(line, opcode, self.names)).transpose();
        let nothing = stapc_ir::Immediate::None;
        let inst =
            self.function.append(block, place, nothing, Vec::new(), result, Location::default());
        if let (Some(definition), Some(value)) = (definition, self.function.inst(inst).result) {
            self.define(&definition, value)?;
        }
        let immediate = immediate?
            .ok_or_else(|| opcode.error(format!("there is no instruction `{}`", opcode.text())))?;
        self.function.insts[inst.0].immediate = immediate;
        self.insts.push((line, inst));
        Ok(())
    }

    fn define(&mut self, definition: &Node<'t>, value: Value) -> Result<()> {
        let Some(defined) = definition.part(Rule::defined) else { return Ok(()) };
        for part in defined.parts() {
            match part.rule() {
                Rule::value if self.values.insert(part.text(), value).is_some() => {
                    return Err(part.error(format!("{} is defined twice", part.text())));
                }
                Rule::value => {}
                _ => self.function.values[value.0].name = Some(part.string()?.into()),
            }
        }
        Ok(())
    }

    /// Looks up what lines use.
    fn finish(mut self, errors: &mut Vec<TextError>) -> Function {
        for (line, block) in std::mem::take(&mut self.heads) {
            if let Some(catch) = line.part(Rule::catch) {
                match self.block_in(&catch) {
                    Ok(catch) => self.function.block_mut(block).catch = Some(catch),
                    Err(error) => errors.push(error),
                }
            }
        }
        for (line, inst) in std::mem::take(&mut self.insts) {
            errors.extend(self.finish_inst(line, inst).err());
        }
        for (line, block) in std::mem::take(&mut self.ends) {
            match self.terminator(line) {
                Ok(terminator) => self.function.block_mut(block).terminator = terminator,
                Err(error) => errors.push(error),
            }
        }
        self.function
    }

    fn finish_inst(&mut self, line: &Node<'t>, inst: Inst) -> Result<()> {
        for part in line.parts() {
            match part.rule() {
                Rule::args => {
                    let args = self.values_in(&part)?;
                    self.function.insts[inst.0].args = args;
                }
                Rule::slot => self.function.insts[inst.0].slot = part.numbers()?.pop(),
                Rule::near => self.function.insts[inst.0].near = Some(part.string()?.into()),
                Rule::at => {
                    if let &[file, line, column] = part.numbers()?.as_slice() {
                        self.function.insts[inst.0].location = Location { file, line, column };
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn terminator(&self, line: &Node<'t>) -> Result<Option<Terminator>> {
        let mut edges = line
            .parts()
            .filter(|part| part.rule() == Rule::edge)
            .map(|part| self.edge(&part))
            .collect::<Result<Vec<_>>>()?
            .into_iter();
        let value = self.values_in(line)?.pop();
        Ok(match (line.rule(), edges.next(), edges.next(), value) {
            (Rule::jump, Some(edge), ..) => Some(Terminator::Jump(edge)),
            (Rule::branch, Some(then), Some(otherwise), Some(condition)) => {
                Some(Terminator::Branch(condition, then, otherwise))
            }
            (Rule::return_value, .., value) => Some(Terminator::Return(value)),
            (Rule::raise, ..) => Some(Terminator::Raise),
            _ => None,
        })
    }

    fn edge(&self, node: &Node<'t>) -> Result<Edge> {
        Ok(Edge { block: self.block_in(node)?, args: self.values_in(node)? })
    }

    fn block_in(&self, node: &Node<'t>) -> Result<Block> {
        let name = node.part(Rule::block_name).unwrap_or_else(|| node.clone());
        self.blocks
            .get(name.text())
            .copied()
            .ok_or_else(|| name.error(format!("there is no {}", name.text())))
    }

    fn values_in(&self, node: &Node<'t>) -> Result<Vec<Value>> {
        let value = |part: Node<'t>| {
            self.values
                .get(part.text())
                .copied()
                .ok_or_else(|| part.error(format!("{} is not defined", part.text())))
        };
        node.parts().filter(|part| part.rule() == Rule::value).map(value).collect()
    }
}

/// The locks listed in a node.
pub fn locks(node: &Node<'_>, names: &Names) -> Result<Vec<(stapc_ir::GlobalId, LockMode)>> {
    let lock = |lock: Node<'_>| {
        let mode = lock.part(Rule::mode).is_some_and(|mode| mode.text() == "write");
        Ok((names.global(&lock)?, if mode { LockMode::Write } else { LockMode::Read }))
    };
    node.part(Rule::locks)
        .into_iter()
        .flat_map(|locks| locks.parts().collect::<Vec<_>>())
        .map(lock)
        .collect()
}

//! A function's JSON: first what it defines, then what uses that.

use std::collections::HashMap;

use super::{Names, Node, Result, ty};
use crate::{
    entity::{Block, Inst, Value},
    format::Format,
    function::{Function, Immediate, Location, Order, OrderBy, ValueDef},
    helpers::Helper,
    opcode::{ImmediateKind, Opcode},
    terminator::{Edge, Terminator},
};

pub(super) fn function(node: &Node<'_>, names: &Names<'_>) -> Result<Function> {
    node.only(&["name", "returns", "requires", "slots", "blocks"])?;
    let mut reader = Reader {
        names,
        function: Function::default(),
        blocks: HashMap::new(),
        values: HashMap::new(),
    };
    reader.function.name = node.field("name")?.text()?.to_owned();
    reader.function.returns = node.field("returns")?.some().as_ref().map(ty).transpose()?;
    reader.function.requires = names.locks(&node.field("requires")?)?;
    reader.function.slots = node.field("slots")?.number()?;
    let mut insts = Vec::new();
    let blocks = node.field("blocks")?.list()?;
    for block in &blocks {
        reader.defines(block, &mut insts)?;
    }
    for (at, block) in blocks.iter().enumerate() {
        reader.ends(Block::from_u32(at as u32), block)?;
    }
    for (node, inst) in &insts {
        let args = reader.args(&node.field("args")?)?;
        reader.function.insts[inst.0].args = args;
    }
    Ok(reader.function)
}

struct Reader<'a, 'j> {
    names: &'a Names<'j>,
    function: Function,
    /// What the document calls them.
    blocks: HashMap<u32, Block>,
    values: HashMap<u32, Value>,
}

impl Reader<'_, '_> {
    /// Adds a block with what it defines.
    fn defines<'n>(&mut self, node: &Node<'n>, insts: &mut Vec<(Node<'n>, Inst)>) -> Result<()> {
        node.only(&["id", "params", "catch", "instructions", "terminator"])?;
        let block = self.function.add_block();
        let id = node.field("id")?;
        if self.blocks.insert(id.number()?, block).is_some() {
            return Err(id.error("this block stands twice"));
        }
        for param in node.field("params")?.list()? {
            let value = self.function.add_param(block, ty(&param.field("type")?)?, None);
            self.defined(&param, value)?;
        }
        for node in node.field("instructions")?.list()? {
            let inst = self.inst(block, &node)?;
            insts.push((node, inst));
        }
        Ok(())
    }

    fn defined(&mut self, node: &Node<'_>, value: Value) -> Result<()> {
        node.only(&["id", "type", "name"])?;
        let id = node.field("id")?;
        if self.values.insert(id.number()?, value).is_some() {
            return Err(id.error("this value is defined twice"));
        }
        if let Some(name) = node.field("name")?.some() {
            self.function.values[value.0].name = Some(name.text()?.into());
        }
        Ok(())
    }

    /// Adds an instruction without operands.
    fn inst(&mut self, block: Block, node: &Node<'_>) -> Result<Inst> {
        node.only(&["opcode", "immediate", "args", "result", "slot", "near", "location"])?;
        let opcode = node.field("opcode")?.named("instruction", Opcode::from_name)?;
        let immediate = self.immediate(opcode, &node.field("immediate")?)?;
        let result = node.field("result")?.some();
        let gives = result.as_ref().map(|node| ty(&node.field("type")?)).transpose()?;
        let location = location(node.field("location")?)?;
        let inst = self.function.append(block, opcode, immediate, Vec::new(), gives, location);
        if let (Some(node), Some(value)) = (&result, self.function.inst(inst).result) {
            debug_assert_eq!(self.function.value(value).def, ValueDef::Result(inst));
            self.defined(node, value)?;
        }
        let slot = node.field("slot")?.some().map(|slot| slot.number()).transpose()?;
        let near = node.field("near")?.some().map(|near| near.text().map(Box::from)).transpose()?;
        let data = &mut self.function.insts[inst.0];
        (data.slot, data.near) = (slot, near);
        Ok(inst)
    }

    fn immediate(&self, opcode: Opcode, node: &Node<'_>) -> Result<Immediate> {
        Ok(match opcode.info().immediate {
            ImmediateKind::None => match node.clone().some() {
                None => Immediate::None,
                Some(_) => return Err(node.error(format!("`{}` takes none", opcode.name()))),
            },
            ImmediateKind::Int => Immediate::Int(node.integer()?),
            ImmediateKind::Text => Immediate::Text(node.bytes()?),
            ImmediateKind::Index => Immediate::Index(node.number()?),
            ImmediateKind::Global => {
                node.only(&["global"])?;
                Immediate::Global(self.names.global(&node.field("global")?)?)
            }
            ImmediateKind::Func => {
                node.only(&["function"])?;
                Immediate::Func(self.names.function(&node.field("function")?)?)
            }
            ImmediateKind::Helper => {
                node.only(&["helper"])?;
                let name = node.field("helper")?;
                let helper = Helper::named(name.text()?);
                Immediate::Helper(helper.ok_or_else(|| name.error("there is no such helper"))?)
            }
            ImmediateKind::Format => {
                node.only(&["format"])?;
                let text = node.field("format")?;
                let format = Format::parse(&text.bytes()?);
                Immediate::Format(format.map_err(|error| text.error(error.message))?)
            }
            ImmediateKind::Iterate => {
                node.only(&["global", "by", "key", "descending"])?;
                Immediate::Iterate(self.names.global(&node.field("global")?)?, order(node)?)
            }
            ImmediateKind::Locks => {
                node.only(&["locks"])?;
                Immediate::Locks(self.names.locks(&node.field("locks")?)?)
            }
        })
    }

    /// Where control goes from a block.
    fn ends(&mut self, block: Block, node: &Node<'_>) -> Result<()> {
        let catch = node.field("catch")?.some().map(|catch| self.block(&catch)).transpose()?;
        let end = node.field("terminator")?.some();
        let terminator = end.map(|end| self.terminator(&end)).transpose()?;
        let data = self.function.block_mut(block);
        (data.catch, data.terminator) = (catch, terminator);
        Ok(())
    }

    fn terminator(&self, node: &Node<'_>) -> Result<Terminator> {
        let kind = node.field("kind")?;
        let (fields, terminator): (&[&str], _) = match kind.text()? {
            "jump" => (&["kind", "to"], Terminator::Jump(self.edge(&node.field("to")?)?)),
            "branch" => (
                &["kind", "condition", "then", "else"],
                Terminator::Branch(
                    self.value(&node.field("condition")?)?,
                    self.edge(&node.field("then")?)?,
                    self.edge(&node.field("else")?)?,
                ),
            ),
            "return" => {
                let value = node.field("value")?.some();
                let value = value.map(|value| self.value(&value)).transpose()?;
                (&["kind", "value"], Terminator::Return(value))
            }
            "raise" => (&["kind"], Terminator::Raise),
            other => return Err(kind.error(format!("there is no end `{other}`"))),
        };
        node.only(fields).map(|()| terminator)
    }

    fn edge(&self, node: &Node<'_>) -> Result<Edge> {
        node.only(&["block", "args"])?;
        Ok(Edge {
            block: self.block(&node.field("block")?)?,
            args: self.args(&node.field("args")?)?,
        })
    }

    fn args(&self, node: &Node<'_>) -> Result<Vec<Value>> {
        node.list()?.iter().map(|arg| self.value(arg)).collect()
    }

    fn block(&self, node: &Node<'_>) -> Result<Block> {
        let id = node.number()?;
        self.blocks.get(&id).copied().ok_or_else(|| node.error(format!("there is no block {id}")))
    }

    fn value(&self, node: &Node<'_>) -> Result<Value> {
        let id = node.number()?;
        self.values.get(&id).copied().ok_or_else(|| node.error(format!("there is no value {id}")))
    }
}

fn order(node: &Node<'_>) -> Result<Order> {
    let by = node.field("by")?;
    let key = node.field("key")?;
    let by = match by.text()? {
        "key" => OrderBy::Key(key.number()?),
        _ if key.clone().some().is_some() => {
            return Err(key.error("only the order by `key` has one"));
        }
        _ => by.named("order", |name| {
            OrderBy::NAMED.iter().find(|(known, _)| *known == name).map(|(_, by)| *by)
        })?,
    };
    Ok(Order { by, descending: node.field("descending")?.flag()? })
}

pub(super) fn location(node: Node<'_>) -> Result<Location> {
    let Some(node) = node.some() else { return Ok(Location::default()) };
    node.only(&["file", "line", "column"])?;
    let number = |name| node.field(name)?.number();
    Ok(Location { file: number("file")?, line: number("line")?, column: number("column")? })
}

//! What an instruction's text carries beside operands, by what its opcode asks for.

use stapc_ir::{Helper, Immediate, ImmediateKind, Opcode, Order, OrderBy, format::Format};

use crate::{
    TextError,
    body::locks,
    line::{Node, Rule},
    module::Names,
};

type Result<T> = std::result::Result<T, TextError>;

/// The immediate of an instruction's line.
pub fn immediate(line: &Node<'_>, opcode: Opcode, names: &Names) -> Result<Immediate> {
    let kind = opcode.info().immediate;
    let written = line.part(Rule::immediate);
    let inner = written.as_ref().and_then(|node| node.parts().next());
    let (Some(node), Some(written)) = (inner, written) else {
        return match kind {
            ImmediateKind::None => Ok(Immediate::None),
            ImmediateKind::Locks => Ok(Immediate::Locks(Vec::new())),
            _ => Err(line.error(format!("`{}` takes {}", opcode.name(), wanted(kind)))),
        };
    };
    Ok(match (kind, node.rule()) {
        (ImmediateKind::Int, Rule::integer) => Immediate::Int(node.number()?),
        (ImmediateKind::Index, Rule::integer) => Immediate::Index(node.number()?),
        (ImmediateKind::Text, Rule::string) => Immediate::Text(node.bytes()?),
        (ImmediateKind::Global, Rule::global_name) => Immediate::Global(names.global(&node)?),
        (ImmediateKind::Func, Rule::function_name) => Immediate::Func(names.function(&node)?),
        (ImmediateKind::Helper, Rule::helper_name) => Immediate::Helper(helper(&node)?),
        (ImmediateKind::Format, Rule::string) => Immediate::Format(
            Format::parse(&node.bytes()?).map_err(|error| node.error(error.message))?,
        ),
        (ImmediateKind::Iterate, Rule::iterate) => {
            Immediate::Iterate(names.global(&node)?, order(&node)?)
        }
        (ImmediateKind::Locks, Rule::locks) => Immediate::Locks(locks(&written, names)?),
        _ => return Err(node.error(format!("`{}` takes {}", opcode.name(), wanted(kind)))),
    })
}

fn wanted(kind: ImmediateKind) -> &'static str {
    match kind {
        ImmediateKind::None => "no immediate",
        ImmediateKind::Int => "an integer",
        ImmediateKind::Text => "a string",
        ImmediateKind::Index => "a small number",
        ImmediateKind::Global => "a global",
        ImmediateKind::Func => "a function",
        ImmediateKind::Helper => "a helper",
        ImmediateKind::Format => "a format",
        ImmediateKind::Iterate => "a map and an order",
        ImmediateKind::Locks => "globals and how each is locked",
    }
}

fn helper(node: &Node<'_>) -> Result<Helper> {
    let name = node.text().trim_start_matches('!');
    Helper::named(name).ok_or_else(|| node.error(format!("there is no helper `{name}`")))
}

fn order(node: &Node<'_>) -> Result<Order> {
    let by = match (node.part(Rule::by_key), node.part(Rule::by)) {
        (Some(key), _) => OrderBy::Key(key.numbers()?.pop().unwrap_or_default()),
        (None, by) => {
            let name = by.as_ref().map_or("", Node::text);
            OrderBy::NAMED
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(OrderBy::Unsorted, |(_, by)| *by)
        }
    };
    Ok(Order {
        by,
        descending: node.part(Rule::direction).is_some_and(|direction| direction.text() == "down"),
    })
}

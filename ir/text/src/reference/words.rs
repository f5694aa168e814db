//! What the table of instructions says, in words.

use stapc_ir::{ImmediateKind, Operands, ResultKind, Type};

pub fn immediate(kind: ImmediateKind) -> &'static str {
    match kind {
        ImmediateKind::None => "",
        ImmediateKind::Int => "an integer",
        ImmediateKind::Text => "a string",
        ImmediateKind::Index => "a small number",
        ImmediateKind::Global => "a global",
        ImmediateKind::Func => "a function",
        ImmediateKind::Helper => "a helper",
        ImmediateKind::Format => "a format",
        ImmediateKind::Iterate => "a map, an order, a direction",
        ImmediateKind::Locks => "globals, each with a mode",
    }
}

pub fn operands(operands: Operands) -> String {
    match operands {
        Operands::Fixed(types) => types.iter().map(|ty| code(*ty)).collect::<Vec<_>>().join(", "),
        Operands::Keys => "the map's keys (none if it is no map)".to_owned(),
        Operands::KeysThenValue => "the map's keys, a value for it".to_owned(),
        Operands::KeysThenInt => "the map's keys (none if it is no map), `i64`".to_owned(),
        Operands::ElemKeysThenValue => "`elem`, its keys, a value for it".to_owned(),
        Operands::Format => "what the format takes".to_owned(),
        Operands::Call => "the function's parameters".to_owned(),
        Operands::Helper => "the helper's parameters".to_owned(),
        Operands::External => "the external's parameters".to_owned(),
    }
}

pub fn result(result: ResultKind) -> String {
    match result {
        ResultKind::None => String::new(),
        ResultKind::Type(ty) => code(ty),
        ResultKind::GlobalValue => "what the global or map holds".to_owned(),
        ResultKind::Key => "the type of that key".to_owned(),
        ResultKind::Element => "what the map holds".to_owned(),
        ResultKind::Call => "what the function returns".to_owned(),
        ResultKind::Helper => "what the helper gives".to_owned(),
        ResultKind::External => "what the external gives".to_owned(),
    }
}

fn code(ty: Type) -> String {
    format!("`{ty}`")
}

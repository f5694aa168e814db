//! A module to JSON.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use serde_json::{Value as Json, json};

use super::JSON_VERSION;
use crate::{
    entity::{Block, GlobalId, Value},
    events::Field,
    external::External,
    function::{Function, Immediate, InstData, Location, LockMode, OrderBy},
    module::{Attach, Base, Code, Global, Module, Program},
    opcode::Opcode,
    processes::Processes,
    terminator::{Edge, Terminator},
    types::{GlobalKind, Histogram, MapValue, Type},
};

/// All of a module as JSON.
pub fn to_json(module: &Module) -> Json {
    let limits: serde_json::Map<String, Json> = module
        .limits
        .named()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let probe = |probe: &crate::module::Probe| json!({ "attach": probe.attach.name(), "detail": detail(&probe.attach), "point": probe.point, "alias": probe.alias, "if": probe.condition, "handler": module.function(probe.handler).name });
    json!({
        "format": "stapc-ir",
        "version": JSON_VERSION,
        "files": module.files,
        "limits": limits,
        "globals": module.globals.iter().map(|(_, data)| global(data)).collect::<Vec<_>>(),
        "externals": module.externals.iter().map(|data| external(module, data)).collect::<Vec<_>>(),
        "probes": module.probes.iter().map(probe).collect::<Vec<_>>(),
        "functions": module.functions.iter().map(|(_, data)| function(module, data)).collect::<Vec<_>>(),
        "opcodes": opcodes(module),
    })
}

/// The effects of each instruction that the module has, so that readers need no table.
fn opcodes(module: &Module) -> BTreeMap<&'static str, Json> {
    let opcodes =
        module.functions.values().flat_map(Function::placed_insts).map(|inst| inst.opcode);
    let row = |opcode: Opcode| {
        (opcode.name(), json!({ "effects": opcode.effects().names().collect::<Vec<_>>() }))
    };
    opcodes.map(row).collect()
}

fn detail(attach: &Attach) -> Json {
    match attach {
        Attach::Begin(order) | Attach::End(order) | Attach::Error(order) => json!(order),
        Attach::Never => Json::Null,
        Attach::Condition(number) => json!(number),
        Attach::TimerNs(interval, 0) | Attach::TimerJiffies(interval, 0) => json!(interval),
        Attach::TimerNs(interval, spread) | Attach::TimerJiffies(interval, spread) => {
            json!([interval, spread])
        }
        Attach::Event(event) => event.fields().iter().map(field).collect(),
        Attach::Entry(code)
        | Attach::Call(code)
        | Attach::Statement(code)
        | Attach::Trace(code) => place(code),
        Attach::Return(code, active) => {
            let mut place = place(code);
            place["active"] = json!(active);
            place
        }
        Attach::Process(_, processes) => self::processes(processes),
    }
}

/// A detail of an event.
fn field(field: &Field) -> Json {
    match field {
        Field::Number(number) => json!(number),
        Field::Text(text) => json!(text),
    }
}

fn place(code: &Code) -> Json {
    let mut place = json!({ "function": code.function, "offset": code.offset });
    match &code.base {
        Base::Nothing => {}
        Base::Symbol(symbol) => place["symbol"] = json!(symbol),
        Base::Program(Program { path, semaphore, processes }) => {
            let processes = self::processes(processes);
            place["program"] =
                json!({ "path": path, "semaphore": semaphore, "processes": processes });
        }
    }
    place
}

fn processes(processes: &Processes) -> Json {
    match processes {
        Processes::All => Json::Null,
        Processes::Executing(path) => json!(path),
        Processes::One(pid) => json!(pid),
    }
}

fn histogram(histogram: Histogram) -> Json {
    match histogram {
        Histogram::None => Json::Null,
        Histogram::Log => json!({ "kind": "log" }),
        Histogram::Linear { low, high, width } => {
            json!({ "kind": "linear", "low": low, "high": high, "width": width })
        }
    }
}

fn global(global: &Global) -> Json {
    let kind = match &global.kind {
        GlobalKind::I64(init) => json!({ "kind": "i64", "init": init }),
        GlobalKind::Str(init) => json!({ "kind": "str", "init": bytes(init) }),
        GlobalKind::Stat(shape) => json!({ "kind": "stat", "histogram": histogram(*shape) }),
        GlobalKind::Map { keys, value, capacity, wrap } => {
            let keys: Vec<&str> = keys.iter().map(|key| key.name()).collect();
            let (value, shape) = match value {
                MapValue::I64 => ("i64", Json::Null),
                MapValue::Str => ("str", Json::Null),
                MapValue::Stat(shape) => ("stat", histogram(*shape)),
            };
            json!({ "kind": "map", "keys": keys, "value": value, "histogram": shape, "capacity": capacity, "wrap": wrap })
        }
    };
    json!({ "name": global.name, "type": kind, "percpu": global.percpu })
}

fn external(module: &Module, external: &External) -> Json {
    let param = |(name, ty): &(String, Type)| json!({ "name": name, "type": ty.name() });
    let globals = external.globals.iter().map(|&global| module.global(global).name.as_str());
    json!({
        "name": external.name,
        "form": external.form.name(),
        "params": external.params.iter().map(param).collect::<Vec<_>>(),
        "returns": external.returns.map(|ty| ty.name()),
        "globals": globals.collect::<Vec<_>>(),
        "code": bytes(&external.code),
        "location": location(external.location),
    })
}

/// Where something stands; null where that is nowhere.
fn location(place: Location) -> Json {
    match place.line {
        0 => Json::Null,
        _ => json!({ "file": place.file, "line": place.line, "column": place.column }),
    }
}

fn function(module: &Module, function: &Function) -> Json {
    let value = |value: Value| json!({ "id": value.as_u32(), "type": function.ty(value).name(), "name": function.value(value).name });
    let block = |&id: &Block| {
        let data = function.block(id);
        json!({
            "id": id.as_u32(),
            "params": data.params.iter().map(|&param| value(param)).collect::<Vec<_>>(),
            "catch": data.catch.map(Block::as_u32),
            "instructions": data.insts.iter().map(|&inst| instruction(module, function.inst(inst), &value)).collect::<Vec<_>>(),
            "terminator": data.terminator.as_ref().map(terminator),
        })
    };
    json!({
        "name": function.name,
        "returns": function.returns.map(|ty| ty.name()),
        "requires": locks(module, &function.requires),
        "slots": function.slots,
        "blocks": function.layout.iter().map(block).collect::<Vec<_>>(),
    })
}

fn locks(module: &Module, locks: &[(GlobalId, LockMode)]) -> Json {
    locks
        .iter()
        .map(|(global, mode)| json!({ "global": module.global(*global).name, "mode": mode.name() }))
        .collect()
}

fn instruction(module: &Module, inst: &InstData, value: &impl Fn(Value) -> Json) -> Json {
    json!({
        "opcode": inst.opcode.name(),
        "immediate": immediate(module, &inst.immediate),
        "args": inst.args.iter().map(|arg| arg.as_u32()).collect::<Vec<_>>(),
        "result": inst.result.map(value),
        "slot": inst.slot,
        "near": inst.near,
        "location": location(inst.location),
    })
}

fn immediate(module: &Module, immediate: &Immediate) -> Json {
    match immediate {
        Immediate::None => Json::Null,
        Immediate::Int(value) => json!(value),
        Immediate::Text(text) => bytes(text),
        Immediate::Index(index) => json!(index),
        Immediate::Global(global) => json!({ "global": module.global(*global).name }),
        Immediate::Func(function) => json!({ "function": module.function(*function).name }),
        Immediate::Helper(helper) => json!({ "helper": helper.name() }),
        Immediate::Format(format) => json!({ "format": bytes(&format.text()) }),
        Immediate::Iterate(global, order) => {
            let (by, key) = match order.by {
                OrderBy::Key(position) => ("key", json!(position)),
                by => (
                    OrderBy::NAMED
                        .iter()
                        .find(|(_, named)| *named == by)
                        .map_or("unsorted", |(name, _)| name),
                    Json::Null,
                ),
            };
            json!({ "global": module.global(*global).name, "by": by, "key": key, "descending": order.descending })
        }
        Immediate::Locks(list) => json!({ "locks": locks(module, list) }),
    }
}

/// Text; the bytes, where it is no UTF-8.
fn bytes(text: &BString) -> Json {
    text.to_str().map_or_else(|_| json!(text.to_vec()), |text| json!(text))
}

fn terminator(terminator: &Terminator) -> Json {
    let edge = |edge: &Edge| json!({ "block": edge.block.as_u32(), "args": edge.args.iter().map(|arg| arg.as_u32()).collect::<Vec<_>>() });
    match terminator {
        Terminator::Jump(to) => json!({ "kind": "jump", "to": edge(to) }),
        Terminator::Branch(condition, then, otherwise) => {
            json!({ "kind": "branch", "condition": condition.as_u32(), "then": edge(then), "else": edge(otherwise) })
        }
        Terminator::Return(value) => json!({ "kind": "return", "value": value.map(Value::as_u32) }),
        Terminator::Raise => json!({ "kind": "raise" }),
    }
}

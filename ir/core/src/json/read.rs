//! JSON to a module: the inverse of [`to_json`](super::to_json).
//!
//! Values, blocks and instructions are numbered anew, in the order in which they stand; the text of the
//! module is the same. Whether it is in order is for the verifier to say.

mod body;

use std::collections::HashMap;

use serde_json::Value as Json;

use super::{
    JSON_VERSION,
    node::{JsonError, Node, Result},
};
use crate::{
    entity::{FuncId, GlobalId},
    events::{Event, Field},
    external::{External, Form},
    function::LockMode,
    module::{Attach, Base, Code, Global, Limits, Module, Probe, Program},
    processes::{ProcessEvent, Processes},
    types::{GlobalKind, Histogram, MapValue, Type},
};

/// The module that a document describes.
///
/// # Errors
/// The first thing wrong with it. `opcodes` is not looked at: it says what this crate knows.
pub fn from_json(json: &Json) -> std::result::Result<Module, JsonError> {
    let root = Node::root(json);
    root.only(&[
        "format",
        "version",
        "files",
        "limits",
        "globals",
        "externals",
        "probes",
        "functions",
        "opcodes",
    ])?;
    let format = root.field("format")?;
    if format.text()? != "stapc-ir" {
        return Err(format.error("expected `stapc-ir`"));
    }
    let version = root.field("version")?;
    if version.number()? != JSON_VERSION {
        return Err(version.error(format!("only version {JSON_VERSION} is known")));
    }
    let mut module = Module { limits: limits(&root.field("limits")?)?, ..Module::default() };
    for file in root.field("files")?.list()? {
        module.files.push(file.text()?.to_owned());
    }
    let names = Names::of(&root)?;
    for node in root.field("globals")?.list()? {
        module.globals.alloc(global(&node)?);
    }
    for node in root.field("externals")?.list()? {
        module.externals.push(external(&node, &names)?);
    }
    for node in root.field("functions")?.list()? {
        module.functions.alloc(body::function(&node, &names)?);
    }
    for node in root.field("probes")?.list()? {
        module.probes.push(probe(&node, &names)?);
    }
    Ok(module)
}

/// What names stand for.
struct Names<'j> {
    globals: HashMap<&'j str, GlobalId>,
    functions: HashMap<&'j str, FuncId>,
}

impl<'j> Names<'j> {
    fn of(root: &Node<'j>) -> Result<Self> {
        Ok(Self {
            globals: names(&root.field("globals")?, GlobalId::from_u32)?,
            functions: names(&root.field("functions")?, FuncId::from_u32)?,
        })
    }

    fn global(&self, node: &Node<'_>) -> Result<GlobalId> {
        node.named("global", |name| self.globals.get(name).copied())
    }

    fn function(&self, node: &Node<'_>) -> Result<FuncId> {
        node.named("function", |name| self.functions.get(name).copied())
    }

    fn locks(&self, node: &Node<'_>) -> Result<Vec<(GlobalId, LockMode)>> {
        let lock = |node: Node<'_>| {
            node.only(&["global", "mode"])?;
            let modes = [LockMode::Read, LockMode::Write];
            let mode = node
                .field("mode")?
                .named("mode", |name| modes.into_iter().find(|mode| mode.name() == name))?;
            Ok((self.global(&node.field("global")?)?, mode))
        };
        node.list()?.into_iter().map(lock).collect()
    }
}

fn names<'j, T>(list: &Node<'j>, handle: fn(u32) -> T) -> Result<HashMap<&'j str, T>> {
    let mut names = HashMap::new();
    for (at, item) in list.list()?.into_iter().enumerate() {
        let node = item.field("name")?;
        let name = node.text()?;
        if names.insert(name, handle(at as u32)).is_some() {
            return Err(node.error(format!("`{name}` stands twice")));
        }
    }
    Ok(names)
}

fn limits(node: &Node<'_>) -> Result<Limits> {
    let mut limits = Limits::default();
    let known = limits.named().map(|(name, _)| name);
    node.only(&known)?;
    for name in known {
        let value = node.field(name)?.number()?;
        if let Some(limit) = limits.by_name(name) {
            *limit = value;
        }
    }
    Ok(limits)
}

fn ty(node: &Node<'_>) -> Result<Type> {
    node.named("type", Type::from_name)
}

fn global(node: &Node<'_>) -> Result<Global> {
    node.only(&["name", "type", "percpu"])?;
    Ok(Global {
        name: node.field("name")?.text()?.to_owned(),
        kind: kind(&node.field("type")?)?,
        percpu: node.field("percpu")?.flag()?,
    })
}

fn external(node: &Node<'_>, names: &Names<'_>) -> Result<External> {
    node.only(&["name", "form", "params", "returns", "globals", "code", "location"])?;
    let param = |node: &Node<'_>| {
        node.only(&["name", "type"])?;
        Ok((node.field("name")?.text()?.to_owned(), ty(&node.field("type")?)?))
    };
    Ok(External {
        name: node.field("name")?.text()?.to_owned(),
        form: node.field("form")?.named("form", Form::from_name)?,
        params: node.field("params")?.list()?.iter().map(param).collect::<Result<_>>()?,
        returns: node.field("returns")?.some().map(|node| ty(&node)).transpose()?,
        globals: node
            .field("globals")?
            .list()?
            .iter()
            .map(|node| names.global(node))
            .collect::<Result<_>>()?,
        code: node.field("code")?.bytes()?,
        location: body::location(node.field("location")?)?,
    })
}

fn kind(node: &Node<'_>) -> Result<GlobalKind> {
    let kind = node.field("kind")?;
    let fields: &[&str] = match kind.text()? {
        "i64" | "str" => &["kind", "init"],
        "stat" => &["kind", "histogram"],
        _ => &["kind", "keys", "value", "histogram", "capacity", "wrap"],
    };
    node.only(fields)?;
    Ok(match kind.text()? {
        "i64" => GlobalKind::I64(node.field("init")?.integer()?),
        "str" => GlobalKind::Str(node.field("init")?.bytes()?),
        "stat" => GlobalKind::Stat(histogram(node.field("histogram")?)?),
        "map" => GlobalKind::Map {
            keys: node.field("keys")?.list()?.iter().map(ty).collect::<Result<_>>()?,
            value: map_value(node)?,
            capacity: node.field("capacity")?.number()?,
            wrap: node.field("wrap")?.flag()?,
        },
        other => return Err(kind.error(format!("there is no kind `{other}`"))),
    })
}

fn map_value(node: &Node<'_>) -> Result<MapValue> {
    let shape = node.field("histogram")?;
    let value = node.field("value")?;
    Ok(match value.text()? {
        "stat" => MapValue::Stat(histogram(shape)?),
        _ if shape.clone().some().is_some() => {
            return Err(shape.error("only aggregates have a histogram"));
        }
        "i64" => MapValue::I64,
        "str" => MapValue::Str,
        other => return Err(value.error(format!("a map cannot hold `{other}`"))),
    })
}

fn histogram(node: Node<'_>) -> Result<Histogram> {
    let Some(node) = node.some() else { return Ok(Histogram::None) };
    let kind = node.field("kind")?;
    match kind.text()? {
        "log" => node.only(&["kind"]).map(|()| Histogram::Log),
        "linear" => {
            node.only(&["kind", "low", "high", "width"])?;
            let bound = |name| node.field(name)?.integer();
            Ok(Histogram::Linear {
                low: bound("low")?,
                high: bound("high")?,
                width: bound("width")?,
            })
        }
        other => Err(kind.error(format!("there is no histogram `{other}`"))),
    }
}

fn probe(node: &Node<'_>, names: &Names<'_>) -> Result<Probe> {
    node.only(&["attach", "detail", "point", "alias", "if", "handler"])?;
    Ok(Probe {
        attach: attach(node)?,
        point: node.field("point")?.text()?.to_owned(),
        alias: match node.field("alias")?.some() {
            Some(alias) => Some(alias.text()?.to_owned()),
            None => None,
        },
        condition: node.field("if")?.some().map(|number| number.number()).transpose()?,
        handler: names.function(&node.field("handler")?)?,
    })
}

/// A place in code; `more` are other fields of the node.
fn code(node: &Node<'_>, more: &[&str]) -> Result<Code> {
    let (symbol, of_program) = (node.field("symbol").ok(), node.field("program").ok());
    let (base, named): (_, &[&str]) = match (symbol, of_program) {
        (_, Some(of)) => (Base::Program(program(&of)?), &["program"]),
        (Some(symbol), None) => (Base::Symbol(symbol.text()?.to_owned()), &["symbol"]),
        (None, None) => (Base::Nothing, &[]),
    };
    node.only(&[&["function", "offset"], named, more].concat())?;
    let function = node.field("function")?.text()?.to_owned();
    Ok(Code { function, base, offset: node.field("offset")?.unsigned()? })
}

fn program(node: &Node<'_>) -> Result<Program> {
    node.only(&["path", "semaphore", "processes"])?;
    Ok(Program {
        path: node.field("path")?.text()?.to_owned(),
        semaphore: node.field("semaphore")?.unsigned()?,
        processes: processes(node.field("processes")?)?,
    })
}

fn processes(node: Node<'_>) -> Result<Processes> {
    Ok(match node.some() {
        None => Processes::All,
        Some(pid) if pid.is_number() => Processes::One(pid.number()?),
        Some(path) => Processes::Executing(path.text()?.to_owned()),
    })
}

fn attach(node: &Node<'_>) -> Result<Attach> {
    let (attach, detail) = (node.field("attach")?, node.field("detail")?);
    Ok(match attach.text()? {
        "begin" => Attach::Begin(detail.integer()?),
        "end" => Attach::End(detail.integer()?),
        "error" => Attach::Error(detail.integer()?),
        "never" => match detail.some() {
            None => Attach::Never,
            Some(detail) => return Err(detail.error("`never` has no detail")),
        },
        "condition" => Attach::Condition(detail.number()?),
        "timer.ns" => interval(&detail, Attach::TimerNs)?,
        "timer.jiffies" => interval(&detail, Attach::TimerJiffies)?,
        "entry" => Attach::Entry(code(&detail, &[])?),
        "call" => Attach::Call(code(&detail, &[])?),
        "return" => {
            let active = detail.field("active")?;
            let few = |_| active.error("too many calls");
            Attach::Return(
                code(&detail, &["active"])?,
                u32::try_from(active.unsigned()?).map_err(few)?,
            )
        }
        "statement" => Attach::Statement(code(&detail, &[])?),
        "trace" => Attach::Trace(code(&detail, &[])?),
        name if Event::NAMES.contains(&name) => {
            let fields = detail.list()?.iter().map(field).collect::<Result<Vec<_>>>()?;
            let event = Event::of(name, &fields);
            Attach::Event(event.ok_or_else(|| detail.error(format!("not what `{name}` has")))?)
        }
        other => match ProcessEvent::named(other) {
            Some(event) => Attach::Process(event, processes(detail)?),
            None => return Err(attach.error(format!("there is no probe point `{other}`"))),
        },
    })
}

/// The interval of a timer, alone or in a list with how much it varies.
fn interval(detail: &Node<'_>, timer: fn(u64, u64) -> Attach) -> Result<Attach> {
    match detail.list() {
        Err(_) => Ok(timer(detail.unsigned()?, 0)),
        Ok(both) => match both.as_slice() {
            [interval, spread] => Ok(timer(interval.unsigned()?, spread.unsigned()?)),
            _ => Err(detail.error("expected an interval and how much it varies")),
        },
    }
}

fn field(detail: &Node<'_>) -> Result<Field> {
    match detail.text() {
        Ok(text) => Ok(Field::Text(text.to_owned())),
        Err(_) => detail.integer().map(Field::Number),
    }
}

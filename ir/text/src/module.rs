//! The lines of a text to a module: files, limits, globals and probes.

use std::{collections::HashMap, str::FromStr};

use bstr::BString;
use stapc_ir::{
    Attach, Base, Code, Event, External, Field, Form, FuncId, Global, GlobalId, GlobalKind,
    Histogram, Location, MapValue, Module, Probe, ProcessEvent, Processes, Program, Type,
};

use crate::{
    TextError, body,
    line::{Node, Rule},
};

type Result<T> = std::result::Result<T, TextError>;

/// What names stand for.
#[derive(Debug, Default)]
pub struct Names {
    globals: HashMap<String, GlobalId>,
    functions: HashMap<String, FuncId>,
}

impl Names {
    /// The global that a name, or a node with a name in it, stands for.
    pub fn global(&self, node: &Node<'_>) -> Result<GlobalId> {
        let name = node.string()?;
        self.globals
            .get(&name)
            .copied()
            .ok_or_else(|| node.error(format!("there is no global @{name}")))
    }

    /// Likewise a function.
    pub fn function(&self, node: &Node<'_>) -> Result<FuncId> {
        let name = node.string()?;
        self.functions
            .get(&name)
            .copied()
            .ok_or_else(|| node.error(format!("there is no function %{name}")))
    }
}

/// Makes a module of all lines that make sense.
pub fn build(lines: &[Node<'_>], errors: &mut Vec<TextError>) -> Module {
    let mut module = Module::default();
    let names = names(lines, errors);
    version(lines, errors);
    let mut limits = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let done = match line.rule() {
            Rule::version if index > 0 => Err(line.error("the version stands first")),
            Rule::file => line.string().map(|file| module.files.push(file)),
            Rule::limit => limit(line, &mut module, &mut limits),
            Rule::global => global(line).map(|global| {
                module.globals.alloc(global);
            }),
            Rule::external => {
                external(line, &names).map(|external| module.externals.push(external))
            }
            Rule::probe => probe(line, &names).map(|probe| module.probes.push(probe)),
            _ => Ok(()),
        };
        errors.extend(done.err());
    }
    body::functions(lines, &names, &mut module, errors);
    module
}

fn version(lines: &[Node<'_>], errors: &mut Vec<TextError>) {
    match lines.first() {
        None => {
            errors.push(TextError { line: 1, column: 1, message: "the text is empty".to_owned() })
        }
        Some(first) if first.rule() != Rule::version => {
            errors.push(first.error("the text does not begin with `stapc-ir 1`"))
        }
        Some(first) if first.numbers::<u32>().is_ok_and(|numbers| numbers == [1]) => {}
        Some(first) => errors.push(first.error("only version 1 is known")),
    }
}

/// Names may be used before they are defined.
fn names(lines: &[Node<'_>], errors: &mut Vec<TextError>) -> Names {
    let mut names = Names::default();
    let (mut globals, mut functions) = (0, 0);
    for line in lines {
        let Some(node) = line.parts().next() else { continue };
        let Ok(name) = node.string() else { continue };
        let twice = match line.rule() {
            Rule::global => {
                globals += 1;
                names.globals.insert(name, GlobalId::from_u32(globals - 1)).is_some()
            }
            Rule::function => {
                functions += 1;
                names.functions.insert(name, FuncId::from_u32(functions - 1)).is_some()
            }
            _ => false,
        };
        if twice {
            errors.push(node.error(format!("{} stands twice", node.text())));
        }
    }
    names
}

fn limit(line: &Node<'_>, module: &mut Module, seen: &mut Vec<String>) -> Result<()> {
    let name = line.string()?;
    let value = number(line)?;
    if seen.contains(&name) {
        return Err(line.error(format!("the limit {name} stands twice")));
    }
    let limit = module
        .limits
        .by_name(&name)
        .ok_or_else(|| line.error(format!("there is no limit {name}")))?;
    *limit = value;
    seen.push(name);
    Ok(())
}

fn global(line: &Node<'_>) -> Result<Global> {
    let mut parts = line.parts();
    let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
        return Err(line.error("a global has a name and a type"));
    };
    let kind = match kind.rule() {
        Rule::scalar => GlobalKind::I64(number(&kind)?),
        Rule::text => GlobalKind::Str(kind.bytes()?),
        Rule::stat => GlobalKind::Stat(histogram(&kind)?),
        _ => map(&kind)?,
    };
    Ok(Global { name: name.string()?, kind, percpu: line.part(Rule::percpu).is_some() })
}

fn map(node: &Node<'_>) -> Result<GlobalKind> {
    let keys = node
        .part(Rule::types)
        .map(|types| types.parts().map(|key| ty(&key)).collect::<Result<_>>())
        .transpose()?;
    let value = match (node.part(Rule::stat), node.part(Rule::ty)) {
        (Some(stat), _) => MapValue::Stat(histogram(&stat)?),
        (None, Some(node)) => match ty(&node)? {
            Type::I64 => MapValue::I64,
            Type::Str => MapValue::Str,
            other => return Err(node.error(format!("a map cannot hold {other}"))),
        },
        (None, None) => return Err(node.error("a map holds something")),
    };
    let capacity = number(node)?;
    Ok(GlobalKind::Map {
        keys: keys.unwrap_or_default(),
        value,
        capacity,
        wrap: node.part(Rule::wrap).is_some(),
    })
}

fn histogram(stat: &Node<'_>) -> Result<Histogram> {
    let Some(linear) = stat.part(Rule::linear) else {
        return Ok(if stat.part(Rule::log).is_some() { Histogram::Log } else { Histogram::None });
    };
    match linear.numbers()?.as_slice() {
        &[low, high, width] => Ok(Histogram::Linear { low, high, width }),
        _ => Err(linear.error("expected three numbers")),
    }
}

/// The type that a node names.
pub fn ty(node: &Node<'_>) -> Result<Type> {
    Type::from_name(node.text()).ok_or_else(|| node.error("this is no type"))
}

fn external(line: &Node<'_>, names: &Names) -> Result<External> {
    let mut external = External {
        name: line.string()?,
        form: Form::Declarations,
        params: Vec::new(),
        returns: None,
        globals: Vec::new(),
        code: BString::default(),
        location: Location::default(),
    };
    for part in line.parts() {
        match part.rule() {
            Rule::form => {
                let unknown = || part.error("this is no form");
                external.form = Form::from_name(part.text()).ok_or_else(unknown)?;
            }
            Rule::takes => {
                external.params = part.parts().map(|part| taken(&part)).collect::<Result<_>>()?
            }
            Rule::returns => {
                external.returns = part.part(Rule::ty).map(|part| ty(&part)).transpose()?
            }
            Rule::uses => {
                let globals = part.parts().map(|part| names.global(&part));
                external.globals = globals.collect::<Result<_>>()?;
            }
            // The last string is the C.
            Rule::string => external.code = part.bytes()?,
            Rule::at => {
                if let [file, line, column] = part.numbers()?[..] {
                    external.location = Location { file, line, column };
                }
            }
            _ => {}
        }
    }
    Ok(external)
}

fn taken(node: &Node<'_>) -> Result<(String, Type)> {
    let ty = match node.part(Rule::ty) {
        Some(part) => ty(&part)?,
        None => return Err(node.error("a parameter has a type")),
    };
    Ok((node.string()?, ty))
}

fn probe(line: &Node<'_>, names: &Names) -> Result<Probe> {
    let alias = line.part(Rule::alias).map(|alias| alias.string()).transpose()?;
    let condition = line.part(Rule::armed).map(|armed| number(&armed)).transpose()?;
    let mut parts = line.parts().filter(|part| !matches!(part.rule(), Rule::alias | Rule::armed));
    let (Some(point), Some(text), Some(handler)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(line.error("a probe has a point, its text, and a handler"));
    };
    let (attach, handler) = (attach(&point)?, names.function(&handler)?);
    Ok(Probe { attach, point: text.string()?, alias, condition, handler })
}

fn attach(node: &Node<'_>) -> Result<Attach> {
    let kind = node.parts().next().map_or("", |kind| kind.text());
    Ok(match (node.rule(), kind) {
        (Rule::ordered, kind) => {
            let order = number(node)?;
            match kind {
                "begin" => Attach::Begin(order),
                "end" => Attach::End(order),
                _ => Attach::Error(order),
            }
        }
        (Rule::timer, kind) => {
            let interval = number(node)?;
            let spread = node.parts().find(|part| part.rule() == Rule::spread);
            let spread = match spread {
                Some(spread) => number(&spread)?,
                None => 0,
            };
            if kind == "timer.ns" {
                Attach::TimerNs(interval, spread)
            } else {
                Attach::TimerJiffies(interval, spread)
            }
        }
        (Rule::place, kind) => {
            let (code, active) = code(node)?;
            match kind {
                "entry" => Attach::Entry(code),
                "call" => Attach::Call(code),
                "statement" => Attach::Statement(code),
                "trace" => Attach::Trace(code),
                _ => Attach::Return(code, active),
            }
        }
        (Rule::happening, kind) => {
            let event = ProcessEvent::named(kind);
            let event = event.ok_or_else(|| node.error("there is no such event"))?;
            Attach::Process(event, processes(node)?)
        }
        (Rule::event, kind) => {
            let fields = node.parts().filter(|part| part.rule() == Rule::field);
            let fields = fields.map(|part| field(&part)).collect::<Result<Vec<_>>>()?;
            let event = Event::of(kind, &fields);
            Attach::Event(event.ok_or_else(|| node.error(format!("not what `{kind}` has")))?)
        }
        (Rule::condition, _) => Attach::Condition(number(node)?),
        _ => Attach::Never,
    })
}

/// The number that a part of a line has.
fn number<T: FromStr + Default>(node: &Node<'_>) -> Result<T> {
    Ok(node.numbers()?.pop().unwrap_or_default())
}

/// A detail of an event.
fn field(node: &Node<'_>) -> Result<Field> {
    match node.parts().next().map(|part| part.rule()) {
        Some(Rule::string) => node.string().map(Field::Text),
        _ => number(node).map(Field::Number),
    }
}

/// The program that a place is in.
fn program(node: &Node<'_>) -> Result<Program> {
    let mut program = Program { path: node.string()?, semaphore: 0, processes: Processes::All };
    if let Some(part) = node.part(Rule::semaphore) {
        program.semaphore = number(&part)?;
    }
    program.processes = processes(node)?;
    Ok(program)
}

/// Whose hits count.
fn processes(node: &Node<'_>) -> Result<Processes> {
    if let Some(part) = node.part(Rule::executing) {
        return Ok(Processes::Executing(part.string()?));
    }
    Ok(match node.part(Rule::process) {
        Some(part) => Processes::One(number(&part)?),
        None => Processes::All,
    })
}

/// A place in code, and how many calls may be under way.
fn code(node: &Node<'_>) -> Result<(Code, u32)> {
    let (mut code, mut active) = (Code::of(""), 0);
    for part in node.parts() {
        match part.rule() {
            Rule::string => code = Code::of(part.string()?),
            Rule::within => {
                code.base = Base::Symbol(part.string()?);
                code.offset = number(&part)?;
            }
            Rule::program => {
                code.offset = number(&part)?;
                code.base = Base::Program(program(&part)?);
            }
            Rule::address => {
                code.offset = number(&part)?;
                code.base = Base::Nothing;
            }
            Rule::active => {
                active = number(&part)?;
            }
            _ => {}
        }
    }
    Ok((code, active))
}

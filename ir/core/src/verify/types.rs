//! Every instruction has the immediate, operands and result that its row of the table says.

use super::{
    Entity, Problems, Rule, Stage,
    error::{Wrong, wrong},
};
use crate::{
    effects::Effects,
    entity::{Block, GlobalId, Value},
    external::External,
    format::{Amount, Format, MAX_WIDTH, Piece},
    function::{Function, Immediate, InstData, OrderBy},
    module::Module,
    opcode::{ImmediateKind, Opcode, Operands, ResultKind},
    terminator::{Edge, Terminator},
    types::{GlobalKind, Histogram, MapValue, Type},
};

/// The most that a `fuel` may take: the sum of any two is no overflow.
const MOST_FUEL: u32 = 1 << 30;

pub(super) fn check(module: &Module, function: &Function, stage: Stage, problems: &mut Problems) {
    let passed = |ty: Type| matches!(ty, Type::I64 | Type::Str);
    if !function
        .params()
        .iter()
        .map(|&param| function.ty(param))
        .chain(function.returns)
        .all(passed)
    {
        problems.add(
            Rule::Signature,
            Entity::Function,
            "takes or returns something else than i64 and str",
        );
    }
    for &block in &function.layout {
        let data = function.block(block);
        for &param in &data.params {
            let what = match function.ty(param) {
                Type::Iter => "an iteration",
                Type::Elem => "an element",
                Type::I64 | Type::Bool | Type::Str => continue,
            };
            problems.add(
                Rule::BlockParam,
                Entity::Block(block),
                format!("{block} has {what} as a parameter"),
            );
        }
        for &inst in &data.insts {
            let data = function.inst(inst);
            if let Err((rule, message)) = check_inst(module, function, data, stage) {
                let name = data.opcode.name();
                problems.add(rule, Entity::Inst(inst), format!("{name} in {block}: {message}"));
            }
        }
        if let Some(terminator) = &data.terminator {
            check_terminator(function, block, terminator, problems);
        }
    }
}

fn check_terminator(
    function: &Function,
    block: Block,
    terminator: &Terminator,
    problems: &mut Problems,
) {
    for Edge { block: to, args } in terminator.edges() {
        let params = &function.block(*to).params;
        if !same_types(function, args, params.iter().map(|&param| function.ty(param))) {
            problems.add(
                Rule::EdgeValues,
                Entity::End(block),
                format!("{block} gives {to} values that do not fit its parameters"),
            );
        }
    }
    match terminator {
        Terminator::Branch(condition, ..) if function.ty(*condition) != Type::Bool => {
            problems.add(
                Rule::BranchCondition,
                Entity::End(block),
                format!("{block} branches on what is no bool"),
            );
        }
        Terminator::Return(value) if value.map(|value| function.ty(value)) != function.returns => {
            problems.add(
                Rule::ReturnValue,
                Entity::End(block),
                format!("{block} returns something else than the function does"),
            );
        }
        _ => {}
    }
}

fn same_types(function: &Function, values: &[Value], types: impl Iterator<Item = Type>) -> bool {
    values.iter().map(|&value| function.ty(value)).eq(types)
}

fn check_inst(
    module: &Module,
    function: &Function,
    inst: &InstData,
    stage: Stage,
) -> Result<(), Wrong> {
    let info = inst.opcode.info();
    if immediate_kind(&inst.immediate) != info.immediate {
        return wrong(Rule::Immediate, "has another immediate than it should");
    }
    check_immediate(module, inst)?;
    let expected = operands(module, inst).map_err(|message| (Rule::Operands, message))?;
    if !same_types(function, &inst.args, expected.iter().copied()) {
        let types = expected.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(", ");
        return wrong(Rule::Operands, format!("takes ({types})"));
    }
    let result = result(module, function, inst).map_err(|message| (Rule::Result, message))?;
    if inst.result.map(|value| function.ty(value)) != result {
        return wrong(Rule::Result, format!("gives {}", result.map_or("nothing", Type::name)));
    }
    check_place(module, inst)?;
    check_element(module, function, inst)?;
    let stores = info.effects.has(Effects::SLOT) && result == Some(Type::Str);
    let stored = match inst.slot {
        Some(slot) => stores && slot < function.slots,
        None => !stores || info.effects.has(Effects::BORROW),
    };
    match stage {
        Stage::Final if !stored => {
            wrong(Rule::Storage, "has no storage for its string, or has some for nothing")
        }
        _ => Ok(()),
    }
}

fn check_place(module: &Module, inst: &InstData) -> Result<(), Wrong> {
    if inst.location.line > 0 && inst.location.file as usize >= module.files.len() {
        return wrong(Rule::Place, "stands in a file that does not exist");
    }
    Ok(())
}

/// The element that an instruction changes was found in its map, under its keys.
fn check_element(module: &Module, function: &Function, inst: &InstData) -> Result<(), Wrong> {
    let (Opcode::ElemSet | Opcode::ElemDel, Immediate::Global(map)) =
        (inst.opcode, &inst.immediate)
    else {
        return Ok(());
    };
    let Some((found, rest)) = inst.args.split_first() else { return Ok(()) };
    if function.map_of(*found) != Some(*map) {
        let name = &module.global(*map).name;
        return wrong(Rule::ElementOrigin, format!("takes an element of another map than @{name}"));
    }
    let keys = function.def(*found).map_or(&[][..], |found| found.args.as_slice());
    if inst.opcode == Opcode::ElemSet && !rest.starts_with(keys) {
        return wrong(Rule::ElementOrigin, "has other keys than the element was looked for under");
    }
    Ok(())
}

fn immediate_kind(immediate: &Immediate) -> ImmediateKind {
    match immediate {
        Immediate::None => ImmediateKind::None,
        Immediate::Int(_) => ImmediateKind::Int,
        Immediate::Text(_) => ImmediateKind::Text,
        Immediate::Index(_) => ImmediateKind::Index,
        Immediate::Global(_) => ImmediateKind::Global,
        Immediate::Func(_) => ImmediateKind::Func,
        Immediate::Helper(_) => ImmediateKind::Helper,
        Immediate::Format(_) => ImmediateKind::Format,
        Immediate::Iterate(..) => ImmediateKind::Iterate,
        Immediate::Locks(_) => ImmediateKind::Locks,
    }
}

/// The global is of the kind that the opcode works on.
fn check_immediate(module: &Module, inst: &InstData) -> Result<(), Wrong> {
    use Opcode::{
        AggAdd, AggAvg, AggBucket, AggClear, AggCount, AggMax, AggMin, AggSum, AggVariance, Arg,
        ElemDel, ElemSet, Fuel, Gload, Gstore, Madd, Mclear, Mdel, Merge, Mfind, Mget, Mhas, Mset,
        PartAdd, PartAgg, PartMadd, PrintHist, Share,
    };
    let kind = |id: &GlobalId| &module.global(*id).kind;
    match (&inst.immediate, inst.opcode) {
        (Immediate::Global(id), opcode) => {
            let kind = kind(id);
            let map = matches!(kind, GlobalKind::Map { .. });
            let fits = match opcode {
                Gload | Gstore => matches!(kind, GlobalKind::I64(_) | GlobalKind::Str(_)),
                Mget | Mset => map && kind.value_type().is_some(),
                Madd => map && kind.value_type() == Some(Type::I64),
                ElemSet => map && kind.value_type().is_some(),
                Mhas | Mdel | Mclear | Mfind | ElemDel => map,
                PartAdd => matches!(kind, GlobalKind::I64(_)),
                PartMadd => map && kind.value_type() == Some(Type::I64),
                PartAgg => kind.histogram().is_some(),
                AggAdd | AggCount | AggSum | AggMin | AggMax | AggAvg | AggVariance => {
                    kind.histogram().is_some()
                }
                PrintHist | AggBucket => {
                    kind.histogram().is_some_and(|histogram| histogram != Histogram::None)
                }
                AggClear => matches!(kind, GlobalKind::Stat(_)),
                Share => kind.histogram().is_none(),
                _ => true,
            };
            let parts = matches!(opcode, PartAdd | PartMadd | PartAgg | Merge);
            if fits && (!parts || module.global(*id).percpu) {
                Ok(())
            } else {
                let name = &module.global(*id).name;
                wrong(Rule::GlobalKind, format!("does not work on @{name}"))
            }
        }
        (Immediate::Iterate(id, order), _) => {
            let GlobalKind::Map { keys, value, .. } = kind(id) else {
                return wrong(Rule::GlobalKind, "visits what is no map");
            };
            let stat = matches!(value, MapValue::Stat(_));
            let fits = match order.by {
                OrderBy::Unsorted => true,
                OrderBy::Key(position) => (position as usize) < keys.len(),
                OrderBy::Value => !stat,
                _ => stat,
            };
            if fits {
                Ok(())
            } else {
                wrong(Rule::GlobalKind, "goes by what the map does not have")
            }
        }
        (Immediate::Index(amount), Fuel) if !(1..=MOST_FUEL).contains(amount) => {
            wrong(Rule::Immediate, format!("takes 1 to {MOST_FUEL}"))
        }
        (Immediate::Text(text), _) if text.contains(&0) => {
            wrong(Rule::TextNul, "has a NUL in its text")
        }
        (Immediate::Format(format), _) => check_format(format),
        (Immediate::Helper(helper), opcode) if helper.info().class.opcode() != opcode => {
            let (name, right) = (helper.name(), helper.info().class.opcode().name());
            wrong(Rule::Immediate, format!("does not call `{name}`; `{right}` does"))
        }
        (Immediate::Index(index), Arg) if *index > 5 => {
            wrong(Rule::Immediate, "there are six argument registers")
        }
        (Immediate::Locks(locks), _) if !locks.windows(2).all(|pair| pair[0].0 < pair[1].0) => {
            wrong(Rule::LockOrder, "locks are not in order")
        }
        _ => Ok(()),
    }
}

fn check_format(format: &Format) -> Result<(), Wrong> {
    let wide = |amount| matches!(amount, Amount::Constant(number) if number > MAX_WIDTH);
    for piece in &format.pieces {
        match piece {
            Piece::Literal(text) if text.contains(&0) => {
                return wrong(Rule::TextNul, "has a NUL in its text");
            }
            Piece::Convert(conversion) if wide(conversion.width) || wide(conversion.precision) => {
                let message = format!("has a width or precision above {MAX_WIDTH}");
                return wrong(Rule::Immediate, message);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The types that an instruction takes, by its opcode and immediate, whose handles exist.
///
/// # Errors
/// For an immediate of which this cannot be said.
pub fn operands(module: &Module, inst: &InstData) -> Result<Vec<Type>, String> {
    let global = |immediate: &Immediate| match immediate {
        Immediate::Global(id) => Ok(&module.global(*id).kind),
        _ => Err("works on no global".to_owned()),
    };
    Ok(match inst.opcode.info().operands {
        Operands::Fixed(types) => types.to_vec(),
        Operands::Keys => global(&inst.immediate)?.keys().to_vec(),
        Operands::KeysThenValue => {
            let kind = global(&inst.immediate)?;
            kind.keys().iter().copied().chain(kind.value_type()).collect()
        }
        Operands::ElemKeysThenValue => {
            let kind = global(&inst.immediate)?;
            let keys = kind.keys().iter().copied();
            [Type::Elem].into_iter().chain(keys).chain(kind.value_type()).collect()
        }
        Operands::KeysThenInt => {
            global(&inst.immediate)?.keys().iter().copied().chain([Type::I64]).collect()
        }
        Operands::Format => match &inst.immediate {
            Immediate::Format(format) => format.operands().collect(),
            _ => return Err("has no format".to_owned()),
        },
        Operands::Call => match &inst.immediate {
            Immediate::Func(id) => {
                let callee = module.function(*id);
                callee.params().iter().map(|&param| callee.ty(param)).collect()
            }
            _ => return Err("calls nothing".to_owned()),
        },
        Operands::Helper => match &inst.immediate {
            Immediate::Helper(helper) => helper.info().params.to_vec(),
            _ => return Err("calls no helper".to_owned()),
        },
        Operands::External => external(module, inst)?.params.iter().map(|(_, ty)| *ty).collect(),
    })
}

/// The type of what an instruction gives, by its opcode, immediate and operands, whose handles exist.
///
/// # Errors
/// For an immediate or operands of which this cannot be said.
pub fn result(
    module: &Module,
    function: &Function,
    inst: &InstData,
) -> Result<Option<Type>, String> {
    Ok(match inst.opcode.info().result {
        ResultKind::None => None,
        ResultKind::Type(ty) => Some(ty),
        ResultKind::GlobalValue => match &inst.immediate {
            Immediate::Global(id) => module.global(*id).kind.value_type(),
            _ => None,
        },
        ResultKind::Key => {
            let (Immediate::Index(position), Some(kind)) =
                (&inst.immediate, iterated(module, function, inst))
            else {
                return Err("visits no map".to_owned());
            };
            Some(kind.keys().get(*position as usize).copied().ok_or("there is no such key")?)
        }
        ResultKind::Element => {
            let kind = iterated(module, function, inst).ok_or("visits no map")?;
            Some(kind.value_type().ok_or("the elements are aggregates")?)
        }
        ResultKind::Call => match &inst.immediate {
            Immediate::Func(id) => module.function(*id).returns,
            _ => None,
        },
        ResultKind::Helper => match &inst.immediate {
            Immediate::Helper(helper) => helper.info().returns,
            _ => None,
        },
        ResultKind::External => external(module, inst)?.returns,
    })
}

/// The C that an instruction calls.
fn external<'a>(module: &'a Module, inst: &InstData) -> Result<&'a External, String> {
    match &inst.immediate {
        Immediate::Text(name) => {
            module.external(name).ok_or_else(|| format!("calls \"{name}\", which is not there"))
        }
        _ => Err("calls nothing".to_owned()),
    }
}

/// The map that an iteration's instruction visits.
fn iterated<'a>(
    module: &'a Module,
    function: &Function,
    inst: &InstData,
) -> Option<&'a GlobalKind> {
    let map = function.map_of(*inst.args.first()?)?;
    (map.index() < module.globals.len()).then(|| &module.global(map).kind)
}

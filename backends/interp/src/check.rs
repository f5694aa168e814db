//! What must hold of a module before any of it is executed: that what it refers to exists. All else
//! shows when it is executed.

use stapc_ir::{
    Block, Function, GlobalId, GlobalKind, Histogram, Immediate, InstData, Module, Value,
};

use crate::InterpError;

/// Refuses a module that refers to what is not there.
pub fn check(module: &Module) -> Result<(), InterpError> {
    let wrong = |function: &str, message: String| {
        let place = "all of it".to_owned();
        Err(InterpError { function: function.to_owned(), place, message })
    };
    if module.limits.string_max == 0 {
        return wrong("", "strings have no room".to_owned());
    }
    if let Some(global) = module.globals.values().find(|global| !has_room(&global.kind)) {
        return wrong("", format!("@{} has no buckets, or no keys", global.name));
    }
    let count = module.functions.len();
    if let Some(probe) = module.probes.iter().find(|probe| probe.handler.index() >= count) {
        return wrong("", format!("the handler of {} does not exist", probe.point));
    }
    if let Some(external) = module.externals.first() {
        return wrong("", format!("the C of {} is for the kernel only", external.name));
    }
    for function in module.functions.values() {
        if let Some(missing) = missing(module, function) {
            return wrong(&function.name, format!("{missing} does not exist"));
        }
    }
    Ok(())
}

fn has_room(kind: &GlobalKind) -> bool {
    let keys = match kind {
        GlobalKind::Map { keys, .. } => !keys.is_empty(),
        _ => true,
    };
    let buckets = match kind.histogram() {
        Some(Histogram::Linear { low, high, width }) => width > 0 && low <= high,
        _ => true,
    };
    keys && buckets
}

/// The first thing that a function refers to and that does not exist.
fn missing(module: &Module, function: &Function) -> Option<String> {
    let blocks = function.blocks.len();
    let no_block = |block: &Block| block.index() >= blocks;
    if let Some(block) = function.layout.iter().find(|block| no_block(block)) {
        return Some(block.to_string());
    }
    if function.layout.is_empty() {
        return Some("its first block".to_owned());
    }
    let requires = function.requires.iter().map(|(global, _)| *global);
    let global = requires.clone().find(|global| global.index() >= module.globals.len());
    global.map(|global| global.to_string()).or_else(|| {
        function.layout.iter().find_map(|&block| {
            let data = function.block(block);
            let edges = || data.terminator.iter().flat_map(|end| end.edges());
            let to = edges().map(|edge| edge.block).chain(data.catch).find(no_block);
            let insts = data.insts.iter();
            let inst = insts.clone().find(|inst| inst.index() >= function.insts.len());
            let used = data.terminator.iter().flat_map(|end| end.uses());
            to.map(|block| block.to_string())
                .or_else(|| inst.map(|inst| inst.to_string()))
                .or_else(|| value(function, used.chain(data.params.iter().copied())))
                .or_else(|| {
                    let insts = insts.map(|&inst| function.inst(inst));
                    insts.filter_map(|inst| missing_of(module, function, inst)).next()
                })
        })
    })
}

fn missing_of(module: &Module, function: &Function, inst: &InstData) -> Option<String> {
    let no_global = |global: &&GlobalId| global.index() >= module.globals.len();
    let handle = match &inst.immediate {
        Immediate::Global(global) | Immediate::Iterate(global, _) => {
            Some(global).filter(no_global).map(ToString::to_string)
        }
        Immediate::Func(callee) => Some(callee)
            .filter(|callee| callee.index() >= module.functions.len())
            .map(ToString::to_string),
        Immediate::Locks(locks) => {
            locks.iter().map(|(global, _)| global).find(no_global).map(ToString::to_string)
        }
        _ => None,
    };
    handle.or_else(|| value(function, inst.args.iter().copied().chain(inst.result)))
}

fn value(function: &Function, mut among: impl Iterator<Item = Value>) -> Option<String> {
    let missing = among.find(|value| value.index() >= function.values.len());
    missing.map(|value| value.to_string())
}

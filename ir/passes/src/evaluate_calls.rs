//! Calls of pure functions with constants are computed when the script is compiled.
//!
//! Pure is what only computes with integers and conditions, and calls what does. A computation that
//! takes too long, nests too deep or would fault is left to the handler. What it would have used of
//! the handler's budget is not charged.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Edge, Effects, FuncId, Function, Immediate, Inst, Module, Opcode, Terminator, Type, Value,
};

use crate::fold::{Constant, evaluate};

/// The most instructions that all computations of one module may take.
const MOST_STEPS: usize = 100_000;

pub fn run(module: &mut Module) -> usize {
    let pure = pure(module);
    if pure.is_empty() {
        return 0;
    }
    let mut left = MOST_STEPS;
    let mut known: HashMap<Call, Option<Constant>> = HashMap::new();
    let mut changes = 0;
    for id in module.function_ids() {
        for (inst, call) in calls(module.function(id), &pure) {
            let result = known.entry(call.clone()).or_insert_with(|| {
                let mut evaluation = Evaluation { module, left: &mut left };
                evaluation.call(&call, module.limits.max_nesting)
            });
            if let Some(constant) = result.clone() {
                constant.replace(&mut module.function_mut(id).insts[inst.0]);
                changes += 1;
            }
        }
    }
    changes
}

/// A function and its arguments.
type Call = (FuncId, Vec<i64>);

/// The calls of pure functions with constants.
fn calls(function: &Function, pure: &HashSet<FuncId>) -> Vec<(Inst, Call)> {
    let insts = function.layout.iter().flat_map(|&block| &function.block(block).insts);
    insts
        .filter_map(|&inst| {
            let data = function.inst(inst);
            let Immediate::Func(callee) = data.immediate else { return None };
            let integer = |&arg: &Value| match Constant::defined(function, arg)? {
                Constant::Int(value) => Some(value),
                _ => None,
            };
            let args = data.args.iter().map(integer).collect::<Option<Vec<i64>>>()?;
            (pure.contains(&callee) && data.result.is_some()).then_some((inst, (callee, args)))
        })
        .collect()
}

/// The functions that only compute with integers, until no more of them call another.
fn pure(module: &Module) -> HashSet<FuncId> {
    let mut pure: HashSet<FuncId> =
        module.function_ids().filter(|&id| computes(module.function(id))).collect();
    loop {
        let before = pure.len();
        let known = pure.clone();
        pure.retain(|&id| module.function(id).callees().all(|callee| known.contains(&callee)));
        if pure.len() == before {
            return pure;
        }
    }
}

fn computes(function: &Function) -> bool {
    let integers = |&value: &Value| function.ty(value) == Type::I64;
    function.returns == Some(Type::I64)
        && function.params().iter().all(integers)
        && function.placed_insts().all(|inst| {
            let effects = inst.opcode.effects();
            let allowed =
                matches!(inst.opcode, Opcode::Fuel | Opcode::CallFn | Opcode::Idiv | Opcode::Irem);
            allowed || effects == Effects::PURE
        })
        && function.layout.iter().all(|&block| function.block(block).catch.is_none())
}

/// A computation under way.
struct Evaluation<'m> {
    module: &'m Module,
    /// The instructions that it may still take.
    left: &'m mut usize,
}

impl Evaluation<'_> {
    /// What a call gives; none if it cannot be said.
    fn call(&mut self, (callee, args): &Call, nesting: u32) -> Option<Constant> {
        let nesting = nesting.checked_sub(1)?;
        let function = self.module.function(*callee);
        let mut values: HashMap<Value, Constant> = function
            .params()
            .iter()
            .copied()
            .zip(args.iter().map(|&arg| Constant::Int(arg)))
            .collect();
        let mut block = function.entry();
        loop {
            for &inst in &function.block(block).insts {
                *self.left = self.left.checked_sub(1)?;
                let data = function.inst(inst);
                if data.opcode == Opcode::Fuel {
                    continue;
                }
                let constant = self.inst(function, inst, &values, nesting)?;
                values.extend(data.result.map(|result| (result, constant)));
            }
            *self.left = self.left.checked_sub(1)?;
            let edge = match function.block(block).terminator.as_ref()? {
                Terminator::Return(value) => return values.get(&(*value)?).cloned(),
                Terminator::Jump(edge) => edge,
                Terminator::Branch(condition, then, otherwise) => match values.get(condition)? {
                    Constant::Bool(true) => then,
                    _ => otherwise,
                },
                Terminator::Raise => return None,
            };
            enter(function, edge, &mut values)?;
            block = edge.block;
        }
    }

    fn inst(
        &mut self,
        function: &Function,
        inst: Inst,
        values: &HashMap<Value, Constant>,
        nesting: u32,
    ) -> Option<Constant> {
        let data = function.inst(inst);
        if let Some(constant) = Constant::of(data) {
            return Some(constant);
        }
        let args: Vec<Constant> =
            data.args.iter().map(|arg| values.get(arg).cloned()).collect::<Option<_>>()?;
        let Immediate::Func(callee) = data.immediate else {
            return evaluate(data, &args, self.module.limits.string_max as usize);
        };
        let integer = |arg: Constant| match arg {
            Constant::Int(value) => Some(value),
            _ => None,
        };
        let args = args.into_iter().map(integer).collect::<Option<_>>()?;
        self.call(&(callee, args), nesting)
    }
}

/// Gives a block's parameters what an edge gives, all of it as it was before.
fn enter(function: &Function, edge: &Edge, values: &mut HashMap<Value, Constant>) -> Option<()> {
    let given: Vec<Constant> =
        edge.args.iter().map(|arg| values.get(arg).cloned()).collect::<Option<_>>()?;
    values.extend(function.block(edge.block).params.iter().copied().zip(given));
    Some(())
}

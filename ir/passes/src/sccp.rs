//! Sparse conditional constant propagation: computes what depends on constants only, round loops and
//! by the ways alone that control can take, and takes branches whose condition is known.
//!
//! Every value is taken for unknown and every block for unreached at first; a value becomes a
//! constant, or varies, and a block is reached, only as far as what was reached before says so.

use std::collections::HashMap;

use stapc_ir::{
    Block, Edge, Effects, Function, Immediate, Inst, Location, Module, Terminator, Value,
    cfg::reverse_postorder,
};

use crate::{
    common::{each_function, replace_uses, resolve, use_counts},
    fold::{Constant, evaluate, fold_format},
    simplify::{Simpler, simplify},
};

pub fn run(module: &mut Module) -> usize {
    let string_max = module.limits.string_max as usize;
    each_function(module, |function| {
        let mut solver = Solver::new(function, string_max);
        solver.solve();
        let Solver { values, reached, .. } = solver;
        let known = |value: Value| match &values[value.index()] {
            Known::Constant(constant) => Some(constant.clone()),
            _ => None,
        };
        // Constants get values that the solver does not know.
        let mut changes = take_known_branches(function, known, &reached);
        changes += say_constants(function, known, &reached);
        changes += pass_over_handlers(function, &reached);
        function.layout = reverse_postorder(function);
        changes + simplify_all(function, string_max)
    })
}

/// What is known of a value so far.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    /// Nothing yet: as far as is known it is not computed.
    Nothing,
    Constant(Constant),
    Varies,
}

/// What uses a value.
#[derive(Clone, Copy)]
enum User {
    Inst(Block, Inst),
    End(Block),
}

struct Solver<'f> {
    function: &'f Function,
    string_max: usize,
    values: Vec<Known>,
    users: Vec<Vec<User>>,
    reached: Vec<bool>,
    /// Blocks to go through that were just reached, and values whose users are to be looked at.
    blocks: Vec<Block>,
    changed: Vec<Value>,
}

impl<'f> Solver<'f> {
    fn new(function: &'f Function, string_max: usize) -> Self {
        let mut users = vec![Vec::new(); function.values.len()];
        for &block in &function.layout {
            let data = function.block(block);
            for &inst in &data.insts {
                for arg in &function.inst(inst).args {
                    users[arg.index()].push(User::Inst(block, inst));
                }
            }
            for value in data.terminator.iter().flat_map(|terminator| terminator.uses()) {
                users[value.index()].push(User::End(block));
            }
        }
        Self {
            function,
            string_max,
            values: vec![Known::Nothing; function.values.len()],
            users,
            reached: vec![false; function.blocks.len()],
            blocks: Vec::new(),
            changed: Vec::new(),
        }
    }

    fn solve(&mut self) {
        let entry = self.function.entry();
        for &param in self.function.params() {
            self.values[param.index()] = Known::Varies;
        }
        self.reach(entry);
        loop {
            if let Some(block) = self.blocks.pop() {
                for &inst in &self.function.block(block).insts {
                    self.inst(block, inst);
                }
                self.end(block);
            } else if let Some(value) = self.changed.pop() {
                for at in 0..self.users[value.index()].len() {
                    match self.users[value.index()][at] {
                        User::Inst(block, inst) if self.reached[block.index()] => {
                            self.inst(block, inst);
                        }
                        User::End(block) if self.reached[block.index()] => self.end(block),
                        // What is not reached yet is looked at when it is.
                        _ => {}
                    }
                }
            } else {
                return;
            }
        }
    }

    fn reach(&mut self, block: Block) {
        if !std::mem::replace(&mut self.reached[block.index()], true) {
            self.blocks.push(block);
        }
    }

    fn inst(&mut self, block: Block, inst: Inst) {
        let data = self.function.inst(inst);
        let known = self.result(inst);
        // What is known to give something does not fault.
        if data.opcode.effects().has(Effects::FAULT)
            && known == Known::Varies
            && let Some(catch) = self.function.block(block).catch
        {
            self.reach(catch);
        }
        if let Some(result) = data.result {
            self.meet(result, known);
        }
    }

    fn result(&self, inst: Inst) -> Known {
        let data = self.function.inst(inst);
        if let Some(constant) = Constant::of(data) {
            return Known::Constant(constant);
        }
        let mut args = Vec::with_capacity(data.args.len());
        for arg in &data.args {
            match &self.values[arg.index()] {
                Known::Constant(constant) => args.push(constant.clone()),
                Known::Varies => return Known::Varies,
                Known::Nothing => return Known::Nothing,
            }
        }
        evaluate(data, &args, self.string_max).map_or(Known::Varies, Known::Constant)
    }

    fn end(&mut self, block: Block) {
        let data = self.function.block(block);
        match &data.terminator {
            Some(Terminator::Jump(edge)) => self.edge(edge),
            Some(Terminator::Branch(condition, then, otherwise)) => {
                match &self.values[condition.index()] {
                    Known::Nothing => {}
                    Known::Constant(Constant::Bool(true)) => self.edge(then),
                    Known::Constant(_) => self.edge(otherwise),
                    Known::Varies => {
                        self.edge(then);
                        self.edge(otherwise);
                    }
                }
            }
            Some(Terminator::Raise) => data.catch.into_iter().for_each(|catch| self.reach(catch)),
            _ => {}
        }
    }

    fn edge(&mut self, edge: &Edge) {
        self.reach(edge.block);
        for (&param, &arg) in self.function.block(edge.block).params.iter().zip(&edge.args) {
            let known = self.values[arg.index()].clone();
            self.meet(param, known);
        }
    }

    /// A value may also be this.
    fn meet(&mut self, value: Value, known: Known) {
        let old = &mut self.values[value.index()];
        let met = match (&*old, known) {
            (_, Known::Nothing) | (Known::Varies, _) => return,
            (Known::Nothing, known) => known,
            (old, known) if *old == known => return,
            _ => Known::Varies,
        };
        *old = met;
        self.changed.push(value);
    }
}

/// Makes instructions and parameters constants that are known to be; gives how many.
fn say_constants(
    function: &mut Function,
    known: impl Fn(Value) -> Option<Constant>,
    reached: &[bool],
) -> usize {
    let mut changes = 0;
    let mut replacements = HashMap::new();
    let used = use_counts(function);
    for block in function.layout.clone() {
        if !reached[block.index()] {
            continue;
        }
        for at in 0..function.block(block).insts.len() {
            let inst = function.block(block).insts[at];
            let data = function.inst(inst);
            if Constant::of(data).is_none()
                && let Some(constant) = data.result.and_then(&known)
            {
                constant.replace(&mut function.insts[inst.0]);
                changes += 1;
            }
        }
        // What an instruction gives is not there in the block's handler, a parameter is.
        let kept = function.block(block).catch.is_some();
        let mut added = Vec::new();
        for param in function.block(block).params.clone().into_iter().filter(|_| !kept) {
            let Some(constant) = known(param).filter(|_| used.contains_key(&param)) else {
                continue;
            };
            let (opcode, immediate) = constant.inst();
            let ty = function.ty(param);
            let inst =
                function.make_inst(opcode, immediate, Vec::new(), Some(ty), Location::default());
            replacements.extend(function.inst(inst).result.map(|result| (param, result)));
            added.push(inst);
        }
        function.block_mut(block).insts.splice(0..0, added);
    }
    replace_uses(function, &replacements);
    changes + replacements.len()
}

fn take_known_branches(
    function: &mut Function,
    known: impl Fn(Value) -> Option<Constant>,
    reached: &[bool],
) -> usize {
    let mut taken = 0;
    for block in function.layout.clone() {
        let terminator = &mut function.block_mut(block).terminator;
        if let Some(Terminator::Branch(condition, then, otherwise)) = terminator
            && reached[block.index()]
        {
            let Some(Constant::Bool(condition)) = known(*condition) else { continue };
            let edge = if condition { then } else { otherwise };
            *terminator = Some(Terminator::Jump(edge.clone()));
            taken += 1;
        }
    }
    taken
}

/// Handlers that no fault leads to go: their blocks, where nothing faults, take the next one out.
fn pass_over_handlers(function: &mut Function, reached: &[bool]) -> usize {
    let mut passed = 0;
    for block in function.layout.clone() {
        let mut catch = function.block(block).catch;
        while let Some(handler) = catch.filter(|handler| !reached[handler.index()]) {
            catch = function.block(handler).catch;
        }
        if catch != function.block(block).catch && reached[block.index()] {
            function.block_mut(block).catch = catch;
            passed += 1;
        }
    }
    passed
}

/// Makes each instruction as simple as it can be; the layout has definitions before uses.
fn simplify_all(function: &mut Function, string_max: usize) -> usize {
    let mut changes = 0;
    let mut replacements: HashMap<Value, Value> = HashMap::new();
    for block in function.layout.clone() {
        for at in 0..function.block(block).insts.len() {
            let inst = function.block(block).insts[at];
            let mut args = std::mem::take(&mut function.insts[inst.0].args);
            for arg in &mut args {
                let resolved = resolve(&replacements, *arg);
                changes += usize::from(resolved != *arg);
                *arg = resolved;
            }
            let simpler = simplify(function, function.inst(inst), &args, string_max);
            function.insts[inst.0].args = args;
            changes += usize::from(fold_format(function, inst, Constant::defined, string_max));
            let data = &mut function.insts[inst.0];
            match simpler {
                None => {}
                Some(Simpler::Value(value)) => {
                    replacements.extend(data.result.map(|result| (result, value)));
                }
                Some(Simpler::Constant(constant)) => {
                    constant.replace(data);
                    changes += 1;
                }
                Some(Simpler::Inst(opcode, args)) => {
                    (data.opcode, data.immediate, data.args) = (opcode, Immediate::None, args);
                    changes += 1;
                }
            }
        }
    }
    for &block in &function.layout {
        let uses = function.block(block).terminator.iter().flat_map(|terminator| terminator.uses());
        changes += uses.filter(|value| replacements.contains_key(value)).count();
    }
    replace_uses(function, &replacements);
    changes
}

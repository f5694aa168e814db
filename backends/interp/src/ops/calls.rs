//! Calls, locks and fuel.

use stapc_ir::{FuncId, GlobalId, Immediate, LockMode, Opcode};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
    options::Bounds,
    value::{Datum, Place},
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::CallFn => call,
        Opcode::Lock => lock,
        Opcode::Unlock => unlock,
        Opcode::Fuel => fuel,
        Opcode::Arm => |_, _| Ok(()),
        _ => return None,
    };
    Some(op)
}

fn call<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Func(callee) = inst.data.immediate else { return Err(bug("no function")) };
    if machine.is_nested_too_deep(callee) {
        if machine.options.bounds == Bounds::Comparable {
            return Err(Stop::Steps);
        }
        return Err(machine.fault(Kind::Nesting, inst.data));
    }
    let mut args = Vec::with_capacity(inst.data.args.len());
    for at in 0..inst.data.args.len() {
        args.push(machine.arg(inst, at)?.clone());
    }
    machine.counts.calls += 1;
    machine.push_frame(callee)?;
    let function = machine.module.function(callee);
    if function.params().len() != args.len() {
        return Err(bug(format!("%{} takes another number of values", function.name)));
    }
    for (mode, global) in function.requires.iter().map(|(global, mode)| (*mode, *global)) {
        machine.check_lock(global, mode)?;
    }
    for (&param, arg) in function.params().iter().zip(args) {
        machine.set(param, arg);
    }
    Ok(())
}

fn locks<'m>(inst: &Inst<'m>) -> Result<&'m [(GlobalId, LockMode)], Stop> {
    match &inst.data.immediate {
        Immediate::Locks(locks) => Ok(locks),
        _ => Err(bug("no locks")),
    }
}

fn lock<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let locks = locks(inst)?;
    if machine.hit.event.is_some_and(|event| event.contended) {
        return Err(Stop::Leave);
    }
    for &(global, mode) in locks {
        let held = machine.held.get_mut(global.index()).ok_or_else(|| bug("no such global"))?;
        if held.replace(mode).is_some() {
            let name = &machine.module.global(global).name;
            return Err(bug(format!("waits for the lock of @{name}, which it holds")));
        }
        machine.counts.locks += 1;
    }
    for &(global, _) in locks {
        if machine.module.global(global).percpu && !machine.collect(global) {
            locks.iter().for_each(|(global, _)| machine.held[global.index()] = None);
            return Err(machine.overflow(global));
        }
    }
    Ok(())
}

fn unlock<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    for &(global, mode) in locks(inst)? {
        let held = machine.held.get_mut(global.index()).ok_or_else(|| bug("no such global"))?;
        if held.take() != Some(mode) {
            let name = &machine.module.global(global).name;
            return Err(bug(format!("gives back a lock of @{name} that it does not hold")));
        }
        // What others may write from now on is not to be borrowed any longer.
        let store = &mut machine.stores[global.index()];
        store.stamp = store.stamp.wrapping_add(1);
    }
    Ok(())
}

fn fuel<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Index(amount) = inst.data.immediate else { return Err(bug("no amount")) };
    machine.counts.fuel += u64::from(amount);
    if matches!(machine.options.bounds, Bounds::Comparable | Bounds::Nesting) {
        return Ok(());
    }
    machine.hit.fuel -= i64::from(amount);
    if machine.hit.fuel < 0 { Err(machine.fault(Kind::Actions, inst.data)) } else { Ok(()) }
}

impl Machine<'_> {
    fn is_nested_too_deep(&self, callee: FuncId) -> bool {
        let limit = self.module.limits.max_nesting as usize;
        match self.options.bounds {
            Bounds::Kernel => self.frames.len() > limit,
            _ => self.frames.iter().filter(|frame| frame.id == callee).count() > limit,
        }
    }

    /// Gives the result of a call that has returned.
    pub fn give_called(&mut self, inst: &Inst<'_>, result: Option<Datum>) -> Done {
        match result {
            Some(Datum::Str(Place::Own(text))) => self.give_text(inst, text),
            Some(datum) => self.give(inst, datum),
            None if inst.data.result.is_some() => Err(bug("the function returns nothing")),
            None => Ok(()),
        }
    }
}

//! Helpers of the runtime: those whose results follow from their operands, and what the event says of the
//! others.

mod text;

use std::sync::LazyLock;

use stapc_ir::{Helper, Immediate, Opcode, Type};

use super::context::named;
use crate::{
    code::{Inst, Op},
    error::{Done, bug},
    event::Answer,
    machine::Machine,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let calls = matches!(
        opcode,
        Opcode::HelperPure | Opcode::HelperContext | Opcode::HelperRead | Opcode::HelperAct
    );
    calls.then_some(call)
}

fn call<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    static MEANINGS: LazyLock<Vec<Op>> =
        LazyLock::new(|| Helper::all().map(|helper| meaning(helper).unwrap_or(told)).collect());
    let Immediate::Helper(helper) = inst.data.immediate else { return Err(bug("no helper")) };
    match MEANINGS.get(helper.index()) {
        Some(meaning) => meaning(machine, inst),
        None => Err(bug("there is no such helper")),
    }
}

/// Whether what a helper gives is what the event says, 0 or nothing where it says nothing.
pub fn is_told(helper: Helper) -> bool {
    meaning(helper).is_none()
}

/// What a helper does, where it can be done here.
fn meaning(helper: Helper) -> Option<Op> {
    let op: Op = match helper.name() {
        // Nobody reads them.
        "_file_add" | "_file_set" => |m, i| m.string(i, 0).map(drop),
        "_packet_verdict" => |m, i| m.int(i, 0).map(drop),
        // There is nothing to write to.
        "_kernel_store" | "_user_store" => |m, i| m.string(i, 2).map(drop),
        "ftrace" => |m, i| m.string(i, 0).map(drop),
        "_kernel_write" | "_user_write" => |m, i| m.int(i, 2).map(drop),
        "_set_register" => |m, i| m.int(i, 1).map(drop),
        "dump_stack" => |_, _| Ok(()),
        "mdelay" | "raise" | "udelay" => |m, i| m.int(i, 0).map(drop),
        "panic" | "system" => |m, i| m.string(i, 0).map(drop),
        "_user_stack_lines" | "_user_stack_print" => |m, i| m.int(i, 0).map(drop),
        "printk" => |m, i| m.string(i, 1).map(drop),
        "stack_size" => |m, i| m.give_int(i, 16384),
        "cpu_clock_ns" | "local_clock_ns" | "ktime_get_ns" => |m, i| {
            let elapsed = m.elapsed();
            m.give_int(i, elapsed)
        },
        "HZ" => |m, i| m.give_int(i, 1_000_000_000 / NS_PER_JIFFY),
        "jiffies" => |m, i| {
            let elapsed = m.elapsed();
            m.give_int(i, elapsed / NS_PER_JIFFY)
        },
        "randint" => |m, i| {
            let below = m.int(i, 0)?;
            let chance = m.made_up(m.hit.asked as u64).unwrap_or(0);
            m.hit.asked += 1;
            m.give_int(i, if below > 0 { chance % below } else { 0 })
        },
        name => return text::meaning(name),
    };
    Some(op)
}

/// Of a clock with 250 ticks in a second.
const NS_PER_JIFFY: i64 = 4_000_000;

/// What the event says, else what is made up, else 0 or nothing.
fn told<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Helper(helper) = inst.data.immediate else { return Err(bug("no helper")) };
    let said = machine.hit.event.and_then(|event| event.context.helpers.get(helper.name()));
    let made_up = machine.made_up(named(helper.name())).map(|number| number % 1000);
    match (helper.info().returns, said) {
        (Some(Type::Str), Some(Answer::Text(text))) => machine.give_text(inst, text),
        (Some(Type::Str), _) => {
            machine.give_text(inst, made_up.map_or(String::new(), |number| format!("{number}")))
        }
        (Some(_), Some(Answer::Int(value))) => machine.give_int(inst, *value),
        (Some(_), _) => machine.give_int(inst, made_up.unwrap_or(0)),
        (None, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use stapc_ir::HelperClass;

    use super::*;

    #[test]
    fn what_follows_from_operands_or_is_an_act_is_done_here() {
        for helper in Helper::all() {
            let info = helper.info();
            let told = matches!(info.class, HelperClass::Context | HelperClass::Read);
            assert!(told || meaning(helper).is_some(), "{} has no meaning", info.name);
        }
    }
}

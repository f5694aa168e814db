//! What a handler knows of where and when it runs.

use stapc_ir::{Immediate, Opcode};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    event::Context,
    hit::Kept,
    machine::Machine,
};

/// Where every symbol of the kernel is here.
const SYMBOL: i64 = 0xffff_ffff_8100_0000_u64 as i64;

/// Bytes that the kernel keeps of a task's name.
const EXECNAME: usize = 15;

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Pid => |m, i| m.context(i, |context| context.pid, 1),
        Opcode::Tid => |m, i| m.context(i, |context| context.tid.or(context.pid), 1),
        Opcode::Ppid => |m, i| m.context(i, |context| context.ppid, 0),
        Opcode::Uid => |m, i| m.context(i, |context| context.uid, 0),
        Opcode::Euid => |m, i| m.context(i, |context| context.euid.or(context.uid), 0),
        Opcode::Gid => |m, i| m.context(i, |context| context.gid, 0),
        Opcode::Egid => |m, i| m.context(i, |context| context.egid.or(context.gid), 0),
        Opcode::Ret => |m, i| m.context(i, |context| context.ret, 0),
        Opcode::ProbeAddr => |m, i| m.context(i, |context| context.address, 0),
        Opcode::Symbol => |m, i| m.give_int(i, SYMBOL),
        Opcode::Arg => arg,
        Opcode::Reg => register,
        Opcode::Keep => |m, i| {
            let value = m.int(i, 0)?;
            m.keep(i, Kept::Int(value))
        },
        Opcode::KeepStr => |m, i| {
            let text = m.string(i, 0)?.to_vec();
            m.keep(i, Kept::Text(text))
        },
        Opcode::Kept => |m, i| match m.kept(i)? {
            Kept::Int(value) => m.give_int(i, value),
            Kept::Text(_) => Err(bug("a string was kept")),
        },
        Opcode::KeptStr => |m, i| match m.kept(i)? {
            Kept::Text(text) => m.give_text(i, &text),
            Kept::Int(_) => Err(bug("an integer was kept")),
        },
        Opcode::Backtrace => |m, i| m.backtrace(i, |context| &context.backtrace),
        Opcode::Ubacktrace => |m, i| m.backtrace(i, |context| &context.user_backtrace),
        Opcode::Stack => |m, i| {
            let depth = m.int(i, 0)?;
            let stack = m.stack(|context| &context.backtrace);
            let address = usize::try_from(depth).ok().and_then(|depth| stack.get(depth));
            m.give_int(i, address.map_or(0, |&address| address))
        },
        // There are no symbols here.
        Opcode::PrintBacktrace => |m, _| {
            let stack = m.stack(|context| &context.backtrace).iter();
            let lines: String =
                stack.map(|address| format!(" 0x{address:x} : 0x{address:x}\n")).collect();
            m.print(lines.as_bytes())
        },
        Opcode::Symname | Opcode::Symdata => |m, i| {
            let address = m.int(i, 0)?;
            m.give_text(i, format!("0x{address:x}"))
        },
        Opcode::Execname => execname,
        Opcode::ProbeFunc => probe_func,
        Opcode::ProbePoint => probe_point,
        Opcode::ProbeName => probe_name,
        Opcode::Cpu => |m, i| m.give_int(i, m.hit.cpu.into()),
        Opcode::Target => |m, i| m.give_int(i, m.options.target),
        Opcode::TimeNs => time,
        Opcode::Cycles => |m, i| {
            let elapsed = m.elapsed();
            m.give_int(i, elapsed.wrapping_mul(3))
        },
        _ => return None,
    };
    Some(op)
}

impl<'m> Machine<'m> {
    /// The stack that the event says.
    fn stack(&self, pick: fn(&Context) -> &Vec<i64>) -> &'m [i64] {
        self.hit.event.map_or(&[], |event| pick(&event.context))
    }

    fn keep(&mut self, inst: &Inst<'m>, value: Kept) -> Done {
        let Immediate::Index(position) = inst.data.immediate else {
            return Err(bug("no position"));
        };
        self.hit.keeps.insert(position, value);
        Ok(())
    }

    fn kept(&self, inst: &Inst<'m>) -> Result<Kept, Stop> {
        let Immediate::Index(position) = inst.data.immediate else {
            return Err(bug("no position"));
        };
        self.hit.kept.get(&position).cloned().ok_or_else(|| bug("nothing was kept"))
    }
}

fn time<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let elapsed = machine.elapsed();
    machine.give_int(inst, machine.options.epoch.wrapping_add(elapsed))
}

fn arg<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Index(position) = inst.data.immediate else { return Err(bug("no position")) };
    let given = machine.hit.event.and_then(|event| event.context.args.get(position as usize));
    let made_up = machine.made_up(100 + u64::from(position));
    machine.give_int(inst, given.copied().or(made_up).unwrap_or(0))
}

/// The registers that arguments come in, by their numbers in DWARF, and that of the result.
const ARGUMENTS: [u32; 6] = [5, 4, 1, 2, 8, 9];
const RESULT: u32 = 0;

fn register<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Index(number) = inst.data.immediate else { return Err(bug("no number")) };
    let given = machine.hit.event.and_then(|event| {
        let context = &event.context;
        let argument = ARGUMENTS.iter().position(|&register| register == number);
        let argument = argument.and_then(|position| context.args.get(position).copied());
        let result = context.ret.filter(|_| number == RESULT);
        context.registers.get(&number).copied().or(result).or(argument)
    });
    let made_up = machine.made_up(300 + u64::from(number));
    machine.give_int(inst, given.or(made_up).unwrap_or(0))
}

fn execname<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let given = machine.hit.event.and_then(|event| event.context.execname.clone());
    let made_up = machine.made_up(200).map(|number| format!("task{}", number % 4));
    let name = given.unwrap_or_else(|| made_up.unwrap_or_else(|| "swapper/0".to_owned()));
    machine.give_text(inst, &name.as_bytes()[..name.len().min(EXECNAME)])
}

fn probe_func<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let code = machine.hit.probe.and_then(|probe| probe.attach.code());
    let name = code.map_or("", |code| &code.function);
    machine.give_text(inst, name)
}

fn probe_name<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let name = machine.hit.probe.map_or("", |probe| probe.name());
    machine.give_text(inst, name)
}

fn probe_point<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let point = machine.hit.probe.map_or("", |probe| &probe.point);
    machine.give_text(inst, point)
}

impl Machine<'_> {
    fn context(
        &mut self,
        inst: &Inst<'_>,
        pick: impl Fn(&Context) -> Option<i64>,
        idle: i64,
    ) -> Done {
        let given = self.hit.event.and_then(|event| pick(&event.context));
        let made_up = self.made_up(named(inst.data.opcode.name())).map(|number| number % 1000);
        self.give_int(inst, given.or(made_up).unwrap_or(idle))
    }

    /// As many return addresses as fit whole.
    fn backtrace(&mut self, inst: &Inst<'_>, pick: fn(&Context) -> &Vec<i64>) -> Done {
        let longest = self.module.limits.string_max as usize - 1;
        let mut text = String::new();
        for address in self.stack(pick) {
            let space = if text.is_empty() { "" } else { " " };
            let next = format!("{space}0x{address:x}");
            if text.len() + next.len() > longest {
                break;
            }
            text += &next;
        }
        self.give_text(inst, text)
    }

    /// Nanoseconds since the session began.
    pub fn elapsed(&mut self) -> i64 {
        self.hit.asked += 1;
        (self.hit.now as i64).wrapping_add(self.options.tick.wrapping_mul(self.hit.asked))
    }

    /// Something not negative that is the same throughout a hit, if things are made up.
    pub fn made_up(&self, what: u64) -> Option<i64> {
        let mixed = mix(self.options.seed ^ mix(self.hit.serial) ^ mix(what << 32));
        self.options.made_up.then_some((mixed >> 1) as i64)
    }
}

/// A number that looks like chance.
pub fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (number ^ (number >> 31)).wrapping_add(0x9e37_79b9_7f4a_7c15)
}

/// A number for a name, the same whatever else there is: a new instruction changes no other's context.
pub fn named(name: &str) -> u64 {
    name.bytes().fold(1000, |number, byte| mix(number ^ u64::from(byte)))
}

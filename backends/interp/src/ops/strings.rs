//! Strings: constants, comparisons, and making new ones.

use std::collections::{HashMap, hash_map::Entry};

use stapc_ir::{Automaton, Immediate, Opcode, RegexError, SearchProgram};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    format::{Argument, format},
    hit::{Kind, Match},
    machine::Machine,
    value::Datum,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Sconst => sconst,
        Opcode::ScmpEq => |m, i| m.compare_text(i, |a, b| a == b),
        Opcode::ScmpNe => |m, i| m.compare_text(i, |a, b| a != b),
        Opcode::ScmpLt => |m, i| m.compare_text(i, |a, b| a < b),
        Opcode::ScmpLe => |m, i| m.compare_text(i, |a, b| a <= b),
        Opcode::ScmpGt => |m, i| m.compare_text(i, |a, b| a > b),
        Opcode::ScmpGe => |m, i| m.compare_text(i, |a, b| a >= b),
        Opcode::Sconcat => concat,
        Opcode::Slen => |m, i| {
            let length = m.string(i, 0)?.len();
            m.give_int(i, length as i64)
        },
        Opcode::Ssubstr => substring,
        Opcode::Smatch => search,
        Opcode::SmatchKeep => search_and_keep,
        Opcode::Group => group,
        Opcode::Groups => |m, i| {
            let groups = m.hit.matched.as_ref().map_or(0, |matched| matched.groups);
            m.give_int(i, groups as i64)
        },
        Opcode::Scopy => |m, i| {
            let text = m.string(i, 0)?;
            m.give_text(i, text)
        },
        Opcode::Sprint => sprint,
        _ => return None,
    };
    Some(op)
}

fn sconst<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    match &inst.data.immediate {
        Immediate::Text(text) => machine.give_text(inst, text),
        _ => Err(bug("no text")),
    }
}

fn concat<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    machine.check_slot(inst)?;
    let (first, second) = (machine.string(inst, 0)?, machine.string(inst, 1)?);
    machine.give_text(inst, [first, second].concat())
}

fn search<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let text = machine.string(inst, 0)?;
    let found = once(&mut machine.automata, inst, Automaton::of)?.finds(&text);
    machine.give_bool(inst, found)
}

fn search_and_keep<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let text = machine.string(inst, 0)?.to_vec();
    let program = once(&mut machine.searches, inst, SearchProgram::of)?;
    let (found, groups) = (program.search(&text), program.groups);
    machine.hit.matched = found.map(|slots| Match { text, slots, groups });
    machine.give_bool(inst, found.is_some())
}

/// What is made of an instruction's regular expression, when it is executed first.
fn once<'m, 'a, T>(
    made: &'a mut HashMap<&'m [u8], T>,
    inst: &'m Inst<'m>,
    make: impl Fn(&[u8]) -> Result<T, RegexError>,
) -> Result<&'a T, Stop> {
    let Immediate::Text(pattern) = &inst.data.immediate else { return Err(bug("no pattern")) };
    match made.entry(pattern) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(new) => {
            let made = make(pattern).map_err(|_| bug("no regular expression"))?;
            Ok(new.insert(made))
        }
    }
}

fn group<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    machine.check_slot(inst)?;
    let number = usize::try_from(machine.int(inst, 0)?).ok();
    let part = machine.hit.matched.as_ref().and_then(|matched| {
        let number = number.filter(|&number| number < matched.groups)?;
        let bounds = matched.slots[2 * number].zip(matched.slots[2 * number + 1]);
        Some(
            bounds
                .and_then(|(start, end)| matched.text.get(start..end))
                .unwrap_or_default()
                .to_vec(),
        )
    });
    match part {
        Some(part) => machine.give_text(inst, part),
        None => Err(machine.fault(Kind::Group, inst.data)),
    }
}

fn substring<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    machine.check_slot(inst)?;
    let text = machine.string(inst, 0)?;
    let (from, length) = (machine.int(inst, 1)?, machine.int(inst, 2)?);
    let bounds = usize::try_from(from).ok().zip(usize::try_from(length).ok());
    let part = bounds.and_then(|(from, length)| {
        let end = from.saturating_add(length).min(text.len());
        text.get(from..end)
    });
    machine.give_text(inst, part.unwrap_or_default())
}

fn sprint<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    machine.check_slot(inst)?;
    let mut text = machine.formatted(inst)?;
    let Immediate::Format(format) = &inst.data.immediate else { return Err(bug("no format")) };
    if format.may_write_nul() {
        // What is behind the longest string is not looked at.
        text.truncate(machine.module.limits.string_max as usize - 1);
        text.truncate(text.iter().position(|&byte| byte == 0).unwrap_or(text.len()));
    }
    machine.give_text(inst, text)
}

impl Machine<'_> {
    fn compare_text(&mut self, inst: &Inst<'_>, holds: impl Fn(&[u8], &[u8]) -> bool) -> Done {
        let (a, b) = (self.string(inst, 0)?, self.string(inst, 1)?);
        self.give_bool(inst, holds(&a, &b))
    }

    /// The text of an instruction's format.
    pub fn formatted(&self, inst: &Inst<'_>) -> Result<Vec<u8>, Stop> {
        let Immediate::Format(pieces) = &inst.data.immediate else { return Err(bug("no format")) };
        let mut args = Vec::with_capacity(inst.data.args.len());
        for at in 0..inst.data.args.len() {
            args.push(match self.arg(inst, at)? {
                Datum::Int(value) => Argument::Int(*value),
                Datum::Str(place) => Argument::Text(self.text(place)?),
                _ => return Err(self.wrong(inst, at, "to be printed")),
            });
        }
        let mut text = Vec::new();
        format(pieces, &args, &mut text)?;
        Ok(text)
    }
}

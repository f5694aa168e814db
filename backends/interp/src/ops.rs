//! What executes each instruction: one file for each family, and what they have in common.

mod aggregates;
mod arithmetic;
mod calls;
mod context;
mod elements;
mod faults;
mod globals;
pub mod helpers;
mod iterations;
mod maps;
mod memory;
mod output;
mod parts;
mod strings;

use std::rc::Rc;

use stapc_ir::{Effects, GlobalId, Immediate, LockMode, Opcode, Stage};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    machine::Machine,
    value::{Cell, Datum, Place, Text},
};

/// Each family's choice of what executes an opcode.
const FAMILIES: [fn(Opcode) -> Option<Op>; 14] = [
    arithmetic::op,
    strings::op,
    output::op,
    faults::op,
    context::op,
    memory::op,
    globals::op,
    maps::op,
    elements::op,
    parts::op,
    aggregates::op,
    iterations::op,
    calls::op,
    helpers::op,
];

/// What executes an opcode.
pub fn of(opcode: Opcode) -> Op {
    FAMILIES.iter().find_map(|family| family(opcode)).unwrap_or(unknown)
}

fn unknown<'m>(_: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    Err(bug(format!("the interpreter does not know {}", inst.data.opcode.name())))
}

impl<'m> Machine<'m> {
    fn arg(&self, inst: &Inst<'_>, at: usize) -> Result<&Datum, Stop> {
        match inst.data.args.get(at) {
            Some(&value) => self.value(value),
            None => Err(bug(format!("there is no operand {at}"))),
        }
    }

    fn wrong(&self, inst: &Inst<'_>, at: usize, wanted: &str) -> Stop {
        match self.arg(inst, at) {
            Ok(other) => bug(format!("operand {at} is {}, not {wanted}", other.kind())),
            Err(stop) => stop,
        }
    }

    fn int(&self, inst: &Inst<'_>, at: usize) -> Result<i64, Stop> {
        match self.arg(inst, at)? {
            Datum::Int(value) => Ok(*value),
            _ => Err(self.wrong(inst, at, "an integer")),
        }
    }

    fn condition(&self, inst: &Inst<'_>, at: usize) -> Result<bool, Stop> {
        match self.arg(inst, at)? {
            Datum::Bool(value) => Ok(*value),
            _ => Err(self.wrong(inst, at, "a condition")),
        }
    }

    fn string(&self, inst: &Inst<'_>, at: usize) -> Result<Text, Stop> {
        match self.arg(inst, at)? {
            Datum::Str(place) => self.text(place),
            _ => Err(self.wrong(inst, at, "a string")),
        }
    }

    /// An operand as it would be stored.
    fn cell(&self, inst: &Inst<'_>, at: usize) -> Result<Cell, Stop> {
        match self.arg(inst, at)? {
            Datum::Int(value) => Ok(Cell::Int(*value)),
            Datum::Str(place) => Ok(Cell::Text(self.text(place)?)),
            _ => Err(self.wrong(inst, at, "to be stored")),
        }
    }

    /// The bytes of a string, if they still lie where it refers to.
    pub fn text(&self, place: &Place) -> Result<Text, Stop> {
        let gone = || bug("a string is used though its storage was written");
        let global = |id: GlobalId, then: u32| {
            let store = &self.stores[id.index()];
            if store.stamp == then { Ok(store) } else { Err(gone()) }
        };
        let cell = match place {
            Place::Own(text) => return Ok(Rc::clone(text)),
            Place::Slot { at, stamp } => {
                let slot = self.slots.get(*at as usize).filter(|slot| slot.stamp == *stamp);
                return slot.map(|slot| Rc::clone(&slot.text)).ok_or_else(gone);
            }
            Place::Global { global: id, stamp } => &global(*id, *stamp)?.scalar,
            Place::Key { map, element, key, stamp } => {
                &global(*map, *stamp)?.elements[*element as usize].keys[*key as usize]
            }
            Place::Element { map, element, stamp } => {
                &global(*map, *stamp)?.elements[*element as usize].value
            }
        };
        match cell {
            Cell::Text(text) => Ok(Rc::clone(text)),
            _ => Err(bug("no string lies where one is read")),
        }
    }

    fn give(&mut self, inst: &Inst<'_>, datum: Datum) -> Done {
        if let Some(result) = inst.data.result {
            self.set(result, datum);
        }
        Ok(())
    }

    fn give_int(&mut self, inst: &Inst<'_>, value: i64) -> Done {
        self.give(inst, Datum::Int(value))
    }

    fn give_bool(&mut self, inst: &Inst<'_>, value: bool) -> Done {
        self.give(inst, Datum::Bool(value))
    }

    /// Gives a string that was made, cut to the longest there may be: into the instruction's slot.
    fn give_text(&mut self, inst: &Inst<'_>, text: impl AsRef<[u8]>) -> Done {
        let text = text.as_ref();
        let longest = self.module.limits.string_max as usize - 1;
        let text = Text::from(&text[..text.len().min(longest)]);
        if inst.data.result.is_none() {
            return Ok(());
        }
        let Some(slot) = inst.data.slot else {
            let lacking = self.options.stage >= Stage::Final
                && inst.data.opcode.effects().has(Effects::SLOT)
                && !inst.data.opcode.effects().has(Effects::BORROW);
            if lacking {
                return Err(bug("a string without storage"));
            }
            return self.give(inst, Datum::Str(Place::Own(text)));
        };
        let at = self.frames.last().map_or(0, |frame| frame.slots) + slot as usize;
        self.stamp = self.stamp.wrapping_add(1);
        let stamp = self.stamp;
        let Some(storage) = self.slots.get_mut(at) else {
            return Err(bug(format!("there is no slot {slot}")));
        };
        (storage.text, storage.stamp) = (text, stamp);
        self.counts.string_copies += 1;
        self.give(inst, Datum::Str(Place::Slot { at: at as u32, stamp }))
    }

    /// Gives a string that lies in a global: where it lies, if it is borrowed.
    fn give_borrowed(&mut self, inst: &Inst<'_>, place: Place) -> Done {
        if self.options.stage >= Stage::Final && inst.data.slot.is_none() {
            return self.give(inst, Datum::Str(place));
        }
        let text = self.text(&place)?;
        self.give_text(inst, text)
    }

    /// Says that an operand lies where the instruction is about to write.
    fn check_slot(&self, inst: &Inst<'_>) -> Done {
        let Some(slot) = inst.data.slot else { return Ok(()) };
        let own = self.frames.last().map_or(0, |frame| frame.slots) as u32 + slot;
        for at in 0..inst.data.args.len() {
            if matches!(self.arg(inst, at)?, Datum::Str(Place::Slot { at, .. }) if *at == own) {
                return Err(bug("an operand lies in the slot of the result"));
            }
        }
        Ok(())
    }

    fn global(&self, inst: &Inst<'_>) -> Result<GlobalId, Stop> {
        match inst.data.immediate {
            Immediate::Global(global) if global.index() < self.stores.len() => Ok(global),
            _ => Err(bug("no global")),
        }
    }

    /// Begins to read a global.
    fn read(&mut self, global: GlobalId) -> Done {
        self.counts.reads += 1;
        self.check_merged(global)?;
        self.check_lock(global, LockMode::Read)
    }

    /// Begins to write a global: strings that were borrowed from it are gone.
    fn write(&mut self, global: GlobalId) -> Done {
        self.counts.writes += 1;
        self.check_merged(global)?;
        let store = &mut self.stores[global.index()];
        store.stamp = store.stamp.wrapping_add(1);
        self.check_lock(global, LockMode::Write)
    }

    fn check_lock(&self, global: GlobalId, mode: LockMode) -> Done {
        // To lock a per-CPU global collects its parts.
        let mode = if self.module.global(global).percpu { LockMode::Write } else { mode };
        let held = self.held[global.index()].is_some_and(|held| held >= mode);
        // The session's own handlers run alone.
        let is_alone = self.hit.probe.is_some_and(|probe| probe.attach.is_session());
        if held || is_alone || !self.shared[global.index()] {
            return Ok(());
        }
        let name = &self.module.global(global).name;
        Err(bug(format!("without the {} lock of @{name}", mode.name())))
    }
}

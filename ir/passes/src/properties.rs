//! What passes may ask of a module, and what they may make true of it or spoil.

use std::{collections::HashSet, fmt};

use stapc_ir::{
    Function, Module, Opcode, Stage, Value, cfg::Dominance, has_fuel, has_locks, verify,
};

/// A set of properties of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties(u8);

impl Properties {
    /// None.
    pub const NONE: Self = Self(0);
    /// Control can come to each block.
    pub const REACHED: Self = Self(1);
    /// Blocks stand in an order in which definitions come before uses.
    pub const ORDERED: Self = Self(2);
    /// Loops and calls that need it use fuel.
    pub const FUEL: Self = Self(4);
    /// What handlers share is locked.
    pub const LOCKS: Self = Self(8);
    /// Strings have storage.
    pub const SLOTS: Self = Self(16);
    /// All of them: what a backend takes.
    pub const ALL: Self = Self(31);

    /// Each of them, and what it says of a module.
    const NAMED: [(Self, &'static str); 5] = [
        (Self::REACHED, "that control can come to each block"),
        (Self::ORDERED, "blocks in the order of definitions"),
        (Self::FUEL, "fuel placed"),
        (Self::LOCKS, "locks placed"),
        (Self::SLOTS, "slots assigned"),
    ];

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    pub const fn but(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that are in both.
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them by itself.
    pub fn each(self) -> impl Iterator<Item = Self> {
        Self::NAMED.into_iter().map(|(one, _)| one).filter(move |&one| self.has(one))
    }

    /// The stage that a module with them satisfies.
    pub fn stage(self) -> Stage {
        if self.has(Self::ALL) {
            Stage::Final
        } else if self.has(Self::FUEL.and(Self::LOCKS)) {
            Stage::Placed
        } else {
            Stage::Lowered
        }
    }

    /// Those that a module, in order at [`Stage::Lowered`], has.
    pub fn of(module: &Module) -> Self {
        let slots = |module: &Module| verify(module, Stage::Final).is_ok();
        let tests: [(Self, bool); 3] = [
            (Self::FUEL, has_fuel(module)),
            (Self::LOCKS, has_locks(module)),
            (Self::SLOTS, slots(module)),
        ];
        let placed = tests.iter().filter(|(_, holds)| *holds);
        placed.fold(Self::of_blocks(module), |all, (one, _)| all.and(*one))
    }

    /// Those among [`Properties::REACHED`] and [`Properties::ORDERED`] that it has.
    pub fn of_blocks(module: &Module) -> Self {
        let mut found = Self::REACHED.and(Self::ORDERED);
        for function in module.functions.values() {
            let dominance = Dominance::of(function);
            if !function.layout.iter().all(|&block| dominance.reaches(block)) {
                found = found.but(Self::REACHED);
            }
            if !is_ordered(function) {
                found = found.but(Self::ORDERED);
            }
        }
        found
    }

    /// What passes have placed in it already, needed or not.
    pub(crate) fn placed_in(module: &Module) -> Self {
        let mut found = Self::NONE;
        for function in module.functions.values() {
            if !function.requires.is_empty()
                || function.placed_insts().any(|inst| inst.opcode == Opcode::Lock)
            {
                found = found.and(Self::LOCKS);
            }
            if function.slots > 0 || function.placed_insts().any(|inst| inst.slot.is_some()) {
                found = found.and(Self::SLOTS);
            }
        }
        found
    }
}

fn is_ordered(function: &Function) -> bool {
    let mut defined: HashSet<Value> = HashSet::new();
    function.layout.iter().all(|&block| {
        let data = function.block(block);
        defined.extend(&data.params);
        let insts = data.insts.iter().all(|&inst| {
            let inst = function.inst(inst);
            let there = inst.args.iter().all(|arg| defined.contains(arg));
            defined.extend(inst.result);
            there
        });
        let mut ends = data.terminator.iter().flat_map(|terminator| terminator.uses());
        insts && ends.all(|value| defined.contains(&value))
    })
}

impl fmt::Display for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::NAMED.iter().filter(|(one, _)| self.has(*one));
        let names: Vec<&str> = named.map(|(_, name)| *name).collect();
        f.write_str(if names.is_empty() { "nothing" } else { "" })?;
        f.write_str(&names.join(", "))
    }
}

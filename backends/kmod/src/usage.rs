//! Which parts of each global the program uses, so that no other is kept.

use stapc_ir::{GlobalId, Immediate, InstData, Module, Opcode, OrderBy};

/// Uses of one global.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GlobalUsage {
    /// Something of the map is looked up.
    pub find: bool,
    /// Something of the map is looked up and made if it is not there.
    pub get: bool,
    /// The aggregate's sum is read.
    pub sum: bool,
    /// Its smallest sample is read.
    pub min: bool,
    /// Its largest sample is read.
    pub max: bool,
    /// Its samples' variance is read.
    pub squares: bool,
}

/// Uses of all globals, and of what else is kept for a hit.
#[derive(Debug, Default)]
pub struct Usage {
    globals: Vec<GlobalUsage>,
    matches: bool,
    stacks: bool,
    registers: bool,
}

impl Usage {
    /// Of a module's globals.
    pub fn of(module: &Module) -> Self {
        let mut usage =
            Self { globals: vec![GlobalUsage::default(); module.globals.len()], ..Self::default() };
        for (_, function) in module.functions.iter() {
            for inst in function.placed_insts() {
                usage.note(inst);
            }
        }
        usage
    }

    /// Of one.
    pub fn global(&self, global: GlobalId) -> GlobalUsage {
        self.globals.get(global.index()).copied().unwrap_or_default()
    }

    /// Whether anything keeps, or asks for, what a search has matched.
    pub fn keeps_matches(&self) -> bool {
        self.matches
    }

    /// Whether anything asks for the kernel's stack.
    pub fn walks_stacks(&self) -> bool {
        self.stacks
    }

    /// Whether a helper looks at registers, of which it may be any.
    pub fn asks_for_registers(&self) -> bool {
        self.registers
    }

    fn note(&mut self, inst: &InstData) {
        self.registers |= inst.opcode == Opcode::Ubacktrace
            || matches!(inst.immediate, Immediate::Helper(helper) if helper.reads_registers());
        self.matches |= matches!(inst.opcode, Opcode::SmatchKeep | Opcode::Group | Opcode::Groups);
        self.stacks |=
            matches!(inst.opcode, Opcode::Backtrace | Opcode::Stack | Opcode::PrintBacktrace);
        let (Immediate::Global(global) | Immediate::Iterate(global, _)) = inst.immediate else {
            return;
        };
        let Some(usage) = self.globals.get_mut(global.index()) else { return };
        match inst.opcode {
            Opcode::Mget
            | Opcode::Mfind
            | Opcode::Mhas
            | Opcode::Mdel
            | Opcode::AggCount
            | Opcode::AggSum
            | Opcode::AggMin
            | Opcode::AggMax
            | Opcode::AggAvg
            | Opcode::AggVariance
            | Opcode::AggBucket
            | Opcode::PrintHist => usage.find = true,
            Opcode::Mset
            | Opcode::Madd
            | Opcode::AggAdd
            | Opcode::ElemSet
            | Opcode::PartMadd
            | Opcode::PartAgg => usage.get = true,
            Opcode::Share => (usage.find, usage.get) = (true, true),
            _ => {}
        }
        match inst.opcode {
            Opcode::AggSum | Opcode::AggAvg => usage.sum = true,
            Opcode::AggVariance => (usage.sum, usage.squares) = (true, true),
            Opcode::AggMin => usage.min = true,
            Opcode::AggMax => usage.max = true,
            _ => {}
        }
        if let Immediate::Iterate(_, order) = inst.immediate {
            match order.by {
                OrderBy::Sum | OrderBy::Avg => usage.sum = true,
                OrderBy::Min => usage.min = true,
                OrderBy::Max => usage.max = true,
                _ => {}
            }
        }
    }
}

impl GlobalUsage {
    /// The set of figures to keep, in C.
    pub fn keep(self) -> String {
        let parts = [
            (self.sum, "STAPC_STAT_SUM"),
            (self.min, "STAPC_STAT_MIN"),
            (self.max, "STAPC_STAT_MAX"),
            (self.squares, "STAPC_STAT_SQUARES"),
        ];
        let kept: Vec<&str> =
            parts.into_iter().filter(|(used, _)| *used).map(|(_, name)| name).collect();
        if kept.is_empty() { "0".to_owned() } else { kept.join(" | ") }
    }
}

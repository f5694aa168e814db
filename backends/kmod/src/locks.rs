//! Locks, and the parts of per-CPU globals that taking theirs collects.

use std::collections::HashSet;

use stapc_ir::{
    FuncId, GlobalId, GlobalKind, Histogram, InstData, LockMode, Module, Opcode, added_to,
    shared_globals,
};

use crate::{function::FunctionEmitter, globals::name};

impl<'a> FunctionEmitter<'_, 'a> {
    /// `lock` and `unlock`.
    pub fn locks(&mut self, inst: &'a InstData, locks: &[(GlobalId, LockMode)]) {
        let named = |&(id, mode): &(GlobalId, LockMode)| (self.emit.global_name(id), mode.name());
        let names: Vec<(String, &str)> = locks.iter().map(named).collect();
        if inst.opcode == Opcode::Unlock {
            for (name, mode) in names.iter().rev() {
                self.line(format!("stapc_{mode}_unlock(&{name}.lock)"));
            }
            return;
        }
        let leave = self.leave();
        let module = self.emit.module;
        let percpu = |id: &GlobalId| module.global(*id).percpu;
        let percpu: Vec<GlobalId> = locks.iter().map(|(id, _)| *id).filter(percpu).collect();
        // Parts are waited for while nothing is held that whoever adds to them may wait for.
        let give = if percpu.is_empty() { "" } else { "\t\tstapc_parts_give();\n" };
        if !percpu.is_empty() {
            self.out += &format!("\tif (unlikely(!stapc_parts_take(c)))\n\t\t{leave}\n");
        }
        let back = |taken: usize| -> String {
            let taken = names[..taken].iter().rev();
            taken.map(|(name, mode)| format!("\t\tstapc_{mode}_unlock(&{name}.lock);\n")).collect()
        };
        for (taken, (name, mode)) in names.iter().enumerate() {
            let back = back(taken) + give;
            let (open, close) = if back.is_empty() { ("", "") } else { (" {", "\t}\n") };
            self.out += &format!(
                "\tif (unlikely(!stapc_{mode}_lock(c, &{name}.lock))){open}\n{back}\t\t{leave}\n{close}"
            );
        }
        for &id in &percpu {
            match &module.global(id).kind {
                GlobalKind::Map { .. } => {
                    let name = name(module, id);
                    let back = back(names.len()) + give;
                    let near = format!("identifier '{}'", module.global(id).name);
                    let site = self.site(&InstData { near: Some(near.into()), ..inst.clone() });
                    self.out += &format!(
                        "\tif (unlikely(!stapc_collect_map(c, offsetof(struct parts, {name}), &{name}, {site}))) {{\n{back}\t\t{leave}\n\t}}\n"
                    );
                }
                _ => self.merge(id),
            }
        }
        if !percpu.is_empty() {
            self.line("stapc_parts_give()");
        }
    }

    /// Adds the parts of a global to it.
    pub fn merge(&mut self, id: GlobalId) {
        let name = self.emit.global_name(id);
        let part = format!("offsetof(struct parts, {name})");
        match &self.emit.module.global(id).kind {
            GlobalKind::Map { .. } => self.line(format!("stapc_merge_map({part}, &{name})")),
            GlobalKind::Stat(histogram) => {
                let buckets = match histogram {
                    Histogram::None => "0".to_owned(),
                    _ => format!("{name}_histogram.buckets"),
                };
                self.line(format!("stapc_merge_stat({part}, &{name}.stat, {buckets})"));
            }
            _ => self.line(format!("stapc_merge_integer({part}, &{name}.value)")),
        }
    }
}

/// The handlers that add to parts which a timer may collect meanwhile, themselves or by what they call.
pub fn adding(module: &Module) -> HashSet<FuncId> {
    let collected = shared_globals(module);
    let handlers = module.probes.iter().map(|probe| probe.handler);
    handlers.filter(|&handler| added_to(module, &collected, handler).is_some()).collect()
}

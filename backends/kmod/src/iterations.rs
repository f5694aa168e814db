//! Instructions of iterations, and what becomes of those that a fault leaves running.

use std::collections::HashMap;

use stapc_ir::{
    Block, Function, GlobalId, Immediate, InstData, Opcode, OrderBy, Type, Value,
    running_iterations,
};

use crate::{
    Emit,
    expressions::{Expression, When},
    function::FunctionEmitter,
    text::integer,
};

impl FunctionEmitter<'_, '_> {
    pub fn iterate(&mut self, inst: &InstData, global: GlobalId, by: OrderBy, descending: bool) {
        let map = self.emit.global_name(global);
        let (limit, site) = (self.limit(inst), self.site(inst));
        let iterator = self.declare(inst);
        let (by, key) = match by {
            OrderBy::Unsorted => ("NONE", 0),
            OrderBy::Key(position) => ("KEY", position),
            OrderBy::Value => ("VALUE", 0),
            OrderBy::Count => ("COUNT", 0),
            OrderBy::Sum => ("SUM", 0),
            OrderBy::Min => ("MIN", 0),
            OrderBy::Max => ("MAX", 0),
            OrderBy::Avg => ("AVG", 0),
        };
        self.line(format!("static const struct stapc_sort {iterator}_order = {{ .by = STAPC_SORT_{by}, .key = {key}, .descending = {descending} }}"));
        self.line(format!("struct {map}_element *{iterator}_at"));
        self.check(format!(
            "stapc_iterate_begin(c, &{iterator}, &{map}, &{iterator}_order, {limit}, {site})"
        ));
    }

    fn limit(&mut self, inst: &InstData) -> String {
        let limit = self.arg(inst, 0);
        if limit == integer(i64::MAX) { "STAPC_NO_LIMIT".to_owned() } else { limit }
    }

    pub fn iter_next(&mut self, inst: &InstData) {
        let iterator = self.arg(inst, 0);
        let Some(element) =
            inst.args.first().and_then(|&arg| self.function.def(arg)).and_then(|begin| match begin
                .immediate
            {
                Immediate::Iterate(global, _) => Some(self.emit.global_name(global)),
                _ => None,
            })
        else {
            return;
        };
        self.line(format!(
            "{iterator}_at = (struct {element}_element *)stapc_iterate_next(&{iterator})"
        ));
        if let Some(result) = inst.result {
            self.define(
                result,
                Expression {
                    text: format!("{iterator}_at != NULL"),
                    atom: false,
                    refers: Vec::new(),
                },
                When::Here,
            );
        }
    }

    pub fn element_member(&mut self, inst: &InstData, member: &str) {
        let iterator = self.arg(inst, 0);
        match inst.result.map(|result| self.function.ty(result)) {
            Some(Type::Str) => self.string_from(inst, &format!("&{iterator}_at->{member}")),
            _ => self.integer_result(inst, &format!("{iterator}_at->{member}")),
        }
    }

    /// Gives the memory back of iterations that a fault has left running.
    pub fn end_iterations(&mut self) {
        let Some(running) = self.endings.get(&self.block) else { return };
        let used = match running.last() {
            Some(&innermost) => format!("stapc_iterate_used(&{})", self.name(innermost)),
            None if self.probe.is_some() => "0".to_owned(),
            None => "iterate_used".to_owned(),
        };
        self.line(format!("c->iterate_used = {used}"));
    }
}

/// The blocks that end faults, with the iterations that run on there; none if nothing iterates.
pub fn endings(emit: &Emit<'_>, function: &Function) -> HashMap<Block, Vec<Value>> {
    let ends = |block: &Block| {
        let mut insts = function.block(*block).insts.iter().map(|&inst| function.inst(inst));
        insts.any(|inst| inst.opcode == Opcode::FaultEnd)
    };
    if !emit.frames.iterates() || !function.layout.iter().any(ends) {
        return HashMap::new();
    }
    let mut running = running_iterations(function, &emit.writes);
    running.retain(|block, _| ends(block));
    running
}
